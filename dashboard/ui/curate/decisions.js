// Decisions, one after the other. The screen changes when the server has committed, not before.

import { blind, forgetLast, noteRead } from "./blind.js";
import { confirmed, tellFailure, toast } from "../shared/notices.js";
import { ask, tell } from "../shared/page.js";
import { className, count, decided } from "../shared/words.js";

const ASK_ABOVE = 48;
const TEST_ASKED = "ai-mpox-test-asked";
const VERB = {
  relabel: "Relabel", keep: "Keep", exclude: "Exclude", restore: "Restore", unsure: "Mark not sure:",
  opinion: "Read",
};
const TOUCHES_TEST = ["relabel", "exclude", "restore"];

export class Decisions {
  // `counted` promises the counts of what the grid's query finds, or null.
  constructor(grid, server, counted = async () => null) {
    this.grid = grid;
    this.server = server;
    this.counted = counted;
    this.remark = { reason: "", note: "" }; // Goes with every decision until it is changed.
    this.last = Promise.resolve();
    this.turning = false; // The last photograph of a page is being decided: the next page follows.
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
    const suggested = this.turning ? null : this.grid.focused()?.suggested;
    return suggested === null || suggested === undefined ? undefined : this.name(suggested);
  }

  // Decides about one sample that need not be in the grid.
  decideOne(card, order) {
    if (!this.allowed(order)) return undefined;
    return this.next(async () => {
      const targets = [{ id: card.id, state: card.state }];
      if (!(await this.agreedOnTest(order, card.split === "test" ? 1 : 0))) return;
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
    if (!this.allowed(order)) return undefined;
    // What is meant is what is shown now, whatever is clicked before it is this one's turn.
    const aim = this.turning ? null : this.aim();
    if (aim && !this.mustAsk(order, aim)) this.moveOn(order, aim);
    return this.next(() => this.run(order, aim ?? this.aim()));
  }

  aim() {
    const { grid } = this;
    const { all, ledger, states } = grid.selection;
    const targets = all ? [] : grid.targets();
    return {
      all, ledger, targets, params: grid.params, alone: !all && !states.size,
      number: all ? grid.total : targets.length,
    };
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
      this.turning = false;
      tellFailure(failure);
      await this.grid.refresh().catch(() => {});
    });
    return this.last;
  }

  async run(order, aim) {
    const { grid } = this;
    const { all, ledger, targets, number, params } = aim;
    if (!number || !(await this.agreed(order, aim))) return;
    const answer = all
      ? await ask(this.server, "grid_decide_matching", {
          ...this.told(order), params, ledger, count: number, ids: grid.cards.map((card) => card.id),
        })
      : await ask(this.server, "grid_decide", { ...this.told(order), choices: targets });
    this.committed(answer, order, number);
    if (!all) grid.selection.drop(targets.map((one) => one.id));
    else if (grid.selection.all) grid.selection.clear();
    if (!answer.refused.length) this.moveOn(order, aim);
    if (aim.turns) await this.turn();
  }

  committed(answer, order, number) {
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
        this.committed(answer, order, Math.max(2, choices.length));
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

  // One decided: on to the next photograph, unless somebody has gone elsewhere meanwhile.
  moveOn(order, aim) {
    const { grid } = this;
    if (aim.moved || !aim.alone || order.kind === "set_patient") return;
    if (grid.focused()?.id !== aim.targets[0]?.id) return;
    aim.moved = true;
    if (grid.index + 1 < grid.cards.length) grid.focus(grid.index + 1);
    else aim.turns = this.turning = true;
  }

  // The end of the page: what has been decided may have left the query.
  async turn() {
    const { grid } = this;
    this.turning = false;
    if (grid.index + 1 < grid.cards.length) return;
    if (grid.offset + grid.size < grid.total) await grid.move(1);
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
    // As with siblings: what is offered holds until the next decision.
    this.withdraw?.();
    if (name === "grid_redo") toast(`Done again: ${samples}`);
    else this.withdraw = toast(`Undone: ${samples}`, { action: ["Redo", () => this.redo()] });
    if (answer.refused.length) this.tellRefused(answer.refused);
    tell("saved", { revision: answer.revision });
  }

  mustAsk(order, aim) {
    return (
      aim.all || aim.number > ASK_ABOVE ||
      (this.asksOnTest(order) && this.testsAmong(aim.targets) > 0)
    );
  }

  async agreed(order, aim) {
    const { number } = aim;
    if (number > ASK_ABOVE) {
      const name = className(this.grid.classes, order.label);
      const verb = `${VERB[order.kind] ?? "Decide"} ${number}`;
      const question = `This decides about ${count(number, "sample")} at once${
        order.kind === "relabel" ? `: their label becomes ${name}` : ""
      }. It can be undone.`;
      if (!(await confirmed("Decide about all of them?", question, verb))) return false;
    }
    const tests = aim.all ? (await this.counted())?.split?.test ?? 0 : this.testsAmong(aim.targets);
    return this.agreedOnTest(order, tests);
  }

  asksOnTest(order) {
    return TOUCHES_TEST.includes(order.kind) && !sessionStorage.getItem(TEST_ASKED);
  }

  // Changing the test set makes a new version of it: asked once in a session.
  async agreedOnTest(order, tests) {
    if (!tests || !this.asksOnTest(order)) return true;
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
    const chosen = new Set(targets.map((one) => one.id));
    return this.grid.cards.filter((card) => chosen.has(card.id) && card.split === "test").length;
  }
}
