"""The end of a process that has computed."""

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End this process with a status, at once; what it has written is flushed.

    Otherwise Python takes torch, torchvision and timm apart object by object, while somebody waits
    for the result that is there. Nothing may be left to an `atexit`.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it has gone, or closed it
            stream.flush()
    os._exit(status)
