"""Steps of training: in as many parts as memory asks for, on as many devices as there are."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.batches import Batch
from core.devices import hardware
from core.devices.process_group import Team
from core.errors import JobFailed
from core.models import inference, networks
from core.models.networks import Network
from core.settings.config import Hardware
from core.training.weight_averaging import StepAverage
from core.types import FloatArray

_LARGEST_GRADIENT = 5.0


class Stepper:
    """Takes training steps, and remembers how many pictures fit into memory at once."""

    def __init__(
        self,
        network: Network,
        optimizer: torch.optim.Optimizer,
        machine: Hardware,
        team: Team,
        say: Callable[[str], None],
    ) -> None:
        self._network, self.optimizer, self._machine = network, optimizer, machine
        self._team, self._say = team, say
        self.at_once: int | None = None
        """Most pictures that go through the network together; None: all that a step has."""
        self.average: StepAverage | None = None
        """Follows the network's weights."""

    def step(self, batch: Batch, weights: FloatArray, smoothing: float) -> float:
        """Learn from a batch and return its loss; nothing is learnt where that is no number.

        `weights` are those of the classes in the loss. Raises JobFailed where not even the
        smallest part of a batch fits into memory.
        """
        loss = self._gradients(batch, weights, smoothing)
        while loss is None:
            self._halve(batch)
            loss = self._gradients(batch, weights, smoothing)
        if math.isfinite(loss):
            nn.utils.clip_grad_norm_(self._network.module.parameters(), _LARGEST_GRADIENT)
            self.optimizer.step()
            if self.average is not None:
                self.average.follow()
        return loss

    def _gradients(self, batch: Batch, weights: FloatArray, smoothing: float) -> float | None:
        """Return the loss over all devices, the gradients computed; None if memory ran out."""
        # Not the optimizer's alone: what an earlier training learned may stand still in this one.
        self._network.module.zero_grad(set_to_none=True)
        loss: float | None = 0.0
        try:
            loss = self._backward(batch, weights, smoothing)
        except (RuntimeError, MemoryError) as failure:
            if not hardware.out_of_memory(failure):
                raise
            loss = None
        if self._team.any(loss is None) or loss is None:
            return None
        return self._team.add_up(self._network.module.parameters(), loss)

    def _backward(self, batch: Batch, weights: FloatArray, smoothing: float) -> float:
        """Add up the gradients of this device's share, part by part; return its loss.

        The loss is a mean over the whole batch, weighted by class: every part counts as much as
        its pictures weigh. So neither parts nor devices change what a step learns.
        """
        device = hardware.of(self._network.module)
        by_class = torch.from_numpy(weights).float().to(device)
        everything = float((batch.whole @ weights).sum())
        total = 0.0
        for part in self._parts(len(batch.targets)):
            targets = torch.from_numpy(batch.targets[part]).float().to(device)
            pixels = self._pixels(batch, part, device)
            with hardware.half(device, self._machine.precision):
                logits = networks.logits(self._network, pixels)
            loss = functional.cross_entropy(
                logits.float(),
                targets,
                weight=by_class,
                label_smoothing=smoothing,
                reduction="sum",
            )
            loss = loss / everything
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        return total

    def _pixels(self, batch: Batch, part: slice, device: torch.device) -> Tensor:
        pixels = inference.normalise(batch.pixels[part], self._network.preprocessing, device)
        return pixels.contiguous() if self._machine.layout == "contiguous" else pixels

    def _parts(self, count: int) -> list[slice]:
        number = math.ceil(count / (self.at_once or max(1, count)))
        # Equal parts, and never one of fewer pictures than the network can learn from.
        number = min(number, count // self._fewest) or min(1, count)
        edges = np.linspace(0, count, number + 1).round().astype(int)
        return [slice(start, stop) for start, stop in itertools.pairwise(edges)]

    @property
    def _fewest(self) -> int:
        """One picture has no BatchNorm statistics; pretrained ones stay as they are."""
        return 1 if self._network.pretrained else 2

    def _halve(self, batch: Batch) -> None:
        own = math.ceil(len(batch.whole) / self._team.size)
        before = min(own, self.at_once or own)
        if before <= self._fewest:
            raise JobFailed(
                f"Not even {before} training picture{'s' * (before > 1)} of this size fit"
                f"{'s' * (before == 1)} into the memory that is free.",
                title="Out of memory",
                hint="Close other programs, or choose smaller images or a smaller network.",
            )
        self.at_once = max(self._fewest, before // 2)
        if self._machine.device == "cuda":
            torch.cuda.empty_cache()
        self._say(
            f"Memory was too short for {before} pictures at once: from here they go through the "
            f"network {self.at_once} at a time. A step still learns from {len(batch.whole)}."
            + (" BatchNorm sees them in those parts." if not self._network.pretrained else "")
        )
