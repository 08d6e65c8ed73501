"""A scenario as an Excel workbook to edit: a sheet a table and one of settings, in the form that `workbook` reads.

Ids stay text, so that zeros in front survive; what may be chosen can be picked from a list.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import date, time
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .cells import Column, columns
from .schema import REQUIRED_TABLES, SECTIONS, TABLES, Scenario
from .write import TOP, cell_text

SETTINGS_HEADER = ("section", "key", "value")
HEAD = Font(bold=True)
GROUND = PatternFill("solid", fgColor="E8ECEF")
SHOWN_ROWS = 200  #: that tell how wide a column is
LEAST_WIDTH, MOST_WIDTH = 9, 60
ROOM = 1_000  #: rows below the last one in which lists can be picked from, too
Shown = str | int | float | date | time


def write_workbook(scenario: Scenario, path: Path) -> None:
    """Write a scenario as a new workbook; it appears whole or not at all. FileExistsError when there is one."""
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(book, "scenario", SETTINGS_HEADER, _settings(scenario))
    for table, kind in TABLES.items():
        rows = getattr(scenario, table)
        if rows or table in REQUIRED_TABLES:
            named = columns(kind)
            _sheet(book, table, tuple(named), ([_shown(getattr(row, name)) for name in named] for row in rows), named.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        book.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _settings(scenario: Scenario) -> Iterable[tuple[Shown, ...]]:
    yield "", "schema_version", scenario.schema_version
    yield from (("", key, _shown(getattr(scenario, key))) for key in TOP)
    for name in SECTIONS:
        section = getattr(scenario, name)
        for key in type(section).model_fields:
            yield name, key, _shown(getattr(section, key))


def _shown(value: object) -> Shown:
    """A value as a cell holds it: numbers, days and times typed, the rest as in a CSV table."""
    if isinstance(value, tuple):
        return " ".join(map(cell_text, value))
    if isinstance(value, (int, float, date, time)) and not isinstance(value, bool):
        return value
    return cell_text(value)


def _sheet(
    book: Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[Shown]], kinds: Iterable[Column] = ()
) -> None:
    sheet = book.create_sheet(name)
    sheet.append(list(header))
    for place, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            if value != "":
                cell = sheet.cell(place, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # also where the text begins like a formula
    for cell in sheet[1]:
        cell.font, cell.fill = HEAD, GROUND
    sheet.freeze_panes = "A2"
    for cells in sheet.iter_cols(max_row=SHOWN_ROWS):
        widest = max(len(str(cell.value)) for cell in cells if cell.value is not None)
        sheet.column_dimensions[get_column_letter(cells[0].column)].width = min(max(widest + 2, LEAST_WIDTH), MOST_WIDTH)
    for number, kind in enumerate(kinds, 1):
        choices = ("yes", "no") if kind.kind == "yes_no" else kind.choices
        if choices:
            picked = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=not kind.required)
            letter = get_column_letter(number)
            picked.add(f"{letter}2:{letter}{sheet.max_row + ROOM}")
            sheet.add_data_validation(picked)
