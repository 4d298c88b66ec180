"""Moments as people type them."""

from datetime import UTC, datetime, timedelta

from core.errors import AppError


def read(text: str, *, end_of_day: bool = False) -> datetime:
    """Read a date or a date and time (of this machine's time zone unless it names one).

    A date alone is its beginning, or its end. Raises AppError for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if end_of_day and len(text.strip()) <= len("2026-05-03"):
            moment += timedelta(days=1, microseconds=-1)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AppError(
            f"'{text}' is no date.",
            title="Not a date",
            hint="Write 2026-05-03, or 2026-05-03T14:00.",
        ) from error


def as_of(text: str) -> datetime:
    """Read a moment whose labels are wanted; a date alone is its end, and may be today.

    Raises AppError for what is no date, and for one that is yet to come.
    """
    if read(text) > datetime.now(UTC):
        raise AppError(
            f"'{text}' is yet to come: nobody knows the labels of that day.",
            title="Not a day of the past",
            hint="Choose today or an earlier day, or leave it out for the labels of now.",
        )
    return read(text, end_of_day=True)
