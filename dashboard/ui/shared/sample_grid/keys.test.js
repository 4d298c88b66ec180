import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { html } from "../html.js";
import { openPage } from "../testing.js";
import { actionOf, isElsewhere, press } from "./keys.js";

const CLASSES = [
  { id: 11, name: "Cowpox", code: "CW", key: "2", colour: "#0072B2" },
  { id: 12, name: "Rosacea", code: "RO", key: "", colour: "#888888" },
];

/** @param {string} key @param {object} [held] */
const pressed = (key, held = {}) => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...held,
});

beforeEach(() => {
  openPage();
});

test("a digit names the class with that key, whatever its place in the list", () => {
  assert.deepEqual(actionOf(pressed("2"), CLASSES), ["label", 11]);
  assert.equal(actionOf(pressed("1"), CLASSES), null);
});

test("letters decide, in capitals too", () => {
  assert.deepEqual(actionOf(pressed("k"), CLASSES), ["decide", "keep"]);
  assert.deepEqual(actionOf(pressed("X"), CLASSES), ["decide", "exclude"]);
});

test("a key that is held down moves on and decides once", () => {
  const held = { repeat: true };
  assert.deepEqual(actionOf(pressed("ArrowRight", held), CLASSES), ["move", 1, 0, false]);
  for (const key of ["2", "k", "y", "u"]) {
    assert.deepEqual(actionOf(pressed(key, held), CLASSES), ["nothing"]);
  }
});

test("U and Ctrl Z undo, with Shift they redo; other keys with Ctrl are the browser's", () => {
  assert.deepEqual(actionOf(pressed("u"), []), ["undo"]);
  assert.deepEqual(actionOf(pressed("U", { shiftKey: true }), []), ["redo"]);
  assert.deepEqual(actionOf(pressed("z", { ctrlKey: true }), []), ["undo"]);
  assert.deepEqual(actionOf(pressed("Z", { metaKey: true, shiftKey: true }), []), ["redo"]);
  assert.equal(actionOf(pressed("k", { ctrlKey: true }), CLASSES), null);
  assert.equal(actionOf(pressed("u", { altKey: true }), CLASSES), null);
});

test("without photographs only what needs none is left", () => {
  assert.equal(actionOf(pressed("2"), CLASSES, true), null);
  assert.deepEqual(actionOf(pressed("?"), CLASSES, true), ["keys"]);
  assert.deepEqual(actionOf(pressed("/"), CLASSES, true), ["press", "slash"]);
  assert.deepEqual(actionOf(pressed("g"), CLASSES, true), ["press", "g"]);
});

/** @param {HTMLElement} target @param {string} key */
function elsewhere(target, key) {
  document.body.append(target);
  return isElsewhere(/** @type {any} */ ({ target, key, defaultPrevented: false }));
}

test("keys belong to the field that is typed in, and to nobody but the open dialog", () => {
  assert.equal(elsewhere(html`<input type="text">`, "k"), true);
  assert.equal(elsewhere(html`<textarea></textarea>`, "2"), true);
  assert.equal(elsewhere(html`<div></div>`, "k"), false);
  document.body.append(html`<dialog open></dialog>`);
  assert.equal(elsewhere(html`<div></div>`, "k"), true);
});

test("a radio button keeps its arrows and gives away letters", () => {
  const radio = html`<input type="radio">`;
  assert.equal(elsewhere(radio, "ArrowRight"), true);
  assert.equal(elsewhere(radio, " "), true);
  assert.equal(elsewhere(radio, "k"), false);
});

test("a key presses the Gradio component of its tab, and no other tab's", () => {
  let presses = 0;
  const [near, far] = [() => (presses += 1), () => (presses += 100)];
  const root = html`<div></div>`;
  const field = html`<input>`;
  const outer = html`<div role="tabpanel"><button class="key-g" onclick=${near}></button>
    <div class="key-slash">${field}</div><div role="tabpanel">${root}</div></div>`;
  const other = html`<div role="tabpanel"><button class="key-g" onclick=${far}></button></div>`;
  document.body.append(other, outer);
  assert.equal(press(root, "g"), true);
  assert.equal(presses, 1);
  assert.equal(press(root, "slash"), true);
  assert.equal(document.activeElement, field);
  assert.equal(press(root, "q"), false);
});
