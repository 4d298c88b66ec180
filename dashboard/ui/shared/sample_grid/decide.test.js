import assert from "node:assert/strict";
import { test } from "node:test";
import { Decider } from "./decide.js";
import { setBlind } from "./reading.js";
import { openGrid, Server } from "./testing.js";

/** @import { Decided, DecisionRequest } from "../../../schemas/browser" */

/** @param {Server} server */
async function opened(server) {
  const { grid } = await openGrid(server);
  sessionStorage.setItem("ai-mpox-test-asked", "yes");
  /** @type {Decided[]} */
  const told = [];
  const decider = new Decider(grid, /** @type {any} */ (server), (result) => told.push(result));
  return { grid, decider, told };
}

/** @param {Server} server */
const decisions = (server) =>
  /** @type {DecisionRequest[]} */ (server.requests).map(({ kind, choices }) => [
    kind,
    ...(choices ?? []).map(({ id }) => id),
  ]);

test("keys that come faster than answers are about what was shown when they were pressed", async () => {
  const server = new Server();
  const { grid, decider } = await opened(server);
  decider.decide({ kind: "keep" });
  decider.decide({ kind: "exclude" });
  grid.focus(0);
  await decider.decide({ kind: "keep" });
  assert.deepEqual(decisions(server), [
    ["keep", "s1"],
    ["exclude", "s2"],
    ["keep", "s1"],
  ]);
});

test("nothing is shown before the server has committed, and then it is told", async () => {
  const server = new Server();
  const { grid, decider, told } = await opened(server);
  const done = decider.decide({ kind: "exclude" });
  assert.deepEqual([grid.elementAt(0)?.dataset.status, grid.focused()?.id], ["new", "s2"]);
  await done;
  assert.equal(grid.elementAt(0)?.dataset.status, "excluded");
  assert.deepEqual(told, [{ kind: "exclude", applied: 1, refused: 0, revision: 2 }]);
});

test("after the last of a page the next page follows", async () => {
  const server = new Server();
  const { grid, decider } = await opened(server);
  grid.focus(2);
  decider.decide({ kind: "keep" });
  await decider.decide({ kind: "keep" });
  assert.deepEqual(decisions(server), [
    ["keep", "s3"],
    ["keep", "s4"],
  ]);
  assert.deepEqual([grid.offset, grid.focused()?.id], [3, "s5"]);
});

test("a selection is decided at once and is then selected no longer", async () => {
  const server = new Server();
  const { grid, decider } = await opened(server);
  grid.selection.page(grid.cards);
  await decider.decide({ kind: "keep" });
  assert.deepEqual(decisions(server), [["keep", "s1", "s2", "s3"]]);
  assert.equal(grid.selection.size(grid.total), 0);
});

test("everything that matches is a query and a count, without ids of its own", async () => {
  const server = new Server();
  const { grid, decider } = await opened(server);
  grid.selection.everything(5);
  const done = decider.decide({ kind: "keep" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await done;
  const [request] = /** @type {DecisionRequest[]} */ (server.requests);
  assert.deepEqual(request?.matching, { query: {}, count: 7, ledger: 5 });
  assert.equal(request?.choices, undefined);
});

test("what has moved on is refused in words, and the ledger's author is named", async () => {
  const server = new Server();
  const { decider, told } = await opened(server);
  for (const known of server.cards) known.state = { ...known.state, label: 2 };
  await decider.decide({ kind: "keep" });
  assert.match(document.body.textContent ?? "", /1\.jpg, because ann has changed it/);
  assert.equal(told[0]?.refused, 1);
});

test("a lost connection is said, nothing is shown as done, and the next key works", async () => {
  const server = new Server();
  const { grid, decider, told } = await opened(server);
  server.answers = false;
  await decider.decide({ kind: "exclude" });
  assert.match(document.body.textContent ?? "", /did not answer/);
  assert.deepEqual([grid.elementAt(0)?.dataset.status, told], ["new", []]);
  server.answers = true;
  grid.focus(0);
  await decider.decide({ kind: "exclude" });
  assert.equal(grid.elementAt(0)?.dataset.status, "excluded");
});

test("undo brings the photograph back into focus", async () => {
  const server = new Server();
  const { grid, decider } = await opened(server);
  await decider.decide({ kind: "exclude" });
  await decider.undo();
  assert.deepEqual([grid.elementAt(0)?.dataset.status, grid.focused()?.id], ["new", "s1"]);
});

test("in a blind reading a class is an opinion and nothing else can be decided", async () => {
  const server = new Server();
  const { decider } = await opened(server);
  setBlind(true);
  decider.decide({ kind: "exclude" });
  await decider.name(2);
  setBlind(false);
  assert.deepEqual(decisions(server), [["opinion", "s1"]]);
});
