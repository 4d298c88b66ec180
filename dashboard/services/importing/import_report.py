"""What an import did, from what it counted and what the workspace now holds."""

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
    repeated = [
        sample for sample in samples.many(session, list(writer.seen)) if len(sample.sources) > 1
    ]
    fresh = samples.many(session, list(writer.fresh))
    labels = Counter(
        names[sample.state.label] for sample in fresh if sample.state.label is not None
    )
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
            names[info.id]: ClassCount(
                images=counts.get(info.id, (0, 0))[0], patients=counts.get(info.id, (0, 0))[1]
            )
            for info in classes.all(session)
        },
        new_classes=dict(labels),
        new_sides=dict(Counter(sample.split.value for sample in fresh if sample.split is not None)),
        demonstration=_mixes(session, plan),
        shared=_shared(session, writer),
        duplicates=tuple(tuple(source.file for source in sample.sources) for sample in repeated),
        conflicts=tuple(
            _conflict(sample, names) for sample in repeated if Queue.CONFLICT in sample.queues
        ),
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
    """Return whether an import adds something else to the built-in demonstration data."""
    other = any(source.origin != demo_set.ORIGIN for source in plan.sources)
    return other and sources.has_origin(session, demo_set.ORIGIN)


def _shared(
    session: Session, writer: ImportWriter
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return (files, patients) of every image that the import has under several patients."""
    shared = []
    called = patients.names(session)
    for claims in writer.own_claims.values():
        theirs = dict.fromkeys(claim.patient for claim in claims if claim.patient is not None)
        if len(theirs) > 1:
            shared.append(
                (
                    tuple(claim.file for claim in claims),
                    tuple(called[patient] for patient in theirs),
                )
            )
    return tuple(shared)


def _conflict(sample: Sample, names: dict[ClassId, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels = {names[source.label] for source in sample.sources if source.label is not None}
    return tuple(source.file for source in sample.sources), tuple(class_names.ordered(labels))


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
    rows += [("left out", skipped.file, skipped.reason) for skipped in report.skipped]
    rows += [
        ("sources disagree", ", ".join(files), " or ".join(labels))
        for files, labels in report.conflicts
    ]
    rows += [("differs from a decision", "", sentence) for sentence in report.differences]
    rows += [("exact duplicate", " = ".join(files), "") for files in report.duplicates]
    return pd.DataFrame(rows, columns=["kind", "files", "what"])
