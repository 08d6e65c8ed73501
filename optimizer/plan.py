"""The plan: who moves where, why, and what it promises; as objects, as a table to edit, and as assignments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from scenarios.cells import names_by_id, nearest
from scenarios.problems import Problem, ScenarioError
from scenarios.schema import Assignment, Scenario
from sim import Curve

from .additions import Addition, with_additions
from .fairness import solve_by_objective
from .names import Names, names_of, starts
from .next_person import NextPerson, next_person
from .plan_files import read_rows, write_rows
from .problem import PhaseProblem, Place, StaffingProblem, staffing_problem
from .reasons import Alternative, Reasons, why_still
from .reasons import Reason as Reason
from .solve import Outcome, PhaseStaffing, Staffing, crews_of, office_counters_pm, overload_s, today

COLUMNS = ("phase", "officer", "officer_name", "from", "from_name", "to", "to_name", "reason")


@dataclass(frozen=True, slots=True)
class Move:
    """One officer's change of office in a phase."""

    phase: str
    officer: str
    source: str
    target: str
    reason: Reason
    details: tuple[Reason, ...] = ()  #: whom it serves, what it costs, what the rules leave
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """The part of a plan that one phase is run by."""

    phase: str
    moves: tuple[Move, ...]  #: changes of office as the phase begins
    assignments: tuple[tuple[str, str], ...]  #: officer and office, of all who serve away from home
    additions: tuple[Addition, ...]
    as_is_predicted_overload_min_per_day: float  #: by the curves, without the plan
    predicted_overload_min_per_day: float  #: by the curves, without prices
    crews: tuple[tuple[str, str, int], ...]  #: office, desk group, officers
    next_person: tuple[NextPerson, ...] = ()
    still: Reason | None = None  #: why nothing changes, of a plan that was made

    @property
    def stays(self) -> int:
        """How many stay away from home where an earlier phase had sent them."""
        return len(self.steps()) - len(self.moves)

    def steps(self) -> tuple[Move, ...]:
        """Moves, and who stays away from home where the phase before left them; sorted by officer."""
        moved = {move.officer for move in self.moves}
        stays = (
            Move(self.phase, officer, office, office, Reason("R-STAY-001", ()))
            for officer, office in self.assignments
            if officer not in moved
        )
        return tuple(sorted((*self.moves, *stays), key=lambda move: move.officer))

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario with this part of the plan in place of the phase's assignments."""
        others = tuple(row for row in scenario.assignments if row.phase != self.phase)
        rows = tuple(Assignment(phase=self.phase, officer=officer, office=office) for officer, office in self.assignments)
        return with_additions(scenario.model_copy(update={"assignments": others + rows}), self.phase, self.additions)


