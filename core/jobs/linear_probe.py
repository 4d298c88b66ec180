"""The linear probe: a classifier head fitted to the frozen, pretrained network's embeddings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data import balancing, batches
from core.evaluation import calibration
from core.jobs.training_task import Task
from core.models import inference, linear_head, network_stages
from core.models.inference import Head
from core.models.linear_head import ProbeData
from core.training import ema, training_state
from core.training.training_state import TrainingState
from core.types import Embeddings, FloatArray, Split


@dataclass(frozen=True, kw_only=True)
class FrozenEmbeddings:
    """The initial network's embeddings of some of the job's samples."""

    rows: Sequence[int]
    means: Embeddings
    """(N, D), over the views"""
    views: Embeddings
    """(N, V, D)"""

    def data(self, task: Task, rows: Sequence[int]) -> ProbeData:
        """Return some of them with labels and weights, ready for a fit."""
        place = {row: number for number, row in enumerate(self.rows)}
        return ProbeData(
            embeddings=self.views[[place[row] for row in rows]],
            labels=task.labels(rows),
            weights=_weights(task, rows),
        )


Embedder = Callable[[], FrozenEmbeddings | None]
"""Computes the embeddings at its first call, returns the same ones later; None: random weights."""


def embedder(task: Task) -> Embedder:
    """Return what embeds all samples that are needed with the network's initial weights.

    It leaves those weights in the network. Embeddings of a random network are worth no probe.
    """

    @cache
    def embeddings() -> FrozenEmbeddings | None:
        if not task.network.pretrained:
            return None
        # Without fine-tuning these embeddings are the final ones, of all samples.
        all_rows = list(range(len(task.spec.samples)))
        needed = task.rows(Split.TRAIN, Split.VALIDATION) if task.config.epochs else all_rows
        task.network.module.load_state_dict(dict(task.initial))
        views = task.looked_at(needed, "Looking at all pictures")
        return FrozenEmbeddings(rows=needed, means=views.mean(axis=1), views=views)

    return embeddings


def _weights(task: Task, rows: Sequence[int]) -> FloatArray:
    """Return each sample's weight (N,), so that classes weigh what the balancing plan gives."""
    labels = task.labels(rows)
    counts = batches.class_counts(labels, task.classes)
    plan = balancing.plan(counts, task.config.balance, task.config.balance_target)
    per_class = [plan.weights[key] * plan.target[key] / max(1, counts[key]) for key in task.classes]
    weights = np.array(per_class)[labels]
    return np.asarray(weights / (weights.mean() if len(weights) else 1.0), dtype=np.float64)


def fit(task: Task, embeddings: FrozenEmbeddings, train: Sequence[int]) -> Head:
    """Fit a head to training samples."""
    return linear_head.fit(embeddings.data(task, train), len(task.classes))


def first_state(
    task: Task, embeddings: FrozenEmbeddings, train: Sequence[int], validation: Sequence[int]
) -> TrainingState:
    """Return the state in which the network has a fitted head: epoch 0, and the first best."""
    head = fit(task, embeddings, train)
    linear_head.write_into(head, network_stages.classifier(task.network.module))
    learned, held_out = embeddings.data(task, train), embeddings.data(task, validation)
    train_probabilities = inference.probabilities(head.logits(learned.embeddings), 1.0)
    # Compared with the epochs that follow: in as many views as they are measured with.
    views = task.config.measured_views
    probabilities = inference.probabilities(head.logits(held_out.embeddings[:, :views]), 1.0)
    row = {
        "epoch": 0,
        "train_loss": calibration.log_loss(train_probabilities, learned.labels),
        **training_state.scores(probabilities, held_out.labels),
        "images_per_second": None,
        "training_seconds": 0.0,
        "seconds": 0.0,
        "best": True,
    }
    return TrainingState.first(ema.cpu_state_dict(task.network.module), row)
