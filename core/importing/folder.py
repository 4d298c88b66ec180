"""Folders of images: MSLD v1 and v2.0, MCVSLD, and any `[fold/][split/]class/image` tree.

Originals come first in the plan, augmented copies after them, each bound to its original by the
key that its name gives.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data import class_names
from core.imaging import decode
from core.importing import names, paths
from core.importing.files import Tree
from core.importing.names import FileName
from core.types import ImportPlan, PlannedSource, Skipped, Split

_WRAPPER = re.compile(
    r"^(original([_ -]?(images|data))?|folds?|images?|data|dataset|versions)$", re.I
)
_OTHERS = frozenset({"others", "other"})
_BESIDE = frozenset({"datalog.xlsx"})
"""Files of known collections that only repeat the folders' labels."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What the folders above a file mean."""

    fold: int | None
    split: Split | None
    augmented: bool
    folders: tuple[str, ...]
    """What is left: the class among them."""


def plan(tree: Tree) -> ImportPlan:
    """Plan the import of a folder (or zip) that has no table."""
    files, others = _sorted_out(tree)
    family = names.family_of(files)
    layout = family or "image folder"
    places = _unwrapped([_place(name) for name in files])
    planned = [
        _source(tree, name, place, family) for name, place in zip(files, places, strict=True)
    ]
    keys = {source.key for source in planned if source.parent is None and source.key}
    kept: list[PlannedSource] = []
    skipped = [*tree.skipped, *others]
    for source in planned:
        reason = _why_not(source, keys)
        if reason:
            skipped.append(Skipped(file=source.file, reason=reason))
        else:
            kept.append(source)
    kept.sort(key=lambda source: source.parent is not None)
    return ImportPlan(
        root=tree.root,
        layout=layout,
        sources=tuple(kept),
        skipped=tuple(skipped),
        notes=(*_disagreements(kept, family), *_others_note(places, family)),
    )


def _sorted_out(tree: Tree) -> tuple[list[str], list[Skipped]]:
    """Separate images (by suffix; a file without one may be one) from everything else."""
    files: list[str] = []
    others: list[Skipped] = []
    for name in tree.names:
        ending = paths.suffix(name)
        if ending in decode.SUFFIXES or ending == "":
            files.append(name)
        elif PurePosixPath(name).name.casefold() not in _BESIDE:
            others.append(Skipped(file=name, reason=f"{ending} files are not read as pictures"))
    return files, others


def _place(name: str) -> _Place:
    fold: int | None = None
    split: Split | None = None
    augmented = False
    folders: list[str] = []
    before = ""
    for folder in PurePosixPath(name).parts[:-1]:
        is_version = before.casefold() == "versions" and folder.isdecimal()
        before = folder
        if is_version or _WRAPPER.match(folder):
            continue
        numbered = names.fold_of(folder)
        side = names.split_of(folder)
        if numbered is not None:
            fold, augmented = numbered[0], augmented or numbered[1]
        elif names.says_augmented(folder):
            augmented = True
        elif side is not None and split is None:
            split = side
        else:
            folders.append(folder)
    return _Place(fold=fold, split=split, augmented=augmented, folders=tuple(folders))


def _unwrapped(places: list[_Place]) -> list[_Place]:
    """Drop leading folders that all images share: the archive's, the collection's."""
    while (
        places
        and all(len(place.folders) > 1 for place in places)
        and len({place.folders[0] for place in places}) == 1
    ):
        places = [replace(place, folders=place.folders[1:]) for place in places]
    return places


def _source(tree: Tree, name: str, place: _Place, family: str | None) -> PlannedSource:
    file_name = PurePosixPath(name).name
    families = (family,) if family == names.MCVSLD else (names.MSLD2, names.MSLD1)
    parsed = names.parse(file_name, families) if family else None
    augmented = place.augmented or (parsed is not None and parsed.augmented)
    return PlannedSource(
        path=tree.root / name,
        file=name,
        label=_label(place.folders, parsed, family),
        patient=parsed.patient if parsed else None,
        split=place.split,
        fold=place.fold,
        origin=family or "",
        parent=(parsed.key if parsed else "") if augmented else None,
        key=parsed.key if parsed else None,
    )


def _label(folders: Sequence[str], parsed: FileName | None, family: str | None) -> str | None:
    class_folders = [folder for folder in folders if class_names.is_known(folder)]
    if class_folders:
        return class_folders[-1]
    folder = folders[0] if folders else None
    if family is not None:
        if folder is None:
            return parsed.label if parsed else None
        if folder.casefold() in _OTHERS:
            return None
    return None if folder is None or class_names.is_unlabelled(folder) else folder


def _why_not(source: PlannedSource, keys: set[str]) -> str:
    if source.parent is None or source.parent in keys:
        return ""
    if source.parent == "":
        return "an augmented copy whose original cannot be told from its name"
    return "an augmented copy without its original"


def _disagreements(sources: Sequence[PlannedSource], family: str | None) -> list[str]:
    if family is None:
        return []
    wrong: list[str] = []
    for source in sources:
        parsed = names.parse(PurePosixPath(source.file).name) if source.parent is None else None
        if parsed is None or parsed.label is None or source.label is None:
            continue
        if class_names.canonical(source.label) != parsed.label:
            wrong.append(source.file)
    if not wrong:
        return []
    return [
        f"Files in the folder of another class than their name says: {len(wrong)} "
        f"(the first: {wrong[0]}); the folder was taken."
    ]


def _others_note(places: Sequence[_Place], family: str | None) -> list[str]:
    count = sum(any(f.casefold() in _OTHERS for f in place.folders) for place in places)
    if family is None or not count:
        return []
    return [
        f'Pictures under "Others", which is none of the classes: {count}; they come in '
        "unlabelled. Decide about them in Curate."
    ]
