"""One staffing program solved again and again within other bounds: HiGHS keeps the relaxation and the basis it ended with."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Self

import highspy
import numpy as np

from .arrays import Arrays, StaffingArrays
from .highs import KERNEL_FROM, Finish, Numbers, loaded, run, solve_arrays, solve_in_kernel
from .sharpening import sharpened


@dataclass(frozen=True, slots=True)
class Repeated:
    """A program and its relaxation; every program handed in differs from it in bounds and costs alone."""

    arrays: StaffingArrays
    relaxation: highspy.Highs

    @classmethod
    def of(cls, arrays: StaffingArrays) -> Self:
        """Begin with a program."""
        arrays = replace(arrays, program=sharpened(arrays.program))
        return cls(arrays, loaded(arrays.program, whole=False))

    def with_program(self, program: Arrays) -> Self:
        """The same with more columns and rows, which begin where the old ones end."""
        return replace(self, arrays=replace(self.arrays, program=program), relaxation=loaded(program, whole=False))

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
