"""The training images nearest to a photograph: what the answer may rest on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from core.types import ClassId, ClassInfo
from dashboard.services.prediction.nearest_training import NearestImage
from dashboard.ui.shared.events import md

EXPLAINED = (
    "Nearest first. Below each: its class, cosine similarity (1 = the same to the network) and the "
    "patient. A photograph opens in Curate."
)


def markdown(nearest: Sequence[NearestImage], classes: Sequence[ClassInfo]) -> str:
    """Return a list of linked thumbnails, nearest first; nothing where there are none."""
    if not nearest:
        return ""
    by_id = {info.id: info for info in classes}
    cards = "\n".join(_card(image, by_id) for image in nearest)
    names = {info.id: info.name for info in classes}
    return f"### {md(finding(nearest, names))}\n\n{cards}\n\n{EXPLAINED}"


def finding(nearest: Sequence[NearestImage], names: Mapping[ClassId, str]) -> str:
    """Return how far the images agree: "4 of the 5 most similar ... are Measles"."""
    labels = Counter(image.label for image in nearest if image.label is not None)
    if len(nearest) == 1:
        return "The most similar training photograph"
    if not labels or labels.most_common(1)[0][1] == 1:
        return f"The {len(nearest)} most similar training photographs disagree"
    label, votes = labels.most_common(1)[0]
    agree = "All" if votes == len(nearest) else f"{votes} of the"
    name = names.get(label, "of a removed class")
    return f"{agree} {len(nearest)} most similar training photographs are {name}"


def _card(image: NearestImage, classes: Mapping[ClassId, ClassInfo]) -> str:
    sample = image.sample
    info = None if image.label is None else classes.get(image.label)
    label = "no class" if info is None else f"**{md(info.code)}** {md(info.name)}"
    changed = " · relabelled since" if sample.state.label != image.label else ""
    address = f"/?q={quote(sample.file)}"
    return (
        f"- [![{md(sample.file)}](/thumb/{sample.id}.webp)]({address})\n"
        f"  {label}  \n"
        f"  {image.similarity:.3f} · {md(sample.patient_name or 'patient unknown')}{changed}"
    )
