"""What an experiment may change in a scenario by name: a setting, or a column of a table in all rows that fit.

`demand.scale` is the setting of scenario.toml, `fields.service_min` the column of a table. Every change gives a new
scenario whose rows were checked one by one; rules across tables are for `check_scenario`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from math import floor
from typing import Literal

from .cells import Value, columns, nearest, shown
from .placed import Placed
from .problems import Problem
from .rows import build
from .schema import SECTIONS, TABLES, Entity, Scenario

How = Literal["set", "multiply", "add"]
#: column that names a row of another table → that table
REFERRED = {
    "home": "offices",
    "office": "offices",
    "unit": "units",
    "home_unit": "units",
    "district": "districts",
    "field": "fields",
    "phase": "phases",
    "officer": "officers",
}


@dataclass(frozen=True, slots=True)
class Fits:
    """Rows that are meant: the column of the row, or of the row it refers to, is one of some texts."""

    column: str  #: `kind`, or `home.kind` for the kind of the office that `home` names
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A change of one numeric field by a value that an experiment chooses."""

    home: str  #: a section or a table
    field: str
    how: How
    where: tuple[Fits, ...] = ()  #: of a table; all must hold

    @property
    def whole(self) -> bool:
        """Whether the field holds whole numbers; results of a change are rounded then."""
        return numeric_fields(self.home)[self.field]

    def applied(self, scenario: Scenario, value: float, place: Placed[None], problems: list[Problem]) -> Scenario | None:
        """Return the scenario with the value in place; None when a row breaks its bounds, which is told at `place`."""
        if self.home in SECTIONS:
            section = self._changed(getattr(scenario, self.home), value, f"{self.home}.", place, problems)
            return None if section is None else scenario.model_copy(update={self.home: section})
        table: tuple[Entity, ...] = getattr(scenario, self.home)
        meant = [fits(scenario, row, self.where) for row in table]
        rows = [
            self._changed(row, value, f"{self.home}.", place, problems) if chosen else row
            for row, chosen in zip(table, meant, strict=True)
        ]
        good = tuple(row for row in rows if row is not None)
        return scenario.model_copy(update={self.home: good}) if len(good) == len(rows) else None

    def _changed(self, row: Entity, value: float, prefix: str, place: Placed[None], problems: list[Problem]) -> Entity | None:
        old = getattr(row, self.field)
        new = {"set": value, "multiply": old * value, "add": old + value}[self.how]
        new = floor(new + 0.5) if self.whole else float(f"{new:.12g}")
        values = {name: getattr(row, name) for name in type(row).model_fields} | {self.field: new}
        return build(type(row), values, set(), {self.field: new}, place, problems, prefix)


def numeric_fields(home: str) -> Mapping[str, bool]:
    """Numeric fields of a section or table, and whether each is whole; none for a name that is neither."""
    kind = SECTIONS.get(home) or TABLES.get(home)
    found = columns(kind) if kind is not None else {}
    return {name: one.kind == "whole" for name, one in found.items() if one.kind in ("whole", "number")}


def field_paths() -> tuple[str, ...]:
    """Every `section.field` and `table.column` that may be changed."""
    return tuple(f"{home}.{name}" for home in (*SECTIONS, *TABLES) for name in numeric_fields(home))


def fits(scenario: Scenario, row: Entity, where: tuple[Fits, ...]) -> bool:
    """Tell whether a row is meant."""
    return all(_text(_cell(scenario, row, one.column)) in one.texts for one in where)


def _cell(scenario: Scenario, row: Entity, column: str) -> Value:
    name, _, further = column.partition(".")
    value = getattr(row, name)
    if not further:
        return value
    table: tuple[Entity, ...] = getattr(scenario, REFERRED[name])
    return next((getattr(other, further) for other in table if getattr(other, "id", None) == value), "")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def read_where(given: object, table: str, place: Placed[None], problems: list[Problem]) -> tuple[Fits, ...]:
    """Read `{ kind = "point", home.kind = ["branch"] }`; columns that are not there are told."""
    if not isinstance(given, dict):
        problems.append(place.problem("where", "E-TOML-006", shown(given), '{ kind = "point" }'))
        return ()
    found = []
    for name, value in given.items():
        further = value if isinstance(value, dict) else {"": value}
        for column, wanted in further.items():
            path = f"{name}.{column}" if column else name
            known = _columns(table)
            if path not in known:
                problems.append(place.problem("where", "E-COL-003", shown(path), nearest(path, known)))
            elif not (texts := _texts(wanted)):
                problems.append(place.problem(f"where.{path}", "E-TOML-006", shown(wanted), '"point"'))
            else:
                found.append(Fits(path, texts))
    return tuple(found)


def _columns(table: str) -> list[str]:
    own = list(TABLES[table].model_fields)
    referred = [(name, REFERRED[name]) for name in own if name in REFERRED]
    return own + [f"{name}.{column}" for name, other in referred for column in TABLES[other].model_fields]


def _texts(wanted: object) -> tuple[str, ...]:
    items = wanted if isinstance(wanted, list) else [wanted]
    return tuple(_text(item) for item in items) if items and not any(isinstance(item, (dict, list)) for item in items) else ()
