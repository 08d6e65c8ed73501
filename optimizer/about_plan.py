"""Curves about a plan, near it: what they tell is true of the citizens as the plan makes them choose.

Such curves are simulated, so that of thousands of changes some promise what chance alone has made of them; and where many
officers move at once, citizens choose anew and little of the promise is kept. So a change must be worth a price.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean

from scenarios.phases import PhaseView, phase_view
from scenarios.schema import Scenario
from sim import Curve, PhaseTables
from sim.replay import TICKS_PER_S, Replay
from sim.response import curves_of
from sim.run import Report

from .problem import PhaseProblem, StaffingProblem, Target
from .solve import PhaseStaffing, Staffing, overload_s

HESITATION = 0.005  #: share of the mean overload of the phases that an officer placed otherwise than in a plan must save
SAME_S = 1.0  #: person-seconds a day; overload that differs by less is the same
NEAR = (-2, -1, 1, 2)  #: levels played, from the plan; with farther ones the program overshoots where citizens choose


@dataclass(frozen=True, slots=True)
class _Taken:
    """The curves of an office in a phase, and what they were taken about."""

    about: tuple[object, ...]  #: who serves there, who of them has just come, and what the office has
    overload_s: float  #: as recorded, person-seconds a day
    curves: tuple[Curve, ...]
    home: bool = False  #: taken from home, of one shape with levels far off

    def serves(self, now: "_Taken", near_s: float) -> bool:
        """Whether the curves are good for an office as it is now; near_s : change of overload that counts for none."""
        return self.about == now.about and abs(self.overload_s - now.overload_s) <= (SAME_S if self.home else near_s)


@dataclass(frozen=True, slots=True)
class NearCurves:
    """Curves about one plan after another.

    Those of an office are kept while it is staffed alike and its overload has changed by no more than what a change must save
    at one crew: so near, the next plan would not be another one. Those about home are kept where nothing has changed.
    """

    jobs: int | None = None
    progress: Report | None = None
    taken: dict[tuple[str, str], _Taken] = field(default_factory=dict)  #: phase, office

    def know(self, scenario: Scenario, curves: Mapping[str, tuple[Curve, ...]], as_is: Mapping[str, PhaseTables]) -> None:
        """Begin with curves about home, near it, and the run that they were taken from; by phase."""
        home = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase not in curves)})
        for phase, tables in as_is.items():
            view, ticks = phase_view(home, phase), tables.column("overload").mean(axis=0)
            overload = dict(zip(tables.office_ids, ticks / TICKS_PER_S / max(tables.days, 1), strict=True))
            for office in view.offices:
                near = tuple(_cut(curve) for curve in curves[phase] if curve.office == office)
                self.taken[phase, office] = _Taken(_about(home, view, office), float(overload[office]), near, home=True)

    def about(
        self, replays: Iterable[Replay], without: Mapping[str, Mapping[str, int]] | None = None
    ) -> dict[str, tuple[Curve, ...]]:
        """Return the curves of phases recorded as planned, about the crews as planned and near them.

        without : by phase and office, person-seconds a day that something other than the crews has taken away in the plan and
        that the curves are told without.
        """
        recorded = {replay.view.phase.id: replay for replay in replays}
        now = {
            phase: {
                office: _Taken(_about(replay.scenario, replay.view, office), _recorded_s(replay, office), ())
                for office in replay.view.offices
            }
            for phase, replay in recorded.items()
        }
        near = HESITATION / 2 * fmean(sum(one.overload_s for one in offices.values()) for offices in now.values())
        return {
            phase: _raised(self._of(phase, replay, now[phase], near), (without or {}).get(phase, {}))
            for phase, replay in recorded.items()
        }

    def _of(self, phase: str, replay: Replay, now: Mapping[str, _Taken], near: float) -> tuple[Curve, ...]:
        """Return the curves of a phase; near : change of overload that counts for none, person-seconds a day."""
        known = {office: self.taken.get((phase, office)) for office in now}
        new = {office for office, one in now.items() if (before := known[office]) is None or not before.serves(one, near)}
        found: dict[str, list[Curve]] = {office: [] for office in new}
        for curve in curves_of(replay, NEAR, offices=new, jobs=self.jobs, progress=self.progress) if new else ():
            found[curve.office].append(curve)
        self.taken.update({(phase, office): replace(now[office], curves=tuple(curves)) for office, curves in found.items()})
        return tuple(curve for office in sorted(now) for curve in self.taken[phase, office].curves)


def _about(scenario: Scenario, view: PhaseView, office: str) -> tuple[object, ...]:
    """All that the staffing of an office is, but for who comes to it."""
    crew = tuple((name, view.came.get(name) == office) for name in view.crew(office))
    return crew, view.offices[office], [row for row in scenario.volunteers if row.office == office]


def _recorded_s(replay: Replay, office: str) -> float:
    """Overload of an office as recorded, person-seconds a day."""
    return float(replay.as_recorded_s(office).sum(axis=(1, 2)).mean()) / max(replay.compiled.days, 1)


def _cut(curve: Curve) -> Curve:
    """The curve as far as those about a plan go."""
    kept = [place for place, level in enumerate(curve.levels) if NEAR[0] <= level - curve.base <= NEAR[-1]]
    some = slice(kept[0], kept[-1] + 1)
    return replace(
        curve,
        levels=curve.levels[some],
        overload_s_per_day=curve.overload_s_per_day[some],
        error_s_per_day=curve.error_s_per_day[some],
        erlang_s_per_day=curve.erlang_s_per_day[some],
        simulated_s_per_day=curve.simulated_s_per_day[some],
        counters_needed=curve.counters_needed[some],
        played=tuple(level for level in curve.played if level in curve.levels[some]),
    )


def _raised(curves: tuple[Curve, ...], more: Mapping[str, int]) -> tuple[Curve, ...]:
    """The curves with so much more overload at some offices, told at the office's first group."""
    first = {curve.office: curve.group for curve in reversed(curves)}
    return tuple(
        replace(curve, overload_s_per_day=tuple(value + more[curve.office] for value in curve.overload_s_per_day))
        if curve.office in more and first[curve.office] == curve.group
        else curve
        for curve in curves
    )


def hesitant(problem: StaffingProblem, staffing: Staffing) -> StaffingProblem:
    """The problem on curves about a plan when an officer placed otherwise must be worth it, by half at each of two crews.

    Of plans alike the one that leaves most people where they are is then the cheapest by a second a day. Where single offices
    count, for an aim or a cap, the problem stays as it is.
    """
    if problem.objective == "worst" or any(phase.max_overload_s is not None for phase in problem.phases):
        return problem
    half = round(HESITATION / 2 * fmean(map(overload_s, problem.phases, staffing)))
    return replace(problem, phases=tuple(_hesitant(*one, half) for one in zip(problem.phases, staffing, strict=True)))


def _hesitant(phase: PhaseProblem, chosen: PhaseStaffing, half: int) -> PhaseProblem:
    curves = {
        place: {crew: value + half * abs(crew - phase.base[place]) for crew, value in curve.items()}
        for place, curve in phase.curves.items()
    }
    classes = (
        replace(
            one,
            targets=tuple(_dearer(target) if (rank, target.office) not in chosen.people else target for target in one.targets),
        )
        for rank, one in enumerate(phase.classes)
    )
    return replace(phase, curves=curves, classes=tuple(classes))


def _dearer(target: Target) -> Target:
    return Target(target.office, target.group, target.price_s + 1, target.commute_m)
