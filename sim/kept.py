"""What halls need of the visits of a recorded run, kept office by office to be played again."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .columns import R_ARRIVAL, R_BOOKED, R_CODE, R_DAY, R_OFFICE, R_OUTCOME, R_WAIT
from .hall import MARK_MISSING
from .rules import BOOKED, NO_SHOW, SERVED, overload
from .streams import (
    BALK,
    BORROWED,
    DOOR,
    FETCHES,
    MISSING,
    NUMBER_MASK,
    PATIENCE,
    RANK,
    RETURNS,
    SCAN,
    TOLD,
    VISIT_COLUMNS,
    WORK,
    field_of,
    number_of,
    run_key,
    write_cells,
    write_visits,
)

# columns of a visit kept, int32; words of 32 bits are kept by their bits. SUCCESSOR is the row of the citizen's next
# recorded visit to the same office, -1 none, and THEN its day: to look there would be slow
K_THEN, K_ARRIVAL, K_WORK, K_SCAN, K_PATIENCE, K_BALK, K_RETURNS, K_DOOR, K_MARKS, K_SUCCESSOR = range(10)
KEPT_WIDTH = 10
# bits of K_MARKS beside the rank and papers missing, which stand as in a hall: comes after an earlier visit here; comes back
# to another office; served; the successor is told what to bring; it fetches a result
MARK_AGAIN, MARK_ELSEWHERE, MARK_SERVED, MARK_THEN_TOLD, MARK_THEN_FETCHES = 8, 16, 32, 64, 128
LONG = np.int64(1) << 30  #: ticks, beyond any day
NOT_COME, NOT_WANTED = -1, -2  #: in the place of the row of a visit that is not kept
ROW_BITS, ROW_MASK = 32, 0xFFFFFFFF
# columns of a table of visits after an earlier one: need, place among those kept, office, twice the day and 1 if told
T_NEED, T_PLACE, T_OFFICE, T_DAY_TOLD = range(4)
TABLE_WIDTH = 4
FOLD_BITS, FOLD_MASK, SPREAD = 31, 0x7FFFFFFF, 2654435761  #: by which codes are scattered over a table


class Kept(NamedTuple):
    """The visits of one office in one block and replication of a recorded run."""

    start: NDArray[np.int64]  #: (D + 1,) slices of the rows by day
    code: NDArray[np.int64]  #: (n,) sorted by day, arrival and code
    rows: NDArray[np.int32]  #: (n, KEPT_WIDTH)
    guests: NDArray[np.int64]  #: (g, 4) stays of reserves, sorted


@njit(cache=True, nogil=True, **BORROWED)
def count_visits(records, wanted, days, start):
    """Count those who came to each office wanted on each day; return how many came again, to any office.

    records : (n, RECORD_COLUMNS); wanted : (O,); start : (O × days + 1,) zeros, written with slices by office and day.
    """
    again = 0
    for row in range(len(records)):
        if records[row, R_OUTCOME] < NO_SHOW:
            again += (records[row, R_CODE] & (NUMBER_MASK | FETCHES)) != 0
            office = records[row, R_OFFICE]
            if wanted[office]:
                start[office * days + records[row, R_DAY] + 1] += 1
    for group in range(1, len(start)):
        start[group] += start[group - 1]
    return again


@njit(cache=True, nogil=True)
def keep_visits(laws, seed, replication, records, wanted, start, again, codes, rows, keys, place):
    """Write the visits that came to the offices wanted, and what halls need of them, by office, day, arrival and code.

    records : sorted by day and code; start, again : from `count_visits`; codes : (n,); rows : (n, KEPT_WIDTH); keys : (n,)
    scratch; place : (len(records),) written with the row of each record.
    """
    days = len(laws.days)
    _line_up(records, wanted, days, start, keys, place)
    for at in range(len(keys)):
        record, kept = records[keys[at] & ROW_MASK], rows[at]
        codes[at] = record[R_CODE]
        kept[K_ARRIVAL], kept[K_THEN], kept[K_SUCCESSOR] = record[R_ARRIVAL], -1, -1
        kept[K_MARKS] = MARK_SERVED if record[R_OUTCOME] == SERVED else 0
    if again > 0:
        _link(records, days, start, again, place, codes, rows)
    _draw(laws, run_key(seed, replication), records, place, rows)


@njit(cache=True, nogil=True)
def _line_up(records, wanted, days, start, keys, place):
    """Write the place of each record in the order of office, day, arrival and code; keys : arrival and record by place."""
    filled = start[:-1].copy()
    for row in range(len(records)):
        office = records[row, R_OFFICE]
        place[row] = NOT_COME
        if records[row, R_OUTCOME] < NO_SHOW:
            place[row] = NOT_WANTED
            if wanted[office]:
                group = office * days + records[row, R_DAY]
                keys[filled[group]] = (records[row, R_ARRIVAL] << ROW_BITS) | row
                filled[group] += 1
    for group in range(len(filled)):
        keys[start[group] : start[group + 1]].sort()
    for at in range(len(keys)):
        place[keys[at] & ROW_MASK] = at


@njit(cache=True, nogil=True)
def _link(records, days, start, again, place, codes, rows):
    """Mark who comes again after a visit to the same office, and who goes to another one after it.

    A visit is known by its need and what comes before it, so many visits or a service: a citizen's visits for one need are
    numbered in their codes, and a result is fetched where the dossier was handed in.
    """
    size = 2
    while size < 2 * again:
        size *= 2
    table = np.full((size, TABLE_WIDTH), -1)
    for row in range(len(records)):
        code = records[row, R_CODE]
        if place[row] != NOT_COME and code & (NUMBER_MASK | FETCHES) != 0:
            known = table[_slot_of(table, code & ~TOLD)]
            known[T_NEED], known[T_PLACE] = code & ~TOLD, place[row]
            known[T_OFFICE], known[T_DAY_TOLD] = records[row, R_OFFICE], 2 * records[row, R_DAY] + (code & TOLD != 0)
    for office in range((len(start) - 1) // days):
        first = start[office * days]
        for at in range(first, start[(office + 1) * days]):
            need = codes[at] & ~TOLD
            expected = need + 1
            if rows[at, K_MARKS] & MARK_SERVED != 0 and need & FETCHES == 0:
                expected = (need & ~NUMBER_MASK) | FETCHES
            known = table[_slot_of(table, expected)]
            if known[T_NEED] < 0:
                continue
            if known[T_OFFICE] != office:
                rows[at, K_MARKS] |= MARK_ELSEWHERE
                continue
            rows[at, K_SUCCESSOR], rows[at, K_THEN] = known[T_PLACE] - first, known[T_DAY_TOLD] >> 1
            rows[at, K_MARKS] |= MARK_THEN_TOLD if known[T_DAY_TOLD] & 1 == 1 else 0
            rows[at, K_MARKS] |= MARK_THEN_FETCHES if expected & FETCHES != 0 else 0
            rows[known[T_PLACE], K_MARKS] |= MARK_AGAIN


@njit(cache=True, nogil=True, **BORROWED)
def _slot_of(table, need):
    """Where in a table of visits a need stands, or would."""
    last = len(table) - 1
    slot = ((((need ^ (need >> FOLD_BITS)) & FOLD_MASK) * SPREAD) >> (FOLD_BITS - 8)) & last
    while table[slot, T_NEED] >= 0 and table[slot, T_NEED] != need:
        slot = (slot + 1) & last
    return slot


@njit(cache=True, nogil=True)
def _draw(laws, key, records, place, rows):
    """Draw the visits of a run again from their codes and write what halls need of them at their places."""
    first = 0
    for day in range(len(laws.days)):
        until = first
        while until < len(records) and records[until, R_DAY] == day:
            until += 1
        n = until - first
        codes, cells, visits = np.empty(n, np.int64), np.empty(n, np.uint64), np.empty((n, VISIT_COLUMNS), np.int64)
        for row in range(n):
            codes[row] = records[first + row, R_CODE]
        write_cells(key, laws.unit_hash, laws.field_hash, codes, cells, n)
        write_visits(laws, laws.reuse_share[day], codes, cells, visits, 0, n)
        for row in range(n):
            if place[first + row] >= 0:
                kept, visit = rows[place[first + row]], visits[row]
                kept[K_WORK], kept[K_SCAN] = visit[WORK], visit[SCAN]
                kept[K_PATIENCE] = min(visit[PATIENCE], LONG)
                kept[K_BALK], kept[K_RETURNS], kept[K_DOOR] = visit[BALK], visit[RETURNS], visit[DOOR]
                rank = min(visit[RANK], BOOKED) if records[first + row, R_BOOKED] > 0 else visit[RANK]
                kept[K_MARKS] |= rank | (MARK_MISSING if visit[MISSING] == 1 else 0)
        first = until


@njit(cache=True, nogil=True, **BORROWED)
def overload_by_level(records, first, level_of, standard, lost_charge, sums):
    """Add the overload of a run to `sums`, (O, D, L) ticks by office, day from the first one on and level of the fields."""
    for row in range(len(records)):
        day, outcome = records[row, R_DAY] - first, records[row, R_OUTCOME]
        if day >= 0 and outcome < NO_SHOW:
            code = records[row, R_CODE]
            beyond = overload(outcome, records[row, R_WAIT], number_of(code), standard, lost_charge)
            if beyond > 0:
                sums[records[row, R_OFFICE], day, level_of[field_of(code)]] += beyond
