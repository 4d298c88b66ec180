// Heads sort the rows, "Settings" unfolds a row; both survive the table's own updates.
let order = null;
const unfolded = new Set();
const comparable = (row, index) => {
  const value = row.children[index].dataset.value;
  return value !== "" && !isNaN(value) ? Number(value) : value.toLowerCase();
};
const arrange = () => {
  const table = element.querySelector(".runs");
  if (!table) return;
  table.querySelectorAll("tr.settings").forEach((row) => {
    const open = unfolded.has(row.dataset.of);
    row.hidden = !open;
    const button = row.previousElementSibling?.querySelector("[data-details]");
    if (button) button.setAttribute("aria-expanded", String(open));
  });
  if (!order) return;
  const heads = [...table.querySelectorAll("th")];
  const index = heads.findIndex((head) => head.dataset.key === order.key);
  heads.forEach((head, i) => {
    if (head.dataset.key) head.setAttribute("aria-sort", i === index ? order.way : "none");
  });
  const body = table.tBodies[0];
  const rows = [...body.querySelectorAll("tr[data-testid=run-row]")];
  const sign = order.way === "ascending" ? 1 : -1;
  rows.sort((a, b) => {
    const x = comparable(a, index), y = comparable(b, index);
    return (x < y ? -1 : x > y ? 1 : 0) * sign;
  });
  for (const row of rows) {
    const more = body.querySelector('tr.settings[data-of="' + CSS.escape(row.dataset.run) + '"]');
    body.append(row);
    if (more) body.append(more);
  }
};
element.addEventListener("click", (event) => {
  const head = event.target.closest("[data-sort]");
  if (head) {
    const down = order && order.key === head.dataset.sort && order.way === "descending";
    order = { key: head.dataset.sort, way: down ? "ascending" : "descending" };
    arrange();
  }
  const details = event.target.closest("[data-details]");
  if (details) {
    const run = details.closest("tr").dataset.run;
    if (!unfolded.delete(run)) unfolded.add(run);
    arrange();
  }
});
watch("value", arrange);
