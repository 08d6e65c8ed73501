"""One plan for several futures: the largest regret is made as small as it can be.

The regret of a plan in a future is what it costs there beyond the best plan of that future (Savage 1951). One staffing is
chosen before anybody knows which future comes; crews are the same in each, their costs are not. Among the plans of least
regret the one that is cheapest in the first future is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import pulp
from numpy.typing import NDArray
from scipy.optimize import linprog

from .formulation import Model, PhaseModel, Rows, crew_is_level, formulate, objective, one_level
from .problem import PhaseProblem, Place, StaffingProblem
from .solve import Finish, Outcome, Staffing, broken_rules, cost, judged, run_highs, solve, staffing_of, today

AS_IS, ROBUST = "as_is", "robust"
WHOLE_UP_TO = 2_000  #: pairs of class and office up to which the program of all futures is solved as one
WEIGHT_UNITS = 64  #: weights of futures are whole multiples of one part in so many


@dataclass(frozen=True, slots=True)
class Regret:
    """What one plan costs in one future, person-seconds over all days."""

    plan: str  #: a future's own best plan by its name, or `ROBUST`, or `AS_IS`
    future: str
    cost_s: int
    regret_s: int


@dataclass(frozen=True, slots=True)
class RobustPlan:
    """The staffing of least regret, its proof and the table of regrets."""

    outcome: Outcome  #: of the largest regret
    staffing: Staffing | None
    best: dict[str, tuple[Outcome, Staffing | None]]  #: of each future alone
    regrets: tuple[Regret, ...]


def robust(futures: Mapping[str, StaffingProblem], time_limit_s: float = 60.0) -> RobustPlan:
    """Return the plan whose largest regret over the futures is least.

    futures : problems that differ in their curves alone; the first is the expected one. ValueError when they differ in
    more, or when a future has no plan within the time.
    """
    began = perf_counter()
    names, problems = list(futures), list(futures.values())
    for name, problem in futures.items():
        if [_staff_of(phase) for phase in problem.phases] != [_staff_of(phase) for phase in problems[0].phases]:
            raise ValueError(f"{name} differs from {names[0]} in more than its curves")
    best = {name: solve(problem, time_limit_s) for name, problem in futures.items()}
    lows: dict[str, int] = {}
    for name, (outcome, _) in best.items():
        if outcome.objective is None:
            raise ValueError(f"{name} has no plan: {outcome.status}")
        lows[name] = outcome.objective
    start = perf_counter()
    outcome, staffing = _least_regret(problems, list(lows.values()), time_limit_s)
    outcome = replace(outcome, seconds=perf_counter() - start)
    plans: dict[str, Staffing | None] = {AS_IS: today(problems[0]), **{name: found for name, (_, found) in best.items()}}
    plans[ROBUST] = staffing
    regrets = tuple(
        Regret(plan, future, paid := cost(futures[future], chosen), paid - lows[future])
        for plan, chosen in plans.items()
        if chosen is not None
        for future in names
    )
    return RobustPlan(replace(outcome, seconds=perf_counter() - began), staffing, best, regrets)


def _staff_of(phase: PhaseProblem) -> tuple[object, ...]:
    """All of a phase's problem that one staffing must agree on in every future."""
    return (
        phase.phase, phase.classes, phase.offices, sorted(phase.curves), phase.base, phase.max_moves, phase.mix, phase.days,
        phase.posts, phase.options,
    )  # fmt: skip


def _least_regret(problems: list[StaffingProblem], lows: list[int], time_limit_s: float) -> tuple[Outcome, Staffing | None]:
    """Minimize the largest regret, then the cost in the first future among the plans of that regret.

    A large program is not solved as one: `_by_weights` gives a plan and a proven bound.
    """
    ends = perf_counter() + time_limit_s
    if sum(len(one.targets) for phase in problems[0].phases for one in phase.classes) > WHOLE_UP_TO:
        return _by_weights(problems, lows, ends)
    program, model, largest = regret_program(problems, lows)
    finish = run_highs(program, time_limit_s)
    staffing = _checked(problems[0], model, finish)
    if staffing is None:
        status = finish.status if finish.status not in ("optimal", "feasible") else "error"
        return Outcome(status, None, finish.bound, None, 0.0), None
    worst = max(_regrets(problems, lows, staffing))
    outcome = judged(worst, finish.bound, finish.status == "optimal", 0.0)
    if outcome.status == "error":
        return outcome, None
    program.addConstraint(largest <= worst, "worst")
    program.setObjective(objective(problems[0], model))
    again = _checked(problems[0], model, run_highs(program, max(ends - perf_counter(), 1.0)))
    if (
        again is not None
        and max(_regrets(problems, lows, again)) <= worst
        and cost(problems[0], again) <= cost(problems[0], staffing)
    ):
        staffing = again
    return outcome, staffing


