import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.demo import demo_set, drawing, patients
from core.imaging import decode
from core.types import ImportReport, Progress
from dashboard.services.importing import importer
from storage.workspace.folder import Workspace

pytestmark = pytest.mark.process


@dataclass(frozen=True, kw_only=True)
class Drawn:
    folder: Path
    told: list[Progress]
    report: ImportReport


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Draw and import the set once: it takes some seconds."""
    workspace = Workspace.open(tmp_path_factory.mktemp("demo"))
    told: list[Progress] = []
    report = importer.run_demo(workspace, progress=told.append)
    workspace.close()
    return Drawn(folder=workspace.cache / importer.DEMO_FOLDER, told=told, report=report)


@pytest.fixture
def folder(drawn: Drawn) -> Path:
    return drawn.folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_six_uneven_classes_of_people_with_several_pictures(folder: Path) -> None:
    manifest = rows(folder / "manifest.csv")
    planted = {row["path"]: row["truth"] for row in rows(folder / "truth.csv")}
    truth = Counter(planted.get(row["path"], row["label"]) for row in manifest)
    assert len(manifest) == 352 + demo_set.EXACT_COPIES + demo_set.NEAR_COPIES
    assert len({row["patient"] for row in manifest}) == 252
    assert set(truth) == set(demo_set.SIZES)
    assert truth.most_common()[0][0] == "Monkeypox"
    assert truth.most_common()[-1][0] == "Measles"
    assert {row["source"] for row in manifest} == {"synthetic demonstration data"}


def test_about_four_percent_of_the_labels_are_wrong_and_written_down(folder: Path) -> None:
    manifest = {row["path"]: row["label"] for row in rows(folder / "manifest.csv")}
    planted = rows(folder / "truth.csv")
    assert len(planted) == demo_set.WRONG_LABELS + 1
    for row in planted:
        assert manifest[row["path"]] == row["label"] != row["truth"]


def test_some_pictures_stand_twice_also_under_two_patients(folder: Path) -> None:
    by_bytes: dict[str, list[dict[str, str]]] = {}
    for row in rows(folder / "manifest.csv"):
        digest = hashlib.sha256((folder / row["path"]).read_bytes()).hexdigest()
        by_bytes.setdefault(digest, []).append(row)
    twice = [copies for copies in by_bytes.values() if len(copies) > 1]
    assert len(twice) == demo_set.EXACT_COPIES
    assert sum(len({row["patient"] for row in copies}) == 2 for copies in twice) == 2
    assert sum(len({row["label"] for row in copies}) == 2 for copies in twice) == 1


def test_no_file_name_tells_the_class(folder: Path) -> None:
    for row in rows(folder / "manifest.csv"):
        assert row["path"].removeprefix("pictures/")[:4] == row["patient"].lower()


def test_every_picture_is_a_small_photograph(folder: Path) -> None:
    for row in rows(folder / "manifest.csv")[::20]:
        decoded = decode.decode((folder / row["path"]).read_bytes())
        assert (decoded.width, decoded.height, decoded.suffix) == (224, 224, ".jpg")


def test_the_same_seed_draws_the_same_person_and_photo() -> None:
    for label in demo_set.SIZES:
        pair = [
            drawing.photograph(patients.person(label, 5), np.random.default_rng(7))
            for _time in range(2)
        ]
        assert pair[0].tobytes() == pair[1].tobytes()


def test_the_set_can_be_told_apart_but_not_by_colour_alone(folder: Path) -> None:
    """The five nearest neighbours by a simple descriptor beat chance by far, and err."""
    planted = {row["path"]: row["truth"] for row in rows(folder / "truth.csv")}
    manifest = rows(folder / "manifest.csv")
    labels = np.array([planted.get(row["path"], row["label"]) for row in manifest])
    people = np.array([row["patient"] for row in manifest])
    described = np.stack([describe(folder / row["path"]) for row in manifest])
    described = (described - described.mean(axis=0)) / described.std(axis=0)
    right: dict[str, list[bool]] = {}
    for place, label in enumerate(labels):
        distance = np.abs(described - described[place]).sum(axis=1)
        distance[people == people[place]] = np.inf
        near = Counter(labels[np.argsort(distance)[:5]]).most_common()[0][0]
        right.setdefault(label, []).append(near == label)
    recall = [float(np.mean(answers)) for answers in right.values()]
    assert 0.55 < float(np.mean(recall)) < 0.99


def describe(path: Path) -> np.ndarray:
    image = decode.decode(path.read_bytes()).image.resize((64, 64))
    values = np.asarray(image, dtype=float).reshape(-1, 3) / 255
    relative = values / (np.median(values, axis=0) + 0.05)
    marks = np.c_[relative, relative[:, 0] - relative[:, 1], relative[:, 1] - relative[:, 2]]
    return np.asarray(np.percentile(marks, [1, 5, 25, 75, 95, 99], axis=0).ravel())


def test_progress_is_told(drawn: Drawn) -> None:
    stages = {progress.stage: progress for progress in drawn.told}
    last = stages["Drawing synthetic demonstration data"]
    assert last.done == last.total == 361
    assert stages["Reading pictures"].done == 361


def test_the_imported_set_shows_what_curation_is_for(drawn: Drawn) -> None:
    report = drawn.report
    assert (report.files_seen, report.samples, report.patients) == (361, 357, 252)
    assert len(report.duplicates) == demo_set.EXACT_COPIES
    assert len(report.conflicts) == 1
    assert list(report.classes) == list(demo_set.SIZES)


def test_a_set_that_is_cancelled_lists_what_was_drawn(tmp_path: Path) -> None:
    done: list[int] = []
    manifest = demo_set.write(
        tmp_path, progress=lambda now: done.append(now.done), cancelled=lambda: bool(done)
    )
    listed = [line.split(",")[0] for line in manifest.read_text().splitlines()[1:]]
    assert len(listed) == done[-1] < sum(pictures for pictures, _ in demo_set.SIZES.values())
    assert all((tmp_path / file).is_file() for file in listed)
