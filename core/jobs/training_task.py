"""A training job in memory: its images, labels, network and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from core.data import batches
from core.data.batches import LabelledImages
from core.devices.process_group import SINGLE_PROCESS, ProcessGroup
from core.devices.resource_usage import Meter
from core.errors import Paused
from core.imaging.squares import Pixels
from core.jobs.job_spec import LAST, PAUSE, STOP, JobSpec
from core.jobs.reporter import Reporter
from core.models import embedding, feature_store, torch_inference
from core.models.embedding import Source
from core.models.inference import InferenceConfig, Output
from core.models.networks import Network
from core.settings.config import Hardware, TrainConfig
from core.training import loop
from core.training.loop import Callbacks, TrainingSetup
from core.training.training_state import TrainingState
from core.types import ClassId, Embeddings, IntArray, Split


@dataclass(frozen=True, kw_only=True)
class FitRequest:
    """What the first process of a group broadcasts to those that train along."""

    train: tuple[int, ...]
    """Places in the job's samples."""
    start: TrainingState


@dataclass(frozen=True, kw_only=True)
class Task:
    """Everything that the steps of a training job share."""

    spec: JobSpec
    folder: Path
    hardware: Hardware
    reporter: Reporter
    network: Network
    initial: Mapping[str, Tensor]
    """The network's weights before anything was fitted."""
    stored: Sequence[Pixels]
    """One stored square per sample of the job, in its order."""
    meter: Meter
    group: ProcessGroup = SINGLE_PROCESS

    @property
    def config(self) -> TrainConfig:
        """The run's settings."""
        return self.spec.config

    @property
    def cache(self) -> Path:
        """The workspace's folder of what may be deleted at any time."""
        return self.folder / self.spec.workspace / "cache"

    @property
    def classes(self) -> tuple[ClassId, ...]:
        """Class ids in column order."""
        return tuple(class_id for class_id, _ in self.spec.classes)

    def rows(self, *splits: Split) -> list[int]:
        """Return the places of the labelled samples of some splits."""
        return [
            row
            for row, sample in enumerate(self.spec.samples)
            if sample.label is not None and sample.split in splits
        ]

    def labels(self, rows: Sequence[int]) -> IntArray:
        """Return the columns of the samples' labels."""
        column = {class_id: number for number, class_id in enumerate(self.classes)}
        labels = [self.spec.samples[row].label for row in rows]
        return np.array([column[label] for label in labels if label is not None], dtype=np.int64)

    def images(self, rows: Sequence[int]) -> LabelledImages:
        """Return labelled samples with their images."""
        return LabelledImages(
            ids=tuple(self.spec.samples[row].id for row in rows),
            labels=self.labels(rows),
            stored=tuple(self.stored[row] for row in rows),
        )

    def setup(self, train: Sequence[int], validation: Sequence[int]) -> TrainingSetup:
        """Return what the loop needs to train on some samples and validate on others."""
        images = self.images(train)
        return TrainingSetup(
            train=images,
            validation=self.images(validation),
            loader=batches.loader_config(self.config, self.classes, images.labels),
            config=self.config,
            hardware=self.hardware,
            group=self.group,
            micro_batch=self.spec.at_once,
        )

    def fit(
        self,
        train: Sequence[int],
        validation: Sequence[int],
        start: TrainingState,
        callbacks: Callbacks,
    ) -> TrainingState:
        """Train on some samples and validate on others, together with the rest of the group."""
        self.group.broadcast(FitRequest(train=tuple(train), start=start))
        return loop.fit(self.network, self.setup(train, validation), start, callbacks)

    def looked_at(self, rows: Sequence[int], stage: str) -> Embeddings:
        """Return (N, V, D): the embeddings of samples by the network, which is as it was built.

        What this workspace has kept is not computed again. Raises Paused when asked for.
        """
        config = self.config
        look = feature_store.of_run(config, self.hardware.device)
        source = Source(
            ids=[self.spec.samples[row].id for row in rows],
            read=lambda places: [self.stored[rows[place]] for place in places],
            network=lambda: self.network,
        )
        # A recipe's copies, and pixels as it prepares them, are those of this run alone.
        cache = self.folder / LAST if config.recipe else self.cache

        def advance(done: int, total: int) -> None:
            self.leave_if_paused()
            self.reporter.stage(stage, done, total)

        (values,) = embedding.embeddings(source, [look], cache, advance)
        return values

    def forward(self, rows: Sequence[int], stage: str, cache: Path | None = None) -> Output:
        """Run the network as it is now on samples, in all views of the run.

        `cache` keeps it compiled. Raises Paused when somebody asks for it.
        """
        how = InferenceConfig.of_run(self.config, self.hardware, self.config.tta_views)

        def advance(done: int) -> None:
            self.leave_if_paused()
            self.reporter.stage(stage, done, len(rows))

        stored = [self.stored[row] for row in rows]
        return torch_inference.forward(self.network, stored, how, advance, cache=cache)

    def stop(self) -> bool:
        """Return whether somebody has asked to stop, or to pause: training ends either way."""
        return self._has(STOP) or self._has(PAUSE)

    def leave_if_paused(self) -> None:
        """Raise Paused when somebody has asked to pause; stopping for good comes before."""
        if self._has(PAUSE) and not self._has(STOP):
            self.meter.keep()
            raise Paused

    def _has(self, request: str) -> bool:
        return (self.folder / request).exists()
