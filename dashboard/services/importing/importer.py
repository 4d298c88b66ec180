"""Import: a folder, a zip or a table becomes samples. A dry run first; it can be interrupted."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from core import importing
from core.data import class_names
from core.data.class_names import Described
from core.demo import demo_set
from core.errors import AppError
from core.types import (
    CancelCheck,
    ClassId,
    ImageId,
    ImportPlan,
    ImportReport,
    PlannedSource,
    Progress,
    ProgressCallback,
    spelling,
)
from dashboard.services.importing import import_report
from dashboard.services.importing.import_document import ImportDocument
from dashboard.services.importing.reader import Item, Prepared, Reader
from dashboard.services.importing.writer import ImportWriter
from dashboard.services.splits import placement
from storage.samples import classes, sources
from storage.samples.classes import NewClass
from storage.workspace import dry_run_copy, media
from storage.workspace.folder import Workspace

COMMIT_EVERY = 64
"""Files per transaction: what an interruption costs at most."""
MAX_CLASSES = 500
"""More different labels than that are no classes but, say, file names."""

DEMO_FOLDER = "synthetic-demonstration-data"
"""Below the workspace's cache; its truth.csv lists the planted wrong labels."""

_CHILDREN_AT_ONCE = 2_000


def plan(
    workspace: Workspace,
    path: Path,
    *,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> ImportReport:
    """Find out what an import would do, image by image; nothing is written.

    Raises AppError when there is nothing to import.
    """
    started = time.monotonic()
    with importing.opened(path) as opened, dry_run_copy.copy(workspace) as copy:
        reader = Reader(copy, opened.read, store=False)
        work = _Import(copy, opened.plan, path, progress, cancelled)
        try:
            return work.run(reader, started, dry_run=True)
        finally:
            reader.close()


def run(
    workspace: Workspace,
    path: Path,
    *,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> ImportReport:
    """Import. After an interruption, importing the same path again goes on where it stopped.

    Raises AppError when there is nothing to import or the disk is full.
    """
    started = time.monotonic()
    media.sweep(workspace)
    with importing.opened(path) as opened:
        reader = Reader(workspace, opened.read, store=True)
        work = _Import(workspace, opened.plan, path, progress, cancelled)
        try:
            return work.run(reader, started, dry_run=False)
        finally:
            reader.close()


def run_demo(
    workspace: Workspace,
    *,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> ImportReport:
    """Draw the synthetic demonstration set into the workspace's cache and import it."""
    folder = workspace.cache / DEMO_FOLDER
    manifest = demo_set.write(folder, seed=seed, progress=progress, cancelled=cancelled)
    return run(workspace, manifest, progress=progress, cancelled=cancelled)


class _Import:
    """One import under way."""

    def __init__(
        self,
        workspace: Workspace,
        planned: ImportPlan,
        path: Path,
        progress: ProgressCallback | None,
        cancelled: CancelCheck | None,
    ) -> None:
        self._workspace = workspace
        self._plan = planned
        self._path = path
        self._progress = progress
        self._cancelled = cancelled
        self._was_cancelled = False

    def run(self, reader: Reader, started: float, *, dry_run: bool) -> ImportReport:
        originals = [source for source in self._plan.sources if source.parent is None]
        children = [source for source in self._plan.sources if source.parent is not None]
        with self._workspace.transaction() as session:
            ids, fresh = _class_ids(session, originals)
            number = sources.begin(session, str(self._path), self._plan.layout)
        writer = ImportWriter(number, ids)
        for batch in self._batches(originals, started):
            self._write(reader.batch(batch), writer)
        with self._workspace.transaction() as session:
            if not self._was_cancelled:
                for start in range(0, len(children), _CHILDREN_AT_ONCE):
                    writer.bind(session, children[start : start + _CHILDREN_AT_ONCE])
                classes.drop_unneeded(session, fresh, number)
            placement.place_new(session)
            report = import_report.build(
                session,
                self._plan,
                writer,
                dry_run=dry_run,
                cancelled=self._was_cancelled,
                seconds=time.monotonic() - started,
            )
            if not self._was_cancelled:
                sources.finish(session, number, ImportDocument.of(report).model_dump(mode="json"))
        return report

    def _write(self, items: Sequence[Item], writer: ImportWriter) -> None:
        """Publish a batch's images, then commit its rows."""
        prepared = {id(item.prepared): item.prepared for item in items if item.prepared}
        wanted: dict[ImageId, Prepared] = {}
        with self._workspace.read() as session:
            for prepared_image in prepared.values():
                if media.by_pixel_hash(session, prepared_image.image.pixel_sha256) is None:
                    wanted.setdefault(prepared_image.image.id, prepared_image)
        for prepared_image in prepared.values():
            if wanted.get(prepared_image.image.id) is not prepared_image:
                media.discard(prepared_image.staged)
        media.publish(file for image in wanted.values() for file in image.staged)
        with self._workspace.transaction() as session:
            writer.write(session, items)

    def _batches(
        self, originals: Sequence[PlannedSource], started: float
    ) -> Iterator[Sequence[PlannedSource]]:
        """Yield the batches of one commit each; report progress, stop when cancelled."""
        total = len(originals)
        for start in range(0, total, COMMIT_EVERY):
            if self._cancelled is not None and self._cancelled():
                self._was_cancelled = True
                return
            self._tell(start, total, started)
            yield originals[start : start + COMMIT_EVERY]
        self._tell(total, total, started)

    def _tell(self, done: int, total: int, started: float) -> None:
        if self._progress is None:
            return
        spent = time.monotonic() - started
        left = spent / done * (total - done) if done else None
        self._progress(
            Progress(stage="Reading pictures", done=done, total=total, seconds_left=left)
        )


def _class_ids(
    session: Session, originals: Sequence[PlannedSource]
) -> tuple[dict[str, ClassId], list[ClassId]]:
    """Return the class of every label, by the key of its canonical name; and which are new.

    Classes that a person has renamed are found by what their new name means; new ones are added
    in the usual order, and removed ones come back.
    """
    class_of: dict[str, ClassId] = {}
    living = {info.id: info.name for info in classes.all(session)}
    for class_id, name in (living | classes.names(session)).items():  # those in the list first
        class_of.setdefault(spelling.key(name), class_id)
        class_of.setdefault(spelling.key(class_names.canonical(name)), class_id)
    labels = sorted({source.label for source in originals if source.label is not None})
    names = {spelling.key(name): name for name in map(class_names.canonical, reversed(labels))}
    new = class_names.ordered(name for key, name in names.items() if key not in class_of)
    if len(new) > MAX_CLASSES:
        raise AppError(
            f"The labels name {len(new):,} different classes, more than {MAX_CLASSES}.",
            title="Too many classes",
            hint="Check that the label column (or the folders) holds classes.",
        )
    added = _added(session, new)
    back = classes.bring_back(session, {class_of[key] for key in names if key in class_of})
    class_of |= {spelling.key(name): class_id for name, class_id in added.items()}
    return class_of, [*added.values(), *back]


def _added(session: Session, names: Sequence[str]) -> dict[str, ClassId]:
    """Add classes of these names; return the id of each."""
    taken = [
        Described(name=info.name, code=info.code, colour=info.colour)
        for info in classes.all(session)
    ]
    described = class_names.describe(names, taken)
    new = [NewClass(name=info.name, code=info.code, colour=info.colour) for info in described]
    return classes.add(session, new)
