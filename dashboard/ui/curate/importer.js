// Bringing photographs in: say what, look at the dry run, import, watch it.

import { button, h, onEnter } from "../shared/dom.js";
import { openDialog, tellFailure } from "../shared/notices.js";
import { address, ask, setAddress, tell } from "../shared/page.js";
import { SPLIT, count, duration, number } from "../shared/words.js";

const EVERY_MS = 400;
const LISTED = 100;
const COLUMNS = "repeat(auto-fill, minmax(128px, 1fr))";

export class Importer {
  constructor(server, upload) {
    this.server = server;
    this.upload = upload;
    this.chosen = null;
    this.body = h("div", { class: "mpx-stack mpx-import" });
  }

  async open() {
    this.dialog = openDialog("Import photographs", this.body, { testid: "import", wide: true });
    this.dialog.addEventListener("close", () => clearTimeout(this.timer));
    await this.call("import_state");
    if (this.state?.phase === "idle") this.body.querySelector("input")?.focus();
  }

  async demo() {
    this.open();
    await this.call("import_demo");
  }

  async call(name, payload = {}) {
    try {
      this.show(await ask(this.server, name, payload));
    } catch (failure) {
      tellFailure(failure);
    }
  }

  show(state) {
    clearTimeout(this.timer);
    const before = this.state?.phase;
    this.state = state;
    const busy = state.phase === "checking" || state.phase === "importing";
    if (busy && this.dialog?.open) this.timer = setTimeout(() => this.call("import_state"), EVERY_MS);
    if (before === "importing" && !busy) tell("imported");
    if (busy && before === state.phase && this.body.querySelector("progress")) {
      return this.progress(state);
    }
    const draw = {
      idle: () => this.choose(), checking: () => this.waiting(), importing: () => this.waiting(),
      checked: () => this.checked(), done: () => this.done(), failed: () => this.failed(),
    }[state.phase];
    this.body.replaceChildren(...draw().flat().filter(Boolean));
    if (busy) this.progress(state);
    return undefined;
  }

  choose() {
    const field = h("input", {
      type: "text", placeholder: "/data/photographs, set.zip or manifest.csv", spellcheck: "false",
      "aria-label": "Folder, zip or table", value: this.typed ?? "", data: { testid: "import-path" },
    });
    const check = () => {
      this.typed = field.value;
      this.chosen = { path: field.value };
      this.call("import_check", this.chosen);
    };
    onEnter(field, check);
    const file = h("input", { type: "file", accept: ".zip", hidden: true,
      data: { testid: "import-file" } });
    file.addEventListener("change", () => this.send(file.files[0]));
    const drop = h("div", { class: "mpx-drop" },
      h("p", {}, "Or drop a zip here, or "),
      button("Choose a zip", () => file.click(), { kind: "small" }), file);
    drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("on")));
    drop.addEventListener("dragleave", () => drop.classList.remove("on"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("on");
      this.send(event.dataTransfer.files[0]);
    });
    return [
      h("p", {}, "A folder on the machine where the dashboard runs: one folder per class, the " +
        "MSLD v2.0 tree, or a table (CSV, XLSX) with a path and a label column."),
      h("div", { class: "mpx-row" }, field,
        button("Check", check, { kind: "primary", testid: "import-check" })),
      drop,
      h("p", { class: "mpx-quiet" }, "First you see what would happen; nothing is written yet. ",
        "Patient and camera data inside the files are not kept."),
    ];
  }

  async send(file) {
    if (!file) return;
    this.body.replaceChildren(h("p", {}, `Sending ${file.name}`), h("progress", {}));
    try {
      const { path } = await this.upload(file);
      this.chosen = { uploaded: path };
      await this.call("import_check", this.chosen);
    } catch (failure) {
      this.body.replaceChildren(...this.choose());
      tellFailure({ sentence: failure.sentence ?? `${file.name} could not be sent. Is it too large?` });
    }
  }

  waiting() {
    this.bar = h("progress", { max: "1", "aria-label": "Progress", data: { testid: "import-progress" } });
    this.words = h("p", { class: "mpx-quiet", role: "status" });
    const checking = this.state.phase === "checking";
    return [
      h("p", {}, checking ? "Checking " : "Importing ", h("b", {}, this.state.name)),
      this.bar, this.words,
      h("div", { class: "mpx-row end" },
        !checking && h("p", { class: "mpx-quiet" }, "You may close this and go on working."),
        button("Cancel", () => this.call("import_cancel"), { testid: "import-cancel" })),
    ];
  }

  progress({ progress }) {
    if (!progress) {
      this.bar.removeAttribute("value");
      return;
    }
    this.bar.value = progress.total ? progress.done / progress.total : 0;
    const left = progress.seconds_left ? ` · ${duration(progress.seconds_left)} left` : "";
    this.words.textContent =
      `${progress.stage}: ${number(progress.done)} of ${number(progress.total)}${left}`;
  }

  checked() {
    const { report } = this.state;
    const again = () => this.call("import_clear");
    // Known photographs may still bring another source: another name, label or patient.
    const go = button(
      report.added ? `Import ${count(report.added, "photograph")}` : "Nothing is new: import anyway",
      () => this.call("import_start", this.chosen ?? { path: this.state.name }),
      { kind: report.added ? "primary" : "", testid: "import-confirm" },
    );
    return [
      h("p", {}, h("b", {}, this.state.name), ` is read as: ${report.layout}. `,
        "Nothing has been written yet."),
      summary(report, "New samples"),
      h("div", { class: "mpx-row end" },
        button("Choose another", again, { testid: "import-back" }), go),
    ];
  }

  done() {
    const { report } = this.state;
    const said = report.cancelled
      ? `Cancelled after ${count(report.added, "new sample")}. Import it again to go on.`
      : `${count(report.added, "new sample")} in ${duration(report.seconds)}.`;
    return [
      h("p", { data: { testid: "import-done" } }, h("b", {}, said)), summary(report, "Samples added"),
      h("div", { class: "mpx-row end" },
        button("Import more", () => this.call("import_clear")),
        button("Look at them", () => this.finish(), { kind: "primary", testid: "import-close" })),
    ];
  }

  // The new ones come first; whatever was filtered before must not hide them.
  finish() {
    const { added, samples } = this.state.report;
    this.call("import_clear");
    this.dialog.close();
    const { tab, ...shown } = address();
    const cleared = Object.fromEntries(Object.keys(shown).map((name) => [name, ""]));
    setAddress({ ...cleared, desc: added < samples ? "1" : "" }, { push: true });
    tell("address", address());
  }

  failed() {
    const { failure } = this.state;
    return [
      h("p", { class: "mpx-failure", role: "alert", data: { testid: "import-failure" } },
        h("b", {}, `${failure.title}. `), [failure.message, failure.hint].filter(Boolean).join(" ")),
      h("div", { class: "mpx-row end" },
        button("Back", () => this.call("import_clear"), { kind: "primary", testid: "import-back" })),
    ];
  }
}

