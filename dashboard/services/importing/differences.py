"""What an import says other than a decision made earlier: counted and named, never applied."""

from collections import defaultdict
from collections.abc import Container, Mapping

from core.types import ClassId, PatientId, SampleState, Status
from storage.samples.sources import NewSource

_NAMED = 3
"""How many files a sentence names."""


class Differences:
    """Collects differences by their kind."""

    def __init__(self) -> None:
        self._labels: dict[tuple[ClassId, ClassId | None], list[str]] = defaultdict(list)
        self._patients: list[str] = []
        self._excluded: list[str] = []

    def would_differ(self, claim: NewSource, state: SampleState) -> bool:
        """Return whether a state differs from what the claim says."""
        return (claim.label, claim.patient, Status.NEW) != (
            state.label,
            state.patient,
            state.status,
        )

    def compare(
        self, claim: NewSource, state: SampleState, patients: Container[PatientId | None]
    ) -> None:
        """Note where a claim says other than a decided state; `patients` are those ever claimed."""
        if state.status is Status.EXCLUDED:
            self._excluded.append(claim.file)
        elif claim.label is not None and claim.label != state.label:
            self._labels[claim.label, state.label].append(claim.file)
        if claim.patient is not None and state.patient not in patients:
            self._patients.append(claim.file)

    def sentences(self, names: Mapping[ClassId, str]) -> tuple[str, ...]:
        """Return one sentence per kind of difference."""
        sentences = []
        for (imported, decided), files in self._labels.items():
            now = "unlabelled" if decided is None else names[decided]
            sentences.append(
                f"{_pictures(files)} labelled {names[imported]} here "
                f"{_are(files)} {now} by decision and {_stay(files)} so: {_named(files)}."
            )
        if self._patients:
            sentences.append(
                f"{_pictures(self._patients)} {_are(self._patients)} of another patient by "
                f"decision and {_stay(self._patients)} so: {_named(self._patients)}."
            )
        if self._excluded:
            sentences.append(
                f"{_pictures(self._excluded)} {_are(self._excluded)} excluded by decision "
                f"and {_stay(self._excluded)} out: {_named(self._excluded)}."
            )
        return tuple(sentences)


def _pictures(files: list[str]) -> str:
    return "1 picture" if len(files) == 1 else f"{len(files)} pictures"


def _are(files: list[str]) -> str:
    return "is" if len(files) == 1 else "are"


def _stay(files: list[str]) -> str:
    return "stays" if len(files) == 1 else "stay"


def _named(files: list[str]) -> str:
    more = len(files) - _NAMED
    return ", ".join(files[:_NAMED]) + (f" and {more} more" if more > 0 else "")
