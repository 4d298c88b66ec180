// The filters beside the grid, each with the number of photographs that it would show.

import { blind } from "./blind.js";
import { button, h, icon } from "../shared/dom.js";
import { number, QUEUE, SCORED, SPLIT, STATUS } from "../shared/words.js";

export class Facets {
  // `choose(changes)` gets the parameters that a click changes.
  // `extra` stands below the queues.
  constructor(choose, extra) {
    this.choose = choose;
    this.extra = extra;
    this.params = {};
    this.seen = new Set();
    this.element = h("nav", {
      class: "mpx-facets", "aria-label": "Filters", data: { testid: "facets" },
    });
  }

  draw(counts, params) {
    this.params = params;
    const focused = document.activeElement?.dataset?.testid;
    const classes = counts.classes.map((one) => [String(one.id), one.name, one.colour, one.code]);
    if (counts.class.none) classes.push(["none", "No label", "transparent", "?"]);
    const splits = this.known("split", SPLIT, counts.split);
    const queues = this.known("queue", QUEUE, counts.queue);
    const needs = this.section("Needs a look", "queue", queues, counts.queue);
    if (needs) needs.append(this.extra);
    const sections = [
      needs ?? this.extra,
      blind() ? null : this.section("Class", "class", classes, counts.class),
      this.section("Split", "split", splits, counts.split),
      this.section("Decision", "status", Object.entries(STATUS), counts.status),
      blind() ? null : this.patients(counts),
    ];
    this.element.replaceChildren(...sections.filter(Boolean));
    if (focused?.startsWith("facet-")) {
      this.element.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  // What has been seen once stays, so that nothing jumps when a count falls to nought.
  known(name, words, counts) {
    return Object.entries(words).filter(([key]) => {
      if (counts[key] || this.has(name, key)) this.seen.add(name + key);
      return this.seen.has(name + key);
    });
  }

  chosen(name) {
    return (this.params[name] || "").split(",").filter(Boolean);
  }

  has(name, key) {
    return this.chosen(name).includes(key);
  }

  section(title, name, options, counts) {
    if (!options.length) return null;
    const most = Math.max(1, ...options.map(([key]) => counts[key] ?? 0));
    const any = this.chosen(name).length > 0;
    return h("section", { data: { testid: `facet-${name}` } },
      h("h3", {}, title, any && button("Clear", () => this.choose({ [name]: "" }), { kind: "link" })),
      h("ul", {}, options.map(([key, label, colour, code]) =>
        h("li", {}, this.option({ name, key, label, colour, code, most, many: counts[key] ?? 0 })))));
  }

  option({ name, key, label, colour, code, most, many }) {
    const on = this.has(name, key);
    const element = h("button", {
      type: "button",
      class: "mpx-facet",
      "aria-pressed": String(on),
      title: label,
      data: { testid: `facet-${name}-${name === "class" ? label : key}` },
      on: { click: () => this.toggle(name, key) },
    },
    colour ? h("i", { class: "swatch", "aria-hidden": "true" }, code ?? "") : null,
    h("span", { class: "label" }, label),
    h("span", { class: "many" }, number(many)));
    element.style.setProperty("--share", many / most);
    if (colour) element.style.setProperty("--class", colour);
    element.classList.toggle("zero", many === 0 && !on);
    return element;
  }

  toggle(name, key) {
    const chosen = this.chosen(name);
    // One queue at a time: what stands in two of them at once is hardly ever what is meant.
    const others = name === "queue" ? [] : chosen.filter((one) => one !== key);
    const next = chosen.includes(key) ? others : [...others, key];
    // The keys are the grid's from here on.
    if (name === "queue") document.activeElement?.blur();
    this.choose({ [name]: next.join(","), ...(name === "queue" ? this.sorting(next) : {}) });
  }

  // A queue with scores opens with the most urgent; without one the order falls back.
  sorting(queues) {
    const scored = queues.some((one) => SCORED.includes(one));
    const { sort } = this.params;
    if (scored && !sort) return { sort: "score", desc: "" };
    if (!scored && sort === "score") return { sort: "", desc: "" };
    return {};
  }

  patients(counts) {
    if (!counts.patient_total && !this.params.patient) return null;
    const most = Math.max(1, ...counts.patients.map((one) => one.samples));
    const chosen = this.params.patient;
    const listed = counts.patients.some((one) => String(one.id) === chosen);
    const rows = counts.patients.map((one) => this.patient(one, most));
    if (chosen && !listed) {
      const name = counts.patient_name ?? "Unknown patient";
      rows.unshift(this.patient({ id: chosen, name, samples: counts.total }, most));
    }
    const more = counts.patient_total - counts.patients.length;
    return h("section", { data: { testid: "facet-patient" } },
      h("h3", {}, "Patient",
        chosen && button("Clear", () => this.choose({ patient: "" }), { kind: "link" })),
      h("ul", {}, rows.map((row) => h("li", {}, row))),
      more > 0 && h("p", { class: "mpx-quiet" },
        `${number(more)} more: search for a name.`));
  }

  patient(one, most) {
    const on = String(one.id) === this.params.patient;
    const element = h("button", {
      type: "button",
      class: "mpx-facet",
      "aria-pressed": String(on),
      title: one.name,
      data: { testid: `facet-patient-${one.name}` },
      on: { click: () => this.choose({ patient: on ? "" : String(one.id) }) },
    }, h("span", { class: "label" }, one.name), h("span", { class: "many" }, number(one.samples)));
    element.style.setProperty("--share", one.samples / most);
    return element;
  }
}

// What is filtered now, as chips that take their filter away.
export function chips(params, counts, choose) {
  const names = {
    class: (key) => counts?.classes.find((one) => String(one.id) === key)?.name ?? "No label",
    split: (key) => SPLIT[key],
    status: (key) => STATUS[key],
    queue: (key) => QUEUE[key],
  };
  const found = [];
  for (const [name, say] of Object.entries(names)) {
    const keys = (params[name] || "").split(",").filter(Boolean);
    for (const key of keys) {
      const without = keys.filter((one) => one !== key).join(",");
      found.push([say(key) ?? key, { [name]: without }]);
    }
  }
  if (params.patient) found.push([`Patient ${counts?.patient_name ?? ""}`, { patient: "" }]);
  if (params.q) found.push([`“${params.q}”`, { q: "" }]);
  if (params.cell) found.push(["One confusion cell", { cell: "" }]);
  if (params.area) found.push(["A part of the map", { area: "" }]);
  if (params.like) found.push(["Most similar first", { like: "", sort: "" }]);
  const made = found.map(([label, change]) =>
    h("button", {
      type: "button", class: "mpx-chip", title: `Remove: ${label}`, data: { testid: "chip" },
      on: { click: () => choose(change) },
    }, h("span", {}, label), icon("close")));
  if (found.length > 1) {
    const all = Object.assign({}, ...found.map(([, change]) => change),
      { class: "", split: "", status: "", queue: "" });
    made.push(button("Clear all", () => choose(all), { kind: "link", testid: "clear-filters" }));
  }
  return made;
}
