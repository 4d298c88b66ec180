"""The whole application over a small workspace, without a listening port."""

import os
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from dashboard.runtime.context import AppContext, Settings, open_context
from dashboard.server.app import create
from storage.workspace.folder import Workspace
from tests import factories


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppContext, FastAPI]]:
    folder = tmp_path_factory.mktemp("served") / "workspace"
    workspace = Workspace.open(folder)
    factories.fill(workspace, [("Measles", "p1"), ("Cowpox", "p2")], pictures=True)
    workspace.close()
    before = os.environ.get("AI_MPOX_MONGOD")
    # The view is not what is looked at here: without a mongod it is SQLite's.
    os.environ["AI_MPOX_MONGOD"] = "nonsense"
    with open_context(Settings(workspace=folder)) as ctx:
        yield ctx, create(ctx)
    os.environ.pop("AI_MPOX_MONGOD")
    if before is not None:
        os.environ["AI_MPOX_MONGOD"] = before
