"""A question before something that cannot be taken back: one sentence, two buttons."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from dashboard.ui.shared import events

CLOSED = '() => ({ __type__: "update", visible: false })'
"""What Gradio's page understands as `gr.update(visible=False)`."""


class Confirmation:
    """Stays out of sight until it is asked; to be made where it is to appear.

    ```
    question = Confirmation("Exclude", elem_id="exclude")
    button.click(events.shown(tab.count), chosen, question.outputs, **events.ONCE)
    question.agreed(tab.exclude, inputs=chosen, outputs=grid)
    ```
    `tab.count` returns `question.ask("24 photographs leave the training.")`.
    """

    def __init__(self, verb: str, *, elem_id: str) -> None:
        with gr.Column(visible=False, elem_id=elem_id, elem_classes=["confirmation"]) as self.group:
            self.sentence = gr.Markdown()
            with gr.Row():
                self.no = gr.Button("Cancel", size="sm", elem_id=f"{elem_id}-no")
                self.yes = gr.Button(verb, variant="primary", size="sm", elem_id=f"{elem_id}-yes")
        gr.on([self.no.click, self.yes.click], None, None, self.group, js=CLOSED)

    @property
    def outputs(self) -> list[Any]:
        """The outputs of a listener that asks."""
        return [self.group, self.sentence]

    def ask(self, sentence: str) -> tuple[Any, str]:
        """Return what `outputs` show: the question. `sentence` names the number."""
        return gr.update(visible=True), events.md(sentence)

    def close(self) -> Any:
        """Return what `group` shows afterwards: nothing."""
        return gr.update(visible=False)

    def agreed(self, handler: Callable[..., Any], inputs: Any = None, outputs: Any = None) -> None:
        """Call `handler` when a person agrees.

        The browser takes the question away at once: a second press finds no button any more, so
        that one agreement is one call.
        """
        self.yes.click(events.shown(handler), inputs, outputs, **events.ONCE)
