"""The pictures of a job in which some samples are changed copies: made once, in its own folder."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core import augment, pixels, protocol, views
from core.types import JobSample, SampleId

_FILE = "copies.npy"


def load(
    samples: Sequence[JobSample],
    workspace: Path,
    side: int,
    kept: Path,
    seed: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> list[views.Pixels]:
    """Return the samples' pictures, squeezed to `side` pixels.

    Copies are written below the folder `kept` and mapped from there: they may be many times the
    memory. A copy hangs on seed, photograph and number alone, so a resumed job makes the same.
    `advance(done, total)` counts what has to be decoded. Raises what `pixels.load` raises.
    """
    own = [sample for sample in samples if not sample.copy]
    found = dict(zip([s.id for s in own], pixels.load(own, workspace, side, advance), strict=True))
    copies = [sample for sample in samples if sample.copy]
    if copies:
        kept.mkdir(parents=True, exist_ok=True)
        with (kept / _FILE).open("wb") as file:
            _write(file, copies, found, side, seed)
        made = np.load(kept / _FILE, mmap_mode="r")
        found |= {sample.id: made[row] for row, sample in enumerate(copies)}
    return [found[sample.id] for sample in samples]


def _write(
    file: BinaryIO,
    copies: Sequence[JobSample],
    photographs: Mapping[SampleId, views.Pixels],
    side: int,
    seed: int,
) -> None:
    # Written, not mapped: on a full disk a write fails with a message, a mapped page with SIGBUS.
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(copies), side, side, 3)}
    np.lib.format.write_array_header_2_0(file, header)
    for copy in copies:
        if copy.original is None:
            raise ValueError(f"the copy {copy.id} names no original")
        rng = augment.rng_for(seed, 0, copy.original, copy.copy)
        changed = augment.apply(photographs[copy.original], (side, side), rng, protocol.CHANGES)
        file.write(np.ascontiguousarray(changed).tobytes())
