from pathlib import Path

import pytest

from dashboard.services.system import doctor
from dashboard.services.system.doctor import Check
from storage.fiftyone_view import mongod
from storage.workspace.folder import Workspace
from tests import factories


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.check == name)


@pytest.mark.process
def test_every_part_is_looked_at_and_what_does_not_work_has_a_hint(workspace: Workspace) -> None:
    factories.fill(workspace, [("acne", "a")], pictures=True)
    found = doctor.checks(workspace.folder)
    assert [check.check for check in found] == [
        "mongod",
        "FiftyOne",
        "torch",
        "GPU",
        "ImageNet weights",
        "disk",
        "workspace",
    ]
    assert all(check.ok or check.hint for check in found)
    assert named(found, "mongod").ok
    assert named(found, "FiftyOne").ok
    assert named(found, "torch").ok
    assert named(found, "workspace").found == "1 samples, all files there"


def test_a_missing_mongod_is_told_and_fiftyone_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(mongod.VARIABLE, str(tmp_path / "nowhere"))
    found = doctor.view_checks()
    assert [check.ok for check in found] == [False, False]
    assert mongod.VARIABLE in found[0].hint
    assert found[1].found == "not tried without mongod"


def test_a_photograph_without_a_file_is_counted(workspace: Workspace) -> None:
    factories.fill(workspace, [("acne", "a"), ("acne", "b")], pictures=True)
    next(workspace.media.glob("*/*")).unlink()
    found = doctor.workspace_check(workspace.folder)
    assert not found.ok
    assert found.found == "1 of 2 photographs have no file in media"


def test_a_damaged_database_is_told(workspace: Workspace) -> None:
    workspace.close()
    (workspace.folder / "ai-mpox.sqlite").write_bytes(b"not a database" * 1000)
    found = doctor.workspace_check(workspace.folder)
    assert not found.ok
    assert found.hint


def test_a_served_workspace_and_a_missing_one_are_no_failures(
    workspace: Workspace, tmp_path: Path
) -> None:
    with workspace.serving():
        assert doctor.workspace_check(workspace.folder).found.endswith("served by a dashboard")
    assert doctor.workspace_check(tmp_path / "nowhere").ok
