"""Images and patients of each class, each patient once."""

from core.types import BalanceMethod
from dashboard.services.splits import balance, balance_table, split_versions
from storage.workspace.folder import Workspace
from tests import factories


def test_a_patient_with_photographs_of_two_classes_is_one_patient_in_the_totals(
    workspace: Workspace,
) -> None:
    rows = [("A", "ann"), ("A", "ann"), ("B", "ann"), ("B", "bob"), (None, "eve")]
    factories.fill(workspace, rows)
    report = balance.overview(workspace, BalanceMethod.NONE)
    assert [(row.images, row.patients) for row in report.rows] == [(2, 1), (2, 2)]
    assert list(report.totals.by_class.values()) == [1, 2]
    assert report.totals.by_split == {None: 2}
    assert report.totals.patients == 2
    assert balance_table.table(report).to_dict("list") == {
        "Class": ["A", "B", "All"],
        "Not split images": [2, 2, 4],
        "Not split patients": [1, 2, 2],
        "All images": [2, 2, 4],
        "All patients": [1, 2, 2],
    }


def test_once_there_is_a_split_the_table_has_its_three_sides(workspace: Workspace) -> None:
    factories.fill(workspace, [("ABC"[n % 3], f"p{n // 2}") for n in range(60)])
    split_versions.ensure(workspace)
    report = balance.overview(workspace, BalanceMethod.NONE)
    table = balance_table.table(report).set_index("Class")
    sides = table[["Train images", "Validation images", "Test images"]]
    assert sides.sum(axis=1).tolist() == table["All images"].tolist() == [20, 20, 20, 60]
    assert table.loc["All", "All patients"] == 30


def test_an_empty_workspace_has_nothing_to_count(workspace: Workspace) -> None:
    report = balance.overview(workspace, BalanceMethod.NONE)
    assert (report.rows, report.totals.patients) == ((), 0)
    assert balance_table.table(report)["All images"].tolist() == [0]
