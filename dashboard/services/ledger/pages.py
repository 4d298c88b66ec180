"""The ledger as it is read: by filters, a page of it as a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from core.types import ClassId, CurationDecision, HistoryQuery, PatientId, SampleId
from storage.ledger import decisions, undo_state
from storage.samples import classes, patients, samples
from storage.workspace.folder import Workspace

_NEWEST = HistoryQuery()
TABLE = (
    "number", "batch", "when", "who", "sample", "file", "kind", "before_label", "after_label",
    "before_patient", "after_patient", "opinion", "state", "reason", "note", "queue",
)  # fmt: skip
"""Columns of `table`."""

Key = TypeVar("Key", ClassId, PatientId)


def newest(workspace: Workspace) -> int:
    """Return the number of the ledger's newest row; 0 while there is none."""
    with workspace.read() as session:
        return decisions.newest(session)


def history(workspace: Workspace, query: HistoryQuery = _NEWEST) -> list[CurationDecision]:
    """Return the newest rows of the ledger that match, oldest first."""
    with workspace.read() as session:
        return decisions.history(session, query)


def table(workspace: Workspace, query: HistoryQuery) -> tuple[pd.DataFrame, int]:
    """Return the rows that match as a table, newest first, and how many there are in all.

    Labels and patients are names, empty where there is none; `state` is applied, not applied or
    taken back.
    """
    with workspace.read() as session:
        rows = decisions.history(session, query)
        total = decisions.count(session, query)
        shown = samples.many(session, list(dict.fromkeys(row.sample for row in rows)))
        taken_back = undo_state.cancelled(session, [row.number for row in rows])
        class_names, patient_names = classes.names(session), patients.names(session)
    names = _Names(
        files={sample.id: sample.file for sample in shown},
        classes=class_names,
        patients=patient_names,
        taken_back=taken_back,
    )
    records = [names.record(row) for row in reversed(rows)]
    return pd.DataFrame(records, columns=list(TABLE)), total


def people(workspace: Workspace) -> list[str]:
    """Return everybody who has decided anything."""
    with workspace.read() as session:
        return decisions.people(session)


@dataclass(frozen=True, kw_only=True)
class _Names:
    """What is needed to say a row in words."""

    files: Mapping[SampleId, str]
    classes: Mapping[ClassId, str]
    patients: Mapping[PatientId, str]
    taken_back: Collection[int]

    def record(self, row: CurationDecision) -> dict[str, object]:
        return {
            "number": row.number,
            "batch": row.batch,
            "when": row.when,
            "who": row.who,
            "sample": row.sample,
            "file": self.files.get(row.sample, ""),
            "kind": row.kind.value,
            "before_label": _name(row.before.label, self.classes),
            "after_label": _name(row.after.label, self.classes),
            "before_patient": _name(row.before.patient, self.patients),
            "after_patient": _name(row.after.patient, self.patients),
            "opinion": _name(row.opinion, self.classes),
            "state": self._state(row),
            "reason": row.reason,
            "note": row.note,
            "queue": "" if row.suggested_by is None else row.suggested_by.queue,
        }

    def _state(self, row: CurationDecision) -> str:
        if not row.applied:
            return "not applied"
        return "taken back" if row.number in self.taken_back else "applied"


def _name(key: Key | None, names: Mapping[Key, str]) -> str:
    return "" if key is None else names.get(key, "a removed class")
