"""The closed loop: plan, simulate the plan as a whole, take the curves about the plan, plan again.

A curve tells what an office would do while citizens keep to the offices they chose in the run it was taken from. A plan
changes waits, and so choices. So each round simulates its plan as a whole, every citizen choosing anew; then the curves are
taken about the plan itself, crews may leave it by a few officers only, each of whom must be worth it, and the program is
solved again, until it has nothing to change: the plan is the best one on the curves about itself. Rules of thumb that might
do better than the first plan are simulated, too, so that the plan is never worse than they are on the loop's own citizens.
What the plan comes to is told of more citizens than those.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import phase_order
from scenarios.schema import Scenario
from sim import Curve, Interval, PhaseTables, interval, simulate
from sim.recording import Rooms
from sim.replay import Replay
from sim.response import recorded
from sim.run import Progress, Report, workers_of

from .about_plan import NearCurves, hesitant
from .fairness import solve_by_objective
from .highs import Basis
from .overload import office_overload_min
from .plan import Plan, plan_of
from .problem import ROUNDS, Allowance, StaffingProblem, staffing_problem, with_curves
from .rivals import RULES, rival, seen
from .solve import Outcome, Staffing, broken_rules, cost, overload_s, prices

WITHOUT = "without_additions"  #: what makes the plans that come first where something may be added
KEPT = "kept"  #: the plan kept, simulated on more replications than those of the curves
JUDGED = "judged"  #: the plan kept, simulated on the replications of a verdict
HOPE = 0.15  #: share of its predicted overload by which a rule of thumb may do better than predicted
Curves = Mapping[str, tuple[Curve, ...]]
Score = tuple[float, float]  #: what the objective asks first, then overload of all days with prices, person-seconds
Made = tuple[Plan, StaffingProblem, Staffing]
Judge = Callable[[Plan], object]  #: simulates a plan on citizens of its own
_Solved = tuple[Outcome, Staffing | None, Basis]  #: what came of a program, and where its relaxation ended
_Next = tuple[StaffingProblem, StaffingProblem, _Solved]  #: a problem, its program with what a change must save, and its end


@dataclass(frozen=True, slots=True)
class Round:
    """One plan simulated; overload in person-minutes a day, by phase."""

    number: int
    moves: tuple[int, ...]
    predicted: tuple[float, ...]
    simulated: tuple[Interval, ...]
    objective_s: float  #: as simulated, with prices, person-seconds over all days
    agrees: bool | None  #: in every phase the prediction lies within the interval; None where only citizens were asked who teach
    rule: str = ""  #: what made it: a rule of thumb, WITHOUT, empty = the program; or what it was held against: KEPT, JUDGED

    def agrees_in(self, place: int) -> bool | None:
        """`agrees` in one phase alone."""
        return None if self.agrees is None else self.simulated[place].holds(self.predicted[place])


@dataclass(frozen=True, slots=True)
class Loop:
    """The best plan met, and how the rounds went."""

    plan: Plan
    problem: StaffingProblem
    staffing: Staffing | None
    rounds: tuple[Round, ...]
    best: int  #: place in rounds of the plan
    longest_s: float = 0.0  #: that one program took, of those that plans were made by
    program: StaffingProblem | None = None  #: of which the bound is, with the price of a change; None = the problem


@dataclass(frozen=True, slots=True)
class _Tried:
    """A plan simulated on the replications of the curves."""

    told: Round
    made: Made
    score: Score

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.made[0]


@dataclass(frozen=True, slots=True)
class Draws:
    """By what plans are simulated, and curves taken."""

    replications: tuple[int, ...]
    teaching: tuple[int, ...]  #: the first of them
    days: int | None
    seed: int
    jobs: int | None
    progress: Report | None
    rooms: Rooms  #: where plans are recorded

    def played(self, scenario: Scenario, phases: Iterable[str], numbers: tuple[int, ...]) -> list[PhaseTables]:
        """The tables of a scenario simulated as a whole; none without phases or replications."""

        def report(step: Progress) -> None:
            if self.progress is not None:
                self.progress(Progress("loop", step.done, step.total))

        asked = list(phases)
        if not numbers or not asked:
            return []
        run = simulate(
            scenario, asked, days=self.days, replications=len(numbers), first_replication=min(numbers), seed=self.seed,
            jobs=self.jobs, progress=report,
        )  # fmt: skip
        return list(run.phases)

    def recorded(self, planned: Scenario, phase: str) -> Replay:
        """A phase recorded as planned, on the replications of the curves."""
        return recorded(planned, phase, self.teaching, self.seed, self.days, True, self.jobs, self.rooms)

    @property
    def rest(self) -> tuple[int, ...]:
        """Replications that teach no curve."""
        return self.replications[len(self.teaching) :]

    @property
    def alone(self) -> bool:
        """Whether one core works, so that nothing is done beside."""
        return workers_of(self.jobs) == 1


def closed_loop(
    scenario: Scenario,
    curves: Curves,
    *,
    replications: Iterable[int],
    curve_replications: Iterable[int],
    as_is: Mapping[str, PhaseTables] | None = None,
    rounds: int = ROUNDS,
    days: int | None = None,
    seed: int = 1,
    time_limit_s: float = 60.0,
    jobs: int | None = None,
    progress: Report | None = None,
    rivals: bool = True,
    judge: Judge | None = None,
    rooms: Rooms | None = None,
    **rules: object,
) -> Loop:
    """Plan and simulate until the program on curves about the plan has nothing to change; return the best plan met.

    curves : by phase, about home; replications : by which the plan kept is simulated, none of those of the verdict, the first
    of them those of the curves, on which plans are tried; as_is : tables of the phases on these, played when None; rivals :
    whether rules of thumb are tried beside the first plan; judge : called with the plan kept beside what tells its reasons;
    rooms : where plans are recorded, cleared when the best is found; rules : as `optimizer.staffing_problem`. It stops when a
    round repeats a plan, when it is no better than the best before, or after so many rounds. Where something may be added, it
    first goes to its end without, and what is added is weighed against the best plan without: an allowance never makes a plan
    worse.
    """
    draws = Draws(tuple(replications), tuple(curve_replications), days, seed, jobs, progress, rooms or Rooms())
    curves = {phase: curves[phase] for phase in phase_order(scenario) if phase in curves}
    problem = staffing_problem(scenario, curves, **rules)  # type: ignore[arg-type]
    search = _Search(scenario, rules, draws, time_limit_s, rounds, NearCurves(jobs, progress))
    if rounds:
        as_is = as_is or {tables.phase: tables for tables in draws.played(scenario, curves, draws.teaching)}
        search.near.know(scenario, curves, as_is)
    bare = replace(problem, allowance=Allowance())
    if bare != problem and rounds:
        search.go(bare, rivals, as_is, WITHOUT)
    outcome, staffing = search.go(problem, rivals and not search.found, as_is)
    if not search.found:
        return Loop(plan_of(problem, outcome, staffing), problem, staffing, (), 0, outcome.seconds)
    return search.answer(judge)


@dataclass(slots=True)
class _Search:
    """Plans tried so far, and by what."""

    scenario: Scenario
    rules: Mapping[str, object]
    draws: Draws
    time_limit_s: float
    rounds: int  #: of one go
    near: NearCurves
    found: list[_Tried] = field(default_factory=list)
    about: dict[int, StaffingProblem] = field(default_factory=dict)  #: place in `found` → the problem on curves about that plan
    programs: dict[int, StaffingProblem] = field(default_factory=dict)  #: likewise → the program that made it
    settled: dict[int, tuple[Outcome, StaffingProblem]] = field(
        default_factory=dict
    )  #: likewise → what proved it best about itself
    bases: dict[int, Basis] = field(default_factory=dict)  #: likewise → where the relaxation ended of the program that made it
    replays: dict[Hashable, Replay] = field(default_factory=dict)  #: phases of the plan recorded last, by what they are played by
    overload: dict[Hashable, NDArray[np.float64]] = field(default_factory=dict)  #: of phases simulated, likewise
    longest_s: float = 0.0  #: that one program took

    @property
    def best(self) -> int:
        """Place of the best plan, of plans alike the first."""
        return min(range(len(self.found)), key=lambda place: (self.found[place].score, place))

    def go(
        self, problem: StaffingProblem, rivals: bool, as_is: Mapping[str, PhaseTables] | None, name: str = ""
    ) -> tuple[Outcome, Staffing | None]:
        """Rounds from a problem on; return what came of the first program. name : of what the rounds are made by."""
        thumbs: list[_Thumb] = []
        if rivals and self.rounds:
            solved, thumbs = _beside(self.scenario, problem, self.time_limit_s, as_is, self.draws)
        else:
            solved = _solved(problem, self.time_limit_s)
        program = problem
        first, before = solved[:2], self.found[-1].told.number if self.found else 0
        for number in range(1, self.rounds + 1):
            outcome, staffing, basis = solved
            self.longest_s = max(self.longest_s, outcome.seconds)
            if staffing is None:
                break
            plan = plan_of(problem, outcome, staffing, reasons=False)
            if _key(plan) in {_key(one.plan) for one in self.found}:
                if number > 1 and _key(plan) == _key(self.found[self.best].plan):
                    self.settled[self.best] = outcome, program
                break
            made, latest = (plan, problem, staffing), len(self.found)
            self.bases[latest], self.programs[latest] = basis, program
            if number < self.rounds:  # curves about it are most likely wanted
                self._recorded(made)
            self.found.append(_tried(before + number, name, made, self._simulated(made)))
            for one in thumbs:
                self._rival(one, self.found[latest])
            best, thumbs = self.best, []
            if number == self.rounds or (best != latest and number > 1):
                break
            problem, program, solved = self._about(best, problem.allowance)
            self.about[best] = problem
        return first

    def _recorded(self, made: Made) -> list[Replay]:
        """The phases of a plan recorded; those that are played as in the plan recorded last are known."""
        plan, problem, _ = made
        planned, keys = plan.applied_to(self.scenario), _played_by(plan)
        self.replays = {key: replay for key, replay in self.replays.items() if key in keys}  # what is let go gives its room
        self.replays = {
            key: self.replays[key] if key in self.replays else self.draws.recorded(planned, phase)
            for key, phase in zip(keys, _phases(problem), strict=True)
        }
        self.overload |= {key: office_overload_min(replay.tables) for key, replay in self.replays.items()}
        return list(self.replays.values())

    def _simulated(self, made: Made) -> list[NDArray[np.float64]]:
        """Overload by phase on the replications of the curves, played where it is not known."""
        plan, problem, _ = made
        phases, keys = _phases(problem), _played_by(plan)
        new = [place for place, key in enumerate(keys) if key not in self.overload]
        played = self.draws.played(plan.applied_to(self.scenario), [phases[place] for place in new], self.draws.teaching)
        self.overload |= {keys[place]: office_overload_min(tables) for place, tables in zip(new, played, strict=True)}
        return [self.overload[key] for key in keys]

    def _rival(self, thumb: "_Thumb", first: _Tried) -> None:
        """Try a rule of thumb that with so much less overload than predicted could be the best; it is kept where it is."""
        problem, staffing = first.made[1], thumb.staffing
        pairs = zip(problem.phases, staffing, strict=True)
        overload = sum(phase.days * overload_s(phase, chosen) for phase, chosen in pairs)
        price = prices(problem, staffing) if problem.objective != "total" else 0
        best = self.found[self.best]
        if problem.objective != "worst" and (1 - HOPE) * overload + price > best.score[1]:
            return
        if _key(thumb.plan) in {_key(tried.plan) for tried in self.found}:
            return
        made = (thumb.plan, problem, staffing)
        tried = _tried(first.told.number, thumb.rule, made, self._simulated(made))
        if tried.score < best.score:
            self.found.append(tried)

    def _about(self, best: int, allowance: Allowance) -> _Next:
        """The problem on curves about a plan, and what comes of it."""
        made = self.found[best].made
        self.settled.pop(best, None)
        near = replace(self.about[best], allowance=allowance) if best in self.about else self._near(made, allowance)
        program = hesitant(near, made[2])
        return near, program, _solved(program, self.time_limit_s, self.bases.get(best))

    def _near(self, made: Made, allowance: Allowance) -> StaffingProblem:
        """The problem on curves about a plan."""
        _, problem, staffing = made
        curves = self.near.about(self._recorded(made), _taken(problem, staffing))
        found = with_curves(problem, curves) or staffing_problem(self.scenario, curves, **self.rules)  # type: ignore[arg-type]
        return replace(found, allowance=allowance)

    def answer(self, judge: Judge | None) -> Loop:
        """The best plan met, with its reasons, which are told on one core beside its simulation on more citizens."""
        best = self.best
        self.replays.clear()
        self.draws.rooms.clear()
        plan, problem, staffing = self.found[best].made
        outcome, program = plan.outcome, self.programs.get(best, problem)
        if best in self.settled:
            problem, (outcome, program) = self.about[best], self.settled[best]
        with ThreadPoolExecutor(1) as pool:
            telling = pool.submit(plan_of, problem, outcome, staffing)
            if self.draws.alone:
                telling.result()
            overload = self._on_all(self.found[best])
            if judge is not None:
                judge(plan)
            told = _as_first(telling.result(), self.found[0].plan)
        if best in self.about:
            told = _corrected(told, self.about[best], staffing)
        rounds, days = [one.told for one in self.found], [phase.days for phase in problem.phases]
        kept = [kept_round(rounds[best], told, overload, days, KEPT)] if overload else []
        return Loop(told, problem, staffing, (*rounds, *kept), best, self.longest_s, program)

    def _on_all(self, tried: _Tried) -> list[NDArray[np.float64]]:
        """Overload by phase of a plan on all replications; nothing where there are none but those of the curves."""
        if not self.draws.rest:
            return []
        played = self.draws.played(tried.plan.applied_to(self.scenario), _phases(tried.made[1]), self.draws.rest)
        return [np.concatenate(pair) for pair in zip(self._simulated(tried.made), map(office_overload_min, played), strict=True)]


@dataclass(frozen=True, slots=True)
class _Thumb:
    """What a rule of thumb would do in the program's place."""

    rule: str
    plan: Plan
    staffing: Staffing


