"""What the next run would keep and learn follows from the settings."""

import pytest

from core.settings import presets
from dashboard.services.runs.preflight import StagePlan, Trainable
from dashboard.ui.train import next_run

READY = Trainable(images=40, patients=31, classes=3)


@pytest.mark.parametrize(
    ("frozen", "said"),
    [
        (0, "the whole network, with a new last layer, for 3 classes"),
        (1, "the last 2 stages, with a new last layer, for 3 classes"),
        (2, "nothing but a new last layer, for 3 classes"),
    ],
)
def test_what_is_learned_follows_from_what_is_frozen(frozen: int, said: str) -> None:
    stages = [
        StagePlan(name=name, layers=2, parameters=99, frozen=place < frozen)
        for place, name in enumerate(("stem", "block", "head"))
    ]
    words = next_run.transfer(presets.named("balanced"), stages, READY).replace("\u00a0", " ")
    assert said in words
    assert "the training part of 40 labelled photographs of 31 patients" in words


def test_of_a_weights_file_only_its_name_is_shown() -> None:
    config = presets.named("balanced", init="/somewhere/private/weights.safetensors")
    words = next_run.transfer(config, [], READY).replace("\\", "")
    assert "weights.safetensors" in words
    assert "private" not in words
