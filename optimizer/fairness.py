"""The objective "worst": the worst office of all phases as good as it can be, then the next worst, and so on, exactly.

Lexicographic minimax of the overload by the curves (not of options beside them). Stage by stage the smallest T is sought
such that no office still free need be above it, by bisection over the values that the curves can take. Some office then
has exactly T in every best plan. An office that cannot be below T while no free office is above it is held at T; where it
may be one office or another, binaries choose which. What freedom is left after the last stage goes to the least weighted
total.

Bisection asks the relaxation first: what it cannot, no plan can. A plan that keeps every T found so proves them all; when
there is none, each question is put to the whole program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .arrays import Arrays, PhaseColumns, StaffingArrays
from .highs import Basis, Finish, Numbers
from .problem import PhaseProblem, Place, StaffingProblem
from .repeated import Repeated
from .sharpening import narrowed
from .solve import Outcome, Staffing, Stage, answered, crews_of, solve, staffing_of_stays, with_counters_needed
from .stays import Stays

STAGES = 12  #: worst offices that are made as good as can be, one after the other, before the total counts
Terms = list[tuple[int, float]]  #: (column, coefficient)


def solve_by_objective(
    problem: StaffingProblem, time_limit_s: float = 60.0, basis: Basis | None = None
) -> tuple[Outcome, Staffing | None]:
    """Solve a problem for the objective it names; no counter is added that nobody needs. basis : as `solve`."""
    worst = problem.objective == "worst"
    outcome, staffing = least_worst(problem, time_limit_s) if worst else solve(problem, time_limit_s, basis)
    return outcome, staffing and with_counters_needed(problem, staffing)


def least_worst(
    problem: StaffingProblem, time_limit_s: float = 60.0, most_stages: int = STAGES
) -> tuple[Outcome, Staffing | None]:
    """Return a plan whose offices, the worst first, are as good as can be, and of such plans one of least weighted total.

    The outcome is that of the total; its stages tell what was proven of each worst office. Time that runs out ends the
    stages.
    """
    began = perf_counter()
    ends, stays = began + time_limit_s, Stays.of(problem)
    found: tuple[Outcome, Staffing | None] = Outcome("no_plan", None, None, None, 0.0), None
    for exact in (False, True):
        search = _Search.of(problem, stays.in_stays, ends, exact)
        levels = search.run(most_stages)
        if levels is None:
            continue
        finish, values = search.finish()
        outcome, staffing = answered(problem, finish, staffing_of_stays(problem, stays, values), perf_counter() - began)
        found = outcome, staffing
        if staffing is not None:
            return replace(outcome, stages=_stages(problem, staffing, levels)), staffing
        if perf_counter() > ends:
            break
    return found


def office_overloads(problem: StaffingProblem, staffing: Staffing) -> dict[tuple[str, str], int]:
    """Overload by the curves of each phase and office, person-seconds a day."""
    found = {}
    for phase, chosen in zip(problem.phases, staffing, strict=True):
        crews = crews_of(phase, chosen)
        for office, places in phase.places().items():
            found[phase.phase, office] = sum(phase.curves[place][crews[place]] for place in places)
    return found


def _stages(problem: StaffingProblem, staffing: Staffing, levels: list[int]) -> tuple[Stage, ...]:
    """Each level found with the offices that have it in the plan."""
    overloads = office_overloads(problem, staffing)
    return tuple(
        Stage(level, tuple(sorted(place for place, value in overloads.items() if value == level)))
        for level in sorted(set(levels), reverse=True)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One office in one phase."""

    phase: PhaseProblem
    columns: PhaseColumns
    places: tuple[Place, ...]
    terms: Terms  #: its overload, but for a constant
    fixed: int
    values: NDArray[np.int64]  #: that its overload may take, ascending

    def holds(self, value: int) -> bool:
        """Whether the overload can be exactly that."""
        place = int(np.searchsorted(self.values, value))
        return place < len(self.values) and int(self.values[place]) == value


