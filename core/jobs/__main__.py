"""`python -m core.jobs DIR` does the job of a folder: trains or searches as its job.json says."""

import sys

from core.jobs import job_process

if __name__ == "__main__":
    sys.exit(job_process.main(sys.argv[1:]))
