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
from .lanes import LANES, alike, least, loaded, put, smallest, store
from .night import CROWD, sort_crowd
from .race import CLEARLY, STEPS, draw_tastes, of_wait, of_way
from .rules import (
    BALKED,
    DEFERRED,
    HALF_HOUR,
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
    ABSENCE,
    BALK,
    BATCH,
    BOOKING,
    BORROWED,
    CODE,
    DOOR,
    DOSSIERS,
    MASK,
    MISSING,
    ORIGIN,
    PATIENCE,
    RANK,
    RETURNS,
    REUSED,
    SCAN,
    SHIFT,
    WORK,
    field_of,
    index_of,
    lowest_bit,
    natural,
    unit_of,
    within_days,
    write_first_words,
)

NOBODY = np.int64(-1)
FREE = NEVER  #: in the place of the end of a service
PAUSED = NEVER + 1


# columns of a visit in a hall (n, HALL_COLUMNS) int64: the first seven as drawn, then bits: the rank, papers missing, papers
# held, by appointment, served when the officer's duty ended, above them the number of dossiers and in the upper half the word by
# which the citizen tries again
MARKS = 7
HALL_COLUMNS = 8
MARK_RANK, MARK_MISSING, MARK_REUSED, MARK_BOOKED, MARK_OUTLASTS = 3, 4, 8, 16, 32
DOSSIERS_SHIFT, DOSSIERS_MASK = 6, (1 << 26) - 1
RETURNS_SHIFT = 32

# columns of an office's state within a day
(
    S_UNTIL,
    S_ARRIVED,
    S_CHANGE,
    S_CHANGES,
    S_IDLE,
    S_IN_LINE,
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
) = range(29)
S_ENDS = 29  #: from here on the keys of the next ends of services, in each lane of those of its places
STATE_WIDTH = S_ENDS + LANES
# rows of the state of officers' places within a day: end of the service in hand (or FREE, PAUSED), on duty, absent,
# row of the visit in hand, ticks left of a paused service and since when; of reserves when they came, were free to go,
# will come and will go (or NEVER); moved from home; key of the end of the service under way (end << PLACE_BITS | place, or
# EMPTY); by office, not by place: bits of idle places
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
# columns of a line: key of its first (arrival << 32 | row), tick until which that one waits, its place, place of the last
L_FRONT, L_LIMIT, L_FIRST, L_LAST = range(4)
LINE_WIDTH = 4
ROW_BITS = 32
ROW_MASK = 0xFFFFFFFF
EMPTY = np.int64(2**63 - 1)  #: in the place of the first of a line or of an end; ticks of a given day may reach 2**31
PLACE_BITS = 16  #: below the tick at which a service ends, the officer's place at the office
PLACE_MASK = 0xFFFF
LANE_MASK = LANES - 1  #: of a place, the lane in which its end is
WORD_BITS = 5  #: 32 places of an office stand in a word of the bits that tell who is idle
WORD_MASK = 31
UNKNOWN = -1.0  #: in the place of what the queue of an office adds to the hindrance
SPAN_BITS = 26  #: of the ticks, about 18 hours, over which what happens in a day is dealt into buckets


class Hall(NamedTuple):
    """All offices within a day, few arrays so that a call is cheap. N officers' places, O offices, F fields, Q = 6 F.

    The day's visits stand office by office in the order of their keys, so that an office reads along memory; those whose
    office is not known in the morning stand behind.
    """

    state: NDArray[np.int64]  #: (O, STATE_WIDTH)
    people: NDArray[np.int64]  #: (PEOPLE_WIDTH, N)
    lines: NDArray[np.int64]  #: (O, Q, LINE_WIDTH) a line ((rank × 2 + beyond) × fields + field), if anybody is in it
    waiting: NDArray[np.uint64]  #: (O, LINES) bits of fields whose line is not empty
    stops: NDArray[np.int64]  #: (O, F) outages that hold a field
    outage: NDArray[np.int64]  #: (O, OUTAGES, 5)
    changes: NDArray[np.int64]  #: (2, C) ticks and codes of today's roster changes of those present, office by office
    skills: NDArray[np.uint64]  #: (N,)
    pace: NDArray[np.int64]  #: (F, N) by field, so that those of an office stand together
    quickest: NDArray[np.int64]  #: (F, N) see `quickest_places`
    competent: NDArray[np.int64]  #: (U, F)
    nominal: NDArray[np.int64]  #: (O, F) work on the number board
    balk: NDArray[np.int64]  #: (2, F) shares who balk at long and very long waits
    visits: NDArray[np.int64]  #: (n, HALL_COLUMNS)
    keys: NDArray[np.int64]  #: (n,) arrival << ROW_BITS | row of the visit in the order of codes
    follows: NDArray[np.int64]  #: (n,) links of lines
    done: NDArray[np.int64]  #: (n, DONE_WIDTH) what becomes of each visit
    nominal_fetch: int
    long_wait: int
    very_long_wait: int
    turn_away_share: int
    mend_share: int
    failed_share: int
    moved_pace: int  #: of the day