@dataclass(slots=True)
class _Search:
    """The stages so far: offices held at a level, the others free; binaries where a level may be one office's or another's."""

    program: Repeated
    entries: list[_Entry]
    rows: list[int]  #: that caps the overload of each entry
    ends: float
    exact: bool  #: whether the whole program is asked, not its relaxation
    held: dict[int, int] = field(default_factory=dict)  #: entry → its level
    choices: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  #: entry → levels it may have, and their binaries
    level: int | None = None  #: of free entries, at most

    @classmethod
    def of(cls, problem: StaffingProblem, arrays: StaffingArrays, ends: float, exact: bool) -> "_Search":
        program = Repeated.of(arrays)
        entries = [
            _entry(phase, columns, tuple(places))
            for phase, columns in zip(problem.phases, program.arrays.phases, strict=True)
            for places in phase.places().values()
        ]
        base = program.arrays.program
        rows = list(range(base.matrix.shape[0], base.matrix.shape[0] + len(entries)))
        extended = _with_rows(base, [entry.terms for entry in entries], [inf] * len(entries))
        return cls(program.with_program(extended), entries, rows, ends, exact)

    def run(self, most_stages: int) -> list[int] | None:
        """Go through the stages; each level once for every office at it. None when the relaxation cannot tell."""
        levels: list[int] = []
        while len(levels) < most_stages and len(self.held) < len(self.entries):
            level = self._least_level()
            if level is None:
                break
            self.level = level
            if level <= 0:
                break
            reached = [rank for rank in self._free() if self.entries[rank].holds(level)]
            stuck = self._stuck(reached, level)
            if stuck is not None:
                self.held |= dict.fromkeys(stuck, level)
                levels += [level] * len(stuck)
                continue
            if perf_counter() > self.ends:
                break
            if not self.exact:
                return None
            count = self._choose(reached, level)
            if count is None:
                break
            levels += [level] * count
            self.level = level - 1
        return levels

    def finish(self) -> tuple[Finish, Numbers | None]:
        """Solve for the least total within the levels found."""
        base, program = self.program.arrays.program, self._within(self.level, {})
        if program is None:
            return Finish("infeasible", None), None
        return self.program.solve(replace(program, cost=base.cost, constant=base.constant), self.ends)

    def _free(self) -> list[int]:
        return [rank for rank in range(len(self.entries)) if rank not in self.held]

    def _least_level(self) -> int | None:
        """The smallest level that free entries need not exceed; None when time runs out or when there is none."""
        grid = np.unique(np.concatenate([self.entries[rank].values for rank in self._free()]))
        if self.level is not None:
            grid = grid[: int(np.searchsorted(grid, self.level, "right"))]
        elif not self._possible(int(grid[-1]), {}):
            return None
        low, high = 0, len(grid) - 1
        while low < high:
            middle = (low + high) // 2
            possible = self._possible(int(grid[middle]), {})
            if possible is None:
                return None
            low, high = (low, middle) if possible else (middle + 1, high)
        return int(grid[low]) if len(grid) else None

    def _stuck(self, reached: list[int], level: int) -> list[int] | None:
        """Those of the entries reached that are at the level in every best plan; None when it may be one or another."""
        if len(reached) == 1:
            return reached
        stuck = [rank for rank in reached if self._possible(level, {rank: level - 1}) is False]
        if len(stuck) == len(reached) or (stuck and self._possible(level - 1, dict.fromkeys(stuck, level))):
            return stuck
        return None

    def _possible(self, level: int, others: dict[int, int]) -> bool | None:
        """Tell whether free entries can all be at a level or below, some at others; None when time runs out."""
        program = self._within(level, others)
        if program is None:
            return False
        if not self.exact:
            return self.program.may_be_solved(program, self.ends)
        finish, _ = self.program.solve(program, self.ends)
        return {"optimal": True, "feasible": True, "infeasible": False}.get(finish.status)

    def _within(self, level: int | None, others: dict[int, int]) -> Arrays | None:
        """The program without costs and with every entry at its level or below; None when an entry cannot be so good."""
        base = self.program.arrays.program
        lower, upper, row_upper = base.lower.copy(), base.upper.copy(), base.row_upper.copy()
        for rank, entry in enumerate(self.entries):
            most = self.held.get(rank, others.get(rank, level))
            if most is None:
                continue
            row_upper[self.rows[rank]] = most - entry.fixed
            highest = max([most, *(chosen for chosen, _ in self.choices.get(rank, ()))])
            if not narrowed(entry.phase, entry.columns, entry.places, highest, lower, upper):
                return None
        return replace(base, cost=np.zeros(len(base.cost)), constant=0.0, lower=lower, upper=upper, row_upper=row_upper)

    def _choose(self, reached: list[int], level: int) -> int | None:
        """Let a binary d say of each entry reached whether it has the level, and hold their number to the fewest.

        F − Σ_i level_i d_i ≤ the level of free entries; at most one level an entry; where d_i is 1, F ≤ level_i. None when
        the fewest are not proven.
        """
        base, n_columns = self.program.arrays.program, len(self.program.arrays.program.cost)
        columns = {rank: n_columns + place for place, rank in enumerate(reached)}
        rows: list[Terms] = [[(column, 1.0) for column in columns.values()]]
        most = [float(len(reached))]
        for rank, column in columns.items():
            if earlier := self.choices.get(rank, []):
                entry = self.entries[rank]
                rows.append([(column, 1.0), *((binary, 1.0) for _, binary in earlier)])
                rows.append([*entry.terms, *((binary, float(level - chosen)) for chosen, binary in earlier)])
                most += [1.0, float(level - entry.fixed)]
        capped = [[(self.rows[rank], -float(level))] for rank in reached]
        former = self.program, self.choices
        self.program = self.program.with_program(_with_rows(_with_columns(base, capped), rows, most))
        self.choices = self.choices | {rank: [*self.choices.get(rank, []), (level, columns[rank])] for rank in reached}
        count = self._fewest(list(columns.values()), level)
        if count is None:
            self.program, self.choices = former
            return None
        extended = self.program.arrays.program
        extended.row_upper[base.matrix.shape[0]] = count
        return count

    def _fewest(self, binaries: list[int], level: int) -> int | None:
        """The fewest of the binaries that must be 1 when all free entries are below the level but for them."""
        program = self._within(level - 1, {})
        if program is None:
            return None
        program.cost[binaries] = 1.0
        finish, values = self.program.solve(program, self.ends)
        return None if values is None or finish.status != "optimal" else round(float(values[binaries].sum()))


