"""The independent check of counter hours: the rows of a phase against every rule of work, moment by moment.

It shares no code with problem and program. The default stagger is the measure: of hours, of fields with a holder on duty,
and of half hours in which somebody is at a counter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

from scenarios.cells import nearest
from scenarios.phases import LEVELS, PhaseView, phase_view, travel_min
from scenarios.presence import Presence, presence
from scenarios.problems import Problem
from scenarios.rosters import SLOT_MIN, Duty, Stretch, duty, minutes, slots
from scenarios.schema import Hours, Office, Officer, Roster, Scenario

from .problem import RosterRules

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def check_roster(scenario: Scenario, phase_id: str, rules: RosterRules, given: Iterable[Roster] = ()) -> tuple[Problem, ...]:
    """Check the rows of a phase's `rosters` against the rules of work.

    given : rows that were there before a plan; their officers are not judged.
    """
    phases = [phase.id for phase in scenario.phases]
    if phase_id not in phases:
        return (_found("phase", "E-PLN-003", phase_id, nearest(phase_id, phases)),)
    view = phase_view(scenario, phase_id)
    named = {row.officer for row in given if row.phase == phase_id}
    rows = [row for row in scenario.rosters if row.phase == phase_id and row.officer not in named]
    problems = list(_unknown(view, rows))
    known = [row for row in rows if row.officer in view.serves and (not row.office or row.office in view.survivor)]
    others = tuple(row for row in scenario.rosters if row.phase != phase_id or row.officer in named)
    bare = scenario.model_copy(update={"rosters": others})
    with_rows = scenario.model_copy(update={"rosters": (*others, *known)})
    before, after = duty(bare, view), duty(with_rows, view)
    plan = _Plan(
        scenario=scenario,
        view=view,
        rules=rules,
        given=frozenset(named),
        rows=tuple(known),
        hours={row.id: row for row in scenario.hours},
        days=tuple(day for day, factor in enumerate(scenario.demand.weekday_factors) if factor > 0),
        default=before,
        duty=after,
        stood=presence(bare, view, before),
        stands=presence(with_rows, view, after),
    )
    for rule in (_half_hours, _stretches, _open, _away_half_days, _may_go):
        for officer in sorted({row.officer for row in known}):
            problems += rule(plan, officer)
    away = {(row.officer, row.weekday, row.start) for row in known if _elsewhere(plan, row)}
    if len(away) > rules.max_secondments:
        problems.append(_found("", "E-ROS-010", str(len(away)), str(rules.max_secondments)))
    touched = {view.serves[row.officer] for row in known} | {view.survivor[row.office] for row in known if row.office}
    for office in sorted(touched):
        for look in (_conserved, _counters, _somebody, _holders):
            problems += look(plan, office)
    return tuple(sorted(problems))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A phase with its rows and with the default in their place."""

    scenario: Scenario
    view: PhaseView
    rules: RosterRules
    given: frozenset[str]  #: officers whose hours were written before
    rows: tuple[Roster, ...]
    hours: dict[str, Hours]
    days: tuple[int, ...]  #: weekdays with demand
    default: Duty
    duty: Duty
    stood: Presence
    stands: Presence

    def of(self, officer: str) -> list[Roster]:
        """Rows of an officer in order."""
        return sorted((row for row in self.rows if row.officer == officer), key=lambda row: (row.weekday, row.start, row.end))

    def place(self, row: Roster) -> str:
        """Office where a row is served."""
        return self.view.survivor[row.office] if row.office else self.view.serves[row.officer]

    def open(self, office: str) -> Hours:
        """Opening hours of an office."""
        return self.hours[self.view.offices[office].hours]


def _found(column: str, code: str, found: str, expected: str) -> Problem:
    return Problem("rosters.csv", 0, column, code, found, expected)


def _elsewhere(plan: _Plan, row: Roster) -> bool:
    return plan.place(row) != plan.view.serves[row.officer]


def _when(row: Roster) -> str:
    return f"{row.officer} {DAYS[row.weekday - 1]} {row.start:%H:%M}-{row.end:%H:%M}"


def _length(row: Roster) -> int:
    return minutes(row.end) - minutes(row.start)


def _sessions(hours: Hours) -> tuple[Stretch, Stretch]:
    return (minutes(hours.open), minutes(hours.lunch_start)), (minutes(hours.lunch_end), minutes(hours.close))


# -- officers ---------------------------------------------------------------------------------------------------------


