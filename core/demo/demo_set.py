"""The synthetic demonstration data: six classes of drawn skin, with everything real data has.

Uneven classes and several photos per patient in the proportions of MSLD v2.0, exact and near
duplicates (also across two patients), and planted wrong labels, whose truth is written down.
"""

import csv
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.demo import drawing, patients
from core.types import CancelCheck, Progress, ProgressCallback

ORIGIN = "synthetic demonstration data"
"""The source that every image names, so that they are not taken for photographs."""

SIZES: dict[str, tuple[int, int]] = {
    "Chickenpox": (35, 29),
    "Cowpox": (31, 19),
    "Healthy": (53, 48),
    "HFMD": (75, 66),
    "Measles": (27, 22),
    "Monkeypox": (131, 68),
}
"""Class -> (images, patients), before duplicates are added."""

WRONG_LABELS = 14
"""About 4 % of the images."""
EXACT_COPIES = 4
NEAR_COPIES = 5


@dataclass(frozen=True, kw_only=True)
class _Shot:
    """One image that will be drawn."""

    file: str
    label: str
    """What the manifest says."""
    truth: str
    patient: str
    person_seed: int
    photo_seed: int
    copy: str = ""
    """"", "exact" or "near": the same image again, under another name."""


def write(
    folder: Path,
    *,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> Path:
    """Draw the set into `folder` and return its manifest.

    manifest.csv has path, label, patient, source; truth.csv has path, label, truth of every
    planted wrong label. The same seed gives the same bytes. Where it is cancelled, the manifest
    lists what was drawn until then.
    """
    shots = _planned(seed)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        drawn = _draw(pool, shots, folder, progress, cancelled or (lambda: False))
    rows = [(shot.file, shot.label, shot.patient, ORIGIN) for shot in drawn]
    _table(folder / "manifest.csv", ("path", "label", "patient", "source"), rows)
    wrong = [(shot.file, shot.label, shot.truth) for shot in drawn if shot.label != shot.truth]
    _table(folder / "truth.csv", ("path", "label", "truth"), wrong)
    return folder / "manifest.csv"


def _draw(
    pool: ThreadPoolExecutor,
    shots: Sequence[_Shot],
    folder: Path,
    progress: ProgressCallback | None,
    cancelled: CancelCheck,
) -> Sequence[_Shot]:
    """Draw images until all are there or it is cancelled; return those that are there."""
    started = time.monotonic()
    for done, (shot, data) in enumerate(zip(shots, pool.map(_drawn, shots), strict=True), 1):
        (folder / shot.file).write_bytes(data)
        if progress is not None and (done % 16 == 0 or done == len(shots)):
            left = (time.monotonic() - started) / done * (len(shots) - done)
            stage = "Drawing synthetic demonstration data"
            progress(Progress(stage=stage, done=done, total=len(shots), seconds_left=left))
        if cancelled():
            pool.shutdown(wait=False, cancel_futures=True)
            return shots[:done]
    return shots


def _planned(seed: int) -> list[_Shot]:
    rng = np.random.default_rng([seed, 0])
    shots = list(_originals(rng))
    shots = _with_wrong_labels(shots, rng)
    return sorted(shots + list(_copies(shots, rng)), key=lambda shot: shot.file)


def _originals(rng: np.random.Generator) -> Iterator[_Shot]:
    """Give every patient a first photo, then deal the others unevenly among patients."""
    of_class = [label for label, (_pictures, people) in SIZES.items() for _one in range(people)]
    numbers = rng.permutation(len(of_class)) + 1
    first = 0
    for label, (pictures, people) in SIZES.items():
        own = numbers[first : first + people]
        first += people
        further = rng.choice(people, pictures - people, p=rng.dirichlet(np.full(people, 0.6)))
        for place, number in enumerate(own):
            person_seed = int(rng.integers(2**31))
            for photo in range(1 + int((further == place).sum())):
                yield _Shot(
                    file=f"pictures/p{number:03d}_{photo + 1}.jpg",
                    label=label,
                    truth=label,
                    patient=f"P{number:03d}",
                    person_seed=person_seed,
                    photo_seed=int(rng.integers(2**31)),
                )


def _with_wrong_labels(shots: list[_Shot], rng: np.random.Generator) -> list[_Shot]:
    """Give some images the label of another class, as tired people do."""
    wrong = set(rng.choice(len(shots), WRONG_LABELS, replace=False).tolist())
    names = list(SIZES)
    return [
        replace(shot, label=str(rng.choice([name for name in names if name != shot.truth])))
        if number in wrong
        else shot
        for number, shot in enumerate(shots)
    ]


def _copies(shots: list[_Shot], rng: np.random.Generator) -> Iterator[_Shot]:
    """Repeat some images: two of each kind under another patient, one under another class."""
    right = [shot for shot in shots if shot.label == shot.truth]
    chosen = rng.choice(len(right), EXACT_COPIES + NEAR_COPIES, replace=False)
    for place, number in enumerate(chosen.tolist()):
        shot = right[number]
        kind = "exact" if place < EXACT_COPIES else "near"
        others = [
            other for other in right if other.truth == shot.truth and other.patient != shot.patient
        ]
        across = place in (0, 1, EXACT_COPIES, EXACT_COPIES + 1)
        patient = others[int(rng.integers(len(others)))].patient if across else shot.patient
        label = shot.label
        if place == EXACT_COPIES - 1:
            label = str(rng.choice([name for name in SIZES if name != shot.truth]))
        yield replace(
            shot,
            file=f"pictures/{patient.lower()}_{90 + place}.jpg",
            label=label,
            patient=patient,
            copy=kind,
        )


def _drawn(shot: _Shot) -> bytes:
    rng = np.random.default_rng(shot.photo_seed)
    picture = drawing.photograph(patients.person(shot.truth, shot.person_seed), rng)
    quality = int(rng.integers(82, 94))
    if shot.copy == "near":
        picture = drawing.near_copy(picture, rng)
        quality -= 6
    return drawing.jpeg(picture, quality)


def _table(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
