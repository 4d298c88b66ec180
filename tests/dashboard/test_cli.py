"""The command line: documents, exit codes, and what goes to stdout and what to stderr."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.commands import following, opening
from dashboard.schemas.documents.training import TrainedRun
from dashboard.services.runs.trainer import Trainer

pytestmark = pytest.mark.process

CLASSES = ("Chickenpox", "Cowpox", "Measles")
PER_CLASS = 20


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """A workspace of its own, and the folder it was imported from."""

    folder: Path
    source: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> Said:
        done = CliRunner().invoke(app, [*arguments, "--workspace", str(self.folder)], input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        said = self(*arguments, "--json")
        assert said.code == 0, said.err
        return said.document


def _pictures(folder: Path) -> Path:
    """Draw 60 pictures of 30 patients, two each; the first patient's are one picture twice."""
    lines = ["file,label,patient"]
    for number in range(PER_CLASS * len(CLASSES)):
        label = CLASSES[number // 2 % len(CLASSES)]
        hue = CLASSES.index(label) * 80
        shade = 100 if number < 2 else 100 + number
        name = f"{number:02d}.png"
        Image.new("HSV", (48, 48), (hue, 200, shade)).convert("RGB").save(folder / name)
        lines.append(f"{name},{label},p{number // 2:02d}")
    table = folder / "pictures.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    source = tmp_path_factory.mktemp("pictures")
    project = Project(tmp_path_factory.mktemp("imported") / "workspace", source)
    said = project("import", str(_pictures(source)), "--yes", "--json")
    assert said.code == 0, said.err
    return project


@pytest.fixture
def project(imported: Project, tmp_path: Path) -> Project:
    folder = tmp_path / "workspace"
    shutil.copytree(imported.folder, folder)
    return Project(folder, imported.source)


@pytest.fixture(scope="module")
def trained_once(imported: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("trained") / "workspace"
    shutil.copytree(imported.folder, folder)
    made = Project(folder, imported.source)
    settings = "--init random --image-size 32 --epochs 3 --batch-size 8"
    said = made("train", *settings.split(), "--json")
    assert said.code == 0, said.err
    assert "per epoch, at most" in said.err
    (folder.parent / "train.json").write_text(said.out)
    return made


@pytest.fixture
def trained(trained_once: Project, tmp_path: Path) -> Project:
    folder = tmp_path / "workspace"
    shutil.copytree(trained_once.folder, folder)
    return Project(folder, trained_once.source)


def test_importing_says_what_came_in_and_a_second_time_that_it_is_known(project: Project) -> None:
    again = project.json("import", str(project.source / "pictures.csv"), "--yes")
    assert (again["files_seen"], again["added"], again["known"]) == (60, 0, 60)
    assert (again["samples"], again["patients"], again["groups"]) == (59, 30, 30)
    assert again["duplicates"] == [["00.png", "01.png"]]
    assert again["classes"]["Cowpox"] == {"images": 20, "patients": 10}
    assert {"skipped", "conflicts", "children", "seconds"} <= set(again)


def test_a_dry_run_tells_the_same_and_writes_nothing(imported: Project, tmp_path: Path) -> None:
    fresh = Project(tmp_path / "nowhere", imported.source)
    told = fresh.json("import", str(imported.source / "pictures.csv"), "--dry-run")
    assert (told["dry_run"], told["files_seen"], told["samples"]) == (True, 60, 59)
    assert not fresh.folder.exists()


def test_without_a_yes_and_with_nobody_to_ask_an_import_writes_nothing(
    imported: Project, tmp_path: Path
) -> None:
    fresh = Project(tmp_path / "new", imported.source)
    said = fresh("import", str(imported.source / "pictures.csv"))
    assert said.code == 1
    assert "there is nobody to ask. Add --yes" in said.err
    assert fresh("samples", "--ids").out == ""


def test_samples_are_listed_with_everything_that_is_known_of_them(project: Project) -> None:
    rows = project.json("samples", "--label", "Measles")
    assert len(rows) == 20
    row = rows[0]
    assert (row["file"], row["label"], row["imported_label"]) == ("04.png", "Measles", "Measles")
    assert (row["patient"], row["patients"], row["status"]) == ("p02", ["p02"], "new")
    assert {"id", "files", "group", "split", "source"} <= set(row)


def test_a_relabel_stands_in_the_samples_and_in_the_history(project: Project) -> None:
    told = project.json("relabel", "04.png", "05.png", "--to", "cowpox", "--as", "Ann")
    assert (told["applied"], told["refused"]) == (2, [])
    rows = {row["file"]: row for row in project.json("samples")}
    assert (rows["04.png"]["label"], rows["04.png"]["status"]) == ("Cowpox", "relabelled")
    first, second = project.json("history")
    assert (first["kind"], first["who"], first["applied"]) == ("relabel", "Ann", True)
    shown = [[row[key] for key in ("label", "status", "patient")] for row in _states(first)]
    assert shown == [["Measles", "new", "p02"], ["Cowpox", "relabelled", "p02"]]
    assert first["batch"] == second["batch"] == told["batch"]
    assert {"number", "sample", "undoes", "when", "reason", "note", "suggested_by"} <= set(first)


def _states(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row["before"], row["after"]]


@pytest.mark.parametrize(
    ("command", "status"), [("keep", "kept"), ("exclude", "excluded"), ("unsure", "unsure")]
)
def test_a_plain_decision_sets_the_status(project: Project, command: str, status: str) -> None:
    assert project.json(command, "10.png")["applied"] == 1
    (row,) = project.json("samples", "--text", "10.png")
    assert row["status"] == status


def test_an_excluded_sample_comes_back_with_restore(project: Project) -> None:
    project.json("exclude", "10.png")
    assert project.json("restore", "10.png")["applied"] == 1
    (row,) = project.json("samples", "--text", "10.png")
    assert row["status"] == "new"


def test_setting_no_patient_says_that_the_patient_is_unknown(project: Project) -> None:
    for nobody in ("   ", "\u200b", ""):
        assert (
            "1 sample now of an unknown patient"
            in project("set-patient", "10.png", "--to", nobody).out
        )
        (row,) = project.json("samples", "--text", "10.png")
        assert row["patient"] is None


def test_a_patient_can_be_set_and_the_groups_follow(project: Project) -> None:
    project.json("set-patient", "10.png", "--patient", "p02")
    rows = {row["file"]: row for row in project.json("samples")}
    assert rows["10.png"]["patient"] == "p02"
    assert rows["10.png"]["group"] == rows["04.png"]["group"] != rows["11.png"]["group"]


def test_undo_takes_the_last_own_batch_back_and_redo_brings_it_again(project: Project) -> None:
    project.json("relabel", "04.png", "05.png", "--to", "Cowpox", "--as", "Ann")
    project.json("exclude", "10.png", "--as", "Ben")
    assert project.json("undo", "--as", "Ann")["applied"] == 2
    rows = {row["file"]: row for row in project.json("samples")}
    assert (rows["04.png"]["label"], rows["10.png"]["status"]) == ("Measles", "excluded")
    assert project.json("redo", "--as", "Ann")["applied"] == 2
    (row,) = project.json("samples", "--text", "04.png")
    assert row["label"] == "Cowpox"


def test_ids_come_out_and_go_in_line_by_line(project: Project) -> None:
    ids = project("samples", "--label", "Measles", "--ids").out
    assert len(ids.split()) == 20
    said = project("keep", "-", "--json", stdin=ids)
    assert said.document["applied"] == 20


def test_classes_are_listed_with_their_keys_and_can_be_renamed(project: Project) -> None:
    rows = project.json("classes")
    assert [row["class"] for row in rows] == list(CLASSES)
    assert project("classes", "rename", "Cowpox", "Vaccinia").code == 0
    assert len(project.json("samples", "--label", "Vaccinia")) == 20


def test_the_split_is_made_once_and_anew_only_on_request(project: Project) -> None:
    first = project.json("split")
    assert project.json("split") == first
    fresh = project.json("split", "--new-version", "--seed", "5")
    assert fresh["split_version"] == first["split_version"] + 1
    sides = {}
    for row in project.json("samples"):
        sides.setdefault(row["patient"], set()).add(row["split"])
    assert all(len(found) == 1 for found in sides.values())


def test_balance_says_rows_plan_and_leaks(project: Project) -> None:
    project.json("split")
    told = project.json("balance")
    assert sum(row["images"] for row in told["rows"]) == 59
    assert set(told["rows"][0]) >= {"class", "split", "images", "patients"}
    assert told["leaks"] == []
    assert {"method", "target"} <= set(told["plan"])


def test_a_training_tells_its_scores_on_stdout_and_its_course_on_stderr(
    trained_once: Project,
) -> None:
    told = json.loads((trained_once.folder.parent / "train.json").read_text())
    assert (told["status"], told["preset"], told["seed"]) == ("finished", "balanced", 0)
    assert told["leaky"] is False
    test = told["evaluations"]["test"]
    assert test["images"] == sum(sum(row) for row in test["confusion"]) > 0
    metric = test["metrics"]["balanced_accuracy"]
    assert 0 <= metric["low"] <= metric["value"] <= metric["high"] <= 1
    expected = "run backbone epochs best_epoch seconds images_per_second fingerprint"
    assert set(f"{expected} split_version test_version folds out_of_fold".split()) <= set(told)
    assert 0 < told["estimate"]["seconds_per_epoch"] < told["estimate"]["seconds_at_most"]


def test_people_are_told_validation_and_how_to_open_test(
    trained: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with opening.workspace(trained.folder) as workspace:
        trainer = Trainer(workspace, serving=False)
        run = trainer.get("1")
        following.tell(trainer, run, TrainedRun.of, as_json=False)
    said = capsys.readouterr().out
    assert "validation: balanced accuracy" in said
    assert "test: balanced accuracy" not in said
    assert f"ai-mpox evaluate {run.id} --split test" in said
    # The document that this run ended with holds test: that was counted, and nothing else.
    assert trained.json("runs")[0]["test_opened"] == 1


def test_runs_lists_the_run_and_evaluate_measures_it(trained: Project) -> None:
    (row,) = trained.json("runs")
    assert (row["status"], row["active"], row["test_opened"]) == ("finished", True, 1)
    assert set(row["validation"]) == {"balanced_accuracy", "macro_f1"}
    validation = trained.json("evaluate")
    assert (validation["run"], validation["split"]) == (row["run"], "validation")
    assert validation["class_names"] == list(CLASSES)
    assert set(validation["classes"][0]) >= {"class", "precision", "recall", "f1", "images"}
    trained.json("evaluate", row["run"], "--split", "test")
    assert trained.json("runs")[0]["test_opened"] == 2
    csv = trained("evaluate", "1", "--csv").out.splitlines()
    assert csv[0].startswith("class,")
    assert len(csv) >= 1 + len(CLASSES)


def test_a_run_can_be_used_and_what_has_ended_can_neither_stop_nor_resume(
    trained: Project,
) -> None:
    assert trained.json("use", "1")["active"] is True
    for command in ("stop", "pause", "resume", "hide"):
        said = trained(command, "1", "--json")
        assert said.code == 1
        assert set(said.document["error"]) == {"title", "message", "hint"}
    assert trained("resume", "1", "--batch", "4").code == 1
    assert trained("resume", "1", "--batch", "0").code == 2


def test_a_number_of_devices_that_cannot_be_starts_no_run(trained: Project) -> None:
    said = trained("train", "--devices", "65", "--json")
    assert said.code == 1
    assert "devices must lie between 0 and 64" in said.document["error"]["message"]
    assert len(trained.json("runs")) == 1


def test_predicting_stores_and_promoting_adds_to_the_training_pool(
    trained: Project, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), (10, 200, 90)).save(tmp_path / "new.png")
    (tmp_path / "broken.jpg").write_text("no picture")
    rows = trained.json(
        "predict",
        str(tmp_path / "new.png"),
        str(trained.source / "04.png"),
        str(tmp_path / "broken.jpg"),
    )
    new, known, broken = rows
    assert abs(sum(new["probabilities"].values()) - 1) < 1e-6
    assert new["status"] in ("ok", "novel")
    assert (known["status"], broken["status"]) == ("known", "unusable")
    assert known["sample"] == trained.json("samples", "--text", "04.png")[0]["id"]
    told = trained.json(
        "promote", str(new["prediction"]), "--to", "Cowpox", "--patient", "new patient"
    )
    assert told["applied"] == 1
    (row,) = trained.json("samples", "--text", "new.png")
    assert (row["label"], row["patient"], row["split"]) == ("Cowpox", "new patient", "train")


def test_predicting_without_a_model_is_an_expected_failure(project: Project) -> None:
    said = project("predict", str(project.source / "04.png"), "--json")
    assert said.code == 1
    error = said.document["error"]
    assert "no active" in error["message"].lower()
    assert error["hint"]
    assert error["message"] in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["relabel", "04.png", "--to", "Smallpox"], "Smallpox"),
        (["relabel", "nobody.png", "--to", "Cowpox"], "nobody.png"),
        (["import", "/no/such/folder", "--yes"], "/no/such/folder"),
        (["evaluate", "77"], "77"),
        (["train", "--preset", "instant"], "instant"),
        (["train", "--init", "missing.safetensors"], "missing.safetensors"),
        (["undo"], "undo"),
        (["train", "--backbone", "mobilnetv3_small"], "mobilenetv3_small_"),
        (["train", "--as-of", "last May"], "last May"),
        (["train", "--as-of", "2020-01-01", "--init", "random"], "0 classes"),
        (["train", "--as-of", "2999-01-01"], "'2999-01-01' is yet to come"),
        (["samples", "--as-of", "2999-01-01"], "'2999-01-01' is yet to come"),
        (["keep", "04.png", "--note", "n" * 501], "501 characters; it may have at most 500"),
        (["keep", "04.png", "--as", "n" * 81], "81 characters; it may have at most 80"),
        (["set-patient", "04.png", "--to", "n" * 201], "201 characters; it may have at most 200"),
        (["train", "--like", "1"], "no run '1'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_1(
    project: Project, arguments: list[str], words: str
) -> None:
    said = project(*arguments)
    assert said.code == 1
    assert said.out == ""
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["relabel", "04.png"], ["train", "--nonsense"], ["fly"]])
def test_wrong_usage_is_code_2(project: Project, arguments: list[str]) -> None:
    assert project(*arguments).code == 2


