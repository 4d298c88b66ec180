// What all parts of the page share: its address, the curator's name, events, calls to the server.

const NAME = "ai-mpox-name";

export const bus = new EventTarget();
export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
export const hear = (name, listener) =>
  bus.addEventListener(name, (event) => listener(event.detail));

export const who = () => localStorage.getItem(NAME) || "";
export function setWho(name) {
  localStorage.setItem(NAME, name.trim().slice(0, 80));
  tell("who", who());
}

export const address = () => Object.fromEntries(new URL(location.href).searchParams);

// Empty values leave the address. `push` makes a step that the Back button returns from.
export function setAddress(values, { push = false } = {}) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  // Commas and colons are readable and allowed in a query.
  url.search = url.search.replaceAll("%2C", ",").replaceAll("%3A", ":");
  if (url.href === location.href) return;
  history[push ? "pushState" : "replaceState"](history.state, "", url);
}

const TABS = ["curate", "balance", "train", "evaluate", "predict"];
// A name that no tab has opens the first one.
export const currentTab = () => TABS.find((name) => name === address().tab) ?? TABS[0];

export class Failure extends Error {
  constructor({ title, message, hint = "" }) {
    super(message);
    this.title = title;
    this.hint = hint;
  }

  get sentence() {
    return [this.message, this.hint].filter(Boolean).join(" ");
  }
}

// Returns what the server said after it was done; throws a Failure with words for a person.
export async function ask(server, name, payload = {}) {
  let answer = null;
  try {
    answer = await server[name]({ who: who(), ...payload });
  } catch {
    // The same as no answer: Gradio mostly hands on a lost connection as none.
  }
  if (!answer) {
    throw new Failure({
      title: "No answer",
      message: "The dashboard did not answer, so this is not known to be done.",
      hint: "Check that it still runs: what it printed where it was started says more.",
    });
  }
  if (answer.error) throw new Failure(answer.error);
  return answer;
}
