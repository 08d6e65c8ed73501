"""HiGHS on sparse arrays, in this process, on one thread, with a fixed seed: its own word of what it found.

A large program is first relaxed; then only the columns that the relaxation leaves open are handed over, with the rows that
still bind them, and the optimum found among them is proven for the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import inf, isfinite
from time import perf_counter
from typing import Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from .arrays import Arrays
from .sharpening import sharpened

#: given: no program made the plan; improved: changed after the program, where simulation proved a change better
Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_plan", "error", "given", "improved"]
Numbers = NDArray[np.float64]
ABSOLUTE_GAP = 0.99  #: objectives are whole, so a bound closer than one proves
ROUNDING = 1e-6
KERNEL_FROM = 5_000  #: whole columns from which a program is solved by its kernel
KERNEL_REACH = 7e-5  #: first distance from the relaxation, relative, within which the optimum is sought
LEAF_REACH = 2e-4  #: the same where crews have been branched on


@dataclass(frozen=True, slots=True)
class Finish:
    """What the solver says of a program: its status and its dual bound."""

    status: Status
    bound: float | None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Bound of the linear relaxation, reduced costs that prove it, and columns where these push them."""

    objective: float
    values: Numbers
    reduced: Numbers


@dataclass(slots=True)
class Basis:
    """Where a relaxation ended, by names of columns and rows: the relaxation of a program much like it may start there."""

    columns: dict[str, highspy.HighsBasisStatus] = field(default_factory=dict)
    rows: dict[str, highspy.HighsBasisStatus] = field(default_factory=dict)

    def begin(self, highs: highspy.Highs, columns: Sequence[str], rows: Sequence[str]) -> None:
        """Let HiGHS start there; columns that are new are at their lower bound, rows that are new do not bind."""
        if self.columns:
            statuses, basis = highspy.HighsBasisStatus, highspy.HighsBasis()
            basis.col_status = [self.columns.get(name, statuses.kLower) for name in columns]
            basis.row_status = [self.rows.get(name, statuses.kBasic) for name in rows]
            basis.valid = basis.alien = True  # of another program: HiGHS makes it one of this
            highs.setBasis(basis)

    def note(self, highs: highspy.Highs, columns: Sequence[str], rows: Sequence[str]) -> None:
        """Note where HiGHS has ended."""
        basis = highs.getBasis()
        if basis.valid:
            self.columns = dict(zip(columns, basis.col_status, strict=True))
            self.rows = dict(zip(rows, basis.row_status, strict=True))


def solve_arrays(program: Arrays, time_limit_s: float, relaxation: highspy.Highs | None = None) -> tuple[Finish, Numbers | None]:
    """Solve a program to proven gap 0, or as far as the time allows; return its columns.

    relaxation : HiGHS that holds that of the sharpened program, with a basis to start from.
    """
    ends = perf_counter() + time_limit_s
    program = sharpened(program)
    if int(program.whole.sum()) > KERNEL_FROM:
        found = solve_in_kernel(program, ends, relaxation)
        if found is not None:
            return found
    return _solve_whole(program, ends)


def solve_in_kernel(program: Arrays, ends: float, highs: highspy.Highs | None = None) -> tuple[Finish, Numbers | None] | None:
    """Solve the relaxation, then the program in the kernel that it leaves; None if in vain.

    highs : that holds the relaxation already, with a basis to start from; bounds of its columns may be other afterwards.
    """
    highs = loaded(program, whole=False) if highs is None else highs
    relaxed = _relaxed(highs, ends)
    if relaxed is None:
        return None
    return _by_levels(program, highs, relaxed, ends) if program.levels else _finished(program, relaxed, ends)


