import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Selection } from "./selection.js";

/** @import { Card } from "../../../schemas/browser" */

/** @param {string} id @param {number} label @returns {Card} */
const card = (id, label = 1) =>
  /** @type {any} */ ({ id, state: { label, status: "new", patient: null, links: [] } });
const CARDS = ["a", "b", "c", "d"].map((id) => card(id));

let changes = 0;
/** @type {Selection} */
let selection;
beforeEach(() => {
  changes = 0;
  selection = new Selection(() => (changes += 1));
});
const ids = () => selection.choices().map(({ id }) => id);

test("a range takes everything between, in either direction, and keeps the anchor", () => {
  selection.anchor = 3;
  selection.range(CARDS, 3, 1);
  assert.deepEqual(ids(), ["b", "c", "d"]);
  assert.equal(selection.anchor, 3);
});

test("a second toggle takes one away again", () => {
  selection.toggle(CARDS[0] ?? card("?"), 0);
  selection.toggle(CARDS[2] ?? card("?"), 2);
  selection.toggle(CARDS[0] ?? card("?"), 0);
  assert.deepEqual(ids(), ["c"]);
  assert.equal(changes, 3);
});

test("everything has no ids: it is a query and the newest decision that was seen", () => {
  selection.page(CARDS);
  selection.everything(17);
  assert.deepEqual(
    [selection.all, selection.ledger, selection.size(900), ids()],
    [true, 17, 900, []],
  );
  assert.equal(selection.has("never seen"), true);
  selection.toggle(CARDS[1] ?? card("?"), 1);
  assert.deepEqual([selection.all, selection.size(900)], [false, 0]);
});

test("what has been decided leaves the selection; what was read again is decided as it is now", () => {
  selection.page(CARDS);
  selection.drop(["a", "not there"]);
  selection.seen(card("b", 9));
  selection.seen(card("never selected", 9));
  assert.deepEqual(ids(), ["b", "c", "d"]);
  assert.equal(selection.choices()[0]?.state?.label, 9);
});

test("clearing nothing changes nothing", () => {
  selection.clear();
  selection.drop(["a"]);
  assert.equal(changes, 0);
});
