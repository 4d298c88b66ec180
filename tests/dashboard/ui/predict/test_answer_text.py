import pytest

from core.types import PredictionStatus
from dashboard.schemas.prediction import OverlayImage
from dashboard.services.prediction.caveats import Caveats
from dashboard.ui.predict import answer_text
from dashboard.ui.shared.figures import probabilities
from tests.dashboard.ui.evaluate.test_evaluation_text import plain
from tests.dashboard.ui.panels import HOSTILE, classes, prediction, run

CLASSES = classes("Cowpox", "Healthy", "Measles")
NAMES = {info.id: info.name for info in CLASSES}
DRAWINGS = "This model has seen drawings only (demonstration data)."


@pytest.mark.parametrize(
    ("shares", "headline"),
    [
        ((0.02, 0.17, 0.81), "Most likely Measles (81.0 %), Healthy (17.0 %) cannot be excluded"),
        ((0.01, 0.01, 0.98), "Most likely Measles (98.0 %)"),
        ((0.30, 0.28, 0.42), "Undecided: Measles (42.0 %), Cowpox (30.0 %), Healthy (28.0 %)"),
    ],
)
def test_the_answer_comes_first_in_words(shares: tuple[float, ...], headline: str) -> None:
    words = answer_text.words(prediction(*shares), NAMES)
    assert plain(words.headline) == headline
    shown = plain(answer_text.markdown(prediction(*shares), NAMES, run(active=True)))
    assert shown.startswith(f"## {headline}")
    assert "Run 7 (active) · upload.jpg" in shown
    assert shown.endswith("**Research use. Not a diagnosis.**")


def test_abstaining_is_an_answer_that_names_the_likeliest_class_in_a_line_of_its_own() -> None:
    novel = prediction(0.2, 0.24, 0.56, status=PredictionStatus.NOVEL, reason="Unlike all seen.")
    shown = plain(answer_text.markdown(novel, NAMES, None))
    assert shown.startswith("## Probably none of the classes\n\nUnlike all seen.")
    assert "the likeliest: Measles (56.0 %)." in shown
    assert "Confidence" not in shown
    assert probabilities.chart(novel, CLASSES) is not None


def test_a_tiny_image_gets_no_sure_answer() -> None:
    tiny = Caveats(defects="Tiny (32 × 32 pixels).", tiny=True)
    shown = plain(answer_text.markdown(prediction(0.02, 0.4, 0.58), NAMES, None, tiny))
    assert "Too small to say for sure: perhaps Measles (58.0 %)" in shown
    assert "Most likely" not in shown
    assert "Hard to judge. Tiny (32 × 32 pixels). With 100 pixels or fewer" in shown


def test_a_model_of_drawings_says_so_before_and_in_every_answer() -> None:
    found = prediction(0.1, 0.1, 0.8)
    assert DRAWINGS in plain(answer_text.markdown(found, NAMES, None, Caveats(drawings=True)))
    assert DRAWINGS in answer_text.waiting(run(), CLASSES, drawings=True)
    shown = (
        answer_text.markdown(found, NAMES, None),
        answer_text.waiting(run(), CLASSES, drawings=False),
    )
    assert not any("drawings" in part for part in shown)


def test_a_file_without_an_answer_has_no_bars_and_no_photograph() -> None:
    broken = prediction(
        status=PredictionStatus.UNUSABLE, reason="The file is empty.", id=None, image=None
    )
    assert plain(answer_text.markdown(broken, NAMES, None)).startswith(
        "## No answer for this file\n\nThe file is empty."
    )
    assert probabilities.chart(broken, CLASSES) is None
    assert OverlayImage.of(broken, "", explained=False) is None


def test_bars_stand_in_the_order_of_the_classes_from_zero() -> None:
    chart = probabilities.chart(prediction(0.2, 0.5, 0.3), CLASSES)
    assert chart is not None
    assert chart.table["Class"].tolist() == ["Cowpox", "Healthy", "Measles"]
    assert chart.table["Probability (%)"].tolist() == [20.0, 50.0, 30.0]
    assert chart.figure.layout.xaxis.range[0] == 0
    assert chart.summary == "The largest of 3 probabilities: Healthy, 50.0 %."


def test_what_was_just_done_stands_before_the_answer() -> None:
    done = plain(answer_text.markdown(prediction(0.1, 0.9), NAMES, None, done="Added as Cowpox."))
    assert done.startswith("> ✓ Added as Cowpox.")


def test_hostile_file_names_and_reasons_stay_text() -> None:
    hostile = prediction(0.1, 0.9, file=HOSTILE, reason=HOSTILE, status=PredictionStatus.NOVEL)
    assert "<img" not in answer_text.markdown(hostile, NAMES, None, done=HOSTILE)
