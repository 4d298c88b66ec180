from pathlib import Path

from dashboard.services.browsing.stamps import TOPICS, Stamps
from dashboard.services.importing.background import ImportDesk
from dashboard.services.queues.worker import QueueWorker
from dashboard.services.runs.estimates import Estimates
from storage.database import revisions
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace


def stamps(workspace: Workspace) -> Stamps:
    return made(workspace, ImportDesk(workspace))


def made(workspace: Workspace, desk: ImportDesk) -> Stamps:
    view = SqliteView(workspace)
    return Stamps(workspace, desk, QueueWorker(workspace), view, Estimates(workspace, 1).state)


def test_nothing_changes_while_nothing_happens(workspace: Workspace) -> None:
    read = stamps(workspace)
    assert read.read() == read.read()
    assert tuple(read.read()) == TOPICS


def test_a_changed_sample_changes_one_stamp(workspace: Workspace) -> None:
    read = stamps(workspace)
    before = read.read()
    with workspace.transaction() as session:
        revisions.draw(session, 1)
    after = read.read()
    assert [name for name in TOPICS if before[name] != after[name]] == ["samples"]


def test_a_failed_check_changes_the_stamp_of_imports(workspace: Workspace, tmp_path: Path) -> None:
    desk = ImportDesk(workspace)
    read = made(workspace, desk)
    before = read.read()
    desk.check(tmp_path / "nowhere", "nowhere")
    desk.close()
    after = read.read()
    assert [name for name in TOPICS if before[name] != after[name]] == ["imports"]