def test_a_workspace_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    nothing = Project(tmp_path / "nothing", tmp_path)
    assert nothing("samples").code == 1
    assert not nothing.folder.exists()


def test_issues_rank_every_labelled_sample_with_a_reason(project: Project) -> None:
    project.json("relabel", "04.png", "--to", "Cowpox")
    rows = project.json("issues", "--backbone", "mobilenetv3_small_050", "--init", "random")
    assert len(rows) == 59
    assert set(rows[0]) >= {"sample", "kind", "score", "suggested_label", "related"}
    assert rows[0]["file"] == "04.png"
    assert rows[0]["suggested_label"] == "Measles"
    assert rows[0]["reason"].startswith("Pictures like it say Measles (")
    assert all(0 <= row["score"] <= 1 for row in rows)


def test_a_view_is_synced_and_rebuilt(project: Project) -> None:
    assert project.json("sync") == {"projected": 59, "decided": 0, "refused": []}
    project.json("exclude", "04.png")
    assert project.json("sync")["projected"] == 1
    assert project.json("sync", "--rebuild")["projected"] == 59


def test_the_doctor_lists_checks_with_findings_and_hints(project: Project) -> None:
    rows = project.json("doctor")
    assert {"check", "ok", "found", "hint"} <= set(rows[0])
    assert all(row["hint"] for row in rows if not row["ok"])


