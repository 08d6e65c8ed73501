"""Tables for a spreadsheet: CSV in UTF-8 with a mark that Excel knows, no cell of text ever read as a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

import pandas as pd

from .files import write_text
from .frames import ENDS, compared, ends
from .summary import Summary

Cell = str | int | float
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(value: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would run as a formula; numbers stay numbers."""
    if isinstance(value, str) and (value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)):
        return "'" + value
    return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV text that opens safely in a spreadsheet."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + stream.getvalue()


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, whole; days as 2025-01-20, what is not known left empty."""
    rows = ((None if cell != cell else cell for cell in row) for row in frame.itertuples(index=False))
    write_text(path, csv_text([str(name) for name in frame.columns], [["" if c is None else c for c in row] for row in rows]))


def write_exports(summary: Summary, folder: Path) -> None:
    """Write `indicators.csv`: every compared figure with its interval, the whole network (no office) and office by office."""
    rows: list[tuple[Cell, ...]] = []
    for phase in summary.phases:
        names = {office.id: (office.name, office.kind) for office in phase.offices}
        for basis, place, differences in compared(phase):
            name, kind = names.get(place, ("", ""))
            rows.extend((phase.id, basis, place, name, kind, row.indicator, *ends(row), row.verdict) for row in differences)
    header = ("phase", "basis", "office", "name", "kind", "indicator", *ENDS, "verdict")
    write_text(folder / "indicators.csv", csv_text(header, rows))
