"""The days of one office played again from the visits of a recorded run, with another staffing.

Who comes for the first time, or after a visit to another office, comes as recorded. Who came again after an earlier
visit here, turned away or to fetch a result, comes only when that visit ends so again; who comes anew is drawn by the
same addressed numbers, and a dossier handed in anew is decided as by a desk that is never short. Nobody looks
elsewhere, so an office answers for itself alone.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .columns import D_OUTCOME, D_WAIT, DONE_WIDTH
from .hall import (
    LINE_WIDTH,
    LINES,
    P_COME,
    P_GO,
    PEOPLE_WIDTH,
    ROW_BITS,
    S_COMING,
    S_CREW,
    S_FIRST,
    S_NEXT_GUEST,
    S_OWN,
    S_PLACES,
    STATE_WIDTH,
    Hall,
    open_offices,
    play_office,
    quickest_places,
)
from .night import P_CODE, P_NEXT, _call_back, copy_row
from .rules import (
    BOOKED,
    INCOMPLETE,
    NEVER,
    OUTAGES,
    SERVED,
    TURNED_BACK,
    arrival_tick,
    comes_back,
    next_visit,
    next_visit_with_papers,
    overload,
    visit_to_fetch,
)
from .streams import (
    BALK,
    BORROWED,
    CODE,
    DOOR,
    FATE,
    MEANT,
    MISSING,
    ORIGIN,
    PATIENCE,
    RANK,
    RETURNS,
    SCAN,
    TOLD,
    VISIT_COLUMNS,
    WORK,
    citizen_fate,
    fetches,
    field_of,
    lead_days,
    number_of,
    return_delay,
    run_key,
    unit_of,
    write_visits,
)

# columns of a visit kept, int32; words of 32 bits are kept by their bits. SUCCESSOR is the row of the citizen's next
# recorded visit to the same office, -1 none, and THEN its day: to look there would be slow
K_THEN, K_ARRIVAL, K_WORK, K_SCAN, K_PATIENCE, K_BALK, K_RETURNS, K_DOOR, K_MARKS, K_SUCCESSOR = range(10)
KEPT_WIDTH = 10
# bits of K_MARKS beside the rank: papers missing; comes after an earlier visit here; comes back to another office; served;
# the successor is told what to bring; it fetches a result
MARK_RANK, MARK_MISSING, MARK_AGAIN, MARK_ELSEWHERE, MARK_SERVED, MARK_THEN_TOLD, MARK_THEN_FETCHES = 3, 4, 8, 16, 32, 64, 128
MISSING_BIT = 2
LONG = np.int64(1) << 30  #: ticks, beyond any day
WORD_MASK = 0xFFFFFFFF
# columns of a reserve's stay: day, first tick, last tick, place after the office's own
G_DAY, G_COME, G_GO, G_PLACE = range(4)


class Kept(NamedTuple):
    """The visits of one office in one block and replication of a recorded run."""

    start: NDArray[np.int64]  #: (D + 1,) slices of the rows by day
    code: NDArray[np.int64]  #: (n,) sorted by day, arrival and code
    rows: NDArray[np.int32]  #: (n, KEPT_WIDTH)
    guests: NDArray[np.int64]  #: (g, 4) stays of reserves, sorted


@njit(cache=True, nogil=True)
def keep_rows(laws, seed, replication, day_start, codes, booked, place, rows):
    """Draw the visits of a run again from their codes and write what halls need of them at their places.

    day_start : (D + 1,) slices of codes by day; place : (n,) row to write, -1 for a visit that did not come.
    """
    key = run_key(seed, replication)
    for day in range(len(day_start) - 1):
        first, n = day_start[day], day_start[day + 1] - day_start[day]
        visits = np.empty((n, VISIT_COLUMNS), np.int64)
        write_visits(key, laws, laws.reuse_share[day], codes[first : first + n], visits, n)
        for row in range(n):
            if place[first + row] >= 0:
                kept, visit = rows[place[first + row]], visits[row]
                kept[K_WORK], kept[K_SCAN] = visit[WORK], visit[SCAN]
                kept[K_PATIENCE] = min(visit[PATIENCE], LONG)
                kept[K_BALK], kept[K_RETURNS], kept[K_DOOR] = visit[BALK], visit[RETURNS], visit[DOOR]
                rank = min(visit[RANK], BOOKED) if booked[first + row] else visit[RANK]
                kept[K_MARKS] |= rank | (MARK_MISSING if visit[MISSING] == 1 else 0)


@njit(cache=True, nogil=True)
def play_days(network, competent, nominal, days, laws, papers, kept, office, seed, replication, group_of, sums, visits_of):
    """Play the days of one office; add the overload of each day in ticks to `sums`, (D, G), by the group of fields.

    Visits, and those of them that waited beyond the standard, are added to `visits_of`, (D, 2).

    network, days : of the office alone, but `competent`, `offers` and `travel` of the network and `goes_to` and `reopens` of
    the days are of all offices, of which this is number `office`; competent : (U, F) 0 where the office is the competent one;
    nominal : (1, F); group_of : (F,) column of `sums`.
    """
    block, fields = len(days.weekday), network.offers.shape[1]
    key = run_key(seed, replication)
    unit_hash, field_hash = laws.unit_hash, laws.field_hash
    start, codes, rows, guests = kept.start, kept.code, kept.rows, kept.guests
    visits_max, return_days_max, papers_days_max = network.visits_max, network.return_days_max, network.papers_days_max
    return_share, papers_return_share = network.return_share, network.papers_return_share
    standard, lost_charge = network.standard, network.lost_charge
    goes_to, reopens, offers = days.goes_to, days.reopens, network.offers
    state, people = np.zeros((1, STATE_WIDTH), np.int64), np.zeros((PEOPLE_WIDTH, len(network.moved)), np.int64)
    lines = np.empty((1, LINES * fields, LINE_WIDTH), np.int64)
    in_line, stops = np.zeros((1, LINES), np.uint64), np.zeros((1, fields), np.int64)
    outage = np.zeros((1, OUTAGES, 5), np.int64)
    changes = np.empty((2, len(network.change_tick)), np.int64)
    balk, pace = np.empty((2, fields), np.int64), np.ascontiguousarray(network.pace.T)
    quickest = quickest_places(network.crew_start, pace)
    for field in range(fields):
        balk[0, field], balk[1, field] = network.balk_long[field], network.balk_very_long[field]
    size = np.int64(0)
    visits = np.empty((0, VISIT_COLUMNS), np.int64)
    done = np.empty((0, DONE_WIDTH), np.int64)
    by_place = np.empty((3, 0), np.int64)
    drawn, came = np.empty((0, VISIT_COLUMNS), np.int64), np.empty(0, np.int64)
    comes = np.zeros(len(codes), np.bool_)
    pool, pool_used = np.empty((16, 3), np.int64), np.zeros(1, np.int64)
    pool_heads = np.full(block, -1)
    slices = np.zeros(2, np.int64)
    guest = 0
    for day in range(days.lead_in, block):
        back = 0
        place = pool_heads[day]
        while place >= 0:
            back += 1
            place = pool[place, P_NEXT]
        most = start[day + 1] - start[day] + back
        if most > size:
            size = most + most // 2
            visits, done = np.empty((size, VISIT_COLUMNS), np.int64), np.empty((size, DONE_WIDTH), np.int64)
            by_place = np.empty((3, size), np.int64)
        keys, follows, source = by_place[0], by_place[1], by_place[2]
        if back > 0:
            drawn, came = _drawn_again(network, laws, laws.reuse_share[day], key, office, pool, pool_heads[day], back)
        n, new = np.int64(0), 0
        for row in range(start[day], start[day + 1]):
            marks = np.int64(rows[row, K_MARKS])
            if (marks & MARK_AGAIN) != 0 and not comes[row]:
                continue
            arrival, code = np.int64(rows[row, K_ARRIVAL]), codes[row]
            while new < back and (came[new] < arrival or (came[new] == arrival and drawn[new, CODE] < code)):
                copy_row(visits[n], drawn[new])
                keys[n], source[n] = (came[new] << ROW_BITS) | n, -1
                n, new = n + 1, new + 1
            visits[n, CODE], visits[n, WORK], visits[n, SCAN] = code, rows[row, K_WORK], rows[row, K_SCAN]
            visits[n, PATIENCE] = rows[row, K_PATIENCE]
            visits[n, BALK], visits[n, RETURNS] = rows[row, K_BALK] & WORD_MASK, rows[row, K_RETURNS] & WORD_MASK
            visits[n, DOOR], visits[n, RANK] = rows[row, K_DOOR] & WORD_MASK, marks & MARK_RANK
            visits[n, MISSING] = (marks & MARK_MISSING) >> MISSING_BIT
            keys[n], source[n] = (arrival << ROW_BITS) | n, row
            n += 1
        while new < back:
            copy_row(visits[n], drawn[new])
            keys[n], source[n] = (came[new] << ROW_BITS) | n, -1
            n, new = n + 1, new + 1
        slices[1] = n
        hall = Hall(
            state,
            people,
            lines,
            in_line,
            stops,
            outage,
            changes,
            network.skills,
            pace,
            quickest,
            competent,
            nominal,
            balk,
            visits,
            keys,
            follows,
            done,
            network.nominal_fetch,
            network.long_wait,
            network.very_long_wait,
            network.turn_away_share,
            network.mend_share,
            network.failed_share,
            days.moved_pace[day],
        )
        open_offices(network, days, hall, key, day, laws.days[day], slices)
        while guest < len(guests) and guests[guest, G_DAY] == day:
            _welcome(hall, guests[guest])
            guest += 1
        play_office(hall, 0, NEVER)
        visits_of[day, 0] += n
        for row in range(n):
            outcome = done[row, D_OUTCOME]
            code = visits[row, CODE]
            beyond = overload(outcome, done[row, D_WAIT], number_of(code), standard, lost_charge)
            sums[day, group_of[field_of(code)]] += beyond
            visits_of[day, 1] += done[row, D_WAIT] > standard
            recorded = source[row]
            marks = np.int64(rows[recorded, K_MARKS]) if recorded >= 0 else np.int64(0)
            later = np.int64(rows[recorded, K_SUCCESSOR]) if recorded >= 0 else np.int64(-1)
            if outcome == SERVED:
                if (marks & MARK_SERVED) != 0:
                    if later >= 0:
                        comes[later] = True
                    continue
                if fetches(code):
                    continue
                then = _fetched_after(papers, key, unit_hash, field_hash, code)
                if then == 0:
                    continue
                then += day
                code = visit_to_fetch(code)
            elif (marks & MARK_ELSEWHERE) != 0:
                continue
            elif outcome in (INCOMPLETE, TURNED_BACK):
                if not comes_back(number_of(code), visits_max, visits[row, RETURNS], papers_return_share):
                    continue
                then = day + return_delay(key, unit_hash, field_hash, code, papers_days_max)
                code = next_visit_with_papers(code)
            else:
                if not comes_back(number_of(code), visits_max, visits[row, RETURNS], return_share[field_of(code)]):
                    continue
                then = day + return_delay(key, unit_hash, field_hash, code, return_days_max)
                code = next_visit(code)
            while then < block and _shut(goes_to[then, office], office, offers, field_of(code)):
                then += reopens[then, office] + return_delay(key, unit_hash, field_hash, code, return_days_max) - 1
            if then >= block or goes_to[then, office] != office:
                continue
            if later >= 0 and rows[recorded, K_THEN] == then and _is_successor(marks, code):
                comes[later] = True
            else:
                pool = _call_back(pool, pool_heads, pool_used, then, code, office)


@njit(cache=True, nogil=True, **BORROWED)
def _is_successor(marks, code):
    """Tell whether the next visit of a citizen is the recorded one: of the same need, it is of the same kind."""
    return ((marks & MARK_THEN_TOLD) != 0) == ((code & TOLD) != 0) and ((marks & MARK_THEN_FETCHES) != 0) == fetches(code)


@njit(cache=True, nogil=True, **BORROWED)
def _shut(goes_to, office, offers, field):
    """Tell whether an office is closed on a day and nobody takes its citizens."""
    return goes_to < 0 or (goes_to != office and not offers[goes_to, field])


@njit(cache=True, nogil=True, **BORROWED)
def _fetched_after(papers, key, unit_hash, field_hash, code):
    """Working days until the result of a dossier handed in is fetched, 0 never; of a desk that is never short."""
    field = field_of(code)
    word, lead, channel, delay = citizen_fate(key, unit_hash, field_hash, code, FATE)
    if word < papers.same_day[field] or channel >= papers.collect_until[field]:
        return np.int64(0)
    return lead_days(papers.lead_mu[field], papers.lead_sigma[field], lead) + 1 + delay % papers.collect_days_max


@njit(cache=True, nogil=True)
def _drawn_again(network, laws, reuse_share, key, office, pool, place, n):
    """Return the visits (n, VISIT_COLUMNS) of a list of those who come back anew, in order of arrival, and their arrivals."""
    visits = np.empty((n, VISIT_COLUMNS), np.int64)
    came = np.empty(n, np.int64)
    if n == 0:
        return visits, came
    codes = np.empty(n, np.int64)
    for row in range(n):
        codes[row] = pool[place, P_CODE]
        place = pool[place, P_NEXT]
    codes.sort()
    write_visits(key, laws, reuse_share, codes, visits, n)
    keys = np.empty(n, np.int64)
    for row in range(n):
        origin, code = visits[row, ORIGIN], visits[row, CODE]
        usual = network.competent[unit_of(code), field_of(code)]
        came[row] = arrival_tick(visits[row, MEANT], network.travel[origin, office], network.travel[origin, usual])
        keys[row] = (came[row] << 32) | row
    keys.sort()
    in_order = np.empty((n, VISIT_COLUMNS), np.int64)
    for row in range(n):
        copy_row(in_order[row], visits[keys[row] & WORD_MASK])
        came[row] = keys[row] >> 32
    return in_order, came


@njit(cache=True, nogil=True, **BORROWED)
def _welcome(hall, guest):
    """Let a reserve stay at the office as in the recorded run; stays are told in the order in which they begin."""
    state, people = hall.state[0], hall.people
    place = state[S_FIRST] + state[S_OWN] + guest[G_PLACE]
    play_office(hall, 0, guest[G_COME])
    people[P_COME, place], people[P_GO, place] = guest[G_COME], guest[G_GO]
    state[S_COMING] += 1
    state[S_CREW] = state[S_PLACES]
    state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], guest[G_COME])
