import assert from "node:assert/strict";
import test from "node:test";

import { coloured, corners, csv, selection, wrapped } from "./chart_text.js";

test("names of colours become those of the theme, data stays as it is", () => {
  const figure = JSON.stringify({ line: "var(--mpx-ink)", text: "var(x)", n: [1, 2] });
  const light = coloured(figure, (name) => (name === "--mpx-ink" ? " #16191d" : ""));
  assert.deepEqual(JSON.parse(light), { line: "#16191d", text: "var(x)", n: [1, 2] });
});

test("the CSV file quotes what needs it and defuses formulas", () => {
  const table = {
    columns: ["Class", "n"],
    rows: [
      ['a,"b"', 2],
      ["=1+1", null],
      ["–", -0.5],
    ],
  };
  assert.equal(csv(table), '\ufeffClass,n\r\n"a,""b""",2\r\n\'=1+1,\r\n–,-0.5\r\n');
});

test("a long title breaks between words and shows its brackets as they are", () => {
  assert.deepEqual(wrapped("one two <b> four", 8), { text: "one two<br>&lt;b> four", lines: 2 });
});

test("a lasso of many corners keeps its shape in at most 36", () => {
  const x = Array.from({ length: 100 }, (_, i) => i);
  const kept = corners({ x, y: x.map((i) => -i) }, undefined);
  assert.equal(kept.length, 34);
  assert.deepEqual(kept[1], [3, -3]);
});

test("a box has four corners", () => {
  assert.deepEqual(corners(undefined, { x: [1, 2], y: [3, 4] }), [
    [1, 3],
    [2, 3],
    [2, 4],
    [1, 4],
  ]);
});

test("a click sends the point's own data, an area only its corners", () => {
  const point = { pointIndex: 4, customdata: "ab" };
  assert.deepEqual(selection({ points: [point, { pointIndex: 1 }] }, true), {
    index: [4],
    value: ["ab"],
    area: [],
    selected: true,
  });
  const lasso = { points: [point], lassoPoints: { x: [0, 1, 1], y: [0, 0, 1] } };
  assert.deepEqual(selection(lasso, true).value, []);
  assert.deepEqual(selection(lasso, false).value, ["ab"]);
  assert.equal(selection(undefined, true).selected, false);
});
