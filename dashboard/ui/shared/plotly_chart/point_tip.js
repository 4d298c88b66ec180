// What a point is: its photograph and a few words beside the pointer.

import { h } from "../dom.js";

const APART = 14; // Pixels between the pointer and the tip.
const ROOM = 190; // Pixels that the tip needs on its side.

export class PointTip {
  /** @param {HTMLElement} frame positioned; the tip stays within it */
  constructor(frame) {
    this.frame = frame;
    this.image = h("img", { alt: "" });
    this.words = h("span", {});
    this.element = h(
      "div",
      { class: "mpx-chart-tip", hidden: true, "aria-hidden": "true" },
      this.image,
      this.words,
    );
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
