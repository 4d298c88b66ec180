"""Arrays in files: complete, or as if they were not there."""

from pathlib import Path

import numpy as np
import pytest

from core import files

NAMES = ("ids", "vectors")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.npz"
    files.replace_arrays(path, {"ids": np.array(["a", "b"]), "vectors": np.eye(2)})
    return path


def test_what_was_written_is_read(kept: Path) -> None:
    arrays = files.read_arrays(kept, NAMES)
    assert arrays is not None
    assert (arrays["ids"].tolist(), arrays["vectors"].tolist()) == (["a", "b"], [[1, 0], [0, 1]])
    assert files.read_arrays(kept, ("ids", "labels")) is None
    assert files.read_arrays(kept.with_name("none.npz"), NAMES) is None


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_as_if_it_were_not_there(kept: Path, share: float) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(share * len(whole))])
    assert files.read_arrays(kept, NAMES) is None


def test_another_format_different_lengths_and_pickles_are_not_read(kept: Path) -> None:
    for data in (b"no archive at all", b"\x93NUMPY\x01\x00"):
        kept.write_bytes(data)
        assert files.read_arrays(kept, NAMES) is None
    with kept.open("wb") as file:
        np.save(file, np.eye(2))
    assert files.read_arrays(kept, NAMES) is None
    files.replace_arrays(kept, {"ids": np.array(["a"]), "vectors": np.eye(2)})
    assert files.read_arrays(kept, NAMES) is None
    np.savez(kept, ids=np.array([{"a": 1}, None], dtype=object), vectors=np.eye(2))
    assert files.read_arrays(kept, NAMES) is None
