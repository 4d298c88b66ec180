"""The data sets that benchmarks of training look at: a table or folder, or the demonstration."""

from pathlib import Path

from core import demo
from dashboard.services import importing, splitting
from storage.workspace import Workspace

DEMO = "demo"
"""Given in place of a table or folder: the synthetic demonstration data, drawn anew."""


def workspace(source: str, home: Path) -> Workspace:
    """Import a table, a folder or the demonstration data into a new workspace, and split it."""
    given = demo.write(home / "drawn") if source == DEMO else Path(source)
    opened = Workspace.open(home / "workspace")
    importing.run(opened, given)
    splitting.ensure(opened, "patient")
    return opened
