import io
import re

from PIL import Image

from dashboard.ui.evaluate import confusion_image, confusion_table
from dashboard.ui.shared import report_table
from tests.dashboard.ui.panels import HOSTILE, classes, evaluation

NAMES = ("Cowpox", "Healthy", "Measles")
MATRIX = ((8, 2, 0), (0, 12, 4), (1, 1, 2))


def cells(html: str) -> list[str]:
    return re.findall(r"<td[^>]*class=\"cell[^>]*>.*?</td>", html)


def test_cells_stand_in_the_order_of_the_classes_true_by_row() -> None:
    html = confusion_table.html(evaluation(MATRIX), classes(*NAMES))
    shown = [int(re.search(r"<span>([\d,]+)</span>", cell).group(1)) for cell in cells(html)]  # type: ignore[union-attr]
    assert shown == [8, 2, 0, 0, 12, 4, 1, 1, 2]


def test_a_cell_says_its_share_of_the_row() -> None:
    html = confusion_table.html(evaluation(MATRIX), classes(*NAMES))
    assert "2 of 10 Cowpox predicted as Healthy" in html
    assert "<span>2</span><small>20.0\u00a0%</small>" in html


def test_the_tint_is_the_share_of_the_row_and_an_empty_cell_has_none() -> None:
    first, second, third = cells(confusion_table.html(evaluation(MATRIX), classes(*NAMES)))[:3]
    assert f"--share:{0.8 * confusion_table.STRONGEST:.1f}%" in first
    assert f"--share:{0.2 * confusion_table.STRONGEST:.1f}%" in second
    assert "--share" not in third


def test_only_the_diagonal_is_outlined() -> None:
    marked = [
        "diagonal" in cell
        for cell in cells(confusion_table.html(evaluation(MATRIX), classes(*NAMES)))
    ]
    assert marked == [True, False, False, False, True, False, False, False, True]


def test_totals_stand_at_the_margins() -> None:
    html = confusion_table.html(evaluation(MATRIX), classes(*NAMES))
    totals = re.findall(r'<td class="total">(\d+)</td>', html)
    assert totals == ["10", "16", "4", "9", "15", "6", "30"]


def test_exactly_one_cell_can_be_reached_with_the_tabulator() -> None:
    html = confusion_table.html(evaluation(MATRIX), classes(*NAMES))
    assert html.count('tabindex="0"') == 1
    assert html.count('tabindex="-1"') == 8


def test_the_fullest_mistake_comes_first() -> None:
    assert confusion_table.first_mistake(MATRIX) == (1, 2)
    assert confusion_table.first_mistake(((3, 0), (0, 4))) == (0, 0)


def test_the_chosen_cell_is_selected() -> None:
    html = confusion_table.html(evaluation(MATRIX), classes(*NAMES), (2, 0))
    assert html.count('aria-selected="true"') == 1
    (chosen,) = [cell for cell in cells(html) if 'aria-selected="true"' in cell]
    assert 'data-testid="matrix-cell-Measles-Cowpox"' in chosen
    assert 'data-true="12"' in chosen
    assert 'data-predicted="10"' in chosen


def test_a_hostile_class_name_stays_text() -> None:
    names = classes(HOSTILE, "Healthy", "Measles")
    measured = evaluation(MATRIX)
    for html in (confusion_table.html(measured, names), report_table.section(measured, names)):
        assert "<img" not in html
        assert "&lt;img" in html


def test_a_class_of_fewer_than_ten_images_is_greyed() -> None:
    html = report_table.report(evaluation(MATRIX), classes(*NAMES))
    assert re.findall(r'<tr class="few" data-testid="report-(\w+)"', html) == ["Measles"]


def test_the_report_names_the_worst_of_the_classes_with_enough_images() -> None:
    html = report_table.section(evaluation(MATRIX), classes(*NAMES))
    # Measles is worse, but four images are too few to say so.
    assert (
        "Of the classes with at least 10 images, Healthy is recognised least: "
        "75.0\u00a0% of 16\u00a0images." in html
    )
    few = report_table.section(evaluation(((3, 1), (0, 2))), classes("A", "B"))
    assert "recognised least" not in few


def test_overall_numbers_begin_with_balanced_accuracy() -> None:
    html = report_table.overall(evaluation(MATRIX))
    fields = re.findall(r'data-testid="overall-(\w+)"', html)
    assert fields == ["balanced_accuracy", "macro_f1", "accuracy"]
    assert "71.3\u00a0%" in html
    assert "60.0–80.0" in html


def test_an_interval_is_drawn_where_it_lies() -> None:
    html = report_table.track(evaluation(MATRIX).accuracy)
    assert "width:80.0%" in html
    assert "left:70.0%;width:20.0%" in html


def test_the_picture_of_the_matrix_is_a_png_that_grows_with_the_classes() -> None:
    small = confusion_image.png(evaluation(((3, 1), (0, 2))), classes("A", "B"), "Run 1")
    large = confusion_image.png(evaluation(MATRIX), classes(*NAMES), "Run 1")
    widths = [Image.open(io.BytesIO(data)).width for data in (small, large)]
    assert widths[1] - widths[0] == confusion_image.CELL + confusion_image.GAP


def test_a_name_of_eighty_characters_fits_the_picture() -> None:
    names = classes("A" * 80, "Healthy", "Measles")
    assert confusion_image.png(evaluation(MATRIX), names, "Run 1")[:4] == b"\x89PNG"