def test_the_installed_command_answers_help_with_every_command(project: Project) -> None:
    # Where Python finds the tests' own packages, the command is found beside it.
    command = shutil.which("ai-mpox", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert listed >= {
        *("demo", "serve", "import", "samples", "relabel", "keep", "exclude", "restore"),
        *("set-patient", "promote", "undo", "redo", "history", "classes", "split", "balance"),
        *("train", "stop", "pause", "resume", "runs", "hide", "unhide", "evaluate", "use"),
        *("predict", "sync", "doctor"),
    }


def test_the_ledger_is_taken_away_and_labels_of_a_day_are_listed(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.csv"
    project.json("relabel", "04.png", "--to", "Measles", "--as", "ann")
    assert project.json("ledger", "export", str(file))["rows"] >= 1
    assert project.json("ledger", "import", str(file))["applied"] == 0
    then = project.json("samples", "--as-of", "2020-01-01")
    assert then == []
    today = f"{datetime.now():%Y-%m-%d}"
    assert len(project.json("samples", "--as-of", today)) == len(project.json("samples"))
    assert project.json("agreement")["pairs"] == []
    undone = project.json("undo", "--since", "2020-01-01", "--as", "ann")
    assert undone["applied"] == 1


def test_a_run_like_another_is_compared_with_it_looked_at_and_hidden(trained: Project) -> None:
    trained.json("relabel", "04.png", "--to", "Cowpox")
    told = trained.json("train", "--like", "1", "--seed", "4")
    assert (told["status"], told["seed"], told["preset"]) == ("finished", 4, "balanced")
    found = trained.json("runs", "--diff", "1", "2")
    assert found["settings"] == {"seed": {"before": 0, "after": 4}}
    (changed,) = found["data"]["relabelled"]
    assert (changed["file"], changed["before"], changed["after"]) == ("04.png", "Measles", "Cowpox")
    assert found["metrics"]["macro_f1"]["before"]["value"] >= 0
    assert found["paired"]["low"] <= found["paired"]["value"] <= found["paired"]["high"]
    words = trained("runs", "--diff", "1", "2").out
    for said in ("seed", "1 relabelled", "04.png: Measles -> Cowpox", "On the same"):
        assert said in words
    shown = trained.json("runs", "--show", "2")
    assert (shown["repeats"], shown["settings"]["seed"]) == (1, 4)
    assert {"hardware", "versions", "cost", "images", "log", "traceback"} <= set(shown)
    assert "Epoch 3: " in trained("runs", "--show", "2").out
    trained.json("hide", "2")
    assert [row["number"] for row in trained.json("runs")] == [1]
    assert len(trained.json("runs", "--hidden")) == 2
    trained.json("unhide", "2")
    assert len(trained.json("runs")) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--like", "1", "--preset", "quick"], "not from both"),
        (["--repeat", "1", "--seed", "5"], "nothing can be changed"),
    ],
)
def test_two_beginnings_of_one_run_are_refused(
    trained: Project, options: list[str], words: str
) -> None:
    said = trained("train", *options)
    assert said.code == 1
    assert words in said.err
    assert len(trained.json("runs")) == 1
