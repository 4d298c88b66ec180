"""Evaluations: numbers checked by hand, kept as they are, opened and counted."""

import csv
import io
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import AppError
from core.evaluation import metrics as numbers
from core.types import ClassId, DecisionKind, Evaluation, Run, RunId, RunStatus, SampleId
from dashboard.schemas.documents.evaluation import EvaluationDocument
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.evaluation import evaluations, tables
from dashboard.services.system import table_files
from storage.runs import runs, sample_predictions
from storage.runs.sample_predictions import Scored
from storage.workspace.folder import Workspace
from tests import factories

pytestmark = pytest.mark.process

ROWS = [("A", "p1"), ("A", "p1"), ("A", "p2"), ("A", "p3"), ("B", "p4"), ("B", "p5")]
SAID = ("A", "A", "A", "B", "B", "A")
"""A: 3 of 4 recognised, B: 1 of 2."""
NAMES = ["A", "B"]


def record(workspace: Workspace, samples: Sequence[SampleId], split: str, number: int = 1) -> Run:
    """Keep an ended run that said `SAID` about the samples, measured on a split."""
    ids = {"A": ClassId(1), "B": ClassId(2)}
    run = RunId(f"run-{number}-ab12")
    labels, said = [ids[label] for label, _ in ROWS if label], [ids[one] for one in SAID]
    shares = np.array([[0.8, 0.2] if one == "A" else [0.3, 0.7] for one in SAID])
    answers = numbers.answers(labels, shares, [1, 1, 2, 3, 4, 5], (ids["A"], ids["B"]))
    measured = numbers.evaluate(
        answers, (ids["A"], ids["B"]), run=run, split=split, test_version="1-abc"
    )
    scored = [
        Scored(
            sample=sample,
            split=split,
            label=label,
            predicted=top,
            confidence=float(row.max()),
            probabilities=tuple(row),
            seen_in_training=False,
        )
        for sample, label, top, row in zip(samples, labels, said, shares, strict=True)
    ]
    new = factories.new_run(1, id=run, classes=(ids["A"], ids["B"]))
    with workspace.transaction() as session:
        runs.add(session, new)
        runs.change(session, run, (RunStatus.QUEUED,), status=RunStatus.FINISHED)
        sample_predictions.add(session, run, scored)
        runs.add_evaluation(session, measured)
        return runs.find(session, run)


@pytest.fixture
def samples(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, ROWS)


def decide(workspace: Workspace, kind: DecisionKind, sample: SampleId, label: int | None) -> None:
    to = None if label is None else ClassId(label)
    order = Order(kind=kind, who="ann", label=to)
    assert curation.decide(workspace, order, [Choice(sample=sample)]).applied == 1


def opened(workspace: Workspace, run: Run) -> Evaluation:
    with workspace.read() as session:
        again = runs.find(session, run.id)
    return evaluations.open(workspace, again)


def test_the_numbers_of_six_images_of_five_patients_by_hand(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    assert found.confusion == ((3, 1), (1, 1))
    assert (found.images, found.patients) == (6, 5)
    assert found.accuracy.value == pytest.approx(4 / 6)
    assert found.balanced_accuracy.value == pytest.approx((3 / 4 + 1 / 2) / 2)
    a, b = found.classes
    assert (a.images, a.patients, b.images, b.patients) == (4, 3, 2, 2)
    for one, precision, recall in ((a, 3 / 4, 3 / 4), (b, 1 / 2, 1 / 2)):
        assert one.precision is not None
        assert one.recall is not None
        assert one.precision.value == pytest.approx(precision)
        assert one.recall.value == pytest.approx(recall)
    assert found.macro_f1.value == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_only_looking_at_test_is_counted(workspace: Workspace, samples: list[SampleId]) -> None:
    validation = record(workspace, samples, "validation")
    test = record(workspace, samples, "test", number=2)
    evaluations.open(workspace, validation)
    evaluations.open(workspace, test, "test")
    evaluations.open(workspace, test, "test")
    with workspace.read() as session:
        assert runs.find(session, "1").test_opened == 0
        assert runs.find(session, "2").test_opened == 2


def test_a_split_that_was_not_measured_is_named_with_those_that_were(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    run = record(workspace, samples, "validation")
    with pytest.raises(AppError, match="Run 1 was not measured on 'test'") as refused:
        evaluations.open(workspace, run, "test")
    assert refused.value.hint == "It was measured on: validation."
    with workspace.read() as session:
        assert runs.find(session, "1").test_opened == 0


def test_decisions_afterwards_change_no_number_and_are_counted(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    run = record(workspace, samples, "validation")
    before = opened(workspace, run)
    assert evaluations.changed_since(workspace, run, "validation") == 0
    decide(workspace, DecisionKind.RELABEL, samples[3], 2)
    assert evaluations.changed_since(workspace, run, "validation") == 1
    decide(workspace, DecisionKind.EXCLUDE, samples[0], None)
    assert evaluations.changed_since(workspace, run, "validation") == 2
    decide(workspace, DecisionKind.KEEP, samples[1], None)
    assert evaluations.changed_since(workspace, run, "validation") == 2
    decide(workspace, DecisionKind.RELABEL, samples[3], 1)
    assert evaluations.changed_since(workspace, run, "validation") == 1
    assert evaluations.changed_since(workspace, run, "test") == 0
    assert opened(workspace, run) == before


def test_an_evaluation_cannot_be_changed(workspace: Workspace, samples: list[SampleId]) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    with pytest.raises(FrozenInstanceError):
        found.images = 7  # type: ignore[misc]


def test_the_report_as_a_table_has_a_row_per_class_and_the_overall_figures(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    rows = list(csv.DictReader(io.StringIO(table_files.csv(tables.report(found, NAMES)))))
    assert [row["class"] for row in rows] == [
        "A", "B", "accuracy", "balanced_accuracy", "macro_f1"
    ]  # fmt: skip
    assert (rows[0]["recall"], rows[0]["images"], rows[0]["patients"]) == ("0.7500", "4", "3")
    assert float(rows[0]["recall_low"]) <= 0.75 <= float(rows[0]["recall_high"])


def test_a_class_name_is_no_formula_for_a_spreadsheet(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    table = table_files.csv(tables.report(found, ["=1+1", "B, or not"]))
    assert "\n'=1+1," in table
    assert '\n"B, or not",' in table


def test_the_document_of_a_command_carries_every_number_with_its_interval(
    workspace: Workspace, samples: list[SampleId]
) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    document = EvaluationDocument.of(found, NAMES).model_dump(mode="json", by_alias=True)
    assert document["confusion"] == [[3, 1], [1, 1]]
    assert document["class_names"] == NAMES
    assert document["metrics"]["accuracy"] == {
        "value": found.accuracy.value,
        "low": found.accuracy.low,
        "high": found.accuracy.high,
    }
    assert [row["class"] for row in document["classes"]] == NAMES


def test_a_spreadsheet_of_the_report_reads_back_as_it_was(
    workspace: Workspace, samples: list[SampleId], tmp_path: Path
) -> None:
    found = opened(workspace, record(workspace, samples, "validation"))
    table = tables.report(found, ["=1+1", "B"])
    path = table_files.write(table, tmp_path / "report.xlsx")
    back = pd.read_excel(path)
    assert list(back.columns) == list(table.columns)
    assert back["class"].tolist()[:2] == ["'=1+1", "B"]
    assert back["recall"].tolist()[:2] == [0.75, 0.5]
