"""A phase as it stands: which offices exist, what they offer, who serves where. The only place that follows mergers.

Everything is keyed by id and sorted by id, so the order of rows in the files never matters.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from .schema import ANY, Office, Officer, Phase, ProcedureField, Scenario, Unit

EARTH_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class PhaseView:
    """The organization of one phase. Offices are the surviving ones, with counters after mergers."""

    phase: Phase
    offices: dict[str, Office]
    members: dict[str, tuple[str, ...]]  #: surviving office → the offices it holds, itself included
    offers: dict[str, frozenset[str]]  #: surviving office → field ids
    officers: dict[str, Officer]  #: those who serve in this phase
    home: dict[str, str]  #: officer → surviving office of the home
    came: dict[str, str]  #: officer → surviving office where they served as the phase began
    serves: dict[str, str]  #: officer → surviving office where they serve, after assignments; reserves of pools not
    competent: dict[tuple[str, str], str]  #: (unit, field) → surviving office, absent when nobody offers it
    boundary_free: frozenset[str]  #: field ids that any office offering them may take
    survivor: dict[str, str] = field(init=False, repr=False, compare=False)  #: of every office
    crews: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)  #: by office
    home_crews: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)  #: likewise

    def __post_init__(self) -> None:
        """Know which office is where, and who is there, without a look at everyone."""
        object.__setattr__(self, "survivor", {office: host for host, held in self.members.items() for office in held})
        object.__setattr__(self, "crews", _by_office(self.serves))
        object.__setattr__(
            self, "home_crews", _by_office({officer: self.home[officer] for officer in self.serves if officer in self.home})
        )

    @property
    def away(self) -> frozenset[str]:
        """Officers who serve away from home in this phase."""
        return frozenset(officer for officer, office in self.serves.items() if office != self.home[officer])

    @property
    def moved(self) -> frozenset[str]:
        """Officers who change offices as this phase begins, or are new where no home is known; a merger moves nobody."""
        return frozenset(officer for officer, office in self.serves.items() if office != self.came.get(officer))

    @property
    def reserves(self) -> dict[str, str]:
        """Float pool of each reserve, in the order of officers."""
        return {officer: person.pool for officer, person in self.officers.items() if person.pool}

    def crew(self, office: str) -> tuple[str, ...]:
        """Officers who serve at an office, sorted by id."""
        return self.crews.get(office, ())

    def home_crew(self, office: str) -> tuple[str, ...]:
        """Officers whose home an office is, sorted by id, wherever they serve."""
        return self.home_crews.get(office, ())


def _by_office(places: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Officers by office, in the order given."""
    found: dict[str, list[str]] = {}
    for officer, office in places.items():
        found.setdefault(office, []).append(officer)
    return {office: tuple(officers) for office, officers in found.items()}


@lru_cache(maxsize=16)  # one study asks for the same few in a hundred places; scenarios are frozen and compare by value
def phase_view(scenario: Scenario, phase_id: str) -> PhaseView:
    """Return the organization of a phase after every merger up to it and its own assignments; nobody writes into it."""
    order = phase_order(scenario)
    reached = order[: order.index(phase_id) + 1]
    into, offices = _merge(scenario, reached)
    offices |= _changed_counters(scenario, phase_id, offices)
    survivor = {office.id: _root(into, office.id) for office in scenario.offices}
    members = {host: tuple(sorted(office for office, root in survivor.items() if root == host)) for host in sorted(offices)}
    offers = _offers(scenario, phase_id, members)
    officers = {
        officer.id: officer
        for officer in sorted(scenario.officers, key=lambda officer: officer.id)
        if _serves_in(officer, phase_id, order)
    }
    home = {officer: survivor[person.home] for officer, person in officers.items()}
    assigned = {row.officer: survivor[row.office] for row in scenario.assignments if row.phase == phase_id}
    earlier = {row.officer: survivor[row.office] for row in scenario.assignments if row.phase in reached[-2:-1]}
    serves = {officer: assigned.get(officer, place) for officer, place in home.items() if not officers[officer].pool}
    return PhaseView(
        phase=scenario.phase(phase_id),
        offices={host: offices[host] for host in sorted(offices)},
        members=members,
        offers=offers,
        officers=officers,
        home=home,
        came={officer: earlier.get(officer, place) for officer, place in home.items()},
        serves=serves,
        competent=_competent(scenario, offices, survivor, offers),
        boundary_free=frozenset(
            field.id for field in scenario.fields if field.boundary_free_from in order and field.boundary_free_from in reached
        ),
    )


def phase_order(scenario: Scenario) -> list[str]:
    """Ids of the phases by date."""
    return [phase.id for phase in sorted(scenario.phases, key=lambda phase: (phase.start, phase.id))]


def _root(into: dict[str, str], office: str) -> str:
    while office in into:
        office = into[office]
    return office


