// The map: every picture a point, alike pictures together; a lasso opens its pictures in the grid.

import { blind } from "./blind.js";
import { thumb } from "./card.js";
import { button, h } from "../shared/dom.js";
import { inside, MapView, SIZE } from "./map_view.js";
import { tellFailure } from "../shared/notices.js";
import { ask } from "../shared/page.js";
import { className, count, number, STATUS } from "../shared/words.js";

const MOST_CORNERS = 36;
const NEAR = 9; // Pixels around a point in which the pointer means it.
const EVERY_MS = 3000; // Between two looks for a map that is not drawn yet.
const MANY = 4000; // Points from which on they are drawn small, as squares.
const PLAIN = "#8a94a0";
const COLOURS = {
  label: "Label",
  predicted: "What the model says",
  suspected: "Needs a look",
  status: "Decision",
};
const STATUS_COLOUR = {
  new: PLAIN, kept: "#009e73", relabelled: "#3f4bc0", unsure: "#e69f00", excluded: "#16191d",
};

export class EmbeddingMap {
  // `act` holds: choose(params), open(id)
  constructor(server, act) {
    this.server = server;
    this.act = act;
    this.points = [];
    this.classes = [];
    this.hidden = new Set();
    this.view = new MapView();
    this.lasso = null;
    this.at = -1;
    this.build();
  }

  build() {
    this.canvas = h("canvas", {
      class: "mpx-map-canvas", tabindex: "0", role: "application",
      "aria-label": "Map of pictures: arrows go to the next picture, Enter opens it",
      data: { testid: "map" },
    });
    this.painted = h("canvas");
    this.tip = h("div", { class: "mpx-map-tip", hidden: true, data: { testid: "map-tip" } });
    this.stage = h("div", { class: "mpx-map-stage" }, this.canvas, this.tip);
    this.by = h("select", { "aria-label": "Colour by", data: { testid: "map-colour" } },
      Object.entries(COLOURS).map(([key, label]) => h("option", { value: key }, label)));
    this.by.addEventListener("change", () => (this.hidden.clear(), this.legend(), this.paint()));
    this.drawing = button("Lasso", () => this.arm(!this.armed), {
      testid: "map-lasso", pressed: false, title: "Or hold Shift and draw",
    });
    this.show = button("", () => this.openLasso(), { kind: "primary", testid: "map-open" });
    this.show.hidden = true;
    this.key = h("div", { class: "mpx-map-key" });
    this.none = h("p", { class: "mpx-none", hidden: true, data: { testid: "map-none" } });
    this.drawn = h("div", { class: "mpx-map-drawn" },
      h("div", { class: "mpx-row" }, h("label", { class: "mpx-row" }, "Colour by", this.by),
        this.drawing, button("Whole map", () => this.whole(), { testid: "map-whole" }), this.show),
      this.stage, this.key,
      h("p", { class: "mpx-quiet" }, "Pictures that look alike to the network lie together. The " +
        "axes have no unit. Turn the wheel to come closer, drag to move, draw a lasso to open."));
    this.element = h("div", { class: "mpx-map" }, this.none, this.drawn);
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointerleave", () => this.point(-1));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.stage);
  }

  async reload() {
    for (const option of this.by.options) option.disabled = blind() && option.value !== "status";
    if (blind()) this.by.value = "status";
    try {
      const found = await ask(this.server, "map_points");
      Object.assign(this, { points: found.points, classes: found.classes });
      this.none.textContent = found.missing;
      this.none.hidden = !found.missing;
      this.drawn.hidden = Boolean(found.missing);
      clearTimeout(this.again);
      if (found.missing) {
        this.again = setTimeout(() => this.element.offsetParent && this.reload(), EVERY_MS);
      }
      this.legend();
      this.fit();
    } catch (failure) {
      tellFailure(failure);
    }
  }

