"""Sieves for many changes at once: which surely save no more than a zone, which surely save more, which stay open.

There are three, and each may err with a third of the error stated, Bonferroni within it, so that with one less the error
nothing that saves more than the zone is set aside: what offices can save at most, what a change saves in a judge's quick
look, what it saves in a thorough one on numbers of its own. A few of those set aside are looked at thoroughly all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .sweep import Change

SIEVES = 3
WHOLE_MOST = 12  #: changes looked at thoroughly: those left that promise most
WHOLE_LEAST = 4  #: so many at least, however sure it is that they were to be set aside


class Judge(Protocol):
    """Who says what changes save of the overload, person-minutes a day, in independent batches."""

    def quick(self, changes: Sequence[Change]) -> list[NDArray[np.float64]]:
        """Batches of each change."""

    def thorough(self, changes: Sequence[Change]) -> list[NDArray[np.float64]]:
        """Batches of each change, on numbers that were not used for the quick look."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A change and what it saves of the objective, person-minutes a day: estimate and one-sided ends of its interval."""

    kind: str  #: move or swap
    officers: tuple[str, ...]
    offices: tuple[str, str]
    saves_min: float
    lower_min: float
    upper_min: float


@dataclass(frozen=True, slots=True)
class Sifted:
    """What became of changes."""

    quick: tuple[Trial, ...]  #: all, in the order given
    set_aside: int  #: by the quick look
    thorough: tuple[Trial, ...]  #: those looked at thoroughly, that promise most first
    better: tuple[Trial, ...]  #: of these, proven to save more than the zone
    open: tuple[Trial, ...]  #: neither set aside nor better


def sift(changes: Sequence[Change], judge: Judge, zone_min: float, error: float) -> Sifted:
    """Sift changes; the chance that one that saves more than the zone is set aside is two thirds of the error at most.

    A change is called better by a chance of a third of the error at most if it saves no more than the zone.
    """
    share = error / SIEVES / max(len(changes), 1)
    quick = [_trial(one, saved, share) for one, saved in zip(changes, judge.quick(changes), strict=True)]
    order = sorted(range(len(changes)), key=lambda place: (quick[place].upper_min <= zone_min, -quick[place].saves_min, place))
    left = sum(bool(trial.upper_min > zone_min) for trial in quick)
    chosen = order[: max(min(left, WHOLE_MOST), min(WHOLE_LEAST, len(order)))]
    thorough = _thorough([changes[place] for place in chosen], judge, error / SIEVES)
    better = tuple(trial for trial in thorough if trial.lower_min > zone_min)
    undecided = [trial for trial in thorough[:left] if trial.upper_min > zone_min and trial not in better]
    undecided += [quick[place] for place in order[len(chosen) : left]]
    return Sifted(tuple(quick), len(changes) - left, tuple(thorough), better, tuple(undecided))


def _thorough(changes: Sequence[Change], judge: Judge, error: float) -> list[Trial]:
    if not changes:
        return []
    return [_trial(one, saved, error / len(changes)) for one, saved in zip(changes, judge.thorough(changes), strict=True)]


def most_saved(overload: Mapping[str, NDArray[np.float64]], error: float) -> dict[str, float]:
    """The most that each office can save: the upper end of the overload it has, all together but for a third of the error."""
    share = error / SIEVES / max(len(overload), 1)
    return {office: 0.0 if not batches.any() else one_sided(batches, share)[1] for office, batches in overload.items()}


def one_sided(saved: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Lower and upper end of Student t intervals of the mean, each wrong with the chance `share`."""
    count, mean = len(saved), float(saved.mean())
    if count < 2:
        return -np.inf, np.inf
    half = -float(special.stdtrit(count - 1, share)) * float(saved.std(ddof=1)) / np.sqrt(count)
    return mean - half, mean + half


def _trial(change: Change, saved: NDArray[np.float64], share: float) -> Trial:
    low, high = one_sided(saved, share)
    price = change.price_min
    return Trial(change.kind, change.officers, change.offices, float(saved.mean()) - price, low - price, high - price)
