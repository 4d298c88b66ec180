"""Transfer learning and the network in two figures: what is kept, what is learned, from what."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.settings import limits
from core.settings.config import TrainConfig
from dashboard.services.runs.preflight import StageInfo, Trainable
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text


@dataclass(frozen=True, kw_only=True)
class NetworkStage:
    """A stage as the figure shows it."""

    name: str
    layers: int
    parameters: int
    frozen: bool


TITLE = "The next run: what would it keep, what would it learn?"
SUBTITLE = "Drawn from the settings of the form, before anything is trained."
COUNTED = (
    "Counted as in Balance: patients who share a picture are one, and a photograph without a "
    "patient is one of its own."
)
STEP = 74
BASE = 128


def html(settings: TrainConfig, stages: Sequence[StageInfo], ready: Trainable) -> str:
    """Return where the weights come from, and the network's stages frozen or trained.

    Without any epoch only the last layer is fitted: everything before it is frozen.
    """
    frozen = (
        len(stages) - 1 if settings.epochs == 0 else min(settings.frozen_stages, len(stages) - 1)
    )
    drawn = [
        NetworkStage(
            name=stage.name,
            layers=stage.layers,
            parameters=stage.parameters,
            frozen=index < frozen,
        )
        for index, stage in enumerate(stages)
    ]
    name = limits.network_name(settings.backbone)
    return (
        f'<section class="card stack" data-testid="next-run"><h3>{TITLE}</h3>'
        f'<p class="quiet">{SUBTITLE}</p>'
        f"{_transfer(settings, drawn, ready)}"
        f"{network(drawn, start=f'{name}, {_layers(drawn)}.')}</section>"
    )


def _layers(stages: Sequence[NetworkStage]) -> str:
    return markup.count(sum(stage.layers for stage in stages), "layer")


def _origin(settings: TrainConfig) -> tuple[str, str]:
    if settings.init == "imagenet":
        return "ImageNet", "1.28 million everyday pictures, 1,000 classes"
    if settings.init == "random":
        return "Nothing", "random numbers, drawn from the seed"
    return "A weights file", settings.init.replace("\\", "/").rsplit("/", 1)[-1]


def _transfer(settings: TrainConfig, stages: Sequence[NetworkStage], ready: Trainable) -> str:
    title, detail = _origin(settings)
    learned = sum(stage.parameters for stage in stages if not stage.frozen)
    own = (
        f"the training part of {markup.count(ready.images, 'labelled photograph')} of "
        f"{markup.count(ready.patients, 'patient')}"
    )
    return (
        '<div class="transfer" data-testid="transfer-figure">'
        f"<div><h4>starts from</h4><b>{text(title)}</b><p>{text(detail)}</p></div>"
        '<i aria-hidden="true">→</i>'
        f"<div><h4>learns</h4><b>{short(learned)} parameters</b>"
        f"<p>{_learned(stages)} for {markup.count(ready.classes, 'class', 'classes')}</p></div>"
        '<i aria-hidden="true">←</i>'
        f'<div><h4>from</h4><b>Your data set</b><p title="{COUNTED}">{own}</p></div></div>'
    )


def _learned(stages: Sequence[NetworkStage]) -> str:
    """Return what is trained: everything, some stages, or the last layer alone."""
    trained = sum(not stage.frozen for stage in stages)
    if trained == 1:
        return "nothing but a new last layer"
    most = "the whole network" if trained == len(stages) else f"the last {trained} stages"
    return f"{most}, with a new last layer"


def network(stages: Sequence[NetworkStage], *, start: str) -> str:
    """Return the network from photograph to classes, frozen stages hatched.

    `start` says where its weights come from. Heights shrink as the picture does inside the
    network; widths grow with the number of layers.
    """
    width = STEP * (len(stages) + 1) + 20
    boxes = "".join(_stage(index, stage, len(stages)) for index, stage in enumerate(stages))
    frozen = sum(stage.frozen for stage in stages)
    said = ", ".join(f"{s.name} {'frozen' if s.frozen else 'trained'}" for s in stages)
    return (
        f'<figure class="network" data-testid="network-figure"><div class="scroll">'
        f'<svg viewBox="0 0 {width} 190" role="img" aria-label="{text(said)}" '
        f'style="min-width:{min(width, 540)}px"><defs><pattern id="hatch" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" '
        f'x2="0" y1="0" y2="6"/></pattern></defs>{_picture()}{boxes}</svg></div>'
        f"<figcaption>{text(_network_caption(stages, frozen, start))}</figcaption></figure>"
    )


def _picture() -> str:
    return (
        '<rect class="photo" x="14" y="32" width="44" height="96" rx="3"/>'
        '<path class="photo" d="M18 120 L30 92 L38 106 L46 84 L54 120 Z"/>'
        '<text x="36" y="148">photograph</text>'
    )


def _stage(index: int, stage: NetworkStage, total: int) -> str:
    height = 96 - 62 * index / max(total - 1, 1)
    width = min(16 + 3 * stage.layers, STEP - 22)
    middle = STEP * (index + 1) + STEP / 2
    left, top = middle - width / 2, BASE - height
    kind = "frozen" if stage.frozen else "trained"
    box = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"'
    hatch = f'<rect class="over" {box} fill="url(#hatch)"/>' if stage.frozen else ""
    return (
        f'<line class="flow" x1="{middle - STEP / 2 - 5:.1f}" x2="{left - 3:.1f}" y1="112" '
        f'y2="112"/>'
        f'<rect class="{kind}" {box}/>{hatch}'
        f'<text x="{middle:.1f}" y="148">{text(stage.name)}</text>'
        f'<text class="soft" x="{middle:.1f}" y="163">{short(stage.parameters)}</text>'
        f'<text class="kind {kind}" x="{middle:.1f}" y="180">{kind}</text>'
    )


def short(n: int) -> str:
    """Return a count of parameters in three digits: 912, 1.02 k, 2.54 M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if n >= size:
            return f"{markup.number(n / size)}{markup.NBSP}{unit}"
    return str(n)


def _network_caption(stages: Sequence[NetworkStage], frozen: int, start: str) -> str:
    kept = sum(stage.parameters for stage in stages if stage.frozen)
    learned = sum(stage.parameters for stage in stages if not stage.frozen)
    trained = markup.count(len(stages) - frozen, "stage is trained", "stages are trained")
    held = (
        f" {markup.count(frozen, 'stage is', 'stages are')} frozen: {short(kept)} "
        "parameters stay as they came."
        if frozen
        else ""
    )
    return (
        f"{start} {trained} ({short(learned)} parameters).{held} "
        "Number under a stage: its parameters; width: its layers."
    )
