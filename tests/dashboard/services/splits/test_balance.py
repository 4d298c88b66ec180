from core.types import BalanceMethod
from dashboard.services.splits import balance
from dashboard.ui.balance import balance_table
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
    html = balance_table.html(report, None, 0).replace("\u00a0", " ")
    assert "n = 4 images of 2 patients" in html
    assert "3 pat." not in html


def test_an_empty_workspace_has_nothing_to_count(workspace: Workspace) -> None:
    report = balance.overview(workspace, BalanceMethod.NONE)
    assert (report.rows, report.totals.patients) == ((), 0)
