"""A small workspace that has everything a query can ask for."""

import json
import random
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from core.types import (
    Cell,
    ClassId,
    Issue,
    IssueKind,
    RunId,
    SampleId,
    SampleState,
    Split,
    Status,
)
from storage.database import revisions
from storage.database.run_tables import RunPredictionRow, RunRow
from storage.database.tables import SampleRow
from storage.fiftyone_view.view import FiftyOneView
from storage.queries import issues
from storage.queries.issues import Asked
from storage.samples import classes, samples
from storage.workspace.folder import Workspace
from tests import factories

CLASSES = ("Zoster", "acne", "Measles", "Healthy")
PATIENTS = (None, "MKP:1", "MKP:12", "mkp:3", "Ärztin", "straße", "100%_done", "a.b*c", "$price")
FILES = (
    "IMG_{}.jpg",
    "img {}.JPG",
    "Größe{}.png",
    "50%_{}.png",
    "$set{}.png",
    "K{}",
    "(x){}.png",
    "Mu\u0308ll{}",
)
TEXTS = (
    "",
    "img",
    "MKP:1",
    "ä",
    "GRÖSSE",
    "%",
    "_",
    ".",
    "$",
    "ss",
    "ß",
    "(x)",
    "\\",
    "nothing",
    "MÜLL",
    "mu\u0308",
    "\u200b",
)
RUN = RunId("run-1-abcd")


def fill(workspace: Workspace, number: int = 120) -> list[SampleId]:
    """Add samples of every status, split, queue, with odd names and missing values."""
    rng = random.Random(0)
    rows = [(rng.choice((*CLASSES, None)), rng.choice(PATIENTS)) for _ in range(number)]
    ids = factories.fill(workspace, rows)
    with workspace.transaction() as session:
        states = samples.states(session, ids)
        labels = [state.label for state in states.values() if state.label is not None]
        samples.write_states(
            session,
            {
                sample: SampleState(
                    label=state.label, status=rng.choice(list(Status)), patient=state.patient
                )
                for sample, state in states.items()
            },
        )
        samples.set_splits(
            session,
            {place: rng.choice([*Split, None]) for place in range(1, number + 1)},
        )
        tops = {
            sample: (rng.choice(labels), rng.choice((0.2, 0.5, 0.5, 0.9))) for sample in ids[::2]
        }
        samples.set_predictions(session, tops)
        for sample in ids:
            name = rng.choice(FILES).format(rng.randrange(30))
            session.execute(
                update(SampleRow)
                .where(SampleRow.id == sample)
                .values(file=name, source_count=rng.choice((1, 1, 2)))
            )
        _add_run(workspace, session, ids, tops)
        _add_scores(session, ids, rng)
        revisions.touch(session, ids)
    return ids


def _add_run(workspace, session, ids, tops) -> None:  # type: ignore[no-untyped-def]
    now = datetime.now(UTC)
    session.execute(
        insert(RunRow).values(
            id=RUN,
            status="finished",
            created=now,
            config={},
            classes=[],
            fingerprint="",
            split_version=1,
            split_kind="patient",
            test_version="1-000000",
            leaky=False,
            active=True,
            process="",
            epochs_done=1,
            message="",
            test_opened=0,
        )
    )
    states = samples.states(session, ids)
    session.execute(
        insert(RunPredictionRow),
        [
            {
                "run_id": RUN,
                "sample_id": sample,
                "split": "validation",
                "label": states[sample].label,
                "predicted": top,
                "confidence": sure,
                "probabilities": [],
                "seen_in_training": False,
            }
            for sample, (top, sure) in tops.items()
        ],
    )
    folder = workspace.cache / "embeddings" / RUN
    folder.mkdir(parents=True)
    (folder / "ids.json").write_text(json.dumps(ids[:-3]))
    vectors = np.random.default_rng(0).normal(size=(len(ids) - 3, 16)).astype(np.float32)
    np.save(folder / "embeddings.npy", vectors)


def cell(true: ClassId, predicted: ClassId) -> Cell:
    """Return a cell of the run's confusion matrix."""
    return Cell(run=RUN, split="validation", true=true, predicted=predicted)


def add_more(workspace: Workspace, number: int) -> list[SampleId]:
    """Add plain samples of one class, as a later import does."""
    return factories.fill(workspace, [("acne", f"later {place}") for place in range(number)])


def differences(workspace: Workspace, view: FiftyOneView) -> set[tuple[object, ...]]:
    """Compare what the view shows of every sample with the truth."""
    view.catch_up()
    with workspace.read() as session:
        names = classes.names(session)
        truth = {
            (
                sample.id,
                names.get(sample.state.label),
                sample.state.status,
                sample.split,
                sample.patient_name,
                sample.revision,
            )
            for sample in samples.changed_since(session, 0, 10**6)
        }
    fields = ["sample_id", "ground_truth.label", "status", "split", "patient", "revision"]
    return truth ^ set(zip(*view.dataset.values(fields), strict=True))


def _add_scores(session: Session, ids: list[SampleId], rng: random.Random) -> None:
    """Give a third of the samples a score of each kind, some of them equal ones."""
    found_issues = [
        Issue(sample=sample, kind=kind, score=rng.choice((0.25, 0.5, 1.0)), reason="made")
        for kind in IssueKind
        for sample in rng.sample(ids, len(ids) // 3)
    ]
    chosen = rng.sample(ids, len(ids) // 3)
    questions = [
        Asked(sample=sample, score=1 - place / 100, reason="made", arm="worth")
        for place, sample in enumerate(chosen)
    ]
    issues.replace(session, found_issues, questions)
    for sample in ids[::5]:
        session.execute(
            update(SampleRow)
            .where(SampleRow.id == sample)
            .values(readers=rng.choice((1, 2)), disputed=rng.random() < 0.5)
        )
