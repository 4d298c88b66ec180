"""The FiftyOne App beside the dashboard, where a person asks for it."""

import ipaddress
import logging
from typing import Any

from core.errors import AppError
from dashboard.services import embedding_map, queues
from storage import fiftyone_app, similarity
from storage.fiftyone_view import FiftyOneView
from storage.sample_query import SampleView
from storage.workspace import Workspace

log = logging.getLogger(__name__)


def check(host: str) -> None:
    """Raise AppError where the dashboard can be reached from other machines: the App has no login.

    It would give every file that its process can read to whoever asks.
    """
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
    """An open App that is given new embeddings whenever the queues have been made anew."""

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
        self.address = f"http://{fiftyone_app.ADDRESS}:{port}"
        self._session: Any = fiftyone_app.launch(view, port)

    def tick(self) -> None:
        """Let FiftyOne Brain describe the samples again when the queues are newer."""
        made_from = queues.made_from(self._workspace)
        if not made_from or made_from == self._described:
            return
        self._described = made_from
        try:
            ids, vectors = similarity.read(
                self._workspace.cache / "embeddings" / similarity.LOOKED_AT
            )
        except FileNotFoundError:
            return  # The cache was deleted; the next queues bring it back.
        places = embedding_map.places(self._workspace, ids)
        count = fiftyone_app.describe(self._view, ids, vectors, places)
        log.info("FiftyOne Brain has described %d samples.", count)

    def close(self) -> None:
        """End the App."""
        self._session.close()
