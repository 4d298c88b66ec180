// One photograph as large as the window allows; zoom with the wheel, two fingers or + and -.

import { button, icon } from "../dom.js";
import { html } from "../html.js";
import { classOf } from "./card.js";
import { STATUS } from "./names.js";
import { Zoom } from "./zoom.js";

/** @import { Card } from "../../../schemas/browser" */
/** @import { Grid } from "./grid.js" */

export class Viewer {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid;
    this.id = "";
    /** @type {HTMLImageElement} */
    this.image = html`<img alt="" draggable="false">`;
    this.stage = html`<div class="mpx-stage" tabindex="-1" autofocus>${this.image}</div>`;
    this.caption = html`<p></p>`;
    this.zoom = new Zoom((transform, close) => {
      this.image.style.transform = transform;
      this.stage.classList.toggle("zoomed", close);
    });
    this.zoom.listen(this.stage);
    const close = () => this.dialog.close();
    /** @type {HTMLDialogElement} */
    this.dialog = html`<dialog class="mpx mpx-viewer" aria-label="Large photograph" data-testid="viewer">
      ${this.stage}<footer>
      ${button("Previous", () => grid.move(-1), { sign: "left" })}${this.caption}
      ${button("Fit", () => this.zoom.fit(), { key: "0" })}
      ${button("Next", () => grid.move(1), { sign: "right" })}
      <button type="button" class="mpx-bare" aria-label="Close" onclick=${close}>${icon("close")}</button>
    </footer></dialog>`;
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      grid.elementAt(grid.place(this.id))?.focus();
    });
  }

  /** @param {Card | null} card */
  open(card) {
    if (!card) return;
    if (!this.dialog.open) {
      document.body.append(this.dialog);
      this.dialog.showModal();
    }
    this.show(card);
  }

  /** Called whenever the grid's focus moves, so that keys work here as they do there.
   * @param {Card | null} card */
  show(card) {
    if (!this.dialog.open || !card) return;
    const known = classOf(this.grid.classes, card.state.label);
    const { status } = card.state;
    const badge = status === "new" ? "" : html`<span class="mpx-badge">${STATUS[status]}</span>`;
    this.caption.replaceChildren(html`<b>${known?.name ?? "No label"}</b>`, ` ${card.file}`, badge);
    this.dialog.style.setProperty("--class", known?.colour ?? "transparent");
    if (this.id === card.id && this.image.src) return;
    this.id = card.id;
    this.image.src = `/media/${card.id}`;
    this.image.alt = card.file;
    this.zoom.fit();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (event.key === "+" || event.key === "=") this.zoom.by(1.4);
    else if (event.key === "-") this.zoom.by(1 / 1.4);
    else if (event.key === "0") this.zoom.fit();
    else if (event.key === "Enter" && !onButton) this.dialog.close();
  }
}
