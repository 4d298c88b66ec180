"""The FiftyOne App beside the dashboard, where a person asks for it."""

import ipaddress
import logging
import threading

from core.errors import AppError
from dashboard.services.queues import embedding_map, queue_state
from storage.fiftyone_view import app, child_process
from storage.fiftyone_view.view import FiftyOneView
from storage.queries import similarity
from storage.queries.sample_view import SampleView
from storage.workspace.folder import Workspace

log = logging.getLogger(__name__)

_MESSAGES = "fiftyone-app.txt"


def check(host: str) -> None:
    """Raise AppError where other machines can reach the dashboard: the App has no login."""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise AppError(
            "The FiftyOne App has no login, and this dashboard can be reached from elsewhere.",
            title="FiftyOne App refused",
            hint="Serve on 127.0.0.1, or leave out --fiftyone-app.",
        )


class FiftyOneApp:
    """The App in a process of its own; Brain runs again whenever the queues are computed again."""

    def __init__(self, workspace: Workspace, view: SampleView, port: int) -> None:
        """Start the App on a port of this machine. Raises AppError where FiftyOne is not there."""
        if not isinstance(view, FiftyOneView):
            raise AppError(
                "The FiftyOne App needs FiftyOne, which is not running.",
                title="FiftyOne App not possible",
                hint="`ai-mpox doctor` tells what is wrong.",
            )
        self._workspace = workspace
        self._view = view
        self._described = ""
        self._brain = threading.Thread()
        self.address = f"http://{app.ADDRESS}:{port}/datasets/{workspace.uuid}"
        workspace.cache.mkdir(parents=True, exist_ok=True)
        with (workspace.cache / _MESSAGES).open("wb") as messages:
            self._child = app.start(port, messages)

    def tick(self) -> None:
        """Let FiftyOne Brain describe the samples again when the queues are newer.

        Raises AppError when the App has ended by itself.
        """
        if self._child.poll() is not None:
            raise AppError(
                f"The FiftyOne App has ended; cache/{_MESSAGES} in the workspace says why.",
                title="FiftyOne App ended",
                hint="Its port may be in use: start again with another.",
            )
        made_from = queue_state.made_from(self._workspace)
        if not made_from or made_from == self._described or self._brain.is_alive():
            return
        self._described = made_from
        # Minutes with many samples: nothing else may wait for it.
        self._brain = threading.Thread(target=self._describe, name="brain", daemon=True)
        self._brain.start()

    def close(self) -> None:
        """End the App."""
        child_process.stop(self._child, seconds=5)

    def _describe(self) -> None:
        folder = self._workspace.cache / "embeddings" / similarity.LOOKED_AT
        try:
            ids, vectors = similarity.read(folder)
        except FileNotFoundError:
            return  # The cache was deleted; the next queues bring it back.
        places = embedding_map.places(self._workspace, ids)
        count = app.describe(self._view, ids, vectors, places)
        log.info("FiftyOne Brain has described %d samples.", count)
