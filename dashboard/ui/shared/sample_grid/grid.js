// Pages of photographs: loading, drawing, focus and selection.

import { html } from "../html.js";
import { tellFailure } from "../notices.js";
import { answered } from "./ask.js";
import { cardElement, showSaved, thumb, updateCard } from "./card.js";
import { Selection } from "./selection.js";

/** @import { Card, Cards, Choice, ClassInfo, Page, PageRequest, SampleQuery } from "../../../schemas/browser" */
/** @import { GridServer } from "./ask.js" */

const BLANKS = 48;

/**
 * @typedef {object} Listeners
 * @property {(card: Card | null, by: "key" | "click" | null) => void} focus
 * @property {(page: Page) => void} page
 * @property {() => void} selection
 * @property {(card: Card | null) => void} open
 */

export class Grid {
  /** @param {GridServer} server @param {Listeners} on */
  constructor(server, on) {
    this.server = server;
    this.on = on;
    /** @type {SampleQuery | null} */
    this.query = null;
    /** @type {Card[]} */
    this.cards = [];
    /** @type {ClassInfo[]} */
    this.classes = [];
    this.total = 0;
    this.offset = 0;
    this.size = BLANKS;
    this.revision = 0;
    /** The newest decision that is shown here. */
    this.ledger = 0;
    this.index = -1;
    this.request = 0;
    /** The next page, fetched beforehand. @type {{ key: string, page: Promise<Page> } | null} */
    this.ahead = null;
    this.selection = new Selection(() => this.drawSelection());
    const blanks = Array.from({ length: BLANKS }, () => html`<div class="mpx-card blank"></div>`);
    this.list = html`<div class="mpx-list" aria-busy="true">${blanks}</div>`;
    this.element = html`<div class="mpx-cards">${this.list}</div>`;
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("dblclick", (event) => {
      if (cardAt(event)) this.on.open(this.focused());
    });
  }

  /** Gets a page; what was asked for last wins. Returns false when the page could not be had.
   * @param {PageRequest} request @param {"first" | "last"} focus */
  async load(request, focus = "first") {
    const number = ++this.request;
    try {
      const page = await this.fetch(request);
      if (number !== this.request) return false;
      this.show(page, focus);
      return true;
    } catch (failure) {
      if (number === this.request) tellFailure(failure);
      return false;
    }
  }

  /** @param {PageRequest} request */
  fetch(request) {
    const { ahead } = this;
    const place = (request.offset ?? 0) + (request.leaving?.length ?? 0);
    const ask = () => answered(this.server.get_page(request));
    this.ahead = null;
    return ahead?.key === key(request.query, place) ? ahead.page.catch(ask) : ask();
  }

  /** The first page of the address has been asked for beforehand. @param {Promise<Page> | null} page */
  expect(page) {
    if (page) this.ahead = { key: key(null), page };
  }

  /** @param {Page} page @param {"first" | "last"} focus */
  show(page, focus = "first") {
    this.request += 1; // What is still on its way is of before.
    const elements = page.cards.map((card) => cardElement(card, page.classes));
    if (key(page.query) !== key(this.query)) this.selection.clear();
    const stale = page.revision < this.revision;
    const { query, cards, classes, total, offset, size, ledger } = page;
    const revision = Math.max(page.revision, this.revision);
    Object.assign(this, { query, cards, classes, total, offset, size, ledger, revision });
    this.list = html`<div class="mpx-list" role="listbox" aria-multiselectable="true" aria-label="Photographs"
      data-testid="grid">${elements}</div>`;
    this.element.replaceChildren(this.list);
    this.drawMoved();
    this.index = -1;
    this.on.page(page);
    this.drawSelection();
    if (this.cards.length) this.focus(focus === "last" ? this.cards.length - 1 : 0, null);
    else this.on.focus(null, null);
    this.lookAhead();
    // Read before what has been decided meanwhile.
    if (stale) this.refresh().catch(tellFailure);
  }

  /** The next page is fetched while a person looks at this one. */
  lookAhead() {
    const { query, revision } = this;
    const offset = this.offset + this.size;
    if (!query || offset >= this.total) return;
    const go = () => {
      if (this.revision !== revision || this.offset + this.size !== offset) return;
      const page = answered(this.server.get_page({ query, offset }));
      this.ahead = { key: key(query, offset), page };
      page.then(
        ({ cards }) => {
          for (const { id } of cards) new Image().src = thumb(id);
        },
        () => {
          this.ahead = null;
        },
      );
    };
    if ("requestIdleCallback" in window) requestIdleCallback(go, { timeout: 1500 });
    else setTimeout(go, 300);
  }

  focused() {
    return this.cards[this.index] ?? null;
  }

  /** @param {string} id */
  place(id) {
    return this.cards.findIndex((card) => card.id === id);
  }

