"""The closed loop: plan, simulate the plan as a whole, take the curves about the plan, plan again.

A curve tells what an office would do while citizens keep to the offices they chose in the run it was taken from. A plan
changes waits, and so choices. So each round simulates its plan as a whole, every citizen choosing anew; when prediction and
simulation differ by more than the interval of the simulation, the curves are taken about the plan itself, crews may leave
it by a few officers only, and the program is solved again. Rules of thumb that might do better than the plan are simulated
beside it, so that the plan is never worse than they are on the loop's own citizens.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import phase_order
from scenarios.schema import Scenario
from sim import Curve, Interval, PhaseTables, interval, simulate
from sim.replay import Replay
from sim.response import recorded
from sim.run import Progress, Report, workers_of

from .about_plan import about_plan
from .fairness import solve_by_objective
from .plan import Plan, plan_of
from .problem import StaffingProblem, staffing_problem, with_curves
from .rivals import RULES, rival, seen
from .solve import Outcome, Staffing, broken_rules, cost, overload_s, prices

OVERLOAD = "overload_min_per_day"
ROUNDS = 4
HOPE = 0.2  #: share of its predicted overload by which a rule of thumb may do better than predicted
TICKS_PER_MIN = 60_000
Curves = Mapping[str, tuple[Curve, ...]]
Score = tuple[float, float]  #: what the objective asks first, then overload of all days with prices, person-seconds
Made = tuple[Plan, StaffingProblem, Staffing]


@dataclass(frozen=True, slots=True)
class Round:
    """One plan simulated; overload in person-minutes a day, by phase."""

    number: int
    moves: tuple[int, ...]
    predicted: tuple[float, ...]
    simulated: tuple[Interval, ...]
    objective_s: float  #: as simulated, with prices, person-seconds over all days
    agrees: bool  #: in every phase the prediction lies within the interval
    rule: str = ""  #: the rule of thumb that made it; empty = the program


@dataclass(frozen=True, slots=True)
class Loop:
    """The best plan met, and how the rounds went."""

    plan: Plan
    problem: StaffingProblem
    staffing: Staffing | None
    rounds: tuple[Round, ...]
    best: int  #: place in rounds of the plan


@dataclass(frozen=True, slots=True)
class _Tried:
    """A plan simulated."""

    told: Round
    plan: Plan
    problem: StaffingProblem
    staffing: Staffing
    score: Score
    taught: Score  #: the same on the replications of the curves alone


@dataclass(frozen=True, slots=True)
class Draws:
    """By what plans are simulated, and curves taken."""

    replications: tuple[int, ...]
    teaching: tuple[int, ...]  #: the first of them
    days: int | None
    seed: int
    jobs: int | None
    progress: Report | None

    def played(self, scenario: Scenario, phases: Iterable[str], numbers: tuple[int, ...]) -> list[PhaseTables]:
        """The tables of a scenario simulated as a whole; none without replications."""

        def report(step: Progress) -> None:
            if self.progress is not None:
                self.progress(Progress("loop", step.done, step.total))

        if not numbers:
            return []
        run = simulate(
            scenario, list(phases), days=self.days, replications=len(numbers), first_replication=min(numbers), seed=self.seed,
            jobs=self.jobs, progress=report,
        )  # fmt: skip
        return list(run.phases)

    def recorded(self, planned: Scenario, phases: Iterable[str]) -> list[Replay]:
        """The scenario recorded as planned, on the replications of the curves."""
        return [recorded(planned, phase, self.teaching, self.seed, self.days, True, self.jobs) for phase in phases]

    @property
    def rest(self) -> tuple[int, ...]:
        """Replications that teach no curve."""
        return self.replications[len(self.teaching) :]


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
    **rules: object,
) -> Loop:
    """Plan and simulate until prediction and simulation agree, at most so many rounds; return the best plan met.

    curves : by phase, about home; replications : by which plans are simulated, none of those of the verdict, the first of
    them those of the curves; as_is : tables of the phases on those of the curves, played when None; rivals : whether rules of
    thumb are tried beside the first plan; rules : as `optimizer.staffing_problem`. It stops when a round agrees, when a
    round repeats a plan, or when a round is no better than the best before.
    """
    draws = Draws(tuple(replications), tuple(curve_replications), days, seed, jobs, progress)
    found: list[_Tried] = []
    thumbs: list[_Thumb] = []
    best = about = 0
    curves = {phase: curves[phase] for phase in phase_order(scenario) if phase in curves}
    problem = staffing_problem(scenario, curves, **rules)  # type: ignore[arg-type]
    for number in range(1, max(rounds, 1) + 1):
        if number == 1 and rivals and rounds:
            (outcome, staffing), thumbs = _beside(scenario, problem, time_limit_s, as_is, draws)
        else:
            outcome, staffing = solve_by_objective(problem, time_limit_s)
        if (staffing is None or rounds == 0) and not found:
            return Loop(plan_of(problem, outcome, staffing), problem, staffing, (), 0)
        if staffing is None:
            break
        plan = plan_of(problem, outcome, staffing, reasons=False)
        if _key(plan) in {_key(one.plan) for one in found}:
            break
        latest = len(found)
        planned, replays = plan.applied_to(scenario), []
        if number == 1 and rounds > 1:  # curves about it are most likely wanted
            replays = draws.recorded(planned, curves)
            taught = [one.tables for one in replays]
        else:
            taught = draws.played(planned, curves, draws.teaching)
        found.append(_tried(scenario, number, "", (plan, problem, staffing), taught, draws))
        if number == 1 and rivals:
            found += _rivals(scenario, problem, thumbs, found[0], draws)
        best = min(range(len(found)), key=lambda place: (found[place].score, place))
        settled = found[latest].told.agrees if best == latest else number > 1
        if settled or number == rounds:
            break
        about, chosen = best, found[best]
        if best != latest or not replays:
            replays = draws.recorded(chosen.plan.applied_to(scenario), curves)
        curves = about_plan(replays, jobs=jobs, progress=progress, without=_taken(chosen.problem, chosen.staffing))
        problem = with_curves(problem, curves) or staffing_problem(scenario, curves, **rules)  # type: ignore[arg-type]
    answer = found[best]
    plan = _as_first(plan_of(answer.problem, answer.plan.outcome, answer.staffing), found[0].plan)
    if about == best and problem is not answer.problem:
        plan = _corrected(plan, problem, answer.staffing)
    return Loop(plan, answer.problem, answer.staffing, tuple(one.told for one in found), best)


@dataclass(frozen=True, slots=True)
class _Thumb:
    """What a rule of thumb would do in the program's place."""

    rule: str
    plan: Plan
    staffing: Staffing
    cost: int  #: by the curves
    taught: list[PhaseTables]  #: on the replications of the curves, once simulated


