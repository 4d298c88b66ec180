"""Random numbers of augmentation: a function of seed, epoch and sample, and of nothing else.

torchvision draws from torch's global generator. Here batches are prepared by threads beside the
training step, which draws dropout from that same generator: neither may disturb the other.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_RANDOM = frozenset(
    {
        torch.bernoulli,
        torch.multinomial,
        torch.normal,
        torch.rand,
        torch.randint,
        torch.randn,
        torch.randperm,
        torch._sample_dirichlet,
        torch._standard_gamma,
        Tensor.bernoulli_,
        Tensor.exponential_,
        Tensor.normal_,
        Tensor.random_,
        Tensor.uniform_,
    }
)
"""The functions by which transforms and distributions draw; each of them takes a generator."""


def generator_for(seed: int, epoch: int, sample: str, repeat: int = 0) -> torch.Generator:
    """Return the generator of one appearance of one sample in one epoch.

    `sample` may carry a purpose behind the sample's id, so that several transforms of one image
    draw independently. `repeat` counts appearances of a sample within the epoch.
    """
    key = f"{seed}/{epoch}/{repeat}/{sample}".encode()
    generator = torch.Generator()
    # torch seeds with 64 signed bits.
    generator.manual_seed(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) >> 1)
    return generator


class drawing_from(TorchFunctionMode):  # noqa: N801
    """Context in which torch's random functions of this thread draw from one generator.

    The global generator is neither read nor advanced. An explicit `generator` argument wins.
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self._generator = generator

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call `func`; a random one with this context's generator."""
        given = kwargs or {}
        if func in _RANDOM:
            return func(*args, **{"generator": self._generator, **given})
        return func(*args, **given)
