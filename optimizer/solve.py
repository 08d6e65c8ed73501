"""Solving, and saying truthfully what came of it.

A label is never trusted: status, bound and gap are read from HiGHS itself (PuLP calls a solve that ran out of time
optimal), and objective and rules are computed again from the integers found. A plan is optimal only when the proven
bound, rounded up to the next whole person-second, is its objective.
"""

import warnings
from dataclasses import dataclass
from math import ceil, isfinite
from time import perf_counter
from typing import Literal

import highspy
import pulp

from .formulation import Model, formulate
from .problem import StaffingProblem, counters_needed_pm

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_plan", "error"]
Staffing = dict[tuple[int, str], int]  #: (class, office) → officers, zeros left out
ABSOLUTE_GAP = 0.99  #: objectives are whole, so a bound closer than one proves
ROUNDING = 1e-6
INTEGRAL = 1e-4  #: farthest a value may lie from a whole number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proven. Objective and bound in person-seconds a day; gap relative, None without a plan."""

    status: Status
    objective: int | None
    bound: float | None
    gap: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """What the solver says of a program: its status and its dual bound."""

    status: Status
    bound: float | None


def solve(problem: StaffingProblem, time_limit_s: float = 60.0) -> tuple[Outcome, Staffing | None]:
    """Solve with HiGHS to proven gap 0, or as far as the time allows."""
    began = perf_counter()
    model = formulate(problem)
    finish = run_highs(model.program, time_limit_s)
    return _judged(problem, model, finish, perf_counter() - began)


def solve_with_cbc(problem: StaffingProblem, time_limit_s: float = 60.0) -> tuple[Outcome, Staffing | None]:
    """Solve with CBC for a second opinion; it tells no bound, so its plans count as feasible only.

    RuntimeError when this installation has no CBC.
    """
    began = perf_counter()
    model = formulate(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        solver = pulp.PULP_CBC_CMD(msg=False, threads=1, gapRel=0, gapAbs=ABSOLUTE_GAP, timeLimit=time_limit_s)
    if not solver.available():
        raise RuntimeError("no CBC is installed")
    model.program.solve(solver)
    found = model.program.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    statuses: dict[int, Status] = {pulp.LpStatusInfeasible: "infeasible", pulp.LpStatusUnbounded: "unbounded"}
    status: Status = "feasible" if found else statuses.get(model.program.status, "no_plan")
    return _judged(problem, model, Finish(status, None), perf_counter() - began)


def run_highs(program: pulp.LpProblem, time_limit_s: float) -> Finish:
    """Run HiGHS in this process on one thread with a fixed seed; return its own word."""
    solver = pulp.HiGHS(
        msg=False, log_to_console=False, threads=1, random_seed=1, gapRel=0.0, gapAbs=ABSOLUTE_GAP, timeLimit=time_limit_s
    )
    program.solve(solver)
    highs: highspy.Highs = program.solverModel
    info, word = highs.getInfo(), highs.getModelStatus()
    statuses = highspy.HighsModelStatus
    found = info.primal_solution_status == highspy.kSolutionStatusFeasible
    bound = float(info.mip_dual_bound)
    if word == statuses.kInfeasible:
        return Finish("infeasible", None)
    if word == statuses.kUnbounded:
        return Finish("unbounded", None)
    if word == statuses.kUnboundedOrInfeasible:
        return Finish(_told_apart(program, time_limit_s), None)
    if found and word in (statuses.kOptimal, statuses.kModelEmpty):
        return Finish("optimal", bound)
    if word in (statuses.kTimeLimit, statuses.kIterationLimit, statuses.kSolutionLimit, statuses.kInterrupt):
        return Finish("feasible" if found else "no_plan", bound if isfinite(bound) else None)
    return Finish("error", None)


def _told_apart(program: pulp.LpProblem, time_limit_s: float) -> Status:
    """Without its objective an unbounded program has a solution and an infeasible one has none."""
    bare = program.copy()
    bare.setObjective(pulp.LpAffineExpression())
    status = run_highs(bare, time_limit_s).status
    return "unbounded" if status in ("optimal", "feasible") else status


def _judged(problem: StaffingProblem, model: Model, finish: Finish, seconds: float) -> tuple[Outcome, Staffing | None]:
    if finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status, None, finish.bound, None, seconds), None
    staffing = _whole(model)
    if staffing is None or broken_rules(problem, staffing):
        return Outcome("error", None, finish.bound, None, seconds), None
    bound = None if finish.bound is None else finish.bound - problem.repeats()
    outcome = judged(cost(problem, staffing), bound, finish.status == "optimal", seconds)
    return outcome, None if outcome.status == "error" else staffing