def _merge(scenario: Scenario, reached: list[str]) -> tuple[dict[str, str], dict[str, Office]]:
    """Apply the office changes phase by phase; counters add up to at most the phase's cap, or the host's own if more."""
    into: dict[str, str] = {}
    offices = {office.id: office for office in scenario.offices}
    for phase_id in reached:
        cap = scenario.phase(phase_id).merged_counters_cap
        groups: dict[str, list[str]] = {}
        changes = {change.office: change.into for change in scenario.office_changes if change.phase == phase_id}
        into |= changes
        for office in sorted(changes):
            groups.setdefault(_root(into, office), []).append(office)
        for host, joined in groups.items():
            counters = offices[host].counters + sum(offices[office].counters for office in joined)
            limit = offices[host].premises_limit + sum(offices[office].premises_limit for office in joined)
            counters = min(counters, max(cap, offices[host].counters)) if cap else counters
            offices[host] = offices[host].model_copy(update={"counters": counters, "premises_limit": max(limit, counters)})
            for office in joined:
                del offices[office]
    return into, offices


def _changed_counters(scenario: Scenario, phase_id: str, offices: dict[str, Office]) -> dict[str, Office]:
    """Offices with the counters added or reserved in the phase alone."""
    return {
        row.office: offices[row.office].model_copy(
            update={
                "counters": offices[row.office].counters + row.added,
                "reserved_counters": offices[row.office].reserved_counters + row.reserved,
            }
        )
        for row in scenario.counter_changes
        if row.phase == phase_id and row.office in offices
    }


def _offers(scenario: Scenario, phase_id: str, members: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    kinds = {office.id: office.kind for office in scenario.offices}
    taken: dict[str, set[str]] = {}
    for offer in scenario.offers:
        if offer.phase in (ANY, phase_id):
            taken.setdefault(offer.office, set()).add(offer.field)
    return {
        host: frozenset().union(*(taken.get(place, ()) for office in held for place in (office, kinds[office])))
        for host, held in members.items()
    }


def _serves_in(officer: Officer, phase_id: str, order: list[str]) -> bool:
    first = order.index(officer.first_phase) if officer.first_phase else 0
    last = order.index(officer.last_phase) if officer.last_phase else len(order) - 1
    return first <= order.index(phase_id) <= last


def _competent(
    scenario: Scenario, offices: dict[str, Office], survivor: dict[str, str], offers: dict[str, frozenset[str]]
) -> dict[tuple[str, str], str]:
    """The nearest level that offers the field: the unit's own office, else its district's branch, else a center."""
    by_unit: dict[str, list[str]] = {}
    by_district: dict[str, list[str]] = {}
    centers: list[str] = []
    for office in sorted(scenario.offices, key=lambda office: office.id):
        if office.kind == "center":
            centers.append(survivor[office.id])
        elif office.kind == "branch":
            by_district.setdefault(office.district, []).append(survivor[office.id])
        else:
            by_unit.setdefault(office.unit, []).append(survivor[office.id])
    found: dict[tuple[str, str], str] = {}
    for unit in scenario.units:
        chain = [*by_unit.get(unit.id, ()), *by_district.get(unit.district, ()), *centers]
        takers = [(place, offers[place]) for place in chain]
        for one in scenario.fields:
            for place, taken in takers:
                if one.id in taken:
                    found[unit.id, one.id] = place
                    break
    return found


@lru_cache(maxsize=65_536)  # the same ways are asked for in every phase, and by the simulation and the plan
def straight_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance in km (haversine, mean Earth radius)."""
    phi, psi = radians(lat), radians(other_lat)
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def unit_to_office_km(scenario: Scenario, unit: Unit, office: Office) -> float:
    """Straight km of a trip; inside a unit the mean distance to the middle of its area stands."""
    if unit.id == office.unit:
        return max(
            scenario.travel.within_unit_factor * sqrt(unit.area_km2), straight_km(unit.lat, unit.lon, office.lat, office.lon)
        )
    return straight_km(unit.lat, unit.lon, office.lat, office.lon)


def minutes_per_km(scenario: Scenario, unit: Unit) -> float:
    """Pace of travel in a unit by its kind and density."""
    travel = scenario.travel
    if unit.kind == "commune":
        return 60.0 / travel.rural_kmh
    dense = unit.kind == "ward" and unit.population / unit.area_km2 >= travel.dense_people_per_km2
    return 60.0 / (travel.urban_dense_kmh if dense else travel.urban_kmh)


def travel_min(scenario: Scenario, unit: Unit, office: Office, office_unit: Unit) -> float:
    """Door-to-door minutes by motorbike from a unit to an office."""
    pace = (minutes_per_km(scenario, unit) + minutes_per_km(scenario, office_unit)) / 2
    return scenario.travel.fixed_min + pace * scenario.travel.circuity * unit_to_office_km(scenario, unit, office)


def commute_km(scenario: Scenario, unit: Unit, office: Office) -> float:
    """Road km a day of a commute, there and back."""
    return 2 * scenario.travel.circuity * unit_to_office_km(scenario, unit, office)


def field_map(scenario: Scenario) -> dict[str, ProcedureField]:
    """Procedure fields by id."""
    return {field.id: field for field in scenario.fields}


LEVELS = ("commune", "district", "province")  #: from the lowest


def desk_group(officer: Officer, fields: dict[str, ProcedureField], offers: frozenset[str]) -> str | None:
    """The group of desks an officer would join at an office: the highest level among the offered fields they hold.

    None when they hold none of them and so have no place there.
    """
    held = {fields[name].level for name, pace in officer.skills.items() if pace > 0 and name in offers}
    return max(held, key=LEVELS.index) if held else None


def days_since_move(phase: Phase, day: date) -> int:
    """Calendar days since the officers of a phase's plan moved; they move as the phase begins."""
    return (day - phase.start).days
