"""What an import did, from what it counted and what now stands in the workspace."""

from collections import Counter

import pandas as pd
from sqlalchemy.orm import Session

from core.data import class_names
from core.demo import demo_set
from core.types import ClassCount, ClassId, ImportPlan, ImportReport, Queue, Sample
from dashboard.services.importing.writer import ImportWriter
from storage.samples import author_folds, classes, patients, samples, sources


def build(
    session: Session,
    plan: ImportPlan,
    writer: ImportWriter,
    *,
    dry_run: bool,
    cancelled: bool,
    seconds: float,
) -> ImportReport:
    """Put the report together inside the import's last transaction."""
    names = classes.names(session)
    totals = samples.totals(session)
    counts = sources.class_counts(session)
    repeated = [one for one in samples.many(session, list(writer.seen)) if len(one.sources) > 1]
    fresh = samples.many(session, list(writer.fresh))
    labels = Counter(names[one.state.label] for one in fresh if one.state.label is not None)
    return ImportReport(
        dry_run=dry_run,
        layout=plan.layout,
        files_seen=len(plan.sources) + len(plan.skipped),
        added=writer.added,
        known=writer.known,
        repeated=writer.repeated,
        skipped=(*plan.skipped, *writer.skipped),
        samples=totals.samples,
        patients=totals.patients,
        groups=totals.groups,
        classes={
            names[one.id]: ClassCount(
                images=counts.get(one.id, (0, 0))[0], patients=counts.get(one.id, (0, 0))[1]
            )
            for one in classes.all(session)
        },
        new_classes=dict(labels),
        new_sides=dict(Counter(one.split.value for one in fresh if one.split is not None)),
        demonstration=_mixes(session, plan),
        shared=_shared(session, writer),
        duplicates=tuple(tuple(source.file for source in one.sources) for one in repeated),
        conflicts=tuple(_conflict(one, names) for one in repeated if Queue.CONFLICT in one.queues),
        differences=writer.differences.sentences(names),
        children=writer.children,
        folds=author_folds.counts(session),
        notes=_notes(plan, writer),
        seconds=seconds,
        cancelled=cancelled,
    )


def _notes(plan: ImportPlan, writer: ImportWriter) -> tuple[str, ...]:
    if not writer.moved:
        return tuple(plan.notes)
    moved = (
        f"Files on another side of an author's fold than an earlier one of the same picture: "
        f"{len(writer.moved)} (the first: {min(writer.moved)}); the earlier one stands."
    )
    return (*plan.notes, moved)


def _mixes(session: Session, plan: ImportPlan) -> bool:
    """Say whether an import brings something else to the built-in demonstration data."""
    other = any(one.origin != demo_set.ORIGIN for one in plan.sources)
    return other and sources.has_origin(session, demo_set.ORIGIN)


def _shared(
    session: Session, writer: ImportWriter
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return (files, patients) of every picture that the import has under several patients."""
    found = []
    called = patients.names(session)
    for claims in writer.own_claims.values():
        theirs = dict.fromkeys(one.patient for one in claims if one.patient is not None)
        if len(theirs) > 1:
            found.append((tuple(one.file for one in claims), tuple(called[one] for one in theirs)))
    return tuple(found)


def _conflict(sample: Sample, names: dict[ClassId, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels = {names[one.label] for one in sample.sources if one.label is not None}
    return tuple(one.file for one in sample.sources), tuple(class_names.ordered(labels))


def class_table(report: ImportReport) -> pd.DataFrame:
    """Return a row per class: images that the import adds, images and patients with it."""
    rows = [
        (name, report.new_classes.get(name, 0), count.images, count.patients)
        for name, count in report.classes.items()
    ]
    return pd.DataFrame(rows, columns=["class", "new_images", "images", "patients"])


def findings(report: ImportReport) -> pd.DataFrame:
    """Return what a person should look at, a row each: its kind, the files, what is the matter.

    The gravest kinds come first; sentences about the whole import have no files.
    """
    rows = [("note", "", note) for note in report.notes]
    rows += [
        ("several patients", " = ".join(files), " and ".join(patients))
        for files, patients in report.shared
    ]
    rows += [("left out", one.file, one.reason) for one in report.skipped]
    rows += [
        ("sources disagree", ", ".join(files), " or ".join(labels))
        for files, labels in report.conflicts
    ]
    rows += [("differs from a decision", "", sentence) for sentence in report.differences]
    rows += [("exact duplicate", " = ".join(files), "") for files in report.duplicates]
    return pd.DataFrame(rows, columns=["kind", "files", "what"])
