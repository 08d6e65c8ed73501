"""The offices within a day: what stands in them, and their events.

An office keeps its state between calls and is brought forward only when somebody looks at it: a citizen who chooses by
the queues of the moment, a dispatcher of reserves. Without them offices do not touch each other within a day.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .columns import (
    D_END,
    D_OFFICER,
    D_OUTCOME,
    D_PAUSED,
    D_SCANNED,
    D_START,
    D_WAIT,
)
from .rules import (
    BALKED,
    DEFERRED,
    INCOMPLETE,
    LAST_TICKET,
    LEFT,
    NEVER,
    O_END,
    O_FIELDS,
    O_ON,
    O_PACE,
    O_START,
    OPEN,
    OUTAGES,
    OVERTIME_END,
    SENT_AWAY,
    SERVED,
    TICKET_OPEN,
    TURNED_BACK,
    absence_chance,
    arrival_tick,
    balks,
    best_office,
    board_work,
    counter_work,
    day_outages,
    found_at_the_door,
    goes_back,
    mended_at_the_door,
    reluctance,
    reserved_now,
    send_score,
    service_ticks,
    shown_wait,
)
from .streams import (
    BALK,
    CODE,
    DOOR,
    MEANT,
    MISSING,
    ORIGIN,
    PATIENCE,
    RANK,
    SCAN,
    WORK,
    cell_words,
    day_of,
    field_of,
    index_of,
    is_absent,
    unit_of,
)

NOBODY = np.int64(-1)
FREE = NEVER  #: in the place of the end of a service
PAUSED = NEVER + 1


# columns of an office's state within a day
(
    S_UNTIL,
    S_ARRIVED,
    S_CHANGE,
    S_CHANGES,
    S_BUSY,
    S_IDLE,
    S_QUEUED,
    S_QUEUED_WORK,
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
    S_STAYS,
    S_SENT,
    S_FIRST,
    S_OWN,
    S_PLACES,
    S_RESERVED,
    S_SCANNERS,
    S_DOOR,
    S_OPENING,
    S_COUNTED,
    S_LAST_TICKET,
    S_CLOSING,
) = range(30)
STATE_WIDTH = 30
# rows of the state of officers' places within a day: end of the service in hand (or FREE, PAUSED), on duty, absent,
# row of the visit in hand, ticks left of a paused service and since when; of reserves when they came, were free to go,
# will come and will go (or NEVER); moved from home
(
    P_END,
    P_DUTY,
    P_ABSENT,
    P_SERVING,
    P_LEFT,
    P_PAUSED,
    P_CAME,
    P_GONE,
    P_COME,
    P_GO,
    P_MOVED,
    P_ENDS,
    P_IDLE,
) = range(13)
PEOPLE_WIDTH = 13
LINES = 6  #: rank × from beyond the boundary
# columns of a line: arrival and row of its first (tick << 32 | row), tick until which that one waits, row of its last
L_FRONT, L_LIMIT, L_LAST = range(3)
LINE_WIDTH = 3
ROW_MASK = 0xFFFFFFFF
PLACE_BITS = 16  #: below the tick at which a service ends, the officer's place at the office
PLACE_MASK = 0xFFFF


class Hall(NamedTuple):
    """All offices within a day, few arrays so that a call is cheap. N officers' places, O offices, F fields, Q = 6 F."""

    state: NDArray[np.int64]  #: (O, STATE_WIDTH)
    people: NDArray[np.int64]  #: (PEOPLE_WIDTH, N)
    lines: NDArray[np.int64]  #: (O, Q, LINE_WIDTH) a line ((rank × 2 + beyond) × fields + field), if anybody is in it
    waiting: NDArray[np.uint64]  #: (O, LINES) bits of fields whose line is not empty
    stops: NDArray[np.int64]  #: (O, F) outages that hold a field
    outage: NDArray[np.int64]  #: (O, OUTAGES, 5)
    changes: NDArray[np.int64]  #: (2, C) ticks and codes of today's roster changes of those present, office by office
    skills: NDArray[np.uint64]  #: (N,)
    pace: NDArray[np.int64]  #: (N, F)
    competent: NDArray[np.int64]  #: (U, F)
    nominal: NDArray[np.int64]  #: (O, F) work on the number board
    balk: NDArray[np.int64]  #: (2, F) shares who balk at long and very long waits
    visits: NDArray[np.int64]  #: (rows, VISIT_COLUMNS) of the day
    order: NDArray[np.int64]  #: rows by office and (arrival, code)
    arrival_of: NDArray[np.int64]  #: (rows,) ticks
    next_row: NDArray[np.int64]  #: (rows,) links of lines
    done: NDArray[np.int64]  #: (rows, DONE_WIDTH) what becomes of each visit
    nominal_fetch: int
    long_wait: int
    very_long_wait: int
    turn_away_share: int
    mend_share: int
    failed_share: int
    moved_pace: int  #: of the day


