"""The head first: what a pretrained network knows, read out before any of it is changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data import augmentation, batches
from core.evaluation import calibration
from core.jobs.training_task import Task
from core.models import inference, linear_head, network_stages
from core.models.linear_head import Head, Rows
from core.training import epoch_progress, loop
from core.training.epoch_progress import Progress
from core.types import Embeddings, FloatArray, Split


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the initial network says about some of the job's samples."""

    rows: Sequence[int]
    means: Embeddings
    """(N, D), over the views"""
    views: Embeddings
    """(N, V, D)"""

    def at(self, task: Task, rows: Sequence[int]) -> Rows:
        """Return some of them with labels and weights, ready for a fit."""
        place = {row: number for number, row in enumerate(self.rows)}
        labels = task.labels(rows)
        return Rows(
            embeddings=self.views[[place[row] for row in rows]],
            labels=labels,
            weights=_weights(task, rows),
        )


Look = Callable[[], Seen | None]
"""Looks when it is first asked, and knows it from then on; None: the network knows nothing yet."""


def look(task: Task) -> Look:
    """Return what shows all that is needed to the network with its initial weights.

    It leaves those weights in the network. A random network knows nothing to read out.
    """

    @cache
    def seen() -> Seen | None:
        if not task.network.pretrained:
            return None
        # Without fine-tuning these embeddings are the final ones, of all samples.
        everything = list(range(len(task.spec.samples)))
        needed = task.rows(Split.TRAIN, Split.VALIDATION) if task.config.epochs else everything
        task.network.module.load_state_dict(dict(task.initial))
        found = task.look(needed, "Looking at all pictures", each_view=True)
        return Seen(rows=needed, means=found.embeddings, views=found.each_view)

    return seen


def _weights(task: Task, rows: Sequence[int]) -> FloatArray:
    """Return how much each sample counts, so that classes weigh what the plan gives them."""
    labels = task.labels(rows)
    counts = batches.counts(labels, task.classes)
    plan = augmentation.plan(counts, task.config.balance, task.config.balance_target)
    per_class = [plan.weights[key] * plan.target[key] / max(1, counts[key]) for key in task.classes]
    found = np.array(per_class)[labels]
    return np.asarray(found / (found.mean() if len(found) else 1.0), dtype=np.float64)


def fit(task: Task, seen: Seen, train: Sequence[int]) -> Head:
    """Fit a head to training samples."""
    return linear_head.fit(seen.at(task, train), len(task.classes))


def first(task: Task, seen: Seen, train: Sequence[int], validation: Sequence[int]) -> Progress:
    """Return the state in which the network has a fitted head: epoch 0, and the first best."""
    fitted = fit(task, seen, train)
    fitted.write_into(network_stages.classifier(task.network.module))
    learnt, held = seen.at(task, train), seen.at(task, validation)
    shares = inference.probabilities(fitted.logits(learnt.embeddings), 1.0)
    # Compared with the epochs that follow: in as many views as they are measured with.
    few = task.config.measured_views
    kept = inference.probabilities(fitted.logits(held.embeddings[:, :few]), 1.0)
    row = {
        "epoch": 0,
        "train_loss": calibration.log_loss(shares, learnt.labels),
        **epoch_progress.scores(kept, held.labels),
        "images_per_second": None,
        "training_seconds": 0.0,
        "seconds": 0.0,
        "best": True,
    }
    return Progress.first(loop.snapshot(task.network.module), row)
