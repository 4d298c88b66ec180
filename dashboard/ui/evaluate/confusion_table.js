// Arrow keys move between the cells, Enter, space and a click open one.
const cellAt = (row, column) =>
  element.querySelector('td[data-row="' + row + '"][data-column="' + column + '"]');
const mark = (cell) => element.querySelectorAll("td.cell").forEach((one) => {
  one.setAttribute("aria-selected", one === cell ? "true" : "false");
  one.setAttribute("tabindex", one === cell ? "0" : "-1");
});
const openCell = async (cell) => {
  const before = element.querySelector('td.cell[aria-selected="true"]');
  mark(cell);
  cell.focus({ preventScroll: true });
  if (!(await panel.send("act", { do: "cell", ...panel.values(cell) }))) mark(before);
};
element.addEventListener("click", (event) => {
  const cell = event.target.closest("td.cell");
  if (cell) openCell(cell);
});
element.addEventListener("keydown", (event) => {
  const cell = event.target.closest("td.cell");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    event.stopPropagation();
    openCell(cell);
    return;
  }
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const next = cellAt(Number(cell.dataset.row) + step[0], Number(cell.dataset.column) + step[1]);
  if (!next) return;
  cell.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
});
