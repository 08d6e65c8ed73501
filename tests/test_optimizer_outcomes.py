"""Outcomes told truthfully, and plans as people handle them."""

from importlib.metadata import version
from pathlib import Path

import pulp
import pytest
from test_optimizer_scenarios import any_curves

from optimizer import check_plan, optimize, read_plan, staffing_problem, write_plan
from optimizer.solve import judged, run_highs
from scenarios import ScenarioError, load_scenario
from scenarios.schema import Assignment, Scenario
from sim import response_curves


def program(kind: str) -> pulp.LpProblem:
    """A tiny program whose end is known."""
    model = pulp.LpProblem(kind, pulp.LpMinimize)
    x = model.add_variable("x", 0, None, pulp.LpInteger)
    y = model.add_variable("y", 0, 10, pulp.LpInteger)
    model.setObjective({"unbounded": -1 * x, "optimal": 3 * x + 2 * y}.get(kind, x + y))
    if kind == "infeasible":
        model.addConstraint(x + y <= 1, "low")
        model.addConstraint(x + y >= 2, "high")
    if kind == "optimal":
        model.addConstraint(2 * x + y >= 5, "need")
    return model


def hard_program() -> pulp.LpProblem:
    """A covering program of many rows that presolve alone does not finish."""
    model = pulp.LpProblem("hard", pulp.LpMinimize)
    bits = [model.add_variable(f"b{n}", 0, 1, pulp.LpInteger) for n in range(80)]
    model.setObjective(pulp.LpAffineExpression([(bit, 50 + (n * 37) % 23) for n, bit in enumerate(bits)]))
    for row in range(30):
        weights = [(7919 * (row + 1) * (n + 3)) % 97 + 1 for n in range(80)]
        cover = pulp.LpAffineExpression(list(zip(bits, weights, strict=True)))
        model.addConstraint(cover >= sum(weights) // 2, f"row{row}")
    return model


@pytest.mark.parametrize("kind", ["infeasible", "unbounded", "optimal"])
def test_status_is_that_of_the_program(kind: str) -> None:
    """Infeasible, unbounded and optimal are told apart, whatever presolve says."""
    assert run_highs(program(kind), 10.0).status == kind


def test_time_that_ran_out_is_never_called_optimal() -> None:
    """With no time there is no proof."""
    assert run_highs(hard_program(), 0.0).status in ("no_plan", "feasible")


@pytest.mark.parametrize(
    ("objective", "bound", "claimed", "status"),
    [
        (100, 100.0, True, "optimal"),
        (100, 99.2, True, "optimal"),
        (100, 98.9, True, "feasible"),
        (100, 100.0, False, "feasible"),
        (100, None, True, "feasible"),
        (100, float("-inf"), True, "feasible"),
        (100, 101.5, True, "error"),
    ],
)
def test_a_plan_is_optimal_only_with_its_proof(objective: int, bound: float | None, claimed: bool, status: str) -> None:
    """The bound rounded up to whole person-seconds must be the objective; a bound above it is a contradiction."""
    assert judged(objective, bound, claimed, 0.1).status == status


def test_versions_of_highs_with_known_faults_are_not_installed() -> None:
    """1.14.0 returns wrong optima; 1.16 prints on stdout."""
    assert version("highspy").split(".")[:2] == ["1", "15"]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """Solving is silent, so that one JSON object can have stdout for itself."""
    run_highs(program("optimal"), 10.0)
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_scenario("tiny")


def test_tiny_moves_the_officer_too_many(tiny: Scenario) -> None:
    """From `pa`, nearly idle, to `pb`, as the paper says; proven, allowed, and the do-nothing plan has no moves."""
    curves = response_curves(tiny, "p1")
    plan = optimize(tiny, "p1", curves)
    assert plan.outcome.status == "optimal" and plan.outcome.gap == 0.0
    assert {(move.source, move.target) for move in plan.moves} == {("pa", "pb")}
    assert check_plan(plan.applied_to(tiny), "p1") == ()
    nothing = optimize(tiny, "p1", curves, max_moves=0)
    assert nothing.moves == ()
    assert nothing.predicted_overload_min_per_day == nothing.as_is_predicted_overload_min_per_day
    assert nothing.outcome.objective == round(60 * nothing.predicted_overload_min_per_day)


def test_a_plan_survives_the_spreadsheet(tiny: Scenario, tmp_path: Path) -> None:
    """Written, read back, the same assignments; a name that begins like a formula is no formula."""
    hostile = tiny.model_copy(
        update={"officers": tuple(officer.model_copy(update={"name": "=cmd|x"}) for officer in tiny.officers)}
    )
    plan = optimize(hostile, "p1", response_curves(hostile, "p1"))
    write_plan([plan], hostile, tmp_path / "plan.csv")
    assert "'=cmd" in (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
    assert read_plan(tmp_path / "plan.csv", hostile) == plan.applied_to(hostile).assignments


GOOD = "phase,officer,to\np1,pa-2,pb\n"


@pytest.mark.parametrize(
    ("text", "row", "column", "code"),
    [
        (b"", 1, "", "E-PLN-005"),
        (b"\xff\xfe\x00", 0, "", "E-PLN-002"),
        (b"phase,officer\np1,pa-2\n", 1, "to", "E-PLN-005"),
        (b"phase,oficer,to\np1,pa-2,pb\n", 1, "officer", "E-PLN-005"),
        (b"phase,officer,to\np7,pa-2,pb\n", 2, "phase", "E-PLN-003"),
        (b"phase,officer,to\np1,pa-9,pb\n", 2, "officer", "E-PLN-003"),
        (b"phase,officer,to\np1,pa-2,px\n", 2, "to", "E-PLN-003"),
        (b"phase,officer,to\np1,pa-2,pb\np1,pa-2,br\n", 3, "officer", "E-PLN-004"),
        (b"phase,officer,to\np1,pa-2\n", 2, "", "E-PLN-006"),
        (b"phase,officer,to\np1,pa-2,pb,what\n", 2, "", "E-PLN-006"),
        (b'phase,officer,to\n"p1,pa-2,pb\n', 0, "", "E-PLN-002"),
        (b"phase,officer,to,to\np1,pa-2,pb,br\n", 1, "to", "E-PLN-007"),
    ],
)
def test_broken_plans_are_told_with_their_place(
    tiny: Scenario, tmp_path: Path, text: bytes, row: int, column: str, code: str
) -> None:
    """Twelve kinds of fault, each with row, column and code."""
    path = tmp_path / "plan.csv"
    path.write_bytes(text)
    with pytest.raises(ScenarioError) as caught:
        read_plan(path, tiny)
    assert (row, column, code) in {(problem.row, problem.column, problem.code) for problem in caught.value.problems}


def test_missing_plan_is_told(tiny: Scenario, tmp_path: Path) -> None:
    """No file, one problem."""
    with pytest.raises(ScenarioError, match="E-PLN-001"):
        read_plan(tmp_path / "none.csv", tiny)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace(",", ";"),
        GOOD + "\n,,\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("to\n", "to,note\n").replace("pb\n", "pb,a\u2028b\x0bc\n"),
    ],
)
def test_benign_forms_of_a_plan_are_read(tiny: Scenario, tmp_path: Path, text: str) -> None:
    """Marks, semicolons, blank rows and line ends of a spreadsheet do not matter."""
    (tmp_path / "plan.csv").write_bytes(text.encode())
    assert read_plan(tmp_path / "plan.csv", tiny) == (Assignment(phase="p1", officer="pa-2", office="pb"),)


def test_walls_keep_officers_in_their_district() -> None:
    """In phase 1 of Binh Duong no allowed move leaves the district, and the center's officers stay."""
    scenario = load_scenario("binh-duong")
    district = {office.id: office.district for office in scenario.offices}
    problem = staffing_problem(scenario, "p1", any_curves(scenario, "p1", 1))
    assert sum(len(one.targets) > 1 for one in problem.classes) > 100
    for one in problem.classes:
        assert {district[target.office] for target in one.targets} == {district[one.home]}
        if one.home == "P":
            assert [target.office for target in one.targets] == ["P"]
