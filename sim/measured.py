"""Replications measured as they come and let go, so that a thousand take no more memory than a few."""

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario

from .columns import Tables
from .measures import (
    INDICATORS,
    LEVEL,
    SHARED,
    Interval,
    Numbers,
    office_figures,
    place_frame,
    province_figures,
    province_frame,
    standing,
    student,
)
from .network import Compiled
from .shelf import Shelf
from .tables import digest, narrow, stacked

if TYPE_CHECKING:
    import pandas as pd

Each = Callable[[str, "pd.DataFrame", "pd.DataFrame"], None]
TOGETHER = 16  #: replications measured at once; more take more memory, fewer more time, and no figure differs


class Measures:
    """What `sim.simulate` fills when it is not to keep tables; a later call with the next replications goes on in it.

    each : called with the phase, and the indicators of a few replications at a time as `sim.province` and `sim.offices` give
    them, in their order.
    """

    def __init__(self, each: Each | None = None) -> None:
        self.each = each
        self._phases: dict[str, PhaseMeasures] = {}
        self._latest: PhaseMeasures | None = None

    def add(self, scenario: Scenario, compiled: Compiled, replication: int, tables: Tables, hash_sum: np.uint64) -> None:
        """Take the next replication of a phase."""
        if compiled.phase not in self._phases:
            self._phases[compiled.phase] = PhaseMeasures(scenario, compiled, self.each)
        found = self._phases[compiled.phase]
        if self._latest is not None and self._latest is not found:
            self._latest.settle()
        self._latest = found
        found.add(replication, tables, hash_sum)

    @property
    def phases(self) -> tuple["PhaseMeasures", ...]:
        """In the order played."""
        for phase in self._phases.values():
            phase.settle()
        return tuple(self._phases.values())

    @property
    def replications(self) -> int:
        """How many of each phase."""
        return len(self.phases[0].replications)

    @property
    def citizens(self) -> int:
        """First visits on measured days, all phases and replications."""
        return sum(phase.first_visits for phase in self.phases)

    @property
    def digest(self) -> str:
        """That of one run with all these replications."""
        return digest(phase.shelf for phase in self.phases)


class PhaseMeasures:
    """Indicators of one phase: of the network by replication, of its offices as means and deviations."""

    def __init__(self, scenario: Scenario, compiled: Compiled, each: Each | None = None) -> None:
        self.scenario, self.compiled, self.each = scenario, compiled, each
        self.phase, self.office_ids, self.days = compiled.phase, compiled.office_ids, compiled.days
        self.stands = standing(scenario, compiled.phase)
        self.replications: list[int] = []
        self.shelf = Shelf(compiled)
        self._first_visits = 0
        self._waiting: list[tuple[Tables, np.uint64]] = []
        self._rows: list[Numbers] = []
        self._waits: list[NDArray[np.signedinteger]] = []
        self._offices = Moments((len(compiled.office_ids), len(SHARED)))

    def add(self, replication: int, tables: Tables, hash_sum: np.uint64) -> None:
        """Take the next replication; ValueError when it is another."""
        if self.replications and replication != self.replications[-1] + 1:
            raise ValueError(f"replication {replication} does not follow {self.replications[-1]} of {self.phase}")
        self.replications.append(replication)
        self.shelf.add(replication, tables, hash_sum)
        self._waiting.append((tables, hash_sum))
        if len(self._waiting) == TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Measure the replications that still wait for others."""
        if not self._waiting:
            return
        tables, hash_sums = (list(column) for column in zip(*self._waiting, strict=True))
        self._waiting.clear()
        together = stacked(self.compiled, tuple(self.replications[-len(tables) :]), tables, hash_sums)
        self._first_visits += together.first_visits
        whole = province_figures(together, self.scenario, self.stands)
        by_office = office_figures(together, self.scenario, self.stands)
        self._rows.append(np.column_stack(list(whole.values())))
        for values in np.stack(list(by_office.values()), axis=-1):
            self._offices.add(values)
        self._waits += [narrow(waits) for waits in together.wait_histogram.sum(axis=1)]
        if self.each is not None:
            frame = place_frame(together, "office", self.office_ids, by_office)
            self.each(self.phase, province_frame(together.replications, whole), frame)

    @property
    def first_visits(self) -> int:
        """Citizens who came for the first time on measured days, all replications."""
        self.settle()
        return self._first_visits

    @property
    def figures(self) -> dict[str, Numbers]:
        """Indicators of the whole network by name, a figure a replication."""
        self.settle()
        return dict(zip(INDICATORS, np.concatenate(self._rows).T, strict=True))

    @property
    def province(self) -> "pd.DataFrame":
        """The same as a table, as `sim.province`."""
        return province_frame(self.replications, self.figures)

    @property
    def waits(self) -> NDArray[np.int64]:
        """Waits of all who were called, of the whole network: (R, B) in bins of 15 s."""
        self.settle()
        together = np.zeros((len(self._waits), max(map(len, self._waits))), np.int64)
        for row, waits in zip(together, self._waits, strict=True):
            row[: len(waits)] = waits
        return together

    def office(self, office: str, level: float = LEVEL) -> dict[str, Interval]:
        """Intervals of the indicators of an office."""
        self.settle()
        rank = self.office_ids.index(office)
        return {name: self._offices.interval((rank, place), level) for place, name in enumerate(SHARED)}


class Moments:
    """Means and squared deviations of many figures, one value each a replication (Welford, Technometrics 4, 1962).

    Values that are no number are left out. Replications come in their order, so the bits are the same however they were played.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = np.zeros(shape, np.int64)
        self.mean, self.squares = np.zeros(shape), np.zeros(shape)

    def add(self, values: Numbers) -> None:
        """Take the values of the next replication."""
        known = ~np.isnan(values)
        self.count += known
        change = np.where(known, values - self.mean, 0.0)
        self.mean += change / np.maximum(self.count, 1)
        self.squares += change * np.where(known, values - self.mean, 0.0)

    def interval(self, place: tuple[int, ...], level: float = LEVEL) -> Interval:
        """As `sim.interval` of the values at a place, but for the last digits."""
        count, mean, squares = int(self.count[place]), float(self.mean[place]), float(self.squares[place])
        if not count:
            return Interval(float("nan"), float("nan"), float("nan"))
        if squares == 0:
            return Interval(mean, mean, mean)
        half = student(level, count - 1) * sqrt(squares / (count - 1)) / sqrt(count)
        return Interval(mean, mean - half, mean + half)
