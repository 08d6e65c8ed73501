"""The objective "worst" against enumeration, and against the rule without a solver on one pool."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from test_optimizer_brute import staffings
from test_optimizer_phases import joint_problem

from optimizer.fairness import least_worst, office_overloads
from optimizer.problem import Allowance, StaffingProblem
from optimizer.solve import Staffing, broken_crews, broken_rules, cost

COARSE = 700  #: person-seconds; values of curves are rounded to it, so that offices tie


@cache
def coarse_problem(number: int) -> StaffingProblem:
    """A random problem of two phases or three without additions, many of its offices alike in overload."""
    problem = joint_problem(number)
    phases = tuple(
        replace(
            phase,
            curves={
                place: {crew: value // COARSE * COARSE for crew, value in curve.items()} for place, curve in phase.curves.items()
            },
            options=(),
        )
        if number % 3
        else phase
        for phase in problem.phases
    )
    return replace(problem, phases=phases, allowance=Allowance(), objective="worst")


def all_staffings(problem: StaffingProblem) -> Iterator[Staffing]:
    """Every staffing that breaks no rule."""
    parts = [[one for (one,) in staffings(phase) if not broken_crews(phase, one)] for phase in problem.phases]
    for found in product(*parts):
        if not broken_rules(problem, found):
            yield found


def key(problem: StaffingProblem, staffing: Staffing) -> tuple[list[int], int]:
    """Overloads, the worst first, then the total."""
    return sorted(office_overloads(problem, staffing).values(), reverse=True), cost(problem, staffing)


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_worst_offices_are_those_of_enumeration(first: int) -> None:
    """On 300 small problems the sorted overloads and the total are the enumerated ones; infeasible means that there is none."""
    for number in range(first, first + 30):
        problem = coarse_problem(number)
        best = min((key(problem, one) for one in all_staffings(problem)), default=None)
        outcome, staffing = least_worst(problem, most_stages=100)
        if best is None:
            assert (outcome.status, staffing) == ("infeasible", None), number
            continue
        assert staffing is not None and outcome.status == "optimal", number
        assert key(problem, staffing) == best, number
