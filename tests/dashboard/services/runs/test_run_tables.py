"""Runs, epochs and trials as tables whose numbers can be sorted and taken away."""

from dataclasses import replace

import pytest

from core.jobs.trials import Trial
from core.types import Metric
from dashboard.services.runs import run_tables
from dashboard.services.runs.ranking import Apart
from storage.runs.comparability import Difference
from tests.dashboard.ui import panels
from tests.dashboard.ui.panels import evaluation, metric, run

MATRIX = ((8, 2), (1, 9))
ALIKE = Apart(newest=7, runs={})


def test_a_run_is_a_row_of_numbers_with_its_interval_and_n() -> None:
    measured = {"validation": evaluation(MATRIX)}
    table = run_tables.runs([run(evaluations=measured, active=True), run(number=3)], ALIKE)
    assert list(table.columns) == list(run_tables.RUNS)
    first = table.iloc[0]
    assert (first["run"], first["state"], first["effort"]) == (7, "active", "balanced")
    assert (first["balanced_accuracy"], first["low"], first["high"]) == (0.7133, 0.6, 0.8)
    assert (first["images"], first["patients"], first["measured_on"]) == (20, 18, "validation")
    assert table["run"].tolist() == [7, 3]
    assert table["balanced_accuracy"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("difference", "called"),
    [
        (Difference(labels=2, images=1), run_tables.OLDER_LABELS),
        (Difference(labels=0, images=1), run_tables.OTHER_IMAGES),
    ],
)
def test_a_figure_that_does_not_rank_says_why(difference: Difference, called: str) -> None:
    apart = Apart(newest=9, runs={panels.RUN: difference})
    table = run_tables.runs([run()], apart)
    assert table["comparable"].tolist() == [called]
    assert run_tables.runs([run()], ALIKE)["comparable"].tolist() == [run_tables.SAME]


def test_without_runs_the_table_keeps_its_columns() -> None:
    assert list(run_tables.runs([], ALIKE).columns) == list(run_tables.RUNS)


def test_the_history_has_a_row_per_epoch() -> None:
    table = run_tables.history(panels.epochs(0.2, 0.6, 0.5))
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["macro_f1"].tolist() == [0.2, 0.6, 0.5]
    assert table["best"].tolist() == [True, True, False]


def trial(number: int, value: float, gain: Metric | None) -> Trial:
    return Trial(
        number=number,
        settings={
            "learning_rate": 0.001,
            "frozen_stages": 2,
            "balance": "class_weights",
            "augmentation": "light",
        },
        images=100,
        patients=80,
        accuracy=metric(value, value - 0.1, value + 0.1),
        balanced_accuracy=metric(value, value - 0.1, value + 0.1),
        macro_f1=metric(value, value - 0.1, value + 0.1),
        predicted=(),
        gain=gain,
    )


def test_trials_carry_their_gain_and_diverged_ones_no_figure() -> None:
    lost = replace(trial(2, 0.0, None), diverged=True)
    table = run_tables.trials([trial(1, 0.7, metric(0.1, 0.02, 0.2)), trial(0, 0.6, None), lost])
    assert table["trial"].tolist() == [2, 1, 3]
    assert table["gain"].iloc[0] == 0.1
    assert table["gain"].isna().tolist() == [False, True, True]
    assert table["balanced_accuracy"].isna().tolist() == [False, False, True]
    assert table["balance"].tolist() == ["class_weights"] * 3
