import assert from "node:assert/strict";
import { test } from "node:test";

import { opacity, pastedImage } from "./heat_overlay.js";

test("the slider's position is a share, whatever is sent", () => {
  assert.deepEqual([0, "45", 100, 130, -5, "words"].map(opacity), [
    "0",
    "0.45",
    "1",
    "1",
    "0",
    "0",
  ]);
});

test("the first image among pasted files is taken, and nothing else", () => {
  const image = new File(["x"], "a.png", { type: "image/png" });
  const text = new File(["x"], "a.txt", { type: "text/plain" });
  assert.equal(pastedImage([text, image]), image);
  assert.equal(pastedImage([text]), null);
  assert.equal(pastedImage([]), null);
});
