"""The certificate: no single move and no swap makes the simulated plan better beyond an indifference zone.

The quick look at a change is the recorded run of the plan, its two offices played again on replications that no curve saw,
weeks as paired batches; the thorough look is the whole network on further replications, citizens choosing anew. What happens
at an office depends only on who leaves and who comes, and officers alike in all that a hall sees are played once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Assignment, Scenario
from sim import Interval, interval, paired, province, simulate
from sim.replay import Replay, record
from sim.run import Progress, Report, compile_days, spread

from .problem import StaffingProblem
from .sieves import Trial, most_saved, sift
from .solve import Staffing
from .sweep import Change, Sweep, likeness

ERROR = 0.05  #: of the whole certificate of a phase
ZONE_SHARE, ZONE_MIN = 0.01, 10.0  #: indifference zone: share of the phase's overload, at least person-minutes a day
WHOLE_REPLICATIONS = 8
OVERLOAD = "overload_min_per_day"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the sweep of one phase found; minutes are person-minutes a day."""

    phase: str
    zone_min: float
    error: float  #: chance, at most, that a change better by more than the zone was set aside, or one called better wrongly
    tried: int  #: changes looked at
    bounded: int  #: set aside because their offices have too little overload to save
    replayed: int  #: set aside by the recorded run
    simulated: tuple[Trial, ...]  #: tried in the whole network: those that promised most
    better: tuple[Trial, ...]  #: of these, proven better than the plan by more than the zone
    open: tuple[Trial, ...]  #: neither set aside nor proven better
    plays: int  #: offices played again
    as_is: Interval  #: overload of the phase without the plan, on the replications of the whole network
    planned: Interval  #: with it
    change: Interval  #: the paired difference

    @property
    def holds(self) -> bool:
        """Whether no change is better beyond the zone, but for the stated error."""
        return not self.open and not self.better

    @property
    def best(self) -> Trial | None:
        """The change that saves most of those simulated."""
        return max(self.simulated, key=lambda trial: (trial.saves_min, trial.officers), default=None)


