"""One import at a time, in the background: what it found, how far it is, how to stop it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.errors import AppError
from core.types import ImportReport, Progress
from dashboard.services.importing import importer
from dashboard.services.system import uploads
from storage.workspace.folder import Workspace


class Phase(StrEnum):
    """Where the desk is."""

    IDLE = "idle"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


BUSY = (Phase.CHECKING, Phase.IMPORTING)


@dataclass(frozen=True, kw_only=True)
class DeskState:
    """What everybody who looks at the dashboard sees of the import."""

    phase: Phase = Phase.IDLE
    name: str = ""
    """What is imported, as the person named it."""
    path: Path | None = None
    """What is imported; None for the demonstration data."""
    progress: Progress | None = None
    report: ImportReport | None = None
    error: AppError | None = None


class ImportDesk:
    """Runs checks and imports in a thread of their own, so that the page stays answerable.

    A file that a browser has sent is deleted once it is imported, or not wanted any more.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._state = DeskState()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    def state(self) -> DeskState:
        """Return where the desk is now."""
        return self._state

    def check(self, path: Path, name: str) -> None:
        """Start a dry run. Raises AppError while something else is going on."""
        self._begin(
            DeskState(phase=Phase.CHECKING, name=name, path=path),
            Phase.CHECKED,
            lambda: importer.plan(
                self._workspace, path, progress=self._tell, cancelled=self._cancel.is_set
            ),
        )

    def start(self, path: Path, name: str) -> None:
        """Start an import. Raises AppError while something else is going on."""
        self._begin(
            DeskState(phase=Phase.IMPORTING, name=name, path=path),
            Phase.DONE,
            lambda: importer.run(
                self._workspace, path, progress=self._tell, cancelled=self._cancel.is_set
            ),
        )

    def start_checked(self) -> None:
        """Start the import of what was checked last. Raises AppError when nothing was."""
        state = self._state
        if state.phase is not Phase.CHECKED or state.path is None:
            raise AppError(
                "What was checked is not here any more: somebody has begun something else.",
                title="Nothing to import",
                hint="Check it again.",
            )
        self.start(state.path, state.name)

    def start_demo(self) -> None:
        """Start drawing and importing the synthetic demonstration data."""
        self._begin(
            DeskState(phase=Phase.IMPORTING, name="the synthetic demonstration data"),
            Phase.DONE,
            lambda: importer.run_demo(
                self._workspace, progress=self._tell, cancelled=self._cancel.is_set
            ),
        )

    def cancel(self) -> None:
        """Ask what runs to stop; what was committed stays, and can be continued."""
        self._cancel.set()

    def clear(self) -> None:
        """Forget a finished report."""
        with self._lock:
            if self._state.phase not in BUSY:
                self._replace(DeskState())

    def close(self) -> None:
        """Stop and wait for the thread, before the workspace is closed."""
        self._cancel.set()
        if self._thread is not None:
            self._thread.join()

    def _begin(self, state: DeskState, after: Phase, work: Callable[[], ImportReport]) -> None:
        with self._lock:
            if self._state.phase in BUSY:
                raise AppError(
                    f"An import of {self._state.name} is running.",
                    title="One import at a time",
                    hint="Wait until it is done, or cancel it.",
                )
            self._cancel.clear()
            self._replace(state)
        self._thread = threading.Thread(target=self._run, args=(after, work), name="import")
        self._thread.start()

    def _replace(self, state: DeskState) -> None:
        before, self._state = self._state.path, state
        if before is not None and before != state.path:
            uploads.discard(self._workspace, before)

    def _run(self, after: Phase, work: Callable[[], ImportReport]) -> None:
        phase, report, failure = Phase.FAILED, None, None
        try:
            report = work()
            phase = Phase.IDLE if report.cancelled and after is Phase.CHECKED else after
        except AppError as error:
            failure = error
        finally:
            # A bug stays loud (the thread's traceback) and must not leave the desk busy for ever.
            if report is None and failure is None:
                failure = AppError(
                    "The import has failed unexpectedly; what was committed before is safe.",
                    title="Import failed",
                    hint="The terminal in which the dashboard runs says more.",
                )
            if phase is Phase.DONE and self._state.path and report and not report.cancelled:
                uploads.discard(self._workspace, self._state.path)
            self._state = replace(
                self._state, phase=phase, report=report, error=failure, progress=None
            )

    def _tell(self, progress: Progress) -> None:
        self._state = replace(self._state, progress=progress)
