// Decisions, one after the other. The screen changes when the server has committed, not before.

import { confirmed, tellFailure, toast } from "../notices.js";
import { who } from "../page.js";
import { className, count, decided } from "../words.js";
import { answered } from "./ask.js";
import { blind, forgetLast, noteRead } from "./reading.js";

/** @import { Card, Choice, Decided, DecisionKind, DecisionRequest, DecisionResult, HistoryEntry, SampleQuery, UndoRequest } from "../../../schemas/browser" */
/** @import { GridServer } from "./ask.js" */
/** @import { Grid } from "./grid.js" */
/** @import { Commands } from "./keys.js" */

const ASK_ABOVE = 48;
const TEST_ASKED = "ai-mpox-test-asked";
/** @type {Partial<Record<DecisionKind, string>>} */
const VERB = {
  relabel: "Relabel",
  keep: "Keep",
  exclude: "Exclude",
  restore: "Restore",
  unsure: "Mark not sure:",
  opinion: "Read",
};
/** @type {DecisionKind[]} */
const TOUCHES_TEST = ["relabel", "exclude", "restore"];

/** What is decided, whatever the samples. @typedef {Pick<DecisionRequest, "kind" | "label" | "patient" | "join">} Order */
/**
 * What a decision is about: what was shown when it was asked for.
 * @typedef {object} Aim
 * @property {boolean} all everything that matches the query
 * @property {number} ledger
 * @property {Choice[]} targets
 * @property {SampleQuery} query
 * @property {boolean} alone the photograph in focus, nothing selected
 * @property {number} number of samples
 * @property {boolean} moved the focus has gone on already
 * @property {boolean} turns the next page follows
 */

export class Decider {
  /** @param {Grid} grid @param {GridServer} server @param {(result: Decided) => void} tell */
  constructor(grid, server, tell) {
    this.grid = grid;
    this.server = server;
    this.tell = tell;
    /** Goes with every decision until it is changed. */
    this.remark = { reason: "", note: "" };
    this.last = Promise.resolve();
    /** The last photograph of a page is being decided: the next page follows. */
    this.turning = false;
    /** Takes back what was offered after the decision before. @type {() => void} */
    this.withdraw = () => {};
    /** Says a single decision to a screen reader. @type {(words: string) => void} */
    this.announce = () => {};
  }

  /** What keys ask for. @returns {Pick<Commands, "label" | "decide" | "accept" | "undo" | "redo">} */
  get commands() {
    return {
      label: (id) => this.name(id),
      decide: (kind) => this.decide({ kind }),
      accept: () => this.accept(),
      undo: () => this.undo(),
      redo: () => this.redo(),
    };
  }

  /** A class: the label from now on, or in a second reading what this reader would say.
   * @param {number} label */
  name(label) {
    return this.decide({ kind: blind() ? "opinion" : "relabel", label });
  }

  /** What the queue suggests for the photograph in focus. */
  accept() {
    const suggested = this.turning ? null : this.grid.focused()?.suggested;
    return suggested === null || suggested === undefined ? undefined : this.name(suggested);
  }

  /** @param {Order} order */
  decide(order) {
    if (!this.allowed(order)) return undefined;
    // What is meant is what is shown now, whatever is clicked before it is this one's turn.
    const aim = this.turning ? null : this.aim();
    if (aim && !this.mustAsk(order, aim)) this.moveOn(order, aim);
    return this.next(() => this.carryOut(order, aim ?? this.aim()));
  }

  /** Decides about one sample that need not be in the grid. @param {Card} card @param {Order} order */
  decideOne(card, order) {
    if (!this.allowed(order)) return undefined;
    return this.next(async () => {
      if (!(await this.agreedOnTest(order, card.split === "test" ? 1 : 0))) return;
      const choices = [{ id: card.id, state: card.state }];
      this.committed(await this.send(order, { choices }), order, 1);
    });
  }

  /** Whoever does not see the labels cannot decide about them. @param {Order} order */
  allowed({ kind }) {
    if (!blind() || kind === "opinion") return true;
    toast("In a blind reading only your opinion counts: press the key of a class. B ends it.");
    return false;
  }

