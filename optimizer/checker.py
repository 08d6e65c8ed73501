"""The independent check of a plan: a scenario's assignments against every rule, person by person, without the program.

It shares no code with problem and program. A rule that the crews of home break already is relaxed to "never worse than
home", so doing nothing is always accepted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from scenarios.cells import names_by_id, nearest
from scenarios.phases import LEVELS, PhaseView, phase_view, travel_min
from scenarios.presence import Presence, presence
from scenarios.problems import Problem
from scenarios.rosters import duty
from scenarios.schema import Assignment, Office, Officer, Scenario

_SHIFTS = ("full", "morning", "afternoon")


def check_plan(scenario: Scenario, phase_id: str, max_moves: int | None = None) -> tuple[Problem, ...]:
    """Check the assignments of a phase against every rule, person by person, without the program.

    max_moves defaults to the phase's own limit. Rows that name nobody or nowhere are told and left out of the rest.
    """
    phases = [phase.id for phase in scenario.phases]
    if phase_id not in phases:
        return (_found("phase", "E-PLN-003", phase_id, nearest(phase_id, phases)),)
    rows = [row for row in scenario.assignments if row.phase == phase_id]
    problems = list(_unknown(scenario, rows))
    officers, offices = {officer.id for officer in scenario.officers}, {office.id for office in scenario.offices}
    known = tuple(row for row in rows if row.officer in officers and row.office in offices)
    others = tuple(
        row for row in scenario.assignments if row.phase != phase_id and row.officer in officers and row.office in offices
    )
    after = phase_view(scenario.model_copy(update={"assignments": others + known}), phase_id)
    plan = _Plan(
        scenario,
        before=phase_view(scenario.model_copy(update={"assignments": ()}), phase_id),
        after=after,
        present=presence(scenario, after, duty(scenario, after)),
        written=frozenset(row.officer for row in scenario.rosters if row.phase == phase_id),
        levels={field.id: field.level for field in scenario.fields},
    )
    problems += _people(plan, known)
    limit = plan.after.phase.max_moves if max_moves is None else max_moves
    if len(plan.after.moved) > limit:
        problems.append(_found("", "E-PLN-013", str(len(plan.after.moved)), str(limit)))
    for office in plan.after.offices:
        for rule in (_minimum_crew, _holders, _mix, _counter_shares, _on_duty):
            problems += rule(plan, office)
    return tuple(sorted(problems))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A phase without and with its assignments."""

    scenario: Scenario
    before: PhaseView
    after: PhaseView
    present: Presence  #: who is on duty where with the assignments
    written: frozenset[str]  #: officers whose counter hours are written
    levels: dict[str, str]  #: of fields

    def crews(self, office: str) -> tuple[list[Officer], list[Officer]]:
        """Crew of an office without and with the assignments."""
        before, after = ([view.officers[name] for name in view.crew(office)] for view in (self.before, self.after))
        return before, after


def _found(column: str, code: str, found: str, expected: str) -> Problem:
    return Problem("assignments.csv", 0, column, code, found, expected)


# -- people --------------------------------------------------------------------------------------------------------


def _unknown(scenario: Scenario, rows: list[Assignment]) -> Iterator[Problem]:
    """Each row names an officer and an office of the scenario."""
    officers, offices = names_by_id(scenario.officers), names_by_id(scenario.offices)
    for row in rows:
        if row.officer not in officers:
            yield _found("officer", "E-PLN-003", row.officer, nearest(row.officer, officers))
        if row.office not in offices:
            yield _found("office", "E-PLN-003", row.office, nearest(row.office, offices))


def _people(plan: _Plan, rows: tuple[Assignment, ...]) -> Iterator[Problem]:
    """Each officer is sent once, serves in the phase, is free to move, and may serve where they are sent."""
    phase = plan.after.phase.id
    for officer, times in sorted(Counter(row.officer for row in rows).items()):
        if times > 1:
            yield _found("officer", "E-PLN-017", officer, phase)
        if officer not in plan.after.officers:
            yield _found("officer", "E-PLN-010", officer, phase)
        elif plan.after.officers[officer].pool:
            yield _found("officer", "E-PLN-022", officer, phase)
    for officer in sorted(plan.after.away):
        person, office = plan.after.officers[officer], plan.after.offices[plan.after.serves[officer]]
        if not person.movable:
            yield _found("officer", "E-PLN-011", officer, phase)
        elif officer in plan.written:
            yield _found("officer", "E-PLN-021", officer, phase)
        elif person.employer == "post" and office.kind == "point":
            yield _found("office", "E-PLN-020", f"{officer} → {office.id}", phase)
        elif not (_within_walls(plan, person, office) and _near_enough(plan, person, office) and _skilled(plan, person, office)):
            yield _found("office", "E-PLN-012", f"{officer} → {office.id}", phase)


def _within_walls(plan: _Plan, officer: Officer, office: Office) -> bool:
    """Behind district walls each district manages its own offices, and officers of the province stay."""
    walls = plan.after.phase.moves_within
    home = plan.before.offices[plan.before.home[officer.id]]
    return walls == "province" or (walls == "district" and officer.employer != "province" and home.district == office.district)


