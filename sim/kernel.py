"""The citizen's day compiled: the same process as `engine`, made to run fast.

Each office keeps its state between calls and is brought forward only when somebody looks at it: a citizen who chooses
by the queues of the moment, a dispatcher of reserves. Without them offices do not touch each other within a day, and a
day is played office by office. A function here is long where a loop must keep its state in registers. Both engines
agree to the bit; a rule lives in `rules`, never here.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .rules import (
    BALKED,
    BOOKED,
    DEFERRED,
    HALF_HOUR,
    INCOMPLETE,
    LAST_TICKET,
    LEFT,
    LUNCH_END,
    LUNCH_START,
    NEVER,
    NO_SHOW,
    O_END,
    O_FIELDS,
    O_PACE,
    O_START,
    OPEN,
    OUTAGES,
    OVERTIME_END,
    RING,
    SENT_AWAY,
    SERVED,
    TICKET_OPEN,
    TURNED_BACK,
    WINDOWS,
    absence_chance,
    arrival_tick,
    balks,
    best_office,
    board_work,
    books,
    comes_back,
    counter_work,
    day_outages,
    found_at_the_door,
    free_slot,
    free_to_choose,
    goes_back,
    hour_window,
    inside_duty,
    is_called,
    looks_at_queues,
    mended_at_the_door,
    next_visit,
    next_visit_with_papers,
    overload,
    portal_stops,
    reluctance,
    remember,
    reserved_now,
    scan_end,
    send_score,
    sending_tick,
    service_ticks,
    shown_wait,
    stays_away,
    visit_to_fetch,
    write_reluctances,
)
from .streams import (
    BALK,
    BOOKING,
    CODE,
    DOOR,
    DOSSIERS,
    FATE,
    FIXED,
    MEANT,
    MISSING,
    ORIGIN,
    PATIENCE,
    PORTAL,
    RANK,
    REMOTE_INDEX,
    RETURNS,
    REUSED,
    SCAN,
    STAY,
    VISIT_COLUMNS,
    WORK,
    cell_words,
    citizen_fate,
    code_of,
    day_counts,
    day_of,
    draw_day,
    fetches,
    field_of,
    index_of,
    is_absent,
    lead_days,
    number_of,
    return_delay,
    run_key,
    unit_of,
    visit_hash,
)

# columns of the office table; all counts, or ticks summed. The first eight after TICKETS follow the outcomes
(
    TICKETS,
    SERVED_COUNT,
    LEFT_COUNT,
    BALKED_COUNT,
    SENT_AWAY_COUNT,
    INCOMPLETE_COUNT,
    TURNED_BACK_COUNT,
    NO_SHOW_COUNT,
    DEFERRED_COUNT,
    WAIT_CALLED,
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
    BOOKED_COUNT,
    FETCHED,
    FINISHED,
    STOPPED,
    OVERLOADED_HALF_HOURS,
    RECEIVED,
    REMOTE,
    COMPLETED,
    ON_TIME,
    ARCHIVED,
    OPEN_FILES,
    OVERDUE,
    ABSENT,
    SENT,
    HELP,
    CHANGE,
) = range(40)
OFFICE_WIDTH = 40
# columns of the unit table
UNIT_TICKETS, UNIT_CALLED, UNIT_WAIT_CALLED, UNIT_TRAVEL, UNIT_WAIT, UNIT_SERVICE, UNIT_WITHIN, UNIT_FINISHED = range(8)
UNIT_WIDTH = 8
HALF_HOURS = 48
BIN = 15_000
BINS = 2401  #: of 15 s; the last holds all waits from ten hours up
NOBODY = np.int64(-1)
FREE = NEVER  #: in the place of the end of a service
PAUSED = NEVER + 1

# columns of what became of a visit, written by the event loop
D_OUTCOME, D_OFFICER, D_START, D_END, D_WAIT, D_PAUSED, D_SCANNED = range(7)
DONE_WIDTH = 7
# columns of a record: one row a visit
(
    R_CODE,
    R_OFFICE,
    R_OFFICER,
    R_ARRIVAL,
    R_START,
    R_END,
    R_OUTCOME,
    R_WAIT,
    R_TRAVEL,
    R_ORIGIN,
    R_REUSED,
    R_DAY,
    R_PAUSED,
    R_SCANNED,
    R_BOOKED,
    R_DOSSIERS,
) = range(16)
RECORD_COLUMNS = 16

# columns of an office's state within a day
(
    S_UNTIL,
    S_ARRIVED,
    S_CHANGE,
    S_CHANGES,
    S_NEXT_END,
    S_QUEUED,
    S_ON_DUTY,
    S_CLOSED,
    S_PENDING,
    S_CREW,
    S_NEXT_GUEST,
    S_OUTAGE,
    S_OUTAGES,
    S_STOPPED,
    S_COMING,
    S_NEXT,
) = range(16)
STATE_WIDTH = 16
LINES = 6  #: rank × from beyond the boundary

# columns of the rows kept from day to day, in lists by the day they fall due; the first is the next row of the list
P_NEXT, P_CODE, P_OFFICE = range(3)
F_NEXT, F_CODE, F_DESK, F_DUE, F_OFFICE, F_COUNT, F_WORK, F_ARCHIVED = range(8)


class Tables(NamedTuple):
    """Integer tables of one replication of one phase, added up day by day."""

    office: NDArray[np.int64]  #: (O, OFFICE_WIDTH)
    half_hour: NDArray[np.int64]  #: (O, 48, 3) tickets, overload ticks, days overloaded; by the half hour of the ticket
    wait_histogram: NDArray[np.int64]  #: (O, BINS) waits of visits called to a counter
    unit: NDArray[np.int64]  #: (U, UNIT_WIDTH)


class Carry(NamedTuple):
    """What survives the night, and passes from one block of days to the next."""

    remembered: NDArray[np.int64]  #: (O, WINDOWS) ticks
    visits: NDArray[np.int64]  #: (n, 3) days ahead, code, office that must be gone to or -1
    files: NDArray[np.int64]  #: (n, 8) days ahead until ready, code, desk, days ahead due, office, count, work, archived
    spent: NDArray[np.int64]  #: (K,) ticks of a desk's next day already worked
    scanners: NDArray[np.int64]  #: (O, most scanners) ticks of the next day already scanned


class Hall(NamedTuple):
    """State of all offices within a day. N officers' places, O offices, F fields, Q = 6 F lines."""

    state: NDArray[np.int64]  #: (O, STATE_WIDTH)
    free_at: NDArray[np.int64]  #: (N,) end of the service in hand, FREE, or PAUSED
    duty: NDArray[np.bool_]  #: (N,)
    absent: NDArray[np.bool_]  #: (N,) today
    serving: NDArray[np.int64]  #: (N,) row of the visit in hand
    left: NDArray[np.int64]  #: (N,) ticks left of a paused service
    paused_at: NDArray[np.int64]  #: (N,)
    came: NDArray[np.int64]  #: (N,) tick at which a reserve came
    gone: NDArray[np.int64]  #: (N,) tick at which a reserve was free to go
    guest_come: NDArray[np.int64]  #: (N,) tick at which a reserve will come, NEVER
    guest_go: NDArray[np.int64]  #: (N,) tick at which a reserve will go, NEVER
    stays: NDArray[np.int64]  #: (O,) ticks of reserves' help today
    sent: NDArray[np.int64]  #: (O,) reserves sent today
    head: NDArray[np.int64]  #: (O, Q) first row of a line ((rank × 2 + beyond) × fields + field), -1 none
    tail: NDArray[np.int64]  #: (O, Q)
    waiting: NDArray[np.uint64]  #: (O, LINES) bits of fields whose line is not empty
    stops: NDArray[np.int64]  #: (O, F) outages that hold a field
    outage: NDArray[np.int64]  #: (O, OUTAGES, 4)
    outage_on: NDArray[np.bool_]  #: (O, OUTAGES)
    change_tick: NDArray[np.int64]  #: today's roster changes of those present, office by office
    change_officer: NDArray[np.int64]


