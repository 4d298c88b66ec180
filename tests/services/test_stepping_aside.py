"""Background work rests while somebody is at work, and only then."""

import os
import signal
import time

from dashboard.services import stepping_aside
from storage.workspace import Workspace


def rested(workspace: Workspace, monkeypatch, *, there: bool) -> int:  # type: ignore[no-untyped-def]
    rests: list[float] = []
    monkeypatch.setattr(stepping_aside.time, "sleep", rests.append)
    if there:
        stepping_aside.Presence(workspace).note()
    with stepping_aside.resting(workspace):
        began = time.perf_counter()
        while time.perf_counter() - began < 4.5 * stepping_aside.WORK_SECONDS:
            sum(range(1000))
    assert set(rests) <= {stepping_aside.REST_SECONDS}
    return len(rests)


def test_it_rests_while_somebody_is_there(workspace: Workspace, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    before = signal.getsignal(signal.SIGALRM)
    assert rested(workspace, monkeypatch, there=True) >= 2
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_it_does_not_rest_while_nobody_is_there(workspace: Workspace, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    assert rested(workspace, monkeypatch, there=False) == 0


def test_whoever_was_there_a_while_ago_is_not(workspace: Workspace, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    stepping_aside.Presence(workspace).note()
    long_ago = time.time() - 2 * stepping_aside.HERE_SECONDS
    os.utime(workspace.cache / "somebody-here", (long_ago, long_ago))
    assert rested(workspace, monkeypatch, there=False) == 0
