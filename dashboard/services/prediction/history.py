"""Earlier predictions as a table: for the screen, for CSV and for XLSX."""

from collections.abc import Sequence

import pandas as pd

from core.types import ClassId, ClassInfo, Prediction
from dashboard.services.prediction import caveats
from storage.workspace.folder import Workspace

COLUMNS = (
    "prediction",
    "when",
    "file",
    "class",
    "confidence",
    "status",
    "too_small",
    "reason",
    "who",
    "run",
    "sample",
    "image",
)


def table(
    workspace: Workspace, predictions: Sequence[Prediction], classes: Sequence[ClassInfo]
) -> pd.DataFrame:
    """Return a row per prediction: `COLUMNS`, then the probability of every class (`p NAME`).

    A class that a checkpoint did not know has no probability. `class` is the likeliest one, which
    is not the answer where `status` is "novel"; `when` is local time.
    """
    names = {info.id: info.name for info in classes}
    tiny = caveats.tiny(workspace, predictions)
    rows = [
        {
            "prediction": prediction.id,
            "when": prediction.when.astimezone(),
            "file": prediction.file,
            "class": _name(prediction.top, names),
            "confidence": prediction.confidence,
            "status": prediction.status.value,
            "too_small": prediction.image in tiny,
            "reason": prediction.reason,
            "who": prediction.who,
            "run": prediction.run,
            "sample": prediction.sample,
            "image": prediction.image,
            **{
                f"p {_name(class_id, names)}": probability
                for class_id, probability in zip(
                    prediction.classes, prediction.probabilities, strict=True
                )
            },
        }
        for prediction in predictions
    ]
    shares = [f"p {info.name}" for info in classes]
    others = sorted({key for row in rows for key in row} - {*COLUMNS, *shares})
    return pd.DataFrame(rows, columns=[*COLUMNS, *shares, *others])


def _name(class_id: ClassId | None, names: dict[ClassId, str]) -> str:
    return "" if class_id is None else names.get(class_id, f"class {class_id}")
