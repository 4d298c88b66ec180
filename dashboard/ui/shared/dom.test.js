import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { button, debounce, icon, onEnter } from "./dom.js";
import { html } from "./html.js";
import { openPage } from "./testing.js";

beforeEach(() => {
  openPage();
});

test("a button says its key and whether it is pressed", () => {
  const made = button("Keep", () => {}, { key: "k", pressed: false, sign: "check" });
  assert.equal(made.getAttribute("aria-pressed"), "false");
  assert.equal(made.getAttribute("aria-keyshortcuts"), "k");
  assert.equal(made.textContent, "Keepk");
  assert.equal(icon("check").getAttribute("aria-hidden"), "true");
});

test("what is called again and again acts once", async () => {
  /** @type {number[]} */
  const calls = [];
  const act = debounce(5, (/** @type {number} */ value) => calls.push(value));
  act(1);
  act(2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(calls, [2]);
});

test("Enter in a field acts and is used up", () => {
  const field = html`<input>`;
  document.body.append(field);
  let entered = 0;
  onEnter(field, () => (entered += 1));
  const enter = new KeyboardEvent("keydown", { key: "Enter", cancelable: true });
  field.dispatchEvent(enter);
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
  assert.deepEqual([entered, enter.defaultPrevented], [1, true]);
});
