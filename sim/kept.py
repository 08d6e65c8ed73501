"""What halls need of the visits of a recorded run, kept office by office to be played again."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .columns import R_ARRIVAL, R_CODE, R_DAY, R_OFFICE, R_OUTCOME, R_WAIT, RECORD_COLUMNS
from .hall import MARK_MISSING, MARK_RANK, MARKS, RETURNS_SHIFT
from .rules import NO_SHOW, SERVED, overload
from .streams import (
    BALK,
    BORROWED,
    DOOR,
    FETCHES,
    NUMBER_MASK,
    PATIENCE,
    SCAN,
    TOLD,
    WORK,
    field_of,
    number_of,
)

# columns of a visit kept, int32; words of 32 bits are kept by their bits. SUCCESSOR is the row of the citizen's next
# recorded visit to the same office, -1 none
K_ARRIVAL, K_WORK, K_SCAN, K_PATIENCE, K_BALK, K_RETURNS, K_DOOR, K_MARKS, K_SUCCESSOR = range(9)
KEPT_WIDTH = 9
AGAIN_COLUMNS = RECORD_COLUMNS + (KEPT_WIDTH + 1) // 2  #: of records with the visits to be kept behind them, two numbers in one
# bits of K_MARKS beside the rank and papers missing, which stand as in a hall: comes after an earlier visit here; comes back
# to another office; served; the successor is told what to bring; it fetches a result
MARK_AGAIN, MARK_ELSEWHERE, MARK_SERVED, MARK_THEN_TOLD, MARK_THEN_FETCHES = 8, 16, 32, 64, 128
LONG = np.int64(1) << 30  #: ticks, beyond any day
NOT_COME, NOT_WANTED = -1, -2  #: in the place of the row of a visit that is not kept
ROW_BITS, ROW_MASK = 32, 0xFFFFFFFF
# columns of a table of visits after an earlier one: need, and in one whether told and the place among those kept
T_NEED, T_VISIT = range(2)
TABLE_WIDTH = 2
WORD, WORD_BITS = 64, 6  #: bits of a word of the sieve that most who do not come again fall through
SIEVE = 8  #: bits of the sieve for each row of the table
FOLD_BITS, FOLD_MASK, SPREAD, SPREAD_BITS = 31, 0x7FFFFFFF, 2654435761, 23  #: by which needs are scattered over a table


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


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def keep_visit(kept, visit, arrival, outcome):
    """Write what halls need of a visit; visit : as it enters a hall. Who comes after whom is not known yet."""
    kept[K_ARRIVAL], kept[K_SUCCESSOR] = arrival, -1
    kept[K_WORK], kept[K_SCAN], kept[K_PATIENCE] = visit[WORK], visit[SCAN], min(visit[PATIENCE], LONG)
    kept[K_BALK], kept[K_RETURNS], kept[K_DOOR] = visit[BALK], (visit[MARKS] >> RETURNS_SHIFT) & ROW_MASK, visit[DOOR]
    marks = visit[MARKS] & (MARK_RANK | MARK_MISSING)
    kept[K_MARKS] = marks | (MARK_SERVED if outcome == SERVED else 0)


@njit(cache=True, nogil=True)
def keep_visits(records, wanted, days, start, again, codes, rows, keys, place):
    """Write the visits that came to the offices wanted, and what halls need of them, by office, day, arrival and code.

    records : (n, AGAIN_COLUMNS) sorted by day; start, again : from `count_visits`; codes : (n,); rows : (n, KEPT_WIDTH);
    keys : (n,) scratch; place : (len(records),) written with the row of each record.
    """
    _line_up(records, wanted, days, start, keys, place)
    kept = records.view(np.int32)[:, 2 * RECORD_COLUMNS :]
    for at in range(len(keys)):
        row = keys[at] & ROW_MASK
        codes[at] = records[row, R_CODE]
        for column in range(KEPT_WIDTH):
            rows[at, column] = kept[row, column]
    if again > 0:
        _link(records, days, start, again, place, codes, rows)


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
        _put_in_order(keys[start[group] : start[group + 1]], records)
    for at in range(len(keys)):
        place[keys[at] & ROW_MASK] = at


@njit(cache=True, nogil=True)  # not BORROWED: what sorts an array gives it back
def _put_in_order(keys, records):
    """Sort keys, mostly sorted already, by arrival and code."""
    for n in range(1, len(keys)):
        if keys[n] < keys[n - 1]:
            keys.sort()
            break
    for n in range(1, len(keys)):
        key, at = keys[n], n
        while at > 0 and keys[at - 1] >> ROW_BITS == key >> ROW_BITS and _code(records, keys[at - 1]) > _code(records, key):
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _code(records, key):
    return records[key & ROW_MASK, R_CODE]


@njit(cache=True, nogil=True)
def _link(records, days, start, again, place, codes, rows):
    """Mark who comes again after a visit to the same office, and who goes to another one after it.

    A visit is known by its need and what comes before it, so many visits or a service: a citizen's visits for one need are
    numbered in their codes, and a result is fetched where the dossier was handed in.
    """
    size = WORD
    while size < 2 * again:
        size *= 2
    table, sieve = np.full((size, TABLE_WIDTH), -1), np.zeros(size * SIEVE // WORD, np.uint64)
    for row in range(len(records)):
        code = records[row, R_CODE]
        if place[row] != NOT_COME and code & (NUMBER_MASK | FETCHES) != 0:
            scattered = _scattered(code & ~TOLD)
            sieve[_word_of(sieve, scattered)] |= _bit_of(scattered)
            known = table[_slot_of(table, code & ~TOLD, scattered)]
            told = np.int64(code & TOLD != 0)
            known[T_NEED], known[T_VISIT] = code & ~TOLD, (told << ROW_BITS) | (place[row] & ROW_MASK)
    for office in range((len(start) - 1) // days):
        first, until = start[office * days], start[(office + 1) * days]
        for at in range(first, until):
            need = codes[at] & ~TOLD
            expected = need + 1
            if rows[at, K_MARKS] & MARK_SERVED != 0 and need & FETCHES == 0:
                expected = (need & ~NUMBER_MASK) | FETCHES
            scattered = _scattered(expected)
            if sieve[_word_of(sieve, scattered)] & _bit_of(scattered) == 0:
                continue
            known = table[_slot_of(table, expected, scattered)]
            if known[T_NEED] < 0:
                continue
            later, told = known[T_VISIT] & ROW_MASK, known[T_VISIT] >> ROW_BITS
            if not first <= later < until:
                rows[at, K_MARKS] |= MARK_ELSEWHERE
                continue
            rows[at, K_SUCCESSOR] = later - first
            rows[at, K_MARKS] |= MARK_THEN_TOLD if told == 1 else 0
            rows[at, K_MARKS] |= MARK_THEN_FETCHES if expected & FETCHES != 0 else 0
            rows[later, K_MARKS] |= MARK_AGAIN


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _scattered(need):
    """A number of 31 bits made of a need, alike for none that stand near."""
    return (((need ^ (need >> FOLD_BITS)) & FOLD_MASK) * SPREAD >> SPREAD_BITS) & FOLD_MASK


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _word_of(sieve, scattered):
    """Word of a sieve in which a need has its bit."""
    return (scattered >> WORD_BITS) & (len(sieve) - 1)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _bit_of(scattered):
    """Bit of a need in its word of a sieve."""
    return np.uint64(1) << np.uint64(scattered & (WORD - 1))


@njit(cache=True, nogil=True, **BORROWED)
def _slot_of(table, need, scattered):
    """Where in a table of visits a need stands, or would."""
    last = len(table) - 1
    slot = scattered & last
    while table[slot, T_NEED] >= 0 and table[slot, T_NEED] != need:
        slot = (slot + 1) & last
    return slot


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
