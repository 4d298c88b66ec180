"""Plan of an import: what is in a folder, a zip or a table, and what would be imported."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.data import class_names
from core.errors import AppError
from core.importing import expected, files, folder, paths, table
from core.importing.files import Tree
from core.types import ImportPlan, PlannedSource, Skipped, spelling


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A plan and the means to read its files while the folder or zip is open."""

    plan: ImportPlan
    read: Callable[[PlannedSource], bytes]
    """Returns a file's bytes; raises ImageRefused when it cannot be read. Safe in threads."""


def plan(path: Path) -> ImportPlan:
    """Plan an import. Raises AppError when there is nothing that can be imported."""
    with opened(path) as opened_import:
        return opened_import.plan


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Plan an import and keep its files open for reading.

    Raises AppError for an unknown path, an empty folder, a folder without images, a table
    without the columns that are needed.
    """
    _check_exists(path)
    is_table = path.is_file() and paths.suffix(path.name) in table.SUFFIXES
    if path.is_file() and not is_table and paths.suffix(path.name) != ".zip":
        raise AppError(
            f"{path} is neither a folder, nor a zip, nor a table (CSV, TSV, XLSX).",
            title="Nothing to import",
            hint="Give the folder that holds the pictures, or a table that names them.",
        )
    with files.opened(path.absolute().parent if is_table else path) as tree:
        planned = _spelled(table.plan(tree, path.name) if is_table else _planned(tree, path))
        if not planned.sources and not planned.skipped:
            raise _nothing(path, "its table names no pictures")
        planned = replace(planned, notes=(*planned.notes, *_notes(planned, tree.hidden)))
        yield Opened(plan=planned, read=lambda source: tree.read(source.file))


def _planned(tree: Tree, path: Path) -> ImportPlan:
    if not tree.names and not tree.skipped:
        raise _nothing(path, "it is empty")
    name = table.beside_pictures(tree)
    if name is not None:
        planned = table.plan(tree, name)
        return replace(planned, notes=(*planned.notes, f"Labels come from its table {name}."))
    planned = folder.plan(tree)
    if not planned.sources and not any("augmented" in entry.reason for entry in planned.skipped):
        raise _nothing(path, f"none of its {len(planned.skipped)} files is a picture")
    return planned


def _spelled(planned: ImportPlan) -> ImportPlan:
    """Put names into the form that is kept; images with a name that is too long are not taken."""
    kept: list[PlannedSource] = []
    skipped: list[Skipped] = []
    for source in planned.sources:
        label, patient = spelling.plain(source.label or ""), spelling.plain(source.patient or "")
        problem = spelling.too_long(
            label, "the name of its class", spelling.LONGEST_CLASS
        ) or spelling.too_long(patient, "the name of its patient", spelling.LONGEST_PATIENT)
        if problem:
            skipped.append(Skipped(file=source.file, reason=problem.rstrip(".")))
        elif (source.label, source.patient) == (label or None, patient or None):
            kept.append(source)
        else:
            kept.append(replace(source, label=label or None, patient=patient or None))
    return replace(planned, sources=tuple(kept), skipped=(*planned.skipped, *skipped))


def _check_exists(path: Path) -> None:
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        raise AppError(
            f"There is nothing at {path}.",
            title="Folder not found",
            hint="Check the path; give a folder, a zip or a table (CSV, TSV, XLSX).",
        )


def _nothing(path: Path, why: str) -> AppError:
    return AppError(
        f"Nothing can be imported from {path}: {why}.",
        title="No pictures found",
        hint="Give the folder above the class folders, a zip of it, or a table that names them.",
    )


def _notes(planned: ImportPlan, hidden: int) -> Iterator[str]:
    """Yield what a person should know before confirming the import."""
    originals = [source for source in planned.sources if source.parent is None]
    yield from expected.notes(planned.layout, planned.sources)
    aliases = {
        source.label: class_names.canonical(source.label) for source in originals if source.label
    }
    for alias, name in sorted(aliases.items()):
        if alias.casefold() != name.casefold() and class_names.is_known(name):
            yield f'"{alias}" is read as {name}.'
    unlabelled = len({source.file for source in originals if source.label is None})
    if unlabelled:
        yield f"Pictures without a label: {unlabelled}; they join the pool."
    unknown = len({source.file for source in originals if source.patient is None})
    if unknown:
        yield (
            f"Pictures whose patient is not known: {unknown}; "
            "each is a group of its own unless it is a duplicate."
        )
    yield from _few_patients(originals)
    yield from _across_splits(originals)
    if hidden:
        yield f"Hidden or system entries passed over: {hidden}."


def _few_patients(originals: Sequence[PlannedSource]) -> Iterator[str]:
    patients: dict[str, set[str]] = defaultdict(set)
    for source in originals:
        if source.label is not None:
            patients[class_names.canonical(source.label)].add(
                source.patient or f"\x00{source.file}"
            )
    for name in class_names.ordered(patients):
        if len(patients[name]) < 3:
            yield (
                f"{name} has only {len(patients[name])} "
                f"{'patient' if len(patients[name]) == 1 else 'patients'}: a class with fewer "
                "than 3 stays in training and cannot be tested."
            )


def _across_splits(originals: Sequence[PlannedSource]) -> Iterator[str]:
    """Name the patients that the authors put on two sides."""
    sides: dict[tuple[int | None, str], set[str]] = defaultdict(set)
    for source in originals:
        if source.split is not None and source.patient is not None:
            sides[source.fold, source.patient].add(source.split.value)
    leaking = [key for key, splits in sides.items() if len(splits) > 1]
    per_fold = Counter(fold for fold, _patient in leaking)
    for fold, count in sorted(per_fold.items(), key=lambda item: item[0] or 0):
        where = "the authors' split" if fold is None else f"the authors' fold {fold}"
        first = next(patient for number, patient in leaking if number == fold)
        yield f"Patients on two sides of {where}: {count} (the first: {first})."
