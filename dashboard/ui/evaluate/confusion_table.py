"""The confusion matrix as a grid of cells that open their photographs."""

from collections.abc import Sequence

from core.types import ClassInfo, Evaluation
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

STRONGEST = 62
"""Percentage of the hue in a cell that holds its whole row; text stays readable on it."""
NAMES_IN_COLUMNS = 8
"""With more classes than this the column heads show codes alone."""

Position = tuple[int, int]


def html(
    evaluation: Evaluation, classes: Sequence[ClassInfo], selected: Position | None = None
) -> str:
    """Return the matrix: rows true, columns predicted, both in the order of `classes`.

    `selected` is (row, column) of the cell whose photographs are shown beside it.
    """
    narrow = " many" if len(classes) > NAMES_IN_COLUMNS else ""
    focus = selected or first_mistake(evaluation.confusion)
    rows = "".join(
        _row(evaluation, classes, index, selected, focus) for index in range(len(classes))
    )
    return (
        f'<div class="scroll" data-context data-run="{text(evaluation.run)}" '
        f'data-split="{text(evaluation.split)}">'
        f'<table class="matrix{narrow}" role="grid" data-testid="matrix" '
        'aria-label="Confusion matrix: rows true class, columns predicted class">'
        f"{_head(classes)}<tbody>{rows}</tbody>{_foot(evaluation, len(classes))}</table></div>"
        '<p class="quiet keys"><kbd>←</kbd> <kbd>↑</kbd> <kbd>→</kbd> <kbd>↓</kbd> move, '
        "<kbd>Enter</kbd> opens the photographs of a cell. Tint: share of the row.</p>"
    )


def first_mistake(confusion: Sequence[Sequence[int]]) -> Position:
    """Return the fullest cell off the diagonal, where a look pays first."""
    cells = [
        (n, -row, -column)
        for row, line in enumerate(confusion)
        for column, n in enumerate(line)
        if row != column and n
    ]
    if not cells:
        return (0, 0)
    _, row, column = max(cells)
    return (-row, -column)


def _head(classes: Sequence[ClassInfo]) -> str:
    heads = "".join(
        f'<th scope="col" title="predicted {text(info.name)}"><span class="head">'
        f'<i style="background:{text(info.colour)}"></i><b>{text(info.code)}</b>'
        f"<span>{text(info.name)}</span></span></th>"
        for info in classes
    )
    return (
        '<thead><tr><th class="corner" scope="col">true ↓ predicted →</th>'
        f'{heads}<th scope="col" class="total">images</th></tr></thead>'
    )


def _row(
    evaluation: Evaluation,
    classes: Sequence[ClassInfo],
    row: int,
    selected: Position | None,
    focus: Position,
) -> str:
    counts = evaluation.confusion[row]
    total = sum(counts)
    cells = "".join(
        _cell(classes, (row, column), n, total, selected=selected, focus=focus)
        for column, n in enumerate(counts)
    )
    few = ' class="few"' if total < markup.FEW else ""
    return (
        f'<tr{few}><th scope="row">{markup.chip(classes[row])}</th>{cells}'
        f'<td class="total">{total:,}</td></tr>'
    )


def _cell(
    classes: Sequence[ClassInfo],
    at: Position,
    n: int,
    total: int,
    *,
    selected: Position | None,
    focus: Position,
) -> str:
    row, column = at
    share = n / total if total else 0.0
    true, predicted = classes[row], classes[column]
    said = f"{n} of {total} {true.name} predicted as {predicted.name}"
    values = {
        "role": "gridcell",
        "class": " ".join(
            part
            for part, wanted in (
                ("cell", True),
                ("diagonal", row == column),
                ("zero", n == 0),
            )
            if wanted
        ),
        "style": f"--share:{share * STRONGEST:.1f}%" if n else None,
        "tabindex": 0 if at == focus else -1,
        "aria-selected": "true" if at == selected else "false",
        "aria-label": said,
        "title": said,
        "data-row": row,
        "data-column": column,
        "data-true": true.id,
        "data-predicted": predicted.id,
        "data-testid": f"matrix-cell-{true.name}-{predicted.name}",
    }
    small = f"<small>{markup.percent(share)}</small>" if n else "<small></small>"
    return f"<td{markup.attributes(values)}><span>{n:,}</span>{small}</td>"


def _foot(evaluation: Evaluation, k: int) -> str:
    columns = [sum(row[column] for row in evaluation.confusion) for column in range(k)]
    cells = "".join(f'<td class="total">{n:,}</td>' for n in columns)
    return (
        f'<tfoot><tr><th scope="row">predicted</th>{cells}'
        f'<td class="total">{sum(columns):,}</td></tr></tfoot>'
    )
