"""Training steps: a batch in as many parts as memory asks for, on as many devices as there are."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn
from torch.nn import functional

from core.data.batches import Batch
from core.devices import hardware
from core.devices.process_group import ProcessGroup
from core.errors import JobFailed
from core.models import networks, torch_inference
from core.models.networks import Network
from core.settings.config import Hardware
from core.types import FloatArray

_MAX_GRADIENT_NORM = 5.0


class TrainStep:
    """Takes training steps; where memory is short, by gradient accumulation."""

    def __init__(
        self,
        network: Network,
        optimizer: torch.optim.Optimizer,
        machine: Hardware,
        group: ProcessGroup,
        on_message: Callable[[str], None],
    ) -> None:
        self._network, self.optimizer, self._machine = network, optimizer, machine
        self._group, self._on_message = group, on_message
        self.micro_batch: int | None = None
        """Most images in one forward and backward pass; None: all of a step's."""
        self.ema: ModelEmaV3 | None = None
        """Updated after every step."""

    def __call__(self, batch: Batch, class_weights: FloatArray, smoothing: float) -> float:
        """Learn from a batch and return its loss; a loss that is NaN or infinite changes nothing.

        `class_weights` (K,) weigh the classes in the loss; `smoothing` is that of the labels.
        Raises JobFailed where not even the smallest part of a batch fits into memory.
        """
        loss = self._gradients(batch, class_weights, smoothing)
        while loss is None:
            self._halve(batch)
            loss = self._gradients(batch, class_weights, smoothing)
        if math.isfinite(loss):
            nn.utils.clip_grad_norm_(self._network.module.parameters(), _MAX_GRADIENT_NORM)
            self.optimizer.step()
            if self.ema is not None:
                self.ema.update(self._network.module)
        return loss

    def _gradients(self, batch: Batch, class_weights: FloatArray, smoothing: float) -> float | None:
        """Compute the gradients; return the loss over all devices, None if memory ran out."""
        # Not the optimizer's alone: what an earlier training learned may be frozen in this one.
        self._network.module.zero_grad(set_to_none=True)
        loss: float | None = 0.0
        try:
            loss = self._backward(batch, class_weights, smoothing)
        except (RuntimeError, MemoryError) as failure:
            if not hardware.out_of_memory(failure):
                raise
            loss = None
        if self._group.any(loss is None) or loss is None:
            return None
        return self._group.sum_gradients(self._network.module.parameters(), loss)

    def _backward(self, batch: Batch, class_weights: FloatArray, smoothing: float) -> float:
        """Accumulate the gradients of this device's share, part by part; return its loss.

        The loss is a mean over the whole batch, weighted by class: every part counts as much as
        its images weigh. So neither parts nor devices change what a step learns.
        """
        device = hardware.of(self._network.module)
        weight = torch.from_numpy(class_weights).float().to(device)
        batch_weight = float((batch.all_targets @ class_weights).sum())
        total = 0.0
        for part in self._parts(len(batch.targets)):
            targets = torch.from_numpy(batch.targets[part]).float().to(device)
            pixels = self._pixels(batch, part, device)
            with hardware.half(device, self._machine.precision):
                logits = networks.logits(self._network, pixels)
            loss = functional.cross_entropy(
                logits.float(), targets, weight=weight, label_smoothing=smoothing, reduction="sum"
            )
            loss = loss / batch_weight
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        return total

    def _pixels(self, batch: Batch, part: slice, device: torch.device) -> Tensor:
        pixels = torch_inference.normalise(batch.pixels[part], self._network.preprocessing, device)
        return pixels.contiguous() if self._machine.layout == "contiguous" else pixels

    def _parts(self, count: int) -> list[slice]:
        number = math.ceil(count / (self.micro_batch or max(1, count)))
        # Equal parts, and never one of fewer images than the network can learn from.
        number = min(number, count // self._fewest) or min(1, count)
        edges = np.linspace(0, count, number + 1).round().astype(int)
        return [slice(start, stop) for start, stop in itertools.pairwise(edges)]

    @property
    def _fewest(self) -> int:
        """One image has no BatchNorm statistics; pretrained ones stay as they are."""
        return 1 if self._network.pretrained else 2

    def _halve(self, batch: Batch) -> None:
        own = math.ceil(len(batch.all_targets) / self._group.size)
        before = min(own, self.micro_batch or own)
        if before <= self._fewest:
            raise JobFailed(
                f"Not even {before} training picture{'s' * (before > 1)} of this size fit"
                f"{'s' * (before == 1)} into the memory that is free.",
                title="Out of memory",
                hint="Close other programs, or choose smaller images or a smaller network.",
            )
        self.micro_batch = max(self._fewest, before // 2)
        if self._machine.device == "cuda":
            torch.cuda.empty_cache()
        self._on_message(
            f"Memory was too short for {before} pictures at once: from here they go through the "
            f"network {self.micro_batch} at a time. A step still learns from "
            f"{len(batch.all_targets)}."
            + (" BatchNorm sees them in those parts." if not self._network.pretrained else "")
        )
