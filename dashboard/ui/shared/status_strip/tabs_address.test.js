import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../testing.js";
import { followTabs } from "./tabs_address.js";

const VIEWS = ["photographs", "ledger"];

/** Tabs as Gradio draws them; the views of the first one stand within it. */
function tabs() {
  document.body.innerHTML = `<div id="tabs"><div role="tablist">${list(["curate", "train"])}</div>
    <div id="curate-views"><div role="tablist">${list(VIEWS)}</div></div></div>`;
  for (const tab of document.querySelectorAll("[data-tab-id]"))
    tab.addEventListener("click", () => select(tab));
}

/** @param {string[]} names */
const list = (names) =>
  names
    .map((name, at) => `<button data-tab-id="${name}" aria-selected="${!at}"></button>`)
    .join("");

/** @param {Element} tab */
function select(tab) {
  for (const other of tab.parentElement?.children ?? [])
    other.setAttribute("aria-selected", String(other === tab));
}

/** @param {string} name */
async function press(name) {
  document.querySelector(`[data-tab-id=${name}]`)?.dispatchEvent(new Event("click"));
  await told();
}

const told = () => new Promise((resolve) => setTimeout(resolve, 5));

/** @param {string} search */
async function back(search) {
  history.replaceState(null, "", search);
  window.dispatchEvent(new Event("popstate"));
  await told();
}

const open = () =>
  [...document.querySelectorAll("[aria-selected=true]")].map((tab) =>
    tab.getAttribute("data-tab-id"),
  );

test("the address names the open tab and the open view of it", async () => {
  openPage("http://127.0.0.1:7860/?class=2");
  tabs();
  followTabs();
  await press("ledger");
  assert.equal(location.search, "?class=2&view=ledger");
  await press("train");
  assert.equal(location.search, "?class=2&tab=train");
  const steps = history.length;
  await press("curate");
  assert.deepEqual([location.search, history.length - steps], ["?class=2&view=ledger", 1]);
  await press("photographs");
  assert.equal(location.search, "?class=2");
});

test("the Back button opens the tab and the view that the address names", async () => {
  openPage("http://127.0.0.1:7860/");
  tabs();
  followTabs();
  await back("?view=ledger");
  assert.deepEqual(open(), ["curate", "ledger"]);
  await back("?tab=train");
  assert.deepEqual(open(), ["train", "ledger"]);
  await back("/");
  assert.deepEqual(open(), ["curate", "photographs"]);
});
