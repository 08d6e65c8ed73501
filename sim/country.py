"""A country province by province: separate networks, so that no more than a few provinces are in memory at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario

from .cluster import Cluster
from .measures import Interval, interval
from .network import MINUTE
from .run import compile_days, play, spread
from .tables import OFFICE_COLUMNS, digest, stacked

SUMS = ("tickets", "called", "wait_called", "over_standard", "lost", "overload")  #: counts, and ticks; by replication


@dataclass(frozen=True, slots=True)
class ProvinceRun:
    """What became of one province; `sums` (R, len(SUMS)) over its offices and days."""

    scenario_id: str
    name_vi: str
    name_en: str
    units: int
    offices: int
    officers: int
    days: int
    citizens: int  #: first visits on measured days, all replications
    digest: str
    sums: NDArray[np.int64]
    seconds: float  #: of processor, from making the scenario to the last replication


def play_country(
    provinces: Iterable[str],
    scenario: Callable[[str], Scenario],
    *,
    days: int | None = None,
    replications: int = 1,
    seed: int = 1,
    jobs: int | Cluster | None = None,
) -> Iterator[ProvinceRun]:
    """Play provinces, several side by side, and yield each in order.

    provinces : codes; scenario : makes the scenario of a code, wherever the province is played; days : as in `sim.simulate`.
    """
    codes, numbers = list(provinces), range(replications)
    parts = spread(partial(_task, scenario, days, seed), [(code, number) for code in codes for number in numbers], jobs=jobs)
    for _ in codes:
        yield _together([next(parts) for _ in numbers])


def _task(scenario: Callable[[str], Scenario], days: int | None, seed: int, task: tuple[str, int]) -> ProvinceRun:
    """Make, compile and play one replication of a province, its only or first phase."""
    began = thread_time()
    asked = scenario(task[0])
    compiled = compile_days(asked, asked.phases[0].id, seed=seed, days=days)
    tables, hash_sum, _ = play(compiled, task[1])
    total = dict(zip(OFFICE_COLUMNS, tables.office.sum(axis=0).tolist(), strict=True))
    called, lost = total["served"] + total["incomplete"], total["left"] + total["balked"] + total["sent_away"]
    sums = (total["tickets"], called, total["wait_called"], total["over_standard"], lost, total["overload"])
    return ProvinceRun(
        scenario_id=asked.id,
        name_vi=asked.name_vi,
        name_en=asked.name_en,
        units=len(asked.units),
        offices=len(asked.offices),
        officers=len(asked.officers),
        days=compiled.days,
        citizens=total["tickets"] - total["returns"] - total["fetched"],
        digest=digest((stacked(compiled, (task[1],), [tables], [hash_sum]),)),
        sums=np.array([sums], np.int64),
        seconds=thread_time() - began,
    )


def _together(parts: list[ProvinceRun]) -> ProvinceRun:
    """The replications of one province as one run."""
    return replace(
        parts[0],
        citizens=sum(part.citizens for part in parts),
        digest=sha256("\n".join(part.digest for part in parts).encode()).hexdigest(),
        sums=np.concatenate([part.sums for part in parts]),
        seconds=sum(part.seconds for part in parts),
    )


def country_indicators(sums: NDArray[np.int64], days: int) -> dict[str, Interval]:
    """Indicators of one province or of several together; sums (R, len(SUMS)), added over provinces."""
    tickets, called, waited, over, lost, overload = sums.T.astype(np.float64)
    some = np.maximum(tickets, 1)
    return {
        "visits_per_day": interval(tickets / days),
        "wait_mean_min": interval(waited / np.maximum(called, 1) / MINUTE),
        "share_wait_over_20": interval(over / some),
        "lost_share": interval(lost / some),
        "overload_min_per_day": interval(overload / MINUTE / days),
    }


def country_digest(runs: Iterable[ProvinceRun]) -> str:
    """SHA-256 over the digests of the provinces, in their order."""
    return sha256("\n".join(f"{run.scenario_id} {run.digest}" for run in runs).encode()).hexdigest()
