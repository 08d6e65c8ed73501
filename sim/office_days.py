"""The days of one office played again from the visits of a recorded run, with another staffing.

Who comes for the first time, or after a visit to another office, comes as recorded. Who came again after an earlier
visit here, turned away or to fetch a result, comes only when that visit ends so again; who comes anew is drawn by the
same addressed numbers, and a dossier handed in anew is decided as by a desk that is never short. Nobody looks
elsewhere, so an office answers for itself alone.
"""

import numpy as np
from numba import njit

from .columns import D_OUTCOME, D_WAIT, DONE_WIDTH
from .hall import (
    HALL_COLUMNS,
    LINE_WIDTH,
    LINES,
    MARK_MISSING,
    MARK_RANK,
    MARKS,
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
    enter,
    open_offices,
    play_office,
    quickest_places,
)
from .kept import (
    K_ARRIVAL,
    K_BALK,
    K_DOOR,
    K_MARKS,
    K_PATIENCE,
    K_RETURNS,
    K_SCAN,
    K_SUCCESSOR,
    K_WORK,
    MARK_AGAIN,
    MARK_ELSEWHERE,
    MARK_SERVED,
    MARK_THEN_FETCHES,
    MARK_THEN_TOLD,
)
from .night import _grown
from .rules import (
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
    ORIGIN,
    PATIENCE,
    RETURNS,
    SCAN,
    TOLD,
    VISIT_COLUMNS,
    WORK,
    citizen_fate,
    empty_batch,
    fetches,
    field_of,
    lead_days,
    number_of,
    return_delay,
    run_key,
    unit_of,
    within_days,
    write_cells,
    write_visits,
)

