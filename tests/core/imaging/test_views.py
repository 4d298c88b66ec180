import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from core.data import augmentation
from core.imaging import squares, views
from tests.core.jobs import job_examples


def test_a_stored_square_is_what_torchvision_makes_of_the_photograph():
    photograph = job_examples.picture(3, 1, side=90).resize((90, 60))
    bicubic = v2.InterpolationMode.BICUBIC
    expected = np.asarray(v2.Resize((46, 46), interpolation=bicubic)(photograph))
    np.testing.assert_array_equal(squares.store(photograph, 46), expected)


def test_the_whole_view_is_pillows_bicubic():
    stored = squares.store(job_examples.picture(3, 1, side=90), 46)
    expected = np.asarray(Image.fromarray(stored).resize((32, 32), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(views.whole(stored, 32), expected)


def test_every_view_by_hand():
    stored = np.arange(14 * 14 * 3, dtype=np.uint8).reshape(14, 14, 3)
    whole = views.whole(stored, 10)
    cut = dict(zip(views.VIEWS, views.cut(stored, 10, views.VIEWS), strict=True))
    expected = {
        "whole": whole,
        "mirrored": whole[:, ::-1],
        "upside down": whole[::-1],
        "quarter turn": np.rot90(whole),
        "centre": stored[2:12, 2:12],
        "top left": stored[:10, :10],
        "top right": stored[:10, 4:],
        "bottom left": stored[4:, :10],
        "bottom right": stored[4:, 4:],
    }
    assert list(cut) == list(expected)
    for name, view in expected.items():
        np.testing.assert_array_equal(cut[name], view, err_msg=name)


@pytest.mark.parametrize(("side", "size"), [(46, 32), (45, 32), (46, 33), (32, 32), (256, 224)])
def test_every_view_is_what_torchvision_makes(side, size):
    stored = squares.store(job_examples.picture(3, 1, side=90), side)
    image = functional.pil_to_tensor(augmentation.resize(size)(Image.fromarray(stored)))
    square = torch.from_numpy(stored.copy()).permute(2, 0, 1)
    top_left, top_right, bottom_left, bottom_right, centre = v2.FiveCrop(size)(square)
    expected = [
        image,
        functional.horizontal_flip(image),
        functional.vertical_flip(image),
        functional.rotate(image, 90),
        centre,
        top_left,
        top_right,
        bottom_left,
        bottom_right,
    ]
    for cut, view in zip(views.cut(stored, size, views.VIEWS), expected, strict=True):
        np.testing.assert_array_equal(cut, view.permute(1, 2, 0).numpy())


def test_an_unknown_view_is_refused():
    with pytest.raises(KeyError):
        views.cut(np.zeros((14, 14, 3), np.uint8), 10, ("sideways",))
