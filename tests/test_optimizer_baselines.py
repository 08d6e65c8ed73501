"""Exact answers without a solver against the program, dynamic programming and enumeration; rules of thumb keep all rules."""

from itertools import product

import numpy as np
import pytest
from test_optimizer_arrays import random_problem

from optimizer.baselines import best_swaps, marginal_allocation, pool_cost, worst_first
from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target
from optimizer.rivals import RULES, Seen, rival
from optimizer.solve import broken_rules, cost, solve, today

Pool = tuple[list[np.ndarray], np.ndarray]


def random_pool(number: int, offices: int = 0) -> Pool:
    """Convex curves that fall, and crews of today."""
    rng = np.random.default_rng([5, number])
    count = offices or int(rng.integers(2, 6))
    crews = rng.integers(1, 5, size=count)
    curves = []
    for _ in range(count):
        saved = np.sort(rng.integers(0, 2000, size=int(rng.integers(5, 12))))[::-1]
        curves.append(int(saved.sum()) + int(rng.integers(0, 300)) - np.concatenate([[0], np.cumsum(saved)]))
    return curves, crews


def as_problem(pool: Pool, max_moves: int, price: int = 0) -> StaffingProblem:
    """The same as a program: everyone may serve anywhere, no rule but the number of moves."""
    curves, crews = pool
    names = [f"o{number}" for number in range(len(curves))]
    targets = tuple(Target(name, "commune", 0, 0) for name in names)
    classes = tuple(
        StaffClass(name, tuple(f"{name}-{one}" for one in range(int(crew))), 0, frozenset(), targets)
        for name, crew in zip(names, crews, strict=True)
    )
    return StaffingProblem(
        (
            PhaseProblem(
                phase="p",
                classes=classes,
                offices={name: Rules(0, 0, ()) for name in names},
                curves={(name, "commune"): dict(enumerate(map(int, curve))) for name, curve in zip(names, curves, strict=True)},
                base={(name, "commune"): int(crew) for name, crew in zip(names, crews, strict=True)},
                max_moves=max_moves,
                move_price_s=price,
            ),
        )
    )


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_marginal_allocation_is_the_program_and_dynamic_programming(first: int) -> None:
    """On 200 pools without a cap on moves all three cost the same."""
    for number in range(first, first + 50):
        curves, crews = random_pool(number)
        officers = int(crews.sum())
        found = marginal_allocation(curves, officers)
        assert found.sum() == officers
        best = np.zeros(officers + 1)
        best[1:] = np.inf
        for curve in curves:  # cheapest way to seat exactly so many in the offices so far
            best = np.array([min(best[n - c] + curve[c] for c in range(min(n, len(curve) - 1) + 1)) for n in range(officers + 1)])
        outcome, _ = solve(as_problem((curves, crews), officers))
        assert pool_cost(curves, found) == best[officers] == outcome.objective, number


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_best_swaps_are_the_program_with_few_moves(first: int) -> None:
    """On 200 pools with a cap on moves and a price the descent costs what the program does."""
    for number in range(first, first + 50):
        curves, crews = random_pool(number)
        rng = np.random.default_rng([6, number])
        moves, price = int(rng.integers(0, 6)), int(rng.choice([0, 50, 400]))
        found = best_swaps(curves, crews, moves, price)
        made = int(np.maximum(found - crews, 0).sum())
        outcome, _ = solve(as_problem((curves, crews), moves, price))
        assert found.sum() == crews.sum() and made <= moves
        assert pool_cost(curves, found) + price * made == outcome.objective, number


def test_worst_first_is_the_best_of_all_ways_to_staff() -> None:
    """On 200 pools the sorted overloads are the lexicographically least of all."""
    for number in range(200):
        curves, crews = random_pool(number)
        curves = curves[:4]
        officers = int(crews[:4].sum())
        found = worst_first(curves, officers)
        ours = sorted((int(curve[crew]) for curve, crew in zip(curves, found, strict=True)), reverse=True)
        ways = (
            way for way in product(*(range(min(len(curve) - 1, officers) + 1) for curve in curves)) if sum(way) == found.sum()
        )
        best = min(sorted((int(curve[crew]) for curve, crew in zip(curves, way, strict=True)), reverse=True) for way in ways)
        assert ours == best, number


def test_ten_thousand_offices_agree() -> None:
    """Swaps without a cap reach the cost of marginal allocation on 10,600 offices, and a cap binds."""
    curves, crews = random_pool(0, offices=10_600)
    free = pool_cost(curves, marginal_allocation(curves, int(crews.sum())))
    assert pool_cost(curves, best_swaps(curves, crews, 100_000)) == free
    few = best_swaps(curves, crews, 500)
    assert np.maximum(few - crews, 0).sum() == 500
    assert pool_cost(curves, few) > free
    assert max(int(curve[crew]) for curve, crew in zip(curves, worst_first(curves, int(crews.sum())), strict=True)) <= max(
        int(curve[crew]) for curve, crew in zip(curves, crews, strict=True)
    )


def looks(problem: StaffingProblem, number: int) -> dict[str, dict[str, Seen]]:
    """Some loads and utilizations."""
    rng = np.random.default_rng([8, number])
    return {
        phase.phase: {office: Seen(rng.random(48) * rng.integers(1, 6), float(rng.random())) for office in phase.offices}
        for phase in problem.phases
    }


@pytest.mark.parametrize("name", sorted(RULES))
def test_rules_of_thumb_keep_every_rule_and_never_beat_the_program(name: str) -> None:
    """On 60 random problems with a plan of no moves; they do move, and the proven optimum is no worse."""
    moved = 0
    for number in range(60):
        problem = random_problem(number)
        if broken_rules(problem, today(problem)):
            continue
        staffing = rival(problem, RULES[name], looks(problem, number))
        assert broken_rules(problem, staffing) == (), number
        moved += staffing != today(problem)
        outcome, _ = solve(problem)
        assert outcome.objective is not None and outcome.objective <= cost(problem, staffing)
    assert moved > 10


def test_proportional_staffing_deals_officers_by_work() -> None:
    """Two offices with three officers each, one with twice the work: one officer moves."""
    pool = ([np.arange(9)[::-1]] * 2, np.array([3, 3]))
    problem = as_problem(pool, 5)
    offices = {"p": {"o0": Seen(np.full(48, 2.0), 0.9), "o1": Seen(np.full(48, 1.0), 0.4)}}
    found = rival(problem, RULES["proportional"], offices)
    assert found[0].people == {(0, "o0"): 3, (1, "o0"): 1, (1, "o1"): 2}
