// What many parts of the page are built of.

import { html } from "./html.js";

const PATHS = {
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  check: "M3 8.5l3.2 3.2L13 4.8",
  left: "M10 3L5 8l5 5",
  right: "M6 3l5 5-5 5",
  pencil: "M3 13l.6-2.8L10.9 3 13 5.1l-7.2 7.2L3 13Z",
  person:
    "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 14c.6-2.8 2.6-4.2 5.2-4.2s4.6 1.4 5.2 4.2",
  similar: "M5.5 10.5a4 4 0 1 1 0-8 4 4 0 0 1 0 8ZM10.5 13.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  expand: "M9.5 2.5h4v4M13.5 2.5L9 7M6.5 13.5h-4v-4M2.5 13.5L7 9",
  compare: "M2 3h5v10H2ZM9 3h5v10H9Z",
};

const SVG = "http://www.w3.org/2000/svg";

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "mpx-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * @typedef {{ sign?: keyof typeof PATHS, key?: string, kind?: string, testid?: string,
 *   title?: string, pressed?: boolean }} ButtonLook
 *
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} onClick
 * @param {ButtonLook} [look]
 * @returns {HTMLButtonElement}
 */
export function button(label, onClick, { sign, key, kind = "", testid, title, pressed } = {}) {
  const hint = key && html`<kbd>${key}</kbd>`;
  return html`<button type="button" class="mpx-button ${kind}" title="${title}" data-testid="${testid}"
    aria-pressed="${pressed?.toString()}" aria-keyshortcuts="${key}"
    onclick=${onClick}>${sign && icon(sign)}<span>${label}</span>${hint}</button>`;
}

/**
 * Return a function that calls `action` once nobody has called it for `wait` milliseconds.
 *
 * @template {unknown[]} V
 * @param {number} wait
 * @param {(...values: V) => unknown} action
 * @returns {(...values: V) => void}
 */
export function debounce(wait, action) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}

/**
 * Call `action` when Enter is pressed in a field. The key is used up here: the button that gets
 * the focus next must not be pressed by it.
 *
 * @param {HTMLElement} field
 * @param {() => unknown} action
 */
export function onEnter(field, action) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    action();
  });
}
