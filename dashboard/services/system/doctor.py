"""What works on this machine, what does not, and how to mend it."""

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.errors import AppError
from storage.fiftyone_view import connect, mongod
from storage.samples import samples
from storage.workspace import health
from storage.workspace.folder import Workspace

FREE_GB = 2.0
"""What a first import, a view and a few runs need."""
BACKBONE = "mobilenetv3_small_100"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked."""

    check: str
    ok: bool
    found: str
    hint: str = ""
    """What to do; empty when it works."""


def checks(workspace_folder: Path) -> list[Check]:
    """Look at everything; the slow half runs in two processes of its own, which may crash."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        view, learning = pool.submit(view_checks), pool.submit(learning_checks)
        here = [_disk(workspace_folder), workspace_check(workspace_folder)]
        return [*_result("FiftyOne", view), *_result("torch", learning), *here]


def view_checks() -> list[Check]:
    """Start mongod in an empty folder and FiftyOne on it."""
    with tempfile.TemporaryDirectory(prefix="ai-mpox-doctor-") as folder:
        began = time.monotonic()
        try:
            server = mongod.start(Path(folder))
        except AppError as error:
            unknown = Check(check="FiftyOne", ok=False, found="not tried without mongod")
            return [_failed("mongod", error), unknown]
        answers = Check(
            check="mongod", ok=True, found=f"answers in {time.monotonic() - began:.1f} s"
        )
        try:
            version = connect.connect(Path(folder), server).__version__
            return [answers, Check(check="FiftyOne", ok=True, found=str(version))]
        except AppError as error:
            return [answers, _failed("FiftyOne", error)]
        finally:
            connect.disconnect()
            server.stop()


def learning_checks() -> list[Check]:
    """Load torch and its neighbours; look for a GPU and for initial weights."""
    try:
        import torch
        import torchvision  # noqa: F401 - a torchvision of another build fails here

        from core.models import networks
    except (ImportError, OSError, RuntimeError) as error:
        return [
            Check(
                check="torch",
                ok=False,
                found=f"cannot be loaded ({str(error).splitlines()[0]})",
                hint="torch and torchvision must come from one build: install both again, "
                "together, in a new virtual environment.",
            )
        ]
    names = ("torch", "torchvision", "timm")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return [Check(check="torch", ok=True, found=versions), _gpu(gpu), _weights(networks.check)]


def _gpu(name: str | None) -> Check:
    cores = multiprocessing.cpu_count()
    return Check(check="GPU", ok=True, found=name or f"none, training uses {cores} processor cores")


def _weights(check: Callable[..., None]) -> Check:
    try:
        check(BACKBONE, "imagenet", ask_hub=True)
    except AppError as error:
        return _failed("ImageNet weights", error)
    return Check(check="ImageNet weights", ok=True, found="can be had")


def _disk(folder: Path) -> Check:
    place = next(
        parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists()
    )
    free = shutil.disk_usage(place).free / 1e9
    return Check(
        check="disk",
        ok=free >= FREE_GB,
        found=f"{free:.1f} GB free",
        hint=""
        if free >= FREE_GB
        else f"Free {FREE_GB:.0f} GB, or use --workspace on a larger disk.",
    )


def workspace_check(folder: Path) -> Check:
    """Look at the database and whether every photograph has its file."""
    if not folder.exists():
        return Check(check="workspace", ok=True, found="none yet; the first import makes it")
    try:
        workspace = Workspace.open(folder, create=False)
    except AppError as error:
        return _failed("workspace", error)
    try:
        return _opened(workspace)
    except AppError as error:
        return _failed("workspace", error)
    finally:
        workspace.close()


def _opened(workspace: Workspace) -> Check:
    complaint = health.damage(workspace)
    if complaint is not None:
        return Check(
            check="workspace",
            ok=False,
            found=f"the database is damaged ({complaint})",
            hint="Restore ai-mpox.sqlite from a backup.",
        )
    stored, missing = health.missing_photographs(workspace)
    if missing:
        return Check(
            check="workspace",
            ok=False,
            found=f"{missing} of {stored} photographs have no file in media",
            hint="Copy them back from a backup of the workspace's folder media.",
        )
    with workspace.read() as session:
        count = samples.totals(session).samples
    served = ", served by a dashboard" if workspace.is_served() else ""
    return Check(check="workspace", ok=True, found=f"{count} samples, all files there{served}")


def _failed(name: str, error: AppError) -> Check:
    return Check(check=name, ok=False, found=error.message.rstrip("."), hint=error.hint)


def _result(name: str, future: "Future[list[Check]]") -> list[Check]:
    try:
        return future.result(timeout=PATIENCE_SECONDS)
    except (BrokenProcessPool, TimeoutError) as error:
        crashed = isinstance(error, BrokenProcessPool)
        return [
            Check(
                check=name,
                ok=False,
                found="crashes when it is loaded" if crashed else "did not answer in a minute",
                hint="Install AI-Mpox again in a new virtual environment.",
            )
        ]
