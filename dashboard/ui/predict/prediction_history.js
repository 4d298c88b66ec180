// Search while typing, after a short pause.
let wait = null;
const search = (text) => panel.send("act", { do: "search", search: text });
element.addEventListener("input", (event) => {
  if (event.target.name !== "text") return;
  clearTimeout(wait);
  wait = setTimeout(() => search(event.target.value), 250);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(wait);
  search(event.target.elements.text.value);
});
