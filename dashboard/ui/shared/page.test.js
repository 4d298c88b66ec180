import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { address, ask, currentTab, Failure, hear, setAddress, setWho, who } from "./page.js";
import { openPage } from "./testing.js";

beforeEach(() => {
  openPage("http://127.0.0.1:7860/?tab=train&run=r-7");
});

test("the address is read and written; empty values leave it", () => {
  assert.deepEqual(address(), { tab: "train", run: "r-7" });
  setAddress({ run: "", cell: "2,3" });
  assert.equal(location.search, "?tab=train&cell=2,3");
});

test("an unknown tab opens the first one", () => {
  assert.equal(currentTab(), "train");
  setAddress({ tab: "nowhere" });
  assert.equal(currentTab(), "curate");
});

test("the name of who decides is kept, trimmed and told", () => {
  /** @type {string[]} */
  const names = [];
  hear("who", (name) => names.push(name));
  setWho("  Ada  ");
  assert.deepEqual([who(), names], ["Ada", ["Ada"]]);
});

test("a refusal of the server is thrown in its words", async () => {
  const refusal = { title: "No", message: "It is gone.", hint: "Choose another." };
  const server = { look: async () => ({ error: refusal }) };
  await assert.rejects(
    ask(server, "look"),
    (error) => error instanceof Failure && error.sentence === "It is gone. Choose another.",
  );
});

test("a lost connection is no answer", async () => {
  const server = { look: () => Promise.reject(new Error("network")) };
  await assert.rejects(ask(server, "look"), /did not answer/);
});
