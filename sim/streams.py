"""Chance: addressed numbers, the variates made of them, and the citizens of a day.

Numbers are addressed, not consumed. Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC 2011) turns an address into four 32-bit words: run key ← (seed, stream version); cell key ← (replication, day,
unit, field) under the run key; a citizen's words ← (index, visit, purpose, office) under the cell key. Units, fields
and offices enter by a hash of their id. Words live masked in uint64; variates leave as int64 ticks.
"""

from itertools import pairwise
from math import ceil, exp, factorial, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from .stream_version import STREAM_VERSION

#: option of compiled functions that neither make arrays nor return any: they count no references to those they are given
BORROWED: dict[str, Any] = {"_nrt": False}
#: option of functions good to about 15 digits, of which a bit more or less counts for nothing: products may be added unrounded
ABOUT: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy"}
MASK = np.uint64(0xFFFFFFFF)
MASK_32 = 0xFFFFFFFF  #: the same for int64
SHIFT = np.uint64(32)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
WORD = 4294967296.0  #: 2**32
MICRO = 1_000_000
CENTRAL = 0.425  #: distance from the median up to which one rational function gives the normal quantile
C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2 = (1.0 / factorial(n) for n in range(12, 1, -1))  #: of the series of exp
L21, L19, L17, L15, L13, L11, L9, L7, L5, L3 = (1.0 / n for n in range(21, 1, -2))  #: of the series of log
PIECE_MICRO, MOST_OF_A_PIECE = 256 * MICRO, 2048  #: mean of a piece of a large Poisson number; none is more
STEPS = 8  #: counts of a Poisson number tried in a round
MOST_TRIED = 512  #: counts tried; none of a mean below a piece's is likely to be more
SHARES = 1.0 / np.arange(MOST_TRIED + STEPS + 1).clip(1)  #: 1 / n
DOUBT = 1e-12  #: of sums of chances of a mean below a piece's, which are off by a few 1e-13 at most
CLEAR = 0.499  #: distance from the middle between two ticks' bounds up to which about 15 digits leave no doubt of the tick
BEYOND = 1e30  #: times any mean, further than ticks reach

# purposes of a citizen's numbers
BODY, MANNERS, RETURN, TASTE, PAPERS, FATE, PORTAL = (np.int64(n) for n in range(7))
FIRST = np.int64(0)  #: the first visit
NO_OFFICE = np.uint64(0)
PIECE = np.int64(0xFFFFFFFF)  #: in the place of visit and purpose, for the pieces of a large Poisson number
# streams of the day's noise, in the place of the field's hash
NOISE_UNIT, NOISE_SHARED, ABSENCE, FAILURE = (np.uint64(mark) for mark in (0xA5A5A5A5, 0x5A5A5A5A, 0xAB5E9CE5, 0xFA17ED00))
REMOTE_MARK = np.uint64(0x4E4C494E)  #: turns a field's hash into that of its dossiers from afar

# columns of a visit drawn beforehand (n, VISIT_COLUMNS) int64; a hall has the first seven as they are. MEANT is the tick at
# which the citizen means to be at the competent office and from which the instant of leaving home follows; FIXED an office
# that must be gone to, or -1
CODE, WORK, SCAN, PATIENCE, BALK, DOOR, ORIGIN, RANK, MISSING, MEANT, STAY, RETURNS, REUSED, DOSSIERS, BOOKING, FIXED = range(16)
VISIT_COLUMNS = 16

# a citizen's code: unit 14 bits, field 6, day ordinal 20, index 18, and 5 of the visit: fetches a result, knows what
# papers to bring, number of the visit (3 bits). Its order is the actor's order
VISIT_BITS, INDEX_BITS, DAY_BITS, FIELD_BITS, UNIT_BITS = 5, 18, 20, 6, 14
VISIT_MASK, NUMBER_MASK, TOLD, FETCHES = 31, 7, 8, 16
REMOTE_INDEX = 1 << 17  #: from this index on, dossiers that came online or by post
BUNDLE = 16  #: most dossiers of one visit
BATCH = 256  #: citizens whose words are drawn at once
GUIDE, GUIDE_SHIFT = 256, np.uint64(24)  #: ranges of words, of 32 bits, by which windows are found
NEW_AT_ONCE = 4  #: first visits of a cell written at once
WORK_MAX = 28_800_000  #: ticks; draws of work end at eight hours
LATEST = 2**31 - 2  #: tick after which no arrival is told, 25 days on: arrivals are ordered by their tick in 32 bits of a word
LEAD_MAX = 100  #: days; draws of the back office's lead end here
INDEX_SHIFT = VISIT_BITS
DAY_SHIFT = INDEX_SHIFT + INDEX_BITS
FIELD_SHIFT = DAY_SHIFT + DAY_BITS
UNIT_SHIFT = FIELD_SHIFT + FIELD_BITS


class Key(NamedTuple):
    """Root of all numbers of one replication."""

    low: np.uint64
    high: np.uint64
    replication: int | np.int64


