"""Rules on each phase as it stands, after its mergers: crews, skills, counters, rosters, demand.

Each rule sees one phase (`Stand`) and yields its breaches, placed at the row of the office or officer they are about.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from .phases import PhaseView, phase_view
from .placed import Placed, Tables
from .presence import Presence, presence
from .problems import Problem
from .rosters import duty, open_weekdays, slots
from .schema import CounterChange, Hours, Office, OfficeClosure, Phase, ProcedureField, Roster, Scenario, Unit
from .sound_rows import Sound
from .workdays import working_days

WEEKDAYS = range(7)


@dataclass(frozen=True, slots=True)
class Stand:
    """One phase with everything a rule may ask."""

    tables: Tables
    scenario: Scenario
    view: PhaseView
    present: Presence
    crews: dict[str, tuple[str, ...]]  #: surviving office → officers who serve there
    skills: dict[str, frozenset[str]]  #: officer → fields they may serve
    offices: dict[str, Placed[Office]]
    uncertain: frozenset[str]  #: offices of whose crew nothing may be said
    demand_known: bool

    @property
    def phase(self) -> str:
        return self.view.phase.id

    @property
    def crewed(self) -> Iterator[tuple[str, Office]]:
        """Offices whose crew is known."""
        return ((office, place) for office, place in self.view.offices.items() if office not in self.uncertain)

    def holders(self, office: str, field: str) -> list[str]:
        """Officers of an office's crew who may serve a field."""
        return [officer for officer in self.crews[office] if field in self.skills[officer]]


def check_phases(sound: Sound) -> Iterator[Problem]:
    """Yield every breach in every phase."""
    tables, scenario = sound.tables, sound.scenario
    offices = {placed.entity.id: placed for placed in tables.of(Office)}
    for phase in sorted(scenario.phases, key=lambda phase: (phase.start, phase.id)):
        view = phase_view(scenario, phase.id)
        crews: dict[str, list[str]] = {office: [] for office in view.offices}
        for officer, office in view.serves.items():
            crews[office].append(officer)
        crew = {office: tuple(members) for office, members in crews.items()}
        unsure = frozenset(host for host, members in view.members.items() if sound.uncertain.intersection(members))
        skills = {officer: frozenset(person.skills) for officer, person in view.officers.items()}
        present = presence(scenario, view, duty(scenario, view))
        stand = Stand(tables, scenario, view, present, crew, skills, offices, unsure, sound.demand_known)
        for rule in PHASE_RULES:
            yield from rule(stand)


def crew_large_enough(stand: Stand) -> Iterator[Problem]:
    """Each office has its minimum crew."""
    for office, place in stand.crewed:
        crew = len(stand.crews[office])
        if crew < place.minimum_crew:
            expected = f"≥ {place.minimum_crew}"
            yield stand.offices[office].problem(
                "minimum_crew", "E-CREW-001", str(crew), expected, office=office, name=place.name, phase=stand.phase
            )


def offers_held(stand: Stand) -> Iterator[Problem]:
    """Each field an office offers is held by someone of its crew."""
    for office, place in stand.crewed:
        missing = sorted(field for field in stand.view.offers[office] if not stand.holders(office, field))
        if missing:
            yield stand.offices[office].problem(
                "id", "E-CREW-002", " ".join(missing), "≥ 1", office=office, name=place.name, phase=stand.phase
            )


def offers_on_duty(stand: Stand) -> Iterator[Problem]:
    """In each open half hour some holder of each offered field is at a counter; told once an office."""
    hours = {row.id: row for row in stand.scenario.hours}
    for office, place in stand.crewed:
        half_hours = slots(hours[place.hours])
        held = stand.view.offers[office] & frozenset().union(*(stand.skills[name] for name in stand.crews[office]))
        of_days: dict[tuple[tuple[str, int, int], ...], Counter[str]] = {}  #: by stretches: most days are alike
        gaps: Counter[str] = Counter()
        for weekday in open_weekdays(stand.scenario):
            stretches = stand.present.get((office, weekday), ())
            if stretches not in of_days:
                of_days[stretches] = _gaps(stand, held, stretches, half_hours)
            gaps.update(of_days[stretches])
        if gaps:
            yield stand.offices[office].problem(
                "id", "W-CREW-003", " ".join(gaps), "", office=office, name=place.name, phase=stand.phase,
                half_hours=str(max(gaps.values())),
            )  # fmt: skip


