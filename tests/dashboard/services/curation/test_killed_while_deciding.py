import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from core.curation import decision_rules
from core.types import DecisionKind, HistoryQuery, SampleId, SampleState
from dashboard.services.ledger import pages
from storage.fiftyone_view import connect
from storage.samples import classes, samples
from storage.workspace.folder import Workspace
from tests import factories

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = """
    import random, sys
    from pathlib import Path
    from core.types import DecisionKind, SampleQuery
    from dashboard.services.curation import curation
    from dashboard.services.curation.curation import Choice, Order
    from storage.fiftyone_view import connect
    from storage.samples import classes
    from storage.workspace.folder import Workspace

    workspace = Workspace.open(Path(sys.argv[1]))
    rng = random.Random(int(sys.argv[2]))
    with workspace.serving():
        view = connect.open_view(workspace)
        with workspace.read() as session:
            labels = [info.id for info in classes.all(session)]
        ids = view.ids(SampleQuery())
        print("ready", flush=True)
        while True:
            order = Order(kind=DecisionKind.RELABEL, who="Ada", label=rng.choice(labels))
            chosen = [Choice(sample=sample) for sample in rng.sample(ids, 200)]
            result = curation.decide(workspace, order, chosen)
            print(result.batch, result.applied, flush=True)
            view.catch_up()
"""


def run_and_kill(workspace: Workspace, seed: int, seconds: float) -> dict[int, int]:
    """Relabel in bulk until killed; return what was acknowledged, batch -> applied."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(workspace.folder), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.kill()
    lines = process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    complete = [line.split() for line in lines if len(line.split()) == 2]
    return {int(batch): int(applied) for batch, applied in complete}


def truth(workspace: Workspace, ids: list[SampleId]) -> dict[SampleId, SampleState]:
    with workspace.read() as session:
        return samples.states(session, ids)


def test_bulk_relabels_killed_at_any_moment_leave_ledger_labels_and_view_agreeing(
    workspace: Workspace,
) -> None:
    ids = factories.fill(workspace, [("acne", None), ("Measles", None), ("Healthy", None)] * 200)
    initial = truth(workspace, ids)
    acknowledged: dict[int, int] = {}
    rng = random.Random(1)
    for seed in range(2):
        acknowledged |= run_and_kill(workspace, seed, rng.uniform(0.2, 1.2))
    assert acknowledged

    rows = pages.history(workspace, HistoryQuery(limit=10**6))
    kept = {batch: [row for row in rows if row.batch == batch] for batch in acknowledged}
    assert {batch: sum(row.applied for row in kept[batch]) for batch in kept} == acknowledged
    # A batch is whole or absent, whether it was acknowledged or not.
    assert all(
        sum(row.batch == batch for row in rows) == 200 for batch in {row.batch for row in rows}
    )
    assert {row.kind for row in rows} == {DecisionKind.RELABEL}

    states = truth(workspace, ids)
    assert decision_rules.replay(initial, rows) == states
    view = connect.open_view(workspace)
    shown = dict(zip(*view.dataset.values(["sample_id", "ground_truth.label"]), strict=True))
    view.close()
    with workspace.read() as session:
        names = classes.names(session)
    labels = {sample: state.label for sample, state in states.items()}
    assert shown == {sample: None if it is None else names[it] for sample, it in labels.items()}
