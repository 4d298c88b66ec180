"""Uploads: looked at by a real checkpoint, kept in SQLite, promoted into training alone."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from core.demo import demo_set
from core.errors import AppError
from core.types import ClassId, Prediction, PredictionStatus, Split
from dashboard.services.prediction import caveats
from dashboard.services.prediction.predictor import Predictor
from dashboard.services.runs.trainer import Trainer
from storage.database.tables import SourceRow
from storage.runs import runs, sample_predictions, upload_predictions
from storage.runs.sample_predictions import Scored
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests.dashboard.services.runs.small_runs import ROWS

pytestmark = pytest.mark.process


def png(hue: int, side: int = 40) -> bytes:
    buffer = io.BytesIO()
    Image.new("HSV", (side, side), (hue, 200, 150)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def nearly_the_same(workspace: Workspace) -> bytes:
    """Return a picture of the training set with one other pixel."""
    with workspace.read() as session:
        first = next(one for one in samples.everything(session) if one.split is Split.TRAIN)
    with Image.open(next(workspace.media.glob(f"*/{first.id}.png"))) as image:
        image.putpixel((20, 20), (250, 250, 250))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
    return buffer.getvalue()


def ask(workspace: Workspace, data: bytes, file: str = "upload.png") -> Prediction:
    return Predictor(workspace).predict(data, file, who="ann")


def test_an_answer_is_kept_with_all_that_made_it(trained: Workspace) -> None:
    found = ask(trained, png(40))
    assert found.id is not None
    assert sum(found.probabilities) == pytest.approx(1)
    assert found.confidence == max(found.probabilities)
    assert found.top == found.classes[found.probabilities.index(found.confidence)]
    assert (found.run[:5], found.who, found.file) == ("run-1", "ann", "upload.png")
    with trained.read() as session:
        assert upload_predictions.get(session, found.id) == found
        assert samples.totals(session).samples == len(ROWS)  # an upload is no sample


def test_history_is_searched_and_paged_newest_first(trained: Workspace) -> None:
    predictor = Predictor(trained)
    for number in range(5):
        predictor.predict(png(10 * number), f"photo-{number}.png", who="bo")
    assert [one.file for one in predictor.history(limit=2)] == ["photo-4.png", "photo-3.png"]
    assert [one.file for one in predictor.history(limit=2, offset=4)] == ["photo-0.png"]
    assert [one.file for one in predictor.history("O-3")] == ["photo-3.png"]
    assert predictor.history("100 %") == []


def test_the_nearest_training_pictures_are_of_the_run_and_never_the_picture_itself(
    trained: Workspace,
) -> None:
    predictor = Predictor(trained)
    with trained.read() as session:
        run = runs.active(session)
        assert run is not None
        said = sample_predictions.read(session, run.id)
    training = {one.sample: one.label for one in said if one.split == "train"}
    stored = next(one for one in sorted(training))
    file = next(trained.media.glob(f"*/{stored}.png"))
    found = predictor.predict(file.read_bytes(), "again.png", who="ann")
    alike = predictor.nearest(found)
    assert len(alike) == 5
    assert all(training[one.sample.id] == one.label for one in alike)
    assert [one.similarity for one in alike] == sorted((o.similarity for o in alike), reverse=True)
    assert alike[0].similarity <= 1 + 1e-6
    apart = predictor.nearest(Prediction(**{**vars(found), "sample": alike[0].sample.id}))
    assert alike[0].sample.id not in [one.sample.id for one in apart]


def test_an_old_answer_keeps_its_own_checkpoint(trained: Workspace) -> None:
    predictor, trainer = Predictor(trained), Trainer(trained, serving=False)
    old = predictor.predict(png(40), "old.png", who="ann")
    trainer.use(trainer.get("2"))
    new = predictor.predict(png(40), "new.png", who="ann")
    assert (old.run[:5], new.run[:5]) == ("run-1", "run-2")
    before = [one.sample.id for one in predictor.nearest(old)]
    assert before == [one.sample.id for one in Predictor(trained).nearest(old)]
    assert Image.open(io.BytesIO(predictor.heat_map(old.id or 0))).size == (40, 40)


def test_a_stored_answer_outlives_its_checkpoint(trained: Workspace) -> None:
    found = ask(trained, png(40))
    shutil.rmtree(trained.runs / found.run)
    predictor = Predictor(trained)
    assert predictor.nearest(found) == []
    assert predictor.stored(found.id or 0) == found


def test_a_heat_map_is_an_overlay_of_the_pictures_size(trained: Workspace) -> None:
    found = ask(trained, png(40, side=50))
    heat = Image.open(io.BytesIO(Predictor(trained).heat_map(found.id or 0)))
    assert (heat.mode, heat.size) == ("RGBA", (50, 50))


def test_what_is_unlike_all_training_pictures_is_novel(trained: Workspace) -> None:
    assert ask(trained, nearly_the_same(trained)).status is PredictionStatus.OK
    # To this checkpoint everything it was trained on looks the same: anything new is far away.
    for file in (trained.cache / "embeddings").glob("*/embeddings.npy"):
        np.save(file, np.ones_like(np.load(file)))
    found = ask(trained, png(41))
    assert found.status is PredictionStatus.NOVEL
    assert "unlike everything the model was trained on" in found.reason


@pytest.mark.parametrize("data", [b"", b"words, no picture", png(3)[:60]])
def test_a_file_that_is_no_picture_is_told_and_not_kept(trained: Workspace, data: bytes) -> None:
    found = ask(trained, data, "renamed.jpg")
    assert (found.status, found.id, found.image) == (PredictionStatus.UNUSABLE, None, None)
    assert found.reason.endswith(".")
    assert Predictor(trained).history() == []


def test_an_answer_about_a_known_picture_says_whether_it_can_be_memorised(
    trained: Workspace,
) -> None:
    first = ask(trained, png(91, 400))
    assert first.id is not None
    Predictor(trained).promote(first.id, ClassId(3), "", "ann")
    known = ask(trained, png(91, 400))
    assert known.reason == "It is in the data set as C; the model was not trained on it."
    assert known.sample is not None
    scored = Scored(
        sample=known.sample,
        split="train",
        label=ClassId(3),
        predicted=ClassId(3),
        confidence=0.9,
        probabilities=(0.05, 0.05, 0.9),
        seen_in_training=True,
    )
    with trained.transaction() as session:
        sample_predictions.add(session, known.run, [scored])
    assert ask(trained, png(91, 400)).reason.endswith(
        "; the model was trained on it, so it may have memorised the answer."
    )


def test_a_promoted_upload_trains_and_is_known_when_it_comes_again(trained: Workspace) -> None:
    found = ask(trained, png(90))
    assert found.id is not None
    assert Predictor(trained).promote(found.id, ClassId(3), "p-new", "ann").applied == 1
    again = ask(trained, png(90), "same.png")
    assert again.status is PredictionStatus.KNOWN
    assert again.sample is not None
    assert "as C" in again.reason
    with trained.read() as session:
        sample = samples.get(session, again.sample)
    assert (sample.split, sample.patient_name) == (Split.TRAIN, "p-new")
    with pytest.raises(AppError, match="already in the data set"):
        Predictor(trained).promote(found.id, ClassId(3), None, "ann")


@pytest.mark.parametrize(
    ("side", "placed"),
    [
        (Split.TRAIN, Split.TRAIN),
        (Split.VALIDATION, Split.VALIDATION),
        (Split.TEST, Split.WITHHELD),
    ],
)
def test_an_upload_of_a_known_patient_goes_with_that_patient_but_never_into_test(
    trained: Workspace, side: Split, placed: Split
) -> None:
    with trained.read() as session:
        sibling = next(one for one in samples.everything(session) if one.split is side)
    found = ask(trained, png(90))
    assert found.id is not None
    Predictor(trained).promote(found.id, ClassId(1), sibling.patient_name, "ann")
    with trained.read() as session:
        (new,) = [one for one in samples.everything(session) if one.id == found.image]
        assert samples.get(session, sibling.id).split is side
    assert new.split is placed
    assert new.group == sibling.group


def test_without_a_checkpoint_it_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(AppError, match="no active checkpoint"):
        ask(workspace, png(1))


def test_a_tiny_picture_is_said_to_be_tiny_and_a_larger_one_is_not(trained: Workspace) -> None:
    small, large = ask(trained, png(40, side=32)), ask(trained, png(40, side=120))
    assert small.reason.startswith("32 × 32 pixels are too few to say for sure.")
    assert "too few" not in large.reason
    known = caveats.read(trained, small)
    assert known.tiny
    assert "32 × 32 pixels" in known.defects
    assert not caveats.read(trained, large).tiny
    assert caveats.tiny(trained, [small, large]) == {small.image}


def test_only_a_model_of_the_demonstration_set_has_seen_drawings_only(trained: Workspace) -> None:
    found = ask(trained, png(40))
    assert not caveats.read(trained, found).drawings
    with trained.transaction() as session:
        session.execute(update(SourceRow).values(origin=demo_set.ORIGIN))
    assert caveats.read(trained, found).drawings
