"""The messages between the status strip and the server."""

from pydantic import ConfigDict

from dashboard.schemas.messages import Message


class ActiveCheckpoint(Message):
    """The run whose checkpoint Predict uses."""

    run: str
    number: int
    backbone: str
    balanced_accuracy: float | None
    """Share in [0, 1]; None where it was not measured."""
    measured_on: str | None
    """The split that the figure is of."""
    changed: int
    """Labels that the figure rests on and that are others now."""


class ViewState(Message):
    """What answers questions about samples."""

    name: str
    problem: str | None
    """Why it is not FiftyOne, as a sentence."""
    hint: str | None
    app: str | None
    """Address of the FiftyOne App, where it is open."""


class RunProgress(Message):
    """The run that trains, or waits first."""

    run: str
    number: int
    queued: bool
    stage: str
    epoch: int | None
    epochs: int
    seconds_left: float | None
    waiting: int
    """Runs in the queue behind it."""


class Work(Message):
    """How far something in the background is."""

    stage: str
    done: int
    total: int
    """0: not counted yet."""
    seconds_left: float | None


class ImportProgress(Work):
    """A dry run or an import."""

    phase: str
    name: str


class QueueProgress(Work):
    """The review queues being computed."""

    working: bool
    problem: str


class StatusValue(Message):
    """Everything that the header shows."""

    revision: int
    workspace: str
    samples: int
    patients: int
    groups: int
    synthetic: bool
    """Whether synthetic demonstration images are among the samples."""
    own: bool
    """Whether anything but these is."""
    checkpoint: ActiveCheckpoint | None
    view: ViewState
    run: RunProgress | None
    importing: ImportProgress | None
    queues: QueueProgress
    user: str
    """The operating system's name for who runs the dashboard."""


class StopRequest(Message):
    """A press on Stop; `run` is empty where the import is meant."""

    model_config = ConfigDict(from_attributes=True)

    run: str
