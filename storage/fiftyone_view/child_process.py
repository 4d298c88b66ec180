"""Child processes that end with this one: how mongod and the FiftyOne App are run and stopped."""

import os
import subprocess
import sys

from storage.fiftyone_view import die_with_parent


def command(*program: str) -> list[str]:
    """Return the command line that runs a program as a child that ends with this process."""
    return [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), *program]


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a process cleanly, or by force after `seconds`. Safe to call twice."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
