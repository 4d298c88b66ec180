"""A small random search: what is drawn, how it is scored, and what a killed one keeps."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import AppError
from core.jobs import job_process, job_spec, trials
from core.jobs.trials import Trial
from core.profiling import estimate
from core.profiling.estimate import Speeds, Workload
from core.settings import presets
from core.types import BalanceMethod, Metric, Split
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

GIVEN = presets.named("balanced", search=6, learning_rate=3e-3, frozen_stages=0)


def searching(root: Path, name: str = "search", **overrides: object) -> Path:
    spec = job_examples.spec(root, search=3, folds=3, epochs=1, **overrides)
    folder = root / "runs" / name
    folder.mkdir(parents=True)
    replace(spec, kind="search").write(folder)
    return folder


def test_the_given_settings_come_first_and_all_are_different() -> None:
    drawn = trials.draw(GIVEN, 6, 5, np.random.default_rng(0))
    assert drawn[0] == GIVEN.changed(search=0)
    assert len(set(drawn)) == 6
    assert all(3e-4 <= config.learning_rate <= 3e-2 for config in drawn)
    assert all(0 <= config.frozen_stages < 5 for config in drawn)
    assert drawn == trials.draw(GIVEN, 6, 5, np.random.default_rng(0))
    assert drawn[1:] != trials.draw(GIVEN, 6, 5, np.random.default_rng(1))[1:]


def test_of_a_head_alone_only_the_balance_is_searched() -> None:
    drawn = trials.draw(GIVEN.changed(epochs=0), 50, 5, np.random.default_rng(0))
    assert {config.balance for config in drawn} == set(BalanceMethod)
    assert len(drawn) == 4


def test_every_trial_is_scored_on_all_folds_and_never_on_test(tmp_path: Path) -> None:
    folder = searching(tmp_path)
    assert job_process.run(folder) == 0, (folder / job_spec.ERROR).read_text()
    finished = trials.read(folder)
    assert [trial.number for trial in finished] == [0, 1, 2]
    samples = job_examples.JobSpec.read(folder).samples
    assert {trial.images for trial in finished} == {sum(s.split is not Split.TEST for s in samples)}
    first, second, _ = finished
    assert (first.gain, second.gain is None) == (None, False)
    gained = second.balanced_accuracy.value - first.balanced_accuracy.value
    assert second.gain is not None
    assert second.gain.value == pytest.approx(gained)
    assert all(
        trial.accuracy.low <= trial.accuracy.value <= trial.accuracy.high for trial in finished
    )
    assert job_examples.result(folder)["status"] == "finished"
    told = [event for event in job_spec.events(folder) if event["event"] == "batch"]
    assert any(event["stage"] == "Trial 2 of 3, fold 1 of 3" for event in told)
    assert all(event["seconds_left"] >= 0 for event in told)


def test_a_killed_search_goes_on_with_the_trials_that_it_has(tmp_path: Path) -> None:
    whole = searching(tmp_path, "whole")
    assert job_process.run(whole) == 0
    killed = searching(tmp_path, "killed")
    finished = trials.read(whole)
    trials.write(killed, finished[:2])
    assert job_process.run(killed) == 0
    assert trials.read(killed) == finished
    stages = {event.get("stage", "") for event in job_spec.events(killed)}
    assert not any(stage.startswith(("Trial 1", "Trial 2")) for stage in stages)


def test_a_stopped_search_keeps_what_is_done(tmp_path: Path) -> None:
    folder = searching(tmp_path)
    trials.write(folder, [trial(0, 0.5)])
    (folder / job_spec.STOP).touch()
    assert job_process.run(folder) == 0
    assert job_examples.result(folder)["status"] == "stopped"
    assert trials.read(folder) == [trial(0, 0.5)]


def trial(number: int, value: float) -> Trial:
    score = Metric(value=value, low=value - 0.1, high=value + 0.1)
    return Trial(
        number=number,
        settings={
            "learning_rate": 0.01 * (number + 1),
            "frozen_stages": 2,
            "balance": "none",
            "augmentation": "light",
        },
        images=4,
        patients=3,
        accuracy=score,
        balanced_accuracy=score,
        macro_f1=score,
        predicted=(0, 1, 1, 0),
        gain=None,
    )


def test_the_first_of_the_best_trials_lends_its_settings_to_a_whole_run() -> None:
    assert trials.best([]) is None
    best = trials.best([trial(0, 0.5), trial(1, 0.7), trial(2, 0.7)])
    assert best is not None
    assert best.number == 1
    settings = best.onto(GIVEN.changed(folds=3, folds_by="authors", seed=8).model_dump(mode="json"))
    assert (settings.learning_rate, settings.frozen_stages, settings.balance) == (0.02, 2, "none")
    assert (settings.search, settings.folds, settings.seed) == (0, 0, 8)
    assert settings.folds_by == "patient"


def test_a_search_cannot_give_test_up() -> None:
    with pytest.raises(AppError, match="never looks at test"):
        GIVEN.changed(fold_everything=True)


def test_a_broken_file_of_trials_is_a_search_from_the_beginning(tmp_path: Path) -> None:
    (tmp_path / trials.FILE).write_text('[{"number": 0}]')
    assert trials.read(tmp_path) == []


@pytest.mark.parametrize(
    "settings", [{"frozen_stages": "<img src=x>"}, {"learning_rate": "fast"}, {"balance": "no way"}]
)
def test_what_is_no_setting_is_no_trial(tmp_path: Path, settings: dict[str, str]) -> None:
    first = trial(0, 0.5)
    trials.write(tmp_path, [replace(first, settings={**first.settings, **settings})])
    assert trials.read(tmp_path) == []


@pytest.mark.parametrize("broken", [{"images": "<img>"}, {"accuracy": {"value": "high"}}])
def test_what_is_no_number_is_no_trial(tmp_path: Path, broken: dict[str, object]) -> None:
    (tmp_path / trials.FILE).write_text(json.dumps([{**asdict(trial(0, 0.5)), **broken}]))
    assert trials.read(tmp_path) == []


def test_settings_that_diverged_never_win() -> None:
    lost = replace(trial(0, 0.0), diverged=True)
    assert trials.best([lost]) is None
    assert trials.best([lost, trial(1, 0.2)]) == trial(1, 0.2)


def test_a_search_is_expected_to_take_its_folds_once_per_trial() -> None:
    speeds = Speeds(
        train_rate=10.0, forward_rate=100.0, read_rate=50.0, head_rate=1000.0, start_seconds=1.0
    )
    load = Workload(train={1: 60, 2: 40}, validation={1: 20}, everything=150, unread=0)
    given = GIVEN.changed(init="random", epochs=2, folds=3, tta_views=1, balance="none")
    seconds = [
        estimate.estimate(given.changed(search=trials), load, speeds).seconds_at_most
        for trials in (2, 4)
    ]
    # Three folds of 80 of the 120 images twice, 10 a second, and 120 looked at, 100 a second;
    # nothing else is trained or predicted.
    once = 3 * 2 * 80 / 10 + 120 / 100
    assert seconds == [pytest.approx(1 + 2 * once), pytest.approx(1 + 4 * once)]