@njit(cache=True, nogil=True)
def _settle(done, outcome, officer, start, end, wait):
    done[D_OUTCOME] = outcome
    done[D_OFFICER] = officer
    done[D_START] = start
    done[D_END] = end
    done[D_WAIT] = wait
    done[D_PAUSED] = 0
    done[D_SCANNED] = 0


@njit(cache=True, nogil=True)
def _board(change_tick, change_officer, change, changes, on_duty, now, opening, closing):
    """Officers the number board counts on, and the ticks until they are there."""
    if on_duty > 0:
        return on_duty, np.int64(0)
    officers = np.int64(0)
    next_tick = change_tick[change] if change < changes else closing
    for later in range(change, changes):
        if change_tick[later] != next_tick:
            break
        officers += change_officer[later] & 1
    return officers, max(next_tick, opening) - max(now, opening)


@njit(cache=True, nogil=True)
def open_offices(network, days, hall, key, day, ordinal, start):
    """Set every office to the morning of a day; start : (O + 1,) slices of the day's rows in order of arrival."""
    offices = len(network.office_hash)
    weekday = days.weekday[day]
    change_start, change_tick, change_officer = network.change_start, network.change_tick, network.change_officer
    crew_start, own_crew = network.crew_start, network.own_crew
    absent, state = hall.absent, hall.state
    starts, ends = np.empty(8, np.int64), np.empty(8, np.int64)
    some_outage = days.outage_start[day + 1] > days.outage_start[day] or len(network.failure_micro) > 0
    for row in range(len(absent)):
        hall.free_at[row] = FREE
        hall.duty[row] = False
        hall.guest_come[row] = NEVER
        hall.guest_go[row] = NEVER
    for office in range(offices):
        for row in range(crew_start[office], crew_start[office + 1]):
            added = days.absence_added[day, network.home_office[row]]
            chance = absence_chance(network.absence[row], added, network.away_until[row], ordinal)
            absent[row] = chance > 0 and is_absent(key, ordinal, network.officer_hash[row], chance)
    hall.head[:] = -1
    hall.tail[:] = -1
    hall.waiting[:] = 0
    hall.stays[:] = 0
    hall.sent[:] = 0
    filled = 0
    for office in range(offices):
        now = state[office]
        now[:] = 0
        now[S_ARRIVED] = start[office]
        now[S_UNTIL] = start[office + 1]
        now[S_CHANGE] = filled
        for change in range(change_start[weekday, office], change_start[weekday, office + 1]):
            if not absent[crew_start[office] + (change_officer[change] >> 1)]:
                hall.change_tick[filled] = change_tick[change]
                hall.change_officer[filled] = change_officer[change]
                filled += 1
        now[S_CHANGES] = filled
        now[S_NEXT_END] = NEVER
        now[S_PENDING] = -1
        now[S_CREW] = own_crew[office]
        now[S_NEXT_GUEST] = NEVER
        if some_outage:
            hall.stops[office, :] = 0
            hall.outage_on[office, :] = False
            now[S_OUTAGES] = day_outages(network, days, key, day, ordinal, office, hall.outage[office], starts, ends)


