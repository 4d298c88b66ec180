import time
from datetime import UTC, datetime

import pytest

from core.types import Metric
from dashboard.ui.shared import markup
from tests.dashboard.ui.panels import HOSTILE


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (8, "8 s"), (60, "1 min"), (130, "2 min 10 s"), (3900, "1 h 5 min")],
)
def test_a_time_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    assert markup.duration(seconds).replace(markup.NBSP, " ") == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(64.21, "64.2"), (0.0003, "0.000300"), (1.5, "1.50"), (12345.6, "12,346"), (0, "0")],
)
def test_numbers_have_three_significant_digits(value: float, said: str) -> None:
    assert markup.number(value) == said


def test_a_number_that_is_none_is_a_dash() -> None:
    assert markup.number(float("nan")) == "–"


def test_percentages_have_one_decimal_and_a_space_that_does_not_break() -> None:
    assert markup.percent(0.8126) == "81.3\u00a0%"


def test_one_thing_is_singular_and_thousands_are_grouped() -> None:
    assert markup.count(1, "image") == "1\u00a0image"
    assert markup.count(2130, "image") == "2,130\u00a0images"
    assert markup.count(2, "class", "classes") == "2\u00a0classes"


def test_a_metric_shows_its_interval() -> None:
    shown = markup.metric(Metric(value=0.836, low=0.735, high=0.905))
    assert "83.6\u00a0%" in shown
    assert "73.5–90.5" in shown


def test_an_undefined_metric_is_a_dash_and_not_zero() -> None:
    assert "–" in markup.metric(None)
    assert "0" not in markup.metric(None)


def test_hostile_text_is_escaped_in_every_small_part() -> None:
    parts = [
        markup.text(HOSTILE),
        markup.button(HOSTILE, HOSTILE, testid=HOSTILE, confirm=HOSTILE, run=HOSTILE),
        markup.notice("bad", HOSTILE),
        markup.empty(HOSTILE, "", testid=HOSTILE),
        markup.go_to(HOSTILE, HOSTILE),
    ]
    assert all("<img" not in part and "&lt;img" in part for part in parts)
    assert all("\"'" not in part for part in parts)


def test_a_notice_has_a_sign_and_a_word_besides_its_colour() -> None:
    assert "✓" in markup.notice("good", "All is well.")
    assert "✕" in markup.notice("bad", "Something is wrong.")
    assert 'role="alert"' in markup.notice("bad", "Something is wrong.")


def test_moments_are_told_as_this_machines_clock_tells_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "EET-2")  # two hours ahead of UTC
    time.tzset()
    when = datetime(2026, 11, 5, 22, 38, tzinfo=UTC)
    assert markup.moment(when) == "6 Nov 2026, 00:38"
    monkeypatch.undo()
    time.tzset()
