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
    LINE_WIDTH,
    LINES,
    NOBODY,
    P_ABSENT,
    PEOPLE_WIDTH,
    S_SENT,
    S_STAYS,
    STATE_WIDTH,
    Hall,
    couple,
    least_paces,
    open_offices,
    play_office,
    settle,
)
from .night import (
    P_CODE,
    P_NEXT,
    P_OFFICE,
    _back_office,
    _call_back,
    _carried,
    _file,
    _grown,
    _release,
    _scan,
    copy_row,
    copy_rows,
)
from .rules import (
    BOOKED,
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
    BOOKING,
    CODE,
    DOSSIERS,
    FATE,
    FIXED,
    MEANT,
    ORIGIN,
    PORTAL,
    RANK,
    REMOTE_INDEX,
    RETURNS,
    REUSED,
    STAY,
    VISIT_COLUMNS,
    cell_words,
    citizen_fate,
    code_of,
    day_counts,
    day_of,
    draw_day,
    fetches,
    field_of,
    index_of,
    lead_days,
    number_of,
    return_delay,
    run_key,
    unit_of,
    visit_hash,
)


@njit(cache=True, nogil=True)
def _account(network, digitize, weekday, tables, state, present, today, visits, office_of, arrival_of, done, n):
    """Add a measured day to the tables; today : (O, 48, 2) zeros, left as zeros. The twin of `tables.tally`."""
    travel, near, competent, clock, crew_start, own_crew = (
        network.travel,
        network.near,
        network.competent,
        network.clock,
        network.crew_start,
        network.own_crew,
    )
    stretch_start, stretch_on, stretch_off = network.stretch_start, network.stretch_on, network.stretch_off
    office_table, unit_table, histogram, half_hours = tables.office, tables.unit, tables.wait_histogram, tables.half_hour
    standard, long_standard, lost_charge = network.standard, network.long_standard, network.lost_charge
    for row in range(n):
        code, origin = visits[row, CODE], visits[row, ORIGIN]
        unit, field, office = unit_of(code), field_of(code), office_of[row]
        outcome, wait = done[row, D_OUTCOME], done[row, D_WAIT]
        sums = office_table[office]
        sums[SERVED_COUNT + outcome] += 1
        if outcome >= NO_SHOW:
            continue
        beyond = overload(outcome, wait, number_of(code), standard, lost_charge)
        people = unit_table[unit]
        sums[TICKETS] += 1
        sums[OVER_STANDARD] += wait > standard
        sums[OVER_LONG] += wait > long_standard
        sums[OVERLOAD] += beyond
        sums[TRAVEL] += travel[origin, office]
        sums[BOUNDARY_FREE] += office != competent[unit, field]
        sums[WITHIN_ACCESS] += near[origin, office]
        sums[RETURNED] += number_of(code) > 0 and not fetches(code)
        sums[BOOKED_COUNT] += visits[row, BOOKING] < 0
        sums[FETCHED] += fetches(code)
        people[UNIT_TICKETS] += 1
        people[UNIT_TRAVEL] += travel[origin, office]
        people[UNIT_WAIT] += wait
        people[UNIT_WITHIN] += near[origin, office]
        half = min(max(arrival_of[row], clock[office, TICKET_OPEN]) // HALF_HOUR, HALF_HOURS - 1)
        today[office, half, 0] += 1
        today[office, half, 1] += beyond
        if not is_called(outcome):
            sums[WAIT_LOST] += wait
            continue
        start, end = done[row, D_START], done[row, D_END]
        inside = end - start
        if done[row, D_OFFICER] < own_crew[office]:
            officer = crew_start[office] + done[row, D_OFFICER]
            stretch, until = stretch_start[weekday, officer], stretch_start[weekday, officer + 1]
            inside = inside_duty(stretch_on, stretch_off, stretch, until, start, end)
        sums[WAIT_CALLED] += wait
        sums[BUSY] += inside
        sums[OVERTIME] += end - start - inside
        sums[SERVICE] += end - start
        sums[STOPPED] += done[row, D_PAUSED]
        histogram[office, min(wait // BIN, BINS - 1)] += 1
        people[UNIT_CALLED] += 1
        people[UNIT_WAIT_CALLED] += wait
        people[UNIT_SERVICE] += end - start
        if outcome == SERVED and not fetches(code):
            sums[FINISHED] += 1
            people[UNIT_FINISHED] += 1
            sums[DIGITIZED] += digitize[field] > 0 and done[row, D_SCANNED] == 0
            sums[REUSED_COUNT] += visits[row, REUSED]
    for office in range(today.shape[0]):
        sums = office_table[office]
        for half in range(HALF_HOURS):
            tickets = today[office, half, 0]
            if tickets > 0:
                overloaded = today[office, half, 1] > network.half_hour_limit * tickets
                half_hours[office, half, 0] += tickets
                half_hours[office, half, 1] += today[office, half, 1]
                half_hours[office, half, 2] += overloaded
                sums[OVERLOADED_HALF_HOURS] += overloaded
                today[office, half, 0] = 0
                today[office, half, 1] = 0
        for officer in range(crew_start[office], crew_start[office] + own_crew[office]):
            for stretch in range(stretch_start[weekday, officer], stretch_start[weekday, officer + 1]):
                sums[ABSENT if present[P_ABSENT, officer] == 1 else ROSTERED] += stretch_off[stretch] - stretch_on[stretch]
        sums[ROSTERED] += state[office, S_STAYS]
        sums[HELP] += state[office, S_STAYS]
        sums[SENT] += state[office, S_SENT]


@njit(cache=True, nogil=True)
def _remember(smoothing, remembered, waits, office_of, arrival_of, done, n, sums, measured):
    """Update remembered waits after a day; waits : (O, WINDOWS, 2) scratch; sums : office table, given their change."""
    for office in range(remembered.shape[0]):
        for window in range(WINDOWS):
            waits[office, window, 0] = 0
            waits[office, window, 1] = 0
    for row in range(n):
        if done[row, D_OUTCOME] < TURNED_BACK:
            window = hour_window(arrival_of[row])
            waits[office_of[row], window, 0] += done[row, D_WAIT]
            waits[office_of[row], window, 1] += 1
    for office in range(remembered.shape[0]):
        for window in range(WINDOWS):
            before = remembered[office, window]
            after = remember(before, waits[office, window, 0], waits[office, window, 1], smoothing)
            remembered[office, window] = after
            if measured:
                sums[office, CHANGE] += abs(after - before)


@njit(cache=True, nogil=True)
def play_block(network, laws, days, papers, seed, replication, carry, given, given_start, held, tables, trace, keep):
    """Play the days of a block one after another.

    carry : what survived the night before; given, given_start : visits built by hand, (n, VISIT_COLUMNS) and (D + 1,),
    used instead of drawn ones when given_start has more than one entry; held : (D, O, WINDOWS) remembered waits to use
    as they are, or no rows; tables : added to; trace : (D, O, WINDOWS) remembered waits of each morning, written when it
    has rows. Returns the hash sum over all days, the records (none unless kept) and what survives the last night.
    """
    offices = network.offers.shape[0]
    units, fields = network.competent.shape
    block = len(days.weekday)
    key = run_key(seed, replication)
    counts, remote = np.zeros((units, fields), np.int64), np.zeros((units, fields), np.int64)
    visits = np.empty((0, VISIT_COLUMNS), np.int64)
    done = np.empty((0, DONE_WIDTH), np.int64)
    office_of = np.empty(0, np.int64)
    arrival_of = np.empty(0, np.int64)
    keys = np.empty(0, np.int64)
    order = np.empty(0, np.int64)
    next_row = np.empty(0, np.int64)
    start = np.zeros(offices + 2, np.int64)
    places = len(network.moved)
    state, people = np.zeros((offices, STATE_WIDTH), np.int64), np.zeros((PEOPLE_WIDTH, places), np.int64)
    lines = np.empty((offices, LINES * fields, LINE_WIDTH), np.int64)
    in_line, stops_now = np.zeros((offices, LINES), np.uint64), np.zeros((offices, fields), np.int64)
    outage = np.zeros((offices, OUTAGES, 5), np.int64)
    changes = np.empty((2, len(network.change_tick)), np.int64)
    balk, least_pace = np.empty((2, fields), np.int64), least_paces(network.crew_start, network.pace)
    for field in range(fields):
        balk[0, field] = network.balk_long[field]
        balk[1, field] = network.balk_very_long[field]
    today = np.zeros((offices, HALF_HOURS, 2), np.int64)
    waits = np.zeros((offices, WINDOWS, 2), np.int64)
    remembered = carry.remembered.copy()
    near_start, reachable, offers, office_hash = network.near_start, network.reachable, network.offers, network.office_hash
    competent, boundary_free, appeal, travel = network.competent, network.boundary_free, network.appeal, network.travel
    unit_hash, field_hash, return_share = laws.unit_hash, laws.field_hash, network.return_share
    slot_ticks, slot_places, book_share, clock = network.slot_ticks, network.slot_places, network.book_share, network.clock
    goes_to, reopens, wait_scale = days.goes_to, days.reopens, network.wait_scale
    informed_until, stay_share, visits_max = network.informed_until, network.stay_share, network.visits_max
    return_days_max, papers_days_max = network.return_days_max, network.papers_days_max
    reluctances = np.empty((WINDOWS, len(reachable)))
    live = np.empty(len(reachable))
    some_choice = boundary_free.any()
    some_slots = slot_places.max() > 0
    some_desk = network.scanners.max() > 0
    reserves, pools = len(network.reserve_pool), len(network.pool_look)
    reserve_at, reserve_free = np.empty(reserves, np.int64), np.empty(reserves, np.int64)
    shown = np.zeros(offices, np.int64)
    coupled = reserves > 0 or (some_choice and informed_until > stay_share)
    looks = np.empty(0, np.int64)
    pool_looks = np.int64(0)
    for row in range(pools):
        pool_looks += (network.pool_hours[row, 3] - network.pool_hours[row, 0]) // network.pool_look[row] + 1
    pool, pool_heads, pool_tails = np.empty((256, 3), np.int64), np.full(RING, -1), np.full(RING, -1)
    pool_spare = np.array([-1, 0])
    for row in range(len(carry.visits)):
        slot = carry.visits[row, 0] % RING
        pool = _call_back(pool, pool_heads, pool_tails, pool_spare, slot, carry.visits[row, 1], carry.visits[row, 2])
    files, file_heads, file_tails = np.empty((256, 8), np.int64), np.full(RING, -1), np.full(RING, -1)
    file_spare = np.array([-1, 0])
    backlog = np.empty((64, 8), np.int64)
    waiting = np.int64(0)
    due_count = np.zeros((RING, offices), np.int64)
    overdue, open_files = np.zeros(offices, np.int64), np.zeros(offices, np.int64)
    for row in range(len(carry.files)):
        kept = carry.files[row]
        ahead, code, desk, due, office, count, work, archived = (
            kept[0], kept[1], kept[2], kept[3], kept[4], kept[5], kept[6], kept[7],
        )  # fmt: skip
        if ahead < 0:
            backlog = _grown(backlog, waiting + 1)
            copy_row(backlog[waiting], kept)
            waiting += 1
        else:
            files = _file(files, file_heads, file_tails, file_spare, ahead, code, desk, due, office, count, work, archived)
        open_files[office] += count
        if due < 0:
            overdue[office] += count
        else:
            due_count[due % RING, office] += count
    spent = carry.spent.copy()
    scanners = carry.scanners.copy()
    stops_from, stops_to = np.empty(8, np.int64), np.empty(8, np.int64)
    records = np.empty((0, RECORD_COLUMNS), np.int64)
    recorded = 0
    hash_sum = np.uint64(0)
    by_hand = len(given_start) > 1
    for day in range(block):
        played = day >= days.lead_in
        measured = day >= days.lead_in + days.warmup
        ordinal = laws.days[day]
        if held.shape[0] > 0:
            copy_rows(remembered, held[day], offices)
        if trace.shape[0] > 0:
            copy_rows(trace[day], remembered, offices)
        slot = day % RING
        back = 0
        place = pool_heads[slot] if played else -1
        while place >= 0:
            back += 1
            place = pool[place, P_NEXT]
        returning, fixed = np.empty(back, np.int64), np.empty(back, np.int64)
        place = pool_heads[slot] if played else -1
        back = 0
        while place >= 0:
            returning[back], fixed[back] = pool[place, P_CODE], pool[place, P_OFFICE]
            back += 1
            place = pool[place, P_NEXT]
        if back > 0:
            by_code = np.argsort(returning)
            returning, fixed = returning[by_code], fixed[by_code]
        _release(pool, pool_heads, pool_tails, pool_spare, slot)
        n = given_start[day + 1] - given_start[day] if by_hand else day_counts(key, laws, day, counts, remote) + back
        if visits.shape[0] < n:
            rows = n + n // 2
            visits = np.empty((rows, VISIT_COLUMNS), np.int64)
            done = np.empty((rows, DONE_WIDTH), np.int64)
            office_of = np.empty(rows, np.int64)
            arrival_of = np.empty(rows, np.int64)
            keys = np.empty(rows, np.int64)
            order = np.empty(rows, np.int64)
            next_row = np.empty(rows, np.int64)
        if by_hand:
            copy_rows(visits, given[given_start[day] : given_start[day] + n], n)
        else:
            draw_day(key, laws, day, counts, returning, fixed, visits)
        if not played:
            for row in range(n):
                office_of[row] = competent[unit_of(visits[row, CODE]), field_of(visits[row, CODE])]
                settle(done[row], SERVED, NOBODY, np.int64(0), np.int64(0), np.int64(0))
        else:
            if some_choice:
                write_reluctances(near_start, reachable, appeal, wait_scale, remembered, reluctances)
            for office in range(offices + 2):
                start[office] = 0
            informed = np.int64(0)
            if coupled and len(looks) < n + pool_looks:
                looks = np.empty(n + n // 2 + pool_looks, np.int64)
            if some_slots:
                taken = np.zeros((offices, fields, SLOTS), np.int64)
            for row in range(n):
                code, origin = visits[row, CODE], visits[row, ORIGIN]
                unit, field = unit_of(code), field_of(code)
                keys[row] = -1
                usual = competent[unit, field]
                office = visits[row, FIXED] if visits[row, FIXED] >= 0 else usual
                asked = office
                office = goes_to[day, office]
                if office >= 0 and office != asked and not offers[office, field]:
                    office = NOBODY
                free = visits[row, FIXED] < 0 and free_to_choose(boundary_free[field], visits[row, STAY], stay_share)
                if free and looks_at_queues(visits[row, STAY], informed_until):
                    office_of[row] = NOBODY
                    looks[informed] = (max(arrival_tick(visits[row, MEANT], np.int64(0), travel[origin, usual]), 0) << 32) | (
                        row + pools
                    )
                    informed += 1
                    continue
                if free:
                    k0, k1, _, _ = cell_words(key, day_of(code), unit_hash[unit], field_hash[field])
                    window = hour_window(visits[row, MEANT])
                    hindrance = np.inf
                    if office >= 0:
                        hindrance = reluctance(appeal[origin, office], remembered[office, window], wait_scale)
                    office = best_office(
                        near_start, reachable, offers, goes_to[day], office_hash, reluctances[window], k0, k1,
                        index_of(code), field, origin, office, hindrance,
                    )  # fmt: skip
                if office < 0:
                    office_of[row] = asked
                    arrival_of[row] = 0
                    settle(done[row], DEFERRED, NOBODY, NOBODY, NOBODY, np.int64(0))
                    continue
                office_of[row] = office
                arrival_of[row] = arrival_tick(visits[row, MEANT], travel[origin, office], travel[origin, usual])
                if (
                    some_slots
                    and slot_places[office, field] > 0
                    and code & 31 == 0
                    and books(visits[row, BOOKING], book_share[field])
                ):
                    ticks = slot_ticks[office, field]
                    opening = clock[office, OPEN]
                    free_one = free_slot(
                        taken[office, field], slot_places[office, field], ticks, arrival_of[row], opening,
                        clock[office, LUNCH_START], clock[office, LUNCH_END], clock[office, LAST_TICKET],
                    )  # fmt: skip
                    if free_one >= 0:
                        taken[office, field, free_one] += 1
                        arrival_of[row] = opening + free_one * ticks
                        visits[row, RANK] = min(visits[row, RANK], BOOKED)
                        stays = stays_away(visits[row, BOOKING], network.no_show_share)
                        visits[row, BOOKING] = -1  # has an appointment
                        if stays:
                            settle(done[row], NO_SHOW, NOBODY, NOBODY, NOBODY, np.int64(0))
                            arrival_of[row] = 0
                            continue
                keys[row] = (arrival_of[row] << 32) | row
                start[office + 2] += 1
            for office in range(offices):
                start[office + 2] += start[office + 1]
            for row in range(n):
                if keys[row] >= 0:
                    order[start[office_of[row] + 1]] = keys[row]
                    start[office_of[row] + 1] += 1
            for office in range(offices):
                order[start[office] : start[office + 1]].sort()
            for place in range(start[offices]):
                order[place] &= 0xFFFFFFFF
            hall = Hall(
                state,
                people,
                lines,
                in_line,
                stops_now,
                outage,
                changes,
                network.skills,
                network.pace,
                least_pace,
                competent,
                network.nominal,
                balk,
                visits,
                order,
                arrival_of,
                next_row,
                done,
                network.nominal_fetch,
                network.long_wait,
                network.very_long_wait,
                network.turn_away_share,
                network.mend_share,
                network.failed_share,
                days.moved_pace[day],
            )
            open_offices(network, days, hall, key, day, ordinal, start)
            if coupled:
                couple(
                    network,
                    unit_hash,
                    field_hash,
                    hall,
                    goes_to[day],
                    key,
                    office_of,
                    looks,
                    informed,
                    reserve_at,
                    reserve_free,
                    shown,
                    live,
                )
            for office in range(offices):
                play_office(hall, office, NEVER)
            if some_desk:
                _scan(network.scanners, clock, scanners, visits, office_of, done, n, day)
            if measured:
                _account(
                    network,
                    laws.digitize,
                    days.weekday[day],
                    tables,
                    state,
                    people,
                    today,
                    visits,
                    office_of,
                    arrival_of,
                    done,
                    n,
                )
            _remember(network.smoothing, remembered, waits, office_of, arrival_of, done, n, tables.office, measured)
        if keep and played:
            records = _grown(records, recorded + n)
        for row in range(n):
            code, office = visits[row, CODE], office_of[row]
            field = field_of(code)
            result = done[row]
            outcome = result[D_OUTCOME]
            if outcome == SERVED:
                if not fetches(code):
                    count = visits[row, DOSSIERS]
                    if measured:
                        tables.office[office, RECEIVED] += count
                    same_day = papers.same_day[field]
                    late = result[D_SCANNED]
                    if same_day < 4294967296 or late > 0:
                        word, lead, _, _ = citizen_fate(key, unit_hash, field_hash, code, FATE)
                        same_day = 4294967296 if word < same_day and late == 0 else 0
                    if same_day > 0:
                        if measured:
                            tables.office[office, COMPLETED] += count
                            tables.office[office, ON_TIME] += count
                            tables.office[office, ARCHIVED] += count * papers.archived[field]
                    else:
                        late = min(late, 7)
                        ready = day + late + lead_days(papers.lead_mu[field], papers.lead_sigma[field], lead)
                        desk, due = papers.desk_of[unit_of(code), field], day + papers.limit[field]
                        files = _file(
                            files, file_heads, file_tails, file_spare, ready, code, desk, due, office, count,
                            count * papers.work[field], np.int64(papers.archived[field]),
                        )  # fmt: skip
                        open_files[office] += count
                        due_count[due % RING, office] += count
            elif outcome == DEFERRED:
                delay = return_delay(key, unit_hash, field_hash, code, return_days_max)
                slot = (day + reopens[day, office] + delay - 1) % RING
                pool = _call_back(pool, pool_heads, pool_tails, pool_spare, slot, code, visits[row, FIXED])
            elif outcome in (INCOMPLETE, TURNED_BACK):
                if comes_back(number_of(code), visits_max, visits[row, RETURNS], network.papers_return_share):
                    slot = (day + return_delay(key, unit_hash, field_hash, code, papers_days_max)) % RING
                    pool = _call_back(pool, pool_heads, pool_tails, pool_spare, slot, next_visit_with_papers(code), np.int64(-1))
            elif comes_back(number_of(code), visits_max, visits[row, RETURNS], return_share[field]):
                slot = (day + return_delay(key, unit_hash, field_hash, code, return_days_max)) % RING
                pool = _call_back(pool, pool_heads, pool_tails, pool_spare, slot, next_visit(code), visits[row, FIXED])
            if not played:
                continue
            hash_sum += visit_hash(code, office, result[D_OFFICER], result[D_START], result[D_END], outcome)
            if keep:
                record = records[recorded]
                record[R_CODE] = code
                record[R_OFFICE] = office
                record[R_OFFICER] = result[D_OFFICER]
                record[R_ARRIVAL] = arrival_of[row]
                record[R_START] = result[D_START]
                record[R_END] = result[D_END]
                record[R_OUTCOME] = outcome
                record[R_WAIT] = result[D_WAIT]
                record[R_TRAVEL] = travel[visits[row, ORIGIN], office]
                record[R_ORIGIN] = visits[row, ORIGIN]
                record[R_REUSED] = visits[row, REUSED]
                record[R_DAY] = day
                record[R_PAUSED] = result[D_PAUSED]
                record[R_SCANNED] = result[D_SCANNED]
                record[R_BOOKED] = visits[row, BOOKING] < 0
                record[R_DOSSIERS] = visits[row, DOSSIERS]
                recorded += 1
        if laws.remote_micro.shape[0] > 0 and not by_hand:
            stops = portal_stops(
                network.systems, papers.portal, network.day_open, network.day_close, days.outage, days.outage_start[day],
                days.outage_start[day + 1], key, ordinal, stops_from, stops_to,
            )  # fmt: skip
            for unit in range(units):
                for field in range(fields):
                    office = competent[unit, field]
                    for index in range(remote[unit, field]):
                        code = code_of(unit, field, ordinal, REMOTE_INDEX + index, np.int64(0))
                        word, lead, _, _ = citizen_fate(key, unit_hash, field_hash, code, FATE)
                        posted = word < papers.postal_share[field]
                        if stops > 0 and not posted and played:
                            sent, coin, delay, _ = citizen_fate(key, unit_hash, field_hash, code, PORTAL)
                            sent = sending_tick(sent)
                            down = False
                            for n_stop in range(stops):
                                down = down or stops_from[n_stop] <= sent < stops_to[n_stop]
                            if down and coin < papers.portal_share:
                                slot = (day + 1 + delay % return_days_max) % RING
                                pool = _call_back(pool, pool_heads, pool_tails, pool_spare, slot, code, np.int64(-1))
                                continue
                        if measured:
                            tables.office[office, RECEIVED] += 1
                            tables.office[office, REMOTE] += 1
                        received = day + papers.postal_days if posted else day
                        ready = received + lead_days(papers.lead_mu[field], papers.lead_sigma[field], lead)
                        due = received + papers.limit[field]
                        work = papers.work[field] if posted else papers.work[field] + papers.online_work
                        files = _file(
                            files, file_heads, file_tails, file_spare, ready, code, papers.desk_of[unit, field], due, office,
                            np.int64(1), work, np.int64(papers.archived[field]),
                        )  # fmt: skip
                        open_files[office] += 1
                        due_count[due % RING, office] += 1
        backlog, waiting, pool = _back_office(
            unit_hash, field_hash, papers, key, day, measured, files, file_heads, file_tails, backlog, waiting, spent, due_count,
            overdue, open_files, pool, pool_heads, pool_tails, pool_spare, tables.office,
        )  # fmt: skip
        _release(files, file_heads, file_tails, file_spare, day % RING)
    left = _carried(
        block, remembered, pool, pool_heads, files, file_heads, backlog[:waiting], spent, scanners, network.scanners, clock
    )
    return hash_sum, records[:recorded], left
