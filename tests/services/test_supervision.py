"""What keeps the queue going survives deleted caches, missing folders and killed starters."""

import json
import math
import os
import shutil
import time
from collections.abc import Iterator

import pytest

from core import job, resume
from core.errors import AppError
from core.job import JobSpec
from core.types import RunStatus
from dashboard.services import processes
from dashboard.services.training import Trainer
from storage import runs
from storage.workspace import Workspace
from tests import factories
from tests.services.test_training import ROWS, ended, killed, tiny


@pytest.fixture
def filled(workspace: Workspace) -> Iterator[Workspace]:
    factories.fill(workspace, ROWS, pictures=True)
    yield workspace


def test_a_process_whose_starter_was_killed_is_adopted_not_started_twice(
    filled: Workspace,
) -> None:
    first = Trainer(filled, serving=False)
    occupied = first.start(tiny(epochs=40, patience=40))
    waiting = first.start(tiny())
    folder = filled.runs / waiting.id
    assert waiting.status is RunStatus.QUEUED
    # As a starter that dies between starting the process and recording it leaves things:
    orphan = processes.start(folder)
    identity = processes.of(folder)
    assert identity.startswith(f"{orphan.pid} ")
    first.stop(occupied)
    ended(first, occupied)
    first.tick()
    with filled.read() as session:
        assert runs.with_status(session, RunStatus.RUNNING) in ([], [(waiting.id, identity)])
    orphan.wait()
    assert ended(first, waiting).status is RunStatus.FINISHED
    begun = [
        event
        for event in (folder / "events.jsonl").read_text().splitlines()
        if json.loads(event)["event"] == "started"
    ]
    assert len(begun) == 1


def test_a_deleted_embedding_cache_comes_back_with_the_next_trainer(filled: Workspace) -> None:
    run = ended(Trainer(filled, serving=False), Trainer(filled, serving=False).start(tiny()))
    cache = filled.cache / "embeddings" / run.id
    before = (cache / "embeddings.npy").read_bytes()
    shutil.rmtree(filled.cache)
    Trainer(filled, serving=False).tick()
    assert (cache / "embeddings.npy").read_bytes() == before


def test_a_run_whose_folder_is_gone_fails_with_a_sentence(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    run = trainer.start(tiny(epochs=400, patience=400))
    folder = filled.runs / run.id
    pid = int(processes.of(folder).split()[0])
    os.kill(pid, 9)
    shutil.rmtree(folder)
    gone = ended(trainer, run)
    assert gone.status is RunStatus.FAILED
    assert gone.message == "Its folder is gone; start a new run."


def test_a_run_killed_by_the_system_offers_half_the_batch_and_resumes_with_it(
    filled: Workspace,
) -> None:
    trainer = Trainer(filled, serving=False)
    run = trainer.start(tiny(epochs=40, patience=40))
    killed(trainer, filled, run)
    dead = ended(trainer, run)
    assert dead.status is RunStatus.INTERRUPTED
    assert dead.message.endswith(
        "Where memory was short, resume it with half the batch: 4 images at once."
    )
    before = len(trainer.live(run).epochs)
    trainer.resume_half(dead)
    deadline = time.monotonic() + 200
    while len(trainer.live(run).epochs) == before and time.monotonic() < deadline:
        trainer.tick()
        time.sleep(0.05)
    trainer.stop(trainer.get(run.id))
    assert ended(trainer, run).status is RunStatus.STOPPED
    spec = JobSpec.read(filled.runs / run.id)
    assert (spec.at_once, spec.config.batch_size, spec.half()) == (4, 8, 2)


def test_a_run_is_not_resumed_with_more_images_at_once_than_a_batch_has(
    filled: Workspace,
) -> None:
    trainer = Trainer(filled, serving=False)
    occupied = trainer.start(tiny(epochs=40, patience=40))
    waiting = trainer.start(tiny())
    trainer.pause(waiting)
    with pytest.raises(AppError, match="learns from 8 images at every step; 9 of them"):
        trainer.resume(waiting, 9)
    assert trainer.resume(waiting, 8).status is RunStatus.QUEUED
    trainer.stop(waiting)
    trainer.stop(occupied)
    ended(trainer, occupied)


def test_the_reason_for_an_early_end_is_kept_with_the_run(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    run = trainer.start(tiny(epochs=40, patience=40))
    killed(trainer, filled, run)
    ended(trainer, run)
    # As a step that went too far leaves it: the last weights are none, the best ones are.
    last = filled.runs / run.id / job.LAST
    state = resume.load(last)
    assert state is not None
    state.model = {
        name: tensor.clone().fill_(math.nan) if name == "classifier.bias" else tensor.clone()
        for name, tensor in state.model.items()
    }
    resume.save(last, state)
    trainer.resume(trainer.get(run.id))
    over = ended(trainer, run)
    assert over.status is RunStatus.STOPPED
    assert over.best_epoch == state.best_epoch
    assert f"stopped being a number in epoch {state.epoch + 1}" in over.message
    assert f"the network of epoch {state.best_epoch} is kept" in over.message
    assert over.evaluations["validation"].images > 0
