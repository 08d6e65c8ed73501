"""What the plan saves against what a planner might do by a rule of thumb, simulated on citizens that nobody planned with.

python -m benchmarks.staffing [SCENARIO] [--phases p1 …] [--replications N] [--first N] [--days N] [--rows …] [--rounds N]

Curves, rules of thumb and plan see replications 0–4; the table is of those from --first on (5 unless said), the same for
every row. Overload in person-minutes a day of the whole province, with Student t intervals; differences from as is are paired by
replication.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter

import numpy as np

from app.replications import CURVE_REPLICATIONS, LOOP_REPLICATIONS, PLAN_REPLICATIONS
from optimizer.loop import closed_loop
from optimizer.overload import simulated_min
from optimizer.plan import plan_of
from optimizer.problem import Allowance, Objective, StaffingProblem, staffing_problem
from optimizer.rivals import RULES, Rule, Seen, rival, seen
from optimizer.roster.hours import place_counter_hours
from optimizer.roster.load import Chance
from optimizer.solve import Outcome, Staffing, comers, cost, overload_s, solve, today
from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import Curve, Interval, interval, paired, response_curves, simulate

RENTED = 20  #: counters, in the row with rented counters
NOTHING = Allowance()  #: added beside moves


@dataclass(frozen=True)
class Case:
    """A scenario and what may be learned of it before the verdict."""

    scenario: Scenario
    phases: tuple[str, ...]
    days: int | None
    rounds: int
    max_moves: int | None
    seed: int = 1
    moves: dict[str, tuple[int, ...]] = field(default_factory=dict)  #: made by each row, by phase

    @cached_property
    def curves(self) -> dict[str, tuple[Curve, ...]]:
        numbers = range(CURVE_REPLICATIONS)
        return {
            phase: response_curves(self.scenario, phase, replications=numbers, seed=self.seed, days=self.days)
            for phase in self.phases
        }

    @cached_property
    def problem(self) -> StaffingProblem:
        return staffing_problem(self.scenario, self.curves, max_moves=self.max_moves)

    @cached_property
    def offices(self) -> Mapping[str, Mapping[str, Seen]]:
        run = simulate(self.scenario, self.phases, days=self.days, replications=PLAN_REPLICATIONS, seed=self.seed)
        return {tables.phase: seen(tables) for tables in run.phases}

    @cached_property
    def planned(self) -> Scenario:
        """As planned, with moves alone."""
        return self.plan("plan")

    def plan(self, row: str, allowance: Allowance = NOTHING, objective: Objective = "weighted") -> Scenario:
        """The scenario by the program in the closed loop."""
        loop = closed_loop(
            self.scenario,
            self.curves,
            replications=range(LOOP_REPLICATIONS),
            curve_replications=range(CURVE_REPLICATIONS),
            rounds=self.rounds,
            days=self.days,
            seed=self.seed,
            max_moves=self.max_moves,
            allowance=allowance,
            objective=objective,
        )
        self.moves[row] = tuple(len(part.moves) for part in loop.plan.phases)
        return loop.plan.applied_to(self.scenario)

    def staffed(self, row: str, staffing: Staffing) -> Scenario:
        """The scenario by a staffing of the program's problem."""
        outcome = Outcome("feasible", cost(self.problem, staffing), None, None, 0.0)
        self.moves[row] = tuple(
            sum(comers(self.problem, staffing, number).values()) for number in range(len(self.problem.phases))
        )
        return plan_of(self.problem, outcome, staffing).applied_to(self.scenario)

    def with_counter_hours(self) -> Scenario:
        """As planned, with counter hours placed within day and week."""
        found, chance = self.planned, Chance(seed=self.seed, days=self.days)
        for phase in self.phases:
            found = place_counter_hours(found, phase, chance=chance).applied_to(found)
        self.moves["plan_and_hours"] = self.moves["plan"]
        return found


def by_rule(row: str, rule: Rule) -> Callable[[Case], Scenario]:
    """A row of a rule of thumb."""
    return lambda case: case.staffed(row, rival(case.problem, rule, case.offices))


#: name → how the province is staffed; a row more is a line more
ROWS: dict[str, Callable[[Case], Scenario]] = {
    "as_is": lambda case: case.scenario,
    **{name: by_rule(name, rule) for name, rule in RULES.items()},
    "plan": lambda case: case.planned,
    "plan_without_prices": lambda case: case.plan("plan_without_prices", objective="total"),
    "plan_and_hours": Case.with_counter_hours,
    "plan_and_counters": lambda case: case.plan("plan_and_counters", Allowance(rented=RENTED)),
}
USUAL = ("as_is", *RULES, "plan", "plan_without_prices")


