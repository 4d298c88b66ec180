// The same place of one or two images, closer: wheel, two fingers, drag, double click.

const CLOSEST = 12;

export class Zoom {
  /** @param {(transform: string, close: boolean) => void} draw */
  constructor(draw) {
    this.draw = draw;
    this.view = { scale: 1, x: 0, y: 0 };
    /** @type {Map<number, [number, number]>} */
    this.fingers = new Map();
  }

  fit() {
    this.view = { scale: 1, x: 0, y: 0 };
    this.show();
  }

  show() {
    const { scale, x, y } = this.view;
    this.draw(`translate(${x}px, ${y}px) scale(${scale})`, scale > 1);
  }

  /** What lies at (x, y), in pixels from the middle, stays there. @param {number} factor */
  by(factor, x = 0, y = 0) {
    const { view } = this;
    const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
    const ratio = scale / view.scale;
    this.view =
      scale === 1
        ? { scale, x: 0, y: 0 }
        : { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
    this.show();
  }

  /** @param {HTMLElement} stage */
  listen(stage) {
    /** @param {MouseEvent} event @returns {[number, number]} */
    const middle = (event) => {
      const box = stage.getBoundingClientRect();
      return [event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2];
    };
    stage.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.by(Math.exp(-event.deltaY / 300), ...middle(event));
      },
      { passive: false },
    );
    stage.addEventListener("dblclick", (event) =>
      this.view.scale > 1 ? this.fit() : this.by(3, ...middle(event)),
    );
    stage.addEventListener("pointerdown", (event) => {
      this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => this.dragged(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      stage.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
    }
  }

  /** @param {PointerEvent} event */
  dragged(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    /** @type {[number, number]} */
    const now = [event.clientX, event.clientY];
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (/** @type {[number, number]} */ [x, y]) =>
        Math.hypot(x - other[0], y - other[1]);
      this.by(apart(now) / Math.max(1, apart(before)));
    } else if (this.view.scale > 1) {
      this.view.x += now[0] - before[0];
      this.view.y += now[1] - before[1];
      this.show();
    }
    this.fingers.set(event.pointerId, now);
  }
}
