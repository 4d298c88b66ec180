from core.types import PredictionStatus
from dashboard.services.prediction import history
from dashboard.ui.predict import history_table
from storage.workspace.folder import Workspace
from tests.dashboard.ui.panels import classes, prediction

CLASSES = classes("Cowpox", "Healthy", "Measles")


def test_a_row_holds_the_answer_and_the_probability_of_every_class(workspace: Workspace) -> None:
    table = history.table(workspace, [prediction(0.2, 0.5, 0.3, who="ann")], CLASSES)
    (row,) = table.to_dict("records")
    assert (row["class"], row["confidence"], row["who"]) == ("Healthy", 0.5, "ann")
    assert [row[f"p {info.name}"] for info in CLASSES] == [0.2, 0.5, 0.3]
    assert history.table(workspace, [], CLASSES).empty


def test_on_screen_none_of_the_classes_is_an_answer_without_a_confidence(
    workspace: Workspace,
) -> None:
    novel = prediction(0.2, 0.5, 0.3, id=6, status=PredictionStatus.NOVEL)
    known = prediction(0.2, 0.5, 0.3, status=PredictionStatus.KNOWN)
    shown = history_table.styled(history.table(workspace, [novel, known], CLASSES)).data  # type: ignore[attr-defined]
    assert shown["No."].tolist() == [6, 5]
    assert shown["Answer"].tolist() == ["Probably none of the classes", "Healthy"]
    assert shown["Confidence"].isna().tolist() == [True, False]
    assert shown["Note"].tolist() == ["", "known"]
