"""From tables to indicators: each a ratio of sums, defined in `docs/indicators.md`, with intervals over replications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import scipy  # its parts load when first used: one replication has no interval
from numpy.typing import NDArray

from scenarios.phases import PhaseView, commute_km, phase_view
from scenarios.schema import Officer, Scenario

from .columns import BIN
from .network import MINUTE, clock_ticks
from .rules import WINDOWS
from .tables import OFFICE_COLUMNS, UNIT_COLUMNS, PhaseTables

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]

#: by office and for the province
SHARED = (
    "visits_per_day",
    "wait_mean_min",
    "wait_p50_min",
    "wait_p90_min",
    "wait_p95_min",
    "share_wait_over_20",
    "share_wait_over_30",
    "overload_min_per_day",
    "overloaded_half_hours_per_day",
    "left_share",
    "balked_share",
    "sent_away_share",
    "queue_mean",
    "utilization",
    "overtime_min_per_day",
    "door_to_done_min",
    "coverage_share",
    "boundary_free_share",
    "digitized_share",
    "reuse_share",
    "on_time_share",
    "overdue_open",
    "open_dossiers",
    "archived_share",
    "posted_share",
    "remote_share",
    "incomplete_share",
    "turned_back_share",
    "deferred_per_day",
    "fetch_share",
    "dossiers_per_visit",
    "visits_per_need",
    "appointment_share",
    "no_show_share",
    "stopped_min_per_day",
    "absent_share",
    "sent_per_day",
    "help_min_per_day",
    "choice_residual_min",
    "satisfaction",
    "crew",
    "moves",
    "commute_km_per_day",
    "staff_cost",
)
#: for the province only
FAIRNESS = ("worst_decile_wait_min", "wait_gini")
INDICATORS = SHARED + FAIRNESS
LEVEL = 0.95
PERCENTILES = (50, 90, 95)  #: of waits, each an indicator


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over replications with its interval."""

    mean: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within, ends included; never of what is not known."""
        return self.low <= value <= self.high

    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def interval(values: Numbers, level: float = LEVEL) -> Interval:
    """Student t interval of the mean of independent replications; no width from a single one (low = high = mean)."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"))
    mean = float(known.mean())
    if len(known) < 2 or np.ptp(known) == 0:
        return Interval(mean, mean, mean)
    half = student(level, len(known) - 1) * float(known.std(ddof=1)) / sqrt(len(known))
    return Interval(mean, mean - half, mean + half)


def intervals(values: Numbers, level: float = LEVEL) -> tuple[Interval, ...]:
    """As `interval` of each row of (n, R) values, to the bit."""
    values = np.ascontiguousarray(values)
    if values.shape[1] < 2:
        return tuple(interval(row, level) for row in values)
    whole = ~np.isnan(values).any(axis=1) & (np.ptp(values, axis=1) != 0)
    means = values.mean(axis=1)
    halves = student(level, values.shape[1] - 1) * values.std(axis=1, ddof=1) / sqrt(values.shape[1])
    return tuple(
        Interval(mean, mean - half, mean + half) if plain else interval(row, level)
        for plain, mean, half, row in zip(whole.tolist(), means.tolist(), halves.tolist(), values, strict=True)
    )


@cache
def student(level: float, freedom: int) -> float:
    """What the standard error is multiplied by, for half of an interval."""
    return float(scipy.special.stdtrit(freedom, (1 + level) / 2))


def paired(before: Numbers, after: Numbers, level: float = LEVEL) -> Interval:
    """Interval of after − before on the same replications, which share their draws."""
    return interval(after - before, level)


@dataclass(frozen=True, slots=True)
class Standing:
    """What indicators need of a phase beside its tables, in the order of offices; nothing here is chance."""

    open_ticks: NDArray[np.int64]  #: (O,) from opening to closing
    staffing: dict[str, Numbers]  #: (O,) each


@lru_cache(maxsize=16)  # three phases, as they are and as planned, and what is tried
def standing(scenario: Scenario, phase: str) -> Standing:
    """How a phase stands, once for all its replications and runs; nobody writes into it."""
    view = phase_view(scenario, phase)
    return Standing(_open_ticks(scenario, view), _staffing(scenario, view))


def _open_ticks(scenario: Scenario, view: PhaseView) -> NDArray[np.int64]:
    """Ticks from opening to closing of each office."""
    hours = {row.id: clock_ticks(row.close) - clock_ticks(row.open) for row in scenario.hours}
    return np.array([hours[office.hours] for office in view.offices.values()], np.int64)


def _staffing(scenario: Scenario, view: PhaseView) -> dict[str, Numbers]:
    """Crew, moves in, commuting (both ways, all officers) and cost a day by office; nothing here is chance."""
    by_unit = {unit.id: unit for unit in scenario.units}
    crews: dict[str, list[Officer]] = {office: [] for office in view.offices}
    for name, office in view.serves.items():
        crews[office].append(view.officers[name])
    moved = view.moved
    return {
        "crew": np.array([len(crew) for crew in crews.values()], np.float64),
        "moves": np.array([sum(person.id in moved for person in crew) for crew in crews.values()], np.float64),
        "commute_km_per_day": np.array(
            [
                sum(commute_km(scenario, by_unit[person.home_unit], view.offices[office]) for person in crew)
                for office, crew in crews.items()
            ],
            np.float64,
        ),
        "staff_cost": np.array([sum(person.cost_per_day for person in crew) for crew in crews.values()], np.float64),
    }


