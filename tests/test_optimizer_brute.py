"""The staffing program against enumeration, a second solver and what must hold by reason alone."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target
from optimizer.solve import PhaseStaffing, Staffing, broken_rules, cost, solve, solve_with_cbc


def random_problem(number: int) -> PhaseProblem:
    """Two to four offices, up to five officers in classes, curves of any shape, rules that may clash."""
    rng = np.random.default_rng([12, number])
    offices = [f"o{n}" for n in range(int(rng.integers(2, 5)))]
    two_groups = bool(rng.random() < 0.3)
    places = [(office, "commune") for office in offices] + ([("o0", "district")] if two_groups else [])
    classes = []
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(1, 3))
        home = str(rng.choice(offices))
        group = "district" if two_groups and rng.random() < 0.4 else "commune"
        open_to = [office for office in offices if office == home or rng.random() < 0.7]
        targets = tuple(
            Target(office, group, 0 if office == home else int(rng.integers(0, 400)), 0)
            for office in open_to
            if (office, group) in places or office == home
        )
        fields = frozenset(field for field in ("a", "b") if rng.random() < 0.7)
        names = tuple(f"{home}-{len(classes)}-{n}" for n in range(size))
        classes.append(StaffClass(home, names, int(rng.choice([500, 600, 1000])), fields, targets))
    crews = {
        place: sum(one.size for one in classes if one.home == place[0] and one.targets[0].group == place[1]) for place in places
    }
    curves = {place: {crew: int(rng.integers(0, 3000)) for crew in range(int(rng.integers(4, 7)))} for place in places}
    base = {place: min(crew, max(curves[place])) for place, crew in crews.items()}
    if two_groups:
        curves["o0", "district"][base["o0", "district"]] = curves["o0", "commune"][base["o0", "commune"]]
    rules = {
        office: Rules(int(rng.integers(0, 2)), int(rng.integers(1, 5)) * 1000, (("a", int(rng.integers(0, 2))),))
        for office in offices
    }
    return PhaseProblem("p", tuple(classes), rules, curves, base, int(rng.integers(0, 5)))


def staffings(problem: PhaseProblem) -> Iterator[Staffing]:
    """Every way of dealing the classes to their targets."""
    ways = []
    for number, one in enumerate(problem.classes):
        offices = [target.office for target in one.targets]
        deals = [deal for deal in product(range(one.size + 1), repeat=len(offices)) if sum(deal) == one.size]
        ways.append([{(number, office): count for office, count in zip(offices, deal, strict=True) if count} for deal in deals])
    for parts in product(*ways):
        yield (PhaseStaffing({key: count for part in parts for key, count in part.items()}),)


def alone(phase: PhaseProblem) -> StaffingProblem:
    """The problem of one phase."""
    return StaffingProblem((phase,))


def by_enumeration(phase: PhaseProblem) -> int | None:
    """The least cost of a staffing that breaks no rule."""
    problem = alone(phase)
    costs = [cost(problem, staffing) for staffing in staffings(phase) if not broken_rules(problem, staffing)]
    return min(costs, default=None)


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_program_finds_what_enumeration_finds(first: int) -> None:
    """On 500 small problems the proven optimum is the enumerated one, and infeasible means that there is none."""
    for number in range(first, first + 50):
        problem = random_problem(number)
        best = by_enumeration(problem)
        outcome, staffing = solve(alone(problem))
        if best is None:
            assert (outcome.status, staffing) == ("infeasible", None), number
            continue
        assert (outcome.status, outcome.objective, outcome.gap) == ("optimal", best, 0.0), number
        assert staffing is not None and broken_rules(alone(problem), staffing) == ()


def test_problems_are_of_both_kinds() -> None:
    """The random problems are neither all solvable nor all empty, and many ask for moves."""
    outcomes = [by_enumeration(random_problem(number)) for number in range(100)]
    assert 10 < sum(outcome is None for outcome in outcomes) < 90


def test_a_second_solver_agrees() -> None:
    """CBC finds plans of the same cost on 50 problems."""
    for number in range(50):
        problem = random_problem(number)
        ours, _ = solve(alone(problem))
        theirs, _ = solve_with_cbc(alone(problem))
        assert ours.objective == theirs.objective, number


def test_looser_budget_is_never_worse() -> None:
    """More moves allowed, no higher cost."""
    for number in range(60):
        problem = random_problem(number)
        costs = [solve(alone(replace(problem, max_moves=moves)))[0].objective for moves in range(5)]
        known = [value for value in costs if value is not None]
        assert known == sorted(known, reverse=True)


def test_order_of_classes_and_offices_does_not_matter() -> None:
    """The same problem written backward has the same optimum."""
    for number in range(40):
        problem = random_problem(number)
        turned = replace(
            problem,
            classes=problem.classes[::-1],
            offices=dict(reversed(problem.offices.items())),
            curves=dict(reversed(problem.curves.items())),
        )
        assert solve(alone(problem))[0].objective == solve(alone(turned))[0].objective