def _unknown(view: PhaseView, rows: list[Roster]) -> Iterator[Problem]:
    """Each row names an officer who serves in the phase, and an office."""
    for row in rows:
        if row.officer not in view.serves:
            yield _found("officer", "E-ROS-013", row.officer, nearest(row.officer, view.serves))
        if row.office and row.office not in view.survivor:
            yield _found("office", "E-ROS-013", row.office, nearest(row.office, view.survivor))


def _half_hours(plan: _Plan, officer: str) -> Iterator[Problem]:
    """An officer has the counter hours of a week that the share of paid time gives, to the half hour."""
    low, high = _wanted(plan, officer)
    found = sum(_length(row) for row in plan.of(officer)) / SLOT_MIN
    if not low <= found <= high:
        expected = f"{low / 2:g}" if low == high else f"{low / 2:g} – {high / 2:g}"
        yield _found("start", "E-ROS-001", f"{officer}: {found / 2:g}", expected)


def _wanted(plan: _Plan, officer: str) -> tuple[int, int]:
    """Half hours a week by the share of paid time, rounded down and up; shares shrink where counters are fewer."""
    office = plan.view.serves[officer]
    crew = [plan.view.officers[name] for name in plan.view.crew(office) if name not in plan.given]
    if any(one.shift != "full" for one in crew):
        stood = sum(end - start for (name, _), parts in plan.default.items() if name == officer for start, end in parts)
        return floor(stood / SLOT_MIN), ceil(stood / SLOT_MIN)
    shares = sum(round(1000 * one.counter_share) for one in crew)
    share, room = round(1000 * plan.view.officers[officer].counter_share), 1000 * plan.view.offices[office].counters
    share = share * room // shares if shares > room else share
    exact = share * len(plan.days) * len(slots(plan.open(office)))
    return exact // 1000, -(-exact // 1000)


def _stretches(plan: _Plan, officer: str) -> Iterator[Problem]:
    """Stretches are long enough, apart from each other, and one a session; an away half day is a whole one."""
    shortest = plan.rules.block_half_hours * SLOT_MIN
    for row in plan.of(officer):
        if _length(row) < shortest:
            yield _found("end", "E-ROS-003", _when(row), f"{shortest / 60:g}")
    for one, other in pairwise(plan.of(officer)):
        if one.weekday != other.weekday:
            continue
        if other.start < one.end:
            yield _found("start", "E-ROS-012", f"{_when(one)}, {_when(other)}", "")
            continue
        noon = minutes(plan.open(plan.place(one)).lunch_start)
        if (minutes(one.start) < noon) == (minutes(other.start) < noon):
            yield _found("start", "E-ROS-004", f"{_when(one)}, {_when(other)}", "1")


def _open(plan: _Plan, officer: str) -> Iterator[Problem]:
    """Counter hours lie in a session of the office, on a weekday it opens: lunch is kept."""
    for row in plan.of(officer):
        sessions = _sessions(plan.open(plan.place(row)))
        inside = any(first <= minutes(row.start) and minutes(row.end) <= last for first, last in sessions)
        if not inside or row.weekday - 1 not in plan.days:
            expected = ", ".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in sessions)
            yield _found("start", "E-ROS-005", _when(row), expected)


def _away_half_days(plan: _Plan, officer: str) -> Iterator[Problem]:
    """Away half days are few and whole, and an officer is at one other place a day."""
    away = [row for row in plan.of(officer) if _elsewhere(plan, row)]
    if len(away) > plan.rules.away_half_days:
        yield _found("office", "E-ROS-009", f"{officer}: {len(away)}", str(plan.rules.away_half_days))
    for row in away:
        if (minutes(row.start), minutes(row.end)) not in _sessions(plan.open(plan.place(row))):
            yield _found("end", "E-ROS-014", _when(row), row.office)
    for one, other in pairwise(away):
        if one.weekday == other.weekday:
            yield _found("office", "E-ROS-012", f"{_when(one)}, {_when(other)}", "")


def _may_go(plan: _Plan, officer: str) -> Iterator[Problem]:
    """An officer goes within the walls and the commute, where the skills fit, and only when free to move."""
    person = plan.view.officers[officer]
    for office in sorted({plan.place(row) for row in plan.of(officer) if _elsewhere(plan, row)}):
        place = plan.view.offices[office]
        post = person.employer == "post" and place.kind == "point"
        reached = _walls(plan, person, place) and _near(plan, person, place)
        if not person.movable or post or not reached or not _skills(plan, person, place):
            yield _found("office", "E-ROS-011", f"{officer} → {office}", plan.view.phase.id)


