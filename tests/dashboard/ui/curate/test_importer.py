"""The desk of imports as it is drawn: a choice, a dry run, an import, a failure."""

import time
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from core.errors import AppError
from core.types import Progress, SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.services.importing.background import BUSY, DeskState, Phase
from dashboard.ui.curate import importer
from dashboard.ui.curate.importer import Importer
from storage.workspace.folder import Workspace
from tests import images

PARTS = (
    "choice", "work", "report", "progress", "summary", "classes", "findings", "start", "look",
)  # fmt: skip


@pytest.fixture
def desk(ctx: AppContext, blocks: gr.Blocks) -> Importer:
    return Importer(ctx)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        images.put(
            tmp_path / "set" / ("Measles", "Cowpox")[number % 2] / f"{number}.jpg",
            images.jpeg(number),
        )
    (tmp_path / "set" / "Cowpox" / "broken.jpg").write_bytes(b"no image")
    return tmp_path / "set"


def drawn(desk: Importer) -> dict[str, object]:
    return dict(zip(PARTS, desk.draw(), strict=True))


def wait(ctx: AppContext) -> DeskState:
    for _ in range(600):
        if ctx.desk.state().phase not in BUSY:
            return ctx.desk.state()
        time.sleep(0.05)
    raise AssertionError(ctx.desk.state())


def seen(desk: Importer) -> set[str]:
    """Return which of the groups and buttons can be seen."""
    parts = drawn(desk)
    names = ("choice", "work", "report", "start", "look")
    return {name for name in names if parts[name]["visible"]}  # type: ignore[index]


def test_a_folder_is_checked_imported_and_looked_at(
    ctx: AppContext, workspace: Workspace, desk: Importer, folder: Path
) -> None:
    assert seen(desk) == {"choice"}
    desk.on_check(f"  {folder} ")
    assert wait(ctx).phase is Phase.CHECKED
    assert seen(desk) == {"report", "start"}
    parts = drawn(desk)
    assert parts["start"]["value"] == "Import 6\u00a0photographs"  # type: ignore[index]
    table = parts["classes"]["value"]  # type: ignore[index]
    assert list(table.columns) == ["Class", "New images", "Images then", "Patients then"]
    assert table.set_index("Class").loc["Measles", "New images"] == 3
    left_out = parts["findings"]["value"].set_index("What").loc["Left out"]  # type: ignore[index]
    assert left_out["Files"] == "Cowpox/broken.jpg"
    assert ctx.overview.read().totals.samples == 0  # nothing is written yet
    desk.on_start()
    assert wait(ctx).phase is Phase.DONE
    assert seen(desk) == {"report", "look"}
    assert "6\u00a0new samples" in str(drawn(desk)["summary"])
    assert desk.new_ones() == SampleQuery()
    assert seen(desk) == {"choice"}


def test_what_is_not_there_is_told_with_what_to_do(
    ctx: AppContext, desk: Importer, tmp_path: Path
) -> None:
    with pytest.raises(AppError, match="No folder, zip or table was named"):
        desk.on_check("  ")
    desk.on_check(str(tmp_path / "nowhere"))
    assert wait(ctx).phase is Phase.FAILED
    assert seen(desk) == {"report"}
    assert "nowhere" in str(drawn(desk)["summary"])
    desk.on_back()
    assert seen(desk) == {"choice"}


def test_an_import_without_a_check_is_refused(desk: Importer) -> None:
    with pytest.raises(AppError, match="not here any more"):
        desk.on_start()


def test_progress_says_how_far_and_how_long_yet() -> None:
    progress = Progress(stage="Reading", done=1_200, total=8_000, seconds_left=75)
    assert importer.far(progress) == "Reading: 1,200 of 8,000 · 1\u00a0min 15\u00a0s left"
    step = replace(progress, step=2, steps=7)
    assert importer.far(step).startswith("Step 2 of 7, reading: 1,200 of 8,000 · ")
    state = DeskState(phase=Phase.IMPORTING, name="a*b", progress=progress)
    assert importer.working(state).startswith("Importing **a\\*b**\n\nReading")
