"""The certificate: no single move and no swap makes the simulated plan better beyond an indifference zone.

Three sieves, each with a stated error. A change touches two offices and cannot save more than the overload they have; of the
rest each is played again in the recorded run of the plan, on replications that the curves never saw, and set aside when the
upper end of its simultaneous interval lies within the zone (weeks as paired batches, Bonferroni over all changes); what is
left is simulated as a whole network, citizens choosing anew, and sieved once more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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

LEVEL = 0.95  #: of the whole certificate of a phase
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
    level: float
    tried: int  #: changes looked at
    bounded: int  #: set aside because their offices have too little overload to save
    replayed: int  #: set aside by the recorded run
    simulated: int  #: set aside by simulating the whole network
    open: tuple[Trial, ...]  #: neither set aside nor proven better
    better: tuple[Trial, ...]  #: proven better than the plan by more than the zone
    best: Trial | None  #: the change that promises most, of all replayed

    @property
    def holds(self) -> bool:
        """Whether no change is better beyond the zone, at the stated level."""
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
    base = {
        office: values
        for office, values in zip(
            replay.compiled.office_ids, replay.overload_by_day_s(jobs=jobs).transpose(1, 0, 2) / 60, strict=True
        )
    }
    mean = {office: float(values.mean()) for office, values in base.items()}
    zone = zone_min if zone_min is not None else max(ZONE_MIN, ZONE_SHARE * sum(mean.values()))
    sweep = _Sweep(planned, problem, staffing, number, replay, mean, zone)
    worth = list(sweep.changes())
    level = 1 - (1 - LEVEL) / max(len(worth), 1)
    weeks = _weeks(replay)

    def play(one: _Change) -> Trial:
        saved = sum(base[office] - after for office, after in _after(replay, one).items())
        batches = np.add.reduceat(saved, weeks, axis=1) / np.diff([*weeks, saved.shape[1]])
        return _trial(one, batches.ravel(), level)

    trials: list[Trial] = []
    for done, trial in enumerate(spread(play, worth, jobs=jobs), start=1):
        trials.append(trial)
        if progress is not None and done % 100 == 0:
            progress(Progress("certificate", done, len(worth)))
    left = sorted((trial for trial in trials if trial.upper_min > zone), key=lambda trial: (-trial.saves_min, trial.officers))
    by_officers = {(one.kind, one.officers, one.offices): one for one in worth}
    chosen = [by_officers[trial.kind, trial.officers, trial.offices] for trial in left[:WHOLE_MOST]]
    whole = _whole(planned, phase.phase, chosen, replay, seed, days, jobs, progress) if chosen else []
    decided = [trial for trial in whole if trial.upper_min <= zone]
    better = tuple(trial for trial in whole if 2 * trial.saves_min - trial.upper_min > zone)
    still = tuple(trial for trial in whole if trial not in decided and trial not in better) + tuple(left[WHOLE_MOST:])
    return Certificate(
        phase=phase.phase,
        zone_min=zone,
        level=LEVEL,
        tried=sweep.bounded + len(worth),
        bounded=sweep.bounded,
        replayed=len(worth) - len(left),
        simulated=len(decided),
        open=still,
        better=better,
        best=max(trials, key=lambda trial: (trial.saves_min, trial.officers), default=None),
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


def _after(replay: Replay, change: _Change) -> dict[str, NDArray[np.float64]]:
    """Overload by day of the two offices after a change, person-minutes, (R, D) each."""
    view = replay.view
    goes = {officer: step[2] for officer, step in zip(change.officers, change.steps, strict=True)}
    found = {}
    for office in change.offices:
        stay = [name for name in view.crew(office) if name not in goes]
        come = [name for name, target in goes.items() if target == office]
        crew = [view.officers[name] for name in sorted((*stay, *come))]
        found[office] = replay.office_overload_by_day_s(office, crew) / 60
    return found


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


def _trial(change: _Change, saved: NDArray[np.float64], level: float) -> Trial:
    """What a change saves, from independent batches in person-minutes a day; one-sided upper end at a level."""
    mean = float(saved.mean()) - change.price_min
    error = float(saved.std(ddof=1)) / np.sqrt(len(saved)) if len(saved) > 1 else float("inf")
    upper = mean + float(stats.t.ppf(level, max(len(saved) - 1, 1))) * error
    return Trial(change.kind, change.officers, change.offices, mean, upper)


def _whole(
    planned: Scenario,
    phase: str,
    changes: list[_Change],
    replay: Replay,
    seed: int,
    days: int | None,
    jobs: int | None,
    progress: Report | None,
) -> list[Trial]:
    """Simulate each change as a whole network beside the plan, paired by replication, on fresh replications."""
    first = max(replay.replications) + 1

    def overload(scenario: Scenario) -> NDArray[np.float64]:
        run = simulate(
            scenario, (phase,), days=days, replications=WHOLE_REPLICATIONS, first_replication=first, seed=seed, jobs=jobs,
            progress=progress,
        )  # fmt: skip
        return np.asarray(province(run.phases[0], scenario)["overload_min_per_day"].to_numpy(), float)

    before = overload(planned)
    level = 1 - (1 - LEVEL) / len(changes)
    trials = []
    for change in changes:
        rows = {row.officer: row for row in planned.assignments if row.phase == phase}
        for officer, step in zip(change.officers, change.steps, strict=True):
            rows[officer] = Assignment(phase=phase, officer=officer, office=step[2])
        others = tuple(row for row in planned.assignments if row.phase != phase)
        after = overload(planned.model_copy(update={"assignments": others + tuple(rows[name] for name in sorted(rows))}))
        trials.append(_trial(change, before - after, level))
    return trials
