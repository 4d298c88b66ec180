"""Parsing of file and folder names in the collections that name them systematically."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.types import Split

_CODES = {
    "MKP": "Monkeypox",
    "CHP": "Chickenpox",
    "CWP": "Cowpox",
    "MSL": "Measles",
    "HFMD": "HFMD",
    "HEALTHY": "Healthy",
}

MSLD2 = "MSLD v2.0"
MSLD1 = "MSLD v1"
MCVSLD = "MCVSLD"

_PATTERNS = {
    MCVSLD: re.compile(
        r"^(?P<code>[A-Z]+)_(?P<patient>\d{1,9})_(?P<image>\d{1,9})_(?:(?P<original>ORIGINAL)|\d+)$",
        re.I,
    ),
    MSLD2: re.compile(
        r"^(?P<code>MKP|CHP|CWP|MSL|HFMD|HEALTHY)[_ ](?:patient[_ ])?(?P<patient>\d{1,9})"
        r"[_ ](?:image[_ ])?(?P<image>\d{1,9})(?P<tail>.*)$",
        re.I,
    ),
    MSLD1: re.compile(r"^(?P<code>N?M)(?P<patient>\d{1,9})_(?P<image>\d{1,9})(?P<tail>.*)$", re.I),
}

_SPLITS = {
    Split.TRAIN: ("train", "training"),
    Split.VALIDATION: ("val", "valid", "validation", "dev"),
    Split.TEST: ("test", "testing", "holdout", "hold out"),
}
_SPLIT_OF = {name: split for split, names in _SPLITS.items() for name in names}
_FOLD = re.compile(r"^fold[_ -]?(\d{1,4})(?P<augmented>[_ -]?aug(mented)?)?$", re.I)
_AUGMENTED = re.compile(r"^(folds?[_ -]?aug(mented)?|augmented([_ -]?(images|data))?)$", re.I)


@dataclass(frozen=True, kw_only=True)
class FileName:
    """The parts of a systematic file name."""

    family: str
    """MSLD2, MSLD1 or MCVSLD"""
    label: str | None
    """Class that the code stands for; None where it stands for none of the six."""
    patient: str
    """Unique across classes: code and number, "MKP:12"."""
    key: str
    """Identifies the original: "MKP:12:1"."""
    augmented: bool
    """The name itself says that this is a copy made from an original."""


def parse(name: str, families: Iterable[str] = (MSLD2, MSLD1)) -> FileName | None:
    """Read a file name; None when it belongs to none of the families."""
    stem = PurePosixPath(name).stem
    for family in families:
        match = _PATTERNS[family].match(stem)
        if match:
            return _from_match(family, match)
    return None


def _from_match(family: str, match: re.Match[str]) -> FileName:
    code = match["code"].upper()
    patient = f"{code}:{int(match['patient'])}"
    if family == MSLD1:
        patient = f"{code}:{match['patient'].zfill(2)}"
    augmented = match["original"] is None if family == MCVSLD else match["tail"] != ""
    label = "Monkeypox" if code == "M" else _CODES.get(code)
    return FileName(
        family=family,
        label=label,
        patient=patient,
        key=f"{patient}:{int(match['image'])}",
        augmented=augmented,
    )


def family_of(names: Iterable[str]) -> str | None:
    """Return the family to which at least half of the file names belong.

    MCVSLD's copies ("HEALTHY_01_01_3") look like augmented names of MSLD v2.0; what decides is
    that its originals say so.
    """
    stems = [PurePosixPath(name).stem for name in names]
    copies = sum(_PATTERNS[MCVSLD].match(stem) is not None for stem in stems)
    says_original = any(re.search(r"_\d+_ORIGINAL$", stem, re.I) for stem in stems)
    if says_original and 2 * copies >= len(stems):
        return MCVSLD
    counts = {
        family: sum(_PATTERNS[family].match(stem) is not None for stem in stems)
        for family in (MSLD2, MSLD1)
    }
    best = max(counts, key=lambda family: counts[family])
    return best if stems and 2 * sum(counts.values()) >= len(stems) else None


def split_of(text: str) -> Split | None:
    """Read the name of a split: "Valid" -> validation; None when it is not one."""
    return _SPLIT_OF.get(re.sub(r"[_ -]+", " ", text).strip().casefold())


def fold_of(folder: str) -> tuple[int, bool] | None:
    """Read a folder like "Fold1", "fold_2", "fold3_AUG" as (number, augmented)."""
    match = _FOLD.match(folder)
    return (int(match[1]), match["augmented"] is not None) if match else None


def says_augmented(folder: str) -> bool:
    """Return whether everything below a folder of this name is an augmented copy."""
    return _AUGMENTED.match(folder) is not None
