"""The rows of the ledger as cells of a table: how they are written, and read back."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from core.errors import AppError
from core.types import ClassId, CurationDecision, DecisionKind, PatientId, SampleState, Status
from dashboard.services.system import table_files

COLUMNS = (
    "ledger", "number", "batch", "sample", "file", "kind",
    "before_label", "before_status", "before_patient",
    "after_label", "after_status", "after_patient",
    "opinion", "applied", "stands", "undoes", "who", "when", "reason", "note", "queue", "score",
)  # fmt: skip
"""`stands`: it was applied, has not been taken back, and is no undo."""
MOST_BYTES = 100 * 2**20
MOST_UNPACKED_BYTES = 500 * 2**20
"""What a spreadsheet, which is a zip, may unpack to."""

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of a table, and the line of the file that it begins on."""

    number: int
    row: Row
    problem: str = ""
    """Why it cannot be a row of a ledger; empty when it can."""


def cells(
    row: CurationDecision,
    stands: bool,
    class_names: Mapping[ClassId, str],
    patient_names: Mapping[PatientId, str],
) -> dict[str, str]:
    """Return what the ledger itself knows of a row: all columns but `ledger` and `file`."""

    def label(key: ClassId | None) -> str:
        return "" if key is None else class_names[key]

    def state(side: str, of: SampleState) -> dict[str, str]:
        return {
            f"{side}_label": label(of.label),
            f"{side}_status": of.status.value,
            f"{side}_patient": "" if of.patient is None else patient_names[of.patient],
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


def read(path: Path) -> list[Line]:
    """Return the rows of a table (.xlsx, or else CSV), the bad ones with what is wrong with them.

    Raises AppError when there is no such file, or when it is no ledger at all.
    """
    _check_size(path)
    rows = _sheet_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(_text(path))
    heading = next(rows, (0, []))[1] or []
    missing = [name for name in COLUMNS if name not in heading]
    if missing:
        raise _no_ledger(f"It has no column {', '.join(missing[:3])}.")
    return [_line(number, heading, parts) for number, parts in rows if parts != []]


def _sheet_rows(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (row of the sheet, cells) of each row of the first sheet: none for a blank one."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise _no_ledger(f"It unpacks to more than {MOST_UNPACKED_BYTES // 2**20} MB.")
        sheet = pd.read_excel(path, header=None, dtype=str, na_filter=False, engine="openpyxl")
    except (zipfile.BadZipFile, OSError, LookupError, ValueError, SyntaxError, TypeError) as error:
        raise _no_ledger("It cannot be read as a spreadsheet.") from error
    for number, cells in enumerate(sheet.itertuples(index=False), 1):
        yield number, [str(cell) for cell in cells] if any(cells) else []


def _csv_rows(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line, cells) of each row: none for a blank one, None for what is no CSV.

    pandas would not tell on which line of the file a row begins, nor read on behind a bad one.
    """
    reader = csv.reader(io.StringIO(text))
    while True:
        first = reader.line_num + 1
        try:
            parts = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # The reader goes on behind the line that it could not take apart.
            yield first, None
            continue
        yield first, parts if any(parts) else []


def _line(number: int, heading: list[str], parts: list[str] | None) -> Line:
    if parts is None:
        empty = dict.fromkeys(COLUMNS, "")
        return Line(number=number, row=empty, problem="its cells cannot be told apart")
    given = dict(zip(heading, parts, strict=False))
    row = {name: table_files.original(given.get(name, "")) for name in COLUMNS}
    whole = len(parts) == len(heading)
    uneven = f"it has {len(parts)} cells, and the heading has {len(heading)}"
    return Line(number=number, row=row, problem=_problem(row) if whole else uneven)


def _problem(row: Row) -> str:
    """Return what keeps this from being a row of any ledger; empty for rows that do not stand."""
    if row["stands"] not in ("yes", "no"):
        return f"'stands' is '{row['stands']}', neither yes nor no"
    if row["stands"] == "no":
        return ""
    empty = [name for name in ("ledger", "number", "sample", "when") if not row[name]]
    if empty:
        return f"'{empty[0]}' is empty"
    if not _is_moment(row["when"]):
        return f"'{row['when']}' is no moment"
    if row["kind"] not in set(DecisionKind):
        return f"'{row['kind']}' is no kind of decision"
    if row["before_status"] not in set(Status):
        return f"'{row['before_status']}' is no status"
    if row["kind"] == DecisionKind.RELABEL and not row["after_label"]:
        return "it relabels and names no class ('after_label' is empty)"
    if row["kind"] == DecisionKind.OPINION and not row["opinion"]:
        return "it is an opinion and names no class ('opinion' is empty)"
    return ""


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_size(path: Path) -> None:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _no_ledger(f"It is larger than {MOST_BYTES // 2**20} MB.")
    except FileNotFoundError as error:
        raise AppError(
            f"There is no file {path}.",
            title="No such file",
            hint="Look at its name and its folder.",
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _no_ledger(f"It cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise _no_ledger("It cannot be read as text.") from error


def _no_ledger(why: str) -> AppError:
    return AppError(
        f"This file is no ledger. {why}",
        title="Not a ledger",
        hint="Choose a CSV or XLSX file that AI-Mpox has written of a ledger.",
    )
