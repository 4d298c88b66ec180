"""Power cuts, killed processes and missing parts, as a person in the browser meets them."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo import MongoClient
from pymongo.collection import Collection

from core.jobs.job_spec import JobSpec
from core.settings import presets
from core.types import Run, RunStatus
from dashboard.services.runs import progress
from dashboard.services.runs.trainer import Trainer
from storage.fiftyone_view import mongod
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests.journeys import browser
from tests.journeys import training_form as form
from tests.journeys.conftest import OpenPage, Screenshot, Serve
from tests.journeys.train_page import row, state

pytestmark = pytest.mark.journey

LOST = "Connection to the server was lost"
"""What Gradio says of a server that is gone."""
CLASS = "HFMD"
OTHERS = ("Measles", "Cowpox", "Healthy", "Chickenpox")


def documents(port: int) -> Collection[dict[str, Any]]:
    """Return the samples in FiftyOne's database."""
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", port)
    database = client["ai-mpox"]
    (dataset,) = database["datasets"].find({})
    return database[dataset["sample_collection_name"]]


def labels_in_fiftyone(folder: Path) -> dict[str, str | None]:
    """Read the view of a workspace that nobody serves."""
    server = mongod.start(folder / "fiftyone")
    try:
        found = documents(server.port).find({}, {"sample_id": 1, "ground_truth.label": 1})
        return {
            str(one["sample_id"]): (one.get("ground_truth") or {}).get("label") for one in found
        }
    finally:
        server.stop()


def replayed(folder: Path, before: dict[str, str | None]) -> dict[str, str | None]:
    """Return the labels that follow from the ledger's applied rows alone."""
    rows = browser.document("history", "--workspace", folder)
    after = {row["sample"]: row["after"]["label"] for row in rows if row["applied"]}
    return {**before, **after}


def listed(folder: Path) -> dict[str, str | None]:
    return {row["id"]: row["label"] for row in browser.document("samples", "--workspace", folder)}


def bulk(page: Page, wanted: str) -> None:
    """Order everything of one class to be relabelled; return without waiting for an answer."""
    browser.facet(page, "class", CLASS).click()
    page.locator("#chips label").first.wait_for()
    expect(page.get_by_test_id("select-all")).not_to_have_text("Select all 357")
    page.get_by_test_id("select-all").click()
    page.get_by_test_id(f"do-class-{wanted}").click()
    page.get_by_test_id("confirm-yes").click()


@pytest.mark.parametrize("wait_ms", [0, 20])
def test_a_dashboard_killed_in_a_bulk_relabel_has_done_all_of_it_or_nothing(
    demo: Path, serve: Serve, open_page: OpenPage, wait_ms: int
) -> None:
    before = browser.labels(demo)
    mine = [sample for sample, label in before.items() if label == CLASS]
    served = serve(demo)
    page = open_page(served, faults=True)
    page.add_init_script("sessionStorage.setItem('ai-mpox-test-asked', 'yes')")
    browser.open_tab(page, served)
    page.keyboard.press("k")  # this one is acknowledged before anything is killed
    kept = page.get_by_test_id("card").first
    expect(kept).to_have_attribute("data-status", "kept")
    bulk(page, "Measles")
    page.wait_for_timeout(wait_ms)
    served.kill()

    after = listed(demo)
    relabelled = [sample for sample, label in after.items() if label != before[sample]]
    assert relabelled in ([], mine)
    assert {after[sample] for sample in relabelled} <= {"Measles"}
    assert after == browser.labels(demo) == replayed(demo, before)
    rows = browser.document("history", "--workspace", demo)
    assert [row["kind"] for row in rows] == ["keep"] + ["relabel"] * len(relabelled)

    again = serve(demo)
    page = open_page(again)
    browser.open_tab(page, again)
    expect(page.get_by_test_id("card").first).to_have_attribute("data-status", "kept")
    many = sum(label == "Measles" for label in after.values())
    expect(browser.facet(page, "class", "Measles")).to_have_text(re.compile(f"Measles {many}$"))
    page.close()  # before its dashboard goes: a page that asks in vain would say so
    again.stop()
    assert labels_in_fiftyone(demo) == after


def test_the_view_is_made_anew_from_an_emptied_folder_and_says_the_same(demo: Path) -> None:
    first = browser.document("sync", "--workspace", demo)
    truth = browser.labels(demo)
    assert first["projected"] == len(truth)
    sample = next(iter(truth))
    browser.document("relabel", "--to", "Healthy", sample, "--workspace", demo)
    browser.document("sync", "--workspace", demo)
    before = labels_in_fiftyone(demo)
    shutil.rmtree(demo / "fiftyone")
    again = browser.document("sync", "--rebuild", "--workspace", demo)
    assert again["projected"] == len(truth)
    assert labels_in_fiftyone(demo) == before == {**truth, sample: "Healthy"}


def test_a_label_edited_in_fiftyone_becomes_a_decision_while_the_dashboard_runs(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served)
    sample, label = next(iter(browser.labels(demo).items()))
    new = next(name for name in OTHERS if name != label)
    port = re.findall(r'"port":(\d+)', (demo / "fiftyone" / "mongod.log").read_text())[-1]
    edit = {"$set": {"ground_truth.label": new}, "$currentDate": {"last_modified_at": True}}
    documents(int(port)).update_one({"sample_id": sample}, edit)
    card = page.locator(f"[data-testid=card][data-id='{sample}']")
    expect(card).to_have_attribute("data-label", new, timeout=15_000)
    (row,) = browser.document("history", "--workspace", demo)
    assert (row["who"], row["kind"], row["after"]["label"]) == ("FiftyOne App", "relabel", new)


