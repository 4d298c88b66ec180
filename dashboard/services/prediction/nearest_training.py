"""How like a picture is to what a run was trained on, and the training pictures most like it."""

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
    """The pictures that a run was trained on, in its own embedding space."""

    samples: tuple[SampleId, ...]
    labels: tuple[ClassId | None, ...]
    """What they were called then."""
    familiarity: Familiarity
    """Its rows are those of `samples`."""


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A training picture that a network finds similar to another one."""

    sample: Sample
    label: ClassId | None
    """What it was called when the network learned from it."""
    likeness: float
    """Cosine similarity, 1 = the same to the network."""


def read(workspace: Workspace, run: RunId) -> TrainedOn | None:
    """Return what a run was trained on; None where it left no embeddings or held nothing out."""
    try:
        ids, vectors = similarity.read(workspace.cache / "embeddings" / run)
    except FileNotFoundError:
        return None
    with workspace.read() as session:
        said = {(one.sample, one.split): one.label for one in sample_predictions.read(session, run)}
    training = [place for place, one in enumerate(ids) if (one, Split.TRAIN) in said]
    held_out = [place for place, one in enumerate(ids) if (one, Split.VALIDATION) in said]
    if not training or not held_out:
        return None
    chosen = tuple(ids[place] for place in training)
    return TrainedOn(
        samples=chosen,
        labels=tuple(said[one, Split.TRAIN] for one in chosen),
        familiarity=out_of_distribution.familiarity(vectors[training], vectors[held_out]),
    )


def nearest(
    workspace: Workspace,
    trained_on: TrainedOn,
    embedding: Embeddings,
    many: int,
    *,
    apart_from: SampleId | None = None,
) -> list[Alike]:
    """Return the training pictures most like one embedding, (1, D), nearest first."""
    query = nearest_neighbours.unit_rows(embedding)
    # One more, since the sample itself may be among them.
    neighbours = nearest_neighbours.search(query, trained_on.familiarity.training, many + 1)
    cosines = dict(zip(neighbours.rows[0].tolist(), neighbours.cosines[0].tolist(), strict=True))
    chosen = [place for place in cosines if trained_on.samples[place] != apart_from][:many]
    with workspace.read() as session:
        found = samples.many(session, [trained_on.samples[place] for place in chosen])
    known = {sample.id: sample for sample in found}
    return [
        Alike(
            sample=known[trained_on.samples[place]],
            label=trained_on.labels[place],
            likeness=cosines[place],
        )
        for place in chosen
        if trained_on.samples[place] in known
    ]
