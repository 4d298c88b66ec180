"""Training again by itself after enough decisions: a setting of the workspace, off by default."""

import threading
from dataclasses import dataclass

from core.errors import AppError
from core.settings import config as configs
from core.types import Run, RunStatus
from dashboard.services.curation import curation_effect
from dashboard.services.runs.enqueue import Wanted
from dashboard.services.runs.trainer import Trainer
from storage.database import meta
from storage.ledger import decisions
from storage.runs import runs
from storage.workspace.folder import Workspace

_KEY = "retrain_after"
FEWEST, MOST = 5, 10_000
USUAL = curation_effect.ENOUGH_FOR_A_RUN
_UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """The setting, and how far it is from its next run."""

    after: int | None
    """So many samples must have been decided otherwise; None: never."""
    changed: int
    """Samples whose label or exclusion has changed since a run last learnt the labels of now."""
    like: Run | None
    """The run whose settings the next one takes; None: there is none to follow yet."""


def read(workspace: Workspace) -> Retraining:
    """Return the setting and what has been decided since a run last learnt the labels of now."""
    with workspace.read() as session:
        after = meta.get(session, _KEY)
        all_runs = runs.all_runs(session, hidden=True)
        rows = decisions.all_rows(session)
    # A run that failed counts, too: the same labels would fail again.
    since = max((run.created for run in all_runs if _saw_labels_of_now(run)), default=None)
    return Retraining(
        after=None if after is None else int(after),
        changed=len(curation_effect.changed(rows, since)),
        like=_to_follow(all_runs),
    )


def choose(workspace: Workspace, after: int | None) -> None:
    """Train again after so many changed samples, or (None) never. Raises AppError."""
    if after is not None and not FEWEST <= after <= MOST:
        raise AppError(
            f"A run after {after} decisions is not possible.",
            title="Setting not possible",
            hint=f"Choose a number from {FEWEST} to {MOST:,}.",
        )
    with workspace.transaction() as session:
        meta.put(session, _KEY, None if after is None else str(after))


def _to_follow(all_runs: list[Run]) -> Run | None:
    """Return the newest run that ended with numbers on a split that does not leak.

    What a person has hidden is no example.
    """
    fit = [
        run
        for run in all_runs
        if run.evaluations and not run.leaky and not run.hidden and _saw_labels_of_now(run)
    ]
    return fit[-1] if fit else None


def _saw_labels_of_now(run: Run) -> bool:
    """Return whether a run was to make a model of the labels as they were when it was queued.

    A search makes none, and a reproduced recipe is no attempt at a better one.
    """
    return run.as_of is None and not run.config.get("recipe") and not run.config.get("search")


class Retrainer:
    """Starts a run when it is due; asked once a second by whoever serves the workspace."""

    def __init__(self, workspace: Workspace, trainer: Trainer) -> None:
        self._workspace = workspace
        self._trainer = trainer
        self._lock = threading.Lock()
        self._seen: tuple[int, str | None] = (-1, None)
        self.problem = ""
        """Why the last run that was due could not be queued, in a sentence; else empty."""

    def tick(self) -> None:
        """Queue a run if enough has been decided and no run is under way."""
        with self._lock:
            with self._workspace.read() as session:
                after = meta.get(session, _KEY)
            # The ledger is read only when something has changed since it was read last.
            now = self._workspace.revision(), after
            if after is None or now == self._seen:
                return
            if any(run.status in _UNFINISHED for run in self._trainer.runs()):
                return
            self._seen = now
            self._start(read(self._workspace))

    def _start(self, retraining: Retraining) -> None:
        like = retraining.like
        if retraining.after is None or like is None or retraining.changed < retraining.after:
            return
        try:
            self._trainer.queue(
                Wanted(
                    config=configs.from_dict(like.config),
                    split=like.split_kind,
                    repeats=like.number,
                    automatic=True,
                )
            )
        except AppError as error:
            self.problem = str(error)
        else:
            self.problem = ""
