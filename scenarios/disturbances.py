"""Disturbances: what may befall any province, added by name to any scenario – Tet, a rush, absence, a failure, growth.

Each takes a sound scenario and returns a copy with rows added (or demand scaled); none knows how a day is played. Sizes
are assumed and stand in `docs/disturbances.md`. Without a date a disturbance falls into the middle whole week of every
phase, the week that is played when one week is asked for, so that each phase feels it.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import count
from math import inf
from types import MappingProxyType

from .cells import BadCell
from .phases import PhaseView, phase_view, straight_km
from .schema import (
    ANY,
    TABLES,
    AbsenceWave,
    DemandChange,
    Entity,
    Office,
    OfficeClosure,
    Outage,
    Phase,
    ProcedureField,
    Scenario,
    System,
)
from .strengths import with_strength
from .workdays import phase_blocks, working_days

#: factor on all demand, and the further one on certification that makes it × 0.6 before and × 1.4 after
TET_BEFORE, TET_FIRST_DAYS, TET_AFTER = (0.75, 0.8), (0.8, 1.0), (1.25, 1.12)
TET_QUIET_DAYS, TET_DAYS = 2, 17  #: working days after Tet: the first are quiet, then demand is high up to the last
TET_SPAN_DAYS = 23  #: calendar days of those working days
TET_CLOSURE_DAYS = 5  #: a closure with fewer days in January and February is not Tet
LAND_FACTOR = 2.0
ABSENCE_SHARE, ABSENCE_DAYS = 0.2, 14
DOWN_FROM, DOWN_TO = time(7, 30), time(11, 30)
CLOSED_DAYS = 7
SCALE_MAX = 100.0  #: of `demand.scale` in the schema
YEAR = timedelta(days=366)
ID_LENGTH, NAME_LENGTH = 64, 200
NAME_JOINT = " + "


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One disturbance by its name; `change` takes a scenario and a date, or None for the default dates."""

    name: str
    name_vi: str
    name_en: str
    dated: bool
    change: Callable[[Scenario, date | None], Scenario]


def disturb(scenario: Scenario, name: str, start: date | None = None, *, strength: float = 1.0) -> Scenario:
    """Return a scenario under a disturbance, with its name added to id and names.

    start : first day (of `tet-rush` the first working day after Tet); None for the default dates; strength : 1 as it is
    described, see `with_strength`. KeyError for an unknown name, ValueError for a date where none is taken or a strength
    below 0, BadCell when demand would leave its bounds.
    """
    chosen = DISTURBANCES[name]
    if start is not None and not chosen.dated:
        raise ValueError(f"{name} takes no date")
    if not 0 <= strength < inf:
        raise ValueError(f"strength {strength} is no number from 0 up")
    label = name if start is None else f"{name}-{start}"
    top = {
        "id": f"{scenario.id}.{label}"[:ID_LENGTH],
        "name_vi": _named(scenario.name_vi, chosen.name_vi, {one.name_vi for one in DISTURBANCES.values()}),
        "name_en": _named(scenario.name_en, chosen.name_en, {one.name_en for one in DISTURBANCES.values()}),
    }
    changed = chosen.change(scenario, start)
    return (changed if strength == 1 else with_strength(scenario, changed, strength)).model_copy(update=top)


def _named(name: str, addition: str, known: set[str]) -> str:
    """A name with an addition behind it; additions stand in the order of letters, whatever order they came in."""
    parts, additions = name.split(NAME_JOINT), [addition]
    while len(parts) > 1 and parts[-1] in known:
        additions.append(parts.pop())
    return NAME_JOINT.join([*parts, *sorted(additions)])[:NAME_LENGTH].rstrip()


# Dates


def _phases(scenario: Scenario) -> list[Phase]:
    return sorted(scenario.phases, key=lambda phase: (phase.start, phase.id))


def _middle_day(scenario: Scenario, phase: Phase) -> date | None:
    """First working day of the middle whole week of a phase; None when it has no working day."""
    blocks = phase_blocks(scenario, phase.id, 1)
    return blocks[0].measured[0] if blocks else None


def _starts(scenario: Scenario, start: date | None, days: int) -> list[date]:
    """The date asked for, or one in every phase that does not lie in the `days` days of the one before."""
    if start is not None:
        return [start]
    starts: list[date] = []
    for phase in _phases(scenario):
        day = _middle_day(scenario, phase)
        if day is not None and (not starts or day >= starts[-1] + timedelta(days=days)):
            starts.append(day)
    return starts


def _open_from(scenario: Scenario, day: date, days: int) -> tuple[date, ...]:
    """The first working days from a day on, fewer when a year holds fewer."""
    return working_days(scenario, day, day + YEAR)[:days]


def _month_from(start: date) -> tuple[date, date]:
    """First and last day of the month that begins on a day."""
    year, month = (start.year, start.month + 1) if start.month < 12 else (start.year + 1, 1)
    return start, date(year, month, min(start.day, monthrange(year, month)[1])) - timedelta(days=1)


# Rows


