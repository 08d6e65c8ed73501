"""Rules that both engines obey: one function each, compiled, and callable from plain Python.

The engines own only the flow. Everything is integers: ticks of a millisecond, per mille, millionths.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .streams import BORROWED, FETCHES, NO_OFFICE, NUMBER_MASK, TOLD, failures, taste, taste_below

HALF_HOUR = 1_800_000
HOUR = 3_600_000
NEVER = np.int64(1) << 60
EXPONENT_MAX = 600.0  #: utilities beyond it count alike, so that no exponential overflows
SLOTS = 288  #: most appointment slots of an office in a day
WINDOWS = 10  #: hours from 7:00 by which waits are remembered
FIRST_HOUR = 7
RING = 128  #: days ahead for which returns and dossiers are kept

# kinds of events, in the order in which those of one tick are applied
SERVICE_END, OUTAGE_END, OUTAGE_START, ROSTER_CHANGE, OPENING_CLOSING, ARRIVAL, PATIENCE_END, LOOK = range(8)

# outcomes of a visit; the last two are of visits that were meant but did not come
SERVED, LEFT, BALKED, SENT_AWAY, INCOMPLETE, TURNED_BACK, NO_SHOW, DEFERRED = (np.int64(n) for n in range(8))
OUTCOMES = 8

# ranks of a ticket
BY_LAW, BOOKED, WALK_IN = range(3)

# columns of Network.clock
TICKET_OPEN, OPEN, CLOSE, LAST_TICKET, OVERTIME_END, LUNCH_START, LUNCH_END = range(7)

# columns of an outage at an office
O_START, O_END, O_FIELDS, O_PACE, O_ON = range(5)
OUTAGES = 32  #: most outages of an office in a day

# columns of Network.systems
Y_FIELDS, Y_HASH, Y_MANUAL, Y_FAILURES, Y_LENGTH = range(5)


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
    counters: NDArray[np.int64]  #: (O,) working places, for reserves who are sent
    reserved: NDArray[np.int64]  #: (O,) officers on duty who serve only citizens from beyond the boundary
    scanners: NDArray[np.int64]  #: (O,) of a scanning desk; 0 = digitized at the counter
    competent: NDArray[np.int64]  #: (U, F) office, -1 none
    boundary_free: NDArray[np.bool_]  #: (F,)
    stay_share: int  #: of 2**32
    informed_until: int  #: of 2**32; from stay_share to here, citizens look at the queues of the moment
    office_hash: NDArray[np.uint64]  #: (O,)
    day_open: int  #: earliest opening and latest end of overtime: failures that hit everybody start between them
    day_close: int
    clock: NDArray[np.int64]  #: (O, 7) ticket machine, opening, closing, last ticket, end of overtime, lunch
    slot_ticks: NDArray[np.int64]  #: (O, F) length of a slot, 0 = no appointments
    slot_places: NDArray[np.int64]  #: (O, F)
    book_share: NDArray[np.int64]  #: (F,) of 2**16
    no_show_share: int  #: of 2**16
    crew_start: NDArray[np.int64]  #: (O + 1,) places of an office: slices of the officers, the reserves' places last
    own_crew: NDArray[np.int64]  #: (O,) places that are not those of reserves
    officer_hash: NDArray[np.uint64]  #: (N,)
    absence: NDArray[np.int64]  #: (N,) chance of 2**32
    home_office: NDArray[np.int64]  #: (N,) office whose waves of absence the officer shares
    away_from: int  #: first day of the phase
    away_until: NDArray[np.int64]  #: (N,) day before which the officer is on the move, 0 none
    pace: NDArray[np.int64]  #: (N, F) per mille of the work's ticks; 0 = may not serve
    skills: NDArray[np.uint64]  #: (N,) bit f set when pace > 0
    moved: NDArray[np.int64]  #: (N,) 1 for an officer away from home
    stretch_start: NDArray[np.int64]  #: (7, N + 1) stretches of an officer on a weekday: slices of the next two
    stretch_on: NDArray[np.int64]  #: ticks
    stretch_off: NDArray[np.int64]
    change_start: NDArray[np.int64]  #: (7, O + 1) roster changes of an office on a weekday: slices of the next two
    change_tick: NDArray[np.int64]
    change_officer: NDArray[np.int64]  #: 2 × officer's place in the crew + (1 comes, 0 goes)
    reserve_place: NDArray[np.int64]  #: (R, O) row of a reserve's place at an office, -1 none
    reserve_pool: NDArray[np.int64]  #: (R,)
    pool_look: NDArray[np.int64]  #: (P,) ticks between the dispatcher's looks
    pool_send: NDArray[np.int64]  #: (P,) ticks of shown wait above which help is sent
    pool_return: NDArray[np.int64]  #: (P,) ticks of shown wait below which it is called back
    pool_stay: NDArray[np.int64]  #: (P,) ticks it stays at least
    pool_hours: NDArray[np.int64]  #: (P, 4) opening, lunch, closing of the base
    pool_travel: NDArray[np.int64]  #: (P, O) ticks from the base; -1 = not served by the pool
    systems: NDArray[np.int64]  #: (S, 5) bits of fields in need, hash, pace by hand or 0, failures a day (1e-6), ticks
    everywhere: NDArray[np.bool_]  #: (S,) whether failures hit all offices at once
    turn_away_share: int  #: of 2**32
    mend_share: int  #: of 2**16
    failed_share: int  #: per mille of a service that finds papers missing
    papers_return_share: int  #: of 2**32
    papers_days_max: int
    nominal: NDArray[np.int64]  #: (O, F) mean work in ticks, for the shown wait
    nominal_fetch: int  #: the same of giving a result
    balk_long: NDArray[np.int64]  #: (F,) of 2**32
    balk_very_long: NDArray[np.int64]  #: (F,) of 2**32
    return_share: NDArray[np.int64]  #: (F,) of 2**32
    long_wait: int  #: ticks of shown wait
    very_long_wait: int
    return_days_max: int
    visits_max: int
    wait_scale: int  #: ticks of remembered wait worth one unit of utility
    smoothing: int  #: per mille given to the newest day
    standard: int  #: ticks of wait held acceptable
    long_standard: int
    lost_charge: int  #: ticks
    half_hour_limit: int  #: ticks of mean overload that make a half hour overloaded


class Days(NamedTuple):
    """What the calendar brings to the D days of a block, O offices. The first `lead_in` days only open dossiers."""

    lead_in: int
    warmup: int  #: days after the lead-in that are played and not measured
    weekday: NDArray[np.int64]  #: (D,) 0 = Monday
    moved_pace: NDArray[np.int64]  #: (D,) per mille, of officers away from home
    goes_to: NDArray[np.int64]  #: (D, O) the office itself, or where its citizens go while it is closed, or -1
    reopens: NDArray[np.int64]  #: (D, O) working days until it is open, 0 = open
    door_share: NDArray[np.int64]  #: (D, O) of 2**16: missing papers found by volunteers at the door
    absence_added: NDArray[np.int64]  #: (D, O) chance of 2**32
    outage_start: NDArray[np.int64]  #: (D + 1,) dated outages of a day: slices of the next
    outage: NDArray[np.int64]  #: (n, 5) system, office or -1 for all, start, end, pace per mille or 0


class Files(NamedTuple):
    """The back office: K desks, U units, F fields."""

    desk_of: NDArray[np.int64]  #: (U, F)
    capacity: NDArray[np.int64]  #: (K,) ticks a day, NEVER = never short
    work: NDArray[np.int64]  #: (F,) ticks a dossier
    online_work: int  #: ticks more for a dossier sent online
    lead_mu: NDArray[np.float64]  #: (F,) lognormal, log days
    lead_sigma: NDArray[np.float64]  #: (F,)
    same_day: NDArray[np.int64]  #: (F,) of 2**32
    limit: NDArray[np.int64]  #: (F,) working days
    archived: NDArray[np.bool_]  #: (F,) whether dossiers of the field leave a digital archive
    collect_until: NDArray[np.int64]  #: (F,) of 2**32; results below are fetched in person
    post_until: NDArray[np.int64]  #: (F,) of 2**32; results from there to here are sent by post
    collect_days_max: int
    postal_share: NDArray[np.int64]  #: (F,) of the dossiers from afar, of 2**32
    postal_days: int
    portal: int  #: system by which dossiers are sent, -1 none
    portal_share: int  #: of 2**32: of those it fails, who comes in person


@njit(cache=True, nogil=True)
def reluctance(appeal, remembered, wait_scale):
    """exp(−V) of an office with V = appeal − remembered wait / scale: what a taste is multiplied by."""
    return exp(min(max(np.float64(remembered) / wait_scale - np.float64(appeal) / 1e6, -EXPONENT_MAX), EXPONENT_MAX))


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def write_reluctances(near_start, reachable, appeal, wait_scale, remembered, origin, window, out):
    """Fill `out` (len(reachable),) with a unit's reluctances of an hour in the morning; remembered : (O, WINDOWS)."""
    for n in range(near_start[origin], near_start[origin + 1]):
        office = reachable[n]
        out[n] = reluctance(appeal[origin, office], remembered[office, window], wait_scale)


