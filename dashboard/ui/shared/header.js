// The header: what is open, what runs, who decides. It also keeps the open tab in the address.

import { button, h, icon, onEnter } from "./dom.js";
import { openDialog, tellFailure } from "./notices.js";
import { address, ask, currentTab, hear, setAddress, setWho, tell, who } from "./page.js";
import { count, duration, number, percent } from "./words.js";

const BUSY_MS = 1000;
const QUIET_MS = 3000;

export function mount({ element, server }) {
  const header = new Header(server);
  element.querySelector(".mpx-header-root").replaceChildren(skipLink(), header.element);
  document.body.append(
    h("footer", { class: "mpx mpx-footer", data: { testid: "footer" } },
      "Research use. Not a diagnosis."));
  followTabs();
  header.poll();
}

// The first stop of the keyboard: past header, tabs and filters, to what the open tab is about.
function skipLink() {
  const skip = (event) => {
    event.preventDefault();
    const open = [...document.querySelectorAll("#tabs > .tabitem")].find((one) => one.offsetParent);
    const things = open?.querySelectorAll(".mpx-card, button, input, select, a[href], summary") ?? [];
    const cards = [...things].filter((one) => one.matches(".mpx-card"));
    [...cards, ...things].find((one) => one.offsetParent && !one.disabled)?.focus();
  };
  return h("a", {
    class: "mpx mpx-skip", href: "#tabs", data: { testid: "skip" }, on: { click: skip },
  }, "Skip to the content");
}

class Header {
  constructor(server) {
    this.server = server;
    this.workspace = h("b", { class: "mpx-workspace", data: { testid: "workspace" } });
    this.totals = h("span", { data: { testid: "totals" } });
    this.synthetic = h("span", {
      class: "mpx-synthetic", hidden: true, data: { testid: "synthetic" },
    });
    this.checkpoint = h("span", { data: { testid: "checkpoint" } });
    this.view = h("button", {
      type: "button", class: "mpx-view", hidden: true, data: { testid: "view" },
      on: { click: () => this.tellView() },
    });
    this.strip = h("div", {
      class: "mpx-strip", role: "status", data: { testid: "status-strip" }, hidden: true,
    });
    this.person = h("button", {
      type: "button", class: "mpx-person", data: { testid: "who" },
      on: { click: () => this.askName() },
    });
    this.element = h("header", { class: "mpx mpx-header" },
      h("span", { class: "mpx-brand" }, h("i", { "aria-hidden": "true" }), "AI-Mpox"),
      h("div", { class: "mpx-facts" }, this.workspace, this.synthetic, this.totals, this.checkpoint, this.view),
      this.strip, this.person);
    hear("who", () => this.drawName());
    hear("saved", () => this.poll());
    document.addEventListener("visibilitychange", () => document.hidden || this.poll());
  }

