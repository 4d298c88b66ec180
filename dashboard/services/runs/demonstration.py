"""The first minutes of `ai-mpox demo`: data, then a first model, made while a person looks on.

What is there already is not made again, so that a second call goes on where the first one stood.
"""

from core.settings import presets
from core.types import Run, RunStatus
from dashboard.services.importing.background import BUSY, ImportDesk, Phase
from dashboard.services.runs.trainer import Trainer
from storage.database import meta
from storage.samples import samples
from storage.workspace.folder import Workspace

_KEY = "demonstration"
_IMPORTING = "importing"
"""Stays in the workspace while the demonstration data are brought in: what was cut off goes on."""


def begin_import(workspace: Workspace) -> None:
    """Remember that the demonstration data are on their way."""
    with workspace.transaction() as session:
        meta.put(session, _KEY, _IMPORTING)


def end_import(workspace: Workspace) -> None:
    """Remember that all of them have arrived."""
    with workspace.transaction() as session:
        meta.put(session, _KEY, None)


def needs_data(workspace: Workspace) -> bool:
    """Return whether there are no samples yet, or only a part of the demonstration data."""
    with workspace.read() as session:
        return meta.get(session, _KEY) == _IMPORTING or not samples.totals(session).samples


def first_run(trainer: Trainer) -> Run:
    """Return a measured run, or one that is on its way: resumed or started where there is none."""
    runs = trainer.runs()
    measured = [run for run in runs if run.evaluations]
    going = [run for run in runs if run.status in (RunStatus.RUNNING, RunStatus.QUEUED)]
    if measured or going:
        return (measured or going)[0]
    broken = [run for run in runs if run.status in (RunStatus.INTERRUPTED, RunStatus.PAUSED)]
    return trainer.resume(broken[0]) if broken else trainer.start(presets.demo())


class Demonstration:
    """Brings a workspace to "data and a trained model" beside the dashboard, a step a tick.

    What a person stops stays stopped until the next call.
    """

    def __init__(self, workspace: Workspace, desk: ImportDesk, trainer: Trainer) -> None:
        self._workspace = workspace
        self._desk = desk
        self._trainer = trainer
        self._importing = False
        self._done = False

    def tick(self) -> None:
        """Do what is next. Raises AppError once for what cannot be done; then it is over."""
        if self._done:
            return
        if self._importing:
            self._follow_import()
        elif needs_data(self._workspace):
            begin_import(self._workspace)
            self._desk.start_demo()
            self._importing = True
        else:
            self._done = True
            first_run(self._trainer)

    def _follow_import(self) -> None:
        state = self._desk.state()
        if state.phase in BUSY:
            return
        self._importing = False
        if state.phase is Phase.DONE and state.report is not None and not state.report.cancelled:
            end_import(self._workspace)
        else:
            self._done = True
