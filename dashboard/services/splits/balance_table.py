"""How much there is of each class on each side of the split, as a table."""

from itertools import chain

import pandas as pd

from core.types import Split
from dashboard.services.splits.balance import BalanceReport

SIDES: dict[Split | None, str] = {
    Split.TRAIN: "Train",
    Split.VALIDATION: "Validation",
    Split.TEST: "Test",
    Split.WITHHELD: "Withheld",
    None: "Not split",
}
ALL = "All"
MEASURES = ("images", "patients")


def table(report: BalanceReport) -> pd.DataFrame:
    """Return images and patients of each class (rows) on each side (columns "Train images", ...).

    The last row and the last two columns are "All". Images add up there; patients do not: one
    whose photographs bear two classes counts once.
    """
    counted = {(row.class_id, row.split): (row.images, row.patients) for row in report.rows}
    sides = _sides(report)
    rows: list[tuple[object, ...]] = []
    for info in report.classes:
        cells = [counted.get((info.id, side), (0, 0)) for side in sides]
        images = sum(cell[0] for cell in cells)
        patients = report.totals.by_class.get(info.id, 0)
        rows.append((info.name, *chain(*cells), images, patients))
    below = [(_images(report, side), report.totals.by_split.get(side, 0)) for side in sides]
    images = sum(cell[0] for cell in below)
    rows.append((ALL, *chain(*below), images, report.totals.patients))
    names = [*(SIDES[side] for side in sides), ALL]
    heads = [f"{name} {measure}" for name in names for measure in MEASURES]
    return pd.DataFrame(rows, columns=["Class", *heads])


def _sides(report: BalanceReport) -> list[Split | None]:
    """Return train, validation and test once there is a split, others where they occur."""
    occurring = {row.split for row in report.rows}
    ordinary = (Split.TRAIN, Split.VALIDATION, Split.TEST)
    shown = ordinary if occurring.intersection(ordinary) else ()
    return [*shown, *(side for side in (Split.WITHHELD, None) if side in occurring)]


def _images(report: BalanceReport, side: Split | None) -> int:
    return sum(row.images for row in report.rows if row.split == side)
