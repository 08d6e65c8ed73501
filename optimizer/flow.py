"""The staffing of a country in one phase as a flow of least cost: classes → places, and unit steps of convex cost at places.

It has everyone placed, who may go where, crews within their curves, prices and a cap on moves; no rule on fields, which a
class that may go somewhere is taken to hold. Staying is what is left when nobody moves, so it has no columns.

    min  Σ_m price_m x_m + Σ_s change_s u_s
    Σ_{m from c} x_m ≤ size_c                                  no more leave a class than are in it
    Σ_{m to j} x_m − Σ_{m from j} x_m = Σ_{s up} u_s − Σ_{s down} u_s     steps are what the crew changes
    Σ_m x_m ≤ max_moves

Without the last row the columns are arcs of one network, so the relaxation is whole. The row is priced: at λ a move the
program falls apart into provinces, each solved by itself from where it stood, and λ is found as the price at which the
lines of the best few and the best many moves meet (Eisner and Severance 1976, J. ACM 23(4)). That merges the value curves
of all provinces by marginal allocation. Where no price gives exactly max_moves, the kernel of the reduced costs closes the gap.
"""

from dataclasses import dataclass, replace
from math import inf
from time import perf_counter

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .arrays import Arrays
from .highs import Finish, Numbers, Relaxation, finish_in_kernel, loaded, run
from .solve import Outcome, judged

Whole = NDArray[np.int64]
PIECE = 4_000  #: columns from which a piece of the country is solved by itself
CLOSE = 1e-6  #: relative; two values that differ by less are the same
FIRST_REACH = 1e-7  #: of the kernel, relative


