"""Two runs side by side."""

from dataclasses import replace

import pytest

from core.jobs.spec_difference import Change, DataDifference, Relabelled
from core.types import ClassId, Difference, SampleId
from dashboard.services.runs import comparison_tables
from dashboard.services.runs.run_comparison import Pair, RunDifference
from dashboard.ui.train import comparison
from tests.dashboard.ui.panels import HOSTILE, evaluation, run

MATRIX = ((8, 2), (1, 9))
GAIN = Difference(
    before=0.5, after=0.6, value=0.1, low=0.02, high=0.18, images=20, patients=9, mended=3, broken=1
)
MEASURED = {"validation": evaluation(MATRIX)}
FOUND = RunDifference(
    before=run(number=1, evaluations=MEASURED),
    after=run(number=2, evaluations=MEASURED),
    settings=(Change(name="seed", before=0, after=5),),
    versions=(),
    data=DataDifference(
        added=(SampleId("a"),),
        removed=(),
        relabelled=(Relabelled(sample=SampleId("b"), before=ClassId(10), after=None),),
        moved=(),
        shared=41,
    ),
    files={SampleId("a"): "new.png", SampleId("b"): HOSTILE},
    on="validation",
    metrics=(Pair(name="accuracy", before=evaluation(MATRIX).accuracy, after=None),),
    paired=GAIN,
    why_not="",
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\\", "")


def test_the_verdict_says_who_is_right_on_how_many_patients() -> None:
    words = plain(comparison.verdict(FOUND))
    assert "Run 2 against run 1" in words
    assert "Better: balanced accuracy +10.0 points (95 %: +2.0 to +18.0)" in words
    assert "on the same 20 images of 9 patients" in words
    assert "41 samples in both, 2 differences" in words


def test_metrics_settings_and_samples_are_tables() -> None:
    metrics = comparison.metrics(FOUND).data
    assert metrics["Run 1"].tolist() == [0.8]
    assert metrics["Run 2"].isna().tolist() == [True]
    changes = comparison.changes(FOUND)
    assert changes[["Differs", "Run 1", "Run 2"]].to_numpy().tolist() == [["Seed", "0", "5"]]
    samples = comparison_tables.samples(FOUND, {ClassId(10): "Measles"})
    assert samples.to_numpy().tolist() == [
        ["new.png", "added", "", ""],
        [HOSTILE, "relabelled", "Measles", "no label"],
    ]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.2, "Better"), (-0.2, -0.01, "Worse"), (-0.1, 0.2, "No clear difference")],
)
def test_a_difference_is_called_one_only_where_its_interval_leaves_zero_out(
    low: float, high: float, said: str
) -> None:
    assert comparison.sentence(replace(GAIN, low=low, high=high)).startswith(f"{said}:")


def test_runs_of_two_split_versions_say_why_they_are_not_compared() -> None:
    words = comparison.verdict(replace(FOUND, paired=None, why_not="Their patients differ."))
    assert "Their patients differ" in words
    assert "Better" not in words


def test_a_leaky_run_is_said_to_flatter() -> None:
    leaky = replace(FOUND, after=replace(FOUND.after, leaky=True))
    assert "flatter" in comparison.verdict(leaky)


def test_without_a_job_file_the_samples_are_not_compared() -> None:
    gone = replace(FOUND, data=None)
    assert "a job file is gone" in comparison.verdict(gone)
    assert comparison_tables.samples(gone, {}).empty
