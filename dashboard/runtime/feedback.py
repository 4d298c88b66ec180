"""Expected failures become words on the screen; anything else is a bug and stays loud."""

from collections.abc import Callable
from typing import Any

from core.errors import AppError


def error_json(error: AppError) -> dict[str, Any]:
    """Return the failure as the browser's components read it (they put it in as text)."""
    return {"error": {"title": error.title, "message": error.message, "hint": error.hint}}


def endpoint(method: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Return `method` as a server function of a `gr.HTML` component.

    Gradio marks server functions with an attribute, which bound methods refuse, and passes exactly
    one argument. An AppError comes back as `{"error": ...}`.
    """

    def call(payload: Any) -> dict[str, Any]:
        if not isinstance(payload, dict):
            payload = {}
        try:
            return method(payload)
        except AppError as error:
            return error_json(error)

    call.__name__ = method.__name__
    call.__doc__ = method.__doc__
    return call
