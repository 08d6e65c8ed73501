"""The nights between the days: who comes back, dossiers in the back office, scanning desks, and what passes on."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .columns import (
    ARCHIVED,
    COMPLETED,
    D_END,
    D_OUTCOME,
    D_SCANNED,
    ON_TIME,
    OPEN_FILES,
    OVERDUE,
    POSTED,
)
from .rules import (
    CLOSE,
    NEVER,
    OPEN,
    RING,
    SERVED,
    scan_end,
    visit_to_fetch,
)
from .streams import (
    BORROWED,
    CODE,
    FATE,
    SCAN,
    citizen_fate,
    fetches,
    field_of,
    natural,
    unit_of,
)

C_CODE, C_OFFICE = range(2)  #: columns of the visits kept from day to day in chunks
# columns of the dossiers kept from day to day. The first says what becomes of the result: working days from the decision
# until it is fetched, 0 never, or BY_POST. In a Carry it is the days ahead until ready, below 0 when it was ready before
F_FATE, F_CODE, F_DESK, F_DUE, F_OFFICE, F_COUNT, F_WORK, F_ARCHIVED = range(8)
FILE_WIDTH = 8
BY_POST = -1
CHUNK_BITS = 5
CHUNK = 1 << CHUNK_BITS  #: dossiers of a day that stand together
CROWD = 150  #: things dealt into one place beyond which all are sorted as a whole


class Carry(NamedTuple):
    """What survives the night, and passes from one block of days to the next."""

    remembered: NDArray[np.int64]  #: (O, WINDOWS) ticks
    visits: NDArray[np.int64]  #: (n, 3) days ahead, code, office that must be gone to or -1
    files: NDArray[np.int64]  #: (n, 8) days ahead until ready, code, desk, days ahead due, office, count, work, archived
    spent: NDArray[np.int64]  #: (K,) ticks of a desk's next day already worked
    scanners: NDArray[np.int64]  #: (O, most scanners) ticks of the next day already scanned


class Night(NamedTuple):
    """What waits for its day, within a block. C chunks of rows, O offices, K desks.

    Visits stand by the day, dossiers by the day they are ready, in chunks, so that noting them and taking them out run
    along memory; dossiers that a desk had no time for stand in `backlog`, in the order in which it takes them.
    """

    calls: NDArray[np.int64]  #: (C × CHUNK, 2) visits: code, office that must be gone to or -1
    call_follows: NDArray[np.int64]  #: as `follows`, `ends` and `spare`, of visits
    call_ends: NDArray[np.int64]
    call_spare: NDArray[np.int64]
    files: NDArray[np.int64]  #: (C × CHUNK, FILE_WIDTH)
    follows: NDArray[np.int64]  #: (C,) the chunk after a chunk, of a day or of those given back; -1 none
    ends: NDArray[np.int64]  #: (3, RING) first chunk of a day, -1 none; its last chunk; rows in that, CHUNK without any
    spare: NDArray[np.int64]  #: (2,) first of the chunks given back, -1 none; chunks ever used
    backlog: NDArray[np.int64]  #: (n, FILE_WIDTH)
    waiting: NDArray[np.int64]  #: (1,) rows of `backlog`
    spent: NDArray[np.int64]  #: (K,) ticks of a desk's next day already worked
    due_count: NDArray[np.int64]  #: (RING, O) open dossiers by the day they are due
    overdue: NDArray[np.int64]  #: (O,) open dossiers that were due on an earlier day
    open_files: NDArray[np.int64]  #: (O,)


@njit(cache=True, nogil=True)
def _grown(array, rows):
    """Return the array, or one of at least `rows` rows with the same beginning."""
    if array.shape[0] >= rows:
        return array
    bigger = np.empty((max(rows, 2 * array.shape[0]), array.shape[1]), array.dtype)
    copy_rows(bigger, array, array.shape[0])
    return bigger


@njit(cache=True, nogil=True, **BORROWED)
def copy_row(into, row):
    """Write one row into another."""
    for column in range(len(into)):
        into[column] = row[column]


@njit(cache=True, nogil=True, **BORROWED)
def copy_rows(into, rows, n):
    """Write the first n rows of one table into another; a plain loop compiles much faster than a slice."""
    for row in range(n):
        for column in range(into.shape[1]):
            into[row, column] = rows[row, column]


@njit(cache=True, nogil=True)
def sort_crowd(keys):
    """Sort many keys, unless they stand in order already."""
    for place in range(1, len(keys)):
        if keys[place - 1] > keys[place]:
            keys.sort()
            break


@njit(cache=True, nogil=True)
def called_back(night, slot, units, fields):
    """Take out who comes on a day: codes in order, and in step the offices they must go to.

    They are dealt by unit and field first; where many share one they are sorted as a whole.
    """
    calls, follows, ends = night.calls, night.call_follows, night.call_ends
    until = np.zeros(units * fields + 1, np.int64)
    chunk = ends[0, slot]
    while chunk >= 0:
        first, filled = chunk << CHUNK_BITS, CHUNK if follows[chunk] >= 0 else ends[2, slot]
        for row in range(first, first + filled):
            until[unit_of(calls[row, C_CODE]) * fields + field_of(calls[row, C_CODE]) + 1] += 1
        chunk = follows[chunk]
    crowd = np.int64(0)
    for cell in range(units * fields):
        crowd = max(crowd, until[cell + 1])
        until[cell + 1] += until[cell]
    n = until[units * fields]
    codes, offices = np.empty(n, np.int64), np.empty(n, np.int64)
    chunk = ends[0, slot]
    while chunk >= 0:
        first, filled = chunk << CHUNK_BITS, CHUNK if follows[chunk] >= 0 else ends[2, slot]
        for row in range(first, first + filled):
            code = calls[row, C_CODE]
            cell = unit_of(code) * fields + field_of(code)
            codes[until[cell]], offices[until[cell]] = code, calls[row, C_OFFICE]
            until[cell] += 1
        chunk = follows[chunk]
    give_back(follows, ends, night.call_spare, slot)
    if crowd > CROWD:
        by_code = np.argsort(codes)
        return codes[by_code], offices[by_code]
    for end in range(1, n):
        code, office, hole = codes[end], offices[end], end
        while hole > 0 and codes[hole - 1] > code:
            codes[hole], offices[hole] = codes[hole - 1], offices[hole - 1]
            hole -= 1
        codes[hole], offices[hole] = code, office
    return codes, offices


@njit(cache=True, nogil=True)
def evening(carry, papers, key, unit_hash, field_hash, offices):
    """The night before a block's first day."""
    night = Night(
        np.empty((0, 2), np.int64),
        np.empty(0, np.int64),
        np.full((3, RING), CHUNK),
        np.array([-1, 0]),
        np.empty((0, FILE_WIDTH), np.int64),
        np.empty(0, np.int64),
        np.full((3, RING), CHUNK),
        np.array([-1, 0]),
        np.empty((len(carry.files) + 64, FILE_WIDTH), np.int64),
        np.zeros(1, np.int64),
        carry.spent.copy(),
        np.zeros((RING, offices), np.int64),
        np.zeros(offices, np.int64),
        np.zeros(offices, np.int64),
    )
    for slot in range(RING):
        night.ends[0, slot] = night.call_ends[0, slot] = -1
    night = roomy(night, len(carry.visits), len(carry.files))
    visits, kept, files = carry.visits, carry.files, night.files
    for row in range(len(visits)):
        slot = visits[row, 0] % RING
        place = next_row(night.call_follows, night.call_ends, night.call_spare, slot)
        night.calls[place, C_CODE], night.calls[place, C_OFFICE] = visits[row, 1], visits[row, 2]
    for row in range(len(kept)):
        code, due, office, count = kept[row, F_CODE], kept[row, F_DUE], kept[row, F_OFFICE], kept[row, F_COUNT]
        fate = np.int64(0)
        if code >= 0:
            _, _, channel, delay = citizen_fate(key, unit_hash, field_hash, code, FATE)
            field = field_of(code)
            fate = result_fate(papers.collect_until[field], papers.post_until[field], papers.collect_days_max, channel, delay)
        if kept[row, 0] < 0:
            copy_row(night.backlog[night.waiting[0]], kept[row])
            night.backlog[night.waiting[0], F_FATE] = fate
            night.waiting[0] += 1
        else:
            slot = kept[row, 0] % RING
            place = next_row(night.follows, night.ends, night.spare, slot)
            copy_row(files[place], kept[row])
            files[place, F_FATE] = fate
        night.open_files[office] += count
        if due < 0:
            night.overdue[office] += count
        else:
            night.due_count[due % RING, office] += count
    return night


