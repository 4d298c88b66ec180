"""What a run is called, what it was for, and the stamps that it carries wherever it is named."""

import time
from datetime import UTC, datetime

import pytest

from core.types import RunStatus
from dashboard.services.runs import run_labels
from tests.dashboard.ui import panels


def test_a_run_says_what_it_was_for() -> None:
    assert run_labels.effort(panels.run()) == "balanced"
    searched = panels.run(config={"search": 8, "preset": "quick"})
    assert run_labels.effort(searched) == "search of 8 from quick"
    folded = {"folds": 5, "preset": "quick"}
    assert run_labels.effort(panels.run(config=folded)) == "quick, 5 folds"
    authors = {"folds": 5, "folds_by": "authors", "preset": "quick"}
    assert run_labels.effort(panels.run(config=authors)) == "quick, folds of the authors"
    assert run_labels.effort(panels.run(config={"recipe": "poster"})) == "the poster's protocol"


def test_a_leaky_or_active_or_unfinished_run_is_stamped_and_a_usual_one_is_not() -> None:
    assert run_labels.stamps(panels.run()) == ()
    assert run_labels.stamps(panels.run(active=True)) == ("active",)
    assert run_labels.stamps(panels.run(leaky=True, hidden=True)) == ("hidden", "leaky")
    assert run_labels.stamps(panels.run(status=RunStatus.PAUSED)) == ("paused",)


def test_only_an_honest_measured_run_that_has_ended_can_be_used() -> None:
    measured = {"validation": panels.evaluation(((8, 2), (1, 9)))}
    assert run_labels.usable(panels.run(evaluations=measured))
    assert run_labels.usable(panels.run(evaluations=measured, status=RunStatus.STOPPED))
    assert not run_labels.usable(panels.run(evaluations=measured, leaky=True))
    assert not run_labels.usable(panels.run(evaluations=measured, active=True))
    assert not run_labels.usable(panels.run(evaluations=measured, status=RunStatus.FAILED))
    assert not run_labels.usable(panels.run())


def test_only_an_idle_run_that_is_not_in_use_can_be_hidden() -> None:
    assert run_labels.hideable(panels.run())
    assert not run_labels.hideable(panels.run(active=True))
    assert not run_labels.hideable(panels.run(hidden=True))
    assert not run_labels.hideable(panels.run(status=RunStatus.RUNNING))


def test_labels_of_a_day_and_a_start_by_itself_are_named() -> None:
    assert run_labels.origin(panels.run()) == ""
    old = panels.run(as_of=datetime(2026, 5, 3, 12, 0, tzinfo=UTC), automatic=True)
    assert run_labels.origin(old) == "labels of 2026-05-03, started by itself"


def test_labels_of_a_day_are_called_by_the_day_of_who_chose_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        # The end of 3 May in New York.
        chosen = panels.run(as_of=datetime(2026, 5, 4, 3, 59, 59, tzinfo=UTC))
        assert run_labels.origin(chosen) == "labels of 2026-05-03"
    finally:
        monkeypatch.undo()
        time.tzset()
