"""Many alternatives at once on common random numbers: intervals that hold together, a league table, the best, regrets.

All intervals come from paired differences and hold together with the stated level (Bonferroni), so whatever is read off
them holds too: which differ, who may be the best, by how much each lies behind the best of the others (Hsu 1984).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, inf
from string import ascii_lowercase

import numpy as np
import scipy
from numpy.typing import NDArray

from sim import Interval, interval
from sim.measures import LEVEL

from .compare import HIGHER_IS_BETTER

Numbers = NDArray[np.float64]
RESAMPLES = 10_000  #: of the bootstrap for the chance of being best


@dataclass(frozen=True, slots=True)
class Pair:
    """Two alternatives; `change` is second − first, and all pairs of a ranking hold together."""

    first: str
    second: str
    change: Interval

    @property
    def differ(self) -> bool:
        return self.change.excludes_zero()


@dataclass(frozen=True, slots=True)
class Place:
    """An alternative in the league table."""

    name: str
    mean: Interval  #: by itself
    behind: Interval  #: how much worse than the best of the others, negative when better; all places hold together
    regret: Interval  #: how much worse than the best, itself among them: what of `behind` is above zero
    classes: str  #: letters; two alternatives that share one cannot be told apart
    best_share: float  #: share of resamples of the replications in which it is the best

    @property
    def may_be_best(self) -> bool:
        return self.behind.low <= 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """Alternatives from best to worst by their means."""

    indicator: str
    higher_is_better: bool
    level: float  #: with which all intervals hold together
    replications: int
    places: tuple[Place, ...]
    pairs: tuple[Pair, ...]

    @property
    def best(self) -> Place:
        return self.places[0]

    @property
    def candidates(self) -> tuple[str, ...]:
        """Those that may be the best: the best is among them with at least the level."""
        return tuple(place.name for place in self.places if place.may_be_best)

    def place(self, name: str) -> Place:
        """Return the place of an alternative; KeyError when there is none."""
        return {place.name: place for place in self.places}[name]


@dataclass(frozen=True, slots=True)
class Regret:
    """How much worse than the best plan of a future a plan is there; all of a table hold together."""

    plan: str
    future: str
    value: Interval
    regret: Interval


def rank(values: Mapping[str, Numbers], indicator: str, *, level: float = LEVEL, resamples: int = RESAMPLES) -> Ranking:
    """Rank alternatives, each with its figure a replication; replications in which one was not measured are left out.

    resamples : of the bootstrap. ValueError for fewer than two alternatives or other replications.
    """
    names = list(values)
    if len(names) < 2 or len({len(column) for column in values.values()}) != 1:
        raise ValueError(f"cannot rank {names}: two alternatives on the same replications are needed")
    table = np.column_stack([values[name] for name in names])
    table = table[~np.isnan(table).any(axis=1)]
    higher = indicator in HIGHER_IS_BETTER
    pairs = {(a, b): change for (a, b), change in zip(_pairs(len(names)), joint_differences(table, level), strict=True)}
    sign = -1.0 if higher else 1.0
    behind = [_behind(number, len(names), pairs, sign) for number in range(len(names))]
    shares = best_shares(sign * table, resamples)
    means = sign * table.mean(axis=0) if len(table) else np.zeros(len(names))
    order = sorted(range(len(names)), key=lambda number: (means[number], number))
    apart = {frozenset(pair) for pair, change in pairs.items() if change.excludes_zero()}
    letters = size_classes(order, apart)
    return Ranking(
        indicator=indicator,
        higher_is_better=higher,
        level=level,
        replications=len(table),
        places=tuple(
            Place(
                name=names[number],
                mean=interval(values[names[number]]),
                behind=behind[number],
                regret=_at_least_zero(behind[number]),
                classes=letters[number],
                best_share=float(shares[number]),
            )
            for number in order
        ),
        pairs=tuple(Pair(names[a], names[b], change) for (a, b), change in pairs.items()),
    )


def _pairs(count: int) -> list[tuple[int, int]]:
    return list(combinations(range(count), 2))


def joint_differences(table: Numbers, level: float = LEVEL) -> list[Interval]:
    """Paired Student intervals of column b − column a for all a < b, which hold together with the level (Bonferroni).

    table : (R, K). A difference between fewer than two replications may be anything.
    """
    pairs = _pairs(table.shape[1])
    if len(table) < 2:
        known = len(table) == 1
        return [Interval(float(table[0, b] - table[0, a]) if known else float("nan"), -inf, inf) for a, b in pairs]
    each = 1 - (1 - level) / len(pairs)
    return [interval(table[:, b] - table[:, a], each) for a, b in pairs]


def _behind(number: int, count: int, pairs: Mapping[tuple[int, int], Interval], sign: float) -> Interval:
    """How much an alternative is worse than the best of the others, of intervals that hold together."""
    worse = []
    for other in range(count):
        if other == number:
            continue
        change = pairs[min(number, other), max(number, other)]
        turned = sign if number > other else -sign
        ends = sorted((turned * change.low, turned * change.high))
        worse.append((turned * change.mean, *ends))
    mean, low, high = (max(column) for column in zip(*worse, strict=True))
    return Interval(mean, low, high)


def _at_least_zero(found: Interval) -> Interval:
    return Interval(max(found.mean, 0.0), max(found.low, 0.0), max(found.high, 0.0))


def best_shares(table: Numbers, resamples: int = RESAMPLES) -> Numbers:
    """Share of bootstrap resamples of the replications in which each column has the least mean; ties are shared.

    Replications are drawn whole, so what alternatives have in common stays in common. A description of these
    replications, not an error rate: with few of them it is too sure.
    """
    count, columns = table.shape
    if count < 2:
        return np.full(columns, 1 / columns)
    weights = np.random.default_rng([count, columns]).multinomial(count, np.full(count, 1 / count), size=resamples)
    means = weights @ (table - table.mean(axis=0).min())
    scale = np.ptp(table)
    least = means <= means.min(axis=1, keepdims=True) + 1e-12 * count * (scale if scale > 0 else 1.0)
    return np.asarray((least / least.sum(axis=1, keepdims=True)).mean(axis=0), np.float64)


def size_classes(order: Sequence[int], apart: set[frozenset[int]]) -> dict[int, str]:
    """Letters by alternative, the best first: two share a letter exactly when they are not told apart.

    Insert and absorb, Piepho (2004). Beyond 26 classes letters are doubled.
    """
    classes: list[set[int]] = [set(order)]
    for first, second in sorted(tuple(sorted(pair)) for pair in apart):
        grown: list[set[int]] = []
        for members in classes:
            grown += [members - {first}, members - {second}] if {first, second} <= members else [members]
        classes = [
            one
            for n, one in enumerate(grown)
            if not any(one < other or (one == other and n > m) for m, other in enumerate(grown))
        ]
    place = {number: n for n, number in enumerate(order)}
    classes.sort(key=lambda members: sorted(place[number] for number in members))
    names = [ascii_lowercase[n % 26] * (n // 26 + 1) for n in range(len(classes))]
    return {number: "".join(name for name, members in zip(names, classes, strict=True) if number in members) for number in order}


def replications_to_select(table: Numbers, indifference: float, level: float = LEVEL) -> int:
    """Replications after which the least mean is the best with at least the level, if it is better by `indifference`.

    table : (n₀, K) of the first stage. Clark and Yang (1986), for common random numbers of any covariance:
    N = max over pairs of ⌈(t S / δ)²⌉, t the 1 − α/(K − 1) quantile of Student with n₀ − 1 degrees of freedom.
    """
    first, columns = table.shape
    if first < 2 or columns < 2 or not indifference > 0:
        raise ValueError(f"{first} replications of {columns} alternatives, indifference {indifference}: cannot choose a number")
    student = float(scipy.special.stdtrit(first - 1, 1 - (1 - level) / (columns - 1)))
    widest = max(float((table[:, b] - table[:, a]).std(ddof=1)) for a, b in _pairs(columns))
    return max(int(first), ceil((student * widest / indifference) ** 2))


def regrets(values: Mapping[tuple[str, str], Numbers], indicator: str, *, level: float = LEVEL) -> tuple[Regret, ...]:
    """Regret of each plan in each future, (plan, future) → a figure a replication; all intervals hold together."""
    plans, futures = (list(dict.fromkeys(key[side] for key in values)) for side in (0, 1))
    each = 1 - (1 - level) / len(futures)
    found = {
        future: rank({plan: values[plan, future] for plan in plans}, indicator, level=each, resamples=1) for future in futures
    }
    return tuple(
        Regret(plan, future, found[future].place(plan).mean, found[future].place(plan).regret)
        for plan in plans
        for future in futures
    )


def largest_regrets(table: Sequence[Regret]) -> dict[str, Interval]:
    """Largest regret of each plan over the futures, least first; the intervals hold together as those of the table do."""
    worst: dict[str, Interval] = {}
    for plan in dict.fromkeys(one.plan for one in table):
        row = [one.regret for one in table if one.plan == plan]
        worst[plan] = Interval(max(r.mean for r in row), max(r.low for r in row), max(r.high for r in row))
    return dict(sorted(worst.items(), key=lambda pair: pair[1].mean))
