import assert from "node:assert/strict";
import { test } from "node:test";
import { className, count, decided, decision, duration, percent } from "./words.js";

const CLASSES = [
  { id: 1, name: "Measles" },
  { id: 2, name: "Cowpox" },
];

test("numbers are said with their unit", () => {
  assert.equal(count(1, "sample"), "1\u00a0sample");
  assert.equal(count(1200, "sample"), "1,200\u00a0samples");
  assert.equal(percent(0.8125), "81.3\u00a0%");
});

test("a duration has at most two units", () => {
  assert.deepEqual([-1, 59.4, 60, 130, 3600, 3725].map(duration), [
    "0\u00a0s",
    "59\u00a0s",
    "1\u00a0min",
    "2\u00a0min 10\u00a0s".replace(" 10", " 10"),
    "1\u00a0h",
    "1\u00a0h 2\u00a0min",
  ]);
});

test("a removed class and no label have words", () => {
  assert.deepEqual(
    [className(CLASSES, 2), className(CLASSES, null), className(CLASSES, 9)],
    ["Cowpox", "No label", "A removed class"],
  );
});

test("decisions are told as sentences", () => {
  assert.equal(decided("relabel", "Measles", 24), "24\u00a0samples → Measles");
  assert.equal(decided("exclude", "", 1), "1\u00a0sample excluded");
  const row = { kind: "relabel", before: { label: 1 }, after: { label: 2 } };
  assert.equal(decision(row, CLASSES), "Relabelled from Measles to Cowpox");
});
