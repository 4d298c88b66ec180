"""How threads wait for each other."""

import os


def wait_briefly() -> None:
    """Let torch's threads look for each other for some microseconds, then sleep.

    Sleeping at once makes small networks slow; never sleeping, the default, takes the cores of
    whatever else runs. Call it before torch is imported: its libraries read it as they are loaded.
    What the environment says already stays.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
