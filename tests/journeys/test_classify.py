"""Journey 4: a person asks about a photograph, and adds it to the data set with a label."""

import contextlib
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from core.demo import drawing, patients
from storage.workspace.folder import DATABASE_FILE
from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey

NAMES = ("Chickenpox", "Cowpox", "Healthy", "HFMD", "Measles", "Monkeypox")


def photograph(folder: Path, label: str, number: int = 0) -> Path:
    """Draw a photograph of somebody who is not in the demo set."""
    rng = np.random.default_rng(5000 + number)
    picture = drawing.photograph(patients.person(label, 900 + number), rng)
    file = folder / f"{label.lower()}-{number}.jpg"
    file.write_bytes(drawing.jpeg(picture, 90))
    return file


def stored(folder: Path) -> list[sqlite3.Row]:
    with contextlib.closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM predictions ORDER BY id").fetchall()


def ask(page: Page, file: Path) -> None:
    page.locator("#predict-upload input[type=file]").first.set_input_files(file)
    expect(answer(page)).to_contain_text(file.name)


def answer(page: Page) -> Locator:
    return page.locator("#predict-answer")


def headline(page: Page) -> Locator:
    return answer(page).get_by_role("heading")


def past(page: Page, file: str) -> Locator:
    """Return the cell of an earlier prediction that names its file."""
    return page.locator("#history-table").get_by_role("gridcell", name=file)


@pytest.fixture
def predict(demo: Path, serve: Serve, open_page: OpenPage) -> tuple[Page, Served]:
    """Predict over a demo of its own."""
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, "predict")
    return page, served


