// The bar of decisions below the grid, and the keys for them.

import { blind, setBlind } from "./blind.js";
import { button, h, isTyping, onEnter } from "../shared/dom.js";
import { openDialog } from "../shared/notices.js";
import { className, count, REASON } from "../shared/words.js";

const PLAIN = [
  ["K", "keep", "Keep"],
  ["X", "exclude", "Exclude"],
  ["S", "unsure", "Not sure"],
  ["R", "restore", "Restore"],
];
const VIEWER_KEYS = ["Escape", "Enter", " ", "/", "?", "Home", "End"];
const KEYS = [
  ["1 – 9", "Relabel to the class with that number"],
  ["L", "Relabel: find a class by its name"],
  ["K", "Keep: the label is right"],
  ["X", "Exclude from training and evaluation"],
  ["R", "Restore what was excluded"],
  ["S", "Not sure: leave it for a second reader"],
  ["Y", "Yes: take the class that the queue suggests"],
  ["N", "Reason and note for your next decisions"],
  ["B", "Read blind, as a second reader: labels are hidden, a class is your opinion"],
  ["U", "Undo your last decision"],
  ["Shift U", "Redo"],
  ["← ↑ → ↓", "Move; with Shift, select on the way"],
  ["Enter", "Open the large picture; Escape closes it"],
  ["Space", "Select or unselect"],
  ["A", "Select the page"],
  ["Escape", "Clear the selection"],
  ["Page ↓ ↑", "Next and previous page"],
  ["Q", "Review the best next"],
  ["G", "Ledger of decisions"],
  ["M", "Map of pictures"],
  ["/", "Search"],
  ["?", "This list"],
];

// What stands in the corner of a photograph in the grid.
const MARKS = [
  ["!", "Something may be wrong with it: its side panel says what"],
  ["T", "In the test set"],
  ["●", "Relabelled"],
  ["✓", "Kept"],
  ["?", "Not sure: left for a second reader"],
];

export class Dock {
  constructor(grid, decisions) {
    this.grid = grid;
    this.decisions = decisions;
    this.about = h("p", { class: "mpx-about", data: { testid: "about" } });
    this.classes = h("div", { class: "mpx-dock-classes" });
    const plain = PLAIN.map(([key, kind, label]) =>
      button(label, () => decisions.decide(kind), { key, testid: `do-${kind}` }),
    );
    this.deciding = [...plain];
    this.accept = button("", () => decisions.accept(), { key: "Y", testid: "do-accept" });
    this.noting = button("Note", () => this.toggleNote(), {
      key: "N", testid: "do-note", pressed: false,
    });
    this.reading = button("Read blind", () => this.toggleReading(), {
      key: "B", testid: "do-reading", pressed: false,
    });
    this.why = h("p", { class: "mpx-why", data: { testid: "why" }, "aria-live": "polite" });
    this.note = this.noteRow();
    plain.push(
      this.accept, this.noting, this.reading,
      button("Undo", () => decisions.undo(), { key: "U", testid: "do-undo" }),
      button("Keys", () => showKeys(), { key: "?", testid: "do-keys" }),
    );
    this.element = h(
      "div",
      { class: "mpx-dock", role: "toolbar", "aria-label": "Decide", data: { testid: "dock" } },
      h("div", { class: "mpx-dock-head" }, this.why, this.about),
      this.note,
      this.classes,
      h("div", { class: "mpx-dock-plain" }, plain),
    );
    document.addEventListener("keydown", (event) => this.pressed(event));
    // Notices stand above the bar, however many rows it has.
    new ResizeObserver(() => {
      const high = this.element.offsetHeight;
      if (high) document.documentElement.style.setProperty("--mpx-dock", `${high}px`);
    }).observe(this.element);
  }

  drawClasses() {
    const names = this.grid.classes.map((one) => one.name + one.key + one.colour).join();
    if (names === this.drawn) return;
    this.drawn = names;
    const withKeys = this.grid.classes.filter((one) => one.key);
    const buttons = withKeys.map((one) => {
      const made = button(one.name, () => this.decisions.name(one.id), {
        key: one.key, testid: `do-class-${one.name}`, kind: "class",
      });
      made.style.setProperty("--class", one.colour);
      return made;
    });
    if (withKeys.length < this.grid.classes.length) {
      buttons.push(button("More…", () => this.findClass(), { key: "L", testid: "do-find-class" }));
    }
    this.classes.replaceChildren(...buttons);
  }

  // Reason and note: they go with every decision until they are taken away.
  noteRow() {
    const { remark } = this.decisions;
    const reason = h("select", { "aria-label": "Reason", data: { testid: "reason" } },
      Object.entries(REASON).map(([key, label]) => h("option", { value: key }, label)));
    const note = h("input", {
      type: "text", placeholder: "Note for your next decisions", "aria-label": "Note",
      maxlength: "500", data: { testid: "note" },
    });
    const changed = () => {
      Object.assign(remark, { reason: reason.value, note: note.value.trim() });
      this.noting.classList.toggle("on", Boolean(remark.reason || remark.note));
    };
    reason.addEventListener("change", changed);
    note.addEventListener("input", changed);
    const back = () => (note.blur(), reason.blur(), this.grid.focus(this.grid.index));
    onEnter(note, back);
    note.addEventListener("keydown", (event) => event.key === "Escape" && (this.toggleNote(), back()));
    const clear = () => {
      reason.value = note.value = "";
      changed();
      this.toggleNote();
    };
    return h("div", { class: "mpx-note", hidden: true },
      reason, note, button("Clear", clear, { kind: "link", testid: "clear-note" }));
  }

