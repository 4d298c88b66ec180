from dataclasses import replace
from datetime import UTC, datetime

from core.types import ClassId, Sample, SampleId, SampleState, Status
from dashboard.services.prediction.nearest_training import NearestImage
from dashboard.ui.predict import nearest
from tests.dashboard.ui.evaluate.test_evaluation_text import plain
from tests.dashboard.ui.panels import HOSTILE, classes

CLASSES = classes("Cowpox", "Healthy", "Measles")
NAMES = {info.id: info.name for info in CLASSES}
COWPOX, HEALTHY, MEASLES = ClassId(10), ClassId(11), ClassId(12)


def similar(label: ClassId | None, now: ClassId | None = None, **changes: object) -> NearestImage:
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
    return NearestImage(sample=replace(sample, **changes), label=label, similarity=0.934)


def test_the_heading_says_how_far_the_training_images_agree() -> None:
    four = [similar(MEASLES)] * 4
    what = "most similar training photographs"
    assert nearest.finding([*four, similar(COWPOX)], NAMES) == f"4 of the 5 {what} are Measles"
    assert nearest.finding(four, NAMES) == f"All 4 {what} are Measles"
    apart = [similar(MEASLES), similar(COWPOX), similar(HEALTHY)]
    assert nearest.finding(apart, NAMES) == f"The 3 {what} disagree"


def test_an_image_is_shown_as_the_network_learned_it_and_says_when_that_has_changed() -> None:
    shown = plain(nearest.markdown([similar(MEASLES), similar(MEASLES, now=COWPOX)], CLASSES))
    assert shown.count("**ME** Measles") == 2
    assert shown.count("0.934 · P007") == 2
    assert shown.count("relabelled since") == 1
    assert shown.count(f"(/thumb/{'cd' * 8}.webp)](/?q=MKP_01.jpg)") == 2
    assert nearest.markdown([], CLASSES) == ""


def test_hostile_names_stay_text() -> None:
    hostile = similar(MEASLES, file=HOSTILE, patient_name=HOSTILE)
    assert "<img" not in nearest.markdown([hostile], CLASSES)
