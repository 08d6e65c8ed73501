"""The program as arrays against the program as PuLP has it, and the reduced-cost kernel against branch and bound."""

import re
from dataclasses import replace
from time import perf_counter

import numpy as np
import pulp
import pytest

from optimizer import highs
from optimizer import solve as solving
from optimizer.arrays import Arrays, staffing_arrays
from optimizer.formulation import FAMILIES, formulate
from optimizer.highs import solve_arrays, solve_in_kernel
from optimizer.names import names_of
from optimizer.problem import Allowance, Option, PhaseProblem, Place, Post, Rules, StaffClass, StaffingProblem, Target
from optimizer.sharpening import largest_sum, sharpened
from optimizer.solve import broken_rules, solve
from optimizer.stays import Stays, alike

FIELDS = ("a", "b", "c")
MERGED = {"o1": "o0"}  #: the second phase joins an office to another


def random_problem(number: int) -> StaffingProblem:
    """One or two phases of a few offices with every rule on in part of the problems; doing nothing is allowed."""
    rng = np.random.default_rng([77, number])
    offices = [f"o{n}" for n in range(int(rng.integers(3, 6)))]
    people = _people(rng, offices)
    phases = [_phase(rng, "p1", offices, people, {})]
    allowed = [int(rng.integers(0, 3)) for _ in range(4)] if rng.random() < 0.5 else [0] * 4
    options = (("volunteer", int(rng.integers(0, 3))),)
    into: tuple[dict[str, str], ...] = ()
    if rng.random() < 0.6:
        left = [office for office in offices if office not in MERGED]
        later = people[: len(people) - int(rng.integers(0, 2))] + _people(rng, left)[: int(rng.integers(0, 2))]
        phases.append(_phase(rng, "p2", left, later, MERGED))
        into = ({office: MERGED.get(office, office) for office in offices},)
    objective = "total" if rng.random() < 0.3 else "weighted"
    return StaffingProblem(tuple(phases), into, Allowance(*allowed, options=options), objective)  # type: ignore[arg-type]


def _people(rng: np.random.Generator, offices: list[str]) -> list[StaffClass]:
    """Classes without targets; their home is in the first phase."""
    found = []
    for office in offices:
        for _ in range(int(rng.integers(1, 4))):
            fields = frozenset(name for name in FIELDS if rng.random() < 0.7)
            shift = str(rng.choice(["full", "full", "full", "morning", "afternoon"]))
            names = tuple(f"{office}-{rng.integers(10**9)}" for _ in range(int(rng.integers(1, 4))))
            share, learning = int(rng.choice([0, 500, 600, 1000])), int(rng.integers(0, 90))
            found.append(StaffClass(office, names, share, fields, (), shift, learning_s=learning))
    return found


