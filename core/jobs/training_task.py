"""A training job in memory: its pictures, labels, network and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from core.data import batches
from core.data.batches import Examples
from core.devices.process_group import ALONE, Team
from core.devices.resource_usage import Meter
from core.errors import Paused
from core.imaging import views
from core.jobs.job_spec import PAUSE, STOP, JobSpec
from core.jobs.reporter import Reporter
from core.models import inference
from core.models.inference import Output, Sight
from core.models.networks import Network
from core.settings.config import Hardware, TrainConfig
from core.training import loop
from core.training.epoch_progress import Progress
from core.training.loop import Listener, Material
from core.types import ClassId, IntArray, Split


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the first process of a team tells the others to train along with."""

    train: tuple[int, ...]
    """Places in the job's samples."""
    start: Progress


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
    stored: Sequence[views.Pixels]
    """One squeezed picture per sample of the job, in its order."""
    meter: Meter
    team: Team = ALONE

    @property
    def config(self) -> TrainConfig:
        """The run's settings."""
        return self.spec.config

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
        found = [self.spec.samples[row].label for row in rows]
        return np.array([column[label] for label in found if label is not None], dtype=np.int64)

    def examples(self, rows: Sequence[int]) -> Examples:
        """Return labelled samples with their pictures."""
        return Examples(
            ids=tuple(self.spec.samples[row].id for row in rows),
            labels=self.labels(rows),
            stored=tuple(self.stored[row] for row in rows),
        )

    def material(self, train: Sequence[int], validation: Sequence[int]) -> Material:
        """Return what the loop needs to train on some samples and to choose by others."""
        examples = self.examples(train)
        return Material(
            train=examples,
            validation=self.examples(validation),
            recipe=batches.recipe(self.config, self.classes, examples.labels),
            config=self.config,
            hardware=self.hardware,
            team=self.team,
            at_once=self.spec.at_once,
        )

    def fit(
        self,
        train: Sequence[int],
        validation: Sequence[int],
        start: Progress,
        listener: Listener,
    ) -> Progress:
        """Train on some samples and choose by others, together with the rest of the team."""
        self.team.tell(Order(train=tuple(train), start=start))
        return loop.fit(self.network, self.material(train, validation), start, listener)

    def look(self, rows: Sequence[int], stage: str, *, each_view: bool = False) -> Output:
        """Show samples to the network as it is now, in all views of the run.

        `each_view` as for `inference.output`. Raises Paused when somebody asks for it.
        """
        sight = Sight.of(self.config, self.hardware, self.config.tta_views)

        def advance(done: int) -> None:
            self.leave_if_paused()
            self.reporter.stage(stage, done, len(rows))

        stored = [self.stored[row] for row in rows]
        return inference.output(self.network, stored, sight, advance, each_view=each_view)

    def stop(self) -> bool:
        """Return whether somebody has asked to stop, or to pause: training ends either way."""
        return self._asked(STOP) or self._asked(PAUSE)

    def leave_if_paused(self) -> None:
        """Raise Paused when somebody has asked to pause; stopping for good comes before."""
        if self._asked(PAUSE) and not self._asked(STOP):
            self.meter.keep()
            raise Paused

    def _asked(self, what: str) -> bool:
        return (self.folder / what).exists()
