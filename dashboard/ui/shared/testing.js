// A page without a browser, for the unit tests that lie beside the modules. Never served.

import { Window } from "happy-dom";

const NAMES = [
  "document",
  "location",
  "history",
  "localStorage",
  "Node",
  "Element",
  "HTMLElement",
  "Event",
  "CustomEvent",
  "KeyboardEvent",
  "MouseEvent",
  "MutationObserver",
  "addEventListener",
  "removeEventListener",
  "requestAnimationFrame",
];

/**
 * Open an empty page in place of the globals of a browser; returns its window.
 *
 * @param {string} [url]
 */
export function openPage(url = "http://127.0.0.1:7860/") {
  const window = new Window({ url });
  const page = /** @type {Record<string, any>} */ (/** @type {unknown} */ (window));
  const globals = /** @type {Record<string, unknown>} */ (globalThis);
  globals.window = window;
  for (const name of NAMES) {
    const part = page[name];
    const bound = /^[a-z]/.test(name) && typeof part === "function" ? part.bind(window) : part;
    Object.defineProperty(globalThis, name, { value: bound, configurable: true, writable: true });
  }
  return window;
}