  toggleNote() {
    this.note.hidden = !this.note.hidden;
    this.noting.setAttribute("aria-pressed", String(!this.note.hidden));
    if (!this.note.hidden) this.note.querySelector("input").focus();
  }

  toggleReading() {
    setBlind(!blind());
    this.reading.setAttribute("aria-pressed", String(blind()));
    for (const one of this.deciding) one.disabled = blind();
    this.draw();
  }

  drawWhy() {
    const card = this.grid.focused();
    const suggested = card?.suggested ?? null;
    this.accept.hidden = suggested === null || blind();
    if (suggested !== null) {
      const label = `Yes, ${className(this.grid.classes, suggested)}`;
      this.accept.querySelector("span").textContent = label;
    }
    this.why.hidden = !card?.why && !blind();
    this.why.textContent = blind()
      ? "Second reading: say what you see. Labels are hidden, and nothing but your opinion is kept."
      : card?.why ?? "";
  }

  draw() {
    const { grid } = this;
    this.drawClasses();
    this.drawWhy();
    this.element.hidden = !grid.cards.length;
    const selected = grid.selection.size(grid.total);
    this.element.classList.toggle("many", selected > 0);
    const clear = selected > 0
      && button("Clear", () => grid.selection.clear(), { kind: "link", testid: "clear-selection" });
    this.about.replaceChildren(
      selected ? h("b", {}, `${count(selected, "sample")} selected`) : grid.focused()?.file ?? "",
      clear || "",
    );
  }

  pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.element.parentElement?.offsetParent || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]:not(.mpx-viewer)")) return;
    const viewing = document.querySelector("dialog.mpx-viewer[open]");
    if (viewing && VIEWER_KEYS.includes(event.key)) return;
    const onButton = event.target instanceof Element && event.target.closest("button, a, summary");
    if (onButton && ["Enter", " ", "Tab"].includes(event.key)) return;
    const inTabs = event.target instanceof Element && event.target.closest("[role=tablist]");
    if (inTabs && event.key.startsWith("Arrow")) return;
    const action = this.grid.cards.length ? this.action(event) : this.general(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  action(event) {
    const { grid, decisions } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const known = grid.classes.find((one) => one.key && one.key === key);
    if (known && !event.repeat) return () => decisions.name(known.id);
    const plain = PLAIN.find(([letter]) => letter.toLowerCase() === key);
    if (plain && !event.repeat) return () => decisions.decide(plain[1]);
    const step = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns(), ArrowDown: grid.columns(),
    }[key];
    if (step) return () => grid.move(step, event.shiftKey);
    return {
      y: () => !event.repeat && decisions.accept(),
      n: () => this.toggleNote(),
      b: () => this.toggleReading(),
      l: () => this.findClass(),
      a: () => grid.selection.page(grid.cards),
      " ": () => grid.focused() && grid.selection.toggle(grid.focused(), grid.index),
      Enter: () => grid.on.open(grid.focused()),
      Escape: () => grid.selection.clear(),
      Home: () => grid.focus(0),
      End: () => grid.focus(grid.cards.length - 1),
      PageDown: () => grid.turn(1),
      PageUp: () => grid.turn(-1),
    }[key] ?? this.general(event);
  }

  // What needs no photograph: it works in an empty view, too.
  general(event) {
    const { grid, decisions } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    return {
      u: () => !event.repeat && (event.shiftKey ? decisions.redo() : decisions.undo()),
      "?": () => showKeys(),
      "/": () => grid.on.search?.(),
      ...grid.on.keys,
    }[key];
  }

  // More classes than keys: type a part of the name.
  findClass() {
    const field = h("input", { type: "search", "aria-label": "Class", placeholder: "Class" });
    const list = h("div", { class: "mpx-options" });
    const choose = (one) => (dialog.close(), this.decisions.name(one.id));
    const found = () => {
      const text = field.value.trim().toLowerCase();
      return this.grid.classes.filter((one) => one.name.toLowerCase().includes(text));
    };
    const draw = () =>
      list.replaceChildren(...found().map((one) => {
        const made = button(one.name, () => choose(one), { kind: "class" });
        made.style.setProperty("--class", one.colour);
        return made;
      }));
    field.addEventListener("input", draw);
    onEnter(field, () => found().length && choose(found()[0]));
    draw();
    const content = h("div", { class: "mpx-stack" }, field, list);
    const dialog = openDialog("Relabel to", content, { testid: "find-class" });
    field.focus();
  }
}

const listed = (rows) =>
  h("dl", { class: "mpx-keys" },
    rows.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]));

export function showKeys() {
  const content = h("div", { class: "mpx-stack" }, listed(KEYS), h("h3", {}, "Marks"), listed(MARKS));
  openDialog("Keys", content, { testid: "keys" });
}
