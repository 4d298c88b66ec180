"""How many planted near duplicates are found, and how long it takes.

    python -m tests.benchmarks.near_duplicates TABLE.csv WEIGHTS.safetensors [IMAGES]

Of randomly chosen photographs of the table a second version is made: cropped, mirrored, turned,
re-encoded or shifted in colour, IMAGES in all (765 when none are given). Beside ours stand
perceptual hashes alone, over all pairs. Then all pairs of the table's photographs of different
patients: in how many do features agree, by chance or because they show the same?
"""

import csv
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from threadpoolctl import threadpool_limits

from core.curation import local_features, near_duplicates
from core.types import Encoder
from dashboard.services.importing import importer
from dashboard.services.queues import (
    embeddings,
    image_features,
    image_measurements,
    near_duplicate_pairs,
)
from dashboard.services.queues.image_features import ImageFeatures
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests.benchmarks import results

TITLE = "Planted near duplicates"
COLUMNS = ("way", "found of the planted", "pairs compared", "other pairs", "seconds")
IMAGES = 765
HIGH, LOW = 90, 35
"""Qualities of JPEG."""

Picture = Image.Image
Plant = Callable[[Picture, np.random.Generator], Picture]


def cropped(image: Picture, rng: np.random.Generator) -> Picture:
    """Return a part of 60 to 85 % of each side."""
    share = rng.uniform(0.6, 0.85)
    width, height = round(image.width * share), round(image.height * share)
    left, top = rng.integers(image.width - width + 1), rng.integers(image.height - height + 1)
    return image.crop((int(left), int(top), int(left) + width, int(top) + height))


def turned(image: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture turned by a quarter, or by up to twenty degrees."""
    if rng.random() < 0.5:
        return image.transpose(Image.Transpose.ROTATE_90)
    return image.rotate(float(rng.uniform(5, 20)), Image.Resampling.BICUBIC, expand=True)


def encoded(image: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture at half the size; it is saved at a low quality."""
    return image.resize((max(64, image.width // 2), max(64, image.height // 2)))


def coloured(image: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture brighter or darker, with other colours."""
    brighter = ImageEnhance.Brightness(image).enhance(float(rng.uniform(0.7, 1.4)))
    return ImageEnhance.Color(brighter).enhance(float(rng.uniform(0.5, 1.6)))


PLANTS: Mapping[str, Plant] = {
    "crop": cropped,
    "mirror": lambda image, rng: ImageOps.mirror(image),
    "turn": turned,
    "encoding": encoded,
    "colour": coloured,
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a written photograph comes from."""

    source: int
    """Row of the table."""
    kind: str
    """How it was planted; empty: it is the table's own."""


def prepare(table: Path, folder: Path, count: int) -> dict[str, Origin]:
    """Write the photographs of a table and planted ones, `count` in all; return file -> origin."""
    with table.open(newline="", encoding="utf-8") as file:
        sources = [table.parent / row["path"] for row in csv.DictReader(file)]
    rng = np.random.default_rng(0)
    planted = rng.choice(len(sources), size=count - len(sources)).tolist()
    kinds = [""] * len(sources) + [list(PLANTS)[n % len(PLANTS)] for n in range(len(planted))]
    origins: dict[str, Origin] = {}
    for source, kind in zip([*range(len(sources)), *planted], kinds, strict=True):
        with Image.open(sources[source]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        picture = PLANTS[kind](upright, rng) if kind else upright
        name = f"{len(origins):05d}.jpg"
        picture.save(folder / name, quality=LOW if kind == "encoding" else HIGH)
        origins[name] = Origin(source=source, kind=kind)
    return origins


def found(origins: Sequence[Origin], pairs: Sequence[tuple[int, int]]) -> tuple[str, int]:
    """Return how many planted ones are paired with another version, and how many pairs are none."""
    alike = [pair for pair in pairs if origins[pair[0]].source == origins[pair[1]].source]
    hit = Counter(origins[place].kind for place in {place for pair in alike for place in pair})
    planted = Counter(origin.kind for origin in origins)
    hits, all_of = (sum(counts[kind] for kind in PLANTS) for counts in (hit, planted))
    shares = ", ".join(f"{kind} {hit[kind]}/{planted[kind]}" for kind in PLANTS)
    return f"{hits / max(1, all_of):.3f} ({shares})", len(pairs) - len(alike)


def by_chance(table: Path) -> tuple[int, Counter[int]]:
    """Return how many pairs of photographs of different patients there are, and agreeing features
    -> pairs, from four on.
    """
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = []
    for row in rows:
        with Image.open(table.parent / row["path"]) as image:
            features.append(local_features.features(image.convert("RGB")))
    pairs = [
        (first, second)
        for first, second in itertools.combinations(range(len(rows)), 2)
        if rows[first]["patient"] != rows[second]["patient"]
    ]
    with threadpool_limits(1):
        agreed = Counter(near_duplicates.overlap(features[a], features[b]) for a, b in pairs)
    return len(pairs), Counter({many: pairs for many, pairs in agreed.items() if many >= 4})


def main(table: Path, weights: Path, count: int) -> None:
    """Measure and print."""
    eye = Encoder(backbone="mobilenetv2_100", init=str(weights.resolve()))
    with (
        results.table("near_duplicates", TITLE, COLUMNS) as measured,
        tempfile.TemporaryDirectory() as home,
    ):
        folder = Path(home) / "photographs" / "skin"
        folder.mkdir(parents=True)
        origin_of = prepare(table, folder, count)
        workspace = Workspace.open(Path(home) / "workspace")
        importer.run(workspace, folder.parent)
        with workspace.read() as session:
            included = samples.everything(session)
        origins = [origin_of[Path(sample.file).name] for sample in included]

        began = time.perf_counter()
        vectors = embeddings.of(workspace, included, eye)
        facts = image_measurements.of(workspace, included)
        looked = time.perf_counter() - began
        began = time.perf_counter()
        twins = near_duplicate_pairs.of(workspace, included, vectors, facts)
        seconds = time.perf_counter() - began
        features = ImageFeatures(workspace, included)
        aggregated = image_features.aggregated(workspace, included, features)
        compared = len(near_duplicates.candidates(vectors, aggregated, facts))
        pairs = [(twin.row, twin.other) for twin in twins]
        share, others = found(origins, pairs)
        measured.add("ours", share, compared, others, seconds)

        began = time.perf_counter()
        every = np.stack(np.triu_indices(len(included), 1), axis=1)
        alike = every[near_duplicates.by_hash(facts, every) > 0].tolist()
        seconds = time.perf_counter() - began
        share, others = found(origins, [(first, second) for first, second in alike])
        measured.add("perceptual hashes", share, len(every), others, seconds)
        workspace.close()
        number, agreed = by_chance(table)
        counted = ", ".join(f"{pairs} in {many}" for many, pairs in sorted(agreed.items()))
        measured.note(
            f"Of {number:,} pairs of photographs of different patients agree in so many features: "
            f"{counted}. {near_duplicates.ENOUGH} are enough."
        )
        measured.note(
            f"{len(included)} photographs; before, embedding and measuring took {looked:.0f} s. "
            "Other pairs: of different photographs of the table, which has near duplicates itself."
        )


if __name__ == "__main__":
    images = int(sys.argv[3]) if len(sys.argv) > 3 else IMAGES
    main(Path(sys.argv[1]), Path(sys.argv[2]), images)
