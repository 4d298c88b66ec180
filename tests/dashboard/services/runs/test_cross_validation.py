"""Cross-validation as a person asks for it: by patient, by the authors' folds, of everything."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.errors import AppError, LeakingSplit
from core.evaluation import metrics
from core.jobs.job_spec import JobSpec
from core.settings import presets
from core.settings.config import TrainConfig
from core.types import Encoder, RunId, SampleId, Split
from dashboard.services.evaluation import evaluations as service
from dashboard.services.queues import evidence
from dashboard.services.runs import enqueue, snapshot
from dashboard.services.runs.enqueue import Wanted
from dashboard.services.splits import split_versions
from storage.runs import runs, sample_predictions
from storage.runs.sample_predictions import Scored
from storage.samples import author_folds
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.ui import panels

pytestmark = pytest.mark.process

ROWS = [("ABC"[n // 2 % 3], f"p{n // 2}") for n in range(60)]


def settings(**changes: object) -> TrainConfig:
    return presets.named("quick", **{"init": "random", "image_size": 32, "epochs": 1, **changes})


def prepared(workspace: Workspace, **changes: object) -> tuple[JobSpec, bool]:
    allow = bool(changes.pop("allow_leak", False))
    spec, new = enqueue.prepared(
        workspace, Wanted(config=settings(**changes), allow_leak=allow), threads=1
    )
    assert new.config == spec.config.model_dump(mode="json")
    return spec, new.leaky


def hold_out(workspace: Workspace, ids: list[SampleId], folds: list[int]) -> None:
    """Import a fold table: each sample stands in the test side of one fold, else in training."""
    with workspace.transaction() as session:
        author_folds.add(
            session,
            [
                (sample, number, Split.TEST if number == own else Split.TRAIN)
                for sample, own in zip(ids, folds, strict=True)
                for number in sorted(set(folds))
            ],
        )


def test_a_split_that_came_into_use_after_the_leak_gate_is_not_trained_on(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS)
    let_pass = split_versions.ensure(workspace, "patient")
    split_versions.ensure(workspace, "image")
    with pytest.raises(AppError, match="Another split came into use"):
        snapshot.take(workspace, settings(), 1, version=let_pass.number)
    now = split_versions.ensure(workspace, "patient")
    taken = snapshot.take(workspace, settings(), 1, version=now.number)
    moment = datetime.now(UTC)
    assert snapshot.take(workspace, settings(), 1, version=now.number, as_of=moment) == taken


def test_folds_keep_patients_together_and_leave_test_alone(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS)
    spec, leaky = prepared(workspace, folds=4)
    assert not leaky
    folded = {one.split for one in spec.samples if one.fold is not None}
    assert folded == {Split.TRAIN, Split.VALIDATION}
    assert all(one.fold is None for one in spec.samples if one.split is Split.TEST)
    of_group: dict[int, set[int | None]] = {}
    for one in spec.samples:
        of_group.setdefault(one.group, set()).add(one.fold)
    assert all(len(found) == 1 for found in of_group.values())
    assert {one.fold for one in spec.samples} == {None, 0, 1, 2, 3}


def test_cross_validating_everything_leaves_no_test_for_the_run_alone(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS)
    usual, _ = prepared(workspace)
    spec, leaky = prepared(workspace, folds=5, fold_everything=True)
    assert not leaky
    assert {one.split for one in spec.samples} == {Split.TRAIN, Split.VALIDATION}
    assert all(one.fold is not None for one in spec.samples)
    assert prepared(workspace)[0].fingerprint() == usual.fingerprint()


def test_the_authors_folds_are_where_their_test_sides_are(workspace: Workspace) -> None:
    ids = factories.fill(workspace, ROWS)
    # Numbered 3, 5 and 8; both photographs of a patient stand in the same one.
    hold_out(workspace, ids, [(3, 5, 8)[n // 2 % 3] for n in range(60)])
    spec, leaky = prepared(workspace, folds_by="authors", fold_everything=True)
    assert not leaky
    assert spec.config.folds == 3
    fold_of = {one.id: one.fold for one in spec.samples}
    assert [fold_of[sample] for sample in ids] == [n // 2 % 3 for n in range(60)]
    apart, _ = prepared(workspace, folds_by="authors")
    assert all((one.fold is None) is (one.split is Split.TEST) for one in apart.samples)


def test_folds_that_part_patients_are_refused_or_stamped(workspace: Workspace) -> None:
    ids = factories.fill(workspace, ROWS)
    hold_out(workspace, ids, [n % 2 for n in range(60)])
    with pytest.raises(LeakingSplit, match="30 of 30 patients stand in more than one"):
        prepared(workspace, folds_by="authors", fold_everything=True)
    _, leaky = prepared(workspace, folds_by="authors", fold_everything=True, allow_leak=True)
    assert leaky


def test_without_a_fold_table_the_authors_folds_cannot_be_chosen(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS)
    with pytest.raises(AppError, match="stand in 0 of the authors' folds"):
        prepared(workspace, folds_by="authors")


@pytest.mark.parametrize("asked", [{"folds": 3}, {"search": 2}])
def test_folds_that_leave_one_class_to_train_on_are_refused_before_any_training(
    workspace: Workspace, asked: dict[str, int]
) -> None:
    # All photographs of class B are of one patient, who stands in one of three folds.
    factories.fill(workspace, [*[("A", f"p{n}") for n in range(12)], *[("B", "rare")] * 3])
    with pytest.raises(AppError, match=r"Without 1 of the 3 folds, .* fewer than 2 classes"):
        prepared(workspace, **asked)
    assert not prepared(workspace)[0].config.folds


def test_authors_folds_that_leave_one_class_to_train_on_are_refused(workspace: Workspace) -> None:
    rows = [("AB"[n // 2 % 2], f"p{n // 2}") for n in range(40)]
    ids = factories.fill(workspace, rows)
    hold_out(workspace, ids, [n // 2 % 2 for n in range(40)])
    with pytest.raises(AppError, match="Without 2 of the 2 folds"):
        prepared(workspace, folds_by="authors", fold_everything=True)


def scored(workspace: Workspace, ids: list[SampleId], *, leaky: bool, shares: float) -> RunId:
    """Add a run whose out-of-fold networks give every sample's first class this probability."""
    with workspace.transaction() as session:
        number = runs.next_number(session)
        asked, run = settings(folds=2).model_dump(mode="json"), RunId(f"run-{number}")
        new = factories.new_run(number, config=asked, classes=(1, 2, 3), leaky=leaky)
        runs.add(session, new)
        given = metrics.answers([1], np.array([[1.0, 0.0, 0.0]]), [1], (1, 2, 3))
        runs.add_evaluation(
            session,
            metrics.evaluate(given, (1, 2, 3), run=run, split="out_of_fold", test_version="1-a"),
        )
        one = Scored(
            sample=ids[0],
            split="out_of_fold",
            label=1,
            predicted=1,
            confidence=shares,
            probabilities=(shares, (1 - shares) / 2, (1 - shares) / 2),
            seen_in_training=False,
        )
        sample_predictions.add(session, run, [replace(one, sample=sample) for sample in ids])
    return run


