"""How well a run's duration is foretold: estimated against true seconds, for every preset.

    python -m tests.benchmarks.estimates TABLE.csv --backbone mobilenetv2_100 --init WEIGHTS
    python -m tests.benchmarks.estimates demo --backbone mobilenetv3_small_100 --size 128

Asks for the estimate as the form does, in a process of its own, then runs the job, for a few
epochs, and compares. Without epochs (a head alone) the whole duration is compared.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.jobs import job_spec
from core.profiling.estimate import Estimate
from core.settings import limits, presets
from core.settings.config import TrainConfig
from dashboard.services.processes import processes
from dashboard.services.runs import snapshot
from dashboard.services.runs.estimates import Estimates
from storage.workspace.folder import Workspace
from tests.benchmarks import results, sets

TITLE = "What the form says before a run starts against what it took"


def settings(given: argparse.Namespace, preset: str) -> TrainConfig:
    """Return a preset with few epochs, none of which is spared."""
    chosen = {"backbone": given.backbone, "init": given.init, "image_size": given.size}
    usual = presets.named(preset, **chosen)
    epochs = min(given.epochs, usual.epochs)
    return presets.named(preset, **chosen, epochs=epochs, patience=max(1, epochs * usual.trainings))


def foretold(workspace: Workspace, run: TrainConfig, threads: int) -> Estimate:
    """Ask for the estimate until it has been measured."""
    estimates = Estimates(workspace, threads)
    while True:
        expected = estimates.expect(run)
        if expected.estimate is not None:
            return expected.estimate
        if not expected.measuring:
            sys.exit("The speeds could not be measured.")
        time.sleep(0.2)


def true_seconds(
    workspace: Workspace, run: TrainConfig, threads: int
) -> tuple[float | None, float]:
    """Run the job; return the median seconds of its epochs and those of all of it."""
    folder = workspace.runs / run.preset
    folder.mkdir(parents=True)
    snapshot.take(workspace, run, threads).write(folder)
    subprocess.run(
        [sys.executable, "-m", "core.jobs", str(folder)], check=True, env=processes.environment()
    )
    whole = float(json.loads((folder / job_spec.RESULT).read_bytes())["seconds"])
    rows = [
        event for event in job_spec.events(folder) if event["event"] == "epoch" and event["epoch"]
    ]
    return (statistics.median(row["seconds"] for row in rows) if rows else None), whole


def main(arguments: list[str]) -> int:
    """Measure and print a row for every preset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="table, folder or 'demo'")
    parser.add_argument("--backbone", default="mobilenetv3_small_100")
    parser.add_argument("--init", default="random")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--presets", default=",".join(limits.PRESETS))
    given = parser.parse_args(arguments)
    threads = os.cpu_count() or 1
    columns = ["preset", "compared", "estimated", "true", "estimated / true"]
    with (
        results.table("estimates", TITLE, columns) as measured,
        tempfile.TemporaryDirectory() as home,
    ):
        workspace = sets.workspace(given.source, Path(home))
        for preset in given.presets.split(","):
            run = settings(given, preset)
            estimated = foretold(workspace, run, threads)
            each, whole = true_seconds(workspace, run, threads)
            pairs = [("run, at most", estimated.seconds_at_most, whole)]
            if each is not None and estimated.seconds_per_epoch is not None:
                pairs.insert(0, ("epoch", estimated.seconds_per_epoch, each))
            for what, said, true in pairs:
                measured.add(preset, what, f"{said:.1f} s", f"{true:.1f} s", f"{said / true:.0%}")
        workspace.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
