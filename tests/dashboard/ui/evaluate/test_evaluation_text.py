from dataclasses import replace

from core.types import Evaluation, Run
from dashboard.ui.evaluate import evaluation_text
from tests.dashboard.ui import panels
from tests.dashboard.ui.panels import HOSTILE, classes, evaluation, metric, run

CLASSES = COWPOX, MEASLES = classes("Cowpox", "Measles")
MATRIX = ((8, 2), (1, 9))
THREE = ((8, 2, 0), (0, 12, 4), (1, 1, 2))


def plain(text: str) -> str:
    """Return Markdown as it is read: no escapes, ordinary spaces."""
    return text.replace("\\", "").replace("\u00a0", " ")


def measured(**changes: object) -> tuple[Run, Evaluation]:
    found = evaluation(MATRIX, **changes)
    return run(evaluations={"validation": found, "test": replace(found, split="test")}), found


def test_opening_test_asks_first_and_says_how_often_it_was_opened() -> None:
    shown, _ = measured()
    assert evaluation_text.split_option(shown, "test") == "Test · opened 2×"
    question = plain(evaluation_text.opening_question(shown))
    assert "opened 2 times so far, test version 1-a1b2c3" in question


def test_a_run_to_choose_says_what_it_was_for_and_what_its_figure_is_of() -> None:
    shown, _ = measured()
    assert plain(evaluation_text.option(shown)) == "Run 7 · balanced · validation 71.3 %"
    named = evaluation_text.option(replace(shown, active=True, leaky=True))
    assert named.endswith("active · leaky")


def test_the_head_names_the_finding_what_it_rests_on_and_a_leak() -> None:
    shown, found = measured()
    words = plain(evaluation_text.head(shown, found, CLASSES))
    assert words.startswith("## On average it recognises 71.3 % of a class's validation images.")
    assert "n = 20 images of 18 patients" in words
    assert "Leaky split" not in words
    assert "Leaky split" in evaluation_text.head(replace(shown, leaky=True), found, CLASSES)
    opened = plain(evaluation_text.head(shown, replace(found, split="test"), CLASSES))
    assert "test version 1-a1b2c3, opened 2 times" in opened


def test_the_head_names_classes_that_are_too_small_to_say_much_of() -> None:
    three = classes("Cowpox", "Healthy", "Measles")
    shown, _ = measured()
    assert "fewer than" not in evaluation_text.head(shown, evaluation(MATRIX), CLASSES)
    one = plain(evaluation_text.head(shown, evaluation(THREE), three))
    assert "Measles (4) rests on fewer than 10 images, and each class counts alike" in one
    two = plain(evaluation_text.head(shown, evaluation(((3, 1), (0, 2))), classes("A", "B")))
    assert "A (4), B (2) rest on fewer than 10 images" in two


def test_labels_changed_since_are_counted_in_words() -> None:
    assert evaluation_text.changed(0) == ""
    assert plain(evaluation_text.changed(1)).startswith("**1 label changed since**")
    assert plain(evaluation_text.changed(3)).startswith("**3 labels changed since**")


def test_a_cell_says_whether_its_photographs_were_recognised() -> None:
    wrong = plain(evaluation_text.cell(COWPOX, MEASLES, 2))
    assert wrong.startswith("### Cowpox, predicted as Measles")
    assert "2 photographs. Most confident first." in wrong
    assert plain(evaluation_text.cell(COWPOX, COWPOX, 1)).startswith("### Cowpox, recognised")


def test_the_report_names_the_worst_of_the_classes_with_enough_images() -> None:
    three = classes("Cowpox", "Healthy", "Measles")
    # Measles is worse, but four images are too few to say so.
    assert plain(evaluation_text.report_title(evaluation(THREE), three)) == (
        "## Of the classes with at least 10 images, Healthy is recognised least: 75.0 % of 16 "
        "images"
    )
    few = evaluation_text.report_title(evaluation(((3, 1), (0, 2))), classes("A", "B"))
    assert few == "## Classification report"


def test_folds_are_summed_up_and_a_given_up_test_is_named() -> None:
    folds = {
        f"fold-{number}": panels.evaluation(((4,),), balanced_accuracy=metric(value, 0, 1))
        for number, value in enumerate((0.7, 0.8, 0.9))
    }
    words = plain(
        evaluation_text.over_folds(run(evaluations=folds, config={"fold_everything": True}))
    )
    assert "over 3 folds: balanced accuracy 80.0 % ± 10.0" in words
    assert "no test is left for this run" in words
    assert evaluation_text.over_folds(run()) == ""


def test_hostile_class_names_stay_text() -> None:
    hostile = replace(COWPOX, name=HOSTILE)
    for words in (
        evaluation_text.cell(hostile, hostile, 1),
        evaluation_text.report_title(evaluation(THREE), classes(HOSTILE, HOSTILE, "Measles")),
    ):
        assert "<" not in words