def _walls(plan: _Plan, person: Officer, place: Office) -> bool:
    walls = plan.view.phase.moves_within
    home = plan.view.offices[plan.view.home[person.id]]
    return walls == "province" or (walls == "district" and person.employer != "province" and home.district == place.district)


def _near(plan: _Plan, person: Officer, place: Office) -> bool:
    units = {unit.id: unit for unit in plan.scenario.units}
    home = plan.view.offices[plan.view.home[person.id]]
    now, then = (travel_min(plan.scenario, units[person.home_unit], office, units[office.unit]) for office in (home, place))
    return then <= max(now, plan.scenario.planning.commute_limit_min)


def _skills(plan: _Plan, person: Officer, place: Office) -> bool:
    """Every commune field of a commune desk, two (or the only one) of another: at the highest level held."""
    levels = {row.id: row.level for row in plan.scenario.fields}
    offered = plan.view.offers[place.id]
    held = [field for field in offered if field in person.skills]
    if not held:
        return False
    level = max((levels[field] for field in held), key=LEVELS.index)
    asked = [field for field in offered if levels[field] == level]
    count = sum(field in person.skills for field in asked)
    return count >= (len(asked) if level == "commune" else min(2, len(asked)))


# -- offices ---------------------------------------------------------------------------------------------------------


def _conserved(plan: _Plan, office: str) -> Iterator[Problem]:
    """The counter hours of a crew are those of the default, exactly."""
    crew = set(plan.view.crew(office))

    def total(hours: Duty) -> int:
        return sum(end - start for (officer, _), parts in hours.items() if officer in crew for start, end in parts)

    before, after = total(plan.default), total(plan.duty)
    if before != after:
        yield _found("start", "E-ROS-002", f"{office}: {after / 60:g}", f"{before / 60:g}")


def _here(present: Presence, office: str, weekday: int, moment: Stretch) -> list[str]:
    return [officer for officer, start, end in present.get((office, weekday), ()) if start < moment[1] and moment[0] < end]


def _moments(plan: _Plan, office: str) -> Iterator[tuple[int, Stretch, list[str], list[str]]]:
    """Weekday, half hour, who stood there by default and who stands there now."""
    for weekday in plan.days:
        for moment in slots(plan.open(office)):
            yield weekday, moment, _here(plan.stood, office, weekday, moment), _here(plan.stands, office, weekday, moment)


def _told(office: str, weekday: int, moment: Stretch) -> str:
    return f"{office} {DAYS[weekday]} {moment[0] // 60:02d}:{moment[0] % 60:02d}"


def _counters(plan: _Plan, office: str) -> Iterator[Problem]:
    """In no half hour are more on duty than there are counters, or than the default had; the worst is told."""
    counters = plan.view.offices[office].counters
    over = [
        (len(now), weekday, moment)
        for weekday, moment, stood, now in _moments(plan, office)
        if len(now) > max(counters, len(stood))
    ]
    if over:
        count, weekday, moment = max(over, key=lambda one: (one[0], -one[1], -one[2][0]))
        yield _found("office", "E-ROS-006", f"{_told(office, weekday, moment)}: {count}", str(counters))


def _somebody(plan: _Plan, office: str) -> Iterator[Problem]:
    """As many as the rules ask are on duty in every half hour, or as many as the default had; the first gap is told."""
    for weekday, moment, stood, now in _moments(plan, office):
        fewest = min(plan.rules.min_on_duty, len(stood))
        if len(now) < fewest:
            yield _found("start", "E-ROS-007", f"{_told(office, weekday, moment)}: {len(now)}", str(fewest))
            return


def _holders(plan: _Plan, office: str) -> Iterator[Problem]:
    """A field with a holder on duty by default has one now; the first gap of each field is told."""
    skills: Mapping[str, Officer] = plan.view.officers
    told: set[str] = set()
    for weekday, moment, stood, now in _moments(plan, office):
        for field in sorted(plan.view.offers[office] - told):
            if any(field in skills[name].skills for name in stood) and not any(field in skills[name].skills for name in now):
                told.add(field)
                yield _found("officer", "E-ROS-008", f"{_told(office, weekday, moment)} {field}: 0", "1")
