"""Runs: real child processes on tiny pictures."""

import time
from pathlib import Path

import pytest

from core.errors import AppError, LeakingSplit, WeightsUnavailable
from core.types import ClassId, PredictionStatus, RunStatus, Split
from dashboard.services.evaluation import evaluations
from dashboard.services.prediction.predictor import Predictor
from dashboard.services.runs.trainer import Trainer
from dashboard.services.splits import split_versions
from storage.samples import lookup, samples, splits
from storage.workspace.folder import Workspace
from tests.dashboard.services.runs.small_runs import ended, killed, tiny

pytestmark = pytest.mark.process


def test_a_run_is_trained_measured_and_becomes_active(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    run = ended(trainer, trainer.start(tiny()))
    assert run.status is RunStatus.FINISHED, run.message
    assert run.active
    assert set(run.evaluations) == {"validation", "test"}
    counts = sum(map(sum, run.evaluations["test"].confusion))
    with filled.read() as session:
        everything = samples.everything(session)
    assert counts == sum(sample.split is Split.TEST for sample in everything)
    assert all(sample.predicted is not None for sample in everything)


def test_two_trainers_take_a_run_in_once(filled: Workspace) -> None:
    one, other = Trainer(filled, serving=False), Trainer(filled, serving=True)
    run = one.start(tiny())
    while one.get(run.id).status is not RunStatus.FINISHED:
        one.tick()
        other.tick()
        time.sleep(0.05)
    assert len(one.get(run.id).evaluations) == 2


def test_a_killed_child_is_noticed_and_the_run_resumes(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    run = trainer.start(tiny(epochs=400, patience=400))
    killed(trainer, filled, run)
    dead = ended(trainer, run)
    assert dead.status is RunStatus.INTERRUPTED
    assert "continues after epoch" in dead.message
    resumed = trainer.resume(dead)
    trainer.stop(resumed)
    assert ended(trainer, resumed).status is RunStatus.STOPPED


def test_a_leaking_split_is_refused_by_name_and_never_becomes_active(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    with pytest.raises(LeakingSplit, match=r"patient p\d+ \(2 photographs\)"):
        trainer.start(tiny(), split="image")
    run = ended(trainer, trainer.start(tiny(), split="image", allow_leak=True))
    assert run.leaky
    assert not run.active
    with pytest.raises(AppError, match="leaking split"):
        trainer.use(run)


@pytest.mark.parametrize("first", ["patient", ""])
def test_a_refused_start_leaves_the_split_in_use_as_it_was(filled: Workspace, first: str) -> None:
    if first:
        split_versions.ensure(filled, first)
    with filled.read() as session:
        before = splits.current(session), [one.split for one in samples.everything(session)]
    with pytest.raises(LeakingSplit):
        Trainer(filled, serving=False).start(tiny(), split="image")
    with filled.read() as session:
        after = splits.current(session), [one.split for one in samples.everything(session)]
    assert after == before


def test_opening_the_test_split_is_counted_and_validation_is_not(trained: Workspace) -> None:
    trainer = Trainer(trained, serving=False)
    run = trainer.get("1")
    evaluations.open(trained, run)
    evaluations.open(trained, run, "test")
    evaluations.open(trained, run, "test")
    assert trainer.get(run.id).test_opened == 2
    with pytest.raises(AppError, match="not measured on 'out_of_fold'"):
        evaluations.open(trained, run, "out_of_fold")


def test_an_upload_is_kept_promoted_once_and_never_enters_test(trained: Workspace) -> None:
    predictor = Predictor(trained)
    known = next((trained.media).glob("*/*.png"))
    new = _picture((200, 30, 90))
    found = predictor.predict(new, "upload.png", who="ann")
    assert found.id is not None
    assert abs(sum(found.probabilities) - 1) < 1e-6
    assert predictor.history("upload")[0] == found
    assert predictor.promote(found.id, ClassId(2), "p-new", "ann").applied == 1
    with trained.read() as session:
        sample = lookup.resolve(session, "upload.png")
        assert samples.get(session, sample).split is Split.TRAIN
        assert samples.get(session, sample).state.label == 2
    with pytest.raises(AppError, match="already in the data set"):
        predictor.promote(found.id, ClassId(2), None, "ann")
    again = predictor.predict(new, "again.png", who="ann")
    assert again.status is PredictionStatus.KNOWN
    assert known.exists()


def test_a_file_that_is_no_picture_is_unusable_and_is_not_kept(trained: Workspace) -> None:
    predictor = Predictor(trained)
    found = predictor.predict(b"not a picture", "note.txt", who="ann")
    assert found.status is PredictionStatus.UNUSABLE
    assert found.id is None
    assert predictor.history() == []


def test_predicting_without_a_checkpoint_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(AppError, match="no active checkpoint"):
        Predictor(workspace).predict(_picture((1, 2, 3)), "x.png", who="ann")


def _picture(colour: tuple[int, int, int]) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_weights_that_are_not_there_or_cannot_be_read_start_no_run(
    filled: Workspace, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing but this")
    trainer = Trainer(filled, serving=False)
    with pytest.raises(WeightsUnavailable, match=r"no weights file none\.safetensors\."):
        trainer.start(tiny(init="none.safetensors"))
    with pytest.raises(WeightsUnavailable, match="cannot be read"):
        trainer.start(tiny(init=str(broken)))
    assert trainer.runs() == []
