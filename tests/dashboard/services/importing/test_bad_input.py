"""What people give by mistake: each gets one clear sentence, and nothing is lost.

Tried through the command line, the way it arrives. Killed processes are tried in
`test_import_interrupted`, `test_supervision` and `test_killed_while_deciding`; weights that are
missing or broken in `test_training`; pictures one by one in `tests/core/imaging/test_decode`.
"""

import json
import socket
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.types import DecisionKind, ImageId, Split, Status
from dashboard.cli import app
from dashboard.runtime.context import Settings, open_context
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.importing import importer
from dashboard.services.ledger import pages
from dashboard.services.splits import split_versions
from dashboard.ui.shared import status
from storage.fiftyone_view import mongod
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from tests import factories
from tests.images import jpeg, put

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[4]
COMMAND = "from dashboard.cli import main; main()"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def command(workspace: Workspace, *words: str | Path) -> Said:
    """Run a command on the workspace, in this process."""
    arguments = [*map(str, words), "--workspace", str(workspace.folder)]
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def child(code: str, *arguments: str | Path) -> Said:
    """Run Python code in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def check_one_sentence(said: Said, *parts: str) -> None:
    """The command failed as expected: what is wrong, and what to do, in one line."""
    assert said.code == 1, said.err
    assert "Traceback" not in said.err
    (line,) = said.err.strip().splitlines()
    for part in parts:
        assert part in line


def labels(workspace: Workspace) -> list[tuple[str, str | None]]:
    rows = json.loads(command(workspace, "samples", "--json").out)
    return [(row["file"], row["label"]) for row in rows]


def large_png(side: int) -> bytes:
    """Return a valid PNG of few bytes and side x side black pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    header = side.to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    body = zlib.compress(bytes((side // 8 + 1) * side))
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def nothing(root: Path) -> Path:
    return root / "nowhere"


def empty(root: Path) -> Path:
    (root / "empty").mkdir()
    return root / "empty"


def without_pictures(root: Path) -> Path:
    put(root / "letters" / "one.txt", b"Dear Ann")
    put(root / "letters" / "two.doc", b"Dear Ben")
    return root / "letters"


def without_labels(root: Path) -> Path:
    put(root / "table" / "a.jpg", jpeg(1))
    return put(root / "table" / "t.csv", b"path,age\na.jpg,3\n")


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (nothing, ("There is nothing at", "give a folder, a zip or a table")),
        (empty, ("it is empty", "Give the folder above the class folders")),
        (without_pictures, ("none of its 2 files is a picture", "Give the folder")),
        (without_labels, ("no column with the labels", "path, age", "dx")),
    ],
)
def test_what_cannot_be_imported_is_told_and_what_is_there_stays(
    tmp_path: Path, workspace: Workspace, given: Callable[[Path], Path], parts: tuple[str, ...]
) -> None:
    factories.fill(workspace, [("Measles", "p1"), ("Cowpox", "p2")])
    before = labels(workspace)
    path = given(tmp_path)
    said = command(workspace, "import", path, "--yes")
    check_one_sentence(said, *parts)
    assert said.out == ""
    answered = command(workspace, "import", path, "--yes", "--json")
    error = json.loads(answered.out)["error"]
    assert list(error) == ["title", "message", "hint"]
    assert all(error.values())
    assert labels(workspace) == before


def folder_with_everything(root: Path) -> Path:
    """Three good pictures, the same bytes in two classes, and five files that are no pictures."""
    put(root / "Measles" / "a.jpg", jpeg(1))
    put(root / "Measles" / "b.jpg", jpeg(2))
    put(root / "Measles" / "twice.jpg", jpeg(3))
    put(root / "Cowpox" / "twice too.jpg", jpeg(3))
    put(root / "Cowpox" / "letter.jpg", b"Dear Ann, this is no picture.")
    put(root / "Cowpox" / "nothing.jpg", b"")
    put(root / "Cowpox" / "cut.jpg", jpeg(4, side=64)[:-200])
    put(root / "Cowpox" / "large.png", large_png(10_000))
    put(root / "Cowpox" / "notes.txt", b"no picture either")
    return root


def test_bad_files_are_listed_with_their_reason_and_the_rest_comes_in(
    tmp_path: Path, workspace: Workspace
) -> None:
    said = command(workspace, "import", folder_with_everything(tmp_path / "set"), "--yes", "--json")
    assert said.code == 0
    told: dict[str, Any] = json.loads(said.out)
    reasons = {Path(one["file"]).name: one["reason"] for one in told["skipped"]}
    assert reasons == {
        "letter.jpg": "the file is not a picture",
        "nothing.jpg": "the file is empty (0 bytes)",
        "cut.jpg": "the picture is damaged or cut off",
        "large.png": reasons["large.png"],
        "notes.txt": reasons["notes.txt"],
    }
    assert "100 megapixels" in reasons["large.png"]
    assert str(tmp_path) not in said.out
    assert (told["added"], told["samples"]) == (3, 3)
    (conflict,) = told["conflicts"]
    assert [Path(file).name for file in sorted(conflict["files"])] == ["twice too.jpg", "twice.jpg"]
    assert sorted(conflict["labels"]) == ["Cowpox", "Measles"]
    assert sorted(label or "" for _, label in labels(workspace)) == ["", "Measles", "Measles"]
    queue = command(workspace, "samples", "--queue", "conflict", "--ids").out
    assert len(queue.split()) == 1


def test_a_class_with_one_patient_is_named_and_only_trains(
    tmp_path: Path, workspace: Workspace
) -> None:
    lines = ["path,label,patient"]
    for number in range(22):
        rare = number >= 20
        put(tmp_path / f"{number}.jpg", jpeg(number))
        lines.append(f"{number}.jpg,{'Cowpox' if rare else 'Measles'},p{min(number, 20)}")
    table = put(tmp_path / "t.csv", "\n".join(lines).encode())
    said = command(workspace, "import", table, "--yes")
    assert said.code == 0
    assert "Cowpox has only 1 patient" in said.out
    split_versions.ensure(workspace)
    rows = json.loads(command(workspace, "samples", "--json").out)
    assert {row["split"] for row in rows if row["label"] == "Cowpox"} == {Split.TRAIN}
    assert {row["split"] for row in rows if row["label"] == "Measles"} == set(Split) - {
        Split.WITHHELD
    }


def test_every_hostile_file_is_taken_or_listed_with_a_reason(
    workspace: Workspace, shared_data: Path
) -> None:
    words = ("import", shared_data / "nasty" / "pillow", "--yes", "--json")
    said = child(COMMAND, *words, "--workspace", workspace.folder)
    assert said.code == 0
    # Pillow warns about such files, with the places of its modules: that helps nobody.
    assert "Warning" not in said.err
    told = json.loads(said.out)
    taken = told["added"] + told["known"]
    assert taken + len(told["skipped"]) == told["files_seen"] > taken > 0
    assert all(one["reason"] for one in told["skipped"])
    assert str(workspace.folder) not in said.out
    for file, _ in labels(workspace):
        assert file


def test_a_port_in_use_is_told_and_the_workspace_is_left_alone(workspace: Workspace) -> None:
    factories.fill(workspace, [("Measles", "p1")])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = ("serve", "--workspace", workspace.folder, "--port", str(port))
        said = child(COMMAND, *words)
    assert said.code == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in said.err
    assert "choose another with --port" in said.err
    assert "Traceback" not in said.err
    assert len(labels(workspace)) == 1


def test_a_second_dashboard_is_refused_in_one_sentence(workspace: Workspace) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("serve", "--workspace", workspace.folder, "--port", str(port))
    with workspace.serving():
        said = child(COMMAND, *words)
    assert said.code == 1
    assert "already open in another dashboard" in said.err
    assert "stop it first" in said.err
    assert "Traceback" not in said.err
    assert str(workspace.folder) not in said.err


FULL = """
    import resource, sys
    from pathlib import Path
    from dashboard.cli import app
    from storage.workspace.folder import DATABASE_FILE

    folder = Path(sys.argv[1])
    room = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    app([*sys.argv[3:], "--workspace", str(folder)])
"""


def test_a_decision_on_a_full_disk_saves_nothing_and_says_so(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("Cowpox", "q"), *(("Measles", f"p{n}") for n in range(300))])
    before = labels(workspace)
    # 20 kB: too little for the 300 rows that this batch writes to the journal.
    said = child(FULL, workspace.folder, "20000", "relabel", *ids[1:], "--to", "Cowpox")
    check_one_sentence(said, "nothing of this step was saved", "then do it again")
    assert labels(workspace) == before
    assert pages.history(workspace) == []
    again = command(workspace, "relabel", *ids[1:], "--to", "Cowpox", "--json")
    assert json.loads(again.out)["applied"] == 300


