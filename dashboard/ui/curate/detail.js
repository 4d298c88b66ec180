// One photograph with all that is known around it.

import { thumb } from "./card.js";
import { button, debounce, h, icon, onEnter } from "../shared/dom.js";
import { tellFailure } from "../shared/notices.js";
import { ask } from "../shared/page.js";
import { className, decision, percent, QUEUE, REASON, SPLIT, STATUS, time } from "../shared/words.js";

const WAIT_MS = 60; // Somebody who runs through the grid does not ask for every detail.

export class Detail {
  // `act` holds: choose(params), similar(id), open(card), decide(...), undoOne(row), focusSibling(card)
  constructor(server, grid, act) {
    this.server = server;
    this.grid = grid;
    this.act = act;
    this.request = 0;
    this.element = h("aside", {
      class: "mpx-detail", "aria-label": "Photograph", data: { testid: "detail" },
    });
    this.get = debounce(WAIT_MS, (id) => this.load(id));
  }

  show(card) {
    if (!card) {
      this.request += 1;
      this.id = null;
      this.element.replaceChildren();
      return;
    }
    this.get(card.id);
  }

  async load(id) {
    const request = ++this.request;
    try {
      const found = await ask(this.server, "sample_detail", { id });
      if (request === this.request) this.draw(found);
    } catch (failure) {
      if (request === this.request) tellFailure(failure);
    }
  }

  draw(it) {
    const same = this.id === it.card.id;
    const scrolled = this.element.scrollTop;
    const typed = same && this.element.querySelector(".mpx-patient-form");
    this.id = it.card.id;
    this.element.replaceChildren(
      this.picture(it), this.labels(it), this.suspected(it), typed || this.patient(it), this.model(it),
      this.siblings(it), this.sources(it), this.history(it));
    this.element.scrollTop = same ? scrolled : 0;
  }

  picture({ card, width, height }) {
    const kept = this.element.querySelector(".mpx-picture");
    if (kept?.dataset.id === card.id) return kept;
    const image = h("img", { alt: card.file, src: thumb(card.id) });
    const large = new Image();
    large.src = `/media/${card.id}`;
    large.decode().then(() => (image.src = large.src), () => {});
    const element = h("button", {
      type: "button", class: "mpx-picture", title: "Open large (Enter)",
      data: { id: card.id, testid: "detail-picture" },
      on: { click: () => this.act.open(this.grid.focused()) },
    }, image, h("span", {}, icon("expand"), `${width} × ${height}`));
    element.style.setProperty("--ratio", `${width} / ${height}`);
    return element;
  }

  labels({ card }) {
    const known = this.grid.classes.find((one) => one.id === card.label);
    const imported = className(this.grid.classes, card.imported);
    const element = h("section", { class: "mpx-what" },
      h("h2", { title: card.file, data: { testid: "detail-file" } }, card.file),
      h("p", { class: "mpx-label", data: { testid: "detail-label" } },
        h("i", { class: "swatch", "aria-hidden": "true" }, known?.code ?? "?"),
        h("b", {}, known?.name ?? "No label"),
        h("span", { class: "mpx-badge" }, STATUS[card.status]),
        card.split && h("span", { class: "mpx-badge" }, SPLIT[card.split])),
      card.imported !== card.label
        && h("p", { class: "mpx-quiet", data: { testid: "detail-imported" } },
          `Imported as ${imported}`),
      h("div", { class: "mpx-row" },
        button("More like this", () => this.act.similar(card.id), {
          sign: "similar", kind: "small", testid: "more-like-this",
        })));
    element.style.setProperty("--class", known?.colour ?? "transparent");
    return element;
  }

  // What finders say of it, in words; what they compare it with; what they would call it.
  suspected(it) {
    if (!it.issues.length) return "";
    const { classes } = this.grid;
    const beside = new Map(it.related.map((card) => [card.id, card]));
    const rows = it.issues.map((one) => {
      const related = one.related.map((id) => beside.get(id)).filter(Boolean);
      const named = one.suggested !== null && one.suggested !== it.card.label;
      return h("li", {},
        h("b", {}, QUEUE[one.kind] ?? QUEUE.duplicate),
        h("p", {}, one.reason),
        h("div", { class: "mpx-row" },
          named && button(`Relabel to ${className(classes, one.suggested)}`,
            () => this.act.decide("relabel", one.suggested), { kind: "small" }),
          related.length > 0 && button("Compare", () => this.act.compare([it.card, ...related]), {
            sign: "compare", kind: "small", testid: "compare",
          })),
        related.length > 0 && h("div", { class: "mpx-siblings" },
          related.map((card) => this.small(card, "related"))));
    });
    return h("section", { class: "mpx-suspected", data: { testid: "detail-issues" } },
      h("h3", {}, "Why it may need a look"),
      it.suspected_before && h("p", { class: "mpx-quiet", data: { testid: "before" } },
        "Said before the newest decision about it. It is looked at again soon."),
      h("ul", {}, rows));
  }

