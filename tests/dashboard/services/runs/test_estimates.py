"""What the form says before a run starts: measured by a real child process on tiny pictures."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.profiling.estimate import Estimate
from core.settings import presets
from core.settings.config import TrainConfig
from core.types import RunStatus
from dashboard.services.runs.estimates import Estimates, Expected
from dashboard.services.runs.trainer import Trainer
from dashboard.ui.train import network_choice
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

ROWS = [("ABC"[n % 3], f"p{n // 2}") for n in range(60)]


def tiny(**changes: object) -> TrainConfig:
    chosen = {"init": "random", "backbone": job_examples.BACKBONE, "image_size": 32, "tta_views": 1}
    return presets.named("balanced", **{**chosen, "epochs": 2, **changes})


def measured(estimates: Estimates, run: TrainConfig) -> Expected:
    deadline = time.monotonic() + 200
    while (found := estimates.expect(run)).measuring and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_an_estimate_is_measured_in_the_background_and_then_answered_at_once(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    estimates = Estimates(workspace, 1)
    assert estimates.expect(tiny()) == Expected(estimate=None, measuring=True)
    found = measured(estimates, tiny()).estimate
    assert found is not None and found.seconds_per_epoch is not None
    # More epochs and folds of the same network need no other measurement.
    longer = estimates.expect(tiny(epochs=12)).estimate
    folded = estimates.expect(tiny(folds=3)).estimate
    assert longer is not None and folded is not None
    assert longer.seconds_per_epoch == found.seconds_per_epoch
    assert longer.seconds_at_most > found.seconds_at_most
    assert folded.seconds_at_most > found.seconds_at_most
    estimates.close()
    assert not list(workspace.cache.glob("speeds-*"))


def test_what_cannot_be_measured_is_tried_again_by_itself_and_then_left(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    broken = tiny(init="missing.safetensors")
    slow = Estimates(workspace, 1)
    assert measured(slow, broken) == Expected(estimate=None, failed=True)
    assert slow.expect(broken) == Expected(estimate=None, failed=True)  # its minute is not over
    at_once = Estimates(workspace, 1, pause=0)
    assert measured(at_once, broken) == Expected(estimate=None)
    assert at_once.expect(broken) == Expected(estimate=None)


def test_a_measurement_waits_for_a_run_under_way_and_then_begins_by_itself(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    estimates = Estimates(workspace, 1)
    other = tiny(image_size=64)
    run = trainer.start(tiny(epochs=30))
    assert trainer.get(run.id).status is RunStatus.RUNNING
    assert estimates.expect(other) == Expected(estimate=None, postponed=True)
    trainer.stop(run)
    trainer.wait(run, lambda event: None)
    assert estimates.expect(other).measuring
    estimates.close()


def test_imagenet_weights_are_not_fetched_to_measure_a_speed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_GET = do_HEAD  # noqa: N815 - the name is the base class's

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_port}")
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        estimates = Estimates(workspace, 1)
        found = measured(estimates, tiny(init="imagenet"))
        estimates.close()
        hub.shutdown()
    assert asked == []
    assert found.estimate is not None and found.estimate.seconds_per_epoch is not None


def test_without_photographs_nothing_is_measured(workspace: Workspace) -> None:
    assert Estimates(workspace, 1).expect(tiny()) == Expected(estimate=None)


def test_a_run_tells_its_estimate_to_whoever_watches(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    run = trainer.wait(trainer.start(tiny()), lambda event: None)
    assert run.status is RunStatus.FINISHED, run.message
    told = trainer.live(run).estimate
    assert told is not None and told.seconds_per_epoch is not None
    # Its process has measured for the form, too.
    assert Estimates(workspace, trainer.threads).expect(tiny()).estimate is not None


def test_the_form_says_it_in_a_sentence() -> None:
    each = Estimate(seconds_per_epoch=40.2, seconds_at_most=540)
    assert (
        network_choice.time_words(Expected(estimate=each))
        == "About 40\u00a0s per epoch, at most 9\u00a0min on this computer."
    )
    head = Estimate(seconds_per_epoch=None, seconds_at_most=25)
    assert network_choice.time_words(Expected(estimate=head)) == "About 25\u00a0s on this computer."
    assert "Measuring" in network_choice.time_words(Expected(estimate=None, measuring=True))
    later = network_choice.time_words(Expected(estimate=None, postponed=True))
    assert later == "How long it takes is measured when the run under way has ended."
    again = network_choice.time_words(Expected(estimate=None, failed=True))
    assert again.endswith("it is tried again in a minute.")
    assert network_choice.time_words(Expected(estimate=None)) == ""