def _added(scenario: Scenario, table: str, stem: str, rows: Iterable[Entity]) -> Scenario:
    """The scenario with rows behind those of a table; each gets the first free id of `stem-1`, `stem-2`…"""
    present: tuple[Entity, ...] = getattr(scenario, table)
    taken = {str(getattr(row, "id", "")).casefold() for row in present}
    free = (name for number in count(1) if (name := f"{stem}-{number}") not in taken)
    return scenario.model_copy(update={table: present + tuple(row.model_copy(update={"id": next(free)}) for row in rows)})


def _of_topic(scenario: Scenario, topic: str) -> list[ProcedureField]:
    """Fields of a topic by id; where no field names it, those with the word in their id."""
    fields = sorted(scenario.fields, key=lambda field: field.id)
    named = [field for field in fields if field.topic == topic]
    return named or [field for field in fields if topic in field.id.replace("-", "_").split("_")]


# The disturbances


def _tet_rush(scenario: Scenario, start: date | None) -> Scenario:
    """Less demand in the week before Tet and on the first working days after it, then more for three weeks."""
    days = [start] if start is not None else _after_tets(scenario) or _starts(scenario, None, TET_SPAN_DAYS)
    for first in days:
        scenario = _added(scenario, "demand_changes", f"tet-rush-{first}", _tet(scenario, first))
    return scenario


def _after_tets(scenario: Scenario) -> list[date]:
    """The day after each Tet whose rush reaches a phase: of each year the longest closure in January and February."""
    longest: dict[int, tuple[int, date]] = {}
    for closure in sorted(scenario.closures, key=lambda closure: (closure.start, closure.id)):
        for year in range(closure.start.year, closure.end.year + 1):
            first, last = max(closure.start, date(year, 1, 1)), min(closure.end, date(year, 3, 1) - timedelta(days=1))
            days = (last - first).days + 1
            if days >= TET_CLOSURE_DAYS and days > longest.get(year, (0, first))[0]:
                longest[year] = days, closure.end + timedelta(days=1)
    return [
        day
        for _, (_, day) in sorted(longest.items())
        if any(row.start <= phase.end and phase.start <= row.end for row in _tet(scenario, day) for phase in scenario.phases)
    ]


def _tet(scenario: Scenario, first: date) -> list[DemandChange]:
    """Changes of demand around Tet; the first working day after it is `first`, or the next working day."""
    after = _open_from(scenario, first, TET_DAYS)
    if not after:
        return []
    week = sum(factor > 0 for factor in scenario.demand.weekday_factors)
    before = working_days(scenario, after[0] - YEAR, after[0] - timedelta(days=1))[-week:]
    stretches = ((before, TET_BEFORE), (after[:TET_QUIET_DAYS], TET_FIRST_DAYS), (after[TET_QUIET_DAYS:], TET_AFTER))
    certification = [field.id for field in _of_topic(scenario, "certification")]
    changes: list[DemandChange] = []
    for days, (everywhere, further) in stretches:
        factors = [(ANY, everywhere), *((field, further) for field in certification if further != 1.0)]
        changes += [_change(field, days[0], days[-1], factor) for field, factor in factors if days]
    return changes


def _change(field: str, start: date, end: date, factor: float) -> DemandChange:
    return DemandChange(id="new", field=field, place=ANY, start=start, end=end, factor=factor)


def _land_rush(scenario: Scenario, start: date | None) -> Scenario:
    """Twice the demand for land papers for a month."""
    fields = [field.id for field in _of_topic(scenario, "land")]
    for first, last in [_month_from(start)] if start is not None else _middle_months(scenario):
        rows = [_change(field, first, last, LAND_FACTOR) for field in fields]
        scenario = _added(scenario, "demand_changes", f"land-rush-{first}", rows)
    return scenario


