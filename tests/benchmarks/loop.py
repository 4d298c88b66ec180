"""The loop of curating, retraining and looking, each step beside what limits it.

    python -m tests.benchmarks.loop TABLE.csv WEIGHTS.safetensors

Imports the table and does, with MobileNetV2 and these weights, what a person waits for: the first
queues, a first *quick* run, *quick* again after a changed label, predictions, decisions of twenty
people at once beside a training, and a dashboard at which nobody does anything. Beside each stands
a peer or a limit of the same run. ONNX Runtime is measured where `onnx` and `onnxruntime` are
installed. Runs are started as the dashboard starts them: their process is ready.
"""

import importlib.util
import io
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import torch
from PIL import Image
from sqlalchemy import text

from core.imaging import decode
from core.models import linear_head, networks, torch_inference, tracing
from core.models.feature_store import Features, of_run
from core.models.inference import InferenceConfig
from core.models.linear_head import ProbeData
from core.settings import presets
from core.settings.config import TrainConfig
from core.types import DecisionKind, Progress, Run, RunStatus, SampleQuery, Split
from dashboard.services.curation import curation, listing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.importing import importer
from dashboard.services.prediction.predictor import Predictor
from dashboard.services.queues import encoders, refresh
from dashboard.services.queues import stages as queue_stages
from dashboard.services.runs import preflight
from dashboard.services.runs.trainer import Trainer
from storage.workspace.folder import Workspace
from tests.benchmarks import results, serving, sitting, training
from tests.benchmarks.results import Table, spread
from tests.journeys import browser

TITLE = "The loop of curating, retraining and looking"
COLUMNS = ("what", "ours", "beside it, in the same run", "wanted")
BACKBONE = "mobilenetv2_100"
IDLE_SECONDS = 20.0
READY_SECONDS = 20.0
ROWS, FILES = 3000, 6


