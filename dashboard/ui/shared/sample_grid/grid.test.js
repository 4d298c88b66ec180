import assert from "node:assert/strict";
import { test } from "node:test";
import { openGrid, Server } from "./testing.js";

/** @import { Grid } from "./grid.js" */

/** @param {Grid} grid */
const shown = (grid) => grid.cards.map(({ id }) => id);

test("past the end of a page the next one follows, and back again to the last of the one before", async () => {
  const { grid, told } = await openGrid(new Server());
  assert.deepEqual(shown(grid), ["s1", "s2", "s3"]);
  await grid.move(1);
  await grid.move(1);
  await grid.move(1);
  assert.deepEqual([shown(grid), grid.focused()?.id], [["s4", "s5", "s6"], "s4"]);
  await grid.move(-1);
  assert.deepEqual([shown(grid), grid.focused()?.id], [["s1", "s2", "s3"], "s3"]);
  assert.deepEqual(
    told.filter((word) => word.startsWith("page")),
    ["page 0", "page 3", "page 0"],
  );
});

test("before the first page and after the last there is none", async () => {
  const { grid } = await openGrid(new Server(4));
  await grid.turn(-1);
  assert.equal(grid.offset, 0);
  await grid.turn(1);
  await grid.turn(1);
  assert.deepEqual([grid.offset, shown(grid)], [3, ["s4"]]);
});

test("the server is told which photographs leave, so that none is skipped", async () => {
  const server = new Server();
  const { grid } = await openGrid(server);
  grid.ahead = null;
  await grid.turn(1);
  assert.deepEqual(server.pages.at(-1), { query: {}, offset: 0, leaving: ["s1", "s2", "s3"] });
});

test("a first page that is on its way is not asked for again, unless it fails", async () => {
  for (const [fails, asked] of /** @type {const} */ ([
    [false, 0],
    [true, 1],
  ])) {
    const server = new Server();
    const { grid } = await openGrid(server);
    const coming = fails ? Promise.reject(new Error("lost")) : server.get_page({});
    coming.catch(() => {});
    server.pages.length = 0;
    grid.expect(coming);
    assert.ok(await grid.load({ address: {}, offset: 0 }));
    assert.deepEqual([server.pages.length, shown(grid)], [asked, ["s1", "s2", "s3"]]);
  }
});

test("what was asked for last wins", async () => {
  const server = new Server();
  const { grid } = await openGrid(server);
  const slow = grid.load({ query: { text: "slow" } });
  const fast = grid.load({ query: { text: "fast" } });
  assert.deepEqual(await Promise.all([slow, fast]), [false, true]);
  assert.equal(grid.query?.text, "fast");
});

test("another query clears the selection, another page keeps it", async () => {
  const { grid } = await openGrid(new Server());
  grid.selection.page(grid.cards);
  await grid.turn(1);
  assert.equal(grid.selection.size(grid.total), 3);
  await grid.load({ query: { text: "other" } });
  assert.equal(grid.selection.size(grid.total), 0);
});

test("cards that were read again are written, and keep why they were asked", async () => {
  const server = new Server();
  const { grid } = await openGrid(server);
  const [first] = server.cards;
  assert.ok(first);
  first.state = { ...first.state, label: 2, status: "relabelled" };
  server.revision = 8;
  await grid.refresh();
  assert.equal(grid.elementAt(0)?.dataset.label, "Cowpox");
  assert.deepEqual([grid.revision, grid.cards[0]?.suggested], [8, 2]);
});

test("whatever is suspected is marked on the card; what is only to be done is not", async () => {
  const server = new Server();
  const [doubtful, waiting] = server.cards;
  assert.ok(doubtful && waiting);
  doubtful.queues = ["test"];
  waiting.queues = ["worth", "unlabelled", "second_reading"];
  const { grid } = await openGrid(server);
  const marks = [0, 1].map((place) => grid.elementAt(place)?.querySelector("i.issue"));
  assert.equal(marks[0]?.getAttribute("title"), "Test set: doubtful");
  assert.equal(marks[1], null);
});

test("a click with Shift selects from the last one, with Ctrl one more", async () => {
  const { grid } = await openGrid(new Server());
  const click = (/** @type {number} */ place, held = {}) =>
    grid.elementAt(place)?.dispatchEvent(new MouseEvent("click", { bubbles: true, ...held }));
  click(0);
  click(2, { shiftKey: true });
  click(1, { ctrlKey: true });
  assert.deepEqual(
    grid.selection.choices().map(({ id }) => id),
    ["s1", "s3"],
  );
  click(1);
  assert.deepEqual(grid.selection.choices(), []);
  assert.deepEqual(
    grid.targets().map(({ id }) => id),
    ["s2"],
  );
});
