// The ledger with its filters, and what the work has bought.

import { button, debounce, h } from "./dom.js";
import { confirmed, openDialog, tellFailure, toast } from "./notices.js";
import { ask, tell, who } from "./page.js";
import { count, decision, duration, number, percent, QUEUE, REASON, SPLIT, time } from "./words.js";

const KINDS = {
  "": "All decisions", relabel: "Relabelled", keep: "Kept", exclude: "Excluded", unsure: "Not sure",
  opinion: "Opinions", set_patient: "Patients", join: "Joined", undo: "Undone",
};
const HOUR_MS = 3_600_000;
const ARM = { random: "Picked by chance", "by hand": "Without a queue", worth: "Best to ask next" };

// What a field for date and time holds: local, to the minute.
function minute(ms) {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export class Ledger {
  // `act` holds: undo(batch), open(file)
  constructor(server, act) {
    this.server = server;
    this.act = act;
  }

  open() {
    this.asked = { text: "", kind: "", by: "", offset: 0 };
    const search = h("input", {
      type: "search", placeholder: "File, person, reason or note", "aria-label": "Search the ledger",
      data: { testid: "ledger-search" },
    });
    search.addEventListener("input", debounce(200, () => this.ask({ text: search.value })));
    const kind = h("select", { "aria-label": "Kind", data: { testid: "ledger-kind" } },
      Object.entries(KINDS).map(([key, label]) => h("option", { value: key }, label)));
    kind.addEventListener("change", () => this.ask({ kind: kind.value }));
    this.by = h("select", { "aria-label": "Person", data: { testid: "ledger-by" } });
    this.by.addEventListener("change", () => this.ask({ by: this.by.value }));
    this.since = h("input", {
      type: "datetime-local", value: minute(Date.now() - HOUR_MS), "aria-label": "Mine since",
      data: { testid: "undo-moment" },
    });
    this.rows = h("ol", { class: "mpx-ledger", data: { testid: "ledger" } });
    this.foot = h("div", { class: "mpx-row" });
    const content = h("div", { class: "mpx-stack" },
      h("div", { class: "mpx-row" }, search, kind, this.by),
      this.rows, this.foot,
      h("div", { class: "mpx-row end" },
        h("label", { class: "mpx-row" }, "Mine since", this.since),
        button("Undo", () => this.undoSince(), { testid: "undo-since" }),
        button("Save the whole ledger as CSV", () => this.save(), { testid: "ledger-csv" })));
    this.dialog = openDialog("Ledger of decisions", content, { testid: "ledger-dialog", wide: true });
    return this.ask({});
  }

  async ask(changes) {
    this.asked = { ...this.asked, offset: 0, ...changes };
    const { asked } = this;
    try {
      const page = await ask(this.server, "ledger_page", asked);
      if (asked === this.asked) this.draw(page);
    } catch (failure) {
      tellFailure(failure);
    }
  }

  draw(page) {
    const names = ["", ...page.people];
    this.by.replaceChildren(...names.map((name) =>
      h("option", { value: name, selected: name === this.asked.by }, name || "Everybody")));
    // One offer for each batch, at its newest row.
    const heads = page.rows.filter((row, at) => row.batch !== page.rows[at - 1]?.batch);
    this.rows.replaceChildren(
      ...page.rows.map((row) => this.row(row, page.classes, heads.includes(row))));
    if (!page.rows.length) {
      this.rows.replaceChildren(h("li", { class: "mpx-quiet" }, page.total || this.asked.text
        ? "No decision matches." : "Nobody has decided anything yet."));
    }
    const last = page.offset + page.rows.length;
    this.foot.replaceChildren(
      h("p", { class: "mpx-quiet" },
        page.total ? `${number(page.offset + 1)}–${number(last)} of ${number(page.total)}` : ""),
      page.offset > 0
        ? button("Newer", () => this.ask({ offset: page.offset - page.size }), { kind: "small" }) : "",
      last < page.total
        ? button("Older", () => this.ask({ offset: page.offset + page.size }), { kind: "small" }) : "");
  }

  row(row, classes, head) {
    const look = row.applied ? (row.taken_back ? "gone" : "") : "refused";
    const more = [row.reason && (REASON[row.reason] ?? row.reason), row.note,
      row.queue && `asked by ${(QUEUE[row.queue] ?? ARM[row.queue] ?? row.queue).toLowerCase()}`];
    const undoable = head && row.applied && !row.taken_back;
    return h("li", { class: look },
      h("span", {}, h("b", {}, row.file), " ", decision(row, classes),
        row.applied ? "" : " (not applied)"),
      h("span", { class: "mpx-quiet" },
        [`${row.who}, ${time(row.when)}`, `batch ${row.batch}`, ...more].filter(Boolean).join(" · ")),
      undoable ? button("Undo this batch", async () => {
        await this.act.undo(row.batch);
        this.ask({ offset: this.asked.offset });
      }, { kind: "link" }) : "");
  }

  async undoSince() {
    if (this.undoing) return; // Pressed twice before the question is there.
    this.undoing = true;
    const since = new Date(this.since.value || Date.now()).toISOString();
    try {
      const { total } = await ask(this.server, "ledger_page", { by: who(), since });
      const sure = await confirmed(`Undo what you have decided since ${time(since)}?`,
        `The ledger has ${count(total, "row")} of yours since then. What still stands of them is ` +
        "taken back, where nobody has changed it since. The ledger keeps it all, and one redo " +
        "brings it back.", "Undo it");
      if (!sure) return;
      const answer = await ask(this.server, "undo_since", { since });
      toast(`Undone: ${count(answer.applied, "decision")}`, {
        action: ["Redo", () => this.act.redo()],
      });
      tell("saved", { revision: answer.revision });
      tell("revision", answer.revision);
      this.ask({});
    } catch (failure) {
      tellFailure(failure);
    } finally {
      this.undoing = false;
    }
  }

  async save() {
    try {
      const { name, text } = await ask(this.server, "ledger_csv");
      const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (failure) {
      tellFailure(failure);
    }
  }
}

export class Bought {
  constructor(server) {
    this.server = server;
  }

  async open() {
    this.body = h("div", { class: "mpx-stack", data: { testid: "bought" } });
    openDialog("What it bought", this.body, { testid: "bought-dialog", wide: true });
    await this.ask("validation");
  }

  async ask(on) {
    try {
      this.draw(await ask(this.server, "what_it_bought", { on }), on);
    } catch (failure) {
      tellFailure(failure);
    }
  }

  draw(it, on) {
    this.body.replaceChildren(this.since(it), this.arms(it), this.model(it, on), this.readers(it));
  }

  since(it) {
    const when = it.since_run === null ? "so far" : `since run ${it.since_run}`;
    const spent = it.seconds >= 1 ? `, ${duration(it.seconds)} of work` : "";
    return h("section", {},
      h("p", {}, h("b", {}, `${count(it.decisions, "sample")} decided ${when}`),
        `: ${count(it.changed, "label")} changed or taken out${spent}, by ${count(it.people, "person", "people")}.`),
      it.due ? h("p", {}, "Enough to train again. ",
        h("a", { href: "?tab=train", data: { testid: "train-again" } }, "Train a model")) : "");
  }

  arms(it) {
    if (!it.arms.length) return "";
    const rows = it.arms.map((arm) => h("tr", {},
      h("th", { scope: "row" }, QUEUE[arm.queue] ?? ARM[arm.queue] ?? arm.queue),
      h("td", {}, number(arm.asked)), h("td", {}, number(arm.changed)),
      h("td", {}, percent(arm.share.value)),
      h("td", {}, `${percent(arm.share.low)} to ${percent(arm.share.high)}`)));
    return h("section", { class: "mpx-import" },
      h("h3", {}, "Did the queues find more than chance?"),
      h("table", { data: { testid: "arms" } },
        h("thead", {}, h("tr", {}, ["Asked by", "Samples", "Changed", "Share", "95 % interval"]
          .map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows)),
      h("p", { class: "mpx-quiet" }, "The first decision on each sample counts. The order is worth " +
        "its while where its share lies above that of the pictures picked by chance."));
  }

  model(it, on) {
    const other = on === "test" ? "validation" : "test";
    const look = button(`Look at ${SPLIT[other].toLowerCase()}`, () => this.ask(other), {
      kind: "small", testid: `bought-${other}`,
      title: other === "test" ? "Opening the test set is counted" : undefined,
    });
    const found = it.compared;
    const nothing = "Two models of one split that saw other labels are compared here, on the same " +
      "patients: train again after curating.";
    if (!found) return h("section", {}, h("h3", {}, "What it did to the model"), h("p", {}, nothing));
    const gain = found.difference;
    const points = (share) => `${share >= 0 ? "+" : "−"}${Math.abs(100 * share).toFixed(1)}`;
    const certain = gain.low > 0 ? "better: the interval lies above nought"
      : gain.high < 0 ? "worse: the interval lies below nought"
      : "not certain: the interval holds nought";
    return h("section", {},
      h("h3", {}, "What it did to the model"),
      h("p", { data: { testid: "gain" } }, `Balanced accuracy on ${SPLIT[on].toLowerCase()}: run ` +
        `${found.before} ${percent(gain.before)}, run ${found.after} ${percent(gain.after)}. `,
      h("b", {}, `${points(gain.value)} points (${points(gain.low)} to ${points(gain.high)})`),
      `, ${certain}.`),
      h("p", { class: "mpx-quiet" }, `${count(gain.images, "photograph")} of ` +
        `${count(gain.patients, "patient")}, the same for both, with the labels of today` +
        `${on === "test" ? ` (test version ${found.test_version})` : ""}; ` +
        `${number(gain.mended)} now right, ${number(gain.broken)} now wrong.`),
      found.same_settings ? "" : h("p", { data: { testid: "gain-settings" } },
        `Run ${found.after} also had other settings than run ${found.before}: this is not what ` +
        "curation did alone."),
      h("div", { class: "mpx-row" }, look));
  }

  readers(it) {
    const { pairs, fleiss, samples, disputed } = it.agreement;
    if (!pairs.length) return "";
    const rows = pairs.map((pair) => h("tr", {},
      h("th", { scope: "row" }, `${pair.one}, ${pair.other}`), h("td", {}, number(pair.samples)),
      h("td", {}, percent(pair.observed)),
      h("td", {}, pair.kappa === null ? "–"
        : `${pair.kappa.toFixed(2)} (${pair.low.toFixed(2)} to ${pair.high.toFixed(2)})`)));
    return h("section", { class: "mpx-import" },
      h("h3", {}, "Do readers agree?"),
      h("table", { data: { testid: "agreement" } },
        h("thead", {}, h("tr", {}, ["Readers", "Samples", "Same class", "Cohen's kappa"]
          .map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows)),
      h("p", { class: "mpx-quiet" }, `${count(samples, "sample")} read by two or more, ` +
        `${number(disputed)} in dispute` +
        `${fleiss === null ? "" : `; Fleiss' kappa of all readers ${fleiss.toFixed(2)}`}.`));
  }
}
