import json

import pytest

from tests.benchmarks import results

DOCUMENT = {
    "title": "Speed",
    "command": "python -m tests.benchmarks.speed TABLE",
    "date": "2026-11-30",
    "commit": "abc",
    "machine": "2 cores",
    "columns": ["way", "seconds"],
    "rows": [["ours", "1.5"]],
    "notes": ["On a quiet machine."],
}


def test_a_section_names_its_command_and_holds_every_row() -> None:
    page = results.page({"speed": DOCUMENT})
    assert page.endswith(
        "## Speed\n\n`python -m tests.benchmarks.speed TABLE`, 2026-11-30, commit abc, 2 cores.\n\n"
        "| way | seconds |\n| --- | --- |\n| ours | 1.5 |\n\nOn a quiet machine.\n"
    )


def test_the_page_is_made_from_the_files() -> None:
    assert results.PAGE.read_text(encoding="utf-8") == results.page(results.documents())


def test_a_benchmark_that_ends_well_leaves_its_table(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "benchmarks")
    with results.table("speed", "Speed", ["way", "seconds"]) as table:
        table.add("ours", 1.23456)
    kept = json.loads((tmp_path / "benchmarks" / "speed.json").read_text())
    assert (kept["columns"], kept["rows"]) == (["way", "seconds"], [["ours", "1.23"]])
    assert "/" not in kept["command"].replace(" / ", "")


def test_one_that_breaks_off_leaves_the_file_as_it_was(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    with pytest.raises(ZeroDivisionError), results.table("speed", "Speed", ["way"]):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_row_has_a_cell_for_every_column() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        results.Table(["way", "seconds"]).add("ours")
