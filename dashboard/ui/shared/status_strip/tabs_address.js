// The open tab is in the address, and the open view of a tab that has several. Gradio's own tab
// buttons do the work.

import { html } from "../html.js";
import { address, setAddress, tell } from "../page.js";

/** @typedef {{ name: string, root: string, first: string, within?: string }} Group tabs of which one
 * is open: its parameter, and the tab in which they lie */

/** @type {[Group, Group]} */
const GROUPS = [
  { name: "tab", root: "#tabs", first: "curate" },
  { name: "view", root: "#curate-views", first: "photographs", within: "curate" },
];

/** @type {WeakSet<Element>} */
const followed = new WeakSet();

/** @param {Group} group */
const listOf = ({ root }) => document.querySelector(`${root} [role=tablist]`);

/** @param {Group} group @returns {HTMLElement[]} */
const buttons = (group) => [...(listOf(group)?.querySelectorAll("[data-tab-id]") ?? [])].map(own);

/** @param {Element} element */
const own = (element) => /** @type {HTMLElement} */ (element);

/** @param {Group} group */
const selected = (group) =>
  buttons(group).find((tab) => tab.getAttribute("aria-selected") === "true")?.dataset.tabId;

/** The open tab as it is in the address: the first one is not. @param {Group} group */
function shown(group) {
  const name = selected(group) ?? named(group);
  return name === group.first ? "" : name;
}

/** @param {Group} group */
const named = ({ name }) => address()[name] ?? "";

/** Write what is open: a step that the Back button returns from. */
function write() {
  const tab = shown(GROUPS[0]) || GROUPS[0].first;
  const open = GROUPS.map((group) => [group.name, isIn(tab, group) ? shown(group) : ""]);
  setAddress(Object.fromEntries(open), { push: true });
  follow();
}

/** @param {string} tab @param {Group} group */
const isIn = (tab, { within }) => !within || within === tab;

/** Gradio draws tabs when they are first seen. */
function follow() {
  const tab = shown(GROUPS[0]) || GROUPS[0].first;
  for (const group of GROUPS.filter((group) => isIn(tab, group))) {
    const list = listOf(group);
    if (!list) requestAnimationFrame(follow);
    else if (!followed.has(list)) {
      followed.add(list);
      const watched = { subtree: true, attributes: true, attributeFilter: ["aria-selected"] };
      new MutationObserver(write).observe(list, watched);
    }
  }
}

/** Open what the address names: after a link, or the Back button. */
function open() {
  const tab = named(GROUPS[0]) || GROUPS[0].first;
  const closed = GROUPS.filter((group) => isIn(tab, group) && named(group) !== shown(group));
  for (const group of closed) {
    const name = named(group) || group.first;
    buttons(group)
      .find((button) => button.dataset.tabId === name)
      ?.click();
  }
  if (!closed.length) tell("address", address());
}

/** Let the address follow the tabs, and the tabs the address. */
export function followTabs() {
  follow();
  addEventListener("popstate", open);
}

const STOPS = ".mpx-card, button, input, select, a[href], summary";

/** @param {Element} stop */
const canBeFocused = (stop) =>
  own(stop).offsetParent !== null && !(/** @type {HTMLButtonElement} */ (stop).disabled);

/** The first stop of the keyboard: past header, tabs and filters, to what the open tab shows. */
export function skipLink() {
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    const open = [...document.querySelectorAll("#tabs > .tabitem")].find(canBeFocused);
    const stops = [...(open?.querySelectorAll(STOPS) ?? [])].filter(canBeFocused);
    const first = stops.find((stop) => stop.matches(".mpx-card")) ?? stops[0];
    if (first) own(first).focus();
  };
  return html`<a class="mpx mpx-skip" href="#tabs" data-testid="skip" onclick=${skip}>Skip to the content</a>`;
}
