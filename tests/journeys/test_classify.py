"""Journey 4: a person asks about a photograph, and adds it to the data set with a label."""

import contextlib
import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

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
    page.get_by_test_id("predict-upload").set_input_files(file)
    expect(page.get_by_test_id("predict-facts")).to_contain_text(file.name)


@pytest.fixture
def predict(demo: Path, serve: Serve, open_page: OpenPage) -> tuple[Page, Served]:
    """Predict over a demo of its own."""
    served = serve(demo)
    page = open_page(served)
    open_predict(page, served)
    return page, served


def open_predict(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?tab=predict")
    page.get_by_test_id("drop-zone").wait_for()


def test_a_photograph_is_answered_in_words_and_numbers_and_kept(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    file = photograph(tmp_path, "Chickenpox")
    expect(page.get_by_test_id("predict-waiting")).to_contain_text("Run 1 will look at it")
    ask(page, file)
    shares = [float(page.get_by_test_id(f"bar-{name}").inner_text().split()[-2]) for name in NAMES]
    assert sum(shares) == pytest.approx(100, abs=0.4)
    (row,) = stored(served.folder)
    kept = json.loads(row["probabilities"])
    assert shares == [pytest.approx(100 * p, abs=0.051) for p in kept]
    assert row["file"] == file.name
    assert row["confidence"] == pytest.approx(max(kept))
    expect(page.get_by_test_id("predict-facts")).to_contain_text("Run 1")
    expect(page.get_by_test_id("nearest-card")).to_have_count(5)
    heat = page.get_by_test_id("heat-map")
    expect(heat).to_be_visible()
    assert (heat.get_attribute("src") or "").startswith("data:image/webp")
    page.get_by_test_id("heat-slider").fill("80")
    expect(heat).to_have_css("opacity", "0.8")
    page.get_by_test_id("heat-slider").fill("45")
    page.get_by_test_id("heat-slider").blur()
    expect(page.locator("#panel-answer")).to_contain_text("Research use. Not a diagnosis.")
    screenshot(page, "predict")
    page.reload()  # the address names the prediction
    expect(page.get_by_test_id("predict-facts")).to_contain_text(file.name)
    assert len(stored(served.folder)) == 1


def test_a_photograph_is_added_with_a_label_and_patient_and_known_ever_after(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    before = browser.labels(served.folder)
    file = photograph(tmp_path, "Cowpox", 7)
    ask(page, file)
    page.get_by_test_id("promote-button").click()  # no label chosen: the browser asks for one
    assert browser.labels(served.folder) == before
    page.get_by_test_id("promote-Cowpox").check()
    page.get_by_test_id("promote-patient").fill("P900")
    page.get_by_test_id("promote-button").click()
    expect(page.get_by_test_id("promoted")).to_contain_text("Added as Cowpox")
    expect(page.get_by_test_id("known")).to_be_visible()
    (new,) = set(browser.labels(served.folder)) - set(before)
    (row,) = [
        r for r in browser.document("samples", "--workspace", served.folder) if r["id"] == new
    ]
    assert (row["label"], row["patient"], row["split"]) == ("Cowpox", "P900", "train")
    (decision,) = browser.document("history", "--workspace", served.folder)
    assert (decision["sample"], decision["kind"]) == (new, "promote")
    page.get_by_test_id("open-sample").click()
    expect(page.locator("[data-testid=card]:visible")).to_have_count(1)
    expect(page.locator("[data-testid=card]:visible")).to_have_attribute("data-id", new)
    open_predict(page, served)
    ask(page, file)
    answer = page.get_by_test_id("predict-answer")
    expect(answer).to_have_text("This photograph is already in the data set")
    expect(page.get_by_test_id("predict-reason")).to_contain_text("as Cowpox")
    expect(page.get_by_test_id("promote-form")).to_have_count(0)
    screenshot(page, "predict-known")


def test_a_file_that_is_no_picture_gets_a_sentence_and_is_not_kept(
    predict: tuple[Page, Served], tmp_path: Path, screenshot: Screenshot
) -> None:
    page, served = predict
    fake = tmp_path / "fake.jpg"
    fake.write_text("These are words and no photograph.\n" * 20)
    ask(page, fake)
    expect(page.get_by_test_id("predict-answer")).to_have_text("No answer for this file")
    expect(page.get_by_test_id("predict-reason")).to_have_text(
        "The file is not a picture. Export it again as JPEG or PNG."
    )
    assert stored(served.folder) == []
    screenshot(page, "predict-unusable")
    ask(page, photograph(tmp_path, "Healthy"))  # and the next one is answered
    expect(page.get_by_test_id("predict-bars")).to_be_visible()


def test_a_photograph_unlike_all_training_pictures_is_told_from_a_class(
    demo: Path, serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    # To this checkpoint everything it was trained on looks the same: anything new is far away.
    (file,) = (demo / "cache" / "embeddings").glob("run-*/embeddings.npy")
    np.save(file, np.ones_like(np.load(file)))
    served = serve(demo)
    page = open_page(served)
    open_predict(page, served)
    ask(page, photograph(tmp_path, "Healthy", 3))
    expect(page.get_by_test_id("predict-answer")).to_have_text("Probably none of the classes")
    expect(page.get_by_test_id("predict-bars")).to_be_visible()
    expect(page.get_by_test_id("history-card")).to_contain_text("none of the classes")


def test_earlier_predictions_are_found_and_opened_again(
    predict: tuple[Page, Served], tmp_path: Path
) -> None:
    page, _ = predict
    first, second = photograph(tmp_path, "Measles", 1), photograph(tmp_path, "HFMD", 2)
    ask(page, first)
    ask(page, second)
    past = page.get_by_test_id("history-card")
    expect(past).to_have_count(2)
    expect(past.first).to_contain_text(second.name)
    assert past.first.locator("img").evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
    page.get_by_test_id("history-search").fill("measles-1")
    expect(past).to_have_count(1)
    past.click()
    expect(page.get_by_test_id("predict-facts")).to_contain_text(first.name)
    page.get_by_test_id("history-search").fill("nothing like it")
    expect(page.get_by_test_id("prediction-history")).to_contain_text("No earlier prediction")
