import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const SCRIPT = await readFile(new URL("boot.js", import.meta.url), "utf8");

test("the listeners of the page are as before, and no plain arrays that Svelte would wrap", () => {
  const listeners = [
    {
      targets: [
        [7, "click"],
        [8, "input"],
      ],
    },
    { targets: [] },
  ];
  const before = JSON.stringify(listeners);
  const document = new EventTarget();
  const window = { gradio_config: { dependencies: listeners } };
  runInNewContext(SCRIPT, { addEventListener() {}, document, window });
  document.dispatchEvent(new Event("readystatechange"));
  document.dispatchEvent(new Event("readystatechange"));
  assert.equal(JSON.stringify(listeners), before);
  // Gradio filters them before it reads them.
  assert.notEqual(Object.getPrototypeOf(listeners.filter(Boolean)), Array.prototype);
  const lists = listeners.flatMap(({ targets }) => [targets, ...targets]);
  for (const list of [listeners, ...lists]) {
    assert.ok(Array.isArray(list));
    assert.notEqual(Object.getPrototypeOf(list), Array.prototype);
  }
});
