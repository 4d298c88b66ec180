// What all parts of the page share: its address, the curator's name, events, refusals.

const NAME = "ai-mpox-name";

/** @type {Map<string, ((detail: any) => unknown)[]>} */
const listeners = new Map();

/**
 * Tell the other parts of the page that something has happened.
 *
 * @param {string} name
 * @param {unknown} [detail]
 */
export function tell(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}

/**
 * @param {string} name
 * @param {(detail: any) => unknown} listener
 */
export function hear(name, listener) {
  listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

/** Return the name that decisions are recorded under; empty: the operating system's. */
export const who = () => localStorage.getItem(NAME) || "";

/** @param {string} name */
export function setWho(name) {
  localStorage.setItem(NAME, name.trim().slice(0, 80));
  tell("who", who());
}

/** @returns {Record<string, string>} */
export const address = () => Object.fromEntries(new URL(location.href).searchParams);

/**
 * Write values into the address; empty ones leave it. `push` makes a step that the Back button
 * returns from.
 *
 * @param {Record<string, unknown>} values
 * @param {{ push?: boolean }} [how]
 */
export function setAddress(values, { push = false } = {}) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, String(value));
    else url.searchParams.delete(name);
  }
  // Commas and colons are readable and allowed in a query.
  url.search = url.search.replaceAll("%2C", ",").replaceAll("%3A", ":");
  if (url.href === location.href) return;
  history[push ? "pushState" : "replaceState"](history.state, "", url);
}

/**
 * What the server refuses, in words for a person.
 *
 * @typedef {{ title: string, message: string, hint?: string }} Refusal
 */
export class Failure extends Error {
  /** @param {Refusal} refusal */
  constructor({ title, message, hint = "" }) {
    super(message);
    this.title = title;
    this.hint = hint;
  }

  /** What happened and what to do. */
  get sentence() {
    return [this.message, this.hint].filter(Boolean).join(" ");
  }
}