@njit(cache=True, nogil=True)
def quickest_places(crew_start, pace):
    """Bits of the places that serve a field at the least pace of their office, (F, N), set down as those who are idle.

    pace : (F, N). Whoever is among them need not be compared with others.
    """
    quickest = np.zeros(pace.shape, np.int64)
    for office in range(len(crew_start) - 1):
        first, until = crew_start[office], crew_start[office + 1]
        for field in range(len(pace)):
            least = NEVER
            for officer in range(first, until):
                if 0 < pace[field, officer] < least:
                    least = pace[field, officer]
            for place in range(until - first):
                if pace[field, first + place] == least:
                    quickest[field, first + (place >> WORD_BITS)] |= np.int64(1) << (place & WORD_MASK)
    return quickest


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def enter(visit, drawn):
    """Write a drawn visit as a hall asks for it."""
    for column in range(MARKS):
        visit[column] = drawn[column]
    marks = drawn[RANK] | (MARK_BOOKED if drawn[BOOKING] < 0 else 0) | (drawn[DOSSIERS] << DOSSIERS_SHIFT)
    marks |= (drawn[MISSING] * MARK_MISSING) | (drawn[REUSED] * MARK_REUSED)
    visit[MARKS] = marks | (drawn[RETURNS] << RETURNS_SHIFT)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def settle(done, outcome, officer, start, end, wait):
    """Write what became of a visit."""
    done[D_OUTCOME] = outcome
    done[D_OFFICER] = officer
    done[D_START] = start
    done[D_END] = end
    done[D_WAIT] = wait
    done[D_PAUSED] = 0
    done[D_SCANNED] = 0


@njit(cache=True, nogil=True, **BORROWED)
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


@njit(cache=True, nogil=True, **BORROWED)
def open_offices(network, days, hall, key, day, ordinal, start, scratch):
    """Set every office to the morning of a day; start : (O + 1,) slices of the day's visits; scratch : (2, 8)."""
    offices = len(network.office_hash)
    weekday = days.weekday[day]
    change_start, change_tick, change_officer = network.change_start, network.change_tick, network.change_officer
    crew_start, own_crew, clock = network.crew_start, network.own_crew, network.clock
    away_from = network.away_from
    absence, away_until, officer_hash = network.absence, network.away_until, network.officer_hash
    home_office, added, moved = network.home_office, days.absence_added, network.moved
    systems, everywhere, office_hash, dated = network.systems, network.everywhere, network.office_hash, days.outage
    people, absent, state = hall.people, hall.people[P_ABSENT], hall.state
    starts, ends = scratch[0], scratch[1]
    some_outage = days.outage_start[day + 1] > days.outage_start[day] or len(network.systems) > 0
    write_first_words(key, ordinal, officer_hash, ABSENCE, absent)  # as `is_absent` of each
    for row in range(len(absent)):
        chance = absence_chance(absence[row], added[day, home_office[row]], away_from, away_until[row], ordinal)
        absent[row] = absent[row] < chance
        people[P_END, row] = FREE
        people[P_DUTY, row] = 0
        people[P_IDLE, row] = 0
        people[P_ENDS, row] = EMPTY
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
        store(now, S_ENDS, alike(EMPTY))
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


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _goes_idle(people, first, idle, officer):
    """Add an officer to those who are idle; return their number."""
    place = natural(officer - first)
    people[P_IDLE, natural(first + (place >> WORD_BITS))] |= np.int64(1) << (place & WORD_MASK)
    return idle + 1


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _no_longer_idle(people, first, idle, officer):
    """Take an officer from those who are idle, if among them; return their number."""
    place = natural(officer - first)
    word, bit = natural(first + (place >> WORD_BITS)), place & WORD_MASK
    was = (people[P_IDLE, word] >> bit) & 1
    people[P_IDLE, word] ^= was << bit
    return idle - was


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _goes_busy(ends, people, first, end, officer):
    """Note a service under way; return the next ends by lane.

    They stay in a register as an office is played: a vector is read late where its parts were just written one by one.
    """
    place = officer - first
    key = (end << PLACE_BITS) | place
    people[P_ENDS, officer] = key
    return least(ends, put(alike(EMPTY), place & LANE_MASK, key))


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _no_longer_busy(ends, people, first, places, officer):
    """Note that a service has ended; return the next ends by lane."""
    people[P_ENDS, officer] = EMPTY
    lane, key = (officer - first) & LANE_MASK, EMPTY
    for place in range(lane, places, LANES):
        key = min(key, people[P_ENDS, natural(first + place)])
    return put(ends, lane, key)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _ends_by_lane(people, first, places):
    """The next ends of services by lane."""
    ends = alike(EMPTY)
    for place in range(places):
        ends = least(ends, put(alike(EMPTY), place & LANE_MASK, people[P_ENDS, natural(first + place)]))
    return ends


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _idle_from(people, first, word, from_place):
    """Bits of who is idle in a word of an office's places, from an officer on."""
    idle, before = people[P_IDLE, natural(first + word)], from_place - first - (word << WORD_BITS)
    return idle if before <= 0 else (idle >> min(before, WORD_MASK + 1)) << min(before, WORD_MASK + 1)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _best_idle(people, first, words, from_place, pace, quickest):
    """The idle officer of the least pace, the first of them, NOBODY if nobody may serve; and that pace.

    words : of bits of the office's places; pace, quickest : (N,)
    """
    for word in range(words):
        idle = _idle_from(people, first, word, from_place) & quickest[natural(first + word)]
        if idle != 0:
            officer = natural(first + (word << WORD_BITS) + lowest_bit(idle))
            return officer, pace[officer]
    best, best_pace = NOBODY, NEVER
    for word in range(words):
        idle = _idle_from(people, first, word, from_place)
        while idle != 0:
            officer = natural(first + (word << WORD_BITS) + lowest_bit(idle))
            idle &= idle - 1
            own = pace[officer]
            if 0 < own < best_pace:
                best, best_pace = officer, own
    return best, best_pace


