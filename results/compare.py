"""Two runs of a phase on the same citizens: what changed, where, and how surely. Codes and numbers, no words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from sim import Interval, PhaseTables, interval
from sim import measures as sim_measures
from sim.network import MINUTE
from sim.tables import digest

from .statistics import found_intervals

if TYPE_CHECKING:
    import pandas as pd

Made = TypeVar("Made")
Numbers = NDArray[np.float64]

#: better | worse: the interval of the difference excludes zero; unclear: it does not; same: no difference in any
#: replication; changed: certain, but neither good nor bad; single: one replication tells nothing of certainty
Verdict = Literal["better", "worse", "unclear", "same", "changed", "single"]

LOST = "lost_share"  #: left, balked and sent away together
LOWER_IS_BETTER = frozenset({
    "wait_mean_min", "wait_p50_min", "wait_p90_min", "wait_p95_min", "share_wait_over_20", "share_wait_over_30",
    "overload_min_per_day", "overloaded_half_hours_per_day", "left_share", "balked_share", "sent_away_share", LOST, "queue_mean",
    "overtime_min_per_day", "door_to_done_min", "worst_decile_wait_min", "wait_gini", "commute_km_per_day", "staff_cost",
    "overdue_open", "open_dossiers", "incomplete_share", "turned_back_share", "no_show_share", "deferred_per_day",
    "stopped_min_per_day", "absent_share", "visits_per_need", "choice_residual_min",
})  # fmt: skip
STAFFING = frozenset({"crew", "moves", "commute_km_per_day", "staff_cost"})  #: set by the scenario, no chance in them
HIGHER_IS_BETTER = frozenset(
    {"coverage_share", "digitized_share", "reuse_share", "satisfaction", "on_time_share", "archived_share"}
)
#: indicators compared office by office
OFFICE_INDICATORS = ("visits_per_day", "crew", "utilization", "wait_mean_min", "wait_p90_min", "overload_min_per_day")
DECIDING = "overload_min_per_day"  #: an office gains or loses by this indicator
#: indicators followed from week to week
WEEK_INDICATORS = (
    DECIDING, "wait_mean_min", "overdue_open", "visits_per_day", "on_time_share", "boundary_free_share", "choice_residual_min"
)  # fmt: skip
FALSE_SHARE = 0.05  #: of the offices found, at most this share on average does not really change


@dataclass(frozen=True, slots=True)
class Difference:
    """One indicator before, after, and the paired difference after − before."""

    indicator: str
    before: Interval
    after: Interval
    change: Interval
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class OfficeComparison:
    """One office in both runs."""

    office: str
    differences: tuple[Difference, ...]

    def of(self, indicator: str) -> Difference:
        """Return the difference of an indicator; KeyError when it is not compared."""
        return _find(self.differences, indicator)


@dataclass(frozen=True, slots=True)
class OfficeFinding:
    """An office whose overload surely changes, many offices being looked at; the interval is widened for that."""

    office: str
    change: Interval
    chance: float  #: adjusted p value


@dataclass(frozen=True, slots=True)
class Comparison:
    """A phase before and after on the same replications."""

    phase: str
    days: int
    replications: tuple[int, ...]
    province: tuple[Difference, ...]
    offices: tuple[OfficeComparison, ...]  #: sorted by id, those that exist in both
    gains: tuple[str, ...]  #: offices with surely less overload, largest fall first
    loses: tuple[str, ...]  #: offices with surely more overload, largest rise first
    found_gains: tuple[OfficeFinding, ...] = ()  #: of `gains` what is left when FALSE_SHARE is to hold over all offices
    found_losses: tuple[OfficeFinding, ...] = ()

    def of(self, indicator: str) -> Difference:
        """Return the difference of an indicator for the whole network; KeyError when it is not compared."""
        return _find(self.province, indicator)

    @property
    def verdict(self) -> Verdict:
        """What happened to the overload of the whole network."""
        return self.of(DECIDING).verdict


def _find(differences: tuple[Difference, ...], indicator: str) -> Difference:
    for difference in differences:
        if difference.indicator == indicator:
            return difference
    raise KeyError(indicator)


class Measured:
    """Indicators and digests of runs, made once however often they are compared, held against targets or stored."""

    def __init__(self) -> None:
        #: run, scenario and what is made of them by kind and run; runs are kept, so no id comes twice
        self._found: dict[tuple[str, int], tuple[PhaseTables, Scenario | None, Any]] = {}

    def province(self, tables: PhaseTables, scenario: Scenario) -> "pd.DataFrame":
        """As `province_indicators`."""
        return self._once("province", tables, scenario, lambda: province_indicators(tables, scenario))

    def offices(self, tables: PhaseTables, scenario: Scenario) -> "pd.DataFrame":
        """As `sim.offices`."""
        return self._once("offices", tables, scenario, lambda: sim_measures.offices(tables, scenario))

    def digest(self, tables: PhaseTables) -> str:
        """SHA-256 of a run's integer tables."""
        return self._once("digest", tables, None, lambda: digest((tables,)))

    def ahead(self, tables: PhaseTables, scenario: Scenario, *, by_office: bool) -> None:
        """Make all that is told of a run, so that it is told sooner."""
        self.digest(tables)
        self.province(tables, scenario)
        if by_office:
            self.offices(tables, scenario)

    def _once(self, kind: str, tables: PhaseTables, scenario: Scenario | None, make: Callable[[], Made]) -> Made:
        """What is made of a run, anew where it is asked for under another scenario than before."""
        found = self._found.get((kind, id(tables)))
        if found is None or found[1] != scenario:
            found = self._found[kind, id(tables)] = tables, scenario, make()
        made: Made = found[2]
        return made


