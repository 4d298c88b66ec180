"""What the tabs show of a reproduced protocol, of folds and of a search, without a browser."""

from dataclasses import replace

from core.data import protocol as rules
from core.data.protocol import Shared
from core.evaluation import intervals
from core.types import Evaluation, Metric, RunStatus
from dashboard.services.runs.progress import Epoch, LiveRun, Step
from dashboard.services.runs.protocol import Compared, Cost, Pair, Side
from dashboard.ui.evaluate import fold_table, protocol_card, protocol_table
from tests.dashboard.ui import panels
from tests.dashboard.ui.panels import metric

SILENT = LiveRun()
SIX = tuple(tuple(10 if row == column else 0 for column in range(6)) for row in range(6))
NAMES = ("Chickenpox", "Cowpox", "Healthy", "HFMD", "Measles", "Mpox")


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
        for _, name in protocol_table.OVERALL
    }
    return Compared(
        names=names,
        published=both[0],
        honest=both[1],
        printed=rules.printed(names),
        gap=gap,
    )


def test_the_finding_says_what_the_leak_is_worth_and_what_stands_on_both_sides() -> None:
    found = compared(NAMES, metric(0.9, 0.87, 0.93), metric(0.7, 0.6, 0.74))
    assert protocol_table.finding(found) == (
        "The leak is worth +20.0 points of balanced accuracy (95\u00a0%: +15.0 to +30.4): the same "
        "network scores 90.0\u00a0% as published and 70.0\u00a0% on new patients."
    )
    shown = protocol_table.html(found).replace("\u00a0", " ")
    assert "45 of 60 test pictures have a copy of themselves in training." in shown
    assert "50 show a patient who stands in training" in shown
    assert "By patient, 0 of 30 test pictures have a copy of themselves in training." in shown


def test_a_leak_within_chance_is_not_claimed() -> None:
    found = compared(NAMES, metric(0.75, 0.6, 0.9), metric(0.7, 0.5, 0.9))
    assert protocol_table.finding(found).startswith("The leak cannot be told from chance here")


def test_the_printed_column_is_there_for_the_posters_classes_only() -> None:
    scores = metric(0.9, 0.87, 0.93), metric(0.7, 0.6, 0.74)
    six = protocol_table.html(compared(NAMES, *scores))
    assert "0.93" in six
    assert "0.78" in six, "the recall that is printed for Monkeypox, here called Mpox"
    others = protocol_table.html(compared(("Cat", panels.HOSTILE), *scores))
    assert "Printed" not in others
    assert "The poster has none of these classes" in others
    assert "<img" not in others


def test_the_card_offers_waits_and_asks_before_it_opens_test() -> None:
    offer = protocol_card.invitation(
        "Network: MobileNetV2 from ImageNet weights.", Cost(seconds=754.0)
    )
    assert "Reproduce the poster&#x27;s protocol" in offer
    assert "Both take at most about 12\u00a0min 34\u00a0s" in offer
    assert "data-poll" not in offer
    measured = protocol_card.invitation("", Cost(seconds=None, measuring=True))
    assert "is being measured" in measured
    assert "data-poll" in measured
    pair = Pair(
        published=panels.run(id="run-3", number=3, leaky=True, status=RunStatus.RUNNING),
        honest=panels.run(id="run-4", number=4, status=RunStatus.QUEUED),
    )
    live = LiveRun(step=Step(seconds_left=61.0), epochs=(Epoch(number=2, total=10),))
    waiting = protocol_card.waiting(pair, {"run-3": live}).replace("\u00a0", " ")
    assert "Run 3 (as published): running, 2 of 10 epochs done, at most 1 min 1 s left" in waiting
    assert "Run 4 (by patient): queued" in waiting
    assert "data-poll" in waiting
    test = {"test": panels.evaluation(((1,),))}
    done = Pair(published=panels.run(evaluations=test), honest=panels.run(evaluations=test))
    assert "it has been opened 2\u00a0times so far" in protocol_card.ended(
        done, "", Cost(seconds=None)
    )
    failed = Pair(published=panels.run(message="No weights."), honest=panels.run(number=8))
    told = protocol_card.ended(failed, "", Cost(seconds=None))
    assert "Runs 7 and 8 gave no two scores. No weights." in told


def test_folds_are_summed_up_and_a_given_up_test_is_named() -> None:
    measured = {
        f"fold-{number}": panels.evaluation(((4,),), balanced_accuracy=metric(value, 0, 1))
        for number, value in enumerate((0.7, 0.8, 0.9))
    }
    run = panels.run(evaluations=measured, config={"fold_everything": True})
    said = fold_table.sentence(run).replace("\u00a0", " ")
    assert "over 3 folds: balanced accuracy 80.0 % ± 10.0" in said
    assert "no test is left for this run" in said
    assert fold_table.html(panels.run()) == ""


def test_a_leaky_run_that_scores_lower_is_not_called_chance() -> None:
    found = compared(NAMES, metric(0.6, 0.5, 0.7), metric(0.7, 0.6, 0.8))
    lower = replace(found, gap={**found.gap, "balanced_accuracy": metric(-0.1, -0.17, -0.01)})
    assert "Here the leaky run scores lower" in protocol_table.finding(lower)
    unsure = replace(found, gap={**found.gap, "balanced_accuracy": metric(-0.1, -0.2, 0.1)})
    assert "cannot be told from chance" in protocol_table.finding(unsure)


def test_classes_that_only_one_of_the_tests_holds_are_named() -> None:
    found = compared(NAMES, metric(0.8, 0.7, 0.9), metric(0.7, 0.6, 0.8))
    assert protocol_table.unlike(found) == ""
    *others, last = found.honest.test.classes
    test = replace(found.honest.test, classes=(*others, replace(last, images=0)))
    poorer = replace(found, honest=replace(found.honest, test=test))
    assert "Mpox stands in one of them alone" in protocol_table.unlike(poorer)


def test_a_paused_half_of_a_reproduction_waits_and_says_where_it_goes_on() -> None:
    paused = panels.run(status=RunStatus.PAUSED, message="Paused.")
    shown = protocol_card.waiting(Pair(published=paused, honest=panels.run(number=8)), {})
    assert "(by patient): paused; resume or hide it in Train" in shown