def _by_levels(program: Arrays, highs: highspy.Highs, root: Relaxation, ends: float) -> tuple[Finish, Numbers | None] | None:
    """Branch on the crew of groups whose relaxation mixes far levels of a curve that is not convex, kernels at the leaves.

    Best first: when the least bound of an open branch is that of the best leaf, the leaf is proven.
    """
    columns = np.concatenate(program.levels).astype(np.int32)
    open_branches: list[tuple[float, int, Relaxation, Numbers]] = [(root.objective, 0, root, program.upper)]
    best: tuple[Finish, Numbers] | None = None
    least, count = inf, 0
    while open_branches and open_branches[0][0] < least - ABSOLUTE_GAP:
        bound, _, relaxed, upper = heappop(open_branches)
        sides = _split(program, relaxed)
        if sides is None:
            found = _finished(replace(program, upper=upper), relaxed, ends, LEAF_REACH, least)
            if found is None:
                return None if best is None else (Finish("feasible", bound), best[1])
            finish, values = found
            if finish.status == "feasible" and values is not None:
                better = best is None or program.cost @ values < program.cost @ best[1]
                return Finish("feasible", bound), values if better or best is None else best[1]
            if values is not None and finish.bound is not None and finish.bound < least:
                best, least = (finish, values), finish.bound
            continue
        for closed in sides:
            narrower = upper.copy()
            narrower[closed] = 0.0
            highs.changeColsBounds(len(columns), columns, program.lower[columns], narrower[columns])
            child, count = _relaxed(highs, ends), count + 1
            if child is not None:
                heappush(open_branches, (max(child.objective, bound), count, child, narrower))
            elif highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
                return None if best is None else (Finish("feasible", bound), best[1])
    if best is None:
        return Finish("infeasible", None), None
    return Finish("optimal", min([least, *(bound for bound, *_ in open_branches)])), best[1]


