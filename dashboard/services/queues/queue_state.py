"""What the stored queues were made from, and whether they still hold.

Asked every second by the dashboard, so it loads nothing that computes queues.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.curation import query_strategies
from core.errors import AppError
from core.types import Encoder, Queue, SampleId, Suggestion
from dashboard.services.queues import encoders
from storage.database import meta
from storage.queries import issues as stored
from storage.workspace.folder import Workspace

_STRATEGY = "queues.strategy"
_MADE_FROM = "queues.inputs"
_MADE_WITH = "queues.encoder"
_MADE_AT = "queues.made"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the stored queues were made from, and when."""

    strategy: str
    at: datetime | None
    """None: never"""
    current: bool
    """Nothing that they depend on has changed since."""


def made(workspace: Workspace) -> Made:
    """Return when the stored queues were made, and whether they still hold."""
    with workspace.read() as session:
        at = made_at(session)
    return Made(
        strategy=strategy(workspace),
        at=at,
        current=made_from(workspace) == inputs(workspace),
    )


def made_at(session: Session) -> datetime | None:
    """Return when the stored queues were made; None: never."""
    at = meta.get(session, _MADE_AT)
    return None if at is None else datetime.fromisoformat(at)


def strategy(workspace: Workspace) -> str:
    """Return the name of the query strategy that orders what is asked next."""
    with workspace.read() as session:
        name = meta.get(session, _STRATEGY) or query_strategies.DEFAULT
    return name if name in query_strategies.STRATEGIES else query_strategies.DEFAULT


def choose_strategy(workspace: Workspace, name: str) -> None:
    """Set the query strategy. Raises AppError for an unknown one."""
    if name not in query_strategies.STRATEGIES:
        raise AppError(
            f"There is no query strategy called {name!r}.",
            title="Unknown strategy",
            hint=f"Choose one of {', '.join(query_strategies.STRATEGIES)}.",
        )
    with workspace.transaction() as session:
        meta.put(session, _STRATEGY, name)


def suggestions(
    workspace: Workspace, queue: Queue, ids: Sequence[SampleId]
) -> dict[SampleId, Suggestion]:
    """Return what the ledger shall remember of the queue that showed these samples."""
    with workspace.read() as session:
        return stored.suggestions(session, queue, ids)


def made_from(workspace: Workspace) -> str:
    """Return the `inputs` that the stored queues were made from; empty: there are none."""
    with workspace.read() as session:
        return meta.get(session, _MADE_FROM) or ""


def inputs(workspace: Workspace) -> str:
    """Return what the queues depend on; equal texts mean that nothing has changed.

    Empty where there are no samples to look at.
    """
    with workspace.read() as session:
        facts = stored.inputs(session)
    if not facts:
        return ""
    may_look = [
        [candidate.backbone, candidate.init] for candidate in encoders.candidates(workspace)
    ]
    return json.dumps([facts, strategy(workspace), may_look])


def encoder(workspace: Workspace) -> Encoder:
    """Return the network that the stored queues were made with; before, the likeliest one."""
    with workspace.read() as session:
        kept = meta.get(session, _MADE_WITH)
    if kept is None:
        return encoders.candidates(workspace)[0]
    backbone, init = json.loads(kept)
    return Encoder(backbone=backbone, init=init)


def keep_made(session: Session, made_of: str, made_with: Encoder) -> None:
    """Keep that the stored queues were made just now, from these `inputs`."""
    meta.put(session, _MADE_FROM, made_of)
    meta.put(session, _MADE_WITH, json.dumps([made_with.backbone, made_with.init]))
    meta.put(session, _MADE_AT, datetime.now(UTC).isoformat())
