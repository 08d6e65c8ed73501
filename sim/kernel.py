"""The citizen's day compiled: the same process as `engine`, made to run fast.

Offices do not touch each other within a day (choice uses the waits of earlier days), so a day is played office by
office with its visits in order of (arrival, citizen). A function here is long where a loop must keep its state in
registers. Both engines agree to the bit; a rule lives in `rules`, never here.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .rules import (
    BALKED,
    HALF_HOUR,
    LAST_TICKET,
    LEFT,
    NEVER,
    OPEN,
    OVERTIME_END,
    SENT_AWAY,
    SERVED,
    TICKET_OPEN,
    arrival_tick,
    balks,
    best_office,
    comes_back,
    free_to_choose,
    inside_duty,
    overload,
    reluctance,
    remember,
    service_ticks,
    shown_wait,
    write_reluctances,
)
from .streams import (
    BALK,
    CODE,
    MEANT,
    ORIGIN,
    PATIENCE,
    RANK,
    RETURNS,
    REUSED,
    STAY,
    VISIT_COLUMNS,
    WORK,
    cell_words,
    day_counts,
    day_of,
    draw_day,
    field_of,
    index_of,
    return_delay,
    run_key,
    unit_of,
    visit_hash,
    visit_of,
)

# columns of the office table; all counts, or ticks summed
(
    TICKETS,
    SERVED_COUNT,
    LEFT_COUNT,
    BALKED_COUNT,
    SENT_AWAY_COUNT,
    WAIT_SERVED,
    WAIT_LOST,
    OVER_STANDARD,
    OVER_LONG,
    OVERLOAD,
    BUSY,
    OVERTIME,
    ROSTERED,
    TRAVEL,
    SERVICE,
    BOUNDARY_FREE,
    WITHIN_ACCESS,
    DIGITIZED,
    REUSED_COUNT,
    RETURNED,
    OVERLOADED_HALF_HOURS,
) = range(21)
OFFICE_WIDTH = 21
# columns of the unit table
UNIT_TICKETS, UNIT_SERVED, UNIT_WAIT_SERVED, UNIT_TRAVEL, UNIT_WAIT, UNIT_SERVICE, UNIT_WITHIN = range(7)
UNIT_WIDTH = 7
HALF_HOURS = 48
BIN = 15_000
BINS = 2401  #: of 15 s; the last holds all waits from ten hours up
NOBODY = np.int64(-1)

# columns of what became of a visit, written by the event loop
D_OUTCOME, D_OFFICER, D_START, D_END, D_WAIT = range(5)
DONE_WIDTH = 5
# columns of a record: one row a visit
R_CODE, R_OFFICE, R_OFFICER, R_ARRIVAL, R_START, R_END, R_OUTCOME, R_WAIT, R_TRAVEL, R_ORIGIN, R_REUSED, R_DAY = range(12)
RECORD_COLUMNS = 12


class Tables(NamedTuple):
    """Integer tables of one replication of one phase, added up day by day."""

    office: NDArray[np.int64]  #: (O, OFFICE_WIDTH)
    half_hour: NDArray[np.int64]  #: (O, 48, 3) tickets, overload ticks, days overloaded; by the half hour of the ticket
    wait_histogram: NDArray[np.int64]  #: (O, BINS) waits of served visits
    unit: NDArray[np.int64]  #: (U, UNIT_WIDTH)


class Desk(NamedTuple):
    """Scratch space of one office's day, reused from office to office. M = most officers, Q = 2 × fields."""

    end: NDArray[np.int64]  #: (M,) tick at which the officer is free, NEVER when free
    duty: NDArray[np.bool_]  #: (M,)
    head: NDArray[np.int64]  #: (Q,) first ticket of a line (rank × fields + field), -1 none
    tail: NDArray[np.int64]  #: (Q,)


@njit(cache=True, nogil=True)
def _settle(done, outcome, officer, start, end, wait):
    done[D_OUTCOME] = outcome
    done[D_OFFICER] = officer
    done[D_START] = start
    done[D_END] = end
    done[D_WAIT] = wait


