// The drawer at the right edge: one run, or two side by side. What is pressed is handed back.

import { confirmed, openDialog, tellFailure, toast } from "./notices.js";
import { ask } from "./page.js";

// `act` is told of every button; the drawer closes first.
export async function openRun(server, run, act) {
  try {
    const answer = await ask(server, "details", { run });
    const drawer = open(answer);
    drawer.addEventListener("click", (event) => pressed(event, drawer, act));
  } catch (failure) {
    tellFailure(failure);
  }
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
