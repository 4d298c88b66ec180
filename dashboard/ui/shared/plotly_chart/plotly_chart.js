// A Plotly figure in a host that stays. Plotly itself is loaded when the first chart comes into
// sight; words, table and menu are there before.

import { html } from "../html.js";
import { coloured, csv, selection, wrapped } from "./chart_text.js";
import { PointTip } from "./point_tip.js";

/**
 * @typedef {import("./chart_text.js").Table} Table
 * @typedef {{ figure: string, height: number, title: string, caption: string, summary: string,
 *   name: string, table: Table }} Value
 * @typedef {{ value: Value | null, label: string }} Props
 * @typedef {{ script: string, samples: boolean }} Given
 * @typedef {{ element: HTMLElement, props: Props, given: Given, trigger: (name: string, data: object) => void,
 *   watch: (name: string, listener: () => void) => void }} Component
 */

const FILE_WIDTH = 900;
const FILE_SCALE = 2;
const CHARACTERS = 110; // of a caption in a file's line
const HELD = ["toImage", "autoScale2d"]; // Buttons of Plotly that ours replace.

/** @type {Promise<any> | null} */
let loading = null;

/**
 * Plotly, loaded once a page. @param {string} address
 * @returns {Promise<any>}
 */
function plotly(address) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script"); // One out of html`` would not run.
    Object.assign(script, { src: address, async: true });
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).Plotly));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("Plotly could not be loaded"));
    });
    document.head.append(script);
  });
  return loading;
}

/** @param {Component} component */
export function mount(component) {
  // A map takes the server a moment: meanwhile the browser loads what draws it.
  if (component.given.samples) plotly(component.given.script).catch(() => {});
  const chart = new ChartView(component);
  component.watch("value", () => chart.show());
  chart.show();
}

class ChartView {
  /** @param {Component} component */
  constructor({ element, props, given, trigger }) {
    this.props = props;
    this.given = given;
    this.trigger = trigger;
    this.root = /** @type {HTMLElement} */ (element.querySelector(".mpx-chart"));
    this.visible = false;
    this.drawn = false;
    this.round = 0;
    this.listening = false;
    /** @type {any} */
    this.library = null;
    this.title = html`<h3 class="mpx-chart-title"></h3>`;
    this.host = html`<div class="mpx-chart-host" role="img"></div>`;
    this.caption = html`<figcaption></figcaption>`;
    this.behind = html`<div class="mpx-chart-table"></div>`;
    this.menu = menuOf((kind) => this.save(kind));
    const head = html`<div class="mpx-chart-head">${this.title}${this.menu}</div>`;
    this.root.replaceChildren(head, this.host, this.caption, this.behind);
    new IntersectionObserver(
      (entries) => {
        this.visible = entries[entries.length - 1].isIntersecting;
        if (this.visible && !this.drawn) this.draw();
      },
      { rootMargin: "200px" },
    ).observe(this.root);
    new ResizeObserver(() => this.fit()).observe(this.host);
    new MutationObserver(() => this.recolour()).observe(document.body, {
      attributes: true,
      attributeFilter: ["class"],
    });
  }

  // A new value: the words at once, the figure when it can be seen.
  show() {
    const { value } = this.props;
    this.root.hidden = !value;
    this.drawn = false;
    this.round += 1;
    if (!value) return;
    this.root.classList.remove("failed");
    this.title.textContent = value.title;
    this.caption.textContent = value.caption;
    this.host.setAttribute("aria-label", value.summary);
    this.host.style.minHeight = `${value.height}px`;
    this.behind.replaceChildren(html`<p>${value.summary}</p>`, tableOf(value.table, value.title));
    if (this.visible) this.draw();
  }

  async draw() {
    const { value } = this.props;
    if (!value) return;
    this.drawn = true;
    const { round } = this;
    try {
      const library = await plotly(this.given.script);
      if (round !== this.round) return;
      const { data, layout } = figureOf(value, this.root);
      if (matchMedia("(pointer: coarse)").matches && layout.dragmode === undefined) {
        layout.dragmode = false; // A finger on a chart scrolls the page.
      }
      await library.react(this.host, data, layout, {
        displaylogo: false,
        displayModeBar: ["lasso", "select"].includes(layout.dragmode),
        scrollZoom: this.given.samples,
        modeBarButtonsToRemove: HELD,
        responsive: false,
      });
      this.listen();
      this.library = library;
      this.host.dataset.drawn = String(round);
    } catch (error) {
      this.drawn = false;
      this.root.classList.add("failed");
      console.error(error);
    }
  }