def test_label_errors_are_judged_by_the_newest_honest_out_of_fold_predictions(
    workspace: Workspace,
) -> None:
    ids = factories.fill(workspace, ROWS[:12], pictures=True)
    eye = Encoder(backbone=job_examples.BACKBONE, init="random")
    assert evidence.gather(workspace, eye).evidence.second is None
    scored(workspace, ids[:8], leaky=False, shares=0.4)
    scored(workspace, ids[:8], leaky=False, shares=0.6)
    scored(workspace, ids, leaky=True, shares=0.9)
    second = evidence.gather(workspace, eye).evidence.second
    assert second is not None
    assert np.allclose(second[:8], [0.6, 0.2, 0.2])
    assert np.isnan(second[8:]).all()


def test_mean_and_deviation_are_those_of_the_folds() -> None:
    values = {"fold-10": 0.9, "fold-0": 0.7, "fold-2": 0.8}
    measured = {
        name: panels.evaluation(((1,),), balanced_accuracy=panels.metric(value, 0, 1))
        for name, value in values.items()
    }
    run = panels.run(evaluations={**measured, "validation": panels.evaluation(((1,),))})
    assert [one.balanced_accuracy.value for one in service.folds(run)] == [0.7, 0.8, 0.9]
    over = service.over_folds(run)["balanced_accuracy"]
    assert (over.mean, over.deviation) == (pytest.approx(0.8), pytest.approx(0.1))
    assert service.over_folds(panels.run()) == {}
