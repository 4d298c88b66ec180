"""What keeps the queue going survives deleted caches, missing folders and killed starters."""

import json
import os
import shutil
from collections.abc import Iterator

import pytest

from core.types import RunStatus
from dashboard.services import processes
from dashboard.services.training import Trainer
from storage import runs
from storage.workspace import Workspace
from tests import factories
from tests.services.test_training import ROWS, ended, tiny


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
