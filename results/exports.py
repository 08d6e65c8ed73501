"""Tables for a spreadsheet: CSV in UTF-8 with a mark that Excel knows, no cell of text ever read as a formula."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from .files import sync, write_text

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(value: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would run as a formula; numbers stay numbers."""
    if isinstance(value, str) and (value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)):
        return "'" + value
    return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV text that opens safely in a spreadsheet."""
    return "\ufeff" + lines_text(chain([header], rows))


def lines_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Return lines of a CSV."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()


def write_frame(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV, whole; days as 2025-01-20, what is not known left empty."""
    write_text(path, csv_text([str(name) for name in frame.columns], frame_rows(frame)))


def frame_rows(frame: "pd.DataFrame") -> Iterator[list[Cell]]:
    """Rows of a table, empty text where nothing is known."""
    for row in frame.itertuples(index=False):
        yield ["" if cell is None or cell != cell else cell for cell in row]


class GrowingFrame:
    """A table written as CSV as its rows come, as `write_frame` would write them; it takes its name when all is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.temporary = path, path.with_name(f".{path.name}.tmp-{os.getpid()}")
        self.empty = True

    def __enter__(self) -> "GrowingFrame":
        self.temporary.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, place: object) -> None:
        if kind is None and not self.empty:
            sync(self.temporary)
            os.replace(self.temporary, self.path)
        else:
            self.temporary.unlink(missing_ok=True)

    def add(self, frame: "pd.DataFrame") -> None:
        """Write more rows, of the columns of the first."""
        rows = frame_rows(frame)
        text = csv_text([str(name) for name in frame.columns], rows) if self.empty else lines_text(rows)
        self.empty = False
        with self.temporary.open("ab") as stream:
            stream.write(text.encode("utf-8"))
