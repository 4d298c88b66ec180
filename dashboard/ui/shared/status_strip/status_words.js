// The state of the dashboard in words.

import { count, duration, number, percent } from "../words.js";

/**
 * @import { ActiveCheckpoint, ImportProgress, RunProgress, StatusValue, ViewState }
 *   from "../../../schemas/browser.js"
 */

/** @param {StatusValue} status */
export const totals = ({ samples, patients }) =>
  `${count(samples, "sample")} / ${count(patients, "patient")}`;

/**
 * Balance, Train and Evaluate count who can be told apart, the header counts names.
 *
 * @param {StatusValue} status
 */
export function patients({ patients: named, groups }) {
  const known = `${count(named, "patient")} known by name, those of excluded and unlabelled samples too.`;
  if (groups === named) return known;
  return (
    `${known} Balance and Train count those that they use; patients who share a picture, or ` +
    "were joined, count as one there, a sample without a patient as one more: " +
    `${number(groups)} in all.`
  );
}

/** @param {StatusValue} status */
export function synthetic({ own }) {
  if (!own) {
    return {
      text: "Synthetic demonstration data",
      title: "Drawn pictures of invented patients: nothing here was photographed.",
    };
  }
  return {
    text: "Demonstration data and your own",
    title:
      "Drawn pictures of invented patients stand beside your own: what is counted, trained and " +
      "measured here mixes both.",
  };
}

/**
 * `wide` is left out where the header is narrow.
 *
 * @param {ActiveCheckpoint | null} active
 */
export function checkpoint(active) {
  if (!active) return { text: "No model yet", wide: "", title: "" };
  const score = active.balanced_accuracy;
  const text = `Model: run ${active.number}`;
  if (score === null) return { text, wide: "", title: active.backbone };
  const then = active.changed
    ? `, with the labels of then: ${count(active.changed, "label")} changed since`
    : "";
  return {
    text: `${text}, ${percent(score)}`,
    wide: " balanced accuracy",
    title: `${active.backbone}; balanced accuracy on ${active.measured_on}${then}`,
  };
}

/** @param {RunProgress} run */
export function running(run) {
  if (run.queued) return `Run ${run.number} is waiting`;
  const training = !run.stage || run.stage === "Training";
  const epoch = training && run.epoch ? `epoch ${run.epoch} of ${run.epochs}` : "";
  const step = epoch || run.stage || "starting";
  const left = run.seconds_left ? ` · ${duration(run.seconds_left)} left` : "";
  const more = run.waiting ? ` · ${number(run.waiting)} waiting` : "";
  return `Run ${run.number} · ${step}${left}${more}`;
}

/** @param {ImportProgress} state */
export function importing(state) {
  const verb = state.phase === "checking" ? "Checking" : "Importing";
  const done = state.total ? ` · ${number(state.done)} of ${number(state.total)}` : "";
  const left = state.seconds_left ? ` · ${duration(state.seconds_left)} left` : "";
  return `${verb} ${state.name}${done}${left}`;
}

/**
 * What the strip says and how much is done, in [0, 1]; null while nothing is under way.
 *
 * @param {StatusValue} status
 */
export function work({ run, importing: desk }) {
  if (run) {
    return { text: running(run), share: run.queued ? 0 : (run.epoch ?? 0) / (run.epochs || 1) };
  }
  if (desk) return { text: importing(desk), share: desk.total ? desk.done / desk.total : 0 };
  return null;
}

/** @param {ViewState} view */
export function view({ name, problem, hint }) {
  if (!problem) {
    return [
      "Which photographs you see, and in what order, is answered by FiftyOne.",
      "What has been decided is stored in SQLite.",
    ];
  }
  return [
    `FiftyOne is not running: ${problem}`,
    hint ?? "",
    `Everything here is answered by ${name} instead; decisions are saved as ever.`,
  ].filter(Boolean);
}
