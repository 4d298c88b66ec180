"""How fast a person browses 20,000 samples: `python -m tests.benchmarks.browsing [SAMPLES]`.

Both views answer the same questions in the same process; nothing is asserted. Times are
milliseconds on the server, without HTTP.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.types import (
    Cell,
    ClassId,
    DecisionKind,
    Queue,
    RunId,
    SampleId,
    SampleQuery,
    Sort,
    Split,
    Status,
)
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Order
from storage.database import revisions
from storage.database.run_tables import RunPredictionRow, RunRow
from storage.database.tables import (
    CounterRow,
    ImageRow,
    ImportRow,
    PatientRow,
    SampleRow,
    SourceRow,
)
from storage.fiftyone_view import connect
from storage.queries.sample_view import SampleView, SqliteView
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories
from tests.benchmarks import results
from tests.benchmarks.results import Table

CLASSES = ("Mpox", "Chickenpox", "Measles", "Cowpox", "HFMD", "Healthy")
WEIGHTS = (28, 7, 6, 7, 17, 35)
RUN = RunId("run-1-abcd")
PAGE = 48
ASKED = 0.1
"""Share of the samples that stand in a queue with scores."""
REPEATS = 40


def fill(workspace: Workspace, number: int) -> None:
    """Write the rows of an import, a split and a finished run, without pictures."""
    rng = random.Random(0)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with workspace.transaction() as session:
        labels = factories.add_classes(session, *CLASSES)
        patients = max(1, number * 7 // 10)
        _rows(session, PatientRow, [{"id": n, "name": f"MKP:{n}"} for n in range(1, patients + 1)])
        _rows(session, ImportRow, [{"number": 1, "root": "x", "layout": "table", "started": now}])
        rows = [
            _sample(rng, n, labels, rng.randint(1, patients), now) for n in range(1, number + 1)
        ]
        _rows(session, ImageRow, [_image(row) for row in rows])
        _rows(session, SampleRow, rows)
        _rows(session, SourceRow, [_source(row) for row in rows])
        _rows(session, CounterRow, [{"name": "revision", "value": number}])
        _run(session, rows, now)
    folder = workspace.cache / "embeddings" / RUN
    folder.mkdir(parents=True)
    (folder / "ids.json").write_text(json.dumps([row["id"] for row in rows]))
    vectors = np.random.default_rng(0).normal(size=(number, 576)).astype(np.float32)
    np.save(folder / "embeddings.npy", vectors)


def _rows(session: Session, table: type, rows: list[dict[str, object]]) -> None:
    session.execute(insert(table), rows)


def _sample(
    rng: random.Random, number: int, labels: list[ClassId], patient: int, now: datetime
) -> dict[str, object]:
    label = rng.choices(labels, WEIGHTS)[0] if rng.random() > 0.03 else None
    return {
        "number": number,
        "id": factories.sample_id(number),
        "file": f"IMG_{rng.randrange(10**8):08d}.jpg",
        "imported_label": label,
        "label": label,
        "status": rng.choices(list(Status), (80, 8, 6, 3, 3))[0].value,
        "patient_id": patient,
        "imported_patient": patient,
        "links": [],
        "group_number": number,
        "split": rng.choices([side.value for side in list(Split)[:3]], (64, 16, 20))[0],
        "conflict": label is None and rng.random() < 0.2,
        "source_count": 2 if rng.random() < 0.05 else 1,
        "predicted": rng.choices(labels, WEIGHTS)[0] if rng.random() < 0.5 else label,
        "confidence": rng.random(),
        "worth": rng.random() if rng.random() < ASKED else None,
        "issue_label": rng.random() if rng.random() < ASKED else None,
        "added": now + timedelta(seconds=number),
        "revision": number,
    }


def _image(row: dict[str, object]) -> dict[str, object]:
    name = str(row["id"])
    return {
        "id": name,
        "pixel_sha256": name * 4,
        "file": f"{name[:2]}/{name}.jpg",
        "width": 224,
        "height": 224,
        "byte_size": 20_000,
        "added": row["added"],
    }


def _source(row: dict[str, object]) -> dict[str, object]:
    return {
        "sample_id": row["id"],
        "import_number": 1,
        "file": f"images/{row['file']}",
        "label": row["label"],
        "patient_id": row["patient_id"],
        "origin": "generated",
    }


def _run(session: Session, rows: list[dict[str, object]], now: datetime) -> None:
    plain = {"config": {}, "classes": [], "fingerprint": "", "process": "", "message": ""}
    numbers = {"split_version": 1, "epochs_done": 1, "test_opened": 0}
    told = {"status": "finished", "split_kind": "patient", "test_version": "1-0", "created": now}
    run = {"id": RUN, "leaky": False, "active": True, **plain, **numbers, **told}
    _rows(session, RunRow, [run])
    said = [
        {
            "run_id": RUN,
            "sample_id": row["id"],
            "split": row["split"],
            "label": row["label"],
            "predicted": row["predicted"],
            "confidence": row["confidence"],
            "probabilities": [],
            "seen_in_training": row["split"] == "train",
        }
        for row in rows
        if row["predicted"] is not None
    ]
    _rows(session, RunPredictionRow, said)


def questions(number: int) -> dict[str, tuple[SampleQuery, int]]:
    """Return what a person asks: (query, offset of the page)."""
    everything = SampleQuery()
    filtered = SampleQuery(labels=(ClassId(1), ClassId(2)), splits=(Split.TRAIN,))
    cell = Cell(run=RUN, split="validation", true=ClassId(1), predicted=ClassId(6))
    near = SampleQuery(sort=Sort.SIMILARITY, similar_to=factories.sample_id(5))
    sorts = {
        f"first page, {sort.value} {'down' if turned else 'up'}": (
            replace(everything, sort=sort, descending=turned),
            0,
        )
        for sort in (Sort.FILE, Sort.LABEL, Sort.PATIENT, Sort.CONFIDENCE)
        for turned in (False, True)
    }
    return {
        "first page": (everything, 0),
        "next page": (everything, PAGE),
        "last page": (everything, number - PAGE),
        "first page, two classes in train": (filtered, 0),
        "next page, two classes in train": (filtered, PAGE),
        **sorts,
        "last page, patient up": (replace(everything, sort=Sort.PATIENT), number - PAGE),
        "filtered and sorted by confidence": (replace(filtered, sort=Sort.CONFIDENCE), 0),
        "queue disagreement": (SampleQuery(queues=(Queue.DISAGREEMENT,)), 0),
        "all, sorted by score": (replace(everything, sort=Sort.SCORE), 0),
        "queue best to ask, sorted by score": (
            SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE),
            0,
        ),
        "search file or patient": (SampleQuery(text="mkp:12"), 0),
        "confusion cell": (SampleQuery(cell=cell), 0),
        "similar, whole set": (near, 0),
        "similar, two classes in train": (replace(near, labels=filtered.labels), 0),
    }


def timed(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 95))


def once(measured: Table, name: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    measured.add(name, f"{time.perf_counter() - began:.2f} s", "")


def touch(workspace: Workspace, ids: list[SampleId]) -> None:
    with workspace.transaction() as session:
        revisions.touch(session, ids)


def compare(
    measured: Table, workspace: Workspace, views: tuple[SampleView, SampleView], number: int
) -> None:
    """Add a row for each question, with both views' milliseconds; SQLite's alone come last."""

    def line(name: str, *works: Callable[[], object]) -> None:
        cells = ["{:.1f} / {:.1f}".format(*timed(work)) for work in works]
        measured.add(name, *([""] * (2 - len(cells))), *cells)

    for name, (query, offset) in questions(number).items():
        line(name, *(lambda v=view, q=query, o=offset: v.page(q, o, PAGE) for view in views))
    everything, filtered = SampleQuery(), questions(number)["first page, two classes in train"][0]
    line("count of all that match", *(lambda v=view: v.page(filtered, 0, 1) for view in views))
    sqlite = SqliteView(workspace)
    line("select all (SQLite)", lambda: sqlite.ids(everything))
    line("select two classes in train (SQLite)", lambda: sqlite.ids(filtered))
    one = sqlite.ids(everything)[7:8]
    line(
        "page after one decision",
        *(lambda v=view: (touch(workspace, one), v.page(everything, 0, PAGE)) for view in views),
    )
    shown = list(views[1].page(filtered, 0, PAGE).ids)
    with workspace.read() as session:
        line("content of 48 cards (SQLite)", lambda: samples.many(session, shown))
        line("facet counts (SQLite)", lambda: samples.facets(session, everything))
        line("facet counts, filtered (SQLite)", lambda: samples.facets(session, filtered))


def main(number: int) -> None:
    """Make the workspace, open the view, measure."""
    title = f"Questions about {number:,} samples on the server, milliseconds (p50 / p95)"
    columns = ("question", "FiftyOne", "SQLite")
    with (
        results.table(f"browsing_{number}", title, columns) as measured,
        tempfile.TemporaryDirectory() as folder,
    ):
        workspace = Workspace.open(Path(folder) / "workspace")
        once(measured, f"write {number} samples into SQLite", lambda: fill(workspace, number))
        began = time.perf_counter()
        view = connect.open_view(workspace)
        seconds = time.perf_counter() - began
        measured.add("start mongod, FiftyOne, project", f"{seconds:.2f} s", "")
        sqlite = SqliteView(workspace)
        once(measured, "rebuild the view", view.rebuild)
        many = sqlite.ids(SampleQuery())[:2000]
        once(measured, "stamp 2,000 samples in SQLite", lambda: touch(workspace, many))
        once(measured, "catch up with 2,000 changes", view.catch_up)
        once(measured, "look for edits of the FiftyOne App", view.foreign_edits)
        compare(measured, workspace, (view, sqlite), number)
        query = questions(number)["first page, two classes in train"][0]
        keep = Order(kind=DecisionKind.KEEP, who="benchmark")
        total = view.page(query, 0, 1).total
        once(
            measured,
            f"keep all {total} that match",
            lambda: curation.decide_matching(workspace, keep, query, total, 0).applied,
        )
        once(measured, "project them", view.catch_up)
        view.close()
        workspace.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
