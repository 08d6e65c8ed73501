"""A CSV file as text cells with positions: encoding, separator and quotes, and no meaning yet."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .cells import shown
from .problems import Problem
from .rows import Grid

FILE_BYTES = 100_000_000
SEPARATORS = (",", ";", "\t")
_LINES_IN_A_CELL = 20
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"PK\x03\x04", "ZIP, XLSX"),
    (b"\xd0\xcf\x11\xe0", "XLS, DOC"),
    (b"version https://git-lfs", "Git LFS"),
    (b"\x1f\x8b", "GZIP"),
    (b"PAR1", "Parquet"),
)


def read_bytes(path: Path, file: str) -> tuple[bytes, Problem | None]:
    """Return what stands in a file, or why it cannot be read; pipes and folders are never opened."""
    try:
        if not path.exists():
            return b"", Problem(file, 0, "", "E-FILE-012", str(path))
        if not path.is_file():
            return b"", Problem(file, 0, "", "E-FILE-013", shown(str(path)))
        size = path.stat().st_size
        if size > FILE_BYTES:
            return b"", Problem(file, 0, "", "E-FILE-007", str(size), str(FILE_BYTES))
        return path.read_bytes(), None
    except OSError as error:
        return b"", Problem(file, 0, "", "E-FILE-003", error.strerror or type(error).__name__)


def decode(data: bytes, file: str) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a UTF-8 file, with or without BOM; bytes that are none become U+FFFD and are told."""
    looks = looks_like(data)
    if looks:
        return "", (Problem(file, 0, "", "E-FILE-006", looks),)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:40:2].count(0) > 15:
        return "", (Problem(file, 0, "", "E-ENC-002", "UTF-16"),)
    problems = []
    if b"\0" in data:
        problems.append(Problem(file, _row_at(data, data.index(b"\0")), "", "E-ENC-003", "NUL"))
        data = data.replace(b"\0", b"")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8"), tuple(problems)
    except UnicodeDecodeError as error:
        found = shown(data[error.start : error.start + 20].split(b"\n")[0].decode("cp1258", "replace"))
        problems.append(Problem(file, _row_at(data, error.start), "", "E-ENC-001", found, "UTF-8"))
        return data.decode("utf-8", "replace"), tuple(problems)


def looks_like(data: bytes) -> str:
    """Name the kind of file that this is, when it is plainly no text table; "" otherwise."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "HTML" if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")) else ""


def _row_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def read_csv(path: Path, file: str, known: Sequence[str]) -> tuple[Grid | None, tuple[Problem, ...]]:
    """Return the cells of a CSV file and what is wrong with its form; `known` column names settle the separator."""
    data, unreadable = read_bytes(path, file)
    if unreadable:
        return None, (unreadable,)
    text, problems = decode(data, file)
    if problems and not text:
        return None, problems
    lines = re.split("\r\n|\n|\r", text)
    separator = _separator(lines, known)
    quotes: list[Problem] = []
    rows = list(_records(lines, separator, file, quotes))
    decoded = not any(problem.code == "E-ENC-001" for problem in problems)
    return Grid(file, rows, separator, decoded), (*problems, *quotes)


def _separator(lines: Sequence[str], known: Sequence[str]) -> str:
    """The separator under which the first lines name most known columns; then the one seen most often."""
    head = [line for line in lines[:20] if line.strip()]

    def worth(separator: str) -> tuple[int, int]:
        names = max((len(set(known) & {cell.strip(' "') for cell in line.split(separator)}) for line in head), default=0)
        return names, head[0].count(separator) if head else 0

    return max(SEPARATORS, key=worth)


def _records(lines: Sequence[str], separator: str, file: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells; a row is what a spreadsheet would show as one."""
    index, row, width = 0, 0, 0
    while index < len(lines):
        row += 1
        line = lines[index]
        cells: list[str] | None = line.split(separator)
        used = 1
        if '"' in line:
            cells = _unquoted(line, separator)
            if cells is None:
                cells, used = _over_lines(lines[index : index + _LINES_IN_A_CELL], separator, width)
            if cells is None:
                problems.append(Problem(file, row, "", "E-CSV-001", shown(line[line.index('"') :])))
                plain = line.replace('"', "").split(separator)
                cells = plain if len(plain) == width else None
        if cells is not None:
            width = width or len(cells)
            yield row, cells
        index += used


def _unquoted(record: str, separator: str) -> list[str] | None:
    """Return the cells of one record, or None when its quotes do not fit."""
    try:
        rows = list(csv.reader([record], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _over_lines(lines: Sequence[str], separator: str, width: int) -> tuple[list[str] | None, int]:
    """Join lines until a quoted cell with line breaks ends, but only to a row as wide as the header."""
    for count in range(2, len(lines) + 1):
        cells = _unquoted("\n".join(lines[:count]), separator)
        if cells is not None:
            return (cells, count) if len(cells) == width else (None, 1)
    return None, 1
