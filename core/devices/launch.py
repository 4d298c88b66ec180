"""The only door to Lightning Fabric: starts the processes of a job, one for each device."""

import ctypes
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from torch.distributed import FileStore  # type: ignore[attr-defined]

from core.devices import hardware
from core.devices.environment import FIRST_PROCESS
from core.devices.process_group import ProcessGroup
from core.settings.config import Hardware, TrainConfig

_PATIENCE = timedelta(days=7)
"""How long the others wait while the first one looks at images between two trainings."""
_PR_SET_PDEATHSIG = 1


class _Here(DDPStrategy):
    """Processes on one machine that meet in a file, so that nothing listens on the network."""

    def __init__(self, meeting: Path, backend: str) -> None:
        super().__init__(cluster_environment=LightningEnvironment())
        self._meeting, self._backend = meeting, backend

    def setup_environment(self) -> None:
        """Meet before Fabric would arrange a meeting by port number."""
        torch.distributed.init_process_group(
            self._backend,
            store=FileStore(str(self._meeting), self.num_processes),
            rank=self.local_rank,
            world_size=self.num_processes,
            timeout=_PATIENCE,
        )
        super().setup_environment()


def launch(folder: Path, config: TrainConfig, machine: Hardware) -> ProcessGroup:
    """Return the process group of a job; its first process starts the others like itself."""
    meeting = folder / ".meeting"
    first = os.environ.get(FIRST_PROCESS)
    if first is not None:
        _die_with(int(first))
    else:
        meeting.unlink(missing_ok=True)
        os.environ[FIRST_PROCESS] = str(os.getpid())
        # Where a person's own launcher has set it, Fabric would start nobody.
        os.environ.pop("LOCAL_RANK", None)
    for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
        os.environ.setdefault(name, "lo")
    fabric = Fabric(
        accelerator=machine.device,
        devices=hardware.processes(config, machine),
        strategy=_Here(meeting, "nccl" if machine.device == "cuda" else "gloo"),
    )
    fabric.launch()
    return ProcessGroup(fabric)


def _die_with(first: int) -> None:
    """Ask Linux to end this process with the one that started it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != first:  # the parent ended before the signal was requested
            raise SystemExit(1)
