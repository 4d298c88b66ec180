"""Properties: replaying the ledger gives the current state, whatever people did."""

import os
import random
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.curation import decision_rules
from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, SampleState, Status
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from storage.ledger import decisions
from storage.samples import samples
from storage.workspace.folder import DATABASE_FILE, Workspace
from tests import factories

SAMPLES = 6
LEDGERS = int(os.environ.get("AI_MPOX_LEDGERS", "400"))
"""Random ledgers of the long test; 10,000 take a quarter of an hour."""
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "relabel",
                "keep",
                "exclude",
                "restore",
                "unsure",
                "set_patient",
                "join",
                "undo",
                "redo",
            ]
        ),
        st.sampled_from(["ann", "bob"]),
        st.sets(st.integers(0, SAMPLES - 1), min_size=1),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=25,
)


@pytest.mark.process  # many whole ledgers
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_replaying_applied_rows_over_the_import_gives_the_current_state(story: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder))
        ids = factories.fill(workspace, [("ABC"[n % 3], f"p{n % 4}") for n in range(SAMPLES)])
        with workspace.read() as session:
            imported = samples.states(session, ids)
        stale = imported
        for kind, who, places, label, looked_long_ago in story:
            chosen = [ids[place] for place in sorted(places)]
            try:
                if kind in ("undo", "redo"):
                    getattr(undoing, kind)(workspace, who)
                    continue
                order = Order(
                    kind=DecisionKind(kind),
                    who=who,
                    label=ClassId(label),
                    patient=f"p{label}",
                    join=ids[label],
                )
                choices = [
                    Choice(sample=sample, expected=stale[sample] if looked_long_ago else None)
                    for sample in chosen
                ]
                curation.decide(workspace, order, choices)
            except AppError:
                continue
        with workspace.read() as session:
            now = samples.states(session, ids)
            rows = decisions.all_rows(session)
        assert decision_rules.replay(imported, rows) == now
        assert [row.when for row in rows] == sorted(row.when for row in rows)
        workspace.close()


@pytest.mark.process
@pytest.mark.timeout(max(300, LEDGERS // 4))
def test_every_one_of_many_random_ledgers_replays_to_the_current_state(tmp_path: Path) -> None:
    """As the property above, with more people, opinions, undo since a moment, and more ledgers."""
    template = Workspace.open(tmp_path / "template")
    ids = factories.fill(template, [("ABC"[n % 3], f"p{n % 4}") for n in range(SAMPLES)])
    with template.read() as session:
        imported = samples.states(session, ids)
    template.close()
    rng = random.Random(0)
    refused = undone = 0
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        for number in range(LEDGERS):
            here = Path(folder) / str(number)
            here.mkdir()
            shutil.copy(tmp_path / "template" / DATABASE_FILE, here)
            workspace = Workspace.open(here)
            moment = datetime.now(UTC)
            for _ in range(rng.randint(2, 9)):
                act(workspace, ids, imported, moment, rng)
            with workspace.read() as session:
                now = samples.states(session, ids)
                rows = decisions.all_rows(session)
            workspace.close()
            shutil.rmtree(here)
            assert decision_rules.replay(imported, rows) == now
            refused += sum(not row.applied for row in rows)
            undone += sum(row.kind is DecisionKind.UNDO and row.applied for row in rows)
    assert refused > LEDGERS / 4
    assert undone > LEDGERS / 4


def act(
    workspace: Workspace,
    ids: list[SampleId],
    seen: dict[SampleId, SampleState],
    moment: datetime,
    rng: random.Random,
) -> None:
    """Do one random thing; what makes no sense is refused in words."""
    who = rng.choice(("ann", "bob", "eve"))
    kind = rng.choice(
        ("relabel", "keep", "exclude", "restore", "unsure", "opinion", "undo", "redo", "since")
    )
    try:
        if kind == "since":
            undoing.undo_since(workspace, who, moment, everybody=rng.random() < 0.5)
        elif kind in ("undo", "redo"):
            getattr(undoing, kind)(workspace, who)
        else:
            order = Order(kind=DecisionKind(kind), who=who, label=ClassId(rng.randint(1, 3)))
            chosen = rng.sample(ids, rng.randint(1, 3))
            stale = rng.random() < 0.3
            curation.decide(
                workspace,
                order,
                [
                    Choice(sample=sample, expected=seen[sample] if stale else None)
                    for sample in chosen
                ],
            )
    except AppError:
        return


@given(
    st.none() | st.integers(1, 9),
    st.sampled_from(list(Status)),
    st.none() | st.integers(1, 9),
    st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=3),
)
def test_a_state_survives_being_written_down(label, status, patient, links) -> None:  # type: ignore[no-untyped-def]
    state = SampleState(label=label, status=status, patient=patient, links=tuple(links))
    assert SampleState.from_json(state.to_json()) == state
