"""What a page sends, read without trust: what cannot be meant is told, never a crash."""

from datetime import UTC, datetime
from typing import Any

from core.errors import AppError

_MOST = 2**53
"""Whole numbers up to here are exact in a browser."""


def whole(raw: object) -> int:
    """Return a whole number from 0 on; anything else, as in an old or mistyped address, is 0."""
    found = _number(raw)
    return 0 if found is None else max(0, found)


def number(raw: object) -> int | None:
    """Return a whole number, or None where nothing was sent. Raises AppError for anything else."""
    if raw is None:
        return None
    found = _number(raw)
    if found is None:
        raise _unclear()
    return found


def text(raw: object, most: int) -> str:
    """Return text of at most so many characters; half characters become question marks."""
    return str(raw or "").encode("utf-8", "replace").decode("utf-8").strip()[:most]


def rows(raw: object, most: int) -> list[dict[str, Any]]:
    """Return a list of objects that each name an id. Raises AppError for anything else."""
    if not isinstance(raw, list) or not all(isinstance(one, dict) and "id" in one for one in raw):
        raise _unclear()
    return raw[:most]


def moment(raw: object) -> datetime:
    """Return a moment in time. Raises AppError for what is none."""
    try:
        found = datetime.fromisoformat(str(raw))
    except ValueError:
        raise _unclear() from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(raw: object) -> int | None:
    try:
        found = int(str(raw))
    except ValueError:
        return None
    return found if abs(found) <= _MOST else None


def _unclear() -> AppError:
    return AppError(
        "The page has sent something that is not understood: nothing was changed.",
        title="Not understood",
        hint="Reload the page and try again.",
    )