class Laws(NamedTuple):
    """Laws of demand and of citizens: D days of a block, U units, F fields, W windows of the arrival profiles."""

    days: NDArray[np.int64]  #: (D,) proleptic ordinals
    mean_micro: NDArray[np.int64]  #: (D, U, F) expected first visits before noise, millionths
    remote_micro: NDArray[np.int64]  #: (D, U, F) expected dossiers online or by post before noise, or no rows
    noise_shared: float  #: standard deviation of the log factor common to all units
    noise_unit: float  #: the same, own to a unit
    unit_hash: NDArray[np.uint64]  #: (U,)
    field_hash: NDArray[np.uint64]  #: (F,)
    bundle_until: NDArray[np.int64]  #: (F, BUNDLE) cumulative share of visits with so many dossiers, of 2**32
    work_mu: NDArray[np.float64]  #: (F, BUNDLE) lognormal, log ticks, by the number of dossiers
    work_sigma: NDArray[np.float64]  #: (F, BUNDLE) 0 = constant
    work_mean: NDArray[np.int64]  #: (F, BUNDLE) ticks of reception
    digitize: NDArray[np.int64]  #: (F,) ticks a dossier
    assisted_extra: int  #: ticks
    assisted_share: NDArray[np.int64]  #: (F,) of 2**16
    reuse_share: NDArray[np.int64]  #: (D,) of 2**16
    reuse_reception: int  #: per mille of the reception's work when papers are held
    missing_share: NDArray[np.int64]  #: (2, F) of 2**32, when papers are not held and when they are
    paper_words: bool  #: whether bundles, missing papers or appointments need numbers
    fetch_mu: float  #: lognormal, log ticks: giving a result at the counter
    fetch_sigma: float
    fetch_mean: int  #: ticks
    priority_share: int  #: of 2**16
    patience_scale: NDArray[np.float64]  #: (F,) ticks, Weibull
    patience_inverse_shape: float
    profile_of: NDArray[np.int64]  #: (F,) row of the profile
    profile_start: NDArray[np.int64]  #: (P + 1,) windows of a profile
    window_until: NDArray[np.float64]  #: (W,) cumulative share at the end of the window
    window_share: NDArray[np.float64]  #: (W,)
    window_open: NDArray[np.int64]  #: (W,) tick
    window_ticks: NDArray[np.int64]  #: (W,)
    window_guide: NDArray[np.int64]  #: (P, GUIDE) see `guide_of_windows`
    origin_start: NDArray[np.int64]  #: (U + 1,) other origins of a unit
    origin_unit: NDArray[np.int64]
    origin_until: NDArray[np.int64]  #: cumulative share, of 2**16
    grid: int  #: drawn instants and durations are multiples of so many ticks; 1, or more to make ties abound


@njit(cache=True, nogil=True, forceinline=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10: four 32-bit words (in uint64) of a four-word counter under a two-word key.

    Compiled into its callers, so that a loop over citizens draws several at once in the lanes of the processor. Words are
    masked only where their upper halves would count: as they are multiplied, which costs nothing there, and at the end.
    """
    for _ in range(10):
        p0 = MULTIPLIER_0 * (c0 & MASK)
        p1 = MULTIPLIER_1 * (c2 & MASK)
        c0 = (p1 >> SHIFT) ^ c1 ^ k0
        c1 = p1
        c2 = (p0 >> SHIFT) ^ c3 ^ k1
        c3 = p0
        k0 += WEYL_0
        k1 += WEYL_1
    return c0 & MASK, c1 & MASK, c2 & MASK, c3 & MASK


@njit(cache=True, nogil=True)
def run_key(seed, replication):
    """Root key of a replication; `seed` is any uint64."""
    w0, w1, _, _ = philox(
        np.uint64(seed) & MASK,
        np.uint64(seed) >> SHIFT,
        np.uint64(STREAM_VERSION),
        np.uint64(0),
        np.uint64(0x6D6F7463),
        np.uint64(0x7561),
    )
    return Key(w0, w1, np.int64(replication))


@njit(cache=True, nogil=True)
def cell_words(key, day, unit_hash, field_hash):
    """Words of a (replication, day, unit, field): the first two are the cell's key, the others count its needs."""
    return philox(np.uint64(key.replication), np.uint64(day), unit_hash, field_hash, key.low, key.high)


@njit(cache=True, nogil=True, forceinline=True)
def citizen_words(cell_0, cell_1, index, visit, purpose, office_hash):
    """Words of a citizen for one visit and purpose; `office_hash` is 0 unless the purpose is taste."""
    return philox(np.uint64(index), np.uint64(visit), np.uint64(purpose), office_hash, cell_0, cell_1)


@njit(cache=True, nogil=True)
def uniform(word):
    """Open unit interval: the middle of one of 2**32 equal cells."""
    return (np.float64(np.int64(word)) + 0.5) / WORD


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def central(q):
    """The middle part of `normal`, for |q| <= CENTRAL and q = u − 1/2: no branch, for loops of vector instructions."""
    r = 0.180625 - q * q
    top = (
        (
            (
                (((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457)
                * r
                + 13731.693765509461125
            )
            * r
            + 1971.5909503065514427
        )
        * r
        + 133.14166789178437745
    ) * r + 3.387132872796366608
    bottom = (
        (
            (
                (((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r
                + 5394.1960214247511077
            )
            * r
            + 687.1870074920579083
        )
        * r
        + 42.313330701600911252
    ) * r + 1.0
    return q * top / bottom


@njit(cache=True, nogil=True, forceinline=True, **ABOUT)
def exponential(x):
    """exp(x) to about 15 digits, for x from -700 to 700; no branch, for loops of vector instructions.

    Here and in `logarithm` terms are added in pairs, and pairs in pairs, so that a loop waits less for what it needs.
    """
    whole = np.floor(x * 1.4426950408889634 + 0.5)
    r = (x - whole * 0.6931471803691238) - whole * 1.9082149292705877e-10
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + (C2 + C3 * r) * r2
    middle = (C4 + C5 * r) + (C6 + C7 * r) * r2
    high = (C8 + C9 * r) + (C10 + C11 * r) * r2 + C12 * r4
    return (low + middle * r4 + high * (r4 * r4)) * np.int64((np.int64(whole) + 1023) << 52).view(np.float64)


@njit(cache=True, nogil=True, forceinline=True, **ABOUT)
def logarithm(x):
    """log(x), x > 0, off by about 1e-15 at most; no branch, for loops of vector instructions.

    That of the exponent and a series in (m − √2) / (m + √2) of the rest m, taken from the bits.
    """
    bits = np.float64(x).view(np.int64)
    m = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64)
    s = (m - 1.4142135623730951) / (m + 1.4142135623730951)
    q = s * s
    q2 = q * q
    q4 = q2 * q2
    low = (1.0 + L3 * q) + (L5 + L7 * q) * q2
    middle = (L9 + L11 * q) + (L13 + L15 * q) * q2
    high = (L17 + L19 * q) + L21 * q2
    return (np.float64(bits >> 52) - 1022.5) * 0.6931471805599453 + 2.0 * s * (low + middle * q4 + high * (q4 * q4))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def outer(r):
    """The next part of `normal`, for r = √(−log of the lesser of u and 1 − u) from its middle part's end to 5, unsigned."""
    r -= 1.6
    top = (
        (
            (
                (
                    ((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                    + 1.27045825245236838258
                )
                * r
                + 3.64784832476320460504
            )
            * r
            + 5.7694972214606914055
        )
        * r
        + 4.6303378461565452959
    ) * r + 1.42343711074968357734
    bottom = (
        (
            (
                (
                    ((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                    + 0.14810397642748007459
                )
                * r
                + 0.68976733498510000455
            )
            * r
            + 1.6763848301838038494
        )
        * r
        + 2.05319162663775882187
    ) * r + 1.0
    return top / bottom


@njit(cache=True, nogil=True)
def normal(u):
    """Standard normal quantile by Wichura's algorithm AS 241 (Applied Statistics 37, 1988), about 16 digits."""
    q = u - 0.5
    if abs(q) <= CENTRAL:
        return central(q)
    r = sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        z = outer(r)
        return -z if q < 0.0 else z
    r -= 5.0
    top = (
        (
            (
                (
                    ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                    + 0.026532189526576123093
                )
                * r
                + 0.29656057182850489123
            )
            * r
            + 1.7848265399172913358
        )
        * r
        + 5.4637849111641143699
    ) * r + 6.6579046435011037772
    bottom = (
        (
            (
                (
                    ((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                    + 7.868691311456132591e-4
                )
                * r
                + 0.0148753612908506148525
            )
            * r
            + 0.13692988092273580531
        )
        * r
        + 0.59983220655588793769
    ) * r + 1.0
    return -top / bottom if q < 0.0 else top / bottom


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def fine_uniform(w2, w3):
    """Open unit interval: the middle of one of 2**53 equal cells."""
    return (np.float64(np.int64(w2)) * 2097152.0 + np.float64(np.int64(w3 >> np.uint64(11))) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True, forceinline=True)
def _one_more(mean, u, p, total, count, share):
    """A step of an inversion: chance of the next count, sum of chances and count, where the sum is short of u."""
    more = u > total
    following = p * (mean * share)
    beyond = total + following
    return following if more else p, beyond if more else total, count + more


@njit(cache=True, nogil=True, forceinline=True)
def _some_more(mean, u, p, total, count):
    """STEPS steps of an inversion, of which it takes as many as it needs."""
    done = natural(count)
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 1])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 2])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 3])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 4])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 5])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 6])
    p, total, count = _one_more(mean, u, p, total, count, SHARES[done + 7])
    return _one_more(mean, u, p, total, count, SHARES[done + 8])


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def _if_clear(u, p, total, count):
    """The count at which an inversion stopped, -1 where digits that are not known might tell of another one."""
    clear = (total - u > DOUBT) & ((count == 0) | (u - (total - p) > DOUBT)) & (u > 0.0)
    return count if clear else np.int64(-1)


