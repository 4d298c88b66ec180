import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { address, hear, setAddress, setWho, who } from "./page.js";
import { openPage } from "./testing.js";

beforeEach(() => {
  openPage("http://127.0.0.1:7860/?tab=train&run=r-7");
});

test("the address is read and written; empty values leave it", () => {
  assert.deepEqual(address(), { tab: "train", run: "r-7" });
  setAddress({ run: "", cell: "2,3" });
  assert.equal(location.search, "?tab=train&cell=2,3");
});

test("the name of who decides is kept, trimmed and told", () => {
  /** @type {string[]} */
  const names = [];
  hear("who", (name) => names.push(name));
  setWho("  Ada  ");
  assert.deepEqual([who(), names], ["Ada", ["Ada"]]);
});
