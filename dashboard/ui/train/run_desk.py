"""What the table of runs asks for when a person looks closer: one run, or two side by side."""

from collections.abc import Callable
from typing import Any

from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.curation import listing
from dashboard.services.runs import run_comparison, run_details
from dashboard.ui.train import run_difference, run_drawer, train_form


class RunDesk:
    """Server functions; each returns HTML that is escaped here, for a drawer."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def functions(self) -> list[Callable[[Any], dict[str, Any]]]:
        """Return what the panel of runs may ask for."""
        return [feedback.endpoint(one) for one in (self.details, self.compare, self.carry_out)]

    def carry_out(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Do to a run what a person has pressed."""
        trainer = self.ctx.trainer
        run = trainer.get(str(payload.get("run", "")))
        if payload.get("do") == "again":
            trainer.again(run, train_form.day(payload.get("as_of")))
            return {}
        action = {
            "stop": trainer.stop,
            "pause": trainer.pause,
            "resume": trainer.resume,
            "resume_half": trainer.resume_half,
            "sooner": trainer.sooner,
            "repeat": trainer.repeat,
            "hide": trainer.hide,
            "unhide": trainer.unhide,
            "use": trainer.use,
        }[str(payload.get("do"))]
        action(run)
        return {}

    def details(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return everything about one run."""
        run = self.ctx.trainer.get(str(payload.get("run", "")))
        found = run_details.read(self.ctx.workspace, run)
        return {
            "title": f"Run {run.number}",
            "html": run_drawer.html(run, found),
            "alive": run.status in run_drawer.ALIVE,
        }

    def compare(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what the second of two runs has otherwise."""
        before, after = (
            self.ctx.trainer.get(str(payload.get(key, ""))) for key in ("before", "after")
        )
        on = str(payload.get("on") or _usual(before.evaluations, after.evaluations))
        found = run_comparison.between(self.ctx.workspace, before, after, on)
        names = listing.class_names(self.ctx.workspace)
        title = f"Run {after.number} against run {before.number}"
        return {"title": title, "html": run_difference.html(found, names)}


def _usual(*measured: Any) -> str:
    """Return validation, or where a run has none, out-of-fold; never test by itself."""
    both = all("validation" in one for one in measured)
    return (
        "validation"
        if both or not all("out_of_fold" in one for one in measured)
        else ("out_of_fold")
    )
