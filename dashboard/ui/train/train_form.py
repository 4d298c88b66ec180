"""The form that starts a training run: presets in front, everything else under "Advanced"."""

import json
from dataclasses import dataclass
from datetime import datetime

from core.errors import AppError, SettingImpossible
from core.settings import limits, presets
from core.settings.config import TrainConfig
from core.types import BalanceMethod, dates
from dashboard.services.runs.estimates import Expected
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import network_choice, setting_words, trials_form

PRESETS = {
    "quick": ("Quick", "Keeps the network as it is and fits only its last layer. A first look."),
    "balanced": ("Balanced", "Fine-tunes most of the network, a few passes. The usual choice."),
    "thorough": ("Thorough", "Averages two longer trainings. Slow."),
}
PRESETS_RANDOM = {
    "quick": ("Quick", "A short training from nothing. A first look."),
    "balanced": ("Balanced", "Trains the whole network from nothing. The usual choice."),
    "thorough": ("Thorough", "Trains much longer, with stronger augmentation."),
}
INITS = {
    "imagenet": ("ImageNet", "Knows everyday pictures."),
    "file": ("A file", "Weights on this computer: a .safetensors or .pth file."),
    "random": ("Random", "Knows nothing yet; needs more epochs and more photographs."),
}
FETCH = (
    "Not on this computer yet: training fetches them from huggingface.co first, once. Nothing of "
    "yours is sent there."
)
BALANCES = {
    BalanceMethod.NONE: "None",
    BalanceMethod.CLASS_WEIGHTS: "Class weights",
    BalanceMethod.BALANCED_SAMPLING: "Balanced sampling",
    BalanceMethod.AUGMENTATION: "Augmentation to a target",
}
HELP = {
    "trainings": "Each from the same start; their weights are averaged.",
    "patience": "The run ends after so many epochs without a better validation macro-F1; each of "
    "several trainings counts anew.",
    "learning_rate": "Of the last layer, at its highest; stages nearer to the input learn more "
    "slowly.",
    "seed": "The same seed, data and machine give the same model.",
    "cutmix": "Of the training pictures: they get a rectangle of another one, and of its label.",
    "balance_target": "Empty: as many as the largest class has.",
    "frozen_stages": "Counted from the input; they keep their initial weights. The last one "
    "always learns.",
    "as_of": "The end of that day; empty: now.",
}
"""What cannot be read off the name of a field."""
SPLITS = {
    "patient": "By patient",
    "author": "Authors' fold",
    "image": "By image (leaks)",
}


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """What the form sends: the settings and how to split."""

    config: TrainConfig
    split: str
    allow_leak: bool
    as_of: datetime | None
    """Train on the labels of that moment; None: on those of now."""


def day(text: object) -> datetime | None:
    """Return the end of a day as the browser writes it; None for nothing. Raises AppError."""
    return dates.as_of(str(text)) if text else None


def parse(payload: dict[str, object]) -> StartRequest:
    """Read what the browser sent. Raises AppError where a setting is impossible."""
    raw = payload.get("settings")
    settings = {**(raw if isinstance(raw, dict) else {}), **trials_form.settings(payload)}
    name = str(settings.pop("preset", "balanced"))
    split = str(payload.get("split") or "patient")
    if split == "author":
        split = f"author:{payload.get('fold') or 1}"
    try:
        config = presets.named(name, **settings)
    except SettingImpossible as impossible:
        called = setting_words.name(impossible.setting)
        raise AppError(
            f"“{called}” {impossible.rule}.", title=impossible.title, hint=impossible.hint
        ) from impossible
    return StartRequest(
        config=config,
        split=split,
        allow_leak=payload.get("allow_leak") is True,
        as_of=day(payload.get("as_of")),
    )


def names_size(payload: dict[str, object]) -> bool:
    """Say whether the browser sent a size of pictures; a network just chosen brings its own."""
    raw = payload.get("settings")
    return isinstance(raw, dict) and "image_size" in raw


def html() -> str:
    """Return the form; the script beside this module fills it from the chosen preset."""
    defaults = {
        kind: {
            name: presets.named(name, init=kind).model_dump(mode="json") for name in limits.PRESETS
        }
        for kind in ("imagenet", "random")
    }
    words = {"imagenet": PRESETS, "random": PRESETS_RANDOM}
    return (
        f'<form class="card stack train" data-testid="train-form" '
        f'data-presets="{text(json.dumps(defaults))}" data-words="{text(json.dumps(words))}">'
        f"{_presets()}{_network()}{_advanced()}"
        '<div class="problem" role="alert" data-testid="train-problem" hidden></div>'
        '<p class="quiet time" aria-live="polite" data-testid="train-time"></p>'
        # An emptied field of the closed section below must not hold this button back in silence.
        '<button type="submit" formnovalidate class="button primary wide" '
        'data-testid="train-start">'
        f"Train a model</button>{trials_form.html()}</form>"
    )