def _by_weights(problems: list[StaffingProblem], lows: list[int], ends: float) -> tuple[Outcome, Staffing | None]:
    """Cutting planes on the weights of the futures (Kelley 1960).

    For weights λ ≥ 0 with sum 1 no plan has a largest regret below min_x Σ_w λ_w regret_w(x), and that minimum is an
    ordinary staffing problem with weighted curves. The weights are raised where the plans found so far do worst.
    """
    weights = np.full(len(problems), WEIGHT_UNITS // len(problems), np.int64)
    found: list[tuple[int, ...]] = []
    best: tuple[int, int, Staffing] | None = None
    bound = 0.0
    tried: set[tuple[int, ...]] = set()
    while tuple(weights) not in tried and (not found or perf_counter() < ends):
        tried.add(tuple(weights))
        joined = _weighted(problems, weights)
        outcome, staffing = solve(joined, max(ends - perf_counter(), 1.0))
        if staffing is None or outcome.bound is None:
            break
        total = int(weights.sum())
        bound = max(bound, (outcome.bound - int(weights @ np.array(lows, np.int64))) / total)
        regrets = _regrets(problems, lows, staffing)
        found.append(regrets)
        key = (max(regrets), cost(problems[0], staffing))
        if best is None or key < best[:2]:
            best = (*key, staffing)
        if best[0] - bound < 1:
            break
        weights = _next_weights(np.array(found, float))
    if best is None:
        return Outcome("no_plan", None, None, None, 0.0), None
    return judged(best[0], bound, best[0] - bound < 1, 0.0), best[2]


def _next_weights(regrets: NDArray[np.float64]) -> NDArray[np.int64]:
    """Weights at which the plans found, (K, W) regrets, have the largest least weighted regret; whole units."""
    plans, futures = regrets.shape
    scale = max(float(np.abs(regrets).max()), 1.0)
    found = linprog(
        c=[0.0] * futures + [-1.0],
        A_ub=np.hstack([-regrets / scale, np.ones((plans, 1))]),
        b_ub=np.zeros(plans),
        A_eq=[[1.0] * futures + [0.0]],
        b_eq=[1.0],
        bounds=[(0.0, 1.0)] * futures + [(None, None)],
    )
    shares = np.array(found.x if found.x is not None else np.ones(futures + 1), float)[:futures]
    units = np.floor(shares * WEIGHT_UNITS + 0.5).astype(np.int64)
    return units if units.sum() > 0 else np.ones(futures, np.int64)


def _weighted(problems: list[StaffingProblem], weights: NDArray[np.int64]) -> StaffingProblem:
    """The problem whose cost is Σ_w weight_w cost_w: weighted curves, and prices times the sum of the weights."""
    total = int(weights.sum())
    phases = []
    for number, phase in enumerate(problems[0].phases):
        curves = {
            place: {
                crew: sum(
                    int(weight) * problem.phases[number].curves[place][crew]
                    for weight, problem in zip(weights, problems, strict=True)
                )
                for crew in levels
            }
            for place, levels in _common_levels(problems, number).items()
        }
        classes = tuple(
            replace(
                one,
                targets=tuple(replace(target, price_s=total * target.price_s) for target in one.targets),
                learning_s=total * one.learning_s,
            )
            for one in phase.classes
        )
        options = tuple(replace(option, change_s=total * option.change_s) for option in phase.options)
        phases.append(
            replace(
                phase,
                curves=curves,
                classes=classes,
                options=options,
                move_price_s=total * phase.move_price_s,
                post_price_s=total * phase.post_price_s,
                counter_price_s=total * phase.counter_price_s,
            )
        )
    return replace(problems[0], phases=tuple(phases))


def _common_levels(problems: list[StaffingProblem], number: int) -> dict[Place, list[int]]:
    """Crew levels that the curves of every future have."""
    return {
        place: sorted(set.intersection(*(set(problem.phases[number].curves[place]) for problem in problems)))
        for place in problems[0].phases[number].curves
    }


def regret_program(problems: list[StaffingProblem], lows: list[int]) -> tuple[pulp.LpProblem, Model, pulp.LpVariable]:
    """Write the program: min t with cost_w(x) − best_w ≤ t for each future w; x is common, levels are each future's own."""
    model = formulate(problems[0])
    program = model.program
    largest = program.add_variable("t", 0)
    models = [model, *(_other(program, problem, model, f"w{rank}") for rank, problem in enumerate(problems[1:], start=1))]
    for rank, (problem, one, low) in enumerate(zip(problems, models, lows, strict=True)):
        program.addConstraint(objective(problem, one) - largest <= low, f"regret_{rank}")
    program.setObjective(pulp.LpAffineExpression([(largest, 1)]))
    return program, model, largest


def _other(program: pulp.LpProblem, problem: StaffingProblem, model: Model, tag: str) -> Model:
    """Variables and rows of the crews' costs in another future."""
    fresh = formulate(problem)
    phases: list[PhaseModel] = []
    for mine, common in zip(fresh.phases, model.phases, strict=True):
        step = {key: program.add_variable(f"{tag}_{one.name}", 0, 1) for key, one in mine.step.items()}
        level = {key: program.add_variable(f"{tag}_{one.name}", 0, 1, pulp.LpInteger) for key, one in mine.level.items()}
        phases.append(replace(common, step=step, level=level))
    other = Model(program, tuple(phases))
    rows: Rows = [*one_level(problem, other), *crew_is_level(problem, other)]
    for name, constraint in rows:
        program.addConstraint(constraint, f"{tag}_{name}")
    return other


def _checked(problem: StaffingProblem, model: Model, finish: Finish) -> Staffing | None:
    if finish.status not in ("optimal", "feasible"):
        return None
    staffing = staffing_of(model)
    return None if staffing is None or broken_rules(problem, staffing) else staffing


def _regrets(problems: list[StaffingProblem], lows: list[int], staffing: Staffing) -> tuple[int, ...]:
    """Regret of a staffing in each future."""
    return tuple(cost(problem, staffing) - low for problem, low in zip(problems, lows, strict=True))
