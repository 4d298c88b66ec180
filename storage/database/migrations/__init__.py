"""The schema's history, run by Alembic from wherever the package is installed."""

from sqlalchemy import Connection, inspect, text

from core.errors import AppError

HEAD = "0003"
"""Revision that this version of the program needs; the newest file in `versions`."""


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date inside the connection's transaction, all of it or nothing."""
    revision = _revision(connection)
    if revision == HEAD:
        return
    # Alembic is slow to import, and a workspace that is up to date does not need it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "storage.database:migrations")
    config.attributes["connection"] = connection
    revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in revisions:
        raise AppError(
            "This workspace was made by a newer version of AI-Mpox.",
            title="Workspace is newer",
            hint="Update AI-Mpox, or choose another workspace folder.",
        )
    command.upgrade(config, HEAD)
    connection.commit()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
