"""The names of classes: the six that the product knows, their other names, codes and colours.

Any other set of classes works as well; it gets codes from its names and colours from a palette of
the same family (safe for colour-blind readers, readable on light and dark).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.types import spelling

KNOWN: dict[str, tuple[str, str]] = {
    "Chickenpox": ("CH", "#E69F00"),
    "Cowpox": ("CW", "#0072B2"),
    "Healthy": ("HE", "#009E73"),
    "HFMD": ("HF", "#56B4E9"),
    "Measles": ("ME", "#D55E00"),
    "Monkeypox": ("MP", "#CC79A7"),
}
"""Name -> (code, colour), in the order in which they are shown everywhere."""

_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "Chickenpox": ("chicken pox", "varicella", "chp"),
    "Cowpox": ("cow pox", "cwp"),
    "Healthy": ("normal", "healthy skin", "normal skin"),
    "HFMD": ("hand foot and mouth disease", "hand foot mouth disease", "hand foot and mouth"),
    "Measles": ("msl", "rubeola"),
    "Monkeypox": ("mpox", "monkey pox", "mkp", "m pox"),
}

_UNLABELLED = frozenset({"", "unlabelled", "unlabeled", "unsorted", "nolabel", "none", "nan"})

PALETTE: tuple[str, ...] = (
    "#8A6FBF",
    "#B8A13A",
    "#3D8F8F",
    "#A65E2E",
    "#7A8B99",
    "#C25B7C",
    "#5C9E4A",
    "#4F6FB5",
    "#B5838D",
    "#6B8E23",
    "#9C7A3C",
    "#708090",
)
"""Colours of further classes; it starts again when they run out (the code tells them apart)."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """How a class is shown."""

    name: str
    code: str
    colour: str


_SIGNS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", spelling.key(name))


_BY_BARE_NAME: dict[str, str] = {
    _bare(other): name for name in KNOWN for other in (name, *_OTHER_NAMES[name])
}


def canonical(name: str) -> str:
    """Return the name that the product uses: "Mpox" -> "Monkeypox", "  eczema " -> "eczema"."""
    return _BY_BARE_NAME.get(_bare(name), spelling.plain(name.replace("_", " ")))


def is_known(name: str) -> bool:
    """Return whether this is one of the six, under any of its names."""
    return _bare(name) in _BY_BARE_NAME


def is_unlabelled(name: str) -> bool:
    """Return whether a name says that there is no label ("", "unlabelled", "unsorted")."""
    return _bare(name) in _UNLABELLED


def ordered(names: Iterable[str]) -> list[str]:
    """Put the six first, in their fixed order, then the others by alphabet."""
    position = {name: number for number, name in enumerate(KNOWN)}
    return sorted(set(names), key=lambda name: (position.get(name, len(KNOWN)), name.casefold()))


def _codes(name: str) -> Iterable[str]:
    letters = re.sub(r"[\W_]+", "", name).upper() or "X"
    yield letters[:2].ljust(2, letters[0])
    yield from (letters[0] + second for second in letters[2:])
    yield from (letters[0] + sign for sign in _SIGNS)
    yield from (first + second for first in _SIGNS for second in _SIGNS)


def describe(names: Sequence[str], taken: Sequence[Described] = ()) -> list[Described]:
    """Give each of `names` a two-letter code and a colour that differ from those `taken`."""
    codes = {other.code for other in taken} | {code for code, _ in KNOWN.values()}
    used = [other.colour for other in taken]
    described = []
    for name in names:
        if name in KNOWN:
            code, colour = KNOWN[name]
        else:
            code = next((code for code in _codes(name) if code not in codes), _codes_end(name))
            colour = min(PALETTE, key=used.count)
        codes.add(code)
        used.append(colour)
        described.append(Described(name=name, code=code, colour=colour))
    return described


def _codes_end(name: str) -> str:
    return next(iter(_codes(name)))
