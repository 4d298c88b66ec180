"""What the bulk path into FiftyOne is worth: `python -m tests.benchmarks.view_writing [NUMBER]`.

The same samples are written and changed through FiftyOne's own API (`add_samples`,
`iter_samples(autosave=True)`) and through `storage.fiftyone_view.bulk_write`, in turns, on one
mongod. Reading them from SQLite is part of neither.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from storage.fiftyone_view import connect, projection, writer
from storage.fiftyone_view.bulk_write import BulkWriter
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories
from tests.benchmarks import results
from tests.storage.fiftyone_view import fiftyone_api

TITLE = "Samples into FiftyOne: its own API against the bulk path, seconds"
ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(number: int) -> None:
    """Write, change, compare."""
    columns = ("what", "FiftyOne's API", "bulk path", "factor")
    with (
        results.table("view_writing", TITLE, columns) as measured,
        tempfile.TemporaryDirectory() as home,
    ):
        workspace = Workspace.open(Path(home) / "workspace")
        factories.fill(workspace, [("ABC"[row % 3], f"P{row // 2}") for row in range(number)])
        view = connect.open_view(workspace)
        import fiftyone as fo

        with workspace.read() as session:
            classes = {it.id: it for it in writer.read_classes(session)}
            everything = samples.everything(session)
        fields = [(it.number, projection.fields(it, Path("x.jpg"), classes)) for it in everything]
        dataset, bulk = view.dataset, BulkWriter(fo.core.odm.get_db_conn(), workspace.uuid)

        def add() -> None:
            peer = fo.Dataset()
            connect.add_fields(fo, peer)
            peer.add_samples([fiftyone_api.sample(it) for _, it in fields], progress=False)
            peer.delete()

        def write() -> None:
            dataset.clear()
            bulk.project(fields)

        def change() -> None:
            for row, sample in enumerate(dataset.iter_samples(autosave=True)):
                sample.revision = row
                sample.worth = row / number
                sample.keys = {**sample.keys, "score_worth": row / number}

        for what, slow, fast in (
            (f"add {number:,} samples", add, write),
            (f"change a score of {number:,} samples", change, lambda: bulk.project(fields)),
        ):
            pairs = [(seconds(slow), seconds(fast)) for _ in range(ROUNDS)]
            best = [min(column) for column in zip(*pairs, strict=True)]
            measured.add(what, *(f"{it:.2f}" for it in best), f"{best[0] / best[1]:.1f}")
        view.close()
        workspace.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