def compare(
    before: PhaseTables,
    after: PhaseTables,
    before_scenario: Scenario,
    after_scenario: Scenario,
    *,
    by_office: bool = True,
    measured: Measured | None = None,
) -> Comparison:
    """Compare two runs of a phase; ValueError unless both played the same replications of as many days.

    measured : what is measured already, and takes what is measured here.
    """
    measured = measured or Measured()
    if before.replications != after.replications or before.days != after.days:
        raise ValueError(
            f"runs cannot be paired: replications {before.replications} and {after.replications}, "
            f"days {before.days} and {after.days}"
        )
    first, second = (measured.province(*pair) for pair in ((before, before_scenario), (after, after_scenario)))
    offices = _offices(before, after, before_scenario, after_scenario, measured) if by_office else ()
    decided = [(row.office, row.of(DECIDING)) for row in offices]
    found = _findings(before, after) if by_office else ()
    return Comparison(
        phase=after.phase,
        days=after.days,
        replications=after.replications,
        province=_differences(first.columns, first.to_numpy(float).T, second.to_numpy(float).T),
        offices=offices,
        gains=tuple(name for name, row in sorted(decided, key=lambda pair: pair[1].change.mean) if row.verdict == "better"),
        loses=tuple(name for name, row in sorted(decided, key=lambda pair: -pair[1].change.mean) if row.verdict == "worse"),
        found_gains=tuple(one for one in found if one.change.mean < 0),
        found_losses=tuple(one for one in reversed(found) if one.change.mean > 0),
    )


def _findings(before: PhaseTables, after: PhaseTables) -> tuple[OfficeFinding, ...]:
    """Offices whose overload changes, the largest fall first (Benjamini, Hochberg 1995; Benjamini, Yekutieli 2005)."""
    both = sorted(set(before.office_ids) & set(after.office_ids))
    columns = [
        tables.column("overload")[:, [tables.office_ids.index(office) for office in both]] / MINUTE / tables.days
        for tables in (before, after)
    ]
    differences = columns[1] - columns[0]
    chances, findings, level = found_intervals(differences, FALSE_SHARE)
    rows = [
        OfficeFinding(office, interval(differences[:, n], level), float(chances[n]))
        for n, office in enumerate(both)
        if findings[n]
    ]
    return tuple(sorted(rows, key=lambda row: (row.change.mean, row.office)))


def province_indicators(tables: PhaseTables, scenario: Scenario) -> "pd.DataFrame":
    """Indicators of the whole network, one row a replication; `sim.measures` and the share lost in all."""
    frame = sim_measures.province(tables, scenario)
    return frame.assign(**{LOST: lost_share(frame)})


@overload
def lost_share(figures: "pd.DataFrame") -> "pd.Series[float]": ...
@overload
def lost_share(figures: Mapping[str, Numbers]) -> Numbers: ...
def lost_share(figures: "pd.DataFrame | Mapping[str, Numbers]") -> "pd.Series[float] | Numbers":
    """Share of tickets lost in all, from indicators by name."""
    return figures["left_share"] + figures["balked_share"] + figures["sent_away_share"]


def _offices(
    before: PhaseTables, after: PhaseTables, before_scenario: Scenario, after_scenario: Scenario, measured: Measured
) -> tuple[OfficeComparison, ...]:
    both = sorted(set(before.office_ids) & set(after.office_ids))
    pairs = ((before, before_scenario), (after, after_scenario))
    frames = [(tables, measured.offices(tables, scenario)) for tables, scenario in pairs]
    columns = []
    for name in OFFICE_INDICATORS:
        first, second = (_by_office(tables, frame[name].to_numpy(float), both) for tables, frame in frames)
        columns.append(_differences([name] * len(both), first, second))
    return tuple(OfficeComparison(office, row) for office, row in zip(both, zip(*columns, strict=True), strict=True))


def _by_office(tables: PhaseTables, values: Numbers, offices: Sequence[str]) -> Numbers:
    """Values by replication and office as a row for each of some offices, (n, R)."""
    ranks = {office: rank for rank, office in enumerate(tables.office_ids)}
    return values.reshape(-1, len(ranks))[:, [ranks[office] for office in offices]].T


def _differences(indicators: Iterable[str], before: Numbers, after: Numbers) -> tuple[Difference, ...]:
    """The difference of an indicator for each row of (n, R) values."""
    parts = (sim_measures.intervals(values) for values in (before, after, after - before))
    return tuple(
        Difference(name, first, second, change, verdict(name, change, before.shape[1]))
        for name, first, second, change in zip(indicators, *parts, strict=True)
    )


def verdict(indicator: str, change: Interval, replications: int) -> Verdict:
    """Judge a paired difference by its interval."""
    if not isfinite(change.mean) or (change.low == change.high == 0):
        return "same"
    if replications < 2 and indicator not in STAFFING:
        return "single"
    if not change.excludes_zero():
        return "unclear"
    if indicator in LOWER_IS_BETTER:
        return "better" if change.mean < 0 else "worse"
    if indicator in HIGHER_IS_BETTER:
        return "better" if change.mean > 0 else "worse"
    return "changed"
