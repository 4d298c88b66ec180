from core.types import BalanceMethod, DecisionKind
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.runs import preflight
from dashboard.services.splits import balance
from storage.workspace.folder import Workspace
from tests import factories


def test_only_what_can_be_learnt_from_is_counted(workspace: Workspace) -> None:
    rows = [("A", "p0"), ("A", "p0"), ("B", "p1"), ("B", None), (None, "p2"), ("C", "p3")]
    ids = factories.fill(workspace, rows)
    out = Order(kind=DecisionKind.EXCLUDE, who="ann")
    curation.decide(workspace, out, [Choice(sample=ids[-1])])
    found = preflight.trainable(workspace)
    # Not the one without a label, nor the excluded one with its patient and its class; the one
    # without a patient counts as one of its own.
    assert (found.images, found.patients, found.classes) == (4, 3, 2)


def test_training_counts_patients_as_balance_does(workspace: Workspace) -> None:
    rows = [("A", "p0"), ("A", "p1"), ("B", "p2"), ("B", "p2"), (None, "p3"), ("B", None)]
    ids = factories.fill(workspace, rows)
    joined = Order(kind=DecisionKind.JOIN, who="ann", join=ids[1])
    curation.decide(workspace, joined, [Choice(sample=ids[0])])
    report = balance.overview(workspace, BalanceMethod.NONE)
    # p0 and p1 were joined, p3 has no label, one sample has no patient.
    assert preflight.trainable(workspace).patients == report.totals.patients == 3


def test_without_any_label_there_is_nothing_to_learn_from(workspace: Workspace) -> None:
    factories.fill(workspace, [(None, "p0")])
    assert preflight.trainable(workspace) == preflight.Trainable(images=0, patients=0, classes=0)
