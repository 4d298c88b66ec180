import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

PROGRAM = """
import atexit, sys
from core.devices import process_exit
atexit.register(print, "taken apart")
print("the result")
sys.stderr.write("a message")
process_exit.leave(3)
"""


def test_a_process_leaves_with_its_status_and_all_that_it_has_written() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "the result\n", "a message")