@njit(cache=True, nogil=True, **BORROWED)
def _own_from(state, people):
    """First officer on duty beyond those who are kept for citizens from beyond the boundary."""
    first = state[S_FIRST]
    kept = reserved_now(state[S_RESERVED], state[S_ON_DUTY])
    for officer in range(first, first + state[S_CREW]):
        if people[P_DUTY, officer] == 1:
            if kept == 0:
                return officer
            kept -= 1
    return first + state[S_CREW]


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _next_rare(state, changes, outage):
    """Tick of the next event of an office that is neither an arrival nor the end of a service."""
    tick = min(state[S_NEXT_GUEST], NEVER if state[S_CLOSED] == 1 else state[S_CLOSING])
    if state[S_OUTAGES] > 0:
        tick = min(tick, _outage_ends(state, outage), _outage_starts(state, outage))
    return min(tick, changes[0, state[S_CHANGE]] if state[S_CHANGE] < state[S_CHANGES] else NEVER)


@njit(cache=True, nogil=True, **BORROWED)
def _outage_ends(state, outage):
    """Tick of the next end of an outage."""
    tick = NEVER
    for n in range(state[S_OUTAGE]):
        if outage[n, O_ON] == 1:
            tick = min(tick, outage[n, O_END])
    return tick


@njit(cache=True, nogil=True, **BORROWED)
def _outage_starts(state, outage):
    """Tick of the next start of an outage."""
    return outage[state[S_OUTAGE], O_START] if state[S_OUTAGE] < state[S_OUTAGES] else NEVER


@njit(cache=True, nogil=True, **BORROWED)
def _end_outages(hall, office, now):
    """End the outages that end at a tick; services that paused go on."""
    state, outage, stops = hall.state[office], hall.outage[office], hall.stops[office]
    people, visits, done = hall.people, hall.visits, hall.done
    first, crew = state[S_FIRST], state[S_CREW]
    for n in range(state[S_OUTAGE]):
        if outage[n, O_ON] == 0 or outage[n, O_END] != now:
            continue
        outage[n, O_ON] = 0
        for field in range(len(stops) if outage[n, O_PACE] == 0 else 0):
            if (outage[n, O_FIELDS] >> field) & 1 == 0:
                continue
            stops[field] -= 1
            if stops[field] > 0:
                continue
            state[S_STOPPED] &= ~(np.int64(1) << field)
            for officer in range(first, first + crew):
                row = people[P_SERVING, officer]
                if people[P_END, officer] == PAUSED and field_of(visits[row, CODE]) == field:
                    end = now + people[P_LEFT, officer]
                    people[P_END, officer] = end
                    people[P_ENDS, officer] = (end << PLACE_BITS) | (officer - first)
                    done[row, D_END] = end
                    done[row, D_PAUSED] += now - people[P_PAUSED, officer]


@njit(cache=True, nogil=True, **BORROWED)
def _start_outages(hall, office, now):
    """Start the outages that start at a tick; services they stop pause."""
    state, outage, stops = hall.state[office], hall.outage[office], hall.stops[office]
    people, visits = hall.people, hall.visits
    first = state[S_FIRST]
    while _outage_starts(state, outage) == now:
        row = outage[state[S_OUTAGE]]
        row[O_ON] = 1
        for field in range(len(stops) if row[O_PACE] == 0 else 0):
            if (row[O_FIELDS] >> field) & 1 == 1:
                stops[field] += 1
                state[S_STOPPED] |= np.int64(1) << field
        state[S_OUTAGE] += 1
    for officer in range(first, first + state[S_PLACES]):
        if people[P_ENDS, officer] < EMPTY and stops[field_of(visits[people[P_SERVING, officer], CODE])] > 0:
            people[P_LEFT, officer] = people[P_END, officer] - now
            people[P_PAUSED, officer] = now
            people[P_END, officer] = PAUSED
            people[P_ENDS, officer] = EMPTY


