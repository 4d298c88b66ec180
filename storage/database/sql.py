"""Statements over any number of rows."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, Table, bindparam, func, literal, select, update
from sqlalchemy.orm import Session


def listed(values: Iterable[str | int]) -> Select[tuple[Any]]:
    """Return a subquery of any number of values that are sent as one."""
    table = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return select(table.c.value)


def update_each(session: Session, table: Table, key: str, rows: Sequence[dict[str, Any]]) -> None:
    """Update one row of a table per dict: found by its column `key`, set to the other columns.

    The dicts have the same columns.
    """
    if not rows:
        return
    statement = update(table).where(table.c[key] == bindparam(f"now_{key}"))
    values: dict[str, Any] = {
        column: bindparam(f"now_{column}") for column in rows[0] if column != key
    }
    bound = [{f"now_{column}": value for column, value in row.items()} for row in rows]
    session.connection().execute(statement.values(values), bound)
