"""Variants: a named override of a scenario, one TOML file beside its tables, never a copied folder.

Sections override single settings; `[[table]]` rows replace the columns they give in the row of the same key, or add a
row. A variant keeps the name's id with its own behind a point: `tiny` and `tiny.busy`. What stands behind the colon of a
name may also be disturbances, which any scenario takes: `tiny:busy+absence-wave@2025-03-10`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path

from .cells import BadCell, Column, Value, columns, nearest, read_cell, shown
from .disturbances import DISTURBANCES, disturb, is_unchanged
from .placed import Placed, Tables
from .problems import Problem
from .read_csv import decode, read_bytes
from .rows import build
from .schema import SECTIONS, TABLES, Entity, Scenario
from .settings import TOP_TEXTS, RawSettings, parse_toml, read_given, read_setting, section_values


@dataclass(frozen=True, slots=True)
class Asked:
    """One name behind the colon: a variant of the scenario, or a disturbance with or without a date."""

    text: str  #: as it was written
    name: str
    is_variant: bool
    start: date | None = None

    @property
    def place(self) -> Placed[None]:
        """Where its problems stand."""
        return Placed(f"variants/{self.name}.toml" if self.is_variant else shown(self.text), 0, None)


def read_names(folder: Path | None, text: str, problems: list[Problem]) -> tuple[Asked, ...]:
    """Return what `NAME+NAME@DATE` asks for, those of the scenario's own variants first; wrong names are told."""
    variants = _variants(folder)
    asked = []
    for given in text.split("+") if text else ():
        name, dated, day = given.partition("@")
        found = Asked(given, name, name in variants)
        if not found.is_variant and name not in DISTURBANCES:
            place = Placed(f"variants/{shown(name)}.toml" if name else shown(text), 0, None)
            lists = {"variants": ", ".join(variants) or "–", "disturbances": ", ".join(DISTURBANCES)}
            problems.append(place.problem("", "E-VAR-001", shown(name), nearest(name, [*variants, *DISTURBANCES]), **lists))
            continue
        if dated:
            try:
                found = replace(found, start=_start(found, day))
            except BadCell as error:
                wrong = day if error.code.startswith("E-DATE") else given
                problems.append(found.place.problem("", error.code, shown(wrong), error.expected, **dict(error.values)))
                continue
        asked.append(found)
    return tuple(sorted(asked, key=lambda one: not one.is_variant))


def _start(asked: Asked, day: str) -> date:
    """The date given to a disturbance; BadCell when it is none or none is taken."""
    if asked.is_variant or not DISTURBANCES[asked.name].dated:
        raise BadCell("E-VAR-003", asked.name)
    found: date = read_cell(day, Column("start", "day", True))
    return found


def _variants(folder: Path | None) -> list[str]:
    return sorted(path.stem for path in (folder / "variants").glob("*.toml")) if folder else []


def apply_disturbance(asked: Asked, tables: Tables, scenario: Scenario, problems: list[Problem]) -> tuple[Tables, Scenario]:
    """Return tables and scenario under a disturbance; new rows are placed at its name, numbered from 1."""
    try:
        after = disturb(scenario, asked.name, asked.start)
    except BadCell as error:
        problems.append(asked.place.problem("", error.code, shown(asked.text), error.expected, **dict(error.values)))
        return tables, scenario
    if is_unchanged(scenario, after):
        problems.append(asked.place.problem("", "W-VAR-004", shown(asked.text)))
    number = count(1)
    rows: dict[str, tuple[Placed[Entity], ...]] = {}
    for table, placed in tables.rows.items():
        entities: tuple[Entity, ...] = getattr(after, table)
        kept = [Placed(row.file, row.row, entity) for row, entity in zip(placed, entities, strict=False)]
        added = [Placed(asked.place.file, next(number), entity) for entity in entities[len(placed) :]]
        rows[table] = (*kept, *added)
    sections = {name: Placed(placed.file, placed.row, getattr(after, name)) for name, placed in tables.sections.items()}
    return replace(tables, rows=rows, sections=sections), after


@dataclass(frozen=True, slots=True)
class Override:
    """What a variant changes, cell by cell, each good by itself."""

    raw: RawSettings
    top: dict[str, Value]
    sections: dict[str, dict[str, Value]]
    rows: dict[str, list[tuple[str, dict[str, Value]]]]  #: table → (section of the row, columns given)
    problems: tuple[Problem, ...]


