// Another run, downloads, the address of what is shown, and how many labels moved on meanwhile.
const context = () => element.querySelector("[data-context]")?.dataset;
element.addEventListener("change", async (event) => {
  if (event.target.name !== "run") return;
  const { run, split } = context();
  const next = { do: "open", run: event.target.value, split: split === "test" ? "validation" : split };
  if (!(await panel.send("act", next))) event.target.value = run;
});
element.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-download]");
  if (!button) return;
  const answer = await server.download({ kind: button.dataset.download, ...context() });
  if (answer.error) panel.toast(answer.error.message, true);
  else panel.save(answer.name, answer.type, answer.data);
});
const recount = async () => {
  if (!context() || !element.offsetParent) return;
  const shown = { ...context() };
  const answer = await server.changed(shown);
  const now = context();
  if (!answer || answer.error || !now || now.run !== shown.run || now.split !== shown.split) return;
  element.querySelector(".changed").textContent = answer.sentence;
  const test = element.querySelector("[data-split=test][data-do]");
  if (!test) return;
  test.textContent = answer.test;
  if (test.dataset.confirm) test.dataset.confirm = answer.question;
};
// Somebody else, or another tab of this browser, may have opened test meanwhile.
window.addEventListener("focus", recount);
document.addEventListener("visibilitychange", () => document.hidden || recount());
watch("value", () => {
  const now = context();
  if (!now) return;
  panel.remember({ run: now.run, on: now.split === "test" ? "" : now.split });
  const select = element.querySelector("select[name=run]");
  if (select) select.value = now.run;
});
shared("shared/page.js").then(({ hear }) => hear("saved", recount));
