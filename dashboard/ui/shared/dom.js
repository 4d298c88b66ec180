// Building the page out of elements. Text always goes in as text: nothing here reads HTML.

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Child | Child[] | Child[][]} Children
 * @typedef {string | number | boolean | null | undefined} Attribute
 * @typedef {{ [name: string]: unknown,
 *   on?: Record<string, (event: any) => unknown>,
 *   data?: Record<string, string>,
 *   style?: Record<string, string> }} Attributes
 */

/**
 * Return a new element; `on` are listeners, `data` its dataset, `style` its CSS properties.
 * Attributes that are null, undefined or false are left out, as are such children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  const flat = /** @type {Child[]} */ (children.flat(Infinity));
  for (const child of flat) {
    if (child || child === 0) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** @type {Record<string, (element: HTMLElement, key: string, value: any) => void>} */
const SETTERS = {
  on: (element, event, listener) => element.addEventListener(event, listener),
  data: (element, key, text) => {
    element.dataset[key] = text;
  },
  style: (element, key, text) => element.style.setProperty(key, text),
};

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  const setter = SETTERS[name];
  if (!setter) {
    element.setAttribute(name, value === true ? "" : String(value));
    return;
  }
  for (const [key, entry] of Object.entries(/** @type {object} */ (value))) {
    setter(element, key, entry);
  }
}

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
 * @param {Child} label
 * @param {(event: MouseEvent) => unknown} onClick
 * @param {ButtonLook} [look]
 */
export function button(label, onClick, { sign, key, kind = "", testid, title, pressed } = {}) {
  return h(
    "button",
    {
      type: "button",
      class: `mpx-button ${kind}`,
      title,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      "aria-keyshortcuts": key,
      data: testid ? { testid } : {},
      on: { click: onClick },
    },
    sign ? icon(sign) : null,
    h("span", {}, label),
    key ? h("kbd", {}, key) : null,
  );
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
