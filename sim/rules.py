"""Rules that both engines obey: one function each, compiled, and callable from plain Python.

The engines own only the flow. Everything is integers: ticks of a millisecond, per mille, millionths.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .streams import CODE, ORIGIN, STAY, field_of, taste, unit_of

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
def choose_office(network, laws, key, visit, remembered):
    """Office of a visit: the competent one, or the best in utility when the citizen is free of boundaries; -1 none.

    utility = appeal − remembered wait / scale + taste; ties go to the office whose id sorts first.
    """
    code = visit[CODE]
    field = field_of(code)
    competent = network.competent[unit_of(code), field]
    if not network.boundary_free[field] or visit[STAY] < network.stay_share:
        return competent
    origin = visit[ORIGIN]
    best = np.int64(-1)
    highest = -NEVER
    seen = False
    first = network.near_start[origin]
    last = network.near_start[origin + 1]
    for n in range(first, last + 1):
        if n < last:
            office = network.reachable[n]
            if office == competent:
                seen = True
        elif seen:
            break
        else:
            office = competent
        if office < 0 or not network.offers[office, field]:
            continue
        utility = (
            network.appeal[origin, office]
            - remembered[office] * 1_000_000 // network.wait_scale
            + taste(key, laws, code, network.office_hash[office])
        )
        if utility > highest or (utility == highest and office < best):
            best, highest = office, utility
    return best


@njit(cache=True, nogil=True)
def shown_wait(queued_work, officers, until_next):
    """Wait a citizen is shown: uncalled tickets' nominal work over officers on duty, after the next ones come."""
    return until_next + queued_work // max(officers, 1)


@njit(cache=True, nogil=True)
def balks(network, field, shown, word):
    """Tell whether the shown wait turns the citizen away."""
    if shown > network.very_long_wait:
        return word < network.balk_very_long[field]
    if shown > network.long_wait:
        return word < network.balk_long[field]
    return False


@njit(cache=True, nogil=True)
def service_ticks(work, pace, moved_pace):
    """Ticks of a service: work × paces in per mille, rounded once; at least one."""
    return max((work * pace * moved_pace + 500_000) // 1_000_000, 1)


@njit(cache=True, nogil=True)
def overload(network, outcome, wait, visit_number):
    """Overload of a visit in ticks; the charge for being lost is made on the first visit only."""
    beyond = max(wait - network.standard, 0)
    if outcome != SERVED and visit_number == 0:
        return network.lost_charge + beyond
    return beyond


@njit(cache=True, nogil=True)
def comes_back(network, field, visit_number, word):
    """Tell whether a lost citizen tries again on another day."""
    return visit_number + 1 < network.visits_max and word < network.return_share[field]


@njit(cache=True, nogil=True)
def remember(network, remembered, wait_sum, tickets):
    """Remembered wait of an office after a day: exponential smoothing of the mean wait of its tickets."""
    if tickets == 0:
        return remembered
    return remembered + (wait_sum // tickets - remembered) * network.smoothing // 1000


@njit(cache=True, nogil=True)
def inside_duty(network, weekday, officer, start, end):
    """Ticks of a service that lie inside the officer's counter hours; the rest is overtime."""
    inside = 0
    for n in range(network.stretch_start[weekday, officer], network.stretch_start[weekday, officer + 1]):
        inside += max(min(end, network.stretch_off[n]) - max(start, network.stretch_on[n]), 0)
    return inside
