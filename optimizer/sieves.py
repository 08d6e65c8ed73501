"""Sieves for many changes at once: which surely save no more than a zone, which surely save more, which stay open.

There are three: what offices can save at most, what a change saves in a judge's quick looks, what it saves in thorough ones;
more numbers are looked at for as long as a change stays open. Each sieve may set a change that saves more than the zone aside
with a quarter of the error stated, and one that does not is called better with the last quarter. A look has an equal part of
its sieve's error, and shares it among the changes that are not set aside yet (Holm 1979, look by look: when the first of the
better ones goes, all of them still count). A few of those set aside are looked at thoroughly all the same. Means of batches
are taken as normal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .sweep import Change

Batches = NDArray[np.float64]
Saved = Sequence[tuple[float, Batches]]  #: a weighted sum of means, each of independent batches
PARTS = 4  #: of the error: one for each sieve, one for changes called better
WHOLE_MOST = 48  #: changes looked at thoroughly: those left that promise most
WHOLE_LEAST = 4  #: so many at least, however sure it is that they were to be set aside
QUICK_LOOKS = (1, 4, 16)  #: how much is looked at quickly, the first time and for as long as a change stays open
LOOKS = (8, 24, 56)  #: batches after each thorough look


class Judge(Protocol):
    """Who says what changes save of the overload, person-minutes a day."""

    def quick(self, changes: Sequence[Change], size: int) -> list[Saved]:
        """What each saves, on so many times the numbers of the first look, those of earlier looks among them."""

    def thorough(self, changes: Sequence[Change], batches: int) -> list[Saved]:
        """What each saves, on numbers beside those of the quick looks; the first ones the same at each call."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A change and what it saves of the objective, person-minutes a day of its phases: estimate and one-sided ends."""

    kind: str  #: move or swap
    officers: tuple[str, ...]
    offices: tuple[str, str]  #: from and to of the first officer, as it begins
    targets: tuple[tuple[int, tuple[str, ...]], ...]  #: where each officer comes, by number of the phase
    saves_min: float
    lower_min: float
    upper_min: float
    zone_min: float

    @property
    def begins(self) -> int:
        """Number of the phase that it begins with."""
        return self.targets[0][0]

    @property
    def lasts(self) -> int:
        """Phases in which it is made."""
        return len(self.targets)

    @property
    def better(self) -> bool:
        """Surely better by more than the zone."""
        return self.lower_min > self.zone_min

    @property
    def worth_making(self) -> bool:
        """Surely better, and by estimate by more than half the zone."""
        return self.lower_min > 0 and self.saves_min > self.zone_min / 2

    @property
    def set_aside(self) -> bool:
        """Surely not better by more than the zone."""
        return self.upper_min <= self.zone_min


@dataclass(frozen=True, slots=True)
class Sifted:
    """What became of changes."""

    set_aside: int  #: by the quick look
    thorough: tuple[Trial, ...]  #: those looked at thoroughly, that promised most first
    better: tuple[Trial, ...]  #: of these, proven to save more than the zone
    open: tuple[Trial, ...]  #: neither set aside nor better


def sift(changes: Sequence[Change], judge: Judge, error: float, tried: int = 0) -> Sifted:
    """Sift changes; a change that saves more than the zone is set aside by a chance of half the error at most.

    A change that saves no more than the zone is called better by a chance of a quarter at most. tried : changes of which
    these are the ones left by an earlier sieve.
    """
    part, count = error / PARTS, max(tried, len(changes), 1)
    quick = _quick(changes, judge, part, count)
    order = sorted(range(len(changes)), key=lambda place: (quick[place].set_aside, -quick[place].saves_min, place))
    left = sum(not trial.set_aside for trial in quick)
    chosen = order[: max(min(left, WHOLE_MOST), min(WHOLE_LEAST, len(order)))]
    thorough = _thorough([changes[place] for place in chosen], left, judge, part, count)
    undecided = [trial for trial in thorough[:left] if not trial.better and not trial.set_aside]
    undecided += [quick[place] for place in order[len(chosen) : left]]
    return Sifted(len(changes) - left, tuple(thorough), tuple(trial for trial in thorough if trial.better), tuple(undecided))


def _quick(changes: Sequence[Change], judge: Judge, part: float, count: int) -> list[Trial]:
    """Look at all, then again and closer at those not set aside; count : of changes that may be called better."""
    found: dict[int, Trial] = {}
    for size in QUICK_LOOKS:
        asked = [place for place in range(len(changes)) if place not in found or not found[place].set_aside]
        low, high = (part / len(QUICK_LOOKS) / max(number, 1) for number in (count, len(asked)))
        told = judge.quick([changes[place] for place in asked], size) if asked else []
        found |= {place: _trial(changes[place], saved, low, high) for place, saved in zip(asked, told, strict=True)}
    return [found[place] for place in range(len(changes))]


def _thorough(changes: Sequence[Change], left: int, judge: Judge, part: float, count: int) -> list[Trial]:
    """Look at all, then again at those of the first `left` that stay open.

    left : changes not set aside, some of which may be beyond these; a change counts as looked at by each quick look, since
    how often it was depends on what was seen.
    """
    low = part / len(LOOKS) / len(QUICK_LOOKS) / count
    found: dict[int, Trial] = {}
    for batches in LOOKS:
        kept = left - sum(trial.set_aside for place, trial in found.items() if place < left)
        asked = [
            place
            for place in range(len(changes))
            if place not in found or (place < left and not found[place].better and not found[place].set_aside)
        ]
        told = judge.thorough([changes[place] for place in asked], batches) if asked else []
        high = part / len(LOOKS) / max(kept, 1)
        found |= {place: _trial(changes[place], saved, low, high) for place, saved in zip(asked, told, strict=True)}
    return [found[place] for place in range(len(changes))]


def most_saved(overload: Sequence[Mapping[str, Batches]], error: float) -> list[dict[str, float]]:
    """The most that each office can save, by phase: the upper end of the overload it has, all but for a quarter of the error."""
    share = error / PARTS / max(sum(map(len, overload)), 1)
    return [
        {office: one_sided([(1.0, batches)], share, share)[1] if batches.any() else 0.0 for office, batches in phase.items()}
        for phase in overload
    ]


def one_sided(saved: Saved, low: float, high: float) -> tuple[float, float]:
    """Lower and upper end of Student t intervals of the sum, wrong with the chances `low` and `high` (Welch 1947)."""
    mean = sum(weight * float(batches.mean()) for weight, batches in saved)
    if any(len(batches) < 2 for _, batches in saved):
        return -np.inf, np.inf
    parts = [(weight**2 * float(batches.var(ddof=1)) / len(batches), len(batches) - 1) for weight, batches in saved]
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return mean, mean
    freedom = variance**2 / sum(part**2 / count for part, count in parts)
    below, above = (-float(special.stdtrit(freedom, share)) * variance**0.5 for share in (low, high))
    return float(mean - below), float(mean + above)


def _trial(change: Change, saved: Saved, low_share: float, high_share: float) -> Trial:
    low, high = one_sided(saved, low_share, high_share)
    price, mean = change.price_min, sum(weight * float(batches.mean()) for weight, batches in saved)
    return Trial(
        kind=change.kind,
        officers=change.officers,
        offices=change.offices,
        targets=tuple((number, tuple(step[2] for step in taken)) for number, taken in change.steps.items()),
        saves_min=mean - price,
        lower_min=low - price,
        upper_min=high - price,
        zone_min=change.zone_min,
    )
