"""The program of arrays in fewer columns and rows, as the solver gets it; both have the same optimum.

Officers whom neither a curve nor a price nor a rule tells apart in any phase are one class. A column is a stay, of officers of
a class at an office from one phase to another: x_pcj is the sum of the stays over phase p, a_pcj the sum of those that begin
with it. Every x is such a sum with the least a there is: those who are there and do not come were there before, or at an office
that has been merged into it. So the rows `comers`, which are most of all rows, hold by themselves. Rows that differ in bounds
alone are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .arrays import Arrays, PhaseColumns, StaffingArrays, staffing_arrays
from .problem import PhaseProblem, StaffClass, StaffingProblem
from .sharpening import narrowed

Columns = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stays:
    """A staffing problem without officers told apart, its program, and that program in stays."""

    problem: StaffingProblem
    arrays: StaffingArrays  #: without the rows `comers`
    sums: sparse.csr_array  #: columns of the program = sums @ columns in stays
    in_stays: StaffingArrays  #: without columns of classes; names are those of a problem much like it

    @classmethod
    def of(cls, problem: StaffingProblem) -> "Stays":
        """Write the program of a staffing problem."""
        problem = alike(problem)
        arrays = staffing_arrays(problem, comers=False)
        columns = _Columns.of(problem, arrays)
        first, others, place = columns.first, columns.others, columns.place
        program = replace(
            arrays.program,
            cost=arrays.program.cost @ columns.sums,
            lower=np.concatenate([np.zeros(len(first)), arrays.program.lower[others]]),
            upper=np.concatenate([arrays.program.upper[first], arrays.program.upper[others]]),
            whole=np.concatenate([np.ones(len(first), bool), arrays.program.whole[others]]),
            matrix=_compact(arrays.program.matrix @ columns.sums),
            levels=tuple(place[levels] for levels in arrays.program.levels),
        )
        rows = _row_names(problem, arrays)
        program, kept = _without_doubles(program, [name.startswith(("holders_", "minimum_crew_")) for name in rows])
        phases, names = tuple(_placed(phase, place) for phase in arrays.phases), tuple(rows[row] for row in kept)
        for phase, here in zip(problem.phases, phases, strict=True):
            _close_crews(phase, here, program)
        return cls(problem, arrays, columns.sums, StaffingArrays(program, phases, columns.names, names))


def alike(problem: StaffingProblem) -> StaffingProblem:
    """The problem with one class in place of several that agree in everything but who they are, in every phase.

    The slower of them come first, and stay where they are: the faster go where more citizens wait.
    """
    pace = {name: one.pace for phase in problem.phases for one in phase.classes for name in one.officers}
    told: dict[tuple[str, ...], list[object]] = {}
    for number, phase in enumerate(problem.phases):
        for one in phase.classes:
            told.setdefault(one.officers, []).append((number, _told_by(one)))
    groups: dict[tuple[object, ...], list[str]] = {}
    group_of = {officers: groups.setdefault(tuple(key), []) for officers, key in told.items()}
    for officers, group in group_of.items():
        group.extend(officers)
    joined = {officers: tuple(sorted(group, key=lambda name: (-pace[name], name))) for officers, group in group_of.items()}
    phases = []
    for phase in problem.phases:
        classes = {joined[one.officers]: one for one in phase.classes}
        named = (one if one.officers == officers else replace(one, officers=officers) for officers, one in classes.items())
        phases.append(replace(phase, classes=tuple(named)))
    return replace(problem, phases=tuple(phases))


def _told_by(one: StaffClass) -> tuple[object, ...]:
    """All by which a program may tell a class from another."""
    return one.home, one.share_pm, one.fields, one.targets, one.shift, one.came, one.learning_s, one.left


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns: stays, then all columns that are not sums of them."""

    sums: sparse.csr_array
    first: Columns  #: x of the first phase of each stay
    others: Columns
    place: Columns  #: of each column of the program that is no sum
    names: tuple[str, ...]

    @classmethod
    def of(cls, problem: StaffingProblem, arrays: StaffingArrays) -> "_Columns":
        """Find them."""
        staff = [np.fromiter(phase.staff.values(), np.int64, len(phase.staff)) for phase in arrays.phases]
        comes = np.full(len(arrays.names), -1)
        for phase in arrays.phases:
            comes[[phase.staff[key] for key in phase.comes]] = list(phase.comes.values())
        rows, columns, first, lasts = _counts(staff, _follows(problem, arrays), comes)
        other = np.ones(len(comes), bool)
        other[np.concatenate([*staff, comes[comes >= 0]])] = False
        others, place = np.flatnonzero(other), len(first) + np.cumsum(other) - 1
        rows, columns = np.concatenate([rows, others]), np.concatenate([columns, place[others]])
        sums = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(comes), len(first) + len(others)))
        places = {
            column: f"{problem.phases[number].classes[rank].officers[0]} {office} {number}"
            for number, phase in enumerate(arrays.phases)
            for (rank, office), column in phase.staff.items()
        }
        names = [f"{places[column]} {last}" for column, last in zip(first.tolist(), lasts.tolist(), strict=True)]
        return cls(sums, first, others, place, (*names, *(arrays.names[column] for column in others)))