def _beside(
    scenario: Scenario, problem: StaffingProblem, time_limit_s: float, as_is: Mapping[str, PhaseTables] | None, draws: Draws
) -> tuple[_Solved, list[_Thumb]]:
    """Solve the program, and make what rules of thumb would do on cores that it leaves idle."""
    if draws.alone:
        return _solved(problem, time_limit_s), _thumbs(scenario, problem, as_is, draws)
    with ThreadPoolExecutor(1) as pool:
        solved = pool.submit(_solved, problem, time_limit_s)
        thumbs = _thumbs(scenario, problem, as_is, draws)
        return solved.result(), thumbs


def _solved(problem: StaffingProblem, time_limit_s: float, basis: Basis | None = None) -> _Solved:
    """What comes of a program; basis : where the relaxation of one much like it ended."""
    after = replace(basis) if basis is not None else Basis()
    return *solve_by_objective(problem, time_limit_s, after), after


def _thumbs(scenario: Scenario, problem: StaffingProblem, as_is: Mapping[str, PhaseTables] | None, draws: Draws) -> list[_Thumb]:
    """What rules of thumb would do, without those that break a rule."""
    tables = as_is or {one.phase: one for one in draws.played(scenario, _phases(problem), draws.teaching)}
    looks = {phase: seen(one) for phase, one in tables.items()}
    found = []
    for name, rule in RULES.items():
        staffing = rival(problem, rule, looks)
        if not broken_rules(problem, staffing):
            price = cost(problem, staffing)
            plan = plan_of(problem, Outcome("feasible", price, None, None, 0.0), staffing, reasons=False)
            found.append(_Thumb(name, plan, staffing))
    return found


