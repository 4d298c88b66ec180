"""What a run is called, what it was for, and what must be said wherever it is named."""

from core.settings import limits
from core.types import Run, RunStatus

ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
ENDED = (RunStatus.FINISHED, RunStatus.STOPPED)
RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.FAILED, RunStatus.PAUSED)

ACTIVE, HIDDEN, LEAKY = "active", "hidden", "leaky"
LEAKY_SENTENCE = "Photographs of one patient stand on two sides: its numbers flatter it."


def stamps(run: Run) -> tuple[str, ...]:
    """Return what must be seen wherever a run is named: active, hidden, leaky, how it ended.

    A run that has finished, the usual ending, has no stamp for it.
    """
    marks = ((ACTIVE, run.active), (HIDDEN, run.hidden), (LEAKY, run.leaky))
    unusual = () if run.status is RunStatus.FINISHED else (run.status.value,)
    return (*(mark for mark, applies in marks if applies), *unusual)


def network(run: Run) -> str:
    """Return the network of a run as people call it."""
    return limits.network_name(str(run.config.get("backbone", "")))


def effort(run: Run) -> str:
    """Return what a run was for in a few words: a preset, folds, a search, a published protocol."""
    if run.config.get("recipe"):
        return f"the {run.config['recipe']}'s protocol"
    preset = str(run.config.get("preset", ""))
    trials = run.config.get("search")
    if trials:
        return f"search of {trials} from {preset}"
    if run.config.get("folds_by") == "authors":
        return f"{preset}, folds of the authors"
    folds = run.config.get("folds")
    return f"{preset}, {folds} folds" if folds else preset


def origin(run: Run) -> str:
    """Return in a few words what is unusual about a run's labels or its start; mostly nothing."""
    parts = []
    if run.as_of is not None:
        parts.append(f"labels of {run.as_of.astimezone():%Y-%m-%d}")
    if run.automatic:
        parts.append("started by itself")
    return ", ".join(parts)


def usable(run: Run) -> bool:
    """Return whether a person may make this run's checkpoint the active one."""
    return run.status in ENDED and bool(run.evaluations) and not run.active and not run.leaky


def hideable(run: Run) -> bool:
    """Return whether a run may be kept out of lists."""
    return not run.hidden and not run.active and run.status not in ALIVE
