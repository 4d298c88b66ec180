// Which samples are selected: a few by hand, also across pages, or everything that matches.

export class Selection {
  constructor(changed) {
    this.states = new Map(); // id -> the state that the person saw
    this.all = false;
    this.ledger = 0; // With everything: the newest decision that the person could know of.
    this.anchor = -1;
    this.changed = changed;
  }

  has(id) {
    return this.all || this.states.has(id);
  }

  size(total) {
    return this.all ? total : this.states.size;
  }

  clear() {
    if (!this.all && !this.states.size) return;
    this.all = false;
    this.states.clear();
    this.changed();
  }

  toggle(card, index) {
    if (this.all) {
      this.all = false;
      this.states.clear();
    } else if (this.states.has(card.id)) {
      this.states.delete(card.id);
    } else {
      this.states.set(card.id, card.state);
    }
    this.anchor = index;
    this.changed();
  }

  // Everything between the anchor and here; the anchor stays.
  range(cards, from, to) {
    this.all = false;
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    for (const card of cards.slice(first, last + 1)) this.states.set(card.id, card.state);
    this.changed();
  }

  page(cards) {
    this.range(cards, 0, cards.length - 1);
  }

  everything(ledger) {
    this.states.clear();
    Object.assign(this, { all: true, ledger });
    this.changed();
  }

  // These have been decided on.
  drop(ids) {
    if (ids.map((id) => this.states.delete(id)).includes(true)) this.changed();
  }

  // A card that was read again: decide on what is shown now.
  seen(card) {
    if (this.states.has(card.id)) this.states.set(card.id, card.state);
  }
}