def test_without_mongod_the_header_says_so_and_curation_works(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo, AI_MPOX_MONGOD="nonsense")
    page = open_page(served)
    browser.open_tab(page, served, split="train")
    expect(page.get_by_test_id("view")).to_have_text("Without FiftyOne")
    page.get_by_test_id("view").click()
    dialog = page.get_by_test_id("view-dialog")
    expect(dialog).to_contain_text("mongod")
    expect(dialog).to_contain_text("AI_MPOX_MONGOD")
    expect(dialog).to_contain_text("answered by SQLite")
    screenshot(page, "without-fiftyone")
    page.keyboard.press("Escape")
    card = page.get_by_test_id("card").first
    sample = card.get_attribute("data-id") or ""
    new = next(name for name in OTHERS if name != card.get_attribute("data-label"))
    page.get_by_test_id(f"do-class-{new}").click()
    expect(card).to_have_attribute("data-label", new)
    assert browser.labels(demo)[sample] == new
    page.get_by_test_id("more-like-this").click()
    expect(page.locator("#chips label").first).to_have_text(re.compile("Most similar first"))


def test_a_second_dashboard_on_the_workspace_is_refused_with_what_to_do(
    demo: Path, serve: Serve
) -> None:
    serve(demo)
    port = str(browser.free_port())
    second = browser.command("serve", "--workspace", demo, "--port", port)
    assert second.returncode == 1
    assert "already open in another dashboard" in second.stderr
    assert "stop it first" in second.stderr
    assert "Traceback" not in second.stderr
    assert str(demo) not in second.stderr


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_again_and_again_the_dashboard_stops_once_and_in_silence(
    demo: Path, serve: Serve, asked: signal.Signals
) -> None:
    served = serve(demo)
    while served.process.poll() is None:
        served.process.send_signal(asked)
        time.sleep(0.05)
    assert served.process.returncode == 0
    said = served.said().splitlines()
    assert said == ["Opening the dashboard.", f"AI-Mpox is at {served.url}", "Stopping."]


def test_a_start_that_nobody_answers_says_so(demo: Path, serve: Serve, open_page: OpenPage) -> None:
    served = serve(demo)
    page = open_page(served, faults=True)
    browser.open_tab(page, served, "train")
    form.from_random_weights(page)
    expect(page.locator("#train-time")).not_to_be_empty()
    row(page, 1).wait_for()
    served.kill()
    page.locator("#train-start").click()
    expect(page.get_by_text(LOST).first).to_be_visible()


ANOTHER_TOAST_IS_GONE = 14_000
"""Milliseconds; an ordinary error stays for twelve seconds."""


def test_an_upload_that_nobody_answers_says_so_and_keeps_saying_it(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served, faults=True)
    browser.open_tab(page, served, "predict")
    upload = page.locator("#predict-upload input[type=file]").first
    upload.wait_for(state="attached")
    served.kill()
    upload.set_input_files(sorted((demo / "media").rglob("*.jpg"))[0])
    lost = page.get_by_text(LOST).first
    expect(lost).to_be_visible()
    page.wait_for_timeout(ANOTHER_TOAST_IS_GONE)
    expect(lost).to_be_visible()
    assert browser.rows(demo, "SELECT count(*) FROM predictions") == [(0,)]


def until(what: str, done: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until `done()` is true."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"{what} has not happened"
        time.sleep(0.1)


def epochs(folder: Path, run: Run) -> int:
    return len(progress.read(folder / "runs" / run.id).epochs)


def test_a_killed_training_says_what_happened_and_is_resumed_from_the_page(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    workspace = Workspace.open(demo)
    trainer = Trainer(workspace, serving=True)
    long = presets.named("balanced", init="random", image_size=32, epochs=300, patience=300)
    run = trainer.start(long)
    until("the first epoch", lambda: epochs(demo, run) >= 1)
    with workspace.read() as session:
        ((_, process),) = runs.with_status(session, RunStatus.RUNNING)
    os.kill(int(process.split()[0]), signal.SIGKILL)
    served.kill()

    again = serve(demo)
    page = open_page(again)
    browser.open_tab(page, again, "train")
    words = page.locator("#live-words")
    expect(state(page, run.number)).to_have_text("interrupted", timeout=20_000)
    expect(words).to_contain_text("was killed before it was done")
    done = epochs(demo, run)
    expect(words).to_contain_text(f"continues after epoch {done}")
    expect(words).to_contain_text("half the batch: 8 images at once")
    screenshot(page, "train-interrupted")
    page.locator("#train-resume-half").click()
    until("an epoch after the resume", lambda: epochs(demo, run) > done)
    assert JobSpec.read(demo / "runs" / run.id).at_once == 8
    assert trainer.get(run.id).status is RunStatus.RUNNING
    page.get_by_test_id("strip-stop").click()
    expect(state(page, run.number)).to_have_text("stopped", timeout=60_000)
    workspace.close()
