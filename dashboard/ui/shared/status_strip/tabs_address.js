// The open tab is in the address, and the open view of a tab that has several. Gradio's own tab
// buttons do the work.

import { html } from "../html.js";
import { address, setAddress, tell } from "../page.js";

/** @typedef {{ name: string, root: string, first: string, within?: string }} Group tabs of which one
 * is open: its parameter, and the tab in which they lie */

// Gradio itself reads "view" for pages of its own, "api" and "settings".
/** @type {[Group, Group]} */
const GROUPS = [
  { name: "tab", root: "#tabs", first: "curate" },
  { name: "view", root: "#curate-views", first: "photographs", within: "curate" },
];

/** Lists of tabs that are followed. @type {WeakSet<Element>} */
const followed = new WeakSet();
let waiting = false;

/** @param {Group} group */
const listOf = ({ root }) => document.querySelector(`${root} [role=tablist]`);

/** @param {Group} group @returns {HTMLElement[]} */
const buttons = (group) =>
  [...(listOf(group)?.querySelectorAll("[data-tab-id]") ?? [])].map(asHtml);

/** @param {Element} element */
const asHtml = (element) => /** @type {HTMLElement} */ (element);

/** What the address names. @param {Group} group */
const named = ({ name, first }) => address()[name] || first;

/** What is open; before Gradio has drawn it, what will be. @param {Group} group */
const drawn = (group) =>
  buttons(group).find((button) => button.getAttribute("aria-selected") === "true")?.dataset.tabId ??
  named(group);

/** What is open, or will be when it is followed. @param {Group} group */
function selected(group) {
  const list = listOf(group);
  return list && followed.has(list) ? drawn(group) : named(group);
}

/** Those of the groups that a tab shows. @param {string} tab */
const within = (tab) => GROUPS.filter((group) => !group.within || group.within === tab);

/** Write what is open: a step that the Back button returns from. */
function write() {
  const there = within(selected(GROUPS[0]));
  const open = GROUPS.map((group) => {
    const name = there.includes(group) ? selected(group) : group.first;
    return [group.name, name === group.first ? "" : name];
  });
  setAddress(Object.fromEntries(open), { push: true });
  follow();
}

/** Gradio draws tabs when they are first seen: then the one opens that the address names. */
function follow() {
  const there = within(selected(GROUPS[0]));
  for (const group of there) {
    const list = listOf(group);
    if (!list || followed.has(list)) continue;
    followed.add(list);
    press(group);
    const watched = { subtree: true, attributes: true, attributeFilter: ["aria-selected"] };
    new MutationObserver(write).observe(list, watched);
  }
  if (waiting || there.every(listOf)) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    follow();
  });
}

/** @param {Group} group */
function press(group) {
  if (drawn(group) === named(group)) return;
  buttons(group)
    .find((button) => button.dataset.tabId === named(group))
    ?.click();
}

/** Open what the address names: after a link, or the Back button. */
function open() {
  const there = within(named(GROUPS[0]));
  const settled = there.every((group) => drawn(group) === named(group));
  tell("address", settled);
  there.forEach(press);
}

/** Let the address follow the tabs, and the tabs the address. */
export function followTabs() {
  follow();
  addEventListener("popstate", open);
}

const STOPS = ".mpx-card, button, input, select, a[href], summary";

/** @param {Element} stop */
const canBeFocused = (stop) =>
  asHtml(stop).offsetParent !== null && !(/** @type {HTMLButtonElement} */ (stop).disabled);

/** The first stop of the keyboard: past header, tabs and filters, to what the open tab shows. */
export function skipLink() {
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    const open = [...document.querySelectorAll("#tabs > .tabitem")].find(canBeFocused);
    const stops = [...(open?.querySelectorAll(STOPS) ?? [])].filter(canBeFocused);
    const first = stops.find((stop) => stop.matches(".mpx-card")) ?? stops[0];
    if (first) asHtml(first).focus();
  };
  return html`<a class="mpx mpx-skip" href="#tabs" data-testid="skip" onclick=${skip}>Skip to the content</a>`;
}
