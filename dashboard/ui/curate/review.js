// How fresh the queues are, how what is asked next is ordered, and what looks at the pictures.

import { Bought } from "./bought.js";
import { button, h, icon, onEnter } from "../shared/dom.js";
import { openDialog, tellFailure } from "../shared/notices.js";
import { ask, hear } from "../shared/page.js";
import { duration, number, time } from "../shared/words.js";

const STRATEGY = {
  worth: "Worth: what an answer probably changes",
  margin: "Margin between the two likeliest",
  "least confidence": "Least confidence",
  entropy: "Entropy",
  disagreement: "Two models disagree",
  diversity: "Diversity: unlike what is decided",
  "class balance": "Every class in turn",
};

export class Review {
  // `made()` is called when new queues have been kept.
  constructor(server, made, ledger) {
    this.server = server;
    this.made = made;
    this.working = false;
    this.text = h("p", { class: "mpx-quiet", data: { testid: "queues-state" }, "aria-live": "polite" });
    this.settings = h("button", {
      type: "button", class: "mpx-bare", "aria-label": "How the queues are made",
      title: "How the queues are made", data: { testid: "queue-settings" },
      on: { click: () => this.open() },
    }, icon("settings"));
    this.element = h("div", {},
      h("div", { class: "mpx-queues" }, this.text, this.settings),
      h("div", { class: "mpx-queues" },
        button("What curation bought", () => new Bought(server).open(), {
          kind: "link", testid: "open-bought",
        }),
        button("Ledger", () => ledger.open(), { kind: "link", testid: "open-ledger" })));
    hear("state", (state) => this.follow(state.queues));
  }

  // The header's news: something is being made, or has just been.
  follow(now) {
    const ended = this.working && !now.working;
    this.working = now.working;
    if (now.working) {
      const far = now.total > 1 ? `: ${number(now.done)} of ${number(now.total)}` : "";
      const left = now.seconds_left ? ` · ${duration(now.seconds_left)} left` : "";
      this.text.textContent = `${now.stage || "Making the queues"}${far}${left}`;
      // Opened meanwhile: whether these are the first queues decides what an empty view says.
      if (!this.known) this.load().then(() => this.pending() && this.made());
    } else if (ended || !this.known) {
      this.load().then(() => (ended || this.pending()) && this.made());
    }
  }

  // Whether there are no queues yet.
  pending() {
    return Boolean(this.state) && !this.state.made && !this.state.problem;
  }

  async load() {
    this.known = true;
    try {
      this.draw(await ask(this.server, "queue_state"));
    } catch (failure) {
      this.known = false;
      tellFailure(failure);
    }
  }

  draw(state) {
    this.state = state;
    this.text.classList.toggle("bad", Boolean(state.problem));
    if (state.problem) this.text.textContent = state.problem;
    else if (state.made) this.text.replaceChildren(...this.told(state));
    else this.text.textContent = "Queues are made in the background, soon.";
  }

  // Random weights see little; whoever reads "pictures like it" should know.
  told(state) {
    if (state.weights !== "random") return [`Queues of ${time(state.made)}`];
    return [`Queues of ${time(state.made)}, by colour and texture alone: `,
      button("use a trained network", () => this.open(), { kind: "link", testid: "better-eye" })];
  }

  async open() {
    await this.load();
    const { state } = this;
    if (!state) return;
    const order = h("select", { "aria-label": "What to ask next", data: { testid: "strategy" } },
      state.strategies.map((one) =>
        h("option", { value: one, selected: one === state.strategy }, STRATEGY[one] ?? one)));
    const backbone = h("input", { type: "text", value: state.backbone, "aria-label": "Network" });
    const init = h("input", {
      type: "text", value: state.weights, "aria-label": "Weights",
      placeholder: "imagenet, random, or a file",
    });
    const save = async () => {
      const asked = {
        strategy: order.value,
        backbone: backbone.value.trim() === state.backbone ? "" : backbone.value.trim(),
        init: init.value.trim() === state.weights ? "" : init.value.trim(),
      };
      try {
        this.draw(await ask(this.server, "queue_settings", asked));
        dialog.close();
      } catch (failure) {
        tellFailure(failure);
      }
    };
    onEnter(backbone, save);
    onEnter(init, save);
    const field = (label, input, hint) => h("label", { class: "mpx-field" }, h("span", {}, label),
      input, hint && h("small", { class: "mpx-quiet" }, hint));
    const content = h("div", { class: "mpx-stack" },
      h("p", { class: "mpx-quiet" }, "One in ten is picked by chance, so that you can see what " +
        "the order is worth. Photographs of the test set are never asked here."),
      field("What to ask next", order),
      field("Network that looks", backbone, "Any network that timm knows by name."),
      field("Its weights", init, state.weights === "random"
        ? "Random weights tell colours and textures apart; ImageNet weights find far more."
        : "imagenet, random, or the path of a .safetensors or .pth file."),
      h("div", { class: "mpx-row end" },
        button("Make the queues now", save, { kind: "primary", testid: "make-queues" })));
    const dialog = openDialog("How the queues are made", content, { testid: "queue-dialog" });
    order.focus();
  }
}