@njit(cache=True, nogil=True, error_model="numpy", **BORROWED)
def quick_poissons(mean_micro, none, w2, w3, law, rows, counts, n):
    """Write `poisson` n times, of means below a piece's where about 13 digits leave no doubt, and -1 else.

    A few counts are tried side by side, by vector instructions; the numbers not found among them are brought together for the
    next few. none : chances of none to about 15 digits; law : (4, n), rows : (n,) scratch.
    """
    mean, u, p, total = law[0], law[1], law[2], law[3]
    for one in range(n):
        mean[one] = np.float64(mean_micro[one]) / MICRO
        u[one] = fine_uniform(w2[one], w3[one]) if mean_micro[one] < PIECE_MICRO else -1.0
        p[one], total[one], counts[one] = _some_more(mean[one], u[one], none[one], none[one], np.int64(0))
    many = np.int64(0)
    for one in range(n):
        rows[many] = one
        many += u[one] > total[one]
    for one in range(n):
        counts[one] = _if_clear(u[one], p[one], total[one], counts[one])
    for one in range(many):
        row = rows[one]
        mean[one], u[one], p[one], total[one] = mean[row], u[row], p[row], total[row]
    for tried in range(STEPS, MOST_TRIED, STEPS):
        left = np.int64(0)
        for one in range(many):
            row, expected, word = rows[one], mean[one], u[one]
            chance, beyond, count = _some_more(expected, word, p[one], total[one], np.int64(tried))
            counts[row] = _if_clear(word, chance, beyond, count)
            rows[left], mean[left], u[left], p[left], total[left] = row, expected, word, chance, beyond
            left += word > beyond
        many = left
        if many == 0:
            break


@njit(cache=True, nogil=True)
def poisson(mean_micro, cell_0, cell_1, w2, w3):
    """Poisson count by inversion of one uniform, in pieces of mean at most 256 so that nothing underflows.

    Monotone in the mean at fixed words: more demand adds citizens and moves none.
    """
    count = 0
    piece = 0
    left = mean_micro
    while left > 0:
        mean = np.float64(min(left, PIECE_MICRO)) / MICRO
        u = fine_uniform(w2, w3)
        p = exp(-mean)
        total = p
        n = 0
        while u > total and n < MOST_OF_A_PIECE:
            n += 1
            p *= mean / n
            total += p
        count += n
        left -= PIECE_MICRO
        piece += 1
        if left > 0:
            w2, w3, _, _ = citizen_words(cell_0, cell_1, piece, PIECE, PIECE, np.uint64(0))
    return count


@njit(cache=True, nogil=True)
def chances_of_a_piece():
    """Sums of the chances of a Poisson number of mean 256, as `poisson` adds them up."""
    sums = np.empty(MOST_OF_A_PIECE + 1)
    p = exp(-256.0)
    sums[0] = p
    for n in range(1, len(sums)):
        p *= 256.0 / n
        sums[n] = sums[n - 1] + p
    return sums


@njit(cache=True, nogil=True)
def poisson_by_pieces(sums, mean_micro, cell_0, cell_1, w2, w3):
    """As `poisson`, with the whole pieces looked up; sums : as `chances_of_a_piece`."""
    count, piece, left = np.int64(0), np.int64(0), mean_micro
    while left >= PIECE_MICRO:
        count += min(np.searchsorted(sums, fine_uniform(w2, w3)), MOST_OF_A_PIECE)
        left -= PIECE_MICRO
        piece += 1
        w2, w3, _, _ = citizen_words(cell_0, cell_1, piece, PIECE, PIECE, NO_OFFICE)
    return count + poisson(left, cell_0, cell_1, w2, w3)


@njit(cache=True, nogil=True)
def within_days(tick):
    """A tick of arrival as it is told, however long the way: not before the day begins, and not after `LATEST`."""
    return min(max(tick, 0), LATEST)