@njit(cache=True, nogil=True, **BORROWED)
def _change_duty(state, people, changes, visits, now):
    """Let officers and reserves come on duty and go off it."""
    first, own, change = state[S_FIRST], state[S_OWN], state[S_CHANGE]
    while change < state[S_CHANGES] and changes[0, change] == now:
        _set_duty(state, people, visits, first + (changes[1, change] >> 1), changes[1, change] & 1)
        change += 1
    state[S_CHANGE] = change
    if state[S_NEXT_GUEST] == now:
        state[S_NEXT_GUEST] = NEVER
        for officer in range(first + own, first + state[S_CREW]):
            if people[P_GO, officer] == now:
                people[P_GO, officer] = NEVER
                _set_duty(state, people, visits, officer, np.int64(0))
                if people[P_END, officer] == FREE:
                    state[S_STAYS] += now - people[P_CAME, officer]
                    people[P_GONE, officer] = now
            if people[P_COME, officer] == now:
                people[P_COME, officer] = NEVER
                people[P_CAME, officer] = now
                _set_duty(state, people, visits, officer, np.int64(1))
                state[S_COMING] -= 1
            state[S_NEXT_GUEST] = min(state[S_NEXT_GUEST], people[P_COME, officer], people[P_GO, officer])


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _set_duty(state, people, visits, officer, duty):
    """Let one officer come on duty (1) or go off it (0); who is being served then is marked."""
    first, idle = state[S_FIRST], state[S_IDLE]
    if duty == 0:
        idle = _no_longer_idle(people, first, idle, officer)
        if people[P_END, officer] != FREE:
            visits[people[P_SERVING, officer], MARKS] |= MARK_OUTLASTS
    elif people[P_DUTY, officer] == 0 and people[P_END, officer] == FREE:
        idle = _goes_idle(people, first, idle, officer)
    people[P_DUTY, officer] = duty
    state[S_IDLE] = idle
    state[S_ON_DUTY] += 2 * duty - 1


@njit(cache=True, nogil=True, **BORROWED)
def _close(hall, office):
    """Send away who still waits at closing; whose patience ended before has left."""
    state, lines, waiting = hall.state[office], hall.lines[office], hall.waiting[office]
    visits, done, keys, fields = hall.visits, hall.done, hall.keys, hall.stops.shape[1]
    closing = state[S_CLOSING]
    for kind in range(LINES):
        for field in range(fields):
            at = NOBODY
            if (waiting[kind] >> np.uint64(field)) & np.uint64(1) != np.uint64(0):
                at = lines[kind * fields + field, L_FIRST]
            while at >= 0:
                came = max(keys[at] >> ROW_BITS, state[S_COUNTED])
                gone = came + visits[at, PATIENCE]
                end = min(gone, closing)
                settle(done[at], LEFT if gone < closing else SENT_AWAY, NOBODY, NOBODY, end, end - came)
                at = hall.follows[at]
        waiting[kind] = 0
    state[S_CLOSED] = 1
    state[S_IN_LINE], state[S_QUEUED] = 0, 0


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _stand_in_line(lines, waiting, follows, kind, field, line, at, front, limit):
    """Add a citizen to a line; front : their key; limit : tick until which they wait."""
    bit = np.uint64(1) << np.uint64(field)
    if (waiting[kind] & bit) != np.uint64(0):
        follows[natural(lines[line, L_LAST])] = at
    else:
        lines[line, L_FRONT] = front
        lines[line, L_LIMIT] = limit
        lines[line, L_FIRST] = at
    lines[line, L_LAST] = at
    waiting[kind] |= bit
    follows[at] = -1


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _move_up(lines, waiting, follows, kind, field, line, at, visits, keys, counted_from):
    """Take the first of a line, who is `at`, out of it."""
    behind = follows[at]
    if behind < 0:
        lines[line, L_FRONT], lines[line, L_LIMIT] = EMPTY, NEVER
        waiting[kind] &= ~(np.uint64(1) << np.uint64(field))
    else:
        front = keys[behind]
        lines[line, L_FRONT], lines[line, L_FIRST] = front, behind
        lines[line, L_LIMIT] = max(front >> ROW_BITS, counted_from) + visits[behind, PATIENCE]


@njit(cache=True, nogil=True, **BORROWED)
def _slow_pace(outage, until, field):
    """Pace in per mille that outages force on a service that begins now."""
    slow = np.int64(0)
    for n in range(until):
        if outage[n, O_ON] == 1 and (outage[n, O_FIELDS] >> field) & 1 == 1:
            slow = max(slow, outage[n, O_PACE])
    return slow if slow > 0 else np.int64(1000)


