"""Outcomes told truthfully, and plans as people handle them."""

from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import highspy
import pulp
import pytest
from test_optimizer_scenarios import any_curves

from optimizer import check_plan, highs, optimize, read_plan, staffing_problem, write_plan
from optimizer import solve as solving
from optimizer.solve import Finish, judged, run_highs
from scenarios import ScenarioError, load_scenario
from scenarios.schema import Assignment, Scenario
from scenarios.workdays import phase_blocks
from sim import response_curves


def program(kind: str) -> pulp.LpProblem:
    """A tiny program whose end is known."""
    model = pulp.LpProblem(kind, pulp.LpMinimize)
    x = model.add_variable("x", 0, 100 if kind == "bounded" else None, pulp.LpInteger)
    y = model.add_variable("y", 0, 10, pulp.LpInteger)
    downward = {"unbounded": -1 * x, "empty_and_downward": y - x, "bounded": -1 * x}
    model.setObjective({"optimal": 3 * x + 2 * y, **downward}.get(kind, x + y))
    if kind == "empty_and_downward":
        model.addConstraint(2 * y == 3, "odd")
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


@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("infeasible", "infeasible"),
        ("unbounded", "unbounded"),
        ("empty_and_downward", "infeasible"),
        ("bounded", "optimal"),
        ("optimal", "optimal"),
    ],
)
def test_status_is_that_of_the_program(monkeypatch: pytest.MonkeyPatch, kind: str, status: str, reduced: bool) -> None:
    """Infeasible, unbounded and optimal are told apart, whatever presolve says, also when the kernel is tried first."""
    if reduced:
        monkeypatch.setattr(solving, "KERNEL_FROM", 0)
    assert run_highs(program(kind), 10.0).status == status


STATUS = highspy.HighsModelStatus


class Told:
    """A solver that ends as it is told."""

    def __init__(self, word: highspy.HighsModelStatus, found: bool, bound: float) -> None:
        self.word = word
        self.info = SimpleNamespace(primal_solution_status=2 if found else 0, mip_dual_bound=bound)

    def run(self) -> None:
        pass

    def setOptionValue(self, name: str, value: object) -> None:
        pass

    def getRunTime(self) -> float:
        return 0.0

    def getInfo(self) -> SimpleNamespace:
        return self.info

    def getModelStatus(self) -> highspy.HighsModelStatus:
        return self.word


@pytest.mark.parametrize(
    ("told", "finish"),
    [
        (Told(STATUS.kOptimal, True, 7.0), Finish("optimal", 7.0)),
        (Told(STATUS.kOptimal, False, 7.0), Finish("error", None)),
        (Told(STATUS.kTimeLimit, True, 5.0), Finish("feasible", 5.0)),
        (Told(STATUS.kTimeLimit, True, float("-inf")), Finish("feasible", None)),
        (Told(STATUS.kTimeLimit, False, 5.0), Finish("no_plan", 5.0)),
        (Told(STATUS.kTimeLimit, False, float("-inf")), Finish("no_plan", None)),
        (Told(STATUS.kInfeasible, False, 0.0), Finish("infeasible", None)),
        (Told(STATUS.kUnbounded, True, 0.0), Finish("unbounded", None)),
        (Told(STATUS.kUnboundedOrInfeasible, False, 0.0), Finish("unbounded", None)),
        (Told(STATUS.kSolveError, True, 7.0), Finish("error", None)),
        (Told(STATUS.kUnknown, True, 7.0), Finish("error", None)),
    ],
)
def test_each_end_of_the_solver_has_its_word(told: Told, finish: Finish) -> None:
    """A time limit is never an optimum, an optimum without a solution is an error, and so is whatever else it says."""
    assert highs.run(told, 0.0) == finish  # type: ignore[arg-type]


def test_unbounded_or_infeasible_is_told_apart_without_the_objective(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the solver leaves it open, the same rows without an objective decide; where they cannot, nothing is claimed."""
    run, words = highs.run, [Finish("unbounded", None)]
    monkeypatch.setattr(solving, "run", lambda *given: words.pop() if words else run(*given))
    assert run_highs(program("unbounded"), 10.0) == Finish("unbounded", None)
    words.append(Finish("unbounded", None))
    assert run_highs(program("infeasible"), 10.0) == Finish("infeasible", None)
    words += [Finish("no_plan", None), Finish("unbounded", None)]
    assert run_highs(program("infeasible"), 10.0) == Finish("no_plan", None)


@pytest.mark.parametrize("fault", [RuntimeError("lost"), pulp.PulpSolverError("lost"), ValueError("lost"), MemoryError()])
def test_a_solver_that_fails_is_an_error_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], fault: Exception
) -> None:
    """Whatever it raises, the outcome says that there is no plan, everyone stays, and nothing is printed."""

    def fail(*given: object) -> Finish:
        raise fault

    scenario = load_scenario("tiny")
    monkeypatch.setattr(solving, "run_highs", fail)
    plan = optimize(scenario, {"p1": any_curves(scenario, "p1", 1)})
    assert (plan.outcome.status, plan.outcome.objective, plan.outcome.bound, plan.outcome.gap) == ("error", None, None, None)
    assert plan.applied_to(scenario).assignments == ()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("limit", [0.0, 60.0])
def test_a_limit_without_a_plan_leaves_everyone_at_home(monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    """With no plan found there is no objective, and the plan is to stay."""
    monkeypatch.setattr(solving, "run_highs", lambda *given: Finish("no_plan", 3.0))
    scenario = load_scenario("tiny")
    plan = optimize(scenario, {"p1": any_curves(scenario, "p1", 1)}, time_limit_s=limit)
    assert (plan.outcome.status, plan.outcome.objective, plan.phases[0].moves) == ("no_plan", None, ())


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
    plan = optimize(tiny, {"p1": curves})
    assert plan.outcome.status == "optimal" and plan.outcome.gap == 0.0
    assert {(move.source, move.target) for move in plan.phases[0].moves} == {("pa", "pb")}
    assert check_plan(plan.applied_to(tiny), "p1") == ()
    nothing = optimize(tiny, {"p1": curves}, max_moves=0)
    (part,) = nothing.phases
    days = sum(len(block.measured) for block in phase_blocks(tiny, "p1", None))
    assert part.moves == ()
    assert part.predicted_overload_min_per_day == part.as_is_predicted_overload_min_per_day
    assert nothing.outcome.objective == days * round(60 * part.predicted_overload_min_per_day)


def test_a_plan_survives_the_spreadsheet(tiny: Scenario, tmp_path: Path) -> None:
    """Written, read back, the same assignments; a name that begins like a formula is no formula."""
    hostile = tiny.model_copy(
        update={"officers": tuple(officer.model_copy(update={"name": "=cmd|x"}) for officer in tiny.officers)}
    )
    plan = optimize(hostile, {"p1": response_curves(hostile, "p1")})
    write_plan(plan.phases, hostile, tmp_path / "plan.csv")
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
    (problem,) = staffing_problem(scenario, {"p1": any_curves(scenario, "p1", 1)}).phases
    assert sum(len(one.targets) > 1 for one in problem.classes) > 100
    for one in problem.classes:
        assert {district[target.office] for target in one.targets} == {district[one.home]}
        if one.home == "P":
            assert [target.office for target in one.targets] == ["P"]