def _middle_months(scenario: Scenario) -> list[tuple[date, date]]:
    """The middle month of all phases together, and that of each phase that has no working day in it."""
    phases = _phases(scenario)
    first, last = phases[0].start, max(phase.end for phase in phases)
    middle = _month_from((first + (last - first) // 2).replace(day=1))
    months = {middle}
    for phase in phases:
        day = _middle_day(scenario, phase)
        if day is not None and not working_days(scenario, max(middle[0], phase.start), min(middle[1], phase.end)):
            months.add(_month_from(day.replace(day=1)))
    return sorted(months)


def _absence_wave(scenario: Scenario, start: date | None) -> Scenario:
    """One officer in five more is away for two weeks."""
    for first in _starts(scenario, start, ABSENCE_DAYS):
        last = first + timedelta(days=ABSENCE_DAYS - 1)
        wave = AbsenceWave(id="new", place=ANY, start=first, end=last, share=ABSENCE_SHARE)
        scenario = _added(scenario, "absence_waves", f"absence-wave-{first}", [wave])
    return scenario


def _system_down(scenario: Scenario, start: date | None) -> Scenario:
    """The system that most fields need stands still for a morning."""
    days = [day for first in _starts(scenario, start, 1) for day in _open_from(scenario, first, 1)]
    if not days:
        return scenario
    scenario, system = _main_system(scenario)
    for day in days:
        outage = Outage(id="new", system=system, place=ANY, start=day, end=day, from_time=DOWN_FROM, to_time=DOWN_TO)
        scenario = _added(scenario, "outages", f"system-down-{day}", [outage])
    return scenario


def _main_system(scenario: Scenario) -> tuple[Scenario, str]:
    """The system that most fields need, first by id; where none is needed, a new one that all need."""
    needed = [system for field in scenario.fields for system in set(field.systems.split())]
    if needed:
        return scenario, min(needed, key=lambda system: (-needed.count(system), system))
    new = System(
        id="new", name_vi="Hệ thống thông tin giải quyết thủ tục hành chính", name_en="Information system for procedures"
    )
    scenario = _added(scenario, "systems", "one-stop", [new])
    system = scenario.systems[-1].id
    fields = tuple(field.model_copy(update={"systems": system}) for field in scenario.fields)
    return scenario.model_copy(update={"fields": fields}), system


def _branch_closed(scenario: Scenario, start: date | None) -> Scenario:
    """The branch that serves most people is closed for a week."""
    for first in _starts(scenario, start, CLOSED_DAYS):
        last = first + timedelta(days=CLOSED_DAYS - 1)
        view = _view_on(scenario, first)
        office = _busiest(scenario, view)
        target = _stand_in(scenario, view, office, first, last)
        closure = OfficeClosure(id="new", office=office.id, start=first, end=last, to=target)
        scenario = _added(scenario, "office_closures", f"branch-closed-{first}", [closure])
    return scenario


def _view_on(scenario: Scenario, day: date) -> PhaseView:
    """The organization on a day: that of the last phase that has begun, or of the first."""
    phases = _phases(scenario)
    begun = [phase for phase in phases if phase.start <= day]
    return phase_view(scenario, (begun or phases[:1])[-1].id)


def _busiest(scenario: Scenario, view: PhaseView) -> Office:
    """The branch whose units have most people (then most counters); a point, then a center, where no branch stands."""
    people = {unit.id: unit.population for unit in scenario.units}
    served = {(office, unit) for (unit, _), office in view.competent.items()}
    inhabitants = {name: sum(people[unit] for office, unit in served if office == name) for name in view.offices}
    kinds = ("branch", "point", "center")
    return min(
        view.offices.values(),
        key=lambda office: (kinds.index(office.kind), -inhabitants[office.id], -office.counters, office.id),
    )


def _stand_in(scenario: Scenario, view: PhaseView, office: Office, first: date, last: date) -> str:
    """The nearest open office with all the fields of a closed one, "" without any; where citizens already go stands."""
    closed = [row for row in scenario.office_closures if row.start <= last and first <= row.end]
    for row in closed:
        if row.office == office.id:
            return row.to
    shut = {row.office for row in closed}
    offered = view.offers[office.id]
    others = [
        other
        for name, other in view.offices.items()
        if name != office.id and offered and offered <= view.offers[name] and not shut.intersection(view.members[name])
    ]
    nearest = min(others, key=lambda other: (straight_km(office.lat, office.lon, other.lat, other.lon), other.id), default=None)
    return nearest.id if nearest else ""


def _growth(factor: float) -> Callable[[Scenario, date | None], Scenario]:
    """More demand everywhere, on every day."""

    def change(scenario: Scenario, start: date | None) -> Scenario:
        scale = float(f"{scenario.demand.scale * factor:.12g}")  # the same in whatever order factors come
        if scale > SCALE_MAX:
            raise BadCell("E-NUM-005", f"≤ {SCALE_MAX:g}")
        return scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"scale": scale})})

    return change


#: by name, in the order in which they are shown
DISTURBANCES: Mapping[str, Disturbance] = MappingProxyType(
    {
        one.name: one
        for one in (
            Disturbance("tet-rush", "cao điểm Tết", "Tet rush", True, _tet_rush),
            Disturbance("land-rush", "cao điểm hồ sơ đất đai", "rush for land papers", True, _land_rush),
            Disturbance("absence-wave", "nhiều cán bộ vắng mặt", "absence wave", True, _absence_wave),
            Disturbance("system-down", "hệ thống ngừng hoạt động", "system down", True, _system_down),
            Disturbance("branch-closed", "một chi nhánh đóng cửa", "branch closed", True, _branch_closed),
            Disturbance("growth-10", "nhu cầu tăng 10 %", "demand up by 10 %", False, _growth(1.1)),
            Disturbance("growth-20", "nhu cầu tăng 20 %", "demand up by 20 %", False, _growth(1.2)),
            Disturbance("growth-30", "nhu cầu tăng 30 %", "demand up by 30 %", False, _growth(1.3)),
        )
    }
)


def is_unchanged(before: Scenario, after: Scenario) -> bool:
    """Tell whether a disturbance left every row and the demand as they were."""
    return before.demand == after.demand and all(getattr(before, table) == getattr(after, table) for table in TABLES)
