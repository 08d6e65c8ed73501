"""One table: from a grid of cells with positions to rows of the schema, each with its place.

A bad cell never hides another: every cell of every row is read, and rows of wrong width are told and skipped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from .cells import BadCell, Column, Raw, Value, columns, is_blank, is_near, nearest, read_cell, shown
from .placed import Placed
from .problems import Problem
from .schema import TABLES, Entity

Numbered = tuple[int, Sequence[Raw]]  #: row as the spreadsheet shows it, cells

SHOWN_ROWS = 5
GROUP_ABOVE = 20
_TOTALS = {"tổng", "tổng cộng", "tổng số", "cộng", "tong", "tong cong", "total", "totals", "grand total", "sum"}


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table as they stand in a file. `separator` is "" for a sheet, whose rows have no width."""

    file: str
    rows: Sequence[Numbered]
    separator: str = ""
    decoded: bool = True  #: False when some bytes were no UTF-8; text is then not judged


@dataclass(frozen=True, slots=True)
class TableRead:
    """What came of a table: good rows, ids seen in any row, problems. Unreadable tables hold `readable` False."""

    rows: tuple[Placed[Entity], ...] = ()
    known: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    lost: tuple[Mapping[str, Value], ...] = ()  #: the good cells of rows that were not


@dataclass(slots=True)
class _Header:
    row: int
    width: int
    position: dict[str, int] = field(default_factory=dict)  #: column of the schema → index in the row


def read_table(name: str, grid: Grid, decimal_comma: bool, required: bool) -> TableRead:
    """Read every row of a table of a scenario; `required` tables must hold at least one."""
    first = next((numbered for numbered in grid.rows if not all(map(is_blank, numbered[1]))), None)
    other = _other_table(name, first[1]) if first else ""
    if first and other:
        return TableRead(problems=(Problem(grid.file, first[0], "", "E-FILE-010", other, name),), readable=False)
    return read_rows(TABLES[name], grid, decimal_comma, required)


def read_rows(kind: type[Entity], grid: Grid, decimal_comma: bool, required: bool) -> TableRead:
    """Read every row of a table with the columns of a row class."""
    wanted = columns(kind)
    problems: list[Problem] = []
    filled = [numbered for numbered in grid.rows if not all(map(is_blank, numbered[1]))]
    if not filled:
        return TableRead(problems=(Problem(grid.file, 0, "", "E-FILE-004", "", ",".join(wanted)),), readable=False)
    start = _header_index(filled, wanted)
    if start:
        first, cells = filled[0]
        problems.append(Problem(grid.file, first, "", "E-CSV-004", shown(cells[0]), str(filled[start][0])))
    header = _read_header(grid, filled[start], wanted, problems)
    body = filled[start + 1 :]
    if required and not body:
        problems.append(Problem(grid.file, 0, "", "E-FILE-005", "", "1"))
    problems.extend(_blank_rows(grid, header.row))
    lost: list[Mapping[str, Value]] = []
    rows, known = _read_body(kind, grid, header, body, wanted, decimal_comma, problems, lost)
    return TableRead(tuple(rows), frozenset(known), tuple(problems), True, tuple(lost))


def _names(cells: Sequence[Raw]) -> list[str]:
    return [str(cell).strip() for cell in cells if not is_blank(cell)]


def _other_table(name: str, cells: Sequence[Raw]) -> str:
    """Return the table whose header this is, when it is clearly not the one its name says."""
    found = set(_names(cells))
    if _required(name) <= found:
        return ""
    fits = {other: len(found & set(TABLES[other].model_fields)) for other in TABLES if _required(other) <= found}
    best = max(fits, key=lambda other: fits[other], default="")
    return best if best and fits[best] > len(found & set(TABLES[name].model_fields)) else ""


def _required(table: str) -> set[str]:
    return {name for name, info in TABLES[table].model_fields.items() if info.is_required()}


def _header_index(filled: Sequence[Numbered], wanted: dict[str, Column]) -> int:
    """Index of the header among the filled rows: the first row, unless it names nothing and a later row does."""
    if set(_names(filled[0][1])) & set(wanted):
        return 0
    required = {column.name for column in wanted.values() if column.required}
    later = (index for index, (_, cells) in enumerate(filled[:20]) if 2 * len(required & set(_names(cells))) > len(required))
    return next(later, 0)


