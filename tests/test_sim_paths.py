"""Exact path oracles: every citizen's start equals an independent recursion, to the tick."""

import heapq

import numpy as np
import pytest

from sim.columns import R_END, R_OUTCOME, R_START, R_WAIT
from sim.run import Engine, play
from sim.station import station

CASES = 500


def lindley(arrivals: list[int], services: list[int]) -> list[int]:
    """Starts at one server: start = max(arrival, end of the one before). Lindley 1952."""
    starts, free = [], 0
    for arrival, service in zip(arrivals, services, strict=True):
        starts.append(max(arrival, free))
        free = starts[-1] + service
    return starts


def kiefer_wolfowitz(arrivals: list[int], services: list[int], servers: int) -> list[int]:
    """Starts at c alike servers, first come first served: the ordered vector of instants at which servers are free."""
    free, starts = [0] * servers, []
    for arrival, service in zip(arrivals, services, strict=True):
        starts.append(max(arrival, free[0]))
        heapq.heapreplace(free, starts[-1] + service)
    return starts


def with_patience(arrivals: list[int], services: list[int], patiences: list[int], servers: int) -> list[int]:
    """Starts with citizens who leave when they would wait longer than their patience; -1 = left."""
    free, starts = [0] * servers, []
    for arrival, service, patience in zip(arrivals, services, patiences, strict=True):
        start = max(arrival, free[0])
        if start - arrival > patience:
            starts.append(-1)
        else:
            starts.append(start)
            heapq.heapreplace(free, start + service)
    return starts


def sample(number: int, most: int = 5) -> tuple[list[int], list[int], list[int], int]:
    """Arrivals (some together), services and patiences of 200 citizens, on a coarse grid in half of the cases; 1…most servers."""
    rng = np.random.default_rng([77, number])
    grid = (1, 50)[number % 2]
    servers = int(rng.integers(1, most + 1))
    arrivals = np.sort(rng.integers(0, 20_000, 200)) // grid * grid
    services = np.maximum(rng.exponential(95 * servers, 200).astype(int) // grid * grid, 1)
    patiences = rng.exponential(300, 200).astype(int) // grid * grid
    return arrivals.tolist(), services.tolist(), patiences.tolist(), servers


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("first", range(0, CASES, 100))
def test_starts_equal_the_recursion(first: int, engine: Engine) -> None:
    """Kiefer–Wolfowitz for c servers, Lindley for one: 500 cases of 200 citizens, no tick of difference."""
    for number in range(first, first + 100):
        arrivals, services, _, servers = sample(number)
        _, _, records = play(station(arrivals, services, servers), 0, engine=engine, keep=True)
        records = records[np.argsort(records[:, 0])]
        starts = kiefer_wolfowitz(arrivals, services, servers)
        assert records[:, R_START].tolist() == starts, number
        assert records[:, R_END].tolist() == [start + service for start, service in zip(starts, services, strict=True)]
        if servers == 1:
            assert starts == lindley(arrivals, services)


def test_starts_of_large_crews_equal_the_recursion() -> None:
    """Up to 70 servers, more than a vector has lanes and than a word of those idle has bits: 60 cases of 200 citizens."""
    for number in range(60):
        arrivals, services, _, servers = sample(number, 70)
        _, _, records = play(station(arrivals, services, servers), 0, keep=True)
        records = records[np.argsort(records[:, 0])]
        assert records[:, R_START].tolist() == kiefer_wolfowitz(arrivals, services, servers), number


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("first", range(0, CASES, 100))
def test_leavers_equal_the_recursion(first: int, engine: Engine) -> None:
    """With patience the same citizens start, and the same leave, when the recursion says."""
    for number in range(first, first + 100):
        arrivals, services, patiences, servers = sample(number)
        _, _, records = play(station(arrivals, services, servers, patiences=patiences), 0, engine=engine, keep=True)
        records = records[np.argsort(records[:, 0])]
        starts = with_patience(arrivals, services, patiences, servers)
        assert records[:, R_START].tolist() == starts, number
        left = records[:, R_OUTCOME] == 1
        assert left.tolist() == [start < 0 for start in starts]
        assert records[left, R_WAIT].tolist() == [patience for patience, gone in zip(patiences, left, strict=True) if gone]


def test_one_more_alike_server_makes_nobody_wait_longer() -> None:
    """First come first served, same citizens: exact for each of them, 200 paths."""
    for number in range(200):
        arrivals, services, _, servers = sample(number)
        few = play(station(arrivals, services, servers), 0, keep=True)[2]
        many = play(station(arrivals, services, servers + 1), 0, keep=True)[2]
        few, many = few[np.argsort(few[:, 0])], many[np.argsort(many[:, 0])]
        assert (many[:, R_START] <= few[:, R_START]).all()


def test_time_may_be_counted_in_any_unit() -> None:
    """All instants × 60 give all starts × 60."""
    arrivals, services, _, servers = sample(3)
    once = play(station(arrivals, services, servers), 0, keep=True)[2]
    sixty = play(station([60 * a for a in arrivals], [60 * s for s in services], servers), 0, keep=True)[2]
    assert np.array_equal(sixty[:, R_START], 60 * once[:, R_START])
