"""The certificate: no single move and no swap makes the simulated plan better beyond an indifference zone.

The quick look at a change is the recorded run of the plan, its offices played again on replications that no curve saw, weeks
as paired batches; more replications are recorded for the changes that stay open. The thorough look is the whole network on
further replications, citizens choosing anew: its difference from the recorded run on the same citizens, which hardly varies,
is added to what the quick looks said (a control variate with a mean of its own). What happens at an office depends only on
who leaves and who comes, and officers alike in all that a hall sees are played once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import PhaseView
from scenarios.schema import Assignment, Scenario
from sim import Interval, interval, paired
from sim.recording import Rooms
from sim.replay import Replay, record
from sim.run import Progress, Report, compile_days, spread

from .overload import simulated_min
from .problem import StaffingProblem
from .sieves import LOOKS, QUICK_LOOKS, Batches, Saved, Trial, most_saved, sift
from .solve import Staffing
from .sweep import Change, Sweep, likeness

ERROR = 0.05  #: of the certificate of a phase
ZONE_SHARE, ZONE_MIN = 0.01, 10.0  #: indifference zone: share of a phase's overload, at least person-minutes a day


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the sweep of the changes that begin with a phase found; minutes are person-minutes a day."""

    phase: str
    zone_min: float  #: of the phase; that of a change which lasts longer is the mean over its days
    error: float  #: chance, at most, that a change better by more than the zone was set aside, or one called better wrongly
    tried: int  #: changes looked at
    bounded: int  #: set aside because their offices have too little overload to save
    replayed: int  #: set aside by the recorded run
    simulated: tuple[Trial, ...]  #: tried in the whole network: those that promised most
    better: tuple[Trial, ...]  #: of these, proven better than the plan by more than the zone
    open: tuple[Trial, ...]  #: neither set aside nor proven better
    plays: int  #: offices played again, through some replications each time
    as_is: Interval  #: overload of the phase without the plan, on the first replications of the whole network
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
    *,
    replications: Iterable[int],
    seed: int = 1,
    days: int | None = None,
    zone_min: float | None = None,
    error: float = ERROR,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Certificate, ...]:
    """Sweep the single moves and swaps of a plan, phase by phase as they begin.

    planned : the scenario under the plan; staffing : the plan in the problem; replications : consecutive ones of the first
    quick look, that the curves never saw; further looks are at those after them, `used` tells how many. zone_min : 1 % of a
    phase's overload when None, at least ten person-minutes a day.
    """
    numbers, phases = tuple(replications), [phase.phase for phase in problem.phases]
    replays = [record(planned, compile_days(planned, phase, seed=seed, days=days), numbers, jobs=jobs) for phase in phases]
    by_day = [replay.overload_by_day_s(jobs=jobs).transpose(1, 0, 2) / 60 for replay in replays]
    zones = [max(ZONE_MIN, ZONE_SHARE * float(values.mean(axis=(1, 2)).sum())) for values in by_day]
    if zone_min is not None:
        zones = [zone_min] * len(zones)
    overload = [
        {office: _weeks(replay, values).ravel() for office, values in zip(replay.compiled.office_ids, offices, strict=True)}
        for replay, offices in zip(replays, by_day, strict=True)
    ]
    officers = {name: officer for replay in replays for name, officer in replay.view.officers.items()}
    most = most_saved(overload, error)
    judge = _Simulator(planned, problem, replays, seed, days, jobs, progress)
    found = []
    for number, phase in enumerate(phases):
        sweep = Sweep(problem, staffing, [replay.view.serves for replay in replays], officers, most, zones)
        changes, plays = list(sweep.changes(number)), judge.plays
        sifted = sift(changes, judge, error, sweep.bounded + len(changes))
        before = judge.simulated(as_is, "as_is", (phase,), LOOKS[0])[phase]
        after = judge.simulated(planned, "planned", (phase,), LOOKS[0])[phase]
        found.append(
            Certificate(
                phase=phase,
                zone_min=zones[number],
                error=error,
                tried=sweep.bounded + len(changes),
                bounded=sweep.bounded,
                replayed=sifted.set_aside,
                simulated=sifted.thorough,
                better=sifted.better,
                open=sifted.open,
                plays=judge.plays - plays,
                as_is=interval(before),
                planned=interval(after),
                change=paired(before, after),
            )
        )
    return tuple(found)


