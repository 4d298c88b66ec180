import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.devices.resource_usage import Meter
from core.evaluation import calibration
from core.jobs import cross_validation, job_spec, training_job, training_result
from core.jobs.cross_validation import FoldDiverged, OutOfFold
from core.jobs.job_spec import JobSpec
from core.models import inference
from core.models.inference import Output
from core.training.training_state import TrainingState
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


def test_no_fold_is_calibrated_by_its_own_labels() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    logits = rng.normal(size=(60, 2, 3)) + 3 * np.eye(3)[labels][:, None]
    out_of_fold = OutOfFold(rows=tuple(range(60)), folds=np.arange(60) // 20, logits=logits)

    def told(truth: Any) -> Any:
        task: Any = SimpleNamespace(classes=(1, 2, 3), labels=lambda rows: truth)
        return cross_validation.probabilities(task, out_of_fold)

    others = calibration.temperature(logits[20:], labels[20:])
    np.testing.assert_allclose(told(labels)[:20], inference.probabilities(logits[:20], others))
    # Wrong labels in the first fold make the other folds less sure, and not the first one.
    wrong = np.where(np.arange(60) < 20, (labels + 1) % 3, labels)
    np.testing.assert_array_equal(told(wrong)[:20], told(labels)[:20])
    assert (told(wrong)[20:].max(axis=1) < told(labels)[20:].max(axis=1)).all()


def test_folds_speak_for_a_network_of_their_last_epoch_only() -> None:
    right, wrong = np.zeros(30, dtype=np.int64), np.ones(30, dtype=np.int64)
    logits = np.tile([3.0, 0.0], (30, 1, 1))
    nothing = np.zeros((30, 1), np.float32)
    output = Output(logits=logits, embeddings=nothing, view_embeddings=nothing[:, None])
    folds = OutOfFold(rows=tuple(range(30)), folds=np.arange(30) % 2, logits=logits)
    task: Any = SimpleNamespace(
        config=SimpleNamespace(all_epochs=5),
        rows=lambda split: list(range(30)),
        # The folds' networks were all wrong, the network in use was right on validation.
        labels=lambda rows: wrong if isinstance(rows, tuple) else right,
    )
    start = TrainingState.first({})
    early, last = (replace(start, best_epoch=epoch) for epoch in (2, 5))
    of_folds = training_result.temperature(task, output, last, folds)
    assert of_folds == cross_validation.temperature(task, folds) > 1
    assert training_result.temperature(task, output, early, folds) < 1


def test_a_fold_whose_loss_is_no_number_says_so(tmp_path: Path) -> None:
    folder = job_examples.prepared(tmp_path, epochs=1, folds=3)
    spec = JobSpec.read(folder)
    meter = Meter(folder / job_spec.LAST)
    task = training_job.prepared(
        spec, folder, job_examples.ONE_THREAD, lambda event, **values: None, meter
    )
    broken = {
        name: tensor * math.nan if tensor.is_floating_point() else tensor
        for name, tensor in task.initial.items()
    }
    with pytest.raises(FoldDiverged, match="stopped being a number in epoch 1"):
        cross_validation.run(replace(task, initial=broken), lambda: None, folder / job_spec.LAST)
