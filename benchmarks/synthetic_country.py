"""A synthetic country for measuring how far the program reaches; no figure of it is that of a real office.

63 provinces as of 2024 and 10,600 commune-level offices with district branches, on a made-up map, with crews and loads
drawn from a fixed seed. Curves are stationary Erlang-A at a mean half hour, made convex. Everyone may go to the nearest
13 places of their kind in the province.
"""

from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from optimizer.flow import Flow
from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target
from sim.erlang import erlang_a_overload

PROVINCES, OFFICES, BRANCHES = 63, 10_600, 705
REACH = 13  #: places to which an officer may move
SERVICE_MIN, PATIENCE_MIN, STANDARD_MIN, CHARGE_MIN, DAY_MIN = 12.0, 60.0, 20.0, 30.0, 420.0
MOVE_PRICE_S, KILOMETER_PRICE_S = 300, 30
COUNTER_SHARE = 0.6


def synthetic_country(offices: int = OFFICES, share_of_moves: float = 0.05, seed: int = 2024) -> Flow:
    """A country, or part of one, with so many commune-level offices and their share of branches; SYNTHETIC.

    share_of_moves : cap on moves as a share of all officers.
    """
    rng = np.random.default_rng(seed)
    branches = round(offices * BRANCHES / OFFICES)
    provinces = max(1, round(offices * PROVINCES / OFFICES))
    branch = np.arange(offices + branches) >= offices
    places = len(branch)
    province = np.concatenate([np.sort(rng.integers(0, provinces, offices)), np.arange(branches) % provinces])
    at = rng.uniform(0, 70, (places, 2)) + 1000.0 * np.column_stack([province % 9, province // 9])  # km
    load = np.where(branch, rng.lognormal(1.2, 0.5, places), rng.lognormal(0.3, 0.7, places)).clip(0.1, 14)
    crews = np.maximum(1, np.round((load + rng.normal(0.6, 0.8, places) * np.sqrt(load)) / COUNTER_SHARE)).astype(np.int64)
    lowest = np.maximum(1, crews - 8)
    curves = tuple(_curve(round(float(load[place]), 1), int(lowest[place]), int(crews[place]) + 8) for place in range(places))
    source, target, price = [], [], []
    for kind in (False, True):
        members = np.flatnonzero(branch == kind)
        if len(members) < 2:
            continue
        nearest = min(REACH + 1, len(members))
        far, near = cKDTree(at[members]).query(at[members], k=np.arange(1, nearest + 1))
        left, right, distance = np.repeat(members, nearest), members[np.ravel(near)], np.ravel(far)
        kept = (left != right) & (province[left] == province[right])
        source.append(left[kept])
        target.append(right[kept])
        price.append(np.round(MOVE_PRICE_S + 2 * KILOMETER_PRICE_S * distance[kept]))
    return Flow(
        curves=curves,
        lowest=lowest,
        crews=crews,
        home=np.arange(places),
        size=crews,
        source=np.concatenate(source),
        target=np.concatenate(target),
        price=np.concatenate(price).astype(np.int64),
        max_moves=round(share_of_moves * int(crews.sum())),
    )


def as_staffing_problem(flow: Flow) -> StaffingProblem:
    """The same as a problem of one phase, for the program in its general form."""
    names = [f"o{place:05d}" for place in range(len(flow.curves))]
    targets: list[list[Target]] = [[Target(names[place], "commune", 0, 0)] for place in flow.home]
    for source, target, price in zip(flow.source.tolist(), flow.target.tolist(), flow.price.tolist(), strict=True):
        targets[source].append(Target(names[target], "commune", price, 0))
    classes = tuple(
        StaffClass(names[place], tuple(f"{rank}.{one}" for one in range(size)), 0, frozenset(), tuple(targets[rank]))
        for rank, (place, size) in enumerate(zip(flow.home.tolist(), flow.size.tolist(), strict=True))
    )
    places = zip(names, flow.curves, flow.lowest.tolist(), strict=True)
    curves = {(name, "commune"): dict(enumerate(curve.tolist(), start=first)) for name, curve, first in places}
    phase = PhaseProblem(
        phase="p",
        classes=classes,
        offices={name: Rules(0, 0, ()) for name in names},
        curves=curves,
        base={(name, "commune"): crew for name, crew in zip(names, flow.crews.tolist(), strict=True)},
        max_moves=flow.max_moves,
    )
    return StaffingProblem((phase,))


@cache
def _curve(load: float, lowest: int, highest: int) -> np.ndarray:
    """Overload in person-seconds a day over crews; a crew is at its counters for part of its paid time."""
    visits = load * DAY_MIN / SERVICE_MIN
    values = [round(60 * visits * _overload_min(load, crew)) for crew in range(lowest, highest + 1)]
    saved = np.sort(np.maximum(-np.diff(values), 0))[::-1]
    return np.asarray(values[-1] + np.concatenate([np.cumsum(saved[::-1])[::-1], [0]]), np.int64)


@cache
def _overload_min(load: float, crew: int) -> float:
    """Overload of one visit with a crew, between whole numbers of officers at the counters."""
    at_counters = crew * COUNTER_SHARE
    below = int(at_counters)
    return float(np.interp(at_counters, [below, below + 1], [_at(load, below), _at(load, below + 1)]))


@cache
def _at(load: float, servers: int) -> float:
    rates = (load / SERVICE_MIN, 1 / SERVICE_MIN, 1 / PATIENCE_MIN)
    return erlang_a_overload(servers, *rates, STANDARD_MIN, CHARGE_MIN)
