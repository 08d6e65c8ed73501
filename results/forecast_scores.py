"""How good forecasts of chances are, held against what happened: hits and false alarms, Brier score, reliability.

Formulas and sources stand in `docs/warn.md`. A forecast is a chance p of an event; what happened is 0 or 1.
"""

from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np
import scipy  # its parts are slow to load, and load when first used
from numpy.typing import NDArray

from sim import Interval, interval
from sim.measures import LEVEL

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLASSES = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)  #: chances between which the classes of a reliability table lie


@cache
def share_interval(count: int, of: int, level: float = LEVEL) -> Interval:
    """Share `count / of` with its Wilson (1927) interval; not a number of nothing."""
    if of == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    share, deviate = count / of, float(scipy.special.ndtri(0.5 + 0.5 * level))
    spread = 2 * (of + deviate**2)
    middle = (2 * of * share + deviate**2) / spread
    half = deviate / spread * sqrt(4 * of * share * (1 - share) + deviate**2)
    return Interval(share, middle - half if count > 0 else 0.0, middle + half if count < of else 1.0)


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Forecasts of one class of chance: what they said and how often it happened."""

    low: float  #: least chance of the class
    high: float  #: greatest
    forecasts: int
    said: float  #: mean chance forecast
    happened: Interval  #: share of them in which it happened


@dataclass(frozen=True, slots=True)
class Scores:
    """Forecasts held against what happened. A warning is a forecast at or above the alarm."""

    forecasts: int
    hits: int  #: warned, and it happened
    false_alarms: int  #: warned, and it did not
    misses: int  #: not warned, and it happened
    quiet: int  #: not warned, and it did not
    brier: float  #: mean of (p − o)²; 0 is perfect
    brier_interval: Interval  #: over independent runs of what happened; without width from one
    brier_reference: float  #: of saying everywhere the share in which it happened
    reliability: float  #: parts of the Brier score (Murphy 1973), by classes of chance
    resolution: float
    rows: tuple[ReliabilityRow, ...]

    @property
    def base_rate(self) -> float:
        """Share of forecasts in which it happened."""
        return _part(self.hits + self.misses, self.forecasts)

    @property
    def hit_rate(self) -> float:
        """Share of what happened that was warned of."""
        return _part(self.hits, self.hits + self.misses)

    @property
    def false_alarm_ratio(self) -> float:
        """Share of warnings after which it did not happen."""
        return _part(self.false_alarms, self.hits + self.false_alarms)

    @property
    def skill(self) -> float:
        """Brier skill score: 1 is perfect, 0 no better than the share in which it happened, said everywhere."""
        return 1 - self.brier / self.brier_reference if self.brier_reference > 0 else float("nan")


def _part(count: int, of: int) -> float:
    return count / of if of else float("nan")


def scored(chances: Numbers, happened: Flags, alarm: float) -> Scores:
    """Score forecasts.

    chances : (N,) of the forecasts; happened : (H, N) in H independent runs, or one row of what really happened.
    """
    events = happened.astype(np.float64)
    warned = chances >= alarm
    errors = (chances - events) ** 2
    base = float(events.mean()) if events.size else float("nan")
    rows = _rows(chances, events)
    weights = np.array([row.forecasts for row in rows], np.float64) / max(events.size, 1)
    said, seen = (np.array(values) for values in ([row.said for row in rows], [row.happened.mean for row in rows]))
    return Scores(
        forecasts=int(events.size),
        hits=int((happened & warned).sum()),
        false_alarms=int((~happened & warned).sum()),
        misses=int((happened & ~warned).sum()),
        quiet=int((~happened & ~warned).sum()),
        brier=float(errors.mean()) if events.size else float("nan"),
        brier_interval=interval(errors.mean(axis=1)) if events.size else interval(np.array([])),
        brier_reference=base * (1 - base),
        reliability=float(weights @ (said - seen) ** 2),
        resolution=float(weights @ (seen - base) ** 2),
        rows=rows,
    )


def _rows(chances: Numbers, events: Numbers) -> tuple[ReliabilityRow, ...]:
    """The reliability table; forecasts of 0 and of 1 stand in classes of their own."""
    inside = np.digitize(chances, CLASSES) + 1
    classes = np.where(chances <= 0, 0, np.where(chances >= 1, len(CLASSES) + 2, inside))
    found = []
    for number in np.unique(classes):
        here = classes == number
        count = int(events[:, here].size)
        happened = share_interval(int(events[:, here].sum()), count)
        said = chances[here]
        found.append(ReliabilityRow(float(said.min()), float(said.max()), count, float(said.mean()), happened))
    return tuple(found)
