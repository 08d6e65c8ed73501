"""A solver's word is never enough: plans that break a rule, and labels that lie, are found out."""

from dataclasses import replace

import pulp
import pytest
from test_optimizer_people import at_home, hand_problem, price_of, random_problem, starts_well

from optimizer import solve as judge
from optimizer.formulation import formulate
from optimizer.problem import Rules, StaffingProblem
from optimizer.solve import Finish, Staffing, broken_rules, cost, run_highs, solve

PAPER = hand_problem(2)
BEST: Staffing = {(0, "a"): 1, (0, "b"): 2, (1, "b"): 1}  #: of the case on paper, 570 person-seconds


def ruled(office: str, **changes: object) -> StaffingProblem:
    """The case on paper with other rules at an office."""
    return replace(PAPER, offices={**PAPER.offices, office: replace(PAPER.offices[office], **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("problem", "staffing", "named"),
    [
        (PAPER, BEST, ""),
        (PAPER, {(0, "a"): 1, (0, "b"): 1, (1, "b"): 1}, "placed"),
        (PAPER, {(0, "a"): 4, (0, "b"): -1, (1, "b"): 1}, "placed"),
        (PAPER, {**BEST, (1, "a"): 1}, "target"),
        (PAPER, {(0, "b"): 3, (1, "b"): 1}, "level"),
        (ruled("a", minimum_crew=2), BEST, "minimum_crew"),
        (ruled("b", room_pm=2999), BEST, "counters"),
        (ruled("a", holders=(("x", 2),)), BEST, "holders"),
        (replace(PAPER, max_moves=1), BEST, "few_moves"),
        (replace(PAPER, mix={("b", "commune"): (("x", 1), ("y", 1))}), BEST, "mix"),
    ],
)
def test_each_broken_rule_is_named(problem: StaffingProblem, staffing: Staffing, named: str) -> None:
    """Nobody lost or invented, no place that is closed to a class, and each rule of an office."""
    broken = {name.split()[0] for name in broken_rules(problem, staffing)}
    assert (named in broken) if named else not broken


def test_cost_is_that_of_the_second_hand() -> None:
    """The cost of staying is the same by the judge and by the sums of the enumeration."""
    for problem in filter(starts_well, map(random_problem, range(90))):
        today = {(number, one.home): one.size for number, one in enumerate(problem.classes)}
        assert cost(problem, today) == price_of(problem, at_home(problem.classes))


def lying(monkeypatch: pytest.MonkeyPatch, staffing: dict[tuple[int, str], float | None], finish: Finish) -> None:
    """Let the solver leave this staffing and say this."""

    def run(program: pulp.LpProblem, time_limit_s: float) -> Finish:
        model = formulate(PAPER)
        names = {variable.name: staffing.get(key, 0) for key, variable in model.staff.items()}
        for variable in program.variables():
            variable.varValue = names.get(variable.name, 0)
        return finish

    monkeypatch.setattr(judge, "run_highs", run)


@pytest.mark.parametrize(
    ("staffing", "finish", "status", "objective"),
    [
        (BEST, Finish("optimal", 570.0), "optimal", 570),
        (BEST, Finish("optimal", 569.5), "optimal", 570),
        (BEST, Finish("optimal", 560.0), "feasible", 570),
        (BEST, Finish("feasible", 570.0), "feasible", 570),
        (BEST, Finish("feasible", None), "feasible", 570),
        (BEST, Finish("optimal", 571.5), "error", None),
        ({(0, "a"): 3, (1, "b"): 1}, Finish("optimal", 570.0), "feasible", 1000),
        ({(0, "b"): 3, (1, "b"): 1}, Finish("optimal", 570.0), "error", None),
        ({(0, "a"): 1.5, (0, "b"): 1.5, (1, "b"): 1}, Finish("optimal", 570.0), "error", None),
        ({(0, "a"): None, (0, "b"): 3, (1, "b"): 1}, Finish("optimal", 570.0), "error", None),
        (BEST, Finish("error", None), "error", None),
        (BEST, Finish("no_plan", None), "no_plan", None),
        (BEST, Finish("infeasible", None), "infeasible", None),
        (BEST, Finish("unbounded", None), "unbounded", None),
    ],
)
def test_label_is_what_the_numbers_bear_out(
    monkeypatch: pytest.MonkeyPatch,
    staffing: dict[tuple[int, str], float | None],
    finish: Finish,
    status: str,
    objective: int | None,
) -> None:
    """A plan that is worse than its bound is feasible only; one that breaks a rule or is not whole is an error."""
    lying(monkeypatch, staffing, finish)
    outcome, found = solve(PAPER)
    assert outcome.status == status
    assert (found is not None) == (status in ("optimal", "feasible"))
    if objective is not None:
        assert outcome.objective == objective


def test_rules_that_conflict_are_infeasible() -> None:
    """An office that must have more officers than there are leaves no plan, and no objective."""
    outcome, staffing = solve(replace(PAPER, offices={**PAPER.offices, "b": Rules(5, 9000, ())}))
    assert (outcome.status, outcome.objective, outcome.gap, staffing) == ("infeasible", None, None, None)


def split_program() -> pulp.LpProblem:
    """Share 5 × 40 weights evenly: any choice is allowed with its remainders, an even one is far to seek."""
    program = pulp.LpProblem("split", pulp.LpMinimize)
    taken = [program.add_variable(f"b{n}", 0, 1, pulp.LpInteger) for n in range(40)]
    spare = [(program.add_variable(f"o{n}", 0), program.add_variable(f"u{n}", 0)) for n in range(5)]
    program.setObjective(pulp.LpAffineExpression([(one, 1) for pair in spare for one in pair]))
    for row, (over, under) in enumerate(spare):
        weights = [(7919 * (row + 1) * (n + 3) ** 2) % 97 + 1 for n in range(40)]
        left = pulp.LpAffineExpression([*zip(taken, weights, strict=True), (over, -1), (under, 1)])
        program.addConstraint(left == sum(weights) // 2, f"row{row}")
    return program


def test_a_plan_without_proof_when_time_ran_out_is_feasible() -> None:
    """PuLP calls this one optimal; HiGHS has a solution and a bound below it."""
    program = split_program()
    finish = run_highs(program, 0.3)
    assert finish.status == "feasible"
    assert finish.bound is not None and finish.bound < pulp.value(program.objective)
