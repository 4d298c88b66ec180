"""`python -m core.jobs DIR` does the job of a folder: trains or searches as its job.json says."""

import os
import sys

from core.devices import process_exit
from core.devices.environment import FIRST_PROCESS
from core.jobs import job_process

if __name__ == "__main__":
    status = job_process.main(sys.argv[1:])
    if FIRST_PROCESS in os.environ:
        sys.exit(status)  # several processes: Fabric takes their group apart
    process_exit.leave(status)
