import re

import pytest

from core.types import PredictionStatus, SampleId
from dashboard.services.prediction.caveats import Caveats
from dashboard.ui.predict import answer, picture_drop, prediction_history
from tests.dashboard.ui.panels import HOSTILE, classes, prediction, run

CLASSES = classes("Cowpox", "Healthy", "Measles")
NAMES = {info.id: info.name for info in CLASSES}


@pytest.mark.parametrize(
    ("probabilities", "said"),
    [
        ((0.02, 0.17, 0.81), "Most likely Measles (81.0 %), Healthy (17.0 %) cannot be excluded"),
        ((0.01, 0.01, 0.98), "Most likely Measles (98.0 %)"),
        ((0.30, 0.28, 0.42), "Undecided: Measles (42.0 %), Cowpox (30.0 %), Healthy (28.0 %)"),
    ],
)
def test_the_answer_comes_first_in_words(probabilities: tuple[float, ...], said: str) -> None:
    told = answer.words(prediction(*probabilities), NAMES)
    assert told.headline.replace("\u00a0", " ") == said


def test_abstaining_is_an_answer_with_its_reason() -> None:
    novel = prediction(0.2, 0.3, 0.5, status=PredictionStatus.NOVEL, reason="Unlike all seen.")
    html = answer.html(novel, CLASSES, None)
    assert "Probably none of the classes" in html
    assert "Unlike all seen." in html
    assert 'data-testid="predict-bars"' in html


def test_an_abstaining_answer_names_the_likeliest_class_in_small_letters_only() -> None:
    novel = prediction(0.2, 0.24, 0.56, status=PredictionStatus.NOVEL, reason="Unlike all seen.")
    html = answer.html(novel, CLASSES, None).replace("\u00a0", " ")
    assert "the likeliest: Measles (56.0 %)." in html
    assert "line top" not in html
    assert "<dt>Confidence</dt>" not in html
    card = prediction_history.html([novel], CLASSES, search="", more=False).replace("\u00a0", " ")
    assert '<b class="abstained">Probably none of the classes</b>' in card
    assert '<span class="quiet">likeliest Measles 56.0 %</span>' in card
    assert "--edge:transparent" in card


def test_a_tiny_picture_gets_no_sure_answer() -> None:
    found = prediction(0.02, 0.4, 0.58)
    tiny = Caveats(defects="Tiny (32 × 32 pixels).", tiny=True)
    html = answer.html(found, CLASSES, None, known=tiny).replace("\u00a0", " ")
    assert "Too small to say for sure: perhaps Measles (58.0 %)" in html
    assert "Most likely" not in html
    assert "Hard to judge. Tiny (32 × 32 pixels). With 100 pixels or fewer" in html
    assert "Hard to judge" not in answer.html(found, CLASSES, None)
    images = [found.image] if found.image else []
    card = prediction_history.html([found], CLASSES, search="", more=False, tiny=images)
    assert "too small" in card
    assert "<b>58.0" not in card


def test_a_model_of_drawings_says_so_before_and_in_every_answer() -> None:
    found = prediction(0.1, 0.1, 0.8)
    said = "This model has seen drawings only (demonstration data)."
    assert said in answer.html(found, CLASSES, None, known=Caveats(drawings=True))
    assert said in answer.waiting(run(), CLASSES, "x", drawings=True)
    assert said not in answer.html(found, CLASSES, None) + answer.waiting(run(), CLASSES, "x")


def test_a_file_without_an_answer_has_no_bars_and_no_form() -> None:
    broken = prediction(
        status=PredictionStatus.UNUSABLE, reason="The file is empty.", id=None, image=None
    )
    html = answer.html(broken, CLASSES, None)
    assert "No answer for this file" in html
    assert "predict-bars" not in html
    assert "promote-form" not in html


def test_bars_stand_in_the_order_of_the_classes_from_zero() -> None:
    html = answer.bars(prediction(0.2, 0.5, 0.3), CLASSES)
    assert re.findall(r'data-testid="bar-(\w+)"', html) == ["Cowpox", "Healthy", "Measles"]
    assert re.findall(r"width:([\d.]+)%", html) == ["20.0", "50.0", "30.0"]
    assert html.count("line top") == 1


def test_no_label_is_chosen_for_the_person() -> None:
    html = answer.html(prediction(0.1, 0.1, 0.8), CLASSES, None)
    assert html.count('type="radio"') == 3
    assert "checked" not in html


def test_a_known_photograph_links_to_its_sample_and_offers_no_form() -> None:
    known = prediction(
        0.1, 0.1, 0.8, status=PredictionStatus.KNOWN, sample=SampleId("ab" * 8), reason="As Cowpox."
    )
    html = answer.html(known, CLASSES, None, "MKP_01.jpg")
    assert 'data-file="MKP_01.jpg"' in html
    assert "promote-form" not in html


def test_the_fixed_line_stands_under_every_answer() -> None:
    assert "Research use. Not a diagnosis." in answer.html(prediction(0.1, 0.9), CLASSES, None)


def test_the_checkpoint_is_named_with_its_stamps() -> None:
    html = answer.html(prediction(0.1, 0.9), CLASSES, run(active=True))
    assert "Run 7" in html
    assert "stamp-active" in html


def test_hostile_file_names_stay_text_everywhere() -> None:
    hostile = prediction(0.1, 0.9, file=HOSTILE, reason=HOSTILE, status=PredictionStatus.NOVEL)
    parts = [
        answer.html(hostile, CLASSES, None),
        picture_drop.html(hostile, problem=HOSTILE),
        prediction_history.html([hostile], CLASSES, search=HOSTILE, more=True),
    ]
    assert all("<img src=x" not in part and "&lt;img" in part for part in parts)


def test_the_history_offers_more_only_where_there_is_more() -> None:
    one = [prediction(0.1, 0.9)]
    assert "Show more" in prediction_history.html(one, CLASSES, search="", more=True)
    assert "Show more" not in prediction_history.html(one, CLASSES, search="", more=False)
    assert prediction_history.html([], CLASSES, search="", more=False) == ""
    assert "No earlier" in prediction_history.html([], CLASSES, search="x", more=False)
