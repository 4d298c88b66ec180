// What curation has bought: decisions, queues against chance, the model before and after, readers.

import { button, h } from "../shared/dom.js";
import { openDialog, tellFailure } from "../shared/notices.js";
import { ask } from "../shared/page.js";
import { ARM, count, duration, number, percent, QUEUE, SPLIT } from "../shared/words.js";

export class Bought {
  constructor(server) {
    this.server = server;
  }

  async open() {
    this.body = h("div", { class: "mpx-stack", data: { testid: "bought" } });
    openDialog("What curation bought", this.body, { testid: "bought-dialog", wide: true });
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
