"""Tables on their way to a spreadsheet: nothing is computed there, nothing is lost."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.system import table_files


@given(st.text())
def test_no_text_begins_as_a_formula_and_each_can_be_read_back(text: str) -> None:
    cell = str(table_files.harmless(pd.DataFrame({"note": [text]})).loc[0, "note"])
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert table_files.original(cell) == text


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
def test_numbers_have_their_digits_and_a_note_is_no_formula(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"note": ["=1+1", "plain"], "score": [-0.123456, 2e-5]})
    read = pd.read_csv if name.endswith("csv") else pd.read_excel
    rounded = read(table_files.write(table, tmp_path / f"rounded-{name}"))
    assert rounded["note"].tolist() == ["'=1+1", "plain"]
    assert rounded["score"].tolist() == [-0.1235, 0.0]
    whole = read(table_files.write(table, tmp_path / name, digits=None))
    assert whole["score"].tolist() == [-0.123456, 2e-5]


def test_a_book_has_a_sheet_for_each_table_and_no_unprintable_character(tmp_path: Path) -> None:
    sheets = {"Settings": pd.DataFrame({"name": ["@lr\x07"]}), "Epochs": pd.DataFrame({"n": [1]})}
    book = pd.read_excel(table_files.write_book(sheets, tmp_path / "run.xlsx"), sheet_name=None)
    assert list(book) == ["Settings", "Epochs"]
    assert book["Settings"]["name"].tolist() == ["'@lr"]
