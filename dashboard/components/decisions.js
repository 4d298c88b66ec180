// Decisions, one after the other. The screen changes when the server has committed, not before.

import { blind, forgetLast, noteRead } from "./blind.js";
import { confirmed, tellFailure, toast } from "./notices.js";
import { ask, tell } from "./page.js";
import { className, count, decided } from "./words.js";

const ASK_ABOVE = 48;
const TEST_ASKED = "ai-mpox-test-asked";
const TOUCHES_TEST = ["relabel", "exclude", "restore"];

export class Decisions {
  // `facets` returns the newest counts, or null.
  constructor(grid, server, facets = () => null) {
    this.grid = grid;
    this.server = server;
    this.facets = facets;
    this.remark = { reason: "", note: "" }; // Goes with every decision until it is changed.
    this.last = Promise.resolve();
  }

  // A class key: the label from now on, or in a second reading what this reader would say.
  name(label) {
    return this.decide(blind() ? "opinion" : "relabel", label);
  }

  // Whoever does not see the labels cannot decide about them.
  allowed({ kind }) {
    if (!blind() || kind === "opinion") return true;
    toast("In a blind reading only your opinion counts: press the key of a class. B ends it.");
    return false;
  }

  // What the queue suggests for the photograph in focus.
  accept() {
    const suggested = this.grid.focused()?.suggested;
    return suggested === null || suggested === undefined ? undefined : this.name(suggested);
  }

  // Decides about one sample that need not be in the grid.
  decideOne(card, order) {
    if (!this.allowed(order)) return undefined;
    return this.next(async () => {
      const targets = [{ id: card.id, state: card.state }];
      if (!(await this.agreedOnTest(order, targets, card.split === "test" ? 1 : 0))) return;
      const answer = await ask(this.server, "grid_decide", { ...this.told(order), choices: targets });
      this.grid.update(answer, new Set(answer.refused.length ? [] : [card.id]));
      if (answer.refused.length) this.tellRefused(answer.refused);
      tell("saved", { revision: answer.revision });
    });
  }

  // An order with what belongs to it in the ledger: why, and in which queue it was shown.
  told(order) {
    return { ...this.remark, ...order, shown: this.grid.params };
  }

  decide(kind, label = null, more = {}) {
    const order = { kind, label, ...more };
    return this.allowed(order) ? this.next(() => this.run(order)) : undefined;
  }

  undo(batch = null) {
    return this.next(() => this.takeBack("grid_undo", batch));
  }

  // One sample's part of a batch.
  undoOne({ batch, sample }) {
    return this.next(() => this.takeBack("grid_undo", batch, sample));
  }

  redo() {
    return this.next(() => this.takeBack("grid_redo", null));
  }

  // Keys may come faster than answers: they are carried out in their order.
  next(action) {
    this.last = this.last.then(action).catch(async (failure) => {
      tellFailure(failure);
      await this.grid.refresh().catch(() => {});
    });
    return this.last;
  }

  async run(order) {
    const { grid } = this;
    const all = grid.selection.all;
    const targets = all ? [] : grid.targets();
    const number = all ? grid.total : targets.length;
    if (!number || !(await this.agreed(order, targets, number))) return;
    const answer = all
      ? await ask(this.server, "grid_decide_matching", {
          ...this.told(order), params: grid.params, count: number, ids: grid.cards.map((card) => card.id),
        })
      : await ask(this.server, "grid_decide", { ...this.told(order), choices: targets });
    this.committed(answer, order, targets, number);
  }

  committed(answer, order, targets, number) {
    const { grid } = this;
    // An offer is about the decision before; it must not be taken for one about this.
    this.withdraw?.();
    const refused = new Set(answer.refused.map((one) => one.sample));
    const done = new Set(answer.cards.map((card) => card.id).filter((id) => !refused.has(id)));
    if (order.kind === "opinion") noteRead(done);
    grid.update(answer, done);
    if (number > 1) {
      const said = decided(order.kind, className(grid.classes, order.label), answer.applied);
      toast(said, { action: ["Undo", () => this.undo(answer.batch)] });
    }
    if (answer.siblings?.length) this.offerSiblings(answer.siblings, order);
    if (refused.size) this.tellRefused(answer.refused);
    else if (order.kind !== "set_patient") this.advance(targets, number);
    tell("saved", { revision: answer.revision });
  }

