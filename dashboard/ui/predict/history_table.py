"""Earlier predictions as people see them: a table to sort, to search and to open again."""

from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from core.types import PredictionStatus
from dashboard.ui.predict.answer_text import NONE_OF_THEM
from dashboard.ui.shared import cells

HEADERS: list[str] = ["No.", "Photograph", "File", "Answer", "Confidence", "Note", "Person", "When"]
TYPES: list[Any] = ["number", "markdown", "str", "str", "number", "str", "str", "str"]
WIDTHS: list[str | int] = ["64px", "86px", "26%", "20%", "110px", "90px", "14%", "16%"]
_NOTES = {PredictionStatus.KNOWN: "known", PredictionStatus.UNUSABLE: "no answer"}


def styled(table: pd.DataFrame) -> Styler:
    """Return the table of `dashboard.services.prediction.history` for the screen."""
    novel = table["status"] == PredictionStatus.NOVEL
    shown = pd.DataFrame(
        {
            "No.": table["prediction"],
            "Photograph": [f"![](/thumb/{image}.webp)" for image in table["image"]],
            "File": table["file"],
            "Answer": table["class"].mask(novel, NONE_OF_THEM),
            "Confidence": table["confidence"].mask(novel),
            "Note": [
                _note(status, tiny=tiny)
                for status, tiny in zip(table["status"], table["too_small"], strict=True)
            ],
            "Person": table["who"],
            "When": [f"{when:%Y-%m-%d %H:%M}" for when in table["when"]],
        },
        columns=HEADERS,
    )
    return shown.style.format({"Confidence": cells.percent}, na_rep=cells.MISSING)


def _note(status: str, *, tiny: bool) -> str:
    note = _NOTES.get(PredictionStatus(status), "")
    return ", ".join(part for part in (note, "too small" if tiny else "") if part)
