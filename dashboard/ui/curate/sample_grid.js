// The parts of the grid.

import { Decisions } from "./decisions.js";
import { Dock } from "./dock.js";
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
