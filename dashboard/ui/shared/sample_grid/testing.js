// A server in memory and a grid before it, for the unit tests. Never imported by the page.

import { openPage } from "../testing.js";
import { Grid } from "./grid.js";

/** @import { Card, DecisionRequest, DecisionResult, Page, PageRequest, UndoRequest } from "../../../schemas/browser" */

export const SIZE = 3;
const CLASSES = [
  { id: 1, name: "Measles", code: "ME", key: "1", colour: "#D55E00" },
  { id: 2, name: "Cowpox", code: "CW", key: "2", colour: "#0072B2" },
];

/** @param {number} number @returns {Card} */
export const card = (number) => ({
  id: `s${number}`,
  file: `${number}.jpg`,
  state: { label: 1, status: "new", patient: null, links: [] },
  imported: 1,
  split: number === 2 ? "test" : "train",
  queues: [],
  patient: null,
  predicted: null,
  confidence: null,
  revision: 1,
  why: "",
  suggested: 2,
});

/** Answers like the component: a decision on a state that has moved on is refused. */
export class Server {
  constructor(total = 7) {
    this.cards = Array.from({ length: total }, (_, place) => card(place + 1));
    this.revision = 1;
    /** @type {(DecisionRequest | UndoRequest)[]} */
    this.requests = [];
    /** @type {PageRequest[]} */
    this.pages = [];
    this.answers = true;
  }

  /** @param {PageRequest} request @returns {Promise<Page>} */
  async get_page(request) {
    this.pages.push(request);
    const { query, offset = 0, leaving = [] } = request;
    const at = offset + leaving.length;
    const cards = structuredClone(this.cards.slice(at, at + SIZE));
    const found = { cards, total: this.cards.length, offset: at, size: SIZE, ledger: 0 };
    return { ...found, query: query ?? {}, address: {}, revision: this.revision, classes: CLASSES };
  }

  /** @param {{ ids: string[] }} request */
  async get_cards({ ids }) {
    return { cards: this.read(ids), revision: this.revision };
  }

  /** @param {string[]} ids */
  read(ids) {
    return structuredClone(this.cards.filter(({ id }) => ids.includes(id)));
  }

  async get_count() {
    return { total: this.cards.length, test: 1 };
  }

  /** @param {DecisionRequest} request @returns {Promise<DecisionResult>} */
  async decide(request) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (!this.answers) throw new Error("no connection");
    this.requests.push(request);
    const { choices = [], matching } = request;
    const ids = matching ? this.cards.map(({ id }) => id) : choices.map(({ id }) => id);
    const refused = choices.filter(({ id, state }) => !this.holds(id, state)).map(({ id }) => id);
    this.revision += 1;
    for (const known of this.cards) {
      if (!ids.includes(known.id) || refused.includes(known.id)) continue;
      const label = request.label ?? known.state.label;
      known.state = {
        ...known.state,
        label,
        status: request.kind === "keep" ? "kept" : "excluded",
      };
    }
    return {
      batch: this.revision,
      applied: ids.length - refused.length,
      refused: refused.map((sample) => ({ sample, why: "ann has changed it since you looked" })),
      ledger: this.revision,
      revision: this.revision,
      cards: this.read(ids),
      siblings: [],
    };
  }

  /** @param {string} id @param {Card["state"] | null} [state] */
  holds(id, state) {
    const now = this.cards.find((known) => known.id === id)?.state;
    return JSON.stringify(now) === JSON.stringify(state);
  }

  /** @param {UndoRequest} request */
  async take_back(request) {
    this.requests.push(request);
    this.revision += 1;
    for (const known of this.cards) known.state = { ...known.state, label: 1, status: "new" };
    const cards = this.read(request.ids ?? []);
    const done = { batch: 9, applied: 1, refused: [], siblings: [], ledger: this.revision };
    return { ...done, cards, revision: this.revision };
  }
}

/** A grid in an empty page, with its first page shown; and what it has told.
 * @param {Server} server */
export async function openGrid(server) {
  const window = openPage();
  const globals = /** @type {Record<string, unknown>} */ (globalThis);
  for (const name of ["sessionStorage", "Image", "getComputedStyle"]) {
    globals[name] = /** @type {any} */ (window)[name];
  }
  /** @type {any} */ (window).HTMLImageElement.prototype.decode = async () => {};
  /** @type {any} */ (window).HTMLElement.prototype.scrollIntoView = () => {};
  /** @type {any} */ (window).HTMLElement.prototype.showPopover = () => {};
  /** @type {string[]} */
  const told = [];
  const grid = new Grid(/** @type {any} */ (server), {
    focus: (shown) => told.push(`focus ${shown?.id}`),
    page: ({ offset }) => told.push(`page ${offset}`),
    selection: () => {},
    open: () => {},
  });
  document.body.append(grid.element);
  await grid.load({ query: {} });
  return { grid, told };
}
