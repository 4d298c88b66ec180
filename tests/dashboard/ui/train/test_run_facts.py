"""Everything about one run in rows, and the files that carry it away."""

from pathlib import Path

import pandas as pd

from core.devices.resource_usage import Cost
from core.types import RunStatus
from dashboard.services.runs import run_files, run_tables
from dashboard.services.runs.ranking import Apart
from dashboard.services.runs.retraining import Retraining
from dashboard.services.runs.run_details import RunDetails
from dashboard.ui.train import retraining_card, run_facts, runs_panel
from storage.runs.comparability import Difference
from tests.dashboard.ui import panels
from tests.dashboard.ui.panels import HOSTILE, evaluation, run

DETAILS = RunDetails(
    settings={"seed": 5, "learning_rate": 0.0003},
    images={"train": 40, "validation": 10},
    hardware={"processor": "A processor", "threads": 2},
    versions={"torch": "2.15.0"},
    cost=Cost(seconds=70.0, cpu_seconds=130.0, gpu_seconds=0.0, starts=2),
    log=("Epoch 1: macro f1 0.5.", HOSTILE),
    traceback="",
)


def facts() -> dict[str, str]:
    table = run_facts.table(run(), DETAILS)
    return {
        f"{row.About}/{row.What}": str(row.Value).replace("\u00a0", " ")
        for row in table.itertuples()
    }


def test_data_cost_settings_machine_and_packages_are_named() -> None:
    known = facts()
    assert known["Data/Images"] == "40 train, 10 validation"
    assert known["Data/Fingerprint"] == "9f8e7d6c5b4a3210"
    assert known["Cost/Duration"] == "2 min 10 s"
    assert known["Cost/Processor"] == "130 s of all cores together"
    assert known["Cost/Graphics card"] == "none used"
    assert known["Cost/Processes"] == "2 starts"
    assert known["Settings/Seed"] == "5"
    assert known["Machine/Processor"] == "A processor"
    assert known["Packages/torch"] == "2.15.0"


def test_the_heading_carries_stamps_and_why_it_ended_as_text() -> None:
    words = run_facts.heading(run(status=RunStatus.FAILED, leaky=True, message=HOSTILE))
    assert "leaky · failed" in words
    assert "flatter" in words
    assert "<img" not in words


def test_tables_of_a_run_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    history = run_tables.history(panels.epochs(0.2, 0.6))
    path = run_files.csv(tmp_path, run(), history)
    assert path.name == "run-7-epochs.csv"
    assert pd.read_csv(path)["macro_f1"].tolist() == [0.2, 0.6]
    book = run_files.xlsx(tmp_path, run(), {"epochs": history})
    assert pd.read_excel(book, sheet_name="epochs")["epoch"].tolist() == [1, 2]


def test_the_order_of_the_runs_is_said_and_what_does_not_rank_is_marked() -> None:
    measured = {"validation": evaluation(((8, 2), (1, 9)))}
    rows = [run(number=9, evaluations=measured), run(evaluations=measured)]
    apart = Apart(newest=9, runs={panels.RUN: Difference(labels=2, images=0)})
    words = runs_panel.order([rows[1]], apart).replace("\u00a0", " ").replace("\\", "")
    assert "among those measured like run 9; 1 figure rests on other labels or images" in words
    shown = runs_panel.styled([rows[1]], apart).data
    assert shown["Measured on"].tolist() == [run_tables.OLDER_LABELS]
    alike = runs_panel.styled(rows, Apart(newest=9, runs={})).data
    assert alike["Run"].tolist() == [9, 7]
    assert alike["Measured on"].tolist() == ["validation"] * 2


def test_training_by_itself_begins_to_count_when_a_run_has_ended() -> None:
    assert retraining_card.how_far(Retraining(after=None, changed=0, like=None)) == (
        "It begins to count when a first run has ended."
    )
    on = retraining_card.how_far(Retraining(after=30, changed=4, like=run()))
    assert on.replace("\u00a0", " ") == (
        "4 samples changed since the newest run. The next one takes the settings of run 7."
    )