HALL_MARKS = MARK_RANK | MARK_MISSING  #: of a visit kept, those of a hall
WORD_MASK = 0xFFFFFFFF
FEW = 24  #: numbers that are sorted as fast one by one
P_NEXT, P_CODE = range(2)  #: columns of the visits kept from day to day in lists: the next row of the list, -1 none
# columns of a reserve's stay: day, first tick, last tick, place after the office's own
G_DAY, G_COME, G_GO, G_PLACE = range(4)


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
    size = moved_pace = np.int64(-1)
    drawn, codes_again, came = np.empty((0, VISIT_COLUMNS), np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    cells, batch = np.empty(0, np.uint64), empty_batch()
    comes = np.zeros(len(codes), np.bool_)
    pool, pool_used = np.empty((64, 2), np.int64), np.int64(0)
    pool_heads, pool_counts = np.full(block, -1), np.zeros(block, np.int64)
    slices, scratch = np.zeros(2, np.int64), np.empty((2, 8), np.int64)
    guest = 0
    for day in range(days.lead_in, block):
        back = pool_counts[day]
        most = start[day + 1] - start[day] + back
        if most > size:
            size, moved_pace = most + most // 2, np.int64(-1)
            visits, done = np.empty((size, HALL_COLUMNS), np.int64), np.empty((size, DONE_WIDTH), np.int64)
            keys, follows, source = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
        if moved_pace != days.moved_pace[day]:  # a hall has many arrays: not made anew each day
            moved_pace = days.moved_pace[day]
            hall = Hall(
                state, people, lines, in_line, stops, outage, changes, network.skills, pace, quickest, competent, nominal, balk,
                visits, keys, follows, done, network.nominal_fetch, network.long_wait, network.very_long_wait,
                network.turn_away_share, network.mend_share, network.failed_share, moved_pace,
            )  # fmt: skip
        if back > len(came):
            drawn = np.empty((2 * back, VISIT_COLUMNS), np.int64)
            codes_again, came, cells = np.empty(2 * back, np.int64), np.empty(2 * back, np.int64), np.empty(2 * back, np.uint64)
        if back > 0:
            _list_again(pool, pool_heads[day], codes_again, back)
            _sort(codes_again[:back])
            _draw_again(network, laws, laws.reuse_share[day], key, office, codes_again, back, cells, drawn, came, batch)
            _sort(came[:back])
        n, new = np.int64(0), 0
        next_new = came[0] >> ROW_BITS if back > 0 else NEVER
        for row in range(start[day], start[day + 1]):
            one = rows[row]
            marks = np.int64(one[K_MARKS])
            if (marks & MARK_AGAIN) != 0 and not comes[row]:
                continue
            arrival, code = np.int64(one[K_ARRIVAL]), codes[row]
            while next_new <= arrival and (next_new < arrival or drawn[came[new] & WORD_MASK, CODE] < code):
                enter(visits[n], drawn[came[new] & WORD_MASK])
                keys[n], source[n] = (next_new << ROW_BITS) | n, -1 - (came[new] & WORD_MASK)
                n, new = n + 1, new + 1
                next_new = came[new] >> ROW_BITS if new < back else NEVER
            visit = visits[n]
            visit[CODE], visit[WORK], visit[SCAN], visit[PATIENCE] = code, one[K_WORK], one[K_SCAN], one[K_PATIENCE]
            visit[BALK], visit[DOOR], visit[MARKS] = one[K_BALK] & WORD_MASK, one[K_DOOR] & WORD_MASK, marks & HALL_MARKS
            keys[n], source[n] = (arrival << ROW_BITS) | n, row
            n += 1
        while new < back:
            enter(visits[n], drawn[came[new] & WORD_MASK])
            keys[n], source[n] = (came[new] & ~WORD_MASK) | n, -1 - (came[new] & WORD_MASK)
            n, new = n + 1, new + 1
        slices[1] = n
        open_offices(network, days, hall, key, day, laws.days[day], slices, scratch)
        while guest < len(guests) and guests[guest, G_DAY] == day:
            _welcome(hall, guests[guest])
            guest += 1
        play_office(hall, 0, NEVER)
        visits_of[day, 0] += n
        pool = _grown(pool, pool_used + n)
        for row in range(n):
            outcome, wait, recorded = done[row, D_OUTCOME], done[row, D_WAIT], source[row]
            marks, later = np.int64(0), np.int64(-1)
            if recorded >= 0:
                marks, later = np.int64(rows[recorded, K_MARKS]), np.int64(rows[recorded, K_SUCCESSOR])
            code = visits[row, CODE]
            if wait > standard or outcome != SERVED:
                sums[day, group_of[field_of(code)]] += overload(outcome, wait, number_of(code), standard, lost_charge)
                visits_of[day, 1] += wait > standard
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
            else:
                with_papers = outcome in (INCOMPLETE, TURNED_BACK)
                following = next_visit_with_papers(code) if with_papers else next_visit(code)
                if later >= 0 and (marks & MARK_SERVED) == 0 and _is_successor(marks, following):
                    comes[later] = True
                    continue
                word = _word_of_return(rows, drawn, recorded)
                share = papers_return_share if with_papers else return_share[field_of(code)]
                if not comes_back(number_of(code), visits_max, word, share):
                    continue
                days_max = papers_days_max if with_papers else return_days_max
                then = day + return_delay(key, unit_hash, field_hash, code, days_max)
                code = following
            while then < block and _shut(goes_to[then, office], office, offers, field_of(code)):
                then += reopens[then, office] + return_delay(key, unit_hash, field_hash, code, return_days_max) - 1
            if then >= block or goes_to[then, office] != office:
                continue
            pool[pool_used, P_NEXT], pool[pool_used, P_CODE] = pool_heads[then], code
            pool_heads[then] = pool_used
            pool_counts[then] += 1
            pool_used += 1


@njit(cache=True, nogil=True, **BORROWED)
def _word_of_return(rows, drawn, source):
    """The word by which a citizen comes back or not; source : row of a recorded visit, or −1 − row of one drawn again."""
    return np.int64(rows[source, K_RETURNS]) & WORD_MASK if source >= 0 else drawn[-1 - source, RETURNS]


@njit(cache=True, nogil=True, **BORROWED)
def _is_successor(marks, code):
    """Tell whether the next visit of a citizen not served, now and as recorded, is the recorded one.

    Of the same need, it is so when it is of the same kind: who lacked papers knows then what to bring, who was lost knows no
    more than before, and each has one day drawn to come again.
    """
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


@njit(cache=True, nogil=True, **BORROWED)
def _list_again(pool, place, codes, n):
    """Write the codes of a list of n who come back anew."""
    for row in range(n):
        codes[row] = pool[place, P_CODE]
        place = pool[place, P_NEXT]


@njit(cache=True, nogil=True, **BORROWED)
def _draw_again(network, laws, reuse_share, key, office, codes, n, cells, visits, came, batch):
    """Write the visits of n who come back anew, and their arrivals.

    codes : in order; visits : in their order; came : arrival << ROW_BITS | row of the visit; cells, batch : scratch.
    """
    write_cells(key, laws.unit_hash, laws.field_hash, codes, cells, n, batch)
    write_visits(laws, reuse_share, codes, cells, visits, 0, n, batch)
    for row in range(n):
        origin, code = visits[row, ORIGIN], visits[row, CODE]
        usual = network.competent[unit_of(code), field_of(code)]
        arrival = within_days(arrival_tick(visits[row, MEANT], network.travel[origin, office], network.travel[origin, usual]))
        came[row] = (arrival << ROW_BITS) | row


@njit(cache=True, nogil=True)
def _sort(numbers):
    """Sort numbers, mostly few."""
    if len(numbers) > FEW:
        numbers.sort()
    else:
        _sort_few(numbers)


@njit(cache=True, nogil=True, **BORROWED)
def _sort_few(numbers):
    """Sort numbers by putting one after another into its place."""
    for n in range(1, len(numbers)):
        number, place = numbers[n], n
        while place > 0 and numbers[place - 1] > number:
            numbers[place] = numbers[place - 1]
            place -= 1
        numbers[place] = number


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
