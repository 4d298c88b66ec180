"""A workspace of an earlier version opens with all it had, and has the schema of the tables."""

from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from core.types import RunStatus
from storage.database.run_tables import RunRow
from storage.runs import runs
from storage.workspace.folder import DATABASE_FILE, Workspace


def at_revision(file: Path, revision: str) -> None:
    """Make a database as the version of the program with this revision left it."""
    config = Config()
    config.set_main_option("script_location", "storage.database:migrations")
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_runs_of_an_earlier_version_keep_their_order_and_are_neither_hidden_nor_automatic(
    tmp_path: Path,
) -> None:
    at_revision(tmp_path / DATABASE_FILE, "0002")
    with closing(connect(tmp_path / DATABASE_FILE)) as old, old:
        for number in (1, 2):
            old.execute(
                "INSERT INTO runs (number, id, status, created, config, classes, fingerprint, "
                "split_version, split_kind, test_version, leaky, active, process, epochs_done, "
                "message, test_opened) VALUES (?, ?, 'queued', '2026-05-03T10:00:00+00:00', "
                "'{\"seed\": 5}', '[1, 2]', 'f', 1, 'patient', '1-abc', 0, 0, '', 0, '', 0)",
                (number, f"run-{number}"),
            )
    workspace = Workspace.open(tmp_path)
    with workspace.read() as session:
        stored = runs.all_runs(session)
        waiting = [run for run, _ in runs.with_status(session, RunStatus.QUEUED)]
    workspace.close()
    assert waiting == ["run-1", "run-2"]
    assert [(run.hidden, run.automatic, run.as_of, run.repeats) for run in stored] == [
        (False, False, None, None)
    ] * 2
    assert stored[0].config == {"seed": 5}


def test_the_migrations_lead_to_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    Workspace.open(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE_FILE}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), RunRow.metadata)
    engine.dispose()
    assert [
        difference
        for difference in differences
        if difference[0] in ("add_column", "remove_column", "add_table")
    ] == []
