"""The FiftyOne App beside the dashboard, and the FiftyOne Brain results that it shows.

FiftyOne's server has no login and serves any file that its process can read: it listens on this
machine only, only when asked for, and behind the dashboard's guard.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from core.types import Embeddings, SampleId
from storage.fiftyone_view import child_process, connect
from storage.fiftyone_view.view import FiftyOneView

ADDRESS = "127.0.0.1"
SIMILARITY = "similar_pictures"
MAP = "map_of_pictures"
FEWEST = 50
"""Brain makes 20 clusters: with fewer samples most of them would hold a single one."""


def describe(
    view: FiftyOneView,
    ids: Sequence[SampleId],
    embeddings: Embeddings,
    places: npt.NDArray[np.float32] | None,
) -> int:
    """Let FiftyOne Brain work on our embeddings; return how many samples it described.

    `embeddings` are (N, D) and `places` (N, 2), rows as `ids`. Leaves a similarity index, the map,
    and the fields uniqueness and representativeness in [0, 1], higher = more so; where samples have
    a prediction and a label, mistakenness too, higher = more probably wrong. What an earlier call
    left is replaced. Nothing is downloaded. Samples that the view does not have are passed over.
    """
    brain, dataset = connect.brain(), view.dataset
    there = set(dataset.values("sample_id"))
    rows = [row for row, sample in enumerate(ids) if sample in there]
    if len(rows) < FEWEST:
        return 0
    chosen = dataset.select_by("sample_id", [ids[row] for row in rows], ordered=True)
    vectors = np.asarray(embeddings[rows], dtype=np.float64)
    for key in (SIMILARITY, MAP):
        if dataset.has_brain_run(key):
            dataset.delete_brain_run(key)
    brain.compute_similarity(chosen, embeddings=vectors, brain_key=SIMILARITY, backend="sklearn")
    if places is not None:
        brain.compute_visualization(
            chosen, points=np.asarray(places[rows], dtype=np.float64), brain_key=MAP
        )
    brain.compute_uniqueness(chosen, embeddings=vectors)
    brain.compute_representativeness(chosen, embeddings=vectors)
    told = dataset.exists("prediction.confidence").exists("ground_truth.label")
    if len(told):
        brain.compute_mistakenness(told, "prediction", label_field="ground_truth")
    return len(rows)


def server(port: int) -> Any:
    """Return FiftyOne's server as an ASGI application, in a process that has no view open.

    Its mongod is the one that the environment names. It must be guarded: it has no login.
    """
    os.environ["FIFTYONE_SERVER"] = "1"
    os.environ.pop("FIFTYONE_DISABLE_SERVICES", None)
    return connect.server(port)


def start(port: int, messages: BinaryIO) -> subprocess.Popen[bytes]:
    """Start the guarded server in a process that ends with this one; a view must be open.

    What it says is written to `messages`. Main thread only.
    """
    return subprocess.Popen(
        child_process.command(sys.executable, "-m", "dashboard.server.fiftyone_server", str(port)),
        stdin=subprocess.DEVNULL,
        stdout=messages,
        stderr=messages,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
