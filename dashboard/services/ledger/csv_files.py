"""The ledger as a table that people can take away, read, and bring into another workspace."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from core.types import DecisionKind, Refused
from dashboard.services.curation import listing
from dashboard.services.ledger import csv_rows
from dashboard.services.ledger.csv_rows import COLUMNS
from dashboard.services.ledger.merge import Incoming
from storage.ledger import decisions, undo_state
from storage.samples import classes, patients
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What bringing in a ledger did."""

    applied: int
    refused: tuple[Refused, ...]
    """Not applied, each with its line: the row is bad, or the sample is not as the decision's
    author saw it (this is recorded)."""
    known: int
    """They are in this ledger already."""
    skipped: tuple[str, ...]
    """Sentences: rows that say nothing here, and why."""


def write(workspace: Workspace) -> str:
    """Return the whole ledger as CSV; cells that a spreadsheet would compute begin with '."""
    with workspace.read() as session:
        rows = decisions.all_rows(session)
        gone = undo_state.cancelled(session, [row.number for row in rows])
        names, called = classes.names(session), patients.names(session)
    files = {key: sample.file for key, sample in listing.by_id(workspace).items()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        stands = row.applied and row.number not in gone and row.kind is not DecisionKind.UNDO
        cells = csv_rows.cells(row, stands, names, called)
        cells |= {"ledger": workspace.uuid, "file": files.get(row.sample, "")}
        writer.writerow([csv_rows.harmless(cells[name]) for name in COLUMNS])
    return out.getvalue()


def bring(workspace: Workspace, path: Path) -> Brought:
    """Take over the decisions that stand in another ledger, in one transaction.

    Samples are recognised by their ids, which come from the pixels; classes and patients by name.
    Each becomes a decision of its author, refused where the sample is not as he saw it. What is
    here already is left alone; a bad row keeps no other from being taken over. Raises AppError
    when there is no such file, or when it is no ledger.
    """
    lines = csv_rows.read(path)
    with workspace.transaction() as session:
        incoming = Incoming(session, workspace.uuid)
        for line in lines:
            incoming.take(line)
    return Brought(
        applied=incoming.applied,
        refused=tuple(incoming.refused),
        known=incoming.known,
        skipped=tuple(incoming.skipped),
    )
