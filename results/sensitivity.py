"""Which factor matters: samples in the unit cube and what comes of them, by SALib. The only place that meets it.

A factor runs from 0 to 1 here; who plays the model maps this onto its range or levels. SALib is imported when first used,
so that whoever draws other pictures does not wait for it.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # its parts are slow to load, and load when first used
from numpy.typing import NDArray

from sim import Interval
from sim.measures import LEVEL

Numbers = NDArray[np.float64]
Measure = Literal["mu", "mu_star", "sigma", "first", "total"]

STEPS = 4  #: places of a factor in a Morris sample
RESAMPLES = 1_000  #: of the bootstrap that gives the intervals


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How much an outcome depends on one factor, by one measure; without an interval low = high = mean."""

    factor: str
    measure: Measure
    value: Interval


def latin_sample(count: int, points: int, seed: int) -> Numbers:
    """Points of a Latin hypercube, (points, count): every factor once in each of `points` equal parts (McKay 1979)."""
    return np.asarray(scipy.stats.qmc.LatinHypercube(count, rng=np.random.default_rng(seed)).random(points), np.float64)


def morris_sample(count: int, trajectories: int, seed: int) -> Numbers:
    """Walks that change one factor at a time, (trajectories × (count + 1), count) (Morris 1991)."""
    from SALib.sample import morris

    sample = morris.sample(_problem(count), trajectories, num_levels=STEPS, seed=seed)
    return np.asarray(sample, np.float64)


def sobol_sample(count: int, rows: int, seed: int) -> Numbers:
    """Two samples and their crossings, (rows × (count + 2), count); rows a power of two (Saltelli 2010)."""
    from SALib.sample import sobol

    sample = sobol.sample(_problem(count), rows, calc_second_order=False, seed=seed)
    return np.asarray(sample, np.float64)


def morris_effects(factors: Sequence[str], sample: Numbers, outcome: Numbers, seed: int) -> tuple[Sensitivity, ...]:
    """Mean, mean size and spread of the elementary effects; each is for a factor going from one end to the other.

    Campolongo, Cariboni and Saltelli (2007). outcome : one figure a point, in the order of the sample.
    """
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(len(factors)), sample, outcome, num_resamples=RESAMPLES, conf_level=LEVEL, num_levels=STEPS, seed=seed
    )
    rows: list[Sensitivity] = []
    for rank, factor in enumerate(factors):
        mean, star, spread = (float(found[name][rank]) for name in ("mu", "mu_star", "sigma"))
        rows.append(Sensitivity(factor, "mu_star", _about(star, found["mu_star_conf"][rank])))
        rows.append(Sensitivity(factor, "mu", Interval(mean, mean, mean)))
        rows.append(Sensitivity(factor, "sigma", Interval(spread, spread, spread)))
    return tuple(rows)


def sobol_indices(factors: Sequence[str], outcome: Numbers, seed: int) -> tuple[Sensitivity, ...]:
    """Shares of the variance: of a factor alone, and with all it does together with others; zero when nothing varies."""
    if not np.ptp(outcome) > 1e-12 * max(float(np.abs(outcome).max()), 1e-300):
        nothing = Interval(0.0, 0.0, 0.0)
        return tuple(Sensitivity(factor, measure, nothing) for factor in factors for measure in ("first", "total"))
    from SALib.analyze import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a resample in which nothing varies
        found = sobol.analyze(
            _problem(len(factors)), outcome, calc_second_order=False, num_resamples=RESAMPLES, conf_level=LEVEL, seed=seed
        )
    return tuple(
        Sensitivity(factor, measure, _about(found[name][rank], found[f"{name}_conf"][rank]))
        for rank, factor in enumerate(factors)
        for measure, name in _SOBOL
    )


_SOBOL: tuple[tuple[Measure, str], ...] = (("first", "S1"), ("total", "ST"))


def _about(middle: float, half: float) -> Interval:
    middle, half = float(middle), float(half) if np.isfinite(half) else 0.0
    return Interval(middle, middle - half, middle + half)


def _problem(count: int) -> dict[str, object]:
    return {"num_vars": count, "names": [f"x{rank}" for rank in range(count)], "bounds": [[0.0, 1.0]] * count}
