// What part of the map a canvas shows: from the map's whole numbers to pixels, and back.

export const SIZE = 1000; // Positions are 0 .. 999.
const WIDEST = 1.6; // The axes have no unit: a long window may stretch the map so far.
const ZOOM = [0.8, 40];

export class MapView {
  constructor() {
    this.fit(1, 1);
    this.whole();
  }

  whole() {
    Object.assign(this, { x: 0, y: 0, zoom: 1 });
  }

  // The size of the canvas in CSS pixels.
  fit(width, height) {
    const most = (WIDEST * Math.min(width, height)) / SIZE;
    const [across, along] = [width, height].map((side) => Math.min(side / SIZE, most));
    Object.assign(this, { width, height, across, along });
  }

  place({ x, y }) {
    return [
      this.width / 2 + (x - SIZE / 2 - this.x) * this.across * this.zoom,
      this.height / 2 + (y - SIZE / 2 - this.y) * this.along * this.zoom,
    ];
  }

  unplace(x, y) {
    return [
      (x - this.width / 2) / (this.across * this.zoom) + SIZE / 2 + this.x,
      (y - this.height / 2) / (this.along * this.zoom) + SIZE / 2 + this.y,
    ];
  }

  // Where it stands after the pointer has gone so many pixels from where it stood `before`.
  drag(before, dx, dy) {
    this.x = before.x - dx / (this.across * this.zoom);
    this.y = before.y - dy / (this.along * this.zoom);
  }

  // Closer by a factor; what lies under the pointer stays there.
  closer(factor, x, y) {
    const before = this.unplace(x, y);
    this.zoom = Math.max(ZOOM[0], Math.min(ZOOM[1], this.zoom * factor));
    const after = this.unplace(x, y);
    this.x += before[0] - after[0];
    this.y += before[1] - after[1];
  }
}

// Whether a point lies within corners, by the even-odd rule, as the server has it.
export function inside({ x, y }, corners) {
  let odd = false;
  for (const [index, [x1, y1]] of corners.entries()) {
    const [x2, y2] = corners[(index + 1) % corners.length];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}
