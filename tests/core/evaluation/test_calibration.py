import math

import numpy as np
import pytest

from core.evaluation import calibration
from core.models import inference


def answers(n: int, wrong: int, lead: float):
    """Two classes, one view; the first column leads by `lead` and is right but for `wrong`."""
    logits = np.tile([lead, 0.0], (n, 1, 1))
    return logits, np.array([1] * wrong + [0] * (n - wrong))


def test_of_many_samples_the_temperature_makes_confidence_what_accuracy_is():
    # 80 % are right: sigmoid(4 / T) = 0.8 where T = 4 / ln 4.
    logits, labels = answers(1000, 200, 4.0)
    temperature = calibration.temperature(logits, labels)
    assert temperature == pytest.approx(4 / math.log(4), rel=0.03)
    confidence = inference.probabilities(logits, temperature).max(axis=1)
    assert confidence == pytest.approx(0.8, abs=0.01)


def test_a_few_samples_all_of_them_right_do_not_make_a_network_sure():
    logits, labels = answers(12, 0, 1.0)
    temperature = calibration.temperature(logits, labels)
    assert 0.5 < temperature < 1
    # As it came .73; at the smallest temperature it would be .98.
    assert inference.probabilities(logits, temperature).max() < 0.88


def test_the_prior_fades_with_evidence():
    temperatures = [calibration.temperature(*answers(n, 0, 1.0)) for n in (0, 1, 10, 100, 10_000)]
    assert temperatures[0] == 1
    assert temperatures == sorted(temperatures, reverse=True)
    assert temperatures[-1] == pytest.approx(0.25)
