"""A process in reserve does a job as a new one does, and never outlives who keeps it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.jobs import job_spec
from dashboard.services.processes import processes
from dashboard.services.processes.processes import Reserve
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

LONGEST_SECONDS = 120


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reserve(clock: Clock) -> Iterator[Reserve]:
    kept = Reserve(clock)
    yield kept
    kept.close()


def waiting() -> list[psutil.Process]:
    """Return the processes that this one keeps in reserve."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "--wait" in child.cmdline()
    ]


def test_it_does_the_job_of_the_folder_that_it_is_given(tmp_path: Path, reserve: Reserve) -> None:
    expected = job_examples.done(tmp_path / "fresh", epochs=1)
    folder = job_examples.prepared(tmp_path / "reserve", epochs=1)
    reserve.prepare()
    (process,) = waiting()
    child = reserve.start(folder)
    assert child.pid == process.pid
    assert processes.of(folder).startswith(f"{child.pid} ")
    assert child.wait(LONGEST_SECONDS) == 0
    assert (folder / job_spec.OUTPUT).read_text() == ""
    weights = [path / job_spec.CHECKPOINT / "weights.safetensors" for path in (folder, expected)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_what_it_prints_and_how_it_fails_is_known_of_its_job(
    tmp_path: Path, reserve: Reserve
) -> None:
    folder = job_examples.prepared(tmp_path, epochs=1)
    (folder / job_spec.JOB).write_text("{")
    reserve.prepare()
    child = reserve.start(folder)
    assert child.wait(LONGEST_SECONDS) == 1
    assert (folder / job_spec.ERROR).exists() or (folder / job_spec.TRACEBACK).exists()
    assert (folder / job_spec.OUTPUT).read_text()


def test_a_job_starts_although_the_process_in_reserve_has_died(
    tmp_path: Path, reserve: Reserve
) -> None:
    folder = job_examples.prepared(tmp_path, epochs=1)
    reserve.prepare()
    (process,) = waiting()
    process.kill()
    process.wait(LONGEST_SECONDS)
    child = reserve.start(folder)
    assert child.pid != process.pid
    assert processes.of(folder).startswith(f"{child.pid} ")
    assert child.wait(LONGEST_SECONDS) == 0
    assert (folder / job_spec.RESULT).exists()


def test_one_is_kept_at_a_time_and_only_after_somebody_looked_at_the_form(
    reserve: Reserve, clock: Clock
) -> None:
    reserve.renew()
    assert not waiting()
    reserve.prepare()
    reserve.prepare()
    reserve.renew()
    assert len(waiting()) == 1
    clock.now = 599
    reserve.tick()
    assert len(waiting()) == 1
    clock.now = 601
    reserve.tick()
    assert not waiting()
    reserve.renew()
    assert not waiting()


def test_none_is_kept_where_memory_is_short(
    reserve: Reserve, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve.prepare()
    reserve.tick()
    assert len(waiting()) == 1
    monkeypatch.setattr(processes, "_SHORT_BYTES", 2**60)
    reserve.tick()
    assert not waiting()
    monkeypatch.setattr(processes, "_RESERVE_BYTES", 2**60)
    reserve.prepare()
    assert not waiting()


def test_it_ends_with_a_keeper_that_is_killed() -> None:
    program = (
        "import psutil, time; from dashboard.services.processes.processes import Reserve;"
        "kept = Reserve(); kept.prepare();"
        "print(psutil.Process().children()[0].pid, flush=True); time.sleep(100)"
    )
    keeper = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    process = psutil.Process(int(keeper.stdout.readline()))
    keeper.kill()
    keeper.communicate()
    until = time.monotonic() + LONGEST_SECONDS
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.1)