def read_variant(folder: Path, name: str) -> Override:
    """Read `variants/NAME.toml` of a scenario's folder; the file is there."""
    file = f"variants/{name}.toml"
    data, unreadable = read_bytes(folder / file, file)
    text, problems = decode(data, file)
    raw = parse_toml(text, file)
    found = [unreadable] if unreadable else [*problems, *raw.problems]
    top = _read_top(raw, name, found)
    sections = {key: section_values(raw, key, SECTIONS[key], False, found) for key in raw.sections if key in SECTIONS}
    for key in raw.sections:
        if key and key not in SECTIONS:
            expected = nearest(key, [*SECTIONS, *TABLES])
            found.append(Problem(file, raw.line(key), shown(key), "E-TOML-003", shown(key), expected))
    rows = _read_rows(raw, found)
    return Override(raw, top, sections, rows, tuple(found))


def _read_top(raw: RawSettings, name: str, problems: list[Problem]) -> dict[str, Value]:
    wanted = columns(Scenario, TOP_TEXTS)
    top: dict[str, Value] = {}
    for key in raw.sections[""]:
        if key not in wanted:
            place = (raw.file, raw.line("", key), shown(key))
            problems.append(Problem(*place, "E-TOML-003", shown(key), nearest(key, [*TOP_TEXTS, *SECTIONS, *TABLES])))
            continue
        value = read_setting(raw, "", key, wanted[key], False, problems)
        if value is not None:
            top[key] = value
    return top


def _read_rows(raw: RawSettings, problems: list[Problem]) -> dict[str, list[tuple[str, dict[str, Value]]]]:
    rows: dict[str, list[tuple[str, dict[str, Value]]]] = {}
    for table, given_rows in raw.arrays.items():
        if table not in TABLES:
            line = raw.line(f"{table}[0]")
            problems.append(Problem(raw.file, line, shown(table), "E-TOML-003", shown(table), nearest(table, list(TABLES))))
            continue
        wanted = columns(TABLES[table])
        for index, given in enumerate(given_rows):
            section = f"{table}[{index}]"
            values: dict[str, Value] = {}
            for key, cell in given.items():
                place = Placed(raw.file, raw.line(section, key), None)
                if key not in wanted:
                    problems.append(place.problem(f"{table}.{key}", "E-COL-003", shown(key), nearest(key, list(wanted))))
                    continue
                value = read_given(cell, wanted[key], True, False, place, f"{table}.{key}", problems)
                if value is not None:
                    values[key] = value
            for key in TABLES[table].key:
                if key not in given:
                    place = Placed(raw.file, raw.line(section), None)
                    problems.append(place.problem(f"{table}.{key}", "E-VAR-002", "", key))
            if all(key in values for key in TABLES[table].key):
                rows.setdefault(table, []).append((section, values))
    return rows


def apply_override(override: Override, tables: Tables, problems: list[Problem]) -> Tables:
    """Return the tables with the variant's rows and settings in place; wrong combinations are told."""
    rows = {table: _apply_rows(override, table, tables, problems) for table in tables.rows}
    sections = dict(tables.sections)
    raw = override.raw
    for name, values in override.sections.items():
        base = sections.get(name)
        if base is None or not values:
            continue
        merged = {**_values(base.entity), **values}
        place = Placed(raw.file, raw.line(name), None)
        given = raw.sections[name]
        entity = build(SECTIONS[name], merged, set(), given, place, problems, f"{name}.", raw.lines_of(name))
        if entity is not None:
            sections[name] = Placed(base.file, base.row, entity)
    return replace(tables, rows=rows, sections=sections)


def _apply_rows(override: Override, table: str, tables: Tables, problems: list[Problem]) -> tuple[Placed[Entity], ...]:
    kind = TABLES[table]
    placed = {_key(row.entity): row for row in tables.rows[table]}
    if table not in override.rows:
        return tables.rows[table]
    raw = override.raw
    for section, values in override.rows[table]:
        key = tuple(values[column] for column in kind.key)
        base: Mapping[str, Value] = _values(placed[key].entity) if key in placed else {}
        place = Placed(raw.file, raw.line(section), None)
        entity = build(kind, {**base, **values}, set(), values, place, problems, f"{table}.", raw.lines_of(section))
        if entity is not None:
            placed[key] = Placed(raw.file, place.row, entity)
    return tuple(placed.values())


def _key(entity: Entity) -> tuple[Value, ...]:
    return tuple(getattr(entity, column) for column in entity.key)


def _values(entity: Entity) -> dict[str, Value]:
    return {name: getattr(entity, name) for name in type(entity).model_fields}
