"""Embeddings of a workspace's samples, for its queues and its map."""

from collections.abc import Sequence

from core.curation import embedding
from core.models import feature_store
from core.models.embedding import Advance
from core.settings import presets
from core.types import (
    Embeddings,
    Encoder,
    ImageId,
    JobSample,
    Progress,
    ProgressCallback,
    Sample,
)
from dashboard.services.queues import stages
from storage.workspace import media
from storage.workspace.folder import Workspace

_MOST_AHEAD = 2_000
"""Photographs up to which a run finds all of them looked at; more would keep a core for long."""


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
    advance = _advance(stages.LOOKING.name, progress)
    return embedding.embed(_jobs(workspace, included), workspace.folder, looks, advance)


def look_ahead(
    workspace: Workspace,
    included: Sequence[Sample],
    encoder: Encoder,
    progress: ProgressCallback = lambda progress: None,
) -> None:
    """Look at what a *quick* run of the same network would have to wait for; raises as `of`."""
    if encoder.init == "random" or len(included) > _MOST_AHEAD:
        return
    config = presets.named("quick", backbone=encoder.backbone, init=encoder.init)
    advance = _advance(stages.AHEAD.name, progress)
    look = feature_store.of_run(config)
    embedding.embed(_jobs(workspace, included), workspace.folder, [look], advance)


def _jobs(workspace: Workspace, included: Sequence[Sample]) -> list[JobSample]:
    with workspace.read() as session:
        stored = media.files(session, [ImageId(sample.id) for sample in included])
    return [
        JobSample(
            id=sample.id,
            path=f"media/{stored[ImageId(sample.id)]}",
            label=None,
            split=None,
            group=sample.group,
        )
        for sample in included
    ]


def _advance(stage: str, progress: ProgressCallback) -> Advance:
    def advance(done: int, total: int) -> None:
        progress(Progress(stage=stage, done=done, total=total))

    return advance
