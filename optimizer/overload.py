"""Overload as simulated, by which plans are judged: person-minutes a day."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from sim import PhaseTables, simulate
from sim.network import MINUTE
from sim.run import Report


def office_overload_min(tables: PhaseTables) -> NDArray[np.float64]:
    """Overload by replication and office, (R, O)."""
    return tables.column("overload") / MINUTE / tables.days


def simulated_min(
    scenario: Scenario,
    phases: Iterable[str],
    numbers: Sequence[int],
    *,
    days: int | None = None,
    seed: int = 1,
    jobs: int | None = None,
    progress: Report | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Simulate phases as a whole on replications that follow one another; return the overload of each by replication, (R,)."""
    run = simulate(
        scenario, phases, days=days, replications=len(numbers), first_replication=min(numbers), seed=seed, jobs=jobs,
        progress=progress,
    )  # fmt: skip
    return {one.phase: one.column("overload").sum(axis=1) / MINUTE / one.days for one in run.phases}
