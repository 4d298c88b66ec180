// One photograph with all that is known around it.

import { button, debounce, icon, onEnter } from "../dom.js";
import { html } from "../html.js";
import { tellFailure } from "../notices.js";
import { className, decision, percent, time } from "../words.js";
import { answered } from "./ask.js";
import { classOf, thumb } from "./card.js";
import { Compare } from "./compare.js";
import { QUEUE, REASON, SPLIT, STATUS } from "./names.js";

/** @import { Card, Detail as Known, HistoryEntry, Issue, SampleQuery, SourceEntry } from "../../../schemas/browser" */
/** @import { GridServer } from "./ask.js" */
/** @import { Decider, Order } from "./decide.js" */

/** Milliseconds: somebody who runs through the grid does not ask for every detail. */
const WAIT = 60;

/**
 * @typedef {object} Ways
 * @property {(query: Partial<SampleQuery>) => void} go to another query
 * @property {(card: Card | null) => void} open the large view
 * @property {(card: Card) => void} follow another photograph
 */

export class Detail {
  /** @param {GridServer} server @param {Decider} decider @param {Ways} ways */
  constructor(server, decider, ways) {
    this.server = server;
    this.decider = decider;
    this.ways = ways;
    this.request = 0;
    /** @type {string | null} */
    this.id = null;
    this.element = html`<aside class="mpx-detail" aria-label="Photograph" data-testid="detail"></aside>`;
    this.get = debounce(WAIT, (/** @type {string} */ id) => this.load(id));
  }

  /** @param {Card | null} card */
  show(card) {
    if (card) return this.get(card.id);
    this.request += 1;
    this.id = null;
    return this.element.replaceChildren();
  }

  /** @param {string} id */
  async load(id) {
    const request = ++this.request;
    try {
      const known = await answered(this.server.get_detail({ id }));
      if (request === this.request) this.draw(known);
    } catch (failure) {
      if (request === this.request) tellFailure(failure);
    }
  }

  /** @param {Known} known */
  draw(known) {
    const same = this.id === known.card.id;
    const scrolled = this.element.scrollTop;
    const typed = same && this.element.querySelector(".mpx-patient-form");
    this.id = known.card.id;
    const { siblings, history } = known;
    const parts = [
      this.image(known),
      this.labels(known.card),
      this.suspected(known),
      typed || this.patient(known.card),
      this.model(known),
      this.siblings(siblings, known.card),
      this.sources(known),
      history.length > 0 && this.history(history),
    ];
    this.element.replaceChildren(...parts.filter((part) => part instanceof Element));
    this.element.scrollTop = same ? scrolled : 0;
  }

  /** @param {number | null} id */
  name(id) {
    return className(this.decider.grid.classes, id);
  }

  /** @param {number | null} id */
  colour(id) {
    return classOf(this.decider.grid.classes, id)?.colour ?? "transparent";
  }

  /** Decides about this photograph alone. @param {Order} order */
  decide(order) {
    this.decider.grid.selection.clear();
    this.decider.decide(order);
  }

  /** @param {Known} known */
  image({ card, width, height }) {
    const kept = this.element.querySelector(".mpx-picture");
    if (kept instanceof HTMLElement && kept.dataset.id === card.id) return kept;
    /** @type {HTMLImageElement} */
    const image = html`<img alt="${card.file}" src="${thumb(card.id)}">`;
    const large = new Image();
    large.src = `/media/${card.id}`;
    const shown = () => {
      image.src = large.src;
    };
    large.decode().then(shown, () => {});
    const open = () => this.ways.open(this.decider.grid.focused());
    return html`<button type="button" class="mpx-picture" title="Open large (Enter)" data-id="${card.id}"
      data-testid="detail-picture" onclick=${open}>${image}<span>${icon("expand")}${width} × ${height}</span></button>`;
  }

  /** @param {Card} card */
  labels({ id, file, split, imported, state: { label, status } }) {
    const code = classOf(this.decider.grid.classes, label)?.code ?? "?";
    const similar = () => this.ways.go({ similar_to: id, sort: "similarity" });
    return html`<section class="mpx-what" style="--class: ${this.colour(label)}">
      <h2 title="${file}" data-testid="detail-file">${file}</h2>
      <p class="mpx-label" data-testid="detail-label">
        <i class="swatch" aria-hidden="true">${code}</i><b>${this.name(label)}</b>
        <span class="mpx-badge">${STATUS[status]}</span>
        ${split && html`<span class="mpx-badge">${SPLIT[split]}</span>`}</p>
      ${imported !== label && html`<p class="mpx-quiet" data-testid="detail-imported">Imported as ${this.name(imported)}</p>`}
      <div class="mpx-row">${button("More like this", similar, { sign: "similar", kind: "small", testid: "more-like-this" })}</div>
    </section>`;
  }

  /** What finders say of it. @param {Known} known */
  suspected(known) {
    const { issues, suspected_before } = known;
    if (!issues.length) return null;
    const before = html`<p class="mpx-quiet" data-testid="before">Said before the newest decision
      about it. It is looked at again soon.</p>`;
    return html`<section class="mpx-suspected" data-testid="detail-issues">
      <h3>Why it may need a look</h3>${suspected_before && before}
      <ul>${issues.map((issue) => this.issue(issue, known))}</ul></section>`;
  }

  /** In words, with what it is compared with and what it should be called.
   * @param {Issue} issue @param {Known} known */
  issue({ kind, reason, suggested = null, related: ids = [] }, { card, related }) {
    const beside = related.filter(({ id }) => ids.includes(id));
    const relabel = () => this.decide({ kind: "relabel", label: suggested });
    const compare = () => new Compare(this.decider, card, beside);
    const named = suggested !== null && suggested !== card.state.label;
    return html`<li><b>${QUEUE[kind] ?? QUEUE.duplicate}</b><p>${reason}</p><div class="mpx-row">
      ${named && button(`Relabel to ${this.name(suggested)}`, relabel, { kind: "small" })}
      ${beside.length > 0 && button("Compare", compare, { sign: "compare", kind: "small", testid: "compare" })}</div>
      ${beside.length > 0 && this.row(beside, "related")}</li>`;
  }