  /** @returns {Aim} */
  aim() {
    const { grid } = this;
    const { query } = grid;
    if (!query) throw new Error("nothing is shown yet");
    const { all, ledger, states } = grid.selection;
    const targets = all ? [] : grid.targets();
    const number = all ? grid.total : targets.length;
    const alone = !all && !states.size;
    return { all, ledger, targets, query, alone, number, moved: false, turns: false };
  }

  /** @param {number | null} batch */
  undo(batch = null) {
    return this.next(() => this.takeBack({ batch }));
  }

  /** One sample's part of a batch. @param {HistoryEntry} row */
  undoOne({ batch, sample }) {
    return this.next(() => this.takeBack({ batch, sample }));
  }

  redo() {
    return this.next(() => this.takeBack({ redo: true }));
  }

  /** Keys may come faster than answers: they are carried out in their order.
   * @param {() => Promise<void>} action */
  next(action) {
    this.last = this.last.then(action).catch(async (failure) => {
      this.turning = false;
      tellFailure(failure);
      await this.grid.refresh().catch(() => {});
    });
    return this.last;
  }

  /** @param {Order} order @param {Aim} aim */
  async carryOut(order, aim) {
    const { grid } = this;
    const { all, ledger, targets, number, query } = aim;
    if (!number || !(await this.agreed(order, aim))) return;
    const about = all
      ? { matching: { query, ledger, count: number }, ids: grid.cards.map((card) => card.id) }
      : { choices: targets };
    const result = await this.send(order, about);
    this.committed(result, order, number);
    if (!all) grid.selection.drop(targets.map((one) => one.id));
    else if (grid.selection.all) grid.selection.clear();
    if (!result.refused.length) this.moveOn(order, aim);
    if (aim.turns) await this.turn();
  }

  /** The order, with what belongs to it in the ledger: who, why, and the query that showed it.
   * @param {Order} order @param {Pick<DecisionRequest, "choices" | "matching" | "ids">} about */
  send(order, about) {
    const shown = this.grid.query ?? undefined;
    const request = { ...this.remark, ...order, ...about, who: who(), shown };
    return answered(this.server.decide(request));
  }

  /** @param {DecisionResult} result @param {Order} order @param {number} number */
  committed(result, order, number) {
    const { grid } = this;
    // An offer is about the decision before; it must not be taken for one about this.
    this.withdraw();
    const refused = new Set(result.refused.map((one) => one.sample));
    const done = new Set(result.cards.map((card) => card.id).filter((id) => !refused.has(id)));
    if (order.kind === "opinion") noteRead(done);
    grid.update(result, done);
    const words = decided(order.kind, className(grid.classes, order.label), result.applied);
    if (number > 1) toast(words, { action: ["Undo", () => this.undo(result.batch)] });
    else if (!refused.size) this.announce(words);
    if (result.siblings.length) this.offerSiblings(result.siblings, order);
    this.report(order.kind, result);
  }

  /** @param {string} kind @param {DecisionResult} result */
  report(kind, { applied, refused, revision }) {
    if (refused.length) this.tellRefused(refused);
    this.tell({ kind, applied, refused: refused.length, revision });
  }

  /** The other photographs of a patient whose label has just been changed.
   * @param {Card[]} siblings @param {Order} order */
  offerSiblings(siblings, order) {
    const name = className(this.grid.classes, order.label);
    const others = count(siblings.length, "other photograph");
    const choices = siblings.map(({ id, state }) => ({ id, state }));
    const patient = siblings[0]?.patient;
    const whose = patient ? `patient ${patient}` : "the same patient";
    const verb = siblings.length === 1 ? "has" : "have";
    const relabel = () =>
      this.next(async () => {
        const result = await this.send(order, { choices });
        this.committed(result, order, Math.max(2, choices.length));
      });
    this.withdraw = toast(`${others} of ${whose} ${verb} another label.`, {
      seconds: 15,
      action: [`Relabel to ${name} too`, relabel],
    });
  }

