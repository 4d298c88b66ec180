"""Small jobs for tests: discs of three colours, and a network of a few thousand weights."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from PIL import Image, ImageDraw

from core.jobs import job_process, job_spec
from core.jobs.job_spec import JobSpec
from core.models import networks
from core.settings import presets
from core.settings.config import Hardware
from core.types import ClassId, JobSample, SampleId, Split

BACKBONE = "test_efficientnet"
CLASSES = ((ClassId(3), "Red"), (ClassId(5), "Green"), (ClassId(9), "Blue"))
_COLOURS = {3: (200, 60, 60), 5: (60, 190, 60), 9: (60, 60, 200)}
ONE_THREAD = Hardware(threads=1)


def picture(label: int, number: int, side: int = 48) -> Image.Image:
    """Return noise-like skin with a disc in the colour of its class."""
    dice = random.Random(label * 1000 + number)
    image = Image.new("RGB", (side, side), (dice.randint(150, 220),) * 3)
    x, y = (dice.randrange(side // 4, side // 2) for _ in range(2))
    box = (x, y, x + side // 3, y + side // 3)
    ImageDraw.Draw(image).ellipse(box, fill=_COLOURS[label])
    return image


def samples(root: Path, per_class: int = 10) -> tuple[JobSample, ...]:
    """Write pictures; of every ten of a class six train, two validate, two test."""
    sides = [Split.TRAIN] * 6 + [Split.VALIDATION] * 2 + [Split.TEST] * 2
    made = []
    for label, _ in CLASSES:
        for number in range(per_class):
            name = f"{label}-{number}.png"
            (root / "media").mkdir(parents=True, exist_ok=True)
            picture(label, number).save(root / "media" / name)
            made.append(
                JobSample(
                    id=SampleId(f"{label:08x}{number:08x}"),
                    path=f"media/{name}",
                    label=label,
                    split=sides[number % 10],
                    group=label * 1000 + number,
                    fold=number % 3 if number % 10 < 8 else None,
                )
            )
    return tuple(made)


def spec(root: Path, **overrides: Any) -> JobSpec:
    """Return a training job over the pictures below `root`."""
    settings = {
        "init": "random",
        "backbone": BACKBONE,
        "image_size": 32,
        "batch_size": 6,
        "epochs": 3,
        "learning_rate": 3e-3,
        "tta_views": 1,
        **overrides,
    }
    return JobSpec(
        kind="train",
        classes=CLASSES,
        samples=samples(root),
        config=presets.named("balanced", **settings),
        hardware=ONE_THREAD,
    )


def prepared(root: Path, name: str = "one", **overrides: Any) -> Path:
    """Write a training job into `root`/runs/`name` and return that folder."""
    folder = root / "runs" / name
    folder.mkdir(parents=True)
    spec(root, **overrides).write(folder)
    return folder


def done(root: Path, name: str = "one", **overrides: Any) -> Path:
    """Run a training job to its end, in this process."""
    folder = prepared(root, name, **overrides)
    assert job_process.run(folder) == 0, (folder / job_spec.ERROR).read_text()
    return folder


def weights_file(path: Path, header: dict[str, str] | None = None, classes: int = 10) -> Path:
    """Write random weights of the test network, as if somebody had trained them."""
    torch.manual_seed(1)
    module = networks.build(BACKBONE, classes, "random").module
    safetensors.torch.save_file(module.state_dict(), path, header)
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return what a run leaves for ever: equal runs have equal bytes, but for what they cost."""
    meta = about(folder)
    del meta["about"]["cost"]
    names = ("checkpoint/weights.safetensors", "predictions.npz")
    contents = {name: (folder / name).read_bytes() for name in names}
    return {**contents, "checkpoint/meta.json": json.dumps(meta).encode()}


def about(folder: Path) -> dict[str, Any]:
    """Return what `meta.json` says."""
    meta: dict[str, Any] = json.loads((folder / "checkpoint/meta.json").read_bytes())
    return meta


def result(folder: Path) -> dict[str, Any]:
    """Return what `result.json` says."""
    document: dict[str, Any] = json.loads((folder / job_spec.RESULT).read_bytes())
    return document


def predictions(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays of `predictions.npz`."""
    with np.load(folder / "predictions.npz") as stored:
        return dict(stored)
