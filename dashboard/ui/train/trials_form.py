"""The part of the training form that trains many networks: cross-validation and search."""

from typing import Any

from core.errors import AppError
from core.settings.limits import MIN_FOLDS, MIN_TRIALS, MOST_FOLDS, MOST_TRIALS

SOURCES = {"patient": "By patient", "authors": "The authors' folds"}
FOLDS, TRIALS = 5, 8


def html() -> str:
    """Return the section; its buttons start the form's settings in another way."""
    options = "".join(f'<option value="{key}">{SOURCES[key]}</option>' for key in SOURCES)
    give_up = (
        '<label class="agree"><input type="checkbox" name="everything" '
        'data-testid="cv-everything"> Cross-validate everything, test as well</label>'
        '<p class="quiet hint-many">Then test photographs are trained on and scored out of fold '
        "like all others: no test is left for this run.</p>"
    )
    return (
        '<details data-testid="many"><summary>Cross-validate, or search for settings</summary>'
        '<p class="quiet hint-many">Cross-validation trains once more per fold and scores every '
        "photograph of train and validation by a network that has not seen its patient: its "
        "pooled matrix stands in Evaluate, and doubtful labels go to Curate.</p>"
        f'<div class="fields">{_number("cv_folds", "Folds", FOLDS, MIN_FOLDS, MOST_FOLDS)}'
        '<label class="field">Dealt<select name="folds_by" data-testid="folds-by">'
        f"{options}</select></label></div>{give_up}"
        '<button type="submit" formnovalidate class="button wide" data-mode="folds" '
        'data-testid="cross-validate">Cross-validate</button>'
        '<p class="quiet hint-many">A search tries learning rates, frozen stages, balancing and '
        "strengths of augmentation on folds of train and validation; it never looks at test. Then "
        "train with the settings of your choice.</p>"
        f'<div class="fields">{_number("trials", "Trials", TRIALS, MIN_TRIALS, MOST_TRIALS)}</div>'
        '<button type="submit" formnovalidate class="button wide" data-mode="search" '
        'data-testid="search-settings">Search for settings</button></details>'
    )


def settings(payload: dict[str, object]) -> dict[str, Any]:
    """Return what the pressed button adds to the form's settings."""
    mode = payload.get("mode")
    source = {"folds_by": str(payload.get("folds_by") or "patient")}
    if mode == "folds":
        everything = payload.get("everything") is True
        return {
            **source,
            # The authors' table says how many folds there are.
            "folds": 0 if source["folds_by"] == "authors" else _folds(payload),
            "fold_everything": everything,
        }
    if mode == "search":
        return {**source, "search": _trials(payload)}
    return {}


def _folds(payload: dict[str, object]) -> int | float:
    return _count(
        payload.get("cv_folds", FOLDS), MIN_FOLDS, "Cross-validation needs", "folds", "Folds"
    )


def _trials(payload: dict[str, object]) -> int | float:
    return _count(payload.get("trials", TRIALS), MIN_TRIALS, "A search needs", "trials", "Trials")


def _count(value: object, least: int, needs: str, what: str, field: str) -> int | float:
    """Return a number that was sent; an emptied field sends 0."""
    if isinstance(value, int | float) and value >= least:
        return value
    raise AppError(
        f"{needs} at least {least} {what}.",
        title="Setting not possible",
        hint=f"Write a number into “{field}”.",
    )


def _number(name: str, label: str, value: int, low: int, high: int) -> str:
    return (
        f'<label class="field">{label}<input type="number" name="{name}" min="{low}" '
        f'max="{high}" step="1" value="{value}" inputmode="numeric" required '
        f'data-testid="field-{name}"></label>'
    )
