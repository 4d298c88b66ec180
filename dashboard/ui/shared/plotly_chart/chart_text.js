// What a chart's value becomes on its way to the screen and into files: plain functions.

/**
 * @typedef {string | number | null} Cell
 * @typedef {{ columns: string[], rows: Cell[][] }} Table
 * @typedef {{ x: number[], y: number[] }} Path
 */

const MOST_CORNERS = 36;

/**
 * Puts colours in for their names: `"var(--mpx-ink)"` becomes what `lookup("--mpx-ink")` returns.
 * @param {string} figure JSON
 * @param {(name: string) => string} lookup
 */
export function coloured(figure, lookup) {
  return figure.replace(/"var\((--[a-z-]+)\)"/g, (_, name) => JSON.stringify(lookup(name).trim()));
}

/**
 * A CSV file; text that a spreadsheet would take for a formula gets an apostrophe in front.
 * @param {Table} table
 */
export function csv(table) {
  const lines = [table.columns, ...table.rows].map((row) => row.map(field).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** @param {Cell} cell */
function field(cell) {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Breaks plain text into lines for a picture, in Plotly's markup.
 * @param {string} text
 * @param {number} most characters in a line
 */
export function wrapped(text, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most)
      lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  const plain = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
  return { text: plain.join("<br>"), lines: lines.length };
}

/**
 * The corners of a lasso or a box, thinned out to as many as an address can hold.
 * @param {Path | undefined} lasso
 * @param {Path | undefined} box two opposite corners
 * @returns {[number, number][]}
 */
export function corners(lasso, box) {
  if (lasso) {
    const step = Math.max(1, Math.ceil(lasso.x.length / MOST_CORNERS));
    return lasso.x.flatMap((x, i) =>
      i % step ? [] : [/** @type {[number, number]} */ ([x, lasso.y[i]])],
    );
  }
  if (!box) return [];
  const [[left, right], [low, high]] = [box.x, box.y];
  return [
    [left, low],
    [right, low],
    [right, high],
    [left, high],
  ];
}

/**
 * What Gradio's `select` event carries.
 * @param {any} event of Plotly: undefined when a selection is taken back
 * @param {boolean} cornersOnly a lasso sends its corners, not its points
 */
export function selection(event, cornersOnly) {
  if (!event?.points) return { index: [], value: [], area: [], selected: false };
  const area = corners(event.lassoPoints, event.range);
  const points =
    cornersOnly && area.length
      ? []
      : event.points.filter((/** @type {any} */ point) => point.customdata !== undefined);
  return {
    index: points.map((/** @type {any} */ point) => point.pointIndex ?? point.pointNumber),
    value: points.map((/** @type {any} */ point) => point.customdata),
    area,
    selected: true,
  };
}