def _phase(
    rng: np.random.Generator, name: str, offices: list[str], people: list[StaffClass], into: dict[str, str]
) -> PhaseProblem:
    places: list[Place] = [(office, "commune") for office in offices] + ([("o0", "district")] if rng.random() < 0.5 else [])
    classes = []
    for one in people:
        home = into.get(one.home, one.home)
        group = "district" if ("o0", "district") in places and "c" in one.fields and home == "o0" else "commune"
        targets = [Target(home, group, 0, int(rng.integers(0, 9)))]
        for office in offices:
            if office != home and rng.random() < 0.5:
                targets.append(Target(office, "commune", int(rng.integers(0, 50)), int(rng.integers(0, 99))))
        targets.sort(key=lambda target: target.office)
        came = str(rng.choice(offices)) if name == "p1" and rng.random() < 0.2 else ""
        classes.append(replace(one, home=home, targets=tuple(targets), came=came))
    crews = {
        place: sum(one.size for one in classes for at in one.targets if at.office == one.home and (one.home, at.group) == place)
        for place in places
    }
    curves = {}
    for place, crew in crews.items():
        saved = rng.integers(0, 4000, size=crew + 4)
        saved = np.sort(saved)[::-1] if rng.random() < 0.7 else saved
        values = int(saved.sum()) + int(rng.integers(0, 500)) - np.concatenate([[0], np.cumsum(saved)])
        curves[place] = {level: int(value) for level, value in enumerate(values)}
    for office in offices:  # the curves of an office agree at its base
        here = [place for place in places if place[0] == office]
        for place in here[1:]:
            shift = curves[here[0]][crews[here[0]]] - curves[place][crews[place]]
            curves[place] = {level: value + shift for level, value in curves[place].items()}
    rules = {}
    for office in offices:
        crew_here = [one for one in classes if one.home == office]
        held = {field: sum(one.size for one in crew_here if field in one.fields) for field in FIELDS}
        rules[office] = Rules(
            minimum_crew=min(1, sum(one.size for one in crew_here)),
            room_pm=1000 * sum(one.size for one in crew_here) + 1000 * int(rng.integers(0, 3)),
            holders=tuple((field, min(count, int(rng.integers(0, 3)))) for field, count in held.items()),
            premises=int(rng.integers(0, 3)),
        )
    mix = {}
    for place in places:
        if rng.random() < 0.3 and crews[place]:
            members = [one for one in classes if (one.home, _group(one)) == place]
            mix[place] = tuple((field, sum(one.size for one in members if field in one.fields)) for field in FIELDS)
    base = dict(crews)
    moved = next((place for place in places if place[1] == "commune" and rng.random() < 0.2 and crews[place] > 1), None)
    if moved is not None and (moved[0], "district") not in places:
        base[moved] -= 1
    return PhaseProblem(
        phase=name,
        classes=tuple(classes),
        offices=rules,
        curves=curves,
        base=base,
        max_moves=int(rng.integers(0, 6)) + sum(one.size for one in classes if one.came not in ("", one.home)),
        mix=mix,
        days=int(rng.integers(1, 30)),
        move_price_s=int(rng.integers(0, 60)),
        max_commute_m=int(rng.integers(0, 200)) if rng.random() < 0.5 else None,
        max_overload_s=int(rng.integers(0, 9000)) if rng.random() < 0.3 else None,
        posts={place: Post(600, bool(rng.random() < 0.5)) for place in places},
        post_price_s=int(rng.integers(0, 99)),
        counter_price_s=int(rng.integers(0, 99)),
        options=tuple(Option("volunteer", office, -int(rng.integers(0, 300))) for office in offices),
        home=crews,
    )


def _group(one: StaffClass) -> str:
    return next(target.group for target in one.targets if target.office == one.home)


def written_by_pulp(problem: StaffingProblem) -> tuple[dict[str, object], dict[str, object]]:
    """Columns and rows of the PuLP form by name."""
    program = formulate(problem).program
    costs = {variable.name: value for variable, value in program.objective.items()}
    columns: dict[str, object] = {
        one.name: (costs.get(one.name, 0), one.lowBound, one.upBound, one.cat == pulp.LpInteger) for one in program.variables()
    }
    rows: dict[str, object] = {"": program.objective.constant}
    for row in program.constraints():
        kept = {variable.name: value for variable, value in row.items() if value}
        if kept:
            rows[row.name] = (kept, row.sense, -row.constant)
    return columns, rows


def written_as_arrays(problem: StaffingProblem) -> tuple[dict[str, object], dict[str, object]]:
    """The same of the arrays."""
    found = staffing_arrays(problem)
    program = found.program
    bounds = zip(program.cost, program.lower, program.upper, program.whole, strict=True)
    columns: dict[str, object] = {
        name: (cost, low, None if np.isinf(high) else high, whole)
        for name, (cost, low, high, whole) in zip(found.names, bounds, strict=True)
    }
    rows: dict[str, object] = {"": program.constant}
    for number, name in enumerate(found.rows):
        at = slice(program.matrix.indptr[number], program.matrix.indptr[number + 1])
        low, high = program.row_lower[number], program.row_upper[number]
        sense = pulp.LpConstraintEQ if low == high else pulp.LpConstraintGE if np.isinf(high) else pulp.LpConstraintLE
        terms = zip(program.matrix.indices[at], program.matrix.data[at], strict=True)
        kept = {found.names[column]: value for column, value in terms}
        if kept:
            rows[name] = (kept, sense, low if np.isinf(high) else high)
    return columns, rows


@pytest.mark.parametrize("first", range(0, 150, 30))
def test_arrays_are_what_pulp_writes(first: int) -> None:
    """On 150 random problems columns, bounds, costs, rows and coefficients are the same, by name."""
    for number in range(first, first + 30):
        problem = random_problem(number)
        (columns, rows), (our_columns, our_rows) = written_by_pulp(problem), written_as_arrays(problem)
        assert our_columns == columns, number
        assert our_rows == rows, number


