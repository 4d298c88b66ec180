from core.types import DecisionKind
from dashboard.services import curation, preparing
from dashboard.services.curation import Choice, Order
from storage.workspace import Workspace
from tests import factories


def test_only_what_can_be_learnt_from_is_counted(workspace: Workspace) -> None:
    rows = [("A", "p0"), ("A", "p0"), ("B", "p1"), ("B", None), (None, "p2"), ("C", "p3")]
    ids = factories.fill(workspace, rows)
    out = Order(kind=DecisionKind.EXCLUDE, who="ann")
    curation.decide(workspace, out, [Choice(sample=ids[-1])])
    found = preparing.trainable(workspace)
    # Not the one without a label, nor the excluded one with its patient and its class.
    assert (found.images, found.patients, found.classes) == (4, 2, 2)


def test_without_any_label_there_is_nothing_to_learn_from(workspace: Workspace) -> None:
    factories.fill(workspace, [(None, "p0")])
    assert preparing.trainable(workspace) == preparing.Trainable(images=0, patients=0, classes=0)
