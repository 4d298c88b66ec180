// Toasts and questions.

import { button, h, icon } from "./dom.js";

const SECONDS = 7;

function region() {
  let found = document.querySelector(".mpx-toasts");
  if (!found) {
    found = h("div", {
      class: "mpx mpx-toasts", role: "status", "aria-live": "polite", popover: "manual",
    });
    document.body.append(found);
  }
  return found;
}

// A short line at the bottom; `action` is [label, callback].
export function toast(text, { action, bad = false, seconds = SECONDS } = {}) {
  const box = h("div", { class: `mpx-toast ${bad ? "bad" : ""}`, data: { testid: "toast" } });
  const gone = () => box.remove();
  box.append(h("p", {}, text));
  if (action) {
    const [label, callback] = action;
    box.append(button(label, () => (gone(), callback()), { kind: "link", testid: "toast-action" }));
  }
  box.append(
    h("button", { type: "button", class: "mpx-bare", "aria-label": "Close", on: { click: gone } },
      icon("close")),
  );
  // What is older has been overtaken; a failure stays until it is read.
  const failures = [...region().children].filter((one) => one.classList.contains("bad"));
  const place = region();
  place.replaceChildren(...failures.slice(-1), box);
  // Shown again, it lies above a dialog that was opened since.
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
  let timer = setTimeout(gone, 1000 * seconds);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => (timer = setTimeout(gone, 3000)));
  return gone;
}

export function tellFailure(failure) {
  toast(failure.sentence ?? String(failure), { bad: true, seconds: 12 });
  if (!failure.sentence) throw failure;
}

// A dialog that closes with Escape or its cross; resolves when it has gone.
export function openDialog(title, content, { testid = "dialog", wide = false } = {}) {
  const head = h("h2", { id: `mpx-dialog-${Date.now()}` }, title);
  const dialog = h(
    "dialog",
    { class: `mpx mpx-dialog ${wide ? "wide" : ""}`, "aria-labelledby": head.id, data: { testid } },
    h("header", {}, head,
      h("button", {
        type: "button", class: "mpx-bare", "aria-label": "Close",
        on: { click: () => dialog.close() },
      }, icon("close"))),
    content,
  );
  dialog.addEventListener("close", () => dialog.remove());
  // A press beside it closes it, unless it began inside. The second click of the double click that
  // opened it, or a key still held down, answers nothing.
  let began = false;
  let beside = false;
  dialog.addEventListener("mousedown", (event) => {
    began ||= event.detail < 2;
    beside = event.target === dialog;
  }, true);
  dialog.addEventListener("click", (event) => {
    if (event.detail > 1 && !began) event.stopImmediatePropagation();
    else if (event.target === dialog && beside) dialog.close();
  }, true);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.repeat && event.target.closest("button")) event.preventDefault();
  }, true);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// One question before something that matters; resolves to true or false.
export function confirmed(title, question, verb) {
  return new Promise((resolve) => {
    const row = h("div", { class: "mpx-row end" },
      button("Cancel", () => dialog.close(), { testid: "confirm-no" }),
      button(verb, () => dialog.close("yes"), { kind: "primary", testid: "confirm-yes" }));
    const dialog = openDialog(title, h("div", { class: "mpx-stack" }, h("p", {}, question), row), {
      testid: "confirm",
    });
    row.lastChild.focus();
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