  patient(it) {
    const { card } = it;
    const name = card.patient
      ? button(card.patient, () => this.act.choose({ patient: String(it.patient_id) }), {
        kind: "link", title: "Show this patient's photographs", testid: "detail-patient",
      })
      : h("span", { class: "mpx-quiet", data: { testid: "detail-patient" } }, "unknown");
    const row = h("section", { class: "mpx-patient" },
      h("h3", {}, "Patient"), name,
      h("button", {
        type: "button", class: "mpx-bare", "aria-label": "Change the patient",
        data: { testid: "edit-patient" },
        on: { click: () => row.replaceWith(this.patientForm(it)) },
      }, icon("pencil")));
    return row;
  }

  patientForm(it) {
    const field = h("input", {
      type: "text", value: it.card.patient ?? "", "aria-label": "Patient", maxlength: "200",
      placeholder: "Empty: not known", data: { testid: "patient-field" },
    });
    const back = () => form.replaceWith(this.patient(it));
    const save = () => {
      back();
      if (field.value.trim() !== (it.card.patient ?? "")) {
        this.act.decide("set_patient", null, { patient: field.value.trim() });
      }
    };
    onEnter(field, save);
    field.addEventListener("keydown", (event) => event.key === "Escape" && back());
    const form = h("section", { class: "mpx-patient mpx-patient-form" },
      h("h3", {}, "Patient"), field, button("Save", save, { kind: "small primary" }));
    requestAnimationFrame(() => field.focus());
    return form;
  }

  model({ said }) {
    if (!said) return "";
    const rows = said.best.map((one) => {
      const known = this.grid.classes.find((c) => c.id === one.class);
      const row = h("li", {},
        h("span", {}, className(this.grid.classes, one.class)),
        h("span", { class: "bar", "aria-hidden": "true" }, h("i")),
        h("span", { class: "many" }, percent(one.probability)));
      row.style.setProperty("--share", one.probability);
      row.style.setProperty("--class", known?.colour ?? "currentColor");
      return row;
    });
    return h("section", { class: "mpx-said", data: { testid: "detail-model" } },
      h("h3", {}, `Model of run ${said.run}`), h("ol", {}, rows),
      said.seen && h("p", { class: "mpx-quiet" }, "It was trained on this photograph."));
  }

  siblings({ siblings, card }) {
    if (!siblings.length) return "";
    const same = siblings.every((one) => one.patient === card.patient);
    const pictures = siblings.map((one) => this.small(one, "sibling"));
    return h("section", {},
      h("h3", {}, same ? "Same patient" : "Same patient or joined", ` (${siblings.length})`),
      h("div", { class: "mpx-siblings" }, pictures));
  }

  // A small picture that leads to its photograph.
  small(card, testid) {
    const label = className(this.grid.classes, card.label);
    const known = this.grid.classes.find((one) => one.id === card.label);
    const made = h("button", {
      type: "button", class: "mpx-sibling", title: `${card.file}\n${label}`,
      "aria-label": `${card.file}, ${label}`, data: { testid },
      on: { click: () => this.act.focusSibling(card) },
    }, h("img", { src: thumb(card.id), alt: "", loading: "lazy" }));
    made.style.setProperty("--class", known?.colour ?? "transparent");
    return made;
  }

  sources({ sources, added }) {
    const rows = sources.map((one) => {
      const said = [
        className(this.grid.classes, one.label), one.patient && `patient ${one.patient}`,
        one.author_split && `authors: ${SPLIT[one.author_split].toLowerCase()}`, one.origin,
      ];
      return h("li", {}, h("span", { class: "file" }, one.file),
        h("span", { class: "mpx-quiet" }, said.filter(Boolean).join(" · ")));
    });
    const title = sources.length > 1 ? `${sources.length} sources, the same pixels` : "Source";
    return h("section", { class: "mpx-sources", data: { testid: "detail-sources" } },
      h("h3", {}, title), h("ul", {}, rows),
      h("p", { class: "mpx-quiet" }, `Imported ${time(added)}`));
  }

  history({ history }) {
    if (!history.length) return "";
    const words = (row) => decision(row, this.grid.classes);
    const undone = (row) => history.find((one) => one.number === row.undoes);
    const said = (row) => {
      const taken = row.kind === "undo" && undone(row);
      if (!taken) return words(row);
      return taken.kind === "undo" ? "Did again what was taken back" : `Took back: ${words(taken)}`;
    };
    const look = (row) => (row.applied ? (row.taken_back ? "gone" : "") : "refused");
    const rows = history.map((row) => h("li", { class: look(row) },
      h("span", {}, said(row), row.applied ? "" : " (not applied)"),
      h("span", { class: "mpx-quiet" }, `${row.who}, ${time(row.when)}`,
        [row.reason && (REASON[row.reason] ?? row.reason), row.note]
          .filter(Boolean).map((said) => ` · ${said}`).join("")),
      row.undoable && button("Undo", () => this.act.undoOne(row), {
        kind: "link", testid: "undo-one",
      })));
    return h("section", { class: "mpx-history", data: { testid: "detail-history" } },
      h("h3", {}, "Decisions"), h("ol", {}, rows));
  }
}
