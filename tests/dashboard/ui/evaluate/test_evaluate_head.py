import re
from dataclasses import replace

from dashboard.ui.evaluate import evaluate_head
from tests.dashboard.ui.panels import HOSTILE, classes, evaluation, run

COWPOX, MEASLES = classes("Cowpox", "Measles")
MATRIX = ((8, 2), (1, 9))


def head(**changes: object) -> str:
    measured = evaluation(MATRIX)
    it = run(evaluations={"validation": measured, "test": replace(measured, split="test")})
    return evaluate_head.html([it], it, measured, name="x", changed_labels=0, **changes)


def test_opening_test_asks_first_and_says_how_often_it_was_opened() -> None:
    html = head().replace("\u00a0", " ")
    assert "Test · opened 2×" in html
    assert "opened 2 times so far, test version 1-a1b2c3" in html


def test_a_run_to_choose_says_what_it_was_for_and_what_its_figure_is_of() -> None:
    assert "Run 7 · balanced · validation 71.3 %" in head().replace("\u00a0", " ")


def test_labels_changed_since_are_counted_in_words() -> None:
    assert evaluate_head.changed(0) == ""
    assert evaluate_head.changed(1).startswith("1\u00a0label changed since")
    assert evaluate_head.changed(3).startswith("3\u00a0labels changed since")


def test_a_cell_says_whether_its_photographs_were_recognised() -> None:
    two = 2
    wrong = evaluate_head.caption(COWPOX, MEASLES, two)
    assert "<h3>Cowpox, predicted as Measles</h3>" in wrong
    assert "2\u00a0photographs. Most confident first." in wrong
    assert "<h3>Cowpox, recognised</h3>" in evaluate_head.caption(COWPOX, COWPOX, two)


def test_a_class_name_cannot_leave_the_rule_that_greys_what_has_moved() -> None:
    hostile = replace(COWPOX, name=HOSTILE + "</style><b>")
    html = evaluate_head.caption(hostile, MEASLES, 1)
    (rule,) = re.findall(r"<style>(.*?)</style>", html)
    (name,) = re.findall(r'\[data-label="(.*?)"\]', rule)
    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]+ )+", name)
    assert "<b>" not in html
