"""The confusion matrix as a PNG to take away, drawn without a browser."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from core.types import ClassInfo, Evaluation
from dashboard.ui.shared import amounts

CELL = 128
GAP = 8
LEFT = 330
TOP = 210
MARGIN = 40
INK = (23, 28, 38)
QUIET = (95, 104, 120)
PAPER = (255, 255, 255)
WASH = (244, 246, 249)
HUE = (43, 116, 192)
STRONGEST = 0.62

Box = tuple[float, float, float, float]


def png(evaluation: Evaluation, classes: Sequence[ClassInfo], title: str) -> bytes:
    """Return the matrix at twice the size of a screen: counts, row percentages, totals."""
    side = len(classes) * (CELL + GAP)
    image = Image.new("RGB", (LEFT + side + 130 + MARGIN, TOP + side + 130), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 28), title, INK, _font(34))
    patients = amounts.count(evaluation.patients, "patient")
    caption = (
        f"{amounts.count(evaluation.images, 'image')}, {patients}"
        f" · balanced accuracy {_said(evaluation)} · rows true, columns predicted"
    )
    draw.text((MARGIN, 76), caption.replace(amounts.NBSP, " "), QUIET, _font(24))
    for index, info in enumerate(classes):
        _column(draw, index, info, evaluation)
        _row(draw, index, info, evaluation)
    draw.text((MARGIN, TOP + side + 20), "predicted", QUIET, _font(24))
    draw.text((MARGIN, TOP + side + 76), "Research use. Not a diagnosis.", QUIET, _font(22))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _said(evaluation: Evaluation) -> str:
    value = evaluation.balanced_accuracy
    interval = amounts.interval(value.low, value.high).replace("–", " to ")
    return f"{amounts.percent(value.value)} [{interval}]"


def _column(draw: ImageDraw.ImageDraw, index: int, info: ClassInfo, evaluation: Evaluation) -> None:
    x = LEFT + index * (CELL + GAP)
    draw.rectangle((x + 34, TOP - 62, x + CELL - 34, TOP - 54), info.colour)
    _centred(draw, (x, TOP - 50, x + CELL, TOP - 8), info.code, _font(28), INK)
    total = sum(row[index] for row in evaluation.confusion)
    bottom = TOP + len(evaluation.confusion) * (CELL + GAP)
    _centred(draw, (x, bottom + 12, x + CELL, bottom + 50), f"{total:,}", _font(24), QUIET)


def _row(draw: ImageDraw.ImageDraw, index: int, info: ClassInfo, evaluation: Evaluation) -> None:
    y = TOP + index * (CELL + GAP)
    counts = evaluation.confusion[index]
    total = sum(counts)
    draw.rectangle((MARGIN, y + 52, MARGIN + 18, y + 76), info.colour, QUIET)
    draw.text((MARGIN + 30, y + 48), _fit(draw, f"{info.code}  {info.name}", 250), INK, _font(24))
    for column, n in enumerate(counts):
        _cell(draw, (index, column), n, total)
    x = LEFT + len(counts) * (CELL + GAP)
    _centred(draw, (x, y, x + 120, y + CELL), f"{total:,}", _font(24), QUIET)


def _cell(draw: ImageDraw.ImageDraw, at: tuple[int, int], n: int, total: int) -> None:
    row, column = at
    x, y = LEFT + column * (CELL + GAP), TOP + row * (CELL + GAP)
    share = n / total if total else 0.0
    fill = tuple(round(w + (h - w) * share * STRONGEST) for w, h in zip(WASH, HUE, strict=True))
    edge = INK if row == column else None
    draw.rounded_rectangle((x, y, x + CELL, y + CELL), 10, fill, edge, 3)
    middle = y + (76 if n else CELL)
    _centred(draw, (x, y + (18 if n else 0), x + CELL, middle), f"{n:,}", _font(38), INK)
    if n:
        percentage = amounts.percent(share).replace(amounts.NBSP, " ")
        _centred(draw, (x, y + 74, x + CELL, y + 112), percentage, _font(22), INK)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _fit(draw: ImageDraw.ImageDraw, words: str, width: int) -> str:
    """Return the words, shortened with dots until they fit."""
    if draw.textlength(words, _font(24)) <= width:
        return words
    while words and draw.textlength(words + "...", _font(24)) > width:
        words = words[:-1]
    return words.rstrip() + "..."


def _centred(
    draw: ImageDraw.ImageDraw,
    box: Box,
    words: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    fill: tuple[int, int, int],
) -> None:
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    draw.text(middle, words, fill, font, anchor="mm")
