"""What our two fused transforms save: milliseconds per image against torchvision's own.

    python -m tests.benchmarks.transforms [--rounds 15]

One thread, uint8 images of 320 pixels to 224, as a training run prepares them. The pipelines take
turns, so that a busy machine slows all; prints medians and, for the recipes, how many images per
second one thread prepares.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
import torch
from torchvision.transforms import v2

from core.data import augmentation
from core.data.fast_transforms import FusedColorJitter, RandomRotatedResizedCrop
from core.data.randomness import generator_for

_STORED, _SIZE, _IMAGES = 320, 224, 10
_BILINEAR = v2.InterpolationMode.BILINEAR


def _torchvision(strength: str) -> v2.Compose:
    """Return a recipe with torchvision's own transforms in the places of ours."""
    own = augmentation.training_transform(strength, _SIZE)
    steps: list[v2.Transform] = []
    for step in own.transforms:
        if isinstance(step, RandomRotatedResizedCrop):
            steps.append(v2.RandomRotation(step.degrees, interpolation=_BILINEAR))
            steps.append(v2.RandomResizedCrop(_SIZE, step.scale, step.ratio, antialias=False))
        elif isinstance(step, FusedColorJitter):
            steps.append(v2.ColorJitter(step.brightness, step.contrast, step.saturation))
        else:
            steps.append(step)
    return v2.Compose(steps)


def _pipelines() -> dict[str, v2.Transform]:
    rotation = v2.RandomRotation(30, interpolation=_BILINEAR)
    crop = v2.RandomResizedCrop(_SIZE, (0.3, 1.0), (1.0, 1.0), antialias=False)
    jitter = (0.25, 0.25, 0.2)
    return {
        "v2.RandomRotation + v2.RandomResizedCrop": v2.Compose([rotation, crop]),
        "RandomRotatedResizedCrop": RandomRotatedResizedCrop(_SIZE, 30, (0.3, 1.0), (1.0, 1.0)),
        "v2.ColorJitter": v2.ColorJitter(*jitter),
        "FusedColorJitter": FusedColorJitter(*jitter),
        "v2.Resize (evaluation, recipe none)": augmentation.training_transform("none", _SIZE),
        "recipe light, torchvision only": _torchvision("light"),
        "recipe light": augmentation.training_transform("light", _SIZE),
        "recipe strong, torchvision only": _torchvision("strong"),
        "recipe strong": augmentation.training_transform("strong", _SIZE),
    }


def _timed(transform: v2.Transform, stored: np.ndarray) -> Callable[[int], float]:
    """Return what applies a transform to some images of a round: milliseconds per image."""

    def once(round_: int) -> float:
        began = time.perf_counter()
        for number in range(_IMAGES):
            generator = generator_for(0, round_, str(number))
            augmentation.apply(transform, stored, generator)
        return (time.perf_counter() - began) / _IMAGES * 1000

    return once


def main(arguments: list[str]) -> int:
    """Measure and print a row per pipeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    noise = np.random.default_rng(0).integers(0, 256, (_STORED, _STORED, 3), dtype=np.uint8)
    stored = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), dtype=np.uint8)
    timed = {name: _timed(transform, stored) for name, transform in _pipelines().items()}
    rows: dict[str, list[float]] = {name: [] for name in timed}
    for round_ in range(given.rounds + 1):
        for name, once in timed.items():
            rows[name].append(once(round_))
    print("| transform | ms per image | images per second and thread |\n| --- | --- | --- |")
    for name, times in rows.items():
        # The first round warms up.
        median = statistics.median(times[1:])
        print(f"| {name} | {median:.2f} | {1000 / median:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
