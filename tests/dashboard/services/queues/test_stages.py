"""How long the queues still take, by hand."""

import json
from pathlib import Path

import pytest

from core.types import Progress
from dashboard.services.queues import stages
from dashboard.services.queues.stages import STAGES, Timeline


class Told:
    """A timeline on a clock that a test moves."""

    def __init__(self, cache: Path, images: int) -> None:
        self.now = 0.0
        self.said: list[Progress] = []
        self.timeline = Timeline(cache, images, self.said.append, clock=lambda: self.now)

    def at(self, now: float, stage: str, done: int, total: int) -> Progress:
        self.now = now
        self.timeline(Progress(stage=stage, done=done, total=total))
        return self.said[-1]


def keep(cache: Path, seconds_per_image: float = 0.01) -> None:
    """Let every stage take as long for an image."""
    cache.mkdir(exist_ok=True)
    kept = {stage.name: seconds_per_image for stage in STAGES}
    (cache / stages._FILE).write_text(json.dumps(kept))


def test_the_time_left_is_that_of_all_stages(tmp_path: Path) -> None:
    keep(tmp_path)
    told = Told(tmp_path, 1000)
    first = told.at(100, stages.LOOKING.name, 250, 1000)
    assert (first.step, first.steps, first.seconds_left) == (1, 7, None)
    # 2.5 of 70 expected seconds were done at first; five more took ten, so the rest takes twice
    # what is expected.
    half = told.at(110, stages.LOOKING.name, 750, 1000)
    assert half.seconds_left == 2 * (70 - 7.5)
    later = told.at(120, stages.MAP.name, 0, 1)
    assert (later.step, later.seconds_left) == (7, pytest.approx(20 / (60 - 2.5) * 10, abs=0.1))


def test_what_is_kept_is_not_waited_for_again(tmp_path: Path) -> None:
    keep(tmp_path)
    told = Told(tmp_path, 1000)
    told.at(0, stages.LABELS.name, 0, 1)
    # No new image: the first four stages count nothing; comparing labels took 20 s instead of 10.
    assert told.at(20, stages.DEFECTS.name, 0, 8).seconds_left == 2 * 20


def test_a_machine_keeps_how_long_its_stages_took(tmp_path: Path) -> None:
    told = Told(tmp_path, 200)
    told.at(0, stages.LOOKING.name, 0, 100)
    told.at(50, stages.MEASURING.name, 0, 100)
    told.at(60, stages.LABELS.name, 0, 1)
    told.now = 80
    told.timeline.end()
    assert stages._numbers(tmp_path / stages._FILE) == {
        stages.LOOKING.name: 0.5,
        stages.MEASURING.name: 0.1,
        stages.LABELS.name: 0.1,
    }


def test_few_images_say_nothing_about_others(tmp_path: Path) -> None:
    keep(tmp_path)
    told = Told(tmp_path, 1000)
    told.at(0, stages.LOOKING.name, 0, 3)
    told.at(30, stages.LABELS.name, 0, 1)
    told.now = 80
    told.timeline.end()
    kept = stages._numbers(tmp_path / stages._FILE)
    assert (kept[stages.LOOKING.name], kept[stages.LABELS.name]) == (0.01, 0.05)


@pytest.mark.parametrize("damage", ["", "[]", '{"Looking at photographs": "long", "Other": 3}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / stages._FILE).write_text(damage)
    assert stages._numbers(tmp_path / stages._FILE) == {}


def test_what_is_done_ahead_is_no_step(tmp_path: Path) -> None:
    told = Told(tmp_path, 1000)
    ahead = told.at(0, stages.AHEAD.name, 3, 100)
    assert (ahead.step, ahead.steps) == (0, 0)
