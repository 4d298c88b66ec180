"""Values with their intervals, one below the other."""

import pytest

from dashboard.ui.shared.figures import intervals
from dashboard.ui.shared.figures.intervals import Row, Words
from tests.dashboard.ui.panels import HOSTILE, metric

WORDS = Words(title="t", caption="c", summary="s", axis="balanced accuracy", name="trials")


def test_each_row_is_a_dot_with_its_interval_and_its_key() -> None:
    rows = [
        Row(name="trial 2", metric=metric(0.7, 0.6, 0.85), strong=True, key=2),
        Row(name="trial 1", metric=metric(0.5, 0.4, 0.6), key=1),
    ]
    chart = intervals.chart(rows, WORDS)
    (dots,) = chart.figure.data
    assert list(dots.x) == [0.7, 0.5]
    assert list(dots.customdata) == [2, 1]
    assert list(dots.error_x.array) == pytest.approx([0.15, 0.1])
    assert list(dots.error_x.arrayminus) == pytest.approx([0.1, 0.1])
    assert chart.table["balanced accuracy"].tolist() == [0.7, 0.5]


def test_names_are_text() -> None:
    chart = intervals.chart([Row(name=HOSTILE, metric=metric(0.1, 0.0, 0.2))], WORDS)
    assert "<img" not in chart.figure.to_json()
