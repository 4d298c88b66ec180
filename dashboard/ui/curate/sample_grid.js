// The grid by itself, as other tabs use it: its value says which samples.

import { Decisions } from "./decisions.js";
import { Dock } from "./dock.js";
import { h } from "../shared/dom.js";
import { Grid } from "./grid.js";
import { Pager } from "./pager.js";
import { Viewer } from "./viewer.js";

// Puts grid, pager, dock and large view together. `more` may hear about focus, page and search, and
// bring keys of its own.
export function gridParts(server, more = {}) {
  const parts = {};
  const grid = new Grid(server, {
    focus: (card, by) => {
      parts.viewer.show(card);
      parts.dock?.draw();
      more.focus?.(card, by);
    },
    page: () => {
      parts.pager.draw();
      parts.dock.draw();
      more.page?.();
    },
    selection: () => parts.dock?.draw(),
    open: (card) => parts.viewer.open(card),
    search: () => more.search?.(),
    keys: more.keys,
  });
  const decisions = new Decisions(grid, server, more.counted);
  Object.assign(parts, { grid, decisions, viewer: new Viewer(grid), pager: new Pager(grid) });
  parts.dock = new Dock(grid, decisions);
  return parts;
}

export function mount({ element, props, server, watch }) {
  const { grid, pager, dock } = gridParts(server);
  const none = h("p", { class: "mpx-none", data: { testid: "grid-none" } },
    "No photographs here.");
  const root = h("div", { class: "mpx mpx-grid-only" }, pager.element, grid.element, none,
    dock.element);
  element.querySelector(".mpx-grid-root").replaceChildren(root);
  const follow = async () => {
    const value = props.value;
    root.hidden = !value;
    if (!value) return;
    await grid.show(value.page);
    none.hidden = grid.total > 0;
  };
  watch("value", follow);
  follow();
}