  /** @param {number} index @returns {HTMLElement | null} */
  elementAt(index) {
    const found = this.list.children[index];
    return found instanceof HTMLElement ? found : null;
  }

  /** `by` says how: a key, a click, or by itself.
   * @param {number} index @param {"key" | "click" | null} by */
  focus(index, by = "key") {
    const previous = this.elementAt(this.index);
    previous?.classList.remove("current");
    previous?.setAttribute("tabindex", "-1");
    this.index = Math.max(0, Math.min(index, this.cards.length - 1));
    const element = this.elementAt(this.index);
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

  /** Moves the focus; past an end of the page it turns the page. `extend` selects on the way.
   * @param {number} step @param {boolean} extend */
  async move(step, extend = false) {
    const { selection, cards, index } = this;
    const to = index + step;
    if (to < 0 && this.offset > 0 && step === -1) return this.turn(-1, "last");
    if (to >= cards.length && step === 1) return this.turn(1);
    if (to < 0 || to >= cards.length) return undefined;
    if (extend && selection.anchor < 0) selection.anchor = index;
    if (extend) selection.range(cards, selection.anchor, to);
    return this.focus(to);
  }

  /** @param {1 | -1} pages @param {"first" | "last"} focus */
  async turn(pages, focus = "first") {
    const { query, offset, size, total } = this;
    const to = Math.max(0, offset + pages * size);
    if (!query || to === offset || to >= total) return;
    const had = this.element.contains(document.activeElement);
    // Forward, the server counts how many of this page still answer the query: what has been
    // decided has left a queue, and the next ones have moved up.
    const request =
      pages === 1
        ? { query, offset, leaving: this.cards.map((card) => card.id) }
        : { query, offset: to };
    if ((await this.load(request, focus)) && had) this.focus(this.index);
    this.selection.anchor = -1;
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const element = cardAt(event);
    if (!element) return;
    const { selection, cards } = this;
    const index = [...this.list.children].indexOf(element);
    const card = cards[index];
    if (!card) return;
    const marked = event.target instanceof Element && event.target.closest(".mpx-check");
    if (event.shiftKey) {
      const from = selection.anchor >= 0 ? selection.anchor : Math.max(this.index, 0);
      selection.range(cards, from, index);
      selection.anchor = from;
    } else if (event.ctrlKey || event.metaKey || marked) {
      selection.toggle(card, index);
    } else {
      selection.clear();
      selection.anchor = index;
      return this.focus(index, "click");
    }
    return this.focus(index);
  }

  /** What a decision is about: the selection, or else the photograph in focus. @returns {Choice[]} */
  targets() {
    if (this.selection.states.size) return this.selection.choices();
    const card = this.focused();
    return card ? [{ id: card.id, state: card.state }] : [];
  }

  /** Writes cards as the server has just read them.
   * @param {Cards & { ledger?: number }} answer @param {Set<string>} saved */
  update(answer, saved = new Set()) {
    this.revision = Math.max(this.revision, answer.revision);
    this.ledger = Math.max(this.ledger, answer.ledger ?? 0);
    this.ahead = null;
    for (const card of answer.cards) {
      const index = this.place(card.id);
      const [before, element] = [this.cards[index], this.elementAt(index)];
      if (!before || !element) continue;
      // Why it was asked stays with the page.
      this.cards[index] = { ...card, why: before.why, suggested: before.suggested };
      this.selection.seen(card);
      updateCard(element, card, this.classes);
      if (saved.has(card.id)) showSaved(element);
    }
    this.drawMoved();
    if (this.focused()) this.on.focus(this.focused(), null);
  }

  /** Greys the photographs of a confusion cell that are of another class now. */
  drawMoved() {
    const cell = this.query?.cell;
    this.cards.forEach((card, index) => {
      const moved = Boolean(cell) && card.state.label !== cell?.true;
      this.elementAt(index)?.classList.toggle("moved", moved);
    });
  }

  /** Draws all cards again: what is told of them has changed. */
  redraw() {
    this.cards.forEach((card, index) => {
      const element = this.elementAt(index);
      if (element) updateCard(element, card, this.classes);
    });
  }

  /** Somebody else has changed something: the cards of this page are read again. */
  async refresh() {
    if (!this.cards.length) return;
    const ids = this.cards.map((card) => card.id);
    this.update(await answered(this.server.get_cards({ ids })));
  }

  drawSelection() {
    for (const [index, { id }] of this.cards.entries()) {
      this.elementAt(index)?.setAttribute("aria-selected", String(this.selection.has(id)));
    }
    this.element.classList.toggle("selecting", this.selection.size(this.total) > 0);
    this.on.selection();
  }
}

/** @param {Partial<SampleQuery> | null | undefined} query @param {number} offset */
const key = (query, offset = 0) => JSON.stringify([query, offset]);

/** @param {Event} event */
const cardAt = ({ target }) =>
  target instanceof Element ? target.closest(".mpx-card:not(.blank)") : null;