def simulated(case: Case, scenario: Scenario, replications: range) -> dict[str, np.ndarray]:
    """Overload of the province by replication, for each phase; on replications that nothing was learned from."""
    return simulated_min(scenario, case.phases, replications, days=case.days, seed=case.seed)


@dataclass(frozen=True)
class Bound:
    """What any plan of a phase alone can do to overload by the curves, prices aside; person-minutes a day."""

    as_is: float
    found: float
    proven: float  #: no plan under the rules comes below it

    @property
    def fall(self) -> float:
        """Largest share by which overload can fall."""
        return 1 - self.proven / self.as_is


def phase_bound(case: Case, phase: str, max_moves: int | None = None) -> Bound:
    """Solve a phase alone for overload only; max_moves : no limit when None."""
    alone = staffing_problem(case.scenario, {phase: case.curves[phase]}, max_moves=max_moves)
    if max_moves is None:
        everyone = sum(one.size for one in alone.phases[0].classes)
        alone = staffing_problem(case.scenario, {phase: case.curves[phase]}, max_moves=everyone)
    outcome, _ = solve(replace(alone, objective="total"))
    whole_days, nan = 60 * alone.phases[0].days, float("nan")
    as_is = overload_s(alone.phases[0], today(alone)[0]) / 60
    return Bound(as_is, (outcome.objective or nan) / whole_days, (outcome.bound or nan) / whole_days)


def bounds_text(case: Case, phase: str) -> str:
    """What is proven of a phase, with and without the cap on moves."""
    cap = case.scenario.phase(phase).max_moves if case.max_moves is None else case.max_moves
    free, capped = phase_bound(case, phase), phase_bound(case, phase, cap)
    return (
        f"{phase} by the curves: {free.as_is:,.0f} as is; proven that no plan under the rules comes below {free.proven:,.0f}"
        f" (−{100 * free.fall:.1f} %), and none with {cap} moves below {capped.proven:,.0f} (−{100 * capped.fall:.1f} %)"
    )


def text(found: Interval) -> str:
    return f"{found.mean:,.0f} ({found.low:,.0f} … {found.high:,.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="binh-duong")
    parser.add_argument("--phases", nargs="+")
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--first", type=int, default=PLAN_REPLICATIONS, help="number of the first replication that judges")
    parser.add_argument("--days", type=int)
    parser.add_argument("--max-moves", type=int)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(USUAL))
    asked = parser.parse_args()
    if asked.first < PLAN_REPLICATIONS:
        parser.error(f"--first must be at least {PLAN_REPLICATIONS}: the plan has seen those before it")
    judges = range(asked.first, asked.first + asked.replications)
    scenario = load_scenario(asked.scenario)
    phases = tuple(asked.phases or (phase.id for phase in scenario.phases))
    case = Case(scenario, phases, asked.days, asked.rounds, asked.max_moves)
    found: dict[str, dict[str, np.ndarray]] = {}
    seconds: dict[str, float] = {}
    for row in ["as_is", *(row for row in asked.rows if row != "as_is")]:
        began = perf_counter()
        staffed = ROWS[row](case)
        seconds[row] = perf_counter() - began
        found[row] = simulated(case, staffed, judges)
        told = ", ".join(f"{phase} {text(interval(values))}" for phase, values in found[row].items())
        print(f"{row}: {told}; {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    days = "all days" if asked.days is None else f"{asked.days} days a phase"
    numbers = f"replications {judges.start}–{judges.stop - 1}"
    print(f"{scenario.id}, {days}, {numbers}, overload in person-minutes a day (95 % interval)\n")
    for number, phase in enumerate(phases):
        print(f"| {phase} | moves | overload | against as is | share | plan against it | planned in s |\n|{' --- |' * 7}")
        before = found["as_is"][phase]
        for row, values in found.items():
            moves = case.moves[row][number] if row in case.moves else 0
            saved = paired(before, values[phase])
            share = f"{100 * saved.mean / before.mean():+.1f} %" if before.mean() else "–"
            by_plan = text(paired(values[phase], found["plan"][phase])) if "plan" in found else "–"
            overload = text(interval(values[phase]))
            print(f"| {row} | {moves} | {overload} | {text(saved)} | {share} | {by_plan} | {seconds[row]:.0f} |")
        if "plan" in found:
            beaten = [
                row for row, values in found.items() if row in RULES and paired(values[phase], found["plan"][phase]).low > 0
            ]
            print(f"\nRules of thumb that are better than the plan in {phase}: {', '.join(beaten) or 'none'}")
        print()
    for phase in phases:
        print(bounds_text(case, phase))


if __name__ == "__main__":
    main()
