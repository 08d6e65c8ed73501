"""Exact answers without a solver, for one pool of officers who are alike and may serve anywhere.

They are what the program must find when nothing else binds: no walls, no commute, one set of skills, convex curves.
A curve is an array over crews 0, 1, 2, …; each further officer saves something and no more than the one before.
"""

from collections.abc import Sequence
from heapq import heapify, heapreplace

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


def marginal_allocation(curves: Sequence[Whole], officers: int, least: Whole | None = None) -> Whole:
    """Crews of least total overload: each officer in turn goes where one more saves most. Fox 1966, Mgmt Sci 13.

    officers : to be placed in all; least : crews given beforehand. Ties go to the earlier office; officers beyond the
    ends of all curves are left over.
    """
    crews = np.zeros(len(curves), np.int64) if least is None else least.astype(np.int64)
    savings, office = _savings(curves, crews)
    best = np.argsort(-savings, kind="stable")[: max(officers - int(crews.sum()), 0)]
    return np.asarray(crews + np.bincount(office[best], minlength=len(curves)))


def best_swaps(curves: Sequence[Whole], crews: Whole, max_moves: int, price: int = 0) -> Whole:
    """Crews after at most so many moves, each from where one fewer costs least to where one more saves most.

    The first move pays best, so the descent stops at the first that does not pay its price; no office is both source
    and target, since one more saves no more than one fewer costs. Exact for convex curves.
    """
    gains, target = _savings(curves, crews)
    losses, source = _losses(curves, crews)
    first, last = np.argsort(-gains, kind="stable")[:max_moves], np.argsort(losses, kind="stable")[:max_moves]
    pairs = min(len(first), len(last))
    pays = int((gains[first[:pairs]] > losses[last[:pairs]] + price).sum())
    come, go = (np.bincount(place, minlength=len(curves)) for place in (target[first[:pays]], source[last[:pays]]))
    return np.asarray(crews + come - go)


def worst_first(curves: Sequence[Whole], officers: int, least: Whole | None = None) -> Whole:
    """Crews whose worst office is best, then the next worst, and so on: each officer goes to the worst office.

    Exact for curves that never rise. It ends early when the worst office is at the end of its curve.
    """
    crews = np.zeros(len(curves), np.int64) if least is None else least.astype(np.int64)
    heap = [(-int(curve[crew]), place) for place, (curve, crew) in enumerate(zip(curves, crews.tolist(), strict=True))]
    heapify(heap)
    known = [curve.tolist() for curve in curves]
    found = crews.tolist()
    for _ in range(max(officers - int(crews.sum()), 0)):
        _, place = heap[0]
        if found[place] + 1 == len(known[place]):
            break
        found[place] += 1
        heapreplace(heap, (-known[place][found[place]], place))
    return np.array(found, np.int64)


def pool_cost(curves: Sequence[Whole], crews: Whole) -> int:
    """Overload of all offices."""
    return sum(int(curve[crew]) for curve, crew in zip(curves, crews.tolist(), strict=True))


def _savings(curves: Sequence[Whole], crews: Whole) -> tuple[Whole, Whole]:
    """What each officer beyond the crews saves, in order for each office, and the office."""
    lengths = np.array([len(curve) for curve in curves])
    values, office = np.concatenate(curves), np.repeat(np.arange(len(curves)), lengths)
    crew = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    beyond = crew > crews[office]
    saved = np.concatenate([[0], values[:-1] - values[1:]])
    return saved[beyond], office[beyond]


def _losses(curves: Sequence[Whole], crews: Whole) -> tuple[Whole, Whole]:
    """What each officer of the crews would cost by leaving, the last first, and the office."""
    values = [curve[: crew + 1][::-1] for curve, crew in zip(curves, crews.tolist(), strict=True)]
    office = np.repeat(np.arange(len(curves)), crews)
    return np.concatenate([np.diff(one) for one in values]).astype(np.int64), office
