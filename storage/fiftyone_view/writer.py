"""How the view follows the truth: samples newer than its revision are projected again.

State, not replay: projecting a sample twice does no harm, so the same path serves daily use, a
crash of anything in the middle, and a rebuild from nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.types import ClassId, Sample, SampleId, SampleState
from storage.database import revisions, sql
from storage.database.tables import ClassRow, ImageRow, SampleRow
from storage.fiftyone_view import projection
from storage.fiftyone_view.bulk_write import BulkWriter, Numbered
from storage.fiftyone_view.projection import ClassName
from storage.samples import samples
from storage.workspace.folder import Workspace

BATCH = 1000
"""Samples projected at a time; what is done is done if the process dies after a batch."""


@dataclass(frozen=True, kw_only=True)
class ForeignEdit:
    """A label that was changed in the FiftyOne App and is not a decision yet."""

    sample: SampleId
    label: str | None
    """Name of the class as typed there; None: the label was removed."""
    expected: SampleState
    """The state that its author saw."""
    when: datetime


class ViewWriter:
    """Writes the dataset of one workspace. Not thread-safe: its owner holds a lock."""

    def __init__(self, workspace: Workspace, dataset: Any, bulk: BulkWriter) -> None:
        self._workspace = workspace
        self._bulk = bulk
        self.dataset = dataset
        self.reload()

    def reload(self) -> None:
        """Read again how far the dataset is (after mongod came back)."""
        self.dataset.reload()
        self.seen = int(self.dataset.info.get("revision", 0))
        self._classes = [ClassName(**row) for row in self.dataset.info.get("classes", [])]

    def is_current(self) -> bool:
        """Say whether the view shows the newest revision."""
        with self._workspace.read() as session:
            return revisions.newest(session) == self.seen and read_classes(session) == self._classes

    def is_whole(self) -> bool:
        """Return whether the view can be updated incrementally; else it must be rebuilt."""
        with self._workspace.read() as session:
            newest = revisions.newest(session)
            counted = select(func.count()).where(SampleRow.revision <= self.seen)
            expected = session.scalar(counted.select_from(SampleRow))
        there = self.dataset.match({"revision": {"$lte": self.seen}}).count()
        return self.seen <= newest and (expected or 0) <= there

    def follow_folder(self) -> None:
        """Rewrite the paths when the workspace has moved."""
        here = str(self._workspace.media)
        before = self.dataset.info.get("media")
        if before == here:
            return
        if before is not None:
            paths = self.dataset.values("filepath")
            self.dataset.set_values("filepath", [here + path[len(before) :] for path in paths])
        self._save(media=here)

    def catch_up(self) -> int:
        """Project what is newer than the view; return how many samples."""
        with self._workspace.read() as session:
            newest = revisions.newest(session)
            classes = read_classes(session)
        if newest < self.seen:  # the workspace was restored from an older copy
            return self.rebuild()
        self._rename(classes)
        done = 0
        while self.seen < newest:
            with self._workspace.read() as session:
                batch = samples.changed_since(session, self.seen, BATCH)
                numbered = self._numbered(session, batch)
            self._bulk.project(numbered)
            stamp = max((sample.revision for sample in batch), default=newest)
            self.seen = stamp if len(batch) >= BATCH else max(stamp, newest)
            self._save(revision=self.seen)
            done += len(batch)
        return done

    def rebuild(self) -> int:
        """Empty the dataset and project everything."""
        self.seen = 0
        self._save(revision=0)
        self.dataset.clear()
        return self.catch_up()

    def foreign_edits(self) -> list[ForeignEdit]:
        """Return the labels that were changed in the FiftyOne App, oldest edit first."""
        edited = self.dataset.match(projection.EDITED).sort_by("last_modified_at")
        columns = ("sample_id", "ground_truth.label", "projected_state", "last_modified_at")
        return [
            ForeignEdit(
                sample=SampleId(sample),
                label=label,
                expected=SampleState.from_json(state),
                when=when.replace(tzinfo=UTC),
            )
            for sample, label, state, when in zip(*edited.values(list(columns)), strict=True)
        ]

    def settle(self, edits: Sequence[ForeignEdit]) -> None:
        """Restore the stored state over these edits, unless edited once more meanwhile."""
        labels = {edit.sample: edit.label for edit in edits}
        with self._workspace.read() as session:
            numbered = self._numbered(session, samples.many(session, list(labels)))
        self._bulk.restore(numbered, labels)

    def _numbered(self, session: Session, batch: Sequence[Sample]) -> list[Numbered]:
        classes = {info.id: info for info in read_classes(session)}
        wanted = sql.listed([sample.id for sample in batch])
        rows = session.execute(select(ImageRow.id, ImageRow.file).where(ImageRow.id.in_(wanted)))
        files: Mapping[str, str] = {image: file for image, file in rows}
        return [
            (
                sample.number,
                projection.fields(sample, self._workspace.media / files[sample.id], classes),
            )
            for sample in batch
        ]

    def _rename(self, classes: list[ClassName]) -> None:
        """Give classes their new names and positions; samples are not stamped for that."""
        if classes == self._classes:
            return
        before = {info.id: info for info in self._classes}
        for info in classes:
            old = before.get(info.id)
            if old is not None and old != info:
                self._rename_class(info)
        self._classes = classes
        self._save(classes=[vars(info) for info in classes])

    def _rename_class(self, name: ClassName) -> None:
        labelled = self.dataset.match({"keys.label": name.id})
        # A sample edited in the App keeps the label that was chosen there.
        as_projected = labelled.match({"$nor": [projection.EDITED]})
        imported = self.dataset.match({"keys.imported": name.id})
        predicted = self.dataset.match({"keys.predicted": name.id})
        for samples_, field, value in (
            (as_projected, "ground_truth.label", name.name),
            (labelled, "projected_label", name.name),
            (labelled, "keys.position", name.position),
            (imported, "imported_label.label", name.name),
            (predicted, "prediction.label", name.name),
        ):
            samples_.set_values(field, [value] * samples_.count())

    def _save(self, **facts: object) -> None:
        self.dataset.info.update(facts)
        self.dataset.save()


def read_classes(session: Session) -> list[ClassName]:
    """Return all classes that ever were, by id."""
    rows = session.execute(select(ClassRow.id, ClassRow.name, ClassRow.position))
    return sorted(
        (ClassName(id=ClassId(row.id), name=row.name, position=row.position) for row in rows),
        key=lambda info: info.id,
    )
