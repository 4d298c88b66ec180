"""Embeddings of a workspace's samples, for its queues and its map."""

from collections.abc import Sequence

from core.curation import embedding
from core.types import (
    Embeddings,
    Encoder,
    ImageId,
    JobSample,
    Progress,
    ProgressCallback,
    Sample,
)
from storage.workspace import media
from storage.workspace.folder import Workspace


def of(
    workspace: Workspace,
    included: Sequence[Sample],
    encoder: Encoder,
    progress: ProgressCallback = lambda progress: None,
) -> list[Embeddings]:
    """Return (N, D) for each input size; only images that were not looked at yet are embedded.

    Raises WeightsUnavailable, or AppError naming the first image that cannot be read.
    """
    with workspace.read() as session:
        looks = embedding.looks(encoder, media.sides(session))
        stored = media.files(session, [ImageId(sample.id) for sample in included])
    samples = [
        JobSample(
            id=sample.id,
            path=f"media/{stored[ImageId(sample.id)]}",
            label=None,
            split=None,
            group=sample.group,
        )
        for sample in included
    ]

    def advance(done: int, total: int) -> None:
        stage = "Looking at pictures"
        progress(Progress(stage=stage, done=done, total=total, seconds_left=None))

    return embedding.embed(samples, workspace.folder, looks, advance)
