// The chosen plan is remembered: it is shown again, and the training form starts from it.
const kept = () => JSON.parse(localStorage.getItem("ai-mpox-balance") || "{}");
const keepPlan = (method, target) =>
  localStorage.setItem("ai-mpox-balance", JSON.stringify({ method, target }));
element.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-method]");
  if (choice) keepPlan(choice.dataset.method, null);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const target = Number(event.target.elements.target.value) || null;
  keepPlan("augmentation", target);
  panel.send("act", { do: "plan", method: "augmentation", target });
});
// What is typed is the plan, with or without the button beside it.
element.addEventListener("change", (event) => {
  if (event.target.name === "target" && event.target.form.reportValidity()) event.target.form.requestSubmit();
});
panel.more = kept;
