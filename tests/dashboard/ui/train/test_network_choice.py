from dataclasses import replace

from dashboard.services.runs.networks import Choice
from dashboard.ui.train import network_choice

CHOICE = Choice(
    backbone="mobilenetv2_100",
    name="MobileNetV2",
    parameters=2_231_558,
    macs=299_501_952,
    image_size=224,
    own_size=224,
    train_rate=None,
    forward_rate=None,
)


def test_a_network_says_what_it_weighs() -> None:
    words = network_choice.facts(CHOICE, measuring="", fetch=False)
    assert "2.23 M parameters, 300 M multiply-accumulates" in words.replace("\u00a0", " ")
    assert not network_choice.is_measured(CHOICE)
    busy = network_choice.facts(CHOICE, measuring="mobilenetv2_100", fetch=True)
    assert "is being measured" in busy
    assert "huggingface.co" in busy


def test_a_measured_network_says_how_fast_it_is_here() -> None:
    measured = replace(CHOICE, train_rate=25.4, forward_rate=141.2)
    words = "25.4 images per second in training, 141 in prediction"
    assert words in network_choice.facts(measured, measuring="", fetch=False)
    table = network_choice.table([CHOICE, measured])
    assert list(table.columns) == list(network_choice.COLUMNS)
    assert table["Training, images/s"].isna().tolist() == [True, False]
    assert table["Prediction, images/s"].tolist()[1] == 141.2
