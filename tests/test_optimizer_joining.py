"""The program that joins points against enumeration, a second solver and the text of its rows."""

import os
from collections.abc import Iterator
from dataclasses import replace
from inspect import getmembers, isfunction, signature
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from optimizer.consolidation import joining
from optimizer.consolidation.joining import (
    FAMILIES,
    JoiningProblem,
    Premises,
    broken_rules,
    cost,
    formulate,
    most_closures,
    solve_joining,
    solve_joining_with_cbc,
)
from optimizer.consolidation.pooling import Line, Pooling, active, value

GOLDEN = Path(__file__).parent / "golden" / "joining"
NAMES = ("objective", *(family.__name__ for family in FAMILIES))


def random_problem(number: int) -> JoiningProblem:
    """Three to seven premises, a graph of joins with few pairs, convex curves that pool, rules that may clash."""
    rng = np.random.default_rng([41, number])
    names = [f"o{rank}" for rank in range(int(rng.integers(3, 8)))]
    premises = {
        name: Premises(
            crew=int(rng.integers(0 if rng.random() < 0.1 else 1, 5)),
            volume=int(rng.integers(5, 60)),
            may_close=bool(rng.random() < 0.7),
            most=int(rng.integers(4, 12)) if rng.random() < 0.5 else None,
        )
        for name in names
    }
    premises = {name: replace(one, most=None if one.most is None else max(one.most, one.crew)) for name, one in premises.items()}
    joins = {
        (i, j): int(rng.integers(-50, 900))
        for i in names
        for j in names
        if i != j and premises[i].may_close and rng.random() < 0.45
    }
    curves: dict[tuple[str, int], tuple[Line, ...]] = {}
    for name in names:
        for crew in range(40):
            slopes = sorted({int(rng.integers(0, 40)) for _ in range(3)})
            lines = [(slopes[0], int(rng.integers(-30, 90)))]
            for before, slope in pairwise(slopes):
                lines.append((slope, lines[-1][1] - (slope - before) * int(rng.integers(2, 25) * (crew + 1) // 2)))
            curves[name, crew] = tuple(lines)
    least = int(rng.integers(0, 3)) if rng.random() < 0.4 else 0
    most = int(rng.integers(0, 4)) if rng.random() < 0.5 else None
    return JoiningProblem(premises, joins, lambda name, crew: curves[name, crew], int(rng.integers(0, 900)), least, most)


def ways(problem: JoiningProblem) -> Iterator[dict[str, str]]:
    """Every way of sending each point to one of its hosts, or leaving it open."""
    points = sorted({point for point, _ in problem.joins})
    hosts = [["", *sorted(host for point, host in problem.joins if point == name)] for name in points]
    for chosen in product(*hosts):
        into = {point: host for point, host in zip(points, chosen, strict=True) if host}
        if not any(host in into for host in into.values()):
            yield into


def by_enumeration(problem: JoiningProblem) -> int | None:
    """The least cost of joins that break no rule."""
    return min((cost(problem, into) for into in ways(problem) if not broken_rules(problem, into)), default=None)


@pytest.mark.parametrize("first", range(0, 150, 30))
def test_program_finds_what_enumeration_finds(first: int) -> None:
    """On 150 small problems the proven optimum is the enumerated one, and infeasible means that there is none."""
    for number in range(first, first + 30):
        problem = random_problem(number)
        best = by_enumeration(problem)
        outcome, into = solve_joining(problem)
        if best is None:
            assert (outcome.status, into) == ("infeasible", None), number
            continue
        assert (outcome.status, outcome.objective, outcome.gap) == ("optimal", best, 0.0), number
        assert into is not None and broken_rules(problem, into) == ()


def test_problems_are_of_all_kinds() -> None:
    """Some random problems have no answer, most close points, some fall into pieces, some have a binding number."""
    problems = [random_problem(number) for number in range(50)]
    answers = [solve_joining(problem)[1] for problem in problems]
    assert 3 <= sum(into is None for into in answers) <= 20
    assert sum(bool(into) for into in answers) > 20
    assert sum(len(problem.pieces()) > 1 for problem in problems) > 5
    assert sum(problem.is_coupled() for problem in problems) > 13


@pytest.mark.parametrize("number", range(12))
def test_cbc_agrees(number: int) -> None:
    """A second solver finds the same objective on the whole program."""
    problem = random_problem(number)
    outcome, _ = solve_joining(problem)
    try:
        second, _ = solve_joining_with_cbc(problem)
    except RuntimeError:
        pytest.skip("no CBC is installed")
    assert second.objective == outcome.objective


@pytest.mark.parametrize("number", range(30))
def test_most_closures_is_the_enumerated_number(number: int) -> None:
    """The largest number of points that may close at once, whatever it costs."""
    free = replace(random_problem(number), least=0, most=None)
    assert most_closures(free) == max(len(into) for into in ways(free) if not broken_rules(free, into))


def test_levels_are_what_joins_can_bring() -> None:
    """Every crew that some choice of guests brings, with the least and the most visits it comes with."""
    for number in range(20):
        problem = random_problem(number)
        for host, own in problem.premises.items():
            guests = [problem.premises[point] for point, name in problem.joins if name == host]
            found: dict[int, set[int]] = {}
            for chosen in product((0, 1), repeat=len(guests)):
                crew = own.crew + sum(take * guest.crew for take, guest in zip(chosen, guests, strict=True))
                visits = own.volume + sum(take * guest.volume for take, guest in zip(chosen, guests, strict=True))
                if own.most is None or crew <= own.most:
                    found.setdefault(crew, set()).add(visits)
            assert problem.levels[host] == {crew: (min(found[crew]), max(found[crew])) for crew in sorted(found)}, number


def test_lines_are_read_from_the_grid() -> None:
    """The lines of a crew are convex, meet the grid where it is convex and bridge it from below where it is not."""
    seconds = np.array([[0.0, 30.0, 200.0, 900.0], [0.0, 40.0, 300.0, 350.0]])
    pool = Pooling((3, 5), (0.0, 5.0, 10.0, 20.0), seconds, seconds * 0, np.array([[0.0, 0.0, 0.2, 0.6], [0.0, 0.0, 0.1, 0.5]]))
    for volume, found in zip((0, 15, 30, 60), seconds[0], strict=True):
        assert value(pool.lines(3), volume) == pytest.approx(found, abs=volume)
    assert value(pool.lines(5), 50) < 200 and value(pool.lines(5), 100) == pytest.approx(350, abs=60)
    assert value(pool.lines(3), 22) < 30 + (200 - 30) * 7 / 15
    for crew in (3, 4, 5, 10):
        slopes = [slope for slope, _ in pool.lines(crew)]
        assert slopes == sorted(set(slopes))
    assert pool.at(4).tolist() == [0.0, 35.0, 250.0, 625.0]
    assert pool.at(10).tolist() == [0.0, 80.0, 600.0, 700.0]
    assert (pool.capacity(3), pool.capacity(5)) == (22.5, 50.0)


def test_lines_left_out_are_never_the_highest() -> None:
    """Between two volumes the active lines give the overload of all lines."""
    for number in range(20):
        problem = random_problem(number)
        for host, levels in problem.levels.items():
            for crew, (low, high) in levels.items():
                lines = problem.curve(host, crew)
                for volume in range(low, high + 1):
                    assert value(active(lines, low, high), volume) == value(lines, volume)


def small_problem() -> JoiningProblem:
    """A branch, two points of wards and one of a commune; every rule has a row."""
    return JoiningProblem(
        premises={
            "br": Premises(6, 90, False, 9),
            "pa": Premises(3, 40, True),
            "pb": Premises(4, 55, True),
            "pc": Premises(3, 10, False),
        },
        joins={("pa", "br"): 700, ("pa", "pb"): -20, ("pb", "pa"): 45, ("pb", "pc"): 300},
        curve=lambda name, crew: ((2, 0), (30, -60 * crew)) if name != "br" else ((5, 1000),),
        hall_price_s=600,
        least=1,
        most=2,
    )


def written(name: str) -> str:
    """The rows of a family, or the objective, as the LP format has them."""
    problem = small_problem()
    model = formulate(problem)
    if name == "objective":
        return str(joining.objective(problem, model).asCplexLpAffineExpression("objective"))
    family = next(family for family in FAMILIES if family.__name__ == name)
    return "".join(constraint.asCplexLpConstraint(row) for row, constraint in family(problem, model))


@pytest.mark.parametrize("name", NAMES)
def test_family_reads_as_reviewed(name: str) -> None:
    """Names, coefficients and bounds are those of the reviewed file."""
    path = GOLDEN / f"{name}.lp"
    if os.environ.get("MOTCUA_WRITE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(name), encoding="utf-8")
        pytest.skip("written anew")
    assert written(name) == path.read_text(encoding="utf-8")


def test_every_family_has_its_file_and_is_in_the_program() -> None:
    """One reviewed file for the objective and for each function that makes rows, and no row is lost."""
    makers = {
        name
        for name, function in getmembers(joining, isfunction)
        if not name.startswith("_") and signature(function).return_annotation == joining.Rows
    }
    assert makers == {family.__name__ for family in FAMILIES}
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(NAMES)
    problem = small_problem()
    model = formulate(problem)
    rows = [name for family in FAMILIES for name, _ in family(problem, model)]
    assert len(rows) == len(set(rows)) == model.program.numConstraints()
