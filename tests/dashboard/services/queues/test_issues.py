"""Finding wrong labels in a workspace: real pictures, a real network, a cache that is used."""

import shutil

import numpy as np
import pytest
from huggingface_hub import constants

from core.errors import AppError, WeightsUnavailable
from core.models import embedding
from core.types import DecisionKind, Encoder, Issue, IssueKind, Progress, SampleId
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.queues import encoders, image_measurements, issues
from storage.database import meta
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

ROWS = [("ABC"[n % 3], f"p{n // 3}") for n in range(60)]
ENCODER = Encoder(backbone=job_examples.BACKBONE, init="random")


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, ROWS, pictures=True)


def mislabel(workspace: Workspace, sample: SampleId) -> None:
    with workspace.read() as session:
        label = samples.get(session, sample).state.label
    other = next(number for number in (1, 2, 3) if number != label)
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=other)
    curation.decide(workspace, order, [Choice(sample=sample)])


def same(issues_found: list[Issue], whole: list[Issue]) -> bool:
    """Whether issues are the same but for the last digits of their scores.

    Torch's sums depend on how many images are in a batch; photographs looked at anew are in
    another batch than before.
    """
    scores = {issue.sample: issue.score for issue in whole}
    return {issue.sample: issue.score for issue in issues_found} == pytest.approx(
        scores, rel=1e-4, abs=1e-6
    ) and {issue.sample: issue.suggested for issue in issues_found} == {
        issue.sample: issue.suggested for issue in whole
    }


def test_a_wrong_label_comes_first_and_the_right_one_is_suggested(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    with workspace.read() as session:
        right = samples.get(session, ids[7]).state.label
    mislabel(workspace, ids[7])
    found = issues.find(workspace, IssueKind.LABEL, ENCODER)
    assert len(found) == 60
    assert (found[0].sample, found[0].suggested) == (ids[7], right)
    assert found[0].score > 0.9 > found[1].score
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_pictures_are_looked_at_once_and_again_when_the_cache_is_gone(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    told: list[Progress] = []
    first = issues.find(workspace, IssueKind.LABEL, ENCODER, told.append)
    assert told
    told.clear()
    assert issues.find(workspace, IssueKind.LABEL, ENCODER, told.append) == first
    assert [one.stage for one in told] == ["Comparing labels"]
    shutil.rmtree(workspace.cache / "features")
    assert issues.find(workspace, IssueKind.LABEL, ENCODER, told.append) == first
    assert told


def test_whoever_is_interrupted_while_looking_goes_on_there(
    workspace: Workspace, ids: list[SampleId], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = issues.find(workspace, IssueKind.OUTLIER, ENCODER)
    shutil.rmtree(workspace.cache / "features")
    monkeypatch.setattr(embedding, "AT_ONCE", 25)

    def give_up(progress: Progress) -> None:
        if progress.done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        issues.find(workspace, IssueKind.OUTLIER, ENCODER, give_up)
    told: list[Progress] = []
    assert same(issues.find(workspace, IssueKind.OUTLIER, ENCODER, told.append), whole)
    first = told[0].stage
    assert {one.total for one in told if one.stage == first} == {len(ids) - 50}


def test_a_broken_part_of_the_cache_is_looked_at_again(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    whole = issues.find(workspace, IssueKind.OUTLIER, ENCODER)
    for part in workspace.cache.glob("features/*/*.npz"):
        part.write_bytes(part.read_bytes()[:1000])
    assert issues.find(workspace, IssueKind.OUTLIER, ENCODER) == whole


def test_what_was_kept_without_being_numbers_is_looked_at_again(
    workspace: Workspace, ids: list[SampleId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "AT_ONCE", len(ids))
    whole = issues.find(workspace, IssueKind.LABEL, ENCODER)
    for part in workspace.cache.glob("features/*/*.npz"):
        with np.load(part) as kept:
            arrays = dict(kept)
        arrays["values"][3] = np.nan
        arrays["values"][5, 0, 0] = np.inf
        np.savez(part, **arrays)
    told: list[Progress] = []
    assert same(issues.find(workspace, IssueKind.LABEL, ENCODER, told.append), whole)
    assert {one.total for one in told if one.stage == told[0].stage} == {2}


def test_measurements_that_are_no_numbers_are_taken_again(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    with workspace.read() as session:
        found = samples.everything(session)
    whole = image_measurements.of(workspace, found)
    file = workspace.cache / "picture_facts.npz"
    with np.load(file) as kept:
        arrays = dict(kept)
    arrays["sharpness"][4] = np.nan
    np.savez(file, **arrays)
    again = image_measurements.of(workspace, found)
    assert again.sharpness.tolist() == whole.sharpness.tolist()
    assert again.hashes.tolist() == whole.hashes.tolist()


def test_excluded_and_unlabelled_samples_are_not_asked_about(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    order = Order(kind=DecisionKind.EXCLUDE, who="ann")
    curation.decide(workspace, order, [Choice(sample=ids[0])])
    (pool,) = factories.fill(workspace, [(None, "new")], pictures=True)
    found = {one.sample for one in issues.find(workspace, IssueKind.LABEL, ENCODER)}
    assert found == set(ids[1:])
    assert pool not in found


def test_one_class_is_too_little_to_compare(workspace: Workspace) -> None:
    factories.fill(workspace, [("A", "p1"), ("A", "p2")], pictures=True)
    with pytest.raises(AppError, match="photographs of 1 class; finding wrong labels"):
        issues.find(workspace, IssueKind.LABEL, ENCODER)


def test_an_empty_workspace_is_told_to_import(workspace: Workspace) -> None:
    with pytest.raises(AppError, match="no photographs to look at"):
        issues.find(workspace, IssueKind.QUALITY, ENCODER)


def test_the_first_use_decides_which_network_looks(workspace: Workspace) -> None:
    assert encoders.of(workspace, job_examples.BACKBONE, "random") == ENCODER
    assert encoders.of(workspace) == ENCODER
    with pytest.raises(AppError, match=r"no weights file none\.safetensors"):
        encoders.of(workspace, None, "none.safetensors")
    assert encoders.of(workspace) == ENCODER


def test_without_a_wish_the_network_at_hand_looks_and_random_weights_are_not_kept(
    workspace: Workspace,
) -> None:
    assert encoders.of(workspace) == encoders.at_hand(workspace)
    with workspace.read() as session:
        known = meta.get(session, "issues.eye")
    assert (known is None) == (encoders.at_hand(workspace).init == "random")


def test_a_network_that_cannot_be_had_is_refused_and_not_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    before = encoders.at_hand(workspace)
    with pytest.raises(WeightsUnavailable, match="efficientnet_b1 are not on this computer"):
        encoders.of(workspace, "efficientnet_b1", "imagenet")
    assert encoders.at_hand(workspace) == before
