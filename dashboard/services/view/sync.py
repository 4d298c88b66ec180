"""Keeps the FiftyOne view and the truth together, in both directions."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import AppError, ViewUnavailable, WorkspaceInUse
from core.types import ClassId, DecisionKind, HistoryQuery, Refused
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from storage.fiftyone_view import connect
from storage.fiftyone_view.view import FiftyOneView
from storage.fiftyone_view.writer import ForeignEdit
from storage.queries.sample_view import SampleView
from storage.samples import classes
from storage.workspace.folder import Workspace

log = logging.getLogger(__name__)

APP = "FiftyOne App"
"""The author of decisions that were made there."""


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """What bringing view and truth together did."""

    projected: int
    """Samples that were written into the view."""
    decided: int = 0
    """Labels edited in the FiftyOne App that became decisions."""
    refused: tuple[Refused, ...] = ()
    """Such labels that could not: the view shows the truth again."""


def catch_up(workspace: Workspace, view: SampleView) -> SyncReport:
    """Take the FiftyOne App's edits into the ledger, then bring the view to the newest revision.

    Each edit becomes exactly one row, whatever is killed in between.
    """
    if not isinstance(view, FiftyOneView):
        return SyncReport(projected=view.catch_up())
    edits = view.foreign_edits()
    decided, refused = _decide(workspace, edits)
    projected = view.catch_up()
    if edits:
        view.settle(edits)
    return SyncReport(projected=projected, decided=decided, refused=tuple(refused))


def sync(workspace: Workspace, *, rebuild: bool = False) -> SyncReport:
    """Do what `ai-mpox sync` does; with `rebuild`, make the view again from the database.

    Raises:
        WorkspaceInUse: a dashboard serves the workspace (it keeps the view up by itself).
        ViewUnavailable: mongod or FiftyOne cannot run.
    """
    if workspace.is_served():
        raise WorkspaceInUse(
            "A dashboard serves this workspace and keeps its view up to date by itself.",
            title="Workspace in use",
            hint="Stop the dashboard first if the view must be rebuilt.",
        )
    with workspace.serving():
        kept = _rescue(workspace) if rebuild else SyncReport(projected=0)
        report = _open_and_catch_up(workspace)
    return replace(
        report, decided=kept.decided + report.decided, refused=(*kept.refused, *report.refused)
    )


def _open_and_catch_up(workspace: Workspace) -> SyncReport:
    view = connect.open_view(workspace)
    try:
        report = catch_up(workspace, view)
    finally:
        view.close()
    return replace(report, projected=report.projected + view.projected)


def _rescue(workspace: Workspace) -> SyncReport:
    """Take the FiftyOne App's edits out of the old view, if it can be read, and discard it."""
    report = SyncReport(projected=0)
    if workspace.fiftyone.exists():
        try:
            report = _open_and_catch_up(workspace)
        except ViewUnavailable as error:
            log.info("The old view cannot be read: %s", error)
    connect.discard(workspace)
    return report


def _decide(workspace: Workspace, edits: Sequence[ForeignEdit]) -> tuple[int, list[Refused]]:
    """Record one batch for each class that was given in the App."""
    decided, refused = 0, []
    new = [edit for edit in edits if not _recorded(workspace, edit)]
    for name in dict.fromkeys(edit.label for edit in new):
        mine = [edit for edit in new if edit.label == name]
        label = _class(workspace, name)
        if label is None:
            refused += [Refused(sample=edit.sample, why=_no_class(name)) for edit in mine]
            continue
        order = Order(kind=DecisionKind.RELABEL, who=APP, label=label)
        choices = [Choice(sample=edit.sample, expected=edit.expected) for edit in mine]
        result = curation.decide(workspace, order, choices)
        decided += result.applied
        refused += result.refused
    return decided, refused


def _recorded(workspace: Workspace, edit: ForeignEdit) -> bool:
    """Return whether the ledger has this edit already (killed before the view was settled)."""
    rows = pages.history(workspace, HistoryQuery(sample=edit.sample))
    return any(row.who == APP and row.when >= edit.when for row in rows)


def _class(workspace: Workspace, name: str | None) -> ClassId | None:
    if name is None:
        return None
    try:
        with workspace.read() as session:
            return classes.by_name(session, name).id
    except AppError:
        return None


def _no_class(name: str | None) -> str:
    if name is None:
        return "a label cannot be taken away in the FiftyOne App; exclude the sample instead"
    return f"there is no class called '{name}'"
