// How things are said: the same words everywhere.

export const STATUS = {
  new: "Not looked at",
  kept: "Kept",
  relabelled: "Relabelled",
  unsure: "Not sure",
  excluded: "Excluded",
};
export const SPLIT = {
  train: "Train",
  validation: "Validation",
  test: "Test",
  withheld: "Withheld",
  none: "No split yet",
};
export const QUEUE = {
  disagreement: "Model disagrees",
  conflict: "Sources conflict",
  unlabelled: "No label",
  unsure: "Not sure",
  duplicate: "Exact duplicates",
  patient_unknown: "Patient unknown",
};
export const SORT = {
  added: "Import order",
  file: "File name",
  label: "Class",
  patient: "Patient",
  confidence: "Confidence",
};

const numbers = new Intl.NumberFormat("en");
const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export const number = (value) => numbers.format(value);
export const count = (value, one, many = `${one}s`) =>
  `${number(value)}\u00a0${value === 1 ? one : many}`;
export const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
export const time = (iso) => times.format(new Date(iso));

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}\u00a0s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}\u00a0min${whole % 60 ? ` ${whole % 60}\u00a0s` : ""}`;
  return `${Math.floor(minutes / 60)}\u00a0h${minutes % 60 ? ` ${minutes % 60}\u00a0min` : ""}`;
}

export function className(classes, id) {
  if (id === null || id === undefined) return "No label";
  return classes.find((one) => one.id === id)?.name ?? "A removed class";
}

// "24 samples → Measles", "1 sample excluded"
export function decided(kind, labelName, applied) {
  const samples = count(applied, "sample");
  if (kind === "relabel") return `${samples} → ${labelName}`;
  const done = {
    keep: "kept",
    exclude: "excluded",
    restore: "restored",
    unsure: "marked not sure",
    set_patient: "given to the patient",
  };
  return `${samples} ${done[kind] ?? "changed"}`;
}

export function decision(row, classes) {
  const label = className(classes, row.after.label);
  return {
    relabel: row.before.label === row.after.label ? `Confirmed as ${label}` : `Relabelled ${label}`,
    keep: `Kept as ${label}`,
    exclude: "Excluded",
    restore: "Restored",
    unsure: "Marked not sure",
    set_patient: row.after.patient ? `Patient set to ${row.after.patient}` : "Patient set to unknown",
    join: "Joined with another patient",
    promote: `Added as ${label}`,
    undo: "Took back a decision",
  }[row.kind];
}
