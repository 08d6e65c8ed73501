"""Reading a scenario: a bundled name, a folder of TOML and CSV, or an Excel workbook, with every problem at once.

Nothing but `ScenarioError` leaves this module for bad input. The order is: files → cells → rows → rules across tables;
each step goes on past the faults of the step before, so that one reading finds them all.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .cells import is_near, nearest, shown
from .checks import check_tables
from .placed import Placed, Tables
from .problems import Problem, ScenarioError
from .read_csv import decode, read_bytes, read_csv
from .rows import Grid, TableRead, grouped, read_table
from .schema import REQUIRED_TABLES, SCHEMA_VERSION, TABLES, Entity, Scenario
from .settings import RawSettings, Settings, parse_toml, read_settings
from .variants import Override, apply_disturbance, apply_override, read_names, read_variant

LIBRARY = Path(__file__).parent / "library"
SETTINGS_FILE = "scenario.toml"
PROVINCE = re.compile(r"country-(\d\d)")  #: a province of 2024, made when it is asked for
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}(?:@[^+:\0]{0,40})?"  #: of a variant or a disturbance
_NAMES = re.compile(rf"(.+):({_NAME}(?:\+(?:{_NAME})?)*)")


@dataclass(frozen=True, slots=True)
class _Material:
    """What stands in the files, before any meaning: grids by table, settings, problems of form."""

    grids: Mapping[str, Grid]
    settings: RawSettings | None
    problems: tuple[Problem, ...]
    unreadable: frozenset[str] = frozenset()
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What the files mean, before overrides and rules across tables."""

    material: _Material
    settings: Settings
    tables: Mapping[str, TableRead]


