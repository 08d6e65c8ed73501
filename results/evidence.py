"""What stands behind the main figures: waits by percentile, a citizen's time by unit, response curves with their crews."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from sim import UNIT_COLUMNS, Curve, PhaseTables
from sim.measures import percentiles_min

if TYPE_CHECKING:
    import pandas as pd

SHARES = (50, 90, 95)  #: per cent of those called, of the percentiles shown
Percentiles = tuple[float, float, float]  #: minutes, in the order of SHARES


@dataclass(frozen=True, slots=True)
class WaitLine:
    """An office's waits by percentile, minutes, means over replications; not a number where nobody was called."""

    office: str
    as_is: Percentiles
    planned: Percentiles


@dataclass(frozen=True, slots=True)
class DoorToDone:
    """Minutes spent for one visit that finished, vain visits included; means over replications."""

    travel_min: float
    wait_min: float
    service_min: float
    wait_mean_min: float  #: mean wait of those called to a counter

    @property
    def total_min(self) -> float:
        return self.travel_min + self.wait_min + self.service_min


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What the citizens of a unit meet, wherever they go."""

    unit: str
    name: str
    population: int
    as_is: DoorToDone
    planned: DoorToDone


@dataclass(frozen=True, slots=True)
class CrewCurve:
    """A response curve with the crew that the plan gives the place."""

    curve: Curve
    planned: int


def wait_lines(as_is: PhaseTables, planned: PhaseTables) -> tuple[WaitLine, ...]:
    """Percentiles of the offices of both runs, sorted by id."""
    before, after = _percentiles(as_is), _percentiles(planned)
    return tuple(WaitLine(office, before[office], after[office]) for office in sorted(before.keys() & after.keys()))


def _percentiles(tables: PhaseTables) -> dict[str, Percentiles]:
    each = np.array([percentiles_min(one, SHARES) for one in tables.wait_histogram])
    means = _means(each)
    return {office: (float(means[0, n]), float(means[1, n]), float(means[2, n])) for n, office in enumerate(tables.office_ids)}


def unit_lines(scenario: Scenario, as_is: PhaseTables, planned: PhaseTables) -> tuple[UnitLine, ...]:
    """Units of both runs, sorted by id."""
    before, after = _door_to_done(as_is), _door_to_done(planned)
    return tuple(
        UnitLine(unit.id, unit.name, unit.population, before[unit.id], after[unit.id])
        for unit in sorted(scenario.units, key=lambda unit: unit.id)
        if unit.id in before and unit.id in after
    )


def _door_to_done(tables: PhaseTables) -> dict[str, DoorToDone]:
    def column(name: str) -> NDArray[np.float64]:
        return tables.unit[:, :, UNIT_COLUMNS.index(name)].astype(np.float64)

    pairs = (("travel", "finished"), ("wait_reached", "finished"), ("service", "finished"), ("wait_called", "called"))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [_means(column(top) / column(bottom)) / 60_000 for top, bottom in pairs]
    return {unit: DoorToDone(*(float(part[n]) for part in means)) for n, unit in enumerate(tables.unit_ids)}


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the replications in which the figure is known; not a number where it is in none."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count == 0, np.nan, total / np.maximum(count, 1))


def mean_of(units: tuple[UnitLine, ...]) -> UnitLine | None:
    """The mean unit, weighted by inhabitants; None when no unit is known."""
    known = [line for line in units if np.isfinite([line.as_is.total_min, line.planned.total_min]).all()]
    people = sum(line.population for line in known)
    if not people:
        return None

    def mean(state: str) -> DoorToDone:
        parts = [[getattr(getattr(line, state), part.name) * line.population for line in known] for part in fields(DoorToDone)]
        return DoorToDone(*(sum(part) / people for part in parts))

    return UnitLine("", "", people, mean("as_is"), mean("planned"))


def curve_frame(curves: dict[str, tuple[Curve, ...]]) -> "pd.DataFrame":
    """Curves as a table: one row a phase, office, desk group and crew."""
    import pandas as pd  # here, so that what is played first does not wait for it

    rows = [
        (phase, curve.office, curve.group, curve.base, curve.convex, curve.counters, *level)
        for phase, found in curves.items()
        for curve in found
        for level in zip(
            curve.levels,
            curve.overload_s_per_day,
            curve.error_s_per_day,
            curve.erlang_s_per_day,
            curve.simulated_s_per_day,
            curve.counters_needed,
            (crew in curve.played for crew in curve.levels),
            strict=True,
        )
    ]
    return pd.DataFrame(rows, columns=["phase", "office", "group", "base", "convex", "counters", *LEVEL_COLUMNS])


LEVEL_COLUMNS = ("crew", "overload_s", "error_s", "erlang_s", "simulated_s", "counters_needed", "played")


def curves_of(frame: "pd.DataFrame") -> dict[str, tuple[Curve, ...]]:
    """Read curves back from their table."""
    found: dict[str, list[Curve]] = {}
    for (phase, office, group), rows in frame.groupby(["phase", "office", "group"], sort=True):
        first = rows.iloc[0]
        levels = [tuple(int(value) for value in rows[name]) for name in LEVEL_COLUMNS[:-1]]
        found.setdefault(str(phase), []).append(
            Curve(
                office=str(office),
                group=str(group),
                base=int(first["base"]),
                levels=levels[0],
                overload_s_per_day=levels[1],
                error_s_per_day=levels[2],
                erlang_s_per_day=levels[3],
                simulated_s_per_day=levels[4],
                convex=bool(first["convex"]),
                counters=int(first["counters"]),
                counters_needed=levels[5],
                played=tuple(crew for crew, played in zip(levels[0], rows["played"], strict=True) if played),
            )
        )
    return {phase: tuple(curves) for phase, curves in found.items()}
