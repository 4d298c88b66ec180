"""The evidence that finders and query strategies get about a workspace's samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.curation import label_consensus
from core.curation.evidence import Evidence
from core.data import splits as rules
from core.errors import AppError
from core.types import (
    ClassId,
    Embeddings,
    Encoder,
    FloatArray,
    IntArray,
    Probabilities,
    Progress,
    ProgressCallback,
    Run,
    Sample,
    SampleId,
    Split,
    Status,
)
from dashboard.services.queues import (
    embeddings,
    image_measurements,
    near_duplicate_pairs,
    stages,
)
from dashboard.services.splits import split_versions
from storage.runs import runs, sample_predictions
from storage.samples import classes, patients, samples
from storage.workspace.folder import Workspace

FOLDS = 5
OUT_OF_FOLD = "out_of_fold"


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The samples that are not excluded, and what is known of them, row by row."""

    samples: Sequence[Sample]
    classes: Sequence[ClassId]
    """Columns of the evidence: the classes that label at least one sample."""
    evidence: Evidence


def gather(
    workspace: Workspace,
    encoder: Encoder,
    progress: ProgressCallback = lambda progress: None,
    *,
    with_twins: bool = True,
) -> Gathered:
    """Return the evidence; images without cached embeddings or measurements are read now.

    Without twins (near duplicates) images are not compared pair by pair, which takes longest.

    Raises WeightsUnavailable, or AppError where there is nothing to look at, or naming images
    that cannot be read.
    """
    with workspace.read() as session:
        included = [
            sample
            for sample in samples.everything(session)
            if sample.state.status is not Status.EXCLUDED
        ]
        names = classes.names(session)
        called = patients.names(session)
        second = _newest_with_folds(runs.all_runs(session))
        scored = [] if second is None else sample_predictions.read(session, second.id)
    if not included:
        raise AppError(
            "There are no photographs to look at.",
            title="Nothing to look at",
            hint="Import photographs first.",
        )
    class_ids = sorted(
        {sample.state.label for sample in included if sample.state.label is not None}
    )
    column = {label: place for place, label in enumerate(class_ids)}
    out_of_fold = {row.sample: row.probabilities for row in scored if row.split == OUT_OF_FOLD}
    labels = np.array([-1 if s.state.label is None else column[s.state.label] for s in included])
    vectors = embeddings.of(workspace, included, encoder, progress)
    measured = image_measurements.of(workspace, included, progress)
    overlapping = (
        near_duplicate_pairs.of(workspace, included, vectors, measured, progress)
        if with_twins
        else []
    )
    progress(Progress(stage=stages.LABELS.name, done=0, total=1))
    folds = _folds(included)
    other = None if second is None else _second(included, class_ids, second, out_of_fold)
    return Gathered(
        samples=included,
        classes=class_ids,
        evidence=Evidence(
            embeddings=vectors,
            facts=measured,
            labels=labels,
            class_names=[names[label] for label in class_ids],
            folds=folds,
            groups=np.array([sample.group for sample in included], dtype=np.int64),
            patients=[
                frozenset(called[patient] for patient in split_versions.claimed_patients(sample))
                for sample in included
            ],
            splits=[sample.split for sample in included],
            copies=np.array([len(sample.sources) for sample in included], dtype=np.int64),
            origins=[
                next((s.origin for s in sample.sources if s.origin), "") for sample in included
            ],
            twins=overlapping,
            opinion=_opinion(vectors, labels, folds, len(class_ids), other),
            second=other,
        ),
    )


def _opinion(
    vectors: Sequence[Embeddings],
    labels: IntArray,
    folds: IntArray,
    classes: int,
    second: Probabilities | None,
) -> Probabilities | None:
    """Return (N, K); None where fewer than two classes can be learnt from."""
    if len(set(labels[(labels >= 0) & (folds >= 0)].tolist())) < 2:
        return None
    return label_consensus.of_all(vectors, labels, folds, classes, second)


def _newest_with_folds(by_number: Sequence[Run]) -> Run | None:
    """Return the newest run with honest out-of-fold predictions.

    Where folds part a patient, its other photographs have told the network the label.
    """
    return next(
        (run for run in reversed(by_number) if OUT_OF_FOLD in run.evaluations and not run.leaky),
        None,
    )


def _second(
    included: Sequence[Sample],
    class_ids: Sequence[ClassId],
    run: Run,
    out_of_fold: dict[SampleId, tuple[float, ...]],
) -> Probabilities:
    """Return (N, K) of a run's out-of-fold networks; NaN rows where they say nothing."""
    shares: FloatArray = np.full((len(included), len(class_ids)), np.nan)
    place = {label: at for at, label in enumerate(run.classes)}
    for row, sample in enumerate(included):
        if sample.id in out_of_fold and all(label in place for label in class_ids):
            chosen = np.array([out_of_fold[sample.id][place[label]] for label in class_ids])
            shares[row] = chosen / max(float(chosen.sum()), 1e-12)
    return shares


def _folds(included: Sequence[Sample]) -> IntArray:
    """Deal everything but test into folds by group; test is -1: scored, never fitted to."""
    open_ones = [sample for sample in included if sample.split is not Split.TEST]
    dealt = rules.stratified_folds(
        [sample.state.label for sample in open_ones],
        [sample.group for sample in open_ones],
        FOLDS,
        np.random.default_rng(0),
    )
    fold = dict(zip([sample.id for sample in open_ones], dealt, strict=True))
    return np.array([fold.get(sample.id, -1) for sample in included], dtype=np.int64)
