// Pages of photographs: loading, drawing, focus and selection.

import { cardElement, showSaved, thumb, updateCard } from "./card.js";
import { h } from "../shared/dom.js";
import { tellFailure } from "../shared/notices.js";
import { ask } from "../shared/page.js";
import { Selection } from "./selection.js";

const PATIENCE_MS = 350; // How long the old page stays while thumbnails of the new one arrive.

export class Grid {
  // `on` holds callbacks: focus(card, by), page(), open(card), selection()
  constructor(server, on) {
    this.server = server;
    this.on = on;
    this.params = {};
    this.cards = [];
    this.classes = [];
    this.total = 0;
    this.offset = 0;
    this.size = 48;
    this.revision = 0;
    this.ledger = 0; // The newest decision that is shown here.
    this.index = -1;
    this.request = 0;
    this.ahead = null;
    this.selection = new Selection(() => this.drawSelection());
    this.element = h("div", { class: "mpx-cards" });
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("dblclick", (event) => {
      if (event.target.closest(".mpx-card")) this.on.open(this.focused());
    });
    this.placeholder(this.size);
  }

  placeholder(many) {
    const blanks = Array.from({ length: many }, () => h("div", { class: "mpx-card blank" }));
    this.list = h("div", { class: "mpx-list", "aria-busy": "true" }, blanks);
    this.element.replaceChildren(this.list);
  }

  // Gets a page; what was asked for last wins. Returns false when the page could not be had.
  async load(params, offset = 0, focus = "first", leaving = []) {
    const request = ++this.request;
    try {
      const page = await this.fetch(params, offset, leaving);
      if (request !== this.request) return false;
      await this.show(page, focus, request);
      return true;
    } catch (failure) {
      if (request === this.request) tellFailure(failure);
      return false;
    }
  }

  fetch(params, offset, leaving) {
    const key = JSON.stringify([params, leaving.length ? offset + leaving.length : offset]);
    const ready = this.ahead?.key === key ? this.ahead.page : null;
    this.ahead = null;
    return ready ?? ask(this.server, "grid_page", { ...params, offset, leaving });
  }

  async show(page, focus = "first", request = ++this.request) {
    const elements = page.cards.map((card) => cardElement(card, page.classes));
    if (this.cards.length) await settled(elements.map((one) => one.querySelector("img")));
    if (request !== this.request) return;
    if (JSON.stringify(page.params) !== JSON.stringify(this.params)) this.selection.clear();
    const stale = page.revision < this.revision;
    Object.assign(this, page);
    this.list = h(
      "div",
      {
        class: "mpx-list", role: "listbox", "aria-multiselectable": "true",
        "aria-label": "Photographs", data: { testid: "grid" },
      },
      elements,
    );
    this.element.replaceChildren(this.list);
    this.index = -1;
    this.on.page();
    this.drawSelection();
    if (this.cards.length) this.focus(focus === "last" ? this.cards.length - 1 : 0, null);
    else this.on.focus(null, null);
    this.lookAhead();
    // Read before what has been decided meanwhile.
    if (stale) this.refresh().catch(tellFailure);
  }

  // The next page is fetched while a person looks at this one.
  lookAhead() {
    const offset = this.offset + this.size;
    if (offset >= this.total) return;
    const key = JSON.stringify([this.params, offset]);
    const revision = this.revision;
    const go = async () => {
      if (this.revision !== revision || this.offset + this.size !== offset) return;
      const page = ask(this.server, "grid_page", { ...this.params, offset });
      this.ahead = { key, page };
      page.then(
        (got) => got.cards.forEach((card) => (new Image().src = thumb(card.id))),
        () => (this.ahead = null),
      );
    };
    window.requestIdleCallback ? requestIdleCallback(go, { timeout: 1500 }) : setTimeout(go, 300);
  }

  focused() {
    return this.cards[this.index] ?? null;
  }