def _entry(phase: PhaseProblem, columns: PhaseColumns, places: tuple[Place, ...]) -> _Entry:
    terms: Terms = []
    fixed = 0
    for place in places:
        curve, base = phase.curves[place], phase.base[place]
        if (place, base) in columns.level:
            terms += [(columns.level[place, crew], float(value)) for crew, value in curve.items()]
            continue
        fixed += curve[base]
        steps = [crew for crew in curve if crew != base]
        terms += [(columns.step[place, n], float(curve[n] - curve[n - 1 if n > base else n + 1])) for n in steps]
    sums = np.zeros(1, np.int64)
    for place in places:
        sums = np.unique(sums[:, None] + np.array(list(phase.curves[place].values()), np.int64))
    return _Entry(phase, columns, places, terms, fixed, sums)


def _with_rows(program: Arrays, rows: Sequence[Terms], most: Sequence[float]) -> Arrays:
    """The program with further rows, Σ terms ≤ most."""
    entries = [(row, column, value) for row, terms in enumerate(rows) for column, value in terms if value]
    row, column, value = (np.array(part) for part in zip(*entries, strict=True)) if entries else (np.zeros(0, np.int64),) * 3
    added = sparse.csr_array((value.astype(float), (row, column)), shape=(len(rows), program.matrix.shape[1]))
    return replace(
        program,
        matrix=_compact(sparse.vstack([program.matrix, added])),
        row_lower=np.concatenate([program.row_lower, np.full(len(rows), -inf)]),
        row_upper=np.concatenate([program.row_upper, np.array(most, float)]),
    )


def _with_columns(program: Arrays, columns: Sequence[Terms]) -> Arrays:
    """The program with further binaries without cost; each with its (row, coefficient)."""
    entries = [(row, column, value) for column, terms in enumerate(columns) for row, value in terms]
    row, column, value = (np.array(part) for part in zip(*entries, strict=True))
    count = len(columns)
    added = sparse.csr_array((value.astype(float), (row, column)), shape=(program.matrix.shape[0], count))
    return replace(
        program,
        cost=np.concatenate([program.cost, np.zeros(count)]),
        lower=np.concatenate([program.lower, np.zeros(count)]),
        upper=np.concatenate([program.upper, np.ones(count)]),
        whole=np.concatenate([program.whole, np.ones(count, bool)]),
        matrix=_compact(sparse.hstack([program.matrix, added])),
    )


def _compact(matrix: sparse.csr_array) -> sparse.csr_array:
    """Row by row, with the small indices that HiGHS takes."""
    found = sparse.csr_array(matrix)
    found.indices, found.indptr = found.indices.astype(np.int32), found.indptr.astype(np.int32)
    return found
