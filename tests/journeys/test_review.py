"""Active curation in the browser: queues, reasons, keys, second readers, the map, the ledger."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey

HANDLED = 50


def cards(page: Page) -> Locator:
    return page.get_by_test_id("card")


def current(page: Page) -> Locator:
    return page.locator("[data-testid=card].current")


def states(folder: Path) -> list[tuple[object, ...]]:
    """Return every sample's state as SQLite has it."""
    return browser.rows(folder, "SELECT id, label, status, patient_id, links FROM samples")


def decided(folder: Path) -> int:
    return int(browser.rows(folder, "SELECT count(*) FROM decisions WHERE applied")[0][0])  # type: ignore[call-overload]


def press(page: Page, key: str, folder: Path, expected: int) -> None:
    """Press a key and wait until the ledger holds what it decided."""
    page.keyboard.press(key)
    for _ in range(200):
        if decided(folder) >= expected:
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"{key} was not committed: {decided(folder)} of {expected} decisions")


def test_fifty_of_a_queue_by_keyboard_undone_after_a_kill(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    before = states(demo)
    served = serve(demo)
    page = open_page(served, faults=True)
    browser.open_tab(page, served)
    # No mouse from here on.
    page.keyboard.press("q")
    expect(page.locator("#chips label")).to_contain_text("Best to ask next")
    expect(page.get_by_test_id("why")).not_to_be_empty()
    asked = []
    for number in range(HANDLED):
        expect(current(page)).to_have_count(1)
        card = current(page).get_attribute("data-id")
        asked.append(card)
        press(page, ("k", "x", "s", "1", "2")[number % 5], demo, number + 1)
        # A decision takes the focus to the next one, over the end of the page, too.
        expect(page.locator(f"[data-testid=card].current[data-id='{card}']")).to_have_count(0)
    assert len(set(asked)) == HANDLED
    assert states(demo) != before
    shown = browser.rows(demo, "SELECT suggested_by FROM decisions WHERE applied")
    assert all('"queue"' in str(row[0]) for row in shown)
    served.kill()
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served)
    page.keyboard.press("g")
    expect(page.locator("#ledger-range")).to_have_text(f"1–{HANDLED} of {HANDLED}")
    page.locator("#undo-since").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#confirm-since")).to_contain_text(f"{HANDLED} rows of yours since")
    page.locator("#confirm-since-yes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Undone: {HANDLED}")).to_be_visible()
    assert states(demo) == before


def test_a_decision_is_about_what_was_shown_when_the_key_was_pressed(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served)
    # Every decision takes a while to be kept.
    page.add_init_script(
        "const was = window.fetch; window.fetch = (...all) =>"
        " String(all[1]?.body).includes('\"decide\"')"
        " ? new Promise((go) => setTimeout(go, 600)).then(() => was(...all)) : was(...all)"
    )
    browser.open_tab(page, served, split="train")
    ids = [one.get_attribute("data-id") for one in cards(page).all()[:12]]
    cards(page).nth(1).click()
    page.keyboard.press("s")
    page.keyboard.press("s")  # The one after it, although the first is not kept yet.
    cards(page).nth(6).click()
    page.keyboard.press("k")
    cards(page).nth(9).click(modifiers=["Control"])
    cards(page).nth(10).click(modifiers=["Control"])
    page.keyboard.press("x")
    cards(page).nth(11).click(modifiers=["Control"])
    page.wait_for_function("document.querySelectorAll('[data-status=excluded]').length === 2")
    kept = browser.rows(demo, "SELECT sample_id, kind FROM decisions ORDER BY number")
    assert [(sample, kind) for sample, kind in kept] == [
        (ids[1], "unsure"),
        (ids[2], "unsure"),
        (ids[6], "keep"),
        (ids[9], "exclude"),
        (ids[10], "exclude"),
    ]
    # What has been selected meanwhile stays selected.
    expect(cards(page).nth(11)).to_have_attribute("aria-selected", "true")


def test_a_key_that_is_held_down_decides_once(demo_page: tuple[Page, Served]) -> None:
    page, served = demo_page
    browser.open_tab(page, served, queue="label", sort="score")
    cards(page).first.click()
    for _ in range(6):
        page.keyboard.down("y")
    page.keyboard.up("y")
    # What another key decides is committed after all that this one has.
    page.keyboard.press("k")
    expect(page.locator("[data-testid=card][data-status=kept]")).to_have_count(1)
    kinds = browser.rows(served.folder, "SELECT kind FROM decisions ORDER BY number")
    assert kinds == [("relabel",), ("keep",)]


