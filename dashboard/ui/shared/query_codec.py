"""A `SampleQuery` as the parameters of the page's address, and back.

What cannot be read is left out: an old link shows more, never an error.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from core.types import (
    Cell,
    ClassId,
    PatientId,
    Queue,
    RunId,
    SampleId,
    SampleQuery,
    Sort,
    Split,
    Status,
)

T = TypeVar("T")
NONE = "none"
LONGEST_TEXT = 200
LONGEST = 2_000
NAMES = (
    "class", "split", "status", "queue", "patient", "q", "cell", "area", "sort", "desc", "like",
)  # fmt: skip
MOST_CORNERS = 40


def to_params(query: SampleQuery) -> dict[str, str]:
    """Return the parameters; what has its ordinary value is left out."""
    params = {
        "class": _joined(query.labels),
        "split": _joined(query.splits),
        "status": _joined(query.statuses),
        "queue": _joined(query.queues),
        "patient": "" if query.patient is None else str(query.patient),
        "q": query.text,
        "cell": "" if query.cell is None else _cell_text(query.cell),
        "area": ",".join(f"{x},{y}" for x, y in query.area),
        "sort": "" if query.sort is Sort.ADDED else query.sort.value,
        "desc": "1" if query.descending else "",
        "like": query.similar_to or "",
    }
    return {name: value for name, value in params.items() if value}


def from_params(params: Mapping[str, Any]) -> SampleQuery:
    """Read a query; unknown names and unreadable values are ignored."""
    text = {name: _text(params[name]) for name in NAMES if params.get(name)}
    like = text.get("like", "")
    similar_to = SampleId(like) if like.isalnum() else None
    sort = _enum(Sort)(text.get("sort", "")) or Sort.ADDED
    if sort is Sort.SIMILARITY and similar_to is None:
        sort = Sort.ADDED
    return SampleQuery(
        labels=_split(text.get("class", ""), _class_id),
        splits=_split(text.get("split", ""), _enum(Split)),
        statuses=tuple(s for s in _split(text.get("status", ""), _enum(Status)) if s),
        queues=tuple(q for q in _split(text.get("queue", ""), _enum(Queue)) if q),
        patient=PatientId(number) if (number := _number(text.get("patient", ""))) else None,
        text=text.get("q", "")[:LONGEST_TEXT],
        cell=_cell(text.get("cell", "")),
        area=_area(text.get("area", "")),
        sort=sort,
        descending=text.get("desc") == "1",
        similar_to=similar_to,
    )


def _text(raw: object) -> str:
    """Return what the address says; half characters become question marks."""
    return str(raw).encode("utf-8", "replace").decode("utf-8").strip()[:LONGEST]


def _joined(values: tuple[object, ...]) -> str:
    return ",".join(NONE if value is None else str(value) for value in values)


def _split(text: str, read: Callable[[str], T | None]) -> tuple[T | None, ...]:
    words = [word for word in text.split(",") if word]
    pairs = [(word, read(word)) for word in words]
    values = [value for word, value in pairs if word == NONE or value is not None]
    return tuple(dict.fromkeys(values))


def _enum(kind: type[T]) -> Callable[[str], T | None]:
    if not issubclass(kind, StrEnum):
        raise TypeError(kind)
    members = {str(member): member for member in kind}
    return lambda word: members.get(word)


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= 12 else None


def _class_id(word: str) -> ClassId | None:
    number = _number(word)
    return None if number is None else ClassId(number)


def _cell_text(cell: Cell) -> str:
    return f"{cell.run}:{cell.split}:{cell.true}:{cell.predicted}"


def _cell(text: str) -> Cell | None:
    parts = text.split(":")
    if len(parts) != 4:
        return None
    true, predicted = _class_id(parts[2]), _class_id(parts[3])
    if true is None or predicted is None or not parts[0] or not parts[1]:
        return None
    return Cell(run=RunId(parts[0]), split=parts[1], true=true, predicted=predicted)


def _area(text: str) -> tuple[tuple[int, int], ...]:
    """Read "x,y,x,y,..."; a polygon needs three corners."""
    numbers = [_number(word) for word in text.split(",")[: 2 * MOST_CORNERS]] if text else []
    whole = [number for number in numbers if number is not None and number < 1000]
    if len(whole) != len(numbers) or len(whole) % 2 or len(whole) < 6:
        return ()
    return tuple(zip(whole[::2], whole[1::2], strict=True))
