"""The names of queues, splits, statuses and reasons as a module for the sample grid.

They are those of `words`: `python -m dashboard.ui.shared.sample_grid.names` writes them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.ui.shared import words

FILE = Path(__file__).parent / "names.js"
HEADER = """// Made from dashboard/ui/shared/words.py, not to be edited (a test holds both equal):
// `python -m dashboard.ui.shared.sample_grid.names`
"""
NAMES: Mapping[str, Mapping[Any, str]] = {
    "STATUS": words.STATUSES,
    "SPLIT": {**words.SPLITS, "none": words.NO_SPLIT},
    "QUEUE": words.QUEUES,
    "REASON": {"": words.NO_REASON, **words.REASONS},
}


def text() -> str:
    """Return the module: a constant for each kind of name, by the value that the server sends."""
    return "\n".join([HEADER, *(_constant(name, names) for name, names in NAMES.items())])


def _constant(name: str, names: Mapping[Any, str]) -> str:
    rows = (f"  {value or json.dumps('')}: {json.dumps(label)}," for value, label in names.items())
    return "\n".join(
        [
            "/** @type {Record<string, string>} */",
            f"export const {name} = {{",
            *rows,
            "};\n",
        ]
    )


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
