"""Fills workspaces with small samples, fast: the rows are real, the pictures are optional."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PIL import Image
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.types import ClassId, RunId, SampleId
from dashboard.services.splits import placement
from storage.database.tables import FileHashRow, ImageRow, ImportRow, SourceRow
from storage.runs.runs import NewRun
from storage.samples import classes, patients, samples
from storage.samples.classes import NewClass
from storage.samples.samples import NewSample
from storage.workspace.folder import Workspace

COLOURS = ("#E69F00", "#0072B2", "#009E73", "#56B4E9", "#D55E00", "#CC79A7")


def sample_id(number: int) -> SampleId:
    return SampleId(hashlib.sha256(f"sample {number}".encode()).hexdigest()[:16])


def add_classes(session: Session, *names: str) -> list[ClassId]:
    new = [
        NewClass(name=name, code=name[:2].upper(), colour=COLOURS[place % len(COLOURS)])
        for place, name in enumerate(names)
    ]
    ids = classes.add(session, new)
    return [ids[name] for name in names]


def new_run(number: int, **changes: Any) -> NewRun:
    """A run that is about to be queued, on the first split by patient."""
    made = NewRun(
        id=RunId(f"run-{number}"),
        config={},
        classes=(),
        fingerprint="f",
        split_kind="patient",
        split_version=1,
        test_version="1-a",
        leaky=False,
    )
    return replace(made, **changes)


def fill(
    workspace: Workspace,
    rows: Sequence[tuple[str | None, str | None]],
    *,
    pictures: bool = False,
    side: int = 32,
) -> list[SampleId]:
    """Add one sample for each (class name, patient name); return their ids in that order."""
    with workspace.transaction() as session:
        first = (session.scalar(select(func.count()).select_from(ImageRow)) or 0) + 1
        number = (session.scalar(select(func.max(ImportRow.number))) or 0) + 1
        now = datetime.now(UTC)
        session.execute(
            insert(ImportRow).values(number=number, root="made", layout="made", started=now)
        )
        names = sorted({label for label, _ in rows if label is not None})
        by_name = dict(zip(names, add_classes(session, *names), strict=True))
        ids = []
        for place, (label, patient) in enumerate(rows, start=first):
            label_id = None if label is None else by_name[label]
            ids.append(_add(session, workspace, place, label_id, patient, number))
            if pictures:
                write_picture(workspace, ids[-1], place, label_id or 0, side)
        placement.regroup(session)
    return ids


def write_picture(
    workspace: Workspace, sample: SampleId, number: int, label: int, side: int
) -> None:
    """Draw a picture whose hue tells its class, and whose brightness tells it apart."""
    hue = (label * 40) % 256
    image = Image.new("HSV", (side, side), (hue, 200, 120 + number * 7 % 100)).convert("RGB")
    image.putpixel((number % side, number // side % side), (255, 255, 255))
    for folder, suffix, kind in (
        (workspace.media, "png", "PNG"),
        (workspace.thumbs, "webp", "WEBP"),
    ):
        file = folder / sample[:2] / f"{sample}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        image.save(buffer, kind)
        file.write_bytes(buffer.getvalue())


def _add(
    session: Session,
    workspace: Workspace,
    place: int,
    label: ClassId | None,
    patient: str | None,
    import_number: int,
) -> SampleId:
    sample = sample_id(place)
    now = datetime.now(UTC)
    session.execute(
        insert(ImageRow).values(
            id=sample,
            pixel_sha256=hashlib.sha256(f"pixels {place}".encode()).hexdigest(),
            file=f"{sample[:2]}/{sample}.png",
            width=32,
            height=32,
            byte_size=100,
            added=now,
        )
    )
    digest = hashlib.sha256(f"file {place}".encode()).hexdigest()
    session.execute(insert(FileHashRow).values(sha256=digest, image_id=sample))
    known = None if patient is None else patients.ensure(session, patient)
    file = f"picture-{place:05d}.png"
    samples.add(session, NewSample(id=sample, file=file, label=label, patient=known, added=now))
    session.execute(
        insert(SourceRow).values(
            sample_id=sample,
            import_number=import_number,
            file=f"made/{file}",
            label=label,
            patient_id=known,
            origin="made",
        )
    )
    return sample
