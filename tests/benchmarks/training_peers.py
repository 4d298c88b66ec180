"""Other ways of training on the folds of a job: what people would otherwise reach for.

    python -m tests.benchmarks.training_peers WAY DIR

Each reads `job.json` in DIR and leaves `folds.npz` (ids, fold, probabilities) there, as our own
jobs do.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torchvision import transforms

from core import files, inference, model
from core.job import JobSpec

SIZE = 224
EPOCHS = 12
Fold = Callable[[list[int], list[int]], npt.NDArray[np.float64]]
"""(training rows, held-out rows) -> (held-out, K) probabilities"""


def _leave(spec: JobSpec, folder: Path, fit: Fold) -> None:
    folds = np.array([sample.fold for sample in spec.samples])
    shares = np.zeros((len(spec.samples), len(spec.classes)))
    for number in sorted(set(folds.tolist())):
        held = np.flatnonzero(folds == number).tolist()
        shares[held] = fit(np.flatnonzero(folds != number).tolist(), held)
    ids = np.array([sample.id for sample in spec.samples], dtype=np.str_)
    files.replace_arrays(folder / "folds.npz", {"ids": ids, "fold": folds, "probabilities": shares})


def _pictures(spec: JobSpec, folder: Path) -> list[Image.Image]:
    return [
        Image.open(folder / spec.workspace / sample.path).convert("RGB") for sample in spec.samples
    ]


def _labels(spec: JobSpec) -> npt.NDArray[np.int64]:
    column = {class_id: number for number, (class_id, _) in enumerate(spec.classes)}
    return np.array([column[sample.label] for sample in spec.samples if sample.label is not None])


def _normalise(spec: JobSpec) -> transforms.Normalize:
    used = model.build(spec.config.backbone, 2, spec.config.init).preprocessing
    return transforms.Normalize(used.mean, used.std)


def frozen(folder: Path) -> None:
    """Fit scikit-learn's logistic regression to one frozen view of each picture."""
    spec = JobSpec.read(folder)
    network = model.build(spec.config.backbone, len(spec.classes), spec.config.init)
    show = transforms.Compose(
        [transforms.Resize((SIZE, SIZE)), transforms.ToTensor(), _normalise(spec)]
    )
    network.module.eval()
    with torch.inference_mode():
        seen = np.stack(
            [
                model.embed(network, show(picture)[None])[0].numpy()
                for picture in _pictures(spec, folder)
            ]
        )
    labels = _labels(spec)

    def fit(rows: list[int], held: list[int]) -> npt.NDArray[np.float64]:
        solver = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")
        )
        solver.fit(seen[rows], labels[rows])
        return np.asarray(solver.predict_proba(seen[held]))

    _leave(spec, folder, fit)


def plain(folder: Path) -> None:
    """Fine-tune the whole network as torchvision's reference loop does, in its plainest form."""
    spec = JobSpec.read(folder)
    pictures, labels, normal = _pictures(spec, folder), _labels(spec), _normalise(spec)
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
        module = model.build(spec.config.backbone, len(spec.classes), spec.config.init).module
        optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, weight_decay=0.01)
        steps = EPOCHS * -(-len(rows) // 32)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps)
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
        module.eval()
        with torch.inference_mode():
            logits = [module(show(pictures[row])[None])[0].numpy() for row in held]
        return inference.probabilities(np.array(logits, dtype=np.float64), 1.0)

    _leave(spec, folder, fit)


PEERS: Mapping[str, Callable[[Path], None]] = {"frozen": frozen, "plain": plain}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]))
