"""What each part of a preset is worth: the recipe, and the recipe without or with one part.

    python -m tests.benchmarks.ablation TABLE.csv WEIGHTS.safetensors [--preset thorough]
        [--variants A,B] [--seeds 0,1] [--keep FOLDER]

The recipe is the preset; of *thorough*, one training, because it costs half. Every variant is
trained by the product's own job on the same five folds by patient, once per split seed, and scored
on the folds that it has not seen. Prints pooled balanced accuracy (mean, lowest and highest over
the split seeds), what the variant gains over the recipe with a paired 95 % interval (patients drawn
with replacement, all split seeds together) and seconds. With --keep what has been measured stays in
the folder and is not measured again. How the presets were chosen stands in docs/ablation.md.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluation import comparison
from core.evaluation.metrics import Answers
from core.jobs.job_spec import JobSpec
from core.settings import presets
from core.settings.config import TrainConfig
from core.settings.limits import PRESETS
from tests.benchmarks import results, training

RECIPE = "recipe"
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    RECIPE: {},
    "no patches": {"cutmix": 0.0},
    "patches in all": {"cutmix": 1.0},
    "blends instead of patches": {"cutmix": 0.0, "mixup": 1.0},
    "holes instead of patches": {"cutmix": 0.0, "erasing": 0.5},
    "holes beside patches": {"erasing": 0.3},
    "weights not averaged": {"ema_epochs": 0.0},
    "light augmentation": {"augmentation": "light"},
    "label smoothing": {"label_smoothing": 0.1},
    "lower rate": {"learning_rate": 3e-4},
    "higher rate": {"learning_rate": 2e-3},
    "steeper rates": {"layer_decay": 0.65},
    "nothing frozen": {"frozen_stages": 0},
    "five stages frozen": {"frozen_stages": 5},
    "ten epochs": {"epochs": 10},
    "twenty epochs": {"epochs": 20},
    "forty epochs": {"epochs": 40},
    "two trainings": {"trainings": 2},
    "three trainings": {"trainings": 3},
    "larger pictures": {"image_size": 288},
    "single view": {"tta_views": 1},
    "two views": {"tta_views": 2},
    "classes not balanced": {"balance": "none"},
    "no taps": {"intermediate_blocks": 0},
    "head only": {"epochs": 0},
}
"""Name -> what differs from the recipe."""


@dataclass(kw_only=True)
class Found:
    """What a variant said with every split seed so far."""

    answers: list[Answers] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def together(self) -> Answers:
        """The split seeds one after the other: each class's recall becomes their mean."""
        return Answers(
            **{
                name: np.concatenate([getattr(one, name) for one in self.answers])
                for name in vars(self.answers[0])
            }
        )


def settings(name: str, preset: str, spec: JobSpec) -> TrainConfig:
    """Return the settings of a variant of a preset for the network and weights of a job."""
    given = {"backbone": spec.config.backbone, "init": spec.config.init, "folds": training.FOLDS}
    return presets.named(preset, **{"trainings": 1, **given, **VARIANTS[name]})


def _reached(given: Answers, classes: int) -> float:
    return comparison.balanced_accuracy(given, given, classes).after


def _row(name: str, found: Found, recipe: Found, classes: int) -> list[str]:
    each = [_reached(one, classes) for one in found.answers]
    reached = f"{np.mean(each):.3f} ({min(each):.3f} to {max(each):.3f})"
    gain = "–"
    if found is not recipe:
        gained = comparison.balanced_accuracy(recipe.together, found.together, classes)
        gain = f"{gained.value:+.3f} ({gained.low:+.3f} to {gained.high:+.3f})"
    return [name, reached, gain, f"{np.mean(found.seconds):.0f}"]


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--preset", choices=PRESETS, default="thorough")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--seeds", default=training.SEEDS)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    names = [RECIPE, *(name for name in given.variants.split(",") if name != RECIPE)]
    columns = ["variant", "balanced accuracy", "against the recipe", "seconds"]
    title = f"What each part of *{given.preset}* is worth"
    with (
        results.table(f"ablation_{given.preset}", title, columns) as measured,
        training.home_of(given.keep) as home,
    ):
        workspace, spec = training.base(given.table, given.weights, home)
        everything: dict[str, Found] = {}
        recipe = settings(RECIPE, given.preset, spec)
        for name in names:
            if name != RECIPE and settings(name, given.preset, spec) == recipe:
                continue  # the recipe has it already
            found = everything.setdefault(name, Found())
            for seed in map(int, given.seeds.split(",")):
                dealt = replace(
                    training.dealt(spec, seed), config=settings(name, given.preset, spec)
                )
                folder = workspace / "runs" / f"{given.preset}-{name.replace(' ', '-')}-{seed}"
                cost = training.run(["core.jobs"], dealt, folder)
                found.answers.append(training.answers(dealt, folder))
                found.seconds.append(cost.seconds)
                told = {name: _reached(found.answers[-1], len(spec.classes)), "seed": seed}
                print(json.dumps(told), file=sys.stderr, flush=True)
            measured.add(*_row(name, found, everything[RECIPE], len(spec.classes)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
