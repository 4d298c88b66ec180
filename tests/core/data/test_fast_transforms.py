import cv2
import numpy as np
import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from core.data.fast_transforms import FusedColorJitter, RandomRotatedResizedCrop


def smooth(side: int = 160) -> torch.Tensor:
    """Return a smooth random image, (3, side, side) uint8, with values from 60 to 180."""
    noise = np.random.default_rng(0).random((side, side, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 12)
    scaled = (blurred - blurred.min()) / (blurred.max() - blurred.min())
    return torch.from_numpy((60 + 120 * scaled).round().astype(np.uint8)).permute(2, 0, 1)


@pytest.mark.parametrize("seed", range(6))
def test_the_fused_crop_is_torchvisions_rotation_and_resized_crop(seed):
    image = smooth()
    transform = RandomRotatedResizedCrop(112, degrees=30, scale=(0.3, 0.6), ratio=(1.0, 1.0))
    torch.manual_seed(seed)
    params = transform.make_params([image])
    fused = transform.transform(image, params)

    angle = params.pop("angle")
    crop = {**params, "size": [112, 112], "antialias": False}
    rotated = functional.rotate(image, angle, interpolation=v2.InterpolationMode.BILINEAR)
    expected = functional.resized_crop(rotated, **crop)
    # Where theirs has black corners ours has mirrored borders.
    ones = functional.rotate(
        torch.ones(1, 160, 160), angle, interpolation=v2.InterpolationMode.BILINEAR
    )
    inside = functional.resized_crop(ones, **crop)[0] > 0.999
    difference = (fused.int() - expected.int()).abs()[:, inside]
    assert inside.float().mean() > 0.5
    # They interpolate and round twice, the fused pass once.
    assert difference.max() <= 2


@pytest.mark.parametrize("seed", range(6))
def test_the_fused_jitter_is_torchvisions_up_to_rounding(seed):
    image = smooth()
    torch.manual_seed(seed)
    fused = FusedColorJitter(brightness=0.25, contrast=0.25, saturation=0.2)(image)
    torch.manual_seed(seed)
    expected = v2.ColorJitter(brightness=0.25, contrast=0.25, saturation=0.2)(image)
    # Theirs cuts the fraction off after each of three steps.
    assert (fused.int() - expected.int()).abs().max() <= 3


def test_a_flip_alone_is_exact():
    image = smooth()
    both = v2.Compose(
        [
            v2.RandomHorizontalFlip(p=1.0),
            RandomRotatedResizedCrop(160, degrees=0, scale=(1.0, 1.0), ratio=(1.0, 1.0)),
            FusedColorJitter(),
        ]
    )
    assert torch.equal(both(image), image.flip(-1))


def test_a_crop_is_scaled_about_its_middle():
    """Half as many pixels of a ramp: each is the mean of the two that it stands for."""
    ramp = torch.arange(0, 240, 10, dtype=torch.uint8).expand(3, 24, 24).contiguous()
    halve = RandomRotatedResizedCrop(12, degrees=0, scale=(1.0, 1.0), ratio=(1.0, 1.0))
    assert halve(ramp)[0, 0].tolist() == list(range(5, 240, 20))


def test_colours_by_hand():
    """Half the contrast about a mean of 100: 40 -> 70, 160 -> 130; no saturation is the luma."""
    image = torch.full((3, 8, 8), 40, dtype=torch.uint8)
    image[:, :, 4:] = 160
    assert FusedColorJitter(contrast=(0.5, 0.5))(image)[0, 0].tolist() == [70] * 4 + [130] * 4
    red = torch.tensor([200, 100, 50], dtype=torch.uint8)[:, None, None].expand(3, 8, 8)
    # 0.2989 * 200 + 0.587 * 100 + 0.114 * 50
    assert FusedColorJitter(saturation=(0.0, 0.0))(red)[:, 0, 0].tolist() == [124] * 3
