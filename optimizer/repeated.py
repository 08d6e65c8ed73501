"""One staffing program solved again and again within other bounds: HiGHS keeps the relaxation and the basis it ended with."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Self

import highspy
import numpy as np

from .arrays import Arrays, StaffingArrays, staffing_arrays
from .highs import KERNEL_FROM, Finish, Numbers, loaded, run, solve_arrays, solve_in_kernel
from .problem import StaffingProblem
from .sharpening import sharpened
from .solve import Outcome, Staffing, broken_rules, cost, judged, staffing_of_arrays


@dataclass(frozen=True, slots=True)
class Repeated:
    """A program and its relaxation; every program handed in differs from it in bounds and costs alone."""

    arrays: StaffingArrays
    relaxation: highspy.Highs

    @classmethod
    def of(cls, problem: StaffingProblem) -> Self:
        """Write the program of a staffing problem."""
        arrays = staffing_arrays(problem)
        arrays = replace(arrays, program=sharpened(arrays.program))
        return cls(arrays, loaded(arrays.program, whole=False))

    def with_program(self, program: Arrays) -> Self:
        """The same with more columns and rows, which begin where the old ones end."""
        return replace(self, arrays=replace(self.arrays, program=program), relaxation=loaded(program, whole=False))

    def at_most(self, limits: dict[str, float]) -> Arrays:
        """The program with other limits on rows of these names."""
        upper = self.arrays.program.row_upper.copy()
        for place, name in enumerate(self.arrays.rows):
            upper[place] = limits.get(name, upper[place])
        return replace(self.arrays.program, row_upper=upper)

    def solve(self, program: Arrays, ends: float) -> tuple[Finish, Numbers | None]:
        """Solve the program, or as far as the time allows."""
        if int(program.whole.sum()) > KERNEL_FROM:
            found = solve_in_kernel(program, ends, self._holding(program))
            if found is not None:
                return found
        return solve_arrays(program, max(ends - perf_counter(), 0.01))

    def may_be_solved(self, program: Arrays, ends: float) -> bool | None:
        """Tell whether the relaxation has a solution; None when time runs out."""
        finish = run(self._holding(program), ends)
        return {"optimal": True, "feasible": True, "unbounded": True, "infeasible": False}.get(finish.status)

    def _holding(self, program: Arrays) -> highspy.Highs:
        """HiGHS with the bounds and costs of a program."""
        highs = self.relaxation
        columns, rows = (np.arange(size, dtype=np.int32) for size in (len(program.cost), len(program.row_upper)))
        highs.changeColsBounds(len(columns), columns, program.lower, program.upper)
        highs.changeColsCost(len(columns), columns, program.cost)
        highs.changeRowsBounds(len(rows), rows, program.row_lower, program.row_upper)  # type: ignore[attr-defined]
        return highs


def answered(
    problem: StaffingProblem, arrays: StaffingArrays, found: tuple[Finish, Numbers | None], seconds: float
) -> tuple[Outcome, Staffing | None]:
    """What a solve proved of a problem, with rules and costs computed again."""
    finish, values = found
    if values is None or finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status if values is None else "error", None, finish.bound, None, seconds), None
    staffing = staffing_of_arrays(arrays, values)
    if staffing is None or broken_rules(problem, staffing):
        return Outcome("error", None, finish.bound, None, seconds), None
    outcome = judged(cost(problem, staffing), finish.bound, finish.status == "optimal", seconds)
    return outcome, None if outcome.status == "error" else staffing
