"""The plan: who moves where, why, and what it promises; as objects, as a table to edit, and as assignments."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.problems import Problem, ScenarioError
from scenarios.schema import Assignment, Scenario
from sim import Curve

from .additions import Addition, with_additions
from .checker import near
from .next_person import NextPerson, next_person
from .problem import PhaseProblem, StaffingProblem, staffing_problem
from .reasons import Alternative, Names, Reasons
from .reasons import Reason as Reason
from .solve import Outcome, PhaseStaffing, Staffing, crews_of, overload_s, solve, today

COLUMNS = ("phase", "officer", "officer_name", "from", "from_name", "to", "to_name", "reason")
LIVE = ("=", "+", "-", "@", "\t", "\r")  #: a spreadsheet takes a cell that begins so for a formula


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
    outcome, staffing = solve(problem, time_limit_s)
    return plan_of(problem, outcome, staffing)


def plan_of(problem: StaffingProblem, outcome: Outcome, staffing: Staffing | None) -> Plan:
    """Return a staffing as a plan with names and reasons; without one, everyone stays at home."""
    chosen = staffing or today(problem)
    names = names_of(problem, chosen) if staffing is not None else [{} for _ in problem.phases]
    return named_plan(problem, outcome, chosen, names)


def named_plan(problem: StaffingProblem, outcome: Outcome, chosen: Staffing, names: Names) -> Plan:
    """Return a staffing whose officers have their names already as a plan with reasons."""
    as_is = today(problem)
    reasons = Reasons(problem, chosen, names)
    parts = []
    for number, phase in enumerate(problem.phases):
        crews = crews_of(phase, chosen[number])
        homes = {officer: one.home for one in phase.classes for officer in one.officers}
        parts.append(
            PhasePlan(
                phase=phase.phase,
                moves=_moves(problem, number, reasons),
                assignments=tuple(sorted((who, office) for who, office in names[number].items() if office != homes[who])),
                additions=_additions(phase, chosen[number]),
                as_is_predicted_overload_min_per_day=_overload_min(phase, as_is[number]),
                predicted_overload_min_per_day=_overload_min(phase, chosen[number]),
                crews=tuple((office, group, crew) for (office, group), crew in sorted(crews.items())),
                next_person=next_person(phase, chosen[number]),
            )
        )
    return Plan(outcome, tuple(parts))


def _overload_min(phase: PhaseProblem, staffing: PhaseStaffing) -> float:
    """Overload by the curves, person-minutes a day; NaN where a curve does not reach so far."""
    reached = all(crew in phase.curves[place] for place, crew in crews_of(phase, staffing).items())
    return overload_s(phase, staffing) / 60 if reached else float("nan")


def names_of(problem: StaffingProblem, staffing: Staffing) -> list[dict[str, str]]:
    """Office of each officer in each phase: who is already there stays, the others go in order of id."""
    found: list[dict[str, str]] = []
    for number, phase in enumerate(problem.phases):
        before = _starts(problem, number, found)
        now: dict[str, str] = {}
        for rank, one in enumerate(phase.classes):
            places = {target.office: staffing[number].people.get((rank, target.office), 0) for target in one.targets}
            leaves = []
            for officer in one.officers:
                if places.get(before[officer], 0) > 0:
                    places[before[officer]] -= 1
                    now[officer] = before[officer]
                else:
                    leaves.append(officer)
            free = [office for office in sorted(places) for _ in range(places[office])]
            now |= dict(zip(leaves, free, strict=True))
        found.append(now)
    return found


def _starts(problem: StaffingProblem, number: int, names: Names) -> dict[str, str]:
    """Office of each officer as a phase begins."""
    places = {officer: one.came or one.home for one in problem.phases[number].classes for officer in one.officers}
    if number:
        into = problem.into[number - 1]
        places |= {officer: into[office] for officer, office in names[number - 1].items() if officer in places}
    return places


def _moves(problem: StaffingProblem, number: int, reasons: Reasons) -> tuple[Move, ...]:
    phase, before = problem.phases[number], _starts(problem, number, reasons.names)
    found = []
    for officer, office in sorted(reasons.names[number].items()):
        if office != before[officer]:
            told = reasons.told(number, officer, before[officer], office)
            found.append(Move(phase.phase, officer, before[officer], office, told.reason, told.details, told.alternatives))
    return tuple(found)


def _additions(phase: PhaseProblem, staffing: PhaseStaffing) -> tuple[Addition, ...]:
    found = [Addition("post", *place, count) for place, count in staffing.posts.items()]
    found += [Addition("postal_post", *place, count) for place, count in staffing.postal.items()]
    found += [Addition("rented", office, "", count) for office, count in staffing.rented.items()]
    found += [Addition("bought", office, "", count) for office, count in staffing.bought.items()]
    found += [Addition(phase.options[rank].kind, phase.options[rank].office, "", 1) for rank in staffing.options]
    return tuple(sorted(found, key=lambda one: (one.kind, one.office, one.group)))


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
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([f"'{cell}" if cell.startswith(LIVE) else cell for cell in row] for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_plan(path: Path, scenario: Scenario) -> tuple[Assignment, ...]:
    """Read an edited plan; only phase, officer and to count. ScenarioError with every problem and its row."""
    rows, problems = _rows(path)
    phases = {phase.id for phase in scenario.phases}
    officers = {officer.id for officer in scenario.officers}
    offices = {office.id for office in scenario.offices}
    seen: dict[tuple[str, str], int] = {}
    found = []
    for number, row in rows:
        place = {"phase": (row["phase"], phases), "officer": (row["officer"], officers), "to": (row["to"], offices)}
        for column, (value, known) in place.items():
            if value not in known:
                problems.append(Problem(path.name, number, column, "E-PLN-003", value, near(value, known)))
        key = (row["phase"], row["officer"])
        if key in seen:
            problems.append(Problem(path.name, number, "officer", "E-PLN-004", row["officer"], str(seen[key])))
        seen.setdefault(key, number)
        if all(value in known for value, known in place.values()):
            found.append(Assignment(phase=row["phase"], officer=row["officer"], office=row["to"]))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """Rows with their numbers as the spreadsheet shows them, and problems of form."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return [], [Problem(path.name, 0, "", "E-PLN-001", str(path), error.strerror or "")]
    except UnicodeDecodeError:
        return [], [Problem(path.name, 0, "", "E-PLN-002", "", "CSV UTF-8")]
    header, _, _ = text.partition("\n")
    separator = max(",;\t", key=header.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return [], [Problem(path.name, 0, "", "E-PLN-002", "", "CSV UTF-8")]
    if not lines:
        return [], [Problem(path.name, 1, "", "E-PLN-005", "", ", ".join(COLUMNS))]
    names = [name.strip() for name in lines[0]]
    missing = [name for name in ("phase", "officer", "to") if name not in names]
    if missing:
        return [], [Problem(path.name, 1, name, "E-PLN-005", ", ".join(names), name) for name in missing]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        return [], [Problem(path.name, 1, name, "E-PLN-007", name, str(names.count(name))) for name in twice]
    rows, problems = [], []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            problems.append(Problem(path.name, number, "", "E-PLN-006", str(len(cells)), str(len(names))))
            continue
        rows.append((number, {name: cell.strip().removeprefix("'") for name, cell in zip(names, cells, strict=True)}))
    return rows, problems
