// More classes than keys: type a part of the name.

import { button, onEnter } from "../dom.js";
import { html } from "../html.js";
import { openDialog } from "../notices.js";

/** @import { ClassInfo } from "../../../schemas/browser" */

/** Classes whose name has the text in it, those that begin with it first.
 * @param {ClassInfo[]} classes @param {string} text */
export function matching(classes, text) {
  const wanted = text.trim().toLowerCase();
  const place = (/** @type {ClassInfo} */ one) => one.name.toLowerCase().indexOf(wanted);
  const found = classes.filter((one) => place(one) >= 0);
  return found.sort((one, other) => Number(place(one) > 0) - Number(place(other) > 0));
}

/** @param {ClassInfo[]} classes @param {(label: number) => void} choose */
export function findClass(classes, choose) {
  /** @type {HTMLInputElement} */
  const field = html`<input type="search" aria-label="Class" placeholder="Class">`;
  const list = html`<div class="mpx-options"></div>`;
  /** @param {ClassInfo} one */
  const take = (one) => {
    dialog.close();
    choose(one.id);
  };
  const draw = () =>
    list.replaceChildren(
      ...matching(classes, field.value).map((one) => {
        const made = button(one.name, () => take(one), { kind: "class" });
        made.style.setProperty("--class", one.colour);
        return made;
      }),
    );
  field.addEventListener("input", draw);
  onEnter(field, () => {
    const [first] = matching(classes, field.value);
    if (first) take(first);
  });
  draw();
  const content = html`<div class="mpx-stack">${field}${list}</div>`;
  const dialog = openDialog("Relabel to", content, { testid: "find-class" });
  field.focus();
}
