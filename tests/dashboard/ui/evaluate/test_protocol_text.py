"""What is said and shown of a reproduced protocol, without a browser."""

from dataclasses import replace

import pytest

from core.data import protocol as rules
from core.data.protocol import Shared
from core.evaluation import intervals
from core.types import Evaluation, Metric, RunId, RunStatus
from dashboard.services.runs import protocol_tables
from dashboard.services.runs.progress import Epoch, LiveRun, Step
from dashboard.services.runs.protocol import Compared, Cost, Pair, Side
from dashboard.ui.evaluate import protocol_table, protocol_text
from tests.dashboard.ui import panels
from tests.dashboard.ui.evaluate.test_evaluation_text import plain
from tests.dashboard.ui.panels import metric

SIX = tuple(tuple(10 if row == column else 0 for column in range(6)) for row in range(6))
NAMES = ("Chickenpox", "Cowpox", "Healthy", "HFMD", "Measles", "Mpox")
HIGH, LOW = metric(0.9, 0.87, 0.93), metric(0.7, 0.6, 0.74)


def compared(names: tuple[str, ...], published: Metric, honest: Metric) -> Compared:
    matrix = tuple(row[: len(names)] for row in SIX[: len(names)])

    def side(number: int, score: Metric, shared: Shared) -> Side:
        test: Evaluation = panels.evaluation(matrix, split="test", balanced_accuracy=score)
        run = panels.run(number=number, leaky=number == 3, evaluations={"test": test})
        return Side(run=run, test=test, shared=shared)

    both = (
        side(3, published, Shared(test=60, photographs=40, copied=45, patients=50)),
        side(4, honest, Shared(test=30, photographs=30, copied=0, patients=0)),
    )
    gap = {
        name: intervals.difference(getattr(both[0].test, name), getattr(both[1].test, name))
        for name in protocol_tables.OVERALL
    }
    return Compared(
        names=names,
        published=both[0],
        honest=both[1],
        printed=rules.printed(names),
        gap=gap,
    )


def test_the_finding_says_what_the_leak_is_worth_and_what_stands_on_both_sides() -> None:
    found = compared(NAMES, HIGH, LOW)
    assert plain(protocol_text.finding(found)) == (
        "The leak is worth +20.0 points of balanced accuracy (95 %: +15.0 to +30.4): the same "
        "network scores 90.0 % as published and 70.0 % on new patients."
    )
    shown = plain(protocol_text.scores(found))
    assert "45 of 60 test images have a copy of themselves in training." in shown
    assert "50 show a patient who stands in training" in shown
    assert "By patient, 0 of 30 test images have a copy of themselves in training." in shown
    assert "As published: run 3, leaky, 60 images of 54 patients." in shown


def test_a_leak_within_chance_is_not_claimed() -> None:
    found = compared(NAMES, metric(0.75, 0.6, 0.9), metric(0.7, 0.5, 0.9))
    assert protocol_text.finding(found).startswith("The leak cannot be told from chance here")


def test_a_leaky_run_that_scores_lower_is_not_called_chance() -> None:
    found = compared(NAMES, metric(0.6, 0.5, 0.7), metric(0.7, 0.6, 0.8))
    lower = replace(found, gap={**found.gap, "balanced_accuracy": metric(-0.1, -0.17, -0.01)})
    assert "Here the leaky run scores lower" in protocol_text.finding(lower)
    unsure = replace(found, gap={**found.gap, "balanced_accuracy": metric(-0.1, -0.2, 0.1)})
    assert "cannot be told from chance" in protocol_text.finding(unsure)


def test_classes_that_only_one_of_the_tests_holds_are_named() -> None:
    found = compared(NAMES, metric(0.8, 0.7, 0.9), LOW)
    assert protocol_text.unlike(found) == ""
    *others, last = found.honest.test.classes
    test = replace(found.honest.test, classes=(*others, replace(last, images=0)))
    poorer = replace(found, honest=replace(found.honest, test=test))
    assert "Mpox stands in one of them alone" in protocol_text.unlike(poorer)


def test_the_table_holds_both_scores_the_difference_and_what_is_printed() -> None:
    table = protocol_tables.overall(compared(NAMES, HIGH, LOW)).set_index("metric")
    row = table.loc["balanced_accuracy"]
    assert (row["published"], row["by_patient"]) == (0.9, 0.7)
    assert row["difference"] == pytest.approx(0.2)
    assert table.loc["accuracy", "printed"] == 0.93
    by_class = protocol_tables.by_class(compared(NAMES, HIGH, LOW))
    mpox = by_class[(by_class["class"] == "Mpox") & (by_class["metric"] == "recall")].iloc[0]
    assert mpox["printed"] == 0.78, "the recall that is printed for Monkeypox, here called Mpox"
    assert (mpox["images_published"], mpox["images_by_patient"]) == (10, 10)


def test_the_printed_column_is_there_for_the_posters_classes_only() -> None:
    six, others = compared(NAMES, HIGH, LOW), compared(("Cat", panels.HOSTILE), HIGH, LOW)
    shown = [protocol_table.overall(protocol_tables.overall(found)).data for found in (six, others)]  # type: ignore[attr-defined]
    assert ["Printed" in table.columns for table in shown] == [True, False]
    assert "The poster has none of these classes" in protocol_text.scores(others)
    rows = protocol_table.by_class(protocol_tables.by_class(six)).data  # type: ignore[attr-defined]
    assert len(rows) == 18


def test_an_offer_says_how_long_it_takes_and_what_it_does() -> None:
    question = plain(protocol_text.start_question("Network: x.", Cost(seconds=754.0)))
    assert "Both take at most about 12 min 34 s" in question
    assert "The data set stays as it is" in question
    measuring = Cost(seconds=None, measuring=True)
    assert "is being measured" in protocol_text.duration(measuring)


def test_two_runs_under_way_say_how_far_they_are() -> None:
    pair = Pair(
        published=panels.run(id="run-3", number=3, leaky=True, status=RunStatus.RUNNING),
        honest=panels.run(id="run-4", number=4, status=RunStatus.QUEUED),
    )
    live = LiveRun(step=Step(seconds_left=61.0), epochs=(Epoch(number=2, total=10),))
    shown = plain(protocol_text.progress(pair, {RunId("run-3"): live}))
    assert "Run 3 (as published): running, 2 of 10 epochs done, at most 1 min 1 s left" in shown
    assert "Run 4 (by patient): queued" in shown
    paused = panels.run(status=RunStatus.PAUSED, message="Paused.")
    waiting = plain(protocol_text.progress(Pair(published=paused, honest=panels.run(number=8)), {}))
    assert "(by patient): paused; resume or hide it in Train" in waiting


def test_it_asks_before_it_opens_test_and_says_why_there_are_no_scores() -> None:
    test = {"test": panels.evaluation(((1,),))}
    done = Pair(published=panels.run(evaluations=test), honest=panels.run(evaluations=test))
    assert "it has been opened 2 times so far" in plain(protocol_text.show_question(done))
    assert "have ended" in protocol_text.ended(done)
    failed = Pair(published=panels.run(message="No weights."), honest=panels.run(number=8))
    assert "gave no two scores. No weights." in plain(protocol_text.ended(failed))
