"""The data sets that benchmarks of training look at: a table or folder, or the demonstration."""

from pathlib import Path

from core.demo import demo_set
from dashboard.services.importing import importer
from dashboard.services.splits import split_versions
from storage.workspace.folder import Workspace

DEMO = "demo"
"""Given in place of a table or folder: the synthetic demonstration data, drawn anew."""


def workspace(source: str, home: Path) -> Workspace:
    """Import a table, a folder or the demonstration data into a new workspace, and split it."""
    given = demo_set.write(home / "drawn") if source == DEMO else Path(source)
    opened = Workspace.open(home / "workspace")
    importer.run(opened, given)
    split_versions.ensure(opened, "patient")
    return opened