def _read_header(grid: Grid, numbered: Numbered, wanted: dict[str, Column], problems: list[Problem]) -> _Header:
    row, cells = numbered
    width = max((index + 1 for index, cell in enumerate(cells) if not is_blank(cell)), default=0)
    header = _Header(row, width)
    names = ["" if is_blank(cell) else str(cell).strip() for cell in cells[:width]]
    filled = _filled_columns(grid, row) if "" in names else set()
    missing = [column.name for column in wanted.values() if column.name not in names]
    for index, name in enumerate(names):
        if name in header.position:
            problems.append(Problem(grid.file, row, name, "E-COL-001", name, "1"))
        elif name in wanted:
            header.position[name] = index
        elif not name:
            if index in filled:
                problems.append(Problem(grid.file, row, "", "E-COL-004", str(index + 1), ", ".join(missing)))
        else:
            meant = nearest(name, missing) if is_near(name, missing) else ""
            expected = meant or ", ".join(missing or wanted)
            problems.append(Problem(grid.file, row, shown(name), "E-COL-003", shown(name), expected))
            if meant:
                header.position[meant] = index
                missing.remove(meant)
    for name in missing:
        if wanted[name].required and name not in header.position:
            problems.append(Problem(grid.file, row, name, "E-COL-002", "", name))
    return header


def _filled_columns(grid: Grid, header_row: int) -> set[int]:
    rows = (cells for number, cells in grid.rows if number > header_row)
    return {index for cells in rows for index, cell in enumerate(cells) if not is_blank(cell)}


def _blank_rows(grid: Grid, header_row: int) -> Iterator[Problem]:
    """Blank rows with rows after them are told; those at the end are what spreadsheets leave."""
    numbers = [number for number, cells in grid.rows if not all(map(is_blank, cells)) and number > header_row]
    present = set(numbers)
    for number, _ in grid.rows:
        if numbers and header_row < number < numbers[-1] and number not in present:
            yield Problem(grid.file, number, "", "W-CSV-007", severity="warning")


def _read_body(
    kind: type[Entity],
    grid: Grid,
    header: _Header,
    body: Sequence[Numbered],
    wanted: dict[str, Column],
    decimal_comma: bool,
    problems: list[Problem],
    lost: list[Mapping[str, Value]],
) -> tuple[list[Placed[Entity]], set[str]]:
    rows: list[Placed[Entity]] = []
    known: set[str] = set()
    names = list(header.position)
    identity = header.position.get(kind.key[0], -1)
    absent = set(wanted) - set(header.position)
    for number, cells in body:
        last = number == body[-1][0]
        structure = _row_problem(grid, header, number, cells, names, last)
        if structure:
            problems.append(structure)
            if structure.code in ("E-CSV-002", "E-CSV-003"):
                lost.append({})
            known.update(str(cell).strip() for cell in cells[identity : identity + 1] if identity >= 0)
            continue
        raw = {name: cells[index] for name, index in header.position.items() if index < len(cells)}
        place = _CellPlace(grid.file, number, decimal_comma, grid.decoded)
        values = read_values(raw, wanted, place, problems)
        if identity >= 0 and isinstance(values.get(kind.key[0]), str):
            known.add(values[kind.key[0]])
        elif identity >= 0 and identity < len(cells):
            known.add(str(cells[identity]).strip())
        entity = build(kind, values, absent, raw, Placed(grid.file, number, None), problems)
        if entity is not None:
            rows.append(Placed(grid.file, number, entity))
        else:
            lost.append(values)
    return rows, known


def _row_problem(grid: Grid, header: _Header, number: int, cells: Sequence[Raw], names: list[str], last: bool) -> Problem | None:
    """Return what is wrong with the row as a whole, if anything."""
    present = [index for index, cell in enumerate(cells) if not is_blank(cell)]
    first = cells[present[0]]
    again = len(names) > 1 and str(first).strip() == names[0]
    if again and [str(cells[index]).strip() for index in present[: len(names)]] == names:
        return Problem(grid.file, number, "", "E-CSV-005", shown(cells[0]), str(header.row))
    if last and str(first).strip().rstrip(":").casefold() in _TOTALS:
        return Problem(grid.file, number, "", "E-CSV-006", shown(first))
    filled = present[-1] + 1
    if not grid.separator and filled > header.width:
        return Problem(grid.file, number, "", "E-CSV-002", str(filled), str(header.width))
    if grid.separator and (len(cells) < header.width or filled > header.width):
        line = grid.separator.join(map(str, cells))
        for other in {",", ";", "\t"} - {grid.separator}:
            if len(line.split(other)) == header.width:
                return Problem(grid.file, number, "", "E-CSV-003", _named(other), _named(grid.separator))
        return Problem(grid.file, number, "", "E-CSV-002", str(len(cells)), str(header.width))
    return None


