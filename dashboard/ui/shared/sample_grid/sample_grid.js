// The component `SampleGrid`: puts its parts together, follows its value and the page's address.

import { debounce, icon } from "../dom.js";
import { html } from "../html.js";
import { address, hear, setAddress } from "../page.js";
import { Decider } from "./decide.js";
import { Detail } from "./detail.js";
import { Dock, showKeys } from "./dock.js";
import { START, takeFirst } from "./first_page.js";
import { Grid } from "./grid.js";
import { listen, press } from "./keys.js";
import { pager } from "./pager.js";
import { blind, setBlind } from "./reading.js";
import { Viewer } from "./viewer.js";

/** @import { Card, Decided, Page, SampleQuery } from "../../../schemas/browser" */
/** @import { GridGiven, GridProps, GridServer } from "./ask.js" */
/** @import { Commands } from "./keys.js" */

/** Milliseconds without a decision after which others hear of the last: what they draw takes longer
 * than the next key. */
const PAUSE = 300;
const NARROW = "(max-width: 1099px)";
const NAMES = `class split status queue patient q cell area sort desc like ${START}`.split(" ");
const NOTHING = Object.fromEntries(NAMES.map((name) => [name, ""]));

/**
 * @typedef {object} Host what Gradio hands to the script of a component
 * @property {HTMLElement} element
 * @property {GridProps} props
 * @property {GridGiven} given what never changes
 * @property {GridServer} server
 * @property {(event: string, data?: object) => void} trigger
 * @property {(prop: string, callback: () => void) => void} watch
 */

/** @param {Host} host */
export function mount(host) {
  new SampleGrid(host).start();
}

class SampleGrid {
  /** @param {Host} host */
  constructor({ element, props, given, server, trigger, watch }) {
    this.props = props;
    this.given = given;
    this.trigger = trigger;
    this.watch = watch;
    this.opened = Boolean(props.value && !given.address);
    this.push = false;
    this.handled = "";
    this.tab = address().tab ?? "";
    this.grid = new Grid(server, {
      focus: (card, by) => this.focused(card, by),
      page: (page) => this.paged(page),
      selection: () => this.dock?.draw(),
      open: (card) => this.viewer.open(card),
    });
    this.viewer = new Viewer(this.grid);
    const decided = debounce(PAUSE, (/** @type {Decided} */ last) => this.trigger("decided", last));
    this.decider = new Decider(this.grid, server, decided);
    this.pager = html`<div></div>`;
    this.detail = new Detail(server, this.decider, {
      go: (query) => this.go(query),
      open: (card) => this.viewer.open(card),
      follow: (card) => this.follow(card),
    });
    this.dock = new Dock(this.grid, this.decider);
    this.none = html`<p class="mpx-none" data-testid="grid-none" hidden>No photographs here.</p>`;
    /** @type {HTMLElement} */
    this.root = html`<div class="mpx mpx-sample-grid">
      <div class="mpx-middle">${this.pager}${this.grid.element}${this.none}${this.dock.element}</div></div>`;
    if (given.detail) this.root.append(this.drawer());
    this.root.classList.toggle("detailed", given.detail);
    element.querySelector(".mpx-grid-root")?.replaceChildren(this.root);
  }

  /** The detail: a column, on narrow windows a drawer. */
  drawer() {
    const close = () => this.root.classList.remove("detail-open");
    return html`<div class="mpx-panel detail"><div class="mpx-panel-head"><b>Photograph</b>
      <button type="button" class="mpx-bare" aria-label="Close photograph" onclick=${close}>${icon("close")}</button>
      </div>${this.detail.element}</div>`;
  }

  start() {
    const { props, given } = this;
    this.watch("value", () => this.valued());
    this.watch("revision", () => this.changedElsewhere(props.revision));
    listen(() => this.shown(), this.grid, this.commands());
    document.addEventListener("mpx-blind", () => this.blindfold());
    hear("revision", (/** @type {number} */ revision) => this.changedElsewhere(revision));
    if (given.address) {
      hear("address", (settled) => this.addressed(settled));
      new IntersectionObserver(() => this.seen()).observe(this.root);
    }
    // The page that came with a value is as old as the value.
    if (props.value && !given.address) this.grid.load({ query: props.value.query });
    this.handled = JSON.stringify(props.value);
    this.root.hidden = !props.value && !given.address;
  }

  shown() {
    return this.root.offsetParent !== null;
  }

  /** The Back button has changed the address; `settled`: what it names is in sight already.
   * @param {boolean} settled */
  addressed(settled) {
    const { tab = "", view } = address();
    if (this.shown()) {
      if (settled) this.fromAddress();
    } else if (tab === this.tab && !view) this.opened = false; // It is read when it is in sight.
  }

  /** It came into sight, or went out of it: its tab was opened or left. */
  seen() {
    if (this.shown()) {
      if (this.opened) this.remember();
      else this.fromAddress();
    } else if ((address().tab ?? "") !== this.tab) {
      setAddress(NOTHING);
    }
  }