def certify(
    as_is: Scenario,
    planned: Scenario,
    problem: StaffingProblem,
    staffing: Staffing,
    number: int,
    *,
    replications: Iterable[int],
    seed: int = 1,
    days: int | None = None,
    zone_min: float | None = None,
    error: float = ERROR,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Certificate:
    """Sweep the single moves and swaps of one phase of a plan.

    planned : the scenario under the plan; staffing : the plan in the problem; number : of the phase in the problem;
    replications : that the curves never saw; the whole network is simulated on those after them. zone_min : 1 % of the
    phase's overload when None, at least ten person-minutes a day.
    """
    phase = problem.phases[number].phase
    replay = record(planned, compile_days(planned, phase, seed=seed, days=days), replications, jobs=jobs)
    by_day = replay.overload_by_day_s(jobs=jobs).transpose(1, 0, 2) / 60
    overload = {office: _batches(replay, values) for office, values in zip(replay.compiled.office_ids, by_day, strict=True)}
    zone = max(ZONE_MIN, ZONE_SHARE * float(by_day.mean(axis=(1, 2)).sum())) if zone_min is None else zone_min
    sweep = Sweep(problem, staffing, number, replay.view.serves, replay.view.officers, most_saved(overload, error), zone)
    changes = list(sweep.changes())
    judge = _Simulator(as_is, planned, replay, overload, seed, days, jobs, progress)
    found = sift(changes, judge, zone, error)
    before, after = judge.as_is(), judge.as_planned()
    return Certificate(
        phase=phase,
        zone_min=zone,
        error=error,
        tried=sweep.bounded + len(changes),
        bounded=sweep.bounded,
        replayed=found.set_aside,
        simulated=found.thorough,
        better=found.better,
        open=found.open,
        plays=len(judge.played),
        as_is=interval(before),
        planned=interval(after),
        change=paired(before, after),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """What a change does at one office: who leaves and who comes, by what a hall sees of them."""

    office: str
    gone: tuple[object, ...]
    comes: tuple[object, ...]
    names: tuple[str, str] = field(compare=False)  #: one officer who leaves and one who comes, empty = nobody


@dataclass(slots=True)
class _Simulator:
    """The judge of changes: office by office in the recorded run, then as a whole network."""

    before: Scenario
    planned: Scenario
    replay: Replay
    overload: dict[str, NDArray[np.float64]]  #: of the plan in the recorded run, by office
    seed: int
    days: int | None
    jobs: int | None
    progress: Report | None
    played: dict[_Side, NDArray[np.float64]] = field(default_factory=dict)  #: what is saved at an office
    whole: dict[str, NDArray[np.float64]] = field(default_factory=dict)  #: as is and as planned, by replication

    def quick(self, changes: Sequence[Change]) -> list[NDArray[np.float64]]:
        """Play the offices of all changes again."""
        sides = [_sides(self.replay, one) for one in changes]
        kinds = sorted({side for pair in sides for side in pair}, key=lambda side: (side.office, str(side.gone), str(side.comes)))

        def play(side: _Side) -> NDArray[np.float64]:
            return self.overload[side.office] - _batches(self.replay, _after(self.replay, side) / 60)

        for done, (side, saved) in enumerate(zip(kinds, spread(play, kinds, jobs=self.jobs), strict=True), start=1):
            self.played[side] = saved
            self._report("certificate", done, len(kinds))
        return [self.played[first] + self.played[second] for first, second in sides]

    def thorough(self, changes: Sequence[Change]) -> list[NDArray[np.float64]]:
        """Simulate each change as a whole network beside the plan, paired by replication."""
        found = []
        for done, one in enumerate(changes, start=1):
            found.append(self.as_planned() - self._simulated(changed(self.planned, self._phase, one.officers, one.targets)))
            self._report("certificate_whole", done, len(changes))
        return found

    def as_is(self) -> NDArray[np.float64]:
        """Overload without the plan."""
        return self._once("as_is", self.before)

    def as_planned(self) -> NDArray[np.float64]:
        """Overload with the plan."""
        return self._once("planned", self.planned)

    @property
    def _phase(self) -> str:
        return self.replay.compiled.phase

    def _once(self, name: str, scenario: Scenario) -> NDArray[np.float64]:
        if name not in self.whole:
            self.whole[name] = self._simulated(scenario)
        return self.whole[name]

    def _simulated(self, scenario: Scenario) -> NDArray[np.float64]:
        run = simulate(
            scenario, (self._phase,), days=self.days, replications=WHOLE_REPLICATIONS,
            first_replication=max(self.replay.replications) + 1, seed=self.seed, jobs=self.jobs,
        )  # fmt: skip
        return np.asarray(province(run.phases[0], scenario)[OVERLOAD].to_numpy(), float)

    def _report(self, label: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(Progress(label, done, total))


def _sides(replay: Replay, change: Change) -> tuple[_Side, _Side]:
    """The two offices of a change; learning counts where somebody has moved, or would."""
    view = replay.view
    source, target = change.offices

    def seen(name: str, office: str) -> tuple[object, ...]:
        return (*likeness(view.officers[name]), view.came.get(name) == office) if name else ()

    mine, theirs = change.officers[0], change.officers[1] if len(change.officers) > 1 else ""
    return (
        _Side(source, seen(mine, source), seen(theirs, source), (mine, theirs)),
        _Side(target, seen(theirs, target), seen(mine, target), (theirs, mine)),
    )


def _after(replay: Replay, side: _Side) -> NDArray[np.float64]:
    """Overload by day of an office after a change, person-seconds, (R, D)."""
    view, (gone, comes) = replay.view, side.names
    crew = [name for name in view.crew(side.office) if name != gone] + ([comes] if comes else [])
    return replay.office_overload_by_day_s(side.office, [view.officers[name] for name in sorted(crew)])


def _batches(replay: Replay, by_day: NDArray[np.float64]) -> NDArray[np.float64]:
    """Calendar weeks of every replication, (R · W,), that have the mean of all days; by_day : (R, D)."""
    weekly = replay.weekly(by_day)
    return np.asarray((weekly * (weekly.shape[1] / by_day.shape[1])).ravel())


def changed(planned: Scenario, phase: str, officers: tuple[str, ...], offices: tuple[str, ...]) -> Scenario:
    """The scenario with some officers sent to other offices in a phase."""
    rows = {row.officer: row for row in planned.assignments if row.phase == phase}
    rows |= {who: Assignment(phase=phase, officer=who, office=where) for who, where in zip(officers, offices, strict=True)}
    others = tuple(row for row in planned.assignments if row.phase != phase)
    return planned.model_copy(update={"assignments": others + tuple(rows[name] for name in sorted(rows))})
