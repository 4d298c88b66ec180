"""What each way of training is worth, and what it costs, on one set with patients.

    python -m tests.benchmarks.training TABLE.csv WEIGHTS.safetensors [--ways quick,...] [--seeds 5]

Imports the table, deals all samples into five folds by patient, once per split seed, and gives
every way the same folds, weights, threads and process tree (one child per way and seed, so that
memory and seconds are its own). Nothing is chosen on the fold that scores it. Prints pooled
out-of-fold accuracy, balanced accuracy and macro-F1 with 95 % patient-bootstrap intervals of the
first seed, and mean, lowest and highest balanced accuracy over the seeds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import config, evaluation, splits
from core.job import JobSpec
from core.types import Evaluation, RunId, Split
from dashboard.services import importing, snapshot, splitting
from storage.workspace import Workspace
from tests.benchmarks import training_peers

FOLDS = 5
SEEDS = 5

OURS = config.PRESETS
PEERS: Mapping[str, Callable[[Path], None]] = training_peers.PEERS


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What one way of training reached with one dealing of the folds."""

    evaluation: Evaluation
    seconds: float
    peak_mb: float


def base(table: Path, weights: Path, home: Path) -> tuple[Path, JobSpec]:
    """Import the table into a workspace; return its folder and the job all ways start from."""
    workspace = Workspace.open(home / "workspace")
    importing.run(workspace, table)
    splitting.ensure(workspace, "patient")
    settings = config.preset("balanced", backbone="mobilenetv2_100", init=str(weights.resolve()))
    spec = snapshot.take(workspace, settings, threads=os.cpu_count() or 1)
    workspace.close()
    return home / "workspace", spec


def dealt(spec: JobSpec, seed: int) -> JobSpec:
    """Return the job with every labelled sample in one of the folds, and none held out."""
    labelled = [sample for sample in spec.samples if sample.label is not None]
    folds = splits.stratified_folds(
        [sample.label for sample in labelled],
        [sample.group for sample in labelled],
        FOLDS,
        np.random.default_rng(seed),
    )
    within = tuple(
        replace(sample, split=Split.TRAIN, fold=int(fold))
        for sample, fold in zip(labelled, folds, strict=True)
    )
    return replace(spec, samples=within)


def score(spec: JobSpec, folder: Path, way: str) -> Evaluation:
    """Measure the out-of-fold probabilities that a way has left in its folder."""
    with np.load(folder / "folds.npz", allow_pickle=False) as stored:
        shares = dict(zip(stored["ids"].tolist(), stored["probabilities"], strict=True))
    columns = tuple(class_id for class_id, _ in spec.classes)
    given = evaluation.answers(
        [sample.label for sample in spec.samples if sample.label is not None],
        np.array([shares[sample.id] for sample in spec.samples]),
        [sample.group for sample in spec.samples],
        columns,
    )
    return evaluation.evaluate(
        given, columns, run=RunId(way), split="out_of_fold", test_version="none"
    )


def measure(way: str, spec: JobSpec, folder: Path) -> Scored:
    """Run one way in a child process of its own."""
    if way in OURS:
        chosen = {"backbone": spec.config.backbone, "init": spec.config.init, "folds": FOLDS}
        spec = replace(spec, config=config.preset(way, **chosen))
    spec.write(folder)
    module = ["core.job"] if way in OURS else ["tests.benchmarks.training_peers", way]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", *module, str(folder)], check=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = after.ru_maxrss / 1024 if after.ru_maxrss > before.ru_maxrss else float("nan")
    return Scored(evaluation=score(spec, folder, way), seconds=seconds, peak_mb=peak)


def _row(way: str, found: list[Scored]) -> str:
    values = [one.evaluation.balanced_accuracy.value for one in found]
    first = found[0].evaluation
    metrics = " | ".join(
        f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"
        for metric in (first.accuracy, first.balanced_accuracy, first.macro_f1)
    )
    spread = f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
    seconds = np.mean([one.seconds for one in found])
    return f"| {way} | {metrics} | {spread} | {seconds:.0f} |"


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--ways", default=",".join([*OURS, *PEERS]))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    given = parser.parse_args(arguments)
    print(
        f"| way | accuracy | balanced accuracy | macro-F1 | balanced accuracy over {given.seeds} "
        "split seeds | seconds |\n| --- | --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory() as home:
        workspace, spec = base(given.table, given.weights, Path(home))
        for way in given.ways.split(","):
            found = []
            for seed in range(given.seeds):
                folder = workspace / "runs" / f"{way}-{seed}"
                folder.mkdir(parents=True)
                found.append(measure(way, dealt(spec, seed), folder))
                print(json.dumps({way: found[-1].evaluation.balanced_accuracy.value}), flush=True)
            print(_row(way, found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