  listen() {
    if (this.listening) return;
    this.listening = true;
    const host = /** @type {any} */ (this.host);
    const tell = (/** @type {any} */ event) => {
      const chosen = selection(event, this.given.samples);
      if (chosen.index.length || chosen.area.length || !chosen.selected)
        this.trigger("select", chosen);
    };
    host.on("plotly_click", tell);
    host.on("plotly_selected", (/** @type {any} */ event) => event && tell(event));
    host.on("plotly_deselect", () => tell(undefined));
    if (!this.given.samples) return;
    const tip = new PointTip(this.host);
    host.on("plotly_hover", (/** @type {any} */ event) => tip.show(event));
    host.on("plotly_unhover", () => tip.hide());
    this.host.addEventListener("pointerleave", () => tip.hide());
  }

  recolour() {
    this.drawn = false;
    if (this.visible) this.draw();
  }

  fit() {
    if (this.library && this.host.clientWidth) this.library.Plots.resize(this.host);
  }

  /** @param {string} kind */
  async save(kind) {
    const { value } = this.props;
    this.menu.open = false;
    if (!value) return;
    if (kind === "csv")
      return keep(new Blob([csv(value.table)], { type: "text/csv" }), `${value.name}.csv`);
    const library = await plotly(this.given.script);
    const { data, layout, height } = paper(value);
    await library.downloadImage(
      { data, layout },
      {
        format: kind,
        filename: value.name,
        width: FILE_WIDTH,
        height,
        scale: FILE_SCALE,
      },
    );
  }
}

/** @param {(kind: string) => void} save */
function menuOf(save) {
  const choices = ["PNG", "SVG", "CSV"].map((name) => {
    const kind = name.toLowerCase();
    return html`<button type="button" data-save="${kind}" onclick=${() => save(kind)}>${name}</button>`;
  });
  /** @type {HTMLDetailsElement} */
  const menu = html`<details class="mpx-chart-menu">
    <summary aria-label="Save the chart" title="Save the chart">⋯</summary>
    <div class="mpx-chart-choices">${choices}</div></details>`;
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
  return menu;
}

/**
 * The figure in the colours that hold where `place` is.
 * @param {Value} value @param {Element} place
 * @returns {{ data: any[], layout: any }}
 */
function figureOf(value, place) {
  const style = getComputedStyle(place);
  return JSON.parse(coloured(value.figure, (name) => style.getPropertyValue(name)));
}

/**
 * The figure as a file shows it: light, with title and caption in it. The root of the page has the
 * light colours; dark ones hold from the body on.
 * @param {Value} value
 */
function paper(value) {
  const { data, layout } = figureOf(value, document.documentElement);
  const title = wrapped(value.title, 80);
  const caption = wrapped(value.caption, CHARACTERS);
  const margin = { l: 24, r: 24, t: 30 + 24 * title.lines, b: 64 + 17 * caption.lines };
  layout.title = {
    text: title.text,
    x: 0,
    xref: "container",
    xanchor: "left",
    pad: { l: 24 },
    y: 1,
    yref: "container",
    yanchor: "top",
    font: { size: 18 },
  };
  layout.title.pad.t = 16;
  layout.annotations = [
    ...(layout.annotations ?? []),
    {
      text: caption.text,
      showarrow: false,
      align: "left",
      xref: "paper",
      yref: "paper",
      x: 0,
      y: 0,
      xanchor: "left",
      yanchor: "bottom",
      yshift: 12 - margin.b,
      font: { size: 12 },
    },
  ];
  const height = value.height + margin.t + margin.b - 16;
  Object.assign(layout, { margin, height, width: FILE_WIDTH, paper_bgcolor: "#fff" });
  return { data, layout, height };
}

/** @param {Table} table @param {string} title */
function tableOf({ columns, rows }, title) {
  const heads = columns.map((name) => html`<th scope="col">${name}</th>`);
  const lines = rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell ?? "–"}</td>`)}</tr>`,
  );
  return html`<table><caption>${title}</caption><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table>`;
}

/** @param {Blob} blob @param {string} name */
function keep(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a"); // One out of html`` leads nowhere before it is in the page.
  Object.assign(link, { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