def judged(objective: int, bound: float | None, claimed: bool, seconds: float) -> Outcome:
    """Return the outcome of a plan: optimal only when claimed and when its bound rounds up to its objective.

    A bound above the objective contradicts it: an error.
    """
    if bound is None or not isfinite(bound):
        return Outcome("feasible", objective, None, None, seconds)
    proven = ceil(bound - max(ROUNDING, 1e-9 * abs(bound)))
    gap = (objective - proven) / max(1, abs(objective))
    if gap < 0:
        return Outcome("error", objective, bound, None, seconds)
    return Outcome("optimal" if claimed and gap == 0 else "feasible", objective, bound, gap, seconds)


def _whole(model: Model) -> Staffing | None:
    """Officers of each (class, office), or None when a value is missing or not whole."""
    staffing = {}
    for key, variable in model.staff.items():
        value = variable.value()
        if value is None or abs(value - round(value)) > INTEGRAL:
            return None
        if round(value):
            staffing[key] = round(value)
    return staffing


def cost(problem: StaffingProblem, staffing: Staffing) -> int:
    """Objective of a staffing in person-seconds a day, from the curves and prices alone."""
    crews, price = dict.fromkeys(problem.curves, 0), 0
    for (number, office), count in staffing.items():
        target = next(target for target in problem.classes[number].targets if target.office == office)
        price += count * target.price_s
        if (office, target.group) in crews:
            crews[office, target.group] += count
    return sum(problem.curves[place][crew] for place, crew in crews.items()) + price - problem.repeats()


def _group(problem: StaffingProblem, number: int, office: str) -> str:
    return next(target.group for target in problem.classes[number].targets if target.office == office)


def broken_rules(problem: StaffingProblem, staffing: Staffing) -> tuple[str, ...]:
    """Names of the rules a staffing breaks, checked in integers without the program."""
    broken = []
    crews = dict.fromkeys(problem.curves, 0)
    people: dict[str, list[tuple[int, int]]] = {office: [] for office in problem.offices}
    for number, one in enumerate(problem.classes):
        counts = {target.office: staffing.get((number, target.office), 0) for target in one.targets}
        if sum(counts.values()) != one.size or min(counts.values()) < 0:
            broken.append(f"placed {number}")
        for target in one.targets:
            people[target.office].append((number, counts[target.office]))
            if (target.office, target.group) in crews:
                crews[target.office, target.group] += counts[target.office]
    allowed = {(number, target.office) for number, one in enumerate(problem.classes) for target in one.targets}
    broken += [f"target {key}" for key in staffing if key not in allowed]
    broken += [f"level {place}" for place, crew in crews.items() if crew not in problem.curves[place]]
    for office, rules in problem.offices.items():
        here = people[office]
        if sum(count for _, count in here) < rules.minimum_crew:
            broken.append(f"minimum_crew {office}")
        shares = ((problem.classes[number].shift, count * problem.classes[number].share_pm) for number, count in here)
        if counters_needed_pm(shares) > rules.room_pm:
            broken.append(f"counters {office}")
        for field, fewest in rules.holders:
            if sum(count for number, count in here if field in problem.classes[number].fields) < fewest:
                broken.append(f"holders {office} {field}")
    for place, held in problem.mix.items():
        crew = [(number, count) for number, count in people[place[0]] if _group(problem, number, place[0]) == place[1]]
        size = sum(count for _, count in crew)
        for field, before in held:
            holding = sum(count for number, count in crew if field in problem.classes[number].fields)
            if problem.base[place] * holding < before * size - problem.base[place]:
                broken.append(f"mix {place} {field}")
    moves = sum(count for (number, office), count in staffing.items() if office != problem.classes[number].home)
    return (*broken, *(("few_moves",) if moves > problem.max_moves else ()))
