"""Plans made better one change at a time: what a certificate shows to be worth it is done, then all is swept again.

The program counts officers by desk group; who exactly serves where, with which fields and at what pace, shows in simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scenarios.schema import Scenario
from sim.run import Report

from .certificate import ERROR, Certificate, certify, used
from .narrowing import people_of, staffing_of_plan
from .plan import Move, Plan, named_plan
from .problem import StaffingProblem
from .reasons import Reason, Values
from .sieves import Trial
from .solve import Outcome, Staffing, broken_rules, cost, judged


@dataclass(frozen=True, slots=True)
class Improved:
    """A plan with its certificates, by phase, and the changes that were made to get there."""

    plan: Plan
    planned: Scenario
    staffing: Staffing
    certificates: tuple[Certificate, ...]
    made: tuple[Trial, ...]


def improve(
    as_is: Scenario,
    base: Scenario,
    plan: Plan,
    problem: StaffingProblem,
    rounds: int,
    *,
    program: StaffingProblem | None = None,
    replications: Sequence[int],
    seed: int = 1,
    days: int | None = None,
    zone_min: float | None = None,
    error: float = ERROR,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Improved:
    """Certify a plan; while some phase does not hold, make the changes that are surely better and worth it, and certify again.

    rounds : how often at most; 0 only certifies.

    program : that the bound of the plan is of, the problem when None; base : the scenario that the plan is applied to, with
    what was added by hand; the plan's own additions are in the plan.
    Each sweep has replications of its own, those after the sweep before; the rest as `certify`. A plan that was changed has
    the status "improved", the overload as it is that was predicted before, and says which moves were asked for by a sweep.
    """
    staffing, names = staffing_of_plan(problem, plan)
    planned, made = plan.applied_to(base), list[Trial]()
    numbers = tuple(replications)
    while True:
        certificates = certify(
            as_is, planned, problem, staffing, replications=numbers, seed=seed, days=days, zone_min=zone_min, error=error,
            jobs=jobs, progress=progress,
        )  # fmt: skip
        asked = rounds > 0 and not all(one.holds for one in certificates)
        chosen = _chosen(problem, staffing, names, certificates) if asked else None
        if chosen is None:
            return Improved(plan, planned, staffing, certificates, tuple(made))
        trials, staffing, names = chosen
        made += trials
        changed = named_plan(problem, _outcome(program or problem, staffing, plan.outcome), staffing, names)
        plan = _told(changed, plan, problem, made)
        planned = plan.applied_to(base)
        rounds -= 1
        numbers = tuple(number + used(len(numbers)) for number in numbers)


Names = list[dict[str, str]]


def _chosen(
    problem: StaffingProblem, staffing: Staffing, names: Names, certificates: Sequence[Certificate]
) -> tuple[list[Trial], Staffing, Names] | None:
    """The changes worth making, best first, that touch no office twice and break no rule together; None when there is none."""
    touched: set[tuple[int, str]] = set()
    trials: list[Trial] = []
    worth = [trial for one in certificates for trial in one.simulated if trial.worth_making]
    for trial in sorted(worth, key=lambda trial: (-trial.saves_min, trial.officers)):
        places = {
            (number, office)
            for number, targets in trial.targets
            for officer, target in zip(trial.officers, targets, strict=True)
            for office in (names[number][officer], target)
        }
        if places & touched:
            continue
        then = [dict(where) for where in names]
        for number, targets in trial.targets:
            then[number] |= dict(zip(trial.officers, targets, strict=True))
        after = tuple(
            replace(chosen, people=people_of(phase, where))
            for phase, chosen, where in zip(problem.phases, staffing, then, strict=True)
        )
        if any(not name.startswith("level") for name in broken_rules(problem, after)):
            continue
        touched |= places
        trials.append(trial)
        staffing, names = after, then
    return (trials, staffing, names) if trials else None


def _outcome(problem: StaffingProblem, staffing: Staffing, before: Outcome) -> Outcome:
    """What the program says of a plan that was changed; no objective where its curves do not reach so far."""
    if any(name.startswith("level") for name in broken_rules(problem, staffing)):
        return Outcome("improved", None, before.bound, None, before.seconds)
    found = judged(cost(problem, staffing), before.bound, False, before.seconds)
    return replace(found, status="improved") if found.status == "feasible" else found


def _told(changed: Plan, before: Plan, problem: StaffingProblem, made: Sequence[Trial]) -> Plan:
    """A changed plan with what was predicted without a plan, and with what simulation said of the moves that it asked for."""
    asked = {
        (problem.phases[number].phase, officer, target): trial
        for trial in made
        for number, targets in trial.targets
        for officer, target in zip(trial.officers, targets, strict=True)
    }
    parts = (
        replace(
            part,
            moves=tuple(_as_asked(move, asked.get((move.phase, move.officer, move.target))) for move in part.moves),
            as_is_predicted_overload_min_per_day=earlier.as_is_predicted_overload_min_per_day,
        )
        for part, earlier in zip(changed.phases, before.phases, strict=True)
    )
    return replace(changed, phases=tuple(parts))


def _as_asked(move: Move, trial: Trial | None) -> Move:
    """A move with the change it is part of as its reason; alternatives are left out, as the curves do not see that change."""
    if trial is None:
        return move
    ends = {"saves_min": trial.saves_min, "low_min": trial.lower_min, "high_min": trial.upper_min}
    others = tuple(("other", name) for name in trial.officers if name != move.officer)
    values: Values = (*others, *((name, round(value, 1)) for name, value in ends.items()))
    return replace(move, reason=Reason("R-MOVE-006" if others else "R-MOVE-005", values), alternatives=())
