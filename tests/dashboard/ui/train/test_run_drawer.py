"""The drawer: one run with its log, two runs side by side, a network's facts, the switch."""

import re
from dataclasses import replace

import pytest

from core.jobs.spec_difference import Change, DataDifference, Relabelled
from core.types import ClassId, Difference, RunStatus, SampleId
from dashboard.services.runs.networks import Choice
from dashboard.services.runs.retraining import Retraining
from dashboard.services.runs.run_comparison import Pair, RunDifference
from dashboard.services.runs.run_details import RunDetails
from dashboard.ui.train import network_choice, retrain_card, run_difference, run_drawer
from tests.dashboard.ui.panels import HOSTILE, evaluation, run

MATRIX = ((8, 2), (1, 9))
DETAILS = RunDetails(
    settings={"seed": 5, "learning_rate": 0.0003},
    images={"train": 40, "validation": 10},
    hardware={"processor": "A processor", "threads": 2},
    versions={"torch": "2.15.0"},
    cost={"seconds": 70.0, "cpu_seconds": 130.0, "gpu_seconds": 0.0, "starts": 2},
    log=("Epoch 1: macro f1 0.5.", HOSTILE),
    traceback=f"Traceback (most recent call last): {HOSTILE}",
)
GAIN = Difference(
    before=0.5, after=0.6, value=0.1, low=0.02, high=0.18, images=20, patients=9, mended=3, broken=1
)


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ")


def test_log_and_traceback_are_shown_as_text_and_can_be_copied() -> None:
    html = run_drawer.html(run(status=RunStatus.FAILED, message=HOSTILE), DETAILS)
    assert "<img" not in html
    assert "Epoch 1: macro f1 0.5." in html
    assert {"run-log", "run-traceback", "copy-log"} <= set(re.findall(r'testid="([\w-]+)"', html))


def test_the_drawer_names_data_cost_settings_machine_and_packages() -> None:
    words = plain(run_drawer.html(run(), DETAILS))
    for said in (
        "40 train, 10 validation",
        "9f8e7d6c5b4a3210",
        "Seed  5",
        "Learning rate  0.0003",
        "A processor",
        "2.15.0",
        "130 s of all cores together",
        "none used",
        "2 starts",
        "2 min 10 s",
    ):
        assert said in words


def offered(**changes: object) -> set[str]:
    html = run_drawer.html(run(**changes), DETAILS)
    return set(re.findall(r'data-do="(\w+)"', html))


def test_every_run_can_be_done_again_and_only_an_idle_one_can_be_hidden() -> None:
    assert offered() == {"again", "repeat", "hide"}
    assert offered(active=True) == {"again", "repeat"}
    assert offered(status=RunStatus.RUNNING) == {"again", "repeat"}
    assert offered(hidden=True) == {"again", "repeat", "unhide"}


def difference(**changes: object) -> RunDifference:
    measured = {"validation": evaluation(MATRIX)}
    before, after = run(number=1, evaluations=measured), run(number=2, evaluations=measured)
    made = RunDifference(
        before=before,
        after=after,
        settings=(Change(name="seed", before=0, after=5),),
        versions=(),
        data=DataDifference(
            added=(SampleId("a"),),
            removed=(),
            relabelled=(Relabelled(sample=SampleId("b"), before=ClassId(10), after=None),),
            moved=(),
            shared=41,
        ),
        files={SampleId("a"): "new.png", SampleId("b"): HOSTILE},
        on="validation",
        metrics=(Pair(name="accuracy", before=evaluation(MATRIX).accuracy, after=None),),
        paired=GAIN,
        why_not="",
    )
    return replace(made, **changes)


def test_two_runs_tell_settings_samples_and_who_is_right() -> None:
    html = run_difference.html(difference(), {ClassId(10): "Measles"})
    assert "<img" not in html
    words = plain(html)
    assert "Better: balanced accuracy +10.0 points (95 %: +2.0 to +18.0)" in words
    assert "on the same 20 images of 9 patients" in words
    assert "Seed  0  5" in words
    assert "1 sample added" in words
    assert "new.png" in words
    assert "Measles → no label" in words
    assert "41 samples in both" in words


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.2, "Better"), (-0.2, -0.01, "Worse"), (-0.1, 0.2, "No clear difference")],
)
def test_a_difference_is_called_one_only_where_its_interval_leaves_zero_out(
    low: float, high: float, said: str
) -> None:
    assert run_difference.sentence(replace(GAIN, low=low, high=high)).startswith(f"{said}:")


def test_runs_of_two_split_versions_say_why_they_are_not_compared() -> None:
    html = run_difference.html(difference(paired=None, why_not="Their patients differ."), {})
    assert "Their patients differ." in html
    assert "Better" not in html


CHOICE = Choice(
    backbone="mobilenetv2_100",
    name="MobileNetV2",
    parameters=2_231_558,
    macs=299_501_952,
    image_size=224,
    own_size=224,
    train_rate=None,
    forward_rate=None,
)


def test_a_network_says_what_it_weighs_and_offers_to_be_measured() -> None:
    html = network_choice.facts(CHOICE, measuring="")
    assert "2.23 M parameters, 300 M multiply-accumulates" in html.replace("\u00a0", " ")
    assert 'data-testid="measure"' in html
    assert "is being measured" in network_choice.facts(CHOICE, measuring="mobilenetv2_100")


def test_a_measured_network_says_how_fast_it_is_here() -> None:
    measured = replace(CHOICE, train_rate=25.4, forward_rate=141.2)
    said = "25.4 images per second in training, 141 in prediction"
    assert said in network_choice.facts(measured, measuring="")
    assert "<td>25.4</td><td>141</td>" in network_choice.table([measured])


def test_training_by_itself_is_off_until_somebody_turns_it_on() -> None:
    off = retrain_card.html(Retraining(after=None, changed=0, like=None))
    assert "checked" not in off
    assert "It begins to count when a first run has ended." in off
    on = retrain_card.html(Retraining(after=30, changed=4, like=run())).replace("\u00a0", " ")
    assert "checked" in on
    assert "4 samples changed since the newest run. The next one takes the settings of run 7." in on