def seconds(action: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def engines(weights: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield ways to embed one view of one image, by name."""
    network = networks.build(BACKBONE, 2, str(weights), taps=3)
    how = InferenceConfig(size=224, views=("whole",), precision="fp32", layout="channels_last")
    pixels = np.zeros((1, 224, 224, 3), np.uint8)
    for name, views in (("torch", 1), ("OpenVINO", torch_inference.MANY)):
        embed = torch_inference.embedder(network, how, views)
        yield name, lambda embed=embed: embed(pixels)  # type: ignore[misc]
    if all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")):
        import onnxruntime

        exported = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                tracing.FromPixels(network).eval(),
                (torch.from_numpy(pixels),),
                exported,
                input_names=["images"],
                dynamo=False,
            )
        session = onnxruntime.InferenceSession(exported.getvalue())
        yield "ONNX Runtime", lambda: session.run(None, {"images": pixels})


def views_per_second(table: Table, weights: Path) -> float:
    """Measure a forward pass of each engine; return the seconds of the fastest."""
    taken = {}
    for name, look in engines(weights):
        look()
        taken[name] = statistics.median(seconds(look) for _ in range(30))
    said = [f"{name} {each * 1000:.1f} ms" for name, each in taken.items()]
    table.add("one view of one image, forward", said[1], ", ".join(said[:1] + said[2:]), "fastest")
    return min(taken.values())


def first_queues(table: Table, workspace: Workspace, weights: Path) -> None:
    """Compute all queues of a set that nobody has looked at; then it looks ahead for a run."""
    encoders.of(workspace, BACKBONE, str(weights))
    stages: dict[str, list[float]] = {}

    def note(progress: Progress) -> None:
        stages.setdefault(progress.stage, []).append(time.perf_counter())

    began = time.perf_counter()
    refresh.refresh(workspace, note)
    kept = next(at[0] for name, at in stages.items() if name == queue_stages.AHEAD.name)
    parts = [f"{name.lower()} {max(at) - min(at):.1f} s" for name, at in stages.items()]
    shown = f"{kept - began:.1f} s"
    table.add("first queues shown", shown, ", ".join(parts), "60 s for 755 photographs")


def ended(trainer: Trainer, run: Run) -> Run:
    """Let a run come to its end."""
    while True:
        trainer.tick()
        current = trainer.get(run.id)
        if current.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
            if current.status is RunStatus.FAILED:
                raise RuntimeError(current.message)
            return current
        time.sleep(0.02)


def press_to_verdict(trainer: Trainer, config: TrainConfig) -> float:
    """Return the seconds from a press, a while after the preset was chosen, to the ingested run."""
    preflight.weights_problem(config)
    trainer.prepare()
    time.sleep(READY_SECONDS)
    return seconds(lambda: ended(trainer, trainer.start(config)))


def frozen_seconds(table: Path, weights: Path, home: Path) -> float:
    """Return the seconds of scikit-learn's logistic regression on frozen features, five folds."""
    _, spec = training.base(table, weights, home)
    return training.measure(
        "frozen", training.dealt(spec, 0), home / "workspace/runs", 0
    ).cost.seconds


def quick(table: Table, workspace: Workspace, weights: Path, peer: float, *, seen: bool) -> None:
    """Measure a first *quick* run, and the runs after a changed label."""
    config = presets.named("quick", backbone=BACKBONE, init=str(weights), folds=0)
    trainer = Trainer(workspace, serving=True)
    first = press_to_verdict(trainer, config)
    after = ", where queues have looked at them" if seen else ""
    table.add(
        f"first *quick* run{after}",
        f"{first:.1f} s",
        f"frozen and logistic regression, five folds: {peer:.1f} s",
        "8 s" if seen else "25 s",
    )
    if not seen:
        again(table, workspace, trainer, config)
    trainer.close()


def again(table: Table, workspace: Workspace, trainer: Trainer, config: TrainConfig) -> None:
    """Measure *quick* after a changed label, alone and with folds."""
    heads = head_seconds(workspace, config)
    samples = [row for row in listing.matching(workspace, SampleQuery()) if row.split]
    labels = sorted({row.state.label for row in samples if row.state.label is not None})
    for folds, wanted in ((0, "5 s"), (5, "10 s")):
        chosen = samples[folds]
        other = next(label for label in labels if label != chosen.state.label)
        relabel = Order(kind=DecisionKind.RELABEL, who="benchmark", label=other)
        curation.decide(workspace, relabel, [Choice(sample=chosen.id)])
        taken = press_to_verdict(trainer, config.changed(folds=folds))
        name = f"*quick* again after one relabel{', five folds' if folds else ''}"
        limit = f"fitting {folds + 1} heads on kept features: {heads * (folds + 1):.1f} s"
        table.add(name, f"{taken:.1f} s", limit, wanted)


def head_seconds(workspace: Workspace, config: TrainConfig) -> float:
    """Return the seconds of fitting one head to the kept embeddings of the training images."""
    learned = [
        row for row in listing.matching(workspace, SampleQuery()) if row.split is Split.TRAIN
    ]
    kept = Features(workspace.cache, of_run(config), [row.id for row in learned])
    labels = np.unique([int(row.state.label or 0) for row in learned], return_inverse=True)[1]
    data = ProbeData(embeddings=kept.values, labels=labels, weights=np.ones(len(learned)))
    return seconds(lambda: linear_head.fit(data, int(labels.max()) + 1))


def photographs(workspace: Workspace, count: int) -> list[bytes]:
    """Return photographs of the set as files that nobody has sent before."""
    stored = sorted((workspace.folder / "media").rglob("*.*"))
    made = []
    for number in range(count):
        with Image.open(stored[number % len(stored)]) as image:
            changed = image.convert("RGB")
        changed.putpixel((0, 0), (number % 256, number // 256 % 256, 77))
        buffer = io.BytesIO()
        changed.save(buffer, "JPEG", quality=92)
        made.append(buffer.getvalue())
    return made


def predictions(table: Table, workspace: Workspace, forward: float) -> None:
    """Measure one prediction, without a browser."""
    predictor = Predictor(workspace)
    files = photographs(workspace, 60)

    def predict(number: int) -> float:
        data = files[number % len(files)]
        return seconds(lambda: predictor.predict(data, f"{number}.jpg", who="benchmark"))

    first = predict(0)
    views = presets.named("quick").tta_views
    one = statistics.median(predict(number) for number in range(1, 30))
    reading = seconds(lambda: [decode.decode(data) for data in files]) / len(files)
    limit = f"{views} views by the fastest engine and decoding: "
    limit += f"{(views * forward + reading) * 1000:.0f} ms"
    table.add("one prediction", f"{one * 1000:.0f} ms", limit, "twice that")
    table.add("the first one, checkpoint loaded", f"{first:.2f} s", "", "1 s")


def served(table: Table, folder: Path, weights: Path, home: Path) -> None:
    """Put visitors on a served dashboard: some who predict, and many who curate at once."""
    workspace = Workspace.open(folder)
    files = photographs(workspace, 60)
    ids = [row.id for row in listing.matching(workspace, SampleQuery())]
    bare = [seconds(lambda: bare_transaction(workspace)) for _ in range(50)]
    workspace.close()
    dashboard = browser.serve(folder, home / "log")
    try:
        serving.predictions(table, dashboard, files)
    finally:
        dashboard.stop()
    workspace = Workspace.open(folder)
    trainer = Trainer(workspace, serving=True)
    config = presets.named("balanced", backbone=BACKBONE, init=str(weights), folds=0)
    run = trainer.start(config)
    dashboard = browser.serve(folder, home / "log")
    try:
        serving.curators(table, dashboard, ids, f"a bare transaction: {spread(bare)}")
    finally:
        dashboard.stop()
    trainer.stop(trainer.get(run.id))
    ended(trainer, run)
    trainer.close()
    workspace.close()


def bare_transaction(workspace: Workspace) -> None:
    """Write one value of a table of pairs, and commit."""
    with workspace.transaction() as session:
        session.execute(
            text("INSERT OR REPLACE INTO meta(key, value) VALUES ('benchmark', :now)"),
            {"now": str(time.time())},
        )


def long_table(table: Table, home: Path) -> None:
    """Plan the import of a long table that names few files."""
    folder = home / "long"
    folder.mkdir()
    for number in range(FILES):
        Image.new("RGB", (64, 64), (number * 40, 90, 90)).save(folder / f"{number}.png")
    rows = [(f"{place % FILES}.png", "AB"[place % 2], f"P{place}") for place in range(ROWS)]
    frame = pd.DataFrame(rows, columns=["path", "label", "patient"])
    frame.to_csv(folder / "table.csv", index=False)
    workspace = Workspace.open(home / "of-the-table")
    whole = seconds(lambda: importer.plan(workspace, folder / "table.csv"))
    read = seconds(lambda: pd.read_csv(folder / "table.csv", dtype=str))
    workspace.close()
    name = f"dry run of a table of {ROWS} rows that names {FILES} files"
    table.add(name, f"{whole:.2f} s", f"pandas reads it in {read * 1000:.0f} ms", "linear")


def idle(table: Table, folder: Path, home: Path) -> None:
    """Look at a dashboard that nobody looks at."""
    dashboard = browser.serve(folder, home / "log")
    try:
        server = psutil.Process(dashboard.process.pid)
        time.sleep(READY_SECONDS)
        server.cpu_percent()
        time.sleep(IDLE_SECONDS)
        share, memory = server.cpu_percent(), server.memory_info().rss / 1e6
    finally:
        dashboard.stop()
    table.add(
        "serving process, idle", f"{share:.1f} % of a core, {memory:.0f} MB", "", "1 %, 600 MB"
    )


def main(source: Path, weights: Path) -> int:
    """Measure and print."""
    weights = weights.resolve()
    with (
        results.table("loop", TITLE, COLUMNS) as table,
        tempfile.TemporaryDirectory() as folder,
    ):
        home = Path(folder)
        forward = views_per_second(table, weights)
        peer = frozen_seconds(source, weights, home)
        workspace = Workspace.open(home / "first")
        importer.run(workspace, source)
        quick(table, workspace, weights, peer, seen=False)
        predictions(table, workspace, forward)
        workspace.close()
        served(table, home / "first", weights, home)
        workspace = Workspace.open(home / "second")
        importer.run(workspace, source)
        first_queues(table, workspace, weights)
        quick(table, workspace, weights, peer, seen=True)
        workspace.close()
        sitting.sitting(table, source, weights, home)
        long_table(table, home)
        idle(table, home / "second", home)
        table.note(
            "*quick* is pressed a while after its preset was chosen; the verdict is the "
            "ingested evaluation. Journeys in the browser are in a table of their own."
        )
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.benchmarks.loop TABLE WEIGHTS")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
