"""What benchmarks leave: one JSON file each in docs/benchmarks, and the page made from them.

`python -m tests.benchmarks.results` writes docs/benchmarks.md. A benchmark that runs overwrites its
own file: what has changed is seen in the difference, and whoever measured on another machine need
not commit it.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.devices import hardware

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("torch", "torchvision", "timm", "gradio", "fiftyone")
HEAD = """# Benchmarks

Made by `python -m tests.benchmarks.results` from the JSON files in [benchmarks/](benchmarks). Each
table says which command made it, when, of which commit and on which machine. Figures are compared
within a table only: machines differ, and so do hours of one machine.
"""


class Table:
    """Rows as they are measured: printed at once, kept for the file."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.rows: list[list[str]] = []
        self.notes: list[str] = []
        print(_line(self.columns), _line(["---"] * len(self.columns)), sep="\n", flush=True)

    def add(self, *cells: object) -> None:
        """Add a row, one cell a column; a float is shown with three significant digits."""
        row = [_cell(cell) for cell in cells]
        if len(row) != len(self.columns):
            raise ValueError(f"{len(row)} cells for {len(self.columns)} columns")
        self.rows.append(row)
        print(_line(row), flush=True)

    def note(self, sentence: str) -> None:
        """Add a sentence that stands below the table."""
        self.notes.append(sentence)
        print(sentence, flush=True)


def spread(taken: Sequence[float]) -> str:
    """Return median, 95th percentile and most of some seconds, in milliseconds."""
    half, most = np.percentile(taken, [50, 95]) * 1000
    return f"p50 {half:.0f} ms, p95 {most:.0f} ms, most {max(taken) * 1000:.0f} ms"


@contextmanager
def table(name: str, title: str, columns: Sequence[str]) -> Iterator[Table]:
    """Give a table; where the benchmark ends well, write it to docs/benchmarks/NAME.json."""
    measured = Table(columns)
    yield measured
    document = {
        "title": title,
        "command": _command(sys.orig_argv),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": _machine(),
        "columns": measured.columns,
        "rows": measured.rows,
        "notes": measured.notes,
    }
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def page(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page: a section for each document, in the order of the names."""
    return "\n".join([HEAD, *(_section(documents[name]) for name in sorted(documents))])


def documents() -> dict[str, dict[str, Any]]:
    """Return what benchmarks have left, by their names."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    }


def _section(document: Mapping[str, Any]) -> str:
    frame = pd.DataFrame(document["rows"], columns=document["columns"])
    lines = [_line(document["columns"]), _line(["---"] * len(frame.columns))]
    lines += [_line(row) for row in frame.itertuples(index=False)]
    where = f"`{document['command']}`, {document['date']}, commit {document['commit']}"
    notes = "".join(f"\n{note}\n" for note in document["notes"])
    body = "\n".join(lines)
    return f"## {document['title']}\n\n{where}, {document['machine']}.\n\n{body}\n{notes}"


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _command(words: Sequence[str]) -> str:
    """Return a command line that names no folder of this machine."""
    named = ["python", *words[1:]]
    return " ".join(Path(word).name if os.sep in word else word for word in named)


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return answer.stdout.strip() or "unknown"


def _machine() -> str:
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    processor = hardware.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {processor}, Python {platform.python_version()}, {packages}"


if __name__ == "__main__":
    PAGE.write_text(page(documents()), encoding="utf-8")
