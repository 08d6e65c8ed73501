"""Rules on how offices are run: days on which one is closed, appointments, reserves, the back office."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date

from .cells import shown
from .placed import Placed, Tables
from .problems import Problem
from .schema import ANY, Assignment, BackOffice, OfficeClosure, Officer, Pool, ProcedureField, Roster, Slots

_TABLE_OF_LEVEL = {"commune": "units", "district": "districts"}


def back_offices_fit_level(tables: Tables) -> Iterator[Problem]:
    """The back office of a commune stands at a unit, that of a district at a district, that of the province everywhere."""
    elsewhere = (tables.ids("units") or frozenset()) | (tables.ids("districts") or frozenset())
    for placed in tables.of(BackOffice):
        row = placed.entity
        table = _TABLE_OF_LEVEL.get(row.level, "")
        fitting = tables.ids(table) if table else frozenset()
        if row.place == ANY or fitting is None or row.place in fitting:
            continue
        if not table or row.place in elsewhere:  # an id that is nowhere is told with the other references
            expected = f"{table}, {ANY}" if table else ANY
            yield placed.problem("place", "E-LEVEL-001", shown(row.place), expected, level=row.level)


def closures_lead_elsewhere(tables: Tables) -> Iterator[Problem]:
    """Citizens of a closed office are sent to one other office, which is open."""
    closures: dict[str, list[Placed[OfficeClosure]]] = {}  #: office → of the first n by start, the one that ends last
    for placed in sorted(tables.of(OfficeClosure), key=lambda placed: (placed.entity.start, placed.row)):
        row = placed.entity
        earlier = closures.setdefault(row.office, [])
        other = earlier[-1] if earlier else placed
        if row.start <= other.entity.end and row.to != other.entity.to:
            yield placed.problem("to", "E-CLOSE-002", row.to or "–", other.entity.to or "–", other_row=str(other.row))
        earlier.append(max(other, placed, key=lambda closed: closed.entity.end))
    for placed in tables.of(OfficeClosure):
        row = placed.entity
        if row.to == row.office:
            yield placed.problem("to", "E-CLOSE-001", row.to)
            continue
        shut = _last_to_end(closures.get(row.to, []), row.end)
        if shut is not None and shut.entity.end >= row.start:
            days = f"{shut.entity.start} - {shut.entity.end}"
            yield placed.problem("to", "W-CLOSE-004", row.to, days, other_row=str(shut.row))


def _last_to_end(closures: list[Placed[OfficeClosure]], day: date) -> Placed[OfficeClosure] | None:
    """Of the closures of an office that started by a day, the one that ends last; None without any."""
    started = bisect_right(closures, day, key=lambda placed: placed.entity.start)
    return closures[started - 1] if started else None


def appointments_meet(tables: Tables) -> Iterator[Problem]:
    """Appointments are given for fields that are booked, and booked where they are given."""
    if None in (tables.ids("slots"), tables.ids("fields")):
        return
    booked = {placed.entity.id for placed in tables.of(ProcedureField) if placed.entity.appointment_share > 0}
    given = {placed.entity.field for placed in tables.of(Slots)}
    lost_fields = bool(tables.lost.get("fields"))
    for slots in tables.of(Slots):
        wanted = booked if slots.entity.field == ANY else booked & {slots.entity.field}
        if not wanted and not lost_fields:
            yield slots.problem("field", "W-SLOT-001", shown(slots.entity.field), "> 0")
    for field in tables.of(ProcedureField):
        if field.entity.id in booked - given and ANY not in given and not tables.lost.get("slots"):
            yield field.problem("appointment_share", "W-SLOT-002", f"{field.entity.appointment_share:g}", "slots")


def reserves_and_pools(tables: Tables) -> Iterator[Problem]:
    """A float pool has reserves, and these serve where they are sent: neither counter hours nor a plan hold for them."""
    reserves = {placed.entity.id: placed.entity.pool for placed in tables.of(Officer) if placed.entity.pool}
    for kind in (Roster, Assignment):
        for row in tables.of(kind):
            officer = str(getattr(row.entity, "officer", ""))
            if officer in reserves:
                yield row.problem("officer", "W-POOL-001", officer, "", pool=shown(reserves[officer]))
    if tables.ids("officers") is None or tables.lost.get("officers"):
        return
    for pool in tables.of(Pool):
        if pool.entity.id not in reserves.values():
            yield pool.problem("id", "W-POOL-002", pool.entity.id, "≥ 1")


OPERATION_RULES: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    back_offices_fit_level,
    closures_lead_elsewhere,
    appointments_meet,
    reserves_and_pools,
)
