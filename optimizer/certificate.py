"""The certificate: no single move and no swap makes the simulated plan better beyond an indifference zone.

Three sieves. A change touches two offices and cannot save more than the overload they have; of the rest each is played again in
the recorded run of the plan, on replications that the curves never saw, and set aside when the upper end of its simultaneous
interval lies within the zone (weeks as paired batches, Bonferroni over all changes); what is left is simulated as a whole
network, citizens choosing anew, and sieved once more. Each of the two sieves takes half of the error, so that all changes
better beyond the zone are kept but for that error. What happens at an office depends only on who leaves and who comes, and
officers alike in all that a hall sees are played once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from scenarios.schema import Assignment, Officer, Scenario
from sim import province, simulate
from sim.replay import Replay, record
from sim.run import Progress, Report, compile_days, spread

from .changes import Changes, Step
from .plan import Plan
from .problem import StaffingProblem
from .solve import Staffing

ERROR = 0.05  #: of the whole certificate of a phase
ZONE_SHARE, ZONE_MIN = 0.01, 10.0  #: indifference zone: share of the phase's overload, at least person-minutes a day
WHOLE_MOST = 12  #: changes simulated as a whole network, those that promise most
WHOLE_REPLICATIONS = 8


@dataclass(frozen=True, slots=True)
class Trial:
    """A change and what it saves of the objective, person-minutes a day: estimate and upper end of its interval."""

    kind: str  #: move or swap
    officers: tuple[str, ...]
    offices: tuple[str, str]
    saves_min: float
    upper_min: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the sweep of one phase found."""

    phase: str
    zone_min: float  #: person-minutes a day
    error: float  #: chance, at most, that a change better by more than the zone was set aside
    tried: int  #: changes looked at
    bounded: int  #: set aside because their offices have too little overload to save
    replayed: int  #: set aside by the recorded run
    simulated: int  #: set aside by simulating the whole network
    open: tuple[Trial, ...]  #: neither set aside nor proven better
    better: tuple[Trial, ...]  #: proven better than the plan by more than the zone
    best: Trial | None  #: the change that promises most, of all replayed
    plays: int  #: offices played again

    @property
    def holds(self) -> bool:
        """Whether no change is better beyond the zone, but for the stated error."""
        return not self.open and not self.better


@dataclass(frozen=True, slots=True)
class _Change:
    kind: str
    officers: tuple[str, ...]
    steps: tuple[Step, ...]
    price_min: float  #: change of prices, person-minutes a day

    @property
    def offices(self) -> tuple[str, str]:
        return self.steps[0][1], self.steps[0][2]

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(target for _, _, target in self.steps)


