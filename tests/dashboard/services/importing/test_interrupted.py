"""An import that is killed, or that finds the disk full, loses nothing and goes on."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from core.imaging import decode
from core.types import ImageId, SampleQuery
from dashboard.services.importing import importer
from storage.database.tables import ImportRow
from storage.queries.sample_view import SqliteView
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from tests.images import jpeg, put

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[4]


def child(code: str, *arguments: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check_files(workspace: Workspace) -> int:
    """Every sample's picture is complete and is what its row says; return how many there are."""
    ids = SqliteView(workspace).ids(SampleQuery())
    with workspace.read() as session:
        for sample in samples.many(session, ids):
            file = media.file_of(session, ImageId(sample.id))
            assert file is not None
            decoded = decode.decode((workspace.media / file).read_bytes())
            assert decoded.id == sample.id
            assert media.thumb_path(workspace, ImageId(sample.id)).stat().st_size > 0
    return len(ids)


def test_an_import_that_is_killed_goes_on_where_it_stopped(
    tmp_path: Path, workspace: Workspace
) -> None:
    for number in range(400):
        put(tmp_path / "set" / "A" / f"{number:03d}.jpg", jpeg(number))
    process = child(
        """
        import sys
        from pathlib import Path
        from dashboard.services.importing import importer
        from storage.workspace.folder import Workspace

        importer.run(
            Workspace.open(Path(sys.argv[1])),
            Path(sys.argv[2]),
            progress=lambda told: print(told.done, flush=True),
        )
        """,
        workspace.folder,
        tmp_path / "set",
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 128:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    kept = check_files(workspace)
    assert 128 <= kept < 400
    assert kept % importer.COMMIT_EVERY == 0
    report = importer.run(workspace, tmp_path / "set")
    assert (report.added, report.known, report.samples) == (400 - kept, kept, 400)
    assert check_files(workspace) == 400
    assert list((workspace.media / "incoming").iterdir()) == []
    with workspace.read() as session:
        assert session.scalar(select(func.count(ImportRow.number))) == 1


def test_a_full_disk_is_one_sentence_and_what_was_committed_stays(
    tmp_path: Path, workspace: Workspace
) -> None:
    for number in range(70):
        put(tmp_path / "set" / "A" / f"{number:03d}.jpg", jpeg(number))
    noise = np.random.default_rng(0).integers(0, 255, (1200, 1200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "set" / "A" / "large.png")
    process = child(
        """
        import resource, sys
        from pathlib import Path
        from core.errors import AppError
        from dashboard.services.importing import importer
        from storage.workspace.folder import Workspace

        workspace = Workspace.open(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
        try:
            importer.run(workspace, Path(sys.argv[2]))
        except AppError as error:
            print(error.title, error, sep=": ")
        """,
        workspace.folder,
        tmp_path / "set",
    )
    said, complained = process.communicate()
    assert said.startswith("Disk is full: The disk is full: a picture could not be written")
    assert complained == ""
    assert process.returncode == 0
    assert check_files(workspace) == 64
    assert list((workspace.media / "incoming").iterdir()) == []
    report = importer.run(workspace, tmp_path / "set")
    assert (report.added, report.samples) == (7, 71)
    assert check_files(workspace) == 71
