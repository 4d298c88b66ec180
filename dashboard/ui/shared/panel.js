// What every panel does: report that it came into sight, and what was pressed in it.
const panel = {
  address() {
    return Object.fromEntries(new URL(location.href).searchParams);
  },
  remember(values) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === "") url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    history.replaceState(history.state, "", url);
  },
  who() {
    return localStorage.getItem("ai-mpox-name") || "";
  },
  // What else `show` is told.
  more() {
    return {};
  },
  openTab(name) {
    const id = name.toLowerCase();
    document.querySelector('#tabs [role="tablist"] [data-tab-id="' + id + '"]')?.click();
  },
  // Curate follows the address when it is told that the address has changed.
  async openSample(file) {
    const { setAddress, tell } = await shared("shared/page.js");
    panel.openTab("curate");
    setTimeout(() => {
      setAddress({ q: file, class: "", split: "", status: "", queue: "", patient: "", cell: "", start: "" });
      tell("address");
    }, 200);
  },
  values(source) {
    const root = element.querySelector("[data-context]");
    return { ...(root ? root.dataset : {}), ...source.dataset };
  },
  save(name, type, base64) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  },
  // One question before something that matters; resolves to true or false.
  async ask(question, verb) {
    const { confirmed } = await shared("shared/notices.js");
    return confirmed(verb + "?", question, verb);
  },
  async toast(text, bad = false) {
    const { toast } = await shared("shared/notices.js");
    toast(text, { bad });
  },
  // Hands an event to the server; false where nobody answers, which Gradio would keep to itself.
  async send(name, values) {
    const asked = { cache: "no-store", signal: AbortSignal.timeout(10_000) };
    const there = await fetch("/healthz", asked).then(({ ok }) => ok, () => false);
    if (there) trigger(name, { ...values, who: panel.who() });
    else {
      panel.toast("The dashboard does not answer, so nothing was done. Check that it still runs: " +
        "what it printed where it was started says more.", true);
    }
    return there;
  },
};

let seen = false;
new IntersectionObserver((entries) => {
  const now = entries[entries.length - 1].isIntersecting || element.offsetParent !== null;
  if (now && !seen) trigger("show", { ...panel.address(), ...panel.more() });
  seen = now;
}).observe(element);

// A panel is drawn anew in place: the button of one row may turn into that of another one under the
// mouse. What counts is what it stood for when it was pressed.
const meaning = (source) => {
  const { confirm, ...values } = source.dataset;
  return JSON.stringify([values, panel.values(source).run]);
};
let pressed = null;
element.addEventListener("pointerdown", (event) => {
  const source = event.target.closest("button[data-do]");
  pressed = source && meaning(source);
});
let asking = false;
let taken = 0;
element.addEventListener("click", async (event) => {
  const was = pressed;
  pressed = null;
  const link = event.target.closest("[data-tab]");
  if (link && element.contains(link)) {
    panel.remember({ run: link.dataset.run, on: link.dataset.on });
    if (link.dataset.file) panel.openSample(link.dataset.file);
    else panel.openTab(link.dataset.tab);
    return;
  }
  const source = event.target.closest("button[data-do]");
  if (!source || source.disabled || asking) return;
  if (event.detail > 0 && was && was !== meaning(source)) return;
  // The second click of a double click means nothing else than the first, if that was taken.
  if (event.detail > 1 && Date.now() - taken < 1000) return;
  taken = Date.now();
  const values = panel.values(source);
  if (values.confirm) {
    const verb = values.verb || source.textContent.trim();
    asking = true;
    const agreed = await panel.ask(values.confirm, verb).finally(() => (asking = false));
    if (!agreed) return;
  }
  panel.send("act", values);
});