  /** @param {Card} card @returns {HTMLElement} */
  patient(card) {
    const look = {
      kind: "link",
      title: "Show this patient's photographs",
      testid: "detail-patient",
    };
    const go = () => this.ways.go({ patient: card.state.patient });
    const name = card.patient
      ? button(card.patient, go, look)
      : html`<span class="mpx-quiet" data-testid="detail-patient">unknown</span>`;
    const edit = () => {
      row.replaceWith(this.form(card));
    };
    /** @type {HTMLElement} */
    const row = html`<section class="mpx-patient"><h3>Patient</h3>${name}
      <button type="button" class="mpx-bare" aria-label="Change the patient" data-testid="edit-patient"
        onclick=${edit}>${icon("pencil")}</button></section>`;
    return row;
  }

  /** @param {Card} card */
  form(card) {
    const before = card.patient ?? "";
    /** @type {HTMLInputElement} */
    const field = html`<input type="text" value="${before}" aria-label="Patient" maxlength="200"
      placeholder="Empty: not known" data-testid="patient-field">`;
    const back = () => form.replaceWith(this.patient(card));
    const save = () => {
      back();
      const patient = field.value.trim();
      if (patient !== before) this.decide({ kind: "set_patient", patient });
    };
    onEnter(field, save);
    field.addEventListener("keydown", (event) => event.key === "Escape" && back());
    const form = html`<section class="mpx-patient mpx-patient-form"><h3>Patient</h3>${field}
      ${button("Save", save, { kind: "small primary" })}</section>`;
    requestAnimationFrame(() => field.focus());
    return form;
  }

  /** @param {Known} known */
  model({ model }) {
    if (!model) return null;
    const rows = model.best.map(
      ({
        class_id,
        probability,
      }) => html`<li style="--share: ${probability}; --class: ${this.colour(class_id)}">
        <span>${this.name(class_id)}</span><span class="bar" aria-hidden="true"><i></i></span>
        <span class="many">${percent(probability)}</span></li>`,
    );
    const seen = html`<p class="mpx-quiet">It was trained on this photograph.</p>`;
    return html`<section class="mpx-said" data-testid="detail-model"><h3>Model of run ${model.run}</h3>
      <ol>${rows}</ol>${model.seen_in_training && seen}</section>`;
  }

  /** @param {Card[]} siblings @param {Card} card */
  siblings(siblings, card) {
    if (!siblings.length) return null;
    const same = siblings.every((one) => one.patient === card.patient);
    return html`<section><h3>Same patient${same ? "" : " or joined"} (${siblings.length})</h3>
      ${this.row(siblings, "sibling")}</section>`;
  }

  /** Small photographs, each leading to itself in the grid. @param {Card[]} cards @param {string} testid */
  row(cards, testid) {
    const links = cards.map((card) => {
      const label = this.name(card.state.label);
      const follow = () => this.ways.follow(card);
      return html`<button type="button" class="mpx-sibling" style="--class: ${this.colour(card.state.label)}"
        title="${card.file}, ${label}" aria-label="${card.file}, ${label}" data-testid="${testid}"
        onclick=${follow}><img src="${thumb(card.id)}" alt="" loading="lazy"></button>`;
    });
    return html`<div class="mpx-siblings">${links}</div>`;
  }

  /** @param {Known} known */
  sources({ sources, added }) {
    const title = sources.length > 1 ? `${sources.length} sources, the same pixels` : "Source";
    const rows = sources.map(
      (source) => html`<li><span class="file">${source.file}</span>
        <span class="mpx-quiet">${this.claims(source)}</span></li>`,
    );
    return html`<section class="mpx-sources" data-testid="detail-sources"><h3>${title}</h3>
      <ul>${rows}</ul><p class="mpx-quiet">Imported ${time(added)}</p></section>`;
  }

  /** @param {SourceEntry} source */
  claims({ label, patient, author_split, origin }) {
    const split = author_split && `authors: ${SPLIT[author_split]?.toLowerCase()}`;
    return [this.name(label), patient && `patient ${patient}`, split, origin]
      .filter(Boolean)
      .join(" · ");
  }

  /** @param {HistoryEntry[]} history */
  history(history) {
    const rows = history.map((row) => {
      const look = row.applied ? (row.taken_back ? "gone" : "") : "refused";
      const undo = () => this.decider.undoOne(row);
      const why = [row.reason && (REASON[row.reason] ?? row.reason), row.note].filter(Boolean);
      return html`<li class="${look}">
        <span>${this.words(row, history)}${row.applied ? "" : " (not applied)"}</span>
        <span class="mpx-quiet">${[`${row.who}, ${time(row.when)}`, ...why].join(" · ")}</span>
        ${row.undoable && button("Undo", undo, { kind: "link", testid: "undo-one" })}</li>`;
    });
    return html`<section class="mpx-history" data-testid="detail-history"><h3>Decisions</h3>
      <ol>${rows}</ol></section>`;
  }

  /** @param {HistoryEntry} row @param {HistoryEntry[]} history */
  words(row, history) {
    const { classes } = this.decider.grid;
    const taken = row.kind === "undo" && history.find(({ number }) => number === row.undoes);
    if (!taken) return decision(row, classes);
    if (taken.kind === "undo") return "Did again what was taken back";
    return `Took back: ${decision(taken, classes)}`;
  }
}