@dataclass(frozen=True, slots=True)
class Plan:
    """The optimizer's answer for the phases asked for, in order of date."""

    outcome: Outcome
    phases: tuple[PhasePlan, ...]

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario as the plan would have it."""
        for phase in self.phases:
            scenario = phase.applied_to(scenario)
        return scenario


def optimize(
    scenario: Scenario,
    curves: Mapping[str, Iterable[Curve]],
    *,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    **rules: Any,
) -> Plan:
    """Return the best plan of the phases that have curves, solved together.

    Rules that today's staffing breaks are relaxed to "never worse than today", so doing nothing is always a plan.
    rules : as `staffing_problem`. A plan without proof has status "feasible"; "no_plan" when time ran out before any was
    found.
    """
    problem = staffing_problem(scenario, curves, max_moves=max_moves, **rules)
    outcome, staffing = solve_by_objective(problem, time_limit_s)
    return plan_of(problem, outcome, staffing)


def plan_of(problem: StaffingProblem, outcome: Outcome, staffing: Staffing | None, *, reasons: bool = True) -> Plan:
    """Return a staffing as a plan with names and reasons; without one, everyone stays at home.

    reasons : told of each move, or empty ones to save time.
    """
    chosen = staffing or today(problem)
    names = names_of(problem, [part.people for part in chosen]) if staffing is not None else [{} for _ in problem.phases]
    return named_plan(problem, outcome, chosen, names, reasons=reasons)


def named_plan(problem: StaffingProblem, outcome: Outcome, chosen: Staffing, names: Names, *, reasons: bool = True) -> Plan:
    """Return a staffing whose officers have their names already as a plan with reasons."""
    as_is = today(problem)
    told = Reasons(problem, chosen, names) if reasons else None
    parts = []
    for number, phase in enumerate(problem.phases):
        crews = crews_of(phase, chosen[number])
        homes = {officer: one.home for one in phase.classes for officer in one.officers}
        away = tuple(sorted((who, office) for who, office in names[number].items() if office != homes[who]))
        moves, additions = _moves(problem, number, names, told), additions_of(phase, chosen[number], crews)
        still = not (away or moves or additions) and outcome.status in ("optimal", "feasible", "improved")
        parts.append(
            PhasePlan(
                phase=phase.phase,
                moves=moves,
                assignments=away,
                additions=additions,
                as_is_predicted_overload_min_per_day=_overload_min(phase, as_is[number]),
                predicted_overload_min_per_day=_overload_min(phase, chosen[number]),
                crews=tuple((office, group, crew) for (office, group), crew in sorted(crews.items())),
                next_person=next_person(phase, crews),
                still=why_still(phase, outcome.status == "optimal") if still else None,
            )
        )
    return Plan(outcome, tuple(parts))


def _overload_min(phase: PhaseProblem, staffing: PhaseStaffing) -> float:
    """Overload by the curves, person-minutes a day; NaN where a curve does not reach so far."""
    reached = all(crew in phase.curves[place] for place, crew in crews_of(phase, staffing).items())
    return overload_s(phase, staffing) / 60 if reached else float("nan")


def _moves(problem: StaffingProblem, number: int, names: Names, reasons: Reasons | None) -> tuple[Move, ...]:
    phase, before = problem.phases[number], starts(problem, number, names)
    found = []
    for officer, office in sorted(names[number].items()):
        source = before[officer]
        if office != source and reasons is not None:
            told = reasons.told(number, officer, source, office)
            found.append(Move(phase.phase, officer, source, office, told.reason, told.details, told.alternatives))
        elif office != source:
            found.append(Move(phase.phase, officer, source, office, Reason("", ())))
    return tuple(found)


def additions_of(phase: PhaseProblem, staffing: PhaseStaffing, crews: Mapping[Place, int]) -> tuple[Addition, ...]:
    """What a staffing adds, each with what it is worth; crews : as it has them."""
    found = [_posts("post", place, crews[place], count, phase) for place, count in staffing.posts.items()]
    beside = {place: staffing.posts.get(place, 0) for place in staffing.postal}
    found += [
        _posts("postal_post", place, crews[place] - beside[place], count, phase) for place, count in staffing.postal.items()
    ]
    for kind, counters in (("rented", staffing.rented), ("bought", staffing.bought)):
        found += [_counters(kind, office, count, phase, staffing) for office, count in counters.items()]
    options = [phase.options[rank] for rank in staffing.options]
    found += [Addition(one.kind, one.office, "", 1, (-one.change_s,)) for one in options]
    return tuple(sorted(found, key=lambda one: one.key))


def _posts(kind: str, place: Place, crew: int, count: int, phase: PhaseProblem) -> Addition:
    """Posts as the last of a crew; each saves what the curve falls by from the crew before it."""
    curve = phase.curves[place]
    steps = range(crew - count + 1, crew + 1)
    saves = tuple(curve[level - 1] - curve[level] for level in steps if level in curve and level - 1 in curve)
    return Addition(kind, *place, count, saves)


def _counters(kind: str, office: str, count: int, phase: PhaseProblem, staffing: PhaseStaffing) -> Addition:
    here = [(rank, people) for (rank, where), people in staffing.people.items() if where == office]
    needed = office_counters_pm(phase, staffing, office, here)
    room = phase.offices[office].room_pm
    return Addition(kind, office, "", count, counters_needed=ceil(needed / 1000), counters=room // 1000)


# -- the table an HR planner reads and edits -----------------------------------------------------------------------


def write_plan(phases: Iterable[PhasePlan], scenario: Scenario, path: Path, reasons: dict[str, str] | None = None) -> None:
    """Write moves and stays away from home as CSV (UTF-8 with a mark, so that a spreadsheet shows the tones).

    No cell is a live formula.

    reasons : sentence by officer and phase, `PHASE/OFFICER`; the reason's numbers when None.
    """
    people = {officer.id: officer.name for officer in scenario.officers}
    places = {office.id: office.name for office in scenario.offices}
    rows = [
        (
            move.phase,
            move.officer,
            people[move.officer],
            move.source,
            places[move.source],
            move.target,
            places[move.target],
            (reasons or {}).get(f"{move.phase}/{move.officer}")
            or "; ".join(f"{key} {value}" for key, value in move.reason.values),
        )
        for phase in phases
        for move in phase.steps()
    ]
    write_rows(path, COLUMNS, rows)


def read_plan(path: Path, scenario: Scenario) -> tuple[Assignment, ...]:
    """Read an edited plan; only phase, officer and to count. ScenarioError with every problem and its row."""
    rows, problems = read_rows(path, COLUMNS, ("phase", "officer", "to"))
    phases, officers, offices = map(names_by_id, (scenario.phases, scenario.officers, scenario.offices))
    seen: dict[tuple[str, str], int] = {}
    found = []
    for number, row in rows:
        place = {"phase": (row["phase"], phases), "officer": (row["officer"], officers), "to": (row["to"], offices)}
        for column, (value, known) in place.items():
            if value not in known:
                problems.append(Problem(path.name, number, column, "E-PLN-003", value, nearest(value, known)))
        key = (row["phase"], row["officer"])
        if key in seen:
            problems.append(Problem(path.name, number, "officer", "E-PLN-004", row["officer"], str(seen[key])))
        seen.setdefault(key, number)
        if all(value in known for value, known in place.values()):
            found.append(Assignment(phase=row["phase"], officer=row["officer"], office=row["to"]))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)
