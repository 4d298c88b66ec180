"""The choice of a network: a short list, any other by its name, and what is known of each."""

from collections.abc import Sequence

from core.settings.config import TrainConfig
from core.settings.limits import BACKBONES
from dashboard.services.runs.networks import Choice
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

OTHER = "other"
"""Value of the list's last entry."""


def field() -> str:
    """Return the list, the field for another name, and the places for facts."""
    options = "".join(
        f'<option value="{name}"{" selected" if name == TrainConfig().backbone else ""}>'
        f"{label}</option>"
        for name, label in BACKBONES.items()
    )
    return (
        '<label class="field">Network<select name="backbone" data-testid="backbone">'
        f'{options}<option value="{OTHER}">Another one, by its name</option></select></label>'
        '<label class="field other" hidden>Its name in timm<input type="text" '
        'name="backbone_name" autocomplete="off" spellcheck="false" autocapitalize="off" '
        'placeholder="resnet18" data-testid="backbone-name"></label>'
        '<div class="problem" role="alert" data-for="network" data-testid="network-problem" hidden>'
        "</div>"
        '<p class="quiet facts" data-testid="network-facts" aria-live="polite"></p>'
        '<details data-networks data-testid="networks"><summary>Compare networks</summary>'
        '<div class="scroll" data-place></div></details>'
    )


def facts(choice: Choice, measuring: str) -> str:
    """Return one line of HTML about the chosen network; `measuring` is being measured."""
    words = (
        f"{_large(choice.parameters)} parameters, {_large(choice.macs)} multiply-accumulates "
        f"for a picture of {choice.image_size}{markup.NBSP}px."
    )
    if choice.train_rate and choice.forward_rate:
        words += (
            f" On this machine {markup.number(choice.train_rate)} images per second in training, "
            f"{markup.number(choice.forward_rate)} in prediction."
        )
        return text(words)
    if measuring == choice.backbone:
        return text(f"{words} Its speed is being measured …")
    button = (
        '<button type="button" class="button small" data-measure data-testid="measure">'
        "Measure its speed here</button>"
    )
    return f"{text(words)} {button}"


def table(choices: Sequence[Choice]) -> str:
    """Return the recommended networks side by side."""
    rows = "".join(
        f"<tr><th>{text(one.name)}</th><td>{_large(one.parameters)}</td>"
        f"<td>{_large(one.macs)}</td><td>{_rate(one.train_rate)}</td>"
        f"<td>{_rate(one.forward_rate)}</td></tr>"
        for one in choices
    )
    heads = "".join(
        f"<th>{head}</th>"
        for head in ("", "Parameters", "MACs", "Training, images/s", "Prediction, images/s")
    )
    return (
        f'<table class="networks"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        '<p class="quiet">MACs: multiply-accumulates for one picture of the size that the network '
        "was made for. Speed: measured on this machine, where somebody has asked for it.</p>"
    )


def _large(n: int) -> str:
    """Return millions, or billions from one on."""
    whole, unit = (1e9, "G") if n >= 1e9 else (1e6, "M")
    return f"{markup.number(n / whole)}{markup.NBSP}{unit}"


def _rate(value: float | None) -> str:
    return "–" if value is None else markup.number(value)
