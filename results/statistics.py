"""What can be said from a few replications, and how surely; formulas and sources stand in `docs/statistics.md`.

Values are one figure a replication, (R,) float; replications are independent, and those of two runs share their draws.
"""

from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt

import numpy as np
import scipy  # its parts are slow to load, and load when first used
from numpy.typing import NDArray

from sim import Interval, interval
from sim.measures import LEVEL, percentile_min

Numbers = NDArray[np.float64]

FEWEST = 10  #: replications before a sequential rule may stop (Law 2015, 9.4.1)
GROWTH = 1.5  #: each look of a sequential rule at so many times the replications of the look before
RESAMPLES = 9_999  #: of a bootstrap


@dataclass(frozen=True, slots=True)
class Precision:
    """What a sequential choice of replications asked for, and what it came to."""

    indicator: str
    asked: float  #: half width over the size of the mean, at most
    found: float  #: the same, of the worst phase; not a number when the indicator was never measured
    replications: int
    reached: bool


def looks(first: int, most: int, growth: float = GROWTH) -> tuple[int, ...]:
    """Numbers of replications at which a sequential rule looks: from `first` growing, the last is `most`."""
    numbers = [min(first, most)]
    while numbers[-1] < most:
        numbers.append(min(ceil(numbers[-1] * growth), most))
    return tuple(numbers)


def relative_half_width(values: Numbers, size: float | None = None, level: float = LEVEL) -> float:
    """Half width of the Student interval over the size of the mean, or over `size`; infinite when that is zero.

    Not a number when nothing was measured; a constant is known at once. Chow and Robbins (1965), Law (2015), 9.4.1.
    """
    measured = values[~np.isnan(values)]
    if not len(measured):
        return float("nan")
    if len(measured) < 2:
        return inf
    found = interval(values, level)
    half = (found.high - found.low) / 2
    by = abs(found.mean if size is None else size)
    return 0.0 if half == 0 else half / by if by > 0 else inf


def quantile_interval(values: Numbers, share: float = 0.5, level: float = LEVEL) -> Interval:
    """Quantile of the law that replications follow, with the exact interval between order statistics.

    Whatever the law, it holds the quantile with at least `level`; an end that so few replications cannot give is infinite.
    """
    measured = values[~np.isnan(values)]
    if not len(measured):
        return Interval(float("nan"), float("nan"), float("nan"))
    middle = float(np.quantile(measured, share))
    found = scipy.stats.quantile_test(measured, q=middle, p=share).confidence_interval(confidence_level=level)
    low, high = (float(end) for end in np.asarray(found))
    return Interval(middle, -inf if np.isnan(low) else low, inf if np.isnan(high) else high)


def pooled_percentile(histograms: NDArray[np.signedinteger], share: int, level: float = LEVEL) -> Interval:
    """Percentile of the waits of all replications together, minutes; bias-corrected and accelerated bootstrap over them.

    histograms : (R, B) bins of 15 s. Whole replications are drawn again, since waits within one are not independent
    (Efron 1987).
    """
    whole = float(percentile_min(histograms.sum(axis=0)[None, :], share)[0])
    each = percentile_min(histograms, share)
    if len(histograms) < 2 or np.isnan(each).any() or np.ptp(each) == 0:
        return Interval(whole, whole, whole)

    wide = histograms.astype(np.float64)

    def percentile(ranks: NDArray[np.float64], axis: int = -1) -> Numbers:
        chosen = np.moveaxis(ranks.astype(np.int64), axis, -1)
        rows = chosen.reshape(-1, chosen.shape[-1])
        places = rows + len(histograms) * np.arange(len(rows))[:, None]
        counts = np.bincount(places.ravel(), minlength=len(rows) * len(histograms)).reshape(len(rows), -1)
        return percentile_min(counts @ wide, share).reshape(chosen.shape[:-1])

    found = scipy.stats.bootstrap(
        (np.arange(len(histograms), dtype=np.float64),),
        percentile,
        n_resamples=RESAMPLES,
        batch=500,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(RESAMPLES),
    ).confidence_interval
    return Interval(whole, float(found.low), float(found.high))


def chances(differences: Numbers) -> Numbers:
    """Two-sided Student p value that the mean of each column is zero; differences : (R, K), one when they say nothing.

    A difference that is the same in every replication is certain.
    """
    count = len(differences)
    if count < 2:
        return np.ones(differences.shape[1])
    mean, deviation = differences.mean(axis=0), differences.std(axis=0, ddof=1)
    still = np.ptp(differences, axis=0) == 0
    ratio = np.abs(mean) / np.where(still, 1.0, deviation) * sqrt(count)
    values = 2 * scipy.special.stdtr(count - 1, -ratio)
    return np.where(np.isnan(mean), 1.0, np.where(still, np.where(mean == 0, 1.0, 0.0), values))


def holm(values: Numbers) -> Numbers:
    """P values adjusted so that the chance of any false finding stays below the level (Holm 1979)."""
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * (len(values) - np.arange(len(values))))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def false_discovery(values: Numbers) -> Numbers:
    """P values adjusted so that the expected share of false findings stays below the level (Benjamini, Hochberg 1995)."""
    order = np.argsort(values, kind="stable")
    raised = values[order] * (len(values) / np.arange(1, len(values) + 1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted


def found_intervals(differences: Numbers, error: float = 1 - LEVEL) -> tuple[Numbers, NDArray[np.bool_], float]:
    """Adjusted p values, which columns are findings, and the level of the intervals that go with these.

    differences : (R, K). At most `error` of the findings are false, and at most `error` of their intervals miss, on
    average (Benjamini and Yekutieli 2005: level 1 − error · findings / K).
    """
    adjusted = false_discovery(chances(differences))
    findings = adjusted <= error
    return adjusted, findings, 1 - error * max(int(findings.sum()), 1) / max(len(adjusted), 1)


def half_width(found: Interval) -> float:
    """Half of the width of an interval; not a number when it has no ends."""
    half = (found.high - found.low) / 2
    return half if isfinite(half) else float("nan")
