"""The closed loop: the same however its parts are played, and never weaker than rules of thumb."""

from dataclasses import replace
from functools import cache

import pytest

from optimizer.about_plan import hesitant
from optimizer.fairness import solve_by_objective
from optimizer.loop import KEPT, WITHOUT, Loop, Round, closed_loop
from optimizer.plan import plan_of
from optimizer.problem import Allowance, staffing_problem, with_curves
from optimizer.rivals import RULES, rival, seen
from optimizer.solve import Outcome, broken_rules, cost, prices
from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import Curve, PhaseTables, Replay, province, simulate
from sim.response import curves_of, recorded

TINY = load_scenario("tiny")
PHASES = ("p1", "p2")


@cache
def replays() -> dict[str, Replay]:
    """Tiny as it is, recorded."""
    return {phase: recorded(TINY, phase, (0, 1)) for phase in PHASES}


@cache
def curves() -> dict[str, tuple[Curve, ...]]:
    """About home."""
    return {phase: curves_of(replay) for phase, replay in replays().items()}


def as_is() -> dict[str, PhaseTables]:
    """Tables of the recorded replications."""
    return {phase: replay.tables for phase, replay in replays().items()}


def looped(**how: object) -> Loop:
    """The loop on tiny, which tries plans on two replications and the one kept on three."""
    return closed_loop(TINY, curves(), replications=range(3), curve_replications=range(2), **how)  # type: ignore[arg-type]


def told(loop: Loop) -> tuple[object, ...]:
    """What a loop came to, without the time it took."""
    return tuple(replace(part, next_person=()) for part in loop.plan.phases), loop.rounds, loop.best


def tried(loop: Loop) -> tuple[Round, ...]:
    """Rounds but for that of the plan kept on more replications."""
    return tuple(one for one in loop.rounds if one.rule != KEPT)


def overload(scenario: Scenario, replications: int = 3) -> list[float]:
    """Person-minutes a day by phase, simulated."""
    run = simulate(scenario, PHASES, replications=replications)
    return [float(province(tables, scenario)["overload_min_per_day"].mean()) for tables in run.phases]


@pytest.fixture(scope="module")
def loop() -> Loop:
    return looped(as_is=as_is())


def test_the_loop_is_the_same_on_one_core_and_without_the_tables_of_the_phases_as_they_are(loop: Loop) -> None:
    """What is made beside the program, and what a recording tells already, changes nothing."""
    assert told(looped(jobs=1)) == told(loop)


def test_a_round_tells_what_the_whole_simulation_of_its_plan_gives(loop: Loop) -> None:
    """Recorded or simulated, on the replications of the curves; of the plan kept, on the others, too."""
    planned = loop.plan.applied_to(TINY)
    for one, replications in ((loop.rounds[loop.best], 2), (loop.rounds[-1], 3)):
        assert [part.mean for part in one.simulated] == pytest.approx(overload(planned, replications))


def test_only_of_the_plan_kept_is_it_told_whether_its_prediction_agrees(loop: Loop) -> None:
    """In every phase within the interval over all replications; where there are only those of the curves, nothing is told."""
    *others, kept = loop.rounds
    assert (kept.rule, kept.number, kept.moves) == (KEPT, others[loop.best].number, others[loop.best].moves)
    within = [found.low <= value <= found.high for value, found in zip(kept.predicted, kept.simulated, strict=True)]
    assert kept.agrees == all(within)
    assert {one.agrees for one in others} == {None}
    short = closed_loop(TINY, curves(), replications=range(2), curve_replications=range(2), as_is=as_is())
    assert short.rounds == tried(loop)


def test_the_plan_is_not_weaker_than_any_rule_of_thumb_on_the_replications_of_the_curves(loop: Loop) -> None:
    """Overload of all days with prices."""
    problem = staffing_problem(TINY, curves())
    assert loop.staffing is not None

    def worth(scenario: Scenario, price: int) -> float:
        means = overload(scenario, 2)
        return price + sum(60 * phase.days * mean for phase, mean in zip(problem.phases, means, strict=True))

    plan = worth(loop.plan.applied_to(TINY), prices(loop.problem, loop.staffing))
    for rule in RULES.values():
        staffing = rival(problem, rule, {phase: seen(tables) for phase, tables in as_is().items()})
        assert not broken_rules(problem, staffing)
        made = plan_of(problem, Outcome("feasible", None, None, None, 0.0), staffing, reasons=False)
        assert plan <= worth(made.applied_to(TINY), prices(problem, staffing)) + 1e-6


def test_what_may_be_added_never_makes_the_plan_worse(loop: Loop) -> None:
    """The plan without additions is among those tried; prices of what is added count."""
    for allowance in (Allowance(rented=2), Allowance(posts=1)):
        more = looped(as_is=as_is(), allowance=allowance)
        without = [one for one in more.rounds if one.rule == WITHOUT or one.rule in RULES]
        assert without == [replace(one, rule=one.rule or WITHOUT) for one in tried(loop)]
        assert more.rounds[more.best].objective_s == min(one.objective_s for one in tried(more))
        assert more.rounds[more.best].objective_s <= loop.rounds[loop.best].objective_s
        assert [one.number for one in tried(more)] == sorted(one.number for one in tried(more))


def test_the_loop_ends_at_the_plan_that_is_best_on_curves_about_itself(loop: Loop) -> None:
    """The program that asks every change to be worth it leaves everyone in place; what it costs there is the objective."""
    assert loop.staffing is not None
    outcome, staffing = solve_by_objective(hesitant(loop.problem, loop.staffing))
    assert staffing is not None
    assert [part.people for part in staffing] == [part.people for part in loop.staffing]
    assert (loop.plan.outcome.status, loop.plan.outcome.gap) == ("optimal", 0.0)
    assert loop.plan.outcome.objective == outcome.objective == cost(loop.problem, loop.staffing)


def test_the_bound_of_a_plan_is_of_the_program_told_with_it(loop: Loop) -> None:
    """Whether the loop ended at its end or was cut short: what the plan costs in that program is its objective."""
    for one in (loop, looped(rounds=1), looped(rounds=2)):
        assert one.staffing is not None and one.program is not None
        assert one.plan.outcome.objective == cost(one.program, one.staffing)


def test_fewer_rounds_are_the_first_of_more(loop: Loop) -> None:
    """A limit on rounds ends the loop and changes nothing before; the best plan met is the answer."""
    short = looped(as_is=as_is(), rounds=2)
    assert tried(short) == loop.rounds[: len(tried(short))]
    assert short.rounds[short.best].objective_s == min(one.objective_s for one in tried(short))


def test_the_first_round_is_the_same_when_it_is_the_only_one(loop: Loop) -> None:
    """Recorded for the curves of the next round or simulated at once, rules of thumb beside it."""
    assert tried(looped(as_is=as_is(), rounds=1)) == tuple(one for one in tried(loop) if one.number == 1)


def test_a_problem_on_other_curves_is_the_problem_made_of_them(loop: Loop) -> None:
    """Of the same places; curves of other places make none."""
    planned = loop.plan.applied_to(TINY)
    near = {phase: curves_of(recorded(planned, phase, (0,), planned=True), (-1, 1)) for phase in PHASES}
    assert with_curves(staffing_problem(TINY, curves()), near) == staffing_problem(TINY, near)
    assert with_curves(staffing_problem(TINY, curves()), near | {"p1": near["p1"][1:]}) is None