@njit(cache=True, nogil=True, **BORROWED)
def play_office(hall, office, until):
    """Bring one office forward: all its events before the tick `until`; write what becomes of each visit."""
    _play_on(hall, office, until)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _play_on(hall, office, until):
    """The same, for who calls often: to hand the whole hall over costs more than an event.

    What an event changes is kept in local names, and written back before rare events and at the end.
    """
    office = natural(office)
    state, people, skills, paces, competent = hall.state[office], hall.people, hall.skills, hall.pace, hall.competent
    visits, keys, follows, done = hall.visits, hall.keys, hall.follows, hall.done
    fields = natural(hall.stops.shape[1])
    nominal, balk, changes, quickest = hall.nominal, hall.balk, hall.changes, hall.quickest
    nominal_fetch, failed_share = hall.nominal_fetch, hall.failed_share
    long_wait, very_long_wait = hall.long_wait, hall.very_long_wait
    turn_away_share, mend_share, moved_pace = hall.turn_away_share, hall.mend_share, hall.moved_pace
    lines, waiting, stops, outage = hall.lines[office], hall.waiting[office], hall.stops[office], hall.outage[office]
    first = natural(state[S_FIRST])
    first_reserve = first + state[S_OWN]
    places, words = state[S_PLACES], natural((state[S_PLACES] + WORD_MASK) >> WORD_BITS)
    reserved, scanners, door_share = state[S_RESERVED], state[S_SCANNERS], state[S_DOOR]
    counted_from, last_ticket, closing = state[S_COUNTED], state[S_LAST_TICKET], state[S_CLOSING]
    arrived, arrivals, pending = natural(state[S_ARRIVED]), state[S_UNTIL], state[S_PENDING]
    idle, on_duty, ends = natural(state[S_IDLE]), state[S_ON_DUTY], loaded(state, S_ENDS)
    soonest = smallest(ends)
    queued, queued_work = state[S_IN_LINE], state[S_QUEUED]
    stopped, own_from = np.uint64(state[S_STOPPED]), _own_from(state, people) if reserved > 0 else first
    next_rare, next_outage, outages = _next_rare(state, changes, outage), state[S_OUTAGE], state[S_OUTAGES]
    next_end = soonest >> PLACE_BITS if soonest < EMPTY else NEVER
    kind = field = np.int64(0)
    while True:
        next_arrival = keys[arrived] >> ROW_BITS if arrived < arrivals else NEVER
        if pending >= 0:
            next_arrival = min(next_arrival, keys[pending] >> ROW_BITS)
        now = min(next_end, next_rare, next_arrival)
        if now >= until:
            break
        alone = NOBODY  # who comes while nobody waits goes past the line to an idle officer
        if next_end == now:
            while next_end == now:
                officer = natural(first + (soonest & PLACE_MASK))
                ends = _no_longer_busy(ends, people, first, places, officer)
                soonest = smallest(ends)
                next_end = soonest >> PLACE_BITS if soonest < EMPTY else NEVER
                people[P_END, officer] = FREE
                if people[P_DUTY, officer] == 1:
                    idle = _goes_idle(people, first, idle, officer)
                elif officer >= first_reserve:
                    state[S_STAYS] += now - people[P_CAME, officer]
                    people[P_GONE, officer] = now
                if queued == 0 and next_end < min(until, next_rare, next_arrival):  # nobody waits for who is free
                    now = next_end
        elif next_rare == now:
            state[S_IDLE], state[S_IN_LINE], state[S_QUEUED] = idle, queued, queued_work
            if outages > 0 and _outage_ends(state, outage) == now:
                _end_outages(hall, office, now)
            elif outages > 0 and _outage_starts(state, outage) == now:
                _start_outages(hall, office, now)
            elif state[S_NEXT_GUEST] == now or (state[S_CHANGE] < state[S_CHANGES] and changes[0, state[S_CHANGE]] == now):
                _change_duty(state, people, changes, visits, now)
            else:
                _close(hall, office)
            idle, queued, queued_work = natural(state[S_IDLE]), state[S_IN_LINE], state[S_QUEUED]
            on_duty, stopped, next_outage = state[S_ON_DUTY], np.uint64(state[S_STOPPED]), state[S_OUTAGE]
            own_from = _own_from(state, people) if reserved > 0 else first
            next_rare = _next_rare(state, changes, outage)
            if outages > 0:
                ends = _ends_by_lane(people, first, places)
                soonest = smallest(ends)
                next_end = soonest >> PLACE_BITS if soonest < EMPTY else NEVER
        else:
            while next_arrival == now:
                at = natural(arrived)
                if pending >= 0 and (arrived >= arrivals or keys[pending] < keys[arrived]):
                    at = natural(pending)
                    pending = follows[at]
                else:
                    arrived = natural(arrived + 1)
                next_arrival = keys[arrived] >> ROW_BITS if arrived < arrivals else NEVER
                if pending >= 0:
                    next_arrival = min(next_arrival, keys[pending] >> ROW_BITS)
                code = visits[at, CODE]
                field = field_of(code)
                if now > last_ticket:
                    settle(done[at], SENT_AWAY, NOBODY, NOBODY, now, np.int64(0))
                    continue
                if (visits[at, MARKS] & MARK_MISSING) != 0 and found_at_the_door(visits[at, DOOR], door_share):
                    if not mended_at_the_door(visits[at, DOOR], mend_share):
                        settle(done[at], TURNED_BACK, NOBODY, NOBODY, now, np.int64(0))
                        continue
                    visits[at, MARKS] ^= MARK_MISSING
                word = visits[at, BALK]
                turns = stops[field] > 0 and word < turn_away_share if outages > 0 else False
                if not turns:
                    officers, until_next = on_duty, np.int64(0)
                    if on_duty == 0:
                        change, until_change, opening = state[S_CHANGE], state[S_CHANGES], state[S_OPENING]
                        officers, until_next = _board(changes[0], changes[1], change, until_change, 0, now, opening, closing)
                    shown = shown_wait(queued_work, officers, until_next)
                    turns = balks(shown, long_wait, very_long_wait, balk[0, field], balk[1, field], word)
                if turns:
                    settle(done[at], BALKED, NOBODY, NOBODY, now, np.int64(0))
                    continue
                kind = natural(visits[at, MARKS] & MARK_RANK) * 2
                if reserved > 0 and competent[unit_of(code), field] != office:
                    kind += 1
                held = (stopped >> np.uint64(field)) & np.uint64(1) != np.uint64(0)
                if queued == 0 and idle > 0 and next_arrival > now and not held:
                    alone = at
                else:
                    queued += 1
                    queued_work += board_work(code, nominal[office, field], nominal_fetch)
                    limit = max(now, counted_from) + visits[at, PATIENCE]
                    _stand_in_line(lines, waiting, follows, kind, field, natural(kind * fields + field), at, keys[at], limit)
        # one pass matches idle officers to waiting citizens
        while idle > 0 and (queued > 0 or alone >= 0):
            at = alone
            if alone < 0:
                wanted = (waiting[0] | waiting[1] | waiting[2] | waiting[3] | waiting[4] | waiting[5]) & ~stopped
                able, able_own = np.uint64(0), np.uint64(0)
                for word in range(words):
                    bits = people[P_IDLE, natural(first + word)]
                    while bits != 0 and able_own != wanted:
                        officer = natural(first + (word << WORD_BITS) + lowest_bit(bits))
                        bits &= bits - 1
                        able |= skills[officer] & wanted
                        if officer >= own_from:
                            able_own |= skills[officer] & wanted
                chosen = EMPTY
                for line_kind in range(LINES):
                    if line_kind & 1 == 0 and chosen < EMPTY:
                        break
                    some = (able if line_kind & 1 == 1 else able_own) & waiting[line_kind]
                    while some != np.uint64(0):
                        line_field = lowest_bit(some)
                        some &= some - np.uint64(1)
                        line = natural(line_kind * fields + line_field)
                        while lines[line, L_LIMIT] < now:
                            at = natural(lines[line, L_FIRST])
                            queued -= 1
                            queued_work -= board_work(visits[at, CODE], nominal[office, line_field], nominal_fetch)
                            settle(done[at], LEFT, NOBODY, NOBODY, lines[line, L_LIMIT], visits[at, PATIENCE])
                            _move_up(lines, waiting, follows, line_kind, line_field, line, at, visits, keys, counted_from)
                        if lines[line, L_FRONT] < chosen:
                            chosen, kind, field = lines[line, L_FRONT], np.int64(line_kind), line_field
                if chosen == EMPTY:
                    break
                at = natural(lines[natural(kind * fields + field), L_FIRST])
            from_place = first if kind & 1 == 1 else own_from
            best, best_pace = _best_idle(people, first, words, from_place, paces[field], quickest[field])
            code, line = visits[at, CODE], natural(kind * fields + field)
            if alone < 0:
                queued -= 1
                queued_work -= board_work(code, nominal[office, field], nominal_fetch)
                _move_up(lines, waiting, follows, kind, field, line, at, visits, keys, counted_from)
            elif best < 0:
                queued += 1
                queued_work += board_work(code, nominal[office, field], nominal_fetch)
                limit = max(now, counted_from) + visits[at, PATIENCE]
                _stand_in_line(lines, waiting, follows, kind, field, line, at, keys[at], limit)
                break
            alone, best = NOBODY, natural(best)
            missing = (visits[at, MARKS] & MARK_MISSING) != 0
            work = counter_work(visits[at, WORK], visits[at, SCAN], missing, scanners, failed_share)
            own_pace = moved_pace if people[P_MOVED, best] == 1 else np.int64(1000)
            slow = _slow_pace(outage, next_outage, field) if next_outage > 0 else np.int64(1000)
            end = now + service_ticks(work, best_pace, own_pace, slow)
            people[P_END, best] = end
            people[P_SERVING, best] = at
            idle = _no_longer_idle(people, first, idle, best)
            ends = _goes_busy(ends, people, first, end, best)
            soonest = min(soonest, (end << PLACE_BITS) | (best - first))
            next_end = min(next_end, end)
            outcome = INCOMPLETE if missing else SERVED
            settle(done[at], outcome, best - first, now, end, now - max(keys[at] >> ROW_BITS, counted_from))
    state[S_ARRIVED], state[S_PENDING] = arrived, pending
    store(state, S_ENDS, ends)
    state[S_IDLE], state[S_IN_LINE], state[S_QUEUED] = idle, queued, queued_work
    state[S_NEXT] = now


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _shown(hall, office, now):
    """Shown wait of an office all of whose events up to a tick are played."""
    state = hall.state
    if state[office, S_ON_DUTY] > 0:
        return shown_wait(state[office, S_QUEUED], state[office, S_ON_DUTY], np.int64(0))
    opening, closing, changes = state[office, S_OPENING], state[office, S_CLOSING], state[office, S_CHANGES]
    officers, until_next = _board(
        hall.changes[0], hall.changes[1], state[office, S_CHANGE], changes, np.int64(0), now, opening, closing
    )
    return shown_wait(state[office, S_QUEUED], officers, until_next)


