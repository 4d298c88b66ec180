"""What keeps the queue going survives deleted caches, missing folders and killed starters."""

import errno
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError, JobFailed
from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.training import resume_state
from core.types import RunStatus
from dashboard.services.processes import processes
from dashboard.services.runs.trainer import Trainer
from storage.queries import similarity
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests.core.jobs import job_examples
from tests.dashboard.services.runs.small_runs import ended, killed, tiny

pytestmark = pytest.mark.process


def test_a_process_whose_starter_was_killed_is_adopted_not_started_twice(
    filled: Workspace,
) -> None:
    first = Trainer(filled, serving=False)
    occupied = first.start(tiny(epochs=400, patience=400))
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


def test_a_deleted_embedding_cache_comes_back_with_the_next_trainer(trained: Workspace) -> None:
    run = Trainer(trained, serving=False).get("1")
    cache = trained.cache / "embeddings" / run.id
    before = (cache / "embeddings.npy").read_bytes()
    shutil.rmtree(trained.cache)
    Trainer(trained, serving=False).tick()
    assert (cache / "embeddings.npy").read_bytes() == before


@pytest.mark.parametrize("name", [job_spec.PREDICTIONS, job_spec.JOB])
@pytest.mark.parametrize("harm", ["cut", "emptied"])
def test_a_damaged_run_keeps_no_other_from_coming_back(
    trained: Workspace, name: str, harm: str
) -> None:
    trainer = Trainer(trained, serving=False)
    damaged, whole = trainer.get("1"), trainer.get("2")
    file = trained.runs / damaged.id / name
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if harm == "cut" else b"")
    shutil.rmtree(trained.cache)
    Trainer(trained, serving=False).tick()
    assert (trained.cache / "embeddings" / whole.id / "ids.json").exists()
    assert not (trained.cache / "embeddings" / damaged.id / "ids.json").exists()


def test_results_that_cannot_be_read_are_told_and_end_the_run(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    run = trainer.start(tiny())
    folder = filled.runs / run.id
    while not (folder / job_spec.RESULT).exists():
        time.sleep(0.05)
    content = (folder / job_spec.PREDICTIONS).read_bytes()
    (folder / job_spec.PREDICTIONS).write_bytes(content[: len(content) // 2])
    found = ended(trainer, run)
    assert found.status is RunStatus.FAILED
    assert found.message.startswith("The results of this run cannot be read.")


def test_settings_of_another_version_are_told_as_a_job_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    folder = job_examples.prepared(tmp_path)
    raw = json.loads((folder / job_spec.JOB).read_bytes())
    raw["config"]["from_the_future"] = 1
    (folder / job_spec.JOB).write_text(json.dumps(raw))
    with pytest.raises(JobFailed, match="missing or broken"):
        JobSpec.read(folder)


def test_half_a_batch_is_half_of_what_one_of_several_devices_sees(tmp_path: Path) -> None:
    spec = job_examples.spec(tmp_path, batch_size=16)
    assert spec.half() == 8
    assert replace(spec, config=spec.config.changed(devices=2)).half() == 4


def test_several_processes_keep_the_embeddings_of_a_run_at_once(tmp_path: Path) -> None:
    words = (
        "import sys, pathlib, numpy as np\n"
        "from storage.queries import similarity\n"
        "for _ in range(60):\n"
        "    similarity.write(pathlib.Path(sys.argv[1]), ['a', 'b'], np.ones((2, 4), np.float32))\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", words, str(tmp_path)]) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    ids, vectors = similarity.read(tmp_path)
    assert (ids, vectors.shape) == (["a", "b"], (2, 4))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["embeddings.npy", "ids.json"]


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
    run = trainer.start(tiny(epochs=400, patience=400))
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
    occupied = trainer.start(tiny(epochs=400, patience=400))
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
    run = trainer.start(tiny(epochs=400, patience=400))
    killed(trainer, filled, run)
    ended(trainer, run)
    # As a step that went too far leaves it: the last weights are none, the best ones are.
    last = filled.runs / run.id / job_spec.LAST
    state = resume_state.load(last)
    assert state is not None
    state.model = {
        name: tensor.clone().fill_(math.nan) if name == "classifier.bias" else tensor.clone()
        for name, tensor in state.model.items()
    }
    resume_state.save(last, state)
    trainer.resume(trainer.get(run.id))
    over = ended(trainer, run)
    assert over.status is RunStatus.STOPPED
    assert over.best_epoch == state.best_epoch
    assert f"stopped being a number in epoch {state.epoch + 1}" in over.message
    assert f"the network of epoch {state.best_epoch} is kept" in over.message
    assert over.evaluations["validation"].images > 0


def test_a_process_that_nobody_could_be_told_of_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def starting(*words: Any, **more: Any) -> subprocess.Popen[bytes]:
        begun.append(start(*words, **more))
        return begun[0]

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(processes.subprocess, "Popen", starting)
    monkeypatch.setattr(processes.files, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        processes.start(tmp_path)
    assert begun[0].poll() == -signal.SIGKILL
