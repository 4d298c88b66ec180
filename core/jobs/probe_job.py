"""Measures a network on this machine.

`python -m core.jobs.probe_job CACHE THREADS BACKBONE SIZE`.
"""

import sys
from pathlib import Path

from core.devices import process_exit
from core.profiling import hardware_probe
from core.settings import presets


def main(arguments: list[str]) -> int:
    """Measure and keep what the cache folder does not know yet."""
    cache, threads, backbone, size = arguments
    wanted = presets.named("balanced", backbone=backbone, image_size=int(size))
    hardware_probe.choose(wanted, Path(cache), threads=int(threads))
    return 0


if __name__ == "__main__":
    process_exit.leave(main(sys.argv[1:]))