def test_the_second_of_two_browsers_is_told_and_the_ledger_has_both(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    pages = []
    for name in ("ann", "bob"):
        page = open_page(served)
        page.add_init_script(f"localStorage.setItem('ai-mpox-name', '{name}')")
        pages.append(page)
    # One sees the sample, the other changes it, the first decides on what it saw.
    for page in pages:
        browser.open_tab(page, served, split="train")
        # What others do is not followed here, as between two looks: no tick is answered.
        page.route("**/queue/join*", lambda route: None)
    ann, bob = pages
    sample = cards(ann).first.get_attribute("data-id")
    cards(ann).first.click()
    cards(bob).first.click()
    label = cards(ann).first.get_attribute("data-label")
    first, second = ("1", "2") if label not in ("Chickenpox", "Cowpox") else ("3", "4")
    press(ann, first, demo, 1)
    bob.keyboard.press(second)
    expect(bob.get_by_test_id("toast").last).to_contain_text("ann has changed it since you looked")
    found = browser.rows(
        demo,
        f"SELECT who, kind, applied FROM decisions WHERE sample_id = '{sample}' ORDER BY number",
    )
    assert found == [("ann", "relabel", 1), ("bob", "relabel", 0)]


def test_a_blind_second_reader_and_somebody_who_settles_it(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, split="train")
    sample = cards(page).first.get_attribute("data-id")
    cards(page).first.click()
    press(page, "k", demo, 1)
    page.evaluate("localStorage.setItem('ai-mpox-name', 'bob')")
    browser.open_tab(page, served, queue="second_reading")
    expect(cards(page)).to_have_count(1)
    page.keyboard.press("b")
    expect(page.get_by_test_id("why")).to_contain_text("Second reading")
    expect(page.get_by_test_id("detail-label")).to_be_hidden()
    expect(cards(page).first.locator(".mpx-code")).to_be_hidden()
    expect(page.locator("#facet-class")).to_be_hidden()
    expect(page.get_by_test_id("detail-file")).to_be_hidden()
    # Whoever does not see the label cannot confirm it.
    expect(page.get_by_test_id("do-keep")).to_be_disabled()
    page.keyboard.press("x")
    expect(page.get_by_test_id("toast").last).to_contain_text("only your opinion counts")
    screenshot(page, "second-reading")
    label = cards(page).first.get_attribute("data-label")
    press(page, "1" if label != "Chickenpox" else "2", demo, 2)
    expect(cards(page).first).to_have_attribute("aria-label", "Photograph, read by you")
    browser.open_tab(page, served, queue="adjudication")
    expect(cards(page)).to_have_count(1)
    assert cards(page).first.get_attribute("data-id") == sample
    browser.view(page, "What curation bought")
    expect(page.locator("#agreement")).to_contain_text("bob")
    browser.view(page, "Photographs")
    cards(page).first.click()
    press(page, "k", demo, 3)
    assert browser.rows(demo, "SELECT count(*) FROM samples WHERE disputed")[0][0] == 0


def test_a_lasso_on_the_map_opens_its_photographs_and_the_link_the_same_ones(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at)
    page.locator("#open-map").click()
    plot = page.locator("#map-chart .nsewdrag").first
    plot.wait_for()
    box = plot.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 150, middle[1] - 100)
    page.mouse.down()
    for x, y in ((150, -100), (150, 100), (-150, 100), (-150, -90)):
        page.mouse.move(middle[0] + x, middle[1] + y, steps=10)
    page.mouse.up()
    expect(page.locator("#chips label")).to_have_text("A part of the map")
    screenshot(page, "map")
    span = page.get_by_test_id("range")
    expect(span).not_to_contain_text(f"of {len(browser.labels(looked_at.folder))}")
    many = span.inner_text().rpartition(" ")[2]
    assert "area=" in page.url
    shown = [card.get_attribute("data-id") for card in cards(page).all()]
    other = open_page(looked_at)
    other.goto(page.url)
    expect(other.get_by_test_id("range")).to_contain_text(f"of {many}")
    assert [card.get_attribute("data-id") for card in cards(other).all()] == shown


def test_two_that_show_the_same_are_laid_side_by_side(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, queue="near_duplicate", sort="score")
    expect(page.get_by_test_id("why")).to_contain_text("shows the same as")
    page.get_by_test_id("compare").first.click()
    dialog = page.get_by_test_id("compare-dialog")
    expect(dialog.locator("img")).to_have_count(2)
    screenshot(page, "compare")
    left = dialog.locator(".mpx-compare-stage").first.get_attribute("data-id")
    page.keyboard.press("q")
    expect(dialog).to_have_count(0)
    found = browser.rows(demo, "SELECT sample_id, kind, applied FROM decisions")
    assert found == [(left, "exclude", 1)]


def test_a_queue_says_why_and_a_note_goes_with_the_decision(
    demo: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, queue="label", sort="score")
    expect(page.get_by_test_id("why")).to_contain_text("Pictures like it say")
    expect(page.get_by_test_id("detail-issues")).to_contain_text("Label doubtful")
    screenshot(page, "review")
    # Where reasons contradict each other nothing is suggested: on to one with a suggestion.
    for _ in range(20):
        if page.get_by_test_id("do-accept").is_visible():
            break
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
    expect(page.get_by_test_id("do-accept")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_test_id("reason").select_option("wrong_class")
    page.get_by_test_id("note").fill("seen on the left arm")
    page.keyboard.press("Enter")
    sample = current(page).get_attribute("data-id")
    press(page, "y", demo, 1)
    found = browser.rows(demo, "SELECT sample_id, kind, reason, note, suggested_by FROM decisions")
    assert found[0][:4] == (sample, "relabel", "wrong_class", "seen on the left arm")
    assert '"queue": "label"' in str(found[0][4])
    suggested = browser.rows(
        demo, f"SELECT suggested FROM issues WHERE kind = 'label' AND sample_id = '{sample}'"
    )
    now = browser.rows(demo, f"SELECT label FROM samples WHERE id = '{sample}'")
    assert suggested == now


def test_new_queues_are_made_behind_the_screen_after_a_decision(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served, queue="worth", sort="score")
    before = browser.rows(demo, "SELECT value FROM meta WHERE key = 'queues.made'")
    press(page, "x", demo, 1)
    for _ in range(600):
        made = browser.rows(demo, "SELECT value FROM meta WHERE key = 'queues.made'")
        if made != before:
            break
        page.wait_for_timeout(200)
    assert made != before
    # The map is drawn after the queues are kept.
    expect(page.locator("#queues-state")).to_contain_text("Queues of", timeout=120_000)
