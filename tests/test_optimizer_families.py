"""The text of the program, one reviewed file for each family of rows.

`MOTCUA_WRITE_GOLDEN=1 pytest tests/test_optimizer_families.py` writes the files anew; read the difference.
"""

import os
from inspect import getmembers, isfunction, signature
from pathlib import Path

import pytest

from optimizer import formulation
from optimizer.formulation import FAMILIES, formulate
from optimizer.problem import Rules, StaffClass, StaffingProblem, Target

GOLDEN = Path(__file__).parent / "golden"
NAMES = ("objective", *(family.__name__ for family in FAMILIES))


def small_problem() -> StaffingProblem:
    """Two offices, one with two groups, unlike officers and a shift of mornings; every rule has a row."""
    at_br, at_pa = Target("br", "commune", 0, 0), Target("pa", "commune", 0, 0)
    return StaffingProblem(
        phase="p",
        classes=(
            StaffClass("pa", ("pa-1", "pa-2"), 600, frozenset({"x", "y"}), (Target("br", "commune", 70, 0), at_pa)),
            StaffClass("br", ("br-1",), 1000, frozenset({"x"}), (at_br, Target("pa", "commune", 90, 0))),
            StaffClass("br", ("br-2",), 500, frozenset({"x", "y"}), (at_br,)),
            StaffClass("br", ("br-3",), 800, frozenset({"z"}), (Target("br", "district", 0, 0),), "morning"),
        ),
        offices={"br": Rules(2, 3000, (("x", 1), ("z", 1))), "pa": Rules(1, 2000, (("x", 1), ("y", 0)))},
        curves={("br", "commune"): {1: 700, 2: 500, 3: 200}, ("br", "district"): {1: 500}, ("pa", "commune"): {1: 90, 2: 10}},
        base={("br", "commune"): 2, ("br", "district"): 1, ("pa", "commune"): 2},
        max_moves=2,
        mix={("br", "commune"): (("x", 2), ("y", 1))},
    )


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
