// Panels are drawn anew while work goes on. A button that is replaced between the press and the
// release of the mouse gets no click from the browser: the same button in the new drawing gets it.
// (A tap needs none of this: it is delivered whole, to what is there at its end.)
(() => {
  const PRESSABLE = "button, summary, label, a[href], [role=button]";
  const above = (target) => (target instanceof Element ? target.closest(PRESSABLE) : null);
  const known = (one) =>
    [one.tagName, one.textContent, one.dataset.do, one.closest("[data-run]")?.dataset.run].join("\n");
  let pressed = null;
  document.addEventListener("pointerdown", (event) => {
    pressed = event.pointerType === "mouse" && event.button === 0 ? above(event.target) : null;
  }, true);
  document.addEventListener("pointerup", (event) => {
    const [was, now] = [pressed, above(event.target)];
    pressed = null;
    if (was && !was.isConnected && now && known(now) === known(was)) now.click();
  }, true);
})();
