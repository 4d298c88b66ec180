"""`python -m core.jobs DIR` does the job of a folder: trains or searches as its job.json says.

`python -m core.jobs --wait` loads what a job needs and reads DIR from its standard input.
"""

import os
import sys

from core.devices import process_exit
from core.devices.environment import FIRST_PROCESS
from core.jobs import job_process

if __name__ == "__main__":
    if sys.argv[1:] == ["--wait"]:
        # The other processes of a group are started with the arguments of the first.
        sys.argv[1:] = job_process.wait()
        if not sys.argv[1:]:
            process_exit.leave(0)
    status = job_process.main(sys.argv[1:])
    if FIRST_PROCESS in os.environ:
        sys.exit(status)  # several processes: Fabric takes their group apart
    process_exit.leave(status)
