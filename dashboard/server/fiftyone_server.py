"""FiftyOne's own server behind our guard: `python -m dashboard.server.fiftyone_server PORT`.

That server has no login, reads any file that it is asked for and changes labels. Behind the guard
it answers the pages that it has served itself, and no other site's.
"""

import sys

import uvicorn

from dashboard.server.security import Guard
from storage.fiftyone_view import app


def main(arguments: list[str]) -> None:
    """Serve on this machine alone until somebody ends the process."""
    port = int(arguments[0])
    guarded = Guard(app.server(port), host=app.ADDRESS)
    uvicorn.run(guarded, host=app.ADDRESS, port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1:])
