from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from core.data import augmentation, mixup
from core.data.randomness import drawing_from, generator_for
from tests.core.jobs import job_examples

STORED = np.asarray(job_examples.picture(3, 1, side=46))
RECIPE = augmentation.training_transform("strong", 32, erasing=0.5)


def augmented(number: int) -> bytes:
    return augmentation.apply(RECIPE, STORED, generator_for(0, number, "a")).tobytes()


def test_a_generator_depends_on_everything_that_it_is_made_from():
    keys = [(0, 1, "a", 0), (1, 1, "a", 0), (0, 2, "a", 0), (0, 1, "b", 0), (0, 1, "a", 1)]
    drawn = [torch.rand(1, generator=generator_for(*key)).item() for key in keys]
    assert len(set(drawn)) == len(keys)
    assert drawn[0] == torch.rand(1, generator=generator_for(*keys[0])).item()


def test_transforms_neither_read_nor_advance_torchs_global_generator():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    made = [augmented(number) for number in range(20)]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert [augmented(number) for number in range(20)] == made


@pytest.mark.parametrize("transform", [v2.CutMix(alpha=1.0), v2.MixUp(alpha=0.4)])
def test_mixing_neither_reads_nor_advances_torchs_global_generator(transform):
    before = torch.get_rng_state()
    targets = []
    for seed in (3, 4):
        torch.manual_seed(seed)
        with drawing_from(generator_for(0, 1, "a")):
            targets.append(mixup.mixed_target(transform, 32, np.eye(2)).tolist())
    assert targets[0] == targets[1]
    torch.set_rng_state(before)


def test_threads_draw_from_their_own_generators():
    alone = [augmented(number) for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(augmented, range(60))) == alone


def test_dropout_of_the_training_step_is_not_disturbed_by_threads_that_augment():
    def dropped() -> list[float]:
        torch.manual_seed(0)
        ones = torch.ones(64)
        return [torch.nn.functional.dropout(ones, 0.5).sum().item() for _ in range(200)]

    alone = dropped()
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(augmented, number) for number in range(200)]
        assert dropped() == alone
        assert all(future.result() for future in running)


def test_an_explicit_generator_wins():
    with drawing_from(generator_for(0, 1, "a")):
        inside = torch.rand(1, generator=generator_for(0, 1, "b")).item()
    assert inside == torch.rand(1, generator=generator_for(0, 1, "b")).item()
