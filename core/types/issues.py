"""Suspected defects of samples, as finders tell them."""

from dataclasses import dataclass
from enum import StrEnum

from core.types.names import ClassId, SampleId


class IssueKind(StrEnum):
    """What can look wrong with a sample."""

    LABEL = "label"
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    CROSS_PATIENT = "cross_patient"
    """The same or nearly the same image under several patients."""
    LEAK = "leak"
    """It, its patient or its near duplicate stands on two sides of the split."""
    OUTLIER = "outlier"
    """Unlike everything else: perhaps not skin."""
    QUALITY = "quality"
    SIBLINGS = "siblings"
    """Images of one patient have several classes."""
    SHORTCUT = "shortcut"
    """Size, brightness or source alone tell its class."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A suspected defect of one sample."""

    sample: SampleId
    kind: IssueKind
    score: float
    """In [0, 1], higher is worse."""
    reason: str
    """A sentence that a person understands."""
    certain: bool = True
    """False: scored for completeness, not suspected; no queue holds it."""
    suggested: ClassId | None = None
    """The class that the label should rather be."""
    related: tuple[SampleId, ...] = ()
    """Its twins, siblings, ...: what to look at beside it."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a queue asks for a sample."""

    reason: str
    """A sentence that a person understands."""
    suggested: ClassId | None
    """The class that the label should rather be."""
