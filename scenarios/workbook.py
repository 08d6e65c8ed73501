"""An Excel workbook as grids of typed cells, one a sheet, behind guards against damaged and hostile files.

The XML is read twice: once here, to see what the spreadsheet library hides (entities, merged and hidden cells, formulas
without a value), once by the library for values, dates and both date systems.
"""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from .cells import Broken, Raw, is_blank, is_near, nearest, shown
from .placed import Placed
from .problems import Problem
from .read_csv import looks_like, read_bytes
from .rows import Grid
from .schema import TABLES
from .settings import RawSettings

UNPACKED_BYTES = 100_000_000
ENTRIES = 2_000
CELLS = 5_000_000
BLANK_ROWS = 1_000  #: a larger gap inside a table is reported at its first rows only
SETTINGS_SHEET = "scenario"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class BadWorkbook(ValueError):
    """A workbook that is refused as a whole: code, found, expected."""

    def __init__(self, code: str, found: str = "", expected: str = "") -> None:
        super().__init__(code)
        self.place = (code, found, expected)


@dataclass(slots=True)
class _Sheet:
    """What the XML of one sheet says beside its values."""

    hidden: bool = False
    hidden_rows: int = 0
    merged: list[str] = field(default_factory=list)
    uncomputed: dict[tuple[int, int], str] = field(default_factory=dict)  #: (row, column) → formula


@dataclass(frozen=True, slots=True)
class Workbook:
    """Grids by table, and the settings."""

    grids: Mapping[str, Grid]
    settings: RawSettings | None
    problems: tuple[Problem, ...]


def read_workbook(path: Path) -> Workbook:
    """Return the sheets of a workbook; one that cannot be trusted gives no sheet and says why."""
    data, unreadable = read_bytes(path, path.name)
    if unreadable:
        return Workbook({}, None, (unreadable,))
    try:
        sheets = _scan(data)
        values = _read_values(data, sheets)
    except BadWorkbook as bad:
        return Workbook({}, None, (Problem(path.name, 0, "", *bad.place),))
    problems = [problem for name, sheet in sheets.items() for problem in _sheet_problems(name, sheet)]
    problems.extend(_unknown_sheets(list(sheets)))
    grids = {name: Grid(name, rows) for name, rows in values.items() if name in TABLES}
    settings = _settings(values[SETTINGS_SHEET], problems) if SETTINGS_SHEET in values else None
    return Workbook(grids, settings, tuple(problems))


# Guards


def _scan(data: bytes) -> dict[str, _Sheet]:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadWorkbook("E-XLS-002", "XLS", "XLSX")
    if not data.startswith(b"PK"):
        raise BadWorkbook("E-XLS-001", looks_like(data), "XLSX")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _guard_archive(archive)
            return _scan_parts(archive)
    except DefusedXmlException as error:
        raise BadWorkbook("E-XLS-004", type(error).__name__) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ParseError, KeyError, EOFError, NotImplementedError, RuntimeError,
            ValueError, OSError, zlib.error) as error:  # fmt: skip
        if isinstance(error, BadWorkbook):
            raise
        raise BadWorkbook("E-XLS-001", shown(error)) from None


def _guard_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise BadWorkbook("E-XLS-003", str(len(entries)), str(ENTRIES))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        raise BadWorkbook("E-XLS-003", str(unpacked), str(UNPACKED_BYTES))
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts:
            raise BadWorkbook("E-XLS-004", shown(entry.filename))
        if entry.flag_bits & 1:
            raise BadWorkbook("E-XLS-002", shown(entry.filename), "XLSX")


def _elements(stream: IO[bytes]) -> Iterator[Any]:
    """Yield finished elements, without entities or document types, in little memory."""
    path: list[Any] = []
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(element)
            continue
        yield element
        path.pop()
        if path and element.tag in (f"{_MAIN}row", f"{_MAIN}si"):
            path[-1].remove(element)


