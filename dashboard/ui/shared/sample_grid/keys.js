// Keys of the grid: what each means, and when it is the grid's at all.

/** @import { ClassInfo, DecisionKind } from "../../../schemas/browser" */

/** Decisions with a key of their own: key, kind, words on the button.
 * @type {[string, DecisionKind, string][]} */
export const PLAIN = [
  ["K", "keep", "Keep"],
  ["X", "exclude", "Exclude"],
  ["S", "unsure", "Not sure"],
  ["R", "restore", "Restore"],
];

/**
 * What a key asks for. `[name, ...values]`; `press` is for a Gradio component with that key.
 * @typedef {["label", number] | ["decide", DecisionKind] | ["move", number, number, boolean]
 *   | ["turn", 1 | -1] | ["press", string]
 *   | ["accept" | "note" | "read" | "find" | "page" | "toggle" | "open" | "clear" | "first"
 *      | "last" | "undo" | "redo" | "keys" | "nothing"]} Action
 */

/** As it is written in the list of keys, `KeyboardEvent.key`, what it asks for, what that does.
 * @type {[string, string, Action | null, string][]} */
const TABLE = [
  ["1 – 9", "", null, "Relabel to the class with that number"],
  ["L", "l", ["find"], "Relabel: find a class by its name"],
  ["K", "k", ["decide", "keep"], "Keep: the label is right"],
  ["X", "x", ["decide", "exclude"], "Exclude from training and evaluation"],
  ["R", "r", ["decide", "restore"], "Restore what was excluded"],
  ["S", "s", ["decide", "unsure"], "Not sure: leave it for a second reader"],
  ["Y", "y", ["accept"], "Yes: take the class that the queue suggests"],
  ["N", "n", ["note"], "Reason and note for your next decisions"],
  [
    "B",
    "b",
    ["read"],
    "Read blind, as a second reader: labels are hidden, a class is your opinion",
  ],
  ["U", "", null, "Undo your last decision; so does Ctrl Z"],
  ["Shift U", "", null, "Redo; so does Ctrl Shift Z"],
  ["← ↑ → ↓", "", null, "Move; with Shift, select on the way"],
  ["Enter", "Enter", ["open"], "Open the large picture; Escape closes it"],
  ["Space", " ", ["toggle"], "Select or unselect"],
  ["A", "a", ["page"], "Select the page"],
  ["Escape", "Escape", ["clear"], "Clear the selection"],
  ["Home", "Home", ["first"], "First photograph of the page"],
  ["End", "End", ["last"], "Last photograph of the page"],
  ["Page ↓", "PageDown", ["turn", 1], "Next page"],
  ["Page ↑", "PageUp", ["turn", -1], "Previous page"],
  ["Q", "", null, "Review the best next"],
  ["G", "", null, "Ledger of decisions"],
  ["M", "", null, "Map of pictures"],
  ["/", "", null, "Search"],
  ["?", "", null, "This list"],
];
const ACTIONS = new Map(TABLE.map(([, key, action]) => [key, action]));
/** Key and words. @type {[string, string][]} */
export const KEYS = TABLE.map(([shown, , , words]) => [shown, words]);

/** What stands in the corner of a photograph. @type {[string, string][]} */
export const MARKS = [
  ["!", "Something may be wrong with it: its side panel says what"],
  ["T", "In the test set"],
  ["●", "Relabelled"],
  ["✓", "Kept"],
  ["?", "Not sure: left for a second reader"],
];

/** @type {Action} */
const NOTHING = ["nothing"];
/** Of these, a key that is held down is one press. */
const ONCE = new Set(["decide", "label", "accept"]);

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "repeat">} Press */

/** Returns what a key asks for; null where it is not the grid's. A key that is held down moves on
 * and on, but decides once.
 * @param {Press} press @param {ClassInfo[]} classes @param {boolean} empty no photograph is shown
 * @returns {Action | null} */
export function actionOf(press, classes, empty = false) {
  const key = letter(press);
  if (press.altKey) return null;
  if (press.ctrlKey || press.metaKey) return key === "z" ? undoing(press) : null;
  if (key === "u") return undoing(press);
  if (key === "?") return ["keys"];
  return (empty ? null : ofPhotographs(press, classes)) ?? ofOthers(key);
}

/** @param {Press} press */
const letter = ({ key }) => (key.length === 1 ? key.toLowerCase() : key);

/** @param {Press} press @returns {Action} */
const undoing = ({ repeat, shiftKey }) => (repeat ? NOTHING : [shiftKey ? "redo" : "undo"]);

/** @param {Press} press @param {ClassInfo[]} classes @returns {Action | null} */
function ofPhotographs(press, classes) {
  const key = letter(press);
  const step = STEPS[key];
  if (step) return ["move", ...step, press.shiftKey];
  const named = classes.find((known) => known.key && known.key === key);
  const action = named ? /** @type {Action} */ (["label", named.id]) : ACTIONS.get(key);
  return action && press.repeat && ONCE.has(action[0]) ? NOTHING : (action ?? null);
}

/** @param {string} key @returns {Action | null} */
function ofOthers(key) {
  return key === "/" ? ["press", "slash"] : /^[a-z]$/.test(key) ? ["press", key] : null;
}

/** @typedef {Record<Action[0], (...values: any[]) => unknown>} Commands */

/** Lets keys do what they ask for while the grid is in sight. A command that answers false has done
 * nothing: the key is the browser's.
 * @param {() => boolean} isShown @param {{ cards: unknown[], classes: ClassInfo[] }} grid
 * @param {Commands} commands */
export function listen(isShown, grid, commands) {
  document.addEventListener("keydown", (event) => {
    if (!isShown() || isElsewhere(event)) return;
    const [name, ...values] = actionOf(event, grid.classes, !grid.cards.length) ?? [];
    if (name && commands[name](...values) !== false) event.preventDefault();
  });
}

const VIEWER_KEYS = ["Escape", "Enter", " ", "/", "?", "Home", "End"];
const TEXT =
  "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range])";
/** Elements that use some keys themselves. @type {[string, RegExp][]} */
const USES = [
  ["button, a, summary, input", /^(Enter| |Tab)$/],
  ["[role=tablist], input", /^(Arrow|Home|End|Page)/],
];

/** Whether a key belongs to something else: a field, a dialog, a button, the tabs.
 * @param {KeyboardEvent} event */
export function isElsewhere({ defaultPrevented, target, key }) {
  if (defaultPrevented || document.querySelector("dialog[open]:not(.mpx-viewer)")) return true;
  if (VIEWER_KEYS.includes(key) && document.querySelector("dialog.mpx-viewer[open]")) return true;
  if (!(target instanceof Element)) return false;
  if (target.closest(TEXT)) return true;
  return USES.some(([selector, keys]) => keys.test(key) && target.closest(selector));
}

/** Presses (a field: focuses) the Gradio component of the same tab with the class `key-NAME`.
 * @param {Element} root @param {string} name @returns {boolean} whether there is one */
export function press(root, name) {
  const tabs = "[role=tabpanel]";
  let tab = root;
  for (let up = root.closest(tabs); up; up = up.parentElement?.closest(tabs) ?? null) tab = up;
  const found = tab.querySelector(`.key-${name}`);
  const target = found?.matches("button") ? found : found?.querySelector("button, input, textarea");
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("button")) target.click();
  else target.focus();
  return true;
}
