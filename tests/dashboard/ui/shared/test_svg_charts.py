import re

import pytest

from dashboard.ui.shared import svg_charts as charts
from dashboard.ui.shared.svg_charts import Axes, Bar, Series
from tests.dashboard.ui.panels import HOSTILE


def axes(y_max: float = 1.0, x_max: float = 10.0) -> Axes:
    return Axes(title="Title", caption="n = 5", x_label="epoch", x_max=x_max, y_max=y_max)


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0.0, 1.0), (0.7, 1.0), (1.81, 2.0), (2.2, 2.5), (31.0, 50.0), (0.04, 0.05)],
)
def test_an_axis_ends_at_the_next_round_number(largest: float, top: float) -> None:
    assert charts.nice_maximum(largest) == pytest.approx(top)


@pytest.mark.parametrize(
    ("top", "labels"),
    [(1.0, ["0", "0.25", "0.5", "0.75", "1"]), (2.5, ["0", "0.5", "1", "1.5", "2", "2.5"])],
)
def test_the_value_axis_starts_at_zero_and_has_round_labels(top: float, labels: list[str]) -> None:
    html = charts.lines(axes(y_max=top), [])
    assert re.findall(r"<span style=\"bottom:[\d.]+%\">([^<]+)</span>", html) == labels


def test_a_point_lies_where_its_numbers_say() -> None:
    line = Series(name="loss", points=((0.0, 1.0), (5.0, 0.25), (10.0, 0.0)))
    html = charts.lines(axes(), [line])
    assert 'points="0.00,0.00 50.00,75.00 100.00,100.00"' in html


def test_labels_of_lines_that_end_together_do_not_lie_on_each_other() -> None:
    one = Series(name="one", points=((10.0, 0.5),))
    two = Series(name="two", points=((10.0, 0.5),))
    html = charts.lines(axes(), [one, two])
    tops = [float(t) for t in re.findall(r'class="end[^"]*" style="[^"]*top:([\d.]+)%', html)]
    assert abs(tops[0] - tops[1]) >= charts.APART


def test_names_in_a_chart_are_escaped() -> None:
    html = charts.lines(axes(), [Series(name=HOSTILE, points=((1.0, 1.0),))])
    assert "<img" not in html


def test_bars_of_both_columns_share_one_scale_from_zero() -> None:
    bars = [
        Bar(label="A", colour="#E69F00", before=20, after=80, note="each 4.0 times"),
        Bar(label="B", colour="#0072B2", before=80, after=80, note=""),
    ]
    html = charts.balance_bars(bars, unit="training images")
    assert re.findall(r"--share:([\d.]+)", html) == ["0.2500", "1.0000", "1.0000", "1.0000"]
    assert len(set(re.findall(r"--room:([\d.]+em)", html))) == 1
