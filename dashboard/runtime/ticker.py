"""What a served workspace does by itself: once a second while something happens, else seldom."""

import logging
import threading
from collections.abc import Callable, Sequence

from core.errors import AppError

log = logging.getLogger(__name__)

SECONDS = 1.0
_AWAKE_SECONDS = 90.0
"""How long after the last change duties are done every second. Above all delays that they keep by
themselves, of which the queues' is the longest (a minute)."""
_RESTING_SECONDS = 10.0
"""Between two rounds while nothing changes: what no change of the database tells is found then,
such as a file of weights that has come."""


class Duty:
    """Something to do again and again; what keeps it from being done is logged once.

    A bug in one of them must not end the others: its traceback goes into the log.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._told = ""

    def do(self) -> None:
        """Do it, or tell why it could not be done."""
        try:
            self._work()
            self._told = ""
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            if told != self._told:
                bug = not isinstance(error, AppError)
                log.log(logging.ERROR if bug else logging.WARNING, "%s", error, exc_info=bug)
            self._told = told


class Pace:
    """Decides, once a second, whether duties are due."""

    def __init__(self, version: Callable[[], int], busy: Callable[[], bool]) -> None:
        """`version` changes with every commit; `busy` says whether work is under way outside."""
        self._version = version
        self._busy = busy
        self._seen: int | None = None
        self._awake_until = self._next = 0.0

    def due(self, now: float) -> bool:
        """Return whether there may be something to do. `now` is in seconds and only grows."""
        version = self._version()
        if version != self._seen or self._busy():
            self._seen, self._awake_until = version, now + _AWAKE_SECONDS
        if self._awake_until <= now < self._next:
            return False
        self._next = now + _RESTING_SECONDS
        return True


class Ticker:
    """Does duties in one background thread until it is closed."""

    def __init__(self, duties: Sequence[Duty], pace: Pace, clock: Callable[[], float]) -> None:
        self._duties = duties
        self._pace = pace
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="ticker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _tick(self) -> None:
        while not self._stop.wait(SECONDS):
            if self._pace.due(self._clock()):
                for duty in self._duties:
                    duty.do()
