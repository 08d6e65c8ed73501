"""The closed loop: plan, simulate the plan as a whole, take the curves about the plan, plan again.

A curve tells what an office would do while citizens keep to the offices they chose in the run it was taken from. A plan
changes waits, and so choices. So each round simulates its plan as a whole, every citizen choosing anew; when prediction and
simulation differ by more than the interval of the simulation, the curves are taken about the plan itself, crews may leave
it by a few officers only, and the program is solved again. Rules of thumb that might do better than the plan are simulated
beside it, so that the plan is never worse than they are on the loop's own citizens.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scenarios.schema import Scenario
from sim import Curve, Interval, PhaseTables, interval, offices, province, simulate
from sim.run import Progress, Report

from .about_plan import about_plan
from .fairness import solve_by_objective
from .plan import Plan, plan_of
from .problem import StaffingProblem, staffing_problem
from .rivals import RULES, rival, seen
from .solve import Outcome, Staffing, broken_rules, cost, overload_s, prices

OVERLOAD = "overload_min_per_day"
ROUNDS = 4
HOPE = 0.2  #: share of its predicted overload by which a rule of thumb may do better than predicted
Curves = Mapping[str, tuple[Curve, ...]]
Score = tuple[float, float]  #: what the objective asks first, then overload of all days with prices, person-seconds


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


@dataclass(frozen=True, slots=True)
class Draws:
    """By what plans are simulated, and curves taken."""

    replications: tuple[int, ...]
    teaching: tuple[int, ...]
    days: int | None
    seed: int
    jobs: int | None
    progress: Report | None

    def played(self, scenario: Scenario, phases: Iterable[str], numbers: tuple[int, ...] | None = None) -> list[PhaseTables]:
        """The tables of a scenario simulated as a whole."""

        def report(step: Progress) -> None:
            if self.progress is not None:
                self.progress(Progress("loop", step.done, step.total))

        chosen = numbers or self.replications
        run = simulate(
            scenario, list(phases), days=self.days, replications=len(chosen), first_replication=min(chosen), seed=self.seed,
            jobs=self.jobs, progress=report,
        )  # fmt: skip
        return list(run.phases)


def closed_loop(
    scenario: Scenario,
    curves: Curves,
    *,
    replications: Iterable[int],
    curve_replications: Iterable[int],
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

    curves : by phase, about home; replications : by which plans are simulated, none of those of the verdict, those of the
    curves among them; rivals : whether rules of thumb are tried beside the first plan; rules : as
    `optimizer.staffing_problem`. It stops when a round agrees, when a round repeats a plan, or when a round is no better than
    the best before.
    """
    draws = Draws(tuple(replications), tuple(curve_replications), days, seed, jobs, progress)
    found: list[_Tried] = []
    best = about = 0
    for number in range(1, max(rounds, 1) + 1):
        problem = staffing_problem(scenario, curves, **rules)  # type: ignore[arg-type]
        outcome, staffing = solve_by_objective(problem, time_limit_s)
        if (staffing is None or rounds == 0) and not found:
            return Loop(plan_of(problem, outcome, staffing), problem, staffing, (), 0)
        if staffing is None:
            break
        plan = plan_of(problem, outcome, staffing, reasons=False)
        if _key(plan) in {_key(one.plan) for one in found}:
            break
        latest = len(found)
        found.append(_tried(scenario, number, "", (plan, problem, staffing), draws))
        if number == 1 and rivals:
            found += _rivals(scenario, problem, found[0], draws)
        best = min(range(len(found)), key=lambda place: (found[place].score, place))
        settled = found[latest].told.agrees if best == latest else number > 1
        if settled or number == rounds:
            break
        about, chosen = best, found[best]
        curves = about_plan(
            chosen.plan.applied_to(scenario), sorted(curves), replications=draws.teaching, seed=seed, days=days, jobs=jobs,
            progress=progress, without=_taken(chosen.problem, chosen.staffing),
        )  # fmt: skip
    answer = found[best]
    plan = _as_first(plan_of(answer.problem, answer.plan.outcome, answer.staffing), found[0].plan)
    if about == best and problem is not answer.problem:
        plan = _corrected(plan, problem, answer.staffing)
    return Loop(plan, answer.problem, answer.staffing, tuple(one.told for one in found), best)


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


def _tried(scenario: Scenario, number: int, rule: str, made: tuple[Plan, StaffingProblem, Staffing], draws: Draws) -> _Tried:
    """A plan simulated as a whole, with what it is worth."""
    plan, problem, staffing = made
    planned = plan.applied_to(scenario)
    tables = draws.played(planned, [part.phase for part in plan.phases])
    simulated = tuple(interval(province(one, planned)[OVERLOAD].to_numpy()) for one in tables)
    predicted = tuple(part.predicted_overload_min_per_day for part in plan.phases)
    overload = sum(60 * phase.days * part.mean for phase, part in zip(problem.phases, simulated, strict=True))
    objective = overload + (prices(problem, staffing) if problem.objective != "total" else 0)
    worst = max(float(offices(one, planned).groupby("office")[OVERLOAD].mean().max()) for one in tables)
    told = Round(
        number=number,
        moves=tuple(len(part.moves) for part in plan.phases),
        predicted=predicted,
        simulated=simulated,
        objective_s=objective,
        agrees=all(found.low <= value <= found.high for value, found in zip(predicted, simulated, strict=True)),
        rule=rule,
    )
    return _Tried(told, plan, problem, staffing, (worst if problem.objective == "worst" else 0.0, objective))


def _rivals(scenario: Scenario, problem: StaffingProblem, first: _Tried, draws: Draws) -> list[_Tried]:
    """Rules of thumb, simulated; without those that even with a fifth less overload than predicted would not be the best."""
    phases = [phase.phase for phase in problem.phases]
    as_is = {one.phase: seen(one) for one in draws.played(scenario, phases, draws.teaching)}
    found: list[_Tried] = []
    for name, rule in RULES.items():
        staffing = rival(problem, rule, as_is)
        if broken_rules(problem, staffing):
            continue
        made = plan_of(problem, Outcome("feasible", cost(problem, staffing), None, None, 0.0), staffing, reasons=False)
        overload = sum(phase.days * overload_s(phase, chosen) for phase, chosen in zip(problem.phases, staffing, strict=True))
        price = prices(problem, staffing) if problem.objective != "total" else 0
        best = min(one.score for one in (first, *found))
        if problem.objective != "worst" and (1 - HOPE) * overload + price > best[1]:
            continue
        if _key(made) not in {_key(one.plan) for one in (first, *found)}:
            found.append(_tried(scenario, 1, name, (made, problem, staffing), draws))
    return found


def _taken(problem: StaffingProblem, staffing: Staffing) -> dict[str, dict[str, int]]:
    """What the options of a plan take away, by phase and office: curves about the plan are without them, and they may go."""
    found: dict[str, dict[str, int]] = {}
    for phase, chosen in zip(problem.phases, staffing, strict=True):
        here = found.setdefault(phase.phase, {})
        for option in (phase.options[rank] for rank in chosen.options):
            here[option.office] = here.get(option.office, 0) - option.change_s
    return found
