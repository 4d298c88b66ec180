"""Finders of related samples: copies, overlapping images, photographs of one patient.

Like those of `core.curation.issues`: evidence in, findings out, scores in [0, 1], higher = worse.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from core.curation.evidence import Evidence, Finding
from core.curation.near_duplicates import Twin
from core.types import IntArray, Split

SIDES = (Split.TRAIN, Split.VALIDATION, Split.TEST)
_NAMED = 4
"""Related rows that a finding names."""


def exact_duplicates(evidence: Evidence) -> list[Finding]:
    """List samples that came as several files with the same pixels; score 1."""
    return [
        Finding(
            row=int(row), score=1.0, reason=f"{evidence.copies[row]} files have exactly its pixels."
        )
        for row in np.flatnonzero(evidence.copies > 1)
    ]


def near_duplicates(evidence: Evidence) -> list[Finding]:
    """List samples whose image overlaps another one; score: how surely."""
    findings = []
    for row, others in _twins_of(evidence).items():
        best = others[0]
        reason = "It shows the same as another photograph, at least in part"
        if len(others) > 1:
            reason = f"It shows the same as {len(others)} other photographs, at least in part"
        findings.append(
            Finding(
                row=row,
                score=best.likeness,
                reason=f"{reason}.",
                related=tuple(_other(twin, row) for twin in others[:_NAMED]),
            )
        )
    return findings


def cross_patient(evidence: Evidence) -> list[Finding]:
    """List images that are claimed for several patients, or overlap one of another patient."""
    findings = {
        row: Finding(
            row=row,
            score=1.0,
            reason=f"The same picture is given for {len(names)} patients: {_listed(names)}.",
        )
        for row, names in enumerate(evidence.patients)
        if len(names) > 1
    }
    for row, others in _twins_of(evidence).items():
        foreign = [
            twin for twin in others if evidence.groups[_other(twin, row)] != evidence.groups[row]
        ]
        if foreign and row not in findings:
            names = {name for twin in foreign for name in evidence.patients[_other(twin, row)]}
            whose = f"patient {_listed(names)}" if names else "an unknown patient"
            own = _listed(evidence.patients[row]) or "unknown"
            findings[row] = Finding(
                row=row,
                score=foreign[0].likeness,
                reason=f"A photograph of {whose} shows the same; this one is of patient {own}. "
                "If they are one person, join them.",
                related=tuple(_other(twin, row) for twin in foreign[:_NAMED]),
            )
    return list(findings.values())


def leaks(evidence: Evidence) -> list[Finding]:
    """List samples whose patient, group or twin stands on another side of the split."""
    findings: dict[int, Finding] = {}
    for members in _members(evidence.groups).values():
        sides = {evidence.splits[row] for row in members} & set(SIDES)
        if len(sides) < 2:
            continue
        for row in members:
            others = [other for other in members if evidence.splits[other] != evidence.splits[row]]
            findings[row] = Finding(
                row=row,
                score=1.0,
                reason=f"Its patient stands in {_sides(sides)}: a model would be tested on "
                "somebody it knows.",
                related=tuple(others[:_NAMED]),
            )
    for row, twins in _twins_of(evidence).items():
        across = [
            twin
            for twin in twins
            if evidence.splits[_other(twin, row)] in set(SIDES) - {evidence.splits[row]}
        ]
        if evidence.splits[row] in SIDES and across and row not in findings:
            sides = {evidence.splits[row], *(evidence.splits[_other(twin, row)] for twin in across)}
            findings[row] = Finding(
                row=row,
                score=across[0].likeness,
                reason=f"What it shows stands in {_sides(sides)}.",
                related=tuple(_other(twin, row) for twin in across[:_NAMED]),
            )
    return list(findings.values())


def siblings(evidence: Evidence) -> list[Finding]:
    """List patients' photographs of several classes; score: the share of the other classes."""
    findings = []
    for members in _members(evidence.groups).values():
        labelled = [row for row in members if evidence.labels[row] >= 0]
        counts = np.bincount(evidence.labels[labelled]) if labelled else np.zeros(0, dtype=np.int64)
        if (counts > 0).sum() < 2:
            continue
        named = [evidence.class_names[column] for column in np.flatnonzero(counts).tolist()]
        usual = int(counts.argmax())
        for row in labelled:
            others = [other for other in labelled if evidence.labels[other] != evidence.labels[row]]
            findings.append(
                Finding(
                    row=row,
                    score=len(others) / len(labelled),
                    reason=f"{len(labelled)} photographs of one patient are labelled "
                    f"{_listed(named)}.",
                    suggested=usual if evidence.labels[row] != usual else None,
                    related=tuple(others[:_NAMED]),
                )
            )
    return findings


def _twins_of(evidence: Evidence) -> dict[int, list[Twin]]:
    """Return the twins of each row that has any, most similar first."""
    twins: dict[int, list[Twin]] = defaultdict(list)
    for twin in sorted(evidence.twins, key=lambda twin: -twin.likeness):
        twins[twin.row].append(twin)
        twins[twin.other].append(twin)
    return dict(twins)


def _other(twin: Twin, row: int) -> int:
    return twin.other if twin.row == row else twin.row


def _members(groups: IntArray) -> dict[int, list[int]]:
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.tolist()):
        members[group].append(row)
    return {group: rows for group, rows in members.items() if len(rows) > 1}


def _listed(names: Sequence[str] | frozenset[str] | set[str]) -> str:
    ordered = sorted(names)
    return " and ".join([", ".join(ordered[:-1]), ordered[-1]] if len(ordered) > 1 else ordered)


def _sides(sides: set[Split | None]) -> str:
    return _listed([side.value for side in sides if side is not None])
