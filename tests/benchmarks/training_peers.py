"""Other ways of training on the folds of a job: what people would otherwise reach for.

    python -m tests.benchmarks.training_peers WAY DIR

Each reads `job.json` in DIR and leaves `folds.npz` (ids, fold, probabilities) and `result.json`
(images per second) there, as our own jobs do. Pictures are prepared by the process that trains:
on two cores, workers would take from training what they give. Losses are not weighted by class, as
in what people copy. `fastai` needs the package of that name.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torchvision import transforms

from core import files
from core.jobs.job_spec import JobSpec
from core.models import inference, networks

SIZE = 224
EPOCHS = 12
Fold = Callable[[list[int], list[int]], npt.NDArray[np.float64]]
"""(training rows, held-out rows) -> (held-out, K) probabilities"""


@dataclass(kw_only=True)
class Pace:
    """How many pictures were shown in how many seconds."""

    shown: int = 0
    seconds: float = 0.0

    def add(self, shown: int, began: float) -> None:
        """Count pictures shown since `began` (of `time.perf_counter`)."""
        self.shown += shown
        self.seconds += time.perf_counter() - began


def _leave(spec: JobSpec, folder: Path, fit: Fold, pace: Pace) -> None:
    """Fit without each fold in turn and write what was found, and how fast pictures were shown."""
    folds = np.array([sample.fold for sample in spec.samples])
    shares = np.zeros((len(spec.samples), len(spec.classes)))
    for number in sorted(set(folds.tolist())):
        held = np.flatnonzero(folds == number).tolist()
        shares[held] = fit(np.flatnonzero(folds != number).tolist(), held)
    ids = np.array([sample.id for sample in spec.samples], dtype=np.str_)
    files.replace_arrays(folder / "folds.npz", {"ids": ids, "fold": folds, "probabilities": shares})
    said = {"images_per_second": round(pace.shown / pace.seconds, 2)}
    files.replace(folder / "result.json", json.dumps(said).encode())


def _pictures(spec: JobSpec, folder: Path) -> list[Image.Image]:
    return [
        Image.open(folder / spec.workspace / sample.path).convert("RGB") for sample in spec.samples
    ]


def _labels(spec: JobSpec) -> npt.NDArray[np.int64]:
    column = {class_id: number for number, (class_id, _) in enumerate(spec.classes)}
    return np.array([column[sample.label] for sample in spec.samples if sample.label is not None])


def _normalise(spec: JobSpec) -> transforms.Normalize:
    used = networks.build(spec.config.backbone, 2, spec.config.init).preprocessing
    return transforms.Normalize(used.mean, used.std)


def frozen(folder: Path) -> None:
    """Fit scikit-learn's logistic regression to one frozen view of each picture."""
    spec = JobSpec.read(folder)
    network = networks.build(spec.config.backbone, len(spec.classes), spec.config.init)
    show = transforms.Compose(
        [transforms.Resize((SIZE, SIZE)), transforms.ToTensor(), _normalise(spec)]
    )
    network.module.eval()
    pictures, pace, began = _pictures(spec, folder), Pace(), time.perf_counter()
    with torch.inference_mode():
        found = [networks.embed(network, show(picture)[None])[0].numpy() for picture in pictures]
    seen = np.stack(found)
    pace.add(len(pictures), began)
    labels = _labels(spec)

    def fit(rows: list[int], held: list[int]) -> npt.NDArray[np.float64]:
        solver = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")
        )
        solver.fit(seen[rows], labels[rows])
        return np.asarray(solver.predict_proba(seen[held]))

    _leave(spec, folder, fit, pace)


def plain(folder: Path) -> None:
    """Fine-tune the whole network as torchvision's reference loop does, in its plainest form."""
    spec = JobSpec.read(folder)
    pictures, labels, normal = _pictures(spec, folder), _labels(spec), _normalise(spec)
    pace = Pace()
    learn = transforms.Compose(
        [
            transforms.RandomResizedCrop(SIZE),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            normal,
        ]
    )
    show = transforms.Compose(
        [transforms.Resize(256), transforms.CenterCrop(SIZE), transforms.ToTensor(), normal]
    )

    def fit(rows: list[int], held: list[int]) -> npt.NDArray[np.float64]:
        torch.manual_seed(0)
        module = networks.build(spec.config.backbone, len(spec.classes), spec.config.init).module
        optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, weight_decay=0.01)
        steps = EPOCHS * -(-len(rows) // 32)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps)
        began = time.perf_counter()
        for _ in range(EPOCHS):
            module.train()
            for chosen in torch.randperm(len(rows)).split(32):
                batch = [rows[number] for number in chosen.tolist()]
                pixels = torch.stack([learn(pictures[row]) for row in batch])
                loss = nn.functional.cross_entropy(module(pixels), torch.tensor(labels[batch]))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        pace.add(EPOCHS * len(rows), began)
        module.eval()
        with torch.inference_mode():
            logits = [module(show(pictures[row])[None])[0].numpy() for row in held]
        # One view of each picture: (held-out, 1, K).
        return inference.probabilities(np.array(logits, dtype=np.float64)[:, None], 1.0)

    _leave(spec, folder, fit, pace)


def fastai(folder: Path) -> None:
    """Fine-tune as fastai's first lesson does, with the initial weights and batches of the rest."""
    if importlib.util.find_spec("fastai") is None:
        sys.exit(
            "This way needs fastai, which is no dependency of ours: `pip install fastai`, best "
            "into a copy of the environment, since it brings a web server along."
        )
    spec = JobSpec.read(folder)
    paths = [folder / spec.workspace / sample.path for sample in spec.samples]
    labels, pace = _labels(spec), Pace()

    def fit(rows: list[int], held: list[int]) -> npt.NDArray[np.float64]:
        learner = _fastai_learner(spec, [paths[row] for row in rows], labels[rows].tolist())
        began = time.perf_counter()
        with learner.no_bar(), learner.no_logging():
            learner.fine_tune(EPOCHS - 1)
            pace.add(EPOCHS * len(rows), began)
            shown = learner.dls.test_dl([paths[row] for row in held])
            shares, _ = learner.get_preds(dl=shown)
        return np.asarray(shares.double().numpy())

    _leave(spec, folder, fit, pace)


def _fastai_learner(spec: JobSpec, paths: list[Path], labels: list[int]) -> Any:
    """Return a fastai learner of some pictures that knows the job's initial weights."""
    from fastai.vision import all as vision

    vision.set_seed(0)
    start = networks.build(spec.config.backbone, 2, spec.config.init)
    pictures = vision.ImageDataLoaders.from_lists(
        Path(),
        paths,
        labels,
        valid_pct=0.0,
        y_block=vision.CategoryBlock(vocab=list(range(len(spec.classes)))),
        item_tfms=vision.Resize(460),
        batch_tfms=vision.aug_transforms(size=SIZE),
        bs=32,
        num_workers=0,
    )
    overlay = {
        "file": spec.config.init,
        "mean": start.preprocessing.mean,
        "std": start.preprocessing.std,
    }
    return vision.vision_learner(
        pictures, spec.config.backbone, pretrained_cfg_overlay=overlay, **start.arguments
    )


PEERS: Mapping[str, Callable[[Path], None]] = {
    "frozen": frozen,
    "plain": plain,
    "fastai": fastai,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]))
