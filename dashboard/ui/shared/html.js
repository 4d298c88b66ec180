// Elements from HTML as one writes it: html`<p class="mpx-quiet">${words}</p>`.
//
// Only the text of the module is read as HTML. A value goes in as text, as a node, or as a list of
// both; in an attribute as its text (null and false leave it out); `onclick=${action}` listens.

/** @typedef {Node | string | number | boolean | null | undefined} Value */

/** @type {WeakMap<TemplateStringsArray, HTMLTemplateElement>} */
const parsed = new WeakMap();
const MARK = /@@(\d+)@@/;

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {TemplateStringsArray} strings with one element around everything
 * @param {...(Value | Value[] | ((event: any) => unknown))} values
 * @returns {T} what the variable that it goes to is declared to be
 */
export function html(strings, ...values) {
  const root = template(strings).content.firstElementChild?.cloneNode(true);
  if (!(root instanceof HTMLElement)) throw new Error("one element around everything");
  const nodes = [root, ...root.querySelectorAll("*")];
  const comments = nodes
    .flatMap((node) => [...node.childNodes])
    .filter(({ nodeType }) => nodeType === 8);
  for (const node of nodes) {
    for (const { name, value } of [...node.attributes])
      if (MARK.test(value)) set(node, name, value, values);
  }
  for (const comment of comments) {
    const [, place] = MARK.exec(comment.nodeValue ?? "") ?? [];
    if (place) comment.replaceWith(...children(values[Number(place)]));
  }
  return /** @type {T} */ (root);
}

/** @param {TemplateStringsArray} strings */
function template(strings) {
  const known = parsed.get(strings);
  if (known) return known;
  const made = document.createElement("template");
  made.innerHTML = strings
    .reduce((text, part, index) => {
      const inTag = text.lastIndexOf("<") > text.lastIndexOf(">");
      return `${text}${inTag ? `@@${index - 1}@@` : `<!--@@${index - 1}@@-->`}${part}`;
    })
    .trim();
  parsed.set(strings, made);
  return made;
}

/** @param {Element} node @param {string} name @param {string} text @param {unknown[]} values */
function set(node, name, text, values) {
  const [whole, place] = MARK.exec(text) ?? [];
  const value =
    whole === text
      ? values[Number(place)]
      : text.replaceAll(/@@(\d+)@@/g, (_, n) => String(values[n] ?? ""));
  node.removeAttribute(name);
  if (typeof value === "function") node.addEventListener(name.slice(2), (event) => value(event));
  else if (value || value === 0) node.setAttribute(name, value === true ? "" : String(value));
}

/** @param {unknown} value @returns {(Node | string)[]} */
function children(value) {
  if (Array.isArray(value)) return value.flatMap(children);
  if (value instanceof Node) return [value];
  return value || value === 0 ? [String(value)] : [];
}
