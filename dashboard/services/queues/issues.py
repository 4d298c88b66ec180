"""Suspected defects of the data set, worst first, as finders see the workspace."""

from core.curation import issues as finders
from core.curation.evidence import Finding
from core.errors import AppError
from core.types import Encoder, Issue, IssueKind, ProgressCallback
from dashboard.services.queues import evidence
from dashboard.services.queues.evidence import Gathered
from storage.workspace.folder import Workspace

NEEDS_TWINS = (IssueKind.NEAR_DUPLICATE, IssueKind.CROSS_PATIENT, IssueKind.LEAK)
NEEDS_CLASSES = (IssueKind.LABEL, IssueKind.SHORTCUT)


def find(
    workspace: Workspace,
    kind: IssueKind,
    encoder: Encoder,
    progress: ProgressCallback = lambda progress: None,
) -> list[Issue]:
    """Return the issues of a kind, worst first.

    Samples of the test split are scored by what was fitted to the others. Raises AppError when
    there are too few classes to compare, and WeightsUnavailable.
    """
    compare = kind in NEEDS_TWINS
    gathered = evidence.gather(workspace, encoder, progress, with_twins=compare)
    classes = len(gathered.classes)
    if kind in NEEDS_CLASSES and gathered.evidence.opinion is None:
        raise AppError(
            f"There are labelled photographs of {classes} class{'es' if classes != 1 else ''}; "
            "finding wrong labels and shortcuts needs at least two.",
            title="Too little to compare",
            hint="Import or label photographs of another class.",
        )
    return of_kind(gathered, kind)


def of_kind(gathered: Gathered, kind: IssueKind) -> list[Issue]:
    """Return the issues of a kind, worst first; none where there are too few classes for it."""
    if kind in NEEDS_CLASSES and gathered.evidence.opinion is None:
        return []
    rows = [_issue(gathered, kind, finding) for finding in finders.FINDERS[kind](gathered.evidence)]
    return sorted(rows, key=lambda issue: -issue.score)


def _issue(gathered: Gathered, kind: IssueKind, finding: Finding) -> Issue:
    return Issue(
        sample=gathered.samples[finding.row].id,
        kind=kind,
        score=finding.score,
        reason=finding.reason,
        certain=finding.certain,
        suggested=None if finding.suggested is None else gathered.classes[finding.suggested],
        related=tuple(gathered.samples[row].id for row in finding.related),
    )
