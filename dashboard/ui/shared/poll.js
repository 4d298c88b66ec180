// Ask again while work is under way and the panel is in sight; otherwise it stays as it is.
let last = 0;
setInterval(() => {
  const waiting = element.querySelector("[data-poll]");
  if (!waiting || !element.offsetParent || document.hidden) return;
  if (Date.now() - last < Number(waiting.dataset.poll)) return;
  last = Date.now();
  trigger("tick", {});
}, 500);