@njit(cache=True, nogil=True)
def play_office(network, hall, visits, order, arrival_of, next_row, done, office, until, moved_pace, door_share):
    """Bring one office forward: all its events before the tick `until`; write what becomes of each visit.

    visits : rows of the day; order : rows by office and (arrival, code); arrival_of : (rows,) ticks; next_row : (rows,)
    links of lines; done : (rows, DONE_WIDTH) written; moved_pace, door_share : of the day.
    """
    state = hall.state[office]
    fields = network.offers.shape[1]
    first = network.crew_start[office]
    skills, paces, moved, nominal = network.skills, network.pace, network.moved, network.nominal
    competent, nominal_fetch = network.competent, network.nominal_fetch
    change_tick, change_officer = hall.change_tick, hall.change_officer
    balk_long, balk_very_long = network.balk_long, network.balk_very_long
    free_at, duty, serving, head, tail = hall.free_at, hall.duty, hall.serving, hall.head[office], hall.tail[office]
    waiting, stops, outage, outage_on = hall.waiting[office], hall.stops[office], hall.outage[office], hall.outage_on[office]
    reserved, scanners, failed_share = network.reserved[office], network.scanners[office], network.failed_share
    own = network.own_crew[office]
    crew = state[S_CREW]
    opening = network.clock[office, OPEN]
    counted_from = max(network.clock[office, TICKET_OPEN], opening)
    last_ticket = network.clock[office, LAST_TICKET]
    closing = network.clock[office, OVERTIME_END]
    arrived, arrivals = state[S_ARRIVED], state[S_UNTIL]
    change, changes = state[S_CHANGE], state[S_CHANGES]
    next_end, queued_work, on_duty = state[S_NEXT_END], state[S_QUEUED], state[S_ON_DUTY]
    closed, pending, next_guest = state[S_CLOSED] == 1, state[S_PENDING], state[S_NEXT_GUEST]
    next_outage, outages = state[S_OUTAGE], state[S_OUTAGES]
    stopped = np.uint64(state[S_STOPPED])
    next_change = change_tick[change] if change < changes else NEVER
    outage_starts = outage[next_outage, O_START] if next_outage < outages else NEVER
    outage_ends = NEVER
    for n in range(next_outage):
        if outage_on[n]:
            outage_ends = min(outage_ends, outage[n, O_END])
    while True:
        next_arrival = arrival_of[order[arrived]] if arrived < arrivals else NEVER
        if pending >= 0:
            next_arrival = min(next_arrival, arrival_of[pending])
        now = min(next_end, min(next_change, next_guest), next_arrival)
        if outages > 0:
            now = min(now, outage_ends, outage_starts)
        if not closed and closing < now:
            now = closing
        if now >= until:
            break
        if next_end == now:
            next_end = NEVER
            for officer in range(first, first + crew):
                if free_at[officer] == now:
                    free_at[officer] = FREE
                    if officer >= first + own and not duty[officer]:
                        hall.stays[office] += now - hall.came[officer]
                        hall.gone[officer] = now
                elif free_at[officer] < next_end:
                    next_end = free_at[officer]
        elif outage_ends == now:
            outage_ends = NEVER
            for n in range(next_outage):
                if outage_on[n] and outage[n, O_END] == now:
                    outage_on[n] = False
                    if outage[n, O_PACE] == 0:
                        held = np.uint64(outage[n, O_FIELDS])
                        for field in range(fields):
                            bit = np.uint64(1) << np.uint64(field)
                            if (held & bit) != np.uint64(0):
                                stops[field] -= 1
                                if stops[field] == 0:
                                    stopped &= ~bit
                                    for officer in range(first, first + crew):
                                        if free_at[officer] == PAUSED and field_of(visits[serving[officer], CODE]) == field:
                                            free_at[officer] = now + hall.left[officer]
                                            next_end = min(next_end, free_at[officer])
                                            result = done[serving[officer]]
                                            result[D_END] = free_at[officer]
                                            result[D_PAUSED] += now - hall.paused_at[officer]
                elif outage_on[n]:
                    outage_ends = min(outage_ends, outage[n, O_END])
        elif outage_starts == now:
            while next_outage < outages and outage[next_outage, O_START] == now:
                outage_on[next_outage] = True
                outage_ends = min(outage_ends, outage[next_outage, O_END])
                if outage[next_outage, O_PACE] == 0:
                    held = np.uint64(outage[next_outage, O_FIELDS])
                    for field in range(fields):
                        bit = np.uint64(1) << np.uint64(field)
                        if (held & bit) != np.uint64(0):
                            stops[field] += 1
                            stopped |= bit
                next_outage += 1
            outage_starts = outage[next_outage, O_START] if next_outage < outages else NEVER
            next_end = NEVER
            for officer in range(first, first + crew):
                if free_at[officer] < FREE:
                    if (stopped >> np.uint64(field_of(visits[serving[officer], CODE]))) & np.uint64(1) != np.uint64(0):
                        hall.left[officer] = free_at[officer] - now
                        hall.paused_at[officer] = now
                        free_at[officer] = PAUSED
                    else:
                        next_end = min(next_end, free_at[officer])
        elif next_change == now or next_guest == now:
            while change < changes and change_tick[change] == now:
                comes = (change_officer[change] & 1) == 1
                duty[first + (change_officer[change] >> 1)] = comes
                on_duty += 1 if comes else -1
                change += 1
            next_change = change_tick[change] if change < changes else NEVER
            if next_guest == now:
                next_guest = NEVER
                for officer in range(first + own, first + crew):
                    if hall.guest_go[officer] == now:
                        hall.guest_go[officer] = NEVER
                        duty[officer] = False
                        on_duty -= 1
                        if free_at[officer] == FREE:
                            hall.stays[office] += now - hall.came[officer]
                            hall.gone[officer] = now
                    if hall.guest_come[officer] == now:
                        hall.guest_come[officer] = NEVER
                        hall.came[officer] = now
                        duty[officer] = True
                        on_duty += 1
                        state[S_COMING] -= 1
                    next_guest = min(next_guest, hall.guest_come[officer], hall.guest_go[officer])
        elif not closed and closing == now:
            closed = True
            for line in range(LINES * fields):
                row = head[line]
                while row >= 0:
                    came = max(arrival_of[row], counted_from)
                    gone = came + visits[row, PATIENCE]
                    end = min(gone, closing)
                    _settle(done[row], LEFT if gone < closing else SENT_AWAY, NOBODY, NOBODY, end, end - came)
                    row = next_row[row]
                head[line] = -1
                tail[line] = -1
            waiting[:] = 0
            queued_work = 0
        else:
            while True:
                row = NOBODY
                if arrived < arrivals and arrival_of[order[arrived]] == now:
                    row = order[arrived]
                if pending >= 0 and arrival_of[pending] == now and (row < 0 or pending < row):
                    row = pending
                    pending = next_row[pending]
                elif row >= 0:
                    arrived += 1
                else:
                    break
                code = visits[row, CODE]
                field = field_of(code)
                if now > last_ticket:
                    _settle(done[row], SENT_AWAY, NOBODY, NOBODY, now, np.int64(0))
                    continue
                if visits[row, MISSING] == 1 and found_at_the_door(visits[row, DOOR], door_share):
                    if not mended_at_the_door(visits[row, DOOR], network.mend_share):
                        _settle(done[row], TURNED_BACK, NOBODY, NOBODY, now, np.int64(0))
                        continue
                    visits[row, MISSING] = 0
                word = visits[row, BALK]
                turns = stops[field] > 0 and word < network.turn_away_share if outages > 0 else False
                if not turns:
                    officers, until_next = _board(change_tick, change_officer, change, changes, on_duty, now, opening, closing)
                    shown = shown_wait(queued_work, officers, until_next)
                    turns = balks(shown, network.long_wait, network.very_long_wait, balk_long[field], balk_very_long[field], word)
                if turns:
                    _settle(done[row], BALKED, NOBODY, NOBODY, now, np.int64(0))
                    continue
                queued_work += board_work(code, nominal[field], nominal_fetch)
                kind = visits[row, RANK] * 2
                if reserved > 0 and competent[unit_of(code), field] != office:
                    kind += 1
                line = kind * fields + field
                next_row[row] = -1
                if tail[line] >= 0:
                    next_row[tail[line]] = row
                else:
                    head[line] = row
                    waiting[kind] |= np.uint64(1) << np.uint64(field)
                tail[line] = row
        # one pass matches idle officers to waiting citizens
        while True:
            anybody = waiting[0] | waiting[1] | waiting[2] | waiting[3] | waiting[4] | waiting[5]
            if anybody & ~stopped == np.uint64(0):
                break
            kept = reserved_now(reserved, on_duty) if reserved > 0 else np.int64(0)
            able = np.uint64(0)
            able_own = np.uint64(0)
            for officer in range(first, first + crew):
                if duty[officer]:
                    kept -= 1
                    if free_at[officer] == FREE:
                        able |= skills[officer]
                        if kept < 0:
                            able_own |= skills[officer]
            chosen = NOBODY
            for kind in range(LINES):
                if kind & 1 == 0 and chosen >= 0:
                    break
                lines = (able if kind & 1 == 1 else able_own) & waiting[kind] & ~stopped
                field = 0
                while lines != np.uint64(0):
                    if (lines & np.uint64(1)) != np.uint64(0):
                        line = kind * fields + field
                        row = head[line]
                        while row >= 0:
                            came = max(arrival_of[row], counted_from)
                            patience = visits[row, PATIENCE]
                            if came + patience >= now:
                                break
                            queued_work -= board_work(visits[row, CODE], nominal[field], nominal_fetch)
                            _settle(done[row], LEFT, NOBODY, NOBODY, came + patience, patience)
                            row = next_row[row]
                        head[line] = row
                        if row < 0:
                            tail[line] = -1
                            waiting[kind] &= ~(np.uint64(1) << np.uint64(field))
                        elif chosen < 0 or (
                            arrival_of[row] < arrival_of[chosen] or (arrival_of[row] == arrival_of[chosen] and row < chosen)
                        ):
                            chosen = row
                    lines >>= np.uint64(1)
                    field += 1
            if chosen < 0:
                break
            code = visits[chosen, CODE]
            field = field_of(code)
            bit = np.uint64(1) << np.uint64(field)
            kind = visits[chosen, RANK] * 2
            kept = np.int64(0)
            if reserved > 0:
                if competent[unit_of(code), field] != office:
                    kind += 1
                else:
                    kept = reserved_now(reserved, on_duty)
            best = NOBODY
            best_pace = NEVER
            for officer in range(first, first + crew):
                if duty[officer]:
                    kept -= 1
                    if kept < 0 and free_at[officer] == FREE and (skills[officer] & bit) != np.uint64(0):
                        pace = paces[officer, field]
                        if pace < best_pace:
                            best, best_pace = officer, pace
            line = kind * fields + field
            head[line] = next_row[chosen]
            if head[line] < 0:
                tail[line] = -1
                waiting[kind] &= ~bit
            queued_work -= board_work(code, nominal[field], nominal_fetch)
            slow = np.int64(0)
            for n in range(next_outage):
                if outage_on[n] and outage[n, O_PACE] > slow and (np.uint64(outage[n, O_FIELDS]) & bit) != np.uint64(0):
                    slow = outage[n, O_PACE]
            missing = visits[chosen, MISSING] == 1
            work = counter_work(visits[chosen, WORK], visits[chosen, SCAN], missing, scanners, failed_share)
            own_pace = moved_pace if moved[best] == 1 else np.int64(1000)
            end = now + service_ticks(work, best_pace, own_pace, slow if slow > 0 else np.int64(1000))
            free_at[best] = end
            serving[best] = chosen
            next_end = min(next_end, end)
            outcome = INCOMPLETE if missing else SERVED
            _settle(done[chosen], outcome, best - first, now, end, now - max(arrival_of[chosen], counted_from))
    state[S_ARRIVED] = arrived
    state[S_CHANGE] = change
    state[S_NEXT_END], state[S_QUEUED], state[S_ON_DUTY] = next_end, queued_work, on_duty
    state[S_CLOSED], state[S_PENDING], state[S_NEXT_GUEST] = 1 if closed else 0, pending, next_guest
    state[S_OUTAGE], state[S_STOPPED] = next_outage, np.int64(stopped)
    state[S_NEXT] = now