def province(tables: PhaseTables, scenario: Scenario) -> "pd.DataFrame":
    """Indicators of the whole network: one row a replication, one column an indicator."""
    return province_frame(tables.replications, province_figures(tables, scenario, standing(scenario, tables.phase)))


def offices(tables: PhaseTables, scenario: Scenario) -> "pd.DataFrame":
    """Indicators by office: one row a replication and office."""
    return place_frame(tables, "office", tables.office_ids, office_figures(tables, scenario, standing(scenario, tables.phase)))


def units(tables: PhaseTables) -> "pd.DataFrame":
    """What the citizens of each unit meet, wherever they go: one row a replication and unit."""
    done = _unit(tables, "travel") + _unit(tables, "wait_reached") + _unit(tables, "service")
    values = {
        "visits_per_day": _unit(tables, "tickets") / tables.days,
        "wait_mean_min": _ratio(_unit(tables, "wait_called"), _unit(tables, "called")) / MINUTE,
        "travel_mean_min": _ratio(_unit(tables, "travel"), _unit(tables, "tickets")) / MINUTE,
        "door_to_done_min": _ratio(done, _unit(tables, "finished")) / MINUTE,
        "coverage_share": _ratio(_unit(tables, "within_access"), _unit(tables, "tickets")),
    }
    return place_frame(tables, "unit", tables.unit_ids, values)


def province_frame(replications: Sequence[int], figures: Mapping[str, Numbers]) -> "pd.DataFrame":
    """The table that `province` gives, of figures by indicator (R,)."""
    import pandas as pd  # here, so that who needs figures alone does not wait for tables

    return pd.DataFrame(figures, index=pd.Index(replications, name="replication"))


def place_frame(tables: PhaseTables, kind: str, ids: tuple[str, ...], figures: Mapping[str, Numbers]) -> "pd.DataFrame":
    """The table that `offices` and `units` give, of figures by indicator (R, places)."""
    import pandas as pd

    index = pd.MultiIndex.from_product([tables.replications, ids], names=["replication", kind])
    return pd.DataFrame({name: column.ravel() for name, column in figures.items()}, index=index).reset_index()


def province_figures(tables: PhaseTables, scenario: Scenario, stands: Standing) -> dict[str, Numbers]:
    """Indicators of the whole network, (R,) each, in the order of INDICATORS."""
    together = np.ones((1, len(tables.office_ids)), bool)
    values = {name: column[:, 0] for name, column in _indicators(tables, scenario, stands, together).items()}
    waits = _ratio(_unit(tables, "wait_called"), _unit(tables, "called")) / MINUTE
    values["worst_decile_wait_min"] = np.array([_worst_decile(row) for row in waits])
    values["wait_gini"] = np.array([_gini(row) for row in waits])
    return {name: values[name] for name in INDICATORS}


def office_figures(tables: PhaseTables, scenario: Scenario, stands: Standing) -> dict[str, Numbers]:
    """Indicators by office, (R, O) each, in the order of SHARED."""
    return _indicators(tables, scenario, stands, np.eye(len(tables.office_ids), dtype=bool))


def _unit(tables: PhaseTables, name: str) -> NDArray[np.int64]:
    return tables.unit[:, :, UNIT_COLUMNS.index(name)]


