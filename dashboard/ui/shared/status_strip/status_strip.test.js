import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { hear } from "../page.js";
import { openPage } from "../testing.js";
import { Header } from "./status_strip.js";
import * as words from "./status_words.js";

/** @import { StatusValue, RunProgress } from "../../../schemas/browser.js" */

/** @type {StatusValue} */
const STATUS = {
  revision: 4,
  workspace: "demo",
  samples: 1200,
  patients: 1,
  groups: 3,
  synthetic: true,
  own: false,
  checkpoint: null,
  view: { name: "FiftyOne", problem: null, hint: null, app: null },
  run: null,
  importing: null,
  queues: { stage: "", done: 0, total: 0, seconds_left: null, working: false, problem: "" },
  user: "ann",
};
/** @type {RunProgress} */
const RUN = {
  run: "r-7",
  number: 7,
  queued: false,
  stage: "Training",
  epoch: 5,
  epochs: 20,
  seconds_left: 60,
  waiting: 2,
};

beforeEach(() => {
  openPage();
});

/** @param {Header} header @param {string} testid */
const text = (header, testid) =>
  header.element.querySelector(`[data-testid=${testid}]`)?.textContent ?? "";

test("the header shows what is open and hides the strip while nothing runs", () => {
  const header = new Header(() => {});
  header.draw(STATUS);
  assert.equal(text(header, "workspace"), "demo");
  assert.equal(text(header, "totals"), "1,200\u00a0samples / 1\u00a0patient");
  assert.equal(text(header, "checkpoint"), "No model yet");
  assert.equal(text(header, "who"), "ann");
  assert.equal(header.strip.hidden, true);
});

test("Stop names the run that the strip shows, or else the import", () => {
  /** @type {string[]} */
  const stopped = [];
  const header = new Header((run) => stopped.push(run));
  header.draw({ ...STATUS, run: RUN });
  header.stop.click();
  const work = { stage: "", done: 3, total: 4, seconds_left: null };
  header.draw({ ...STATUS, importing: { ...work, phase: "importing", name: "a.zip" } });
  header.stop.click();
  assert.deepEqual(stopped, ["r-7", ""]);
  assert.equal(header.words.textContent, "Importing a.zip · 3 of 4");
  assert.equal(header.progress.value, 0.75);
});

test("a new revision is told once, the first one is not", () => {
  /** @type {number[]} */
  const revisions = [];
  hear("revision", (revision) => revisions.push(revision));
  const header = new Header(() => {});
  header.draw(STATUS);
  header.draw({ ...STATUS, revision: 5 });
  header.draw({ ...STATUS, revision: 5 });
  assert.deepEqual(revisions, [5]);
});

test("a run is told with its epoch, its time and who waits", () => {
  assert.equal(words.running(RUN), "Run 7 · epoch 5 of 20 · 1\u00a0min left · 2 waiting");
  assert.equal(words.running({ ...RUN, queued: true }), "Run 7 is waiting");
  const before = { ...RUN, stage: "Measuring", epoch: null, seconds_left: null, waiting: 0 };
  assert.equal(words.running(before), "Run 7 · Measuring");
  assert.equal(words.running({ ...before, stage: "" }), "Run 7 · starting");
});

test("the checkpoint says what its figure rests on", () => {
  const active = {
    run: "r-1",
    number: 1,
    backbone: "resnet18",
    balanced_accuracy: 0.8125,
    measured_on: "validation",
    changed: 3,
  };
  assert.equal(words.checkpoint(active).text, "Model: run 1, 81.3\u00a0%");
  assert.match(
    words.checkpoint(active).title,
    /validation, with the labels of then: 3\u00a0labels/,
  );
  assert.equal(words.checkpoint({ ...active, balanced_accuracy: null }).title, "resnet18");
});

test("a view in trouble is explained with its hint", () => {
  const view = { name: "SQLite", problem: "No mongod.", hint: "Install it.", app: null };
  assert.deepEqual(words.view(view).slice(0, 2), [
    "FiftyOne is not running: No mongod.",
    "Install it.",
  ]);
});
