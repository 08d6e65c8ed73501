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
    CODE,
    FATE,
    SCAN,
    citizen_fate,
    fetches,
    field_of,
)

# columns of the rows kept from day to day, in lists by the day they fall due; the first is the next row of the list
P_NEXT, P_CODE, P_OFFICE = range(3)
F_NEXT, F_CODE, F_DESK, F_DUE, F_OFFICE, F_COUNT, F_WORK, F_ARCHIVED = range(8)


class Carry(NamedTuple):
    """What survives the night, and passes from one block of days to the next."""

    remembered: NDArray[np.int64]  #: (O, WINDOWS) ticks
    visits: NDArray[np.int64]  #: (n, 3) days ahead, code, office that must be gone to or -1
    files: NDArray[np.int64]  #: (n, 8) days ahead until ready, code, desk, days ahead due, office, count, work, archived
    spent: NDArray[np.int64]  #: (K,) ticks of a desk's next day already worked
    scanners: NDArray[np.int64]  #: (O, most scanners) ticks of the next day already scanned


@njit(cache=True, nogil=True)
def _grown(array, rows):
    """Return the array, or one of at least `rows` rows with the same beginning."""
    if array.shape[0] >= rows:
        return array
    bigger = np.empty((max(rows, 2 * array.shape[0]), array.shape[1]), array.dtype)
    copy_rows(bigger, array, array.shape[0])
    return bigger


@njit(cache=True, nogil=True)
def copy_row(into, row):
    """Write one row into another."""
    for column in range(len(into)):
        into[column] = row[column]


@njit(cache=True, nogil=True)
def copy_rows(into, rows, n):
    """Write the first n rows of one table into another; a plain loop compiles much faster than a slice."""
    for row in range(n):
        for column in range(into.shape[1]):
            into[row, column] = rows[row, column]


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
def _scan(desks, clock, scanners, visits, office_of, done, n, day):
    """Scan the day's dossiers at the offices with a desk, first come first served; write the days each waits."""
    keys = np.empty(n, np.int64)
    for office in range(len(desks)):
        if desks[office] == 0:
            continue
        found = 0
        for row in range(n):
            if office_of[row] == office and done[row, D_OUTCOME] == SERVED and not fetches(visits[row, CODE]):
                keys[found] = (done[row, D_END] << 24) | row
                found += 1
        keys[:found].sort()
        opening = clock[office, OPEN]
        length = clock[office, CLOSE] - opening
        for place in range(found):
            row = keys[place] & 0xFFFFFF
            ready = (keys[place] >> 24) - opening
            free = scanners[office, : desks[office]]
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
    unit_hash, field_hash, papers, key, day, measured, files, heads, tails, backlog, waiting, spent, due_count, overdue,
    open_files, pool, pool_heads, pool_tails, pool_spare, sums,
):  # fmt: skip
    """A day of the back office: earliest due first within each desk's hours; results to fetch are noted.

    backlog : rows of files ready on earlier days, sorted; waiting : how many. Returns backlog, waiting, pool.
    """
    slot = day % RING
    capacity, days_max = papers.capacity, papers.collect_days_max
    collect_until, post_until = papers.collect_until, papers.post_until
    ready = 0
    place = heads[slot]
    while place >= 0:
        ready += 1
        place = files[place, F_NEXT]
    backlog = _grown(backlog, waiting + ready)
    place = heads[slot]
    total = waiting
    while place >= 0:
        copy_row(backlog[total], files[place])
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
            copy_row(kept[waiting], row)
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
            field = field_of(row[F_CODE])
            if measured and collect_until[field] <= channel < post_until[field]:
                sums[office, POSTED] += count
            if channel < collect_until[field]:
                back = (day + 1 + delay % days_max) % RING
                pool = _call_back(pool, pool_heads, pool_tails, pool_spare, back, visit_to_fetch(row[F_CODE]), office)
    copy_rows(backlog, kept, waiting)
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
def _carried(block, remembered, pool, pool_heads, files, file_heads, backlog, spent, scanners, desks, clock):
    """What survives the last night of a block, with days counted from the next."""
    visits, count = np.empty((64, 3), np.int64), 0
    shelf, kept = np.empty((len(backlog) + 64, 8), np.int64), 0
    for row in range(len(backlog)):
        copy_row(shelf[kept], backlog[row])
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
            copy_row(shelf[kept], files[place])
            shelf[kept, 0] = ahead
            shelf[kept, F_DUE] -= block
            kept += 1
            place = files[place, F_NEXT]
    for office in range(len(desks)):
        for scanner in range(desks[office]):
            length = clock[office, CLOSE] - clock[office, OPEN]
            scanners[office, scanner] = max(scanners[office, scanner] - block * length, 0)
    return Carry(remembered, visits[:count].copy(), shelf[:kept].copy(), spent, scanners)
