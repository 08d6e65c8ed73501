"""Moves against overload: the best plan for each cap on changes of office, on the same curves and then on the same citizens.

Each plan is the optimum of the same program with another cap, so that with prices aside none with as few moves is better by
the curves; what they are worth is simulated, every citizen choosing anew, on replications that no curve saw.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from sim import Curve, Interval, interval, paired
from sim.run import Progress, Report

from .fairness import solve_by_objective
from .overload import simulated_min
from .plan import Plan, plan_of
from .problem import StaffingProblem, staffing_problem
from .solve import Outcome

SHARES = (0, 1 / 12, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 1)  #: of the phases' own cap, when no caps are asked for


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan to choose among others; overload in person-minutes a day, by phase and over the days of all phases."""

    max_moves: int | None  #: cap of a phase; None for the plan that others are held against
    moves: tuple[int, ...]
    outcome: Outcome
    predicted: tuple[float, ...]
    simulated: tuple[Interval, ...]  #: empty when nothing was simulated
    overload: Interval  #: of all phases, by the program alone when nothing was simulated
    change: Interval  #: against the first choice, paired by replication


def trade_off(
    scenario: Scenario,
    curves: Mapping[str, Sequence[Curve]],
    *,
    caps: Iterable[int] | None = None,
    plan: Plan | None = None,
    replications: Iterable[int] = (),
    days: int | None = None,
    seed: int = 1,
    time_limit_s: float = 60.0,
    jobs: int | None = None,
    progress: Report | None = None,
    **rules: Any,
) -> tuple[Choice, ...]:
    """Return the plans for some caps on changes of office a phase, fewest first, and last the plan given.

    caps : a ladder up to the phases' own cap when None; replications : consecutive numbers that no curve saw, none = the
    program alone; rules : as `staffing_problem`.
    """
    problem = staffing_problem(scenario, curves, **rules)
    asked = sorted(set(caps)) if caps is not None else ladder(problem)
    plans: list[tuple[int | None, Plan]] = []
    for done, cap in enumerate(asked, start=1):
        plans.append((cap, _planned(problem, cap, time_limit_s)))
        if progress is not None:
            progress(Progress("trade_off", done, len(asked)))
    if plan is not None:
        plans.append((None, plan))
    numbers, weights = tuple(replications), np.array([phase.days for phase in problem.phases], float)
    played = [
        _simulated(one, scenario, numbers, days=days, seed=seed, jobs=jobs, progress=progress) if numbers else None
        for _, one in plans
    ]
    found = [_choice(cap, one, values, weights) for (cap, one), values in zip(plans, played, strict=True)]
    if not numbers:
        return tuple(found)
    whole = [_over_all_days(values, weights) for values in played if values is not None]
    return tuple(replace(one, change=paired(whole[0], values)) for one, values in zip(found, whole, strict=True))


def ladder(problem: StaffingProblem) -> list[int]:
    """Caps from none to the phases' own."""
    most = max((phase.max_moves for phase in problem.phases), default=0)
    return sorted({round(share * most) for share in SHARES})


def _planned(problem: StaffingProblem, cap: int, time_limit_s: float) -> Plan:
    """The best plan with at most so many changes of office a phase; nobody moves where none was found."""
    capped = replace(problem, phases=tuple(replace(phase, max_moves=cap) for phase in problem.phases))
    outcome, staffing = solve_by_objective(capped, time_limit_s)
    return plan_of(capped, outcome, staffing, reasons=False)


def _simulated(
    plan: Plan,
    scenario: Scenario,
    numbers: tuple[int, ...],
    *,
    days: int | None,
    seed: int,
    jobs: int | None,
    progress: Report | None,
) -> NDArray[np.float64]:
    """Overload of each phase by replication, (P, R)."""
    planned, phases = plan.applied_to(scenario), [part.phase for part in plan.phases]
    found = simulated_min(planned, phases, numbers, days=days, seed=seed, jobs=jobs, progress=progress)
    return np.array([found[phase] for phase in phases])


def _choice(cap: int | None, plan: Plan, played: NDArray[np.float64] | None, weights: NDArray[np.float64]) -> Choice:
    """What is told of a plan; the change is filled in when all are played."""
    predicted = tuple(part.predicted_overload_min_per_day for part in plan.phases)
    alone = _over_all_days(np.array(predicted)[:, None], weights)
    return Choice(
        max_moves=cap,
        moves=tuple(len(part.moves) for part in plan.phases),
        outcome=plan.outcome,
        predicted=predicted,
        simulated=() if played is None else tuple(interval(values) for values in played),
        overload=interval(alone if played is None else _over_all_days(played, weights)),
        change=interval(np.array([np.nan])),
    )


def _over_all_days(by_phase: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the days of all phases, by replication; by_phase : (P, R)."""
    return np.asarray(weights @ by_phase / weights.sum())
