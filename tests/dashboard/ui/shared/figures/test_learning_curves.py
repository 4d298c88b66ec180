"""Learning curves: what is drawn, what is marked, what is said."""

from dashboard.services.runs.progress import Epoch
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.figures import learning_curves
from tests.dashboard.ui.panels import epochs

COUNTS = {"train": 1229, "validation": 57, "test": 70}


def score(told: tuple[Epoch, ...], *, alive: bool = False) -> Chart:
    made = learning_curves.score(told, 20, alive=alive, images=COUNTS)
    assert made is not None
    return made


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_every_epoch_is_a_point_of_both_lines_and_a_row_of_the_table() -> None:
    chart = score(epochs(0.2, 0.6, 0.5))
    assert [list(trace.y) for trace in chart.figure.data] == [[0.2, 0.6, 0.5]] * 2
    assert chart.table["epoch"].tolist() == [1, 2, 3]


def test_the_best_epoch_is_marked_where_macro_f1_was_highest() -> None:
    chart = score(epochs(0.2, 0.6, 0.5), alive=True)
    (line,) = chart.figure.layout.shapes
    assert (line.x0, line.x1) == (2, 2)
    assert "best epoch so far, 2" in chart.caption


def test_of_epochs_with_equal_macro_f1_the_one_that_the_loop_kept_is_marked() -> None:
    assert score(epochs(0.2, 0.6, 0.6, 0.5)).figure.layout.shapes[0].x0 == 3


def test_the_best_epochs_figure_is_told_from_the_last_ones() -> None:
    words = plain(score(epochs(0.2, 0.6, 0.5)).caption)
    assert "Dotted: best epoch, 2, with macro-F1 60.0 %: that one is kept." in words
    assert "The curves end with epoch 3." in words
    last = plain(score(epochs(0.2, 0.6)).caption)
    assert "best epoch, 2, with macro-F1 60.0 %; it is the last one, too." in last


def test_a_fitted_head_that_no_epoch_beats_is_said_to_be_best() -> None:
    head = Epoch(number=0, total=20, macro_f1=0.7, balanced_accuracy=0.7, best=True)
    later = Epoch(number=1, total=20, macro_f1=0.6, balanced_accuracy=0.6)
    assert "fine-tuning has not helped" in score((head, later)).caption
    assert "The first epoch runs." in score((head,), alive=True).caption


def test_the_axis_of_a_live_run_reaches_to_the_planned_epochs() -> None:
    assert score(epochs(0.2), alive=True).figure.layout.xaxis.range[1] > 20
    assert score(epochs(0.2, 0.3)).figure.layout.xaxis.range[1] < 3


def test_captions_name_how_many_images_the_curves_rest_on() -> None:
    loss = learning_curves.loss(epochs(0.2), 20, alive=False, images=COUNTS)
    assert loss is not None
    assert "on 1,229 training and 57 validation images; lower is better." in plain(loss.caption)
    assert plain(score(epochs(0.2)).caption).startswith("On 57 validation images.")


def test_a_run_that_trains_on_folds_alone_or_has_not_begun_has_no_curves() -> None:
    assert learning_curves.loss(epochs(0.2), 0, alive=True, images={}) is None
    assert learning_curves.score((), 20, alive=False, images={}) is None
    assert learning_curves.score((), 20, alive=True, images={}) is not None
