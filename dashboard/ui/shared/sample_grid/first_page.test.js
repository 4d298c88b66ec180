import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../testing.js";

let opened = 0;

/** The module as a page with this address loads it, and what it has asked for.
 * @param {string} search */
async function load(search) {
  openPage(`http://127.0.0.1:7860/${search}`);
  /** @type {string[]} */
  const asked = [];
  /** @type {any} */ (globalThis).fetch = async (/** @type {string} */ address) => {
    asked.push(address);
    return { ok: true, json: async () => ({ cards: [] }) };
  };
  opened += 1;
  const module = `./first_page.js?${opened}`;
  return { asked, ...(await import(module)) };
}

test("the page of the address is asked for at once, and taken once", async () => {
  const { asked, takeFirst } = await load("?class=2&q=a");
  assert.deepEqual(asked, ["/first-page?class=2&q=a"]);
  assert.deepEqual(await takeFirst(), { cards: [] });
  assert.equal(takeFirst(), null);
});

test("nothing is asked for where the address names another tab, view or page", async () => {
  for (const search of ["?tab=train", "?view=ledger", "?start=49", "?tab=curate&start=97"]) {
    const { asked, takeFirst } = await load(search);
    assert.deepEqual([asked, takeFirst()], [[], null], search);
  }
  assert.equal((await load("?tab=curate")).asked.length, 1);
});

test("a page of another address than the one that is shown now is not taken", async () => {
  const { takeFirst } = await load("?class=2");
  history.replaceState(null, "", "?class=3");
  assert.equal(takeFirst(), null);
});
