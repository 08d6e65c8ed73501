"""The response curve: expected overload of an office as a function of the crew of one desk group; noise against convexity.

Common random numbers make differences between levels much surer than the levels themselves, so convexity is judged by
paired contrasts of levels, never by the errors of levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

BAND = 0.999  #: confidence of the band within which a curve may be mended
NEGLIGIBLE_S = 1.0  #: person-seconds a day and officer; changes of slope below are rounding


@dataclass(frozen=True, slots=True)
class Curve:
    """One office and desk group; other groups keep the crew they have at home."""

    office: str
    group: str  #: level of the fields served: commune, district or province
    base: int  #: crew of the group at home in this phase
    levels: tuple[int, ...]  #: consecutive crew numbers, base among them
    #: rounded person-seconds a day, of the part of the office's overload that the group answers for, noise mended where `convex`
    overload_s_per_day: tuple[int, ...]
    error_s_per_day: tuple[int, ...]  #: standard errors over replications and weeks
    erlang_s_per_day: tuple[int, ...]  #: Erlang-A estimate beside it
    simulated_s_per_day: tuple[int, ...] = ()  #: as simulated, before mending
    convex: bool = False  #: whether `overload_s_per_day` falls and flattens all along, within the band of what was simulated
    counters: int = 0  #: that the office has
    counters_needed: tuple[int, ...] = ()  #: whole counters the office's crew needs at each level
    played: tuple[int, ...] = ()  #: crew numbers that were played; what stands between them is interpolated


@dataclass(frozen=True, slots=True)
class Samples:
    """What each played level came to: L levels, R replications, W weeks; the same weeks and chance at every level."""

    levels: NDArray[np.int64]  #: (L,) ascending
    sums: NDArray[np.float64]  #: (L, R, W) person-seconds of a week
    days: int

    @property
    def means(self) -> NDArray[np.float64]:
        """Person-seconds a day, (L,)."""
        return np.asarray(self.sums.sum(axis=2).mean(axis=1) / max(self.days, 1))

    @property
    def freedom(self) -> int:
        """Degrees of freedom of an error."""
        _, replications, weeks = self.sums.shape
        return int(max(weeks * (replications - 1) if replications > 1 else weeks - 1, 1))

    def errors(self, contrasts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard errors of linear contrasts of the levels, paired; contrasts : (n, L), result : (n,).

        Weeks are taken as independent. Two replications or more of a week differ by chance alone, so seasons add nothing;
        with a single one, weeks stand for one another.
        """
        paired = np.tensordot(contrasts, self.sums, axes=1)
        _, replications, weeks = paired.shape
        if replications > 1:
            variance = paired.var(axis=1, ddof=1).sum(axis=1) / replications
        else:
            variance = weeks * paired[:, 0].var(axis=1, ddof=1) if weeks > 1 else np.zeros(len(contrasts))
        return np.asarray(np.sqrt(variance) / max(self.days, 1))


def convex_means(samples: Samples, base: int) -> tuple[NDArray[np.float64], bool]:
    """Means of the levels with slopes that rise to 0 at most, and whether they lie inside the band; else as they are.

    Slopes are pooled where they fall, weighted by their errors (pool adjacent violators), and the mean at level `base`
    stays. A pooled slope is inside the band when its difference from the simulated one could be chance: at most BAND's
    quantile of Student's t times the error of that very difference.
    """
    count = len(samples.levels)
    if count < 2:
        return samples.means, True
    gaps = np.diff(samples.levels)
    contrasts = (np.eye(count)[1:] - np.eye(count)[:-1]) / gaps[:, None]
    slopes = contrasts @ samples.means
    weights = 1 / (samples.errors(contrasts) ** 2 + NEGLIGIBLE_S**2)
    blocks = pooled(slopes.tolist(), weights.tolist())
    fitted = np.minimum([slope for slope, first, last in blocks for _ in range(first, last)], 0.0)
    changes = contrasts.copy()
    for _, first, last in blocks:
        if fitted[first] < 0:
            block = weights[first:last]
            changes[first:last] -= block @ contrasts[first:last] / block.sum()
    band = scipy.special.stdtrit(samples.freedom, (1 + BAND) / 2) * samples.errors(changes) + NEGLIGIBLE_S
    if bool(np.any(np.abs(slopes - fitted) > band)):
        return samples.means, False
    means = np.concatenate([[0.0], np.cumsum(fitted * gaps)])
    means += samples.means[samples.levels == base] - means[samples.levels == base]
    return np.maximum(means, 0.0), True


def pooled(values: Sequence[float], weights: Sequence[float]) -> list[tuple[float, int, int]]:
    """Blocks of values that rise, nearest to values by weighted squares: the value, the first place, the one behind the last.

    Pool adjacent violators, onward first, then back (Busing 2022), to the bit as `scipy.optimize.isotonic_regression`, which
    takes as long to load as a thousand curves to pool.
    """
    blocks: list[tuple[float, float, int, int]] = []  #: value, weight and places
    place = 0
    while place < len(values):
        first, value, weight, place = place, values[place], weights[place], place + 1
        if blocks and blocks[-1][0] >= value:
            before, held, first, _ = blocks.pop()
            total = held * before + weight * value
            weight += held
            value = total / weight
            while place < len(values) and value >= values[place]:
                total += weights[place] * values[place]
                weight += weights[place]
                value, place = total / weight, place + 1
            while blocks and blocks[-1][0] >= value:
                before, held, first, _ = blocks.pop()
                total += held * before
                weight += held
                value = total / weight
        blocks.append((value, weight, first, place))
    return [(value, first, last) for value, _, first, last in blocks]


def whole_convex(levels: NDArray[np.int64], values: NDArray[np.float64], base: int) -> NDArray[np.int64]:
    """Whole numbers near convex non-increasing values at consecutive levels, convex and non-increasing too.

    Steps are rounded, not heights: rounding keeps their order. The height at level `base` is the nearest whole number.
    """
    steps = np.rint(np.diff(values))
    heights = np.concatenate([[0.0], np.cumsum(steps)])
    at_base = levels == base
    heights += np.rint(values[at_base]) - heights[at_base]
    return np.asarray(np.maximum(heights, 0.0).astype(np.int64))