@njit(cache=True, nogil=True)
def lognormal_ticks(mu, sigma, mean, word):
    """Ticks of a lognormal law; `mean` itself when sigma is 0; at least one tick."""
    if sigma == 0.0:
        return max(mean, 1)
    return max(np.int64(exp(mu + sigma * normal(uniform(word))) + 0.5), 1)


@njit(cache=True, nogil=True)
def weibull_ticks(scale, inverse_shape, word):
    """Ticks of a Weibull law, at most 2**40."""
    return np.int64(min(scale * exp(inverse_shape * log(-log(uniform(word)))), 1099511627776.0) + 0.5)


@njit(cache=True, nogil=True, forceinline=True)
def clear_ticks(x):
    """Round exp(x) to ticks, as a real number; -1 where about 15 digits leave a doubt of the tick."""
    ticks = exponential(min(max(x, -40.0), 21.0)) + 0.5
    tick = np.floor(ticks)
    return tick if abs(ticks - tick - 0.5) < CLEAR and -40.0 < x < 21.0 else -1.0


@njit(cache=True, nogil=True, error_model="numpy", **BORROWED)
def write_works(mu, sigma, mean, words, works, rest, rows, n):
    """Write `lognormal_ticks` n times: by vector instructions where rounding to ticks leaves no doubt, by itself else.

    First the middle of the law, then what is left, brought together; spreads that would carry an error of 1e-15 of the normal
    quantile to more than one of 1e-14 of the ticks are left to the law itself. rest : (3, n) float64, rows : (n,) scratch.
    """
    middle, spread, word = rest[0], rest[1], rest[2]
    for one in range(n):
        q = uniform(words[one]) - 0.5
        inside = abs(q) < CENTRAL and sigma[one] != 0.0
        middle[one] = mu[one] + sigma[one] * central(q) if inside else np.inf
    for one in range(n):
        works[one] = np.int64(clear_ticks(middle[one]))
    many = np.int64(0)
    for one in range(n):
        rows[many] = one
        many += np.int64(works[one] < 1)
    for one in range(many):
        row = rows[one]
        middle[one], spread[one], word[one] = mu[row], sigma[row], uniform(words[row])
    for one in range(many):
        u = word[one]
        z = outer(np.sqrt(-logarithm(min(u, 1.0 - u))))
        ticks = clear_ticks(middle[one] + spread[one] * (z if u > 0.5 else -z))
        word[one] = ticks if abs(u - 0.5) > CENTRAL and 0.0 < spread[one] < 8.0 else -1.0
    for one in range(many):
        row = rows[one]
        works[row] = np.int64(word[one]) if word[one] >= 1.0 else lognormal_ticks(mu[row], sigma[row], mean[row], words[row])


@njit(cache=True, nogil=True, error_model="numpy", **BORROWED)
def write_patiences(scale, inverse_shape, words, patiences, rest, n):
    """Write `weibull_ticks` n times, in the same way; rest : (3, n) float64 scratch.

    The inner logarithm is kept from arguments so near 0 that an error of 1e-15 would be more than one of 1e-12 of them; so
    below 2**28 ticks what is written is off by less than the thousandth of a tick that CLEAR leaves. Where the shape is 1 it
    is not needed.
    """
    lasting, x, plain, quick = rest[0], rest[1], inverse_shape == 1.0, inverse_shape <= 8.0
    for one in range(n):
        lasting[one] = -logarithm(uniform(words[one]))
    if not plain:
        for one in range(n):
            x[one] = inverse_shape * logarithm(max(lasting[one], 1e-3))
        for one in range(n):
            near = lasting[one] > 1e-3 and abs(x[one]) < 40.0 and quick
            lasting[one] = exponential(min(max(x[one], -40.0), 40.0)) if near else BEYOND
    for one in range(n):
        ticks = lasting[one] * scale[one] + 0.5
        clear = abs(ticks - np.floor(ticks) - 0.5) < CLEAR and ticks < 268435456.0 and scale[one] < 1e12
        patiences[one] = np.int64(min(ticks, 268435456.0)) if clear else -1
    for one in range(n):
        if patiences[one] < 0:
            patiences[one] = weibull_ticks(scale[one], inverse_shape, words[one])


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def natural(n):
    """An index from 0 to 2**32 − 1, and the compiler told so: it need not ask whether to count from the end."""
    return n & MASK_32


def lowest_bit(bits):
    """Place of the lowest bit of a number that has one; one instruction where it is compiled."""
    return (int(bits) & -int(bits)).bit_length() - 1


@overload(lowest_bit)
def _compiled_lowest_bit(bits):
    return lambda bits: np.int64(trailing_zeros(bits))  # type: ignore[call-arg]


def bring_near(rows, row):
    """Ask for a row that will soon be read, so that it need not be waited for; a row ends where a line of the cache does."""


@overload(bring_near)
def _compiled_bring_near(rows, row):
    return lambda rows, row: _fetched_ahead(rows, row)  # type: ignore[call-arg]


@intrinsic
def _fetched_ahead(typing, rows, row):
    """The processor's instruction for it."""

    def write(context, builder, signature, given):
        array = context.make_array(signature.args[0])(context, builder, given[0])
        first = context.get_constant(types.int64, 0)
        place = cgutils.get_item_pointer(context, builder, signature.args[0], array, [given[1], first])
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        builder.call(ask, [builder.bitcast(place, pointer), number(0), number(3), number(1)])  # to read, often, data
        return context.get_dummy_value()

    return types.void(rows, row), write


@njit(cache=True, nogil=True)
def code_of(unit, field, day, index, visit):
    """Pack a citizen and visit into the code whose order is the order of actors."""
    return (
        (np.int64(unit) << UNIT_SHIFT)
        | (np.int64(field) << FIELD_SHIFT)
        | (np.int64(day) << DAY_SHIFT)
        | (np.int64(index) << INDEX_SHIFT)
        | np.int64(visit)
    )


@njit(cache=True, nogil=True)
def unit_of(code):
    """Unit of a citizen's code."""
    return (code >> UNIT_SHIFT) & ((1 << UNIT_BITS) - 1)


@njit(cache=True, nogil=True)
def field_of(code):
    """Field of a citizen's code."""
    return (code >> FIELD_SHIFT) & ((1 << FIELD_BITS) - 1)


@njit(cache=True, nogil=True)
def day_of(code):
    """Ordinal of the day on which the need arose."""
    return (code >> DAY_SHIFT) & ((1 << DAY_BITS) - 1)


