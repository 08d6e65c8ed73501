"""What halls need of the visits of a recorded run, kept office by office to be played again."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
    natural,
    number_of,
)

# columns of a visit kept, int32; words of 32 bits are kept by their bits. SUCCESSOR is the row of the citizen's next
# recorded visit to the same office, -1 none
K_ARRIVAL, K_WORK, K_SCAN, K_PATIENCE, K_BALK, K_RETURNS, K_DOOR, K_MARKS, K_SUCCESSOR = range(9)
KEPT_WIDTH = 9
# a visit as recorded to be played again, int64 in whose place words of 32 bits stand, two in each: its code, what is kept of it
# with its wait in the place of the successor, where and when it was as office × days + day, and with reserves who served it
RECORDED_CODE = 0
FIRST_WORD = 2  #: of what is kept
W_MARKS, W_WAIT, W_GROUP = FIRST_WORD + K_MARKS, FIRST_WORD + K_SUCCESSOR, FIRST_WORD + KEPT_WIDTH
W_OFFICER, W_START, W_END = W_GROUP + 1, W_GROUP + 2, W_GROUP + 3
AGAIN_COLUMNS, AGAIN_COLUMNS_SERVED = W_OFFICER // 2, (W_END + 2) // 2  #: without who served it, and with
# bits of K_MARKS beside the rank and papers missing, which stand as in a hall: comes after an earlier visit here; comes back
# to another office; served; the successor is told what to bring; it fetches a result
MARK_AGAIN, MARK_ELSEWHERE, MARK_SERVED, MARK_THEN_TOLD, MARK_THEN_FETCHES = 8, 16, 32, 64, 128
OUTCOME_SHIFT, MARKS_MASK = 8, 255  #: what became of a visit recorded stands above its marks
LONG = np.int64(1) << 30  #: ticks, beyond any day
NOT_WANTED = -2  #: in the place of the row of a visit that is not kept
ROW_BITS, ROW_MASK = 32, 0xFFFFFFFF
# columns of a table of visits after an earlier one: need, and in one whether told and the place among those kept
T_NEED, T_VISIT = range(2)
TABLE_WIDTH = 2
WORD, WORD_BITS = 64, 6  #: bits of a word of the sieve that most who do not come again fall through
SIEVE = 8  #: bits of the sieve for each row of the table
# by which the halves of needs are scattered over a table; no product is beyond 63 bits
HALF_BITS, HALF_MASK, SPREAD, SPREAD_UPPER, SPREAD_BITS = 31, 0x7FFFFFFF, 2654435761, 1640531527, 20


class Kept(NamedTuple):
    """The visits of one office in one block and replication of a recorded run."""

    start: NDArray[np.int64]  #: (D + 1,) slices of the rows by day
    code: NDArray[np.int64]  #: (n,) sorted by day, arrival and code
    rows: NDArray[np.int32]  #: (n, KEPT_WIDTH)
    guests: NDArray[np.int64]  #: (g, 4) stays of reserves, sorted


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def keep_visit(words, visit, arrival, group, outcome, wait):
    """Write a visit as recorded, but for its code; visit : as it enters a hall. Who comes after whom is not known yet."""
    kept = words[FIRST_WORD:]
    kept[K_ARRIVAL], kept[K_WORK], kept[K_SCAN], kept[K_PATIENCE] = arrival, visit[WORK], visit[SCAN], min(visit[PATIENCE], LONG)
    kept[K_BALK], kept[K_RETURNS], kept[K_DOOR] = visit[BALK], (visit[MARKS] >> RETURNS_SHIFT) & ROW_MASK, visit[DOOR]
    marks = visit[MARKS] & (MARK_RANK | MARK_MISSING)
    words[W_MARKS] = marks | (MARK_SERVED if outcome == SERVED else 0) | (outcome << OUTCOME_SHIFT)
    words[W_WAIT], words[W_GROUP] = wait, group


@njit(cache=True, nogil=True, **BORROWED)
def count_visits(records, start):
    """Count those who came to each office on each day; return how many came again, to any office.

    records : (n, AGAIN_COLUMNS or more) sorted by day; start : (O × days + 1,) zeros, written with slices by office and day.
    """
    words, again = records.view(np.int32), 0
    for row in range(len(records)):
        if words[row, W_MARKS] >> OUTCOME_SHIFT < NO_SHOW:
            again += _came_again(records[row, RECORDED_CODE])
            start[words[row, W_GROUP] + 1] += 1
    for group in range(1, len(start)):
        start[group] += start[group - 1]
    return again


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _came_again(code):
    return (code & (NUMBER_MASK | FETCHES)) != 0


@njit(cache=True, nogil=True)
def keep_visits(records, days, start, codes, rows, keys, table, sieve):
    """Write the visits that came to the offices wanted, and what halls need of them, by office, day, arrival and code.

    records : (n, AGAIN_COLUMNS or more) sorted by day; start : (O × days + 1,) slices by office and day, none where an office is
    not wanted; codes : (n,); rows : (n, KEPT_WIDTH); keys : (n,) scratch; table, sieve : of those who came again, as
    `empty_table` makes them.
    """
    words = records.view(np.int32)
    _line_up(records, words, start, keys, table, sieve)
    for at in range(len(keys)):
        row = natural(keys[at])
        codes[at] = records[row, RECORDED_CODE]
        for column in range(KEPT_WIDTH):
            rows[at, column] = words[row, FIRST_WORD + column]
        rows[at, K_MARKS] &= MARKS_MASK
        rows[at, K_SUCCESSOR] = -1
    for at in range(len(codes)):
        if _came_again(codes[at]):
            _note(table, sieve, codes[at], at)
    for office in range((len(start) - 1) // days):
        _link(start[office * days], start[(office + 1) * days], codes, rows, keys, table, sieve)


@njit(cache=True, nogil=True)
def _line_up(records, words, start, keys, table, sieve):
    """Write arrival and record of the visits wanted, by office, day, arrival and code; note who came again elsewhere."""
    filled = start[:-1].copy()
    for row in range(len(words)):
        group = natural(words[row, W_GROUP])
        if words[row, W_MARKS] >> OUTCOME_SHIFT >= NO_SHOW:
            continue
        if start[group] == start[group + 1]:
            if _came_again(records[row, RECORDED_CODE]):
                _note(table, sieve, records[row, RECORDED_CODE], NOT_WANTED)
            continue
        keys[filled[group]] = (np.int64(words[row, FIRST_WORD + K_ARRIVAL]) << ROW_BITS) | row
        filled[group] += 1
    for group in range(len(filled)):
        _put_in_order(keys[start[group] : start[group + 1]], records)


def empty_table(count: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """A table of so many visits after an earlier one, with its sieve.

    By NumPy, which asks for large pages where arrays are large: the small ones of compiled code cost much to be given.
    """
    size = max(WORD, 1 << (2 * count - 1).bit_length())
    return np.full((size, TABLE_WIDTH), -1), np.zeros(size * SIEVE // WORD, np.uint64)


@njit(cache=True, nogil=True)  # not BORROWED: what sorts an array gives it back
def _put_in_order(keys, records):
    """Sort keys by arrival and code; who looked at the queues stands behind, in no order."""
    for n in range(1, len(keys)):
        if keys[n] < keys[n - 1]:
            keys[n:].sort()
            break
    for n in range(1, len(keys)):
        key, at = keys[n], n
        while at > 0 and _comes_before(key, keys[at - 1], records):
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _comes_before(key, other, records):
    """Tell whether a visit comes before another one, by arrival and code."""
    if key >> ROW_BITS != other >> ROW_BITS:
        return key < other
    return records[key & ROW_MASK, RECORDED_CODE] < records[other & ROW_MASK, RECORDED_CODE]


@njit(cache=True, nogil=True, **BORROWED)
def _link(first, until, codes, rows, found, table, sieve):
    """Mark who comes again after a visit to an office, and who goes to another one after it.

    A visit is known by its need and what comes before it, so many visits or a service: a citizen's visits for one need are
    numbered in their codes, and a result is fetched where the dossier was handed in. first, until : places of the office's
    visits; found : as long as these, scratch for those that the sieve does not tell apart from who comes again.
    """
    many = natural(first)
    for at in range(first, until):
        scattered = _scattered(_next_need(codes, rows, natural(at)))
        found[many] = at
        many += natural(np.int64((sieve[_word_of(sieve, scattered)] & _bit_of(scattered)) != 0))
    for one in range(first, many):
        at = natural(found[one])
        need = _next_need(codes, rows, at)
        known = table[_slot_of(table, need, _scattered(need))]
        if known[T_NEED] < 0:
            continue
        later, told = known[T_VISIT] & ROW_MASK, known[T_VISIT] >> ROW_BITS
        if not first <= later < until:
            rows[at, K_MARKS] |= MARK_ELSEWHERE
            continue
        rows[at, K_SUCCESSOR] = later - first
        rows[at, K_MARKS] |= MARK_THEN_TOLD if told == 1 else 0
        rows[at, K_MARKS] |= MARK_THEN_FETCHES if need & FETCHES != 0 else 0
        rows[later, K_MARKS] |= MARK_AGAIN


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _next_need(codes, rows, at):
    """The need of the visit that follows a visit, if any does."""
    need = codes[at] & ~TOLD
    fetches = (rows[at, K_MARKS] & MARK_SERVED != 0) & (need & FETCHES == 0)
    return (need & ~NUMBER_MASK) | FETCHES if fetches else need + 1


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _note(table, sieve, code, visit):
    """Note who came again, and whether told what to bring; visit : row among those kept, or NOT_WANTED."""
    need = code & ~TOLD
    scattered = _scattered(need)
    sieve[_word_of(sieve, scattered)] |= _bit_of(scattered)
    known = table[_slot_of(table, need, scattered)]
    known[T_NEED], known[T_VISIT] = need, (np.int64(code & TOLD != 0) << ROW_BITS) | (visit & ROW_MASK)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def _scattered(need):
    """A number of 31 bits made of a need, alike for few that are near each other."""
    return (((need & HALF_MASK) * SPREAD) ^ ((need >> HALF_BITS) * SPREAD_UPPER)) >> SPREAD_BITS & HALF_MASK


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
def overload_by_level(records, level_of, standard, lost_charge, sums):
    """Add the overload of a run to `sums`, (O × days, L) ticks by office, day and level of the fields."""
    words = records.view(np.int32)
    for row in range(len(records)):
        outcome = words[row, W_MARKS] >> OUTCOME_SHIFT
        if outcome < NO_SHOW:
            code = records[row, RECORDED_CODE]
            beyond = overload(outcome, np.int64(words[row, W_WAIT]), number_of(code), standard, lost_charge)
            if beyond > 0:
                sums[words[row, W_GROUP], level_of[field_of(code)]] += beyond
