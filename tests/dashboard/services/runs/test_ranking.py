"""Which figures rest on the same images with the same labels, and what the frame says of them."""

from core.types import DecisionKind, SampleId
from dashboard.services.browsing.overview import OverviewReader
from dashboard.services.prediction import caveats
from dashboard.services.runs import ranking, run_tables
from dashboard.services.runs.ranking import Ranking
from dashboard.services.runs.trainer import Trainer
from storage.database.run_tables import RunPredictionRow
from storage.runs import runs
from storage.runs.comparability import Difference
from storage.workspace.folder import Workspace
from tests import factories
from tests.dashboard.services.evaluation.test_evaluations import ROWS, decide, record


def relabelled(workspace: Workspace, run: str, sample: SampleId, label: int) -> None:
    """Let a run have been measured with another label of one sample."""
    with workspace.transaction() as session:
        row = session.get(RunPredictionRow, (run, sample, "validation"))
        assert row is not None
        row.label = label


def test_a_figure_with_other_labels_than_the_newest_run_is_marked_and_not_ranked(
    workspace: Workspace,
) -> None:
    samples = factories.fill(workspace, ROWS)
    first = record(workspace, samples, "validation")
    second = record(workspace, samples, "validation", number=2)
    third = record(workspace, samples, "validation", number=3)
    for place in (0, 1):
        relabelled(workspace, first.id, samples[place], 2)
    apart = Ranking(workspace).apart([first, second, third])
    assert apart.newest == 3
    assert apart.runs == {first.id: Difference(labels=2, images=0)}
    rows = ranking.ordered([first, third, second], apart)
    assert [run.number for run in rows] == [3, 2, 1]
    table = run_tables.runs(rows, apart)
    assert table["comparable"].tolist() == ["", "", run_tables.OLDER_LABELS]


def test_a_figure_of_other_images_is_marked_as_such(workspace: Workspace) -> None:
    samples = factories.fill(workspace, ROWS)
    first = record(workspace, samples, "validation")
    second = record(workspace, samples, "validation", number=2)
    with workspace.transaction() as session:
        session.delete(session.get(RunPredictionRow, (first.id, samples[5], "validation")))
    apart = Ranking(workspace).apart([first, second])
    assert apart.runs == {first.id: Difference(labels=0, images=1)}
    table = run_tables.runs([second, first], apart)
    assert table["comparable"].tolist() == ["", run_tables.OTHER_IMAGES]


def test_alike_measured_runs_are_ranked_as_ever(workspace: Workspace) -> None:
    samples = factories.fill(workspace, ROWS)
    both = [record(workspace, samples, "validation", number=number) for number in (1, 2)]
    apart = Ranking(workspace).apart(both)
    assert (apart.newest, apart.runs) == (2, {})
    assert run_tables.runs(both, apart)["comparable"].tolist() == ["", ""]
    assert Ranking(workspace).apart([]).newest is None


def test_the_frame_counts_labels_that_the_active_figure_no_longer_rests_on(
    workspace: Workspace,
) -> None:
    samples = factories.fill(workspace, ROWS)
    run = record(workspace, samples, "validation")
    with workspace.transaction() as session:
        runs.activate(session, run.id)
    reader = OverviewReader(workspace, Trainer(workspace, serving=False))
    assert reader.read().changed == 0
    decide(workspace, DecisionKind.RELABEL, samples[0], 2)
    assert reader.read().changed == 1


def test_a_model_that_learned_from_nothing_is_not_said_to_have_seen_drawings(
    workspace: Workspace,
) -> None:
    run = record(workspace, factories.fill(workspace, ROWS), "validation")
    assert not caveats.drawings_only(workspace, run.id)