@njit(cache=True, nogil=True)
def settle(done, outcome, officer, start, end, wait):
    """Write what became of a visit."""
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
    crew_start, own_crew, clock = network.crew_start, network.own_crew, network.clock
    away_from = network.away_from
    absence, away_until, officer_hash = network.absence, network.away_until, network.officer_hash
    home_office, added, moved = network.home_office, days.absence_added, network.moved
    systems, everywhere, office_hash, dated = network.systems, network.everywhere, network.office_hash, days.outage
    people, absent, state = hall.people, hall.people[P_ABSENT], hall.state
    starts, ends = np.empty(8, np.int64), np.empty(8, np.int64)
    some_outage = days.outage_start[day + 1] > days.outage_start[day] or len(network.systems) > 0
    for row in range(len(absent)):
        chance = absence_chance(absence[row], added[day, home_office[row]], away_from, away_until[row], ordinal)
        absent[row] = 1 if chance > 0 and is_absent(key, ordinal, officer_hash[row], chance) else 0
        people[P_END, row] = FREE
        people[P_DUTY, row] = 0
        people[P_COME, row] = NEVER
        people[P_GO, row] = NEVER
        people[P_MOVED, row] = moved[row]
    filled = 0
    for office in range(offices):
        now = state[office]
        for column in range(STATE_WIDTH):
            now[column] = 0
        for kind in range(LINES):
            hall.waiting[office, kind] = 0
        now[S_FIRST], now[S_OWN] = crew_start[office], own_crew[office]
        now[S_PLACES] = crew_start[office + 1] - crew_start[office]
        now[S_RESERVED], now[S_SCANNERS] = network.reserved[office], network.scanners[office]
        now[S_DOOR] = days.door_share[day, office]
        now[S_OPENING] = clock[office, OPEN]
        now[S_COUNTED] = max(clock[office, TICKET_OPEN], clock[office, OPEN])
        now[S_LAST_TICKET], now[S_CLOSING] = clock[office, LAST_TICKET], clock[office, OVERTIME_END]
        now[S_ARRIVED], now[S_UNTIL] = start[office], start[office + 1]
        now[S_CHANGE] = filled
        for change in range(change_start[weekday, office], change_start[weekday, office + 1]):
            if absent[crew_start[office] + (change_officer[change] >> 1)] == 0:
                hall.changes[0, filled] = change_tick[change]
                hall.changes[1, filled] = change_officer[change]
                filled += 1
        now[S_CHANGES] = filled
        now[S_PENDING] = -1
        now[S_CREW] = own_crew[office]
        now[S_NEXT_GUEST] = NEVER
        if some_outage:
            for field in range(hall.stops.shape[1]):
                hall.stops[office, field] = 0
            for row in range(OUTAGES):
                hall.outage[office, row, O_ON] = 0
            first, last = days.outage_start[day], days.outage_start[day + 1]
            opening, closing, found = now[S_OPENING], now[S_CLOSING], hall.outage[office]
            now[S_OUTAGES] = day_outages(
                systems, everywhere, network.day_open, network.day_close, office_hash[office], opening, closing, dated, first,
                last, office, key, ordinal, found, starts, ends,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _goes_idle(idle_at, first, idle, officer):
    """Add an officer to those who are idle, in order of place, and return their number."""
    n = first + idle
    while n > first and idle_at[n - 1] > officer:
        idle_at[n] = idle_at[n - 1]
        n -= 1
    idle_at[n] = officer
    return idle + 1


@njit(cache=True, nogil=True)
def _no_longer_idle(idle_at, first, idle, officer):
    """Take an officer from those who are idle and return their number."""
    n = first
    while n < first + idle and idle_at[n] != officer:
        n += 1
    if n == first + idle:
        return idle
    for later in range(n + 1, first + idle):
        idle_at[later - 1] = idle_at[later]
    return idle - 1


@njit(cache=True, nogil=True)
def _goes_busy(ends, first, busy, end, officer):
    """Add a service to those under way, the soonest to end last, and return their number."""
    key = (end << PLACE_BITS) | (officer - first)
    n = first + busy
    while n > first and ends[n - 1] < key:
        ends[n] = ends[n - 1]
        n -= 1
    ends[n] = key
    return busy + 1


@njit(cache=True, nogil=True)
def _own_from(duty, first, crew, kept):
    """First officer on duty beyond those kept for citizens from beyond the boundary."""
    for officer in range(first, first + crew):
        if duty[officer] == 1:
            if kept == 0:
                return officer
            kept -= 1
    return first + crew


@njit(cache=True, nogil=True)
def play_office(hall, office, until):
    """Bring one office forward: all its events before the tick `until`; write what becomes of each visit."""
    state = hall.state[office]
    people, skills, paces, competent = hall.people, hall.skills, hall.pace, hall.competent
    visits, order, arrival_of, next_row, done = hall.visits, hall.order, hall.arrival_of, hall.next_row, hall.done
    fields = hall.stops.shape[1]
    nominal, balk_long, balk_very_long = hall.nominal[office], hall.balk[0], hall.balk[1]
    nominal_fetch, failed_share = hall.nominal_fetch, hall.failed_share
    long_wait, very_long_wait = hall.long_wait, hall.very_long_wait
    turn_away_share, mend_share, moved_pace = hall.turn_away_share, hall.mend_share, hall.moved_pace
    change_tick, change_officer = hall.changes[0], hall.changes[1]
    free_at, duty, serving, moved = people[P_END], people[P_DUTY], people[P_SERVING], people[P_MOVED]
    ends, idle_at = people[P_ENDS], people[P_IDLE]
    lines, waiting, stops, outage = hall.lines[office], hall.waiting[office], hall.stops[office], hall.outage[office]
    first, own, crew = state[S_FIRST], state[S_OWN], state[S_CREW]
    reserved, scanners, door_share = state[S_RESERVED], state[S_SCANNERS], state[S_DOOR]
    opening, counted_from = state[S_OPENING], state[S_COUNTED]
    last_ticket, closing = state[S_LAST_TICKET], state[S_CLOSING]
    arrived, arrivals = state[S_ARRIVED], state[S_UNTIL]
    change, changes = state[S_CHANGE], state[S_CHANGES]
    busy, idle, queued = state[S_BUSY], state[S_IDLE], state[S_QUEUED]
    queued_work, on_duty = state[S_QUEUED_WORK], state[S_ON_DUTY]
    closed, pending, next_guest = state[S_CLOSED] == 1, state[S_PENDING], state[S_NEXT_GUEST]
    next_outage, outages = state[S_OUTAGE], state[S_OUTAGES]
    stopped = np.uint64(state[S_STOPPED])
    own_from = _own_from(duty, first, crew, reserved_now(reserved, on_duty)) if reserved > 0 else first
    next_end = ends[first + busy - 1] >> PLACE_BITS if busy > 0 else NEVER
    next_change = change_tick[change] if change < changes else NEVER
    outage_starts = outage[next_outage, O_START] if next_outage < outages else NEVER
    outage_ends = NEVER
    for n in range(next_outage):
        if outage[n, O_ON] == 1:
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
            while next_end == now:
                officer = first + (ends[first + busy - 1] & PLACE_MASK)
                busy -= 1
                next_end = ends[first + busy - 1] >> PLACE_BITS if busy > 0 else NEVER
                free_at[officer] = FREE
                if duty[officer] == 1:
                    idle = _goes_idle(idle_at, first, idle, officer)
                elif officer >= first + own:
                    state[S_STAYS] += now - people[P_CAME, officer]
                    people[P_GONE, officer] = now
        elif outage_ends == now:
            outage_ends = NEVER
            for n in range(next_outage):
                if outage[n, O_ON] == 1 and outage[n, O_END] == now:
                    outage[n, O_ON] = 0
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
                                            free_at[officer] = now + people[P_LEFT, officer]
                                            busy = _goes_busy(ends, first, busy, free_at[officer], officer)
                                            result = done[serving[officer]]
                                            result[D_END] = free_at[officer]
                                            result[D_PAUSED] += now - people[P_PAUSED, officer]
                elif outage[n, O_ON] == 1:
                    outage_ends = min(outage_ends, outage[n, O_END])
            next_end = ends[first + busy - 1] >> PLACE_BITS if busy > 0 else NEVER
        elif outage_starts == now:
            while next_outage < outages and outage[next_outage, O_START] == now:
                outage[next_outage, O_ON] = 1
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
            still = first
            for n in range(first, first + busy):
                officer = first + (ends[n] & PLACE_MASK)
                if (stopped >> np.uint64(field_of(visits[serving[officer], CODE]))) & np.uint64(1) != np.uint64(0):
                    people[P_LEFT, officer] = free_at[officer] - now
                    people[P_PAUSED, officer] = now
                    free_at[officer] = PAUSED
                else:
                    ends[still] = ends[n]
                    still += 1
            busy = still - first
            next_end = ends[still - 1] >> PLACE_BITS if busy > 0 else NEVER
        elif next_change == now or next_guest == now:
            while change < changes and change_tick[change] == now:
                officer = first + (change_officer[change] >> 1)
                if (change_officer[change] & 1) == 1:
                    if duty[officer] == 0 and free_at[officer] == FREE:
                        idle = _goes_idle(idle_at, first, idle, officer)
                    duty[officer] = 1
                    on_duty += 1
                else:
                    idle = _no_longer_idle(idle_at, first, idle, officer)
                    duty[officer] = 0
                    on_duty -= 1
                change += 1
            next_change = change_tick[change] if change < changes else NEVER
            if next_guest == now:
                next_guest = NEVER
                for officer in range(first + own, first + crew):
                    if people[P_GO, officer] == now:
                        people[P_GO, officer] = NEVER
                        idle = _no_longer_idle(idle_at, first, idle, officer)
                        duty[officer] = 0
                        on_duty -= 1
                        if free_at[officer] == FREE:
                            state[S_STAYS] += now - people[P_CAME, officer]
                            people[P_GONE, officer] = now
                    if people[P_COME, officer] == now:
                        people[P_COME, officer] = NEVER
                        people[P_CAME, officer] = now
                        if duty[officer] == 0 and free_at[officer] == FREE:
                            idle = _goes_idle(idle_at, first, idle, officer)
                        duty[officer] = 1
                        on_duty += 1
                        state[S_COMING] -= 1
                    next_guest = min(next_guest, people[P_COME, officer], people[P_GO, officer])
            if reserved > 0:
                own_from = _own_from(duty, first, crew, reserved_now(reserved, on_duty))
        elif not closed and closing == now:
            closed = True
            for kind in range(LINES):
                for field in range(fields):
                    if (waiting[kind] >> np.uint64(field)) & np.uint64(1) != np.uint64(0):
                        row = lines[kind * fields + field, L_FRONT] & ROW_MASK
                        while row >= 0:
                            came = max(arrival_of[row], counted_from)
                            gone = came + visits[row, PATIENCE]
                            end = min(gone, closing)
                            settle(done[row], LEFT if gone < closing else SENT_AWAY, NOBODY, NOBODY, end, end - came)
                            row = next_row[row]
                waiting[kind] = 0
            queued = 0
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
                    settle(done[row], SENT_AWAY, NOBODY, NOBODY, now, np.int64(0))
                    continue
                if visits[row, MISSING] == 1 and found_at_the_door(visits[row, DOOR], door_share):
                    if not mended_at_the_door(visits[row, DOOR], mend_share):
                        settle(done[row], TURNED_BACK, NOBODY, NOBODY, now, np.int64(0))
                        continue
                    visits[row, MISSING] = 0
                word = visits[row, BALK]
                turns = stops[field] > 0 and word < turn_away_share if outages > 0 else False
                if not turns:
                    officers, until_next = _board(change_tick, change_officer, change, changes, on_duty, now, opening, closing)
                    shown = shown_wait(queued_work, officers, until_next)
                    turns = balks(shown, long_wait, very_long_wait, balk_long[field], balk_very_long[field], word)
                if turns:
                    settle(done[row], BALKED, NOBODY, NOBODY, now, np.int64(0))
                    continue
                queued += 1
                queued_work += board_work(code, nominal[field], nominal_fetch)
                kind = visits[row, RANK] * 2
                if reserved > 0 and competent[unit_of(code), field] != office:
                    kind += 1
                line = kind * fields + field
                bit = np.uint64(1) << np.uint64(field)
                next_row[row] = -1
                if (waiting[kind] & bit) != np.uint64(0):
                    next_row[lines[line, L_LAST]] = row
                else:
                    waiting[kind] |= bit
                    lines[line, L_FRONT] = (now << 32) | row
                    lines[line, L_LIMIT] = max(now, counted_from) + visits[row, PATIENCE]
                lines[line, L_LAST] = row
        # one pass matches idle officers to waiting citizens
        while idle > 0 and queued > 0:
            wanted = (waiting[0] | waiting[1] | waiting[2] | waiting[3] | waiting[4] | waiting[5]) & ~stopped
            if wanted == np.uint64(0):
                break
            able = np.uint64(0)
            able_own = np.uint64(0)
            for n in range(first, first + idle):
                able |= skills[idle_at[n]] & wanted
                if idle_at[n] >= own_from:
                    able_own |= skills[idle_at[n]] & wanted
                    if able_own == wanted:
                        able = wanted
                        break
            chosen = NEVER
            chosen_kind = chosen_field = 0
            for kind in range(LINES):
                if kind & 1 == 0 and chosen < NEVER:
                    break
                some = (able if kind & 1 == 1 else able_own) & waiting[kind]
                field = 0
                while some != np.uint64(0):
                    if (some & np.uint64(1)) != np.uint64(0):
                        line = kind * fields + field
                        front, limit = lines[line, L_FRONT], lines[line, L_LIMIT]
                        while limit < now:
                            row = front & ROW_MASK
                            queued -= 1
                            queued_work -= board_work(visits[row, CODE], nominal[field], nominal_fetch)
                            settle(done[row], LEFT, NOBODY, NOBODY, limit, visits[row, PATIENCE])
                            row = next_row[row]
                            if row < 0:
                                waiting[kind] &= ~(np.uint64(1) << np.uint64(field))
                                front = limit = NEVER
                            else:
                                front = (arrival_of[row] << 32) | row
                                limit = max(arrival_of[row], counted_from) + visits[row, PATIENCE]
                        lines[line, L_FRONT], lines[line, L_LIMIT] = front, limit
                        if front < chosen:
                            chosen, chosen_kind, chosen_field = front, kind, field
                    some >>= np.uint64(1)
                    field += 1
            if chosen == NEVER:
                break
            row, field = chosen & ROW_MASK, chosen_field
            code = visits[row, CODE]
            bit = np.uint64(1) << np.uint64(field)
            best = NOBODY
            best_pace = NEVER
            from_place = first if chosen_kind & 1 == 1 else own_from
            for n in range(first, first + idle):
                officer = idle_at[n]
                if officer >= from_place and (skills[officer] & bit) != np.uint64(0):
                    pace = paces[officer, field]
                    if pace < best_pace:
                        best, best_pace = officer, pace
            line = chosen_kind * fields + field
            behind = next_row[row]
            if behind < 0:
                waiting[chosen_kind] &= ~bit
            else:
                lines[line, L_FRONT] = (arrival_of[behind] << 32) | behind
                lines[line, L_LIMIT] = max(arrival_of[behind], counted_from) + visits[behind, PATIENCE]
            queued -= 1
            queued_work -= board_work(code, nominal[field], nominal_fetch)
            slow = np.int64(0)
            for n in range(next_outage):
                if outage[n, O_ON] == 1 and outage[n, O_PACE] > slow and (np.uint64(outage[n, O_FIELDS]) & bit) != np.uint64(0):
                    slow = outage[n, O_PACE]
            missing = visits[row, MISSING] == 1
            work = counter_work(visits[row, WORK], visits[row, SCAN], missing, scanners, failed_share)
            own_pace = moved_pace if moved[best] == 1 else np.int64(1000)
            end = now + service_ticks(work, best_pace, own_pace, slow if slow > 0 else np.int64(1000))
            free_at[best] = end
            serving[best] = row
            idle = _no_longer_idle(idle_at, first, idle, best)
            busy = _goes_busy(ends, first, busy, end, best)
            next_end = min(next_end, end)
            outcome = INCOMPLETE if missing else SERVED
            settle(done[row], outcome, best - first, now, end, now - max(arrival_of[row], counted_from))
    state[S_ARRIVED] = arrived
    state[S_CHANGE] = change
    state[S_BUSY], state[S_IDLE], state[S_QUEUED] = busy, idle, queued
    state[S_QUEUED_WORK], state[S_ON_DUTY] = queued_work, on_duty
    state[S_CLOSED], state[S_PENDING], state[S_NEXT_GUEST] = 1 if closed else 0, pending, next_guest
    state[S_OUTAGE], state[S_STOPPED] = next_outage, np.int64(stopped)
    state[S_NEXT] = now


@njit(cache=True, nogil=True)
def looked_at(hall, office, now):
    """Shown wait of an office after all its events up to a tick."""
    state = hall.state[office]
    if state[S_NEXT] <= now:
        play_office(hall, office, now + 1)
    opening, closing, changes, on_duty = state[S_OPENING], state[S_CLOSING], state[S_CHANGES], state[S_ON_DUTY]
    officers, until_next = _board(hall.changes[0], hall.changes[1], state[S_CHANGE], changes, on_duty, now, opening, closing)
    return shown_wait(state[S_QUEUED_WORK], officers, until_next)


@njit(cache=True, nogil=True)
def dispatch(network, hall, goes_to, pool, now, reserve_at, reserve_free, shown):
    """A look of a pool's dispatcher: reserves are called back, then free ones are sent where they are wanted most."""
    offices = len(goes_to)
    people = hall.people
    travel, reserve_pool, reserve_place = network.pool_travel[pool], network.reserve_pool, network.reserve_place
    for office in range(offices):
        if travel[office] >= 0 and goes_to[office] == office:
            shown[office] = looked_at(hall, office, now)
    for reserve in range(len(reserve_at)):
        office = reserve_at[reserve]
        if reserve_pool[reserve] != pool or office < 0:
            continue
        row = reserve_place[reserve, office]
        if people[P_COME, row] < NEVER:
            continue
        if people[P_DUTY, row] == 1:
            stayed = now - people[P_CAME, row]
            if people[P_GO, row] > now + 1 and goes_back(
                shown[office], stayed, network.pool_return[pool], network.pool_stay[pool]
            ):
                people[P_GO, row] = now + 1
                state = hall.state[office]
                state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], now + 1)
                state[S_NEXT] = min(state[S_NEXT], now + 1)
        elif people[P_END, row] == FREE:
            reserve_free[reserve] = people[P_GONE, row] + travel[office]
            reserve_at[reserve] = NOBODY
    lunch = network.pool_hours[pool, 1]
    for reserve in range(len(reserve_at)):
        if reserve_pool[reserve] != pool or reserve_at[reserve] >= 0 or reserve_free[reserve] > now:
            continue
        best = NOBODY
        best_score = 0
        for office in range(offices):
            row = reserve_place[reserve, office]
            if row < 0 or goes_to[office] != office or people[P_ABSENT, row] == 1:
                continue
            state = hall.state[office]
            if state[S_ON_DUTY] + state[S_COMING] >= network.counters[office]:
                continue
            go = lunch if now < lunch else state[S_CLOSING]
            if now + max(travel[office], 1) >= go or not _may_help(network.pace, network.offers, row, office):
                continue
            score = send_score(shown[office], state[S_ON_DUTY], state[S_COMING], network.pool_send[pool])
            if score > best_score:
                best, best_score = np.int64(office), score
        if best >= 0:
            row = reserve_place[reserve, best]
            state = hall.state[best]
            people[P_COME, row] = now + max(travel[best], 1)
            people[P_GO, row] = lunch if now < lunch else state[S_CLOSING]
            reserve_at[reserve] = best
            state[S_SENT] += 1
            state[S_COMING] += 1
            state[S_CREW] = state[S_PLACES]
            state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], people[P_COME, row])
            state[S_NEXT] = min(state[S_NEXT], people[P_COME, row])


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
def couple(network, unit_hash, field_hash, hall, goes_to, key, office_of, looks, informed, reserve_at, reserve_free, shown, live):
    """Play the day as far as offices touch each other: every look of a dispatcher and of citizens at the queues.

    looks : the first `informed` are (tick << 32 | row + pools) of citizens; those of dispatchers are added.
    """
    pools = len(network.pool_look)
    near_start, reachable, offers, office_hash = network.near_start, network.reachable, network.offers, network.office_hash
    competent, appeal, travel, wait_scale = network.competent, network.appeal, network.travel, network.wait_scale
    visits, arrival_of, done = hall.visits, hall.arrival_of, hall.done
    for reserve in range(len(reserve_at)):
        reserve_at[reserve] = NOBODY
        reserve_free[reserve] = 0
    count = informed
    for pool in range(pools):
        opening, lunch = network.pool_hours[pool, 0], network.pool_hours[pool, 1]
        lunch_end, close = network.pool_hours[pool, 2], network.pool_hours[pool, 3]
        tick = opening
        while tick < close:
            if not lunch <= tick < lunch_end:
                looks[count] = (tick << 32) | pool
                count += 1
            tick += network.pool_look[pool]
    looks[:count].sort()
    for n in range(count):
        now, who = looks[n] >> 32, looks[n] & 0xFFFFFFFF
        if who < pools:
            dispatch(network, hall, goes_to, who, now, reserve_at, reserve_free, shown)
            continue
        row = who - pools
        code, origin = visits[row, CODE], visits[row, ORIGIN]
        unit, field = unit_of(code), field_of(code)
        usual = competent[unit, field]
        office = goes_to[usual]
        if office >= 0 and office != usual and not offers[office, field]:
            office = NOBODY
        for near in range(near_start[origin], near_start[origin + 1]):
            place = reachable[near]
            if offers[place, field] and goes_to[place] == place:
                live[near] = reluctance(appeal[origin, place], looked_at(hall, place, now), wait_scale)
        hindrance = np.inf
        if office >= 0:
            hindrance = reluctance(appeal[origin, office], looked_at(hall, office, now), wait_scale)
        k0, k1, _, _ = cell_words(key, day_of(code), unit_hash[unit], field_hash[field])
        index = index_of(code)
        office = best_office(
            near_start, reachable, offers, goes_to, office_hash, live, k0, k1, index, field, origin, office, hindrance
        )
        if office < 0:
            office_of[row] = usual
            arrival_of[row] = 0
            settle(done[row], DEFERRED, NOBODY, NOBODY, NOBODY, np.int64(0))
            continue
        office_of[row] = office
        arrival_of[row] = max(arrival_tick(visits[row, MEANT], travel[origin, office], travel[origin, usual]), now + 1)
        state = hall.state[office]
        state[S_PENDING] = _join(state[S_PENDING], hall.next_row, arrival_of, row)
        state[S_NEXT] = min(state[S_NEXT], arrival_of[row])