@njit(cache=True, nogil=True, **BORROWED)
def dispatch(network, hall, pool, offices, first, until, now, reserve_at, reserve_free, shown):
    """A look of a pool's dispatcher: reserves are called back, then free ones are sent where they are wanted most.

    offices : those of the pool that are open at first…until−1, brought forward; shown : (O,) scratch.
    """
    people = hall.people
    travel, reserve_pool, reserve_place = network.pool_travel[pool], network.reserve_pool, network.reserve_place
    for pair in range(first, until):
        shown[offices[pair]] = _shown(hall, offices[pair], now)
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
        for pair in range(first, until):
            office = offices[pair]
            row = reserve_place[reserve, office]
            if people[P_ABSENT, row] == 1:
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


@njit(cache=True, nogil=True, **BORROWED)
def _may_help(paces, offers, row, office):
    """Tell whether a reserve may serve any field the office offers."""
    able = False
    for field in range(offers.shape[1]):
        able = able or (offers[office, field] and paces[row, field] > 0)
    return able


@njit(cache=True, nogil=True, **BORROWED)
def _join(pending, follows, keys, at):
    """Put a citizen on the way into an office's list in order of keys; return the list's first."""
    last = NOBODY
    place = pending
    while place >= 0 and keys[place] < keys[at]:
        last = place
        place = follows[place]
    follows[at] = place
    if last < 0:
        return at
    follows[last] = at
    return pending


