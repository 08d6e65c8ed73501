"""How much growth until it breaks: where on a ladder of demands an office passes a limit, with an interval.

An office breaks where its mean over replications passes the limit; the ends of the interval are where the upper and the
lower end of the interval of that mean do (inversion of the test at each rung). All rungs share their citizens: more demand
adds some and moves none.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import interval

Numbers = NDArray[np.float64]
#: already: beyond the limit at today's demand; within: breaks on the ladder; beyond: not even on its last rung
Status = Literal["already", "within", "beyond"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Breaking:
    """When a place breaks; growth is a share of today's demand, below 0 where it is broken already.

    Infinite beyond the ladder; that of the first rung where even this is passed.
    """

    phase: str
    office: str  #: empty = the whole network
    growth: float
    low: float
    high: float
    now: float  #: the indicator at today's demand
    status: Status


Curves = Mapping[int, Mapping[tuple[str, str], Numbers]]  #: rung → (phase, office) → value of each replication


def curves_at(frame: pd.DataFrame) -> dict[tuple[str, str], Numbers]:
    """Values of each replication by phase and office, of one rung and one indicator; nothing measured counts as 0."""
    wide = frame.pivot(index=["phase", "office"], columns="replication", values="value").fillna(0.0)
    return {(str(key[0]), str(key[1])): row for key, row in zip(wide.index, wide.to_numpy(np.float64), strict=True)}


def wanted_rungs(played: Curves, limit: float, last: int, today: int = 0) -> tuple[int, ...]:
    """Rungs to play next, the middles of all brackets in which something passes the limit; none when all are found.

    today : the rung of today's demand.
    A bisection for every place and end of its interval at once; each rung serves all of them.
    """
    missing = {0, today, last} - set(played)
    if missing:
        return tuple(sorted(missing))
    rungs = sorted(played)
    wanted: set[int] = set()
    for place in played[0]:
        for curve in _curves(played, rungs, place):
            passed = np.flatnonzero(curve > limit)
            if len(passed) and passed[0]:
                low, high = rungs[passed[0] - 1], rungs[passed[0]]
                wanted |= {(low + high) // 2} if high - low > 1 else set()
    return tuple(sorted(wanted))


def breakings(played: Curves, limit: float, step: float, today: int = 0) -> tuple[Breaking, ...]:
    """Where each place breaks, linear between rungs, the first to break on top; step : growth from rung to rung."""
    rungs = sorted(played)
    found = []
    for phase, office in played[0]:
        ends = [(_crossing(curve, rungs, limit) - today) * step for curve in _curves(played, rungs, (phase, office))]
        now = float(played[today][phase, office].mean())
        status: Status = "already" if now > limit else "within" if np.isfinite(ends[1]) else "beyond"
        found.append(Breaking(phase, office, ends[1], ends[0], ends[2], now, status))
    return tuple(sorted(found, key=_breaks_first))


def _breaks_first(one: Breaking) -> tuple[object, ...]:
    return one.phase, one.office != "", one.growth, one.low, -one.now, one.office


def _curves(played: Curves, rungs: Collection[int], place: tuple[str, str]) -> tuple[Numbers, Numbers, Numbers]:
    """Upper end, mean and lower end of the interval by rung; each crosses a limit in this order."""
    found = [interval(played[rung][place]) for rung in rungs]
    return (
        np.array([one.high for one in found]),
        np.array([one.mean for one in found]),
        np.array([one.low for one in found]),
    )


def _crossing(curve: Numbers, rungs: Collection[int], limit: float) -> float:
    """The first place on the ladder where a curve passes the limit; infinite when it never does."""
    passed = np.flatnonzero(curve > limit)
    if not len(passed):
        return float("inf")
    first = int(passed[0])
    ladder = list(rungs)
    if not first:
        return 0.0
    below, above = curve[first - 1], curve[first]
    return float(ladder[first - 1] + (ladder[first] - ladder[first - 1]) * (limit - below) / (above - below))


def growth_frame(found: Collection[Breaking], names: Mapping[str, tuple[str, str]], indicator: str, limit: float) -> pd.DataFrame:
    """One row a phase and place; names : (name, kind) by office."""
    rows = [
        (one.phase, one.office, *names.get(one.office, ("", "")), indicator, limit, one.now, one.status, *_shown(one))
        for one in found
    ]
    columns = ["phase", "office", "name", "kind", "indicator", "limit", "now", "status", "growth", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _shown(one: Breaking) -> tuple[float, ...]:
    """Growth and its ends, not a number where beyond the ladder."""
    return tuple(end if np.isfinite(end) else float("nan") for end in (one.growth, one.low, one.high))