def test_random_problems_have_rows_of_every_family() -> None:
    """No family is compared by nothing."""
    seen: set[str] = set()
    for number in range(150):
        seen |= {re.split(r"_p\d|_\d", name)[0] for name in staffing_arrays(random_problem(number)).rows}
    assert seen >= {family.__name__ for family in FAMILIES} - {"crew_is_level", "kept"}
    assert seen >= {"crew", "kept_posts", "kept_bought", "taken"}


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_arrays_and_kernel_have_the_same_optimum(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 120 random problems PuLP, arrays as a whole and arrays in the kernel prove the same value; plans keep all rules."""
    solvable = 0
    for number in range(first, first + 20):
        problem = random_problem(number)
        outcome, _ = solve(problem)
        monkeypatch.setattr(solving, "ARRAYS_FROM", 0)
        ours, staffing = solve(problem)
        monkeypatch.undo()
        assert (ours.status, ours.objective, ours.gap) == (outcome.status, outcome.objective, outcome.gap), number
        found = solve_in_kernel(staffing_arrays(problem).program, perf_counter() + 60)
        if outcome.status != "optimal":
            continue
        solvable += 1
        assert staffing is not None and not broken_rules(problem, staffing)
        assert found is not None and found[0].bound is not None
        assert found[0].status == "optimal" and found[0].bound == pytest.approx(outcome.objective, abs=0.9)
    assert solvable > 5


def test_stays_have_the_relaxation_of_the_program() -> None:
    """On 60 random problems, many with twins told apart by name alone: fewer rows and columns, the same relaxation or none.

    Where no office may be above a level, crews that would be are closed: the relaxation is nearer in some.
    """
    joined = nearer = 0
    for number in range(300, 360):
        problem = with_twins(random_problem(number))
        stays, arrays = Stays.of(problem), staffing_arrays(problem)
        joined += sum(len(one.classes) for one in problem.phases) - sum(len(one.classes) for one in stays.problem.phases)
        assert len(stays.in_stays.rows) <= len(arrays.rows) and len(stays.in_stays.names) == len(set(stays.in_stays.names))
        ends = perf_counter() + 60
        held = [highs.loaded(program, whole=False) for program in (arrays.program, stays.in_stays.program)]
        statuses = {highs.run(each, ends).status for each in held}
        capped = any(phase.max_overload_s is not None for phase in problem.phases)
        assert len(statuses) == 1 or capped, number
        if statuses == {"optimal"}:
            values = [each.getInfo().objective_function_value for each in held]
            nearer += values[1] > values[0] + 1
            assert capped or values[1] == pytest.approx(values[0], rel=1e-9, abs=1e-4), number
            assert values[1] >= values[0] - 1e-4
            of_arrays = stays.sums @ np.array(held[1].getSolution().col_value)
            program = staffing_arrays(stays.problem).program
            assert program.cost @ of_arrays + program.constant == pytest.approx(values[1], rel=1e-9, abs=1e-4)
            assert (program.matrix @ of_arrays >= program.row_lower - 1e-6).all()
            assert (program.matrix @ of_arrays <= program.row_upper + 1e-6).all()
    assert joined > 100 and nearer > 3


def test_of_twins_those_first_by_id_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told apart by name alone: the plan costs what PuLP says, and of two at home in an only phase the smaller id stays."""
    monkeypatch.setattr(solving, "ARRAYS_FROM", 0)
    left = 0
    for number in range(300, 330):
        problem = with_twins(random_problem(number))
        problem = replace(problem, phases=problem.phases[:1], into=())
        outcome, staffing = solve(problem)
        with monkeypatch.context() as here:
            here.setattr(solving, "ARRAYS_FROM", 10**9)
            assert outcome.objective == solve(problem)[0].objective, number
        if staffing is None:
            continue
        assert not broken_rules(problem, staffing)
        twins: dict[tuple[str, ...], list[tuple[str, bool]]] = {}
        for (rank, office), _ in staffing[0].people.items():
            (officer,) = (one := problem.phases[0].classes[rank]).officers
            group = next(each.officers for each in alike(problem).phases[0].classes if officer in each.officers)
            twins.setdefault(group, []).append((officer, office != (one.came or one.home)))
        for members in twins.values():
            left += len({moves for _, moves in members}) > 1
            assert [moves for _, moves in sorted(members)] == sorted(moves for _, moves in members)
    assert left > 3


def test_of_officers_alike_but_for_pace_the_slower_stay() -> None:
    """They come first in their class, by pace and then by id, and who is first stays first."""
    (phase,) = random_problem(300).phases[:1]
    one = replace(next(each for each in phase.classes if each.at_home is not None), came="")
    paces = {"a": 900, "b": 1100, "c": 1000, "d": 1100}
    classes = tuple(replace(one, officers=(name,), pace=pace) for name, pace in paces.items())
    problem = replace(random_problem(300), phases=(replace(phase, classes=classes),), into=())
    (joined,) = alike(problem).phases[0].classes
    assert joined.officers == ("b", "d", "c", "a")
    other = next(target.office for target in one.targets if target.office != one.home)
    (names,) = names_of(alike(problem), [{(0, one.home): 2, (0, other): 2}])
    assert {name for name, office in names.items() if office == one.home} == {"b", "d"}


def with_twins(problem: StaffingProblem) -> StaffingProblem:
    """The problem with each class of several as classes of one, in another order in the second phase."""
    phases = []
    for number, phase in enumerate(problem.phases):
        classes = [replace(one, officers=(officer,)) for one in phase.classes for officer in one.officers]
        phases.append(replace(phase, classes=tuple(classes[::-1] if number else classes)))
    return replace(problem, phases=tuple(phases))


def test_kernel_of_a_program_with_columns_that_need_not_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no optimum need be whole, only columns asked to be whole are held; the value is that of branch and bound."""
    for number in range(150, 160):
        program = replace(staffing_arrays(random_problem(number)).program, all_whole=False)
        whole, _ = solve_arrays(program, 60.0)
        found = solve_in_kernel(program, perf_counter() + 60)
        if whole.status == "optimal":
            assert found is not None and found[0].bound == pytest.approx(whole.bound, abs=1.0), number


def test_levels_of_curves_that_are_not_convex_are_branched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relaxations mix far levels in several of 20 random problems; branching then proves the value of branch and bound."""
    split, seen = highs._split, []

    def watched(program: Arrays, relaxed: highs.Relaxation) -> object:
        seen.append(split(program, relaxed))
        return seen[-1]

    monkeypatch.setattr(highs, "_split", watched)
    for number in range(180, 200):
        program = staffing_arrays(random_problem(number)).program
        whole, _ = solve_arrays(program, 60.0)
        found = solve_in_kernel(program, perf_counter() + 60)
        if whole.status == "optimal":
            assert found is not None and found[0].bound == pytest.approx(whole.bound, abs=1.0), number
    assert sum(sides is not None for sides in seen) > 3


def test_the_largest_sum_is_that_of_enumeration() -> None:
    """Five counters hold eight officers at 600 per mille; on 200 random rows the largest sum is the one enumeration finds."""
    assert largest_sum(5000, 600) == 8 * 600
    rng = np.random.default_rng(5)
    for _ in range(200):
        sizes = sorted({int(size) for size in rng.integers(2, 40, int(rng.integers(1, 4)))})
        most = int(rng.integers(0, 90))
        sums = {0}
        while more := {total + size for total in sums for size in sizes if total + size <= most} - sums:
            sums |= more
        assert largest_sum(most, *sizes) == max(sums), (most, sizes)


def test_sharpened_rows_lose_no_whole_solution() -> None:
    """Of 60 random problems some have bounds of counters drawn in; none has another optimum, and the relaxation is no lower."""
    drawn = 0
    for number in range(60):
        program = staffing_arrays(random_problem(number)).program
        sharp = sharpened(program)
        drawn += bool((sharp.row_upper < program.row_upper).any())
        assert (sharp.row_upper <= program.row_upper).all()
        ends = perf_counter() + 60
        values = [highs.run(highs.loaded(each, whole=True), ends) for each in (program, sharp)]
        assert [value.status for value in values] == [values[0].status] * 2
        if values[0].status == "optimal":
            assert values[0].bound == pytest.approx(values[1].bound, abs=1.0), number
    assert drawn > 10


def test_infeasible_arrays_are_told() -> None:
    """A rule that cannot be kept leaves no plan, also in the kernel."""
    problem = random_problem(3)
    phase = problem.phases[0]
    clash = replace(phase, offices={**phase.offices, "o0": Rules(99, 9000, ())})
    program = staffing_arrays(replace(problem, phases=(clash, *problem.phases[1:]))).program
    assert solve_arrays(program, 60.0)[0].status == "infeasible"
    assert solve_in_kernel(program, perf_counter() + 60) is None


def test_a_solver_that_fails_is_told_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the solver of arrays raises becomes the status error, without a plan."""

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(solving, "ARRAYS_FROM", 0)
    monkeypatch.setattr(solving, "solve_arrays", fail)
    outcome, staffing = solve(random_problem(1))
    assert (outcome.status, outcome.objective, staffing) == ("error", None, None)
