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
    question = Confirmation("Undo it", elem_id="undo")
    button.click(events.shown(tab.count), batch, question.outputs, **events.ONCE)
    question.agreed(tab.undo, person, grid)
    ```
    `tab.count` returns `question.ask("Undo batch 5: 24 decisions?", 5)`, and `tab.undo` gets that 5
    first: whatever is chosen while the question is open, the answer is about what it names.
    """

    def __init__(self, verb: str, *, elem_id: str) -> None:
        self.subject = gr.State(None)
        with gr.Column(visible=False, elem_id=elem_id, elem_classes=["confirmation"]) as self.group:
            self.sentence = gr.Markdown()
            with gr.Row():
                self.no = gr.Button("Cancel", size="sm", elem_id=f"{elem_id}-no")
                self.yes = gr.Button(verb, variant="primary", size="sm", elem_id=f"{elem_id}-yes")
        gr.on([self.no.click, self.yes.click], None, None, self.group, js=CLOSED)

    @property
    def outputs(self) -> list[Any]:
        """The outputs of a listener that asks."""
        return [self.group, self.sentence, self.subject]

    def ask(self, sentence: str, subject: Any = None) -> tuple[Any, str, Any]:
        """Return what `outputs` show: the question. `sentence` names the number."""
        return gr.update(visible=True), events.md(sentence), subject

    def close(self) -> tuple[Any, Any, Any]:
        """Return what `outputs` show afterwards: nothing."""
        return gr.update(visible=False), gr.skip(), gr.skip()

    def agreed(self, handler: Callable[..., Any], inputs: Any = None, outputs: Any = None) -> None:
        """Call `handler` with the subject of the question, then `inputs`, when a person agrees.

        The browser takes the question away at once: a second press finds no button any more, so
        that one agreement is one call.
        """
        more = inputs if isinstance(inputs, list) else [] if inputs is None else [inputs]
        self.yes.click(events.shown(handler), [self.subject, *more], outputs, **events.ONCE)
