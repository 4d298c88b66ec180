// The Curate tab: filters, grid and one photograph in detail, kept in the page's address.

import { Compare } from "./compare.js";
import { Detail } from "./detail.js";
import { button, debounce, h, icon } from "../shared/dom.js";
import { EmbeddingMap } from "./embedding_map.js";
import { chips, Facets } from "./facets.js";
import { Importer } from "./importer.js";
import { openDialog, tellFailure } from "../shared/notices.js";
import { address, ask, currentTab, hear, setAddress } from "../shared/page.js";
import { Ledger } from "./ledger.js";
import { Review } from "./review.js";
import { gridParts } from "./sample_grid.js";
import { SORT } from "../shared/words.js";

const NAMES = [
  "class", "split", "status", "queue", "patient", "q", "cell", "area", "sort", "desc", "like",
];
const NARROW = "(max-width: 1099px)";
// Not "page": Gradio keeps that name for pages of its own, and answers others with an error.
const START = "start";
const NOTHING = Object.fromEntries([...NAMES, START].map((name) => [name, ""]));

export function mount({ element, server, upload }) {
  const curate = new Curate(server, upload);
  element.querySelector(".mpx-curate-root").replaceChildren(curate.element);
  curate.start();
}

class Curate {
  constructor(server, upload) {
    this.server = server;
    this.params = {};
    this.counts = null;
    const ledger = new Ledger(server, {
      undo: (batch) => this.parts.decisions.undo(batch), redo: () => this.parts.decisions.redo(),
    });
    this.review = new Review(server, () => this.queuesMade(), ledger);
    this.facets = new Facets((changes) => this.choose(changes), this.review.element);
    this.parts = gridParts(server, {
      focus: (card, by) => this.focused(card, by),
      page: () => this.paged(),
      search: () => this.search.focus(),
      counted: () => this.counted,
      keys: { g: () => ledger.open(), m: () => this.openMap(), q: () => this.reviewNext() },
    });
    const { grid, decisions, viewer } = this.parts;
    this.detail = new Detail(server, grid, {
      choose: (params) => this.choose(params),
      similar: (id) => this.choose({ ...NOTHING, like: id, sort: "similarity" }),
      open: (card) => viewer.open(card),
      decide: (...what) => (grid.selection.clear(), decisions.decide(...what)),
      undoOne: (row) => decisions.undoOne(row),
      focusSibling: (card) => this.focusSibling(card),
      compare: (cards) => this.compare.open(cards),
    });
    this.compare = new Compare({
      classes: () => grid.classes,
      decide: (card, order) => decisions.decideOne(card, order),
    });
    this.map = new EmbeddingMap(server, {
      choose: (params) => (this.closeMap(), this.choose({ ...NOTHING, ...params })),
      open: (id) => (this.closeMap(), this.choose({ ...NOTHING, like: id, sort: "similarity" })),
    });
    this.importer = new Importer(server, upload);
    this.recount = debounce(250, () => this.count());
    this.build();
  }