  elementOf(id) {
    return this.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  // `by` says how: "key", "click" or nothing (by itself).
  focus(index, by = "key") {
    const previous = this.list.children[this.index];
    previous?.classList.remove("current");
    previous?.setAttribute("tabindex", "-1");
    this.index = Math.max(0, Math.min(index, this.cards.length - 1));
    const element = this.list.children[this.index];
    if (!element) return;
    element.classList.add("current");
    element.setAttribute("tabindex", "0");
    if (by) {
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
    }
    this.on.focus(this.focused(), by);
  }

  columns() {
    return getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
  }

  // Moves the focus; past an end of the page it turns the page. `extend` selects on the way.
  async move(step, extend = false) {
    const to = this.index + step;
    if (to < 0 && this.offset > 0 && step === -1) return this.turn(-1, "last");
    if (to >= this.cards.length && step === 1) return this.turn(1, "first");
    if (to < 0 || to >= this.cards.length) return undefined;
    if (extend && this.selection.anchor < 0) this.selection.anchor = this.index;
    if (extend) this.selection.range(this.cards, this.selection.anchor, to);
    return this.focus(to);
  }

  async turn(pages, focus = "first") {
    const offset = Math.max(0, this.offset + pages * this.size);
    if (offset === this.offset || offset >= this.total) return;
    const had = this.element.contains(document.activeElement);
    // Forward, the server counts how many of this page still answer the query: what has been
    // decided has left a queue, and the next ones have moved up.
    const leaving = pages === 1 ? this.cards.map((card) => card.id) : [];
    const from = pages === 1 ? this.offset : offset;
    if ((await this.load(this.params, from, focus, leaving)) && had) this.focus(this.index);
    this.selection.anchor = -1;
  }

  clicked(event) {
    const element = event.target.closest(".mpx-card:not(.blank)");
    if (!element) return;
    const index = [...this.list.children].indexOf(element);
    const card = this.cards[index];
    if (event.shiftKey) {
      const from = this.selection.anchor >= 0 ? this.selection.anchor : Math.max(this.index, 0);
      this.selection.range(this.cards, from, index);
      this.selection.anchor = from;
    } else if (event.ctrlKey || event.metaKey || event.target.closest(".mpx-check")) {
      this.selection.toggle(card, index);
    } else {
      this.selection.clear();
      this.selection.anchor = index;
      this.focus(index, "click");
      return;
    }
    this.focus(index);
  }

  // What a decision is about: the selection, or else the photograph in focus.
  targets() {
    if (this.selection.states.size) {
      return [...this.selection.states].map(([id, state]) => ({ id, state }));
    }
    const card = this.focused();
    return card ? [{ id: card.id, state: card.state }] : [];
  }

  // Writes cards as the server has just read them.
  update(answer, saved = new Set()) {
    this.revision = Math.max(this.revision, answer.revision ?? 0);
    this.ledger = Math.max(this.ledger, answer.ledger ?? 0);
    this.ahead = null;
    for (const card of answer.cards) {
      const index = this.cards.findIndex((one) => one.id === card.id);
      if (index < 0) continue;
      const { why, suggested } = this.cards[index]; // Why it was asked stays with the page.
      this.cards[index] = { why, suggested, ...card };
      this.selection.seen(card);
      const element = this.list.children[index];
      updateCard(element, card, this.classes);
      if (saved.has(card.id)) showSaved(element);
    }
    if (this.focused()) this.on.focus(this.focused(), null);
  }

  // Draws all cards anew: what is told of them has changed.
  redraw() {
    for (const [index, card] of this.cards.entries()) {
      updateCard(this.list.children[index], card, this.classes);
    }
  }

  // Somebody else has changed something: the cards of this page are read again.
  async refresh() {
    if (!this.cards.length) return;
    this.update(await ask(this.server, "grid_cards", { ids: this.cards.map((card) => card.id) }));
  }

  drawSelection() {
    for (const [index, element] of [...this.list.children].entries()) {
      const card = this.cards[index];
      if (card) element.setAttribute("aria-selected", String(this.selection.has(card.id)));
    }
    this.element.classList.toggle("selecting", this.selection.size(this.total) > 0);
    this.on.selection();
  }
}

function settled(images) {
  const decoded = Promise.allSettled(images.map((image) => image.decode()));
  return Promise.race([decoded, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}
