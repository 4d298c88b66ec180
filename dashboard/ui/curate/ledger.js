// The ledger with its filters: what has been decided, by whom and why, and how it is taken back.

import { button, debounce, h } from "../shared/dom.js";
import { confirmed, openDialog, tellFailure, toast } from "../shared/notices.js";
import { ask, tell, who } from "../shared/page.js";
import { ARM, count, decision, number, QUEUE, REASON, time } from "../shared/words.js";

const KINDS = {
  "": "All decisions", relabel: "Relabelled", keep: "Kept", exclude: "Excluded", unsure: "Not sure",
  opinion: "Opinions", set_patient: "Patients", join: "Joined", undo: "Undone",
};
const HOUR_MS = 3_600_000;

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
