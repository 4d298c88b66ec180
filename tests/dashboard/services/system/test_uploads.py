import io
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from core.errors import AppError
from dashboard.services.importing.background import BUSY, ImportDesk, Phase
from dashboard.services.system import uploads
from storage.workspace.folder import Workspace


def zipped() -> bytes:
    """Return a zip with two images of two classes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, name in enumerate(("Measles", "Cowpox")):
            image = io.BytesIO()
            Image.effect_noise((64, 64), 90 + number).convert("RGB").save(image, "PNG")
            archive.writestr(f"{name}/{number}.png", image.getvalue())
    return out.getvalue()


def wait(desk: ImportDesk) -> Phase:
    while desk.state().phase in BUSY:
        time.sleep(0.02)
    return desk.state().phase


def sent(workspace: Workspace, name: str, data: bytes = b"x") -> Path:
    path = uploads.folder(workspace) / "a1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_only_what_was_sent_is_received_and_deleted(workspace: Workspace, tmp_path: Path) -> None:
    own = tmp_path / "own.zip"
    own.write_bytes(b"x")
    path = sent(workspace, "theirs.zip")
    assert uploads.received(workspace, str(path)) == path.resolve()
    for other in (own, path.parent / ".." / ".." / ".." / "ai-mpox.sqlite", path.parent / "gone"):
        with pytest.raises(AppError, match="not there any more"):
            uploads.received(workspace, other)
    uploads.discard(workspace, own)
    uploads.discard(workspace, path)
    assert own.exists()
    assert not path.parent.exists()


def test_what_an_earlier_session_left_is_gone_when_serving_begins(workspace: Workspace) -> None:
    path = sent(workspace, "left.jpg")
    uploads.clear(workspace)
    assert not path.exists()


def test_a_zip_that_was_sent_is_deleted_once_it_is_imported(
    workspace: Workspace,
) -> None:
    path = sent(workspace, "photographs.zip", zipped())
    desk = ImportDesk(workspace)
    desk.check(path, path.name)
    assert wait(desk) is Phase.CHECKED
    assert path.exists()
    desk.start_checked()
    assert wait(desk) is Phase.DONE
    assert not path.exists()


def test_a_zip_that_was_sent_and_is_not_wanted_is_deleted(
    workspace: Workspace, tmp_path: Path
) -> None:
    own = tmp_path / "own.zip"
    own.write_bytes(zipped())
    path = sent(workspace, "photographs.zip", zipped())
    desk = ImportDesk(workspace)
    desk.check(path, path.name)
    wait(desk)
    desk.clear()
    assert not path.exists()
    # A person's own file is nobody's to delete.
    desk.check(own, own.name)
    wait(desk)
    desk.clear()
    assert own.exists()
