"""The verb `robust`: one plan for several futures, with the table of regrets, predicted and simulated."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table
from rich.text import Text

from app.output import interval_json, known
from app.plan_output import moves_table, reasons_of
from app.planning import at_home
from app.remembered import remembered_json, say_remembered
from app.replications import CURVE_REPLICATIONS
from app.speaker import FINDING, GOOD, Json, Speaker
from optimizer import Plan, write_plan
from optimizer.overload import simulated_min
from optimizer.plan import plan_of
from optimizer.plan_files import PLAN_FILE
from optimizer.problem import StaffingProblem, staffing_problem
from optimizer.robust import AS_IS, ROBUST, RobustPlan, robust
from optimizer.solve import Outcome
from results.exports import Cell, csv_text
from results.files import write_text
from results.memory import Memory
from results.wording import number
from scenarios.schema import Scenario
from sim import Interval, interval
from sim.run import Report

EXPECTED = "expected"
REGRETS_FILE = "regrets.csv"


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan of least regret with what it is worth; simulated overload in person-minutes a day over all phases."""

    futures: dict[str, Scenario]
    found: RobustPlan
    plans: dict[str, Plan]
    simulated: dict[tuple[str, str], Interval]  #: (plan, future)


def robust_phases(
    speaker: Speaker,
    futures: dict[str, Scenario],
    phases: Sequence[str],
    *,
    max_moves: int | None,
    days: int | None,
    replications: int,
    seed: int,
    time_limit_s: float,
    jobs: int | None,
    out: Path | None,
    memory: Memory,
) -> int:
    """Find the plan of least regret, say what it is worth in each future, and return the exit code."""
    with speaker.progress() as report:
        problems = {
            name: _problem(one, phases, max_moves=max_moves, days=days, seed=seed, jobs=jobs, report=report, memory=memory)
            for name, one in futures.items()
        }
        found = robust(problems, time_limit_s)
        first = problems[EXPECTED]
        plans = {name: plan_of(first, outcome, staffing) for name, (outcome, staffing) in found.best.items()}
        plans[ROBUST] = plan_of(first, found.outcome, found.staffing)
        asked = {AS_IS: Plan(Outcome("optimal", None, None, None, 0.0), ()), **plans}
        simulated = {
            (plan, name): _overload(made.applied_to(one), phases, days, replications, seed, jobs, report)
            for plan, made in asked.items()
            for name, one in futures.items()
        }
    say_remembered(speaker, memory)
    tried = Tried(futures, found, plans, simulated)
    if out is not None:
        write_text(out / REGRETS_FILE, regrets_csv(tried))
        chosen = plans[ROBUST].phases
        write_plan(chosen, futures[EXPECTED], out / PLAN_FILE, reasons_of(chosen, futures[EXPECTED], speaker.lang))
    if speaker.json:
        speaker.put({"scenario": futures[EXPECTED].id, **robust_json(tried), **remembered_json(memory)})
    else:
        _say(speaker, tried)
        if out is not None:
            speaker.line("cli.written", path=str(out))
    return GOOD if found.staffing is not None else FINDING


def _problem(
    scenario: Scenario,
    phases: Sequence[str],
    *,
    max_moves: int | None,
    days: int | None,
    seed: int,
    jobs: int | None,
    report: Report,
    memory: Memory,
) -> StaffingProblem:
    home = at_home(scenario, phases, days=days, seed=seed, jobs=jobs, progress=report, memory=memory)
    return staffing_problem(scenario, home.curves, max_moves=max_moves)


def _overload(
    scenario: Scenario, phases: Sequence[str], days: int | None, replications: int, seed: int, jobs: int | None, report: Report
) -> Interval:
    """Overload summed over the phases, on replications that no curve saw."""
    numbers = range(CURVE_REPLICATIONS, CURVE_REPLICATIONS + replications)
    played = simulated_min(scenario, phases, numbers, days=days, seed=seed, jobs=jobs, progress=report)
    return interval(np.sum(list(played.values()), axis=0))


def robust_json(tried: Tried) -> Json:
    """The table of regrets and the plan as JSON; costs in person-seconds over all days."""
    outcome = tried.found.outcome
    return {
        "status": outcome.status,
        "largest_regret": outcome.objective,
        "bound": None if outcome.bound is None else known(outcome.bound),
        "gap": None if outcome.gap is None else known(outcome.gap),
        "seconds": outcome.seconds,
        "moves": [len(part.moves) for part in tried.plans[ROBUST].phases],
        "regrets": [
            {
                "plan": one.plan,
                "future": one.future,
                "cost": one.cost_s,
                "regret": one.regret_s,
                "simulated_overload_min_per_day": interval_json(tried.simulated[one.plan, one.future]),
            }
            for one in tried.found.regrets
        ],
    }


def regrets_csv(tried: Tried) -> str:
    """The table of regrets, a row for each plan and future."""
    names = ["plan", "future", "cost_s", "regret_s", "overload_min_per_day", "low", "high"]
    rows: list[list[Cell]] = []
    for one in tried.found.regrets:
        played = tried.simulated[one.plan, one.future]
        rows.append([one.plan, one.future, one.cost_s, one.regret_s, played.mean, played.low, played.high])
    return csv_text(names, rows)


def _say(speaker: Speaker, tried: Tried) -> None:
    outcome = tried.found.outcome
    speaker.line(
        "robust.head",
        status=speaker.say(f"plan_status.{outcome.status}"),
        regret=(outcome.objective or 0) / 3600,
        bound=max(outcome.bound or 0.0, 0.0) / 3600,
    )
    speaker.table(_table(speaker, tried, "regret"))
    speaker.table(_table(speaker, tried, "simulated"))
    for part in tried.plans[ROBUST].phases:
        if part.moves:
            speaker.table(moves_table(part, tried.futures[EXPECTED], speaker.lang))


def _table(speaker: Speaker, tried: Tried, what: str) -> Table:
    """Plans down, futures across; regrets in person-hours, or the overload simulated."""
    names = {AS_IS: "state.as_is", ROBUST: "robust.robust", EXPECTED: "robust.expected"}

    def shown(name: str) -> str:
        return speaker.say(names[name]) if name in names else name

    table = Table(title=Text(speaker.say(f"robust.{what}")), title_justify="left")
    table.add_column(Text(speaker.say("robust.plan")))
    for future in tried.futures:
        table.add_column(Text(shown(future)), justify="right")
    regrets = {(one.plan, one.future): one.regret_s for one in tried.found.regrets}
    for plan in dict.fromkeys(one.plan for one in tried.found.regrets):
        cells = [
            number(regrets[plan, future] / 3600, speaker.lang, 0)
            if what == "regret"
            else number(tried.simulated[plan, future].mean, speaker.lang, 0)
            for future in tried.futures
        ]
        table.add_row(Text(shown(plan)), *map(Text, cells))
    return table