@njit(cache=True, nogil=True)
def all_looks(network, looks, informed):
    """Add the looks of dispatchers to those of citizens, in order of time; return their number.

    looks : the first `informed` are (tick << 32 | row + pools) of citizens, the others become (tick << 32 | pool).
    """
    pools = len(network.pool_look)
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
    _put_in_order(looks, count, network.day_open - HALF_HOUR)
    return count


@njit(cache=True, nogil=True)
def _put_in_order(looks, count, first):
    """Sort looks, dealt into buckets of some minutes from the tick `first` on, about two for each."""
    bits = 3
    while (1 << bits) < 2 * count and bits < 14:
        bits += 1
    shift, last = SPAN_BITS - bits, (np.int64(1) << bits) - 1
    until, dealt = np.zeros((1 << bits) + 1, np.int64), np.empty(count, np.int64)
    for n in range(count):
        dealt[n] = looks[n]
        until[min(max(((looks[n] >> ROW_BITS) - first) >> shift, 0), last)] += 1
    place, crowd = np.int64(0), np.int64(0)
    for bucket in range(1 << bits):
        crowd = max(crowd, until[bucket])
        place, until[bucket] = place + until[bucket], place
    for n in range(count):
        bucket = min(max(((dealt[n] >> ROW_BITS) - first) >> shift, 0), last)
        looks[until[bucket]] = dealt[n]
        until[bucket] += 1
    if crowd > CROWD:
        sort_crowd(looks[:count])
        return
    for end in range(1, count):
        held, hole = looks[end], end
        while hole > 0 and looks[hole - 1] > held:
            looks[hole] = looks[hole - 1]
            hole -= 1
        looks[hole] = held


@njit(cache=True, nogil=True, **BORROWED)
def _set_side_by_side(network, goes_to, visits, place_of, cells, looks, begin, count, ways, race):
    """Set who looks from look `begin` on side by side with the offices they think of; return the look behind the last of them.

    The race has of each look the end of its offices (within reach and open, and where they turn to who do not choose), and of
    each office taste × what the way adds, the least first. A dispatcher thinks of the open offices of the pool, at 0.
    """
    pools, pool_travel = len(network.pool_look), network.pool_travel
    near_start, reachable, offers, office_hash = network.near_start, network.reachable, network.offers, network.office_hash
    offices, hindrances, ends, tastes = race.offices, race.hindrances, race.until, race.tastes
    cell, index, of_office = race.address[0], race.address[1], race.address[3]
    until, pair = begin, np.int64(0)
    while until < min(begin + BATCH, count) and pair < BATCH:
        who = looks[until] & ROW_MASK
        if who < pools:
            for place in range(len(goes_to)):
                if pool_travel[who, place] >= 0 and goes_to[place] == place:
                    offices[pair], hindrances[pair] = place, 0.0
                    pair += 1
        else:
            row, first = natural(who - pools), pair
            at = natural(place_of[row])
            code, origin = visits[at, CODE], natural(visits[at, ORIGIN])
            field, office = field_of(code), _turns_to(network, goes_to, code)
            known = office < 0
            for near in range(natural(near_start[origin]), near_start[origin + 1]):
                place = natural(reachable[near])
                is_open = offers[place, field] & (goes_to[place] == place)
                offices[pair], hindrances[pair] = place, ways[near]
                known |= is_open & (place == office)
                pair += is_open
            if not known:
                offices[pair], hindrances[pair] = office, of_way(network.appeal[origin, office])
                pair += 1
            for one in range(first, pair):
                cell[one], index[one], of_office[one] = cells[row], index_of(code), office_hash[offices[one]]
        ends[until - begin] = pair
        until += 1
    draw_tastes(race, pair)
    for one in range(pair):
        hindrances[one] *= tastes[one]
    pair = np.int64(0)
    for look in range(until - begin):
        first = least = pair
        while pair < ends[look]:
            least = pair if hindrances[pair] < hindrances[least] else least
            pair += 1
        if least > first:
            offices[first], offices[least] = offices[least], offices[first]
            hindrances[first], hindrances[least] = hindrances[least], hindrances[first]
    return until


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _turns_to(network, goes_to, code):
    """The office to which a citizen turns who does not choose, NOBODY while it is closed and nobody takes its citizens."""
    field = field_of(code)
    usual = network.competent[unit_of(code), field]
    office = goes_to[usual]
    return office if office < 0 or office == usual or network.offers[office, field] else NOBODY


