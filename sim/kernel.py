"""The citizen's day compiled: the same process as `engine`, made to run fast.

A block of days is played day by day: citizens are drawn and choose, offices are played (`hall`), the day is accounted
for, the night follows (`night`). A function is long where a loop must keep its state in registers. Both engines agree
to the bit; a rule lives in `rules`, never here.
"""

import numpy as np
from numba import njit

from .columns import (
    ABSENT,
    ARCHIVED,
    BIN,
    BINS,
    BOOKED_COUNT,
    BOUNDARY_FREE,
    BUSY,
    CHANGE,
    COMPLETED,
    COUNTED_FETCHING,
    COUNTED_FIELDS,
    COUNTED_VISITS,
    D_END,
    D_OFFICER,
    D_OUTCOME,
    D_PAUSED,
    D_SCANNED,
    D_START,
    D_WAIT,
    DIGITIZED,
    DONE_WIDTH,
    FETCHED,
    FINISHED,
    HALF_HOURS,
    HELP,
    ON_TIME,
    OVER_LONG,
    OVER_STANDARD,
    OVERLOAD,
    OVERLOADED_HALF_HOURS,
    OVERTIME,
    R_ARRIVAL,
    R_BOOKED,
    R_CODE,
    R_DAY,
    R_DOSSIERS,
    R_END,
    R_OFFICE,
    R_OFFICER,
    R_ORIGIN,
    R_OUTCOME,
    R_PAUSED,
    R_REUSED,
    R_SCANNED,
    R_START,
    R_TRAVEL,
    R_WAIT,
    RECEIVED,
    RECORD_COLUMNS,
    REMOTE,
    RETURNED,
    REUSED_COUNT,
    ROSTERED,
    SENT,
    SERVED_COUNT,
    SERVICE,
    STOPPED,
    TICKETS,
    TRAVEL,
    UNIT_CALLED,
    UNIT_FINISHED,
    UNIT_SERVICE,
    UNIT_TICKETS,
    UNIT_TRAVEL,
    UNIT_WAIT,
    UNIT_WAIT_CALLED,
    UNIT_WITHIN,
    WAIT_CALLED,
    WAIT_LOST,
    WITHIN_ACCESS,
)
from .hall import (
    DOSSIERS_MASK,
    DOSSIERS_SHIFT,
    HALL_COLUMNS,
    LINE_WIDTH,
    LINES,
    MARK_BOOKED,
    MARK_OUTLASTS,
    MARK_REUSED,
    MARKS,
    NOBODY,
    P_ABSENT,
    PEOPLE_WIDTH,
    RETURNS_SHIFT,
    ROW_BITS,
    ROW_MASK,
    S_ARRIVED,
    S_SENT,
    S_STAYS,
    S_UNTIL,
    SPAN_BITS,
    STATE_WIDTH,
    Hall,
    all_looks,
    couple,
    enter,
    open_offices,
    play_office,
    quickest_places,
    settle,
    write_ways,
)
from .kept import RECORDED_CODE, W_END, W_OFFICER, W_START, keep_visit
from .night import (
    C_CODE,
    C_OFFICE,
    CROWD,
    _back_office,
    _carried,
    _grown,
    _scan,
    called_back,
    copy_rows,
    evening,
    file_away,
    next_row,
    result_fate,
    roomy,
    sort_crowd,
)
from .race import CLEARLY, draw_tastes, of_way, race_of, write_burdens
from .rules import (
    BOOKED,
    CLOSE,
    DEFERRED,
    HALF_HOUR,
    INCOMPLETE,
    LAST_TICKET,
    LUNCH_END,
    LUNCH_START,
    NEVER,
    NO_SHOW,
    OPEN,
    OUTAGES,
    RING,
    SERVED,
    SLOTS,
    TICKET_OPEN,
    TURNED_BACK,
    WINDOWS,
    arrival_tick,
    best_office,
    books,
    comes_back,
    free_slot,
    free_to_choose,
    hour_window,
    inside_duty,
    is_called,
    looks_at_queues,
    next_visit,
    next_visit_with_papers,
    overload,
    portal_stops,
    reluctance,
    remember,
    sending_tick,
    stays_away,
    write_reluctances,
)
from .streams import (
    BATCH,
    BOOKING,
    BORROWED,
    CODE,
    DOSSIERS,
    FATE,
    FIXED,
    MASK,
    MASK_32,
    MEANT,
    NEW_AT_ONCE,
    ORIGIN,
    PORTAL,
    RANK,
    REMOTE_INDEX,
    SHIFT,
    STAY,
    VISIT_COLUMNS,
    bring_near,
    cell_delay,
    citizen_fate,
    code_of,
    day_needs,
    draw_dossiers,
    draw_fates,
    draw_words,
    empty_batch,
    fetches,
    field_of,
    guided_lead,
    index_of,
    lead_guide,
    natural,
    number_of,
    run_key,
    unit_of,
    visit_hash,
    within_days,
    write_cells,
    write_codes,
    write_visits,
)

