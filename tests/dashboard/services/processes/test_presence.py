"""Background work rests while somebody is at work, and only then."""

import os
import signal
import time

from dashboard.services.processes import presence
from storage.workspace.folder import Workspace


def rested(workspace: Workspace) -> int:
    rests: list[float] = []
    with presence.resting(workspace, rests.append):
        began = time.perf_counter()
        while time.perf_counter() - began < 4.5 * presence.WORK_SECONDS:
            sum(range(1000))
    assert set(rests) <= {presence.REST_SECONDS}
    return len(rests)


def test_it_rests_while_somebody_is_there(workspace: Workspace) -> None:
    before = signal.getsignal(signal.SIGALRM)
    presence.Presence(workspace).note()
    assert rested(workspace) >= 2
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_it_does_not_rest_while_nobody_is_there(workspace: Workspace) -> None:
    assert rested(workspace) == 0


def test_whoever_was_there_a_while_ago_is_not(workspace: Workspace) -> None:
    presence.Presence(workspace).note()
    long_ago = time.time() - 2 * presence.HERE_SECONDS
    os.utime(workspace.cache / "somebody-here", (long_ago, long_ago))
    assert rested(workspace) == 0
