"""The ledger as it is read: whole, by filters, in pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.types import CurationDecision, HistoryQuery, PatientId, SampleId
from storage.ledger import decisions, undo_state
from storage.samples import patients, samples
from storage.workspace.folder import Workspace

_NEWEST = HistoryQuery()


@dataclass(frozen=True, kw_only=True)
class LedgerPage:
    """Some rows of the ledger and what is needed to show them."""

    rows: tuple[CurationDecision, ...]
    """Oldest first."""
    total: int
    people: tuple[str, ...]
    """Everybody in the ledger."""
    files: Mapping[SampleId, str]
    patients: Mapping[PatientId, str]
    taken_back: frozenset[int]


def page(workspace: Workspace, query: HistoryQuery) -> LedgerPage:
    """Return the rows that match, and how many there are in all."""
    with workspace.read() as session:
        rows = decisions.history(session, query)
        shown = samples.many(session, list(dict.fromkeys(row.sample for row in rows)))
        return LedgerPage(
            rows=tuple(rows),
            total=decisions.count(session, query),
            people=tuple(decisions.people(session)),
            files={sample.id: sample.file for sample in shown},
            patients=patients.names(session),
            taken_back=frozenset(undo_state.cancelled(session, [row.number for row in rows])),
        )


def newest(workspace: Workspace) -> int:
    """Return the number of the ledger's newest row; 0 while there is none."""
    with workspace.read() as session:
        return decisions.newest(session)


def history(workspace: Workspace, query: HistoryQuery = _NEWEST) -> list[CurationDecision]:
    """Return the newest rows of the ledger that match, oldest first."""
    with workspace.read() as session:
        return decisions.history(session, query)
