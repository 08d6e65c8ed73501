"""What a report says, built once from a study: every number in tables and charts comes from here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer import Addition, Alternative, Certificate, Choice, NextPerson, Outcome, PhasePlan, Reason, Round, Trial
from scenarios.checks import key_text
from scenarios.phases import PhaseView, phase_view
from scenarios.schema import ANY, SECTIONS, Scenario, Source, Target
from scenarios.workdays import working_days
from sim import Curve, Interval, PhaseTables

from .compare import DECIDING, WEEK_INDICATORS, Comparison, Difference, Measured, OfficeComparison, compare
from .evidence import CrewCurve, UnitLine, WaitLine, unit_lines, wait_lines
from .maps import UnitMap
from .validation import Verdict
from .wording import Figure

if TYPE_CHECKING:
    import pandas as pd

Shares = NDArray[np.float64]
State = Literal["as_is", "planned"]
Basis = Literal["own", "reference"]
TargetState = Literal["met", "missed", "unclear", "unmeasured"]


@dataclass(frozen=True, slots=True)
class PhaseStudy:
    """A phase as it is and as planned, on the same citizens; on its own dates and on the common reference days."""

    phase: str
    as_is: PhaseTables
    planned: PhaseTables
    reference_as_is: PhaseTables | None
    reference_planned: PhaseTables | None
    plan: PhasePlan

    def played(self) -> Iterator[tuple[Basis, State, PhaseTables]]:
        """Yield every run there is, in a fixed order."""
        yield "own", "as_is", self.as_is
        yield "own", "planned", self.planned
        if self.reference_as_is is not None:
            yield "reference", "as_is", self.reference_as_is
        if self.reference_planned is not None:
            yield "reference", "planned", self.reference_planned


@dataclass(frozen=True, slots=True)
class RolloutStudy:
    """The whole rollout as one run, as it is and as planned: `Rollout.weeks` of each."""

    as_is: "pd.DataFrame"
    planned: "pd.DataFrame"


@dataclass(frozen=True, slots=True)
class StudyData:
    """All that a study found; enough to write its report again."""

    scenario: Scenario
    planned_scenario: Scenario
    phases: tuple[PhaseStudy, ...]
    seed: int
    replications: int
    curve_replications: int
    seconds: float
    outcome: Outcome  #: of the program of all phases
    rounds: tuple[Round, ...] = ()  #: of the closed loop
    unit_map: UnitMap | None = None
    rollout: RolloutStudy | None = None
    validation: tuple[Verdict, ...] = ()
    curves: Mapping[str, tuple[Curve, ...]] = field(default_factory=dict)  #: of each phase, about home
    certificates: tuple[Certificate, ...] = ()  #: by phase, when asked for
    made: tuple[Trial, ...] = ()  #: changes that sweeps before these asked for, in the plan
    choices: tuple[Choice, ...] = ()  #: moves against overload, when asked for
    remembered: tuple[str, ...] = ()  #: parts that were found in the memory, not made anew
    measured: Measured = field(default_factory=Measured, compare=False, repr=False)  #: of its runs, made ahead


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office of a phase, with its comparison."""

    id: str
    name: str
    kind: str
    lon: float
    lat: float
    comparison: OfficeComparison

    @property
    def overload(self) -> Difference:
        return self.comparison.of(DECIDING)


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One officer's change of office."""

    officer: str
    officer_name: str
    source: str
    source_name: str
    target: str
    target_name: str
    reason: Reason
    details: tuple[Reason, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What the optimizer said of its plan, beside what the simulator found."""

    status: str
    gap: float | None
    predicted_as_is: float
    predicted_planned: float
    simulated_as_is: Interval
    simulated_planned: Interval


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round of the closed loop in one phase; overload in person-minutes a day."""

    number: int
    moves: int
    predicted: float
    simulated: Interval
    agrees: bool | None  #: the prediction lies within the interval of the simulation; None as in `optimizer.loop.Round`
    rule: str = ""  #: likewise


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A goal held against a phase as it is and as planned; missed_by ≥ 0 in the unit of the indicator."""

    target: Target
    as_is: Interval | None
    planned: Interval | None
    as_is_state: TargetState
    planned_state: TargetState
    missed_by: float
    offices: int = 0  #: offices with a figure of their own as planned
    missing: int = 0  #: of them, those whose mean misses the target
    worst: tuple[tuple[str, float], ...] = ()  #: names and means of those farthest off


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """All figures of one phase."""

    id: str
    name_vi: str
    name_en: str
    start: date
    end: date
    days: int  #: measured in each replication
    all_days: int  #: working days of the phase
    officers: int
    own: Comparison
    reference: Comparison | None
    offices: tuple[OfficeLine, ...]  #: most overload as it is first
    gains: tuple[OfficeLine, ...]
    loses: tuple[OfficeLine, ...]
    heat_as_is: Shares  #: (O, 48) share of days on which the half hour was overloaded, offices as in `offices`
    heat_planned: Shares
    unit_offices: tuple[tuple[str, str], ...]  #: unit → office that takes its communal fields
    moves: tuple[MoveLine, ...]
    plan: PlanLine
    rounds: tuple[RoundLine, ...]  #: of the closed loop
    stays: int  #: officers who stay away from home where the phase before had sent them
    additions: tuple[Addition, ...]
    targets: tuple[TargetLine, ...]
    waits: tuple[WaitLine, ...]
    units: tuple[UnitLine, ...]
    curves: tuple[CrewCurve, ...] = ()
    next_person: tuple[NextPerson, ...] = ()
    certificate: Certificate | None = None
    made: tuple[Trial, ...] = ()  #: changes that certificates asked for and that begin with the phase
    still: Reason | None = None  #: why nothing changes


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One week of the rollout; means over replications, as it is and as planned, in the order of WEEK_INDICATORS."""

    phase: str
    start: date
    end: date
    days: int
    as_is: tuple[float, ...]
    planned: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure nobody measured, as the scenario states it."""

    ground: Source
    rows: tuple[str, ...]  #: keys, or `*`
    values: tuple[Figure, ...]  #: a setting's; of rows the only one, the least and the greatest, or none where words differ


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a study."""

    scenario: Scenario
    unit_map: UnitMap | None
    phases: tuple[PhaseSummary, ...]
    seed: int
    replications: int
    first_replication: int
    curve_replications: int
    basis_counts: tuple[tuple[str, int], ...]  #: sourced, derived, assumed → rows of the scenario's sources
    basis_by_table: tuple[tuple[str, tuple[int, int, int]], ...]  #: table or section → the same three counts
    assumptions: tuple[Assumption, ...]
    weeks: tuple[WeekLine, ...] = ()
    validation: tuple[Verdict, ...] = ()
    choices: tuple[Choice, ...] = ()
    measured: Measured = field(default_factory=Measured, compare=False, repr=False)  #: of the runs it tells of


def summarize(study: StudyData) -> Summary:
    """Build every figure of the report."""
    counts = Counter(source.basis for source in study.scenario.sources)
    first = study.phases[0].as_is.replications[0] if study.phases else 0
    return Summary(
        scenario=study.scenario,
        unit_map=study.unit_map,
        phases=tuple(_phase(study, phase) for phase in study.phases),
        seed=study.seed,
        replications=study.replications,
        first_replication=first,
        curve_replications=study.curve_replications,
        basis_counts=(("sourced", counts["sourced"]), ("derived", counts["derived"]), ("assumed", counts["assumed"])),
        basis_by_table=_basis_by_table(study.scenario),
        assumptions=_assumptions(study.scenario),
        weeks=_weeks(study.rollout) if study.rollout is not None else (),
        validation=study.validation,
        choices=study.choices,
        measured=study.measured,
    )


def _basis_by_table(scenario: Scenario) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    counts = Counter((source.table, source.basis) for source in scenario.sources)
    tables = sorted({table for table, _ in counts})
    return tuple((name, (counts[name, "sourced"], counts[name, "derived"], counts[name, "assumed"])) for name in tables)


def _weeks(rollout: RolloutStudy) -> tuple[WeekLine, ...]:
    named = ["phase", "start", "end", "days"]
    means = [frame.groupby(named)[list(WEEK_INDICATORS)].mean() for frame in (rollout.as_is, rollout.planned)]
    return tuple(
        WeekLine(phase, start, end, int(days), tuple(map(float, as_is)), tuple(map(float, planned)))
        for (phase, start, end, days), as_is, planned in sorted(
            zip(means[0].index, means[0].to_numpy(), means[1].to_numpy(), strict=True), key=lambda week: week[0][1]
        )
    )


def _phase(study: StudyData, played: PhaseStudy) -> PhaseSummary:
    scenario, planned, measured = study.scenario, study.planned_scenario, study.measured
    phase = scenario.phase(played.phase)
    view = phase_view(scenario, played.phase)
    own = compare(played.as_is, played.planned, scenario, planned, measured=measured)
    reference = None
    if played.reference_as_is is not None and played.reference_planned is not None:
        runs = played.reference_as_is, played.reference_planned
        reference = compare(*runs, scenario, planned, by_office=False, measured=measured)
    offices = _office_lines(view, own)
    by_id = {office.id: office for office in offices}
    order = [played.as_is.office_ids.index(office.id) for office in offices]
    return PhaseSummary(
        id=phase.id,
        name_vi=phase.name_vi,
        name_en=phase.name_en,
        start=phase.start,
        end=phase.end,
        days=played.as_is.days,
        all_days=len(working_days(scenario, phase.start, phase.end)),
        officers=len(view.officers),
        own=own,
        reference=reference,
        offices=offices,
        gains=tuple(by_id[office] for office in own.gains),
        loses=tuple(by_id[office] for office in own.loses),
        heat_as_is=overloaded_share(played.as_is)[order],
        heat_planned=overloaded_share(played.planned)[order],
        unit_offices=unit_offices(scenario, view),
        moves=_move_lines(view, played.plan),
        plan=_plan_line(played.plan, study.outcome, own),
        rounds=_round_lines(study, played.phase),
        stays=played.plan.stays,
        additions=played.plan.additions,
        targets=_target_lines(view, own, measured.offices(played.planned, planned), scenario.targets),
        waits=wait_lines(played.as_is, played.planned),
        units=unit_lines(scenario, played.as_is, played.planned),
        curves=_crew_curves(study, played.plan),
        next_person=played.plan.next_person,
        certificate={one.phase: one for one in study.certificates}.get(played.phase),
        still=played.plan.still,
        made=tuple(one for one in study.made if study.certificates[one.begins].phase == played.phase),
    )


def _crew_curves(study: StudyData, plan: PhasePlan) -> tuple[CrewCurve, ...]:
    crews = {(office, group): count for office, group, count in plan.crews}
    return tuple(
        CrewCurve(curve, crews.get((curve.office, curve.group), curve.base)) for curve in study.curves.get(plan.phase, ())
    )


def overloaded_share(tables: PhaseTables) -> Shares:
    """Share of the measured days on which each half hour was overloaded, mean over replications, (O, 48)."""
    shares: Shares = tables.half_hour[:, :, :, 2].sum(axis=0) / (tables.days * len(tables.replications))
    return shares


def _office_lines(view: PhaseView, own: Comparison) -> tuple[OfficeLine, ...]:
    lines = []
    for row in own.offices:
        office = view.offices[row.office]
        lines.append(OfficeLine(office.id, office.name, office.kind, office.lon, office.lat, row))
    return tuple(sorted(lines, key=lambda line: (-line.overload.before.mean, line.id)))


def unit_offices(scenario: Scenario, view: PhaseView) -> tuple[tuple[str, str], ...]:
    """Unit and the office that takes most of its communal fields."""
    communal = sorted(field.id for field in scenario.fields if field.level == "commune")
    found = []
    for unit in sorted(scenario.units, key=lambda unit: unit.id):
        places = Counter(view.competent[unit.id, field] for field in communal if (unit.id, field) in view.competent)
        if places:
            found.append((unit.id, min(places, key=lambda place: (-places[place], place))))
    return tuple(found)


def _move_lines(view: PhaseView, plan: PhasePlan) -> tuple[MoveLine, ...]:
    return tuple(
        MoveLine(
            officer=move.officer,
            officer_name=view.officers[move.officer].name,
            source=move.source,
            source_name=view.offices[move.source].name,
            target=move.target,
            target_name=view.offices[move.target].name,
            reason=move.reason,
            details=move.details,
            alternatives=move.alternatives,
        )
        for move in sorted(plan.moves, key=lambda move: (move.target, move.source, move.officer))
    )


def _round_lines(study: StudyData, phase: str) -> tuple[RoundLine, ...]:
    place = [played.phase for played in study.phases].index(phase)
    return tuple(
        RoundLine(
            number=one.number,
            moves=one.moves[place],
            predicted=one.predicted[place],
            simulated=one.simulated[place],
            agrees=one.agrees_in(place),
            rule=one.rule,
        )
        for one in study.rounds
    )


def _plan_line(plan: PhasePlan, outcome: Outcome, own: Comparison) -> PlanLine:
    overload = own.of(DECIDING)
    return PlanLine(
        status=outcome.status,
        gap=outcome.gap,
        predicted_as_is=plan.as_is_predicted_overload_min_per_day,
        predicted_planned=plan.predicted_overload_min_per_day,
        simulated_as_is=overload.before,
        simulated_planned=overload.after,
    )


FARTHEST = 3  #: offices named that are farthest from a target


def _target_lines(
    view: PhaseView, own: Comparison, offices: "pd.DataFrame", targets: tuple[Target, ...]
) -> tuple[TargetLine, ...]:
    """Targets held against a phase, with the offices that miss them; offices : `sim.offices` as planned."""
    lines = []
    for target in targets:
        line = target_line(target, own)
        if target.indicator in offices:
            means = {str(name): float(mean) for name, mean in offices.groupby("office")[target.indicator].mean().dropna().items()}
            sign = 1 if target.sense == "at_most" else -1
            far = sorted((sign * (target.value - mean), name) for name, mean in means.items() if sign * (mean - target.value) > 0)
            worst = tuple((view.offices[name].name, means[name]) for _, name in far[:FARTHEST])
            line = replace(line, offices=len(means), missing=len(far), worst=worst)
        lines.append(line)
    return tuple(lines)


def target_line(target: Target, own: Comparison) -> TargetLine:
    """Hold a target against a phase; an indicator that is not measured yet says so."""
    try:
        difference = own.of(target.indicator)
    except KeyError:
        return TargetLine(target, None, None, "unmeasured", "unmeasured", 0.0)
    short = target.value - difference.after.mean if target.sense == "at_least" else difference.after.mean - target.value
    return TargetLine(
        target=target,
        as_is=difference.before,
        planned=difference.after,
        as_is_state=_held(target, difference.before),
        planned_state=_held(target, difference.after),
        missed_by=max(0.0, short) if isfinite(short) else 0.0,
    )


def _held(target: Target, measured: Interval) -> TargetState:
    if not isfinite(measured.mean):
        return "unmeasured"
    ends = (measured.low, measured.high)
    good = [end >= target.value if target.sense == "at_least" else end <= target.value for end in ends]
    return "met" if all(good) else "unclear" if any(good) else "missed"


def _assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Each assumed figure once: rows with one ground that fill several lines of the sources are taken together."""
    rows: dict[Source, list[str]] = {}
    for ground in scenario.sources:
        if ground.basis == "assumed":
            rows.setdefault(ground.model_copy(update={"rows": ANY}), []).extend(ground.rows.split())
    return tuple(Assumption(ground, tuple(keys), _values(scenario, ground, keys)) for ground, keys in rows.items())


def _values(scenario: Scenario, ground: Source, keys: Sequence[str]) -> tuple[Figure, ...]:
    """The value of a setting, or the range of a column over the rows meant."""
    if ground.table in SECTIONS:
        value = getattr(getattr(scenario, ground.table), ground.column)
        return value if isinstance(value, tuple) else (value,)
    rows = [row for row in getattr(scenario, ground.table) if ANY in keys or key_text(row) in keys]
    values = {getattr(row, ground.column) for row in rows}
    if len(values) > 1 and not any(isinstance(value, bool | str) for value in values):
        return (min(values), max(values))
    return tuple(values) if len(values) == 1 else ()
