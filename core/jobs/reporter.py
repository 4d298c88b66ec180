"""Progress events of a job: throttled, with speed and time left."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from core.profiling.estimate import Estimate

_EVERY_SECONDS = 1.0


class Log(Protocol):
    """Writes one event."""

    def __call__(self, event: str, **values: Any) -> None:
        """Write it."""


class Reporter:
    """Turns the loops' callbacks into events, at most one batch event a second."""

    def __init__(
        self, log: Log, epochs: int, told: Iterable[Mapping[str, Any]], *, folds: int = 0
    ) -> None:
        """`told` are the events that an earlier process has already written.

        `folds` networks are trained after the first one; the time left counts them, too.
        """
        self._log = log
        self._folds = folds
        self._parts = _Parts()
        self._epochs = epochs
        earlier = list(told)
        self._told = {event["epoch"] for event in earlier if event["event"] == "epoch"}
        self._started = any(event["event"] == "started" for event in earlier)
        self._last = 0.0
        self._stage, self._began, self._before = "", 0.0, 0
        self._measuring = 0.0
        self._until = 0.0
        self.rate: float | None = None
        """Images per second of the last step that was counted."""

    def started(self, samples: Mapping[str, int], expected: Estimate | None) -> None:
        """Report once the number of training images, and the estimated duration."""
        if self._started:
            self._log("resumed")
            return
        if expected is not None:
            self._until = time.perf_counter() + expected.seconds_at_most
        told = {} if expected is None else {"estimate": asdict(expected)}
        self._log("started", epochs=self._epochs, samples=dict(samples), **told)

    def message(self, text: str) -> None:
        """Report a sentence to the people who watch the run."""
        self._log("message", text=text)

    def stage(self, name: str, done: int, total: int) -> None:
        """Count images of a step before or after the epochs."""
        now = time.perf_counter()
        if name != self._stage:
            # How long the first images took is not known: they are not counted.
            self._stage, self._began, self._before = name, now, done
            if done < total:
                return
        rate = (done - self._before) / max(1e-3, now - self._began)
        if done == total:
            self.rate = round(rate, 2) or None
        left = (total - done) / max(rate, 1e-3)
        if self._parts.total:
            left = self._parts.seconds_left(left)
        elif not self._told:
            # Before anything is known of this run's own speed, the estimate counts.
            left = max(left, self._until - now)
        self._batch(name, (0, done, total), rate, left)

    def batch(self, epoch: int, done: int, total: int, rate: float) -> None:
        """Count training images; the time left assumes that all epochs are needed."""
        if self._parts.total:
            shown, all_of_it = (epoch - 1) * total + done, self._epochs * total
            left = self._parts.seconds_left((all_of_it - shown) / rate)
            self._batch(self._parts.name, (0, shown, all_of_it), rate, left)
            return
        each = total / rate + self._measuring
        left = (total - done) / rate + self._measuring + (self._epochs - epoch) * each
        left += self._folds * self._epochs * total / rate
        self._batch("Training", (epoch, done, total), rate, left)

    def within(self, name: str, number: int, total: int) -> None:
        """Say of which of several cross-validations (0, 1, ...) the coming folds are part."""
        self._parts.outer = (name, number, total)

    def part(self, name: str, number: int, total: int) -> None:
        """Say which of several trainings (0, 1, ...) comes now."""
        self._parts.begin(name, number, total)

    def _batch(self, stage: str, where: tuple[int, int, int], rate: float, left: float) -> None:
        now = time.perf_counter()
        epoch, done, total = where
        if now - self._last < _EVERY_SECONDS and done < total:
            return
        self._last = now
        self._log(
            "batch",
            stage=stage,
            epoch=epoch,
            done=done,
            total=total,
            images_per_second=round(rate, 2),
            seconds_left=round(left, 1),
        )

    def epochs(self, history: Iterable[Mapping[str, Any]]) -> None:
        """Say the numbers of finished epochs, each once, also after a resume."""
        for row in history:
            if row["epoch"] in self._told:
                continue
            self._told.add(row["epoch"])
            if row["epoch"]:
                self._measuring = row["seconds"] - row["training_seconds"]
            ahead = self._epochs - row["epoch"] + self._folds * self._epochs
            left = ahead * row["seconds"] if row["epoch"] else None
            self._log(
                "epoch",
                **{**row, "epochs": self._epochs},
                seconds_left=None if left is None else round(left, 1),
            )


class _Parts:
    """Several trainings one after the other, as the folds of a cross-validation, or of many."""

    def __init__(self) -> None:
        self.outer = ("", 0, 1)
        self.name, self.total = "", 0
        self._number, self._first = 0, 0
        self._since = self._began = 0.0

    def begin(self, name: str, number: int, total: int) -> None:
        outer, before, repeats = self.outer
        self.name = f"{outer}, {name}" if outer else f"{name[:1].upper()}{name[1:]}"
        now, place = time.perf_counter(), before * total + number
        if not self.total:
            self._first, self._since = place, now
        self._number, self.total, self._began = place, repeats * total, now

    def seconds_left(self, of_this: float) -> float:
        """Return the seconds for all that is left, given those for the part at hand."""
        done = self._number - self._first
        now = time.perf_counter()
        each = (self._began - self._since) / done if done else now - self._began + of_this
        return of_this + (self.total - self._number - 1) * each