function summary(report, added) {
  const facts = [
    ["Files seen", report.files_seen], [added, report.added],
    ["Known already", report.known - report.repeated],
    ["Twice in this import", report.repeated], ["Left out", report.skipped.length],
    ["Samples in all", report.samples], ["Patients in all", report.patients],
  ];
  if (report.children) facts.push(["Augmented copies, bound to originals", report.children]);
  return h("div", { class: "mpx-stack", data: { testid: "import-report" } },
    report.demonstration && h("div", { class: "mpx-failure", data: { testid: "import-demo-held" } },
      "This workspace holds the demonstration set. For a study of your own start another: ",
      h("code", {}, "ai-mpox serve --workspace NAME")),
    h("dl", { class: "mpx-figures", style: { "grid-template-columns": COLUMNS } },
      facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, number(value))))),
    classTable(report),
    report.added > 0 && Object.keys(report.new_sides).length > 0 &&
      h("p", { class: "mpx-quiet", data: { testid: "import-split" } }, sides(report.new_sides)),
    more("The same picture under several patients, who count as one from now on",
      report.shared.map((one) => `${one.files.join(" = ")}: ${one.patients.join(" and ")}`), true),
    more("Left out", report.skipped.map((one) => `${one.file}: ${one.reason}`)),
    more("Exact duplicates", report.duplicates.map((files) => files.join(" = "))),
    more("Sources that disagree", report.conflicts.map(
      (one) => `${one.files.join(", ")}: ${one.labels.join(" or ")}`)),
    more("Differs from earlier decisions (those stay)", report.differences),
    more("Notes", report.notes, true));
}

function classTable({ classes, new_classes: fresh, dry_run: dry }) {
  const heads = ["Class", "New images", `Images ${dry ? "then" : "now"}`,
    `Patients ${dry ? "then" : "now"}`];
  const all = Object.entries(classes);
  return h("table", { data: { testid: "import-classes" } },
    h("caption", { style: { "text-align": "left", "font-weight": "600" } },
      dry ? "After the import" : "In the workspace now"),
    h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, all.map(([name, one]) => h("tr", {}, h("th", { scope: "row" }, name),
      h("td", {}, number(fresh[name] ?? 0)), h("td", {}, number(one.images)),
      h("td", {}, number(one.patients))))));
}

// Where new photographs go once there is a split: it is never made anew.
function sides(found) {
  const order = ["train", "validation", "test", "withheld"].filter((side) => found[side]);
  const parts = order.map((side) => `${number(found[side])} ${SPLIT[side].toLowerCase()}`);
  const said = "New patients go to training and validation, never to test; a new photograph of a " +
    "known patient goes where that patient stands.";
  const test = found.test
    ? `The test set gets ${count(found.test, "photograph")} of patients who stand in it already.`
    : "The test set stays as it is.";
  return `${said} ${test} New: ${parts.join(", ")}.`;
}

function more(title, lines, open = false) {
  if (!lines.length) return null;
  const listed = lines.slice(0, LISTED).map((line) => h("li", {}, line));
  if (lines.length > LISTED) listed.push(h("li", {}, `and ${number(lines.length - LISTED)} more`));
  return h("details", { open }, h("summary", {}, `${title} (${number(lines.length)})`),
    h("ul", {}, listed));
}