@njit(cache=True, nogil=True, **BORROWED)
def _asked(network, hall, goes_to, code, origin, cell, now, live):
    """`best_office` for a citizen who looks, by the rule itself; live : (len(reachable),) scratch."""
    near_start, reachable, appeal, wait_scale = network.near_start, network.reachable, network.appeal, network.wait_scale
    offers, office, field, hindrance = network.offers, _turns_to(network, goes_to, code), field_of(code), np.inf
    for near in range(near_start[origin], near_start[origin + 1]):
        place = reachable[near]
        if offers[place, field] and goes_to[place] == place:
            if hall.state[place, S_NEXT] <= now:
                play_office(hall, place, now + 1)
            live[near] = reluctance(appeal[origin, place], _shown(hall, place, now), wait_scale)
    if office >= 0:
        if hall.state[office, S_NEXT] <= now:
            play_office(hall, office, now + 1)
        hindrance = reluctance(appeal[origin, office], _shown(hall, office, now), wait_scale)
    return best_office(
        near_start, reachable, offers, goes_to, network.office_hash, live, cell & MASK, cell >> SHIFT, index_of(code), field,
        origin, office, hindrance,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def write_ways(near_start, reachable, appeal, ways):
    """Write what the way adds to the hindrance of each office within reach of a unit, (len(reachable),)."""
    for origin in range(len(near_start) - 1):
        for near in range(near_start[origin], near_start[origin + 1]):
            ways[near] = of_way(appeal[origin, reachable[near]])


@njit(cache=True, nogil=True, **BORROWED)
def couple(
    network, hall, meant, goes_to, cells, office_of, place_of, looks, count, race, reserve_at, reserve_free, shown, live, ways,
    pressing,
):  # fmt: skip
    """Play the day as far as offices touch each other: every look of a dispatcher and of citizens at the queues.

    meant : (n,) by row, tick at which who looks means to be there; looks : (count,) as `all_looks`; cells, place_of : (n,) cell
    key and place of each row; ways : as `write_ways`; race, live (len(reachable),), pressing (O,) : scratch, the last what its
    queue adds to the hindrance of an office, or UNKNOWN.
    """
    pools = len(network.pool_look)
    competent, travel, steps_per_tick = network.competent, network.travel, STEPS / network.wait_scale
    visits, keys, done, state, follows = hall.visits, hall.keys, hall.done, hall.state, hall.follows
    offices, scores, ends = race.offices, race.hindrances, race.until
    for office in range(len(pressing)):
        pressing[office] = UNKNOWN
    for reserve in range(len(reserve_at)):
        reserve_at[reserve] = NOBODY
        reserve_free[reserve] = 0
    begin, until, pair = np.int64(0), np.int64(0), np.int64(0)
    for n in range(count):
        if n == until:
            begin, pair = np.int64(n), np.int64(0)
            until = _set_side_by_side(network, goes_to, visits, place_of, cells, looks, n, count, ways, race)
        now, who, first = looks[n] >> ROW_BITS, looks[n] & ROW_MASK, pair
        best, least, second = NOBODY, np.inf, np.inf
        while pair < ends[n - begin]:
            if not scores[pair] > least * CLEARLY:  # else no queue makes it better; 0 times inf, of own rules, tells nothing
                office = natural(offices[pair])
                if state[office, S_NEXT] <= now:
                    _play_on(hall, office, now + 1)
                    pressing[office] = UNKNOWN
                if pressing[office] == UNKNOWN:
                    pressing[office] = of_wait(_shown(hall, office, now), steps_per_tick)
                score = scores[pair] * pressing[office]
                if state[office, S_ON_DUTY] == 0:
                    pressing[office] = UNKNOWN
                second = min(second, max(score, least))
                best, least = np.int64(office) if score < least else best, min(score, least)
            pair += 1
        if who < pools:
            dispatch(network, hall, who, offices, first, pair, now, reserve_at, reserve_free, shown)
            continue
        row = natural(who - pools)
        at = natural(place_of[row])
        code, origin = visits[at, CODE], natural(visits[at, ORIGIN])
        if second <= least * CLEARLY or least == 0.0:
            best = _asked(network, hall, goes_to, code, origin, cells[row], now, live)
            for office in range(len(pressing)):
                pressing[office] = UNKNOWN
        usual = competent[unit_of(code), field_of(code)]
        if best < 0:
            office_of[row] = usual
            settle(done[at], DEFERRED, NOBODY, NOBODY, NOBODY, np.int64(0))
            continue
        office_of[row] = best
        arrival = max(within_days(arrival_tick(meant[row], travel[origin, best], travel[origin, usual])), now + 1)
        keys[at] = (arrival << ROW_BITS) | row
        state[best, S_PENDING] = _join(state[best, S_PENDING], follows, keys, at)
        state[best, S_NEXT] = min(state[best, S_NEXT], arrival)
