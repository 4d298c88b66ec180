"""Split versions: made once, inherited by siblings, never leaking into test."""

import pytest

from core.errors import AppError
from core.types import DecisionKind, SampleId, Split
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.splits import split_versions
from storage.samples import author_folds, samples, splits
from storage.workspace.folder import Workspace
from tests import factories

ROWS = [("ABC"[n % 3], f"p{n // 2}") for n in range(60)]


def sides(workspace: Workspace) -> dict[str, Split | None]:
    with workspace.read() as session:
        return {sample.id: sample.split for sample in samples.everything(session)}


def test_a_version_is_made_once_and_does_not_leak(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS)
    first = split_versions.ensure(workspace)
    before = sides(workspace)
    assert split_versions.ensure(workspace, seed=5) == first
    assert sides(workspace) == before
    assert split_versions.leaks(workspace) == []
    assert set(before.values()) == {Split.TRAIN, Split.VALIDATION, Split.TEST}


def test_new_samples_inherit_from_their_patient_and_new_patients_never_enter_test(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS)
    split_versions.ensure(workspace)
    before = sides(workspace)
    added = factories.fill(workspace, [("A", "p0"), *[("B", f"new{n}") for n in range(12)]])
    after = sides(workspace)
    assert {sample: after[sample] for sample in before} == before
    assert after[added[0]] == before[factories.sample_id(1)]
    assert {after[sample] for sample in added[1:]} <= {Split.TRAIN, Split.VALIDATION}


def test_a_class_of_fewer_than_three_patients_that_comes_later_stays_in_train(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS)
    split_versions.ensure(workspace)
    added = factories.fill(workspace, [("D", "d1"), ("D", "d1"), ("D", "d2")])
    assert {sides(workspace)[sample] for sample in added} == {Split.TRAIN}
    third = factories.fill(workspace, [("D", "d3")])
    assert sides(workspace)[third[0]] is Split.VALIDATION
    assert {sides(workspace)[sample] for sample in added} == {Split.TRAIN}


def test_joining_a_training_patient_with_a_test_patient_withholds_the_training_side(
    workspace: Workspace,
) -> None:
    ids = factories.fill(workspace, ROWS)
    split_versions.ensure(workspace)
    where = sides(workspace)
    test = next(sample for sample in ids if where[sample] is Split.TEST)
    train = next(sample for sample in ids if where[sample] is Split.TRAIN)
    order = Order(kind=DecisionKind.JOIN, who="ann", join=test)
    curation.decide(workspace, order, [Choice(sample=train)])
    assert sides(workspace)[train] is Split.WITHHELD
    assert sides(workspace)[test] is Split.TEST
    assert split_versions.leaks(workspace) == []
    undoing.undo(workspace, "ann")
    assert sides(workspace) == where


def author_fold(workspace: Workspace, where: dict[SampleId, Split]) -> None:
    with workspace.transaction() as session:
        author_folds.add(session, [(sample, 1, side) for sample, side in where.items()])


def test_a_join_across_the_sides_of_a_clean_author_fold_withholds_all_but_test(
    workspace: Workspace,
) -> None:
    ids = factories.fill(workspace, [("AB"[n % 2], f"p{n}") for n in range(6)])
    order = (Split.TEST, Split.TRAIN, Split.VALIDATION) * 2
    where = dict(zip(ids, order, strict=True))
    author_fold(workspace, where)
    assert not split_versions.ensure(workspace, kind="author:1").leaky
    assert sides(workspace) == where
    join = Order(kind=DecisionKind.JOIN, who="ann", join=ids[0])
    curation.decide(workspace, join, [Choice(sample=ids[1]), Choice(sample=ids[2])])
    withheld = {ids[1]: Split.WITHHELD, ids[2]: Split.WITHHELD}
    assert sides(workspace) == {**where, **withheld}
    assert split_versions.leaks(workspace) == []
    undoing.undo(workspace, "ann")
    assert sides(workspace) == where


def test_an_author_fold_that_leaks_stays_as_its_authors_made_it(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p"), ("B", "p"), ("A", "q"), ("B", "r")])
    where = dict(zip(ids, (Split.TEST, Split.TRAIN, Split.VALIDATION, Split.TRAIN), strict=True))
    author_fold(workspace, where)
    assert split_versions.ensure(workspace, kind="author:1").leaky
    join = Order(kind=DecisionKind.JOIN, who="ann", join=ids[3])
    curation.decide(workspace, join, [Choice(sample=ids[2])])
    assert sides(workspace) == where
    assert [leak.patient for leak in split_versions.leaks(workspace)] == ["p", "q + r"]


def test_relabelling_a_test_sample_makes_the_next_test_version(workspace: Workspace) -> None:
    ids = factories.fill(workspace, ROWS)
    split_versions.ensure(workspace)
    where = sides(workspace)
    test = next(sample for sample in ids if where[sample] is Split.TEST)
    with workspace.read() as session:
        before = splits.test_version(session)
        label = samples.get(session, test).state.label
    other = next(number for number in (1, 2, 3) if number != label)
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=other)
    curation.decide(workspace, order, [Choice(sample=test)])
    with workspace.read() as session:
        assert splits.test_version(session) != before
    undoing.undo(workspace, "ann")
    with workspace.read() as session:
        assert splits.test_version(session) == before


def test_splitting_by_image_leaks_and_the_check_says_so(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS)
    assert split_versions.ensure(workspace, kind="image").leaky
    found = split_versions.leaks(workspace)
    assert found
    assert {leak.kind for leak in found} == {"patient"}


def test_an_unknown_author_fold_is_refused_in_words(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS)
    with pytest.raises(AppError, match="fold 3"):
        split_versions.ensure(workspace, kind="author:3")
    with pytest.raises(AppError, match="no way of splitting"):
        split_versions.ensure(workspace, kind="moon phase")


@pytest.mark.filterwarnings("error")
def test_an_unknown_author_fold_names_those_that_there_are(workspace: Workspace) -> None:
    ids = factories.fill(workspace, ROWS)
    author_fold(workspace, dict.fromkeys(ids, Split.TRAIN))
    with pytest.raises(AppError) as refused:
        split_versions.ensure(workspace, kind="author:3")
    assert refused.value.hint == "The authors' folds here are 1."


@pytest.mark.parametrize("kind", ["author:", "author:x", "author:²", "author:" + "9" * 30])
def test_what_is_no_number_of_a_fold_is_told(workspace: Workspace, kind: str) -> None:
    factories.fill(workspace, [("A", "p1"), ("B", "p2")])
    with pytest.raises(AppError, match="is no number of a fold"):
        split_versions.ensure(workspace, kind=kind)
