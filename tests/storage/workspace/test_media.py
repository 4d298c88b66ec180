import os
from pathlib import Path

import pytest

from core.errors import AppError
from core.types import ImageId
from storage.workspace import media
from storage.workspace.folder import Workspace

IMAGE = ImageId("ab12cd34ef56ab78")


def test_a_picture_lies_under_its_content(workspace: Workspace) -> None:
    assert media.store(workspace, IMAGE, ".jpg", b"picture", b"small") == f"ab/{IMAGE}.jpg"
    assert media.path(workspace, f"ab/{IMAGE}.jpg").read_bytes() == b"picture"
    assert media.thumb_path(workspace, IMAGE).read_bytes() == b"small"
    assert list((workspace.media / "incoming").iterdir()) == []


def test_what_is_staged_is_not_there_yet(workspace: Workspace) -> None:
    staged = media.stage(workspace, workspace.media / "ab" / "x.jpg", b"picture")
    assert not staged.final.exists()
    media.publish([staged])
    assert staged.final.read_bytes() == b"picture"


def test_only_leftovers_of_processes_that_are_gone_are_swept(workspace: Workspace) -> None:
    own = media.stage(workspace, workspace.media / "x", b"own")
    gone = own.incoming.with_name("4194305-dead")
    gone.write_bytes(b"left")
    assert own.incoming.name.startswith(f"{os.getpid()}-")
    media.sweep(workspace)
    assert own.incoming.exists()
    assert not gone.exists()


def test_a_folder_that_cannot_be_written_is_said_in_words(workspace: Workspace) -> None:
    blocked = Path(workspace.media)
    blocked.write_bytes(b"a file where a folder should be")
    with pytest.raises(AppError, match="could not be written to the workspace"):
        media.store(workspace, IMAGE, ".jpg", b"picture", b"small")