def time_words(expected: Expected) -> str:
    """Return how long a run takes, as the form says it before it starts."""
    if expected.measuring:
        return "Measuring how fast this computer is with this network…"
    if expected.postponed:
        return "How long it takes is measured when the run under way has ended."
    if expected.failed:
        return "How long it takes could not be measured; it is tried again in a minute."
    if expected.estimate is None:
        return ""
    most = markup.duration(expected.estimate.seconds_at_most)
    each = expected.estimate.seconds_per_epoch
    if each is None:
        return f"About {most} on this computer."
    return f"About {markup.duration(max(1, each))} per epoch, at most {most} on this computer."


def _presets() -> str:
    cards = "".join(
        f'<label class="preset"><input type="radio" name="preset" value="{name}" '
        f'data-testid="preset-{name}"{" checked" if name == "balanced" else ""}>'
        f"<b>{label}</b><span>{sentence}</span></label>"
        for name, (label, sentence) in PRESETS.items()
    )
    return (
        f'<fieldset><legend>How much effort?</legend><div class="presets">{cards}</div></fieldset>'
        '<p class="quiet kept" data-testid="train-kept" hidden><span></span> '
        '<button type="button" class="button" data-preset-alone data-testid="preset-alone">'
        "Use the preset's own</button></p>"
    )


def _network() -> str:
    kinds = "".join(
        f'<label><input type="radio" name="init_kind" value="{kind}" data-hint="{text(hint)}" '
        f'data-testid="init-{kind}"{" checked" if kind == "imagenet" else ""}><span>{label}</span>'
        "</label>"
        for kind, (label, hint) in INITS.items()
    )
    return (
        f"{network_choice.field()}"
        '<fieldset><legend>Initial weights</legend><div class="choices">'
        f'{kinds}</div><p class="quiet"><span class="hint"></span> '
        f'<span class="fetch" data-testid="init-fetch" hidden>{FETCH}</span></p>'
        '<label class="field path" hidden>Path of the file'
        '<input type="text" name="init_path" autocomplete="off" spellcheck="false" '
        'data-testid="init-path"></label>'
        '<div class="problem" role="alert" data-for="init" data-testid="init-problem" hidden></div>'
        "</fieldset>"
    )


def _help(name: str) -> str:
    return f"<small>{HELP[name]}</small>" if name in HELP else ""


def _options(values: dict[str, str]) -> str:
    return "".join(f'<option value="{key}">{label}</option>' for key, label in values.items())


def _number(name: str, label: str, kind: str, step: str = "1") -> str:
    return (
        f'<label class="field">{label}<input type="number" name="{name}" data-type="{kind}" '
        f'step="{step}" min="0" inputmode="decimal" data-testid="field-{name}">'
        f"{_help(name)}</label>"
    )


def _select(name: str, label: str, values: dict[str, str]) -> str:
    return (
        f'<label class="field">{label}<select name="{name}" data-type="text" '
        f'data-testid="field-{name}">{_options(values)}</select>{_help(name)}</label>'
    )


def _advanced() -> str:
    fields = (
        _number("epochs", "Epochs, at most", "whole"),
        _number("trainings", "Trainings, averaged", "whole"),
        _number("patience", "Patience, epochs", "whole"),
        _number("learning_rate", "Learning rate", "number", "any"),
        _number("batch_size", "Batch size, images", "whole"),
        _number("image_size", "Image size, pixels", "whole"),
        _number("seed", "Seed", "whole"),
        _select("optimizer", "Optimizer", {"adamw": "AdamW", "adam": "Adam"}),
        _select("augmentation", "Augmentation", {s: s.capitalize() for s in limits.STRENGTHS}),
        _number("cutmix", "Patches of others, share", "number", "any"),
        _select("balance", "Balancing", {m.value: label for m, label in BALANCES.items()}),
        _number("balance_target", "Target, images per class", "optional"),
        _number("frozen_stages", "Frozen stages", "whole"),
    )
    split = _select("split", "Split", SPLITS).replace('data-type="text"', "data-apart", 1)
    fold = _number("fold", "Fold of the authors", "whole").replace(
        'data-type="whole"', "data-apart", 1
    )
    labels = (
        '<label class="field">Labels of<input type="date" name="as_of" '
        f'data-testid="field-as_of">{_help("as_of")}</label>'
    )
    leak = markup.notice(
        "bad",
        "Photographs of one patient may stand on two sides. The run is stamped leaky everywhere "
        "and cannot become active.",
        '<label class="agree"><input type="checkbox" name="allow_leak" data-testid="allow-leak"> '
        "I accept a leaking split for this run</label>",
    )
    return (
        '<details data-testid="advanced"><summary>Advanced</summary><div class="fields">'
        f'{"".join(fields)}{split}<div class="fold" hidden>{fold}</div>{labels}</div>'
        f'<div class="leak" hidden>{leak}</div></details>'
    )
