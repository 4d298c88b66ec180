"""Each image is looked at once by a network, whatever asks for it and whenever."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import files
from core.imaging.squares import Pixels
from core.models import embedding, feature_store, networks, torch_inference
from core.models.embedding import Source
from core.models.feature_store import Features, Look
from core.types import Encoder
from tests.core.jobs import job_examples

LOOK = Look(
    encoder=Encoder(backbone="net", init="random"),
    taps=0,
    size=8,
    stored=12,
    views=("whole", "mirrored"),
)


def values(ids: Sequence[str], views: Sequence[str]) -> np.ndarray:
    """Return (N, V, 2): what a network might say, a number of the sample and one of the view."""
    numbers = [[(int(name), len(view)) for view in views] for name in ids]
    return np.array(numbers, dtype=np.float32)


def complete(cache: Path, look: Look, ids: Sequence[str]) -> tuple[Features, int]:
    """Fill all gaps; return the features and how many views were looked at."""
    features, looked = Features(cache, look, ids), 0
    for gap in list(features.gaps(np.arange(len(ids)))):
        features.add(gap, values([ids[row] for row in gap.rows], gap.views))
        looked += len(gap.rows) * len(gap.views)
    return features, looked


@given(
    asked=st.lists(
        st.tuples(
            st.lists(st.integers(0, 9).map(str), min_size=1, unique=True),
            st.lists(st.sampled_from(["whole", "mirrored", "centre"]), min_size=1, unique=True),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None, max_examples=40)
def test_whoever_asks_gets_the_same_and_no_view_is_computed_twice(
    asked: list[tuple[list[str], list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    known: set[tuple[str, str]] = set()
    for ids, views in asked:
        look = replace(LOOK, views=tuple(views))
        wanted = {(name, view) for name in ids for view in views}
        assert feature_store.kept(cache, look, ids) == len(wanted & known)
        features, looked = complete(cache, look, ids)
        assert looked == len(wanted - known)
        np.testing.assert_array_equal(features.values, values(ids, views))
        known |= wanted


def test_other_networks_sizes_and_devices_keep_their_own(tmp_path: Path) -> None:
    complete(tmp_path, LOOK, ["1"])
    others = (
        replace(LOOK, encoder=Encoder(backbone="other", init="random")),
        replace(LOOK, encoder=Encoder(backbone="net", init="imagenet")),
        replace(LOOK, taps=1),
        replace(LOOK, size=9),
        replace(LOOK, stored=13),
        replace(LOOK, device="cuda"),
    )
    assert [feature_store.kept(tmp_path, look, ["1"]) for look in (LOOK, *others)] == [2] + [0] * 6


def test_other_weights_under_the_same_name_are_another_network(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    look = replace(LOOK, encoder=Encoder(backbone="net", init=str(file)))
    file.write_bytes(b"one")
    complete(tmp_path, look, ["1"])
    file.write_bytes(b"two")
    assert feature_store.kept(tmp_path, look, ["1"]) == 0


@pytest.mark.parametrize("damage", [b"", b"PK not a zip", None])
def test_what_is_broken_is_computed_again(tmp_path: Path, damage: bytes | None) -> None:
    complete(tmp_path, LOOK, ["1", "2"])
    (part,) = (tmp_path / "features" / LOOK.folder).glob("*.npz")
    if damage is None:
        spoiled = values(["1", "2"], LOOK.views)
        spoiled[1, 0, 0] = np.nan
        files.replace_arrays(part, {"ids": np.array(["1", "2"]), "values": spoiled})
    else:
        part.write_bytes(damage)
    features, looked = complete(tmp_path, LOOK, ["1", "2"])
    assert looked == (4 if damage is not None else 2)
    np.testing.assert_array_equal(features.values, values(["1", "2"], LOOK.views))


def test_values_are_refused_while_some_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 images"):
        Features(tmp_path, LOOK, ["1"]).values  # noqa: B018


@dataclass
class Counting:
    """Reads squares, and remembers which."""

    squares: list[Pixels]
    read: list[int] = field(default_factory=list)

    def __call__(self, rows: Sequence[int]) -> list[Pixels]:
        self.read += rows
        return [self.squares[row] for row in rows]


@pytest.mark.process
def test_kept_and_computed_embeddings_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "AT_ONCE", 4)
    monkeypatch.setattr(torch_inference, "_WORTH_COMPILING", 0)  # compiled: the same in every batch
    small = networks.build(job_examples.BACKBONE, 2, "random")
    rng = np.random.default_rng(1)
    read = Counting([rng.integers(0, 256, (46, 46, 3), dtype=np.uint8) for _ in range(7)])
    source = Source(ids=[str(row) for row in range(7)], read=read, network=lambda: small)
    looks = [replace(LOOK, size=size, stored=46) for size in (32, 16)]
    told: list[tuple[int, int]] = []
    whole = embedding.embeddings(source, looks, tmp_path / "a", lambda *far: told.append(far))
    assert read.read == list(range(7))  # each once, for both sizes
    assert told[-1] == (7, 7)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    first = Source(ids=source.ids[:3], read=read, network=lambda: small)
    embedding.embeddings(first, looks[:1], tmp_path / "b")
    read.read.clear()
    apart = embedding.embeddings(source, looks, tmp_path / "b")
    for part, expected in zip(apart, whole, strict=True):
        np.testing.assert_array_equal(part, expected)
    read.read.clear()
    embedding.embeddings(source, looks, tmp_path / "b")
    assert not read.read