@njit(cache=True, nogil=True)
def _looked_at(network, hall, visits, order, arrival_of, next_row, done, office, now, moved_pace, door_share):
    """Shown wait of an office after all its events up to a tick."""
    state = hall.state[office]
    if state[S_NEXT] <= now:
        play_office(network, hall, visits, order, arrival_of, next_row, done, office, now + 1, moved_pace, door_share)
    opening, closing = network.clock[office, OPEN], network.clock[office, OVERTIME_END]
    change, changes, on_duty = state[S_CHANGE], state[S_CHANGES], state[S_ON_DUTY]
    officers, until_next = _board(hall.change_tick, hall.change_officer, change, changes, on_duty, now, opening, closing)
    return shown_wait(state[S_QUEUED], officers, until_next)


@njit(cache=True, nogil=True)
def _dispatch(
    network, hall, goes_to, visits, order, arrival_of, next_row, done, pool, now, reserve_at, reserve_free, shown,
    moved_pace, door_shares,
):  # fmt: skip
    """A look of a pool's dispatcher: reserves are called back, then free ones are sent where they are wanted most."""
    offices = len(network.office_hash)
    travel = network.pool_travel[pool]
    for office in range(offices):
        if travel[office] >= 0 and goes_to[office] == office:
            shown[office] = _looked_at(
                network, hall, visits, order, arrival_of, next_row, done, office, now, moved_pace, door_shares[office]
            )
    for reserve in range(len(reserve_at)):
        office = reserve_at[reserve]
        if network.reserve_pool[reserve] != pool or office < 0:
            continue
        row = network.reserve_place[reserve, office]
        if hall.guest_come[row] < NEVER:
            continue
        if hall.duty[row]:
            if hall.guest_go[row] > now + 1 and goes_back(
                shown[office], now - hall.came[row], network.pool_return[pool], network.pool_stay[pool]
            ):
                hall.guest_go[row] = now + 1
                state = hall.state[office]
                state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], now + 1)
                state[S_NEXT] = min(state[S_NEXT], now + 1)
        elif hall.free_at[row] == FREE:
            reserve_free[reserve] = hall.gone[row] + travel[office]
            reserve_at[reserve] = NOBODY
    hours = network.pool_hours[pool]
    for reserve in range(len(reserve_at)):
        if network.reserve_pool[reserve] != pool or reserve_at[reserve] >= 0 or reserve_free[reserve] > now:
            continue
        best = NOBODY
        best_score = 0
        for office in range(offices):
            row = network.reserve_place[reserve, office]
            if row < 0 or goes_to[office] != office or hall.absent[row]:
                continue
            come = now + max(travel[office], 1)
            go = hours[1] if now < hours[1] else network.clock[office, OVERTIME_END]
            if come >= go or not _may_help(network.pace, network.offers, row, office):
                continue
            state = hall.state[office]
            score = send_score(shown[office], state[S_ON_DUTY], state[S_COMING], network.pool_send[pool])
            if score > best_score:
                best, best_score = office, score
        if best >= 0:
            row = network.reserve_place[reserve, best]
            state = hall.state[best]
            hall.guest_come[row] = now + max(travel[best], 1)
            hall.guest_go[row] = hours[1] if now < hours[1] else network.clock[best, OVERTIME_END]
            hall.sent[best] += 1
            reserve_at[reserve] = best
            state[S_COMING] += 1
            state[S_CREW] = network.crew_start[best + 1] - network.crew_start[best]
            state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], hall.guest_come[row])
            state[S_NEXT] = min(state[S_NEXT], hall.guest_come[row])


