"""What is known of one run, and what differs between two, from their own files."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.errors import AppError
from core.jobs import job_spec
from core.types import ClassId, RunStatus
from dashboard.schemas.documents.run_difference import RunDifferenceDocument
from dashboard.schemas.documents.runs import RunDocument
from dashboard.services.curation import curation_effect
from dashboard.services.runs import run_comparison, run_details
from dashboard.services.runs.trainer import Trainer
from dashboard.services.splits import split_versions
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.dashboard.services.runs import small_runs
from tests.dashboard.services.runs.small_runs import ROWS, ended, tiny
from tests.dashboard.services.runs.test_lifecycle import SMALL, everybody, now, queued, relabel

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Return a workspace with two runs; between them six labels changed and two samples came."""
    workspace = Workspace.open(tmp_path_factory.mktemp("two") / "workspace")
    small_runs.fill(workspace)
    trainer = Trainer(workspace, serving=False)
    first = ended(trainer, trainer.start(tiny(**SMALL)))
    assert first.status is RunStatus.FINISHED, first.message
    relabel(workspace, everybody(workspace)[1:7:3], "A")  # two samples of class B
    factories.fill(workspace, [("A", "p0"), ("B", "p1")], pictures=True)
    second = ended(trainer, trainer.start(tiny(**SMALL, seed=3)))
    assert second.status is RunStatus.FINISHED, second.message
    yield workspace
    workspace.close()


def test_settings_samples_and_metrics_of_two_runs_are_set_side_by_side(two: Workspace) -> None:
    found = run_comparison.between(two, now(two, "1"), now(two, "2"))
    assert {one.name: (one.before, one.after) for one in found.settings} == {"seed": (0, 3)}
    assert found.versions == ()
    assert found.data is not None
    assert (len(found.data.added), found.data.removed, found.data.shared) == (2, (), 60)
    assert [(one.before, one.after) for one in found.data.relabelled] == [(2, 1), (2, 1)]
    assert set(found.files) == {*found.data.added, *(one.sample for one in found.data.relabelled)}
    accuracy = found.metrics[0]
    assert accuracy.before == now(two, "1").evaluations["validation"].accuracy
    paired = found.paired
    assert paired is not None
    assert paired.value == pytest.approx(paired.after - paired.before)
    assert paired.low <= paired.value <= paired.high
    # Only what both were measured on: the samples that came later are not.
    assert paired.images == now(two, "1").evaluations["validation"].images
    document = RunDifferenceDocument.of(found, {ClassId(n): "ABC"[n - 1] for n in (1, 2, 3)})
    assert document.data is not None
    assert document.data.relabelled[0].before == "B"
    assert document.paired == paired


def test_only_a_comparison_on_test_opens_test(two: Workspace) -> None:
    before = now(two, "1").test_opened
    run_comparison.between(two, now(two, "1"), now(two, "2"))
    assert now(two, "1").test_opened == before
    run_comparison.between(two, now(two, "1"), now(two, "2"), on="test")
    assert (now(two, "1").test_opened, now(two, "2").test_opened) == (before + 1, before + 1)


def test_test_scores_that_are_shown_count_although_the_patients_differ(two: Workspace) -> None:
    one, other = now(two, "1"), now(two, "2")
    elsewhere = replace(other, split_version=other.split_version + 1)
    found = run_comparison.between(two, one, elsewhere, on="test")
    assert found.paired is None
    assert found.why_not.startswith("Their patients differ")
    assert found.metrics[0].before is not None
    assert now(two, "1").test_opened == one.test_opened + 1
    assert now(two, "2").test_opened == other.test_opened + 1


def test_what_curation_bought_is_told_of_runs_on_other_data_alone(two: Workspace) -> None:
    found = curation_effect.read(two).compared
    assert found is not None
    assert (found.before, found.after, found.same_settings) == (1, 2, True)
    one, other = now(two, "1"), now(two, "2")
    for fingerprint, expected in ((other.fingerprint, False), (one.fingerprint, True)):
        with two.transaction() as session:
            runs.change(session, one.id, (RunStatus.FINISHED,), fingerprint=fingerprint)
        # Two runs on the same data differ by settings and chance, whatever was decided since.
        assert (curation_effect.read(two).compared is not None) is expected


def test_a_run_is_not_compared_with_itself_nor_on_a_split_that_is_none(two: Workspace) -> None:
    one, other = now(two, "1"), now(two, "2")
    with pytest.raises(AppError, match="cannot be compared with itself"):
        run_comparison.between(two, one, one)
    with pytest.raises(AppError, match="no split called 'pool'"):
        run_comparison.between(two, one, other, on="pool")


def test_everything_about_a_run_is_read_from_its_folder(two: Workspace) -> None:
    found = run_details.read(two, now(two, "1"))
    assert sum(found.images.values()) == 60
    assert {"processor", "threads", "precision", "layout"} <= set(found.hardware)
    assert {"python", "torch", "timm"} <= set(found.versions)
    assert found.transforms["train"].startswith("RandomHorizontalFlip(p=0.5) → ")
    assert found.transforms["evaluation"].startswith("Resize(size=(")
    assert found.cost is not None
    assert found.cost.starts == 1
    assert found.cost.seconds == now(two, "1").seconds
    assert found.log[0].startswith("Started with ")
    assert any(line.startswith("Epoch 1: train loss ") for line in found.log)
    assert found.traceback == ""
    document = RunDocument.of_files(now(two, "1"), found)
    assert document.settings["backbone"] == SMALL["backbone"]


def test_runs_of_two_split_versions_or_unmeasured_ones_say_why_they_are_not_compared(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    one = queued(workspace)
    split_versions.new_version(workspace, seed=5)
    other = queued(workspace)
    found = run_comparison.between(workspace, one, other)
    assert found.paired is None
    assert found.why_not == "Runs 1 and 2 were not measured on validation."
    assert {change.name for change in found.settings} == {"split_version"}
    assert found.data is not None
    assert found.data.moved


def test_a_run_that_never_began_and_one_whose_folder_is_gone_are_told_as_far_as_known(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    run = queued(workspace)
    found = run_details.read(workspace, run)
    assert (found.hardware, found.log, found.cost) == ({}, (), None)
    (workspace.runs / run.id / job_spec.TRACEBACK).write_text("Traceback: <b>here</b>")
    assert run_details.read(workspace, run).traceback == "Traceback: <b>here</b>"
    (workspace.runs / run.id / job_spec.JOB).unlink()
    assert run_comparison.between(workspace, run, queued(workspace)).data is None