@njit(cache=True, nogil=True)
def index_of(code):
    """Number of the citizen among those of the unit, field and day."""
    return (code >> INDEX_SHIFT) & ((1 << INDEX_BITS) - 1)


@njit(cache=True, nogil=True)
def visit_of(code):
    """The visit's bits of a code, by which its numbers are addressed; 0 the first."""
    return code & VISIT_MASK


@njit(cache=True, nogil=True)
def number_of(code):
    """How many visits of the need came before."""
    return code & NUMBER_MASK


@njit(cache=True, nogil=True)
def fetches(code):
    """Tell whether the visit is made to fetch a result."""
    return (code & FETCHES) != 0


@njit(cache=True, nogil=True, **BORROWED)
def return_delay(key, unit_hash, field_hash, code, days_max):
    """Working days until the citizen comes back, 1…days_max, addressed by the visit that failed."""
    k0, k1, _, _ = cell_words(key, day_of(code), unit_hash[unit_of(code)], field_hash[field_of(code)])
    return cell_delay(k0, k1, code, days_max)


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def cell_delay(cell_0, cell_1, code, days_max):
    """As `return_delay`, of a citizen whose cell key is known."""
    word, _, _, _ = citizen_words(cell_0, cell_1, index_of(code), visit_of(code), RETURN, NO_OFFICE)
    return 1 + np.int64(word) % days_max


@njit(cache=True, nogil=True, **BORROWED)
def citizen_fate(key, unit_hash, field_hash, code, purpose):
    """Four words (int64) of what becomes of a citizen's dossiers, the same on every visit."""
    k0, k1, _, _ = cell_words(key, day_of(code), unit_hash[unit_of(code)], field_hash[field_of(code)])
    w0, w1, w2, w3 = citizen_words(k0, k1, index_of(code), FIRST, purpose, NO_OFFICE)
    return np.int64(w0), np.int64(w1), np.int64(w2), np.int64(w3)


@njit(cache=True, nogil=True)
def lead_days(mu, sigma, word):
    """Whole working days until the back office can decide: a lognormal law rounded up, 1…LEAD_MAX; mu below 0 = 1 day."""
    if sigma == 0.0:
        return np.int64(min(max(ceil(exp(mu) - 1e-9), 1), LEAD_MAX))
    return np.int64(min(max(ceil(exp(mu + sigma * normal(uniform(np.uint64(word))))), 1), LEAD_MAX))


@njit(cache=True, nogil=True)
def lead_guide(mu, sigma):
    """Lead at the bounds of 256 equal ranges of words, (F, 257): where both ends agree, so does all between.

    The lead never falls as its word grows. A spread so small that rounding might say otherwise leaves no two bounds equal.
    """
    guide = np.empty((len(mu), 257), np.int16)
    for field in range(len(mu)):
        for bound in range(257):
            word = min(np.int64(bound) << 24, np.int64(MASK))
            rough = 0.0 < sigma[field] < 1e-6
            guide[field, bound] = -bound if rough else lead_days(mu[field], sigma[field], word)
    return guide


@njit(cache=True, nogil=True, forceinline=True, **BORROWED)
def guided_lead(guide, mu, sigma, field, word):
    """As `lead_days`, which is asked only where the guide does not tell."""
    lead = np.int64(guide[field, word >> 24])
    if lead != guide[field, (word >> 24) + 1]:
        lead = lead_days(mu[field], sigma[field], word)
    return lead


@njit(cache=True, nogil=True, **BORROWED)
def write_first_words(key, day, names, mark, words):
    """Write the first of `cell_words` of many units or officers, several at once; mark : of the stream, words : (n,) int64."""
    replication, ordinal, low, high = np.uint64(key.replication), np.uint64(day), key.low, key.high
    for one in range(len(names)):
        word, _, _, _ = philox(replication, ordinal, names[one], mark, low, high)
        words[one] = np.int64(word)


@njit(cache=True, nogil=True)
def is_absent(key, day, officer_hash, chance):
    """Tell whether an officer is away for the whole day; chance of 2**32."""
    word, _, _, _ = cell_words(key, day, officer_hash, ABSENCE)
    return np.int64(word) < chance


@njit(cache=True, nogil=True, **BORROWED)
def failures(key, day, system_hash, office_hash, mean_micro, mean_ticks, opening, closing, starts, ends):
    """Write the chance failures of a system at a place in a day; return their number.

    Their count is Poisson, they start evenly over the opening hours and last exponentially long; starts, ends : (n,).
    office_hash : NO_OFFICE for failures that hit every office at once.
    """
    k0, k1, w2, w3 = cell_words(key, day, system_hash, FAILURE ^ office_hash)
    count = min(poisson(mean_micro, k0, k1, w2, w3), len(starts))
    for n in range(count):
        when, long, _, _ = citizen_words(k0, k1, n, FIRST, BODY, office_hash)
        starts[n] = opening + np.int64(uniform(when) * (closing - opening))
        ends[n] = starts[n] + max(np.int64(-log(uniform(long)) * mean_ticks), 1)
    return count


@njit(cache=True, nogil=True)
def taste(cell_0, cell_1, index, office_hash):
    """Exponential number of a citizen for an office; the same on every visit. −log of it is a Gumbel taste."""
    word, _, _, _ = citizen_words(cell_0, cell_1, index, FIRST, TASTE, office_hash)
    return -log(uniform(word))


@njit(cache=True, nogil=True)
def taste_below(cell_0, cell_1, index, office_hash, factor, least):
    """Taste times a factor, or infinity, without a logarithm, where that is sure to be more than `least`.

    −log u is at least (1 − u) + (1 − u)² / 2.
    """
    word, _, _, _ = citizen_words(cell_0, cell_1, index, FIRST, TASTE, office_hash)
    u = uniform(word)
    if (1.0 - u) * (1.5 - 0.5 * u) * factor * 0.999999 > least:
        return np.inf
    return -log(u) * factor


@njit(cache=True, nogil=True)
def day_counts(key, laws, day, counts, remote):
    """Write the numbers of needs of each (unit, field) of a day; return the sum of those that bring a visit.

    counts : (U, F) first visits; remote : (U, F) dossiers from afar. The noise of a day is lognormal with mean 1,
    partly common to all units.
    """
    return day_needs(key, laws, day, counts, remote, np.empty(counts.shape, np.uint64))