def _ratio(top: NDArray[np.int64] | Numbers, bottom: NDArray[np.int64] | Numbers) -> Numbers:
    """Quotient; not a number where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / np.where(bottom == 0, 1, bottom))


def _indicators(tables: PhaseTables, scenario: Scenario, stands: Standing, groups: NDArray[np.bool_]) -> dict[str, Numbers]:
    """Indicators of groups of offices; groups : (G, O) bool. Each value (R, G)."""
    member = groups.T.astype(np.int64)
    each = groups.shape[0] == groups.shape[1] and bool((groups == np.eye(len(groups), dtype=bool)).all())
    total = {name: tables.office[:, :, n] if each else tables.office[:, :, n] @ member for n, name in enumerate(OFFICE_COLUMNS)}
    histogram = tables.wait_histogram if each else np.einsum("rob,og->rgb", tables.wait_histogram, member)
    tickets, called, finished, days = total["tickets"], total["served"] + total["incomplete"], total["finished"], tables.days
    done = total["travel"] + total["wait_called"] + total["wait_lost"] + total["service"]
    in_person = total["received"] - total["remote"]
    values = {
        "visits_per_day": tickets / days,
        "wait_mean_min": _ratio(total["wait_called"], called) / MINUTE,
        "share_wait_over_20": _ratio(total["over_standard"], tickets),
        "share_wait_over_30": _ratio(total["over_long"], tickets),
        "overload_min_per_day": total["overload"] / MINUTE / days,
        "overloaded_half_hours_per_day": total["overloaded_half_hours"] / days,
        "left_share": _ratio(total["left"], tickets),
        "balked_share": _ratio(total["balked"], tickets),
        "sent_away_share": _ratio(total["sent_away"], tickets),
        "queue_mean": (total["wait_called"] + total["wait_lost"]) / days / (stands.open_ticks @ member / member.sum(axis=0)),
        "utilization": _ratio(total["busy"], total["rostered"]),
        "overtime_min_per_day": total["overtime"] / MINUTE / days,
        "door_to_done_min": _ratio(done, finished) / MINUTE,
        "coverage_share": _ratio(total["within_access"], tickets),
        "boundary_free_share": _ratio(total["boundary_free"], tickets),
        "digitized_share": _ratio(total["digitized"], finished),
        "reuse_share": _ratio(total["reused"], finished),
        "on_time_share": _ratio(total["on_time"], total["completed"]),
        "overdue_open": total["overdue"] / days,
        "open_dossiers": total["open_files"] / days,
        "archived_share": _ratio(total["archived"], total["completed"]),
        "posted_share": _ratio(total["posted"], total["completed"]),
        "remote_share": _ratio(total["remote"], total["received"]),
        "incomplete_share": _ratio(total["incomplete"], tickets),
        "turned_back_share": _ratio(total["turned_back"], tickets),
        "deferred_per_day": total["deferred"] / days,
        "fetch_share": _ratio(total["fetched"], tickets),
        "dossiers_per_visit": _ratio(in_person, finished),
        "visits_per_need": _ratio(tickets, finished),
        "appointment_share": _ratio(total["booked"], tickets),
        "no_show_share": _ratio(total["no_show"], total["booked"] + total["no_show"]),
        "stopped_min_per_day": total["stopped"] / MINUTE / days,
        "absent_share": _ratio(total["absent"], total["absent"] + total["rostered"] - total["help"]),
        "sent_per_day": total["sent"] / days,
        "help_min_per_day": total["help"] / MINUTE / days,
        "choice_residual_min": total["change"] / WINDOWS / MINUTE / days / member.sum(axis=0),
        "satisfaction": _satisfaction(scenario, histogram, tickets),
    }
    if each:  # a replication at a time, which stays in the cache
        waits = np.array([percentiles_min(one, PERCENTILES) for one in histogram])
    else:
        waits = np.stack(percentiles_min(histogram, PERCENTILES), axis=1)
    values |= {f"wait_p{share}_min": waits[:, n] for n, share in enumerate(PERCENTILES)}
    for name, by_office in stands.staffing.items():
        values[name] = np.broadcast_to(by_office @ member, tickets.shape).astype(np.float64)
    return {name: values[name] for name in SHARED}


def percentile_min(histogram: NDArray[np.signedinteger] | Numbers, share: int) -> Numbers:
    """Percentile of waits in minutes from bins of 15 s, linear inside the bin; (…, B) → (…).

    The smallest wait with at least `share` per cent of the served at or below it; waits of a bin lie evenly in it.
    """
    return percentiles_min(histogram, (share,))[0]


def percentiles_min(histogram: NDArray[np.signedinteger] | Numbers, shares: Sequence[int]) -> list[Numbers]:
    """As `percentile_min` of each share."""
    until = histogram.cumsum(axis=-1)
    count = until[..., -1]
    found = []
    for share in shares:
        wanted = count * share / 100
        place = np.minimum((until < wanted[..., None]).sum(axis=-1), histogram.shape[-1] - 1)
        inside = np.take_along_axis(histogram, place[..., None], -1)[..., 0].astype(np.float64)
        before = np.take_along_axis(until, place[..., None], -1)[..., 0] - inside
        found.append(np.where(count == 0, np.nan, (place + _ratio(wanted - before, inside)) * BIN / MINUTE))
    return found


def _satisfaction(scenario: Scenario, histogram: NDArray[np.signedinteger], tickets: NDArray[np.int64]) -> Numbers:
    """Share content, by the logistic curve of the wait; a citizen lost is not content. An indicator, no forecast.

    Added up bin by bin, so that empty bins behind the last change no bit.
    """
    indicators = scenario.indicators
    middle = (np.arange(histogram.shape[-1]) + 0.5) * BIN / MINUTE
    curve = indicators.satisfaction_top / (
        1 + np.exp((middle - indicators.satisfaction_mid_min) / indicators.satisfaction_scale_min)
    )
    return _ratio(np.array([(one * curve).cumsum(axis=-1)[:, -1] for one in histogram]), tickets)


def _worst_decile(waits: Numbers) -> float:
    """Mean wait of the tenth of units that wait longest (at least one unit)."""
    known = np.sort(waits[~np.isnan(waits)])
    return float(known[-max(1, len(known) // 10) :].mean()) if len(known) else float("nan")


def _gini(waits: Numbers) -> float:
    """Gini coefficient of the units' mean waits: 0 = all alike."""
    known = np.sort(waits[~np.isnan(waits)])
    if not len(known) or known.sum() == 0:
        return 0.0
    rank = np.arange(1, len(known) + 1)
    return float((2 * rank - len(known) - 1) @ known / (len(known) * known.sum()))
