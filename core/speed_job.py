"""Measures what a run's estimate needs: `python -m core.speed_job DIR`, DIR with a `job.json`."""

import sys
from pathlib import Path

from core import libraries
from core.job import JobSpec


def main(arguments: list[str]) -> int:
    """Measure and keep what the workspace's cache does not know yet."""
    libraries.load()
    from core import probing, speeds

    (folder,) = map(Path, arguments)
    spec = JobSpec.read(folder)
    workspace = folder / spec.workspace
    machine = probing.choose(spec.config, workspace / "cache", threads=spec.threads)
    speeds.choose(spec.config, spec.samples, workspace, machine)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
