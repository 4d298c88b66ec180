import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../testing.js";
import { followTabs } from "./tabs_address.js";

const VIEWS = ["photographs", "ledger"];

/** Tabs as Gradio draws them. */
function tabs() {
  document.body.innerHTML = '<div id="tabs"></div>';
  draw("#tabs", ["curate", "train"]);
}

/** The views of the first tab stand within it, and are drawn when it is first seen. */
function views() {
  document.querySelector("#tabs")?.insertAdjacentHTML("beforeend", '<div id="curate-views"></div>');
  draw("#curate-views", VIEWS);
}

/** @param {string} root @param {string[]} names */
function draw(root, names) {
  const place = document.querySelector(root);
  place?.insertAdjacentHTML("beforeend", `<div role="tablist">${list(names)}</div>`);
  for (const tab of place?.querySelectorAll("[data-tab-id]") ?? [])
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
  views();
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
  views();
  followTabs();
  await back("?view=ledger");
  assert.deepEqual(open(), ["curate", "ledger"]);
  await back("?tab=train");
  assert.deepEqual(open(), ["train", "ledger"]);
  await back("/");
  assert.deepEqual(open(), ["curate", "photographs"]);
});

test("a view that is drawn later opens as the address names it, and is followed from then on", async () => {
  openPage("http://127.0.0.1:7860/?tab=train");
  let frames = 0;
  const globals = /** @type {any} */ (globalThis);
  globals.requestAnimationFrame = (/** @type {() => void} */ draw) => {
    frames += 1;
    setTimeout(draw, 1);
  };
  tabs();
  select(document.querySelector("[data-tab-id=train]") ?? document.body);
  followTabs();
  const steps = history.length;
  await back("?view=ledger");
  await told();
  assert.ok(frames < 30, `${frames} frames asked for`);
  views();
  select(document.querySelector("[data-tab-id=curate]") ?? document.body); // drawn with its tab
  await told();
  assert.deepEqual(open(), ["curate", "ledger"]);
  assert.deepEqual([location.search, history.length], ["?view=ledger", steps]);
  await press("photographs");
  assert.equal(location.search, "");
});