def _near_enough(plan: _Plan, officer: Officer, office: Office) -> bool:
    """The way to work is within the limit, or no longer than the present one."""
    units = {unit.id: unit for unit in plan.scenario.units}
    home = plan.before.offices[plan.before.home[officer.id]]
    now, then = (travel_min(plan.scenario, units[officer.home_unit], place, units[place.unit]) for place in (home, office))
    return then <= plan.scenario.planning.commute_limit_min or then <= now


def _group(plan: _Plan, officer: Officer, office: str) -> str:
    """The desks an officer joins at an office: of the highest level at which they hold an offered field; empty = none."""
    levels = {plan.levels[field] for field in plan.after.offers[office] if field in officer.skills}
    return max(levels, key=LEVELS.index, default="")


def _asked(plan: _Plan, office: str, group: str) -> list[str]:
    """Fields of a group of desks."""
    return sorted(field for field in plan.after.offers[office] if plan.levels[field] == group)


def _skilled(plan: _Plan, officer: Officer, office: Office) -> bool:
    """A commune desk asks for each of its fields, another for two, or its only one."""
    group = _group(plan, officer, office.id)
    asked = _asked(plan, office.id, group)
    held = sum(field in officer.skills for field in asked)
    return group != "" and (held == len(asked) if group == "commune" else held >= min(2, len(asked)))


# -- crews ---------------------------------------------------------------------------------------------------------


def _minimum_crew(plan: _Plan, office: str) -> Iterator[Problem]:
    before, after = plan.crews(office)
    fewest = min(plan.after.offices[office].minimum_crew, len(before))
    if len(after) < fewest:
        yield _found("office", "E-PLN-014", f"{office}: {len(after)}", str(fewest))


def _holders(plan: _Plan, office: str) -> Iterator[Problem]:
    """Each offered field has its holders."""
    planning = plan.scenario.planning
    wanted = {"point": planning.point_holders, "branch": planning.branch_holders, "center": planning.center_holders}
    for field in sorted(plan.after.offers[office]):
        held_before, held = (sum(field in officer.skills for officer in crew) for crew in plan.crews(office))
        fewest = min(wanted[plan.after.offices[office].kind], held_before)
        if held < fewest:
            yield _found("office", "E-PLN-015", f"{office} {field}: {held}", str(fewest))


def _mix(plan: _Plan, office: str) -> Iterator[Problem]:
    """In a group of desks the share of holders of each field stays that of home, to within one officer."""
    before, after = plan.crews(office)
    for group in LEVELS:
        home, crew = ([one for one in people if _group(plan, one, office) == group] for people in (before, after))
        if not home:
            continue
        for field in _asked(plan, office, group):
            held_before, held = (sum(field in officer.skills for officer in people) for people in (home, crew))
            fewest = -(-held_before * len(crew) // len(home)) - 1
            if held < fewest:
                yield _found("office", "E-PLN-019", f"{office} {field}: {held}", str(fewest))


def _counters_needed_pm(plan: _Plan, crew: list[Officer]) -> int:
    """Counters that the counter shares of a crew need without written hours, per mille.

    Officers of whole days relieve each other; those of half a day do too, at counters of their own.
    """
    free = [officer for officer in crew if officer.id not in plan.written]
    sums = {shift: sum(round(1000 * one.counter_share) for one in free if one.shift == shift) for shift in _SHIFTS}
    return sums["full"] + 1000 * max(ceil(sums["morning"] / 1000), ceil(sums["afternoon"] / 1000))


def _counter_shares(plan: _Plan, office: str) -> Iterator[Problem]:
    """Nobody is paid for time at a counter that is not there: default counter hours never have to shrink to fit."""
    needed_before, needed = (_counters_needed_pm(plan, crew) for crew in plan.crews(office))
    most = max(1000 * plan.after.offices[office].counters, needed_before)
    if needed > most:
        yield _found("office", "E-PLN-018", f"{office}: {needed / 1000:g}", f"{most / 1000:g}")


def _on_duty(plan: _Plan, office: str) -> Iterator[Problem]:
    """At no moment are more on duty than there are counters, visitors by written hours among them; the worst is told.

    Where written hours meet more default hours than counters allow already, as many may be on duty as home's could put.
    """
    place = plan.after.offices[office]
    default = ceil(_counters_needed_pm(plan, plan.crews(office)[0]) / 1000)
    worst = (0, 0)  # officers, minutes before midnight
    for weekday in range(7):
        present = plan.present.get((office, weekday), ())
        for moment in {start for _, start, _ in present}:
            here = [officer for officer, start, end in present if start <= moment < end]
            written = sum(officer in plan.written for officer in here)
            if len(here) > max(place.counters, written + default):
                worst = max(worst, (len(here), -moment))
    if worst[0]:
        moment = -worst[1]
        found = f"{office} {moment // 60:02d}:{moment % 60:02d}: {worst[0]}"
        yield _found("office", "E-PLN-016", found, str(place.counters))
