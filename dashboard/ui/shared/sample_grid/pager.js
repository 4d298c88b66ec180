// How many there are, page by page, and what can be selected at once.

import { button } from "../dom.js";
import { html } from "../html.js";
import { number } from "../words.js";

/** @import { Grid } from "./grid.js" */

/** @param {Grid} grid */
export function pager(grid) {
  const { total, offset, size, cards, selection } = grid;
  const last = offset + cards.length;
  const range = html`<p class="mpx-range" data-testid="range"><b>${number(offset + 1)}–${number(last)}</b> of ${number(total)}</p>`;
  const page = () => selection.page(grid.cards);
  const all = () => selection.everything(grid.ledger);
  const look = { kind: "quiet", testid: "select-page" };
  const buttons = [button("Select page", page, look)];
  if (total > cards.length) {
    const words = `Select all ${number(total)}`;
    buttons.push(button(words, all, { ...look, testid: "select-all" }));
  }
  if (total > size) buttons.push(turn(grid, -1, offset === 0), turn(grid, 1, last >= total));
  return html`<div class="mpx-pager" hidden=${!total}>${range}<div class="mpx-row">${buttons}</div></div>`;
}

/** @param {Grid} grid @param {1 | -1} pages @param {boolean} disabled */
function turn(grid, pages, disabled) {
  const words = pages === 1 ? "Next" : "Previous";
  const sign = pages === 1 ? "right" : "left";
  const [testid, title] = [`${words.toLowerCase()}-page`, `${words} page`];
  const made = button(words, () => grid.turn(pages), { sign, kind: "quiet icon", testid, title });
  made.disabled = disabled;
  return made;
}
