"""Tiny pictures and whole collections of them, drawn for tests."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

FOLDS = 5
MSLD2 = {
    "Monkeypox": ("MKP", 284, 143),
    "HFMD": ("HFMD", 161, 144),
    "Healthy": ("HEALTHY", 114, 105),
    "Chickenpox": ("CHP", 75, 62),
    "Cowpox": ("CWP", 66, 41),
    "Measles": ("MSL", 55, 46),
}
"""Class -> code, pictures, patients, as published."""


def jpeg(number: int, side: int = 16) -> bytes:
    """Return a picture that differs from that of every other number (up to 4096)."""
    image = Image.new("RGB", (side, side))
    bits = [(number >> bit) & 1 for bit in range(12)]
    for bit, value in enumerate(bits):
        box = (bit % 4 * 4, bit // 4 * 4, bit % 4 * 4 + 4, bit // 4 * 4 + 4)
        image.paste((230, 200, 180) if value else (60, 30, 20), box)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def msld2_names() -> Iterator[tuple[str, str]]:
    """Yield (class, stem) of the 755 originals of 541 patients."""
    for label, (code, pictures, patients) in MSLD2.items():
        for number in range(pictures):
            patient, photo = number % patients + 1, number // patients + 1
            yield label, f"{code}_{patient:02d}_{photo:02d}"


def msld2(root: Path) -> Path:
    """Write a tree like the archive of MSLD v2.0: doubled folders, folds, copies, rubbish."""
    folds = root / "Original Images" / "Original Images" / "FOLDS"
    augmented = root / "Augmented Images" / "Augmented Images" / "FOLDS_AUG"
    dealt = random.Random(0)
    for number, (label, stem) in enumerate(msld2_names()):
        data = jpeg(number)
        home = dealt.randrange(FOLDS)
        for fold in range(1, FOLDS + 1):
            side = ("Test", "Valid", "Train", "Train", "Train")[(home + fold) % FOLDS]
            put(folds / f"fold{fold}" / side / label / f"{stem}.jpg", data)
            if side == "Train" and number % 7 == 0 and fold < 3:
                copy = augmented / f"fold{fold}_AUG" / "Train" / label
                put(copy / f"{stem}_{fold}.jpg", jpeg(1000 + number))
    put(root / "Original Images" / ".DS_Store", b"x")
    put(folds / "fold1" / "Train" / "HFMD" / ".ipynb_checkpoints" / "HFMD_01_01.jpg", jpeg(0))
    put(root / "__MACOSX" / "._HFMD_01_01.jpg", b"x")
    put(folds / "fold2" / "Thumbs.db", b"x")
    put(root / "datalog.xlsx", b"not read, the folders say the same")
    return root
