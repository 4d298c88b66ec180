"""What the next run would keep and what it would learn, before anything is trained."""

from collections.abc import Sequence

from core.settings import limits
from core.settings.config import TrainConfig
from dashboard.runtime.context import AppContext
from dashboard.services.runs import preflight
from dashboard.services.runs.preflight import StagePlan, Trainable
from dashboard.ui.shared import amounts, events
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.figures import network_stages

TITLE = "The next run: what would it keep, what would it learn?"


def show(ctx: AppContext, config: TrainConfig) -> tuple[str, Chart]:
    """Return words and figure for the settings of the form."""
    stages = preflight.plan(config, len(ctx.classes()))
    words = transfer(config, stages, preflight.trainable(ctx.workspace))
    figure = network_stages.chart(stages, limits.network_name(config.backbone))
    return f"### {TITLE}\n\n{words}", figure


def transfer(config: TrainConfig, stages: Sequence[StagePlan], ready: Trainable) -> str:
    """Return as Markdown where the weights come from, and what is learned from what."""
    start, detail = _origin(config.init)
    learned = sum(stage.parameters for stage in stages if not stage.frozen)
    return (
        f"Starts from **{events.md(start)}** ({events.md(detail)}) → learns "
        f"**{network_stages.large(learned)} parameters**: {_learned(stages)}, for "
        f"{amounts.count(ready.classes, 'class', 'classes')} ← from **your data set**: the "
        f"training part of {amounts.count(ready.images, 'labelled photograph')} of "
        f"{amounts.count(ready.patients, 'patient')}, counted as in Balance."
    )


def _origin(init: str) -> tuple[str, str]:
    if init == "imagenet":
        return "ImageNet", "1.28 million everyday photographs, 1,000 classes"
    if init == "random":
        return "nothing", "random numbers, drawn from the seed"
    return "a weights file", init.replace("\\", "/").rsplit("/", 1)[-1]


def _learned(stages: Sequence[StagePlan]) -> str:
    """Return what is trained: everything, some stages, or the last layer alone."""
    trained = sum(not stage.frozen for stage in stages)
    if trained == 1:
        return "nothing but a new last layer"
    most = "the whole network" if trained == len(stages) else f"the last {trained} stages"
    return f"{most}, with a new last layer"
