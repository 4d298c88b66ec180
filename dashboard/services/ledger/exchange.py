"""The ledger as a table that people can take away, read, and bring into another workspace."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import AppError
from core.types import DecisionKind, Refused
from dashboard.services.curation import listing
from dashboard.services.ledger import table_rows
from dashboard.services.ledger.merge import Incoming
from dashboard.services.ledger.table_rows import COLUMNS
from dashboard.services.system import table_files
from storage.ledger import decisions, undo_state
from storage.samples import classes, patients
from storage.workspace.folder import Workspace

MOST_SPREADSHEET_ROWS = 2**20 - 1
"""Rows below the heading that the format can hold."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What bringing in a ledger did, or would do."""

    applied: int
    refused: tuple[Refused, ...]
    """Not applied, each with its line: the row is bad, or the sample is not as the decision's
    author saw it (this is recorded)."""
    known: int
    """They are in this ledger already."""
    skipped: tuple[str, ...]
    """Sentences: rows that say nothing here, and why."""


def frame(workspace: Workspace) -> pd.DataFrame:
    """Return the whole ledger, oldest first, as text; its columns are `table_rows.COLUMNS`."""
    with workspace.read() as session:
        rows = decisions.all_rows(session)
        cancelled = undo_state.cancelled(session, [row.number for row in rows])
        class_names, patient_names = classes.names(session), patients.names(session)
    files = {key: sample.file for key, sample in listing.by_id(workspace).items()}
    records = []
    for row in rows:
        undone = row.number in cancelled
        stands = row.applied and not undone and row.kind is not DecisionKind.UNDO
        cells = table_rows.cells(row, stands, class_names, patient_names)
        records.append({**cells, "ledger": workspace.uuid, "file": files.get(row.sample, "")})
    return pd.DataFrame(records, columns=list(COLUMNS), dtype=str)


def write(workspace: Workspace, path: Path) -> int:
    """Write the whole ledger as a spreadsheet (.xlsx) or else as CSV; return how many rows.

    Cells that a spreadsheet would compute begin with '. Raises AppError when the file cannot be
    written or cannot hold so many rows.
    """
    table = frame(workspace)
    if path.suffix.lower() == table_files.SPREADSHEET and len(table) > MOST_SPREADSHEET_ROWS:
        raise AppError(
            f"The ledger has {len(table):,} rows; a spreadsheet holds {MOST_SPREADSHEET_ROWS:,}.",
            title="Too long for a spreadsheet",
            hint="Save it as CSV.",
        )
    try:
        table_files.write(table, path, sheet="Ledger")
    except OSError as error:
        raise AppError(
            f"{path} cannot be written ({error.strerror}).",
            title="Not written",
            hint="Choose another folder, or free some space.",
        ) from error
    return len(table)


def bring(workspace: Workspace, path: Path, *, dry_run: bool = False) -> Brought:
    """Take over the decisions that stand in another ledger (CSV or XLSX), in one transaction.

    Samples are recognised by their ids, which come from the pixels; classes and patients by name.
    Each becomes a decision of its author, refused where the sample is not as the author saw it.
    What is here already is left alone; a bad row keeps no other from being taken over. With
    `dry_run` the same is found out and nothing is kept. Raises AppError when there is no such
    file, or when it is no ledger.
    """
    lines = table_rows.read(path)
    with workspace.transaction() as session:
        incoming = Incoming(session, workspace.uuid)
        for line in lines:
            incoming.take(line)
        if dry_run:
            session.rollback()
    return Brought(
        applied=incoming.applied,
        refused=tuple(incoming.refused),
        known=incoming.known,
        skipped=tuple(incoming.skipped),
    )
