"""A network and draws built by hand: one office, given arrivals and services. For researchers and for tests.

compiled = station(arrivals=[0, 10, 20], services=[15, 15, 15], servers=1)
tables, _, records = play(compiled, 0, keep=True)
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .network import Compiled, Draws
from .night import Carry
from .rules import NEVER, WINDOWS, Days, Files, Network
from .streams import BUNDLE, CODE, FIXED, GUIDE, INDEX_SHIFT, LATEST, MEANT, PATIENCE, RANK, VISIT_COLUMNS, WORK, Laws

Ticks = Sequence[int] | NDArray[np.int64]
LATE = LATEST + 2  #: ticks; a station that is never told to close does so here, after the last arrival allowed


def station(
    arrivals: Ticks,
    services: Ticks,
    servers: int | Sequence[int] = 1,
    *,
    patiences: Ticks | None = None,
    ranks: Ticks | None = None,
    paces: Sequence[int] | None = None,
    periods: Sequence[int] | None = None,
    opening: int = 0,
    closing: int = LATE,
) -> Compiled:
    """Return a single office whose citizens arrive, work and lose patience at the given ticks.

    arrivals, services, patiences : (n,) ticks; ranks : (n,) 0 first, 1 after; paces : (servers,) per mille; periods : (P,)
    ticks at which the number of servers changes, `servers` then has one for each, and the first and the last period without
    anybody at the end are opening and closing. Nobody balks or comes back. For thousands of stations at once see `queues`.
    ValueError for unequal lengths or arrivals outside 0…2**31 - 2 ticks.
    """
    n = len(arrivals)
    patience = np.full(n, NEVER >> 4) if patiences is None else np.asarray(patiences)
    rank = np.ones(n, np.int64) if ranks is None else np.asarray(ranks)
    if not len(services) == len(patience) == len(rank) == n:
        raise ValueError(f"{n} arrivals with {len(services)} services, {len(patience)} patiences and {len(rank)} ranks")
    if n and not 0 <= np.min(arrivals) <= np.max(arrivals) <= LATEST:
        raise ValueError(f"arrivals outside 0…{LATEST} ticks")
    visits = np.zeros((n, VISIT_COLUMNS), np.int64)
    visits[:, CODE] = np.arange(n) << INDEX_SHIFT  # beyond 2**18 citizens the count runs on into the day
    visits[:, MEANT], visits[:, WORK], visits[:, PATIENCE], visits[:, RANK] = arrivals, services, patience, rank
    visits[:, FIXED] = -1
    draws = Draws(
        seed=0,
        laws=one_field_laws(),
        days=_one_day(),
        carry=_nothing(),
        given=visits,
        given_start=np.array([0, n], np.int64),
    )
    spans = [(opening, closing)]
    counts = [servers] if isinstance(servers, int) else list(servers)
    if periods is not None:
        if len(counts) != len(periods):
            raise ValueError(f"{len(periods)} periods with {len(counts)} numbers of servers")
        opening, closing = periods[0], LATE
        for tick, count in zip(reversed(periods), reversed(counts), strict=True):
            if count:
                break
            closing = tick
        spans = list(pairwise([*(tick for tick in periods if tick < closing), closing]))
    places = max(counts)
    network = _one_office([1000] * places if paces is None else list(paces), spans, counts[: len(spans)], opening, closing)
    people = tuple(f"s{n}" for n in range(places))
    return Compiled("station", network, _no_files(), (draws,), ("u",), ("o",), ("f",), people, (("commune", "u"),))


def _one_day() -> Days:
    """A Monday on which nothing happens."""
    return Days(
        lead_in=0,
        warmup=0,
        weekday=np.zeros(1, np.int64),
        moved_pace=np.full(1, 1000, np.int64),
        goes_to=np.zeros((1, 1), np.int64),
        reopens=np.zeros((1, 1), np.int64),
        door_share=np.zeros((1, 1), np.int64),
        absence_added=np.zeros((1, 1), np.int64),
        outage_start=np.zeros(2, np.int64),
        outage=np.empty((0, 5), np.int64),
    )


def _nothing() -> Carry:
    """No night before."""
    return Carry(
        remembered=np.zeros((1, WINDOWS), np.int64),
        visits=np.empty((0, 3), np.int64),
        files=np.empty((0, 8), np.int64),
        spent=np.zeros(1, np.int64),
        scanners=np.zeros((1, 0), np.int64),
    )


def _no_files() -> Files:
    """Every result is given at once."""
    one = np.ones(1, np.int64)
    return Files(
        desk_of=np.zeros((1, 1), np.int64),
        capacity=np.full(1, NEVER),
        work=np.zeros(1, np.int64),
        online_work=0,
        lead_mu=-np.ones(1),
        lead_sigma=np.zeros(1),
        same_day=np.full(1, 2**32, np.int64),
        limit=one,
        archived=np.zeros(1, np.bool_),
        collect_until=np.zeros(1, np.int64),
        post_until=np.zeros(1, np.int64),
        collect_days_max=1,
        postal_share=np.zeros(1, np.int64),
        postal_days=0,
        portal=-1,
        portal_share=0,
    )


def _one_office(paces: Sequence[int], spans: list[tuple[int, int]], counts: Sequence[int], opening: int, closing: int) -> Network:
    """An office of which the first so many places are on duty in each span."""
    one, zero = np.ones(1, np.int64), np.zeros(1, np.int64)
    servers = len(paces)
    officers = np.arange(servers, dtype=np.int64)
    stretches = [_stretches(spans, [count > place for count in counts]) for place in range(servers)]
    changes = sorted(
        (tick, 2 * place + comes)
        for place, own in enumerate(stretches)
        for stretch in own
        for tick, comes in zip(stretch, (1, 0), strict=True)
    )
    lengths = np.array([len(own) for own in stretches], np.int64)
    many, week = len(changes) // 2, np.arange(7, dtype=np.int64)[:, None]
    on_off = np.array([stretch for own in stretches for stretch in own], np.int64).reshape(-1, 2)
    return Network(
        travel=np.zeros((1, 1), np.int64),
        near=np.ones((1, 1), np.bool_),
        appeal=np.zeros((1, 1), np.int64),
        near_start=np.array([0, 1], np.int64),
        reachable=zero,
        offers=np.ones((1, 1), np.bool_),
        counters=np.array([servers], np.int64),
        reserved=zero,
        scanners=zero,
        competent=np.zeros((1, 1), np.int64),
        boundary_free=np.zeros(1, np.bool_),
        stay_share=2**32,
        informed_until=2**32,
        office_hash=one.astype(np.uint64),
        day_open=opening,
        day_close=closing,
        clock=np.array([[0, opening, closing, closing - 1, closing, closing, closing]], np.int64),
        slot_ticks=np.zeros((1, 1), np.int64),
        slot_places=np.zeros((1, 1), np.int64),
        book_share=zero,
        no_show_share=0,
        crew_start=np.array([0, servers], np.int64),
        own_crew=np.array([servers], np.int64),
        officer_hash=officers.astype(np.uint64),
        absence=np.zeros(servers, np.int64),
        home_office=np.zeros(servers, np.int64),
        away_from=0,
        away_until=np.zeros(servers, np.int64),
        pace=np.array(paces, np.int64).reshape(servers, 1),
        skills=np.ones(servers, np.uint64),
        moved=np.zeros(servers, np.int64),
        stretch_start=week * many + np.concatenate([[0], lengths.cumsum()]),
        stretch_on=np.tile(on_off[:, 0], 7),
        stretch_off=np.tile(on_off[:, 1], 7),
        change_start=week * 2 * many + np.array([0, 2 * many]),
        change_tick=np.tile(np.array([tick for tick, _ in changes], np.int64), 7),
        change_officer=np.tile(np.array([code for _, code in changes], np.int64), 7),
        reserve_place=np.empty((0, 1), np.int64),
        reserve_pool=zero[:0],
        pool_look=zero[:0],
        pool_send=zero[:0],
        pool_return=zero[:0],
        pool_stay=zero[:0],
        pool_hours=np.empty((0, 4), np.int64),
        pool_travel=np.empty((0, 1), np.int64),
        systems=np.empty((0, 5), np.int64),
        everywhere=np.empty(0, np.bool_),
        turn_away_share=0,
        mend_share=0,
        failed_share=1000,
        papers_return_share=0,
        papers_days_max=1,
        nominal=np.ones((1, 1), np.int64),
        nominal_fetch=1,
        balk_long=zero,
        balk_very_long=zero,
        return_share=zero,
        long_wait=int(NEVER),
        very_long_wait=int(NEVER),
        return_days_max=1,
        visits_max=1,
        wait_scale=1,
        smoothing=0,
        standard=1_200_000,
        long_standard=1_800_000,
        lost_charge=3_600_000,
        half_hour_limit=300_000,
    )


def _stretches(spans: list[tuple[int, int]], on_duty: list[bool]) -> list[tuple[int, int]]:
    """Spans of a place on duty, those that touch joined."""
    found: list[tuple[int, int]] = []
    for (first, last), there in zip(spans, on_duty, strict=True):
        if there and found and found[-1][1] == first:
            found[-1] = (found[-1][0], last)
        elif there:
            found.append((first, last))
    return found


def one_field_laws() -> Laws:
    """Laws that draw nobody; the shapes are those of one unit and one field."""
    whole, real = np.zeros(1, np.int64), np.ones(1)
    return Laws(
        days=whole,
        mean_micro=np.zeros((1, 1, 1), np.int64),
        remote_micro=np.zeros((0, 1, 1), np.int64),
        noise_shared=0.0,
        noise_unit=0.0,
        unit_hash=whole.astype(np.uint64),
        field_hash=whole.astype(np.uint64),
        bundle_until=np.full((1, BUNDLE), 2**32, np.int64),
        work_mu=np.ones((1, BUNDLE)),
        work_sigma=np.ones((1, BUNDLE)),
        work_mean=np.zeros((1, BUNDLE), np.int64),
        digitize=whole,
        assisted_extra=0,
        assisted_share=whole,
        reuse_share=whole,
        reuse_reception=1000,
        missing_share=np.zeros((2, 1), np.int64),
        paper_words=False,
        fetch_mu=0.0,
        fetch_sigma=0.0,
        fetch_mean=1,
        priority_share=0,
        patience_scale=real,
        patience_inverse_shape=1.0,
        profile_of=whole,
        profile_start=np.array([0, 1], np.int64),
        window_until=real,
        window_share=real,
        window_open=whole,
        window_ticks=whole,
        window_guide=np.zeros((1, GUIDE), np.int64),
        origin_start=np.zeros(2, np.int64),
        origin_unit=np.empty(0, np.int64),
        origin_until=np.empty(0, np.int64),
        grid=1,
    )