def _phases(problem: StaffingProblem) -> list[str]:
    return [phase.phase for phase in problem.phases]


def _key(plan: Plan) -> tuple[object, ...]:
    return tuple((part.assignments, tuple(one.key for one in part.additions)) for part in plan.phases)


def _played_by(plan: Plan) -> list[Hashable]:
    """By phase, all of a plan that decides how it is played: who is where, who of them has just come, and what is added."""
    added = tuple(one.key for part in plan.phases for one in part.additions)
    return [(part.phase, added, part.assignments, tuple(move.officer for move in part.moves)) for part in plan.phases]


def _as_first(plan: Plan, first: Plan) -> Plan:
    """The plan with the overload as it is that the curves about home told."""
    before = {part.phase: part.as_is_predicted_overload_min_per_day for part in first.phases}
    parts = (replace(part, as_is_predicted_overload_min_per_day=before[part.phase]) for part in plan.phases)
    return replace(plan, phases=tuple(parts))


def _corrected(plan: Plan, problem: StaffingProblem, staffing: Staffing) -> Plan:
    """The plan with the overload that the curves about it tell, in place of those that it was made on."""
    parts = (
        replace(part, predicted_overload_min_per_day=overload_s(phase, chosen) / 60)
        for part, phase, chosen in zip(plan.phases, problem.phases, staffing, strict=True)
    )
    return replace(plan, phases=tuple(parts))


