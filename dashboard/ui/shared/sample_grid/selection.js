// Which samples are selected: a few by hand, also across pages, or everything that matches.

/** @import { Card, Choice, SampleState } from "../../../schemas/browser" */

export class Selection {
  /** @param {() => void} changed */
  constructor(changed) {
    /** The state that the person saw. @type {Map<string, SampleState>} */
    this.states = new Map();
    this.all = false;
    /** With everything: the newest decision that the person could know of. */
    this.ledger = 0;
    this.anchor = -1;
    this.changed = changed;
  }

  /** @param {string} id */
  has(id) {
    return this.all || this.states.has(id);
  }

  /** @param {number} total */
  size(total) {
    return this.all ? total : this.states.size;
  }

  /** @returns {Choice[]} */
  choices() {
    return [...this.states].map(([id, state]) => ({ id, state }));
  }

  clear() {
    if (!this.size(1)) return;
    this.all = false;
    this.states.clear();
    this.changed();
  }

  /** @param {Card} card @param {number} index */
  toggle(card, index) {
    const had = this.all || this.states.delete(card.id);
    if (this.all) this.states.clear();
    this.all = false;
    if (!had) this.states.set(card.id, card.state);
    this.anchor = index;
    this.changed();
  }

  /** Everything between two places; the anchor stays.
   * @param {Card[]} cards @param {number} from @param {number} to */
  range(cards, from, to) {
    this.all = false;
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    for (const card of cards.slice(first, last + 1)) this.states.set(card.id, card.state);
    this.changed();
  }

  /** @param {Card[]} cards */
  page(cards) {
    this.range(cards, 0, cards.length - 1);
  }

  /** @param {number} ledger */
  everything(ledger) {
    this.states.clear();
    Object.assign(this, { all: true, ledger });
    this.changed();
  }

  /** These have been decided on. @param {string[]} ids */
  drop(ids) {
    if (ids.map((id) => this.states.delete(id)).includes(true)) this.changed();
  }

  /** A card that was read again: decide on what is shown now. @param {Card} card */
  seen(card) {
    if (this.states.has(card.id)) this.states.set(card.id, card.state);
  }
}
