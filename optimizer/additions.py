"""What a plan adds beside moves, written into a scenario: posts, counters, volunteers, reserved counters."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, pairwise

from scenarios.phases import phase_view
from scenarios.schema import CounterChange, Officer, Scenario, Volunteer
from sim.response import Crews, desk_crews

ID_LENGTH = 58  #: of an id without its number
COUNTERS = ("rented", "bought")
POSTS = {"post": "", "postal_post": "post"}  #: kind → employer, empty = that of the officer it is like


@dataclass(frozen=True, slots=True)
class Addition:
    """Something added at an office for a phase."""

    kind: str  #: post, postal_post, rented, bought, volunteer or reserved
    office: str
    group: str  #: desk group of a post; empty for the rest
    count: int


def with_additions(scenario: Scenario, phase_id: str, additions: Iterable[Addition]) -> Scenario:
    """Return the scenario with what is added in a phase. ValueError for an unknown kind.

    A post is like the officers whose home its desks are, in turn, and serves in that phase alone: a post that stays is
    added in each phase.
    """
    officers: list[Officer] = []
    volunteers = scenario.volunteers
    counters = {row.office: row for row in scenario.counter_changes if row.phase == phase_id}
    crews = None
    for one in sorted(additions, key=lambda one: (one.kind, one.office, one.group)):
        if one.kind in POSTS:
            crews = crews if crews is not None else _home_crews(scenario, phase_id)
            people = {officer.id: officer for officer in (*scenario.officers, *officers)}
            officers += _posts(scenario, phase_id, one, [people[name] for name in crews[one.office, one.group]], people.keys())
        elif one.kind in COUNTERS or one.kind == "reserved":
            row = counters.get(one.office, CounterChange(phase=phase_id, office=one.office))
            column = "reserved" if one.kind == "reserved" else "added"
            counters[one.office] = row.model_copy(update={column: getattr(row, column) + one.count})
        elif one.kind == "volunteer":
            volunteers = _with_volunteers(scenario, phase_id, volunteers, one)
        else:
            raise ValueError(f"unknown addition: {one.kind}")
    others = tuple(row for row in scenario.counter_changes if row.phase != phase_id)
    return scenario.model_copy(
        update={
            "officers": scenario.officers + tuple(officers),
            "volunteers": volunteers,
            "counter_changes": others + tuple(counters[office] for office in sorted(counters)),
        }
    )


def _home_crews(scenario: Scenario, phase_id: str) -> Crews:
    """Officers whose home the desks of each place are, wherever they are sent."""
    rows = tuple(row for row in scenario.assignments if row.phase != phase_id)
    home = scenario.model_copy(update={"assignments": rows})
    return desk_crews(home, phase_view(home, phase_id))


def _posts(scenario: Scenario, phase_id: str, one: Addition, crew: list[Officer], taken: Collection[str]) -> list[Officer]:
    """New officers, each like one of the crew in turn, living at the office."""
    office = next(office for office in scenario.offices if office.id == one.office)
    stem = f"{one.office}.{phase_id}.{one.kind}.{one.group}"[:ID_LENGTH]
    names = (name for number in count(1) if (name := f"{stem}.{number}") not in taken)
    found = []
    for number, name in zip(range(one.count), names, strict=False):
        like = crew[number % len(crew)]
        found.append(
            like.model_copy(
                update={
                    "id": name,
                    "name": f"+{number + 1} {office.name}"[:200],
                    "home": one.office,
                    "home_unit": office.unit,
                    "employer": POSTS[one.kind] or like.employer,
                    "first_phase": phase_id,
                    "last_phase": phase_id,
                    "pool": "",
                }
            )
        )
    return found


def _with_volunteers(
    scenario: Scenario, phase_id: str, volunteers: tuple[Volunteer, ...], one: Addition
) -> tuple[Volunteer, ...]:
    """More volunteers at an office on all days of a phase; its rows are written anew, one for each stretch of days."""
    phase, day = scenario.phase(phase_id), timedelta(days=1)
    here = [row for row in volunteers if row.office == one.office and row.start <= row.end]
    here.append(Volunteer(office=one.office, start=phase.start, end=phase.end, count=one.count))
    cuts = sorted({row.start for row in here} | {row.end + day for row in here})

    def helpers(moment: date) -> int:
        return sum(row.count for row in here if row.start <= moment <= row.end)

    stretches = [
        Volunteer(office=one.office, start=start, end=end - day, count=helpers(start))
        for start, end in pairwise(cuts)
        if helpers(start) or any(row.start == start for row in here)
    ]
    return (*(row for row in volunteers if row.office != one.office), *stretches)
