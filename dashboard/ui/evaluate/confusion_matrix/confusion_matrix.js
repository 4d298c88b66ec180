// The confusion matrix: square cells that open their photographs, by mouse or by keys.

import { html } from "../../shared/html.js";
import { setAddress } from "../../shared/page.js";

/** @import { Matrix, MatrixClass } from "../../../schemas/browser" */

/** Percentage of the hue in a cell that holds its whole row; text stays readable on it. */
const STRONGEST = 62;
/** With more classes than this the column heads show codes alone. */
const NAMES_IN_COLUMNS = 8;
/** In rows of fewer images one image moves a percentage by more than ten points. */
const FEW = 10;
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/**
 * What stands at the margins.
 * @param {number[][]} counts
 * @returns {{ rows: number[], columns: number[], all: number }}
 */
export function totals(counts) {
  const rows = counts.map(sum);
  return {
    rows,
    columns: counts.map((_, at) => sum(counts.map((row) => row[at]))),
    all: sum(rows),
  };
}

/**
 * The cell that an arrow key leads to, or null at the edge and for other keys.
 * @param {[number, number]} at
 * @param {string} key
 * @param {number} classes
 * @returns {[number, number] | null}
 */
export function neighbour([row, column], key, classes) {
  const step = STEPS[key];
  if (!step) return null;
  const [nextRow, nextColumn] = [row + step[0], column + step[1]];
  const inside = [nextRow, nextColumn].every((place) => place >= 0 && place < classes);
  return inside ? [nextRow, nextColumn] : null;
}

/** @param {number} n */
const grouped = (n) => n.toLocaleString("en");

/** @param {MatrixClass} info @param {"row" | "col"} scope */
function head({ name, code, colour }, scope) {
  const [look, title] = scope === "row" ? ["side", name] : ["head", `predicted ${name}`];
  return html`<th scope="${scope}" title="${title}"><span class="${look}"><i class="swatch"
    style="background: ${colour}"></i><b>${code}</b><span class="name">${name}</span></span></th>`;
}

/**
 * @param {Matrix} matrix
 * @param {number} row
 * @param {number} column
 * @param {number} total images of the row
 */
function cell(matrix, row, column, total) {
  const n = matrix.counts[row][column];
  const [truth, predicted] = [matrix.classes[row], matrix.classes[column]];
  const share = total ? n / total : 0;
  const chosen = row === matrix.selected[0] && column === matrix.selected[1];
  const words = `${n} of ${total} ${truth.name} predicted as ${predicted.name}`;
  const look = ["cell", row === column && "diagonal", !n && "zero"].filter(Boolean).join(" ");
  const tint = n > 0 && `--share: ${(share * STRONGEST).toFixed(1)}%`;
  const part = n > 0 && html`<small>${(100 * share).toFixed(1)}\u00a0%</small>`;
  return html`<td role="gridcell" class="${look}" style="${tint}" tabindex="${chosen ? 0 : -1}"
    aria-selected="${String(chosen)}" aria-label="${words}" title="${words}"
    data-row="${row}" data-column="${column}"
    data-testid="matrix-cell-${truth.name}-${predicted.name}"><b>${grouped(n)}</b>${part}</td>`;
}

/** @param {Matrix} matrix */
function table(matrix) {
  const { rows, columns, all } = totals(matrix.counts);
  const many = matrix.classes.length > NAMES_IN_COLUMNS;
  /** @param {number} n */
  const total = (n) => html`<td class="total">${grouped(n)}</td>`;
  const heads = matrix.classes.map((info) => head(info, "col"));
  const lines = matrix.classes.map((info, row) => {
    const cells = matrix.classes.map((_, column) => cell(matrix, row, column, rows[row]));
    return html`<tr class="${rows[row] < FEW && "few"}">${head(info, "row")}${cells}${total(rows[row])}</tr>`;
  });
  return html`<table class="${many ? "matrix many" : "matrix"}" role="grid" data-testid="matrix"
    aria-label="Confusion matrix: rows true class, columns predicted class"
    data-run="${matrix.run}" data-split="${matrix.split}">
    <thead><tr><th class="corner" scope="col">true ↓ predicted →</th>
      ${heads}<th scope="col" class="total">images</th></tr></thead>
    <tbody>${lines}</tbody>
    <tfoot><tr><th scope="row">predicted</th>${columns.map(total)}${total(all)}</tr></tfoot></table>`;
}

const keys = () => html`<p class="keys"><kbd>←</kbd> <kbd>↑</kbd> <kbd>→</kbd> <kbd>↓</kbd> move,
  <kbd>Enter</kbd> opens the photographs of a cell. Tint: share of the row.</p>`;

/**
 * @param {{
 *   element: HTMLElement,
 *   props: { value: Matrix | null },
 *   trigger: (name: string, data: object) => void,
 *   watch: (name: string, listener: () => void) => void,
 * }} host
 */
export function mount({ element, props, trigger, watch }) {
  const root = /** @type {HTMLElement} */ (element.querySelector(".confusion"));
  const cells = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll("td.cell")]);
  /** @param {HTMLElement} at @returns {[number, number]} */
  const place = (at) => [Number(at.dataset.row), Number(at.dataset.column)];

  /** @param {HTMLElement} next */
  const focus = (next) => {
    for (const other of cells()) other.tabIndex = other === next ? 0 : -1;
    next.focus({ preventScroll: true });
  };
  /** @param {HTMLElement} chosen */
  const open = (chosen) => {
    const { run, split, classes } = /** @type {Matrix} */ (props.value);
    const [row, column] = place(chosen);
    for (const other of cells()) other.setAttribute("aria-selected", String(other === chosen));
    focus(chosen);
    const value = { run, split, true: classes[row].id, predicted: classes[column].id };
    trigger("select", { index: [row, column], value });
  };
  /** @param {Event} event @returns {HTMLElement | null} */
  const cellOf = (event) =>
    event.target instanceof Element ? event.target.closest("td.cell") : null;

  root.addEventListener("click", (event) => {
    const chosen = cellOf(event);
    if (chosen) open(chosen);
  });
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const from = cellOf(event);
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const opens = event.key === "Enter" || event.key === " ";
    if (!(opens || STEPS[event.key])) return;
    event.preventDefault();
    event.stopPropagation();
    if (opens) return open(from);
    const next = String(neighbour(place(from), event.key, props.value?.classes.length ?? 0));
    const target = cells().find((other) => String(place(other)) === next);
    if (target) focus(target);
  };
  root.addEventListener("keydown", press);

  const draw = () => {
    const matrix = props.value;
    root.replaceChildren(...(matrix ? [table(matrix), keys()] : []));
    // Test is opened on purpose only, never by an address.
    if (matrix) setAddress({ run: matrix.run, on: matrix.split === "test" ? "" : matrix.split });
  };
  watch("value", draw);
  draw();
}
