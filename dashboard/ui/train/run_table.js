// Heads sort the rows; two marked runs can be compared; details open in a drawer. What a person
// has chosen survives the table's own updates.
const drawer = shared("train/run_drawer.js");
let order = null;
let showHidden = false;
const picked = [];
const comparable = (row, index) => {
  const value = row.children[index].dataset.value;
  return value !== "" && !isNaN(value) ? Number(value) : value.toLowerCase();
};
const sort = (table) => {
  const heads = [...table.querySelectorAll("th")];
  const index = heads.findIndex((head) => head.dataset.key === order.key);
  heads.forEach((head, i) => {
    if (head.dataset.key) head.setAttribute("aria-sort", i === index ? order.way : "none");
  });
  const sign = order.way === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].sort((a, b) => {
    const x = comparable(a, index), y = comparable(b, index);
    return (x < y ? -1 : x > y ? 1 : 0) * sign;
  });
  table.tBodies[0].append(...rows);
};
const arrange = () => {
  const table = element.querySelector(".runs");
  if (!table) return;
  table.querySelectorAll("[data-hidden]").forEach((row) => (row.hidden = !showHidden));
  const toggle = element.querySelector("[data-show-hidden]");
  if (toggle) {
    toggle.setAttribute("aria-pressed", String(showHidden));
    if (showHidden) toggle.textContent = "Leave hidden ones out";
  }
  const there = new Set([...table.querySelectorAll("tr[data-run]")].map((row) => row.dataset.run));
  picked.splice(0, picked.length, ...picked.filter((run) => there.has(run)));
  table.querySelectorAll("[data-pick]").forEach((box) => {
    box.checked = picked.includes(box.closest("tr").dataset.run);
  });
  const numbers = picked.map((run) =>
    table.querySelector('tr[data-run="' + CSS.escape(run) + '"] [data-pick]').dataset.pick);
  element.querySelector("[data-compare]").disabled = picked.length !== 2;
  element.querySelector("[data-picked]").textContent = [
    "Mark two runs to see what differs.",
    "Run " + numbers[0] + " is marked; mark another one.",
    "How does run " + numbers[1] + " differ from run " + numbers[0] + "?",
  ][picked.length];
  if (order) sort(table);
};
// Tables are drawn anew while runs go on: the keyboard's place in them is kept.
let place = null;
element.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-run]");
  const tools = row && [...row.querySelectorAll("input, button")];
  place = row && { run: row.dataset.run, at: tools.indexOf(event.target) };
});
const refocus = () => {
  if (!place || (document.activeElement && document.activeElement !== document.body)) return;
  const row = element.querySelector('tr[data-run="' + CSS.escape(place.run) + '"]');
  row?.querySelectorAll("input, button")[place.at]?.focus({ preventScroll: true });
};
// Asked for directly, so that a refusal comes back in words; then everything is drawn anew.
const act = async (values) => {
  const { ask } = await shared("shared/page.js");
  const { tellFailure } = await shared("shared/notices.js");
  try {
    await ask(server, "carry_out", values);
  } catch (failure) {
    tellFailure(failure);
  }
  trigger("act", { do: "look" });
};
element.addEventListener("change", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  const run = box.closest("tr").dataset.run;
  if (!box.checked) picked.splice(picked.indexOf(run), 1);
  // A third one takes the place of the one marked last.
  else picked.splice(Math.min(picked.length, 1), 1, run);
  arrange();
});
element.addEventListener("click", async (event) => {
  const head = event.target.closest("[data-sort]");
  if (head) {
    const down = order && order.key === head.dataset.sort && order.way === "descending";
    order = { key: head.dataset.sort, way: down ? "ascending" : "descending" };
    arrange();
  }
  if (event.target.closest("[data-show-hidden]")) {
    showHidden = !showHidden;
    arrange();
  }
  const details = event.target.closest("[data-details]");
  const compare = event.target.closest("[data-compare]");
  if (!details && !compare) return;
  const { openRun, openDifference } = await drawer;
  if (details) openRun(server, details.closest("tr").dataset.run, act);
  else openDifference(server, picked[0], picked[1]);
});
shared("shared/page.js").then(({ hear }) => hear("run", async (run) => {
  const { openRun } = await drawer;
  openRun(server, run, act);
}));
watch("value", () => {
  arrange();
  refocus();
});
