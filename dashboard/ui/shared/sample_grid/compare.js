// Photographs side by side that may show the same: same zoom, a key to blink, and what to do.

import { button } from "../dom.js";
import { html } from "../html.js";
import { openDialog } from "../notices.js";
import { className } from "../words.js";
import { SPLIT, STATUS } from "./names.js";
import { Zoom } from "./zoom.js";

/** @import { Card } from "../../../schemas/browser" */
/** @import { Decider, Order } from "./decide.js" */

/** @type {Record<string, string>} */
const KEYS = { q: "exclude-left", w: "exclude-right", j: "join", k: "keep-both" };

export class Compare {
  /** The first card is compared with each of the others.
   * @param {Decider} decider @param {Card} first @param {Card[]} others */
  constructor(decider, first, others) {
    this.decider = decider;
    this.first = first;
    this.others = others;
    this.at = 0;
    this.zoom = new Zoom((transform) => {
      for (const image of this.body.querySelectorAll("img")) image.style.transform = transform;
    });
    this.body = html`<div class="mpx-compare"></div>`;
    this.dialog = openDialog("Compare", this.body, { testid: "compare-dialog", wide: true });
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("keyup", (event) => event.key === " " && this.blink(false));
    this.draw();
  }

  draw() {
    const { first } = this;
    const other = this.others[this.at];
    if (!other) return;
    this.stages = [first, other].map((card) => this.stage(card));
    const pair = html`<div class="mpx-compare-pair">
      <figure>${this.stages[0]}${this.facts(first, other)}</figure>
      <figure>${this.stages[1]}${this.facts(other, first)}</figure></div>`;
    const many = this.others.length;
    const place = many > 1 && html`<p class="mpx-quiet">Pair ${this.at + 1} of ${many}</p>`;
    this.body.replaceChildren(
      pair,
      html`<div class="mpx-row">${this.buttons(first, other)}${place}</div>`,
      html`<p class="mpx-quiet">Hold Space to lay the right one over the left one. Wheel and drag
        look at the same place of both.</p>`,
    );
    this.zoom.show();
  }

  /** @param {Card} first @param {Card} other */
  buttons(first, other) {
    const [left, right] = [first.state, other.state];
    const names = this.decider.grid.classes;
    /** @param {string} words @param {Card} card @param {Order} order @param {string} testid @param {string} [key] */
    const settle = (words, card, order, testid, key) =>
      button(words, () => this.settle(card, order), { testid, key });
    const keep = () => this.keep([first, other]);
    const both = left.label !== right.label && [
      settle(`Both ${className(names, left.label)}`, other, relabel(left.label), "both-left"),
      settle(`Both ${className(names, right.label)}`, first, relabel(right.label), "both-right"),
    ];
    const join = { kind: /** @type {const} */ ("join"), join: other.id };
    return [
      settle("Exclude left", first, { kind: "exclude" }, "exclude-left", "Q"),
      settle("Exclude right", other, { kind: "exclude" }, "exclude-right", "W"),
      left.patient !== right.patient && settle("Same person: join", first, join, "join", "J"),
      ...(both || []),
      button("Keep both", keep, { key: "K", kind: "primary", testid: "keep-both" }),
    ];
  }

  /** @param {Card} card */
  stage(card) {
    const stage = html`<div class="mpx-compare-stage" data-id="${card.id}">
      <img src="/media/${card.id}" alt="${card.file}" draggable="false"></div>`;
    this.zoom.listen(stage);
    return stage;
  }

  /** What differs is set in bold. @param {Card} card @param {Card} other */
  facts(card, other) {
    /** @param {Card} card @returns {[string, string | undefined][]} */
    const rows = ({ file, state, patient, split }) => [
      ["File", file],
      ["Label", className(this.decider.grid.classes, state.label)],
      ["Patient", patient ?? "unknown"],
      ["Split", SPLIT[split ?? "none"]],
      ["Decision", STATUS[state.status]],
    ];
    const there = rows(other);
    const lines = rows(card).map(([what, here], at) => {
      const look = here === there[at]?.[1] ? "" : "differs";
      return [html`<dt>${what}</dt>`, html`<dd class="${look}">${here}</dd>`];
    });
    return html`<dl>${lines.flat()}</dl>`;
  }

  /** @param {boolean} on */
  blink(on) {
    const [left, right] = this.stages ?? [];
    left?.querySelector(".over")?.remove();
    const over = on && right?.querySelector("img")?.cloneNode();
    if (!(over instanceof Element)) return;
    over.classList.add("over");
    left?.append(over);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const testid = event.repeat ? undefined : KEYS[event.key];
    if (event.key === " ") this.blink(true);
    else if (event.key === "ArrowRight") this.step(1);
    else if (event.key === "ArrowLeft") this.step(-1);
    else if (testid) this.press(testid);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} testid */
  press(testid) {
    const found = this.body.querySelector(`[data-testid="${testid}"]`);
    if (found instanceof HTMLElement) found.click();
  }

  /** @param {1 | -1} by */
  step(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.others.length) return;
    this.at = to;
    this.draw();
  }

  next() {
    if (this.at + 1 < this.others.length) this.step(1);
    else this.dialog.close();
  }

  /** Both have been looked at: they leave their queue. @param {Card[]} pair */
  async keep(pair) {
    for (const card of pair.filter(({ state }) => state.status === "new")) {
      await this.decider.decideOne(card, { kind: "keep" });
    }
    this.next();
  }

  /** @param {Card} card @param {Order} order */
  async settle(card, order) {
    await this.decider.decideOne(card, order);
    this.next();
  }
}

/** @param {number | null} label @returns {Order} */
const relabel = (label) => ({ kind: "relabel", label });
