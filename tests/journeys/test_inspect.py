"""Journey 3: a person opens the confusion matrix, looks into a cell, corrects a label there."""

import contextlib
import csv
import io
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from storage.workspace.folder import DATABASE_FILE
from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey

Cells = dict[tuple[str, str], list[str]]


def cells(folder: Path, split: str = "validation") -> Cells:
    """Return (true, predicted) -> samples, most confident first, as SQLite has them."""
    query = """SELECT t.name, p.name, r.sample_id FROM run_predictions r
               JOIN classes t ON t.id = r.label JOIN classes p ON p.id = r.predicted
               WHERE r.split = ? ORDER BY r.confidence DESC"""
    found: Cells = {}
    with contextlib.closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        for true, predicted, sample in connection.execute(query, [split]):
            found.setdefault((true, predicted), []).append(sample)
    return found


def mistakes(found: Cells) -> list[tuple[str, str]]:
    """Return the cells off the diagonal, fullest first."""
    wrong = [cell for cell in found if cell[0] != cell[1]]
    return sorted(wrong, key=lambda cell: -len(found[cell]))


def cell(page: Page, at: tuple[str, str]) -> Locator:
    return page.get_by_test_id(f"matrix-cell-{at[0]}-{at[1]}")


def shown(page: Page) -> Locator:
    return page.locator("[data-testid=card]:visible")


def expect_photographs(page: Page, samples: list[str]) -> None:
    """Wait until these photographs stand there in this order; the old ones stay until then."""
    page.wait_for_function(
        """wanted => {
            const cards = [...document.querySelectorAll('[data-testid=card]')];
            const ids = cards.filter((card) => card.offsetParent).map((card) => card.dataset.id);
            return JSON.stringify(ids) === JSON.stringify(wanted);
        }""",
        arg=samples,
    )


def test_a_click_and_the_enter_key_open_the_photographs_of_a_cell(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "evaluate")
    known = cells(looked_at.folder)
    fullest, *others = mistakes(known)
    expect(shown(page).first).to_be_visible()
    expect(cell(page, fullest)).to_contain_text(str(len(known[fullest])))
    right = next(at for at in known if at[0] == at[1])
    cell(page, right).click()
    expect(page.locator("#cell-caption")).to_contain_text(f"{right[0]}, recognised")
    expect_photographs(page, known[right])
    at = others[0] if others else fullest
    cell(page, at).focus()
    page.keyboard.press("Enter")
    said = f"{at[0]}, predicted as {at[1]}"
    expect(page.locator("#cell-caption")).to_contain_text(said)
    expect_photographs(page, known[at])
    for image in shown(page).locator("img").all():
        assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
    cell(page, fullest).click()
    expect(shown(page)).to_have_count(len(known[fullest]))
    screenshot(page, "evaluate")


def test_arrow_keys_walk_over_the_matrix(looked_at: Served, open_page: OpenPage) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "evaluate")
    cell(page, ("Chickenpox", "Chickenpox")).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    expect(cell(page, ("Cowpox", "Chickenpox"))).to_be_focused()


def test_a_label_is_corrected_beside_the_matrix_which_says_that_it_has_changed(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, "evaluate")
    known = cells(demo)
    other, at = mistakes(known)[1], mistakes(known)[0]
    before = len(known[at])
    # Another one first: the largest mistake is open already.
    for one in (other, at):
        cell(page, one).click()
        expect_photographs(page, known[one])
    sample = known[at][0]
    shown(page).first.click()
    page.locator(f"[data-testid=do-class-{at[1]}]:visible").click()
    card = page.locator(f"[data-testid=card][data-id='{sample}']:visible")
    expect(card).to_have_attribute("data-label", at[1])
    assert browser.labels(demo)[sample] == at[1]
    changed = page.locator("#changed-since")
    expect(changed).to_contain_text("1\u00a0label changed since")
    expect(cell(page, at)).to_contain_text(str(before))  # the numbers are those of the evaluation
    expect(shown(page)).to_have_count(before)  # and the sample stays in its old cell, greyed
    expect(card.locator("img")).to_have_css("filter", "grayscale(1)")
    expect(shown(page).last.locator("img")).to_have_css("filter", "none")
    screenshot(page, "evaluate-changed")
    page.reload()
    expect(changed).to_contain_text("1\u00a0label changed since")
    cell(page, at).click()
    expect(card).to_have_attribute("data-label", at[1])
    card.click()
    page.locator("[data-testid=do-undo]:visible").click()
    expect(card).to_have_attribute("data-label", at[0])
    expect(changed).not_to_contain_text("changed since")


