// Made from dashboard/ui/shared/words.py, not to be edited (a test holds both equal):
// `python -m dashboard.ui.shared.sample_grid.names`

/** @type {Record<string, string>} */
export const STATUS = {
  new: "Not looked at",
  kept: "Kept",
  relabelled: "Relabelled",
  unsure: "Not sure",
  excluded: "Excluded",
};

/** @type {Record<string, string>} */
export const SPLIT = {
  train: "Train",
  validation: "Validation",
  test: "Test",
  withheld: "Withheld",
  none: "No split yet",
};

/** @type {Record<string, string>} */
export const QUEUE = {
  worth: "Best to ask next",
  label: "Label doubtful",
  disagreement: "Model disagrees",
  conflict: "Sources conflict",
  siblings: "One patient, several classes",
  near_duplicate: "Near duplicates",
  cross_patient: "Under several patients",
  duplicate: "Exact duplicates",
  leak: "On two sides of the split",
  outlier: "Unlike the rest",
  quality: "Poor quality",
  shortcut: "Shortcut tells the class",
  unlabelled: "No label",
  unsure: "Not sure",
  patient_unknown: "Patient unknown",
  second_reading: "Read by one person only",
  adjudication: "Readers disagree",
  test: "Test set: doubtful",
};

/** @type {Record<string, string>} */
export const REASON = {
  "": "No reason",
  wrong_class: "Wrong class",
  unclear: "Cannot be told from the picture",
  quality: "Poor quality",
  not_skin: "Not skin",
  duplicate: "Duplicate",
  other: "Other",
};