def test_a_photograph_is_answered_in_words_and_numbers_and_kept(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    file = photograph(tmp_path, "Chickenpox")
    expect(page.locator("#predict-waiting")).to_contain_text("Run 1 (active) looks at")
    ask(page, file)
    # Behind the bars stands a table for who cannot see them.
    bars = page.locator("#predict-bars table")
    expect(bars.locator("tbody tr")).to_have_count(len(NAMES))
    rows = [row.split() for row in bars.locator("tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == list(NAMES)
    shares = [float(row[1]) for row in rows]
    (row,) = stored(served.folder)
    kept = json.loads(row["probabilities"])
    assert shares == [pytest.approx(100 * p, abs=0.051) for p in kept]
    assert row["file"] == file.name
    assert row["confidence"] == pytest.approx(max(kept))
    expect(answer(page)).to_contain_text("Run 1 (active)")
    expect(answer(page)).to_contain_text("Research use. Not a diagnosis.")
    expect(page.locator("#predict-nearest li img")).to_have_count(5)
    heat = page.locator("#predict-photograph img.heat")
    expect(heat).to_be_visible()
    assert heat.evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
    slider = page.get_by_label("Opacity of the heat map")
    slider.fill("80")
    expect(heat).to_have_css("opacity", "0.8")
    slider.fill("45")
    slider.blur()
    screenshot(page, "predict")
    page.reload()  # the address names the prediction
    expect(answer(page)).to_contain_text(file.name)
    assert len(stored(served.folder)) == 1


def test_a_photograph_is_added_with_a_label_and_patient_and_known_ever_after(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    before = browser.labels(served.folder)
    file = photograph(tmp_path, "Cowpox", 7)
    ask(page, file)
    page.locator("#promote-button").click()  # no label has been chosen
    expect(page.get_by_text("No label has been chosen.")).to_be_visible()
    assert browser.labels(served.folder) == before
    page.get_by_label("Your label").click()
    page.get_by_role("option", name="Cowpox").click()
    page.get_by_label("Patient (photographs").fill("P900")
    page.locator("#promote-button").click()
    expect(answer(page)).to_contain_text("Added as Cowpox")
    expect(page.locator("#predict-promotion")).to_be_hidden()
    (new,) = set(browser.labels(served.folder)) - set(before)
    (row,) = [
        r for r in browser.document("samples", "--workspace", served.folder) if r["id"] == new
    ]
    assert (row["label"], row["patient"], row["split"]) == ("Cowpox", "P900", "train")
    (decision,) = browser.document("history", "--workspace", served.folder)
    assert (decision["sample"], decision["kind"]) == (new, "promote")
    page.locator("#predict-known").click()
    expect(page.locator("[data-testid=card]:visible")).to_have_count(1)
    expect(page.locator("[data-testid=card]:visible")).to_have_attribute("data-id", new)
    browser.open_tab(page, served, "predict")
    ask(page, file)
    expect(headline(page)).to_have_text("This photograph is already in the data set")
    expect(answer(page)).to_contain_text("as Cowpox")
    expect(page.locator("#predict-promotion")).to_be_hidden()
    screenshot(page, "predict-known")


def test_a_file_that_is_no_picture_gets_a_sentence_and_is_not_kept(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    fake = tmp_path / "fake.jpg"
    fake.write_text("These are words and no photograph.\n" * 20)
    ask(page, fake)
    expect(headline(page)).to_have_text("No answer for this file")
    expect(answer(page)).to_contain_text(
        "The file is not a picture. Export it again as JPEG or PNG."
    )
    assert stored(served.folder) == []
    screenshot(page, "predict-unusable")
    ask(page, photograph(tmp_path, "Healthy"))  # and the next one is answered
    expect(page.locator("#predict-bars table tbody tr")).to_have_count(len(NAMES))


def test_what_came_in_is_deleted_when_it_has_been_answered(
    predict: tuple[Page, Served], tmp_path: Path
) -> None:
    page, served = predict
    ask(page, photograph(tmp_path, "Healthy"))
    expect(past(page, "healthy-0.jpg")).to_be_visible()
    uploads = served.folder / "cache" / "uploads"
    page.wait_for_timeout(500)
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_a_photograph_is_pasted(predict: tuple[Page, Served], tmp_path: Path) -> None:
    page, _ = predict
    page.locator("#predict-photograph .layers").wait_for(state="attached")
    data = list(photograph(tmp_path, "Measles").read_bytes())
    page.evaluate(
        """bytes => {
            const file = new File([new Uint8Array(bytes)], "pasted.jpg", { type: "image/jpeg" });
            const clipboardData = new DataTransfer();
            clipboardData.items.add(file);
            document.body.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        data,
    )
    expect(answer(page)).to_contain_text("pasted.jpg")


def test_a_photograph_unlike_all_training_pictures_is_told_from_a_class(
    demo: Path, serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    # To this checkpoint everything it was trained on looks the same: anything new is far away.
    (file,) = (demo / "cache" / "embeddings").glob("run-*/embeddings.npy")
    np.save(file, np.ones_like(np.load(file)))
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, "predict")
    ask(page, photograph(tmp_path, "Healthy", 3))
    expect(headline(page)).to_have_text("Probably none of the classes")
    expect(page.locator("#predict-bars table tbody tr")).to_have_count(len(NAMES))
    expect(past(page, "none of the classes")).to_be_visible()


def test_earlier_predictions_are_found_and_opened_again(
    predict: tuple[Page, Served], tmp_path: Path
) -> None:
    page, _ = predict
    first, second = photograph(tmp_path, "Measles", 1), photograph(tmp_path, "HFMD", 2)
    ask(page, first)
    ask(page, second)
    expect(past(page, second.name)).to_be_visible()
    thumbs = page.locator("#history-table [role=gridcell] img")
    expect(thumbs).to_have_count(2)
    assert thumbs.first.evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
    page.locator("#history-table .search-input").fill("measles-1")
    expect(past(page, second.name)).to_have_count(0)
    past(page, first.name).click()
    expect(answer(page)).to_contain_text(first.name)
    with page.expect_download() as download:
        page.locator("#history-csv").click()
    table = pd.read_csv(download.value.path())
    assert table["file"].tolist() == [second.name, first.name]
    assert table[[f"p {name}" for name in NAMES]].sum(axis=1).tolist() == pytest.approx(
        [1, 1], abs=1e-3
    )
