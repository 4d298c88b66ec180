"""Whether a run that is killed again and again ends like one that nobody disturbed.

    python -m tests.benchmarks.kills TABLE.csv WEIGHTS.safetensors [--kills 5] [--image-size 224]

Imports the table and trains the preset *balanced* twice from the same job: once in peace, and once
killed with SIGKILL at a random batch of each of its epochs but the last one. Prints the hashes of
both runs' weights and predictions, and exits with 1 where they differ.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import results, training
from tests.core.jobs import killing

KEPT = ("checkpoint/weights.safetensors", "predictions.npz")


def hashes(folder: Path) -> list[str]:
    """Return the first digits of the hashes of what a run leaves."""
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16] for name in KEPT]


TITLE = "Killed with SIGKILL, a run ends with the same weights and predictions"
COLUMNS = ("run", "weights", "predictions", "seconds", "killed in epochs")


def main(arguments: list[str]) -> int:
    """Train twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        workspace, spec = training.base(given.table, given.weights, Path(home))
        epochs = given.kills + 1
        settings = {"epochs": epochs, "patience": epochs, "image_size": given.image_size}
        spec = replace(spec, config=spec.config.changed(**settings, tta_views=2))
        found = []
        with results.table("kills", TITLE, COLUMNS) as measured:
            for name, kills in (("undisturbed", 0), ("killed", given.kills)):
                folder = workspace / "runs" / name
                folder.mkdir(parents=True)
                spec.write(folder)
                began = time.perf_counter()
                lost = killing.at_random_batches(folder, kills, random.Random(given.seed))
                if killing.started(folder).wait():
                    raise SystemExit((folder / "output.txt").read_text())
                found.append(hashes(folder))
                seconds = time.perf_counter() - began
                measured.add(name, *found[-1], f"{seconds:.0f}", lost or "none")
                # The second run computes as the first one was probed to.
                spec = type(spec).read(folder)
    return int(found[0] != found[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