  build() {
    this.search = h("input", {
      type: "search", placeholder: "File or patient", "aria-label": "Search by file or patient",
      data: { testid: "search" },
    });
    const typed = debounce(200, () => this.choose({ q: this.search.value.trim() }, false));
    this.search.addEventListener("input", typed);
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.search.blur();
    });
    this.sort = h("select", { "aria-label": "Sort by", data: { testid: "sort" } });
    this.sort.addEventListener("change", () =>
      this.choose({ sort: this.sort.value === "added" ? "" : this.sort.value, like: "" }));
    this.turn = h("button", {
      type: "button", class: "mpx-bare", "aria-label": "Turn the order round",
      data: { testid: "order" },
      on: { click: () => this.choose({ desc: this.params.desc ? "" : "1" }) },
    });
    this.filters = button("Filters", () => this.drawer("facets-open"), {
      sign: "filter", kind: "mpx-only-narrow", testid: "open-filters",
    });
    this.next = button("Review the best next", () => this.reviewNext(), {
      kind: "primary", testid: "review-next",
    });
    this.next.hidden = true;
    this.chips = h("div", { class: "mpx-chips" });
    this.none = h("div", { class: "mpx-none", hidden: true, data: { testid: "no-match" } });
    this.welcome = this.emptyState();
    this.main = h("div", { class: "mpx-columns" },
      this.panel("facets", "Filters", this.facets.element), this.middle(),
      this.panel("detail", "Photograph", this.detail.element));
    this.element = h("div", { class: "mpx mpx-curate" }, this.main, this.welcome);
  }

  middle() {
    const { grid, pager, dock } = this.parts;
    const bar = h("div", { class: "mpx-tools", role: "search" },
      this.filters, h("label", { class: "mpx-search" }, icon("search"), this.search),
      h("label", { class: "mpx-sort" }, this.sort, this.turn),
      this.next, button("Map", () => this.openMap(), { sign: "map", testid: "open-map" }),
      button("Import", () => this.importer.open(), { sign: "folder", testid: "open-import" }));
    return h("div", { class: "mpx-middle" }, bar, this.chips, pager.element, grid.element,
      this.none, dock.element);
  }

  // A column that becomes a drawer on narrow windows.
  panel(name, title, content) {
    const close = h("button", {
      type: "button", class: "mpx-bare", "aria-label": `Close ${title.toLowerCase()}`,
      on: { click: () => this.drawer("") },
    }, icon("close"));
    return h("div", { class: `mpx-panel ${name}` },
      h("div", { class: "mpx-panel-head" }, h("b", {}, title), close), content);
  }

  drawer(name) {
    this.element.classList.remove("facets-open", "detail-open");
    if (name) this.element.classList.add(name);
  }

  emptyState() {
    return h("div", { class: "mpx-welcome", hidden: true, data: { testid: "empty" } },
      h("i", { class: "mpx-welcome-mark", "aria-hidden": "true" }),
      h("p", {}, "Photographs with labels come in here; then you decide, one by one or many at " +
        "once, which labels can be trusted."),
      h("div", { class: "mpx-row" },
        button("Import a folder", () => this.importer.open(), {
          kind: "primary", sign: "folder", testid: "empty-import",
        }),
        button("Try the demo set", () => this.importer.demo(), { testid: "empty-demo" })),
      h("p", { class: "mpx-quiet" }, "The demo set is synthetic demonstration data: drawn, not " +
        "photographed."));
  }

  start() {
    hear("saved", () => this.recount());
    hear("imported", () => this.open(this.params, 0));
    hear("revision", (revision) => this.changedElsewhere(revision));
    hear("tab", (name) => name === "curate" ? this.remember() : setAddress(NOTHING));
    hear("address", () => this.fromAddress());
    hear("blind", (on) => this.reading(on));
    addEventListener("keydown", (event) => event.key === "Escape" && this.drawer(""));
    if (currentTab() === "curate") return this.fromAddress();
    const later = (name) => {
      if (name === "curate" && !this.opened) this.fromAddress();
    };
    return hear("tab", later);
  }

  fromAddress() {
    this.opened = true;
    const now = address();
    const { size } = this.parts.grid;
    const first = Math.max(1, Number.parseInt(now[START], 10) || 1);
    const params = Object.fromEntries(NAMES.filter((n) => now[n]).map((n) => [n, now[n]]));
    return this.open(params, Math.floor((first - 1) / size) * size);
  }

  choose(changes, push = true) {
    const params = { ...this.params, ...changes };
    for (const name of Object.keys(params)) if (!params[name]) delete params[name];
    if (JSON.stringify(params) === JSON.stringify(this.params)) return;
    this.push = push;
    this.open(params, 0);
  }

  async open(params, offset) {
    const before = this.params;
    this.params = params;
    this.drawControls();
    const counted = this.count();
    const done = await this.parts.grid.load(params, offset);
    if (!done && this.params === params) {
      this.params = before;
      this.drawControls();
      this.count();
    }
    await counted;
  }

  // What the query finds; `counted` promises the newest figures.
  count() {
    return (this.counted = this.countNow());
  }

  async countNow() {
    const params = this.params;
    try {
      const counts = await ask(this.server, "curate_facets", params);
      if (params !== this.params) return null;
      this.counts = counts;
      this.facets.draw(counts, params);
      this.next.hidden = !counts.queue.worth || params.queue === "worth";
      this.drawControls();
    } catch (failure) {
      if (params === this.params) tellFailure(failure);
    }
    return this.counts;
  }

  drawControls() {
    const { params } = this;
    const options = { ...SORT, ...(params.like ? { similarity: "Similarity" } : {}) };
    this.sort.replaceChildren(...Object.entries(options).map(([key, label]) =>
      h("option", { value: key, selected: key === (params.sort || "added") }, label)));
    this.turn.replaceChildren(icon(params.desc ? "down" : "up"));
    this.turn.title = params.desc ? "Last first" : "First first";
    if (document.activeElement !== this.search) this.search.value = params.q ?? "";
    this.chips.replaceChildren(...chips(params, this.counts, (changes) => this.choose(changes)));
    const filtered = NAMES.slice(0, 8).filter((name) => params[name]).length;
    this.filters.classList.toggle("on", filtered > 0);
  }

  // A blind reading begins or ends: filters that tell the label go.
  reading(on) {
    if (on) this.choose({ class: "", cell: "", patient: "", q: "" });
    if (this.counts) this.facets.draw(this.counts, this.params);
    this.parts.grid.redraw();
  }

  // A page has been drawn.
  paged() {
    const { grid } = this.parts;
    this.remember();
    const nothing = grid.total === 0;
    const filtered = Object.keys(this.params).some((name) => !["sort", "desc"].includes(name));
    this.welcome.hidden = !nothing || filtered;
    this.main.hidden = nothing && !filtered;
    this.none.hidden = !nothing || !filtered;
    if (!this.none.hidden) {
      const soon = this.params.queue && this.review.pending();
      const why = soon
        ? "The queues are being made. This one fills by itself as soon as they are there."
        : "No photograph matches these filters.";
      this.none.replaceChildren(h("p", { data: { testid: "nothing" } }, why),
        button(soon ? "Show all photographs" : "Clear the filters",
          () => this.choose({ ...NOTHING }), { kind: "primary" }));
    }
    this.element.closest("[role=tabpanel]")?.classList.add("ready");
  }

  remember() {
    if (currentTab() !== "curate" || !this.opened) return;
    const { grid } = this.parts;
    const start = grid.offset ? String(grid.offset + 1) : "";
    setAddress({ ...NOTHING, ...this.params, [START]: start }, { push: Boolean(this.push) });
    this.push = false;
  }

  reviewNext() {
    document.activeElement?.blur();
    this.choose({ ...NOTHING, queue: "worth", sort: "score" });
  }

  openMap() {
    this.mapDialog = openDialog("Map of pictures", this.map.element, {
      testid: "map-dialog", wide: true,
    });
    this.map.reload();
  }

  closeMap() {
    this.mapDialog?.close();
  }

  // A queue that is being worked through is not shuffled under somebody's hands: the next page
  // shows the new order.
  queuesMade() {
    this.recount();
    this.parts.grid.ahead = null;
    if (!this.parts.grid.total) this.open(this.params, 0);
  }

  // On narrow windows a tap opens the drawer; arrows only change what it shows.
  focused(card, by) {
    this.detail.show(card);
    if (card && by === "click" && matchMedia(NARROW).matches) this.drawer("detail-open");
  }

  // A sibling: in this page, or else among the photographs of its patient.
  async focusSibling(card) {
    const { grid } = this.parts;
    const place = () => grid.cards.findIndex((one) => one.id === card.id);
    if (place() < 0) {
      const { patient } = JSON.parse(card.state);
      this.push = true;
      await this.open(patient ? { patient: String(patient) } : { q: card.file }, 0);
    }
    if (place() >= 0) grid.focus(place());
  }

  // Another person, a command or a training run has changed something.
  changedElsewhere(revision) {
    const { grid } = this.parts;
    if (!this.opened || revision <= grid.revision) return;
    grid.revision = revision;
    this.recount();
    if (grid.total === 0) this.open(this.params, 0);
    else grid.refresh().catch(() => {});
  }
}
