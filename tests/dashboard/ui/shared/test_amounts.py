import time
from datetime import UTC, datetime

import pytest

from dashboard.ui.shared import amounts


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (8, "8 s"), (60, "1 min"), (130, "2 min 10 s"), (3900, "1 h 5 min")],
)
def test_a_time_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    assert amounts.duration(seconds).replace(amounts.NBSP, " ") == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(64.21, "64.2"), (0.0003, "0.000300"), (1.5, "1.50"), (12345.6, "12,346"), (0, "0")],
)
def test_numbers_have_three_significant_digits(value: float, said: str) -> None:
    assert amounts.number(value) == said


def test_a_number_that_is_none_is_a_dash() -> None:
    assert amounts.number(float("nan")) == "–"


def test_percentages_have_one_decimal_and_a_space_that_does_not_break() -> None:
    assert amounts.percent(0.8126) == "81.3\u00a0%"


def test_one_thing_is_singular_and_thousands_are_grouped() -> None:
    assert amounts.count(1, "image") == "1\u00a0image"
    assert amounts.count(2130, "image") == "2,130\u00a0images"
    assert amounts.count(2, "class", "classes") == "2\u00a0classes"


def test_an_interval_is_in_percent() -> None:
    assert amounts.interval(0.735, 0.905) == "73.5–90.5"


def test_a_difference_is_in_points_with_its_sign() -> None:
    assert (amounts.points(0.034), amounts.points(0), amounts.points(-0.0081)) == (
        "+3.4",
        "+0.0",
        "−0.8",
    )
    assert amounts.points_interval(-0.008, 0.076) == "−0.8 to +7.6"


def test_moments_are_told_as_this_machines_clock_tells_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "EET-2")  # two hours ahead of UTC
    time.tzset()
    when = datetime(2026, 11, 5, 22, 38, tzinfo=UTC)
    assert amounts.moment(when) == "6 Nov 2026, 00:38"
    monkeypatch.undo()
    time.tzset()
