"""The plan: who moves where, why, and what it promises; as objects, as a table to edit, and as assignments."""

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scenarios.problems import Problem, ScenarioError
from scenarios.schema import Assignment, Scenario
from sim import Curve

from .checker import near
from .problem import StaffClass, StaffingProblem, Target, staffing_problem
from .solve import Outcome, Staffing, cost, solve

COLUMNS = ("phase", "officer", "officer_name", "from", "from_name", "to", "to_name", "reason")
LIVE = ("=", "+", "-", "@", "\t", "\r")  #: a spreadsheet takes a cell that begins so for a formula
Values = tuple[tuple[str, float | int | str], ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an officer moves: a code and numbers; minutes are person-minutes of overload a day."""

    code: str
    values: Values


@dataclass(frozen=True, slots=True)
class Move:
    """One officer's change of office in a phase."""

    phase: str
    officer: str
    source: str
    target: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """The optimizer's answer for one phase."""

    phase: str
    outcome: Outcome
    moves: tuple[Move, ...]
    as_is_predicted_overload_min_per_day: float  #: by the curves, without the plan
    predicted_overload_min_per_day: float  #: by the curves, without prices
    crews: tuple[tuple[str, str, int], ...]  #: office, desk group, officers

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario with this plan's assignments in place of those of the phase."""
        others = tuple(row for row in scenario.assignments if row.phase != self.phase)
        rows = tuple(Assignment(phase=self.phase, officer=move.officer, office=move.target) for move in self.moves)
        return scenario.model_copy(update={"assignments": others + rows})


def optimize(
    scenario: Scenario,
    phase_id: str,
    curves: Iterable[Curve],
    *,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
) -> Plan:
    """Return the best plan of a phase on its response curves, every officer starting from home.

    Rules that today's staffing breaks are relaxed to "never worse than today", so doing nothing is always a plan.
    A plan without proof has status "feasible"; "no_plan" when time ran out before any was found.
    """
    problem = staffing_problem(scenario, phase_id, curves, max_moves)
    outcome, staffing = solve(problem, time_limit_s)
    today = {(number, one.home): one.size for number, one in enumerate(problem.classes)}
    moves = _moves(scenario, problem, staffing) if staffing is not None else ()
    return Plan(
        phase=phase_id,
        outcome=outcome,
        moves=moves,
        as_is_predicted_overload_min_per_day=cost(problem, today) / 60,
        predicted_overload_min_per_day=(cost(problem, staffing or today) - _prices(problem, staffing or today)) / 60,
        crews=tuple((office, group, crew) for (office, group), crew in sorted(_crews(problem, staffing or today).items())),
    )


def _prices(problem: StaffingProblem, staffing: Staffing) -> int:
    return sum(count * _target_of(problem, number, office).price_s for (number, office), count in staffing.items())


def _target_of(problem: StaffingProblem, number: int, office: str) -> Target:
    return next(target for target in problem.classes[number].targets if target.office == office)


def _crews(problem: StaffingProblem, staffing: Staffing) -> dict[tuple[str, str], int]:
    crews = dict.fromkeys(problem.curves, 0)
    for (number, office), count in staffing.items():
        place = (office, _target_of(problem, number, office).group)
        if place in crews:
            crews[place] += count
    return crews


def _moves(scenario: Scenario, problem: StaffingProblem, staffing: Staffing) -> tuple[Move, ...]:
    """Deal names to the places of each class: the last names go, to the offices in order of id."""
    crews = _crews(problem, staffing)
    moves = []
    for number, one in enumerate(problem.classes):
        leavers = list(one.officers[staffing.get((number, one.home), 0) :])
        for target in sorted(one.targets, key=lambda target: target.office):
            if target.office != one.home:
                for _ in range(staffing.get((number, target.office), 0)):
                    moves.append(
                        Move(problem.phase, leavers.pop(0), one.home, target.office, _reason(problem, one, target, crews))
                    )
    return tuple(sorted(moves, key=lambda move: move.officer))


def _reason(problem: StaffingProblem, one: StaffClass, target: Target, crews: dict[tuple[str, str], int]) -> Reason:
    """What the last officer of the group saves at the target and would save at the source, at the planned crews."""
    home = next(place for place in one.targets if place.office == one.home)
    saved = _worth(problem, (target.office, target.group), crews)
    lost = _worth(problem, (one.home, home.group), {place: crew + 1 for place, crew in crews.items()})
    return Reason(
        "R-MOVE-001",
        (
            ("saved_min", round(saved / 60, 1)),
            ("lost_min", round(lost / 60, 1)),
            ("price_min", round(target.price_s / 60, 1)),
            ("commute_km_before", round(home.commute_m / 1000, 1)),
            ("commute_km_after", round(target.commute_m / 1000, 1)),
        ),
    )


def _worth(problem: StaffingProblem, place: tuple[str, str], crews: dict[tuple[str, str], int]) -> int:
    """Overload that the last officer of a place takes away, person-seconds a day; 0 beyond the curve."""
    curve, crew = problem.curves.get(place, {}), crews.get(place, 0)
    return curve[crew - 1] - curve[crew] if crew in curve and crew - 1 in curve else 0


# -- the table an HR planner reads and edits -----------------------------------------------------------------------


def write_plan(plans: Iterable[Plan], scenario: Scenario, path: Path, reasons: dict[str, str] | None = None) -> None:
    """Write moves as CSV (UTF-8 with a mark, so that a spreadsheet shows the tones); no cell is a live formula.

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
        for plan in plans
        for move in plan.moves
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
