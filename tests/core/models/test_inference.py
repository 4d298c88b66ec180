import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.jobs.job_spec import JobSpec
from core.models import checkpoint, inference, networks, torch_inference
from core.models.checkpoint import Preprocessing
from core.models.inference import Classifier
from tests.core.jobs import job_examples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the small network, that looks at every picture in two views."""
    return job_examples.done(tmp_path_factory.mktemp("job"), epochs=1, tta_views=2)


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Classifier:
    return torch_inference.load(folder / "checkpoint", folder / "cache")


def test_the_softmax_of_the_views_is_averaged() -> None:
    logits = np.array([[[0.0, math.log(3)], [0.0, 0.0]]])
    assert inference.probabilities(logits, 1.0)[0] == pytest.approx([0.375, 0.625])


def test_the_temperature_divides_the_logits() -> None:
    logits = np.array([[[0.0, math.log(9)]]])
    assert inference.probabilities(logits, 2.0)[0] == pytest.approx([0.25, 0.75])


def test_huge_logits_overflow_nothing() -> None:
    shares = inference.probabilities(np.array([[[1e4, 0.0, -1e4]]]), 0.5)[0]
    assert shares.tolist() == [1.0, 0.0, 0.0]


def test_a_loaded_network_is_folded_once_and_says_what_it_said(folder: Path) -> None:
    meta, weights = checkpoint.read(folder / "checkpoint")
    kept = networks.of_checkpoint(meta, weights)
    folded = torch_inference.load_network(folder / "checkpoint")
    assert kept.pairs
    assert not folded.pairs
    pixels = torch.rand(2, 3, meta.image_size, meta.image_size)
    with torch.no_grad():
        said, expected = (networks.logits(one, pixels) for one in (folded, kept))
    assert torch.allclose(said, expected, rtol=1e-3, atol=1e-4)


def test_pixels_are_scaled_by_mean_and_deviation() -> None:
    black_and_white = np.array([[[[0, 0, 0], [255, 255, 255]]]], dtype=np.uint8)
    half = Preprocessing(mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 1.0))
    normalised = torch_inference.normalise(black_and_white, half)
    assert normalised.shape == (1, 3, 1, 2)
    assert normalised[0, :, 0, 0].tolist() == pytest.approx([-1, -1, 0])
    assert normalised[0, :, 0, 1].tolist() == pytest.approx([1, 3, 1])


def test_a_loaded_checkpoint_says_what_the_run_said(folder: Path, classifier: Classifier) -> None:
    assert classifier.classes == job_examples.CLASSES
    kept = job_examples.predictions(folder)
    rows = {str(sample): row for row, sample in enumerate(kept["ids"])}
    pictures = [(label, number) for label, _ in job_examples.CLASSES for number in range(10)]
    shares, embeddings = classifier.predict([job_examples.picture(*key) for key in pictures])
    order = [rows[f"{label:08x}{number:08x}"] for label, number in pictures]
    assert shares == pytest.approx(kept["probabilities"][order], abs=2e-3)
    assert shares.sum(axis=1) == pytest.approx(np.ones(30))
    assert embeddings == pytest.approx(kept["embeddings"][order], abs=2e-2)


def test_an_answer_does_not_depend_on_the_pictures_beside_it(classifier: Classifier) -> None:
    pictures = [job_examples.picture(3, number) for number in range(40)]  # more than one batch
    together, _ = classifier.predict(pictures)
    alone = np.concatenate([classifier.predict([picture])[0] for picture in pictures])
    assert together == pytest.approx(alone, abs=1e-4)


def test_no_pictures_give_no_rows(classifier: Classifier) -> None:
    shares, embeddings = classifier.predict([])
    assert shares.shape == (0, 3)
    assert len(embeddings) == 0


def test_progress_counts_pictures_not_views(classifier: Classifier) -> None:
    told: list[int] = []
    stored = [np.zeros((46, 46, 3), np.uint8)] * 20
    classifier.predict_stored(stored, told.append)
    assert told == [16, 20]


def test_a_network_that_is_kept_compiled_answers_without_torch(
    folder: Path, classifier: Classifier, tmp_path: Path
) -> None:
    assert inference.load_compiled(folder / "checkpoint", tmp_path) is None
    torch_inference.load(folder / "checkpoint", tmp_path)
    job_examples.picture(3, 0).save(tmp_path / "picture.png")
    program = """
import sys
from pathlib import Path
from PIL import Image
from core.models import inference

checkpoint, cache = map(Path, sys.argv[1:])
classifier = inference.load_compiled(checkpoint, cache)
shares, _ = classifier.predict([Image.open(cache / "picture.png")])
print(*shares[0], "torch" in sys.modules)
"""
    command = [sys.executable, "-c", program, str(folder / "checkpoint"), str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    *shares, torch_is_loaded = told.stdout.split()
    assert torch_is_loaded == "False"
    expected, _ = classifier.predict([job_examples.picture(3, 0)])
    assert [float(share) for share in shares] == pytest.approx(expected[0].tolist(), abs=2e-3)


def test_the_checkpoint_of_an_earlier_version_is_left_to_torch(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder / "checkpoint", tmp_path / "checkpoint")
    meta = json.loads((tmp_path / "checkpoint" / checkpoint.META).read_bytes())
    del meta["classifier"]
    (tmp_path / "checkpoint" / checkpoint.META).write_text(json.dumps(meta))
    torch_inference.load(tmp_path / "checkpoint", tmp_path)
    assert inference.load_compiled(tmp_path / "checkpoint", tmp_path) is None


def test_a_finished_run_is_kept_compiled(folder: Path) -> None:
    cache = folder / JobSpec.read(folder).workspace / "cache"
    assert inference.load_compiled(folder / "checkpoint", cache) is not None
