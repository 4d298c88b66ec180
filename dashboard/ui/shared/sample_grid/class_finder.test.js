import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "./class_finder.js";

const CLASSES = ["Monkeypox", "Cowpox", "Chickenpox", "Pox of mice"].map((name, id) => ({
  id,
  name,
  code: "",
  key: "",
  colour: "",
}));

test("a part of the name finds a class, those that begin with it first", () => {
  const names = matching(CLASSES, " POX ").map(({ name }) => name);
  assert.deepEqual(names, ["Pox of mice", "Monkeypox", "Cowpox", "Chickenpox"]);
  assert.deepEqual(matching(CLASSES, "rosacea"), []);
  assert.equal(matching(CLASSES, "").length, 4);
});
