import io

from PIL import Image

from dashboard.ui.evaluate import confusion_image
from tests.dashboard.ui.panels import classes, evaluation

MATRIX = ((8, 2, 0), (0, 12, 4), (1, 1, 2))


def test_the_image_of_the_matrix_is_a_png_that_grows_with_the_classes() -> None:
    small = confusion_image.png(evaluation(((3, 1), (0, 2))), classes("A", "B"), "Run 1")
    large = confusion_image.png(evaluation(MATRIX), classes("A", "B", "C"), "Run 1")
    widths = [Image.open(io.BytesIO(data)).width for data in (small, large)]
    assert widths[1] - widths[0] == confusion_image.CELL + confusion_image.GAP


def test_a_name_of_eighty_characters_fits_the_image() -> None:
    names = classes("A" * 80, "Healthy", "Measles")
    assert confusion_image.png(evaluation(MATRIX), names, "Run 1")[:4] == b"\x89PNG"
