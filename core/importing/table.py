"""Tables that name images: CSV, TSV and XLSX with a path and a label column."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from core.data import class_names
from core.errors import AppError, ImageRefused
from core.imaging import decode
from core.importing import names, paths, table_files
from core.importing.files import Tree
from core.importing.table_files import Row
from core.types import ImportPlan, PlannedSource, Skipped

SUFFIXES = frozenset({".csv", ".tsv", ".xlsx"})
STEMS = ("manifest", "metadata", "labels")
"""Stems of tables that describe the whole folder that they are in."""

COLUMNS: dict[str, tuple[str, ...]] = {
    role: tuple(aliases.split())
    for role, aliases in {
        "path": "path filepath file_path file_name filename file image_path image image_id "
        "imageid img_id",
        "label": "label class class_name diagnosis diagnostic dx target",
        "patient": "patient patient_id patientid subject subject_id lesion_id group",
        "split": "split subset partition",
        "fold": "fold",
        "source": "source origin dataset",
    }.items()
}
"""Names that a column may have (lower case, "_" for spaces), best first."""


def plan(tree: Tree, name: str) -> ImportPlan:
    """Plan the import of the table called `name` in `tree`.

    Raises AppError when it cannot be read or has no path or no label column.
    """
    header, rows = _parsed(tree, name)
    roles = columns(header)
    _require(roles, header, name)
    finder = _Finder(tree, PurePosixPath(name).parent.as_posix())
    sources: list[PlannedSource] = []
    skipped: list[Skipped] = []
    for number, row in enumerate(rows, start=2):
        given = row[roles["path"]].strip()
        file, reason = finder.find(given)
        if file is None:
            skipped.append(Skipped(file=given or f"line {number} of {name}", reason=reason))
        else:
            sources.append(_source(tree, file, row, roles))
    return ImportPlan(
        root=tree.root, layout="table", sources=tuple(sources), skipped=tuple(skipped)
    )


def columns(header: Sequence[str]) -> dict[str, str]:
    """Return role -> column name, for the roles that `header` fills."""
    plain = {re.sub(r"[\s.-]+", "_", column.strip()).casefold(): column for column in header}
    return {
        role: next(plain[alias] for alias in aliases if alias in plain)
        for role, aliases in COLUMNS.items()
        if any(alias in plain for alias in aliases)
    }


def beside_pictures(tree: Tree) -> str | None:
    """Return the table at the top of a folder that names its images and labels, if any."""
    for stem in STEMS:
        for name in tree.names:
            path = PurePosixPath(name)
            if path.stem.casefold() != stem or path.suffix.lower() not in SUFFIXES:
                continue
            if len(path.parts) == 1 and _serves(tree, name):
                return name
    return None


def _serves(tree: Tree, name: str) -> bool:
    try:
        header, _rows = _parsed(tree, name)
    except AppError:
        return False
    return {"path", "label"} <= set(columns(header))


def _parsed(tree: Tree, name: str) -> tuple[list[str], list[Row]]:
    data = tree.read(name)
    if len(data) > decode.MAX_BYTES:
        raise ImageRefused(f"The table {name} is too large.", title="Table not readable")
    return table_files.parse(data, name)


def _require(roles: dict[str, str], header: Sequence[str], name: str) -> None:
    for role, what in (("path", "paths of the pictures"), ("label", "labels")):
        if role in roles:
            continue
        listed = ", ".join(column for column in header if column)[:200] or "none"
        raise AppError(
            f"The table {name} has no column with the {what}; its columns are: {listed}.",
            title=f"No {role} column",
            hint=f"Name the column one of: {', '.join(COLUMNS[role])}.",
        )


def _source(tree: Tree, file: str, row: Row, roles: dict[str, str]) -> PlannedSource:
    def cell(role: str) -> str:
        return row[roles[role]].strip() if role in roles else ""

    fold = re.search(r"\d{1,4}", cell("fold"))
    label = cell("label")
    return PlannedSource(
        path=tree.root / file,
        file=file,
        label=None if class_names.is_unlabelled(label) else label,
        patient=cell("patient") or None,
        split=names.split_of(cell("split")),
        fold=int(fold[0]) if fold else None,
        origin=cell("source"),
    )


class _Finder:
    """Finds the file that a cell names, below the root only."""

    def __init__(self, tree: Tree, below: str) -> None:
        self._root = tree.root.absolute()
        self._below = "" if below == "." else f"{below}/"
        self._names = frozenset(tree.names)
        self._refused = {skipped.file: skipped.reason for skipped in tree.skipped}
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in tree.names:
            if paths.suffix(name) in decode.SUFFIXES:
                path = PurePosixPath(name)
                self._by_stem[path.name].append(name)
                self._by_stem[path.stem].append(name)

    def find(self, given: str) -> tuple[str | None, str]:
        """Return (name in the tree, "") or (None, why not)."""
        if not given:
            return None, "no path in the table"
        if re.match(r"[a-z]{2,}://", given, re.I):
            return None, "a web address; pictures are only read from this machine"
        path = self._relative(given)
        if path is None or paths.leaves_root(path):
            return None, "its path leaves the folder of the table"
        if path in self._names:
            return path, ""
        if path in self._refused:
            return None, self._refused[path]
        return self._by_name(path)

    def _relative(self, given: str) -> str | None:
        if PureWindowsPath(given).drive:
            return None
        path = PurePosixPath(given.replace("\\", "/"))
        if path.is_absolute():
            root = PurePosixPath(self._root.as_posix())
            return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
        return _normal(f"{self._below}{path.as_posix()}")

    def _by_name(self, path: str) -> tuple[str | None, str]:
        """Look for `ISIC_0024306` anywhere below the root, if only one file is called so.

        A path with folders in it means that very file: another of its name is not taken.
        """
        matches = [] if "/" in path[len(self._below) :] else self._by_stem.get(_last(path), [])
        if len(matches) == 1:
            return matches[0], ""
        if matches:
            return None, f"the file is missing; {len(matches)} other files have this name"
        return None, "the file is missing"


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _normal(path: str) -> str:
    """Resolve "." and ".." as far as they stay below the start; leave a path that climbs out."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