@njit(cache=True, nogil=True)
def roomy(night, visits, dossiers):
    """Return the night with room for so many more, however they spread over the days."""
    calls, call_follows = _with_chunks(night.calls, night.call_follows, night.call_spare, visits)
    files, follows = _with_chunks(night.files, night.follows, night.spare, dossiers)
    return Night(
        calls,
        call_follows,
        night.call_ends,
        night.call_spare,
        files,
        follows,
        night.ends,
        night.spare,
        night.backlog,
        night.waiting,
        night.spent,
        night.due_count,
        night.overdue,
        night.open_files,
    )


@njit(cache=True, nogil=True)
def _with_chunks(rows, follows, spare, n):
    """Return rows and their chunks with room for n more, however they spread over the days."""
    chunks = spare[1] + n // CHUNK + RING
    if len(follows) >= chunks:
        return rows, follows
    longer = np.empty(2 * chunks, np.int64)
    for chunk in range(len(follows)):
        longer[chunk] = follows[chunk]
    return _grown(rows, 2 * chunks * CHUNK), longer


@njit(cache=True, nogil=True, **BORROWED)
def give_back(follows, ends, spare, slot):
    """Give back the chunks of a day."""
    if ends[0, slot] >= 0:
        follows[ends[1, slot]] = spare[0]
        spare[0] = ends[0, slot]
        ends[0, slot], ends[2, slot] = -1, CHUNK