def _beside(
    scenario: Scenario, problem: StaffingProblem, time_limit_s: float, as_is: Mapping[str, PhaseTables] | None, draws: Draws
) -> tuple[tuple[Outcome, Staffing | None], list[_Thumb]]:
    """Solve the program; on cores that it leaves idle make what rules of thumb would do, and simulate the most promising."""
    if workers_of(draws.jobs) == 1:
        return solve_by_objective(problem, time_limit_s), _thumbs(scenario, problem, as_is, draws)
    with ThreadPoolExecutor(1) as pool:
        solved = pool.submit(solve_by_objective, problem, time_limit_s)
        thumbs = _thumbs(scenario, problem, as_is, draws)
        for one in sorted(thumbs, key=lambda one: one.cost)[:1]:
            one.taught.extend(draws.played(one.plan.applied_to(scenario), _phases(problem), draws.teaching))
        return solved.result(), thumbs


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
            found.append(_Thumb(name, plan, staffing, price, []))
    return found


def _phases(problem: StaffingProblem) -> list[str]:
    return [phase.phase for phase in problem.phases]


def _key(plan: Plan) -> tuple[object, ...]:
    return tuple((part.assignments, tuple(one.key for one in part.additions)) for part in plan.phases)


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


def _tried(scenario: Scenario, number: int, rule: str, made: Made, taught: list[PhaseTables], draws: Draws) -> _Tried:
    """A plan simulated as a whole, with what it is worth.

    taught : its tables on the replications of the curves.
    """
    plan, problem, staffing = made
    planned = plan.applied_to(scenario)
    first = [_overload_min(one) for one in taught]
    more = [_overload_min(one) for one in draws.played(planned, [part.phase for part in plan.phases], draws.rest)]
    overload = [np.concatenate(parts) for parts in zip(first, more, strict=True)] if more else first
    simulated = tuple(interval(one.sum(axis=1)) for one in overload)
    predicted = tuple(part.predicted_overload_min_per_day for part in plan.phases)
    score = _score(problem, staffing, overload)
    told = Round(
        number=number,
        moves=tuple(len(part.moves) for part in plan.phases),
        predicted=predicted,
        simulated=simulated,
        objective_s=score[1],
        agrees=all(found.low <= value <= found.high for value, found in zip(predicted, simulated, strict=True)),
        rule=rule,
    )
    return _Tried(told, plan, problem, staffing, score, _score(problem, staffing, first))


