// What a point is: its photograph and a few words beside the pointer.

import { html } from "../html.js";

const APART = 14; // Pixels between the pointer and the tip.
const ROOM = 190; // Pixels that the tip needs on its side.

export class PointTip {
  /** @param {HTMLElement} frame positioned; the tip stays within it */
  constructor(frame) {
    this.frame = frame;
    /** @type {HTMLImageElement} */
    this.image = html`<img alt="">`;
    this.words = html`<span></span>`;
    this.element = html`<div class="mpx-chart-tip" hidden aria-hidden="true">${this.image}${this.words}</div>`;
    frame.append(this.element);
  }

  /**
   * @param {any} event of Plotly: its first point has the id of a sample as `customdata`
   */
  show({ points: [point], event }) {
    if (point?.customdata === undefined || !event) return;
    this.image.src = `/thumb/${encodeURIComponent(point.customdata)}.webp`;
    this.words.textContent = point.text ?? "";
    const { left, top, width, height } = this.frame.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    this.element.style.left = `${x + APART + ROOM < width ? x + APART : Math.max(0, x - APART - ROOM)}px`;
    this.element.style.top = `${Math.max(0, Math.min(y - 60, height - 210))}px`;
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }
}