def _gaps(
    stand: Stand, held: frozenset[str], stretches: tuple[tuple[str, int, int], ...], half_hours: Sequence[tuple[int, int]]
) -> Counter[str]:
    """How many half hours of a day nobody at a counter holds a field, by those fields."""
    return Counter(
        field
        for first, last in half_hours
        for field in sorted(
            held.difference(*(stand.skills[officer] for officer, start, end in stretches if start < last and first < end))
        )
    )


def counters_enough(stand: Stand) -> Iterator[Problem]:
    """At no moment are more officers on duty than the office has counters."""
    for office, place in stand.crewed:
        worst = max((_most_at_once(stand, office, weekday) for weekday in WEEKDAYS), key=lambda peak: peak[0], default=(0, 0, 0))
        if worst[0] > place.counters:
            yield stand.offices[office].problem(
                "counters", "E-CREW-005", str(worst[0]), f"≤ {place.counters}", office=office, name=place.name,
                phase=stand.phase, weekday=str(worst[2]), time=f"{worst[1] // 60:02}:{worst[1] % 60:02}",
            )  # fmt: skip


def counter_changes_fit(stand: Stand) -> Iterator[Problem]:
    """Counters are added and reserved at offices that stand in the phase, within the premises and the counters there are."""
    for placed in stand.tables.of(CounterChange):
        row = placed.entity
        if row.phase != stand.phase:
            continue
        office = stand.view.offices.get(row.office)
        if office is None:
            host = stand.view.survivor.get(row.office, "")
            if host:
                yield placed.problem("office", "E-COUNTER-001", row.office, host, phase=stand.phase)
            continue
        if row.added and office.counters > office.premises_limit:
            expected = f"≤ {office.premises_limit}"
            yield placed.problem(
                "added", "E-COUNTER-002", str(office.counters), expected, office=row.office, name=office.name, phase=stand.phase
            )
        if row.reserved and office.reserved_counters > office.counters:
            found, expected = str(office.reserved_counters), f"≤ {office.counters}"
            yield placed.problem(
                "reserved", "E-COUNTER-003", found, expected, office=row.office, name=office.name, phase=stand.phase
            )


def _most_at_once(stand: Stand, office: str, weekday: int) -> tuple[int, int, int]:
    """Most officers on duty at once on a weekday: number, minute, weekday."""
    stretches = stand.present.get((office, weekday), ())
    events = sorted([(start, 1) for _, start, _ in stretches] + [(end, -1) for _, _, end in stretches])
    most, now = (0, 0, weekday), 0
    for minute, change in events:
        now += change
        if now > most[0]:
            most = (now, minute, weekday)
    return most


def rosters_when_open(stand: Stand) -> Iterator[Problem]:
    """Written counter hours lie in the opening hours of their office, on weekdays with demand, of officers who serve."""
    hours = {row.id: row for row in stand.scenario.hours}
    survivor = stand.view.survivor
    weekdays = open_weekdays(stand.scenario)
    for placed in stand.tables.of(Roster):
        row = placed.entity
        if row.phase != stand.phase:
            continue
        found = f"{row.weekday} {row.start:%H:%M}-{row.end:%H:%M}"
        if row.officer not in stand.view.officers:
            yield placed.problem("officer", "W-ROSTER-002", row.officer, "", phase=stand.phase)
            continue
        if row.officer not in stand.view.serves:  # a reserve, told elsewhere
            continue
        office = survivor[row.office] if row.office else stand.view.serves[row.officer]
        sessions = _sessions(hours[stand.view.offices[office].hours])
        inside = any(start <= row.start and row.end <= end for start, end in sessions)
        if not inside or row.weekday - 1 not in weekdays:
            expected = ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in sessions)
            yield placed.problem("start", "W-ROSTER-001", found, expected, office=office, phase=stand.phase)


