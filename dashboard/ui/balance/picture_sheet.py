"""Pictures made for looking at: what augmentation does, and the way into the network."""

import base64
import io
from collections.abc import Sequence

from PIL import Image

from core.types import ClassId, ClassInfo
from dashboard.services.splits.balance import SheetRow
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

QUALITY = 82


def data_uri(image: Image.Image, side: int) -> str:
    """Return the image, no larger than `side` pixels, as an address that holds its bytes."""
    small = image.convert("RGB")
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=QUALITY)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def sheet(
    rows: Sequence[SheetRow],
    classes: Sequence[ClassInfo],
    *,
    strength: str,
    strengths: Sequence[str],
    seed: int,
) -> str:
    """Return originals with augmented pictures beside them, and a way to draw others."""
    choice = "".join(
        f'<button type="button" data-do="sheet" data-strength="{name}" data-seed="{seed}" '
        f'aria-pressed="{str(name == strength).lower()}" data-testid="strength-{name}">'
        f"{name.capitalize()}</button>"
        for name in strengths
    )
    again = markup.button("Draw again", "sheet", strength=strength, seed=seed + 1, testid="redraw")
    known: dict[ClassId, ClassInfo] = {info.id: info for info in classes}
    body = "".join(_row(row, known[row.class_id]) for row in rows)
    return (
        '<section class="card stack" data-testid="augmented-sheet"><div class="spread">'
        '<h2>What does augmentation make of them?</h2><div class="row">'
        f'<div class="segments" role="group" aria-label="Strength">{choice}</div>{again}</div>'
        f'</div><div class="sheet">{body}</div><p class="quiet">Left the original, beside it what '
        "training may see instead: made anew in every epoch, never stored, never in validation or "
        "test.</p></section>"
    )


def _row(row: SheetRow, info: ClassInfo) -> str:
    name = text(info.name)
    made = "".join(
        f'<img src="{data_uri(image, 160)}" alt="{name}, augmented">' for image in row.copies
    )
    return (
        f'<figure><div class="strip"><img class="original" src="{data_uri(row.original, 160)}" '
        f'alt="{name}, original">{made}</div>'
        f"<figcaption>{markup.chip(info)}</figcaption></figure>"
    )


def steps(pictures: Sequence[tuple[str, Image.Image]], *, file: str, offset: int) -> str:
    """Return one picture on its way into the network, step by step."""
    figures = "".join(
        f'<figure><img src="{data_uri(image, 320)}" alt="{text(caption)}">'
        f"<figcaption>{text(caption)}</figcaption></figure>"
        for caption, image in pictures
    )
    another = markup.button("Another picture", "steps", offset=offset + 1, testid="another-picture")
    return (
        '<section class="card stack" data-testid="picture-steps"><div class="spread">'
        f"<h2>How does a picture reach the network?</h2>{another}</div>"
        f'<div class="steps">{figures}</div><p class="quiet file">{text(file)}</p></section>'
    )
