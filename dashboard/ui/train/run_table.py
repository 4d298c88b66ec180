"""The stamps of a run as HTML, for panels that are not yet Gradio's own components."""

from core.types import Run
from dashboard.services.runs import run_labels
from dashboard.ui.shared.markup import text


def stamps(run: Run) -> str:
    """Return what must be seen wherever a run is named."""
    return " ".join(
        f'<span class="stamp {mark}" data-testid="stamp-{mark}">{text(mark)}</span>'
        for mark in run_labels.stamps(run)
    )
