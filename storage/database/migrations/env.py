"""Run by Alembic: migrate the connection that `storage.database.migrations.upgrade` hands over."""

from alembic import context

from storage.database.run_tables import RunRow

context.configure(
    connection=context.config.attributes["connection"],
    # Of all tables: `run_tables` imports the others.
    target_metadata=RunRow.metadata,
    # One transaction around everything, begun by the caller: SQLite can undo a CREATE TABLE.
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
