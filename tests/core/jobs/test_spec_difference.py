from dataclasses import replace
from pathlib import Path

from core.jobs import spec_difference
from core.jobs.spec_difference import Change, Moved, Relabelled
from core.types import ClassId, SampleId, Split
from tests.core.jobs import job_examples


def test_only_what_differs_is_told_and_what_is_absent_is_none() -> None:
    changes = spec_difference.values({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "d": 4})
    assert changes == (
        Change(name="b", before=2, after=5),
        Change(name="c", before=3, after=None),
        Change(name="d", before=None, after=4),
    )


def test_samples_are_added_removed_relabelled_or_moved_each_counted_once(tmp_path: Path) -> None:
    before = job_examples.spec(tmp_path)
    gone, relabelled, moved, unlabelled, *rest = before.samples
    new = replace(gone, id=SampleId("f" * 16))
    after = replace(
        before,
        samples=(
            new,
            replace(relabelled, label=ClassId(5)),
            replace(moved, split=Split.TEST),
            replace(unlabelled, label=None, split=None),
            *rest,
        ),
    )
    difference = spec_difference.data(before, after)
    assert difference.added == (new.id,)
    assert difference.removed == (gone.id,)
    assert difference.relabelled == (
        Relabelled(sample=relabelled.id, before=ClassId(3), after=ClassId(5)),
        Relabelled(sample=unlabelled.id, before=ClassId(3), after=None),
    )
    assert difference.moved == (Moved(sample=moved.id, before=Split.TRAIN, after=Split.TEST),)
    assert difference.shared == len(before.samples) - 1


def test_a_job_does_not_differ_from_itself(tmp_path: Path) -> None:
    spec = job_examples.spec(tmp_path)
    difference = spec_difference.data(spec, spec)
    assert (difference.added, difference.removed, difference.relabelled, difference.moved) == (
        (),
        (),
        (),
        (),
    )
