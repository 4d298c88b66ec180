"""Classes that several readers gave a sample, and whether they agree. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from core.types import ClassId, CurationDecision, DecisionKind

_NAMING = (DecisionKind.RELABEL, DecisionKind.KEEP, DecisionKind.PROMOTE)
_SETTLING = (*_NAMING, DecisionKind.EXCLUDE)


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The classes that readers gave one sample."""

    words: Mapping[str, ClassId]
    """Reader -> the class that he named last, decision or opinion, before he saw the others'."""
    disputed: bool
    """Readers name different classes, and nobody has decided since they do."""


def of(rows: Iterable[CurationDecision], gone: Collection[int]) -> Readings:
    """Fold one sample's rows, oldest first, into its readings; `gone` are rows taken back.

    Whoever names a class, by a decision or by an opinion, is a reader. They are in dispute from the
    moment at which two readers' newest words differ until somebody decides (relabels, keeps or
    excludes) or takes his word back. After that only a new, differing word opens it again. Whoever
    settles a dispute has seen what the others say: that is no reading of his.
    """
    words: dict[str, ClassId] = {}
    open_words: dict[str, ClassId] = {}
    disputed = False
    for row in rows:
        if not row.applied or row.number in gone:
            continue
        named = row.opinion if row.kind is DecisionKind.OPINION else None
        if row.kind in _NAMING:
            named = row.after.label
        settles = row.kind in _SETTLING and disputed
        if settles:
            open_words = {}
        if named is not None:
            open_words[row.who] = named
            if not settles:
                words[row.who] = named
        disputed = len(set(open_words.values())) > 1
    return Readings(words=words, disputed=disputed)