@njit(cache=True, nogil=True)
def play_office(network, desk, visits, order, arrivals, next_ticket, done, office, weekday, moved_pace):
    """Play one office for one day; write what becomes of each visit.

    visits : rows of the day; order : (n,) those of this office by (arrival, code); arrivals : (n,) ticks;
    next_ticket : (n,) scratch; done : (rows of visits, DONE_WIDTH) written.
    """
    n = len(order)
    fields = network.offers.shape[1]
    first = network.crew_start[office]
    skills, paces, moved, nominal = network.skills, network.pace, network.moved, network.nominal
    change_tick, change_officer = network.change_tick, network.change_officer
    balk_long, balk_very_long = network.balk_long, network.balk_very_long
    free_at, duty, head, tail = desk.end, desk.duty, desk.head, desk.tail
    crew = network.crew_start[office + 1] - first
    ticket_open = network.clock[office, TICKET_OPEN]
    opening = network.clock[office, OPEN]
    last_ticket = network.clock[office, LAST_TICKET]
    closing = network.clock[office, OVERTIME_END]
    counted_from = max(ticket_open, opening)
    change = network.change_start[weekday, office]
    changes = network.change_start[weekday, office + 1]
    for officer in range(crew):
        free_at[officer] = NEVER
        duty[officer] = False
    for line in range(2 * fields):
        head[line] = -1
        tail[line] = -1
    waiting_0 = np.uint64(0)
    waiting_1 = np.uint64(0)
    queued_work = 0
    on_duty = 0
    next_end = NEVER
    next_change = change_tick[change] if change < changes else NEVER
    arrived = 0
    closed = False
    while True:
        next_arrival = arrivals[arrived] if arrived < n else NEVER
        now = min(next_end, next_change, next_arrival)
        if not closed and closing < now:
            now = closing
        if now >= NEVER:
            break
        if next_end == now:
            next_end = NEVER
            for officer in range(crew):
                if free_at[officer] == now:
                    free_at[officer] = NEVER
                elif free_at[officer] < next_end:
                    next_end = free_at[officer]
        elif next_change == now:
            while change < changes and change_tick[change] == now:
                comes = (change_officer[change] & 1) == 1
                duty[change_officer[change] >> 1] = comes
                on_duty += 1 if comes else -1
                change += 1
            next_change = change_tick[change] if change < changes else NEVER
        elif not closed and closing == now:
            closed = True
            for line in range(2 * fields):
                place = head[line]
                while place >= 0:
                    came = max(arrivals[place], counted_from)
                    gone = came + visits[order[place], PATIENCE]
                    end = min(gone, closing)
                    outcome = LEFT if gone < closing else SENT_AWAY
                    _settle(done[order[place]], outcome, NOBODY, NOBODY, end, end - came)
                    place = next_ticket[place]
                head[line] = -1
                tail[line] = -1
            waiting_0 = np.uint64(0)
            waiting_1 = np.uint64(0)
            queued_work = 0
        else:
            while arrived < n and arrivals[arrived] == now:
                place = arrived
                arrived += 1
                row = order[place]
                field = field_of(visits[row, CODE])
                if now > last_ticket:
                    _settle(done[row], SENT_AWAY, NOBODY, NOBODY, now, np.int64(0))
                    continue
                officers = on_duty
                until_next = np.int64(0)
                if on_duty == 0:
                    until_next = max(next_change if change < changes else closing, opening) - max(now, opening)
                    for later in range(change, changes):
                        if change_tick[later] != next_change:
                            break
                        officers += change_officer[later] & 1
                shown = shown_wait(queued_work, officers, until_next)
                word = visits[row, BALK]
                if balks(shown, network.long_wait, network.very_long_wait, balk_long[field], balk_very_long[field], word):
                    _settle(done[row], BALKED, NOBODY, NOBODY, now, np.int64(0))
                    continue
                queued_work += nominal[field]
                rank = visits[row, RANK]
                line = rank * fields + field
                next_ticket[place] = -1
                if tail[line] >= 0:
                    next_ticket[tail[line]] = place
                else:
                    head[line] = place
                    if rank == 0:
                        waiting_0 |= np.uint64(1) << np.uint64(field)
                    else:
                        waiting_1 |= np.uint64(1) << np.uint64(field)
                tail[line] = place
        # one pass matches idle officers to waiting citizens
        while (waiting_0 | waiting_1) != np.uint64(0):
            able = np.uint64(0)
            for officer in range(crew):
                if duty[officer] and free_at[officer] == NEVER:
                    able |= skills[first + officer]
            chosen = np.int64(-1)
            for rank in range(2):
                lines = able & (waiting_0 if rank == 0 else waiting_1)
                field = 0
                while lines != np.uint64(0):
                    if (lines & np.uint64(1)) != np.uint64(0):
                        line = rank * fields + field
                        place = head[line]
                        while place >= 0:
                            came = max(arrivals[place], counted_from)
                            patience = visits[order[place], PATIENCE]
                            if came + patience >= now:
                                break
                            queued_work -= nominal[field]
                            _settle(done[order[place]], LEFT, NOBODY, NOBODY, came + patience, patience)
                            place = next_ticket[place]
                        head[line] = place
                        if place < 0:
                            tail[line] = -1
                            if rank == 0:
                                waiting_0 &= ~(np.uint64(1) << np.uint64(field))
                            else:
                                waiting_1 &= ~(np.uint64(1) << np.uint64(field))
                        elif chosen < 0 or place < chosen:
                            chosen = place
                    lines >>= np.uint64(1)
                    field += 1
                if chosen >= 0:
                    break
            if chosen < 0:
                break
            row = order[chosen]
            field = field_of(visits[row, CODE])
            rank = visits[row, RANK]
            bit = np.uint64(1) << np.uint64(field)
            best = np.int64(-1)
            best_pace = NEVER
            for officer in range(crew):
                if duty[officer] and free_at[officer] == NEVER and (skills[first + officer] & bit) != np.uint64(0):
                    pace = paces[first + officer, field]
                    if pace < best_pace:
                        best, best_pace = np.int64(officer), pace
            line = rank * fields + field
            head[line] = next_ticket[chosen]
            if head[line] < 0:
                tail[line] = -1
                if rank == 0:
                    waiting_0 &= ~bit
                else:
                    waiting_1 &= ~bit
            queued_work -= nominal[field]
            end = now + service_ticks(visits[row, WORK], best_pace, moved_pace if moved[first + best] == 1 else 1000)
            free_at[best] = end
            next_end = min(next_end, end)
            _settle(done[row], SERVED, best, now, end, now - max(arrivals[chosen], counted_from))


