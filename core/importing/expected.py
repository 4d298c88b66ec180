"""What the known collections should hold, so that an incomplete download is noticed."""

from collections.abc import Iterable

from core.data import class_names
from core.importing import names
from core.types import PlannedSource

_MSLD2: dict[str, tuple[int, int]] = {
    "Chickenpox": (75, 62),
    "Cowpox": (66, 41),
    "Healthy": (114, 105),
    "HFMD": (161, 144),
    "Measles": (55, 46),
    "Monkeypox": (284, 143),
}
"""Class -> (images, patients): 755 and 541 in all."""


def notes(layout: str, sources: Iterable[PlannedSource]) -> list[str]:
    """Compare a plan with what its collection should hold; nothing for other layouts."""
    if layout != names.MSLD2:
        return []
    originals = [
        source for source in sources if source.parent is None and source.label and source.key
    ]
    lines = []
    for label, (images, patients) in _MSLD2.items():
        own = [source for source in originals if class_names.canonical(source.label or "") == label]
        counts = len({source.key for source in own}), len({source.patient for source in own})
        if counts != (images, patients):
            lines.append(f"{label} {counts[0]}/{counts[1]} instead of {images}/{patients}")
    total = len({source.key for source in originals}), len({source.patient for source in originals})
    if not lines:
        return [f"MSLD v2.0 is complete: {total[0]} pictures of {total[1]} patients, as published."]
    return [
        f"Found {total[0]} pictures of {total[1]} patients; MSLD v2.0 has 755 of 541. "
        f"Pictures/patients: {'; '.join(lines)}."
    ]
