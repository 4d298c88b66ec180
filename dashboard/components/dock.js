// The bar of decisions below the grid, and the keys for them.

import { button, h, isTyping, onEnter } from "./dom.js";
import { openDialog } from "./notices.js";
import { count } from "./words.js";

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
  ["S", "Not sure: leave it for a second look"],
  ["U", "Undo your last decision"],
  ["Shift U", "Redo"],
  ["← ↑ → ↓", "Move; with Shift, select on the way"],
  ["Enter", "Open the large picture; Escape closes it"],
  ["Space", "Select or unselect"],
  ["A", "Select the page"],
  ["Escape", "Clear the selection"],
  ["Page ↓ ↑", "Next and previous page"],
  ["/", "Search"],
  ["?", "This list"],
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
    plain.push(
      button("Undo", () => decisions.undo(), { key: "U", testid: "do-undo" }),
      button("Keys", () => showKeys(), { key: "?", testid: "do-keys" }),
    );
    this.element = h(
      "div",
      { class: "mpx-dock", role: "toolbar", "aria-label": "Decide", data: { testid: "dock" } },
      this.classes,
      h("div", { class: "mpx-dock-plain" }, plain, this.about),
    );
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  drawClasses() {
    const names = this.grid.classes.map((one) => one.name + one.key + one.colour).join();
    if (names === this.drawn) return;
    this.drawn = names;
    const withKeys = this.grid.classes.filter((one) => one.key);
    const buttons = withKeys.map((one) => {
      const made = button(one.name, () => this.decisions.decide("relabel", one.id), {
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

  draw() {
    const { grid } = this;
    this.drawClasses();
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
    if (!this.element.offsetParent || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]:not(.mpx-viewer)")) return;
    const viewing = document.querySelector("dialog.mpx-viewer[open]");
    if (viewing && VIEWER_KEYS.includes(event.key)) return;
    const onButton = event.target instanceof Element && event.target.closest("button, a, summary");
    if (onButton && ["Enter", " ", "Tab"].includes(event.key)) return;
    const inTabs = event.target instanceof Element && event.target.closest("[role=tablist]");
    if (inTabs && event.key.startsWith("Arrow")) return;
    const action = this.action(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  action(event) {
    const { grid, decisions } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const known = grid.classes.find((one) => one.key && one.key === key);
    if (known && !event.repeat) return () => decisions.decide("relabel", known.id);
    const plain = PLAIN.find(([letter]) => letter.toLowerCase() === key);
    if (plain && !event.repeat) return () => decisions.decide(plain[1]);
    const step = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns(), ArrowDown: grid.columns(),
    }[key];
    if (step) return () => grid.move(step, event.shiftKey);
    return {
      u: () => (event.shiftKey ? decisions.redo() : decisions.undo()),
      l: () => this.findClass(),
      a: () => grid.selection.page(grid.cards),
      " ": () => grid.focused() && grid.selection.toggle(grid.focused(), grid.index),
      Enter: () => grid.on.open(grid.focused()),
      Escape: () => grid.selection.clear(),
      Home: () => grid.focus(0),
      End: () => grid.focus(grid.cards.length - 1),
      PageDown: () => grid.turn(1),
      PageUp: () => grid.turn(-1),
      "?": () => showKeys(),
      "/": () => grid.on.search?.(),
    }[key];
  }

  // More classes than keys: type a part of the name.
  findClass() {
    const field = h("input", { type: "search", "aria-label": "Class", placeholder: "Class" });
    const list = h("div", { class: "mpx-options" });
    const choose = (one) => (dialog.close(), this.decisions.decide("relabel", one.id));
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

export function showKeys() {
  const rows = KEYS.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]);
  openDialog("Keys", h("dl", { class: "mpx-keys" }, rows), { testid: "keys" });
}
