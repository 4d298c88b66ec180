"""The review queues: how fresh they are, what orders what is asked next, which network looks."""

import gradio as gr

from core.types import Encoder
from dashboard.runtime.context import AppContext
from dashboard.services.queues import encoders, queue_state, stages
from dashboard.ui.curate import importer
from dashboard.ui.shared import events, words
from dashboard.ui.shared.amounts import moment
from dashboard.ui.shared.clock import Clock

ABOUT = """One in ten is picked by chance, so that you can see what the order is worth. Photographs
of the test set are never asked here. Random weights tell colours and textures apart; ImageNet
weights see far more."""


class Queues:
    """A line that says when the queues were made, and a folded form that makes them again."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self.state = gr.Markdown(elem_id="queues-state", elem_classes=["quiet"])
        with gr.Accordion("How the queues are made", open=False, elem_id="queue-settings"):
            gr.Markdown(ABOUT, elem_classes=["quiet"])
            self.strategy = gr.Dropdown(
                [(name, key) for key, name in words.STRATEGIES.items()],
                label="What to ask next",
                elem_id="strategy",
            )
            self.backbone = gr.Textbox(
                label="Network that looks",
                info="Any network that timm knows by name.",
                elem_id="queue-network",
            )
            self.weights = gr.Textbox(
                label="Its weights",
                info="imagenet, random, or the path of a .safetensors or .pth file",
                elem_id="queue-weights",
            )
            self.make = gr.Button(
                "Make the queues now", variant="primary", size="sm", elem_id="make-queues"
            )

    def listen(self, clock: Clock) -> None:
        """Attach the button; the clock draws what is being made, and how far it is."""
        form = [self.strategy, self.backbone, self.weights]
        gr.on(
            [self.make.click, self.backbone.submit, self.weights.submit],
            events.shown(self.on_make),
            form,
            self.state,
            **events.ONCE,
        )
        clock.on("queues", self.draw, [self.state, *form])

    def on_make(self, strategy: str, backbone: str, weights: str) -> str:
        """Keep what was chosen and let the queues be made again. Raises AppError."""
        workspace = self._ctx.workspace
        now = queue_state.encoder(workspace)
        queue_state.choose_strategy(workspace, strategy)
        same = weights.strip() in ("", encoders.weights_name(now))
        wanted = Encoder(
            backbone=backbone.strip() or now.backbone, init=now.init if same else weights.strip()
        )
        if wanted != now:
            encoders.of(workspace, wanted.backbone, wanted.init)
        self._ctx.queues.ask()
        return "The queues are made in a moment."

    def draw(self) -> tuple[str, str, str, str]:
        """Return how the queues are, and what they are made with."""
        looks = queue_state.encoder(self._ctx.workspace)
        weights = encoders.weights_name(looks)
        return (
            self._told(weights),
            queue_state.strategy(self._ctx.workspace),
            looks.backbone,
            weights,
        )

    def pending(self) -> bool:
        """Return whether there are no queues yet, and nothing keeps them from being made."""
        return (
            queue_state.made(self._ctx.workspace).at is None
            and not self._ctx.queues.state().problem
        )

    def _told(self, weights: str) -> str:
        work, made = self._ctx.queues.state(), queue_state.made(self._ctx.workspace)
        if work.working and (work.progress is None or work.progress.stage != stages.AHEAD.name):
            doing = "Making the queues"
            return doing if work.progress is None else f"{doing}. {importer.far(work.progress)}"
        if work.problem:
            return f"**{events.md(work.problem)}**"
        if made.at is None:
            return "Queues are made in the background, soon."
        sight = ", by colour and texture alone: see below" if weights == "random" else ""
        # The queues are there: what goes on behind them is told without being waited for.
        ahead = f". {importer.far(work.progress)}" if work.working and work.progress else ""
        return f"Queues of {moment(made.at)}{sight}{ahead}"
