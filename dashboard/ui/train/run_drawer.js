// The drawer at the right edge: one run, or two side by side. What is pressed is handed back.

import { confirmed, openDialog, tellFailure, toast } from "../shared/notices.js";
import { ask } from "../shared/page.js";

const FOLLOW_MS = 3000;

// `act` is told of every button; the drawer closes first.
export async function openRun(server, run, act) {
  try {
    const answer = await ask(server, "details", { run });
    const drawer = open(answer);
    drawer.addEventListener("click", (event) => pressed(event, drawer, act));
    if (answer.alive) follow(server, run, drawer);
  } catch (failure) {
    tellFailure(failure);
  }
}

// While a run is under way its drawer is drawn anew, but not under a person's hands.
function follow(server, run, drawer) {
  const timer = setInterval(async () => {
    if (!drawer.isConnected) return clearInterval(timer);
    if (document.hidden || drawer.querySelector("[name=as_of]")?.value) return;
    const answer = await ask(server, "details", { run }).catch(() => null);
    if (!answer || !drawer.isConnected) return;
    if (!answer.alive) clearInterval(timer);
    redraw(drawer, answer.html);
  }, FOLLOW_MS);
}

// What was unfolded, scrolled to and focused stays so.
function redraw(drawer, html) {
  const content = drawer.lastElementChild;
  const seen = (what) => [...content.querySelectorAll(what)];
  const open = seen("details").map((one) => one.open);
  const tops = seen("pre").map((one) => one.scrollTop);
  const focused = content.contains(document.activeElement) && document.activeElement.dataset.testid;
  const top = drawer.scrollTop;
  content.innerHTML = html;
  seen("details").forEach((one, place) => (one.open = open[place] ?? one.open));
  seen("pre").forEach((one, place) => (one.scrollTop = tops[place] ?? 0));
  if (focused) content.querySelector(`[data-testid="${focused}"]`)?.focus({ preventScroll: true });
  drawer.scrollTop = top;
}

export async function openDifference(server, before, after, on = "") {
  try {
    const answer = await ask(server, "compare", { before, after, on });
    const drawer = open(answer);
    drawer.addEventListener("click", async (event) => {
      const other = event.target.closest("[data-on]");
      if (!other || other.getAttribute("aria-pressed") === "true") return;
      const counted = "Looking at test is counted for both runs. Choose by validation.";
      if (other.dataset.on === "test" && !(await confirmed("Open test?", counted, "Open test"))) return;
      drawer.close();
      openDifference(server, before, after, other.dataset.on);
    });
  } catch (failure) {
    tellFailure(failure);
  }
}

function open({ title, html }) {
  const content = document.createElement("div");
  content.innerHTML = html;
  const drawer = openDialog(title, content, { testid: "run-drawer", wide: true });
  drawer.classList.add("mpx-drawer");
  return drawer;
}

async function pressed(event, drawer, act) {
  if (event.target.closest("[data-copy]")) {
    const parts = [...drawer.querySelectorAll("pre")].map((one) => one.textContent);
    await copy(parts.join("\n\n"), drawer);
    return;
  }
  const source = event.target.closest("button[data-do]");
  if (!source) return;
  const { confirm, testid, ...values } = source.dataset;
  const verb = source.textContent.trim();
  if (confirm && !(await confirmed(`${verb}?`, confirm, verb))) return;
  const day = drawer.querySelector("[name=as_of]")?.value;
  drawer.close();
  act(source.dataset.do === "again" ? { ...values, as_of: day } : values);
}

// Without the clipboard's permission the text is selected, ready for the person's own keys.
async function copy(text, drawer) {
  try {
    await navigator.clipboard.writeText(text);
    toast("The log is copied.");
  } catch {
    getSelection().selectAllChildren(drawer.querySelector("pre"));
    toast("Press Ctrl-C to copy the selected log.");
  }
}
