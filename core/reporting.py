"""What a job tells while it works: throttled progress, speed and time left."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from core.estimate import Estimate

_EVERY_SECONDS = 1.0


class Log(Protocol):
    """Writes one event."""

    def __call__(self, event: str, **values: Any) -> None:
        """Write it."""


class Reporter:
    """Turns the loops' callbacks into events, at most one batch event a second."""

    def __init__(self, log: Log, epochs: int, told: Iterable[Mapping[str, Any]]) -> None:
        """`told` are the events that an earlier process has already written."""
        self._log = log
        self._epochs = epochs
        earlier = list(told)
        self._told = {event["epoch"] for event in earlier if event["event"] == "epoch"}
        self._started = any(event["event"] == "started" for event in earlier)
        self._last = 0.0
        self._stage, self._began = "", 0.0
        self._measuring = 0.0
        self._until = 0.0
        self.rate: float | None = None
        """Images per second of the last step that was counted."""

    def started(self, samples: Mapping[str, int], expected: Estimate | None) -> None:
        """Say once how much there is to learn from, and how long it takes at most."""
        if self._started:
            return
        if expected is not None:
            self._until = time.perf_counter() + expected.seconds_at_most
        told = {} if expected is None else {"estimate": asdict(expected)}
        self._log("started", epochs=self._epochs, samples=dict(samples), **told)

    def message(self, text: str) -> None:
        """Say a sentence to whoever watches."""
        self._log("message", text=text)

    def stage(self, name: str, done: int, total: int) -> None:
        """Count pictures of a step before or after the epochs."""
        now = time.perf_counter()
        if name != self._stage:
            self._stage, self._began = name, now
        rate = done / max(1e-3, now - self._began)
        if done == total:
            self.rate = round(rate, 2)
        left = (total - done) / max(rate, 1e-3)
        if not self._told:
            # Before anything is known of this run's own speed, the estimate counts.
            left = max(left, self._until - now)
        self._batch(name, (0, done, total), rate, left)

    def batch(self, epoch: int, done: int, total: int, rate: float) -> None:
        """Count training pictures; the time left assumes that all epochs are needed."""
        each = total / rate + self._measuring
        left = (total - done) / rate + self._measuring + (self._epochs - epoch) * each
        self._batch("Training", (epoch, done, total), rate, left)

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
            left = (self._epochs - row["epoch"]) * row["seconds"] if row["epoch"] else None
            self._log(
                "epoch",
                **{**row, "epochs": self._epochs},
                seconds_left=None if left is None else round(left, 1),
            )