def _split(program: Arrays, relaxed: Relaxation) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Levels to close on either side of the mean crew of the group farthest from its curve; None when all are near.

    Far by the reduced cost of the levels next to the mean, which the relaxation passes over.
    """
    farthest, sides = KERNEL_REACH * max(abs(relaxed.objective), 1.0), None
    for columns in program.levels:
        mean = float(relaxed.values[columns] @ np.arange(len(columns)))
        below = min(int(mean + ROUNDING), len(columns) - 2)
        share = mean - below
        cost = np.abs(relaxed.reduced[columns])
        passed = (1 - share) * cost[below] + share * cost[below + 1]
        mixed = relaxed.values[columns].max() < 1 - ROUNDING
        if mixed and passed > farthest:
            farthest, sides = passed, (columns[: below + 1], columns[below + 1 :])
    return sides


def _finished(
    program: Arrays, relaxed: Relaxation, ends: float, first_reach: float = KERNEL_REACH, known_cost: float = inf
) -> tuple[Finish, Numbers | None] | None:
    """What HiGHS has relaxed, where that is whole as it is; else as `finish_in_kernel`."""
    if float(np.abs(relaxed.values - np.round(relaxed.values))[program.whole].max(initial=0.0)) <= ROUNDING:
        return Finish("optimal", relaxed.objective), relaxed.values
    return finish_in_kernel(program, relaxed, ends, first_reach, known_cost)


def finish_in_kernel(
    program: Arrays, relaxed: Relaxation, ends: float, first_reach: float = KERNEL_REACH, known_cost: float = inf
) -> tuple[Finish, Numbers | None] | None:
    """Solve the program with every column held whose reduced cost is larger than some δ; None if in vain.

    A column held costs at least its reduced cost for each unit it would move, so when the optimum of the rest lies within
    δ of the relaxation, it is the optimum of the whole; else δ is taken as large as that distance. Columns that are not
    asked to be whole are held only where some optimum of the program is whole in every column. first_reach : of δ, relative;
    known_cost : of a solution found elsewhere, above which an optimum need not be proven; "infeasible" may mean one not below it.
    """
    farthest = max(known_cost - relaxed.objective, 0.0)
    reach = min(first_reach * max(abs(relaxed.objective), 1.0), farthest)
    known: Numbers | None = None
    while True:
        held = _held(program, relaxed, reach)
        finish, values = _solve_rest(program, held, np.round(relaxed.values), ends, known)
        if finish.status == "feasible":
            return Finish("feasible", relaxed.objective), values
        if finish.status == "infeasible":
            if not held.any() or reach >= farthest:
                return finish, None
            reach = min(16 * reach, farthest)
        elif finish.status == "optimal" and finish.bound is not None:
            distance = min((finish.bound - relaxed.objective) * (1 + ROUNDING), farthest)
            if distance <= reach * (1 + ROUNDING) or not held.any():
                return finish, values
            reach, known = distance, values
        else:
            return None if known is None else (Finish("feasible", relaxed.objective), known)


def _relaxed(highs: highspy.Highs, ends: float) -> Relaxation | None:
    """Solve the relaxation that HiGHS holds; None when it has no optimum or time runs out."""
    if run(highs, ends).status != "optimal":
        return None
    solution = highs.getSolution()
    objective = float(highs.getInfo().objective_function_value)
    return Relaxation(objective, np.array(solution.col_value), np.array(solution.col_dual))


def run(highs: highspy.Highs, ends: float) -> Finish:
    """Run what HiGHS holds until a time; "unbounded" may still be infeasible."""
    highs.setOptionValue("time_limit", highs.getRunTime() + max(ends - perf_counter(), 0.01))
    highs.run()
    info, word = highs.getInfo(), highs.getModelStatus()
    statuses = highspy.HighsModelStatus
    found = info.primal_solution_status == highspy.kSolutionStatusFeasible
    bound = float(info.mip_dual_bound)
    if word == statuses.kInfeasible:
        return Finish("infeasible", None)
    if word in (statuses.kUnbounded, statuses.kUnboundedOrInfeasible):
        return Finish("unbounded", None)
    if word == statuses.kModelEmpty:
        return Finish("optimal", 0.0)
    if found and word == statuses.kOptimal:
        return Finish("optimal", bound)
    if word in (statuses.kTimeLimit, statuses.kIterationLimit, statuses.kSolutionLimit, statuses.kInterrupt):
        return Finish("feasible" if found else "no_plan", bound if isfinite(bound) else None)
    return Finish("error", None)


def _solve_whole(program: Arrays, ends: float) -> tuple[Finish, Numbers | None]:
    highs = loaded(program, whole=True)
    finish = run(highs, ends)
    return finish, np.array(highs.getSolution().col_value) if finish.status in ("optimal", "feasible") else None


def _held(program: Arrays, relaxed: Relaxation, reach: float) -> NDArray[np.bool_]:
    """Columns at a bound that cost more than the reach for each unit they would move."""
    at_bound = (relaxed.values <= program.lower + ROUNDING) | (relaxed.values >= program.upper - ROUNDING)
    whole = np.ones(len(program.whole), bool) if program.all_whole else program.whole
    return np.asarray(whole & at_bound & (np.abs(relaxed.reduced) > reach))


def _solve_rest(
    program: Arrays, held: NDArray[np.bool_], at: Numbers, ends: float, known: Numbers | None
) -> tuple[Finish, Numbers | None]:
    """Solve for the columns that are not held; known : a solution to start from."""
    rest = _rest(program, held, at)
    if rest is None:
        return Finish("infeasible", None), None
    if held.all():
        return Finish("optimal", rest.constant), np.where(held, at, 0.0)
    highs = loaded(rest, whole=True)
    highs.setOptionValue("mip_heuristic_run_feasibility_jump", False)  # its solutions are far from the relaxation
    if known is not None:
        start = highspy.HighsSolution()
        start.col_value = known[~held].tolist()
        highs.setSolution(start)
    finish = run(highs, ends)
    if finish.status not in ("optimal", "feasible"):
        return finish, None
    values = np.where(held, at, 0.0)
    values[~held] = np.array(highs.getSolution().col_value)
    return finish, values


def _rest(program: Arrays, held: NDArray[np.bool_], at: Numbers) -> Arrays | None:
    """The program of the columns that are not held, without rows that cannot be broken; None when a row must be."""
    free = ~held
    matrix = program.matrix[:, free]
    lower, upper = program.lower[free], program.upper[free]
    fixed = program.matrix @ np.where(held, at, 0.0)
    row_lower, row_upper = program.row_lower - fixed, program.row_upper - fixed
    plus, minus = matrix.maximum(0), matrix.minimum(0)
    far = np.where(np.isfinite(upper), upper, 1e12)
    most, least = plus @ far + minus @ lower, plus @ lower + minus @ far
    if bool(((most < row_lower - ROUNDING) | (least > row_upper + ROUNDING)).any()):
        return None
    binding = (least < row_lower - ROUNDING) | (most > row_upper + ROUNDING)
    return replace(
        program,
        cost=program.cost[free],
        lower=lower,
        upper=upper,
        whole=program.whole[free],
        matrix=matrix[binding],
        row_lower=row_lower[binding],
        row_upper=row_upper[binding],
        constant=program.constant + float((program.cost * at)[held].sum()),  # "@" would start threads
        levels=(),
    )


def loaded(program: Arrays, *, whole: bool) -> highspy.Highs:
    """HiGHS holding a program, or its relaxation."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": ABSOLUTE_GAP,
        "presolve": "choose" if whole else "off",
    }
    for name, value in options.items():
        highs.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.matrix.shape
    lp.offset_ = program.constant
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    if whole:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in program.whole.astype(int).tolist()]
    highs.passModel(lp)
    return highs
