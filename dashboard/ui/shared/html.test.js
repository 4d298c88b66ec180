import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { html } from "./html.js";
import { openPage } from "./testing.js";

beforeEach(() => {
  openPage();
});

test("values go in as text, whatever they look like", () => {
  const nasty = '<img src=x onerror="alert(1)">';
  const made = html`<p title="${nasty}">${nasty}</p>`;
  assert.equal(made.textContent, nasty);
  assert.equal(made.title, nasty);
  assert.equal(made.children.length, 0);
});

test("nodes and lists are put where they stand, nothing leaves nothing", () => {
  const rows = ["a", "b"].map((name) => html`<li>${name}</li>`);
  const made = html`<ul class="x ${"y"}">${rows}${null}${false}<li>${0}</li></ul>`;
  assert.equal(made.outerHTML, '<ul class="x y"><li>a</li><li>b</li><li>0</li></ul>');
});

test("attributes may be left out, and listeners listen", () => {
  let clicks = 0;
  const click = () => (clicks += 1);
  const made = html`<p hidden=${false} title=${null} draggable=${true} onclick=${click}>x</p>`;
  assert.deepEqual(made.getAttributeNames(), ["draggable"]);
  made.dispatchEvent(new MouseEvent("click"));
  assert.equal(clicks, 1);
});

test("the same place in the source makes a new element each time", () => {
  const make = (/** @type {string} */ name) => html`<b>${name}</b>`;
  const [one, other] = [make("one"), make("other")];
  assert.equal(one.textContent + (other.textContent ?? ""), "oneother");
});
