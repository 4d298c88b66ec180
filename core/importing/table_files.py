"""Reading CSV, TSV and XLSX into a header and rows of text."""

import csv
import io
import zipfile
from collections.abc import Iterable

from core.errors import AppError
from core.importing import paths

MAX_ROWS = 1_000_000
MAX_CELL = 10_000
"""Characters of one cell; more than that is no table of images."""
MAX_SHEET_BYTES = 500 * 2**20
"""Most bytes that a spreadsheet may unpack to."""

Row = dict[str, str]


def parse(data: bytes, name: str) -> tuple[list[str], list[Row]]:
    """Return (column names, rows) of a table. Raises AppError when it cannot be read."""
    lines = _spreadsheet(data, name) if paths.suffix(name) == ".xlsx" else _text(data, name)
    if not lines:
        raise _unreadable(name, "it is empty")
    header = [cell.strip() for cell in lines[0]]
    rows = []
    for line in lines[1:]:
        if any(cell.strip() for cell in line):
            cells = [*line, *[""] * (len(header) - len(line))]
            rows.append(dict(zip(header, cells, strict=False)))
    return header, rows


def _text(data: bytes, name: str) -> list[list[str]]:
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(name, "it is not text")
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _limited(reader, name)
    except csv.Error as error:
        raise _unreadable(name, f"line {reader.line_num} is broken") from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            break
    return data.decode("cp1252", "replace")


def _spreadsheet(data: bytes, name: str) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_SHEET_BYTES:
                raise _unreadable(name, "it unpacks to more than 500 MB")
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        lines = (["" if c is None else str(c) for c in line] for line in sheet.values)
        return _limited(lines, name)
    except (zipfile.BadZipFile, OSError, LookupError, ValueError, SyntaxError, TypeError) as error:
        raise _unreadable(name, "it is not a spreadsheet") from error


def _limited(lines: Iterable[list[str]], name: str) -> list[list[str]]:
    kept: list[list[str]] = []
    for line in lines:
        if len(kept) > MAX_ROWS:
            raise _unreadable(name, f"it has more than {MAX_ROWS:,} rows")
        kept.append([cell[:MAX_CELL] for cell in line])
    return kept


def _unreadable(name: str, why: str) -> AppError:
    return AppError(
        f"The table {name} cannot be read: {why}.",
        title="Table not readable",
        hint="Save it as CSV (UTF-8) with one header line and one picture per line.",
    )
