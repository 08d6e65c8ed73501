"""Tables of rows with their places: what the rules of `checks` look at, complete or half-read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from .cells import Value
from .problems import Problem
from .schema import SECTIONS, TABLES, Entity, Scenario

E_co = TypeVar("E_co", covariant=True)
E = TypeVar("E", bound=Entity)
S = TypeVar("S", bound=Entity)


@dataclass(frozen=True, slots=True)
class Placed(Generic[E_co]):
    """A row of the schema (or nothing yet) and where it stands: file or sheet, row as the spreadsheet shows it."""

    file: str
    row: int
    entity: E_co

    def problem(self, column: str, code: str, found: str = "", expected: str = "", **values: str) -> Problem:
        """Return a problem at this row; codes that begin with W are warnings."""
        severity: Literal["error", "warning"] = "warning" if code.startswith("W") else "error"
        return Problem(self.file, self.row, column, code, found, expected, tuple(values.items()), severity)


@dataclass(frozen=True, slots=True)
class Tables:
    """Rows by table; `known` holds the ids seen in a table, also in rows that could not be read."""

    rows: Mapping[str, tuple[Placed[Entity], ...]]
    sections: Mapping[str, Placed[Entity]]
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()  #: tables of which nothing is known
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: (section, key) → line in scenario.toml
    lost: Mapping[str, tuple[Mapping[str, Value], ...]] = field(default_factory=dict)  #: good cells of rows that were not

    def of(self, kind: type[E]) -> Iterator[Placed[E]]:
        """Yield the rows of a class in the order of the file."""
        for placed in self.rows.get(table_of(kind), ()):
            if isinstance(placed.entity, kind):
                yield Placed(placed.file, placed.row, placed.entity)

    def section(self, kind: type[S]) -> Placed[S] | None:
        """Return a section of the settings when it could be read."""
        for placed in self.sections.values():
            if isinstance(placed.entity, kind):
                return Placed(placed.file, placed.row, placed.entity)
        return None

    def ids(self, table: str) -> frozenset[str] | None:
        """Return the ids in a table, or None when the table could not be read."""
        if table in self.unreadable:
            return None
        rows = self.rows.get(table, ())
        read = (str(getattr(placed.entity, placed.entity.key[0])) for placed in rows)
        return self.known.get(table, frozenset()) | frozenset(read)

    def setting(self, section: str, key: str, code: str, found: str = "", expected: str = "", **values: str) -> Problem:
        """Return a problem at a setting."""
        placed = self.sections[section]
        row = self.lines.get((section, key), placed.row)
        return Placed(placed.file, row, placed.entity).problem(f"{section}.{key}", code, found, expected, **values)


def table_of(kind: type[Entity]) -> str:
    """Name of the table of a row class."""
    return next(name for name, row in TABLES.items() if row is kind)


def tables_of(scenario: Scenario) -> Tables:
    """Return the tables of a complete scenario; rows are numbered as `write_scenario` would write them."""
    rows = {
        name: tuple(Placed(f"{name}.csv", number, entity) for number, entity in enumerate(getattr(scenario, name), 2))
        for name in TABLES
    }
    return Tables(rows, {name: Placed("scenario.toml", 0, getattr(scenario, name)) for name in SECTIONS})
