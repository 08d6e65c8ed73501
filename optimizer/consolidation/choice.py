"""Which commune points to join into branches or inter-ward points in a phase: the problem from a scenario, named
groupings beside the answer, and all of them simulated on the same citizens.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from math import floor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.groupings import regrouped
from scenarios.phases import PhaseView, phase_order, phase_view, travel_min, unit_to_office_km
from scenarios.problems import Problem, ScenarioError
from scenarios.schema import Office, OfficeChange, Scenario, Unit
from sim import Interval, PhaseTables, interval, offices, paired, province, simulate
from sim.run import Progress, Report

from ..solve import Outcome
from .joining import Into, JoiningProblem, Premises, after, cost, most_closures, solve_joining
from .pooling import Bench, Line, Pooling, Scale, Site, point_crew, point_fields, pooling, scale_of

OWN, NONE, PROGRAM = "own", "none", "program"
RESERVED = (OWN, NONE, PROGRAM)  #: names that groupings of files may not have
HALL_PRICE_MIN = 240.0  #: person-minutes a day that an open hall must save: half a paid day of one officer, assumed
WAY_WEIGHT = 1.0  #: of a citizen's minute on the way, beside a minute of waiting beyond the standard
CURVE_DAYS = 20  #: working days that curves are played on, at most
CURVE_REPLICATIONS = 2  #: replications of the curves, which the verdict does not use
MEASURES = (
    "open_halls",
    "closures",
    "counters",
    "uncovered_people",
    "coverage_share",
    "travel_mean_min",
    "overload_min_per_day",
    "wait_mean_min",
    "door_to_done_min",
    "objective_min_per_day",
)
Groupings = Mapping[str, tuple[OfficeChange, ...]]


@dataclass(frozen=True, slots=True)
class JoiningWishes:
    """What the planner says beforehand."""

    least: int = 0  #: closures
    most: int | None = None
    hall_price_min: float = HALL_PRICE_MIN
    way_weight: float = WAY_WEIGHT
    closable: frozenset[str] = frozenset({"ward"})  #: kinds of units whose points may close


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A grouping: what the program says of it, and what simulation says; changes are against the first grouping."""

    name: str
    changes: tuple[OfficeChange, ...]
    predicted_min_per_day: float  #: objective of the program, less that of no joining
    figures: Mapping[str, Interval]  #: by MEASURES; the objective less that of no joining
    differences: Mapping[str, Interval]
    uncovered: tuple[Problem, ...]  #: units beyond the standard of access that are not so without joining


@dataclass(frozen=True, slots=True)
class Consolidation:
    """The program's answer and the groupings beside it."""

    phase: str
    days: int
    replications: int
    seed: int
    outcome: Outcome
    problem: JoiningProblem
    pools: Mapping[Site, Pooling]
    evaluations: tuple[Evaluation, ...]

    def evaluation(self, name: str) -> Evaluation:
        """The evaluation of a grouping; StopIteration when there is none."""
        return next(one for one in self.evaluations if one.name == name)


def alternatives(scenario: Scenario, phase: str, named: Groupings | None = None) -> dict[str, tuple[OfficeChange, ...]]:
    """The groupings of a phase by name: the scenario's own, those given, and none; one that repeats another is left out."""
    own = _in_order(row for row in scenario.office_changes if row.phase == phase)
    found: dict[str, tuple[OfficeChange, ...]] = {OWN: own}
    known = [_joins(own), _joins(())]
    for name, changes in (named or {}).items():
        if _joins(changes) not in known:
            found[name] = _in_order(changes)
            known.append(_joins(changes))
    return {**found, NONE: ()} if own else found


def _joins(changes: Iterable[OfficeChange]) -> set[tuple[str, str]]:
    return {(row.office, row.into) for row in changes}


