"""Several processes, one for each device, that train one network together.

The first one does the job and starts the others; they train along when it says so. Every batch is
dealt out among all, the gradients are added up, and each process takes the same step.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import nn

from core.errors import JobFailed

if TYPE_CHECKING:
    from lightning_fabric import Fabric

One = TypeVar("One")


class Team:
    """The processes that train together, as one of them sees it. Without `fabric`: this one."""

    def __init__(self, fabric: "Fabric | None" = None) -> None:
        self._fabric = fabric
        self.rank = 0 if fabric is None else fabric.global_rank
        self.size = 1 if fabric is None else fabric.world_size

    def deal(self, batch: Sequence[One]) -> Sequence[One]:
        """Return this process's share of a batch; the same one every time."""
        return batch[self.rank :: self.size]

    def tell(self, what: Any) -> Any:
        """Return what the first process says here."""
        return what if self._fabric is None else _together(self._fabric.broadcast, what)

    def any(self, flag: bool) -> bool:
        """Say whether the flag stands in one of the processes."""
        if self._fabric is None:
            return flag
        raised = torch.tensor(float(flag), device=self._fabric.device)
        return bool(_together(self._fabric.all_reduce, raised, reduce_op="sum") > 0)

    def add_up(self, parameters: Iterable[nn.Parameter], loss: float) -> float:
        """Replace the gradients by their sum over the processes; return that of the losses."""
        if self._fabric is None:
            return loss
        learning = [p for p in parameters if p.requires_grad]
        # Who had no share of a small batch adds nothing.
        own = [torch.zeros_like(p) if p.grad is None else p.grad for p in learning]
        flat = torch.cat([own[0].new_tensor([loss]), *(part.flatten() for part in own)])
        flat = _together(self._fabric.all_reduce, flat, reduce_op="sum")
        sums = flat[1:].split([p.numel() for p in learning])
        for parameter, found in zip(learning, sums, strict=True):
            parameter.grad = found.view_as(parameter)
        return float(flat[0])


ALONE = Team()


def _together(action: Callable[..., Any], *values: Any, **named: Any) -> Any:
    try:
        return action(*values, **named)
    except RuntimeError as why:
        raise JobFailed(
            "One of the processes that trained together has died.",
            title="Training broke off",
            hint="Resume the run, or start one on fewer devices.",
        ) from why
