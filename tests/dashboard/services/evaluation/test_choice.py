from dataclasses import replace

from core.types import ClassId, RunId, RunStatus
from dashboard.schemas.evaluation import CellChoice, Matrix
from dashboard.services.evaluation import choice
from tests.dashboard.ui.panels import classes, evaluation, run

MATRIX = ((8, 2, 0), (0, 12, 4), (1, 1, 2))
MEASURED = {"validation": evaluation(MATRIX), "test": evaluation(MATRIX, split="test")}
FIRST = run(id=RunId("run-1"), number=1, evaluations=MEASURED)
ACTIVE = run(id=RunId("run-2"), number=2, active=True, evaluations=MEASURED)


def chosen(run: str = "", split: str = "") -> tuple[str, str]:
    found = choice.choose([FIRST, ACTIVE], run, split)
    assert found is not None
    return found.run.id, found.split


def test_the_active_run_is_opened_on_validation_where_nothing_else_was_asked_for() -> None:
    assert chosen() == ("run-2", "validation")
    assert chosen("run-1") == ("run-1", "validation")
    assert chosen("of an old address", "out_of_fold") == ("run-2", "validation")
    assert chosen("run-1", "test") == ("run-1", "test")
    assert choice.choose([]) is None


def test_only_runs_that_ended_with_an_evaluation_can_be_chosen() -> None:
    failed = replace(FIRST, status=RunStatus.FAILED)
    assert choice.measured([FIRST, failed, run()]) == [FIRST]


def test_the_fullest_mistake_comes_first() -> None:
    assert choice.fullest_mistake(MATRIX) == (1, 2)
    assert choice.fullest_mistake(((3, 0), (0, 4))) == (0, 0)


def test_a_class_that_was_removed_since_keeps_its_place() -> None:
    known = classes("Cowpox", "Healthy", "Measles")
    names = [info.name for info in choice.classes_of(FIRST, known[:2])]
    assert names == ["Cowpox", "Healthy", "removed 12"]


def test_the_browser_is_sent_the_matrix_and_sends_back_a_cell() -> None:
    matrix = Matrix.of(MEASURED["validation"], classes("Cowpox", "Healthy", "Measles"), (1, 2))
    assert matrix.model_dump(mode="json")["counts"] == [list(row) for row in MATRIX]
    sent = {"run": "run-1", "split": "validation", "true": 11, "predicted": 12}
    cell = CellChoice.model_validate(sent).cell
    assert (cell.true, cell.predicted) == (ClassId(11), ClassId(12))
