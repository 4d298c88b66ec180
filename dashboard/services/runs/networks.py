"""Networks to choose from: what they weigh, and how fast they are on this machine."""

import threading
from dataclasses import dataclass

from core.errors import AppError
from core.settings import limits, presets
from core.settings.config import Hardware, TrainConfig
from core.types import RunStatus
from dashboard.services.processes.processes import ChildProcess
from storage.runs import runs
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A network for images of one size."""

    backbone: str
    name: str
    parameters: int
    macs: int
    """Multiply-accumulates of one forward pass of one image."""
    image_size: int
    own_size: int
    """Side in pixels that timm names for it."""
    train_rate: float | None
    """Images per second; None: not measured on this machine yet."""
    forward_rate: float | None


class Networks:
    """Describes networks; measures them in a process of its own, when a person asks for it."""

    def __init__(self, workspace: Workspace, threads: int) -> None:
        self._workspace = workspace
        self._threads = threads
        self._lock = threading.Lock()
        self._child = ChildProcess()
        self._measuring = ""

    def choice(self, backbone: str, image_size: int | None = None) -> Choice:
        """Return what is known of a network. Raises AppError for one that timm does not know."""
        from core.models import profile
        from core.profiling import hardware_probe

        facts = profile.describe(backbone, image_size)
        wanted = _config(backbone, facts.image_size)
        probed = hardware_probe.known(
            wanted, self._workspace.cache, threads=self._threads
        ) or Hardware(threads=self._threads)
        return Choice(
            backbone=backbone,
            name=limits.network_name(backbone),
            parameters=facts.parameters,
            macs=facts.macs,
            image_size=facts.image_size,
            own_size=facts.own_size,
            train_rate=probed.train_rate,
            forward_rate=probed.forward_rate,
        )

    def recommended(self) -> list[Choice]:
        """Return the recommended networks, each for its own image size."""
        return [self.choice(backbone) for backbone in limits.BACKBONES]

    def measure(self, backbone: str, image_size: int) -> None:
        """Measure a network in the background. Raises AppError while something else computes."""
        self.choice(backbone, image_size)
        with self._workspace.read() as session:
            if runs.with_status(session, RunStatus.RUNNING):
                raise AppError(
                    "A run is under way: measured now, both would be too slow.",
                    title="Not measured",
                    hint="Measure when it has ended.",
                )
        words = [str(self._workspace.cache), str(self._threads), backbone, str(image_size)]
        with self._lock:
            if self._child.is_running:
                raise AppError(
                    f"{self._measuring} is being measured.",
                    title="Not measured",
                    hint="Wait some seconds, then try again.",
                )
            self._measuring = backbone
            self._child.start("-m", "core.jobs.probe_job", *words)

    def measuring(self) -> str:
        """Return the name of the network that is being measured, or nothing."""
        with self._lock:
            return self._measuring if self._child.is_running else ""

    def close(self) -> None:
        """End a measurement."""
        self._child.close()


def _config(backbone: str, image_size: int) -> TrainConfig:
    return presets.named("balanced", backbone=backbone, image_size=image_size)


def usual_size(backbone: str) -> int:
    """Return the image size (side, pixels) that a network was made for.

    Raises AppError for one that timm does not know.
    """
    if backbone in limits.BACKBONES:
        # All of them were trained with it; timm, which takes seconds to load, need not be asked.
        return TrainConfig().image_size
    from core.models import profile

    return profile.own_size(backbone)
