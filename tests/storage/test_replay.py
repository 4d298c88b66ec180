"""Properties: replaying the ledger gives the current state, whatever people did."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import ledger
from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleState, Status
from dashboard.services import curation, undoing
from dashboard.services.curation import Choice, Order
from storage import decisions, samples
from storage.workspace import Workspace
from tests import factories

SAMPLES = 6
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
                    Choice(sample=one, expected=stale[one] if looked_long_ago else None)
                    for one in chosen
                ]
                curation.decide(workspace, order, choices)
            except AppError:
                continue
        with workspace.read() as session:
            now = samples.states(session, ids)
            rows = decisions.all_rows(session)
        assert ledger.replay(imported, rows) == now
        assert [row.when for row in rows] == sorted(row.when for row in rows)
        workspace.close()


@given(
    st.none() | st.integers(1, 9),
    st.sampled_from(list(Status)),
    st.none() | st.integers(1, 9),
    st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=3),
)
def test_a_state_survives_being_written_down(label, status, patient, links) -> None:  # type: ignore[no-untyped-def]
    state = SampleState(label=label, status=status, patient=patient, links=tuple(links))
    assert SampleState.from_json(state.to_json()) == state
