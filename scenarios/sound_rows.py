"""What is left of a scenario with faults when the wrong rows are taken out, so that its phases can still be looked at.

Rows that refer to a row taken out go too. Offices to which a wrong officer row may belong are named: nothing is said
about their crews, since the fault is told already.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .cells import closest
from .placed import Placed, Tables
from .schema import (
    ANY,
    SCHEMA_VERSION,
    SECTIONS,
    TABLES,
    Assignment,
    Entity,
    Hours,
    Office,
    OfficeChange,
    OfficeClosure,
    Officer,
    Phase,
    ProcedureField,
    Roster,
    Scenario,
)

_NEEDED = ("units", "hours", "offices", "fields", "offers", "officers", "phases")


@dataclass(frozen=True, slots=True)
class Sound:
    """Tables in which every reference is good, and what may not be said about them."""

    tables: Tables
    scenario: Scenario
    uncertain: frozenset[str] = frozenset()  #: offices whose crew is not known for certain
    demand_known: bool = True  #: False when a row of units, offices, fields or offers was taken out


def without_rows(tables: Tables, wrong: frozenset[tuple[str, int]]) -> Sound | None:
    """Return the sound part of tables; None when too little is left."""
    if len(tables.sections) < len(SECTIONS) or any(name in tables.unreadable for name in _NEEDED):
        return None
    rows = {
        name: tuple(placed for placed in placed_rows if (placed.file, placed.row) not in wrong)
        for name, placed_rows in tables.rows.items()
    }
    if any(len(rows[name]) < len(tables.ids(name) or ()) for name in ("phases", "fields", "hours")):
        return None
    sound = _consistent(replace(tables, rows=rows))
    if not all(sound.rows[name] for name in _NEEDED):
        return None
    sections = {name: placed.entity for name, placed in sound.sections.items()}
    entities = {name: tuple(placed.entity for placed in sound.rows[name]) for name in TABLES}
    scenario = Scenario.model_validate(
        {"schema_version": SCHEMA_VERSION, "id": "sound", "name_vi": "-", "name_en": "-", **sections, **entities}
    )
    demand = ("units", "offices", "fields", "offers")
    known = not any(tables.lost.get(name) or len(sound.rows[name]) < len(tables.rows[name]) for name in demand)
    return Sound(sound, scenario, _uncertain(tables, sound), known)


def _consistent(tables: Tables) -> Tables:
    """Take out rows that refer to a row that is gone."""
    hours = {placed.entity.id for placed in tables.of(Hours)}
    fields = {placed.entity.id for placed in tables.of(ProcedureField)}
    phases = {placed.entity.id for placed in tables.of(Phase)}
    tables = _keep(tables, "offices", lambda row: isinstance(row, Office) and row.hours in hours)
    offices = {placed.entity.id for placed in tables.of(Office)}
    tables = _keep(tables, "officers", lambda row: isinstance(row, Officer) and row.home in offices)
    officers = {placed.entity.id for placed in tables.of(Officer)}
    tables = _keep(
        tables, "offers", lambda row: getattr(row, "field", "") in fields and getattr(row, "phase", "") in {*phases, ANY}
    )
    tables = _keep(
        tables, "rosters", lambda row: isinstance(row, Roster) and row.officer in officers and row.office in {"", *offices}
    )
    tables = _keep(
        tables,
        "office_closures",
        lambda row: isinstance(row, OfficeClosure) and row.office in offices and row.to in {"", *offices},
    )
    tables = _keep(
        tables, "assignments", lambda row: isinstance(row, Assignment) and row.officer in officers and row.office in offices
    )
    return _keep(tables, "office_changes", lambda row: isinstance(row, OfficeChange) and {row.office, row.into} <= offices)


def _keep(tables: Tables, name: str, sound: Callable[[Entity], bool]) -> Tables:
    kept: tuple[Placed[Entity], ...] = tuple(placed for placed in tables.rows[name] if sound(placed.entity))
    return replace(tables, rows={**tables.rows, name: kept})


def _uncertain(tables: Tables, sound: Tables) -> frozenset[str]:
    """Offices to which officers of wrong rows belong, by the id they give or the one most like it."""
    kept = {(placed.file, placed.row) for placed in sound.rows["officers"]}
    offices = sorted(tables.ids("offices") or ())
    homes = [placed.entity.home for placed in tables.of(Officer) if (placed.file, placed.row) not in kept]
    homes.extend(str(cells["home"]) for cells in tables.lost.get("officers", ()) if "home" in cells)
    moved = [row for row in tables.of(Assignment) if (row.file, row.row) not in {(r.file, r.row) for r in sound.of(Assignment)}]
    homes.extend(row.entity.office for row in moved)
    return frozenset(office for home in set(homes) for office in ([home] if home in offices else closest(home, offices)))