def test_a_photograph_is_excluded_from_a_cell(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, "evaluate")
    known = cells(demo)
    for at in reversed(mistakes(known)[:2]):
        cell(page, at).click()
        expect_photographs(page, known[at])
    shown(page).first.click()
    page.keyboard.press("x")
    expect(shown(page).first).to_have_attribute("data-status", "excluded")
    expect(page.locator("#changed-since")).to_contain_text("1\u00a0label changed since")


def test_test_is_opened_only_on_purpose_and_counted(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page, other = open_page(served), open_page(served)
    browser.open_tab(other, served, "evaluate")
    browser.open_tab(page, served, "evaluate", on="test")  # not even an address opens it
    matrix, question = page.get_by_test_id("matrix"), page.locator("#open-test")
    expect(matrix).to_have_attribute("data-split", "validation")
    page.get_by_label("Test · opened 0×").click()
    expect(question).to_contain_text("opened 0\u00a0times so far")
    expect(page.get_by_label("Validation", exact=True)).to_be_checked()
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_be_hidden()
    expect(matrix).to_have_attribute("data-split", "validation")
    page.get_by_label("Test · opened 0×").click()
    question.get_by_role("button", name="Open test").click()
    expect(matrix).to_have_attribute("data-split", "test")
    expect(page.get_by_label("Test · opened 1×")).to_be_checked()
    expect(page.locator("#evaluate-head")).to_contain_text("test version")
    # A page that was open before counts what another one has opened.
    expect(other.get_by_label("Test · opened 1×")).to_be_visible()
    expect(other.get_by_test_id("matrix")).to_have_attribute("data-split", "validation")
    page.reload()
    expect(matrix).to_have_attribute("data-split", "validation")
    expect(page.get_by_label("Test · opened 1×")).not_to_be_checked()
    (run,) = browser.document("runs", "--workspace", demo)
    assert run["test_opened"] == 1
    other.get_by_label("Test · opened 1×").click()
    expect(other.locator("#open-test")).to_contain_text("opened 1\u00a0time so far")


def test_report_and_matrix_are_taken_away_as_files(
    looked_at: Served, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "evaluate")
    with page.expect_download() as report:
        page.locator("#download-csv").click()
    report.value.save_as(tmp_path / "report.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text())))
    counts = cells(looked_at.folder)
    for row in rows[:6]:
        images = sum(len(found) for (true, _), found in counts.items() if true == row["class"])
        right = len(counts.get((row["class"], row["class"]), []))
        assert int(row["images"]) == images
        assert float(row["recall"]) == pytest.approx(right / images, abs=1e-4)
    assert [row["class"] for row in rows[6:]] == ["accuracy", "balanced_accuracy", "macro_f1"]
    with page.expect_download() as sheet:
        page.locator("#download-xlsx").click()
    sheet.value.save_as(tmp_path / "report.xlsx")
    assert pd.read_excel(tmp_path / "report.xlsx")["class"].tolist() == [
        row["class"] for row in rows
    ]
    with page.expect_download() as matrix:
        page.locator("#download-png").click()
    matrix.value.save_as(tmp_path / "matrix.png")
    with Image.open(tmp_path / "matrix.png") as image:
        assert image.format == "PNG"
        assert min(image.size) > 900
