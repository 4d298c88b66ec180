"""Tables written for spreadsheets: CSV or XLSX, without cells that a spreadsheet would compute."""

from pathlib import Path

import pandas as pd

SPREADSHEET = ".xlsx"
DIGITS = 4
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
"""Control characters that a spreadsheet cannot hold."""


def csv(table: pd.DataFrame) -> str:
    """Return a table as CSV, numbers with four digits after the point."""
    return harmless(table).to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}f")


def write(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as a spreadsheet (.xlsx) or else as CSV, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == SPREADSHEET:
        printable = harmless(table).replace(_UNPRINTABLE, "", regex=True).round(DIGITS)
        printable.to_excel(path, index=False, engine="openpyxl")
    else:
        path.write_text(csv(table), encoding="utf-8", newline="")
    return path


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with ' before every text that a spreadsheet would compute."""
    return table.map(
        lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
    )
