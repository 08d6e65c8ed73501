"""Thousands of plain queues at once: first come, first served at alike servers, some patience, nothing else.

played = play_queues(arrivals=[0, 10, 20], services=[15, 15, 15], servers=1)
played.begins  # [0, 15, 30]

The same starts to the tick as the event kernel gives (`sim.station`), by a recursion that needs no events (`recursion`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gamma, log, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import recursion
from .network import hashes, ticks
from .recursion import SUMS
from .rules import NEVER
from .run import spread
from .station import one_field_laws
from .streams import BUNDLE, MICRO, Laws

LONGEST = 2**40  #: ticks; instants and durations are below
SOME = 4  #: stations below which playing them side by side does not pay
CHUNK = 40_000  #: customers below which a thread of their own does not pay
NO_OFFICES = np.empty(0, np.uint64)
COLUMNS = ("served", "left", "sent_away", "wait_served", "wait_left", "wait_sent")


@dataclass(frozen=True, slots=True)
class Queues:
    """Citizens of S stations, station after station, each in order of arrival; n in all, times in ticks."""

    start: NDArray[np.int64]  #: (S + 1,) slices of the others
    arrivals: NDArray[np.int64]  #: (n,)
    services: NDArray[np.int64]  #: (n,)
    patiences: NDArray[np.int64]  #: (n,)
    tastes: NDArray[np.float64]  #: (n, K) exponential numbers for the offices among which one chooses; K is 0 without choice


@dataclass(frozen=True, slots=True)
class PlayedQueues:
    """What became of them."""

    begins: NDArray[np.int64]  #: (n,) ticks; -1 left, -2 sent away
    sums: NDArray[np.int64]  #: (S, 6) by station: served, left, sent away, and ticks waited by each of them
    chosen: NDArray[np.int64] | None = None  #: (n,) number of the office, where citizens choose

    def table(self) -> pd.DataFrame:
        """One row a station: how many were served, left or were sent away, and the ticks they waited."""
        return pd.DataFrame(self.sums, columns=list(COLUMNS))


def play_queues(
    arrivals: ArrayLike,
    services: ArrayLike,
    servers: ArrayLike,
    *,
    patiences: ArrayLike | None = None,
    start: ArrayLike | None = None,
    periods: ArrayLike | None = None,
    jobs: int | None = None,
) -> PlayedQueues:
    """Play stations at which citizens are served first come, first served, by servers who are all alike.

    arrivals, services, patiences : (n,) integer ticks (1 ms, or any unit), station after station, each station's arrivals in
    order. A service lasts at least one tick; who has not begun when patience ends leaves, at that very tick one still begins
    (None: nobody leaves). servers : how many, one number for all stations or (S,); with `periods` (P,) or (S, P). start :
    (S + 1,) where each station's citizens begin, and the end; None for one station. periods : (P,) ticks at which the numbers
    of servers change; waits count from the first. A server who goes finishes the citizen in hand; if nobody serves in the last
    period, those who wait then are sent away. jobs : threads over stations, as many as cores when None.

    ValueError for lengths that do not fit, arrivals out of order, or numbers out of range. The result is the same for any `jobs`.
    """
    came, work = _column("arrivals", arrivals), _column("services", services)
    patience = np.full(len(came), NEVER >> 4) if patiences is None else _column("patiences", patiences)
    slices = np.array([0, len(came)], np.int64) if start is None else _column("start", start)
    _check(slices, came, work, patience)
    stations, given = len(slices) - 1, np.asarray(servers, np.int64)
    begins, sums = np.empty(len(came), np.int64), np.zeros((stations, SUMS), np.int64)
    changes = np.empty(0, np.int64) if periods is None else _column("periods", periods)
    shape = (stations,) if periods is None else (stations, len(changes))
    if periods is not None and (not len(changes) or (np.diff(changes) <= 0).any() or given.shape[-1:] != changes.shape):
        raise ValueError("periods must increase, with a number of servers for each")
    counts = np.ascontiguousarray(np.broadcast_to(given, shape))
    if counts.min(initial=0) < 0 or (len(came) and periods is None and counts.min() < 1):
        raise ValueError("a station without a server")

    def play(first: int, last: int) -> None:
        if periods is None:
            _play_apart(first, last, slices, (came, work, patience), counts, begins, sums)
        else:
            recursion.play_periods(first, last, slices, came, work, patience, changes, counts, begins, sums)

    _share_out(play, slices, jobs)
    return PlayedQueues(begins, sums)


def play_choices(
    queues: Queues,
    servers: ArrayLike,
    nominal: ArrayLike,
    *,
    wait_scale: int,
    way: int = 0,
    appeal: ArrayLike = 0,
    jobs: int | None = None,
) -> PlayedQueues:
    """Play days on which every citizen goes to one of K offices by the queues of the moment; a station of `queues` is a day.

    The choice is that of `sim.rules.best_office`: the least taste × exp(shown wait / wait_scale − appeal / 1e6), the shown
    wait being `nominal` ticks for each ticket not yet called, shared by the servers. Citizens look at the ticks of
    `queues.arrivals` and are there `way` ticks later. servers, nominal, appeal : one number or (K,). One row of sums a day.
    """
    _check(queues.start, queues.arrivals, queues.services, queues.patiences)
    counts, works, utilities = _of_offices(queues.tastes.shape[1], servers, nominal, appeal, wait_scale, way)
    n, days = len(queues.arrivals), len(queues.start) - 1
    chosen, begins, sums = np.empty(n, np.int64), np.empty(n, np.int64), np.zeros((days, SUMS), np.int64)

    def play(first: int, last: int) -> None:
        recursion.play_choices(
            first, last, queues.start, queues.arrivals, queues.services, queues.patiences, queues.tastes, False, way, counts,
            works, utilities, wait_scale, chosen, begins, sums,
        )  # fmt: skip

    _share_out(play, queues.start, jobs)
    return PlayedQueues(begins, sums, chosen)


def queue_laws(
    means: ArrayLike,
    *,
    hours: Sequence[tuple[int, int, float]],
    service_min: float,
    service_cv: float,
    patience_min: float,
    patience_shape: float = 1.0,
) -> Laws:
    """Laws of plain stations for `draw_queues` and `simulate_queues`.

    means : (S,) expected citizens of each station; (D, S) by day, stations then follow day by day. hours : (from tick, until
    tick, share) in order; arrivals are Poisson, evenly within each, shares add up to 1. service_min, service_cv : mean and
    coefficient of variation of a lognormal law. patience_min, patience_shape : mean and shape of a Weibull law, 1 the
    exponential one. ValueError for numbers out of range.
    """
    expected = np.atleast_2d(np.asarray(means, np.float64))
    shares = np.array([share for _, _, share in hours], np.float64)
    if expected.min(initial=0) < 0 or abs(shares.sum() - 1) > 1e-9 or any(until <= begin for begin, until, _ in hours):
        raise ValueError("means of 0 or more, hours that end after they begin, and shares that add up to 1 are needed")
    if not (service_min > 0 and service_cv >= 0 and patience_min > 0 and 0.1 <= patience_shape <= 100):
        raise ValueError("a service and a patience longer than 0, a variation of 0 or more, and a shape of 0.1 to 100 are needed")
    sigma = sqrt(log(1 + service_cv**2))
    mean = ticks(service_min)
    days, stations = expected.shape
    return one_field_laws()._replace(
        days=np.arange(1, days + 1),
        mean_micro=np.floor(expected * MICRO + 0.5).astype(np.int64)[:, :, None],
        unit_hash=hashes(tuple(f"station {number}" for number in range(stations))),
        work_mu=np.full((1, BUNDLE), log(mean) - sigma**2 / 2),
        work_sigma=np.full((1, BUNDLE), sigma),
        work_mean=np.full((1, BUNDLE), mean, np.int64),
        patience_scale=np.array([ticks(patience_min) / gamma(1 + 1 / patience_shape)]),
        patience_inverse_shape=1 / patience_shape,
        profile_start=np.array([0, len(hours)], np.int64),
        window_until=shares.cumsum(),
        window_share=shares,
        window_open=np.array([begin for begin, _, _ in hours], np.int64),
        window_ticks=np.array([until - begin for begin, until, _ in hours], np.int64),
    )


def draw_queues(
    laws: Laws, offices: NDArray[np.uint64] = NO_OFFICES, *, seed: int = 1, replication: int = 0, jobs: int | None = None
) -> Queues:
    """The citizens of laws, the same as the kernel draws: more demand adds citizens and moves none.

    A station is the (unit, field) of a day, day by day; with `offices`, hashes (K,) of the offices for which all have tastes,
    it is a day. Laws of any scenario will do: the day's noise, hours, work and patience are kept, all else (papers, bundles,
    channels, other origins) is left out.
    """
    draws = _Draws(laws, offices, np.uint64(seed), replication)
    n = int(draws.start[-1])
    queues = Queues(draws.start, *_columns(n, len(offices)))
    _share_out(lambda first, last: draws.write(first, last, draws.start, queues), draws.start, jobs)
    return queues


def simulate_queues(
    laws: Laws,
    servers: ArrayLike,
    *,
    replications: int = 1,
    first_replication: int = 0,
    seed: int = 1,
    jobs: int | None = None,
) -> NDArray[np.int64]:
    """Draw and play plain stations again and again, keeping sums alone: (R, S, 6), columns as in `PlayedQueues.sums`.

    servers : one number or (S,). The same as `play_queues` on what `draw_queues` draws, in memory that does not grow.
    """
    stations = laws.mean_micro.size
    counts = np.ascontiguousarray(np.broadcast_to(np.asarray(servers, np.int64), stations))
    if counts.min(initial=1) < 1:
        raise ValueError("a station without a server")

    def play(first: int, last: int, start: NDArray[np.int64], queues: Queues, sums: NDArray[np.int64]) -> None:
        begins = np.empty(0, np.int64)
        _play_apart(first, last, start, (queues.arrivals, queues.services, queues.patiences), counts, begins, sums)

    return _simulated(laws, NO_OFFICES, play, range(first_replication, first_replication + replications), seed, jobs)


def simulate_choices(
    laws: Laws,
    offices: NDArray[np.uint64],
    servers: ArrayLike,
    nominal: ArrayLike,
    *,
    wait_scale: int,
    way: int = 0,
    appeal: ArrayLike = 0,
    replications: int = 1,
    first_replication: int = 0,
    seed: int = 1,
    jobs: int | None = None,
) -> NDArray[np.int64]:
    """The same for citizens who choose among offices; (R, D, 6). Arguments as `play_choices`, hashes of the offices first."""
    columns = _of_offices(len(offices), servers, nominal, appeal, wait_scale, way)
    counts, works, utilities = columns

    def play(first: int, last: int, start: NDArray[np.int64], queues: Queues, sums: NDArray[np.int64]) -> None:
        nothing = np.empty(0, np.int64)
        recursion.play_choices(
            first, last, start, queues.arrivals, queues.services, queues.patiences, queues.tastes, True, way, counts, works,
            utilities, wait_scale, nothing, nothing, sums,
        )  # fmt: skip

    return _simulated(laws, offices, play, range(first_replication, first_replication + replications), seed, jobs)


def _play_apart(
    first: int,
    last: int,
    start: NDArray[np.int64],
    columns: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    servers: NDArray[np.int64],
    begins: NDArray[np.int64],
    sums: NDArray[np.int64],
) -> None:
    """Play stations first…last−1 with so many servers each: side by side, the largest first, or one after another."""
    citizens, crews = np.diff(start[first : last + 1]), servers[first:last]
    order = np.lexsort((-citizens, -crews))
    crowds = crews[order] > recursion.MANY
    if crowds.any():
        recursion.play_heaps(first + order[crowds], start, *columns, servers, begins, sums)
    some = first + order[~crowds & (citizens[order] > 0)]
    if len(some) >= SOME:
        recursion.play_side_by_side(some, start, *columns, servers, begins, sums)
    else:
        for station in some.tolist():
            recursion.play_alone(station, start, *columns, servers, begins, sums)


class _Draws:
    """Where the citizens of a replication stand, and what writes them."""

    def __init__(
        self, laws: Laws, offices: NDArray[np.uint64], seed: np.uint64, replication: int, *, nearly: bool = False
    ) -> None:
        self.laws, self.offices, self.seed, self.replication, self.nearly = laws, offices, seed, replication, nearly
        self.counts = np.zeros(laws.mean_micro.shape, np.int64)
        recursion.count_citizens(laws, seed, replication, self.counts)
        by_station = self.counts.sum(axis=(1, 2)) if len(offices) else self.counts.ravel()
        self.start = np.concatenate([[0], by_station.cumsum()]).astype(np.int64)

    def write(self, first: int, last: int, start: NDArray[np.int64], queues: Queues) -> None:
        """Write the citizens of some stations at their places."""
        recursion.draw_stations(
            first, last, len(self.offices) > 0, self.nearly, self.laws, self.seed, self.replication, self.counts, start,
            self.offices, queues.arrivals, queues.services, queues.patiences, queues.tastes,
        )  # fmt: skip


def _columns(n: int, offices: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    return np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty((n, offices))


Play = Callable[[int, int, NDArray[np.int64], Queues, NDArray[np.int64]], None]


def _simulated(
    laws: Laws, offices: NDArray[np.uint64], play: Play, replications: range, seed: int, jobs: int | None
) -> NDArray[np.int64]:
    """Sums of each replication; its stations are drawn and played some at a time in the same small memory."""

    def one(replication: int) -> NDArray[np.int64]:
        draws = _Draws(laws, offices, np.uint64(seed), replication, nearly=True)
        sums = np.zeros((len(draws.start) - 1, SUMS), np.int64)
        ranges = _ranges(draws.start)
        most = max(int(draws.start[last] - draws.start[first]) for first, last in ranges)
        buffer = _columns(most, len(offices))
        for first, last in ranges:
            start = draws.start - draws.start[first]
            queues = Queues(start, *buffer)
            draws.write(first, last, start, queues)
            play(first, last, start, queues, sums)
        return sums

    return np.array(list(spread(one, list(replications), jobs=jobs)))


def _of_offices(
    offices: int, servers: ArrayLike, nominal: ArrayLike, appeal: ArrayLike, wait_scale: int, way: int
) -> tuple[NDArray[np.int64], ...]:
    """Servers, work on the board and appeal of each office. ValueError for what is no choice."""
    given = (np.asarray(values, np.int64) for values in (servers, nominal, appeal))
    columns = tuple(np.ascontiguousarray(np.broadcast_to(values, offices)) for values in given)
    if not offices or columns[0].min() < 1 or wait_scale < 1 or way < 0:
        raise ValueError("offices with servers, a wait_scale of 1 or more and a way of 0 or more are needed")
    return columns


def _column(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Whole numbers in a row. ValueError for anything else."""
    given = np.asarray(values)
    if given.ndim != 1 or not (given.dtype.kind in "iu" or given.size == 0):
        raise ValueError(f"{name} must be a row of whole numbers, got {given.dtype} of {given.ndim} dimensions")
    return np.ascontiguousarray(given, np.int64)