@njit(cache=True, nogil=True)
def _account(network, laws, tables, today, visits, office_of, arrival_of, done, n, weekday):
    """Add a measured day to the tables; today : (O, 48, 2) zeros, left as zeros. The twin of `tables.tally`."""
    travel, near, competent, clock, crew_start = (
        network.travel,
        network.near,
        network.competent,
        network.clock,
        network.crew_start,
    )
    stretch_start, stretch_on, stretch_off = network.stretch_start, network.stretch_on, network.stretch_off
    office_table, unit_table, histogram, half_hours = tables.office, tables.unit, tables.wait_histogram, tables.half_hour
    digitize = laws.digitize
    for row in range(n):
        code, origin = visits[row, CODE], visits[row, ORIGIN]
        unit, field, office = unit_of(code), field_of(code), office_of[row]
        outcome, wait = done[row, D_OUTCOME], done[row, D_WAIT]
        beyond = overload(outcome, wait, visit_of(code), network.standard, network.lost_charge)
        sums = office_table[office]
        people = unit_table[unit]
        sums[TICKETS] += 1
        sums[SERVED_COUNT + outcome] += 1
        sums[OVER_STANDARD] += wait > network.standard
        sums[OVER_LONG] += wait > network.long_standard
        sums[OVERLOAD] += beyond
        sums[TRAVEL] += travel[origin, office]
        sums[BOUNDARY_FREE] += office != competent[unit, field]
        sums[WITHIN_ACCESS] += near[origin, office]
        sums[RETURNED] += visit_of(code) > 0
        people[UNIT_TICKETS] += 1
        people[UNIT_TRAVEL] += travel[origin, office]
        people[UNIT_WAIT] += wait
        people[UNIT_WITHIN] += near[origin, office]
        half = min(max(arrival_of[row], clock[office, TICKET_OPEN]) // HALF_HOUR, HALF_HOURS - 1)
        today[office, half, 0] += 1
        today[office, half, 1] += beyond
        if outcome != SERVED:
            sums[WAIT_LOST] += wait
            continue
        start, end = done[row, D_START], done[row, D_END]
        officer = crew_start[office] + done[row, D_OFFICER]
        stretch, until = stretch_start[weekday, officer], stretch_start[weekday, officer + 1]
        inside = inside_duty(stretch_on, stretch_off, stretch, until, start, end)
        sums[WAIT_SERVED] += wait
        sums[BUSY] += inside
        sums[OVERTIME] += end - start - inside
        sums[SERVICE] += end - start
        sums[DIGITIZED] += digitize[field] > 0
        sums[REUSED_COUNT] += visits[row, REUSED]
        histogram[office, min(wait // BIN, BINS - 1)] += 1
        people[UNIT_SERVED] += 1
        people[UNIT_WAIT_SERVED] += wait
        people[UNIT_SERVICE] += end - start
    for office in range(today.shape[0]):
        for half in range(HALF_HOURS):
            tickets = today[office, half, 0]
            if tickets > 0:
                overloaded = today[office, half, 1] > network.half_hour_limit * tickets
                half_hours[office, half, 0] += tickets
                half_hours[office, half, 1] += today[office, half, 1]
                half_hours[office, half, 2] += overloaded
                office_table[office, OVERLOADED_HALF_HOURS] += overloaded
                today[office, half, 0] = 0
                today[office, half, 1] = 0
        begin = stretch_start[weekday, crew_start[office]]
        until = stretch_start[weekday, crew_start[office + 1]]
        for stretch in range(begin, until):
            office_table[office, ROSTERED] += stretch_off[stretch] - stretch_on[stretch]


@njit(cache=True, nogil=True)
def _remember(network, remembered, waits, office_of, done, n):
    """Update remembered waits after a day; waits : (O, 2) scratch."""
    for office in range(len(remembered)):
        waits[office, 0] = 0
        waits[office, 1] = 0
    for row in range(n):
        waits[office_of[row], 0] += done[row, D_WAIT]
        waits[office_of[row], 1] += 1
    for office in range(len(remembered)):
        remembered[office] = remember(remembered[office], waits[office, 0], waits[office, 1], network.smoothing)


@njit(cache=True, nogil=True)
def _grown(array, rows):
    """Return the array, or one of at least `rows` rows with the same beginning."""
    if array.shape[0] >= rows:
        return array
    bigger = np.empty((max(rows, 2 * array.shape[0]), array.shape[1]), array.dtype)
    for row in range(array.shape[0]):
        for column in range(array.shape[1]):
            bigger[row, column] = array[row, column]
    return bigger


@njit(cache=True, nogil=True)
def play_block(network, laws, seed, replication, weekdays, moved_paces, warmup, given, given_start, held, tables, trace, keep):
    """Play the days of a block one after another.

    weekdays : (D,) 0 = Monday; moved_paces : (D,) per mille; warmup : days not measured; given, given_start : visits
    built by hand, (n, VISIT_COLUMNS) and (D + 1,), used instead of drawn ones when given_start has more than one entry;
    held : (D, O) remembered waits to use as they are, or no rows; tables : added to; trace : (D, O) remembered waits
    of each morning, written when it has rows. Returns the hash sum over all days and the records (none unless kept).
    """
    offices = network.offers.shape[0]
    units, fields = network.competent.shape
    days = len(weekdays)
    key = run_key(seed, replication)
    counts = np.zeros((units, fields), np.int64)
    visits = np.empty((0, VISIT_COLUMNS), np.int64)
    done = np.empty((0, DONE_WIDTH), np.int64)
    office_of = np.empty(0, np.int64)
    arrival_of = np.empty(0, np.int64)
    keys = np.empty(0, np.int64)
    order = np.empty(0, np.int64)
    arrivals = np.empty(0, np.int64)
    next_ticket = np.empty(0, np.int64)
    start = np.zeros(offices + 2, np.int64)
    most = 1
    for office in range(offices):
        most = max(most, network.crew_start[office + 1] - network.crew_start[office])
    desk = Desk(
        np.empty(most, np.int64), np.empty(most, np.bool_), np.empty(2 * fields, np.int64), np.empty(2 * fields, np.int64)
    )
    today = np.zeros((offices, HALF_HOURS, 2), np.int64)
    waits = np.zeros((offices, 2), np.int64)
    remembered = np.empty(offices, np.int64)
    for office in range(offices):
        remembered[office] = network.remembered_start
    near_start, reachable, offers, office_hash = network.near_start, network.reachable, network.offers, network.office_hash
    competent, boundary_free, appeal, travel = network.competent, network.boundary_free, network.appeal, network.travel
    unit_hash, field_hash, return_share = laws.unit_hash, laws.field_hash, network.return_share
    reluctances = np.empty(len(reachable))
    lags = network.return_days_max + 1
    pool = np.empty((256, lags), np.int64)
    pooled = np.zeros(lags, np.int64)
    records = np.empty((0, RECORD_COLUMNS), np.int64)
    recorded = 0
    hash_sum = np.uint64(0)
    by_hand = len(given_start) > 1
    for day in range(days):
        weekday = weekdays[day]
        for office in range(offices):
            if held.shape[0] > 0:
                remembered[office] = held[day, office]
            if trace.shape[0] > 0:
                trace[day, office] = remembered[office]
        write_reluctances(network, remembered, reluctances)
        slot = day % lags
        returning = np.empty(pooled[slot], np.int64)
        for row in range(pooled[slot]):
            returning[row] = pool[row, slot]
        returning.sort()
        pooled[slot] = 0
        n = given_start[day + 1] - given_start[day] if by_hand else day_counts(key, laws, day, counts) + len(returning)
        if visits.shape[0] < n:
            rows = n + n // 2
            visits = np.empty((rows, VISIT_COLUMNS), np.int64)
            done = np.empty((rows, DONE_WIDTH), np.int64)
            office_of = np.empty(rows, np.int64)
            arrival_of = np.empty(rows, np.int64)
            keys = np.empty(rows, np.int64)
            order = np.empty(rows, np.int64)
            arrivals = np.empty(rows, np.int64)
            next_ticket = np.empty(rows, np.int64)
        if by_hand:
            for row in range(n):
                for column in range(VISIT_COLUMNS):
                    visits[row, column] = given[given_start[day] + row, column]
        else:
            draw_day(key, laws, day, counts, returning, visits)
        for office in range(offices + 2):
            start[office] = 0
        for row in range(n):
            code, origin = visits[row, CODE], visits[row, ORIGIN]
            unit, field = unit_of(code), field_of(code)
            office = competent[unit, field]
            if free_to_choose(boundary_free[field], visits[row, STAY], network.stay_share):
                k0, k1, _, _ = cell_words(key, day_of(code), unit_hash[unit], field_hash[field])
                hindrance = reluctance(appeal[origin, office], remembered[office], network.wait_scale)
                index = index_of(code)
                office = best_office(
                    near_start, reachable, offers, office_hash, reluctances, k0, k1, index, field, origin, office, hindrance
                )
            office_of[row] = office
            usual_way = travel[origin, competent[unit, field]]
            arrival_of[row] = arrival_tick(visits[row, MEANT], travel[origin, office], usual_way)
            start[office + 2] += 1
        for office in range(offices):
            start[office + 2] += start[office + 1]
        for row in range(n):
            office = office_of[row]
            keys[start[office + 1]] = (arrival_of[row] << 32) | row
            start[office + 1] += 1
        for office in range(offices):
            begin, until = start[office], start[office + 1]
            if begin == until:
                continue
            keys[begin:until].sort()
            for place in range(begin, until):
                order[place] = keys[place] & 0xFFFFFFFF
                arrivals[place] = keys[place] >> 32
            play_office(
                network,
                desk,
                visits,
                order[begin:until],
                arrivals[begin:until],
                next_ticket[begin:until],
                done,
                office,
                weekday,
                moved_paces[day],
            )
        if day >= warmup:
            _account(network, laws, tables, today, visits, office_of, arrival_of, done, n, weekday)
        _remember(network, remembered, waits, office_of, done, n)
        if keep:
            records = _grown(records, recorded + n)
        for row in range(n):
            code = visits[row, CODE]
            result = done[row]
            hash_sum += visit_hash(code, office_of[row], result[D_OFFICER], result[D_START], result[D_END], result[D_OUTCOME])
            field = field_of(code)
            lost = result[D_OUTCOME] != SERVED
            if lost and comes_back(visit_of(code), network.visits_max, visits[row, RETURNS], return_share[field]):
                delay = return_delay(key, laws, code, network.return_days_max)
                due = (day + delay) % lags
                pool = _grown(pool, pooled[due] + 1)
                pool[pooled[due], due] = code + 1
                pooled[due] += 1
            if keep:
                record = records[recorded + row]
                record[R_CODE] = code
                record[R_OFFICE] = office_of[row]
                record[R_OFFICER] = result[D_OFFICER]
                record[R_ARRIVAL] = arrival_of[row]
                record[R_START] = result[D_START]
                record[R_END] = result[D_END]
                record[R_OUTCOME] = result[D_OUTCOME]
                record[R_WAIT] = result[D_WAIT]
                record[R_TRAVEL] = travel[visits[row, ORIGIN], office_of[row]]
                record[R_ORIGIN] = visits[row, ORIGIN]
                record[R_REUSED] = visits[row, REUSED]
                record[R_DAY] = day
        recorded += n
    return hash_sum, records[: recorded if keep else 0]
