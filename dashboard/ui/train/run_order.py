"""What the order of the runs means, and the mark of a figure that does not rank with the others."""

from collections.abc import Sequence

from core.types import Run
from dashboard.services.runs.ranking import Apart
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

ALL_ALIKE = Apart(newest=None, runs={})


def words(runs: Sequence[Run], apart: Apart) -> str:
    """Return what the order of the rows means."""
    others = sum(run.id in apart.runs and not run.hidden for run in runs)
    if not others:
        return "best validation first."
    return (
        f"best validation first among those measured like run {apart.newest}. "
        f"{markup.count(others, 'figure rests', 'figures rest')} on other labels or images: "
        "marked, below, not ranked."
    )


def mark(run: Run, apart: Apart) -> str:
    """Return the mark of a figure that does not rest on what the newest run's rests on."""
    found = apart.runs.get(run.id)
    if found is None:
        return ""
    parts = []
    if found.labels:
        bears = markup.count(found.labels, "image bore", "images bore")
        parts.append(f"{bears} another label than in run {apart.newest}")
    if found.images:
        which = markup.count(found.images, "image stands", "images stand")
        parts.append(f"{which} in one of the two measurements alone")
    title = f"Measured as things stood then: {', and '.join(parts)}. The figures do not rank."
    word = "older labels" if found.labels else "other images"
    return f' <span class="stamp" title="{text(title)}" data-testid="stamp-apart">{word}</span>'
