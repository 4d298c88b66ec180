// One photograph in the grid.

import { blind, isRead } from "./blind.js";
import { h, icon } from "../shared/dom.js";
import { className, QUEUE, SPLIT, STATUS } from "../shared/words.js";

const ISSUES = [
  "label", "disagreement", "conflict", "siblings", "near_duplicate", "cross_patient", "duplicate",
  "leak", "outlier", "quality", "adjudication",
];

export const thumb = (id) => `/thumb/${id}.webp`;

export function cardElement(card, classes) {
  const element = h("div", {
    class: "mpx-card",
    role: "option",
    tabindex: "-1",
    "aria-selected": "false",
    data: { testid: "card", id: card.id },
  });
  const picture = h("img", { src: thumb(card.id), alt: "", decoding: "async", draggable: "false" });
  picture.addEventListener("error", () => element.classList.add("broken"), { once: true });
  element.append(
    picture,
    h("span", { class: "mpx-check", "aria-hidden": "true" }, icon("check")),
    h("span", { class: "mpx-dots", "aria-hidden": "true" }),
    h("span", { class: "mpx-code", "aria-hidden": "true" }),
    h("span", { class: "mpx-edge", "aria-hidden": "true" }),
    h("span", { class: "mpx-tick", "aria-hidden": "true" }, icon("check")),
  );
  updateCard(element, card, classes);
  return element;
}

// Writes what may change after a decision; the picture stays.
export function updateCard(element, card, classes) {
  const known = classes.find((one) => one.id === card.label);
  if (blind()) return updateBlind(element, card);
  const issues = card.queues.filter((queue) => ISSUES.includes(queue));
  element.dataset.status = card.status;
  element.dataset.label = known?.name ?? "";
  element.style.setProperty("--class", known?.colour ?? "transparent");
  element.querySelector(".mpx-code").textContent = known?.code ?? "?";
  element.querySelector(".mpx-dots").replaceChildren(
    ...[
      issues.length && h("i", { class: "issue", title: issues.map((q) => QUEUE[q]).join(", ") }),
      card.split === "test" && h("i", { class: "test", title: "In the test set" }, "T"),
      card.status === "relabelled" && h("i", { class: "relabelled", title: "Relabelled" }),
      card.status === "kept" && h("i", { class: "kept", title: "Kept" }, icon("check")),
      card.status === "unsure" && h("i", { class: "unsure", title: "Not sure" }, "?"),
    ].filter(Boolean),
  );
  const said = [
    card.file,
    className(classes, card.label),
    STATUS[card.status].toLowerCase(),
    card.split && SPLIT[card.split].toLowerCase(),
    ...issues.map((queue) => QUEUE[queue].toLowerCase()),
  ];
  element.setAttribute("aria-label", said.filter(Boolean).join(", "));
  element.title = [card.file, card.patient && `Patient ${card.patient}`].filter(Boolean).join("\n");
  return undefined;
}

// A file's name or a patient's may tell the class, too.
function updateBlind(element, card) {
  const read = isRead(card.id);
  element.querySelector(".mpx-dots").replaceChildren(
    ...(read ? [h("i", { class: "kept", title: "You have read it" }, icon("check"))] : []));
  element.setAttribute("aria-label", read ? "Photograph, read by you" : "Photograph");
  element.title = "";
}

export function showSaved(element) {
  element.classList.remove("saved");
  void element.offsetWidth; // Starts the fading again.
  element.classList.add("saved");
}
