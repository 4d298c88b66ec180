// The header: what is open, what runs, who decides.

import { button, icon, onEnter } from "../dom.js";
import { html } from "../html.js";
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
  document.body.append(
    html`<footer class="mpx mpx-footer" data-testid="footer">Research use. Not a diagnosis.</footer>`,
  );
  followTabs();
  const draw = () => props.value && header.draw(props.value);
  watch("value", draw);
  draw();
}

export class Header {
  /** @param {(run: string) => void} stop is called with a run, or "" for the import */
  constructor(stop) {
    /** @type {StatusValue | null} */
    this.status = null;
    this.workspace = html`<b class="mpx-workspace" data-testid="workspace"></b>`;
    this.totals = html`<span data-testid="totals"></span>`;
    this.synthetic = html`<span class="mpx-synthetic" data-testid="synthetic" hidden></span>`;
    this.checkpoint = html`<span data-testid="checkpoint"></span>`;
    const [explain, ask] = [() => this.explainView(), () => this.askName()];
    this.view = html`<button type="button" class="mpx-view" data-testid="view" hidden
      onclick=${explain}></button>`;
    this.person = html`<button type="button" class="mpx-person" data-testid="who" onclick=${ask}></button>`;
    /** @type {HTMLProgressElement} */
    this.progress = html`<progress max="1" aria-label="Progress"></progress>`;
    this.words = html`<span></span>`;
    this.stop = button("Stop", () => stop(this.status?.run?.run ?? ""), {
      kind: "link",
      testid: "strip-stop",
    });
    this.strip = html`<div class="mpx-strip" role="status" data-testid="status-strip" hidden>
      ${this.progress}${this.words}${this.stop}</div>`;
    this.element = html`<header class="mpx mpx-header">
      <span class="mpx-brand"><i aria-hidden="true"></i>AI-Mpox</span>
      <div class="mpx-facts">${this.workspace}${this.synthetic}${this.totals}${this.checkpoint}${this.view}</div>
      ${this.strip}${this.person}</header>`;
    hear("who", () => this.drawName());
  }

  /** @param {StatusValue} status */
  draw(status) {
    const before = this.status;
    this.status = status;
    this.workspace.textContent = this.workspace.title = status.workspace;
    this.totals.textContent = words.totals(status);
    this.totals.title = words.patients(status);
    const { text, title } = words.synthetic(status);
    Object.assign(this.synthetic, { hidden: !status.synthetic, textContent: text, title });
    this.drawCheckpoint(status);
    this.drawView(status);
    this.drawName();
    this.drawStrip(status);
    if (before && before.revision !== status.revision) tell("revision", status.revision);
  }

  /** @param {StatusValue} status */
  drawCheckpoint(status) {
    const { text, wide, title } = words.checkpoint(status.checkpoint);
    this.checkpoint.replaceChildren(text, html`<span class="mpx-wide">${wide}</span>`);
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
    this.person.replaceChildren(icon("person"), html`<span>${name}</span>`);
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
    const lines = words.view(view).map((line) => html`<p>${line}</p>`);
    if (view.app) {
      lines.push(html`<p><a href="${view.app}" target="_blank" rel="noopener">Open the FiftyOne App</a>: labels
        changed there become decisions here.</p>`);
    } else if (!view.problem) {
      lines.push(html`<p class="mpx-quiet">The FiftyOne App opens beside it with
        <code>ai-mpox serve --fiftyone-app 5151</code>.</p>`);
    }
    openDialog("The view", html`<div class="mpx-stack">${lines}</div>`, { testid: "view-dialog" });
  }

  askName() {
    const name = who() || this.status?.user;
    /** @type {HTMLInputElement} */
    const field = html`<input type="text" maxlength="80" value="${name}" aria-label="Name" autocomplete="name"
      data-testid="who-field">`;
    const save = () => {
      if (field.value.trim()) setWho(field.value);
      dialog.close();
    };
    onEnter(field, save);
    const use = button("Use this name", save, { kind: "primary" });
    const content = html`<div class="mpx-stack">
      <p>Your name stands beside each of your decisions in the ledger.</p>
      ${field}<div class="mpx-row end">${use}</div></div>`;
    /** @type {HTMLDialogElement} */
    const dialog = openDialog("Who decides?", content, { testid: "who-dialog" });
    field.select();
  }
}