@njit(cache=True, nogil=True)
def _may_help(paces, offers, row, office):
    """Tell whether a reserve may serve any field the office offers."""
    able = False
    for field in range(offers.shape[1]):
        able = able or (offers[office, field] and paces[row, field] > 0)
    return able


@njit(cache=True, nogil=True)
def _join(pending, next_row, arrival_of, row):
    """Put a citizen on the way into an office's list in order of (arrival, row); return the list's first."""
    last = NOBODY
    place = pending
    while place >= 0 and (arrival_of[place] < arrival_of[row] or (arrival_of[place] == arrival_of[row] and place < row)):
        last = place
        place = next_row[place]
    next_row[row] = place
    if last < 0:
        return row
    next_row[last] = row
    return pending


@njit(cache=True, nogil=True)
def _account(network, laws, days, day, tables, hall, today, visits, office_of, arrival_of, done, n):
    """Add a measured day to the tables; today : (O, 48, 2) zeros, left as zeros. The twin of `tables.tally`."""
    travel, near, competent, clock, crew_start, own_crew = (
        network.travel,
        network.near,
        network.competent,
        network.clock,
        network.crew_start,
        network.own_crew,
    )
    weekday = days.weekday[day]
    stretch_start, stretch_on, stretch_off = network.stretch_start, network.stretch_on, network.stretch_off
    office_table, unit_table, histogram, half_hours = tables.office, tables.unit, tables.wait_histogram, tables.half_hour
    standard, long_standard, lost_charge = network.standard, network.long_standard, network.lost_charge
    digitize = laws.digitize
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
        sums[RETURNED] += number_of(code) > 0
        sums[BOOKED_COUNT] += visits[row, RANK] == BOOKED
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
                sums[ABSENT if hall.absent[officer] else ROSTERED] += stretch_off[stretch] - stretch_on[stretch]
        sums[ROSTERED] += hall.stays[office]
        sums[HELP] += hall.stays[office]
        sums[SENT] += hall.sent[office]


