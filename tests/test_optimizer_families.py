"""The text of the program, one reviewed file for each family of rows.

`MOTCUA_WRITE_GOLDEN=1 pytest tests/test_optimizer_families.py` writes the files anew; read the difference.
"""

import os
from dataclasses import replace
from inspect import getmembers, isfunction, signature
from pathlib import Path

import pytest

from optimizer import formulation
from optimizer.formulation import FAMILIES, formulate
from optimizer.problem import Allowance, Option, PhaseProblem, Post, Rules, StaffClass, StaffingProblem, Target

GOLDEN = Path(__file__).parent / "golden"
NAMES = ("objective", *(family.__name__ for family in FAMILIES))


def small_problem() -> StaffingProblem:
    """Two offices, one with two groups, that merge in the second phase; unlike officers, a shift of mornings, a newcomer.

    Posts, counters and volunteers may be added; every family of rules has a row.
    """
    at_br, at_pa = Target("br", "commune", 0, 9_000), Target("pa", "commune", 0, 4_000)
    district = StaffClass("br", ("br-3",), 800, frozenset({"z"}), (Target("br", "district", 0, 2_000),), "morning")
    two = StaffClass("pa", ("pa-1", "pa-2"), 600, frozenset({"x", "y"}), (Target("br", "commune", 70, 6_000), at_pa), came="br")
    first = PhaseProblem(
        phase="p1",
        classes=(
            replace(two, learning_s=300),
            StaffClass("br", ("br-1",), 1000, frozenset({"x"}), (at_br, Target("pa", "commune", 90, 12_000)), learning_s=500),
            StaffClass("br", ("br-2",), 500, frozenset({"x", "y"}), (at_br,)),
            district,
        ),
        offices={
            "br": Rules(2, 3000, (("x", 1), ("z", 1)), premises=2),
            "pa": Rules(1, 2000, (("x", 1), ("y", 0)), premises=1),
        },
        curves={("br", "commune"): {1: 700, 2: 500, 3: 200}, ("br", "district"): {1: 500}, ("pa", "commune"): {1: 90, 2: 10}},
        base={("br", "commune"): 2, ("br", "district"): 1, ("pa", "commune"): 2},
        max_moves=2,
        mix={("br", "commune"): (("x", 2), ("y", 1)), ("pa", "commune"): (("x", 2),)},
        days=20,
        move_price_s=60,
        max_commute_m=5_000,
        max_overload_s=400,
        posts={("br", "commune"): Post(1000, True), ("br", "district"): Post(800, True), ("pa", "commune"): Post(600, False)},
        post_price_s=40,
        counter_price_s=15,
        options=(Option("volunteer", "br", -25), Option("volunteer", "pa", 5)),
    )
    second = replace(
        first,
        phase="p2",
        classes=(
            replace(two, home="br", targets=(replace(at_br, commute_m=6_000), Target("so", "commune", 30, 7_000)), came=""),
            StaffClass("so", ("so-1",), 1000, frozenset({"x"}), (at_br, Target("so", "commune", 0, 1_000)), learning_s=200),
            district,
        ),
        offices={"br": Rules(3, 4000, (("z", 1),), premises=3), "so": Rules(1, 1000, (("x", 1),))},
        curves={
            ("br", "commune"): {1: 900, 2: 400, 3: 100},
            ("br", "district"): {1: 400, 2: 300},
            ("so", "commune"): {0: 80, 1: 30, 2: 25},
        },
        base={("br", "commune"): 2, ("br", "district"): 1, ("so", "commune"): 1},
        max_moves=1,
        mix={("so", "commune"): (("x", 1),)},
        posts={("br", "commune"): Post(1000, True), ("br", "district"): Post(800, True)},
        days=30,
        max_commute_m=None,
        max_overload_s=None,
        options=(Option("volunteer", "br", -10),),
    )
    allowed = Allowance(posts=2, postal_posts=1, rented=1, bought=2, options=(("volunteer", 1),))
    return StaffingProblem((first, second), ({"br": "br", "pa": "br"},), allowed)


def written(name: str) -> str:
    """The rows of a family, or the objective, as the LP format has them."""
    problem = small_problem()
    model = formulate(problem)
    if name == "objective":
        return formulation.objective(problem, model).asCplexLpAffineExpression("objective")
    family = next(family for family in FAMILIES if family.__name__ == name)
    return "".join(constraint.asCplexLpConstraint(row) for row, constraint in family(problem, model))


@pytest.mark.parametrize("name", NAMES)
def test_family_reads_as_reviewed(name: str) -> None:
    """Names, coefficients and bounds are those of the reviewed file."""
    path = GOLDEN / f"{name}.lp"
    if os.environ.get("MOTCUA_WRITE_GOLDEN") == "1":
        path.write_text(written(name), encoding="utf-8")
        pytest.skip("written anew")
    assert written(name) == path.read_text(encoding="utf-8")


def test_every_family_has_its_file_and_no_file_is_left_over() -> None:
    """One file for the objective and one for each family."""
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(NAMES)


def test_no_family_is_missing_from_the_program() -> None:
    """Every public function that makes rows is a family, has its formula in the docstring, and is in the program."""
    makers = {
        name
        for name, function in getmembers(formulation, isfunction)
        if not name.startswith("_") and signature(function).return_annotation == formulation.Rows
    }
    assert makers == {family.__name__ for family in FAMILIES}
    assert all(family.__doc__ and ": " in family.__doc__ for family in FAMILIES)
    problem = small_problem()
    model = formulate(problem)
    rows = [name for family in FAMILIES for name, _ in family(problem, model)]
    assert all(family(problem, model) for family in FAMILIES)
    assert len(rows) == len(set(rows)) == model.program.numConstraints()
