// The bar of decisions below the grid: classes, decisions, reason and note, and what is selected.

import { button, onEnter } from "../dom.js";
import { html } from "../html.js";
import { openDialog } from "../notices.js";
import { className, count } from "../words.js";
import { findClass } from "./class_finder.js";
import { KEYS, MARKS, PLAIN } from "./keys.js";
import { REASON } from "./names.js";
import { blind, setBlind } from "./reading.js";

/** @import { Decider } from "./decide.js" */
/** @import { Grid } from "./grid.js" */

const SECOND_READING =
  "Second reading: say what you see. Labels are hidden, and nothing but your opinion is kept.";

export class Dock {
  /** @param {Grid} grid @param {Decider} decider */
  constructor(grid, decider) {
    this.grid = grid;
    this.decider = decider;
    this.drawn = "";
    this.about = html`<p class="mpx-about" data-testid="about"></p>`;
    this.why = html`<p class="mpx-why" data-testid="why" aria-live="polite"></p>`;
    this.spoken = html`<p class="mpx-unseen" role="status" data-testid="spoken"></p>`;
    this.classes = html`<div class="mpx-dock-classes"></div>`;
    this.deciding = PLAIN.map(([key, kind, label]) =>
      button(label, () => decider.decide({ kind }), { key, testid: `do-${kind}` }),
    );
    this.accept = button("", () => decider.accept(), { key: "Y", testid: "do-accept" });
    this.noting = button("Note", () => this.toggleNote(), {
      key: "N",
      testid: "do-note",
      pressed: false,
    });
    this.reading = button("Read blind", () => setBlind(!blind()), {
      key: "B",
      testid: "do-reading",
      pressed: false,
    });
    this.note = this.noteRow();
    const plain = [
      ...this.deciding,
      this.accept,
      this.noting,
      this.reading,
      button("Undo", () => decider.undo(), { key: "U", testid: "do-undo" }),
      button("Keys", showKeys, { key: "?", testid: "do-keys" }),
    ];
    this.element = html`<div class="mpx-dock" role="toolbar" aria-label="Decide" data-testid="dock">
      <div class="mpx-dock-head">${this.why}${this.about}</div>${this.note}${this.classes}
      <div class="mpx-dock-plain">${plain}</div>${this.spoken}</div>`;
    decider.announce = (words) => this.spoken.replaceChildren(words);
    document.addEventListener("mpx-blind", () => this.draw());
    // Notices stand above the bar, however many rows it has.
    new ResizeObserver(() => {
      const high = this.element.offsetHeight;
      if (high) document.documentElement.style.setProperty("--mpx-dock", `${high}px`);
    }).observe(this.element);
  }

  find() {
    findClass(this.grid.classes, (label) => this.decider.name(label));
  }

  drawClasses() {
    const { classes } = this.grid;
    const names = JSON.stringify(classes);
    if (names === this.drawn) return;
    this.drawn = names;
    const buttons = classes
      .filter(({ key }) => key)
      .map(({ id, name, key, colour }) => {
        const look = { key, testid: `do-class-${name}`, kind: "class" };
        return coloured(
          button(name, () => this.decider.name(id), look),
          colour,
        );
      });
    const more = button("More…", () => this.find(), { key: "L", testid: "do-find-class" });
    this.classes.replaceChildren(...buttons, buttons.length < classes.length ? more : "");
  }

  /** Reason and note: they go with every decision until they are taken away. */
  noteRow() {
    const { remark } = this.decider;
    const options = Object.entries(REASON).map(([key, label]) => new Option(label, key));
    /** @type {HTMLSelectElement} */
    const reason = html`<select aria-label="Reason" data-testid="reason">${options}</select>`;
    /** @type {HTMLInputElement} */
    const note = html`<input type="text" placeholder="Note for your next decisions" aria-label="Note"
      maxlength="500" data-testid="note">`;
    const changed = () => {
      Object.assign(remark, { reason: reason.value, note: note.value.trim() });
      this.noting.classList.toggle("on", Boolean(remark.reason || remark.note));
    };
    const back = () => this.grid.focus(this.grid.index);
    const close = () => {
      this.toggleNote();
      back();
    };
    const clear = () => {
      reason.value = note.value = "";
      changed();
      close();
    };
    reason.addEventListener("change", changed);
    note.addEventListener("input", changed);
    note.addEventListener("keydown", (event) => event.key === "Escape" && close());
    onEnter(note, back);
    return html`<div class="mpx-note" hidden>${reason}${note}
      ${button("Clear", clear, { kind: "link", testid: "clear-note" })}</div>`;
  }

  toggleNote() {
    this.note.hidden = !this.note.hidden;
    this.noting.setAttribute("aria-pressed", String(!this.note.hidden));
    if (!this.note.hidden) this.note.querySelector("input")?.focus();
  }

  drawWhy() {
    const card = this.grid.focused();
    const suggested = card?.suggested ?? null;
    this.accept.hidden = suggested === null || blind();
    const name = className(this.grid.classes, suggested);
    this.accept.querySelector("span")?.replaceChildren(`Yes, ${name}`);
    this.why.hidden = !card?.why && !blind();
    this.why.textContent = blind() ? SECOND_READING : (card?.why ?? "");
  }

  draw() {
    const { grid } = this;
    this.drawClasses();
    this.drawWhy();
    this.reading.setAttribute("aria-pressed", String(blind()));
    for (const decision of this.deciding) decision.disabled = blind();
    this.element.hidden = !grid.cards.length;
    const selected = grid.selection.size(grid.total);
    this.element.classList.toggle("many", selected > 0);
    if (!selected) return this.about.replaceChildren(grid.focused()?.file ?? "");
    const clear = () => grid.selection.clear();
    return this.about.replaceChildren(
      html`<b>${count(selected, "sample")} selected</b>`,
      button("Clear", clear, { kind: "link", testid: "clear-selection" }),
    );
  }
}

/** @template {HTMLElement} T @param {T} element @param {string} colour */
function coloured(element, colour) {
  element.style.setProperty("--class", colour);
  return element;
}

export function showKeys() {
  /** @param {[string, string][]} rows */
  const listed = (rows) => html`<dl class="mpx-keys">
    ${rows.flatMap(([key, what]) => [html`<dt><kbd>${key}</kbd></dt>`, html`<dd>${what}</dd>`])}</dl>`;
  const content = html`<div class="mpx-stack">${listed(KEYS)}<h3>Marks</h3>${listed(MARKS)}</div>`;
  openDialog("Keys", content, { testid: "keys" });
}
