"""Suspected defects of the data set: every sample of a workspace, scored, worst first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import label_errors
from core import splits as rules
from core.embedding import Eye
from core.errors import AppError
from core.types import (
    ClassId,
    FloatArray,
    IntArray,
    ProgressCallback,
    Sample,
    SampleId,
    Split,
    Status,
)
from dashboard.services import embeddings
from storage import samples
from storage.workspace import Workspace

FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A suspected defect of one sample."""

    sample: SampleId
    file: str
    kind: str
    score: float
    """In [0, 1], higher is worse."""
    given: ClassId
    suggested: ClassId
    others: float
    """Share of opinion for the suggested class."""


def find(
    workspace: Workspace,
    kind: str,
    seen_by: Eye,
    progress: ProgressCallback = lambda progress: None,
) -> list[Issue]:
    """Return the issues of a kind, worst first. Raises AppError for an unknown kind."""
    if kind not in FINDERS:
        raise AppError(
            f"There is no kind of issue called {kind!r}.",
            title="Unknown kind",
            hint=f"Choose one of {', '.join(FINDERS)}.",
        )
    return FINDERS[kind](workspace, seen_by, progress)


def labels(
    workspace: Workspace, seen_by: Eye, progress: ProgressCallback = lambda progress: None
) -> list[Issue]:
    """Return every labelled sample with how probably its label is wrong, worst first.

    Samples of the test split are scored by what was fitted to the others. Raises AppError when
    there are fewer than two classes, and WeightsUnavailable.
    """
    with workspace.read() as session:
        found = [
            sample
            for sample in samples.everything(session)
            if sample.state.status is not Status.EXCLUDED and sample.state.label is not None
        ]
    known = sorted({sample.state.label for sample in found if sample.state.label is not None})
    if len(known) < 2:
        raise AppError(
            f"There are labelled photographs of {len(known)} class"
            f"{'es' if len(known) != 1 else ''}; finding wrong labels needs at least two.",
            title="Too little to compare",
            hint="Import or label photographs of another class.",
        )
    columns = np.array([known.index(s.state.label) for s in found if s.state.label is not None])
    folds = _folds(found)
    opinions = []
    for vectors in embeddings.of(workspace, found, seen_by, progress):
        opinions.append(label_errors.discriminant(vectors, columns, folds, len(known)))
        opinions.append(label_errors.neighbours(vectors, columns, folds, len(known)))
    shares = label_errors.combined(opinions)
    scores, suggested = label_errors.scores(shares, columns)
    return _ranked(found, known, shares, scores, suggested)


def _ranked(
    found: Sequence[Sample],
    known: Sequence[ClassId],
    shares: FloatArray,
    scores: FloatArray,
    suggested: IntArray,
) -> list[Issue]:
    rows = [
        Issue(
            sample=sample.id,
            file=sample.file,
            kind="label",
            score=float(scores[place]),
            given=sample.state.label,
            suggested=known[suggested[place]],
            others=float(shares[place, suggested[place]]),
        )
        for place, sample in enumerate(found)
        if sample.state.label is not None
    ]
    return sorted(rows, key=lambda issue: -issue.score)


def _folds(found: Sequence[Sample]) -> IntArray:
    """Deal everything but test into folds by group; test is -1: scored, never fitted to."""
    open_ones = [sample for sample in found if sample.split is not Split.TEST]
    dealt = rules.stratified_folds(
        [sample.state.label for sample in open_ones],
        [sample.group for sample in open_ones],
        FOLDS,
        np.random.default_rng(0),
    )
    fold = dict(zip([sample.id for sample in open_ones], dealt, strict=True))
    return np.array([fold.get(sample.id, -1) for sample in found])


FINDERS: Mapping[str, Callable[[Workspace, Eye, ProgressCallback], list[Issue]]] = {"label": labels}