def consolidate(
    scenario: Scenario,
    phase: str | None = None,
    *,
    wishes: JoiningWishes = JoiningWishes(),
    named: Groupings | None = None,
    days: int | None = None,
    replications: int = 10,
    seed: int = 1,
    time_limit_s: float = 60.0,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Consolidation:
    """Choose the points to join in a phase, the last when None, and play the answer beside the named groupings.

    Curves are played with other citizens than the verdict. ScenarioError when no point may be joined within the standard of
    access, or not as many as asked.
    """
    chosen = phase or phase_order(scenario)[-1]
    rows = alternatives(scenario, chosen, named)
    network = network_of(scenario, chosen, wishes)
    bench = Bench(
        network.scenario, chosen, CURVE_DAYS if days is None else min(days, CURVE_DAYS), CURVE_REPLICATIONS, seed=seed, jobs=jobs
    )
    scale = scale_of(bench)
    groups = {name: network.joins_of(changes) for name, changes in rows.items()}
    market = Market(scale, network.bound_share(), _met(bench))
    bare = network.problem(market)
    _refuse(bare)
    wide = network.widened(bare, market, groups.values())
    pools = _pools(bench, network, scale, bare, wide, groups.values(), progress)
    problem, wide = (replace(one, curve=_curves(network, pools)) for one in (bare, wide))
    outcome, into = solve_joining(problem, time_limit_s)
    if into is not None:
        groups[PROGRAM] = dict(into)
        rows[PROGRAM] = network.changes(into)
    predicted = {name: (cost(wide, joins) - cost(wide, {})) / 60 for name, joins in groups.items()}
    plays = _plays(scenario, chosen, {OWN: rows[OWN], NONE: (), **rows}, days, replications, seed, jobs, progress)
    return Consolidation(
        phase=chosen,
        days=plays[OWN].days,
        replications=replications,
        seed=seed,
        outcome=outcome,
        problem=problem,
        pools=pools,
        evaluations=_evaluations(network, scenario, rows, groups, predicted, plays),
    )


# -- the problem from the scenario -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Market:
    """Who comes where: visits an inhabitant, the share of them bound to one office, and visits met at offices."""

    scale: Scale
    bound_share: float = 1.0
    met: Mapping[str, float] = field(default_factory=dict)  #: visits a day of points without joining, where they were played


@dataclass(frozen=True, slots=True)
class Network:
    """The phase as it stands before its own mergers."""

    scenario: Scenario
    view: PhaseView
    wishes: JoiningWishes
    units: dict[str, Unit]
    served: dict[str, tuple[Unit, ...]]  #: office → units whose point fields it takes
    move_days: int

    def problem(self, market: Market) -> JoiningProblem:
        """The problem without curves: premises that may join or be joined."""
        pairs = [
            (point, host)
            for point in self.view.offices
            if self._may_close(point)
            for host in self.view.offices
            if self._may_join(self.view.offices[point], self.view.offices[host])
        ]
        concerned = sorted({office for pair in pairs for office in pair})
        return JoiningProblem(
            premises={office: self._premises(office, market) for office in concerned},
            joins={pair: self.way_s(*pair, market) for pair in pairs},
            curve=lambda office, crew: ((0, 0),),
            hall_price_s=round(60 * self.wishes.hall_price_min),
            least=self.wishes.least,
            most=self.wishes.most,
        )

    def _may_close(self, office: str) -> bool:
        units = self.served[office]
        is_point = self.view.offices[office].kind == "point"
        return is_point and bool(units) and all(unit.kind in self.wishes.closable for unit in units)

    def _may_join(self, point: Office, host: Office) -> bool:
        """Walls, branches of the own district only, and every unit concerned within the standard of access."""
        if host.id == point.id or host.kind == "center":
            return False
        walls = self.view.phase.moves_within != "province" or host.kind == "branch"
        if walls and host.district != point.district:
            return False
        return all(self.is_covered(unit, host) for unit in self.served[point.id])

    def is_covered(self, unit: Unit, office: Office) -> bool:
        """Whether a unit reaches an office within the standard of access, by time or by road."""
        rules, road = self.scenario.indicators, self.scenario.travel.circuity * unit_to_office_km(self.scenario, unit, office)
        return road <= rules.access_km or self._minutes(unit, office) <= rules.access_min

    def _minutes(self, unit: Unit, office: Office) -> float:
        return travel_min(self.scenario, unit, office, self.units[office.unit])

    def visits(self, unit: Unit, scale: Scale) -> float:
        """Visits a day of a unit to a point."""
        return scale.visits_per_person * unit.population * unit.demand_factor

    def bound_share(self) -> float:
        """Share of the points' needs that keep to the competent office: fields that are not boundary-free, and who stay."""
        at_points = point_fields(self.view)
        fields = [one for one in self.scenario.fields if one.id in at_points]
        needs = [one.demand_per_1000_month * (1 - one.online_self_share - one.postal_share) for one in fields]
        stay = [self.view.phase.stay_share if one.id in self.view.boundary_free else 1.0 for one in fields]
        return sum(need * share for need, share in zip(needs, stay, strict=True)) / sum(needs) if sum(needs) > 0 else 1.0

    def way_s(self, point: str, host: str, market: Market) -> int:
        """Weighted extra way of a point's citizens, person-seconds a day; less than none to a nearer host.

        Who is bound to the point goes to its host, who is free to the nearest other office with a field of it.
        """
        there, minutes = self.view.offices[host], 0.0
        for unit in self.served[point]:
            here = self._minutes(unit, self.view.offices[point])
            bound, free = self._minutes(unit, there) - here, max(0.0, self._nearest_other_min(unit, point) - here)
            share = market.bound_share
            minutes += self.visits(unit, market.scale) * (share * bound + (1 - share) * free)
        return round(60 * self.wishes.way_weight * minutes)

    def _nearest_other_min(self, unit: Unit, point: str) -> float:
        fields = self.view.offers[point]
        others = [office for name, office in self.view.offices.items() if name != point and fields & self.view.offers[name]]
        return min((self._minutes(unit, office) for office in others), default=0.0)

    def _premises(self, office: str, market: Market) -> Premises:
        crew = len(point_crew(self.view, office))
        wanted = sum(self.visits(unit, market.scale) for unit in self.served[office])
        is_point = self.view.offices[office].kind == "point"
        return Premises(
            crew=crew,
            volume=round(market.met.get(office, wanted) if is_point else wanted),
            may_close=self._may_close(office),
            most=self._room_for(office, crew),
        )

    def site(self, office: str) -> Site:
        """The kind of premises of an office: counters after a merger are the cap of the phase, or its own if more."""
        place, cap = self.view.offices[office], self.view.phase.merged_counters_cap
        return Site(office if place.kind == "branch" else "", max(cap, place.counters) if cap else 0)

    def _room_for(self, office: str, crew: int) -> int | None:
        """Officers of the points who find a counter when they are on duty; never fewer than there are."""
        room = self.site(office).room
        if room == 0:
            return None
        at_point = {officer.id for officer in point_crew(self.view, office)}
        others = sum(self.view.officers[name].counter_share for name in self.view.home_crew(office) if name not in at_point)
        shares = [officer.counter_share for place in self.view.offices for officer in point_crew(self.view, place)]
        return max(crew, floor((room - others) / (sum(shares) / len(shares)) + 1e-9)) if shares else crew

    def widened(self, problem: JoiningProblem, market: Market, groups: Iterable[Into]) -> JoiningProblem:
        """The problem with the premises and joins of groupings that keep other rules, to tell what they cost."""
        pairs = {pair for into in groups for pair in into.items()}
        offices = {*problem.premises, *(office for pair in pairs for office in pair)}
        return replace(
            problem,
            premises={office: self._premises(office, market) for office in sorted(offices)},
            joins={**problem.joins, **{pair: self.way_s(*pair, market) for pair in sorted(pairs)}},
        )

    def uncovered(self, name: str, into: Into) -> tuple[Problem, ...]:
        """Units that a grouping takes beyond the standard of access."""
        rules = self.scenario.indicators
        standard = f"{rules.access_min:g} min, {rules.access_km:g} km"
        return tuple(
            Problem(name, 0, "into", "W-CON-004", unit.id, standard, (("office", host),), "warning")
            for point, host in sorted(into.items())
            for unit in self.served[point]
            if self.is_covered(unit, self.view.offices[point]) and not self.is_covered(unit, self.view.offices[host])
        )

    def joins_of(self, changes: tuple[OfficeChange, ...]) -> dict[str, str]:
        """Closed office → premises that serve it in the end."""
        into = {row.office: row.into for row in changes}
        found = {}
        for office in into:
            host = into[office]
            while host in into:
                host = into[host]
            found[office] = host
        return found

    def changes(self, into: Into) -> tuple[OfficeChange, ...]:
        """Joins as rows of `office_changes`."""
        phase = self.view.phase.id
        return _in_order(
            OfficeChange(phase=phase, office=point, into=host, move_days=self.move_days) for point, host in into.items()
        )


def network_of(scenario: Scenario, phase: str, wishes: JoiningWishes) -> Network:
    """The network of a phase without the mergers that begin in it."""
    before = regrouped(scenario, phase, ())
    view = phase_view(before, phase)
    fields = point_fields(view)
    units = {unit.id: unit for unit in scenario.units}
    served: dict[str, set[str]] = {office: set() for office in view.offices}
    for (unit, name), office in view.competent.items():
        if name in fields:
            served[office].add(unit)
    rows = scenario.office_changes
    days = [row.move_days for row in rows if row.phase == phase] or [row.move_days for row in rows]
    return Network(
        before,
        view,
        wishes,
        units,
        {office: tuple(units[unit] for unit in sorted(found)) for office, found in served.items()},
        max(days, default=0),
    )


def _in_order(rows: Iterable[OfficeChange]) -> tuple[OfficeChange, ...]:
    return tuple(sorted(rows, key=lambda row: (row.into, row.office)))


def _refuse(problem: JoiningProblem) -> None:
    """Say beforehand why no answer can exist."""
    most = problem.most
    found = []
    if most is not None and problem.least > most:
        found.append(Problem("", 0, "", "E-CON-003", str(problem.least), str(most)))
    elif not problem.joins:
        found.append(Problem("", 0, "", "E-CON-001"))
    elif problem.least > 0 and (possible := most_closures(problem)) < problem.least:
        found.append(Problem("", 0, "", "E-CON-002", str(problem.least), str(possible)))
    if found:
        raise ScenarioError(found)


def _met(bench: Bench) -> dict[str, float]:
    """Visits a day of every office in the phase without joining, on the curves' citizens."""
    run = simulate(
        bench.scenario,
        [bench.phase],
        days=bench.days,
        replications=bench.replications,
        first_replication=bench.first_replication,
        seed=bench.seed,
        jobs=bench.jobs,
    )
    visits = offices(run.phases[0], bench.scenario).groupby("office")["visits_per_day"].mean()
    return {str(office): float(count) for office, count in visits.items()}


# -- how waits pool --------------------------------------------------------------------------------------------------


def _pools(
    bench: Bench,
    network: Network,
    scale: Scale,
    problem: JoiningProblem,
    wide: JoiningProblem,
    groups: Iterable[Into],
    progress: Report | None,
) -> dict[Site, Pooling]:
    """Curves of every kind of premises, for the crews that the program or a grouping may give it."""
    crews: dict[Site, set[int]] = {}
    for office, one in wide.premises.items():
        crews.setdefault(network.site(office), set()).update({one.crew, *problem.levels.get(office, ())})
    for into in groups:
        for office, (crew, _) in after(wide, into).items():
            crews[network.site(office)].add(crew)
    found = {}
    for done, (site, known) in enumerate(sorted(crews.items(), key=lambda item: (item[0].branch, item[0].room)), start=1):
        found[site] = pooling(bench, site, scale, min(known), max(known))
        if progress is not None:
            progress(Progress("pooling", done, len(crews)))
    return found


def _curves(network: Network, pools: Mapping[Site, Pooling]) -> Callable[[str, int], tuple[Line, ...]]:
    @cache
    def of_site(site: Site, crew: int) -> tuple[Line, ...]:
        return pools[site].lines(crew)

    return lambda office, crew: of_site(network.site(office), crew)


# -- what simulation says --------------------------------------------------------------------------------------------


def _plays(
    scenario: Scenario,
    phase: str,
    rows: Groupings,
    days: int | None,
    replications: int,
    seed: int,
    jobs: int | None,
    progress: Report | None,
) -> dict[str, PhaseTables]:
    """Tables of every grouping on the same citizens, whom the curves never saw."""
    found = {}
    for done, (name, changes) in enumerate(rows.items(), start=1):
        run = simulate(
            regrouped(scenario, phase, changes),
            [phase],
            days=days,
            replications=replications,
            first_replication=CURVE_REPLICATIONS,
            seed=seed,
            jobs=jobs,
        )
        found[name] = run.phases[0]
        if progress is not None:
            progress(Progress("groupings", done, len(rows)))
    return found


def _evaluations(
    network: Network,
    scenario: Scenario,
    rows: Groupings,
    groups: Mapping[str, Into],
    predicted: Mapping[str, float],
    plays: Mapping[str, PhaseTables],
) -> tuple[Evaluation, ...]:
    """Every grouping held against the first."""
    figures = {name: _figures(network, scenario, rows[name], plays[name], plays[NONE]) for name in rows}
    return tuple(
        Evaluation(
            name=name,
            changes=changes,
            predicted_min_per_day=predicted[name],
            figures={measure: interval(figures[name][measure]) for measure in MEASURES},
            differences={measure: paired(figures[OWN][measure], figures[name][measure]) for measure in MEASURES},
            uncovered=network.uncovered(name, groups[name]),
        )
        for name, changes in rows.items()
    )


def _figures(
    network: Network, scenario: Scenario, changes: tuple[OfficeChange, ...], tables: PhaseTables, without: PhaseTables
) -> dict[str, NDArray[np.float64]]:
    """Figures of a grouping by replication; `without` are the tables of no joining."""
    wishes, phase = network.wishes, network.view.phase.id
    changed = regrouped(scenario, phase, changes)
    view = phase_view(changed, phase)
    frame = province(tables, changed)
    halls = len(view.offices)
    same = np.ones(len(tables.replications))
    served = {unit: office for (unit, name), office in view.competent.items() if name in point_fields(network.view)}
    uncovered = sum(
        network.units[unit].population
        for unit, at in served.items()
        if not network.is_covered(network.units[unit], view.offices[at])
    )
    found = {name: frame[name].to_numpy(float) for name in MEASURES if name in frame.columns}
    before = province(without, network.scenario)["overload_min_per_day"].to_numpy(float)
    more = found["overload_min_per_day"] - before + wishes.way_weight * (_way_min(tables) - _way_min(without))
    return found | {
        "open_halls": same * halls,
        "closures": same * len(changes),
        "counters": same * sum(office.counters for office in view.offices.values()),
        "uncovered_people": same * uncovered,
        "travel_mean_min": _way_min(tables) * tables.days / tables.column("tickets").sum(axis=1),
        "objective_min_per_day": more - wishes.hall_price_min * (len(network.view.offices) - halls),
    }


def _way_min(tables: PhaseTables) -> NDArray[np.float64]:
    """Way of all citizens to the offices, person-minutes a day."""
    return np.asarray(tables.column("travel").sum(axis=1) / 60_000 / tables.days)


def figures_frame(result: Consolidation) -> pd.DataFrame:
    """Every figure of every grouping: one row a grouping and measure."""
    rows = [
        {
            "grouping": one.name,
            "measure": measure,
            **asdict(one.figures[measure]),
            **{f"change_{end}": value for end, value in asdict(one.differences[measure]).items()},
        }
        for one in result.evaluations
        for measure in MEASURES
    ]
    predicted = [
        {"grouping": one.name, "measure": "predicted_min_per_day", "mean": one.predicted_min_per_day}
        for one in result.evaluations
    ]
    return pd.DataFrame([*rows, *predicted])
