"""The country as a flow against the program in its general form, and what must hold by reason alone."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic_country import as_staffing_problem, synthetic_country
from optimizer import flow as flows
from optimizer.baselines import best_swaps
from optimizer.flow import Flow, flow_arrays, solve_flow
from optimizer.highs import Finish, solve_arrays
from optimizer.solve import solve


def random_flow(number: int) -> Flow:
    """Two to nine places in one or two parts, one or two classes a place, convex curves that may rise at the end."""
    rng = np.random.default_rng([41, number])
    places = int(rng.integers(2, 10))
    crews = rng.integers(1, 6, size=places)
    lowest = np.maximum(0, crews - rng.integers(0, 4, size=places))
    curves = []
    for place in range(places):
        steps = int(crews[place] - lowest[place] + rng.integers(0, 4))
        changes = np.sort(rng.integers(-2000, 100, size=steps))
        curves.append(5000 + np.concatenate([[0], np.cumsum(changes)]))
    home, size = [], []
    for place, crew in enumerate(crews.tolist()):
        parts = [crew] if rng.random() < 0.6 or crew < 2 else [1, crew - 1]
        home += [place] * len(parts)
        size += parts
    wall = places // 2 if rng.random() < 0.5 else 0
    pairs = [
        (one, to)
        for one in range(len(home))
        for to in range(places)
        if to != home[one] and (to < wall) == (home[one] < wall) and rng.random() < 0.6
    ]
    source, target = (
        (np.array(column, np.int64) for column in zip(*pairs, strict=True)) if pairs else (np.zeros(0, np.int64),) * 2
    )
    price = rng.integers(0, 300, size=len(pairs))
    return Flow(
        tuple(curves), lowest, crews, np.array(home), np.array(size), source, target, price, max_moves=int(rng.integers(0, 7))
    )


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_flow_is_the_program(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 200 random countries in pieces, some in two parts, the proven optimum is that of the general program."""
    monkeypatch.setattr(flows, "PIECE", 1)
    for number in range(first, first + 50):
        flow = random_flow(number)
        outcome, moves = solve_flow(flow)
        general, _ = solve(as_staffing_problem(flow))
        assert (outcome.status, outcome.objective, outcome.gap) == ("optimal", general.objective, 0.0), number
        assert moves is not None and flow.broken(moves) == () and flow.cost(moves) == outcome.objective


def test_some_caps_fall_between_two_prices() -> None:
    """Among the random countries the price of a move alone does not always give exactly the cap: the kernel is at work."""
    between = 0
    for number in range(200):
        flow = random_flow(number)
        priced = flows._priced(flow, flow_arrays(flow), float("inf"))
        outcome, _ = solve_flow(flow)
        assert priced is not None and outcome.objective is not None
        assert priced[0].objective <= outcome.objective + 1e-6
        between += outcome.objective - priced[0].objective > 0.5
    assert between > 3


def test_part_of_a_country_is_the_program() -> None:
    """A hundred synthetic offices cost the same as a flow, as arrays solved at once, and in the general form."""
    flow = synthetic_country(100)
    outcome, _ = solve_flow(flow)
    whole, _ = solve_arrays(flow_arrays(flow), 60.0)
    general, _ = solve(as_staffing_problem(flow))
    assert outcome.status == general.status == "optimal"
    assert outcome.objective == general.objective == round(whole.bound or 0)


def test_more_moves_are_never_worse_and_each_saves_no_more_than_the_ones_before() -> None:
    """Cost falls with the cap, and the bound by prices is convex in it."""
    flow = synthetic_country(60)
    costs = []
    for cap in range(0, 60, 6):
        outcome, _ = solve_flow(replace(flow, max_moves=cap))
        costs.append(outcome.objective)
    known = np.array(costs, float)
    assert (np.diff(known) <= 0).all()
    assert (np.diff(known, 2) >= -1e-4 * known[0]).all()


def test_one_pool_is_that_of_best_swaps() -> None:
    """Where everyone may go anywhere at one price, the flow is the descent by best swaps."""
    for number in range(40):
        rng = np.random.default_rng([42, number])
        crews = rng.integers(1, 5, size=5)
        curves = tuple(4000 + np.concatenate([[0], np.cumsum(np.sort(rng.integers(-900, 0, size=10)))]) for _ in crews)
        pairs = np.array([(one, to) for one in range(5) for to in range(5) if one != to])
        cap, zero = int(rng.integers(0, 5)), np.zeros(5, np.int64)
        flow = Flow(curves, zero, crews, np.arange(5), crews, pairs[:, 0], pairs[:, 1], np.full(20, 70), cap)
        outcome, _ = solve_flow(flow)
        swapped = best_swaps(curves, crews, cap, 70)
        made = int(np.maximum(swapped - crews, 0).sum())
        assert outcome.objective == sum(int(curve[crew]) for curve, crew in zip(curves, swapped, strict=True)) + 70 * made


def test_country_is_the_same_each_time_and_of_its_size() -> None:
    """Same seed, same country; offices, branches and reach are those asked for."""
    first, again = synthetic_country(200), synthetic_country(200)
    assert all(np.array_equal(left, right) for left, right in zip(first.curves, again.curves, strict=True))
    assert np.array_equal(first.price, again.price)
    assert len(first.curves) == 200 + round(200 * 705 / 10_600)
    assert np.bincount(first.source).max() <= 13


def test_rules_of_a_plan_are_checked_by_hand() -> None:
    """Too many leave, a crew below its curve, too many moves, and a negative number are each told."""
    flow = Flow(
        curves=(np.array([9, 4, 0]), np.array([9, 4, 0])),
        lowest=np.array([1, 1]),
        crews=np.array([2, 2]),
        home=np.array([0, 1]),
        size=np.array([1, 2]),
        source=np.array([0, 1]),
        target=np.array([1, 0]),
        price=np.array([1, 1]),
        max_moves=2,
    )
    assert flow.broken(np.array([1, 0])) == ()
    assert flow.cost(np.array([1, 0])) == 9 + 0 + 1
    assert flow.broken(np.array([2, 1])) == ("placed", "few_moves")
    assert flow.broken(np.array([0, 2])) == ("level",)
    assert flow.broken(np.array([-1, 0])) == ("sign",)


def test_a_curve_that_is_not_convex_is_refused() -> None:
    """The flow form has no place for it."""
    flow = random_flow(1)
    with pytest.raises(ValueError, match="not convex"):
        replace(flow, curves=(np.array([9, 8, 1]), *flow.curves[1:]))


def test_no_time_gives_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """When HiGHS runs out of time before any price is settled, nothing is claimed."""
    monkeypatch.setattr(flows, "run", lambda *_: Finish("no_plan", None))
    outcome, moves = solve_flow(synthetic_country(50))
    assert (outcome.status, outcome.objective, moves) == ("no_plan", None, None)
