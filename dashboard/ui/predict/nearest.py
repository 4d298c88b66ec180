"""The training pictures most like a photograph: what the answer may rest on."""

from collections import Counter
from collections.abc import Sequence

from core.types import ClassId, ClassInfo
from dashboard.services.prediction.nearest_training import Alike
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text


def html(alike: Sequence[Alike], classes: Sequence[ClassInfo]) -> str:
    """Return the pictures, nearest first; nothing where there are none."""
    if not alike:
        return ""
    known = {info.id: info for info in classes}
    cards = "".join(_card(one, known) for one in alike)
    return (
        '<section class="card stack" data-testid="nearest">'
        f"<h3>{text(finding(alike, {info.id: info.name for info in classes}))}</h3>"
        f'<div class="alike">{cards}</div><p class="quiet">Nearest first. Below each: cosine '
        "similarity (1 = the same to the network) and the patient.</p></section>"
    )


def finding(alike: Sequence[Alike], names: dict[ClassId, str]) -> str:
    """Return how far the pictures agree: "4 of the 5 most similar ... are Measles"."""
    labels = Counter(one.label for one in alike if one.label is not None)
    if len(alike) == 1:
        return "The most similar training picture"
    if not labels or labels.most_common(1)[0][1] == 1:
        return f"The {len(alike)} most similar training pictures disagree"
    label, many = labels.most_common(1)[0]
    said = "All" if many == len(alike) else f"{many} of the"
    name = names.get(label, "of a removed class")
    return f"{said} {len(alike)} most similar training pictures are {name}"


def _card(one: Alike, known: dict[ClassId, ClassInfo]) -> str:
    sample, then = one.sample, one.label
    info = known.get(then) if then is not None else None
    colour = text(info.colour) if info else "transparent"
    chip = markup.chip(info) if info else '<span class="quiet">no class</span>'
    name = f"{info.name}. " if info else ""
    patient = sample.patient_name or "patient unknown"
    changed = (
        '<span class="stamp" title="Its label has changed since the training.">relabelled</span>'
        if sample.state.label != then
        else ""
    )
    return (
        f'<button type="button" class="one" data-tab="Curate" data-file="{text(sample.file)}" '
        f'data-testid="nearest-card" data-sample="{text(sample.id)}" style="--edge:{colour}" '
        f'title="{text(name)}Open {text(sample.file)} in Curate">'
        f'<img src="/thumb/{text(sample.id)}.webp" alt="{text(sample.file)}">'
        f'<span>{chip}</span><span class="quiet">'
        f"{one.likeness:.3f} · {text(patient)}</span>{changed}</button>"
    )
