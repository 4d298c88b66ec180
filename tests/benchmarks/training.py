"""What each way of training is worth, and what it costs, on one set with patients.

    python -m tests.benchmarks.training TABLE.csv WEIGHTS.safetensors [--ways A,B] [--seeds 0,1]
        [--keep FOLDER]

Imports the table, deals all samples into five folds by patient, once per split seed, and gives
every way the same folds, weights, threads, environment and process tree (one child per way and
seed, so that memory is its own). Nothing is chosen on the fold that scores it. Ours train a sixth
network, the one to be used, and the first of them probes the machine and decodes the pictures that
those after it find decoded; peers keep no copies and decode for themselves. Prints pooled
out-of-fold accuracy, balanced accuracy and macro-F1 with 95 % patient-bootstrap intervals of the
first seed; mean, lowest and highest balanced accuracy over the seeds; seconds, images per second
(in training; where nothing is trained, when looked at) and peak memory of the first seed. Then,
for each peer, how soon the cheapest of our ways is at least as good. Ways joined by "+" are scored
by the mean of their probabilities, at the price of all of them. With --keep what has been measured
stays in the folder, and what was asked in the same words is not measured again: hours can be had
in pieces. Only the first seed has to have the machine to itself; of the others several can run at
once.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from core import files
from core.data import splits
from core.evaluation import metrics
from core.evaluation.metrics import Answers
from core.jobs.job_spec import JobSpec
from core.settings import limits, presets
from core.types import Evaluation, RunId, Split
from dashboard.services.importing import importer
from dashboard.services.processes import processes
from dashboard.services.runs import snapshot
from dashboard.services.splits import split_versions
from storage.workspace.folder import Workspace
from tests.benchmarks import results, training_peers

FOLDS = 5
SEEDS = "0,1,2,3,4"

OURS = limits.PRESETS
PEERS: Mapping[str, Callable[[Path], None]] = training_peers.PEERS


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one child process needed."""

    seconds: float
    images_per_second: float
    peak_mb: float


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What one way of training reached with one dealing of the folds, and what it cost."""

    evaluation: Evaluation
    cost: Cost

    @property
    def reached(self) -> float:
        """Pooled balanced accuracy."""
        return self.evaluation.balanced_accuracy.value


def base(table: Path, weights: Path, home: Path) -> tuple[Path, JobSpec]:
    """Import the table into a workspace; return its folder and the job all ways start from."""
    workspace = Workspace.open(home / "workspace")
    importer.run(workspace, table)
    split_versions.ensure(workspace, "patient")
    settings = presets.named("balanced", backbone="mobilenetv2_100", init=str(weights.resolve()))
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


def answers(spec: JobSpec, *folders: Path) -> Answers:
    """Return what a way, or several averaged, said about the samples of folds it had not seen."""
    said = []
    for folder in folders:
        with np.load(folder / "folds.npz", allow_pickle=False) as stored:
            shares = dict(zip(stored["ids"].tolist(), stored["probabilities"], strict=True))
        said.append([shares[sample.id] for sample in spec.samples])
    return metrics.answers(
        [sample.label for sample in spec.samples if sample.label is not None],
        np.mean(said, axis=0),
        [sample.group for sample in spec.samples],
        tuple(class_id for class_id, _ in spec.classes),
    )


def score(spec: JobSpec, folders: Sequence[Path], way: str) -> Evaluation:
    """Measure the out-of-fold probabilities that ways have left in their folders."""
    columns = tuple(class_id for class_id, _ in spec.classes)
    return metrics.evaluate(
        answers(spec, *folders),
        columns,
        run=RunId(way),
        split="out_of_fold",
        test_version="none",
    )


def measure(way: str, spec: JobSpec, runs: Path, seed: int) -> Scored:
    """Train one way, or each of several joined by "+", and measure the mean of what they say."""
    ways = way.split("+")
    folders = [runs / f"{one}-{seed}" for one in ways]
    costs = [_trained(one, spec, folder) for one, folder in zip(ways, folders, strict=True)]
    cost = Cost(
        seconds=sum(one.seconds for one in costs),
        images_per_second=float(np.mean([one.images_per_second for one in costs])),
        peak_mb=max(one.peak_mb for one in costs),
    )
    return Scored(evaluation=score(spec, folders, way), cost=cost)


def _trained(way: str, spec: JobSpec, folder: Path) -> Cost:
    """Run one way in a child process of its own."""
    if way in OURS:
        chosen = {"backbone": spec.config.backbone, "init": spec.config.init, "folds": FOLDS}
        spec = replace(spec, config=presets.named(way, **chosen))
    module = ["core.jobs"] if way in OURS else ["tests.benchmarks.training_peers", way]
    return run(module, spec, folder)


def run(module: Sequence[str], spec: JobSpec, folder: Path) -> Cost:
    """Run a job in a child process; a folder in which it has ended tells what it cost."""
    kept = folder / "cost.json"
    if kept.exists() and replace(JobSpec.read(folder), hardware=None) == spec:
        return Cost(**json.loads(kept.read_bytes()))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spec.write(folder)
    began = time.perf_counter()
    command = [sys.executable, "-m", *module, str(folder)]
    child = subprocess.Popen(command, env=processes.environment())
    # wait4 tells this child's peak alone; the highest of all children would hide smaller ones.
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{folder.name} ended with exit status {child.returncode}.")
    said = json.loads((folder / "result.json").read_bytes())
    cost = Cost(
        seconds=seconds,
        images_per_second=said["images_per_second"],
        peak_mb=usage.ru_maxrss / 1024,
    )
    files.replace(kept, json.dumps(asdict(cost)).encode())
    return cost


@contextmanager
def home_of(keep: Path | None) -> Iterator[Path]:
    """Yield the folder to keep everything in; without one, a folder that is gone afterwards."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as home:
        yield Path(home)


