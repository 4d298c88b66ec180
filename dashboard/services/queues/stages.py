"""The stages in which the queues are made, and how long what is left of them will take."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core import files
from core.types import Progress, ProgressCallback


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A named part of the work; its time grows with the images that it has to do with."""

    name: str
    """As a person reads it."""
    seconds: float
    """Of 1,000 images on two cores, until this machine has measured it. Between stages only their
    ratio matters: the pace is measured while they go on."""
    all_images: bool
    """Whether it goes over all images each time, and not over new ones alone."""


LOOKING = Stage(name="Looking at photographs", seconds=25.0, all_images=False)
MEASURING = Stage(name="Measuring photographs", seconds=6.0, all_images=False)
FEATURES = Stage(name="Finding local features", seconds=10.0, all_images=False)
COMPARING = Stage(name="Comparing photographs", seconds=8.0, all_images=False)
LABELS = Stage(name="Comparing labels", seconds=8.0, all_images=True)
DEFECTS = Stage(name="Looking for defects", seconds=3.0, all_images=True)
MAP = Stage(name="Drawing the map", seconds=6.0, all_images=True)
STAGES = (LOOKING, MEASURING, FEATURES, COMPARING, LABELS, DEFECTS, MAP)
AHEAD = Stage(name="Looking ahead, for a quick run", seconds=0.0, all_images=False)
"""What is done when the queues are made: no step towards them, nobody waits for it."""
_COUNTING = (LOOKING, MEASURING, FEATURES)
"""Stages that report images; what is kept of one of them may lack of another."""

_FILE = "queue-seconds.json"
_ENOUGH = 50
"""Images from which on the time of a stage says how long it takes for others."""
_PLACE = {stage.name: place for place, stage in enumerate(STAGES)}


class Timeline:
    """Adds to each report of a stage which one of them it is, and the seconds until all are done.

    Seconds left = expected seconds of what is left * pace; the pace is the time since the first
    report over what was expected for what has been done since. Called by `refresh` alone.
    """

    def __init__(
        self,
        cache: Path,
        images: int,
        tell: ProgressCallback,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`cache` keeps how long each stage took here; `images` are all of the workspace."""
        self._file = cache / _FILE
        self._images = images
        self._new = 0
        self._tell = tell
        self._clock = clock
        self._measured = _numbers(self._file)
        self._first: tuple[float, float] | None = None
        """When the first report came, and the expected seconds that were done by then."""
        self._stage, self._began = "", 0.0
        self._took: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        """Tell how far a stage is."""
        place, now = _PLACE.get(progress.stage), self._clock()
        if place is None:
            self._tell(progress)
            return
        if STAGES[place] in _COUNTING:
            self._new = max(self._new, progress.total)
        self._note(progress.stage, now)
        share = progress.done / progress.total if progress.total else 0.0
        expected = [self._expected(stage) for stage in STAGES]
        done = sum(expected[:place]) + share * expected[place]
        left = None
        if self._first is None:
            self._first = now, done
        elif done > self._first[1]:
            pace = (now - self._first[0]) / (done - self._first[1])
            left = round(pace * (sum(expected) - done), 1)
        self._tell(replace(progress, step=place + 1, steps=len(STAGES), seconds_left=left))

    def end(self) -> None:
        """Keep how long the stages took; those of few images say nothing about others."""
        self._note("", self._clock())
        fresh = {
            stage.name: self._took[stage.name] / count
            for stage in STAGES
            if stage.name in self._took and (count := self._count(stage)) >= _ENOUGH
        }
        if fresh:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            files.replace(self._file, json.dumps({**self._measured, **fresh}).encode())

    def _note(self, stage: str, now: float) -> None:
        if stage != self._stage:
            if self._stage:
                self._took[self._stage] = now - self._began
            self._stage, self._began = stage, now

    def _count(self, stage: Stage) -> int:
        return self._images if stage.all_images else self._new

    def _expected(self, stage: Stage) -> float:
        return self._measured.get(stage.name, stage.seconds / 1000) * self._count(stage)


def _numbers(file: Path) -> dict[str, float]:
    """Return seconds per image by the name of a stage, as far as they are kept."""
    return {
        name: float(value)
        for name, value in files.read_object(file).items()
        if name in _PLACE and isinstance(value, int | float) and value >= 0
    }
