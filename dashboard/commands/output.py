"""The output of commands: documents and tables on stdout, everything else on stderr."""

import functools
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, ParamSpec, TypeVar

import typer
from typer.core import TyperCommand

from core.errors import AppError
from core.types import Metric, Progress

P = ParamSpec("P")
R = TypeVar("R")

Line = Callable[[str], None]

EXPECTED_FAILURE = 1


def command(
    app: typer.Typer, name: str, kind: type[TyperCommand] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a command whose expected failures are one sentence on stderr and exit code 1."""

    def register(function: Callable[P, R]) -> Callable[P, R]:
        told = expected(function)
        app.command(name, cls=kind)(told)
        return told

    return register


def expected(function: Callable[P, R]) -> Callable[P, R]:
    """Turn an AppError that leaves `function` into words and an exit code."""

    @functools.wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except AppError as error:
            fail(error, as_json=bool(kwargs.get("as_json", False)))

    return told


def fail(error: AppError, *, as_json: bool) -> NoReturn:
    """End the command with an expected failure."""
    if as_json:
        from dashboard.schemas.failures import FailureDocument

        document(FailureDocument.of(error))
    say(str(error))
    raise typer.Exit(EXPECTED_FAILURE)


def document(content: object) -> None:
    """Print the one JSON document of a command on stdout: models or dataclasses, or a list."""
    from pydantic_core import to_jsonable_python

    typer.echo(json.dumps(to_jsonable_python(content), indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Write a message on stderr."""
    typer.echo(text, err=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = "") -> None:
    """Print rows below their headings, numbers to the right; say `empty` where there are none."""
    if not rows and empty:
        say(empty)
        return
    cells = [[_text(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(headings), *cells]) for i in range(len(headings))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(headings))]
    for line in [list(headings), *cells]:
        padded = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ]
        typer.echo("  ".join(padded).rstrip())


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def metric(value: Metric | None) -> str:
    """Write a metric as people read it: 81.2 % (74.0 to 87.1)."""
    if value is None:
        return "–"
    return f"{value.value:.1%} ({value.low:.1%} to {value.high:.1%})".replace("%", " %")


def points(gap: Metric) -> str:
    """Write a difference as people read it: +4.1 points (-1.0 to +9.2)."""
    low, high = 100 * gap.low, 100 * gap.high
    return f"{100 * gap.value:+.1f} points ({low:+.1f} to {high:+.1f})"


def duration(seconds: float) -> str:
    """Write a time as people read it: 2 min 10 s."""
    whole = round(seconds)
    if whole < 1:
        return f"{seconds:.2g} s"
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


class ProgressLine:
    """Progress on stderr: one line, rewritten on a terminal, repeated now and then elsewhere."""

    def __init__(self, every_seconds: float = 5.0) -> None:
        self._live = sys.stderr.isatty()
        self._every = 0.1 if self._live else every_seconds
        self._last = time.monotonic() if not self._live else 0.0
        self._open = False

    def __call__(self, progress: Progress) -> None:
        """Show how far a piece of work is; the signature of `core.types.ProgressCallback`."""
        left = progress.seconds_left
        tail = "" if left is None else f", {duration(left)} left"
        self.update(
            f"{progress.stage}: {progress.done} of {progress.total}{tail}",
            final=progress.done >= progress.total and self._open,
        )

    def update(self, text: str, *, final: bool = False) -> None:
        """Show `text` if it is time for it, or in any case when it is the final one."""
        now = time.monotonic()
        if not final and now - self._last < self._every:
            return
        self._last = now
        if self._live:
            typer.echo(f"\r\x1b[2K{text}", err=True, nl=False)
            self._open = True
        else:
            say(text)

    def lasting(self, text: str) -> None:
        """Write a line that stays."""
        self.close()
        say(text)

    def close(self) -> None:
        """End a line that is being rewritten."""
        if self._open:
            typer.echo("\r\x1b[2K", err=True, nl=False)
            self._open = False