def certify(
    scenario: Scenario,
    plan: Plan,
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

    number : of the phase in the problem; replications : that the curves never saw. zone_min : 1 % of the phase's simulated
    overload when None, at least ten person-minutes a day. Swaps are of officers unlike in fields, pace, share or shift:
    alike ones change prices only, which the program has settled.
    """
    phase = problem.phases[number]
    planned = plan.applied_to(scenario)
    replay = record(planned, compile_days(planned, phase.phase, seed=seed, days=days), replications, jobs=jobs)
    by_day = replay.overload_by_day_s(jobs=jobs).transpose(1, 0, 2) / 60
    mean = {office: float(values.mean()) for office, values in zip(replay.compiled.office_ids, by_day, strict=True)}
    base = {office: _batches(replay, values) for office, values in zip(replay.compiled.office_ids, by_day, strict=True)}
    zone = zone_min if zone_min is not None else max(ZONE_MIN, ZONE_SHARE * sum(mean.values()))
    sweep = _Sweep(planned, problem, staffing, number, replay, mean, zone)
    worth = list(sweep.changes())
    sides = [_sides(replay, one) for one in worth]
    kinds = sorted({side for pair in sides for side in pair}, key=lambda side: (side.office, str(side.gone), str(side.comes)))

    def play(side: _Side) -> NDArray[np.float64]:
        return base[side.office] - _batches(replay, _after(replay, side) / 60)

    saved: dict[_Side, NDArray[np.float64]] = {}
    for done, (side, batches) in enumerate(zip(kinds, spread(play, kinds, jobs=jobs), strict=True), start=1):
        saved[side] = batches
        if progress is not None:
            progress(Progress("certificate", done, len(kinds)))
    share = error / 2 / max(len(worth), 1)
    trials = [_trial(one, saved[first] + saved[second], share) for one, (first, second) in zip(worth, sides, strict=True)]
    left = sorted((trial for trial in trials if trial.upper_min > zone), key=lambda trial: (-trial.saves_min, trial.officers))
    by_officers = {(one.kind, one.officers, one.offices): one for one in worth}
    chosen = [by_officers[trial.kind, trial.officers, trial.offices] for trial in left[:WHOLE_MOST]]
    draws = _Draws(replay, seed, days, jobs, progress)
    whole = _whole(planned, phase.phase, chosen, draws, error / 2) if chosen else []
    decided = [trial for trial in whole if trial.upper_min <= zone]
    better = tuple(trial for trial in whole if 2 * trial.saves_min - trial.upper_min > zone)
    still = tuple(trial for trial in whole if trial not in decided and trial not in better) + tuple(left[WHOLE_MOST:])
    return Certificate(
        phase=phase.phase,
        zone_min=zone,
        error=error,
        tried=sweep.bounded + len(worth),
        bounded=sweep.bounded,
        replayed=len(worth) - len(left),
        simulated=len(decided),
        open=still,
        better=better,
        best=max(trials, key=lambda trial: (trial.saves_min, trial.officers), default=None),
        plays=len(kinds),
    )


class _Sweep:
    """Every single move and every swap of unlike officers that keeps the rules and could save more than the zone."""

    def __init__(
        self,
        planned: Scenario,
        problem: StaffingProblem,
        staffing: Staffing,
        number: int,
        replay: Replay,
        mean: dict[str, float],
        zone: float,
    ) -> None:
        self.bounded = 0
        self._number, self._zone, self._mean = number, zone, mean
        self._phase, self._judge = problem.phases[number], Changes(problem, staffing)
        officers = {officer.id: officer for officer in planned.officers}
        self._groups: dict[str, dict[tuple[object, ...], list[tuple[int, str]]]] = {}
        for rank, one in enumerate(self._phase.classes):
            for officer in one.officers:
                kinds = self._groups.setdefault(replay.view.serves[officer], {})
                kinds.setdefault(_likeness(officers[officer]), []).append((rank, officer))
        self._reach = {rank: {target.office for target in one.targets} for rank, one in enumerate(self._phase.classes)}

    def changes(self) -> Iterator[_Change]:
        """Yield the changes worth playing; `bounded` counts the others."""
        for source in sorted(self._groups):
            for rank, officer in sorted(pair for kind in self._groups[source].values() for pair in kind):
                for target in sorted(self._reach[rank] - {source}):
                    yield from self._worth("move", (officer,), ((rank, source, target),))
        for source, target in combinations(sorted(self._groups), 2):
            for (mine, here), (theirs, there) in product(self._groups[source].items(), self._groups[target].items()):
                if mine != theirs:
                    yield from self._swap(source, target, here, there)

    def _swap(self, source: str, target: str, here: list[tuple[int, str]], there: list[tuple[int, str]]) -> Iterator[_Change]:
        """The cheapest swap of two kinds of officers; swaps of the same kinds differ in prices alone."""
        found: list[_Change] = []
        for (rank, officer), (other, name) in product(here, there):
            if target in self._reach[rank] and source in self._reach[other]:
                found += self._worth("swap", (officer, name), ((rank, source, target), (other, target, source)))
        if found:
            yield min(found, key=lambda change: (change.price_min, change.officers))

    def _worth(self, kind: str, names: tuple[str, ...], steps: tuple[Step, ...]) -> Iterator[_Change]:
        price_min = self._judge.price_s(self._number, steps) / 60 / self._phase.days
        if self._mean[steps[0][1]] + self._mean[steps[0][2]] - price_min <= self._zone:
            self.bounded += 1
        elif not any(not name.startswith("level") for name in self._judge.effect(self._number, steps).broken):
            yield _Change(kind, names, steps, price_min)


def _likeness(officer: Officer) -> tuple[object, ...]:
    """All of an officer that the hall sees, but the name."""
    return tuple(sorted(officer.skills.items())), officer.counter_share, officer.shift, officer.absence_rate


@dataclass(frozen=True, slots=True)
class _Side:
    """What a change does at one office: who leaves and who comes, by what a hall sees of them."""

    office: str
    gone: tuple[object, ...]
    comes: tuple[object, ...]
    names: tuple[str, str] = field(compare=False)  #: one officer who leaves and one who comes, empty = nobody


def _sides(replay: Replay, change: _Change) -> tuple[_Side, _Side]:
    """The two offices of a change; learning counts where somebody has moved, or would."""
    view = replay.view
    source, target = change.offices

    def seen(name: str, office: str) -> tuple[object, ...]:
        return (*_likeness(view.officers[name]), view.came.get(name) == office) if name else ()

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
    """Means of weeks, of every replication, (R · W,)."""
    weeks = _weeks(replay)
    return np.asarray((np.add.reduceat(by_day, weeks, axis=1) / np.diff([*weeks, by_day.shape[1]])).ravel())


def _weeks(replay: Replay) -> NDArray[np.int64]:
    """First measured day of each week, counted over all blocks."""
    firsts, seen, place = [], None, 0
    for draws in replay.compiled.blocks:
        for day in draws.laws.days[draws.days.lead_in + draws.days.warmup :]:
            week = (int(day) - 1) // 7
            if week != seen:
                firsts.append(place)
                seen = week
            place += 1
    return np.array(firsts, np.int64)


def upper_end(saved: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Upper end of a one-sided Student t interval of the mean along the last axis; share : chance to lie above it."""
    count = saved.shape[-1]
    if count < 2:
        return np.full(saved.shape[:-1], np.inf)
    error = saved.std(axis=-1, ddof=1) / np.sqrt(count)
    return np.asarray(saved.mean(axis=-1) + float(stats.t.isf(share, count - 1)) * error)


def _trial(change: _Change, saved: NDArray[np.float64], share: float) -> Trial:
    """What a change saves, from independent batches in person-minutes a day."""
    mean, upper = float(saved.mean()), float(upper_end(saved, share))
    return Trial(change.kind, change.officers, change.offices, mean - change.price_min, upper - change.price_min)


@dataclass(frozen=True, slots=True)
class _Draws:
    """What the whole network is simulated with."""

    replay: Replay
    seed: int
    days: int | None
    jobs: int | None
    progress: Report | None


def _whole(planned: Scenario, phase: str, changes: list[_Change], draws: _Draws, error: float) -> list[Trial]:
    """Simulate each change as a whole network beside the plan, paired by replication, on fresh replications."""
    first = max(draws.replay.replications) + 1

    def overload(scenario: Scenario) -> NDArray[np.float64]:
        run = simulate(
            scenario, (phase,), days=draws.days, replications=WHOLE_REPLICATIONS, first_replication=first, seed=draws.seed,
            jobs=draws.jobs, progress=draws.progress,
        )  # fmt: skip
        return np.asarray(province(run.phases[0], scenario)["overload_min_per_day"].to_numpy(), float)

    before = overload(planned)
    return [
        _trial(change, before - overload(changed(planned, phase, change.officers, change.targets)), error / len(changes))
        for change in changes
    ]


def changed(planned: Scenario, phase: str, officers: tuple[str, ...], offices: tuple[str, ...]) -> Scenario:
    """The scenario with some officers sent to other offices in a phase."""
    rows = {row.officer: row for row in planned.assignments if row.phase == phase}
    rows |= {who: Assignment(phase=phase, officer=who, office=where) for who, where in zip(officers, offices, strict=True)}
    others = tuple(row for row in planned.assignments if row.phase != phase)
    return planned.model_copy(update={"assignments": others + tuple(rows[name] for name in sorted(rows))})
