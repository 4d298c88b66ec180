// The switch and its number are saved as soon as they change.
element.addEventListener("change", async (event) => {
  const form = event.target.closest(".retrain");
  if (!form) return;
  const after = Number(form.elements.after.value);
  if (!form.reportValidity()) return;
  const saved = panel.send("act", { do: "retrain", after: form.elements.on.checked ? after : null });
  if (!(await saved)) form.reset();
});
element.addEventListener("submit", (event) => event.preventDefault());
