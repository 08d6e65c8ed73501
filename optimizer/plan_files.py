"""The tables of a plan as files that a spreadsheet opens, edits and saves."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from scenarios.problems import Problem

PLAN_FILE = "plan.csv"  #: what an HR planner reads, edits and feeds back
ADDITIONS_FILE = "additions.csv"  #: beside a plan: what it adds beside moves
LIVE = ("=", "+", "-", "@", "\t", "\r")  #: a spreadsheet takes a cell that begins so for a formula
Row = tuple[int, dict[str, str]]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table whole as CSV (UTF-8 with a mark, so that a spreadsheet shows the tones); no cell is a live formula."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([f"'{cell}" if cell.startswith(LIVE) else cell for cell in row] for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_rows(path: Path, columns: Sequence[str], needed: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    """Return the rows with their numbers as the spreadsheet shows them, and problems of form; the needed columns are there."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return [], [Problem(path.name, 0, "", "E-PLN-001", str(path), error.strerror or "")]
    except UnicodeDecodeError:
        return [], [Problem(path.name, 0, "", "E-PLN-002", "", "CSV UTF-8")]
    header, _, _ = text.partition("\n")
    separator = max(",;\t", key=header.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return [], [Problem(path.name, 0, "", "E-PLN-002", "", "CSV UTF-8")]
    if not lines:
        return [], [Problem(path.name, 1, "", "E-PLN-005", "", ", ".join(columns))]
    names = [name.strip() for name in lines[0]]
    missing = [name for name in needed if name not in names]
    if missing:
        return [], [Problem(path.name, 1, name, "E-PLN-005", ", ".join(names), name) for name in missing]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        return [], [Problem(path.name, 1, name, "E-PLN-007", name, str(names.count(name))) for name in twice]
    rows, problems = [], []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            problems.append(Problem(path.name, number, "", "E-PLN-006", str(len(cells)), str(len(names))))
            continue
        rows.append((number, {name: cell.strip().removeprefix("'") for name, cell in zip(names, cells, strict=True)}))
    return rows, problems
