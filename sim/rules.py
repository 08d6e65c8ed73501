"""Rules that both engines obey: one function each, compiled, and callable from plain Python.

The engines own only the flow. Everything is integers: ticks of a millisecond, per mille, millionths.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .streams import taste

HALF_HOUR = 1_800_000
NEVER = np.int64(1) << 60

# kinds of events, in the order in which those of one tick are applied
SERVICE_END, OUTAGE_END, OUTAGE_START, ROSTER_CHANGE, OPENING_CLOSING, ARRIVAL, PATIENCE_END = range(7)

# outcomes of a visit
SERVED, LEFT, BALKED, SENT_AWAY = np.int64(0), np.int64(1), np.int64(2), np.int64(3)

# columns of Network.clock
TICKET_OPEN, OPEN, CLOSE, LAST_TICKET, OVERTIME_END = range(5)


class Network(NamedTuple):
    """One phase as arrays. U units, O offices, F fields, N officers (in order of office, then id), 7 weekdays.

    Rows are ranks of sorted ids, so no result depends on the order of rows in a file.
    """

    travel: NDArray[np.int64]  #: (U, O) ticks from a unit's seat to an office
    near: NDArray[np.bool_]  #: (U, O) within the standard of access
    appeal: NDArray[np.int64]  #: (U, O) utility before wait and taste, millionths
    near_start: NDArray[np.int64]  #: (U + 1,) offices within reach of a unit: slices of `reachable`
    reachable: NDArray[np.int64]
    offers: NDArray[np.bool_]  #: (O, F)
    competent: NDArray[np.int64]  #: (U, F) office, -1 none
    boundary_free: NDArray[np.bool_]  #: (F,)
    stay_share: int  #: of 2**32
    office_hash: NDArray[np.uint64]  #: (O,)
    clock: NDArray[np.int64]  #: (O, 5) ticket machine, opening, closing, last ticket, end of overtime
    crew_start: NDArray[np.int64]  #: (O + 1,) officers of an office: slices of the officers
    pace: NDArray[np.int64]  #: (N, F) per mille of the work's ticks; 0 = may not serve
    skills: NDArray[np.uint64]  #: (N,) bit f set when pace > 0
    moved: NDArray[np.int64]  #: (N,) 1 for an officer away from home
    stretch_start: NDArray[np.int64]  #: (7, N + 1) stretches of an officer on a weekday: slices of the next two
    stretch_on: NDArray[np.int64]  #: ticks
    stretch_off: NDArray[np.int64]
    change_start: NDArray[np.int64]  #: (7, O + 1) roster changes of an office on a weekday: slices of the next two
    change_tick: NDArray[np.int64]
    change_officer: NDArray[np.int64]  #: 2 × officer's place in the crew + (1 comes, 0 goes)
    nominal: NDArray[np.int64]  #: (F,) mean work in ticks, for the shown wait
    balk_long: NDArray[np.int64]  #: (F,) of 2**32
    balk_very_long: NDArray[np.int64]  #: (F,) of 2**32
    return_share: NDArray[np.int64]  #: (F,) of 2**32
    long_wait: int  #: ticks of shown wait
    very_long_wait: int
    return_days_max: int
    visits_max: int
    wait_scale: int  #: ticks of remembered wait worth one unit of utility
    smoothing: int  #: per mille given to the newest day
    remembered_start: int  #: ticks
    standard: int  #: ticks of wait held acceptable
    long_standard: int
    lost_charge: int  #: ticks
    half_hour_limit: int  #: ticks of mean overload that make a half hour overloaded


@njit(cache=True, nogil=True)
def reluctance(appeal, remembered, wait_scale):
    """exp(−V) of an office with V = appeal − remembered wait / scale: what a taste is multiplied by."""
    return exp(np.float64(remembered) / wait_scale - np.float64(appeal) / 1e6)


@njit(cache=True, nogil=True)
def write_reluctances(network, remembered, out):
    """Fill `out`, in step with network.reachable, with the morning's reluctances."""
    for origin in range(len(network.near_start) - 1):
        for n in range(network.near_start[origin], network.near_start[origin + 1]):
            office = network.reachable[n]
            out[n] = reluctance(network.appeal[origin, office], remembered[office], network.wait_scale)


@njit(cache=True, nogil=True)
def arrival_tick(meant, way, usual_way):
    """Tick of arrival: citizens leave home to be in time at the competent office, wherever they go then."""
    return meant - usual_way + way


@njit(cache=True, nogil=True)
def free_to_choose(boundary_free, stay_word, stay_share):
    """Tell whether a citizen looks beyond the competent office."""
    return boundary_free and stay_word >= stay_share


@njit(cache=True, nogil=True)
def best_office(near_start, reachable, offers, office_hash, reluctances, k0, k1, index, field, origin, competent, hindrance):
    """Office of the highest utility V + Gumbel taste among those within reach and the competent one; -1 none.

    Found as the least E × exp(−V) with E exponential, which is the same choice (the exponential race behind the
    logit, Luce 1959); ties go to the office whose id sorts first. k0, k1 : the citizen's cell key; hindrance :
    exp(−V) of the competent office.
    """
    best = np.int64(-1)
    least = np.inf
    for n in range(near_start[origin], near_start[origin + 1]):
        office = reachable[n]
        if offers[office, field]:
            score = taste(k0, k1, index, office_hash[office]) * reluctances[n]
            if score < least or (score == least and office < best):
                best, least = office, score
    if competent >= 0 and competent != best:
        score = taste(k0, k1, index, office_hash[competent]) * hindrance
        if score < least or (score == least and competent < best):
            best = competent
    return best


@njit(cache=True, nogil=True)
def shown_wait(queued_work, officers, until_next):
    """Wait a citizen is shown: uncalled tickets' nominal work over officers on duty, after the next ones come."""
    return until_next + queued_work // max(officers, 1)


@njit(cache=True, nogil=True)
def balks(shown, long_wait, very_long_wait, long_share, very_long_share, word):
    """Tell whether the shown wait turns the citizen away; shares are of 2**32."""
    if shown > very_long_wait:
        return word < very_long_share
    return shown > long_wait and word < long_share


@njit(cache=True, nogil=True)
def service_ticks(work, pace, moved_pace):
    """Ticks of a service: work × paces in per mille, rounded once; at least one."""
    return max((work * pace * moved_pace + 500_000) // 1_000_000, 1)


@njit(cache=True, nogil=True)
def overload(outcome, wait, visit_number, standard, lost_charge):
    """Overload of a visit in ticks; the charge for being lost is made on the first visit only."""
    beyond = max(wait - standard, 0)
    if outcome != SERVED and visit_number == 0:
        return lost_charge + beyond
    return beyond


@njit(cache=True, nogil=True)
def comes_back(visit_number, visits_max, word, share):
    """Tell whether a lost citizen tries again on another day; share is of 2**32."""
    return visit_number + 1 < visits_max and word < share


@njit(cache=True, nogil=True)
def remember(remembered, wait_sum, tickets, smoothing):
    """Remembered wait of an office after a day: exponential smoothing of the mean wait of its tickets."""
    if tickets == 0:
        return remembered
    return remembered + (wait_sum // tickets - remembered) * smoothing // 1000


@njit(cache=True, nogil=True)
def inside_duty(stretch_on, stretch_off, first, last, start, end):
    """Ticks of a service inside an officer's stretches first…last−1 of the day; the rest is overtime."""
    inside = 0
    for n in range(first, last):
        inside += max(min(end, stretch_off[n]) - max(start, stretch_on[n]), 0)
    return inside
