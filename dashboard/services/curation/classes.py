"""Classes: list, find, add, rename, merge, remove. Ids stay: the ledger and runs refer to them."""

from collections.abc import Sequence

from core.data import class_names
from core.data.class_names import Described
from core.errors import AppError
from core.types import (
    BatchResult,
    ClassCount,
    ClassId,
    ClassInfo,
    DecisionKind,
    SampleQuery,
    spelling,
)
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from storage.database import revisions
from storage.queries.sample_view import SqliteView
from storage.samples import classes, samples, sources
from storage.samples.classes import NewClass
from storage.workspace.folder import Workspace


def listed(workspace: Workspace) -> list[tuple[ClassInfo, ClassCount]]:
    """Return the classes in their order, each with how much of it is not excluded."""
    with workspace.read() as session:
        counts = sources.class_counts(session)
        infos = classes.all(session)
    empty = (0, 0)
    return [
        (
            info,
            ClassCount(
                images=counts.get(info.id, empty)[0], patients=counts.get(info.id, empty)[1]
            ),
        )
        for info in infos
    ]


def find(workspace: Workspace, name: str) -> ClassInfo:
    """Return the class of this name, or of the name that it is an alias of ("Mpox").

    Raises AppError naming the classes that there are.
    """
    with workspace.read() as session:
        keys = {spelling.key(info.name) for info in classes.all(session)}
        wanted = name if spelling.key(name) in keys else class_names.canonical(name)
        return classes.by_name(session, wanted)


def add(workspace: Workspace, names: Sequence[str]) -> list[ClassInfo]:
    """Add classes, with a code and a colour of their own; return them."""
    wanted = [class_names.canonical(name) for name in names if spelling.plain(name)]
    if not wanted:
        raise AppError("No name was given.", title="No new class", hint="Give the class a name.")
    with workspace.transaction() as session:
        taken = [
            Described(name=info.name, code=info.code, colour=info.colour)
            for info in classes.all(session)
        ]
        new = [
            NewClass(name=described.name, code=described.code, colour=described.colour)
            for described in class_names.describe(wanted, taken)
        ]
        ids = set(classes.add(session, new).values())
        return [info for info in classes.all(session) if info.id in ids]


def rename(workspace: Workspace, class_id: ClassId, name: str) -> None:
    """Give a class another name, everywhere at once. Raises AppError when it is taken."""
    with workspace.transaction() as session:
        classes.rename(session, class_id, name)
        holders = _holders(workspace, class_id)
        revisions.touch(session, [choice.sample for choice in holders])


def merge(workspace: Workspace, source: ClassId, into: ClassId, who: str) -> BatchResult:
    """Relabel every sample of one class to another, as one batch that can be undone.

    What was excluded stays excluded. The class that is left is empty and can be removed.
    """
    if source == into:
        raise AppError(
            "A class cannot be merged into itself.",
            title="Nothing to merge",
            hint="Name two different classes.",
        )
    choices = _holders(workspace, source)
    if not choices:
        raise AppError(
            "This class has no samples.", title="Nothing to merge", hint="Remove it instead."
        )
    order = Order(
        kind=DecisionKind.RELABEL, who=who, label=into, reason="merge of classes", keeps_out=True
    )
    return curation.decide(workspace, order, choices)


def remove(workspace: Workspace, class_id: ClassId) -> None:
    """Take an empty class out of the list. Raises AppError when samples still have it."""
    with workspace.transaction() as session:
        classes.remove(session, class_id)


def _holders(workspace: Workspace, class_id: ClassId) -> list[Choice]:
    """Return every sample of a class, with the state that is seen now."""
    ids = SqliteView(workspace).ids(SampleQuery(labels=(class_id,)))
    with workspace.read() as session:
        states = samples.states(session, ids)
    return [Choice(sample=sample, expected=states[sample]) for sample in ids]
