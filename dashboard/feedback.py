"""Expected failures become words on the screen; anything else is a bug and stays loud."""

import functools
import html
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr

from core.errors import AppError

P = ParamSpec("P")
R = TypeVar("R")


def told(error: AppError) -> gr.Error:
    """Return the notice that says what happened and what to do (escaped: Gradio renders HTML)."""
    return gr.Error(html.escape(str(error)), title=html.escape(error.title), print_exception=False)


def error_json(error: AppError) -> dict[str, Any]:
    """Return the failure as the browser's components read it (they put it in as text)."""
    return {"error": {"title": error.title, "message": error.message, "hint": error.hint}}


def guard(handler: Callable[P, R]) -> Callable[P, R]:
    """Decorate a Gradio handler (function, method or generator): an AppError becomes a notice."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def guarded_generator(*args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                yield from cast(Any, handler(*args, **kwargs))
            except AppError as error:
                raise told(error) from None

        return cast(Callable[P, R], guarded_generator)

    @functools.wraps(handler)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except AppError as error:
            raise told(error) from None

    return guarded


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


def confirm(message: str, *, title: str = "Saved") -> None:
    """Show a short notice that something was done."""
    gr.Info(html.escape(message), title=html.escape(title), duration=5)
