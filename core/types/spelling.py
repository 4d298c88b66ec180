"""How names are spelled: one form of each, nothing invisible, no longer than a page can show.

Two spellings that look alike must not become two patients: one could train while the other tests.
"""

import unicodedata

from core.errors import AppError

LONGEST_PATIENT = 200
LONGEST_CLASS = 80
LONGEST_PERSON = 80
"""Characters of the name of the person who decides."""
LONGEST_NOTE = 500

_INVISIBLE = frozenset({"Cc", "Cf"})
"""Unicode categories of control and format characters: they show nothing or turn the writing."""


def plain(name: str) -> str:
    """Return a name as it is kept: composed (NFC), single spaces, nothing that cannot be seen."""
    # First of all: tabs and line ends are control characters, but they part words.
    words = " ".join(name.split())
    if words.isascii() and words.isprintable():
        return words
    seen = "".join(
        character for character in words if unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join(unicodedata.normalize("NFC", seen).split())


def folded(text: str) -> str:
    """Return what is compared when a person searches: the plain form, without case."""
    return unicodedata.normalize("NFC", plain(text).casefold())


def key(name: str) -> str:
    """Return what two names of one class have in common: case and width of letters do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain(name)).casefold())


def too_long(text: str, what: str, most: int) -> str:
    """Say how long a text is and how long it may be; empty where it is not too long."""
    if len(text) <= most:
        return ""
    return f"{what} has {len(text):,} characters; it may have at most {most}."


def usable(name: str, what: str, most: int) -> str:
    """Return a name as it is kept. Raises AppError when it is invisible or too long."""
    kept = plain(name)
    if not kept:
        raise AppError(
            f"{what} holds nothing that can be seen.",
            title="Name not usable",
            hint="Give another name.",
        )
    check(kept, what, most)
    return kept


def check(text: str, what: str, most: int) -> None:
    """Raise AppError for a text that is too long."""
    problem = too_long(text, what, most)
    if problem:
        raise AppError(problem, title="Too long", hint="Shorten it; nothing was changed.")