def _tried(number: int, name: str, made: Made, overload: list[NDArray[np.float64]]) -> _Tried:
    """A plan simulated as a whole, with what it is worth. overload : by phase, as `office_overload_min`."""
    plan, problem, staffing = made
    score = _score(problem, staffing, overload)
    told = Round(
        number=number,
        moves=tuple(len(part.moves) for part in plan.phases),
        predicted=tuple(part.predicted_overload_min_per_day for part in plan.phases),
        simulated=tuple(interval(one.sum(axis=1)) for one in overload),
        objective_s=score[1],
        agrees=None,
        rule=name,
    )
    return _Tried(told, made, score)


def kept_round(best: Round, plan: Plan, overload: Sequence[NDArray[np.float64]], days: Sequence[int], rule: str) -> Round:
    """The plan kept as simulated on other replications than in its round, beside what is told of it as predicted.

    overload, days : by phase of the plan, the first as `office_overload_min`; rule : KEPT or JUDGED.
    """
    predicted = tuple(part.predicted_overload_min_per_day for part in plan.phases)
    simulated = tuple(interval(one.sum(axis=1)) for one in overload)
    changes = zip(days, best.simulated, simulated, strict=True)
    return Round(
        number=best.number,
        moves=tuple(len(part.moves) for part in plan.phases),
        predicted=predicted,
        simulated=simulated,
        objective_s=best.objective_s + sum(60 * count * (now.mean - before.mean) for count, before, now in changes),
        agrees=all(found.holds(value) for value, found in zip(predicted, simulated, strict=True)),
        rule=rule,
    )


def _score(problem: StaffingProblem, staffing: Staffing, overload: list[NDArray[np.float64]]) -> Score:
    """What a staffing is worth by its overload simulated, phase after phase."""
    days = sum(60 * phase.days * float(one.sum(axis=1).mean()) for phase, one in zip(problem.phases, overload, strict=True))
    objective = days + (prices(problem, staffing) if problem.objective != "total" else 0)
    worst = max(float(one.mean(axis=0).max()) for one in overload) if problem.objective == "worst" else 0.0
    return worst, objective


def _taken(problem: StaffingProblem, staffing: Staffing) -> dict[str, dict[str, int]]:
    """What the options of a plan take away, by phase and office: curves about the plan are without them, and they may go."""
    found: dict[str, dict[str, int]] = {}
    for phase, chosen in zip(problem.phases, staffing, strict=True):
        here = found.setdefault(phase.phase, {})
        for option in (phase.options[rank] for rank in chosen.options):
            here[option.office] = here.get(option.office, 0) - option.change_s
    return found
