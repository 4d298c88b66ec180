"""Statements over any number of rows."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Update, func, literal, select
from sqlalchemy.orm import Session


def listed(values: Iterable[str | int]) -> Select[tuple[Any]]:
    """Return a subquery of any number of values that are sent as one."""
    table = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return select(table.c.value)


def for_each(session: Session, statement: Update, rows: list[dict[str, Any]]) -> None:
    """Run a statement once for each of the rows, which give its bound parameters."""
    if rows:
        session.connection().execute(statement, rows)
