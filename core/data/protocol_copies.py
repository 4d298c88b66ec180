"""The images of a job in which some samples are augmented copies: made once, in its folder."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.data import augmentation, randomness
from core.imaging.squares import Pixels
from core.types import JobSample, SampleId

_FILE = "copies.npy"


def photographs(samples: Sequence[JobSample]) -> list[JobSample]:
    """Return the samples that are no copies."""
    return [sample for sample in samples if not sample.copy]


def complete(
    samples: Sequence[JobSample], images: Sequence[Pixels], kept: Path, seed: int
) -> list[Pixels]:
    """Return the samples' images, given those of `photographs`, in the samples' order.

    Copies are written below the folder `kept` and mapped from there: they may be many times the
    memory. A copy depends on seed, photograph and number alone, so a resumed job makes the same.
    """
    own = photographs(samples)
    by_sample = dict(zip([sample.id for sample in own], images, strict=True))
    copies = [sample for sample in samples if sample.copy]
    if copies:
        if not (kept / _FILE).exists():
            kept.mkdir(parents=True, exist_ok=True)
            # By rename: several processes of one run may do this at once.
            part = kept / f"{_FILE}.{os.getpid()}"
            with part.open("wb") as file:
                _write(file, copies, by_sample, seed)
                file.flush()
                os.fsync(file.fileno())
            part.replace(kept / _FILE)
        made = np.load(kept / _FILE, mmap_mode="r")
        by_sample |= {sample.id: made[row] for row, sample in enumerate(copies)}
    return [by_sample[sample.id] for sample in samples]


def _write(
    file: BinaryIO,
    copies: Sequence[JobSample],
    images: Mapping[SampleId, Pixels],
    seed: int,
) -> None:
    # Written, not mapped: on a full disk a write fails with a message, a mapped page with SIGBUS.
    side = next(iter(images.values())).shape[0]
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(copies), side, side, 3)}
    np.lib.format.write_array_header_2_0(file, header)
    transform = augmentation.published_transform(side)
    for copy in copies:
        if copy.original is None:
            raise ValueError(f"the copy {copy.id} names no original")
        generator = randomness.generator_for(seed, 0, copy.original, copy.copy)
        file.write(augmentation.apply(transform, images[copy.original], generator).tobytes())
