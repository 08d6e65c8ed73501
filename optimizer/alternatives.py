"""The next best plans: the program solved again with every plan found so far cut off, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter

import numpy as np
from scipy import sparse

from .arrays import Arrays, StaffingArrays, staffing_arrays
from .highs import ROUNDING, loaded, run, solve_arrays
from .narrowing import named_like, staffing_of_plan
from .plan import Plan
from .problem import StaffingProblem
from .solve import Outcome, Staffing, answered, broken_rules, cost, staffing_of_arrays

Row = tuple[list[tuple[int, float]], float, float]  #: terms, lower, upper


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """A plan that differs from those before it; who then serves elsewhere than in the plan it is held against."""

    outcome: Outcome
    staffing: Staffing
    change_s: int  #: of the objective against the plan, person-seconds over all days
    changes: tuple[tuple[str, str, str, str], ...]  #: phase, officer, office as planned, office instead


def solve_near(problem: StaffingProblem, planned: Staffing, time_limit_s: float) -> tuple[Outcome, Staffing | None]:
    """Solve a problem; of its best staffings return one that differs from a planned one by the fewest officers."""
    began = perf_counter()
    arrays = staffing_arrays(problem)
    finish, values = solve_arrays(arrays.program, time_limit_s)
    outcome, found = answered(problem, finish, staffing_of_arrays(arrays, values), perf_counter() - began)
    if found is not None and outcome.objective is not None:
        found = nearest(arrays, arrays.program, problem, planned, outcome.objective, began + time_limit_s) or found
    return outcome, found


def alternatives(
    problem: StaffingProblem, plan: Plan, count: int = 3, *, differ: int = 1, time_limit_s: float = 60.0
) -> tuple[OtherPlan, ...]:
    """Return the next best plans, best first, each differing from the plan and from those before it.

    differ : officers who serve elsewhere at least, counted in each phase; fewer plans when no more exist or time runs out.
    """
    ends = perf_counter() + time_limit_s
    chosen, names = staffing_of_plan(problem, plan)
    arrays = staffing_arrays(problem)
    program, known, found = arrays.program, chosen, []
    base = cost(problem, chosen)
    for _ in range(count):
        program = cut_off(arrays, program, problem, known, differ)
        left = ends - perf_counter()
        if left <= 0:
            break
        began = perf_counter()
        finish, values = solve_arrays(program, left)
        outcome, other = answered(problem, finish, staffing_of_arrays(arrays, values), perf_counter() - began)
        if other is None or outcome.objective is None:
            break
        other = nearest(arrays, program, problem, chosen, outcome.objective, ends) or other
        found.append(OtherPlan(outcome, other, outcome.objective - base, _changes(problem, other, names)))
        known = other
    return tuple(found)


def cut_off(arrays: StaffingArrays, program: Arrays, problem: StaffingProblem, known: Staffing, differ: int) -> Arrays:
    """The program without the staffings that differ from a known one by fewer officers: Σ_pcj (known_pcj − x_pcj)⁺ ≥ differ.

    Only pairs with known_pcj > 0 count. Where it is the whole class, the part is linear. Else w ≤ known b and
    w ≤ known − x + size (1 − b) with b binary make w at most the part.
    """
    columns: list[float] = []  # upper bounds
    rows: list[Row] = []
    terms: list[tuple[int, float]] = []
    constant = 0
    for phase, chosen, places in zip(problem.phases, known, arrays.phases, strict=True):
        for (rank, office), count in sorted(chosen.people.items()):
            x, size = places.staff[rank, office], phase.classes[rank].size
            if count == size:
                terms.append((x, -1))
                constant += size
                continue
            w, b = len(program.cost) + len(columns), len(program.cost) + len(columns) + 1
            columns += [count, 1]
            rows += [([(w, 1), (b, -count)], -inf, 0), ([(w, 1), (x, 1), (b, size)], -inf, count + size)]
            terms.append((w, 1))
    rows.append((terms, differ - constant, inf))
    return extended(program, columns, rows)


def nearest(
    arrays: StaffingArrays, program: Arrays, problem: StaffingProblem, planned: Staffing, objective: int, ends: float
) -> Staffing | None:
    """Of the staffings of a program that cost no more, one that differs from a planned one by the fewest officers.

    min Σ_pcj (planned_pcj − x_pcj)⁺ with cost·x ≤ objective; None when time runs out before one is found.
    """
    columns: list[float] = []
    rows: list[Row] = [
        ([(place, float(value)) for place, value in enumerate(program.cost) if value], -inf, objective - program.constant)
    ]
    away: list[tuple[int, float]] = []
    for phase, chosen, places in zip(problem.phases, planned, arrays.phases, strict=True):
        for rank, one in enumerate(phase.classes):
            for target in one.targets:
                count, x = chosen.people.get((rank, target.office), 0), places.staff[rank, target.office]
                if count == one.size:
                    away.append((x, -1))
                elif count:
                    w = len(program.cost) + len(columns)
                    columns.append(count)
                    rows.append(([(w, 1), (x, 1)], count, inf))
                    away.append((w, 1))
    near = extended(narrowed(program, objective, ends), columns, rows)
    cost_of = np.zeros(len(near.cost))
    for column, value in away:
        cost_of[column] = value
    left = ends - perf_counter()
    if left <= 0:
        return None
    _, values = solve_arrays(replace(near, cost=cost_of, constant=0.0), left)
    found = None if values is None else staffing_of_arrays(arrays, values)
    return found if found is not None and not broken_rules(problem, found) and cost(problem, found) <= objective else None


def narrowed(program: Arrays, objective: int, ends: float) -> Arrays:
    """The program with columns held that no solution of that cost or less moves off their bounds.

    A column at a bound of the relaxation costs its reduced cost for each unit it moves, beyond the relaxation's optimum.
    """
    highs = loaded(program, whole=False)
    if run(highs, ends).status != "optimal":
        return program
    solution, optimum = highs.getSolution(), float(highs.getInfo().objective_function_value)
    values, reduced = np.array(solution.col_value), np.array(solution.col_dual)
    reach = objective - optimum + ROUNDING * max(abs(optimum), 1.0)
    at_bound = (values <= program.lower + ROUNDING) | (values >= program.upper - ROUNDING)
    held = at_bound & (np.abs(reduced) > reach) & (program.whole | program.all_whole)
    bounds = np.round(values)
    return replace(program, lower=np.where(held, bounds, program.lower), upper=np.where(held, bounds, program.upper))


def extended(program: Arrays, columns: Sequence[float], rows: Sequence[Row]) -> Arrays:
    """The program with more whole columns of 0 … their bound without cost, and more rows."""
    width = len(program.cost) + len(columns)
    matrix = sparse.lil_array((len(rows), width))
    for place, (terms, _, _) in enumerate(rows):
        for column, value in terms:
            matrix[place, column] = value
    empty = sparse.csr_array((program.matrix.shape[0], len(columns)))
    wide = sparse.hstack([program.matrix, empty])
    return replace(
        program,
        cost=np.concatenate([program.cost, np.zeros(len(columns))]),
        lower=np.concatenate([program.lower, np.zeros(len(columns))]),
        upper=np.concatenate([program.upper, columns]),
        whole=np.concatenate([program.whole, np.ones(len(columns), bool)]),
        matrix=sparse.csr_array(sparse.vstack([wide, matrix])),
        row_lower=np.concatenate([program.row_lower, [lower for _, lower, _ in rows]]),
        row_upper=np.concatenate([program.row_upper, [upper for *_, upper in rows]]),
    )


def _changes(
    problem: StaffingProblem, staffing: Staffing, names: Sequence[dict[str, str]]
) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (phase.phase, officer, names[number][officer], office)
        for number, (phase, now) in enumerate(zip(problem.phases, named_like(problem, staffing, names), strict=True))
        for officer, office in sorted(now.items())
        if office != names[number][officer]
    )
