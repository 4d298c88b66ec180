// How many there are, page by page, and what is selected.

import { button, h } from "../shared/dom.js";
import { number } from "../shared/words.js";

export class Pager {
  constructor(grid) {
    this.grid = grid;
    this.text = h("p", { class: "mpx-range", data: { testid: "range" }, "aria-live": "polite" });
    this.page = button("Select page", () => grid.selection.page(grid.cards), {
      kind: "quiet", testid: "select-page",
    });
    this.all = button("Select all", () => grid.selection.everything(grid.ledger), {
      kind: "quiet", testid: "select-all",
    });
    this.previous = button("Previous", () => grid.turn(-1), {
      sign: "left", kind: "quiet icon", testid: "previous-page", title: "Previous page",
    });
    this.next = button("Next", () => grid.turn(1), {
      sign: "right", kind: "quiet icon", testid: "next-page", title: "Next page",
    });
    this.element = h("div", { class: "mpx-pager" }, this.text,
      h("div", { class: "mpx-row" }, this.page, this.all, this.previous, this.next));
  }

  draw() {
    const { grid } = this;
    const last = grid.offset + grid.cards.length;
    this.element.hidden = !grid.total;
    this.text.replaceChildren(
      h("b", {}, `${number(grid.offset + 1)}–${number(last)}`), ` of ${number(grid.total)}`);
    this.all.querySelector("span").textContent = `Select all ${number(grid.total)}`;
    this.all.hidden = grid.total <= grid.cards.length;
    this.previous.disabled = grid.offset === 0;
    this.next.disabled = last >= grid.total;
    this.previous.hidden = this.next.hidden = grid.total <= grid.size;
  }
}
