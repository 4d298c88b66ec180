"""What the screens call things: queues, statuses, kinds of decision, ways to sort, metrics."""

from collections.abc import Hashable, Mapping
from typing import Any

from core.types import DecisionKind, Queue, Sort, Split, Status

NO_LABEL = "No label"
QUEUES: Mapping[Queue, str] = {
    Queue.WORTH: "Best to ask next",
    Queue.LABEL: "Label doubtful",
    Queue.DISAGREEMENT: "Model disagrees",
    Queue.CONFLICT: "Sources conflict",
    Queue.SIBLINGS: "One patient, several classes",
    Queue.NEAR_DUPLICATE: "Near duplicates",
    Queue.CROSS_PATIENT: "Under several patients",
    Queue.DUPLICATE: "Exact duplicates",
    Queue.LEAK: "On two sides of the split",
    Queue.OUTLIER: "Unlike the rest",
    Queue.QUALITY: "Poor quality",
    Queue.SHORTCUT: "Shortcut tells the class",
    Queue.UNLABELLED: NO_LABEL,
    Queue.UNSURE: "Not sure",
    Queue.PATIENT_UNKNOWN: "Patient unknown",
    Queue.SECOND_READING: "Read by one person only",
    Queue.ADJUDICATION: "Readers disagree",
    Queue.TEST: "Test set: doubtful",
}
ARMS: Mapping[str, str] = {
    **{queue.value: name for queue, name in QUEUES.items()},
    "random": "Picked by chance",
    "by hand": "Without a queue",
}
"""How a photograph came to be decided on, as the ledger keeps it."""
SPLITS: Mapping[Split, str] = {
    Split.TRAIN: "Train",
    Split.VALIDATION: "Validation",
    Split.TEST: "Test",
    Split.WITHHELD: "Withheld",
}
NO_SPLIT = "No split yet"
EVALUATED: Mapping[str, str] = {
    "validation": "Validation",
    "out_of_fold": "Out of fold",
    "test": "Test",
}
"""What a run is measured on, as `Run.evaluations` names it."""
METRICS: Mapping[str, str] = {
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
    "accuracy": "Accuracy",
}
STATUSES: Mapping[Status, str] = {
    Status.NEW: "Not looked at",
    Status.KEPT: "Kept",
    Status.RELABELLED: "Relabelled",
    Status.UNSURE: "Not sure",
    Status.EXCLUDED: "Excluded",
}
SORTS: Mapping[Sort, str] = {
    Sort.ADDED: "Import order",
    Sort.SCORE: "Most urgent",
    Sort.FILE: "File name",
    Sort.LABEL: "Class",
    Sort.PATIENT: "Patient",
    Sort.CONFIDENCE: "Confidence",
}
SIMILARITY = "Similarity"
STRATEGIES: Mapping[str, str] = {
    "worth": "Worth: what an answer probably changes",
    "margin": "Margin between the two likeliest",
    "least confidence": "Least confidence",
    "entropy": "Entropy",
    "disagreement": "Two models disagree",
    "diversity": "Diversity: unlike what is decided",
    "class balance": "Every class in turn",
}
KINDS: Mapping[DecisionKind, str] = {
    DecisionKind.RELABEL: "Relabelled",
    DecisionKind.KEEP: "Kept",
    DecisionKind.EXCLUDE: "Excluded",
    DecisionKind.RESTORE: "Restored",
    DecisionKind.UNSURE: "Not sure",
    DecisionKind.OPINION: "Opinions",
    DecisionKind.SET_PATIENT: "Patients",
    DecisionKind.JOIN: "Joined",
    DecisionKind.PROMOTE: "Added",
    DecisionKind.UNDO: "Undone",
}
NO_REASON = "No reason"
REASONS: Mapping[str, str] = {
    "wrong_class": "Wrong class",
    "unclear": "Cannot be told from the picture",
    "quality": "Poor quality",
    "not_skin": "Not skin",
    "duplicate": "Duplicate",
    "other": "Other",
}


def decision(row: Mapping[Hashable, Any]) -> str:
    """Return what a row of `pages.table` decided, as a person says it."""
    before, after = row["before_label"] or NO_LABEL, row["after_label"] or NO_LABEL
    patients = [row[side] or "unknown" for side in ("before_patient", "after_patient")]
    relabelled = f"Relabelled from {before} to {after}"
    return {
        DecisionKind.RELABEL: f"Confirmed as {after}" if before == after else relabelled,
        DecisionKind.KEEP: f"Kept as {after}",
        DecisionKind.EXCLUDE: "Excluded",
        DecisionKind.RESTORE: "Restored",
        DecisionKind.UNSURE: "Marked not sure",
        DecisionKind.SET_PATIENT: f"Patient set from {patients[0]} to {patients[1]}",
        DecisionKind.JOIN: "Joined with another patient",
        DecisionKind.OPINION: f"Read as {row['opinion'] or NO_LABEL}",
        DecisionKind.PROMOTE: f"Added as {after}",
        DecisionKind.UNDO: "Took back a decision",
    }[DecisionKind(row["kind"])]