  async poll() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      const answer = await fetch("/status.json", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      this.draw(await answer.json());
    } catch {
      this.lost();
    }
    clearTimeout(this.timer);
    const busy = this.state?.run || this.state?.import || this.isLost;
    this.timer = setTimeout(() => this.poll(), busy ? BUSY_MS : QUIET_MS);
  }

  lost() {
    this.isLost = true;
    this.strip.hidden = false;
    this.strip.classList.add("bad");
    this.strip.replaceChildren(h("span", {}, "The dashboard does not answer. Trying again."));
  }

  draw(state) {
    const before = this.state;
    this.state = state;
    this.isLost = false;
    this.workspace.textContent = state.workspace;
    this.workspace.title = state.workspace;
    this.totals.textContent =
      `${count(state.samples, "sample")} / ${count(state.patients, "patient")}`;
    this.totals.title = patientWords(state);
    this.synthetic.hidden = !state.synthetic;
    this.synthetic.textContent =
      state.own ? "Demonstration data and your own" : "Synthetic demonstration data";
    this.synthetic.title = state.own
      ? "Drawn pictures of invented patients stand beside your own: what is counted, trained and " +
        "measured here mixes both."
      : "Drawn pictures of invented patients: nothing here was photographed.";
    this.drawCheckpoint(state.checkpoint);
    this.view.hidden = false;
    this.view.textContent = state.view.problem ? "Without FiftyOne" : state.view.name;
    this.view.classList.toggle("fallback", Boolean(state.view.problem));
    this.view.title = state.view.problem ?? "Browsing is answered by FiftyOne.";
    this.drawName();
    this.drawStrip(state);
    tell("state", state);
    if (before && before.revision !== state.revision) tell("revision", state.revision);
  }

  drawCheckpoint(known) {
    if (!known) {
      this.checkpoint.textContent = "No model yet";
      return;
    }
    const score = known.balanced_accuracy;
    this.checkpoint.replaceChildren(
      `Model: run ${known.number}`, score === null ? "" : `, ${percent(score)}`,
      h("span", { class: "mpx-wide" }, score === null ? "" : " balanced accuracy"));
    const then = known.changed
      ? `, with the labels of then: ${count(known.changed, "label")} changed since` : "";
    this.checkpoint.title =
      `${known.backbone}${score === null ? "" : `; balanced accuracy on ${known.measured_on}${then}`}`;
  }

  drawName() {
    const name = who() || this.state?.user || "";
    this.person.replaceChildren(icon("person"), h("span", {}, name));
    this.person.title = `Decisions are recorded as ${name}. Press to change.`;
  }

  drawStrip({ run, import: bringing }) {
    this.strip.hidden = !run && !bringing;
    this.strip.classList.remove("bad");
    if (run) this.stripParts(runWords(run), run.queued ? 0 : (run.epoch ?? 0) / (run.epochs || 1),
      () => ask(this.server, "stop_run", { run: run.run }));
    else if (bringing) this.stripParts(importWords(bringing),
      bringing.total ? bringing.done / bringing.total : 0, () => ask(this.server, "stop_import"));
  }

  stripParts(text, share, stop) {
    if (!this.strip.querySelector("progress")) {
      this.stop = button("Stop", () => this.stopNow(), { kind: "link", testid: "strip-stop" });
      this.strip.replaceChildren(
        h("progress", { max: "1", "aria-label": "Progress" }), h("span", {}), this.stop);
    }
    this.strip.querySelector("progress").value = share;
    this.strip.querySelector("span").textContent = text;
    this.stopNow = async () => {
      this.stop.disabled = true;
      try {
        this.draw(await stop());
      } catch (failure) {
        tellFailure(failure);
      }
      this.stop.disabled = false;
    };
  }

  tellView() {
    const { name, problem, hint, app } = this.state?.view ?? {};
    const words = problem
      ? [`FiftyOne is not running: ${problem}`, hint,
        `Everything here is answered by ${name} instead; decisions are saved as ever.`]
      : ["Which photographs you see, and in what order, is answered by FiftyOne.",
        "What has been decided stands in SQLite."];
    const lines = words.filter(Boolean).map((one) => h("p", {}, one));
    if (app) {
      lines.push(h("p", {}, h("a", { href: app, target: "_blank", rel: "noopener" },
        "Open the FiftyOne App"), ": labels changed there become decisions here."));
    } else if (!problem) {
      lines.push(h("p", { class: "mpx-quiet" },
        "The FiftyOne App opens beside it with ", h("code", {}, "ai-mpox serve --fiftyone-app 5151"), "."));
    }
    openDialog("The view", h("div", { class: "mpx-stack" }, lines), { testid: "view-dialog" });
  }

  askName() {
    const field = h("input", {
      type: "text", maxlength: "80", value: who() || this.state?.user || "", "aria-label": "Name",
      autocomplete: "name", data: { testid: "who-field" },
    });
    const save = () => {
      if (field.value.trim()) setWho(field.value);
      dialog.close();
    };
    onEnter(field, save);
    const content = h("div", { class: "mpx-stack" },
      h("p", {}, "Your name stands beside each of your decisions in the ledger."), field,
      h("div", { class: "mpx-row end" }, button("Use this name", save, { kind: "primary" })));
    const dialog = openDialog("Who decides?", content, { testid: "who-dialog" });
    field.select();
  }
}

// Balance, Train and Evaluate count who can be told apart, the header counts names.
function patientWords({ patients, groups }) {
  const named = `${count(patients, "patient")} known by name, those of excluded and unlabelled ` +
    "samples too.";
  return groups === patients ? named
    : `${named} Balance and Train count those that they use; patients who share a picture, or ` +
      `were joined, count as one there, a sample without a patient as one more: ` +
      `${number(groups)} in all.`;
}

function runWords(run) {
  if (run.queued) return `Run ${run.number} is waiting`;
  const training = !run.stage || run.stage === "Training";
  const epoch = training && run.epoch && `epoch ${run.epoch} of ${run.epochs}`;
  const step = epoch || run.stage || "starting";
  const left = run.seconds_left ? ` · ${duration(run.seconds_left)} left` : "";
  const more = run.waiting ? ` · ${number(run.waiting)} waiting` : "";
  return `Run ${run.number} · ${step}${left}${more}`;
}

function importWords(state) {
  const verb = state.phase === "checking" ? "Checking" : "Importing";
  const done = state.total ? ` · ${number(state.done)} of ${number(state.total)}` : "";
  const left = state.seconds_left ? ` · ${duration(state.seconds_left)} left` : "";
  return `${verb} ${state.name}${done}${left}`;
}

// Gradio's own tab buttons do the work; the address follows them and leads them.
function followTabs() {
  const buttons = () => [...document.querySelectorAll("#tabs [role=tablist] [data-tab-id]")];
  const open = (name) => buttons().find((one) => one.dataset.tabId === name)?.click();
  const selected = () => buttons().find((one) => one.ariaSelected === "true")?.dataset.tabId;
  const follow = () => {
    const name = selected();
    if (!name) return;
    if (document.documentElement.dataset.opening) {
      if (name !== document.documentElement.dataset.opening) return;
      delete document.documentElement.dataset.opening;
    }
    if (name !== currentTab()) setAddress({ tab: name === "curate" ? "" : name }, { push: true });
    tell("tab", name);
  };
  const ready = () => {
    const tabs = document.querySelector("#tabs [role=tablist]");
    if (!tabs) return requestAnimationFrame(ready);
    new MutationObserver(follow).observe(tabs, {
      subtree: true, attributes: true, attributeFilter: ["aria-selected"],
    });
    const wanted = address().tab;
    if (wanted && wanted !== selected()) open(wanted);
    return undefined;
  };
  ready();
  addEventListener("popstate", () => {
    if (currentTab() !== selected()) open(currentTab());
    else tell("address", address());
  });
}