def _sessions(hours: Hours) -> tuple[tuple[time, time], ...]:
    """When counters are open: before and after lunch, or without a break."""
    if hours.lunch_halves:
        return ((hours.open, hours.close),)
    return ((hours.open, hours.lunch_start), (hours.lunch_end, hours.close))


def demand_has_an_office(stand: Stand) -> Iterator[Problem]:
    """Each field in demand is offered, and each unit with people has an office that must take it."""
    if not stand.demand_known or stand.scenario.demand.scale == 0:
        return
    offered = frozenset().union(*stand.view.offers.values())
    units = {placed.entity.id: placed for placed in stand.tables.of(Unit)}
    lost: dict[str, list[str]] = {}
    for placed in stand.tables.of(ProcedureField):
        field = placed.entity
        if field.demand_per_1000_month == 0:
            continue
        if field.id not in offered:
            yield placed.problem("id", "E-DEMAND-001", field.id, "≥ 1", phase=stand.phase)
            continue
        for unit in stand.scenario.units:
            if unit.population * unit.demand_factor > 0 and (unit.id, field.id) not in stand.view.competent:
                lost.setdefault(unit.id, []).append(field.id)
    for unit_id, fields in lost.items():
        yield units[unit_id].problem("id", "E-DEMAND-002", " ".join(fields), "≥ 1", unit=unit_id, phase=stand.phase)


def staff_has_demand(stand: Stand) -> Iterator[Problem]:
    """An office with staff has something to do."""
    if not stand.demand_known or stand.scenario.demand.scale == 0:
        return
    wanted = {field.id for field in stand.scenario.fields if field.demand_per_1000_month > 0}
    people = {unit.id for unit in stand.scenario.units if unit.population * unit.demand_factor > 0}
    busy = {office for (unit, field), office in stand.view.competent.items() if unit in people and field in wanted}
    for office, place in stand.crewed:
        free = stand.view.offers[office] & stand.view.boundary_free & wanted
        if stand.crews[office] and office not in busy and not free:
            yield stand.offices[office].problem(
                "id", "W-CREW-004", str(len(stand.crews[office])), "", office=office, name=place.name, phase=stand.phase
            )


def phase_has_days(stand: Stand) -> Iterator[Problem]:
    """A phase has working days."""
    for placed in stand.tables.of(Phase):
        if placed.entity.id == stand.phase and not working_days(stand.scenario, placed.entity.start, placed.entity.end):
            yield placed.problem("start", "W-PHASE-003", f"{placed.entity.start} - {placed.entity.end}", "≥ 1")


def closed_offices_have_another(stand: Stand) -> Iterator[Problem]:
    """Citizens of an office closed for a whole phase have somewhere to go."""
    phase = stand.view.phase
    days = working_days(stand.scenario, phase.start, phase.end)
    for placed in stand.tables.of(OfficeClosure):
        row = placed.entity
        if days and not row.to and row.office in stand.view.offices and row.start <= days[0] and days[-1] <= row.end:
            name = stand.view.offices[row.office].name
            found = f"{row.start} - {row.end}"
            yield placed.problem("to", "W-CLOSE-003", found, "", office=row.office, name=name, phase=stand.phase)


#: what must hold in every phase; a new rule is a function of a `Stand`, added here
PHASE_RULES: tuple[Callable[[Stand], Iterator[Problem]], ...] = (
    crew_large_enough,
    offers_held,
    offers_on_duty,
    counters_enough,
    counter_changes_fit,
    rosters_when_open,
    demand_has_an_office,
    staff_has_demand,
    phase_has_days,
    closed_offices_have_another,
)