  // Which group of the legend a point belongs to: [key, name, colour].
  group(point) {
    const by = this.by.value;
    if (by === "status") return [point.status, STATUS[point.status], STATUS_COLOUR[point.status]];
    if (by === "suspected") {
      return point.suspected ? ["yes", "Needs a look", "#d55e00"] : ["no", "Nothing found", PLAIN];
    }
    const id = point[by];
    const known = this.classes.find((one) => one.id === id);
    const nothing = by === "label" ? "No label" : "Not predicted";
    return [String(id), known ? `${known.code} ${known.name}` : nothing, known?.colour ?? PLAIN];
  }

  legend() {
    const groups = new Map();
    for (const point of this.points) {
      const [key, name, colour] = this.group(point);
      const known = groups.get(key) ?? { name, colour, many: 0 };
      known.many += 1;
      groups.set(key, known);
    }
    const order = [...groups].sort((one, other) => other[1].many - one[1].many);
    this.key.replaceChildren(...order.map(([key, { name, colour, many }]) => {
      const made = h("button", {
        type: "button", class: "mpx-map-entry", "aria-pressed": String(!this.hidden.has(key)),
        on: { click: () => {
          if (!this.hidden.delete(key)) this.hidden.add(key);
          this.legend();
          this.paint();
        } },
      }, h("i", { "aria-hidden": "true" }), name, h("span", { class: "mpx-quiet" }, number(many)));
      made.style.setProperty("--class", colour);
      return made;
    }));
  }

  fit() {
    const width = this.stage.clientWidth;
    const height = this.stage.clientHeight;
    if (!width || !height) return;
    const dense = window.devicePixelRatio || 1;
    this.view.fit(width, height);
    Object.assign(this, { width, height, dense });
    for (const canvas of [this.canvas, this.painted]) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    this.paint();
  }

  get radius() {
    return Math.min(7, (this.points.length > MANY ? 1.8 : 3.4) * Math.sqrt(this.view.zoom));
  }

  // The points, on a canvas of their own: what the pointer does is drawn over it.
  paint() {
    if (!this.width) return;
    const paint = this.painted.getContext("2d");
    paint.setTransform(this.dense, 0, 0, this.dense, 0, 0);
    paint.clearRect(0, 0, this.width, this.height);
    const { radius } = this;
    const batches = new Map();
    for (const point of this.points) {
      const [key, , colour] = this.group(point);
      if (this.hidden.has(key)) continue;
      if (!batches.has(colour)) batches.set(colour, []);
      batches.get(colour).push(this.view.place(point));
    }
    for (const [colour, places] of batches) {
      paint.fillStyle = colour;
      paint.globalAlpha = 0.82;
      if (radius < 2) {
        for (const [x, y] of places) paint.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
        continue;
      }
      paint.beginPath();
      for (const [x, y] of places) {
        paint.moveTo(x + radius, y);
        paint.arc(x, y, radius, 0, 2 * Math.PI);
      }
      paint.fill();
    }
    paint.globalAlpha = 1;
    this.draw();
  }

  draw() {
    if (!this.width) return;
    const paint = this.canvas.getContext("2d");
    paint.setTransform(1, 0, 0, 1, 0, 0);
    paint.clearRect(0, 0, this.canvas.width, this.canvas.height);
    paint.drawImage(this.painted, 0, 0);
    paint.setTransform(this.dense, 0, 0, this.dense, 0, 0);
    const ink = getComputedStyle(this.element).color;
    paint.strokeStyle = ink;
    paint.lineWidth = 1.5;
    if (this.points[this.at]) {
      const [x, y] = this.view.place(this.points[this.at]);
      paint.beginPath();
      paint.arc(x, y, this.radius + 4, 0, 2 * Math.PI);
      paint.stroke();
    }
    if (this.lasso?.length > 1) {
      paint.setLineDash([5, 4]);
      paint.beginPath();
      for (const [x, y] of this.lasso) paint.lineTo(...this.view.place({ x, y }));
      paint.closePath();
      paint.stroke();
      paint.setLineDash([]);
    }
  }

  visible(point) {
    return !this.hidden.has(this.group(point)[0]);
  }

