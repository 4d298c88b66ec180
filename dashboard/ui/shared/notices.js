// Toasts and questions.

import { button, icon } from "./dom.js";
import { html } from "./html.js";
import { Failure } from "./page.js";

const SECONDS = 7;
const FAILURE_SECONDS = 12;

/** @returns {HTMLElement} */
function region() {
  const open = /** @type {HTMLElement | null} */ (document.querySelector(".mpx-toasts"));
  if (open) return open;
  const made = html`<div class="mpx mpx-toasts" role="status" aria-live="polite" popover="manual"></div>`;
  document.body.append(made);
  return made;
}

/** @param {() => unknown} onClick */
const cross = (onClick) =>
  html`<button type="button" class="mpx-bare" aria-label="Close" onclick=${onClick}>${icon("close")}</button>`;

/**
 * Show a short line at the bottom; `action` is [label, callback].
 *
 * @param {string} text
 * @param {{ action?: [string, () => unknown], bad?: boolean, seconds?: number }} [look]
 */
export function toast(text, { action, bad = false, seconds = SECONDS } = {}) {
  const gone = () => box.remove();
  const act = () => {
    gone();
    action?.[1]();
  };
  const acting = action && button(action[0], act, { kind: "link", testid: "toast-action" });
  /** @type {HTMLElement} */
  const box = html`<div class="mpx-toast ${bad ? "bad" : ""}" data-testid="toast"><p>${text}</p>
    ${acting}${cross(gone)}</div>`;
  const place = region();
  // What is older has been overtaken; a failure stays until it is read.
  const failures = [...place.children].filter((shown) => shown.classList.contains("bad"));
  place.replaceChildren(...failures.slice(-1), box);
  // Shown again, it lies above a dialog that was opened since.
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
  let timer = setTimeout(gone, 1000 * seconds);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => {
    timer = setTimeout(gone, 3000);
  });
  return gone;
}

/**
 * Show why something was not done; anything but a Failure is a bug and is thrown on.
 *
 * @param {unknown} failure
 */
export function tellFailure(failure) {
  const expected = failure instanceof Failure;
  const text = expected ? failure.sentence : String(failure);
  toast(text, { bad: true, seconds: FAILURE_SECONDS });
  if (!expected) throw failure;
}

/**
 * Open a dialog that closes with Escape or its cross.
 *
 * @param {string} title
 * @param {HTMLElement} content
 * @param {{ testid?: string, wide?: boolean }} [look]
 */
export function openDialog(title, content, { testid = "dialog", wide = false } = {}) {
  const id = `mpx-dialog-${Date.now()}`;
  /** @type {HTMLDialogElement} */
  const dialog = html`<dialog class="mpx mpx-dialog ${wide ? "wide" : ""}" aria-labelledby="${id}"
    data-testid="${testid}"><header><h2 id="${id}">${title}</h2>${cross(() => dialog.close())}</header>
    ${content}</dialog>`;
  dialog.addEventListener("close", () => dialog.remove());
  closeBeside(dialog);
  dialog.addEventListener("keydown", swallowHeldEnter, true);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A press beside a dialog closes it, unless it began inside. The second click of the double click
 * that opened it answers nothing.
 *
 * @param {HTMLDialogElement} dialog
 */
function closeBeside(dialog) {
  let began = false;
  let beside = false;
  dialog.addEventListener(
    "mousedown",
    (event) => {
      began ||= event.detail < 2;
      beside = event.target === dialog;
    },
    true,
  );
  dialog.addEventListener(
    "click",
    (event) => {
      if (event.detail > 1 && !began) event.stopImmediatePropagation();
      else if (event.target === dialog && beside) dialog.close();
    },
    true,
  );
}

/**
 * A key that is still held down since before the dialog opened presses no button.
 *
 * @param {KeyboardEvent} event
 */
function swallowHeldEnter(event) {
  const pressed = event.target instanceof Element && event.target.closest("button");
  if (event.key === "Enter" && event.repeat && pressed) event.preventDefault();
}

/**
 * Ask one question before something that matters.
 *
 * @param {string} title
 * @param {string} question
 * @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirmed(title, question, verb) {
  return new Promise((resolve) => {
    const yes = button(verb, () => dialog.close("yes"), { kind: "primary", testid: "confirm-yes" });
    const no = button("Cancel", () => dialog.close(), { testid: "confirm-no" });
    const content = html`<div class="mpx-stack"><p>${question}</p>
      <div class="mpx-row end">${no}${yes}</div></div>`;
    /** @type {HTMLDialogElement} */
    const dialog = openDialog(title, content, { testid: "confirm" });
    yes.focus();
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
