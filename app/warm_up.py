"""How many days to play before days are measured: enough when twice as many change nothing that matters.

A run starts with empty offices, no citizen to come back and the backlog the scenario states. The same measured days with
the same citizens are played after w and after 2 w days, so the paired difference is the start alone, without the calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.precision import measured_indicator
from scenarios.schema import Scenario
from sim import Interval, Measures, interval, paired, simulate
from sim.run import Report

FIRST, MOST = 5, 60  #: working days tried; a scenario allows no more
TOLERANCE = 0.02  #: of the mean: what twice the warm-up may change, all of its interval


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A warm-up and what twice as many days change, as a share of the mean, in the phase that changes most."""

    days: int
    indicator: str
    change: Interval
    enough: bool


def warmed(scenario: Scenario, days: int) -> Scenario:
    """The scenario with another warm-up."""
    return scenario.model_copy(update={"indicators": scenario.indicators.model_copy(update={"warmup_days": days})})


def warm_up_of(
    scenario: Scenario,
    phases: Sequence[str],
    indicator: str,
    *,
    days: int | None,
    replications: int,
    seed: int,
    jobs: int | None,
    progress: Report | None = None,
) -> WarmUp:
    """Double the warm-up until that changes the indicator by no more than the tolerance in every phase, or to the most."""

    def played(warm_up: int) -> list[NDArray[np.float64]]:
        measures = Measures()
        simulate(
            warmed(scenario, warm_up),
            phases,
            days=days,
            replications=replications,
            seed=seed,
            jobs=jobs,
            measures=measures,
            progress=progress,
        )
        return [measured_indicator(measured, indicator) for measured in measures.phases]

    length = max(scenario.indicators.warmup_days, FIRST)
    before = played(length)
    while True:
        after = played(2 * length)
        change = max(map(relative_change, before, after), key=largest)
        if largest(change) <= TOLERANCE or 2 * length > MOST:
            return WarmUp(length, indicator, change, largest(change) <= TOLERANCE)
        length, before = 2 * length, after


def relative_change(before: NDArray[np.float64], after: NDArray[np.float64]) -> Interval:
    """Paired change over the mean after it; none where nothing was measured or nothing changes."""
    change, mean = paired(before, after), abs(interval(after).mean)
    if np.isnan(change.mean) or change.low == change.high == 0:
        return Interval(0.0, 0.0, 0.0)
    if mean == 0:
        return Interval(np.sign(change.mean) * np.inf, -np.inf, np.inf)
    return Interval(change.mean / mean, change.low / mean, change.high / mean)


def largest(change: Interval) -> float:
    """The largest change that the interval allows."""
    return max(abs(change.low), abs(change.high))
