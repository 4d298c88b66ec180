"""Become another program that ends with its parent.

Usage: `python die_with_parent.py PARENT PROGRAM ARGUMENT...`, PARENT being a process id.
A server that is killed with SIGKILL cannot stop its mongod. Linux can: a process may ask for a
signal when its parent is gone, and the request survives `exec`. Doing this in a separate program
instead of `preexec_fn` keeps the fork safe in a process with threads. Elsewhere than on Linux the
program simply starts.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask for SIGTERM at the parent's end, then turn into the program that was asked for."""
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent ended before the signal was requested
            raise SystemExit(1)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
