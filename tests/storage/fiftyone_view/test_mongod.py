import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from core.errors import ViewUnavailable
from storage.fiftyone_view import mongod

ROOT = Path(__file__).resolve().parents[3]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def refusal(folder: Path, port: int | None = None) -> ViewUnavailable:
    with pytest.raises(ViewUnavailable) as caught:
        mongod.start(folder, port, patience=0.5)
    assert caught.value.hint
    assert str(folder) not in str(caught.value)
    return caught.value


def test_it_answers_on_a_free_port_and_stops(tmp_path: Path) -> None:
    server = mongod.start(tmp_path / "fiftyone")
    assert server.alive()
    server.stop()
    server.stop()
    assert not server.alive()
    assert (tmp_path / "fiftyone" / "mongod.log").is_file()


def test_it_starts_again_on_the_same_port(tmp_path: Path) -> None:
    first = mongod.start(tmp_path / "fiftyone")
    first.stop()
    second = mongod.start(tmp_path / "fiftyone", first.port)
    assert second.port == first.port
    second.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_it_dies_with_a_killed_parent_and_the_next_start_waits_for_it(tmp_path: Path) -> None:
    script = f"""
        import time
        from pathlib import Path
        from storage.fiftyone_view import mongod
        print(mongod.start(Path({str(tmp_path)!r})).process.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    server = mongod.start(tmp_path)
    assert not is_alive(child)
    server.stop()
    parent.stdout.close()


def test_a_missing_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mongod.VARIABLE, str(tmp_path / "nowhere"))
    assert "cannot be run" in refusal(tmp_path / "fiftyone").message


def test_a_program_that_cannot_be_executed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    monkeypatch.setenv(mongod.VARIABLE, str(program))
    assert mongod.VARIABLE in refusal(tmp_path / "fiftyone").hint


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mongod"
    program.write_text(
        "#!/bin/sh\n"
        "echo 'mongod: error while loading shared libraries: libcrypto.so.3: cannot open' >&2\n"
        "exit 127\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv(mongod.VARIABLE, str(program))
    assert "OpenSSL 3" in refusal(tmp_path / "fiftyone").hint


def test_a_program_that_ends_without_a_known_reason_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\necho 'Illegal instruction'\nexit 132\n")
    program.chmod(0o755)
    monkeypatch.setenv(mongod.VARIABLE, str(program))
    problem = refusal(tmp_path / "fiftyone")
    assert problem.message == "mongod ended with code 132; its last words: Illegal instruction"


def test_a_folder_that_is_in_use_is_told(tmp_path: Path) -> None:
    first = mongod.start(tmp_path)
    assert "already uses" in refusal(tmp_path).message
    assert first.alive()
    first.stop()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    first = mongod.start(tmp_path / "first")
    assert "taken" in refusal(tmp_path / "second", first.port).message
    first.stop()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "fiftyone").write_text("a file where the folder should be")
    assert "cannot be written" in refusal(tmp_path / "fiftyone").message


def test_damaged_files_are_told_with_the_way_out(tmp_path: Path) -> None:
    mongod.start(tmp_path).stop()
    for file in (tmp_path / "db").glob("*.wt"):
        file.write_bytes(b"not a database")
    (tmp_path / "db" / "WiredTiger.turtle").write_bytes(b"not a database")
    problem = refusal(tmp_path)
    assert "damaged" in problem.message
    assert "sync --rebuild" in problem.hint


def test_a_killed_mongod_is_noticed(tmp_path: Path) -> None:
    server = mongod.start(tmp_path)
    os.kill(server.process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 3
    while server.alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.alive()
    server.stop()
