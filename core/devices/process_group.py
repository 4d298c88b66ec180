"""Several processes, one per device, that train one network together (data parallelism).

The first one (rank 0) does the job and starts the others; they train along when it says so. Every
batch is sharded among all, the gradients are summed, and each process takes the same step.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import nn

from core.errors import JobFailed

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class _Sliced(Protocol):
    def __getitem__(self, part: slice, /) -> Any: ...


Batch = TypeVar("Batch", bound=_Sliced)


class ProcessGroup:
    """The processes that train together, seen from one of them. Without `fabric`: this one."""

    def __init__(self, fabric: "Fabric | None" = None) -> None:
        self._fabric = fabric
        self.rank = 0 if fabric is None else fabric.global_rank
        self.size = 1 if fabric is None else fabric.world_size

    def shard(self, batch: Batch) -> Batch:
        """Return this process's part of a sequence or array: every `size`-th item from `rank`."""
        part: Batch = batch[self.rank :: self.size]
        return part

    def broadcast(self, value: Any) -> Any:
        """Return the value that the first process passes here."""
        return value if self._fabric is None else _collective(self._fabric.broadcast, value)

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in at least one process."""
        if self._fabric is None:
            return flag
        raised = torch.tensor(float(flag), device=self._fabric.device)
        return bool(_collective(self._fabric.all_reduce, raised, reduce_op="sum") > 0)

    def sum_gradients(self, parameters: Iterable[nn.Parameter], loss: float) -> float:
        """Replace the gradients by their sum over the processes; return the sum of the losses."""
        if self._fabric is None:
            return loss
        trainable = [p for p in parameters if p.requires_grad]
        # A process without a share of a small batch adds zeros.
        own = [torch.zeros_like(p) if p.grad is None else p.grad for p in trainable]
        flat = torch.cat([own[0].new_tensor([loss]), *(part.flatten() for part in own)])
        flat = _collective(self._fabric.all_reduce, flat, reduce_op="sum")
        sums = flat[1:].split([p.numel() for p in trainable])
        for parameter, gradient in zip(trainable, sums, strict=True):
            parameter.grad = gradient.view_as(parameter)
        return float(flat[0])


SINGLE_PROCESS = ProcessGroup()


def _collective(action: Callable[..., Any], *values: Any, **named: Any) -> Any:
    try:
        return action(*values, **named)
    except RuntimeError as why:
        raise JobFailed(
            "One of the processes that trained together has died.",
            title="Training broke off",
            hint="Resume the run, or start one on fewer devices.",
        ) from why