@njit(cache=True, nogil=True)
def _remember(network, remembered, waits, office_of, arrival_of, done, n, sums, measured):
    """Update remembered waits after a day; waits : (O, WINDOWS, 2) scratch; sums : office table, given their change."""
    waits[:] = 0
    for row in range(n):
        if done[row, D_OUTCOME] < TURNED_BACK:
            window = hour_window(arrival_of[row])
            waits[office_of[row], window, 0] += done[row, D_WAIT]
            waits[office_of[row], window, 1] += 1
    for office in range(remembered.shape[0]):
        for window in range(WINDOWS):
            before = remembered[office, window]
            after = remember(before, waits[office, window, 0], waits[office, window, 1], network.smoothing)
            remembered[office, window] = after
            if measured:
                sums[office, CHANGE] += abs(after - before)


@njit(cache=True, nogil=True)
def _grown(array, rows):
    """Return the array, or one of at least `rows` rows with the same beginning."""
    if array.shape[0] >= rows:
        return array
    bigger = np.empty((max(rows, 2 * array.shape[0]), array.shape[1]), array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@njit(cache=True, nogil=True)
def _push(rows, heads, tails, spare, slot):
    """Append a row to the list of a slot; return the rows, grown if need be, and the new row's place.

    spare : (2,) first of the rows given back (-1 none), rows ever used.
    """
    place = spare[0]
    if place >= 0:
        spare[0] = rows[place, 0]
    else:
        place = spare[1]
        spare[1] += 1
        rows = _grown(rows, place + 1)
    rows[place, 0] = -1
    if tails[slot] >= 0:
        rows[tails[slot], 0] = place
    else:
        heads[slot] = place
    tails[slot] = place
    return rows, place


@njit(cache=True, nogil=True)
def _release(rows, heads, tails, spare, slot):
    """Give back all rows of a slot's list."""
    if heads[slot] >= 0:
        rows[tails[slot], 0] = spare[0]
        spare[0] = heads[slot]
        heads[slot] = -1
        tails[slot] = -1


@njit(cache=True, nogil=True)
def _call_back(pool, pool_heads, pool_tails, pool_spare, slot, code, office):
    """Note that a citizen comes on another day; office : that must be gone to, or -1."""
    pool, place = _push(pool, pool_heads, pool_tails, pool_spare, slot)
    pool[place, P_CODE] = code
    pool[place, P_OFFICE] = office
    return pool


@njit(cache=True, nogil=True)
def _scan(network, scanners, visits, office_of, done, n, day):
    """Scan the day's dossiers at the offices with a desk, first come first served; write the days each waits."""
    keys = np.empty(n, np.int64)
    for office in range(len(network.scanners)):
        if network.scanners[office] == 0:
            continue
        found = 0
        for row in range(n):
            if office_of[row] == office and done[row, D_OUTCOME] == SERVED and not fetches(visits[row, CODE]):
                keys[found] = (done[row, D_END] << 24) | row
                found += 1
        keys[:found].sort()
        opening = network.clock[office, OPEN]
        length = network.clock[office, 2] - opening
        for place in range(found):
            row = keys[place] & 0xFFFFFF
            ready = (keys[place] >> 24) - opening
            free = scanners[office, : network.scanners[office]]
            done[row, D_SCANNED] = scan_end(free, ready, visits[row, SCAN], day, length) - day


@njit(cache=True, nogil=True)
def _file(files, heads, tails, spare, ready, code, desk, due, office, count, work, archived):
    """Put dossiers among those that become ready on a day."""
    files, place = _push(files, heads, tails, spare, ready % RING)
    row = files[place]
    row[F_CODE], row[F_DESK], row[F_DUE], row[F_OFFICE] = code, desk, due, office
    row[F_COUNT], row[F_WORK], row[F_ARCHIVED] = count, work, archived
    return files


@njit(cache=True, nogil=True)
def _back_office(
    network, laws, papers, key, day, measured, files, heads, tails, backlog, waiting, spent, due_count, overdue, open_files,
    pool, pool_heads, pool_tails, pool_spare, sums,
):  # fmt: skip
    """A day of the back office: earliest due first within each desk's hours; results to fetch are noted.

    backlog : rows of files ready on earlier days, sorted; waiting : how many. Returns backlog, waiting, pool.
    """
    slot = day % RING
    capacity, collect_until, days_max = papers.capacity, papers.collect_until, papers.collect_days_max
    unit_hash, field_hash = laws.unit_hash, laws.field_hash
    ready = 0
    place = heads[slot]
    while place >= 0:
        ready += 1
        place = files[place, F_NEXT]
    backlog = _grown(backlog, waiting + ready)
    place = heads[slot]
    total = waiting
    while place >= 0:
        backlog[total] = files[place]
        total += 1
        place = files[place, F_NEXT]
    keys = np.empty(total, np.int64)
    for row in range(total):
        keys[row] = (backlog[row, F_DESK] << 44) | ((backlog[row, F_DUE] + 32768) << 24) | row
    keys.sort()
    left = np.empty(len(capacity), np.int64)
    for desk in range(len(capacity)):
        left[desk] = capacity[desk] - spent[desk]
    kept = np.empty((total, backlog.shape[1]), np.int64)
    waiting = np.int64(0)
    for rank in range(total):
        row = backlog[keys[rank] & 0xFFFFFF]
        desk, office, count, due = row[F_DESK], row[F_OFFICE], row[F_COUNT], row[F_DUE]
        if left[desk] <= 0:
            kept[waiting] = row
            waiting += 1
            continue
        if capacity[desk] < NEVER:
            left[desk] -= row[F_WORK]
        open_files[office] -= count
        if due < day:
            overdue[office] -= count
        else:
            due_count[due % RING, office] -= count
        if measured:
            sums[office, COMPLETED] += count
            sums[office, ON_TIME] += count if day <= due else 0
            sums[office, ARCHIVED] += count * row[F_ARCHIVED]
        if row[F_CODE] >= 0:
            _, _, channel, delay = citizen_fate(key, unit_hash, field_hash, row[F_CODE], FATE)
            if channel < collect_until[field_of(row[F_CODE])]:
                back = (day + 1 + delay % days_max) % RING
                pool = _call_back(pool, pool_heads, pool_tails, pool_spare, back, visit_to_fetch(row[F_CODE]), office)
    backlog[:waiting] = kept[:waiting]
    for desk in range(len(capacity)):
        spent[desk] = max(-left[desk], 0)
    for office in range(len(overdue)):
        overdue[office] += due_count[slot, office]
        due_count[slot, office] = 0
        if measured:
            sums[office, OPEN_FILES] += open_files[office]
            sums[office, OVERDUE] += overdue[office]
    return backlog, waiting, pool


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
    hall = Hall(
        np.zeros((offices, STATE_WIDTH), np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.bool_),
        np.zeros(places, np.bool_),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.empty(places, np.int64),
        np.zeros(offices, np.int64),
        np.zeros(offices, np.int64),
        np.empty((offices, LINES * fields), np.int64),
        np.empty((offices, LINES * fields), np.int64),
        np.zeros((offices, LINES), np.uint64),
        np.zeros((offices, fields), np.int64),
        np.zeros((offices, OUTAGES, 4), np.int64),
        np.zeros((offices, OUTAGES), np.bool_),
        np.empty(len(network.change_tick), np.int64),
        np.empty(len(network.change_tick), np.int64),
    )
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
        ahead, code, desk, due, office, count, work, archived = carry.files[row]
        if ahead < 0:
            backlog = _grown(backlog, waiting + 1)
            backlog[waiting] = carry.files[row]
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
            remembered[:] = held[day]
        if trace.shape[0] > 0:
            trace[day] = remembered
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
            visits[:n] = given[given_start[day] : given_start[day] + n]
        else:
            draw_day(key, laws, day, counts, returning, fixed, visits)
        if not played:
            for row in range(n):
                office_of[row] = competent[unit_of(visits[row, CODE]), field_of(visits[row, CODE])]
                _settle(done[row], SERVED, NOBODY, np.int64(0), np.int64(0), np.int64(0))
        else:
            if some_choice:
                write_reluctances(near_start, reachable, appeal, wait_scale, remembered, reluctances)
            start[:] = 0
            informed = np.int64(0)
            if coupled and len(looks) < n + 1024:
                looks = np.empty(n + n // 2 + 1024, np.int64)
            if some_slots:
                taken = np.zeros((offices, fields, 96), np.int64)
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
                    _settle(done[row], DEFERRED, NOBODY, NOBODY, NOBODY, np.int64(0))
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
                        if stays_away(visits[row, BOOKING], network.no_show_share):
                            _settle(done[row], NO_SHOW, NOBODY, NOBODY, NOBODY, np.int64(0))
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
            moved_pace = days.moved_pace[day]
            open_offices(network, days, hall, key, day, ordinal, start)
            if coupled:
                _couple(
                    network, laws, hall, goes_to[day], key, visits, order, arrival_of, next_row, done, office_of, looks, informed,
                    reserve_at, reserve_free, shown, live, moved_pace, days.door_share[day],
                )  # fmt: skip
            for office in range(offices):
                door_share = days.door_share[day, office]
                play_office(network, hall, visits, order, arrival_of, next_row, done, office, NEVER, moved_pace, door_share)
            if some_desk:
                _scan(network, scanners, visits, office_of, done, n, day)
            if measured:
                _account(network, laws, days, day, tables, hall, today, visits, office_of, arrival_of, done, n)
            _remember(network, remembered, waits, office_of, arrival_of, done, n, tables.office, measured)
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
                record[R_BOOKED] = visits[row, RANK] == BOOKED
                record[R_DOSSIERS] = visits[row, DOSSIERS]
                recorded += 1
        if laws.remote_micro.shape[0] > 0 and not by_hand:
            stops = portal_stops(network, days, key, day, ordinal, papers.portal, stops_from, stops_to)
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
                        work = papers.work[field] + papers.remote_work
                        files = _file(
                            files, file_heads, file_tails, file_spare, ready, code, papers.desk_of[unit, field], due, office,
                            np.int64(1), work, np.int64(papers.archived[field]),
                        )  # fmt: skip
                        open_files[office] += 1
                        due_count[due % RING, office] += 1
        backlog, waiting, pool = _back_office(
            network, laws, papers, key, day, measured, files, file_heads, file_tails, backlog, waiting, spent, due_count,
            overdue, open_files, pool, pool_heads, pool_tails, pool_spare, tables.office,
        )  # fmt: skip
        _release(files, file_heads, file_tails, file_spare, day % RING)
    left = _carried(
        block, remembered, pool, pool_heads, files, file_heads, backlog[:waiting], spent, scanners, network.scanners, clock
    )
    return hash_sum, records[:recorded], left


@njit(cache=True, nogil=True)
def _couple(
    network, laws, hall, goes_to, key, visits, order, arrival_of, next_row, done, office_of, looks, informed, reserve_at,
    reserve_free, shown, live, moved_pace, door_shares,
):  # fmt: skip
    """Play the day as far as offices touch each other: every look of a dispatcher and of citizens at the queues.

    looks : the first `informed` are (tick << 32 | row + pools) of citizens; those of dispatchers are added.
    """
    pools = len(network.pool_look)
    reserve_at[:] = -1
    reserve_free[:] = 0
    count = informed
    for pool in range(pools):
        opening, lunch, lunch_end, close = network.pool_hours[pool]
        tick = opening
        while tick < close:
            if not lunch <= tick < lunch_end and count < len(looks):
                looks[count] = (tick << 32) | pool
                count += 1
            tick += network.pool_look[pool]
    looks[:count].sort()
    for n in range(count):
        now, who = looks[n] >> 32, looks[n] & 0xFFFFFFFF
        if who < pools:
            _dispatch(
                network, hall, goes_to, visits, order, arrival_of, next_row, done, who, now, reserve_at, reserve_free, shown,
                moved_pace, door_shares,
            )  # fmt: skip
            continue
        row = who - pools
        code, origin = visits[row, CODE], visits[row, ORIGIN]
        unit, field = unit_of(code), field_of(code)
        usual = network.competent[unit, field]
        office = goes_to[usual]
        if office >= 0 and office != usual and not network.offers[office, field]:
            office = NOBODY
        for near in range(network.near_start[origin], network.near_start[origin + 1]):
            place = network.reachable[near]
            if network.offers[place, field] and goes_to[place] == place:
                wait = _looked_at(
                    network, hall, visits, order, arrival_of, next_row, done, place, now, moved_pace, door_shares[place]
                )
                live[near] = reluctance(network.appeal[origin, place], wait, network.wait_scale)
        hindrance = np.inf
        if office >= 0:
            wait = _looked_at(
                network, hall, visits, order, arrival_of, next_row, done, office, now, moved_pace, door_shares[office]
            )
            hindrance = reluctance(network.appeal[origin, office], wait, network.wait_scale)
        k0, k1, _, _ = cell_words(key, day_of(code), laws.unit_hash[unit], laws.field_hash[field])
        office = best_office(
            network.near_start, network.reachable, network.offers, goes_to, network.office_hash, live, k0, k1, index_of(code),
            field, origin, office, hindrance,
        )  # fmt: skip
        if office < 0:
            office_of[row] = usual
            arrival_of[row] = 0
            _settle(done[row], DEFERRED, NOBODY, NOBODY, NOBODY, np.int64(0))
            continue
        office_of[row] = office
        travel = network.travel[origin, office]
        arrival_of[row] = max(arrival_tick(visits[row, MEANT], travel, network.travel[origin, usual]), now + 1)
        state = hall.state[office]
        state[S_PENDING] = _join(state[S_PENDING], next_row, arrival_of, row)
        state[S_NEXT] = min(state[S_NEXT], arrival_of[row])


@njit(cache=True, nogil=True)
def _carried(block, remembered, pool, pool_heads, files, file_heads, backlog, spent, scanners, desks, clock):
    """What survives the last night of a block, with days counted from the next."""
    visits, count = np.empty((64, 3), np.int64), 0
    shelf, kept = np.empty((len(backlog) + 64, 8), np.int64), 0
    for row in range(len(backlog)):
        shelf[kept] = backlog[row]
        shelf[kept, 0] = -1
        shelf[kept, F_DUE] -= block
        kept += 1
    for ahead in range(RING):
        slot = (block + ahead) % RING
        place = pool_heads[slot]
        while place >= 0:
            visits = _grown(visits, count + 1)
            visits[count, 0], visits[count, 1], visits[count, 2] = ahead, pool[place, P_CODE], pool[place, P_OFFICE]
            count += 1
            place = pool[place, P_NEXT]
        place = file_heads[slot]
        while place >= 0:
            shelf = _grown(shelf, kept + 1)
            shelf[kept] = files[place]
            shelf[kept, 0] = ahead
            shelf[kept, F_DUE] -= block
            kept += 1
            place = files[place, F_NEXT]
    for office in range(len(desks)):
        for scanner in range(desks[office]):
            length = clock[office, 2] - clock[office, OPEN]
            scanners[office, scanner] = max(scanners[office, scanner] - block * length, 0)
    return Carry(remembered, visits[:count].copy(), shelf[:kept].copy(), spent, scanners)
