"""The confusion matrix: square cells that open their photographs, by mouse or by keys."""

from typing import Any

import gradio as gr

from dashboard.runtime.assets import Assets
from dashboard.schemas.evaluation import Matrix


class ConfusionMatrix(gr.HTML):
    """Shows a `Matrix`; run and split are kept in the page's address.

    `select` comes with a `gr.SelectData` whose `index` is (row, column) and whose `value` is a
    `CellChoice` as a dict.
    """

    def __init__(self, assets: Assets, *, elem_id: str, render: bool = True) -> None:
        """`render`: Gradio builds it anew, unseen, when a listener updates a property."""
        super().__init__(
            html_template='<div class="confusion"></div>',
            js_on_load=assets.mount("evaluate/confusion_matrix/confusion_matrix.js"),
            apply_default_css=False,
            elem_id=elem_id,
            render=render,
        )

    def preprocess(self, payload: Any) -> Matrix | None:  # type: ignore[override]
        """Return what the browser shows."""
        return None if payload is None else Matrix.model_validate(payload)

    def postprocess(self, value: Matrix | None) -> Any:  # type: ignore[override]
        """Return what the browser is to show."""
        return None if value is None else value.model_dump(mode="json")

    def get_block_name(self) -> str:
        """Return the component that Gradio's front end draws."""
        return "html"
