"""Run by Alembic: migrate the connection that `storage.database.migrations.upgrade` hands over."""

from alembic import context

from storage.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # One transaction around everything, begun by the caller: SQLite can undo a CREATE TABLE.
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
