"""The closed loop: plan, simulate the plan as a whole, take the curves about the plan, plan again.

A curve tells what an office would do while citizens keep to the offices they chose in the run it was taken from. A plan
changes waits, and so choices. So each round simulates its plan as a whole, every citizen choosing anew; when prediction and
simulation differ by more than the interval of the simulation, the curves are taken about the plan itself, crews may leave
it by a few officers only, and the program is solved again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scenarios.schema import Scenario
from sim import Curve, Interval, interval, province, response_curves, simulate
from sim.run import Progress, Report

from .plan import Plan, plan_of
from .problem import StaffingProblem, staffing_problem
from .solve import Staffing, prices, solve

OVERLOAD = "overload_min_per_day"
ROUNDS = 4
REGION = 3  #: officers by which a crew may leave that of the round before
Curves = Mapping[str, tuple[Curve, ...]]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the loop; overload in person-minutes a day, by phase."""

    number: int
    moves: tuple[int, ...]
    predicted: tuple[float, ...]
    simulated: tuple[Interval, ...]
    objective_s: float  #: as simulated, with prices, person-seconds over all days
    agrees: bool  #: in every phase the prediction lies within the interval


@dataclass(frozen=True, slots=True)
class Loop:
    """The best plan met, and how the rounds went."""

    plan: Plan
    problem: StaffingProblem
    staffing: Staffing | None
    rounds: tuple[Round, ...]
    best: int  #: place in rounds of the plan


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
    **rules: object,
) -> Loop:
    """Plan and simulate until prediction and simulation agree, at most so many rounds; return the best plan met.

    curves : by phase, about home; replications : by which plans are simulated, none of those of the verdict, those of the
    curves among them; rules : as `optimizer.staffing_problem`. It stops when a round agrees, when a round repeats a plan,
    or when a round is no better than the best before.
    """
    asked, numbers, teaching = sorted(curves), tuple(replications), tuple(curve_replications)
    found: list[tuple[Round, Plan, StaffingProblem, Staffing | None]] = []
    plans: set[tuple[object, ...]] = set()
    best = 0
    for number in range(max(rounds, 1)):
        problem = staffing_problem(scenario, curves, **rules)  # type: ignore[arg-type]
        outcome, staffing = solve(problem, time_limit_s)
        plan = plan_of(problem, outcome, staffing)
        if found:
            plan = _as_first(plan, found[0][1])
        key = tuple((part.assignments, part.additions) for part in plan.phases)
        if staffing is None or key in plans:
            if not found:
                return Loop(plan, problem, staffing, (), 0)
            break
        plans.add(key)
        if rounds == 0:
            return Loop(plan, problem, staffing, (), 0)
        planned = plan.applied_to(scenario)
        simulated = _simulated(planned, [part.phase for part in plan.phases], numbers, days, seed, jobs, progress)
        told = _round(number, plan, problem, staffing, simulated)
        found.append((told, plan, problem, staffing))
        if told.objective_s < found[best][0].objective_s:
            best = number
        if told.agrees or best < number or number + 1 == rounds:
            break
        curves = {
            phase: tuple(
                curve.within(REGION)
                for curve in response_curves(
                    planned, phase, replications=teaching, seed=seed, days=days, jobs=jobs, progress=progress, planned=True
                )
            )
            for phase in asked
        }
    _, plan, problem, staffing = found[best]
    return Loop(plan, problem, staffing, tuple(told for told, *_ in found), best)


def _as_first(plan: Plan, first: Plan) -> Plan:
    """The plan with the overload as it is that the curves about home told."""
    before = {part.phase: part.as_is_predicted_overload_min_per_day for part in first.phases}
    parts = (replace(part, as_is_predicted_overload_min_per_day=before[part.phase]) for part in plan.phases)
    return replace(plan, phases=tuple(parts))


def _simulated(
    planned: Scenario,
    phases: list[str],
    replications: tuple[int, ...],
    days: int | None,
    seed: int,
    jobs: int | None,
    progress: Report | None,
) -> tuple[Interval, ...]:
    """Overload of each phase with its interval; the plan simulated as a whole."""

    def report(step: Progress) -> None:
        if progress is not None:
            progress(Progress("loop", step.done, step.total))

    run = simulate(
        planned, phases, days=days, replications=len(replications), first_replication=min(replications), seed=seed, jobs=jobs,
        progress=report,
    )  # fmt: skip
    return tuple(interval(province(tables, planned)[OVERLOAD].to_numpy()) for tables in run.phases)


def _round(number: int, plan: Plan, problem: StaffingProblem, staffing: Staffing, simulated: tuple[Interval, ...]) -> Round:
    predicted = tuple(part.predicted_overload_min_per_day for part in plan.phases)
    overload = sum(60 * phase.days * found.mean for phase, found in zip(problem.phases, simulated, strict=True))
    return Round(
        number=number + 1,
        moves=tuple(len(part.moves) for part in plan.phases),
        predicted=predicted,
        simulated=simulated,
        objective_s=overload + prices(problem, staffing),
        agrees=all(found.low <= value <= found.high for value, found in zip(predicted, simulated, strict=True)),
    )
