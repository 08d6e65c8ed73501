"""What may drive queues and can be thought away: growth, absence, the season, mergers… each a copy of a scenario without it.

The opposite of `disturbances`: nothing is added, and what a scenario does not have cannot be its cause.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from .phases import PhaseView
from .schema import ANY, Scenario

SETTLED = 1000  #: pace per mille of an officer who is not new


@dataclass(frozen=True, slots=True)
class Place:
    """An office of a phase and some of its days."""

    view: PhaseView
    office: str
    start: date
    end: date

    def covers(self, place: str, start: date, end: date) -> bool:
        """Tell whether a row for a place (`*`, a district, an office) and some days touches it."""
        office = self.view.offices[self.office]
        return start <= self.end and self.start <= end and place in (ANY, office.district, *self.view.members[self.office])


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause by its name: the scenario without it, and the ids of the rows by which it comes to a place."""

    name: str
    without: Callable[[Scenario], Scenario]
    rows: Callable[[Scenario, Place], tuple[str, ...]]


def causes_of(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario without each cause that it has, by name in a fixed order."""
    found = {name: cause.without(scenario) for name, cause in CAUSES.items()}
    return {name: without for name, without in found.items() if without != scenario}


def _nothing(scenario: Scenario, place: Place) -> tuple[str, ...]:
    return ()


def _no_growth(scenario: Scenario) -> Scenario:
    """Demand of the base: no scale and no factor of a unit above 1."""
    demand = scenario.demand.model_copy(update={"scale": min(scenario.demand.scale, 1.0)})
    units = tuple(unit.model_copy(update={"demand_factor": 1.0}) if unit.demand_factor > 1 else unit for unit in scenario.units)
    return scenario.model_copy(update={"demand": demand, "units": units})


def _no_rush(scenario: Scenario) -> Scenario:
    """No dated rise of demand; what falls stays."""
    return scenario.model_copy(update={"demand_changes": tuple(row for row in scenario.demand_changes if row.factor <= 1)})


def _rushes(scenario: Scenario, place: Place) -> tuple[str, ...]:
    units = {unit for (unit, _), office in place.view.competent.items() if office == place.office}
    offered = {ANY, *place.view.offers[place.office]}
    return tuple(
        row.id
        for row in scenario.demand_changes
        if row.factor > 1
        and row.field in offered
        and (place.covers(row.place, row.start, row.end) or (row.place in units and place.covers(ANY, row.start, row.end)))
    )


def _no_season(scenario: Scenario) -> Scenario:
    """Every month alike, its first days too; weekdays keep their factors."""
    flat = {"month_factors": (1.0,) * 12, "month_start_factor": 1.0}
    return scenario.model_copy(update={"demand": scenario.demand.model_copy(update=flat)})


def _no_waves(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"absence_waves": ()})


def _waves(scenario: Scenario, place: Place) -> tuple[str, ...]:
    return tuple(row.id for row in scenario.absence_waves if place.covers(row.place, row.start, row.end))


def _no_absence(scenario: Scenario) -> Scenario:
    """Nobody is away on a usual day; waves of absence stay."""
    officers = tuple(officer.model_copy(update={"absence_rate": 0.0}) for officer in scenario.officers)
    return scenario.model_copy(update={"officers": officers})


def _no_mergers(scenario: Scenario) -> Scenario:
    """Every office stands as in the beginning, with its own crew and counters."""
    return scenario.model_copy(update={"office_changes": ()})


def _merged(scenario: Scenario, place: Place) -> tuple[str, ...]:
    return tuple(office for office in place.view.members[place.office] if office != place.office)


def _no_free_choice(scenario: Scenario) -> Scenario:
    """Citizens keep to the competent office, whatever they may do."""
    phases = tuple(phase.model_copy(update={"stay_share": 1.0}) for phase in scenario.phases)
    return scenario.model_copy(update={"phases": phases})


def _no_moves(scenario: Scenario) -> Scenario:
    """Everybody serves at home."""
    return scenario.model_copy(update={"assignments": ()})


def _moved(scenario: Scenario, place: Place) -> tuple[str, ...]:
    """Officers of the office who serve elsewhere."""
    return tuple(officer for officer in place.view.away if place.view.home[officer] == place.office)


def _no_learning(scenario: Scenario) -> Scenario:
    """Who was sent elsewhere is settled there at once, and nobody is on the move."""
    paces = {"first_pace": SETTLED, "second_pace": SETTLED} if scenario.assignments else {}
    changes = tuple(row.model_copy(update={"move_days": 0}) for row in scenario.office_changes)
    learning = scenario.learning.model_copy(update=paces)
    return scenario.model_copy(update={"learning": learning, "office_changes": changes})


def _no_outages(scenario: Scenario) -> Scenario:
    systems = tuple(system.model_copy(update={"failures_per_month": 0.0}) for system in scenario.systems)
    return scenario.model_copy(update={"systems": systems, "outages": ()})


def _outages(scenario: Scenario, place: Place) -> tuple[str, ...]:
    return tuple(row.id for row in scenario.outages if place.covers(row.place, row.start, row.end))


def _no_closures(scenario: Scenario) -> Scenario:
    """No office is closed while others are open."""
    return scenario.model_copy(update={"office_closures": ()})


def _closures(scenario: Scenario, place: Place) -> tuple[str, ...]:
    return tuple(row.office for row in scenario.office_closures if place.covers(ANY, row.start, row.end))


#: by name, in the order in which equal ones are named
CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        one.name: one
        for one in (
            Cause("absence_wave", _no_waves, _waves),
            Cause("rush", _no_rush, _rushes),
            Cause("growth", _no_growth, _nothing),
            Cause("closure", _no_closures, _closures),
            Cause("merger", _no_mergers, _merged),
            Cause("moves", _no_moves, _moved),
            Cause("learning", _no_learning, _nothing),
            Cause("outage", _no_outages, _outages),
            Cause("season", _no_season, _nothing),
            Cause("absence", _no_absence, _nothing),
            Cause("boundary_free", _no_free_choice, _nothing),
        )
    }
)
