from dataclasses import replace
from datetime import UTC, datetime

from core.types import ClassId, Sample, SampleId, SampleState, Status
from dashboard.services.prediction.nearest_training import Alike
from dashboard.ui.predict import answer, nearest
from tests.dashboard.ui.panels import HOSTILE, classes, prediction

CLASSES = classes("Cowpox", "Healthy", "Measles")
NAMES = {info.id: info.name for info in CLASSES}
COWPOX, HEALTHY, MEASLES = ClassId(10), ClassId(11), ClassId(12)


def alike(label: ClassId | None, now: ClassId | None = None, **changes: object) -> Alike:
    sample = Sample(
        id=SampleId("cd" * 8),
        number=1,
        file="MKP_01.jpg",
        imported_label=label,
        state=SampleState(label=now or label, status=Status.NEW, patient=None),
        group=1,
        split=None,
        queues=frozenset(),
        predicted=None,
        confidence=None,
        added=datetime(2026, 11, 24, tzinfo=UTC),
        revision=1,
        width=32,
        height=32,
        patient_name="P007",
    )
    return Alike(sample=replace(sample, **changes), label=label, likeness=0.934)


def test_the_heading_says_how_far_the_training_pictures_agree() -> None:
    four = [alike(MEASLES)] * 4
    said = "most similar training pictures"
    assert nearest.finding([*four, alike(COWPOX)], NAMES) == f"4 of the 5 {said} are Measles"
    assert nearest.finding(four, NAMES) == f"All 4 {said} are Measles"
    apart = [alike(MEASLES), alike(COWPOX), alike(HEALTHY)]
    assert nearest.finding(apart, NAMES) == f"The 3 {said} disagree"


def test_a_card_shows_what_the_network_learned_from_and_says_when_that_has_changed() -> None:
    html = nearest.html([alike(MEASLES), alike(MEASLES, now=COWPOX)], CLASSES)
    assert html.count("0.934 · P007") == 2
    assert html.count("<span>Measles</span>") == 2
    assert html.count(">relabelled</span>") == 1


def test_the_pictures_stand_under_the_answer_and_hostile_names_stay_text() -> None:
    one = alike(MEASLES, file=HOSTILE, patient_name=HOSTILE)
    html = answer.html(prediction(0.1, 0.1, 0.8), CLASSES, None, alike=[one])
    assert html.index("predict-bars") < html.index('data-testid="nearest"')
    assert "<img src=x" not in html
    assert 'data-testid="nearest"' not in answer.html(prediction(0.1, 0.9), CLASSES, None)
