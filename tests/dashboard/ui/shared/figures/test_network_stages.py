"""The network: which stages are frozen, which are trained."""

import pytest

from dashboard.services.runs.preflight import StagePlan
from dashboard.ui.shared.figures import network_stages

STAGES = [
    StagePlan(name="stem", layers=1, parameters=464, frozen=True),
    StagePlan(name="block 0", layers=4, parameters=744, frozen=False),
    StagePlan(name="classifier", layers=1, parameters=6150, frozen=False),
]


def test_the_network_says_in_words_what_is_frozen() -> None:
    chart = network_stages.chart(STAGES, "MobileNetV3 small")
    assert chart.summary == "stem frozen, block 0 trained, classifier trained"
    words = chart.caption.replace("\u00a0", " ")
    assert "MobileNetV3 small, 6 layers. 2 stages are trained (6.89 k parameters)." in words
    assert chart.table["treated"].tolist() == ["frozen", "trained", "trained"]
    assert "1 stage is frozen: 464 parameters stay as they came." in words


def test_frozen_stages_are_hatched_bars_of_their_own() -> None:
    frozen, trained = network_stages.chart(STAGES, "MobileNetV3 small").figure.data
    assert (list(frozen.y), frozen.marker.pattern.shape) == (["stem"], "/")
    assert list(trained.x) == [744, 6150]


@pytest.mark.parametrize(("n", "said"), [(464, "464"), (9280, "9.28 k"), (2_540_000, "2.54 M")])
def test_parameters_are_counted_in_three_digits(n: int, said: str) -> None:
    assert network_stages.large(n).replace("\u00a0", " ") == said
