"""Journey 1: a person curates the data set in the browser."""

import contextlib
import re
import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from storage.workspace.folder import DATABASE_FILE
from tests.journeys import browser
from tests.journeys import training_form as form
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey


def cards(page: Page) -> Locator:
    return page.get_by_test_id("card")


def card_of(page: Page, sample: str) -> Locator:
    return page.locator(f"[data-testid=card][data-id='{sample}']")


def current(page: Page) -> Locator:
    return page.locator("[data-testid=card].current")


def shown_ids(page: Page) -> list[str]:
    return [one.get_attribute("data-id") or "" for one in cards(page).all()]


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def click_card(page: Page, place: int, *keys: str) -> None:
    cards(page).nth(place).click(modifiers=list(keys))  # type: ignore[arg-type]


@pytest.fixture
def page(looked_at: Served, open_page: OpenPage) -> Page:
    """Curate at 1440 x 900, to look at only."""
    page = open_page(looked_at)
    page.add_init_script("localStorage.setItem('ai-mpox-name', 'Ada')")
    browser.open_tab(page, looked_at)
    return page


@pytest.fixture
def train(demo_page: tuple[Page, Served]) -> tuple[Page, Path]:
    """Curate on a demo of its own, filtered to the training split; and the workspace."""
    page, served = demo_page
    browser.open_tab(page, served, split="train")
    return page, served.folder


def test_curate_shows_photographs_filters_and_one_in_detail(
    page: Page, looked_at: Served, screenshot: Screenshot
) -> None:
    truth = browser.labels(looked_at.folder)
    expect(cards(page)).to_have_count(48)
    assert shown_ids(page) == list(truth)[:48]
    expect(page.get_by_test_id("range")).to_have_text(f"1–48 of {len(truth)}")
    expect(page.get_by_test_id("detail-label")).to_contain_text(next(iter(truth.values())) or "")
    for name in ("Measles", "Cowpox"):
        many = sum(label == name for label in truth.values())
        expect(browser.facet(page, "class", name)).to_have_text(re.compile(f"{name} {many}$"))
    expect(page.get_by_test_id("synthetic")).to_have_text("Synthetic demonstration data")
    screenshot(page, "curate")


def test_balance_counts_what_is_there_and_draws_it_before_and_after(
    page: Page, looked_at: Served, screenshot: Screenshot
) -> None:
    truth = browser.document("balance", "--workspace", looked_at.folder)
    train = {row["class"]: row for row in truth["rows"] if row["split"] == "train"}
    page.get_by_role("tab", name="Balance").click()
    for name, row in train.items():
        shown = page.locator("#balance-table").get_by_role("row").filter(has_text=name)
        expect(shown.get_by_role("gridcell").first).to_be_visible()
        cells = shown.get_by_role("gridcell").all_inner_texts()
        assert [int(cell) for cell in cells[1:3]] == [row["images"], row["patients"]]
    most = max(row["images"] for row in train.values())
    page.get_by_label("Augmentation to a target").check()
    target = page.locator("#balance-target input")
    expect(target).to_have_attribute("placeholder", str(most))
    # Every class is filled up to the largest, and that can be seen.
    bars = page.locator("#balance-bars .trace.bars").nth(1).locator("path")
    expect(bars).to_have_count(len(train))
    expect(page.locator("#balance-bars tbody tr").first).to_contain_text(str(most))
    widths = {round((bar.bounding_box() or {"width": 0})["width"]) for bar in bars.all()}
    assert len(widths) == 1
    assert min(widths) > 60
    target.fill("50")
    page.get_by_role("button", name="Train with this plan").click()
    form.section(page, "advanced")
    expect(page.locator("#field-balance_target input")).to_have_value("50")
    page.get_by_role("tab", name="Balance").click()
    screenshot(page, "balance")


@pytest.mark.parametrize("size", [browser.TABLET, browser.PHONE], ids=["tablet", "phone"])
@pytest.mark.parametrize("tab", ["curate", "balance"])
def test_narrow_windows_show_everything_without_scrolling_sideways(
    looked_at: Served,
    open_page: OpenPage,
    screenshot: Screenshot,
    size: tuple[int, int],
    tab: str,
) -> None:
    page = open_page(looked_at, size)
    browser.open_tab(page, looked_at, tab)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    screenshot(page, f"{tab}-{size[0]}")


def test_on_a_phone_filters_and_details_are_drawers(looked_at: Served, open_page: OpenPage) -> None:
    page = open_page(looked_at, browser.PHONE)
    browser.open_tab(page, looked_at)
    page.locator("#open-filters").click()
    expect(browser.facet(page, "class", "Measles")).to_be_in_viewport(ratio=1)
    browser.facet(page, "class", "Measles").click()
    page.get_by_role("button", name="Close filters").click()
    expect(page.locator("#chips label")).to_have_text("Measles")
    expect(page.get_by_test_id("detail-file")).not_to_be_visible()
    cards(page).nth(1).click()
    expect(page.get_by_test_id("detail-file")).to_be_visible()
    page.get_by_role("button", name="Close photograph").click()
    expect(page.get_by_test_id("detail-file")).not_to_be_visible()