@njit(cache=True, nogil=True)
def hour_window(tick):
    """Window of the day by which waits are remembered."""
    return min(max(tick // HOUR - FIRST_HOUR, 0), WINDOWS - 1)


@njit(cache=True, nogil=True)
def arrival_tick(meant, way, usual_way):
    """Tick of arrival: citizens leave home to be in time at the competent office, wherever they go then."""
    return meant - usual_way + way


@njit(cache=True, nogil=True)
def free_to_choose(boundary_free, stay_word, stay_share):
    """Tell whether a citizen looks beyond the competent office."""
    return boundary_free and stay_word >= stay_share


@njit(cache=True, nogil=True)
def looks_at_queues(stay_word, informed_until):
    """Tell whether a citizen free to choose knows the queues of the moment."""
    return stay_word < informed_until


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def best_office(
    near_start, reachable, offers, goes_to, office_hash, reluctances, k0, k1, index, field, origin, competent, hindrance
):
    """Office of the highest utility V + Gumbel taste among those open within reach and the competent one; -1 none.

    Found as the least E × exp(−V) with E exponential, which is the same choice (the exponential race behind the
    logit, Luce 1959); ties go to the office whose id sorts first. k0, k1 : the citizen's cell key; hindrance :
    exp(−V) of the competent office.
    """
    best = np.int64(-1)
    least = known = np.inf
    for n in range(near_start[origin], near_start[origin + 1]):
        office = reachable[n]
        if offers[office, field] and goes_to[office] == office:
            if office == competent:
                known = reluctances[n]
            score = taste_below(k0, k1, index, office_hash[office], reluctances[n], least)
            if score < least or (score == least and office < best):
                best, least = office, score
    if competent >= 0 and competent != best and hindrance < known:
        score = taste(k0, k1, index, office_hash[competent]) * hindrance
        if score < least or (score == least and competent < best):
            best = competent
    return best


@njit(cache=True, nogil=True)
def board_work(code, nominal, nominal_fetch):
    """Ticks of work the number board counts for a ticket; nominal : of the field."""
    return nominal_fetch if (code & FETCHES) != 0 else nominal


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
def service_ticks(work, pace, moved_pace, slow_pace):
    """Ticks of a service: work × paces in per mille, rounded once; at least one."""
    if slow_pace == 1000:
        return max((work * pace * moved_pace + 500_000) // 1_000_000, 1)
    return max((work * pace * moved_pace * slow_pace + 500_000_000) // 1_000_000_000, 1)


@njit(cache=True, nogil=True)
def counter_work(work, scan, missing, scanners, failed_share):
    """Ticks of work at the counter: reception and digitization, or finding out that papers are missing."""
    if missing:
        return max(work * failed_share // 1000, 1)
    return work if scanners > 0 else work + scan


@njit(cache=True, nogil=True)
def found_at_the_door(door_word, door_share):
    """Tell whether a volunteer sees that papers are missing; share of 2**16."""
    return (door_word & 0xFFFF) < door_share


@njit(cache=True, nogil=True)
def mended_at_the_door(door_word, mend_share):
    """Tell whether what a volunteer sees is put right on the spot; share of 2**16."""
    return (door_word >> 16) < mend_share


@njit(cache=True, nogil=True)
def books(booking_word, share):
    """Tell whether a citizen asks for an appointment; share of 2**16."""
    return (booking_word & 0xFFFF) < share


@njit(cache=True, nogil=True)
def stays_away(booking_word, share):
    """Tell whether a citizen with an appointment does not come; share of 2**16."""
    return (booking_word >> 16) < share


@njit(cache=True, nogil=True, **BORROWED)
def free_slot(taken, places, slot_ticks, wish, opening, lunch_start, lunch_end, last_ticket):
    """First slot at or after the wished tick with a place left, else the last before it; -1 when all are taken.

    taken : (n,) places taken by slot; slots begin at opening + n × slot_ticks, none within lunch.
    """
    last = min((last_ticket - opening) // slot_ticks, len(taken) - 1)
    first = min(max((wish - opening) // slot_ticks, 0), last)
    for slot in range(first, last + 1):
        start = opening + slot * slot_ticks
        if taken[slot] < places and not lunch_start <= start < lunch_end:
            return slot
    for slot in range(first - 1, -1, -1):
        start = opening + slot * slot_ticks
        if taken[slot] < places and not lunch_start <= start < lunch_end:
            return slot
    return np.int64(-1)


@njit(cache=True, nogil=True)
def reserved_now(reserved, on_duty):
    """Officers on duty who serve only citizens from beyond the boundary; somebody always serves the others."""
    return max(min(reserved, on_duty - 1), 0)


@njit(cache=True, nogil=True)
def send_score(shown, on_duty, coming, send_wait):
    """How much an office with a free counter wants a reserve, 0 not at all: the wait, shared with those on their way."""
    expected = shown * max(on_duty, 1) // max(on_duty + coming, 1)
    return expected if expected > send_wait else 0


@njit(cache=True, nogil=True)
def goes_back(shown, stayed, return_wait, stay):
    """Tell whether a reserve is called back: there long enough, and the expected wait is short."""
    return stayed >= stay and shown < return_wait


@njit(cache=True, nogil=True, **BORROWED)
def day_outages(
    systems, everywhere, day_open, day_close, office_hash, opening, closing, dated, first, last, office, key, ordinal, found,
    starts, ends,
):  # fmt: skip
    """Write the outages of an office in a day, in order of (start, end); return their number.

    systems : (S, 5) int64 bits of the fields, hash, pace of work by hand, mean failures a day in millionths, their mean
    ticks; everywhere : (S,) whether failures hit all offices at once; dated : (n, 5) system, office or -1 for all, start,
    end, pace, of which first…last−1 are the day's; found : (OUTAGES, at least 4) start, end, bits of the fields, pace
    (0 = stands still); starts, ends : scratch.
    """
    count = 0
    for row in range(first, last):
        system, place = dated[row, 0], dated[row, 1]
        if (place < 0 or place == office) and count < OUTAGES:
            pace = dated[row, 4]
            found[count, O_START], found[count, O_END] = dated[row, 2], dated[row, 3]
            found[count, O_FIELDS] = systems[system, Y_FIELDS]
            found[count, O_PACE] = systems[system, Y_MANUAL] if pace == 0 else pace
            count += 1
    for system in range(len(systems)):
        mean = systems[system, Y_FAILURES]
        if mean > 0:
            where = NO_OFFICE if everywhere[system] else office_hash
            name, length = np.uint64(systems[system, Y_HASH]), systems[system, Y_LENGTH]
            begin, until = (day_open, day_close) if everywhere[system] else (opening, closing)
            many = failures(key, ordinal, name, where, mean, length, begin, until, starts, ends)
            for n in range(many):
                if count < OUTAGES:
                    found[count, O_START], found[count, O_END] = starts[n], ends[n]
                    found[count, O_FIELDS] = systems[system, Y_FIELDS]
                    found[count, O_PACE] = systems[system, Y_MANUAL]
                    count += 1
    for n in range(1, count):
        place = n
        while place > 0 and (
            found[place, O_START] < found[place - 1, O_START]
            or (found[place, O_START] == found[place - 1, O_START] and found[place, O_END] < found[place - 1, O_END])
        ):
            for column in range(4):
                held = found[place, column]
                found[place, column] = found[place - 1, column]
                found[place - 1, column] = held
            place -= 1
    return count


@njit(cache=True, nogil=True, **BORROWED)
def portal_stops(systems, portal, opening, closing, dated, first, last, key, ordinal, starts, ends):
    """Write when the portal by which dossiers are sent stands still for everybody in a day; return how many times.

    Arguments as `day_outages`; portal : the system, -1 none; opening, closing : ticks within which failures start.
    """
    count = 0
    if portal < 0:
        return count
    if systems[portal, Y_FAILURES] > 0:
        name, mean, length = np.uint64(systems[portal, Y_HASH]), systems[portal, Y_FAILURES], systems[portal, Y_LENGTH]
        count = failures(key, ordinal, name, NO_OFFICE, mean, length, opening, closing, starts, ends)
    for row in range(first, last):
        if dated[row, 0] == portal and dated[row, 1] < 0 and dated[row, 4] == 0 and count < len(starts):
            starts[count], ends[count] = dated[row, 2], dated[row, 3]
            count += 1
    return count


@njit(cache=True, nogil=True)
def sending_tick(word):
    """Tick at which a citizen sends a dossier from home: evenly from 7:00 to 22:00; word below 2**32."""
    return 7 * HOUR + (word * 15 * HOUR >> 32)


@njit(cache=True, nogil=True)
def absence_chance(absence, added, away_from, away_until, ordinal):
    """Chance of 2**32 that an officer is not at work: certain on the days of moving."""
    return np.int64(4294967296) if away_from <= ordinal < away_until else absence + added


@njit(cache=True, nogil=True)
def next_visit(code):
    """Code of the next visit for the same need."""
    return code + 1


@njit(cache=True, nogil=True)
def next_visit_with_papers(code):
    """Code of the next visit of a citizen who knows what papers to bring."""
    return (code + 1) | TOLD


@njit(cache=True, nogil=True)
def visit_to_fetch(code):
    """Code of the visit made to fetch the result of a need."""
    return (code & ~np.int64(NUMBER_MASK | TOLD)) | FETCHES


@njit(cache=True, nogil=True, **BORROWED)
def scan_end(free, ready, work, day, length):
    """Day, counted from the block's first, on which a dossier is scanned; the first free scanner takes it.

    free : (scanners,) updated, on the desk's clock, on which a day is `length` ticks long; ready : ticks since opening.
    """
    best = 0
    for scanner in range(1, len(free)):
        if free[scanner] < free[best]:
            best = scanner
    free[best] = max(free[best], day * length + min(max(ready, 0), length)) + work
    return max(day, (free[best] - 1) // length) if work > 0 else day


@njit(cache=True, nogil=True)
def overload(outcome, wait, visit_number, standard, lost_charge):
    """Overload of a visit in ticks; the charge for being lost is made on the first visit only."""
    beyond = max(wait - standard, 0)
    if is_lost(outcome) and visit_number == 0:
        return lost_charge + beyond
    return beyond


@njit(cache=True, nogil=True)
def is_lost(outcome):
    """Tell whether a citizen who came was never called: left, balked or sent away."""
    return LEFT <= outcome <= SENT_AWAY


@njit(cache=True, nogil=True)
def is_called(outcome):
    """Tell whether a citizen was called to a counter, papers complete or not."""
    return outcome in (SERVED, INCOMPLETE)


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


@njit(cache=True, nogil=True, **BORROWED)
def inside_duty(stretch_on, stretch_off, first, last, start, end):
    """Ticks of a service inside an officer's stretches first…last−1 of the day; the rest is overtime."""
    inside = 0
    for n in range(first, last):
        inside += max(min(end, stretch_off[n]) - max(start, stretch_on[n]), 0)
    return inside
