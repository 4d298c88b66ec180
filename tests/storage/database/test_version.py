"""The number by which whoever waits for changes learns of them."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.database import meta
from storage.database.engine import Database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.sqlite"


def count(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM meta")).scalar_one())


def test_every_commit_changes_it_and_nothing_else_does(file: Path) -> None:
    database = Database.open(file)
    seen = [database.version()]
    with database.transaction() as session:
        meta.put(session, "colour", "red")
        assert database.version() == seen[-1]
    seen.append(database.version())
    with database.read() as session:
        assert count(session)
    assert database.version() == seen[-1]
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        meta.put(session, "colour", "blue")
        raise ZeroDivisionError
    assert database.version() == seen[-1]
    with sqlite3.connect(file) as other:
        other.execute("INSERT INTO meta(key, value) VALUES ('of', 'another process')")
    seen.append(database.version())
    assert len(set(seen)) == 3
    database.close()


def test_a_file_that_cannot_be_read_looks_changed_each_time(file: Path) -> None:
    database = Database.open(file)
    database.close()
    assert len({database.version() for _ in range(3)}) == 3
