// Runs before anything is drawn: a link to another tab must not flash the first one.
(() => {
  const tab = new URL(location.href).searchParams.get("tab");
  if (!tab || tab === "curate") return;
  document.documentElement.dataset.opening = tab;
  setTimeout(() => delete document.documentElement.dataset.opening, 4000);
})();
