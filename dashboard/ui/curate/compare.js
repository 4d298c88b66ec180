// Photographs side by side that may show the same: same zoom, a key to blink, and what to do.

import { button, h } from "../shared/dom.js";
import { openDialog } from "../shared/notices.js";
import { className, SPLIT, STATUS } from "../shared/words.js";

export class Compare {
  // `act` holds: decide(card, order), classes()
  constructor(act) {
    this.act = act;
  }

  // The first card is compared with each of the others.
  open(cards) {
    [this.first, ...this.others] = cards;
    this.at = 0;
    this.view = { x: 0, y: 0, zoom: 1 };
    this.body = h("div", { class: "mpx-compare" });
    const dialog = openDialog("Compare", this.body, { testid: "compare-dialog", wide: true });
    dialog.addEventListener("keydown", (event) => this.pressed(event));
    dialog.addEventListener("keyup", (event) => event.key === " " && this.blink(false));
    this.dialog = dialog;
    this.draw();
  }

  draw() {
    const pair = [this.first, this.others[this.at]];
    const [one, other] = pair;
    const apart = JSON.parse(one.state).patient !== JSON.parse(other.state).patient;
    const steps = this.others.length > 1
      && h("p", { class: "mpx-quiet" }, `Pair ${this.at + 1} of ${this.others.length}`);
    this.stages = pair.map((card) => this.stage(card));
    const name = className(this.act.classes(), one.label);
    const otherName = className(this.act.classes(), other.label);
    this.body.replaceChildren(
      h("div", { class: "mpx-compare-pair" }, pair.map((card, place) =>
        h("figure", {}, this.stages[place], this.facts(card, pair[1 - place])))),
      h("div", { class: "mpx-row" },
        button("Exclude left", () => this.settle(one, { kind: "exclude" }), { key: "Q", testid: "exclude-left" }),
        button("Exclude right", () => this.settle(other, { kind: "exclude" }), { key: "W", testid: "exclude-right" }),
        apart && button("Same person: join", () => this.settle(one, { kind: "join", join: other.id }), { key: "J", testid: "join" }),
        one.label !== other.label && button(`Both ${name}`, () =>
          this.settle(other, { kind: "relabel", label: one.label }), { testid: "both-left" }),
        one.label !== other.label && button(`Both ${otherName}`, () =>
          this.settle(one, { kind: "relabel", label: other.label }), { testid: "both-right" }),
        button("Keep both", () => this.keep(pair), { key: "K", kind: "primary", testid: "keep-both" }),
        steps || ""),
      h("p", { class: "mpx-quiet" }, "Hold Space to lay the right one over the left one. Wheel and " +
        "drag look at the same place of both."));
    this.move();
  }

  stage(card) {
    const image = h("img", { src: `/media/${card.id}`, alt: card.file, draggable: "false" });
    const element = h("div", { class: "mpx-compare-stage", data: { id: card.id } }, image);
    element.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.view.zoom = Math.max(1, Math.min(12, this.view.zoom * Math.exp(-event.deltaY / 400)));
      this.move();
    }, { passive: false });
    element.addEventListener("pointermove", (event) => {
      if (!(event.buttons & 1)) return;
      this.view.x += event.movementX;
      this.view.y += event.movementY;
      this.move();
    });
    return element;
  }

  move() {
    const { x, y, zoom } = this.view;
    if (zoom === 1) Object.assign(this.view, { x: 0, y: 0 });
    for (const stage of this.stages) {
      for (const image of stage.querySelectorAll("img")) {
        image.style.transform = `translate(${zoom === 1 ? 0 : x}px, ${zoom === 1 ? 0 : y}px) scale(${zoom})`;
      }
    }
  }

  // What differs is set in bold.
  facts(card, other) {
    const rows = [
      ["File", card.file, other.file],
      ["Label", className(this.act.classes(), card.label), className(this.act.classes(), other.label)],
      ["Patient", card.patient ?? "unknown", other.patient ?? "unknown"],
      ["Split", SPLIT[card.split ?? "none"], SPLIT[other.split ?? "none"]],
      ["Decision", STATUS[card.status], STATUS[other.status]],
    ];
    return h("dl", {}, rows.map(([what, here, there]) => [
      h("dt", {}, what), h("dd", { class: here === there ? "" : "differs" }, here)]));
  }

  blink(on) {
    const [left, right] = this.stages;
    left.querySelector(".over")?.remove();
    if (!on) return;
    const over = right.querySelector("img").cloneNode();
    over.classList.add("over");
    left.append(over);
  }

  pressed(event) {
    const keys = { q: "exclude-left", w: "exclude-right", j: "join", k: "keep-both" };
    if (event.key === " ") this.blink(true);
    else if (event.key === "ArrowRight") this.step(1);
    else if (event.key === "ArrowLeft") this.step(-1);
    else if (keys[event.key]) this.body.querySelector(`[data-testid="${keys[event.key]}"]`)?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.others.length) return;
    this.at = to;
    this.draw();
  }

  // Both have been looked at: they leave their queue.
  async keep(pair) {
    for (const card of pair) {
      if (card.status === "new") await this.act.decide(card, { kind: "keep" });
    }
    this.next();
  }

  next() {
    if (this.at + 1 < this.others.length) this.step(1);
    else this.dialog.close();
  }

  async settle(card, order) {
    await this.act.decide(card, order);
    this.next();
  }
}