def _named(separator: str) -> str:
    return "tab" if separator == "\t" else separator


@dataclass(frozen=True, slots=True)
class _CellPlace:
    file: str
    row: int
    decimal_comma: bool
    decoded: bool = True


def read_values(raw: dict[str, Raw], wanted: dict[str, Column], place: _CellPlace, problems: list[Problem]) -> dict[str, Value]:
    """Read the cells of one row; blank ones of columns with a default are left out."""
    values: dict[str, Value] = {}
    for name, cell in raw.items():
        column = wanted[name]
        if is_blank(cell):
            if column.required:
                problems.append(Problem(place.file, place.row, name, "E-VAL-001"))
            continue
        try:
            values[name] = read_cell(cell, column, place.decimal_comma)
        except BadCell as bad:
            if place.decoded or "\ufffd" not in str(cell):
                problems.append(Problem(place.file, place.row, name, bad.code, shown(cell), bad.expected, bad.values))
            continue
        if place.decimal_comma and column.kind in ("whole", "number") and isinstance(cell, str) and "." in cell:
            problems.append(Problem(place.file, place.row, name, "W-NUM-009", shown(cell), str(values[name]), severity="warning"))
    return values


def build(
    kind: type[Entity],
    values: dict[str, Value],
    absent: set[str],
    raw: Mapping[str, Raw],
    place: Placed[None],
    problems: list[Problem],
    prefix: str = "",
    lines: Mapping[str, int] | None = None,
) -> Entity | None:
    """Validate one row against its class; `absent` columns and unread cells have been told already.

    `prefix` stands before the column in messages ("demand."); `lines` gives columns that stand on a line of their own.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=True):
            column = str(detail["loc"][0])
            if detail["type"] == "missing" and (column in raw or column in absent):
                continue
            row = (lines or {}).get(column, place.row)
            code, found, expected = _translate(detail, raw.get(column))
            problems.append(Problem(place.file, row, prefix + column, code, found, expected))
    return None


def _translate(detail: Any, raw: Raw) -> tuple[str, str, str]:
    """Turn an error of the validation library into a code, what was found and what was expected."""
    context = detail.get("ctx", {})
    inner = detail["input"] if len(detail["loc"]) > 1 else raw
    found = shown(inner if inner is not None else detail["input"])
    bounds = {"greater_than_equal": ("ge", "≥ "), "greater_than": ("gt", "> "), "less_than_equal": ("le", "≤ ")}
    if detail["type"] in bounds:
        key, sign = bounds[detail["type"]]
        return "E-NUM-005", found, f"{sign}{context[key]:g}" if context[key] < 1e6 else f"{sign}{context[key]:.0f}"
    if detail["type"] == "string_too_long":
        return "E-VAL-004", found, str(context["max_length"])
    if detail["type"] in ("too_short", "too_long"):
        expected = context.get("min_length", context.get("max_length"))
        return "E-VAL-008", str(len(detail["input"])), str(expected)
    if detail["type"] == "missing":
        return "E-VAL-001", "", ""
    return "E-VAL-005", found, str(detail["msg"])


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """Sort problems; the same one in several phases becomes one that names them all."""
    first: dict[Problem, Problem] = {}
    for problem in sorted(problems):
        same = first.setdefault(problem, problem)
        phases, more = dict(same.values).get("phase", ""), dict(problem.values).get("phase", "")
        if more and more not in phases.split(", "):
            first[problem] = replace(same, values=tuple({**dict(same.values), "phase": f"{phases}, {more}"}.items()))
    return list(first.values())


def grouped(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Sort problems; more than a screen of one kind in one column becomes one, with its count and first rows."""
    kinds: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in _once(problems):
        kinds.setdefault((problem.file, problem.column, problem.code, problem.severity), []).append(problem)
    kept: list[Problem] = []
    for alike in kinds.values():
        if len(alike) <= GROUP_ABOVE:
            kept.extend(alike)
            continue
        first = alike[0]
        rows = ", ".join(str(problem.row) for problem in alike[:SHOWN_ROWS]) + ", …"
        values = (*first.values, ("count", str(len(alike))), ("rows", rows))
        kept.append(replace(first, values=values))
    return tuple(sorted(kept))
