"""The tables of a run as files to take away."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from core.types import Run


def csv(folder: Path, run: Run, table: pd.DataFrame) -> Path:
    """Write a table as CSV below `folder`; return its path."""
    path = _path(folder, run, "epochs.csv")
    table.to_csv(path, index=False)
    return path


def xlsx(folder: Path, run: Run, sheets: Mapping[str, pd.DataFrame]) -> Path:
    """Write a workbook with these sheets below `folder`; return its path."""
    path = _path(folder, run, "tables.xlsx")
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, table in sheets.items():
            table.to_excel(writer, sheet_name=name, index=False)
    return path


def _path(folder: Path, run: Run, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"run-{run.number}-{name}"
