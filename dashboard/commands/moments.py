"""Moments as people type them."""

from datetime import UTC, datetime, timedelta

from core.errors import AppError


def read(text: str, *, end_of_day: bool = False) -> datetime:
    """Read a date or a date and time (of this machine's time zone unless it names one).

    A date alone is its beginning, or its end. Raises AppError for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise AppError(
            f"'{text}' is no date.",
            title="Not a date",
            hint="Write 2026-05-03, or 2026-05-03T14:00.",
        ) from error
    if end_of_day and len(text.strip()) <= len("2026-05-03"):
        moment += timedelta(days=1, microseconds=-1)
    return moment.astimezone(UTC)
