"""Rows of another ledger on their way into this one: known, applied, refused, or skipped."""

from dataclasses import replace

from sqlalchemy.orm import Session

from core.types import ClassId, DecisionKind, Refused, SampleId, SampleState, Status, spelling
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import table_rows
from dashboard.services.ledger.table_rows import Line, Row
from storage.ledger import decisions
from storage.samples import classes, patients, samples

_BROUGHT = {
    DecisionKind.RELABEL,
    DecisionKind.KEEP,
    DecisionKind.EXCLUDE,
    DecisionKind.UNSURE,
    DecisionKind.RESTORE,
    DecisionKind.SET_PATIENT,
    DecisionKind.OPINION,
}
_CLASSES = ("after_label", "opinion")
_TELLING = ("sample", "kind", "who", "when", "after_status", "after_patient", *_CLASSES)
"""What two rows of one number share only when they are the same row."""


class Incoming:
    """A ledger that is being brought in, row by row, and what has come of it so far."""

    def __init__(self, session: Session, uuid: str) -> None:
        """Begin with what the ledger of the workspace `uuid` holds now."""
        self._session = session
        self._uuid = uuid
        self._origins = decisions.origins(session)
        self._own = {str(row.number): row for row in decisions.all_rows(session)}
        self._names, self._called = classes.names(session), patients.names(session)
        self._labels = {spelling.key(info.name): info.id for info in classes.all(session)}
        self.applied, self.known = 0, 0
        self.refused: list[Refused] = []
        self.skipped: list[str] = []

    def take(self, line: Line) -> None:
        """Apply a row, or note why it is not."""
        row, sample = line.row, SampleId(line.row["sample"])
        if problem := line.problem or _too_long(row):
            self._refuse(line, problem)
        elif row["stands"] != "yes":
            return
        elif self._is_known(row):
            self.known += 1
        else:
            now = samples.states(self._session, [sample]).get(sample)
            if why := self._says_nothing(row, now):
                self.skipped.append(f"Line {line.number}: {why}.")
            elif now is not None:
                self._decide(line, now)

    def _label(self, name: str) -> ClassId | None:
        return self._labels.get(spelling.key(name))

    def _is_known(self, row: Row) -> bool:
        """Return whether this very row is here, as the ledger's own or brought in before.

        A copy of a workspace has its uuid, and goes on with the same numbers: they do not tell.
        """
        without_time = f"{row['ledger']}#{row['number']}"  # as origins were written at first
        if not self._origins.isdisjoint((_origin(row), without_time)):
            return True
        mine = self._own.get(row["number"]) if row["ledger"] == self._uuid else None
        if mine is None:
            return False
        cells = table_rows.cells(mine, True, self._names, self._called)
        # A class may have been renamed since: a name that is not here any more decides nothing.
        renamed = [name for name in _CLASSES if row[name] and self._label(row[name]) is None]
        return all(cells[name] == row[name] for name in _TELLING if name not in renamed)

    def _says_nothing(self, row: Row, now: SampleState | None) -> str:
        if row["kind"] not in _BROUGHT:
            return f"a decision of the kind '{row['kind']}' is not taken over"
        if now is None:
            return f"{row['file'] or row['sample']} is not in this data set"
        needed = [row["before_label"]]
        if row["kind"] == DecisionKind.RELABEL:
            needed.append(row["after_label"])
        if row["kind"] == DecisionKind.OPINION:
            needed.append(row["opinion"])
        missing = [name for name in needed if name and self._label(name) is None]
        return f"there is no class {missing[0]} here" if missing else ""

    def _decide(self, line: Line, now: SampleState) -> None:
        row = line.row
        choice = Choice(sample=SampleId(row["sample"]), expected=self._expected(row, now))
        result = curation.decide_in(self._session, self._order(row), [choice])
        self._origins.add(_origin(row))
        self.applied += result.applied
        for refused in result.refused:
            self._refuse(line, self._moved(row, choice, now) or refused.why)

    def _refuse(self, line: Line, why: str) -> None:
        sample = SampleId(line.row["sample"])
        self.refused.append(Refused(sample=sample, why=f"line {line.number}: {why}"))

    def _expected(self, row: Row, now: SampleState) -> SampleState:
        """Return what the decision's author saw; links are not in the table and taken as is."""
        return replace(
            now,
            label=self._label(row["before_label"]),
            status=Status(row["before_status"]),
            # Looked up again for every row: an earlier one may have brought the patient.
            patient=patients.find(self._session, row["before_patient"]),
        )

    def _moved(self, row: Row, choice: Choice, now: SampleState) -> str:
        """Return how the sample differs from what the decision's author saw; empty if equal."""
        saw = choice.expected
        if saw is None or saw == now:
            return ""
        here, there = [], []
        if now.label != saw.label:
            here.append(_labelled(self._names[now.label] if now.label is not None else ""))
            there.append(_labelled(row["before_label"]))
        if now.status is not saw.status:
            here.append(now.status.value)
            there.append(saw.status.value)
        if now.patient != saw.patient:
            name = None if now.patient is None else patients.name_of(self._session, now.patient)
            here.append(_of_patient(name or ""))
            there.append(_of_patient(row["before_patient"]))
        return (
            f"it is {' and '.join(here)} here, and was {' and '.join(there)} where this was decided"
        )

    def _order(self, row: Row) -> Order:
        kind = DecisionKind(row["kind"])
        named = row["opinion"] if kind is DecisionKind.OPINION else row["after_label"]
        return Order(
            kind=kind,
            who=row["who"] or "somebody",
            label=self._label(named),
            patient=row["after_patient"],
            reason=row["reason"],
            note=row["note"],
            origin=_origin(row),
            # A merge of classes relabels what is excluded and leaves it so.
            keeps_out=row["after_status"] == Status.EXCLUDED,
        )


def _origin(row: Row) -> str:
    """Return what identifies a row, also among those of copies of its workspace."""
    told = (row[name] for name in ("when", "kind", "sample", "who"))
    return f"{row['ledger']}#{row['number']} {' '.join(told)}"


def _too_long(row: Row) -> str:
    limits = {
        "who": spelling.LONGEST_PERSON,
        "after_patient": spelling.LONGEST_PATIENT,
        "note": spelling.LONGEST_NOTE,
    }
    complaints = (
        spelling.too_long(row[name], f"its {name}", most) for name, most in limits.items()
    )
    return next((complaint for complaint in complaints if complaint), "")


def _labelled(name: str) -> str:
    return f"labelled {name}" if name else "unlabelled"


def _of_patient(name: str) -> str:
    return f"of patient {name}" if name else "of no known patient"
