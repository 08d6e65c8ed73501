"""Officers' time behind the counter: what is left of the commune's day, and specialist officers at the upper levels.

Nobody publishes these numbers. They are set so that the back office alone seldom makes a dossier late: each level has at
least 1.15 times its mean work, for on time 98 in 100 was reported at departments and districts.
"""

from collections.abc import Callable, Sequence
from math import ceil

from ..schema import ANY, BackOffice, Level, ProcedureField, Scenario, Unit
from .staff import COUNTER_SHARE

DAY_MIN = 480.0
SPARE = 1.15  # capacity over mean work, at least
SPECIALIST_SHARE = 0.85  # of a specialist officer's day given to dossiers


def back_offices(scenario: Scenario) -> tuple[BackOffice, ...]:
    """A row for each unit, each district and the province; no backlog as the first phase starts."""
    homes = {office.id: office.unit for office in scenario.offices}
    rest = dict.fromkeys((unit.id for unit in scenario.units), 0.0)
    for officer in scenario.officers:
        if officer.employer == "commune" and officer.counter_share == COUNTER_SHARE["point"]:
            rest[homes[officer.home]] += (1 - officer.counter_share) * DAY_MIN

    def commune(unit: str) -> float:
        wanted = SPARE * work(scenario, "commune", [row for row in scenario.units if row.id == unit])
        return float(round(max(rest[unit], ceil(wanted))))

    def district(name: str) -> float:
        return specialists(work(scenario, "district", [row for row in scenario.units if row.district == name]))

    districts = [row.id for row in scenario.districts if any(unit.district == row.id for unit in scenario.units)]
    return (
        *_rows("commune", [unit.id for unit in scenario.units], commune),
        *_rows("district", districts, district),
        *_rows("province", [ANY], lambda _: specialists(work(scenario, "province", scenario.units))),
    )


def _rows(level: Level, places: Sequence[str], minutes: Callable[[str], float]) -> list[BackOffice]:
    return [BackOffice(level=level, place=place, minutes_per_day=minutes(place)) for place in places]


def specialists(work_min: float) -> float:
    """Minutes a day of whole specialist officers, at least `SPARE` times the work."""
    each = SPECIALIST_SHARE * DAY_MIN
    return ceil(SPARE * work_min / each) * each


def work(scenario: Scenario, level: Level, homes: Sequence[Unit]) -> float:
    """Mean minutes a day that the dossiers of a level from some units need, in the phase with most of them online."""
    fields = [field for field in scenario.fields if field.level == level and not gone(scenario, field)]
    days = scenario.demand.working_days_per_month
    people = sum(unit.population * unit.demand_factor for unit in homes)
    return people / 1000 * sum(field.demand_per_1000_month / days * work_of(scenario, field) for field in fields)


def work_of(scenario: Scenario, field: ProcedureField) -> float:
    """Mean minutes a dossier of a field: none when it is decided the same day at the counter, a check more when online."""
    online = min(1.0, field.online_self_share * max(phase.online_self_factor for phase in scenario.phases))
    by_counter = (1 - online) * (1 - field.same_day_share)
    return (online + by_counter) * field.back_office_min + online * scenario.results.online_check_min


def gone(scenario: Scenario, field: ProcedureField) -> bool:
    """Tell whether another authority has taken a field over for the whole time."""
    first, last = min(phase.start for phase in scenario.phases), max(phase.end for phase in scenario.phases)
    return any(
        change.field == field.id and change.place == ANY and change.factor == 0 and change.start <= first and last <= change.end
        for change in scenario.demand_changes
    )
