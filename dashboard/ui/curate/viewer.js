// One photograph as large as the window allows; zoom with the wheel, two fingers or + and -.

import { button, h, icon } from "../shared/dom.js";
import { STATUS } from "../shared/words.js";

const CLOSEST = 12;

export class Viewer {
  // `step` moves to a neighbour, `current` returns the card in focus.
  constructor(grid) {
    this.grid = grid;
    this.dialog = null;
  }

  open(card) {
    if (!card) return;
    if (!this.dialog) this.build();
    this.show(card);
  }

  build() {
    this.image = h("img", { alt: "", draggable: "false" });
    this.stage = h("div", { class: "mpx-stage", tabindex: "-1", autofocus: true }, this.image);
    this.caption = h("p", {});
    this.dialog = h(
      "dialog",
      { class: "mpx mpx-viewer", "aria-label": "Large picture", data: { testid: "viewer" } },
      this.stage,
      h("footer", {},
        button("Previous", () => this.grid.move(-1), { sign: "left" }),
        this.caption,
        button("Fit", () => this.fit(), { key: "0" }),
        button("Next", () => this.grid.move(1), { sign: "right" }),
        h("button", {
          type: "button", class: "mpx-bare", "aria-label": "Close",
          on: { click: () => this.dialog.close() },
        }, icon("close"))),
    );
    this.listen();
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      this.dialog = null;
      this.grid.elementOf(this.id)?.focus();
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  // Called whenever the grid's focus moves, so that keys work here as they do there.
  show(card) {
    if (!this.dialog || !card) return;
    const known = this.grid.classes.find((one) => one.id === card.label);
    this.caption.replaceChildren(
      h("b", {}, known?.name ?? "No label"), ` ${card.file}`,
      card.status === "new" ? "" : h("span", { class: "mpx-badge" }, STATUS[card.status]));
    this.dialog.style.setProperty("--class", known?.colour ?? "transparent");
    if (this.id === card.id && this.image.src) return;
    this.id = card.id;
    this.image.src = `/media/${card.id}`;
    this.image.alt = card.file;
    this.fit();
  }

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.draw();
  }

  draw() {
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("zoomed", this.scale > 1);
  }

  zoom(factor, x = 0, y = 0) {
    const scale = Math.min(CLOSEST, Math.max(1, this.scale * factor));
    const ratio = scale / this.scale;
    this.x = scale === 1 ? 0 : x - (x - this.x) * ratio;
    this.y = scale === 1 ? 0 : y - (y - this.y) * ratio;
    this.scale = scale;
    this.draw();
  }

  listen() {
    const middle = (event) => {
      const box = this.stage.getBoundingClientRect();
      return [event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2];
    };
    this.stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), ...middle(event));
    }, { passive: false });
    this.stage.addEventListener("dblclick", (event) =>
      this.scale > 1 ? this.fit() : this.zoom(3, ...middle(event)));
    this.dialog.addEventListener("keydown", (event) => {
      const factor = { "+": 1.4, "=": 1.4, "-": 1 / 1.4 }[event.key];
      if (factor) this.zoom(factor);
      else if (event.key === "0") this.fit();
      else if (event.key === "Enter" && !event.target.closest("button")) this.dialog.close();
    });
    const fingers = new Map();
    this.stage.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      this.stage.setPointerCapture(event.pointerId);
    });
    this.stage.addEventListener("pointermove", (event) => this.dragged(event, fingers));
    for (const name of ["pointerup", "pointercancel"]) {
      this.stage.addEventListener(name, (event) => fingers.delete(event.pointerId));
    }
  }

  dragged(event, fingers) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      this.zoom(apart(now) / Math.max(1, apart(before)));
    } else if (this.scale > 1) {
      this.x += now[0] - before[0];
      this.y += now[1] - before[1];
      this.draw();
    }
    fingers.set(event.pointerId, now);
  }
}
