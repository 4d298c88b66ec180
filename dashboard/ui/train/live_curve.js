// Ask again while the panel is in sight: every second while a run is alive, else every five.
let asked = 0;
setInterval(() => {
  if (!element.offsetParent || document.hidden) return;
  const live = element.querySelector("[data-poll]");
  const wait = live ? Number(live.dataset.poll) : 5000;
  const now = Date.now();
  if (now - asked < wait - 60) return;
  asked = now;
  const status = live ? live.dataset.status || "" : "";
  trigger("tick", { run: live ? live.dataset.run || "" : "", status });
}, 250);
// The drawer belongs to the table of runs.
element.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-details]")) return;
  const { tell } = await shared("shared/page.js");
  tell("run", element.querySelector("[data-run]").dataset.run);
});