@njit(cache=True, nogil=True, **BORROWED)
def add_chunk(follows, ends, spare, slot):
    """Give a day an empty chunk; there is room."""
    chunk = spare[0]
    if chunk >= 0:
        spare[0] = follows[chunk]
    else:
        chunk = spare[1]
        spare[1] = chunk + 1
    follows[chunk] = -1
    if ends[0, slot] < 0:
        ends[0, slot] = chunk
    else:
        follows[ends[1, slot]] = chunk
    ends[1, slot], ends[2, slot] = chunk, 0


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def next_row(follows, ends, spare, slot):
    """The row behind those of a day, taken for what comes; there is room."""
    if ends[2, slot] == CHUNK:
        add_chunk(follows, ends, spare, slot)
    row = (ends[1, slot] << CHUNK_BITS) + ends[2, slot]
    ends[2, slot] += 1
    return row


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def file_away(files, row, fate, code, desk, due, office, count, work, archived):
    """Write dossiers into a row of the shelf."""
    files[row, F_FATE], files[row, F_CODE], files[row, F_DESK], files[row, F_DUE] = fate, code, desk, due
    files[row, F_OFFICE], files[row, F_COUNT], files[row, F_WORK], files[row, F_ARCHIVED] = office, count, work, archived


@njit(cache=True, nogil=True)
def result_fate(collect_until, post_until, days_max, channel, delay):
    """What becomes of a result, as F_FATE; channel, delay : words of its fate."""
    if channel < collect_until:
        return 1 + delay % days_max
    return np.int64(BY_POST) if channel < post_until else np.int64(0)


@njit(cache=True, nogil=True)
def _scan(office, clock, desks, visits, keys, until, office_of, place_of, queue, done, day):
    """Scan a day's dossiers at an office with scanning desks, first come first served; write the days each waits.

    desks : ticks at which each is free; visits, keys, done : by place, the office's among those before `until`; place_of : by
    row, queue : by place, scratch.
    """
    found = 0
    for at in range(until):
        row = natural(keys[at])
        place_of[row] = at
        if office_of[row] == office and done[at, D_OUTCOME] == SERVED and not fetches(visits[at, CODE]):
            queue[found] = (done[at, D_END] << 24) | row
            found += 1
    queue[:found].sort()
    opening = clock[OPEN]
    length = clock[CLOSE] - opening
    for number in range(found):
        at = place_of[queue[number] & 0xFFFFFF]
        ready = (queue[number] >> 24) - opening
        done[at, D_SCANNED] = scan_end(desks, ready, visits[at, SCAN], day, length) - day


