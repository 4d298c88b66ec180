"""Tables written for spreadsheets: CSV or XLSX, without cells that a spreadsheet would compute.

The folder has to be there.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

SPREADSHEET = ".xlsx"
DIGITS = 4
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
"""Control characters that a spreadsheet cannot hold."""


def csv(table: pd.DataFrame, digits: int | None = DIGITS) -> str:
    """Return a table as CSV, numbers with so many digits after the point; None: all they have."""
    numbers = None if digits is None else f"%.{digits}f"
    return harmless(table).to_csv(index=False, lineterminator="\n", float_format=numbers)


def write(
    table: pd.DataFrame, path: Path, *, sheet: str = "Sheet1", digits: int | None = DIGITS
) -> Path:
    """Write a table as a spreadsheet (.xlsx) or else as CSV, and return its path."""
    if path.suffix.lower() == SPREADSHEET:
        return write_book({sheet: table}, path, digits=digits)
    path.write_text(csv(table, digits), encoding="utf-8", newline="")
    return path


def write_book(
    sheets: Mapping[str, pd.DataFrame], path: Path, *, digits: int | None = DIGITS
) -> Path:
    """Write a workbook with these sheets, and return its path."""
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, table in sheets.items():
            printable = harmless(table).replace(_UNPRINTABLE, "", regex=True)
            if digits is not None:
                printable = printable.round(digits)
            printable.to_excel(writer, sheet_name=name, index=False)
    return path


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with ' before every text that a spreadsheet would compute."""
    return table.map(
        lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
    )


def original(cell: str) -> str:
    """Return a cell as it was before `harmless`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