def _row(way: str, found: list[Scored]) -> list[str]:
    values = [one.reached for one in found]
    first, cost = found[0].evaluation, found[0].cost
    metrics = [
        f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"
        for metric in (first.accuracy, first.balanced_accuracy, first.macro_f1)
    ]
    spread = f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
    cost_cells = [f"{cost.seconds:.0f}", f"{cost.images_per_second:.0f}", f"{cost.peak_mb:.0f}"]
    return [way, *metrics, spread, *cost_cells]


def sooner(found: Mapping[str, list[Scored]]) -> list[str]:
    """Return, for each peer, the cheapest of our ways that is at least as good, and both times.

    Compared by mean balanced accuracy over the split seeds and by the seconds of the first.
    """
    mean = {way: float(np.mean([one.reached for one in each])) for way, each in found.items()}
    took = {way: each[0].cost.seconds for way, each in found.items()}
    lines = []
    for peer in (way for way in found if way in PEERS):
        enough = [way for way in found if way in OURS and mean[way] >= mean[peer]]
        fastest = min(enough, key=lambda way: took[way], default=None)
        said = "none of ours reached it"
        if fastest is not None:
            share = took[fastest] / took[peer]
            said = (
                f"{fastest} {mean[fastest]:.3f} in {took[fastest]:.0f} s, {share:.2f} of the time"
            )
        lines.append(f"{peer} {mean[peer]:.3f} in {took[peer]:.0f} s: {said}")
    return lines


TITLE = "Ways of training, five folds by patient"


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--ways", default=",".join([*OURS, *PEERS]))
    parser.add_argument("--seeds", default=SEEDS)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    seeds = [int(seed) for seed in given.seeds.split(",")]
    columns = [
        "way",
        "accuracy",
        "balanced accuracy",
        "macro-F1",
        f"balanced accuracy, dealings {given.seeds}",
        "seconds",
        "images/s",
        "peak MB",
    ]
    everything: dict[str, list[Scored]] = {}
    with results.table("training", TITLE, columns) as measured, home_of(given.keep) as home:
        workspace, spec = base(given.table, given.weights, home)
        for way in given.ways.split(","):
            found = everything.setdefault(way, [])
            for seed in seeds:
                found.append(measure(way, dealt(spec, seed), workspace / "runs", seed))
                told = {way: found[-1].reached, "seed": seed, "seconds": found[-1].cost.seconds}
                print(json.dumps(told), file=sys.stderr, flush=True)
            measured.add(*_row(way, found))
        for sentence in sooner(everything):
            measured.note(sentence)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
