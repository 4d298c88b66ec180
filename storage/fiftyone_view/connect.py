"""The one door to FiftyOne: its settings, its connection, and our dataset in it.

FiftyOne is imported when the first view is opened, after its settings are in the environment.
Its connection is global to the process, so a process works with one mongod at a time.
"""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import ViewUnavailable
from core.types import Queue, SampleQuery, Split, Status
from storage.fiftyone_view import mongod, mongod_failures, projection
from storage.fiftyone_view.bulk_write import BulkWriter
from storage.fiftyone_view.mongod import Mongod
from storage.fiftyone_view.view import FiftyOneView
from storage.fiftyone_view.writer import ViewWriter
from storage.workspace.folder import Workspace

DATABASE = "ai-mpox"
SCHEMA = 4
"""Version of the documents' schema; a dataset of another version is rebuilt."""


def open_view(workspace: Workspace, server: Mongod | None = None) -> FiftyOneView:
    """Open the workspace's view, starting its mongod, and bring it to the newest revision.

    Args:
        workspace: an open workspace; its uuid names the dataset.
        server: a running mongod to use, not stopped with the view; None: the workspace's own.

    Raises:
        ViewUnavailable: mongod or FiftyOne cannot run; says why and what to do.
    """
    running = server or mongod.start(workspace.fiftyone)
    try:
        fo = connect(workspace.fiftyone, running)
        hang_up = None if server else disconnect
        view = FiftyOneView(workspace, _writer(fo, workspace), running, hang_up=hang_up)
        view.open()
    except BaseException:
        if server is None:
            disconnect()
            running.stop()
        raise
    return view


def discard(workspace: Workspace) -> None:
    """Delete the view; the next `open_view` rebuilds it. No process may have it open."""
    try:
        shutil.rmtree(workspace.fiftyone)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ViewUnavailable(
            f"The old view cannot be removed: {error.strerror}.",
            title="View cannot be rebuilt",
            hint="Give yourself write permission on the folder `fiftyone` of the workspace.",
        ) from error


def connect(folder: Path, server: Mongod) -> Any:
    """Import FiftyOne with our settings, or connect it to another mongod; return it."""
    if "fiftyone" not in sys.modules:
        os.environ.update(_settings(folder, server))
    try:
        import fiftyone as fo
    except (ImportError, OSError, RuntimeError) as error:
        raise ViewUnavailable(
            f"FiftyOne cannot be loaded ({type(error).__name__}).",
            title="FiftyOne cannot start",
            hint="Install AI-Mpox again in a new virtual environment.",
        ) from error
    if fo.config.database_uri != server.uri:
        fo.config.database_uri = server.uri
        disconnect()
    return fo


def brain() -> Any:
    """Return FiftyOne Brain; a view must be open."""
    import fiftyone.brain

    return fiftyone.brain


def server(port: int) -> Any:
    """Return FiftyOne's server application; for a process that does nothing else."""
    from fiftyone.server.app import app
    from fiftyone.server.events import set_port

    set_port(port)
    return app


def disconnect() -> None:
    """Close FiftyOne's connections, so that nothing waits for a server that is stopped later.

    The next use connects again, to the address that is set then.
    """
    odm = sys.modules.get("fiftyone.core.odm")
    if odm is None:
        return
    import mongoengine  # type: ignore[import-untyped]

    mongoengine.disconnect_all()
    with suppress(OSError, RuntimeError):  # it has never been connected
        odm.get_db_client().close()


def _settings(folder: Path, server: Mongod) -> dict[str, str]:
    folders = ("database", "default_dataset", "dataset_zoo", "model_zoo", "plugins")
    return {
        "FIFTYONE_DATABASE_URI": server.uri,
        "FIFTYONE_DATABASE_NAME": DATABASE,
        "FIFTYONE_DATABASE_VALIDATION": "false",
        "FIFTYONE_SINGLETON_CACHE": "false",
        "FIFTYONE_DO_NOT_TRACK": "true",
        "FIFTYONE_SHOW_PROGRESS_BARS": "false",
        "FIFTYONE_LOGGING_LEVEL": "WARNING",
        "FIFTYONE_DEFAULT_APP_ADDRESS": "127.0.0.1",
        **{f"FIFTYONE_{name.upper()}_DIR": str(folder / name) for name in folders},
    }


def _writer(fo: Any, workspace: Workspace) -> ViewWriter:
    name = workspace.uuid
    try:
        if fo.dataset_exists(name):
            dataset = fo.load_dataset(name)
            if dataset.info.get("schema") == SCHEMA:
                return ViewWriter(workspace, dataset, _bulk(fo, name))
            fo.delete_dataset(name)
    except OSError as error:  # FiftyOne's word for "written by a newer version"
        raise ViewUnavailable(
            "The view was written by a newer version of FiftyOne.",
            title="FiftyOne cannot start",
            hint=mongod_failures.REBUILD,
        ) from error
    return ViewWriter(workspace, _new_dataset(fo, name), _bulk(fo, name))


def _bulk(fo: Any, name: str) -> BulkWriter:
    return BulkWriter(fo.core.odm.get_db_conn(), name)


def _new_dataset(fo: Any, name: str) -> Any:
    dataset = fo.Dataset(name, persistent=True)
    dataset.media_type = "image"
    add_fields(fo, dataset)
    dataset.create_index("sample_id", unique=True)
    for index in projection.indexes():
        dataset.create_index(index)
    _save_views(dataset)
    # Last: a dataset without it is rebuilt.
    dataset.info = {"schema": SCHEMA, "revision": 0}
    dataset.save()
    return dataset


def _save_views(dataset: Any) -> None:
    """Save common queries as saved views of the FiftyOne App."""
    for queue in Queue:
        name = queue.value.replace("_", " ")
        dataset.save_view(f"queue: {name}", dataset.match(_matching(queues=(queue,))))
    for split in (Split.TRAIN, Split.VALIDATION, Split.TEST):
        dataset.save_view(f"split: {split.value}", dataset.match(_matching(splits=(split,))))
    excluded = _matching(statuses=(Status.EXCLUDED,))
    dataset.save_view("excluded", dataset.match(excluded))


def _matching(**filters: Any) -> projection.Filter:
    return projection.matches(SampleQuery(**filters), None)


def add_fields(fo: Any, dataset: Any) -> None:
    """Declare the fields of a sample (`projection.fields`)."""
    for name in ("ground_truth", "imported_label", "prediction"):
        dataset.add_sample_field(
            name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification
        )
    texts = ("sample_id", "projected_label", "projected_state", "patient", "split", "status")
    for name in (*texts, "source"):
        dataset.add_sample_field(name, fo.StringField)
    dataset.add_sample_field("queues", fo.ListField, subfield=fo.StringField)
    dataset.add_sample_field("group", fo.IntField)
    dataset.add_sample_field("revision", fo.IntField)
    dataset.add_sample_field("added", fo.DateTimeField)
    for name in projection.SHOWN_SCORES.values():
        dataset.add_sample_field(name, fo.FloatField)
    dataset.add_sample_field("keys", fo.DictField)
