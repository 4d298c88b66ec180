"""The ledger as a table that people can take away, read, and bring into another workspace."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import AppError
from core.types import (
    ClassId,
    CurationDecision,
    DecisionKind,
    Refused,
    SampleId,
    SampleState,
    Status,
)
from dashboard.services import curation, listing
from dashboard.services.curation import Choice, Order
from storage import classes, decisions, patients, samples
from storage.workspace import Workspace

COLUMNS = (
    "ledger", "number", "batch", "sample", "file", "kind",
    "before_label", "before_status", "before_patient",
    "after_label", "after_status", "after_patient",
    "opinion", "applied", "stands", "undoes", "who", "when", "reason", "note", "queue", "score",
)  # fmt: skip
"""`stands`: it was applied, has not been taken back, and is no undo."""
MOST_BYTES = 100 * 2**20
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_BROUGHT = {
    DecisionKind.RELABEL,
    DecisionKind.KEEP,
    DecisionKind.EXCLUDE,
    DecisionKind.UNSURE,
    DecisionKind.RESTORE,
    DecisionKind.SET_PATIENT,
    DecisionKind.OPINION,
}

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What bringing in a ledger did."""

    applied: int
    refused: tuple[Refused, ...]
    """Recorded, not applied: the sample is not as the decision's author saw it."""
    known: int
    """Brought in before."""
    skipped: tuple[str, ...]
    """Sentences: rows that say nothing here, and why."""


def write(workspace: Workspace) -> str:
    """Return the whole ledger as CSV; cells that a spreadsheet would compute begin with '."""
    with workspace.read() as session:
        rows = decisions.all_rows(session)
        gone = decisions.cancelled(session, [row.number for row in rows])
        names, called = classes.names(session), patients.names(session)
    files = {key: sample.file for key, sample in listing.by_id(workspace).items()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        stands = row.applied and row.number not in gone and row.kind is not DecisionKind.UNDO
        cells = _cells(row, stands, names, called)
        cells |= {"ledger": workspace.uuid, "file": files.get(row.sample, "")}
        writer.writerow([_harmless(cells[name]) for name in COLUMNS])
    return out.getvalue()


def bring(workspace: Workspace, path: Path) -> Brought:
    """Take over the decisions that stand in another workspace's ledger, in one transaction.

    Samples are recognised by their ids, which come from the pixels; classes and patients by name.
    Each becomes a decision of its author, refused where the sample is not as he saw it. What was
    brought in before is left alone. Raises AppError when the file is no such table.
    """
    found = list(_read(path))
    with workspace.transaction() as session:
        known_before = decisions.origins(session)
        labels = {info.name: info.id for info in classes.all(session)}
        named = {name: key for key, name in patients.names(session).items()}
        states = samples.states(session, [SampleId(row["sample"]) for _, row in found])
        applied, known = 0, 0
        refused: list[Refused] = []
        skipped: list[str] = []
        for line, row in found:
            origin = f"{row['ledger']}#{row['number']}"
            if row["stands"] != "yes":
                continue
            if origin in known_before or row["ledger"] == workspace.uuid:
                known += 1
                continue
            problem = _problem(row, states, labels)
            if problem:
                skipped.append(f"Line {line}: {problem}.")
                continue
            sample = SampleId(row["sample"])
            now = samples.states(session, [sample])[sample]
            choice = Choice(sample=sample, expected=_expected(row, now, labels, named))
            result = curation.decide_in(session, _order(row, labels, origin), [choice])
            applied += result.applied
            refused += result.refused
    return Brought(applied=applied, refused=tuple(refused), known=known, skipped=tuple(skipped))


def _cells(
    row: CurationDecision, stands: bool, names: Mapping[ClassId, str], called: Mapping[Any, str]
) -> dict[str, str]:
    def label(key: ClassId | None) -> str:
        return "" if key is None else names[key]

    def state(side: str, it: SampleState) -> dict[str, str]:
        return {
            f"{side}_label": label(it.label),
            f"{side}_status": it.status.value,
            f"{side}_patient": "" if it.patient is None else called[it.patient],
        }

    shown = row.suggested_by
    return {
        "number": str(row.number),
        "batch": str(row.batch),
        "sample": row.sample,
        "kind": row.kind.value,
        **state("before", row.before),
        **state("after", row.after),
        "opinion": label(row.opinion),
        "applied": "yes" if row.applied else "no",
        "stands": "yes" if stands else "no",
        "undoes": "" if row.undoes is None else str(row.undoes),
        "who": row.who,
        "when": row.when.isoformat(),
        "reason": row.reason,
        "note": row.note,
        "queue": "" if shown is None else shown.queue,
        "score": "" if shown is None or shown.score is None else f"{shown.score:.6g}",
    }


def _read(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield (line, row). Raises AppError when the file is no ledger."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise AppError(
                f"The file is larger than {MOST_BYTES // 2**20} MB.",
                title="Not a ledger",
                hint="Choose a file that `ai-mpox ledger export` has written.",
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _no_ledger("It cannot be read as text.") from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise _no_ledger(f"It has no column {', '.join(missing[:3])}.")
    try:
        for row in reader:
            cells = {name: _plain(row[name] or "") for name in COLUMNS}
            yield reader.line_num, cells
    except csv.Error as error:
        raise _no_ledger(f"Line {reader.line_num} is broken.") from error


def _problem(
    row: Row, states: Mapping[SampleId, SampleState], labels: Mapping[str, ClassId]
) -> str:
    if row["kind"] not in set(_BROUGHT):
        return f"a decision of the kind '{row['kind']}' is not taken over"
    if SampleId(row["sample"]) not in states:
        return f"{row['file'] or row['sample']} is not in this data set"
    if row["before_status"] not in set(Status):
        return f"'{row['before_status']}' is no status"
    needed = [row["before_label"]]
    if row["kind"] == DecisionKind.RELABEL:
        needed.append(row["after_label"])
    if row["kind"] == DecisionKind.OPINION:
        needed.append(row["opinion"])
    missing = [name for name in needed if name and name not in labels]
    return f"there is no class {missing[0]} here" if missing else ""


def _order(row: Row, labels: Mapping[str, ClassId], origin: str) -> Order:
    kind = DecisionKind(row["kind"])
    named = row["opinion"] if kind is DecisionKind.OPINION else row["after_label"]
    return Order(
        kind=kind,
        who=row["who"] or "somebody",
        label=labels.get(named),
        patient=row["after_patient"],
        reason=row["reason"],
        note=row["note"],
        origin=origin,
    )


def _expected(
    row: Row, now: SampleState, labels: Mapping[str, ClassId], named: Mapping[str, Any]
) -> SampleState:
    """Return what the decision's author saw; links are not in the table and taken as they are."""
    return replace(
        now,
        label=labels.get(row["before_label"]),
        status=Status(row["before_status"]),
        patient=named.get(row["before_patient"]),
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _no_ledger(why: str) -> AppError:
    return AppError(
        f"This file is no ledger. {why}",
        title="Not a ledger",
        hint="Choose a file that `ai-mpox ledger export` has written.",
    )
