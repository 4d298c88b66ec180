// The form that adds the photograph to the data set.
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const root = element.querySelector("[data-context]");
  panel.send("act", {
    do: "promote",
    prediction: Number(root.dataset.prediction),
    label: Number(form.elements.label.value),
    patient: form.elements.patient.value.trim(),
  });
});
