"""What is done once a second, and when it is left undone."""

import pytest

from dashboard.runtime.ticker import Duty, Pace


class Happenings:
    """A database's version and work outside of it, changed by hand."""

    def __init__(self) -> None:
        self.version = 1
        self.busy = False
        self.pace = Pace(lambda: self.version, lambda: self.busy)

    def due(self, seconds: range) -> list[int]:
        """Return the seconds in which duties were due."""
        return [now for now in seconds if self.pace.due(float(now))]


def test_duties_are_done_every_second_for_a_while_after_a_change_and_then_seldom() -> None:
    happenings = Happenings()
    assert happenings.due(range(90)) == list(range(90))
    assert happenings.due(range(90, 200)) == list(range(99, 200, 10))
    happenings.version = 2
    assert happenings.due(range(200, 300)) == [*range(200, 290), 299]


def test_work_outside_the_database_keeps_duties_awake() -> None:
    happenings = Happenings()
    happenings.due(range(100))
    happenings.busy = True
    assert happenings.due(range(100, 400)) == list(range(100, 400))
    happenings.busy = False
    assert happenings.due(range(400, 489)) == list(range(400, 489))
    assert happenings.due(range(489, 520)) == [498, 508, 518]


def test_a_bug_in_one_duty_is_logged_once_and_ends_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = []

    def work() -> None:
        done.append(1)
        raise ZeroDivisionError("nought")

    duty = Duty(work)
    duty.do()
    duty.do()
    assert len(done) == 2
    assert [(one.levelname, one.exc_info is not None) for one in caplog.records] == [
        ("ERROR", True)
    ]
