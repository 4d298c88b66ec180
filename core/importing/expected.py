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
"""Class -> (pictures, patients): 755 and 541 in all."""


def notes(layout: str, sources: Iterable[PlannedSource]) -> list[str]:
    """Compare a plan with what its collection should hold; nothing for other layouts."""
    if layout != names.MSLD2:
        return []
    originals = [one for one in sources if one.parent is None and one.label and one.key]
    lines = []
    for label, (pictures, patients) in _MSLD2.items():
        own = [one for one in originals if class_names.canonical(one.label or "") == label]
        found = len({one.key for one in own}), len({one.patient for one in own})
        if found != (pictures, patients):
            lines.append(f"{label} {found[0]}/{found[1]} instead of {pictures}/{patients}")
    total = len({one.key for one in originals}), len({one.patient for one in originals})
    if not lines:
        return [f"MSLD v2.0 is complete: {total[0]} pictures of {total[1]} patients, as published."]
    return [
        f"Found {total[0]} pictures of {total[1]} patients; MSLD v2.0 has 755 of 541. "
        f"Pictures/patients: {'; '.join(lines)}."
    ]
