"""The plan of least regret, against enumeration, and the bound of the weighted futures."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import optimizer.robust as least_regret
from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target
from optimizer.robust import ROBUST, robust
from optimizer.solve import PhaseStaffing, Staffing, broken_rules, cost

OFFICES = ("a", "b", "c")


def futures(seed: int, convex: bool) -> dict[str, StaffingProblem]:
    """Three futures of three offices and four officers, alike in all but their curves."""
    rng = np.random.default_rng([31, seed])
    classes = []
    for number in range(3):
        home = OFFICES[number]
        targets = tuple(Target(office, "commune", 0 if office == home else int(rng.integers(0, 200)), 0) for office in OFFICES)
        classes.append(StaffClass(home, tuple(f"{number}-{n}" for n in range(1 + (number == 0))), 500, frozenset({"x"}), targets))
    base = {("a", "commune"): 2, ("b", "commune"): 1, ("c", "commune"): 1}
    first = PhaseProblem(
        phase="p1",
        classes=tuple(classes),
        offices={office: Rules(0, 9000, ()) for office in OFFICES},
        curves={},
        base=base,
        max_moves=int(rng.integers(1, 4)),
        move_price_s=int(rng.integers(0, 100)),
    )
    found = {}
    for name in ("expected", "high", "absence"):
        curves = {}
        for place in base:
            steps = -rng.integers(0, 900, 4)
            heights = np.cumsum([4000, *(np.sort(steps) if convex else steps)])
            curves[place] = {crew: int(height) for crew, height in enumerate(heights)}
        found[name] = StaffingProblem((replace(first, curves=curves),))
    return found


def every_staffing(problem: StaffingProblem) -> list[Staffing]:
    """Every staffing that keeps the rules."""
    ways = []
    for rank, one in enumerate(problem.phases[0].classes):
        deals = [deal for deal in product(range(one.size + 1), repeat=3) if sum(deal) == one.size]
        ways.append([{(rank, office): count for office, count in zip(OFFICES, deal, strict=True) if count} for deal in deals])
    found = [(PhaseStaffing({key: n for part in parts for key, n in part.items()}),) for parts in product(*ways)]
    return [staffing for staffing in found if not broken_rules(problem, staffing)]


@pytest.mark.parametrize("convex", [True, False])
def test_largest_regret_is_the_least_there_is(convex: bool) -> None:
    """On 15 small cases each: the enumerated minimax regret, proven, and the cheapest such plan in the expected future."""
    for seed in range(15):
        problems = futures(seed, convex)
        staffings = every_staffing(problems["expected"])
        costs = {name: [cost(problem, one) for one in staffings] for name, problem in problems.items()}
        lows = {name: min(values) for name, values in costs.items()}
        worst = [max(costs[name][place] - lows[name] for name in problems) for place in range(len(staffings))]
        found = robust(problems)
        assert (found.outcome.status, found.outcome.objective) == ("optimal", min(worst)), seed
        cheapest = min(costs["expected"][place] for place, value in enumerate(worst) if value == min(worst))
        table = {(one.plan, one.future): one for one in found.regrets}
        assert table[ROBUST, "expected"].cost_s == cheapest, seed
        assert all(table[name, name].regret_s == 0 and table[name, name].cost_s == lows[name] for name in problems)
        assert all(one.regret_s >= 0 for one in found.regrets)


def test_weighted_futures_bound_the_regret(monkeypatch: pytest.MonkeyPatch) -> None:
    """By cutting planes: never below the bound, never better than the least regret, and mostly the least itself."""
    exact = 0
    for seed in range(12):
        problems = futures(seed, True)
        whole = robust(problems).outcome.objective
        monkeypatch.setattr(least_regret, "WHOLE_UP_TO", 0)
        found = robust(problems)
        monkeypatch.undo()
        assert whole is not None and found.outcome.objective is not None and found.outcome.bound is not None
        assert found.outcome.bound - 1e-6 <= whole <= found.outcome.objective, seed
        exact += found.outcome.objective == whole
    assert exact >= 4


def test_futures_that_differ_in_more_than_curves_are_refused() -> None:
    """One staffing must mean the same in each."""
    problems = futures(1, True)
    other = replace(problems["high"].phases[0], max_moves=9)
    with pytest.raises(ValueError, match="high"):
        robust({**problems, "high": StaffingProblem((other,))})