  // The other photographs of a patient whose label has just been changed.
  offerSiblings(siblings, order) {
    const name = className(this.grid.classes, order.label);
    const others = count(siblings.length, "other photograph");
    const choices = siblings.map((one) => ({ id: one.id, state: one.state }));
    const whose = siblings[0].patient ? `patient ${siblings[0].patient}` : "the same patient";
    const verb = siblings.length === 1 ? "has" : "have";
    this.withdraw = toast(`${others} of ${whose} ${verb} another label.`, {
      seconds: 15,
      action: [`Relabel to ${name} too`, () => this.next(async () => {
        const answer = await ask(this.server, "grid_decide", { ...this.told(order), choices });
        this.committed(answer, order, choices, Math.max(2, choices.length));
      })],
    });
  }

  tellRefused(refused) {
    const first = refused[0];
    const file = this.grid.cards.find((card) => card.id === first.sample)?.file ?? first.sample;
    const rest = refused.length > 1 ? ` (and ${refused.length - 1} more)` : "";
    toast(`Not changed: ${file}${rest}, because ${first.why}. The ledger keeps what you wanted.`, {
      bad: true, seconds: 15,
    });
  }

  // One decided: on to the next photograph. Many: the selection is done with.
  advance(targets, number) {
    const { grid } = this;
    const last = Math.max(
      ...targets.map((one) => grid.cards.findIndex((card) => card.id === one.id)), -1,
    );
    grid.selection.clear();
    if (number > 1 || last < 0) return;
    if (last + 1 < grid.cards.length) grid.focus(last + 1);
    else if (grid.offset + grid.size < grid.total) grid.move(1);
    else if (grid.params.queue) toast("This was the last photograph of the queue.");
  }

  async takeBack(name, batch, sample = null) {
    const ids = this.grid.cards.map((card) => card.id);
    if (blind() && name === "grid_undo") forgetLast();
    const before = new Map(this.grid.cards.map((card) => [card.id, card.state]));
    const answer = await ask(this.server, name, { batch, sample, ids });
    const changed = answer.cards.filter((card) => card.state !== before.get(card.id));
    this.grid.selection.clear();
    this.grid.update(answer, new Set(changed.map((card) => card.id)));
    if (changed.length === 1) {
      this.grid.focus(this.grid.cards.findIndex((card) => card.id === changed[0].id));
    }
    const samples = count(answer.applied, "sample");
    if (name === "grid_redo") toast(`Done again: ${samples}`);
    else toast(`Undone: ${samples}`, { action: ["Redo", () => this.redo()] });
    if (answer.refused.length) this.tellRefused(answer.refused);
    tell("saved", { revision: answer.revision });
  }

  async agreed(order, targets, number) {
    if (number > ASK_ABOVE) {
      const name = className(this.grid.classes, order.label);
      const verb = { relabel: `Relabel ${number}`, exclude: `Exclude ${number}` }[order.kind];
      const question = `This decides about ${count(number, "sample")} at once${
        order.kind === "relabel" ? `: their label becomes ${name}` : ""
      }. It can be undone.`;
      if (!(await confirmed("Decide about all of them?", question, verb ?? `Decide ${number}`))) {
        return false;
      }
    }
    return this.agreedOnTest(order, targets);
  }

  // Changing the test set makes a new version of it: asked once in a session.
  async agreedOnTest(order, targets, tests = this.testsAmong(targets)) {
    if (!TOUCHES_TEST.includes(order.kind) || sessionStorage.getItem(TEST_ASKED)) return true;
    if (!tests) return true;
    const agreed = await confirmed(
      "Change the test set?",
      `${count(tests, "photograph")} of these ${tests === 1 ? "is" : "are"} in the test set. ` +
        "Changing it makes the next test version; results on the earlier one stay as they are, " +
        "and the two are not compared. You are asked this once.",
      "Change it",
    );
    if (agreed) sessionStorage.setItem(TEST_ASKED, "yes");
    return agreed;
  }

  testsAmong(targets) {
    if (this.grid.selection.all) return this.facets()?.split?.test ?? 0;
    const chosen = new Set(targets.map((one) => one.id));
    return this.grid.cards.filter((card) => chosen.has(card.id) && card.split === "test").length;
  }
}
