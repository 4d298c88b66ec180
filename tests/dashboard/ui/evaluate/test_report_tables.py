import pandas as pd
import pytest
from pandas.io.formats.style import Styler

from dashboard.services.evaluation import tables
from dashboard.ui.evaluate import report_tables
from tests.dashboard.ui.panels import classes, evaluation, metric, run

NAMES = ["Cowpox", "Healthy", "Measles"]
MATRIX = ((8, 2, 0), (0, 12, 4), (1, 1, 2))


def written(styled: Styler) -> list[list[str]]:
    """Return the cells as people read them."""
    body = styled._translate(False, False)["body"]  # type: ignore[attr-defined]
    return [
        [str(cell["display_value"]).replace("\u00a0", " ") for cell in row if cell["type"] == "td"]
        for row in body
    ]


def report() -> Styler:
    return report_tables.report(tables.report(evaluation(MATRIX), NAMES), classes(*NAMES))


def test_a_share_is_read_with_its_interval_and_sorts_as_a_number() -> None:
    styled = report()
    assert written(styled)[0] == [
        "CO Cowpox", "88.9 %  0.0–100.0", "80.0 %  25.0–75.0", "84.2 %  10.0–90.0", "10", "9"
    ]  # fmt: skip
    assert styled.data["Recall"].tolist() == pytest.approx([0.8, 0.75, 0.5])  # type: ignore[attr-defined]


def test_a_class_of_fewer_than_ten_images_is_greyed() -> None:
    styled = report()
    styled._compute()  # type: ignore[attr-defined]
    greyed = {row for (row, _), style in styled.ctx.items() if style}  # type: ignore[attr-defined]
    assert greyed == {2}


def test_what_nothing_was_divided_for_is_a_dash() -> None:
    nothing = evaluation(((4, 0), (1, 0)))
    styled = report_tables.report(tables.report(nothing, NAMES[:2]), classes(*NAMES[:2]))
    assert written(styled)[1][1] == "–"


def test_overall_numbers_begin_with_balanced_accuracy() -> None:
    rows = written(report_tables.overall(tables.overall(evaluation(MATRIX))))
    assert [row[0] for row in rows] == ["Balanced accuracy", "Macro-F1", "Accuracy"]
    assert rows[0][1:3] == ["71.3 %", "60.0–80.0"]


def test_every_fold_has_a_row_in_their_order() -> None:
    measured = {
        f"fold-{number}": evaluation(((4,),), balanced_accuracy=metric(value, 0.5, 1))
        for number, value in ((10, 0.9), (2, 0.8), (0, 0.7))
    }
    table = tables.folds(run(evaluations=measured))
    assert table["balanced_accuracy"].tolist() == [0.7, 0.8, 0.9]
    first = written(report_tables.folds(table))[0]
    assert first[:2] == ["1", "70.0 %  50.0–100.0"]
    assert written(report_tables.folds(pd.DataFrame())) == []
