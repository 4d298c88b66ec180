// How things are said: the same words everywhere.

const numbers = new Intl.NumberFormat("en");
const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** @param {number} value */
export const number = (value) => numbers.format(value);

/**
 * @param {number} value
 * @param {string} singular
 * @param {string} [plural]
 */
export const count = (value, singular, plural = `${singular}s`) =>
  `${number(value)}\u00a0${value === 1 ? singular : plural}`;

/** @param {number} share of 1 */
export const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

/** @param {string} iso */
export const time = (iso) => times.format(new Date(iso));

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}\u00a0s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}\u00a0min${whole % 60 ? ` ${whole % 60}\u00a0s` : ""}`;
  return `${Math.floor(minutes / 60)}\u00a0h${minutes % 60 ? ` ${minutes % 60}\u00a0min` : ""}`;
}

/**
 * @param {{ id: number, name: string }[]} classes
 * @param {number | null | undefined} id
 */
export function className(classes, id) {
  if (id === null || id === undefined) return "No label";
  return classes.find((known) => known.id === id)?.name ?? "A removed class";
}

/**
 * "24 samples → Measles", "1 sample excluded"
 *
 * @param {string} kind
 * @param {string} labelName
 * @param {number} applied
 */
export function decided(kind, labelName, applied) {
  const samples = count(applied, "sample");
  if (kind === "relabel") return `${samples} → ${labelName}`;
  /** @type {Record<string, string>} */
  const done = {
    keep: "kept",
    exclude: "excluded",
    restore: "restored",
    unsure: "marked not sure",
    set_patient: "given to the patient",
    join: "joined",
    opinion: `read as ${labelName}`,
  };
  return `${samples} ${done[kind] ?? "changed"}`;
}

/**
 * Return a row of the ledger as a sentence.
 *
 * @typedef {{ label: number | null, patient?: string | null }} State
 * @param {{ kind: string, before: State, after: State, opinion?: number | null }} row
 * @param {{ id: number, name: string }[]} classes
 */
export function decision(row, classes) {
  const was = className(classes, row.before.label);
  const label = className(classes, row.after.label);
  const patients = [row.before.patient || "unknown", row.after.patient || "unknown"];
  /** @type {Record<string, string>} */
  const sentences = {
    relabel: was === label ? `Confirmed as ${label}` : `Relabelled from ${was} to ${label}`,
    keep: `Kept as ${label}`,
    exclude: "Excluded",
    restore: "Restored",
    unsure: "Marked not sure",
    set_patient: `Patient set from ${patients[0]} to ${patients[1]}`,
    join: "Joined with another patient",
    opinion: `Read as ${className(classes, row.opinion)}`,
    promote: `Added as ${label}`,
    undo: "Took back a decision",
  };
  return sentences[row.kind];
}