def _follows(problem: StaffingProblem, arrays: StaffingArrays) -> Columns:
    """Of each x that of the same officers in the next phase who stay where they are; -1 where there is none."""
    found = np.full(len(arrays.names), -1)
    for number, into in enumerate(problem.into):
        later = {before: rank for rank, before in problem.before(number + 1).items()}
        staff = arrays.phases[number + 1].staff
        for (rank, office), column in arrays.phases[number].staff.items():
            if rank in later:
                found[column] = staff.get((later[rank], into[office]), -1)
    return found


def _counts(staff: Sequence[Columns], follows: Columns, comes: Columns) -> tuple[Columns, Columns, Columns, Columns]:
    """Columns that stays count in and these stays, one by one; then of each stay its first column and its phases."""
    none = np.zeros(0, np.int64)
    rows, columns, firsts, lasts, count = [none], [none], [none], [none], 0
    for begin in staff:
        held = [begin]
        while len(begin := held[0]):
            stays = np.arange(count, count + len(begin))
            rows += [*held, comes[begin]]
            columns += [stays] * (len(held) + 1)
            firsts.append(begin)
            lasts.append(np.full(len(begin), len(held)))
            count += len(begin)
            goes_on = follows[held[-1]] >= 0
            held = [each[goes_on] for each in (*held, follows[held[-1]])]
    row, column = np.concatenate(rows), np.concatenate(columns)
    return row[row >= 0], column[row >= 0], np.concatenate(firsts), np.concatenate(lasts)


def _row_names(problem: StaffingProblem, arrays: StaffingArrays) -> list[str]:
    """Names of the rows of the arrays, those of a class by who is in it."""
    known = {
        f"placed_{phase.phase}_{rank}": f"placed_{phase.phase}_{one.officers[0]}"
        for phase in problem.phases
        for rank, one in enumerate(phase.classes)
    }
    return [known.get(name, name) for name in arrays.rows]


def _placed(columns: PhaseColumns, place: Columns) -> PhaseColumns:
    """The columns of a phase where they are in stays."""
    groups: dict[str, dict[Any, int]] = {one.name: getattr(columns, one.name) for one in fields(columns)}
    placed = {name: {key: int(place[column]) for key, column in group.items()} for name, group in groups.items()}
    return PhaseColumns(**placed | {"staff": {}, "comes": {}})


def _close_crews(phase: PhaseProblem, columns: PhaseColumns, program: Arrays) -> None:
    """Close the crews with which an office would be worse than any may be."""
    if phase.max_overload_s is not None:
        for office, places in phase.places().items():
            most = max(phase.max_overload_s, phase.home_cost(office))
            narrowed(phase, columns, places, most, program.lower, program.upper)


def _without_doubles(program: Arrays, among: Sequence[bool]) -> tuple[Arrays, Columns]:
    """The program with one of those of some rows that differ in bounds alone, and which rows these are."""
    matrix = program.matrix
    known: dict[tuple[bytes | int, ...], int] = {}
    of = np.zeros(matrix.shape[0], np.int64)
    for row, double in enumerate(among):
        terms = slice(matrix.indptr[row], matrix.indptr[row + 1])
        key = (matrix.indices[terms].tobytes(), matrix.data[terms].tobytes()) if double else (row,)
        of[row] = known.setdefault(key, len(known))
    lower, upper = np.full(len(known), -np.inf), np.full(len(known), np.inf)
    np.maximum.at(lower, of, program.row_lower)
    np.minimum.at(upper, of, program.row_upper)
    first = np.unique(of, return_index=True)[1]
    return replace(program, matrix=matrix[first], row_lower=lower, row_upper=upper), first


def _compact(matrix: sparse.csr_array) -> sparse.csr_array:
    """In order, with the small indices that HiGHS takes."""
    matrix.sort_indices()
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix
