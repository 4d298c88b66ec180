"""What decisions do to the state of a sample. Pure: states in, states out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from core.types import (
    ClassId,
    CurationDecision,
    DecisionKind,
    PatientId,
    SampleId,
    SampleState,
    Status,
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a person wants to become of a sample; only the field of its kind is read."""

    kind: DecisionKind
    label: ClassId | None = None
    """For relabel and promote."""
    patient: PatientId | None = None
    """For set_patient; None says that the patient is not known."""
    link: SampleId | None = None
    """For join: the sample that this one belongs together with."""


_STATUS = {
    DecisionKind.KEEP: Status.KEPT,
    DecisionKind.EXCLUDE: Status.EXCLUDED,
    DecisionKind.UNSURE: Status.UNSURE,
    DecisionKind.RESTORE: Status.NEW,
}


def outcome(change: Change, state: SampleState) -> SampleState:
    """Return the state after the change. Deciding on a label takes a sample back in."""
    if change.kind is DecisionKind.OPINION:
        return state
    if change.kind is DecisionKind.RELABEL:
        confirmed = change.label == state.label and state.status is not Status.RELABELLED
        status = Status.KEPT if confirmed else Status.RELABELLED
        return replace(state, label=change.label, status=status)
    if change.kind is DecisionKind.PROMOTE:
        return replace(state, label=change.label, status=Status.KEPT)
    if change.kind is DecisionKind.SET_PATIENT:
        return replace(state, patient=change.patient)
    if change.kind is DecisionKind.JOIN:
        links = set(state.links) | ({change.link} if change.link else set())
        return replace(state, links=tuple(sorted(links)))
    return replace(state, status=_STATUS[change.kind])


def refusal(change: Change, sample: SampleId, state: SampleState) -> str:
    """Say in a few words why the change makes no sense for this state; empty when it does."""
    if change.kind is DecisionKind.KEEP and state.label is None:
        return "it has no label to keep"
    if change.kind is DecisionKind.RESTORE and state.status is not Status.EXCLUDED:
        return "it is not excluded"
    if change.kind is DecisionKind.JOIN and change.link == sample:
        return "it cannot be joined with itself"
    return ""


def replay(
    initial: Mapping[SampleId, SampleState], decisions: Iterable[CurationDecision]
) -> dict[SampleId, SampleState]:
    """Fold the applied decisions, in the order of their numbers, over the imported states."""
    states = dict(initial)
    for decision in sorted(decisions, key=lambda row: row.number):
        if decision.applied:
            states[decision.sample] = decision.after
    return states