@njit(cache=True, nogil=True)
def day_needs(key, laws, day, counts, remote, keys):
    """As `day_counts`, and write the cell keys of each (unit, field) of the day, as `write_cells`; keys : (U, F) uint64."""
    ordinal, unit_hash = laws.days[day], laws.unit_hash
    units = counts.shape[0]
    factor, words = np.empty(units), np.empty(units, np.int64)
    w0, _, _, _ = cell_words(key, ordinal, NOISE_SHARED, NOISE_SHARED)
    shared = laws.noise_shared * normal(uniform(w0)) - laws.noise_shared * laws.noise_shared / 2.0
    write_first_words(key, ordinal, unit_hash, NOISE_UNIT, words)
    for unit in range(units):
        own = laws.noise_unit * normal(uniform(words[unit])) - laws.noise_unit * laws.noise_unit / 2.0
        factor[unit] = exp(shared + own)
    if laws.remote_micro.shape[0] > 0:
        _write_counts(key, laws, ordinal, laws.remote_micro[day], REMOTE_MARK, factor, remote, keys)
    return _write_counts(key, laws, ordinal, laws.mean_micro[day], np.uint64(0), factor, counts, keys)


@njit(cache=True, nogil=True)
def _write_counts(key, laws, ordinal, mean_micro, mark, factor, counts, keys):
    """Write Poisson numbers (U, F) of means times the factors of their units, and return their sum; mark : of the fields.

    Some units at a time, whose cell keys are written as well.
    """
    unit_hash, field_hash = laws.unit_hash, laws.field_hash
    units, fields = counts.shape
    day, unit_word, field_word = np.full(BATCH, np.uint64(ordinal)), np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64)
    words, mean, count = np.empty((4, BATCH), np.uint64), np.empty(BATCH, np.int64), np.empty(BATCH, np.int64)
    none, law, rows, sums = np.empty(BATCH), np.empty((4, BATCH)), np.empty(BATCH, np.int64), np.empty(0)
    found, key_of = counts.reshape(units * fields), keys.reshape(units * fields)
    total = np.int64(0)
    for begin in range(0, units, BATCH // fields):
        many = np.int64(0)
        for unit in range(begin, min(begin + BATCH // fields, units)):
            for field in range(fields):
                unit_word[many], field_word[many] = unit_hash[unit], field_hash[field] ^ mark
                expected = mean_micro[unit, field]
                mean[many] = np.int64(np.float64(expected) * factor[unit] + 0.5) if expected > 0 else 0
                many += 1
        draw_cells(key, day, unit_word, field_word, words, many)
        for one in range(many):
            none[one] = exponential(max(np.float64(mean[one]) / -MICRO, -300.0))
        quick_poissons(mean, none, words[2], words[3], law, rows, count, many)
        first, fewest = begin * fields, np.int64(0)
        for one in range(many):
            found[first + one] = count[one]
            key_of[first + one] = words[0, one] | (words[1, one] << SHIFT)
            fewest = min(fewest, count[one])
            total += count[one]
        if fewest < 0:
            if len(sums) == 0 and mean[:many].max() >= PIECE_MICRO:
                sums = chances_of_a_piece()
            total += _write_doubtful(sums, mean, words, found[first : first + many])
    return total


@njit(cache=True, nogil=True)
def _write_doubtful(sums, mean, words, counts):
    """Write the Poisson numbers that stand as -1; return how much more the sum is."""
    more = np.int64(0)
    for one in range(len(counts)):
        if counts[one] < 0:
            counts[one] = poisson_by_pieces(sums, mean[one], words[0, one], words[1, one], words[2, one], words[3, one])
            more += counts[one] + 1
    return more


@njit(cache=True, nogil=True)
def write_codes(laws, day, counts, keys, returning, fixed, again, codes, bound, cells):
    """Write codes, fixed offices and cell keys of the day's visits, in order: who comes back, then the new, cell by cell.

    keys : (U, F) cell keys of the day; returning, fixed, again : codes in order of those who come back, the offices that must
    be gone to, or -1, and cell keys; codes, bound, cells : with room for NEW_AT_ONCE more. Who is new is written some at a
    time, what is too much is written over: how many a cell has is hard to foresee.
    """
    ordinal = laws.days[day]
    units, fields = counts.shape
    back, ahead = np.zeros(units * fields, np.int64), np.empty(units * fields, np.int64)
    for one in range(len(returning)):
        back[natural(unit_of(returning[one]) * fields + field_of(returning[one]))] += 1
    place, new, cell = np.int64(0), np.int64(0), np.int64(0)
    for unit in range(units):
        for field in range(fields):
            place += back[cell]
            first, many, own = code_of(unit, field, ordinal, 0, 0), counts[unit, field], keys[unit, field]
            for index in range(NEW_AT_ONCE):
                at = natural(place + index)
                codes[at], bound[at], cells[at] = first + (index << INDEX_SHIFT), -1, own
            for index in range(NEW_AT_ONCE, many):
                at = natural(place + index)
                codes[at], bound[at], cells[at] = first + (index << INDEX_SHIFT), -1, own
            ahead[cell] = new
            place, new, cell = place + many, new + many, cell + 1
    for one in range(len(returning)):
        code = returning[one]
        at = natural(one + ahead[natural(unit_of(code) * fields + field_of(code))])
        codes[at], bound[at], cells[at] = code, fixed[one], again[one]
    return place


@njit(cache=True, nogil=True)
def draw_day(key, laws, day, counts, returning, fixed, visits):
    """Write the day's visits in the order of codes: those who come back (sorted codes), then the new, cell by cell.

    fixed : in step with `returning`, the office that must be gone to, or -1; visits : (n, VISIT_COLUMNS) int64 with
    n = counts.sum() + len(returning). Returns n.
    """
    room = visits.shape[0] + NEW_AT_ONCE
    codes, bound, cells = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint64)
    keys, again = np.zeros(counts.shape, np.uint64), np.empty(len(returning), np.uint64)
    n, batch = write_codes(laws, day, counts, keys, returning, fixed, again, codes, bound, cells), empty_batch()
    write_cells(key, laws.unit_hash, laws.field_hash, codes, cells, n, batch)
    write_visits(laws, laws.reuse_share[day], codes, cells, visits, 0, n, batch)
    for row in range(n):
        visits[row, FIXED] = bound[row]
    return n


@njit(cache=True, nogil=True, **BORROWED)
def draw_cells(key, day, unit_word, field_word, cells, n):
    """Write `cell_words` n times; day, unit_word, field_word : (n,) uint64; cells : (4, n), of which two are the cell key."""
    replication, low, high = np.uint64(key.replication), key.low, key.high
    for one in range(n):
        cells[0, one], cells[1, one], cells[2, one], cells[3, one] = philox(
            replication, day[one], unit_word[one], field_word[one], low, high
        )


class Batch(NamedTuple):
    """Room for what is drawn of citizens at once, BATCH of them; lent, so that who draws few makes no arrays for them."""

    place: NDArray[np.uint64]  #: (3, BATCH) words of the addresses
    first: NDArray[np.uint64]  #: (BATCH,) zeros
    body: NDArray[np.uint64]  #: (4, BATCH) words drawn, as the next three
    manners: NDArray[np.uint64]
    of_papers: NDArray[np.uint64]  #: zeros where no papers are asked for
    words: NDArray[np.uint64]
    law: NDArray[np.float64]  #: (3, BATCH)
    rest: NDArray[np.float64]  #: (3, BATCH)
    ticks_of: NDArray[np.int64]  #: (4, BATCH)


@njit(cache=True, nogil=True)
def empty_batch():
    """Room for a batch of citizens."""
    return Batch(
        np.empty((3, BATCH), np.uint64),
        np.zeros(BATCH, np.uint64),
        np.empty((4, BATCH), np.uint64),
        np.empty((4, BATCH), np.uint64),
        np.zeros((4, BATCH), np.uint64),
        np.empty((4, BATCH), np.uint64),
        np.empty((3, BATCH)),
        np.empty((3, BATCH)),
        np.empty((4, BATCH), np.int64),
    )


@njit(cache=True, nogil=True, **BORROWED)
def write_cells(key, unit_hash, field_hash, codes, cells, n, batch):
    """Write the cell keys of n codes, two words in one, (n,) uint64: the lower half first.

    A batch is drawn into an array of its own: into a slice, whose strides are unknown, there are no vector instructions.
    """
    place, drawn = batch.place, batch.words
    day, unit_word, field_word = place[0], place[1], place[2]
    for begin in range(0, n, BATCH):
        many = min(BATCH, n - begin)
        for one in range(many):
            code = codes[begin + one]
            day[one] = np.uint64(day_of(code))
            unit_word[one], field_word[one] = unit_hash[unit_of(code)], field_hash[field_of(code)]
        draw_cells(key, day, unit_word, field_word, drawn, many)
        for one in range(many):
            cells[begin + one] = drawn[0, one] | (drawn[1, one] << SHIFT)


@njit(cache=True, nogil=True, **BORROWED)
def draw_words(cells, index, visit, purpose, office_hash, words, n):
    """Write `citizen_words` n times; cells as `write_cells`; index, visit, office_hash : (n,) uint64; words : (4, n)."""
    purpose = np.uint64(purpose)
    for one in range(n):
        words[0, one], words[1, one], words[2, one], words[3, one] = philox(
            index[one], visit[one], purpose, office_hash[one], cells[one] & MASK, cells[one] >> SHIFT
        )


@njit(cache=True, nogil=True)
def draw_fates(codes, cells, n, purpose, words):
    """Write `citizen_fate` of n codes and their cell keys, several at once; words : (4, n) uint64."""
    place, drawn, first = np.empty((2, BATCH), np.uint64), np.empty((4, BATCH), np.uint64), np.zeros(BATCH, np.uint64)
    cell, index = place[0], place[1]
    for begin in range(0, n, BATCH):
        many = min(BATCH, n - begin)
        for one in range(many):
            cell[one], index[one] = cells[begin + one], np.uint64(index_of(codes[begin + one]))
        draw_words(cell, index, first, purpose, first, drawn, many)
        for word in range(4):
            row = words[word, begin : begin + many]
            for one in range(many):
                row[one] = drawn[word, one]


@njit(cache=True, nogil=True, **BORROWED)
def bundle_size(bundle_until, field, index, word):
    """Dossiers of a visit; who tried online first has one."""
    dossiers = np.int64(1)
    if index < REMOTE_INDEX:
        while dossiers < BUNDLE and np.int64(word) >= bundle_until[field, dossiers - 1]:
            dossiers += 1
    return dossiers


@njit(cache=True, nogil=True)
def draw_dossiers(laws, codes, cells, dossiers, n):
    """Write the number of dossiers of first visits from their codes, as `draw_day` does, and nothing else."""
    for row in range(n):
        dossiers[row] = 1
    if laws.paper_words:
        bundle_until, words = laws.bundle_until, np.empty((4, BATCH), np.uint64)
        for begin in range(0, n, BATCH):
            many = min(BATCH, n - begin)
            draw_fates(codes[begin : begin + many], cells[begin : begin + many], many, PAPERS, words)
            for one in range(many):
                code = codes[begin + one]
                dossiers[begin + one] = bundle_size(bundle_until, field_of(code), index_of(code), words[1, one])


def guide_of_windows(profile_start: NDArray[np.int64], window_until: NDArray[np.float64]) -> NDArray[np.int64]:
    """The window of each profile at the lower bounds of GUIDE equal ranges of words, (P, GUIDE)."""
    bounds = np.arange(GUIDE) / GUIDE
    return np.array(
        [
            np.minimum(first + np.searchsorted(window_until[first:end], bounds, side="right"), end - 1)
            for first, end in pairwise(profile_start.tolist())
        ],
        np.int64,
    )


@njit(cache=True, nogil=True, **BORROWED)
def write_visits(laws, reuse_share, codes, cells, visits, begin, until, batch):
    """Fill rows of visits, all but FIXED, from their codes, a batch at a time: all its words, then what is made of them.

    cells : of the codes, as `write_cells`.

    Work, rank, papers and the number of dossiers belong to the citizen (visit 0), the rest to the visit.
    """
    work_mu, work_sigma, work_mean, digitize = laws.work_mu, laws.work_sigma, laws.work_mean, laws.digitize
    assisted_share, patience_scale = laws.assisted_share, laws.patience_scale
    bundle_until, missing_share = laws.bundle_until, laws.missing_share
    profile_of, profile_start = laws.profile_of, laws.profile_start
    window_until, window_share = laws.window_until, laws.window_share
    window_open, window_ticks, guide = laws.window_open, laws.window_ticks, laws.window_guide
    origin_start, origin_unit, origin_until = laws.origin_start, laws.origin_unit, laws.origin_until
    grid, assisted_extra, inverse_shape = laws.grid, laws.assisted_extra, laws.patience_inverse_shape
    priority_share, paper_words = laws.priority_share, laws.paper_words
    reuse_reception = laws.reuse_reception
    fetch_mu, fetch_sigma, fetch_mean = laws.fetch_mu, laws.fetch_sigma, laws.fetch_mean
    place, law, ticks_of, rest = batch.place, batch.law, batch.ticks_of, batch.rest
    cell, index_word, visit_word = place[0], place[1], place[2]
    body, manners, of_papers, words, first = batch.body, batch.manners, batch.of_papers, batch.words, batch.first
    mu, sigma, scale, mean, works, patiences, rows = law[0], law[1], law[2], ticks_of[0], ticks_of[1], ticks_of[2], ticks_of[3]
    for start in range(begin, until, BATCH):
        many = min(BATCH, until - start)
        for one in range(many):
            code = codes[start + one]
            cell[one], index_word[one], visit_word[one] = cells[start + one], index_of(code), visit_of(code)
        draw_words(cell, index_word, visit_word, BODY, first, body, many)
        draw_words(cell, index_word, visit_word, MANNERS, first, manners, many)
        if paper_words:
            draw_words(cell, index_word, first, PAPERS, first, of_papers, many)
        again = np.int64(0)
        for one in range(many):
            visit = np.int64(visit_word[one])
            rows[again] = one
            again += (visit > 0) & (not fetches(visit))
        if again > 0:
            for one in range(again):
                cell[one], index_word[one] = cell[rows[one]], index_word[rows[one]]
            draw_words(cell, index_word, first, BODY, first, words, again)
            for one in range(again):
                body[1, rows[one]], body[3, rows[one]] = words[1, one], words[3, one]
            draw_words(cell, index_word, first, MANNERS, first, words, again)
            for one in range(again):
                manners[3, rows[one]] = words[3, one]
        for one in range(many):
            row = start + one
            code = codes[row]
            field, index, visit = field_of(code), index_of(code), visit_of(code)
            fetching = (visit & FETCHES) != 0
            reused = (not fetching) & (np.int64(manners[3, one] >> np.uint64(16)) < reuse_share) & (digitize[field] > 0)
            dossiers, lacks = np.int64(1), np.int64(0)
            if paper_words:
                dossiers = bundle_size(bundle_until, field, index, of_papers[1, one])
                share = missing_share[np.int64(reused), field]
                lacks = np.int64(np.int64(of_papers[0, one]) < share) & ((visit & (TOLD | FETCHES)) == 0)
            mu[one] = fetch_mu if fetching else work_mu[field, dossiers - 1]
            sigma[one] = fetch_sigma if fetching else work_sigma[field, dossiers - 1]
            mean[one] = fetch_mean if fetching else work_mean[field, dossiers - 1]
            scale[one] = patience_scale[field]
            visits[row, REUSED], visits[row, MISSING], visits[row, DOSSIERS] = reused, lacks, dossiers
        write_works(mu, sigma, mean, body[1], works, rest, rows, many)
        write_patiences(scale, inverse_shape, body[2], patiences, rest, many)
        for one in range(many):
            row = start + one
            code = codes[row]
            unit, field = unit_of(code), field_of(code)
            split, ticks, patience = body[3, one], works[one], patiences[one]
            origin_word = np.int64(split >> np.uint64(16))
            asks, reused = not fetches(code), visits[row, REUSED] == 1  # hard to foresee: reckoned both ways, without a branch
            shorter, scans = (ticks * reuse_reception + 500) // 1000, digitize[field] * visits[row, DOSSIERS]
            ticks, scan = shorter if asks & reused else ticks, scans if asks & (not reused) else np.int64(0)
            helped = asks & (np.int64(manners[3, one] & np.uint64(0xFFFF)) < assisted_share[field])
            ticks += assisted_extra if helped else np.int64(0)
            u = uniform(body[0, one])
            profile = profile_of[field]
            window, last = natural(guide[profile, body[0, one] >> GUIDE_SHIFT]), profile_start[profile + 1] - 1
            while window < last and u >= window_until[window]:
                window += 1
            into = (u - (window_until[window] - window_share[window])) / window_share[window]
            origin = unit
            for n_origin in range(natural(origin_start[unit]), origin_start[unit + 1]):
                if origin_word < origin_until[n_origin]:
                    origin = origin_unit[n_origin]
                    break
            meant = window_open[window] + np.int64(min(max(into, 0.0), 1.0) * window_ticks[window])
            ticks = max(min(ticks, WORK_MAX), 1)
            if grid > 1:
                meant, ticks = meant // grid * grid, ticks // grid * grid
                scan, patience = scan // grid * grid, patience // grid * grid
            visits[row, CODE] = code
            visits[row, MEANT] = meant
            visits[row, WORK] = ticks
            visits[row, SCAN] = scan
            visits[row, PATIENCE] = patience
            visits[row, RANK] = 0 if np.int64(split & np.uint64(0xFFFF)) < priority_share else 2
            visits[row, ORIGIN] = origin
            visits[row, STAY] = np.int64(manners[0, one])
            visits[row, BALK] = np.int64(manners[1, one])
            visits[row, RETURNS] = np.int64(manners[2, one])
            visits[row, BOOKING] = np.int64(of_papers[2, one])
            visits[row, DOOR] = np.int64(of_papers[3, one])


@njit(cache=True, nogil=True)
def mixed(h, value):
    """Fold one int64 into a 64-bit hash (the finalizer of SplitMix64, Steele, Lea and Flood 2014)."""
    z = (h ^ np.uint64(value)) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def visit_hash(code, office, officer, start, end, outcome):
    """Hash of one visit; summed with wrap-around it does not depend on the order of visits."""
    h = mixed(np.uint64(0), code)
    h = mixed(h, (np.int64(office) << 32) | np.int64(officer + 1))
    h = mixed(h, (np.int64(outcome) << 56) ^ np.int64(start))
    return mixed(h, end)