  nearest(x, y, within = NEAR) {
    let best = -1;
    let least = within ** 2;
    for (const [index, point] of this.points.entries()) {
      const [px, py] = this.view.place(point);
      const far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least && this.visible(point)) [best, least] = [index, far];
    }
    return best;
  }

  point(index) {
    if (index === this.at) return;
    this.at = index;
    const point = this.points[index];
    this.tip.hidden = !point;
    if (point) {
      const [x, y] = this.view.place(point);
      const said = [className(this.classes, point.label), STATUS[point.status]];
      if (point.predicted !== null) said.push(`model: ${className(this.classes, point.predicted)}`);
      const words = [h("b", {}, point.file), h("span", {}, said.join(" · "))];
      this.tip.replaceChildren(h("img", { src: thumb(point.id), alt: "" }), ...(blind() ? [] : words));
      this.tip.style.left = `${Math.min(Math.max(8, x + 14), this.width - 188)}px`;
      this.tip.style.top = `${Math.min(Math.max(8, y - 60), this.height - 210)}px`;
    }
    this.draw();
  }

  arm(on) {
    this.armed = on;
    this.drawing.setAttribute("aria-pressed", String(on));
    this.canvas.classList.toggle("lasso", on);
    if (on) this.forget();
  }

  forget() {
    this.lasso = null;
    this.show.hidden = true;
    this.draw();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const { x, y } = this.view;
    this.from = { x: event.offsetX, y: event.offsetY, view: { x, y }, moved: false };
    if (this.armed || event.shiftKey) {
      this.lasso = [this.view.unplace(event.offsetX, event.offsetY)];
      this.lassoing = true;
    }
  }

  moved(event) {
    if (!this.from) return this.point(this.nearest(event.offsetX, event.offsetY));
    const [dx, dy] = [event.offsetX - this.from.x, event.offsetY - this.from.y];
    if (Math.hypot(dx, dy) > 4) this.from.moved = true;
    if (this.lassoing) {
      this.lasso.push(this.view.unplace(event.offsetX, event.offsetY));
      return this.draw();
    }
    this.view.drag(this.from.view, dx, dy);
    return this.paint();
  }

  up(event) {
    const { from } = this;
    this.from = null;
    if (this.lassoing) {
      this.lassoing = false;
      this.arm(false);
      return this.closeLasso();
    }
    if (!from?.moved) {
      const index = this.nearest(event.offsetX, event.offsetY);
      if (index >= 0) this.act.open(this.points[index].id);
    }
    return undefined;
  }

  closeLasso() {
    const step = Math.max(1, Math.ceil(this.lasso.length / MOST_CORNERS));
    this.lasso = this.lasso.filter((_, index) => index % step === 0)
      .map((corner) => corner.map((one) => Math.max(0, Math.min(SIZE - 1, Math.round(one)))));
    const within = this.lasso.length > 2
      ? this.points.filter((point) => inside(point, this.lasso)).length : 0;
    if (!within) return this.forget();
    this.show.hidden = false;
    this.show.querySelector("span").textContent = `Show ${count(within, "photograph")}`;
    return this.draw();
  }

  openLasso() {
    this.act.choose({ area: this.lasso.flat().join(",") });
  }

  wheel(event) {
    event.preventDefault();
    this.view.closer(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    this.at = -1;
    this.tip.hidden = true;
    this.paint();
  }

  whole() {
    this.view.whole();
    this.forget();
    this.paint();
  }

  // Arrows: the nearest point on that side.
  pressed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (event.key === "Enter" && this.points[this.at]) this.act.open(this.points[this.at].id);
    else if (event.key === "Escape" && this.lasso) this.forget();
    else if (!way) return;
    else this.point(this.beside(way));
    event.preventDefault();
    event.stopPropagation();
  }

  beside([wx, wy]) {
    const here = this.points[this.at];
    if (!here) return this.nearest(this.width / 2, this.height / 2, 1e6);
    let best = this.at;
    let least = Infinity;
    for (const [index, point] of this.points.entries()) {
      const along = (point.x - here.x) * wx + (point.y - here.y) * wy;
      const aside = Math.abs((point.x - here.x) * wy) + Math.abs((point.y - here.y) * wx);
      if (along > 0 && along + 2 * aside < least && this.visible(point)) {
        [best, least] = [index, along + 2 * aside];
      }
    }
    return best;
  }
}
