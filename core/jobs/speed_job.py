"""Measures what a run's estimate needs.

`python -m core.jobs.speed_job DIR`, DIR with a `job.json`.
"""

import sys
from pathlib import Path

from core.devices import preload, process_exit
from core.jobs.job_spec import JobSpec


def main(arguments: list[str]) -> int:
    """Measure and keep what the workspace's cache does not know yet."""
    preload.load()
    from core.profiling import hardware_probe, throughput

    (folder,) = map(Path, arguments)
    spec = JobSpec.read(folder)
    workspace = folder / spec.workspace
    machine = hardware_probe.choose(spec.config, workspace / "cache", threads=spec.threads)
    throughput.choose(spec.config, spec.samples, workspace, machine)
    return 0


if __name__ == "__main__":
    process_exit.leave(main(sys.argv[1:]))
