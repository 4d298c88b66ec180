// The open tab is in the address. Gradio's own tab buttons do the work.

import { h } from "../dom.js";
import { address, currentTab, setAddress, tell } from "../page.js";

/** @returns {HTMLElement[]} */
const buttons = () =>
  [...document.querySelectorAll("#tabs [role=tablist] [data-tab-id]")].map(html);

/** @param {Element} element */
const html = (element) => /** @type {HTMLElement} */ (element);

const selected = () =>
  buttons().find((tab) => tab.getAttribute("aria-selected") === "true")?.dataset.tabId;

/** @param {string} name */
const openTab = (name) =>
  buttons()
    .find((tab) => tab.dataset.tabId === name)
    ?.click();

function follow() {
  const name = selected();
  if (!name) return;
  if (name !== currentTab()) setAddress({ tab: name === "curate" ? "" : name }, { push: true });
}

/** Let the address follow the tabs, and the tabs the address: a link, and the Back button. */
export function followTabs() {
  const tabs = document.querySelector("#tabs [role=tablist]");
  if (!tabs) {
    requestAnimationFrame(followTabs);
    return;
  }
  new MutationObserver(follow).observe(tabs, {
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-selected"],
  });
  addEventListener("popstate", () => {
    if (currentTab() !== selected()) openTab(currentTab());
    else tell("address", address());
  });
}

const STOPS = ".mpx-card, button, input, select, a[href], summary";

/** @param {Element} stop */
const canBeFocused = (stop) =>
  html(stop).offsetParent !== null && !(/** @type {HTMLButtonElement} */ (stop).disabled);

/** The first stop of the keyboard: past header, tabs and filters, to what the open tab shows. */
export function skipLink() {
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    const open = [...document.querySelectorAll("#tabs > .tabitem")].find(canBeFocused);
    const stops = [...(open?.querySelectorAll(STOPS) ?? [])].filter(canBeFocused);
    const first = stops.find((stop) => stop.matches(".mpx-card")) ?? stops[0];
    if (first) html(first).focus();
  };
  const look = { class: "mpx mpx-skip", href: "#tabs", data: { testid: "skip" } };
  return h("a", { ...look, on: { click: skip } }, "Skip to the content");
}
