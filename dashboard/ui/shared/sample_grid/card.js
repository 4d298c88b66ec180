// One photograph in the grid.

import { icon } from "../dom.js";
import { html } from "../html.js";
import { className } from "../words.js";
import { QUEUE, SPLIT, STATUS } from "./names.js";
import { blind, isRead } from "./reading.js";

/** @import { Card, ClassInfo } from "../../../schemas/browser" */

/** Queues of what is yet to be done. In all others something is suspected. */
const TASKS = new Set("worth unlabelled unsure patient_unknown second_reading".split(" "));

/** @param {string} id */
export const thumb = (id) => `/thumb/${id}.webp`;

/** @param {ClassInfo[]} classes @param {number | null} id */
export const classOf = (classes, id) => classes.find((known) => known.id === id);

/** @param {Card} card @param {ClassInfo[]} classes */
export function cardElement(card, classes) {
  const broken = () => element.classList.add("broken");
  /** @type {HTMLElement} */
  const element = html`
    <div class="mpx-card" role="option" tabindex="-1" aria-selected="false" data-testid="card" data-id="${card.id}">
      <img src="${thumb(card.id)}" alt="" decoding="async" draggable="false" onerror=${broken}>
      <span class="mpx-check" aria-hidden="true">${icon("check")}</span>
      <span class="mpx-dots" aria-hidden="true"></span>
      <span class="mpx-code" aria-hidden="true"></span>
      <span class="mpx-edge" aria-hidden="true"></span>
      <span class="mpx-tick" aria-hidden="true">${icon("check")}</span>
    </div>`;
  updateCard(element, card, classes);
  return element;
}

/** Writes what may change after a decision; the image stays.
 * @param {HTMLElement} element @param {Card} card @param {ClassInfo[]} classes */
export function updateCard(element, card, classes) {
  if (blind()) return updateBlind(element, card);
  const known = classOf(classes, card.state.label);
  const issues = card.queues.filter((queue) => !TASKS.has(queue));
  Object.assign(element.dataset, { status: card.state.status, label: known?.name ?? "" });
  element.style.setProperty("--class", known?.colour ?? "transparent");
  element.querySelector(".mpx-code")?.replaceChildren(known?.code ?? "?");
  element.querySelector(".mpx-dots")?.replaceChildren(...dots(card, issues));
  element.setAttribute("aria-label", spoken(card, classes, issues));
  element.title = card.patient ? `${card.file}\nPatient ${card.patient}` : card.file;
  return undefined;
}

/** @param {Card} card @param {string[]} issues */
function dots({ split, state: { status } }, issues) {
  const suspected = issues.map((queue) => QUEUE[queue]).join(", ");
  return [
    issues.length && html`<i class="issue" title="${suspected}"></i>`,
    split === "test" && html`<i class="test" title="In the test set">T</i>`,
    status === "relabelled" && html`<i class="relabelled" title="Relabelled"></i>`,
    status === "kept" && html`<i class="kept" title="Kept">${icon("check")}</i>`,
    status === "unsure" && html`<i class="unsure" title="Not sure">?</i>`,
  ].filter((dot) => dot instanceof HTMLElement);
}

/** What a screen reader says. @param {Card} card @param {ClassInfo[]} classes @param {string[]} issues */
function spoken({ file, split, state }, classes, issues) {
  const words = [
    STATUS[state.status],
    split && SPLIT[split],
    ...issues.map((queue) => QUEUE[queue]),
  ];
  const lower = words.filter(Boolean).map((word) => String(word).toLowerCase());
  return [file, className(classes, state.label), ...lower].join(", ");
}

/** The name of a file or a patient may tell the class, too.
 * @param {HTMLElement} element @param {Card} card */
function updateBlind(element, card) {
  const read = isRead(card.id);
  const done = read ? [html`<i class="kept" title="You have read it">${icon("check")}</i>`] : [];
  element.querySelector(".mpx-dots")?.replaceChildren(...done);
  element.setAttribute("aria-label", read ? "Photograph, read by you" : "Photograph");
  element.title = "";
}

/** @param {HTMLElement} element */
export function showSaved(element) {
  element.classList.remove("saved");
  void element.offsetWidth; // Starts the fading again.
  element.classList.add("saved");
}
