"""What the parts of the tabs work with: a workspace on SQLite alone, without a server."""

from collections.abc import Iterator

import gradio as gr
import pytest

from dashboard.runtime.context import AppContext, Settings, composed
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace


@pytest.fixture
def ctx(workspace: Workspace) -> Iterator[AppContext]:
    """The composition root of `workspace`; nothing ticks, no FiftyOne."""
    with composed(Settings(workspace=workspace.folder), workspace, SqliteView(workspace)) as made:
        yield made


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    """The page that components are made in."""
    with gr.Blocks() as page:
        yield page