def bundled() -> tuple[str, ...]:
    """Return the names of the bundled scenarios."""
    return tuple(sorted(path.parent.name for path in LIBRARY.glob(f"*/{SETTINGS_FILE}")))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return a scenario that keeps every rule; ScenarioError with all its problems otherwise.

    `NAME:VARIANT` applies the override `variants/VARIANT.toml`, `NAME:DISTURBANCE` or `NAME:DISTURBANCE@DATE` one of
    `DISTURBANCES`; several are joined by `+`. Disturbances come after the scenario's own variants.
    """
    name = str(name_or_path)
    return _bundled(name) if name in bundled() else _sound(name)


@cache
def _bundled(name: str) -> Scenario:
    """A bundled scenario, which no run changes."""
    return _sound(name)


def _sound(name: str) -> Scenario:
    """A scenario without errors."""
    scenario, problems = examine_scenario(name)
    if scenario is None:
        raise ScenarioError(problems)
    return scenario


def examine_scenario(name_or_path: str | Path) -> tuple[Scenario | None, tuple[Problem, ...]]:
    """Return the scenario, or None when it has errors, and all errors and warnings, sorted."""
    base, names = _split_names(str(name_or_path))
    read = _read_bundled(base) if base in bundled() else _read(base)
    material, settings = read.material, read.settings
    problems = [*material.problems, *settings.problems]
    for table in read.tables.values():
        problems.extend(table.problems)
    tables = _tables(read.tables, settings, material.unreadable)
    if not _has_source(material):
        return None, grouped(problems)
    asked = read_names(material.folder, names, problems)
    overrides = {one.name: read_variant(material.folder, one.name) for one in asked if one.is_variant and material.folder}
    for override in overrides.values():
        problems.extend(override.problems)
        tables = apply_override(override, tables, problems)
    scenario = None if _any_error(problems) else _scenario(settings, overrides, tables)
    found = check_tables(tables, scenario)
    disturbances = [one for one in asked if not one.is_variant]
    if scenario is not None and disturbances and not _any_error(found):
        for one in disturbances:
            tables, scenario = apply_disturbance(one, tables, scenario, problems)
        found = check_tables(tables, scenario)
    problems.extend(found)
    return (None if _any_error(problems) else scenario), grouped(problems)


@cache
def _read_bundled(name: str) -> _Read:
    """The files of a bundled scenario, which no run changes and several variants share."""
    return _read(name)


def _read(name: str) -> _Read:
    """Read the files of a scenario, cell by cell."""
    material = _read_material(name)
    settings = read_settings(material.settings or RawSettings("", {"": {}}, {}, False, readable=False))
    found = {
        table: read_table(table, grid, settings.decimal_comma, table in REQUIRED_TABLES) for table, grid in material.grids.items()
    }
    return _Read(material, settings, found)


def _any_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _has_source(material: _Material) -> bool:
    return bool(material.grids) or material.settings is not None


def _split_names(name: str) -> tuple[str, str]:
    """Split `PLACE:NAMES`; a path that exists and the letter of a drive stay whole."""
    match = _NAMES.fullmatch(name)
    if match is None or len(match[1]) == 1 or _exists(Path(name)):
        return name, ""
    return match[1], match[2]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _read_material(name: str) -> _Material:
    if name in bundled():
        return _read_folder(LIBRARY / name)
    path = Path(name)
    try:
        if (code := PROVINCE.fullmatch(name)) and not path.exists():
            return _made_province(code[1])
        if "\0" not in name and path.is_dir():
            return _read_folder(path)
        if "\0" not in name and path.exists() and path.suffix.lower() == ".xlsx":
            return _read_book(path)
    except OSError as error:
        return _Material({}, None, (Problem(shown(path.name), 0, "", "E-FILE-003", error.strerror or type(error).__name__),))
    known = list(bundled())
    expected = nearest(name, known) if is_near(name, known) else ", ".join(known)
    return _Material({}, None, (Problem(shown(name), 0, "", "E-FILE-001", shown(name), expected),))


def _made_province(code: str) -> _Material:
    """A province of the synthetic country, read as any folder is."""
    from .library.country import country_province, province_names
    from .write import write_scenario

    if (name := f"country-{code}") not in province_names():
        return _Material({}, None, (Problem(name, 0, "", "E-FILE-001", name, nearest(name, list(province_names()))),))
    with tempfile.TemporaryDirectory() as folder:
        write_scenario(country_province(code), Path(folder) / name)
        return replace(_read_folder(Path(folder) / name), folder=None)


def _read_book(path: Path) -> _Material:
    from .workbook import SETTINGS_SHEET, read_workbook  # here, so that who reads tables does not wait for the library

    book = read_workbook(path)
    problems = list(book.problems)
    missing: frozenset[str] = frozenset()
    if book.grids or book.settings:
        missing = frozenset(table for table in REQUIRED_TABLES if table not in book.grids)
        names = [*sorted(missing), *([] if book.settings else [SETTINGS_SHEET])]
        problems.extend(Problem(name, 0, "", "E-FILE-002", "", path.name) for name in names)
    elif not problems:
        problems.append(Problem(path.name, 0, "", "E-FILE-002", "", ", ".join(REQUIRED_TABLES)))
    return _Material(book.grids, book.settings, tuple(problems), missing, path.parent)


def _read_folder(folder: Path) -> _Material:
    problems: list[Problem] = []
    grids: dict[str, Grid] = {}
    unreadable: set[str] = set()
    names = {path.name for path in folder.iterdir()}
    problems.extend(_unknown_files(names))
    for table, kind in TABLES.items():
        file = f"{table}.csv"
        if f"{table}.xlsx" in names and file in names:
            problems.append(Problem(file, 0, "", "E-FILE-008", f"{table}.xlsx", file))
        if file not in names:
            if table in REQUIRED_TABLES:
                problems.append(Problem(file, 0, "", "E-FILE-002", "", str(folder)))
                unreadable.add(table)
            continue
        grid, found = read_csv(folder / file, file, list(kind.model_fields))
        problems.extend(found)
        if grid is None:
            unreadable.add(table)
        else:
            grids[table] = grid
    settings = _read_toml(folder, names, problems)
    return _Material(grids, settings, tuple(problems), frozenset(unreadable), folder)


def _unknown_files(names: set[str]) -> list[Problem]:
    """Tables nobody asked for: a name nearly right is an error, because its table would silently be missing."""
    free = [table for table in TABLES if f"{table}.csv" not in names]
    problems = []
    for name in sorted(names):
        stem, _, suffix = name.rpartition(".")
        if suffix.lower() != "csv" or name in (f"{table}.csv" for table in TABLES):
            continue
        near = is_near(stem, free)
        place = Placed(shown(name), 0, None)
        expected = f"{nearest(stem, free)}.csv" if near else ""
        problems.append(place.problem("", "E-FILE-009" if near else "W-FILE-011", shown(name), expected))
    return problems


def _read_toml(folder: Path, names: set[str], problems: list[Problem]) -> RawSettings:
    nothing = RawSettings(SETTINGS_FILE, {"": {}}, {}, True, readable=False)
    if SETTINGS_FILE not in names:
        problems.append(Problem(SETTINGS_FILE, 0, "", "E-FILE-002", "", str(folder)))
        return nothing
    data, unreadable = read_bytes(folder / SETTINGS_FILE, SETTINGS_FILE)
    if unreadable:
        problems.append(unreadable)
        return nothing
    text, found = decode(data, SETTINGS_FILE)
    problems.extend(found)
    return parse_toml(text, SETTINGS_FILE) if text or not found else nothing


def _tables(reads: Mapping[str, TableRead], settings: Settings, unreadable: frozenset[str]) -> Tables:
    rows = {table: reads[table].rows if table in reads else () for table in TABLES}
    known = {table: read.known for table, read in reads.items()}
    lost = {table for table, read in reads.items() if not read.readable}
    bad_rows = {table: read.lost for table, read in reads.items()}
    return Tables(rows, settings.sections, known, unreadable | lost, settings.lines, bad_rows)


def _scenario(settings: Settings, overrides: Mapping[str, Override], tables: Tables) -> Scenario:
    top = dict(settings.top)
    for variant, override in overrides.items():
        top = {**top, "id": f"{top['id']}.{variant}"[:64], **override.top}
    sections = {name: placed.entity for name, placed in tables.sections.items()}
    rows: dict[str, tuple[Entity, ...]] = {table: tuple(row.entity for row in placed) for table, placed in tables.rows.items()}
    return Scenario.model_validate({"schema_version": SCHEMA_VERSION, **top, **sections, **rows})
