import assert from "node:assert/strict";
import { test } from "node:test";

import { neighbour, totals } from "./confusion_matrix.js";

test("totals stand at the margins", () => {
  const counts = [
    [8, 2, 0],
    [0, 12, 4],
    [1, 1, 2],
  ];
  assert.deepEqual(totals(counts), { rows: [10, 16, 4], columns: [9, 15, 6], all: 30 });
});

test("arrow keys lead to the next cell and stop at the edges", () => {
  assert.deepEqual(neighbour([0, 0], "ArrowRight", 3), [0, 1]);
  assert.deepEqual(neighbour([0, 1], "ArrowDown", 3), [1, 1]);
  assert.deepEqual(neighbour([2, 2], "ArrowLeft", 3), [2, 1]);
  assert.equal(neighbour([0, 0], "ArrowUp", 3), null);
  assert.equal(neighbour([2, 2], "ArrowRight", 3), null);
  assert.equal(neighbour([1, 1], "Home", 3), null);
});