BY_VISIT = 11  #: columns of their own within a day, by row or by place
DAY_WIDTH = 2 * HALL_COLUMNS + DONE_WIDTH + BY_VISIT  #: numbers held of a visit within a day, see `_laid_out`
LATE_SHIFT = 32  #: above the dossiers handed in at a visit, the days until they are scanned
PORTION = 1024  #: visits drawn before they choose, and told of one after another, so that they are still near
AHEAD = 24  #: visits between that which takes its place and that which is asked for
CERTAIN = 2**32  #: as a share of 2**32
OWN_CHOICE = False  #: whether own rules tell who may choose, or who looks at queues; then anyone may in any phase


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _account(network, weekday, tables, today, way_to, near_to, visits, keys, first, until, place, office_of, done):
    """Add visits of a measured day to the tables; today : (O, 48, 2) sums. The twin of `tables.tally`.

    What follows from other columns is left to `_account_day`. way_to, near_to : (O, U) travel and near by office. Of this and
    the three like it: visits, keys, done : by place, of which first…until−1 are told of; place : their office, or NOBODY where
    `office_of` tells it of each row.
    """
    competent, clock, crew_start, own_crew = network.competent, network.clock, network.crew_start, network.own_crew
    stretch_start, stretch_on, stretch_off = network.stretch_start, network.stretch_on, network.stretch_off
    office_table, unit_table, histogram = tables.office, tables.unit, tables.wait_histogram
    standard, long_standard, lost_charge = network.standard, network.long_standard, network.lost_charge
    for at in range(first, until):
        office = natural(place if place >= 0 else office_of[keys[at] & ROW_MASK])
        outcome, wait = done[at, D_OUTCOME], done[at, D_WAIT]
        office_table[office, SERVED_COUNT + natural(outcome)] += 1
        if outcome >= NO_SHOW:
            continue
        code, origin, marks = visits[at, CODE], natural(visits[at, ORIGIN]), visits[at, MARKS]
        unit, field, number, fetching = unit_of(code), field_of(code), number_of(code), np.int64(fetches(code))
        beyond = overload(outcome, wait, number, standard, lost_charge)
        way, close = way_to[office, origin], np.int64(near_to[office, origin])
        office_table[office, OVER_STANDARD] += wait > standard
        office_table[office, OVER_LONG] += wait > long_standard
        office_table[office, TRAVEL] += way
        office_table[office, BOUNDARY_FREE] += office != competent[unit, field]
        office_table[office, WITHIN_ACCESS] += close
        office_table[office, RETURNED] += (number > 0) & (fetching == 0)
        office_table[office, BOOKED_COUNT] += (marks & MARK_BOOKED) != 0
        office_table[office, FETCHED] += fetching
        unit_table[unit, UNIT_TICKETS] += 1
        unit_table[unit, UNIT_TRAVEL] += way
        unit_table[unit, UNIT_WAIT] += wait
        unit_table[unit, UNIT_WITHIN] += close
        half = min(natural(max(keys[at] >> ROW_BITS, clock[office, TICKET_OPEN])) // HALF_HOUR, HALF_HOURS - 1)
        today[office, half, 0] += 1
        today[office, half, 1] += beyond
        if not is_called(outcome):
            office_table[office, WAIT_LOST] += wait
            continue
        start, end, officer_place = done[at, D_START], done[at, D_END], done[at, D_OFFICER]
        length = end - start
        inside = length
        outlasts = end > clock[office, CLOSE] or (marks & MARK_OUTLASTS) != 0
        if outlasts and officer_place < own_crew[office]:
            officer = natural(crew_start[office] + officer_place)
            stretch, last = natural(stretch_start[weekday, officer]), stretch_start[weekday, officer + 1]
            inside = inside_duty(stretch_on, stretch_off, stretch, last, start, end)
        office_table[office, WAIT_CALLED] += wait
        office_table[office, BUSY] += inside
        office_table[office, OVERTIME] += length - inside
        office_table[office, STOPPED] += done[at, D_PAUSED]
        histogram[office, min(natural(wait) // BIN, BINS - 1)] += 1
        unit_table[unit, UNIT_CALLED] += 1
        unit_table[unit, UNIT_WAIT_CALLED] += wait
        unit_table[unit, UNIT_SERVICE] += length
        finished = np.int64(outcome == SERVED) & (1 - fetching)
        office_table[office, FINISHED] += finished
        office_table[office, REUSED_COUNT] += finished & ((marks & MARK_REUSED) != 0)
        unit_table[unit, UNIT_FINISHED] += finished


@njit(cache=True, nogil=True, **BORROWED)
def _account_day(network, weekday, tables, state, present, today):
    """Add to the tables what belongs to offices, not to visits; today : (O, 48, 2) sums, left as zeros."""
    crew_start, own_crew, half_hour_limit = network.crew_start, network.own_crew, network.half_hour_limit
    stretch_start, stretch_on, stretch_off = network.stretch_start, network.stretch_on, network.stretch_off
    sums, half_hours = tables.office, tables.half_hour
    for office in range(today.shape[0]):
        for half in range(HALF_HOURS):
            tickets = today[office, half, 0]
            if tickets > 0:
                overloaded = today[office, half, 1] > half_hour_limit * tickets
                sums[office, TICKETS] += tickets
                sums[office, OVERLOAD] += today[office, half, 1]
                half_hours[office, half, 0] += tickets
                half_hours[office, half, 1] += today[office, half, 1]
                half_hours[office, half, 2] += overloaded
                sums[office, OVERLOADED_HALF_HOURS] += overloaded
                today[office, half, 0] = 0
                today[office, half, 1] = 0
        for officer in range(crew_start[office], crew_start[office] + own_crew[office]):
            column = ABSENT if present[P_ABSENT, officer] == 1 else ROSTERED
            for stretch in range(stretch_start[weekday, officer], stretch_start[weekday, officer + 1]):
                sums[office, column] += stretch_off[stretch] - stretch_on[stretch]
        sums[office, SERVICE] = sums[office, BUSY] + sums[office, OVERTIME]
        sums[office, ROSTERED] += state[office, S_STAYS]
        sums[office, HELP] += state[office, S_STAYS]
        sums[office, SENT] += state[office, S_SENT]


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _note_waits(waits, keys, first, until, place, office_of, done):
    """Add the waits of tickets by office and hour to `waits`, (O, WINDOWS, 2)."""
    for at in range(first, until):
        if done[at, D_OUTCOME] < TURNED_BACK:
            office = natural(place if place >= 0 else office_of[keys[at] & ROW_MASK])
            window = natural(hour_window(keys[at] >> ROW_BITS))
            waits[office, window, 0] += done[at, D_WAIT]
            waits[office, window, 1] += 1


@njit(cache=True, nogil=True, **BORROWED)
def _remember(smoothing, remembered, waits, sums, measured):
    """Update remembered waits after a day; waits : (O, WINDOWS, 2), left as zeros; sums : office table, given their change."""
    for office in range(remembered.shape[0]):
        for window in range(WINDOWS):
            before = remembered[office, window]
            after = remember(before, waits[office, window, 0], waits[office, window, 1], smoothing)
            remembered[office, window] = after
            waits[office, window, 0] = 0
            waits[office, window, 1] = 0
            if measured:
                sums[office, CHANGE] += abs(after - before)


@njit(cache=True, nogil=True, **BORROWED)
def _choose(
    network, goes_to, first, cells, bound, visits, many, remembered, burdens, ways, live, race, taken, looks, informed, meant,
    office_of, keys,
):  # fmt: skip
    """Let a portion of citizens choose offices by remembered waits, and book; write their office.

    first : row of the day of the first of `many`; cells, bound, visits, office_of, keys : of the portion alone; bound : offices
    that must be gone to, or -1.
    keys : arrival << ROW_BITS | row of those who come; of those who do not −1 − what became of them, and −1 of those
    who look at the queues of the moment first, noted in `looks` behind those `informed` before, with the tick at which they mean
    to be there in `meant` (n,) by row of the day. burdens, ways : as `write_burdens` and `write_ways` tell; live, race, taken :
    scratch. Returns how many look. A batch at a time, so that what is read of a citizen is near.
    """
    for start in range(0, many, BATCH):
        end = min(start + BATCH, many)
        informed, free = _turn_to(
            network, goes_to, first, bound, visits, start, end, race.rows, looks, informed, meant, office_of, keys
        )
        if free > 0:
            _choose_freely(network, goes_to, cells, visits, free, remembered, burdens, ways, live, race, office_of)
        _set_out(network, first, bound, visits, start, end, taken, office_of, keys)
    return informed


@njit(cache=True, nogil=True, **BORROWED)
def _no_appointments(taken):
    """No appointment is taken in the morning."""
    for place in range(taken.shape[0]):
        for kind in range(taken.shape[1]):
            for slot in range(SLOTS):
                taken[place, kind, slot] = 0


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _turn_to(network, goes_to, first, bound, visits, begin, until, free, looks, informed, meant, office_of, keys):
    """Write the office to which a citizen turns who does not choose, NOBODY while it is closed and nobody takes its citizens.

    free : written with the rows of those free to choose; a row that is not counted is written over, as here and below whether
    one counts is hard to foresee. Returns how many look at queues so far, and how many are free.
    """
    offers, competent, boundary_free, travel = network.offers, network.competent, network.boundary_free, network.travel
    stay_share, informed_until, pools = network.stay_share, network.informed_until, len(network.pool_look)
    many = np.int64(0)
    for row in range(begin, until):
        code, fixed, stay = visits[row, CODE], bound[row], visits[row, STAY]
        field = field_of(code)
        usual = competent[unit_of(code), field]
        asked = fixed if fixed >= 0 else usual
        office = goes_to[asked]
        if office >= 0 and office != asked and not offers[office, field]:
            office = NOBODY
        office_of[row], keys[row], free[many] = office, 0, row
        chooses, sees = free_to_choose(boundary_free[field], stay, stay_share), looks_at_queues(stay, informed_until)
        many += (fixed < 0) & chooses & (not sees)
        if (fixed < 0) & chooses & sees:
            office_of[row], keys[row] = NOBODY, -1 - SERVED
            leaves = arrival_tick(visits[row, MEANT], np.int64(0), travel[visits[row, ORIGIN], usual])
            looks[informed] = (within_days(leaves) << ROW_BITS) | (first + row + pools)
            meant[first + row] = visits[row, MEANT]
            informed += 1
    return informed, many


@njit(cache=True, nogil=True, **BORROWED)
def _choose_freely(network, goes_to, cells, visits, free, remembered, burdens, ways, live, race, office_of):
    """Let the first `free` of `race.rows` choose, as `best_office`; office_of : where they turn to, given where they go.

    The tastes of many are drawn at once. Who has two offices about as good is asked by `best_office` itself.
    """
    near_start, reachable, appeal = network.near_start, network.reachable, network.appeal
    offers, office_hash = network.offers, network.office_hash
    rows, ends, offices, hindrances, tastes = race.rows, race.until, race.offices, race.hindrances, race.tastes
    cell, index, of_office = race.address[0], race.address[1], race.address[3]
    begin = np.int64(0)
    while begin < free:
        until, found = begin, np.int64(0)
        while until < free and found < BATCH:
            row = natural(rows[until])
            code, origin, office = visits[row, CODE], natural(visits[row, ORIGIN]), office_of[row]
            field, window, known = field_of(code), natural(hour_window(visits[row, MEANT])), office < 0
            for near in range(natural(near_start[origin]), near_start[origin + 1]):
                place = natural(reachable[near])
                is_open = offers[place, field] & (goes_to[place] == place)
                offices[found], hindrances[found] = place, ways[near] * burdens[window, place]
                known |= is_open & (place == office)
                found += is_open
            if not known:
                offices[found] = office
                hindrances[found] = of_way(appeal[origin, office]) * burdens[window, office]
                found += 1
            for pair in range(ends[until - 1] if until > begin else np.int64(0), found):
                cell[pair], index[pair], of_office[pair] = cells[row], index_of(code), office_hash[offices[pair]]
            ends[until] = found
            until += 1
        draw_tastes(race, found)
        done = np.int64(0)
        for one in range(begin, until):
            row = natural(rows[one])
            best, least, second = NOBODY, np.inf, np.inf
            for pair in range(done, ends[one]):
                score, office = tastes[pair] * hindrances[pair], offices[pair]
                second = min(second, max(score, least))
                best, least = office if score < least else best, min(score, least)
            done = ends[one]
            if not second > least * CLEARLY or least == 0.0:  # with own rules, where this may be 0 times inf, the rule is asked
                best = _asked_at_home(network, goes_to, visits[row], cells[row], office_of[row], remembered, live)
            office_of[row] = best
        begin = until


@njit(cache=True, nogil=True, **BORROWED)
def _asked_at_home(network, goes_to, visit, cell, usual, remembered, live):
    """`best_office` for a citizen free to choose, by the rule itself; live : (len(reachable),) scratch."""
    near_start, reachable, appeal, wait_scale = network.near_start, network.reachable, network.appeal, network.wait_scale
    code, origin, window, hindrance = visit[CODE], visit[ORIGIN], hour_window(visit[MEANT]), np.inf
    write_reluctances(near_start, reachable, appeal, wait_scale, remembered, origin, window, live)
    if usual >= 0:
        hindrance = reluctance(appeal[origin, usual], remembered[usual, window], wait_scale)
    return best_office(
        near_start, reachable, network.offers, goes_to, network.office_hash, live, cell & MASK, cell >> SHIFT, index_of(code),
        field_of(code), origin, usual, hindrance,
    )  # fmt: skip


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _set_out(network, first, bound, visits, begin, until, taken, office_of, keys):
    """Let citizens set out to their offices, some of them by appointment; keys, taken : as `_choose`."""
    competent, travel, clock, no_show_share = network.competent, network.travel, network.clock, network.no_show_share
    slot_ticks, slot_places, book_share = network.slot_ticks, network.slot_places, network.book_share
    some_slots = taken.shape[0] > 0
    for row in range(begin, until):
        if keys[row] < 0:
            continue
        code, origin, office = visits[row, CODE], natural(visits[row, ORIGIN]), office_of[row]
        field = field_of(code)
        usual = competent[unit_of(code), field]
        if office < 0:
            office_of[row], keys[row] = bound[row] if bound[row] >= 0 else usual, -1 - DEFERRED
            continue
        arrival = within_days(arrival_tick(visits[row, MEANT], travel[origin, office], travel[origin, usual]))
        if some_slots and slot_places[office, field] > 0 and code & 31 == 0 and books(visits[row, BOOKING], book_share[field]):
            ticks, opening = slot_ticks[office, field], clock[office, OPEN]
            free_one = free_slot(
                taken[office, field], slot_places[office, field], ticks, arrival, opening, clock[office, LUNCH_START],
                clock[office, LUNCH_END], clock[office, LAST_TICKET],
            )  # fmt: skip
            if free_one >= 0:
                taken[office, field, free_one] += 1
                arrival = opening + free_one * ticks
                visits[row, RANK] = min(visits[row, RANK], BOOKED)
                stays = stays_away(visits[row, BOOKING], no_show_share)
                visits[row, BOOKING] = -1  # has an appointment
                if stays:
                    keys[row] = -1 - NO_SHOW
                    continue
        keys[row] = (arrival << ROW_BITS) | (first + row)


@njit(cache=True, nogil=True, **BORROWED)
def _bits_of_buckets(offices, n):
    """Bits of the bucket of a citizen within an office: buckets are about one for each of n citizens."""
    bits = np.int64(3)
    while (offices << bits) < 2 * n and bits < 12:
        bits += 1
    return bits


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _deal(bits, day_open, office_of, keys, bucket_of, until):
    """Deal those who come into buckets of some minutes at their office; until : told how many each holds."""
    shift, last, first = SPAN_BITS - bits, (np.int64(1) << bits) - 1, day_open - HALF_HOUR
    for row in range(len(keys)):
        if keys[row] >= 0:
            bucket = natural(office_of[row] << bits) + min(max(((keys[row] >> ROW_BITS) - first) >> shift, 0), last)
            bucket_of[row] = bucket
            until[natural(bucket)] += 1


@njit(cache=True, nogil=True)
def _line_up(offices, bits, keys, n, bucket_of, until, start, order):
    """Write the keys of those who come by office and in order; start : (O + 1,) written with the slices of the offices.

    bucket_of, until : as dealt, which leaves little to sort. An office of which many share a bucket is sorted as a whole.
    """
    last = (np.int64(1) << bits) - 1
    place, crowd = np.int64(0), np.int64(0)
    for bucket in range(offices << bits):
        if bucket & last == 0:
            start[bucket >> bits] = place
        many = np.int64(until[bucket])
        crowd = max(crowd, many)
        place, until[bucket] = place + many, place
    start[offices] = place
    for row in range(n):
        if keys[row] >= 0:
            bucket = natural(bucket_of[row])
            order[natural(np.int64(until[bucket]))] = keys[row]
            until[bucket] += 1
    for office in range(offices):
        if crowd > CROWD and _is_crowded(until, office << bits, (office + 1) << bits, start[office]):
            sort_crowd(order[start[office] : start[office + 1]])
            continue
        for end in range(start[office] + 1, start[office + 1]):
            held, hole = order[end], end
            while hole > start[office] and order[hole - 1] > held:
                order[hole] = order[hole - 1]
                hole -= 1
            order[hole] = held


@njit(cache=True, nogil=True, **BORROWED)
def _is_crowded(until, first, last, place):
    """Tell whether many share one of the buckets first…last−1; until : ends of buckets; place : beginning of the first."""
    crowded = False
    for bucket in range(first, last):
        crowded |= until[bucket] - place > CROWD
        place = np.int64(until[bucket])
    return crowded


@njit(cache=True, nogil=True, **BORROWED)
def _set_aside(keys, n, order, place):
    """Line up behind the others who does not come, or not yet; return the end."""
    for row in range(n):
        if keys[row] < 0:
            order[place] = row
            place += 1
    return place


@njit(cache=True, nogil=True, **BORROWED)
def _take_places(by_row, order, first, until, n, by_office, tickets):
    """Set visits lined up at first…until−1 of n side by side, from the first place on; tickets : written with their keys."""
    for at in range(until - first):
        bring_near(by_row, natural(order[natural(min(first + at + AHEAD, n - 1))]))
        ticket = order[first + at]
        tickets[at] = ticket
        row, place = by_row[natural(ticket)], by_office[at]
        for column in range(HALL_COLUMNS):
            place[column] = row[column]


@njit(cache=True, nogil=True, **BORROWED)
def _tell_why(keys, tickets, first, until, done):
    """Write of those set aside, at places first…until−1, why they are."""
    for at in range(first, until):
        settle(done[at], -1 - keys[natural(tickets[at])], NOBODY, NOBODY, NOBODY, np.int64(0))


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _hand_in(handed, visits, keys, first, until, done):
    """Write by row how many dossiers are handed in, and days until they are scanned above; NOBODY where there are none."""
    for at in range(first, until):
        hands_in = done[at, D_OUTCOME] == SERVED and not fetches(visits[at, CODE])
        dossiers = (visits[at, MARKS] >> DOSSIERS_SHIFT) & DOSSIERS_MASK
        handed[natural(keys[at])] = dossiers | (done[at, D_SCANNED] << LATE_SHIFT) if hands_in else NOBODY


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _call_again(network, days, day, cells, bound, night, visits, keys, first, until, office_of, done):
    """Call back for another day who was not served and tries again; the night has room for all. cells, bound : by row."""
    return_share, visits_max = network.return_share, network.visits_max
    return_days_max, papers_days_max = network.return_days_max, network.papers_days_max
    papers_return_share, reopens = network.papers_return_share, days.reopens
    calls, follows, ends, spare = night.calls, night.call_follows, night.call_ends, night.call_spare
    for at in range(first, until):
        outcome = done[at, D_OUTCOME]
        if outcome == SERVED:
            continue
        row = natural(keys[at])
        code, office, days_max, late = visits[at, CODE], bound[row], return_days_max, np.int64(0)
        following, word = code, (visits[at, MARKS] >> RETURNS_SHIFT) & MASK_32
        if outcome == DEFERRED:
            late = reopens[day, office_of[row]] - 1
        elif outcome in (INCOMPLETE, TURNED_BACK):
            if not comes_back(number_of(code), visits_max, word, papers_return_share):
                continue
            following, office, days_max = next_visit_with_papers(code), NOBODY, papers_days_max
        else:
            if not comes_back(number_of(code), visits_max, word, return_share[field_of(code)]):
                continue
            following = next_visit(code)
        slot = (day + late + cell_delay(cells[row] & MASK, cells[row] >> SHIFT, code, days_max)) % RING
        place = next_row(follows, ends, spare, slot)
        calls[place, C_CODE], calls[place, C_OFFICE] = following, office


@njit(cache=True, nogil=True)
def _take_in(laws, papers, guide, day, measured, night, handed, office_of, n, codes, cells, certain, sums):
    """Take in the dossiers of those served: digitized, decided at once or filed; the night has room for all.

    handed : (n,) as `_hand_in`; certain : all are decided at once.
    """
    collect_until, post_until, days_max = papers.collect_until, papers.post_until, papers.collect_days_max
    same_day, lead_mu, lead_sigma, limit = papers.same_day, papers.lead_mu, papers.lead_sigma, papers.limit
    desk_of, work, archived, digitize = papers.desk_of, papers.work, papers.archived, laws.digitize
    files, follows, ends, spare = night.files, night.follows, night.ends, night.spare
    due_count, open_files = night.due_count, night.open_files
    rows, citizens, words = np.empty(BATCH, np.int64), np.empty((2, BATCH), np.uint64), np.empty((4, BATCH), np.uint64)
    cell, index, first = citizens[0], citizens[1], np.zeros(BATCH, np.uint64)
    begin = found = one = np.int64(0)
    while True:
        if one == found:
            found = one = np.int64(0)
            while begin < n and found < BATCH:
                rows[found], cell[found], index[found] = begin, cells[begin], index_of(codes[begin])
                found += handed[begin] != NOBODY
                begin += 1
            if found == 0:
                break
            if not certain:
                draw_words(cell, index, first, FATE, first, words, found)
        row = natural(rows[one])
        code = codes[row]
        field, office = field_of(code), natural(office_of[row])
        count, late = handed[row] & MASK_32, handed[row] >> LATE_SHIFT
        at_once = certain or (np.int64(words[0, one]) < same_day[field] and late == 0)
        if measured:
            sums[office, RECEIVED] += count
            sums[office, DIGITIZED] += (digitize[field] > 0) & (late == 0)
            if at_once:
                sums[office, COMPLETED] += count
                sums[office, ON_TIME] += count
                sums[office, ARCHIVED] += count * archived[field]
        if not at_once:
            word = np.int64(words[1, one])
            lead = guided_lead(guide, lead_mu, lead_sigma, field, word)
            ready = day + min(late, 7) + lead
            due = day + limit[field]
            channel, delay = np.int64(words[2, one]), np.int64(words[3, one])
            fate = result_fate(collect_until[field], post_until[field], days_max, channel, delay)
            slot = ready % RING
            place = next_row(follows, ends, spare, slot)
            file_away(
                files, place, fate, code, desk_of[unit_of(code), field], due, office, count, count * work[field], archived[field]
            )
            open_files[office] += count
            due_count[due % RING, office] += count
        one += 1


@njit(cache=True, nogil=True)
def _take_in_from_afar(network, laws, days, papers, guide, day, played, measured, key, night, remote, keys, sums):
    """Take in the dossiers that come online or by post; who cannot send them comes. Returns the night, grown if need be.

    remote, keys : (U, F) how many, and cell keys of the day.
    """
    competent, unit_hash, field_hash = network.competent, laws.unit_hash, laws.field_hash
    collect_until, post_until, days_max = papers.collect_until, papers.post_until, papers.collect_days_max
    postal_share, postal_days, portal_share = papers.postal_share, papers.postal_days, papers.portal_share
    lead_mu, lead_sigma, limit = papers.lead_mu, papers.lead_sigma, papers.limit
    desk_of, work, online_work, archived = papers.desk_of, papers.work, papers.online_work, papers.archived
    return_days_max, ordinal = network.return_days_max, laws.days[day]
    units, fields = competent.shape
    n = remote.sum()
    night = roomy(night, n, n)
    calls, call_ends = night.calls, night.call_ends
    files, follows, ends, spare = night.files, night.follows, night.ends, night.spare
    due_count, open_files = night.due_count, night.open_files
    stops_from, stops_to = np.empty(8, np.int64), np.empty(8, np.int64)
    stops = portal_stops(
        network.systems, papers.portal, network.day_open, network.day_close, days.outage, days.outage_start[day],
        days.outage_start[day + 1], key, ordinal, stops_from, stops_to,
    )  # fmt: skip
    codes, cells, words = np.empty(n, np.int64), np.empty(n, np.uint64), np.empty((4, n), np.uint64)
    n = 0
    for unit in range(units):
        for field in range(fields):
            for index in range(remote[unit, field]):
                codes[n] = code_of(unit, field, ordinal, REMOTE_INDEX + index, np.int64(0))
                cells[n] = keys[unit, field]
                n += 1
    draw_fates(codes, cells, n, FATE, words)
    for one in range(n):
        code = codes[one]
        unit, field = unit_of(code), field_of(code)
        office = competent[unit, field]
        posted = np.int64(words[0, one]) < postal_share[field]
        if stops > 0 and not posted and played:
            sent, coin, delay, _ = citizen_fate(key, unit_hash, field_hash, code, PORTAL)
            sent = sending_tick(sent)
            down = False
            for stop in range(stops):
                down = down or stops_from[stop] <= sent < stops_to[stop]
            if down and coin < portal_share:
                slot = (day + 1 + delay % return_days_max) % RING
                place = next_row(night.call_follows, call_ends, night.call_spare, slot)
                calls[place, C_CODE], calls[place, C_OFFICE] = code, NOBODY
                continue
        if measured:
            sums[office, RECEIVED] += 1
            sums[office, REMOTE] += 1
        received = day + postal_days if posted else day
        word = np.int64(words[1, one])
        lead = guided_lead(guide, lead_mu, lead_sigma, field, word)
        ready = received + lead
        due = received + limit[field]
        effort = work[field] if posted else work[field] + online_work
        channel, delay = np.int64(words[2, one]), np.int64(words[3, one])
        fate = result_fate(collect_until[field], post_until[field], days_max, channel, delay)
        slot = ready % RING
        place = next_row(follows, ends, spare, slot)
        file_away(files, place, fate, code, desk_of[unit, field], due, office, np.int64(1), effort, archived[field])
        open_files[office] += 1
        due_count[due % RING, office] += 1
    return night


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _hash(visits, keys, first, until, place, office_of, done):
    """Sum of the hashes of visits."""
    total = np.uint64(0)
    for at in range(first, until):
        office = place if place >= 0 else office_of[keys[at] & ROW_MASK]
        total += visit_hash(
            visits[at, CODE], office, done[at, D_OFFICER], done[at, D_START], done[at, D_END], done[at, D_OUTCOME]
        )
    return total


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _count(counted, units_from, visits, keys, first, until, place, office_of, done):
    """Count visits by office, and dossiers handed in by office and by unit; counted : (O + U, COUNTED_FIELDS + F) of the day."""
    for at in range(first, until):
        outcome, code = done[at, D_OUTCOME], visits[at, CODE]
        if outcome < NO_SHOW:
            office = natural(place if place >= 0 else office_of[keys[at] & ROW_MASK])
            counted[office, COUNTED_FETCHING if fetches(code) else COUNTED_VISITS] += 1
            if outcome == SERVED and not fetches(code):
                dossiers = (visits[at, MARKS] >> DOSSIERS_SHIFT) & DOSSIERS_MASK
                counted[office, COUNTED_FIELDS + field_of(code)] += dossiers
                counted[units_from + unit_of(code), COUNTED_FIELDS + field_of(code)] += dossiers


@njit(cache=True, nogil=True, **BORROWED)
def _write_records(records, begin, day, way_to, visits, keys, first, until, office_of, done):
    """Write records of visits at places first…until−1, in the order of codes; the day's stand from row `begin` on."""
    for at in range(first, until):
        row = natural(keys[at])
        record, office, marks = records[begin + row], office_of[row], visits[at, MARKS]
        record[R_CODE] = visits[at, CODE]
        record[R_OFFICE] = office
        record[R_OFFICER] = done[at, D_OFFICER]
        record[R_ARRIVAL] = keys[at] >> ROW_BITS
        record[R_START] = done[at, D_START]
        record[R_END] = done[at, D_END]
        record[R_OUTCOME] = done[at, D_OUTCOME]
        record[R_WAIT] = done[at, D_WAIT]
        record[R_TRAVEL] = way_to[office, visits[at, ORIGIN]]
        record[R_ORIGIN] = visits[at, ORIGIN]
        record[R_REUSED] = (marks & MARK_REUSED) != 0
        record[R_DAY] = day
        record[R_PAUSED] = done[at, D_PAUSED]
        record[R_SCANNED] = done[at, D_SCANNED]
        record[R_BOOKED] = (marks & MARK_BOOKED) != 0
        record[R_DOSSIERS] = (marks >> DOSSIERS_SHIFT) & DOSSIERS_MASK


@njit(cache=True, nogil=True, **BORROWED)
def _write_for_halls(records, begin, day, block, drawn, visits, keys, first, until, office_of, done):
    """Write what it takes to play visits at places first…until−1 again, from row `begin` on.

    drawn : by row of the day, as they were before they were played; visits : by place; block : days in all.
    """
    words = records.view(np.int32)
    served = words.shape[1] > W_OFFICER
    for at in range(first, until):
        row, place = natural(keys[at]), begin + at - first
        records[place, RECORDED_CODE] = visits[at, CODE]
        group = office_of[row] * block + day
        keep_visit(words[place], drawn[row], keys[at] >> ROW_BITS, group, done[at, D_OUTCOME], done[at, D_WAIT])
        if served:
            words[place, W_OFFICER], words[place, W_START] = done[at, D_OFFICER], done[at, D_START]
            words[place, W_END] = done[at, D_END]


@njit(cache=True, nogil=True)
def _lead_in(laws, competent, codes, cells, given, office_of, handed, n):
    """Take a day's visits as served where they belong: of a lead-in only the dossiers count. given : by hand, or no rows."""
    if len(given) == 0:
        draw_dossiers(laws, codes, cells, handed, n)
    for row in range(n):
        office_of[row] = competent[unit_of(codes[row]), field_of(codes[row])]
        if len(given) > 0:
            handed[row] = NOBODY if fetches(codes[row]) else given[row, DOSSIERS]


@njit(cache=True, nogil=True)
def _laid_out(room, size):
    """The arrays of a day of so many visits, side by side in one: drawn by row, by place, what becomes of each, (BY_VISIT, n)."""
    by_row, by_office = room[: size * HALL_COLUMNS], room[size * HALL_COLUMNS : 2 * size * HALL_COLUMNS]
    done = room[2 * size * HALL_COLUMNS : size * (2 * HALL_COLUMNS + DONE_WIDTH)]
    columns = room[size * (2 * HALL_COLUMNS + DONE_WIDTH) : size * DAY_WIDTH]
    return (
        by_row.reshape((size, HALL_COLUMNS)),
        by_office.reshape((size, HALL_COLUMNS)),
        done.reshape((size, DONE_WIDTH)),
        columns.reshape((BY_VISIT, size)),
    )


@njit(cache=True, nogil=True)
def play_block(
    network, laws, days, papers, seed, replication, carry, given, given_start, held, tables, trace, counted, records, room
):  # fmt: skip
    """Play the days of a block one after another.

    carry : what survived the night before; given, given_start : visits built by hand, (n, VISIT_COLUMNS) and (D + 1,),
    used instead of drawn ones when given_start has more than one entry; held : (D, O, WINDOWS) remembered waits to use
    as they are, or no rows; tables : added to; trace : (D, O, WINDOWS) remembered waits of each morning, written when it
    has rows; counted : (D, O + U, COUNTED_FIELDS + F) zeros, given each day's visits and dossiers when it has rows;
    records : (n, RECORD_COLUMNS) lent to keep records in, none to keep none, or narrower to keep what it takes to play
    visits again; room : int64 lent to stand in, DAY_WIDTH for each visit of a day; both grow where they are too small.
    Returns the hash sum over all days, the records and what survives the last night.
    """
    offices = network.offers.shape[0]
    units, fields = network.competent.shape
    block = len(days.weekday)
    key = run_key(seed, replication)
    counts, remote = np.zeros((units, fields), np.int64), np.zeros((units, fields), np.int64)
    keys_of_day = np.empty((units, fields), np.uint64)
    nobody = np.empty(0, np.int64)
    size = len(room) // DAY_WIDTH
    by_row, by_office, done, columns = _laid_out(room, size)
    visits = np.empty((PORTION, VISIT_COLUMNS), np.int64)
    start = np.zeros(offices + 2, np.int64)
    state, people = np.zeros((offices, STATE_WIDTH), np.int64), np.zeros((PEOPLE_WIDTH, len(network.moved)), np.int64)
    lines = np.empty((offices, LINES * fields, LINE_WIDTH), np.int64)
    in_line, stops_now = np.zeros((offices, LINES), np.uint64), np.zeros((offices, fields), np.int64)
    outage = np.zeros((offices, OUTAGES, 5), np.int64)
    changes = np.empty((2, len(network.change_tick)), np.int64)
    balk, pace = np.empty((2, fields), np.int64), np.ascontiguousarray(network.pace.T)
    quickest = quickest_places(network.crew_start, pace)
    for field in range(fields):
        balk[0, field] = network.balk_long[field]
        balk[1, field] = network.balk_very_long[field]
    way_to, near_to = np.ascontiguousarray(network.travel.T), np.ascontiguousarray(network.near.T)
    today = np.zeros((offices, HALF_HOURS, 2), np.int64)
    waits = np.zeros((offices, WINDOWS, 2), np.int64)
    remembered = carry.remembered.copy()
    ways, live = np.empty(len(network.reachable)), np.empty(len(network.reachable))
    race, batch = race_of(network.near_start, offices), empty_batch()
    burdens, pressing = np.empty((WINDOWS, offices)), np.empty(offices)
    some_choose = OWN_CHOICE or network.boundary_free.any()
    taken = np.empty((offices if network.slot_places.max() > 0 else 0, fields, SLOTS), np.int64)
    reserves, pools = len(network.reserve_pool), len(network.pool_look)
    reserve_at, reserve_free = np.empty(reserves, np.int64), np.empty(reserves, np.int64)
    shown = np.zeros(offices, np.int64)
    coupled = reserves > 0 or OWN_CHOICE or (some_choose and network.informed_until > network.stay_share)
    if some_choose:
        write_ways(network.near_start, network.reachable, network.appeal, ways)
    looks = np.empty(0, np.int64)
    pool_looks = np.int64(0)
    for row in range(pools):
        pool_looks += (network.pool_hours[row, 3] - network.pool_hours[row, 0]) // network.pool_look[row] + 1
    night = evening(carry, papers, key, laws.unit_hash, laws.field_hash, offices)
    guide = lead_guide(papers.lead_mu, papers.lead_sigma)
    scanners, certain = carry.scanners.copy(), network.scanners.max() == 0 and papers.same_day.min() >= CERTAIN
    keep, for_halls = len(records) > 0, records.shape[1] < RECORD_COLUMNS
    scratch = np.empty((2, 8), np.int64)
    recorded = np.int64(0)
    hash_sum = np.uint64(0)
    by_hand = len(given_start) > 1
    for day in range(block):
        played, weekday = day >= days.lead_in, days.weekday[day]
        measured = day >= days.lead_in + days.warmup
        if held.shape[0] > 0:
            copy_rows(remembered, held[day], offices)
        if trace.shape[0] > 0:
            copy_rows(trace[day], remembered, offices)
        returning, fixed = called_back(night, day % RING, units, fields)
        if not played:
            returning, fixed = nobody, nobody
        n = given_start[day + 1] - given_start[day] if by_hand else day_needs(key, laws, day, counts, remote, keys_of_day)
        n += 0 if by_hand else len(returning)
        if size < n + NEW_AT_ONCE:
            size = n + n // 2 + NEW_AT_ONCE
            by_row, by_office, done, columns = _laid_out(np.empty(size * DAY_WIDTH, np.int64), size)
        office_of, keys, order, follows, tickets = columns[0], columns[1], columns[2], columns[3], columns[4]
        place_of, codes, handed, bound, meant = columns[5], columns[6], columns[7], columns[8], columns[9]
        cells = columns[10].view(np.uint64)
        night = roomy(night, n, n)
        hand = given[given_start[day] : given_start[day] + n] if by_hand else given[:0]
        if by_hand:
            for row in range(n):
                codes[row], bound[row] = hand[row, CODE], hand[row, FIXED]
            write_cells(key, laws.unit_hash, laws.field_hash, codes, cells, n, batch)
        else:
            again = columns[2].view(np.uint64)
            write_cells(key, laws.unit_hash, laws.field_hash, returning, again, len(returning), batch)
            write_codes(laws, day, counts, keys_of_day, returning, fixed, again, codes, bound, cells)
        if not played:
            _lead_in(laws, network.competent, codes, cells, hand, office_of, handed, n)
        else:
            if coupled and len(looks) < n + pool_looks:
                looks = np.empty(n + n // 2 + pool_looks, np.int64)
            informed = np.int64(0)
            bits = _bits_of_buckets(offices, n)
            buckets = np.zeros((offices << bits) + 1, np.int32)
            _no_appointments(taken)
            if some_choose:
                write_burdens(remembered, network.wait_scale, burdens)
            for begin in range(0, n, PORTION):
                end = min(begin + PORTION, n)
                portion = visits
                if by_hand and taken.shape[0] == 0:
                    portion = hand[begin:end]
                elif by_hand:  # who books is written into
                    copy_rows(visits, hand[begin:end], end - begin)
                else:
                    write_visits(laws, laws.reuse_share[day], codes[begin:end], cells[begin:end], visits, 0, end - begin, batch)
                informed = _choose(
                    network, days.goes_to[day], begin, cells[begin:end], bound[begin:end], portion, end - begin, remembered,
                    burdens, ways, live, race, taken, looks, informed, meant, office_of[begin:end], keys[begin:end],
                )  # fmt: skip
                for row in range(begin, end):
                    enter(by_row[row], portion[row - begin])
                _deal(bits, network.day_open, office_of[begin:end], keys[begin:end], handed[begin:end], buckets)
            _line_up(offices, bits, keys, n, handed, buckets, start, order)
            start[offices + 1] = _set_aside(keys, n, order, start[offices])
            hall = Hall(
                state,
                people,
                lines,
                in_line,
                stops_now,
                outage,
                changes,
                network.skills,
                pace,
                quickest,
                network.competent,
                network.nominal,
                balk,
                by_office,
                tickets,
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
            open_offices(network, days, hall, key, day, laws.days[day], start, scratch)
            if coupled:
                _take_places(by_row, order, np.int64(0), n, n, by_office, tickets)
                _tell_why(keys, tickets, start[offices], n, done)
                for at in range(n):
                    place_of[natural(tickets[at])] = at
                count = all_looks(network, looks, informed)
                couple(
                    network,
                    hall,
                    meant,
                    days.goes_to[day],
                    cells,
                    office_of,
                    place_of,
                    looks,
                    count,
                    race,
                    reserve_at,
                    reserve_free,
                    shown,
                    live,
                    ways,
                    pressing,
                )
            if keep:
                records = _grown(records, recorded + n)
            for office in range(offices + 1):  # what is played is told of while it is near; last those set aside
                first, until, place = natural(start[office]), natural(start[office + 1]), np.int64(office)
                if not coupled:  # offices take turns in the same places, which stay near
                    _take_places(by_row, order, first, until, n, by_office, tickets)
                    first, until = natural(0), natural(until - first)
                    if office < offices:
                        state[office, S_ARRIVED], state[office, S_UNTIL] = first, until
                    else:
                        _tell_why(keys, tickets, first, until, done)
                if office < offices:
                    play_office(hall, place, NEVER)
                    if network.scanners[office] > 0:
                        desks = scanners[office, : network.scanners[office]]
                        _scan(
                            place, network.clock[office], desks, by_office, tickets, n if coupled else until, office_of, place_of,
                            order if coupled else follows, done, day,
                        )  # fmt: skip
                else:
                    place = NOBODY
                for begin in range(first, until, PORTION):
                    end = min(begin + PORTION, until)
                    if measured:
                        _account(
                            network, weekday, tables, today, way_to, near_to, by_office, tickets, begin, end, place, office_of,
                            done,
                        )  # fmt: skip
                    if counted.shape[0] > 0:
                        _count(counted[day], offices, by_office, tickets, begin, end, place, office_of, done)
                    _note_waits(waits, tickets, begin, end, place, office_of, done)
                    hash_sum += _hash(by_office, tickets, begin, end, place, office_of, done)
                    _hand_in(handed, by_office, tickets, begin, end, done)
                    _call_again(network, days, day, cells, bound, night, by_office, tickets, begin, end, office_of, done)
                if keep and for_halls:
                    begin = recorded + start[office]
                    _write_for_halls(records, begin, day, block, by_row, by_office, tickets, first, until, office_of, done)
                elif keep:
                    _write_records(records, recorded, day, way_to, by_office, tickets, first, until, office_of, done)
            recorded += n if keep else 0
            if measured:
                _account_day(network, weekday, tables, state, people, today)
            _remember(network.smoothing, remembered, waits, tables.office, measured)
        _take_in(laws, papers, guide, day, measured, night, handed, office_of, n, codes, cells, certain, tables.office)
        if laws.remote_micro.shape[0] > 0 and not by_hand:
            night = _take_in_from_afar(
                network, laws, days, papers, guide, day, played, measured, key, night, remote, keys_of_day, tables.office
            )
        night = _back_office(papers, day, measured, night, tables.office)
    left = _carried(block, remembered, night, scanners, network.scanners, network.clock, units, fields)
    return hash_sum, records[:recorded], left
