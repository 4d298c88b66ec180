"""The JSON of commands: which keys in which order, and that each document has a schema."""

import importlib
import json
import pkgutil
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter

from core.types import BatchResult
from dashboard.commands import output
from dashboard.schemas import documents
from dashboard.schemas.documents.document import Document, Moment
from dashboard.schemas.documents.evaluation import OpenedEvaluation, ProtocolDocument
from dashboard.schemas.documents.ledger import (
    AgreementDocument,
    DecisionDocument,
    ExportDocument,
    ReaderPair,
)
from dashboard.schemas.documents.prediction import PredictionDocument
from dashboard.schemas.documents.run_difference import RunDifferenceDocument
from dashboard.schemas.documents.runs import RunDocument, RunRow
from dashboard.schemas.documents.samples import (
    ClassDocument,
    IssueDocument,
    QueuesDocument,
    SampleDocument,
)
from dashboard.schemas.documents.splits import BalanceDocument, ClassSplitCount, SplitDocument
from dashboard.schemas.documents.training import EstimatedRun, SearchedRun
from dashboard.schemas.failures import Failure
from dashboard.services.importing.import_document import ImportDocument
from dashboard.services.ledger.exchange import Brought
from dashboard.services.system.doctor import Check
from dashboard.services.view.sync import SyncReport

RUN = "run number status started seconds preset backbone fingerprint active leaky validation"
TRAINED = (
    "run status preset backbone seed epochs best_epoch seconds images_per_second fingerprint "
    "split_version test_version leaky active message evaluations folds out_of_fold over_folds"
)
KEYS: dict[type, str] = {
    SampleDocument: "id file files label imported_label patient patients group split status source "
    "queues predicted confidence",
    IssueDocument: "sample file kind score reason suggested_label related related_files",
    QueuesDocument: "queues strategy changed seconds",
    ClassDocument: "class code key colour images patients",
    DecisionDocument: "number batch sample kind before after applied undoes who when reason note "
    "suggested_by",
    AgreementDocument: "samples disputed fleiss pairs",
    ReaderPair: "one other samples groups observed kappa low high",
    ExportDocument: "file rows",
    BatchResult: "batch applied refused",
    Brought: "applied refused known skipped",
    SyncReport: "projected decided refused",
    Check: "check ok found hint",
    SplitDocument: "split_version kind seed created leaky splits leaks",
    BalanceDocument: "rows plan leaks",
    ClassSplitCount: "class split images patients",
    OpenedEvaluation: "run split test_version images patients metrics classes class_names "
    "confusion labels_changed_since",
    ProtocolDocument: "published honest difference poster",
    PredictionDocument: "file sample checkpoint top confidence probabilities status reason "
    "prediction",
    RunRow: f"{RUN} test_version test_opened message",
    RunDocument: f"{RUN} test_version test_opened message as_of repeats automatic hidden settings "
    "images hardware versions cost log traceback",
    RunDifferenceDocument: "before after settings versions data split metrics paired why_not",
    EstimatedRun: f"{TRAINED} estimate",
    SearchedRun: f"{TRAINED} search",
    Failure: "title message hint",
    ImportDocument: "dry_run cancelled layout files_seen added known repeated skipped samples "
    "patients groups classes new_classes new_sides demonstration shared duplicates conflicts "
    "differences children folds notes seconds",
}


@pytest.mark.parametrize(("kind", "keys"), KEYS.items(), ids=lambda value: str(value)[:40])
def test_a_command_prints_its_keys_in_their_order(kind: type, keys: str) -> None:
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    assert list(schema["properties"]) == keys.split()


def _documents() -> list[type[Document]]:
    for module in pkgutil.iter_modules(documents.__path__, f"{documents.__name__}."):
        importlib.import_module(module.name)
    kinds, left = [], [Document]
    while left:
        found = left.pop().__subclasses__()
        kinds += found
        left += found
    return kinds


@pytest.mark.parametrize("document", _documents())
def test_the_schema_of_a_document_says_what_it_is(document: type[Document]) -> None:
    assert document.model_json_schema(mode="serialization")["description"]


def test_the_docstring_of_a_field_is_its_description() -> None:
    score = IssueDocument.model_json_schema(mode="serialization")["properties"]["score"]
    assert score["description"] == "In [0, 1], higher is worse; six decimals."


def test_a_moment_is_printed_in_utc() -> None:
    noon = datetime(2026, 5, 3, 14, tzinfo=timezone(timedelta(hours=2)))
    assert TypeAdapter(Moment).dump_python(noon) == "2026-05-03T12:00:00+00:00"


def test_models_dataclasses_and_lists_of_them_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.document([ExportDocument(file="Mädchen.csv", rows=2), BatchResult(batch=1, applied=0)])
    said = capsys.readouterr().out
    assert "Mädchen" in said
    assert json.loads(said) == [
        {"file": "Mädchen.csv", "rows": 2},
        {"batch": 1, "applied": 0, "refused": []},
    ]