def test_an_import_into_a_full_database_keeps_what_was_committed(
    tmp_path: Path, workspace: Workspace
) -> None:
    for number in range(400):
        put(tmp_path / "set" / "A" / f"{number:03d}.jpg", jpeg(number))
    said = child(
        """
        import sys
        from pathlib import Path
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        from dashboard.cli import app

        @event.listens_for(Engine, "connect")
        def small(connection, record):
            connection.execute(f"PRAGMA max_page_count = {sys.argv[3]}")

        app(["import", sys.argv[2], "--yes", "--workspace", sys.argv[1]])
        """,
        workspace.folder,
        tmp_path / "set",
        str(_pages(workspace) + 30),
    )
    check_one_sentence(
        Said(said.code, said.out, said.err.strip().splitlines()[-1]),
        "The disk is full: nothing of this step was saved, everything before it is safe.",
        "Free some space",
    )
    kept = len(labels(workspace))
    assert 0 < kept < 400
    assert kept % importer.COMMIT_EVERY == 0
    again = json.loads(command(workspace, "import", tmp_path / "set", "--yes", "--json").out)
    assert (again["added"], again["known"], again["samples"]) == (400 - kept, kept, 400)
    with workspace.read() as session:
        for row in json.loads(command(workspace, "samples", "--json").out):
            file = media.file_of(session, ImageId(row["id"]))
            assert file is not None
            assert (workspace.media / file).is_file()


def _pages(workspace: Workspace) -> int:
    with workspace.read() as session:
        return int(session.connection().exec_driver_sql("PRAGMA page_count").scalar_one())


def test_without_mongod_sync_says_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    factories.fill(workspace, [("Measles", "p1")])
    monkeypatch.setenv(mongod.VARIABLE, "nonsense")
    said = command(workspace, "sync", "--json")
    assert said.code == 1
    error = json.loads(said.out)["error"]
    assert mongod.VARIABLE in error["message"]
    assert "name a mongod that runs" in error["hint"]
    assert str(workspace.folder) not in said.out


def test_without_mongod_a_dashboard_answers_from_sqlite_and_says_so(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    (sample,) = factories.fill(workspace, [("Measles", "p1")])
    monkeypatch.setenv(mongod.VARIABLE, "nonsense")
    with open_context(Settings(workspace=workspace.folder)) as ctx:
        shown = status.read(ctx).view
        order = Order(kind=DecisionKind.KEEP, who="ann")
        curation.decide(ctx.workspace, order, [Choice(sample=sample)])
    assert mongod.VARIABLE in (shown.problem or "")
    assert "name a mongod that runs" in (shown.hint or "")
    with workspace.read() as session:
        assert samples.get(session, sample).state.status is Status.KEPT
