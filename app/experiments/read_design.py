"""Reading a design from TOML or from options: a closed form, every problem at once with file and line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

from results.compare import LOST
from scenarios import DISTURBANCES, Problem, ScenarioError
from scenarios.cells import Column, Raw, nearest, shown
from scenarios.factors import Fits, How, field_paths, numeric_fields, read_where
from scenarios.placed import Placed
from scenarios.read_csv import decode, read_bytes
from scenarios.schema import SECTIONS, TABLES
from scenarios.settings import RawSettings, parse_toml, read_given
from sim import INDICATORS

from .design import (
    CREW,
    DISTURBANCE,
    KINDS,
    MAX_MOVES,
    OFFICE_KINDS,
    PLAN,
    USUAL_POINTS,
    VARIANT,
    Design,
    Factor,
    Kind,
    Level,
)

TOP = {name: Column(name, "whole", False) for name in ("points", "sample_seed", "days", "replications", "seed")} | {
    name: Column(name, "yes_no", False) for name in ("offices", "common_draws")
}
TOP_TEXTS = ("indicators", "phases")  #: lists of texts
TOP_KEYS = ("design", *TOP, *TOP_TEXTS)
FACTOR_KEYS = ("name", "path", "levels", "range", "how", "where", "date")
HOWS: tuple[How, ...] = ("set", "multiply", "add")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")
#: columns that the tables have beside factors
TAKEN = frozenset({"point", "phase", "replication", "office", "indicator", "value", "mean", "low", "high"})
MOST_POINTS, MOST_SEED, MOST_LEVEL = 100_000, 2**64 - 1, 1e9
OPTION = "--factor"
_SPAN = re.compile(r"(.+?)\.\.(.+)")


def read_design(
    file: Path | None = None, factors: Sequence[str] = (), *, kind: Kind | None = None, points: int | None = None
) -> Design:
    """Read a design from a TOML file, with further factors written `PATH=1,1.1,1.2` or `PATH=0.8..1.2`.

    kind, points : in the place of those of the file. ScenarioError with every problem of form.
    """
    problems: list[Problem] = []
    raw = RawSettings(OPTION, {"": {}}, {}, True) if file is None else _read_toml(file, problems)
    if not raw.readable:
        raise ScenarioError(problems)
    top = _top(raw, problems)
    unknown = "design" in raw.sections[""] and "design" not in top
    chosen: Kind = kind or top.get("design", "tornado" if unknown else "factorial")
    rows = [_Given(raw, f"factor[{rank}]", cells, problems) for rank, cells in enumerate(raw.arrays.get("factor", ()))]
    options = RawSettings(OPTION, {"": {}}, {}, True)
    rows += [_Given(options, "", _option(text), problems) for text in factors]
    if not rows:
        problems.append(Problem(raw.file, 0, "factor", "E-EXP-001"))
    found = [(row, _factor(row, chosen)) for row in rows]
    seen: set[str] = set()
    for row, factor in found:
        if factor is not None and factor.name in seen:
            row.tell("name", "E-EXP-004", factor.name)
        seen |= {factor.name} if factor is not None else set()
    design = Design(
        kind=chosen,
        factors=tuple(factor for _, factor in found if factor is not None),
        points=_sample_rows(chosen, top.get("points") if points is None else points),
        **{key: value for key, value in top.items() if key not in ("design", "points")},
        file=raw.file,
        folder=Path() if file is None else file.parent,
    )
    if not problems and design.size() > MOST_POINTS:
        problems.append(Problem(raw.file, 0, "", "E-NUM-005", shown(design.size()), f"≤ {MOST_POINTS}"))
    if problems:
        raise ScenarioError(problems)
    return design


def _read_toml(file: Path, problems: list[Problem]) -> RawSettings:
    name = shown(file.name)
    data, unreadable = read_bytes(file, name)
    if unreadable is not None:
        problems.append(unreadable)
        return RawSettings(name, {"": {}}, {}, True, readable=False)
    text, found = decode(data, name)
    raw = parse_toml(text, name)
    problems += [*found, *raw.problems]
    return raw


def _top(raw: RawSettings, problems: list[Problem]) -> dict[str, Raw]:
    """The settings above the factors; unknown and wrong ones are told."""
    given = raw.sections[""]
    for key in (*given, *filter(None, raw.sections), *raw.arrays):
        if key not in TOP_KEYS and not (key == "factor" and key in raw.arrays):
            line = raw.line("", key) or raw.line(key) or raw.line(f"{key}[0]")
            expected = nearest(key, [*TOP_KEYS, "[[factor]]"])
            problems.append(Problem(raw.file, line, shown(key), "E-TOML-003", shown(key), expected))
    top: dict[str, Raw] = {}
    bounds = {"points": (2, MOST_POINTS), "sample_seed": (0, 2**32 - 1), "seed": (0, MOST_SEED)}
    for key in TOP_KEYS:
        if key not in given:
            continue
        place, value = Placed(raw.file, raw.line("", key), None), given[key]
        if key == "design":
            if value not in KINDS:
                choices = ", ".join(KINDS)
                problems.append(place.problem(key, "E-VAL-002", shown(value), nearest(str(value), KINDS), choices=choices))
                continue
        elif key in TOP_TEXTS:
            if not (isinstance(value, list) and value and all(isinstance(item, str) for item in value)):
                problems.append(place.problem(key, "E-TOML-006", shown(value), '["…"]'))
                continue
            value = tuple(dict.fromkeys(value))
        elif (value := read_given(value, TOP[key], True, False, place, key, problems)) is None:
            continue
        elif TOP[key].kind == "whole":
            low, high = bounds.get(key, (1, 100_000))
            if not low <= value <= high:
                problems.append(place.problem(key, "E-NUM-005", shown(value), f"{low}…{high}"))
                continue
        top[key] = value
    place = Placed(raw.file, raw.line("", "indicators"), None)
    known = (*INDICATORS, LOST)
    wrong = [name for name in top.get("indicators", ()) if name not in known]
    problems += [place.problem("indicators", "E-REF-002", shown(name), nearest(name, known)) for name in wrong]
    return top


def _sample_rows(kind: Kind, asked: int | None) -> int:
    """Rows of the sample; those of sobol are a power of two, as its sequence wants."""
    if kind not in USUAL_POINTS:
        return 0
    rows = asked or USUAL_POINTS[kind]
    return 1 << (rows - 1).bit_length() if kind == "sobol" else rows


@dataclass(frozen=True, slots=True)
class _Given:
    """A factor as it was written, and where its problems go."""

    raw: RawSettings
    section: str
    cells: Mapping[str, Raw]
    problems: list[Problem]

    def place(self, key: str) -> Placed[None]:
        return Placed(self.raw.file, self.raw.line(self.section, key), None)

    def tell(self, key: str, code: str, found: Raw = "", expected: str = "", **values: str) -> None:
        self.problems.append(self.place(key).problem(f"factor.{key}", code, shown(found), expected, **values))


def _factor(given: _Given, kind: Kind) -> Factor | None:
    """One factor; None when anything about it is wrong, which is told."""
    before, cells = len(given.problems), given.cells
    for key in cells:
        if key not in FACTOR_KEYS:
            given.tell(key, "E-TOML-003", key, nearest(key, FACTOR_KEYS))
    path = cells.get("path")
    if not isinstance(path, str) or path not in _paths():
        _tell_path(given, path)
        return None
    name = cells.get("name", path)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        given.tell("name", "E-ID-001", name, "A-Z a-z 0-9 _ . -")
    elif name in TAKEN:
        given.tell("name", "E-EXP-004", name)
    how, where, start = _how(given, path), _where(given, path), _start(given, path)
    levels, span = _levels(given, path, how, kind), _span(given, path)
    allowed = ("levels",) if kind == "factorial" or path in (VARIANT, PLAN) else ("levels", "range")
    if len(asked := [key for key in ("levels", "range") if key in cells]) != 1 or asked[0] not in allowed:
        given.tell(asked[-1] if asked else "path", "E-EXP-003", "", ", ".join(allowed))
    if len(given.problems) > before:
        return None
    low, high = span or (None, None)
    return Factor(str(name), path, levels, low, high, how, where, start, given.raw.line(given.section))


def _paths() -> list[str]:
    named = [f"{DISTURBANCE}{name}" for name in DISTURBANCES]
    return [VARIANT, PLAN, MAX_MOVES, *(CREW + kind for kind in OFFICE_KINDS), *named, *field_paths()]


def _tell_path(given: _Given, path: Raw) -> None:
    if not isinstance(path, str):
        given.tell("path", "E-TOML-005", "", "path")
        return
    home = path.partition(".")[0]
    own = [f"{home}.{name}" for name in numeric_fields(home)]
    homes = ", ".join(name for name in (*SECTIONS, *TABLES) if numeric_fields(name))
    others = ", ".join([VARIANT, PLAN, MAX_MOVES, CREW + "|".join(OFFICE_KINDS), DISTURBANCE + "|".join(DISTURBANCES)])
    given.tell("path", "E-EXP-002", path, nearest(path, own or _paths()), homes=homes, others=others)


def _is_field(path: str) -> bool:
    return path.partition(".")[0] in (*SECTIONS, *TABLES)


def _how(given: _Given, path: str) -> How:
    """A column is multiplied and a setting set, unless another way is given."""
    allowed = HOWS if _is_field(path) else HOWS[:1]
    usual: How = "multiply" if path.partition(".")[0] in TABLES else "set"
    asked = given.cells.get("how", usual)
    if asked not in allowed:
        given.tell("how", "E-VAL-002", asked, nearest(str(asked), allowed), choices=", ".join(allowed))
    return next((how for how in allowed if how == asked), usual)


def _where(given: _Given, path: str) -> tuple[Fits, ...]:
    table = path.partition(".")[0]
    if "where" not in given.cells:
        return ()
    if table not in TABLES:
        given.tell("where", "E-TOML-003", "where", "name, path, levels, range")
        return ()
    return read_where(given.cells["where"], table, given.place("where"), given.problems)


def _start(given: _Given, path: str) -> date | None:
    if "date" not in given.cells:
        return None
    if not path.startswith(DISTURBANCE) or not DISTURBANCES[path.removeprefix(DISTURBANCE)].dated:
        given.tell("date", "E-VAR-003", given.cells["date"], path)
        return None
    column = Column("date", "day", False)
    found: date | None = read_given(given.cells["date"], column, True, False, given.place("date"), "factor.date", given.problems)
    return found


def _levels(given: _Given, path: str, how: How, kind: Kind) -> tuple[Level, ...]:
    """The levels, each a text or a number that fits the path."""
    levels = given.cells.get("levels", [])
    if not isinstance(levels, list) or ("levels" in given.cells and not levels):
        given.tell("levels", "E-TOML-006", levels, "[0.9, 1.0, 1.1]")
        return ()
    for level in levels:
        if path in (VARIANT, PLAN):
            if not isinstance(level, str):
                given.tell("levels", "E-TOML-006", level, '"…"')
        else:
            _check_number(given, "levels", level, path, whole=_is_whole(path) and how != "multiply")
    if len({str(level) for level in levels}) < len(levels):
        given.tell("levels", "E-EXP-005")
    return tuple(level if isinstance(level, str) else _as_number(level) for level in levels)


def _span(given: _Given, path: str) -> tuple[float, float] | None:
    """The ends of the range, the lower first."""
    if "range" not in given.cells:
        return None
    span = given.cells["range"]
    numbers = isinstance(span, list) and len(span) == 2 and all(_is_number(end) for end in span)
    if not numbers or not span[0] < span[1]:
        given.tell("range", "E-EXP-009", span, "[0.8, 1.2]")
        return None
    for end in span:
        _check_number(given, "range", end, path, whole=False)
    return float(span[0]), float(span[1])


def _is_whole(path: str) -> bool:
    home, _, name = path.partition(".")
    return path == MAX_MOVES or path.startswith(CREW) or numeric_fields(home).get(name, False)


def _is_number(value: Raw) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _as_number(value: Raw) -> float:
    return float(value) if _is_number(value) else 0.0


def _check_number(given: _Given, key: str, value: Raw, path: str, *, whole: bool) -> None:
    low = -MOST_LEVEL if _is_field(path) else 0
    if not _is_number(value):
        given.tell(key, "E-NUM-001", value, "1.1")
    elif whole and value != int(value):
        given.tell(key, "E-NUM-004", value, "3")
    elif not low <= value <= MOST_LEVEL:
        given.tell(key, "E-NUM-005", value, f"{low:g}…{MOST_LEVEL:g}")


def _option(text: str) -> dict[str, Raw]:
    """`PATH=1,1.1,1.2` or `PATH=0.8..1.2` as it would stand in a file; what is no number stays text."""
    path, _, values = text.partition("=")
    span = _SPAN.fullmatch(values)
    if span is not None and path not in (VARIANT, PLAN):
        return {"path": path, "range": [_number(end) for end in span.groups()]}
    texts = values.split(",")
    return {"path": path, "levels": [one.strip() if path in (VARIANT, PLAN) else _number(one) for one in texts]}


def _number(text: str) -> Raw:
    try:
        return float(text)
    except ValueError:
        return text.strip()
