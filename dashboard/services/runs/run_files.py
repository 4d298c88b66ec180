"""The tables of a run as files to take away."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from core.types import Run
from dashboard.services.system import table_files


def csv(folder: Path, run: Run, table: pd.DataFrame) -> Path:
    """Write a table as CSV below `folder`; return its path."""
    return table_files.write(table, _path(folder, run, "epochs.csv"), digits=None)


def xlsx(folder: Path, run: Run, sheets: Mapping[str, pd.DataFrame]) -> Path:
    """Write a workbook with these sheets below `folder`; return its path."""
    return table_files.write_book(sheets, _path(folder, run, "tables.xlsx"), digits=None)


def _path(folder: Path, run: Run, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"run-{run.number}-{name}"