def used(replications: int) -> int:
    """Replications that a certificate may look at when the first quick look is at so many."""
    return replications * QUICK_LOOKS[-1] + LOOKS[-1]


@dataclass(frozen=True, slots=True)
class _Side:
    """What a change does at one office in a phase: who leaves and who comes, by what a hall sees of them."""

    number: int
    office: str
    gone: tuple[object, ...]
    comes: tuple[object, ...]
    names: tuple[str, str] = field(compare=False)  #: one officer who leaves and one who comes, empty = nobody


Pairs = list[tuple[_Side, _Side]]  #: the two offices of a change, in each of its phases


@dataclass(slots=True)
class _Simulator:
    """The judge of changes: office by office in recorded runs, then as a whole network."""

    planned: Scenario
    problem: StaffingProblem
    replays: Sequence[Replay]  #: of the first quick look, by phase
    seed: int
    days: int | None
    jobs: int | None
    progress: Report | None
    plays: int = 0
    played: dict[_Side, dict[int, Batches]] = field(default_factory=dict)  #: what is saved, by replication, weeks as batches
    whole: dict[tuple[object, ...], Batches] = field(default_factory=dict)  #: overload of a phase by replication
    rooms: Rooms = field(default_factory=Rooms)  #: where the plan is recorded

    @property
    def first(self) -> tuple[int, ...]:
        """Replications of the first quick look."""
        return self.replays[0].replications

    def quick(self, changes: Sequence[Change], size: int) -> list[Saved]:
        """Play the offices of all changes again, each side once a replication."""
        sides = [self._sides(one) for one in changes]
        numbers = self._quick_numbers(size)
        self._play_all(sides, _pieces(numbers, len(self.first)))
        return [self._quick_saved(one, pairs, numbers) for one, pairs in zip(changes, sides, strict=True)]

    def thorough(self, changes: Sequence[Change], batches: int) -> list[Saved]:
        """Simulate each change as a whole network beside the plan, paired by replication."""
        sides, start = [self._sides(one) for one in changes], self.first[0] + len(self.first) * QUICK_LOOKS[-1]
        numbers = range(start, start + batches)
        self._play_all(sides, _pieces(numbers, LOOKS[0]))
        found: list[Saved] = []
        for done, (one, pairs) in enumerate(zip(changes, sides, strict=True), start=1):
            phases = tuple(self.problem.phases[number].phase for number in one.steps)
            before = self.simulated(self.planned, "planned", phases, batches)
            after = self.simulated(self._changed(one), (one.officers, one.offices, phases), phases, batches)
            beside = sum(
                weight * (before[phase] - after[phase] - self._by_replication(pair, numbers))
                for weight, phase, pair in zip(self._weights(one), phases, pairs, strict=True)
            )
            seen = [
                number
                for number in self._quick_numbers(QUICK_LOOKS[-1])
                if all(number in self.played[side] for pair in pairs for side in pair)
            ]
            found.append([*self._quick_saved(one, pairs, seen), (1.0, np.asarray(beside))])
            self._report("certificate_whole", done, len(changes))
        return found

    def simulated(self, scenario: Scenario, name: object, phases: tuple[str, ...], count: int) -> dict[str, Batches]:
        """Overload of phases by replication, the first so many; what was played before is kept by name."""
        found = {}
        for phase in phases:
            known = self.whole.get((name, phase), np.empty(0))
            if len(known) < count:
                first = self.first[0] + len(self.first) * QUICK_LOOKS[-1]
                numbers = range(first + len(known), first + count)
                fresh = simulated_min(scenario, (phase,), numbers, days=self.days, seed=self.seed, jobs=self.jobs)
                known = self.whole[name, phase] = np.concatenate([known, fresh[phase]])
            found[phase] = known[:count]
        return found

    def _quick_numbers(self, size: int) -> range:
        return range(self.first[0], self.first[0] + size * len(self.first))

    def _quick_saved(self, change: Change, pairs: Pairs, numbers: Sequence[int]) -> Saved:
        """What the two offices save together, weeks as batches, weighted by phase."""
        return [
            (weight, np.concatenate([self.played[first][number] + self.played[second][number] for number in numbers]))
            for weight, (first, second) in zip(self._weights(change), pairs, strict=True)
        ]

    def _by_replication(self, pair: tuple[_Side, _Side], numbers: Sequence[int]) -> Batches:
        """The same of one phase, by replication."""
        return np.array([sum(float(self.played[side][number].mean()) for side in pair) for number in numbers])

    def _changed(self, change: Change) -> Scenario:
        """The scenario under the plan with a change."""
        scenario = self.planned
        for number, taken in change.steps.items():
            targets = tuple(target for _, _, target in taken)
            scenario = changed(scenario, self.problem.phases[number].phase, change.officers, targets)
        return scenario

    def _weights(self, change: Change) -> list[float]:
        """Share of each phase in the days for which a change lasts."""
        days = [self.problem.phases[number].days for number in change.steps]
        return [count / sum(days) for count in days]

    def _sides(self, change: Change) -> Pairs:
        """The two offices of a change in each of its phases; learning counts where somebody has moved, or would."""
        mine, theirs = change.officers[0], change.officers[1] if len(change.officers) > 1 else ""
        found = []
        for number, taken in change.steps.items():
            view, (_, source, target) = self.replays[number].view, taken[0]

            def seen(name: str, office: str, view: PhaseView = view) -> tuple[object, ...]:
                return (*likeness(view.officers[name]), view.came.get(name) == office) if name else ()

            leaves = _Side(number, source, seen(mine, source), seen(theirs, source), (mine, theirs))
            found.append((leaves, _Side(number, target, seen(theirs, target), seen(mine, target), (theirs, mine))))
        return found

    def _play_all(self, asked: Sequence[Pairs], pieces: Sequence[tuple[int, ...]]) -> None:
        """Play sides on all replications on which they were not played; pieces : replications to be recorded together."""
        order = sorted(
            {side for pairs in asked for pair in pairs for side in pair},
            key=lambda side: (side.number, side.office, str(side.gone), str(side.comes)),
        )
        tasks = [
            (piece, number, fresh)
            for piece in pieces
            for number in range(len(self.replays))
            if (fresh := [side for side in order if side.number == number and piece[0] not in self.played.get(side, {})])
        ]
        done, total = 0, sum(len(fresh) for _, _, fresh in tasks)
        for piece, number, fresh in tasks:
            for side, saved in zip(fresh, self._played(piece, number, fresh), strict=True):
                self.played.setdefault(side, {}).update(zip(piece, saved, strict=True))
                done += 1
                self._report("certificate", done, total)
        self.plays += total

    def _played(self, piece: tuple[int, ...], number: int, sides: list[_Side]) -> Iterator[Batches]:
        """What some sides of a phase save on some replications, weeks as batches, (R, W)."""
        replay = self.replays[number]
        if piece != self.first:
            replay = record(self.planned, replay.compiled, piece, jobs=self.jobs, rooms=self.rooms)
        ranks = {office: rank for rank, office in enumerate(replay.compiled.office_ids)}
        before = replay.overload_by_day_s(offices={side.office for side in sides}, jobs=self.jobs)

        def play(side: _Side) -> Batches:
            gone, comes = side.names
            crew = [name for name in replay.view.crew(side.office) if name != gone] + ([comes] if comes else [])
            after = replay.office_overload_by_day_s(side.office, [replay.view.officers[name] for name in sorted(crew)])
            return _weeks(replay, (before[:, ranks[side.office]] - after) / 60)

        return spread(play, sides, jobs=self.jobs)

    def _report(self, label: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(Progress(label, done, total))


def _pieces(numbers: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Numbers in pieces of a size: so many runs are kept in memory at once."""
    return [tuple(numbers[place : place + size]) for place in range(0, len(numbers), size)]


def _weeks(replay: Replay, by_day: NDArray[np.float64]) -> Batches:
    """Calendar weeks of every replication, (R, W), that have the mean of all days; by_day : (R, D)."""
    weekly = replay.weekly(by_day)
    return np.asarray(weekly * (weekly.shape[1] / by_day.shape[1]))


def changed(planned: Scenario, phase: str, officers: tuple[str, ...], offices: tuple[str, ...]) -> Scenario:
    """The scenario with some officers sent to other offices in a phase."""
    rows = {row.officer: row for row in planned.assignments if row.phase == phase}
    rows |= {who: Assignment(phase=phase, officer=who, office=where) for who, where in zip(officers, offices, strict=True)}
    others = tuple(row for row in planned.assignments if row.phase != phase)
    return planned.model_copy(update={"assignments": others + tuple(rows[name] for name in sorted(rows))})
