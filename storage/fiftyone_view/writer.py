"""How the view follows the truth: samples newer than its revision are projected again.

State, not replay: projecting a sample twice does no harm, so the same path serves daily use, a
crash of anything in the middle, and a rebuild from nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pymongo
from bson import ObjectId
from pymongo.collection import Collection
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.types import ClassId, Sample, SampleId, SampleState
from storage.database import revisions, sql
from storage.database.tables import ClassRow, ImageRow, SampleRow
from storage.fiftyone_view import projection
from storage.fiftyone_view.projection import ClassName, Document
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

    def __init__(
        self, workspace: Workspace, dataset: Any, owner: ObjectId, collection: Collection[Document]
    ) -> None:
        self._workspace = workspace
        self._collection = collection
        self._owner = owner
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
        """Say whether what is in the view can be continued; else it must be rebuilt."""
        with self._workspace.read() as session:
            newest = revisions.newest(session)
            known = select(func.count()).where(SampleRow.revision <= self.seen)
            expected = session.scalar(known.select_from(SampleRow))
        there = self._collection.count_documents({"revision": {"$lte": self.seen}})
        return self.seen <= newest and (expected or 0) <= there

    def follow_folder(self) -> None:
        """Rewrite the paths when the workspace has moved."""
        here = str(self._workspace.media)
        before = self.dataset.info.get("media")
        if before == here:
            return
        if before is not None:
            rest = {"$substrBytes": ["$filepath", len(before.encode()), -1]}
            moved = {"filepath": {"$concat": [{"$literal": here}, rest]}}
            self._collection.update_many({}, [{"$set": moved}])
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
                documents = self._documents(session, batch)
            if documents:
                self._collection.bulk_write(
                    [
                        pymongo.UpdateOne({"_id": it["_id"]}, projection.update(it), upsert=True)
                        for it in documents
                    ],
                    ordered=False,
                )
            stamp = max((it.revision for it in batch), default=newest)
            self.seen = stamp if len(batch) >= BATCH else max(stamp, newest)
            self._save(revision=self.seen)
            done += len(batch)
        return done

    def rebuild(self) -> int:
        """Empty the dataset and project everything."""
        self.seen = 0
        self._save(revision=0)
        self._collection.delete_many({})
        return self.catch_up()

    def foreign_edits(self) -> list[ForeignEdit]:
        """Return the labels that were changed in the FiftyOne App, oldest edit first."""
        fields = ("sample_id", "ground_truth.label", "projected_state", "last_modified_at")
        found = self._collection.find({"$expr": projection.EDITED}, dict.fromkeys(fields, 1))
        return [
            ForeignEdit(
                sample=SampleId(it["sample_id"]),
                label=(it.get("ground_truth") or {}).get("label"),
                expected=SampleState.from_json(it["projected_state"]),
                when=it["last_modified_at"].replace(tzinfo=UTC),
            )
            for it in found.sort("last_modified_at", 1)
        ]

    def settle(self, edits: Sequence[ForeignEdit]) -> None:
        """Show the truth instead of these edits, unless they were edited once more meanwhile."""
        labels = {edit.sample: edit.label for edit in edits}
        with self._workspace.read() as session:
            documents = self._documents(session, samples.many(session, list(labels)))
        writes = [
            pymongo.UpdateOne(
                {"_id": it["_id"], "ground_truth.label": labels[it["sample_id"]]},
                {"$set": {name: it[name] for name in projection.GUARDED}},
            )
            for it in documents
        ]
        if writes:
            self._collection.bulk_write(writes, ordered=False)

    def _documents(self, session: Session, batch: Sequence[Sample]) -> list[Document]:
        classes = {it.id: it for it in read_classes(session)}
        wanted = sql.listed([sample.id for sample in batch])
        rows = session.execute(select(ImageRow.id, ImageRow.file).where(ImageRow.id.in_(wanted)))
        files: Mapping[str, str] = {image: file for image, file in rows}
        return [
            projection.document(it, self._workspace.media / files[it.id], classes, self._owner)
            for it in batch
        ]

    def _rename(self, classes: list[ClassName]) -> None:
        """Give classes their new names and positions; samples are not stamped for that."""
        if classes == self._classes:
            return
        before = {it.id: it for it in self._classes}
        for it in classes:
            known = before.get(it.id)
            if known is not None and known != it:
                for condition, change in projection.renamed(it):
                    self._collection.update_many(condition, change)
        self._classes = classes
        self._save(classes=[vars(it) for it in classes])

    def _save(self, **facts: object) -> None:
        self.dataset.info.update(facts)
        self.dataset.save()


def read_classes(session: Session) -> list[ClassName]:
    """Return all classes that ever were, by id."""
    rows = session.execute(select(ClassRow.id, ClassRow.name, ClassRow.position))
    return sorted(
        (ClassName(id=ClassId(row.id), name=row.name, position=row.position) for row in rows),
        key=lambda it: it.id,
    )