@dataclass(frozen=True, slots=True)
class Flow:
    """A country in one phase: J places, C classes of alike officers, M possible moves of one officer.

    curves : (J,) arrays of whole person-seconds a day over crews lowest, lowest + 1, …; convex.
    """

    curves: tuple[Whole, ...]
    lowest: Whole  #: (J,) crew at the beginning of each curve
    crews: Whole  #: (J,) as they are
    home: Whole  #: (C,) place
    size: Whole  #: (C,)
    source: Whole  #: (M,) class
    target: Whole  #: (M,) place, other than home
    price: Whole  #: (M,) person-seconds a day
    max_moves: int

    def __post_init__(self) -> None:
        if any(len(curve) > 2 and (np.diff(curve, 2) < 0).any() for curve in self.curves):
            raise ValueError("a curve is not convex")
        if (np.bincount(self.home, self.size, len(self.curves)) > self.crews).any():
            raise ValueError("classes are larger than their crews")

    def cost(self, moves: Whole) -> int:
        """Overload and prices of a plan; moves : (M,) officers."""
        places = zip(self.curves, (self.crews_after(moves) - self.lowest).tolist(), strict=True)
        return sum(int(curve[place]) for curve, place in places) + int(self.price @ moves)

    def crews_after(self, moves: Whole) -> Whole:
        """Crews of a plan; (J,)."""
        found = self.crews.copy()
        np.add.at(found, self.target, moves)
        np.subtract.at(found, self.home[self.source], moves)
        return found

    def broken(self, moves: Whole) -> tuple[str, ...]:
        """Names of the rules that a plan breaks."""
        leave, crews = np.bincount(self.source, moves, len(self.size)), self.crews_after(moves)
        highest = self.lowest + np.array([len(curve) - 1 for curve in self.curves])
        broken = {
            "sign": bool((moves < 0).any()),
            "placed": bool((leave > self.size).any()),
            "level": bool(((crews < self.lowest) | (crews > highest)).any()),
            "few_moves": int(moves.sum()) > self.max_moves,
        }
        return tuple(name for name, found in broken.items() if found)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Steps away from the present crew, one officer each."""

    place: Whole
    sign: Whole  #: +1 more, −1 fewer
    change: Whole  #: person-seconds a day


def solve_flow(flow: Flow, time_limit_s: float = 60.0) -> tuple[Outcome, Whole | None]:
    """Solve a country to proven gap 0, or as far as the time allows; return the officers of each move."""
    began = perf_counter()
    ends = began + time_limit_s
    program = flow_arrays(flow)
    priced = _priced(flow, program, ends)
    if priced is None:
        return Outcome("no_plan", None, None, None, perf_counter() - began), None
    relaxed, few = priced
    if few @ program.cost + program.constant - relaxed.objective < 1.0:
        finish, values = Finish("optimal", relaxed.objective), few
    else:
        found = finish_in_kernel(program, relaxed, ends, FIRST_REACH)
        finish, values = Finish("feasible", relaxed.objective), few
        if found is not None and found[1] is not None:
            finish, values = found[0], found[1]
    moves = np.round(values[: len(flow.source)]).astype(np.int64)
    if flow.broken(moves):
        return Outcome("error", None, finish.bound, None, perf_counter() - began), None
    return judged(flow.cost(moves), finish.bound, finish.status == "optimal", perf_counter() - began), moves


def flow_arrays(flow: Flow) -> Arrays:
    """The whole program: moves, then steps; rows of classes, of places, and the cap on moves."""
    steps = _steps(flow)
    n_moves, n_steps, n_classes, n_places = len(flow.source), len(steps.place), len(flow.size), len(flow.curves)
    move, step = np.arange(n_moves), n_moves + np.arange(n_steps)
    one = np.ones(n_moves)
    entries = (
        (flow.source, move, one),
        (n_classes + flow.target, move, one),
        (n_classes + flow.home[flow.source], move, -one),
        (n_classes + steps.place, step, -steps.sign.astype(np.float64)),
        (np.full(n_moves, n_classes + n_places), move, one),
    )
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    shape = (n_classes + n_places + 1, n_moves + n_steps)
    matrix = sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))
    matrix.indptr, matrix.indices = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    zeros = np.zeros(n_places)
    return Arrays(
        cost=np.concatenate([flow.price, steps.change]).astype(np.float64),
        lower=np.zeros(n_moves + n_steps),
        upper=np.concatenate([flow.size[flow.source], np.ones(n_steps)]).astype(np.float64),
        whole=np.arange(n_moves + n_steps) < n_moves,
        matrix=matrix,
        row_lower=np.concatenate([np.full(n_classes, -inf), zeros, [-inf]]),
        row_upper=np.concatenate([flow.size, zeros, [flow.max_moves]]).astype(np.float64),
        constant=float(flow.cost(np.zeros(n_moves, np.int64))),
        all_whole=True,
    )


def _steps(flow: Flow) -> _Steps:
    lengths = np.array([len(curve) for curve in flow.curves])
    values, place = np.concatenate(flow.curves), np.repeat(np.arange(len(lengths)), lengths)
    crew = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + flow.lowest[place]
    now = flow.crews[place]
    up, down = np.flatnonzero(crew > now), np.flatnonzero(crew < now)
    return _Steps(
        place=np.concatenate([place[up], place[down]]),
        sign=np.concatenate([np.ones(len(up), np.int64), -np.ones(len(down), np.int64)]),
        change=np.concatenate([values[up] - values[up - 1], values[down] - values[down + 1]]),
    )


# -- the price of a move -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """Provinces that are solved together: what HiGHS holds of them, and their columns in the country."""

    highs: highspy.Highs
    columns: Whole
    moves: NDArray[np.int32]  #: those of its own columns that are moves
    cost: Numbers  #: of these


@dataclass(frozen=True, slots=True)
class _Answer:
    """The best plan at a price of moves."""

    cost: float  #: without that price
    moves: float
    values: Numbers
    reduced: Numbers  #: at that price

    def value(self, price: float, max_moves: int) -> float:
        """Lagrangian at a price."""
        return self.cost + price * (self.moves - max_moves)


def _priced(flow: Flow, program: Arrays, ends: float) -> tuple[Relaxation, Numbers] | None:
    """The relaxation by the best price of a move, and the best plan met that keeps to the cap; None when time runs out.

    The bound is the Lagrangian at that price. Reduced costs are those at that price, valid for every plan within the cap.
    """
    pieces = _pieces(flow, program)
    many = _answer(program, pieces, 0.0, ends)
    if many is None:
        return None
    if many.moves <= flow.max_moves + CLOSE:
        return _relaxed(program, many, many.cost), many.values
    nobody = np.zeros(len(program.cost))
    few = _Answer(program.constant, 0.0, nobody, nobody)
    while True:
        price = (few.cost - many.cost) / (many.moves - few.moves)
        meets = few.value(price, flow.max_moves)
        found = _answer(program, pieces, price, ends)
        if found is None:
            return None
        value = found.value(price, flow.max_moves)
        if found.moves <= flow.max_moves + CLOSE and found.cost < few.cost:
            few = found
        if value >= meets - CLOSE * max(abs(meets), 1.0) / 100 or abs(found.moves - flow.max_moves) < CLOSE:
            return _relaxed(program, found, value), few.values
        if found.moves > flow.max_moves:
            many = found


def _relaxed(program: Arrays, answer: _Answer, bound: float) -> Relaxation:
    """Columns stand at the bound to which their reduced cost pushes them."""
    pushed = np.where(answer.reduced > 0, program.lower, np.where(answer.reduced < 0, program.upper, answer.values))
    return Relaxation(bound, pushed, answer.reduced)


def _answer(program: Arrays, pieces: list[_Piece], price: float, ends: float) -> _Answer | None:
    values, reduced = np.zeros(len(program.cost)), np.zeros(len(program.cost))
    moves = 0.0
    for piece in pieces:
        piece.highs.changeColsCost(len(piece.moves), piece.moves, piece.cost + price)
        if run(piece.highs, ends).status != "optimal":
            return None
        solution = piece.highs.getSolution()
        values[piece.columns], reduced[piece.columns] = solution.col_value, solution.col_dual
        moves += float(values[piece.columns[piece.moves]].sum())
    return _Answer(float(program.cost @ values) + program.constant, moves, values, reduced)


def _pieces(flow: Flow, program: Arrays) -> list[_Piece]:
    """Parts of the country between which nobody moves, the small ones together."""
    n_moves, n_places = len(flow.source), len(flow.curves)
    here = flow.home[flow.source]
    links = sparse.coo_array((np.ones(n_moves), (here, flow.target)), shape=(n_places, n_places))
    _, part = connected_components(links, directed=False)
    column_part = np.concatenate([part[here], part[_steps(flow).place]])
    sizes = np.bincount(column_part, minlength=int(part.max()) + 1)
    group = (np.cumsum(sizes) - sizes) // PIECE
    column_group, row_group = group[column_part], np.concatenate([group[part[flow.home]], group[part]])
    matrix = sparse.csc_array(program.matrix[:-1])
    found = []
    for number in np.unique(column_group):
        columns, rows = np.flatnonzero(column_group == number), np.flatnonzero(row_group == number)
        inside = sparse.csr_array(sparse.csr_array(matrix[:, columns])[rows])
        alone = replace(
            program,
            cost=program.cost[columns],
            lower=program.lower[columns],
            upper=program.upper[columns],
            whole=program.whole[columns],
            matrix=inside,
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            constant=0.0,
        )
        moves = np.flatnonzero(columns < n_moves).astype(np.int32)
        found.append(_Piece(loaded(alone, whole=False), columns, moves, alone.cost[moves]))
    return found
