"""Embeddings of images by frozen networks, each computed once and kept in the workspace's cache.

An embedding depends on the image, the network and the view alone: it stays valid whatever people
decide about labels, splits and settings.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core import files
from core.imaging import views
from core.imaging.views import VIEWS
from core.settings.config import TrainConfig
from core.types import Embeddings, Encoder, IntArray

Missing = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a frozen network looks at an image: all that decides the embeddings."""

    encoder: Encoder
    taps: int
    """How many of the last blocks are pooled beside the last layer."""
    size: int
    """Side in pixels of the network's input."""
    stored: int
    """Side in pixels of the square that views are cut from."""
    views: tuple[str, ...]
    device: str = "cpu"
    """cpu or cuda: their last digits differ."""

    @property
    def folder(self) -> str:
        """Name of the folder that keeps embeddings of this kind, of all views."""
        init = self.encoder.init
        if init == "imagenet":
            weights = f"imagenet-timm{metadata.version('timm')}"
        elif init == "random":
            weights = init
        else:
            stat = Path(init).stat()
            weights = _hash(init, stat.st_mtime_ns, stat.st_size)
        seen = f"{self.taps}-{self.size}of{self.stored}-{self.device}"
        return f"{self.encoder.backbone}-{weights}-{seen}"


@lru_cache(maxsize=8)
def _hash(file: str, changed: int, size: int) -> str:
    """Return the hash of a file that was last changed then and has this size."""
    del changed, size
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]


def of_run(config: TrainConfig, device: str = "cpu") -> Look:
    """Return how a run's initial network looks at images."""
    return Look(
        encoder=Encoder(backbone=config.backbone, init=config.init),
        taps=config.intermediate_blocks,
        size=config.image_size,
        stored=config.stored_size,
        views=views.names(config.tta_views),
        device=device,
    )


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Samples of which the same views have not been looked at."""

    rows: IntArray
    views: tuple[str, ...]


class Features:
    """The embeddings of some samples in all views of a look, those that are kept filled in."""

    def __init__(self, cache: Path, look: Look, ids: Sequence[str]) -> None:
        """`cache` is the workspace's folder of what may be deleted at any time."""
        self.look = look
        self._folder = cache / "features" / look.folder
        self._ids = np.array(ids, dtype=np.str_)
        self._values: Embeddings | None = None
        self.missing: Missing = np.ones((len(ids), len(look.views)), np.bool_)
        """(N, V)"""
        self._read()

    @property
    def values(self) -> Embeddings:
        """Return (N, V, D). Raises ValueError while some are missing."""
        if self._values is None or self.missing.any():
            raise ValueError(f"{int(self.missing.any(axis=1).sum())} images were not looked at")
        return self._values

    def gaps(self, rows: IntArray) -> Iterator[Gap]:
        """Yield what is missing of some samples, those that lack the same views together."""
        missing = self.missing[rows]
        for pattern in np.unique(missing[missing.any(axis=1)], axis=0):
            names = tuple(np.array(self.look.views)[pattern].tolist())
            yield Gap(rows=rows[(missing == pattern).all(axis=1)], views=names)

    def add(self, gap: Gap, values: Embeddings) -> None:
        """Keep the embeddings (n, v, D) of a gap's samples in its views."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ids = self._ids[gap.rows]
        name = hashlib.sha256("".join(ids.tolist()).encode()).hexdigest()[:16]
        path = self._folder / f"{name}-{_digits(gap.views)}.npz"
        files.replace_arrays(path, {"ids": ids, "values": values.astype(np.float32)})
        self._fill(gap.rows, gap.views, values)

    def _read(self) -> None:
        """Fill in what is kept; what is broken or holds no numbers is as if it were not there."""
        row_of = {sample: row for row, sample in enumerate(self._ids.tolist())}
        for path, names in _parts(self._folder):
            wanted = [view for view in names if view in self.look.views]
            kept = files.read_arrays(path, ("ids", "values")) if wanted else None
            if kept is None or kept["values"].ndim != 3 or kept["values"].shape[1] != len(names):
                continue
            rows = np.array([row_of.get(sample, -1) for sample in kept["ids"].tolist()], np.int64)
            usable = (rows >= 0) & np.isfinite(kept["values"]).all(axis=(1, 2))
            columns = [names.index(view) for view in wanted]
            self._fill(rows[usable], wanted, kept["values"][usable][:, columns])

    def _fill(self, rows: IntArray, names: Sequence[str], values: Embeddings) -> None:
        if self._values is None:
            shape = (*self.missing.shape, values.shape[2])
            self._values = np.zeros(shape, np.float32)
        if values.shape[2] != self._values.shape[2]:
            return
        columns = np.array([self.look.views.index(view) for view in names])
        self._values[np.ix_(rows, columns)] = values
        self.missing[np.ix_(rows, columns)] = False


def kept(cache: Path, look: Look, ids: Sequence[str]) -> int:
    """Return how many of the views of these samples are kept; reads no embedding."""
    wanted, views_kept = set(ids), 0
    for path, names in _parts(cache / "features" / look.folder):
        stored = files.read_arrays(path, ("ids",))
        if stored is not None:
            count = len(wanted.intersection(stored["ids"].tolist()))
            views_kept += count * len(set(names) & set(look.views))
    return views_kept


def _parts(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each file of a folder with the views that it holds."""
    for path in sorted(folder.glob("*-*.npz")):
        digits = path.stem.rpartition("-")[2]
        if digits.isdecimal() and all(int(digit) < len(VIEWS) for digit in digits):
            yield path, [VIEWS[int(digit)] for digit in digits]


def _digits(names: Sequence[str]) -> str:
    return "".join(str(VIEWS.index(view)) for view in names)
