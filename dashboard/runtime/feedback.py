"""Expected failures become words on the screen; anything else is a bug and stays loud."""

from typing import Any

from core.errors import AppError


def error_json(error: AppError) -> dict[str, Any]:
    """Return the failure as the browser's components read it (they put it in as text)."""
    return {"error": {"title": error.title, "message": error.message, "hint": error.hint}}
