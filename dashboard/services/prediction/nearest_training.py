"""How similar an image is to what a run was trained on, and the training images nearest to it."""

from dataclasses import dataclass

from core.data import nearest_neighbours
from core.evaluation import out_of_distribution
from core.evaluation.out_of_distribution import Familiarity
from core.types import ClassId, Embeddings, RunId, Sample, SampleId, Split
from storage.queries import similarity
from storage.runs import sample_predictions
from storage.samples import samples
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class TrainedOn:
    """The images that a run was trained on, in its own embedding space."""

    samples: tuple[SampleId, ...]
    labels: tuple[ClassId | None, ...]
    """What they were called then."""
    familiarity: Familiarity
    """Its rows are those of `samples`."""


@dataclass(frozen=True, kw_only=True)
class NearestImage:
    """A training image that a network finds similar to another image."""

    sample: Sample
    label: ClassId | None
    """What it was called when the network learned from it."""
    similarity: float
    """Cosine similarity, 1 = the same to the network."""


def read(workspace: Workspace, run: RunId) -> TrainedOn | None:
    """Return what a run was trained on; None where it left no embeddings or held nothing out."""
    try:
        ids, vectors = similarity.read(workspace.cache / "embeddings" / run)
    except FileNotFoundError:
        return None
    with workspace.read() as session:
        labels = {
            (row.sample, row.split): row.label for row in sample_predictions.read(session, run)
        }
    training = [at for at, sample in enumerate(ids) if (sample, Split.TRAIN) in labels]
    held_out = [at for at, sample in enumerate(ids) if (sample, Split.VALIDATION) in labels]
    if not training or not held_out:
        return None
    chosen = tuple(ids[at] for at in training)
    return TrainedOn(
        samples=chosen,
        labels=tuple(labels[sample, Split.TRAIN] for sample in chosen),
        familiarity=out_of_distribution.familiarity(vectors[training], vectors[held_out]),
    )


def nearest(
    workspace: Workspace,
    trained_on: TrainedOn,
    embedding: Embeddings,
    count: int,
    *,
    apart_from: SampleId | None = None,
) -> list[NearestImage]:
    """Return the training images nearest to one embedding, (1, D), nearest first."""
    query = nearest_neighbours.unit_rows(embedding)
    # One more, since the sample itself may be among them.
    neighbours = nearest_neighbours.search(query, trained_on.familiarity.training, count + 1)
    cosines = dict(zip(neighbours.rows[0].tolist(), neighbours.cosines[0].tolist(), strict=True))
    chosen = [at for at in cosines if trained_on.samples[at] != apart_from][:count]
    with workspace.read() as session:
        stored = samples.many(session, [trained_on.samples[at] for at in chosen])
    by_id = {sample.id: sample for sample in stored}
    return [
        NearestImage(
            sample=by_id[trained_on.samples[at]],
            label=trained_on.labels[at],
            similarity=cosines[at],
        )
        for at in chosen
        if trained_on.samples[at] in by_id
    ]