def test_a_filter_stands_in_the_address_and_opens_from_a_link(
    page: Page, looked_at: Served, open_page: OpenPage
) -> None:
    measles = browser.labels(looked_at.folder, "c.name = 'Measles'")
    browser.facet(page, "class", "Measles").click()
    expect(cards(page)).to_have_count(len(measles))
    assert shown_ids(page) == list(measles)
    browser.facet(page, "split", "Train").click()
    few = browser.labels(looked_at.folder, "c.name = 'Measles' AND s.split = 'train'")
    expect(cards(page)).to_have_count(len(few))
    assert address(page)["split"] == "train"
    other = open_page(looked_at)
    other.goto(page.url)
    expect(cards(other)).to_have_count(len(few))
    assert shown_ids(other) == list(few)
    page.go_back()
    expect(cards(page)).to_have_count(len(measles))
    expect(page.locator("#chips label")).to_have_count(1)
    page.locator("#chips label").click()
    expect(cards(page)).to_have_count(48)


def test_an_address_with_an_unknown_tab_opens_the_first_one(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    page.goto(f"{looked_at.url}/?tab=settings&class=nonsense")
    expect(cards(page)).to_have_count(48)


def test_search_finds_files_and_patients_and_says_when_there_are_none(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("p001")
    expect(cards(page)).to_have_count(2)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("no such file")  # as it is pasted
    expect(page.locator("#no-match")).to_contain_text("No photograph matches")
    expect(page.locator("#no-match")).to_be_in_viewport(ratio=1)
    browser.facet(page, "class", "Measles").click()
    expect(page.locator("#chips label")).to_have_count(2)
    page.locator("#search").get_by_role("textbox").fill("")
    expect(cards(page).first).to_be_visible()
    measles = browser.facet(page, "class", "Measles")
    expect(measles).to_contain_text(str(cards(page).count()))
    page.locator("#clear-filters").click()
    expect(cards(page)).to_have_count(48)
    page.keyboard.press("/")
    page.keyboard.insert_text("no such file")
    page.locator("#no-match").get_by_role("button", name="Clear the filters").click()
    expect(cards(page)).to_have_count(48)


def test_shift_selects_a_range_and_control_single_ones(page: Page) -> None:
    about = page.get_by_test_id("about")
    click_card(page, 2)
    click_card(page, 6, "Shift")
    expect(about).to_contain_text("5 samples selected")
    click_card(page, 4, "Control")
    expect(about).to_contain_text("4 samples selected")
    click_card(page, 9, "Control")
    expect(about).to_contain_text("5 samples selected")
    chosen = [n for n in range(48) if cards(page).nth(n).get_attribute("aria-selected") == "true"]
    assert chosen == [2, 3, 5, 6, 9]
    page.keyboard.press("Escape")
    expect(page.locator("[aria-selected=true][data-testid=card]")).to_have_count(0)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(about).to_contain_text("3 samples selected")


def test_arrows_move_enter_opens_the_large_picture_and_pages_turn(page: Page) -> None:
    columns = len(
        page.get_by_test_id("grid")
        .evaluate("e => getComputedStyle(e).gridTemplateColumns")
        .split(" ")
    )
    ids = shown_ids(page)
    for key, place in (("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns)):
        page.keyboard.press(key)
        expect(current(page)).to_have_attribute("data-id", ids[place])
    page.keyboard.press("Enter")
    viewer = page.get_by_test_id("viewer")
    expect(viewer).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(current(page)).to_have_attribute("data-id", ids[columns + 1])
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    page.keyboard.press("PageDown")
    expect(page.get_by_test_id("range")).to_contain_text("49–96")
    assert address(page)["start"] == "49"
    assert not set(ids) & set(shown_ids(page))


def test_the_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_test_id("keys")
    for words in ("Relabel to the class with that number", "Undo your last decision", "Search"):
        expect(keys).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def test_more_like_this_puts_the_picture_first_and_can_be_left(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    wanted = shown_ids(page)[1]
    expect(page.get_by_test_id("detail-file")).to_have_text("p001_2.jpg")
    page.get_by_test_id("more-like-this").click()
    expect(page.locator("#chips label")).to_have_text("Most similar first")
    expect(cards(page).first).to_have_attribute("data-id", wanted)
    assert address(page)["like"] == wanted
    page.locator("#chips label").click()
    expect(cards(page).nth(1)).to_have_attribute("data-id", wanted)


def test_a_key_relabels_and_nothing_is_shown_before_it_is_committed(
    train: tuple[Page, Path],
) -> None:
    page, folder = train
    first, second = shown_ids(page)[:2]
    card = card_of(page, first)
    before = browser.labels(folder)[first]
    new = "Measles" if before != "Measles" else "Cowpox"
    key = page.get_by_test_id(f"do-class-{new}").get_attribute("aria-keyshortcuts")
    with contextlib.closing(sqlite3.connect(folder / DATABASE_FILE)) as other:
        other.execute("BEGIN IMMEDIATE")  # nobody else can commit now
        page.keyboard.press(key or "")
        page.wait_for_timeout(800)
        expect(card).to_have_attribute("data-label", before or "")
        other.execute("ROLLBACK")
    expect(card).to_have_attribute("data-label", new)
    assert browser.labels(folder)[first] == new
    expect(current(page)).to_have_attribute("data-id", second)
    (row,) = browser.document("history", "--workspace", folder)
    assert (row["sample"], row["kind"], row["applied"]) == (first, "relabel", True)
    assert (row["before"]["label"], row["after"]["label"]) == (before, new)


def test_a_reload_keeps_the_filter_the_page_and_the_labels(train: tuple[Page, Path]) -> None:
    page, folder = train
    page.get_by_test_id("next-page").click()
    expect(page.get_by_test_id("range")).to_contain_text("49–96")
    sample = shown_ids(page)[0]
    click_card(page, 0)
    page.get_by_test_id("do-unsure").click()
    expect(card_of(page, sample)).to_have_attribute("data-status", "unsure")
    page.reload()
    expect(card_of(page, sample)).to_have_attribute("data-status", "unsure")
    expect(page.get_by_test_id("range")).to_contain_text("49–96")
    expect(browser.facet(page, "split", "Train").locator("input")).to_be_checked()
    page.get_by_role("tab", name="Balance").click()
    expect(page.locator("#balance-table")).to_contain_text("Monkeypox")
    page.reload()
    expect(page.locator("#balance-table")).to_contain_text("Monkeypox")
    expect(page.get_by_role("tab", name="Balance")).to_have_attribute("aria-selected", "true")
    assert folder.exists()


def test_everything_that_matches_is_relabelled_at_once_and_taken_back(
    demo_page: tuple[Page, Served],
) -> None:
    page, served = demo_page
    before = browser.labels(served.folder)
    browser.facet(page, "class", "Monkeypox").click()
    many = sum(label == "Monkeypox" for label in before.values())
    expect(page.get_by_test_id("range")).to_contain_text(f"of {many}")
    page.get_by_test_id("select-all").click()
    expect(page.get_by_test_id("about")).to_contain_text(f"{many} samples selected")
    page.get_by_test_id("do-class-Measles").click()
    confirm = page.get_by_test_id("confirm")
    expect(confirm).to_contain_text(f"{many} samples at once: their label becomes Measles")
    page.get_by_test_id("confirm-yes").click()
    tests = browser.labels(served.folder, "c.name = 'Monkeypox' AND s.split = 'test'")
    expect(confirm).to_contain_text(f"{len(tests)} photographs of these are in the test set")
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("toast")).to_contain_text(f"{many} samples → Measles")
    expect(browser.facet(page, "class", "Measles")).to_contain_text(
        str(many + sum(label == "Measles" for label in before.values()))
    )
    after = browser.labels(served.folder)
    assert "Monkeypox" not in after.values()
    page.get_by_test_id("toast-action").click()
    expect(page.get_by_test_id("toast")).to_contain_text(f"Undone: {many} samples")
    assert browser.labels(served.folder) == before
    assert len(browser.document("history", "--workspace", served.folder)) == 2 * many


def test_excluded_photographs_are_marked_and_can_be_restored(train: tuple[Page, Path]) -> None:
    page, folder = train
    sample = shown_ids(page)[3]
    card = card_of(page, sample)
    click_card(page, 3)
    page.keyboard.press("x")
    expect(card).to_have_attribute("data-status", "excluded")
    (row,) = browser.document("samples", "--status", "excluded", "--workspace", folder)
    assert row["id"] == sample
    expect(browser.facet(page, "status", "Excluded")).to_have_text("Excluded 1")
    click_card(page, 3)
    page.keyboard.press("r")
    expect(card).to_have_attribute("data-status", "new")
    expect(browser.facet(page, "status", "Excluded")).to_have_text("Excluded 0")
    click_card(page, 3)
    page.keyboard.press("u")
    expect(card).to_have_attribute("data-status", "excluded")


def test_what_a_command_decides_appears_in_the_open_page(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served)
    sample, label = next(iter(browser.labels(demo).items()))
    new = "Cowpox" if label != "Cowpox" else "Measles"
    browser.document("relabel", "--to", new, sample, "--workspace", demo)
    card = card_of(page, sample)
    expect(card).to_have_attribute("data-label", new)