def _check(slices: NDArray[np.int64], *columns: NDArray[np.int64]) -> None:
    """ValueError for citizens that are no stations."""
    arrivals, services, patiences = columns
    if not len(arrivals) == len(services) == len(patiences):
        raise ValueError(f"{len(arrivals)} arrivals with {len(services)} services and {len(patiences)} patiences")
    if len(slices) < 1 or slices[0] != 0 or slices[-1] != len(arrivals) or (np.diff(slices) < 0).any():
        raise ValueError(f"start must rise from 0 to {len(arrivals)}")
    row = int(recursion.first_fault(slices, arrivals, services, patiences, LONGEST))
    if row >= 0:
        raise ValueError(f"citizen {row} comes before the one ahead, or has a time outside 0…2**40 ticks")


def _ranges(slices: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of stations with about CHUNK citizens each."""
    stations, n = len(slices) - 1, int(slices[-1])
    parts = max(min(n // CHUNK, stations), 1)
    cuts = np.searchsorted(slices, np.arange(1, parts) * n // parts).tolist()
    return list(pairwise(sorted({0, *cuts, stations}))) if stations else [(0, 0)]


def _share_out(play: Callable[[int, int], None], slices: NDArray[np.int64], jobs: int | None) -> None:
    """Play ranges of stations side by side."""
    ranges = _ranges(slices)
    if len(ranges) == 1 or jobs == 1:
        play(0, len(slices) - 1)
        return
    for _ in spread(lambda part: play(*part), ranges, jobs=jobs):
        pass