def _overload_min(tables: PhaseTables) -> NDArray[np.float64]:
    """Overload by replication and office, (R, O) person-minutes a day."""
    return tables.column("overload") / TICKS_PER_MIN / tables.days


def _score(problem: StaffingProblem, staffing: Staffing, overload: list[NDArray[np.float64]]) -> Score:
    """What a staffing is worth by its overload simulated, phase after phase."""
    days = sum(60 * phase.days * float(one.sum(axis=1).mean()) for phase, one in zip(problem.phases, overload, strict=True))
    objective = days + (prices(problem, staffing) if problem.objective != "total" else 0)
    worst = max(float(one.mean(axis=0).max()) for one in overload) if problem.objective == "worst" else 0.0
    return worst, objective


def _rivals(scenario: Scenario, problem: StaffingProblem, thumbs: Iterable[_Thumb], first: _Tried, draws: Draws) -> list[_Tried]:
    """Rules of thumb, simulated: those that with a fifth less overload than predicted could be the best, on the replications
    of the curves; those that are the best there, on all."""
    found: list[_Tried] = []
    for one in thumbs:
        pairs = zip(problem.phases, one.staffing, strict=True)
        overload = sum(phase.days * overload_s(phase, chosen) for phase, chosen in pairs)
        price = prices(problem, one.staffing) if problem.objective != "total" else 0
        best = min((first, *found), key=lambda tried: tried.score)
        if problem.objective != "worst" and (1 - HOPE) * overload + price > best.score[1]:
            continue
        if _key(one.plan) in {_key(tried.plan) for tried in (first, *found)}:
            continue
        taught = one.taught or draws.played(one.plan.applied_to(scenario), _phases(problem), draws.teaching)
        if _score(problem, one.staffing, [_overload_min(tables) for tables in taught]) < best.taught:
            found.append(_tried(scenario, 1, one.rule, (one.plan, problem, one.staffing), taught, draws))
    return found


def _taken(problem: StaffingProblem, staffing: Staffing) -> dict[str, dict[str, int]]:
    """What the options of a plan take away, by phase and office: curves about the plan are without them, and they may go."""
    found: dict[str, dict[str, int]] = {}
    for phase, chosen in zip(problem.phases, staffing, strict=True):
        here = found.setdefault(phase.phase, {})
        for option in (phase.options[rank] for rank in chosen.options):
            here[option.office] = here.get(option.office, 0) - option.change_s
    return found