  /** Another query came from the server. */
  valued() {
    const { value } = this.props;
    this.root.hidden = !value;
    // Gradio may hand on a value again: with another update, or to a component that it mounts again.
    const handled = JSON.stringify(value);
    if (!value || handled === this.handled) return;
    this.handled = handled;
    this.push = this.opened && pushes(this.grid.query, value.query);
    this.opened = true;
    if (value.page) this.grid.show(value.page);
    else this.grid.load({ query: value.query });
  }

  async fromAddress() {
    this.opened = true;
    this.tab = address().tab ?? "";
    const params = Object.fromEntries(
      Object.entries(address()).filter(([name]) => NAMES.includes(name)),
    );
    const first = Math.max(1, Number.parseInt(params[START] ?? "", 10) || 1);
    delete params[START];
    const { size } = this.grid;
    const offset = Math.floor((first - 1) / size) * size;
    if (!offset) this.grid.expect(takeFirst());
    if (await this.grid.load({ address: params, offset })) this.announce();
  }

  /** A person goes to another query here: other components hear of it as `input`.
   * @param {Partial<SampleQuery>} query */
  async go(query) {
    this.push = true;
    if (await this.grid.load({ query })) this.announce();
  }

  announce() {
    const { query } = this.grid;
    if (!query) return;
    this.props.value = { query, page: null };
    this.handled = JSON.stringify(this.props.value);
    this.trigger("input");
  }

  /** A page has been drawn. @param {Page} page */
  paged({ address: params, offset, total, classes }) {
    const { style } = document.documentElement;
    for (const [place, { colour }] of classes.entries()) {
      style.setProperty(`--mpx-class-${place + 1}`, colour); // For what is not drawn here.
    }
    this.params = { ...NOTHING, ...params, [START]: offset ? String(offset + 1) : "" };
    this.remember();
    this.pager.replaceChildren(pager(this.grid));
    this.dock.draw();
    this.none.hidden = total > 0 || this.given.address;
    this.root.classList.toggle("empty", !total);
    this.root.closest("[role=tabpanel]")?.classList.add("ready");
  }

  remember() {
    if (!this.given.address || !this.params || !this.shown()) return;
    setAddress(this.params, { push: this.push });
    this.push = false;
  }

  /** On narrow windows a tap opens the drawer; arrows only change what it shows.
   * @param {Card | null} card @param {"key" | "click" | null} by */
  focused(card, by) {
    this.viewer.show(card);
    this.dock.draw();
    if (this.given.detail) this.detail.show(card);
    if (!card || !by) return;
    this.trigger("select", { index: this.grid.index, value: card.id });
    if (by === "click" && matchMedia(NARROW).matches) this.root.classList.add("detail-open");
  }

  /** A related photograph: in this page, or else among those of its patient. @param {Card} card */
  async follow(card) {
    const { grid } = this;
    if (grid.place(card.id) < 0) {
      const { patient } = card.state;
      await this.go(patient === null ? { text: card.file } : { patient });
    }
    const place = grid.place(card.id);
    if (place >= 0) grid.focus(place);
  }

  /** A blind reading begins or ends: filters that tell the label go. */
  blindfold() {
    const { query } = this.grid;
    this.grid.redraw();
    if (!blind() || !query || !this.shown()) return;
    const open = { ...query, labels: [], cell: null, patient: null, text: "" };
    if (this.given.address && JSON.stringify(open) !== JSON.stringify(query)) this.go(open);
  }

  /** Another person, a command or a training run has changed something. @param {number} revision */
  changedElsewhere(revision) {
    const { grid } = this;
    if (!this.opened || revision <= grid.revision) return;
    grid.revision = revision;
    if (grid.total || !grid.query) grid.refresh().catch(() => {});
    else grid.load({ query: grid.query });
  }

  /** What keys ask for. @returns {Commands} */
  commands() {
    const { grid, decider, dock, viewer, root } = this;
    const { selection } = grid;
    return {
      ...decider.commands,
      move: (across, down, extend) => grid.move(across + down * grid.columns(), extend),
      turn: (pages) => grid.turn(pages),
      first: () => grid.focus(0),
      last: () => grid.focus(grid.cards.length - 1),
      open: () => viewer.open(grid.focused()),
      page: () => selection.page(grid.cards),
      toggle: () => {
        const card = grid.focused();
        if (card) selection.toggle(card, grid.index);
      },
      clear: () => {
        root.classList.remove("detail-open");
        selection.clear();
      },
      note: () => dock.toggleNote(),
      read: () => setBlind(!blind()),
      find: () => dock.find(),
      keys: showKeys,
      press: (name) => press(root, name),
      nothing: () => {},
    };
  }
}

/** Whether the Back button returns from a query: not from every letter of a search.
 * @param {SampleQuery | null} before @param {SampleQuery} query */
function pushes(before, query) {
  if (!before) return false;
  return JSON.stringify({ ...before, text: "" }) !== JSON.stringify({ ...query, text: "" });
}
