"""The ledger as a file: saved, and the decisions of another one taken over."""

import functools
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from dashboard.runtime.context import AppContext
from dashboard.services.ledger import exchange
from dashboard.services.ledger.exchange import Brought
from dashboard.services.system import uploads
from dashboard.ui.shared import downloads, events
from dashboard.ui.shared.amounts import count
from dashboard.ui.shared.confirmation import Confirmation

KINDS = ("csv", "xlsx")


class LedgerExchange:
    """Buttons that save the ledger, and one that brings in another; what that would do first."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        with gr.Row():
            for kind in KINDS:
                write = functools.partial(self.write, kind)
                downloads.button(f"Save as {kind.upper()}", write, elem_id=f"ledger-{kind}")
            upload = gr.UploadButton(
                "Bring in another ledger",
                file_types=[f".{kind}" for kind in KINDS],
                size="sm",
                elem_id="ledger-bring",
            )
        effect = gr.Markdown(visible=False, elem_id="ledger-check")
        refused = gr.Dataframe(
            label="What would not apply, and why",
            visible=False,
            interactive=False,
            wrap=True,
            elem_id="ledger-refused",
            max_height=320,
        )
        self.question = Confirmation("Take them over", elem_id="confirm-bring")
        effects = [effect, refused]
        checked = [*effects, *self.question.outputs]
        upload.upload(events.shown(self.check), upload, checked, **events.LAST)
        self.question.agreed(self.bring, None, effects)

    def write(self, kind: str) -> Path:
        """Write the whole ledger and return where."""
        folder = self._ctx.workspace.cache / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        exchange.write(self._ctx.workspace, folder / f"ledger.{kind}")
        return folder / f"ledger.{kind}"

    def check(self, file: str) -> list[Any]:
        """Find out what another ledger would do here; nothing is kept."""
        path = uploads.received(self._ctx.workspace, file)
        result = exchange.bring(self._ctx.workspace, path, dry_run=True)
        question = self.question.close()
        if result.applied:
            decisions = count(result.applied, "decision")
            question = self.question.ask(
                f"Take over {decisions}? Each is recorded as its author's.", file
            )
        return [*report(result, path.name, would=True), *question]

    def bring(self, file: str) -> list[Any]:
        """Take over what applies of another ledger."""
        path = uploads.received(self._ctx.workspace, file)
        result = exchange.bring(self._ctx.workspace, path)
        uploads.discard(self._ctx.workspace, path)
        events.info(f"Taken over: {count(result.applied, 'decision')}")
        return report(result, path.name, would=False)


def report(result: Brought, name: str, *, would: bool) -> list[Any]:
    """Return what bringing in a ledger does (or would do): a sentence, and a row per refusal."""
    applied = "would be taken over" if would else "taken over"
    sentence = (
        f"**{events.md(name)}**: {count(result.applied, 'decision')} {applied}, "
        f"{result.known:,} known here already, {len(result.refused):,} refused, "
        f"{len(result.skipped):,} not for this data set."
    )
    rows = [("Refused", str(refusal.sample), refusal.why) for refusal in result.refused]
    rows += [("Skipped", "", why) for why in result.skipped]
    table = pd.DataFrame(rows, columns=["What", "Photograph", "Why"])
    return [gr.update(value=sentence, visible=True), gr.update(value=table, visible=bool(rows))]
