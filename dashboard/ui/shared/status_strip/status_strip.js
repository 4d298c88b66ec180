// The header: what is open, what runs, who decides.

import { button, h, icon, onEnter } from "../dom.js";
import { openDialog } from "../notices.js";
import { hear, setWho, tell, who } from "../page.js";
import * as words from "./status_words.js";
import { followTabs, skipLink } from "./tabs_address.js";

/**
 * @import { StatusValue } from "../../../schemas/browser.js"
 * @typedef {{ element: HTMLElement, props: { value: StatusValue | null },
 *   trigger: (event: string, data: object) => void,
 *   watch: (name: string, listener: () => void) => void }} Component
 */

/** @param {Component} component */
export function mount({ element, props, trigger, watch }) {
  const header = new Header((run) => trigger("stop", { run }));
  element.querySelector(".mpx-header-root")?.replaceChildren(skipLink(), header.element);
  const footer = { class: "mpx mpx-footer", data: { testid: "footer" } };
  document.body.append(h("footer", footer, "Research use. Not a diagnosis."));
  followTabs();
  const draw = () => props.value && header.draw(props.value);
  watch("value", draw);
  draw();
}

/**
 * @param {string} testid
 * @param {Record<string, unknown>} [more]
 */
const place = (testid, more) => ({ data: { testid }, ...more });

export class Header {
  /** @param {(run: string) => void} stop is called with a run, or "" for the import */
  constructor(stop) {
    /** @type {StatusValue | null} */
    this.status = null;
    this.workspace = h("b", place("workspace", { class: "mpx-workspace" }));
    this.totals = h("span", place("totals"));
    this.synthetic = h("span", place("synthetic", { class: "mpx-synthetic", hidden: true }));
    this.checkpoint = h("span", place("checkpoint"));
    const press = (/** @type {() => unknown} */ click) => ({ type: "button", on: { click } });
    this.view = h(
      "button",
      place("view", { class: "mpx-view", hidden: true, ...press(() => this.explainView()) }),
    );
    this.person = h(
      "button",
      place("who", { class: "mpx-person", ...press(() => this.askName()) }),
    );
    this.progress = h("progress", { max: "1", "aria-label": "Progress" });
    this.words = h("span");
    this.stop = button("Stop", () => stop(this.status?.run?.run ?? ""), {
      kind: "link",
      testid: "strip-stop",
    });
    this.strip = h(
      "div",
      place("status-strip", { class: "mpx-strip", role: "status", hidden: true }),
      this.progress,
      this.words,
      this.stop,
    );
    this.element = this.frame();
    hear("who", () => this.drawName());
  }

  frame() {
    const { workspace, synthetic, totals, checkpoint, view } = this;
    return h(
      "header",
      { class: "mpx mpx-header" },
      h("span", { class: "mpx-brand" }, h("i", { "aria-hidden": "true" }), "AI-Mpox"),
      h("div", { class: "mpx-facts" }, workspace, synthetic, totals, checkpoint, view),
      this.strip,
      this.person,
    );
  }

  /** @param {StatusValue} status */
  draw(status) {
    const before = this.status;
    this.status = status;
    this.workspace.textContent = this.workspace.title = status.workspace;
    this.totals.textContent = words.totals(status);
    this.totals.title = words.patients(status);
    Object.assign(this.synthetic, { hidden: !status.synthetic, title: "" });
    const { text, title } = words.synthetic(status);
    this.synthetic.textContent = text;
    this.synthetic.title = title;
    this.drawCheckpoint(status);
    this.drawView(status);
    this.drawName();
    this.drawStrip(status);
    if (before && before.revision !== status.revision) tell("revision", status.revision);
  }

  /** @param {StatusValue} status */
  drawCheckpoint(status) {
    const { text, wide, title } = words.checkpoint(status.checkpoint);
    this.checkpoint.replaceChildren(text, h("span", { class: "mpx-wide" }, wide));
    this.checkpoint.title = title;
  }

  /** @param {StatusValue} status */
  drawView({ view }) {
    this.view.hidden = false;
    this.view.textContent = view.problem ? "Without FiftyOne" : view.name;
    this.view.classList.toggle("fallback", Boolean(view.problem));
    this.view.title = view.problem ?? "Browsing is answered by FiftyOne.";
  }

  drawName() {
    const name = who() || this.status?.user || "";
    this.person.replaceChildren(icon("person"), h("span", {}, name));
    this.person.title = `Decisions are recorded as ${name}. Press to change.`;
  }

  /** @param {StatusValue} status */
  drawStrip(status) {
    const work = words.work(status);
    this.strip.hidden = !work;
    this.words.textContent = work?.text ?? "";
    this.progress.value = work?.share ?? 0;
  }

  explainView() {
    const view = this.status?.view;
    if (!view) return;
    const lines = words.view(view).map((line) => h("p", {}, line));
    if (view.app) {
      const link = h("a", { href: view.app, target: "_blank", rel: "noopener" });
      link.textContent = "Open the FiftyOne App";
      lines.push(h("p", {}, link, ": labels changed there become decisions here."));
    } else if (!view.problem) {
      const command = h("code", {}, "ai-mpox serve --fiftyone-app 5151");
      lines.push(
        h("p", { class: "mpx-quiet" }, "The FiftyOne App opens beside it with ", command, "."),
      );
    }
    openDialog("The view", h("div", { class: "mpx-stack" }, lines), { testid: "view-dialog" });
  }

  askName() {
    const field = h("input", {
      type: "text",
      maxlength: "80",
      value: who() || this.status?.user || "",
      "aria-label": "Name",
      autocomplete: "name",
      data: { testid: "who-field" },
    });
    const save = () => {
      if (field.value.trim()) setWho(field.value);
      dialog.close();
    };
    onEnter(field, save);
    const use = button("Use this name", save, { kind: "primary" });
    const content = h(
      "div",
      { class: "mpx-stack" },
      h("p", {}, "Your name stands beside each of your decisions in the ledger."),
      field,
      h("div", { class: "mpx-row end" }, use),
    );
    /** @type {HTMLDialogElement} */
    const dialog = openDialog("Who decides?", content, { testid: "who-dialog" });
    field.select();
  }
}