def _scan_parts(archive: zipfile.ZipFile) -> dict[str, _Sheet]:
    names = archive.namelist()
    targets: dict[str, str] = {}
    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        for element in _elements(stream):
            if element.get("Id"):
                target = element.get("Target", "")
                targets[element.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets: dict[str, _Sheet] = {}
    parts: dict[str, str] = {}
    with archive.open("xl/workbook.xml") as stream:
        for element in _elements(stream):
            if element.tag == f"{_MAIN}sheet":
                name = str(element.get("name", "")).strip()
                sheets[name] = _Sheet(hidden=element.get("state", "visible") != "visible")
                parts[targets.get(element.get(_RELATION, ""), "")] = name
    for part in names:
        if part.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                _scan_part(stream, sheets[parts[part]] if part in parts else None)
    return sheets


def _scan_part(stream: IO[bytes], sheet: _Sheet | None) -> None:
    cells = 0
    for element in _elements(stream):
        if sheet is None:
            continue
        if element.tag == f"{_MAIN}c":
            cells += 1
            if cells > CELLS:
                raise BadWorkbook("E-XLS-003", f"> {CELLS}", str(CELLS))
            formula = element.find(f"{_MAIN}f")
            value = element.find(f"{_MAIN}v")
            if formula is not None and (value is None or not value.text) and element.get("t") != "str":
                sheet.uncomputed[coordinate_to_tuple(element.get("r", "A1"))] = f"={formula.text or ''}"
        elif element.tag == f"{_MAIN}row" and element.get("hidden") in ("1", "true"):
            sheet.hidden_rows += 1
        elif element.tag == f"{_MAIN}mergeCell":
            sheet.merged.append(element.get("ref", ""))


# Values


def _read_values(data: bytes, sheets: Mapping[str, _Sheet]) -> dict[str, list[tuple[int, list[Raw]]]]:
    """Return the rows of the sheets that matter. Whatever the library raises on a damaged file, the file is refused."""
    wanted = {*TABLES, SETTINGS_SHEET}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            return {
                sheet.title.strip(): list(_rows(sheet, sheets.get(sheet.title.strip(), _Sheet())))
                for sheet in book.worksheets
                if sheet.title.strip() in wanted
            }
        except Exception as error:
            raise BadWorkbook("E-XLS-001", shown(error)) from None


def _rows(sheet: Any, seen: _Sheet) -> Iterator[tuple[int, list[Raw]]]:
    """Yield row number and cells; what formats reach beyond the last value is left out."""
    sheet.reset_dimensions()
    blank: list[int] = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells: list[Raw] = []
        for index, cell in enumerate(row, 1):
            value = cell.value
            if value is None and (number, index) in seen.uncomputed:
                value = Broken("E-XLS-006", seen.uncomputed[number, index])
            elif value is not None and cell.data_type == "e":
                value = Broken("E-XLS-007", str(value))
            cells.append(value)
        while cells and is_blank(cells[-1]):
            cells.pop()
        if not cells:
            if len(blank) < BLANK_ROWS:
                blank.append(number)
            continue
        yield from ((earlier, []) for earlier in blank)
        blank.clear()
        yield number, cells


def _sheet_problems(name: str, sheet: _Sheet) -> Iterator[Problem]:
    if name not in TABLES and name != SETTINGS_SHEET:
        return
    for cells in sheet.merged:
        first = re.search(r"\d+", cells)
        yield Placed(name, int(first[0]) if first else 0, None).problem("", "E-XLS-005", cells)
    if sheet.hidden_rows:
        yield Placed(name, 0, None).problem("", "W-XLS-011", str(sheet.hidden_rows))
    if sheet.hidden:
        yield Placed(name, 0, None).problem("", "W-XLS-012", name)


def _unknown_sheets(names: list[str]) -> Iterator[Problem]:
    known = [*TABLES, SETTINGS_SHEET]
    free = [name for name in known if name not in names]
    for name in names:
        if name in known:
            continue
        near = is_near(name, free)
        code = "E-XLS-008" if near else "W-XLS-013"
        yield Placed(shown(name), 0, None).problem("", code, shown(name), nearest(name, free) if near else "")


def _settings(rows: list[tuple[int, list[Raw]]], problems: list[Problem]) -> RawSettings:
    """Read the sheet of settings: columns section, key, value; an empty section is the top."""
    sections: dict[str, dict[str, Raw]] = {"": {}}
    lines: dict[tuple[str, str], int] = {}
    header = [str(cell).strip() for cell in rows[0][1]] if rows else []
    if header != ["section", "key", "value"]:
        place = Placed(SETTINGS_SHEET, rows[0][0] if rows else 0, None)
        problem = place.problem("", "E-COL-002", shown(", ".join(header)), "section, key, value")
        return RawSettings(SETTINGS_SHEET, {"": {}}, {}, False, {}, (problem,), False)
    for number, cells in rows[1:]:
        section, key, value = ([*cells, None, None, None])[:3]
        section, key = ("" if is_blank(cell) else str(cell).strip() for cell in (section, key))
        if not section and not key and is_blank(value):
            continue
        if key in sections.get(section, {}):
            first = lines[section, key]
            place = Placed(SETTINGS_SHEET, number, None)
            problems.append(place.problem(f"{section}.{key}" if section else key, "E-KEY-001", key, key, other_row=str(first)))
            continue
        sections.setdefault(section, {})[key] = value
        lines.setdefault((section, ""), number)
        lines[section, key] = number
    return RawSettings(SETTINGS_SHEET, sections, lines, False)