@njit(cache=True, nogil=True)
def _back_office(papers, day, measured, night, sums):
    """A day of the back office: earliest due first within each desk's hours; results to fetch are noted.

    The order matters only where a desk runs short, so only its dossiers are sorted. Returns the night, grown if need be.
    """
    slot = day % RING
    capacity, spent = papers.capacity, night.spent
    files, follows, ends = night.files, night.follows, night.ends
    desks, waiting = len(capacity), night.waiting[0]
    left, asked, short = np.empty(desks, np.int64), np.zeros(desks, np.int64), np.empty(desks, np.bool_)
    for row in range(waiting):
        asked[night.backlog[row, F_DESK]] += night.backlog[row, F_WORK]
    ready = np.int64(0)
    chunk = ends[0, slot]
    while chunk >= 0:
        first, filled = chunk << CHUNK_BITS, CHUNK if follows[chunk] >= 0 else ends[2, slot]
        for row in range(first, first + filled):
            asked[files[row, F_DESK]] += files[row, F_WORK]
        ready += filled
        chunk = follows[chunk]
    for desk in range(desks):
        left[desk] = capacity[desk] - spent[desk]
        short[desk] = capacity[desk] < NEVER and asked[desk] >= left[desk]
    night = roomy(night, waiting + ready, np.int64(0))
    backlog = _grown(night.backlog, waiting + ready)
    calls, call_follows, call_ends, call_spare = night.calls, night.call_follows, night.call_ends, night.call_spare
    due_count, overdue, open_files = night.due_count, night.overdue, night.open_files
    decided, many, total = np.empty(waiting + ready, np.int64), 0, waiting
    chunk = ends[0, slot]
    while chunk >= 0:
        first, filled = chunk << CHUNK_BITS, CHUNK if follows[chunk] >= 0 else ends[2, slot]
        for row in range(first, first + filled):
            if short[files[row, F_DESK]]:
                for column in range(FILE_WIDTH):
                    backlog[total, column] = files[row, column]
                total += 1
            else:
                decided[many] = row
                many += 1
        chunk = follows[chunk]
    give_back(follows, ends, night.spare, slot)
    kept, later = backlog, np.int64(0)
    if total > 0:
        kept = np.empty((total, FILE_WIDTH), np.int64)
        keys = np.empty(total, np.int64)
        for row in range(total):
            keys[row] = (backlog[row, F_DESK] << 44) | ((backlog[row, F_DUE] + 32768) << 24) | row
        keys.sort()
        for rank in range(total):
            row = keys[rank] & 0xFFFFFF
            desk = backlog[row, F_DESK]
            if left[desk] <= 0:
                for column in range(FILE_WIDTH):
                    kept[later, column] = backlog[row, column]
                later += 1
                continue
            if capacity[desk] < NEVER:
                left[desk] -= backlog[row, F_WORK]
            decided[many] = -1 - row
            many += 1
    night.waiting[0] = later
    for one in range(many):
        row = decided[one]
        if row >= 0:
            code, due, office, count = files[row, F_CODE], files[row, F_DUE], files[row, F_OFFICE], files[row, F_COUNT]
            fate, archived = files[row, F_FATE], files[row, F_ARCHIVED]
        else:
            row = -1 - row
            code, due, office, count = backlog[row, F_CODE], backlog[row, F_DUE], backlog[row, F_OFFICE], backlog[row, F_COUNT]
            fate, archived = backlog[row, F_FATE], backlog[row, F_ARCHIVED]
        open_files[office] -= count
        if due < day:
            overdue[office] -= count
        else:
            due_count[due % RING, office] -= count
        if measured:
            sums[office, COMPLETED] += count
            sums[office, ON_TIME] += count if day <= due else 0
            sums[office, ARCHIVED] += count * archived
            sums[office, POSTED] += count if fate == BY_POST else 0
        if fate > 0:
            then = (day + fate) % RING
            if call_ends[2, then] == CHUNK:
                add_chunk(call_follows, call_ends, call_spare, then)
            place = (call_ends[1, then] << CHUNK_BITS) + call_ends[2, then]
            call_ends[2, then] += 1
            calls[place, C_CODE], calls[place, C_OFFICE] = visit_to_fetch(code), office
    for desk in range(desks):
        spent[desk] = max(-left[desk], 0)
    for office in range(len(overdue)):
        overdue[office] += due_count[slot, office]
        due_count[slot, office] = 0
        if measured:
            sums[office, OPEN_FILES] += open_files[office]
            sums[office, OVERDUE] += overdue[office]
    return Night(
        calls, call_follows, call_ends, call_spare, files, follows, ends, night.spare, kept, night.waiting, spent, due_count,
        overdue, open_files,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _carried(block, remembered, night, scanners, desks, clock, units, fields):
    """What survives the last night of a block, with days counted from the next."""
    files, follows, backlog = night.files, night.follows, night.backlog
    waiting = night.waiting[0]
    visits, count = np.empty((64, 3), np.int64), 0
    shelf, kept = np.empty((waiting + 64, FILE_WIDTH), np.int64), 0
    for row in range(waiting):
        copy_row(shelf[kept], backlog[row])
        shelf[kept, 0] = -1
        shelf[kept, F_DUE] -= block
        kept += 1
    for ahead in range(RING):
        slot = (block + ahead) % RING
        codes, offices = called_back(night, slot, units, fields)
        visits = _grown(visits, count + len(codes))
        for row in range(len(codes)):
            visits[count, 0], visits[count, 1], visits[count, 2] = ahead, codes[row], offices[row]
            count += 1
        chunk = night.ends[0, slot]
        while chunk >= 0:
            first, filled = chunk << CHUNK_BITS, CHUNK if follows[chunk] >= 0 else night.ends[2, slot]
            shelf = _grown(shelf, kept + filled)
            for row in range(first, first + filled):
                copy_row(shelf[kept], files[row])
                shelf[kept, 0] = ahead
                shelf[kept, F_DUE] -= block
                kept += 1
            chunk = follows[chunk]
    for office in range(len(desks)):
        for scanner in range(desks[office]):
            length = clock[office, CLOSE] - clock[office, OPEN]
            scanners[office, scanner] = max(scanners[office, scanner] - block * length, 0)
    return Carry(remembered, visits[:count].copy(), shelf[:kept].copy(), night.spent, scanners)