  /** @param {DecisionResult["refused"]} refused */
  tellRefused(refused) {
    const [first] = refused;
    if (!first) return;
    const file = this.grid.cards.find((card) => card.id === first.sample)?.file ?? first.sample;
    const rest = refused.length > 1 ? ` (and ${refused.length - 1} more)` : "";
    toast(`Not changed: ${file}${rest}, because ${first.why}. The ledger keeps what you wanted.`, {
      bad: true,
      seconds: 15,
    });
  }

  /** One decided: on to the next photograph, unless somebody has gone elsewhere meanwhile.
   * @param {Order} order @param {Aim} aim */
  moveOn(order, aim) {
    const { grid } = this;
    if (aim.moved || !aim.alone || order.kind === "set_patient") return;
    if (grid.focused()?.id !== aim.targets[0]?.id) return;
    aim.moved = true;
    if (grid.index + 1 < grid.cards.length) grid.focus(grid.index + 1);
    else aim.turns = this.turning = true;
  }

  /** The end of the page: what has been decided may have left the query. */
  async turn() {
    const { grid } = this;
    this.turning = false;
    if (grid.index + 1 < grid.cards.length) return;
    if (grid.offset + grid.size < grid.total) await grid.move(1);
    else if (grid.query?.queues?.length) toast("This was the last photograph of the queue.");
  }

  /** @param {Pick<UndoRequest, "batch" | "sample" | "redo">} what */
  async takeBack(what) {
    const { grid } = this;
    if (blind() && !what.redo) forgetLast();
    const before = new Map(grid.cards.map((card) => [card.id, JSON.stringify(card.state)]));
    const request = { ...what, who: who(), ids: [...before.keys()] };
    const result = await answered(this.server.take_back(request));
    const changed = result.cards.filter(
      ({ id, state }) => JSON.stringify(state) !== before.get(id),
    );
    grid.selection.clear();
    grid.update(result, new Set(changed.map((card) => card.id)));
    const [only] = changed;
    if (only && changed.length === 1) grid.focus(grid.place(only.id));
    // As with siblings: what is offered holds until the next decision.
    this.withdraw();
    const samples = count(result.applied, "sample");
    if (what.redo) toast(`Done again: ${samples}`);
    else this.withdraw = toast(`Undone: ${samples}`, { action: ["Redo", () => this.redo()] });
    this.report(what.redo ? "redo" : "undo", result);
  }

  /** @param {Order} order @param {Aim} aim */
  mustAsk(order, aim) {
    if (aim.all || aim.number > ASK_ABOVE) return true;
    return this.asksOnTest(order) && this.testsAmong(aim.targets) > 0;
  }

  /** @param {Order} order @param {Aim} aim */
  async agreed(order, { all, number, targets, query }) {
    if (number > ASK_ABOVE) {
      const verb = `${VERB[order.kind] ?? "Decide"} ${number}`;
      const name = className(this.grid.classes, order.label);
      const label = order.kind === "relabel" ? `: their label becomes ${name}` : "";
      const question = `This decides about ${count(number, "sample")} at once${label}. It can be undone.`;
      if (!(await confirmed("Decide about all of them?", question, verb))) return false;
    }
    if (!this.asksOnTest(order)) return true;
    if (!all) return this.agreedOnTest(order, this.testsAmong(targets));
    const { test } = await answered(this.server.get_count({ query }));
    return this.agreedOnTest(order, test);
  }

  /** @param {Order} order */
  asksOnTest(order) {
    return TOUCHES_TEST.includes(order.kind) && !sessionStorage.getItem(TEST_ASKED);
  }

  /** Changing the test set makes a new version of it: asked once in a session.
   * @param {Order} order @param {number} tests */
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

  /** @param {Choice[]} targets */
  testsAmong(targets) {
    const chosen = new Set(targets.map((one) => one.id));
    return this.grid.cards.filter((card) => chosen.has(card.id) && card.split === "test").length;
  }
}
