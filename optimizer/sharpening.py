"""Bounds drawn in to what whole numbers can reach: no whole solution is lost, and the relaxation comes nearer to them.

Five counters hold eight officers who are at the counter for 600 per mille of their time, not eight and a third.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import floor

import numpy as np
from numpy.typing import NDArray

from .arrays import Arrays, PhaseColumns
from .problem import PhaseProblem, Place

Numbers = NDArray[np.float64]

FARTHEST = 1_000_000  #: bounds above it are left alone


def sharpened(program: Arrays) -> Arrays:
    """The program with upper bounds at sums that can be made, of rows of positive whole coefficients on whole columns."""
    matrix = program.matrix
    filled = np.flatnonzero(np.diff(matrix.indptr))
    starts = matrix.indptr[filled]
    if not len(filled):
        return program
    whole = program.whole[matrix.indices] & (program.lower[matrix.indices] == 0) & (matrix.data == np.floor(matrix.data))
    fits = np.logical_and.reduceat(whole, starts) & (np.minimum.reduceat(matrix.data, starts) > 0)
    fits &= (np.maximum.reduceat(matrix.data, starts) > 1) & (program.row_upper[filled] <= FARTHEST)
    upper, known = program.row_upper.copy(), {}
    for row in filled[fits & (program.row_upper[filled] >= 0)].tolist():
        sizes = np.unique(matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]]).astype(int).tolist()
        key = (floor(upper[row]), *sizes)
        if key not in known:
            known[key] = largest_sum(*key)
        upper[row] = known[key]
    return replace(program, row_upper=upper)


def narrowed(
    phase: PhaseProblem, columns: PhaseColumns, places: Iterable[Place], most: int, lower: Numbers, upper: Numbers
) -> bool:
    """Close the crews at which an office would be above a level whatever its other groups do; false when none is left.

    places : its groups; most : the level, person-seconds a day; lower, upper : bounds of columns, drawn in where they stand.
    """
    curves = {place: phase.curves[place] for place in places}
    spare = most - sum(min(curve.values()) for curve in curves.values())
    for place, curve in curves.items():
        base = phase.base[place]
        allowed = [crew for crew, value in curve.items() if value <= spare + min(curve.values())]
        if not allowed:
            return False
        if (place, base) in columns.level:
            for crew in curve:
                if crew not in allowed:
                    upper[columns.level[place, crew]] = 0.0
            continue
        fewest, largest = min(allowed), max(allowed)
        for crew in curve:
            if crew > base:
                lower[columns.step[place, crew]] = float(crew <= fewest)
                upper[columns.step[place, crew]] = float(crew <= largest)
            elif crew < base:
                lower[columns.step[place, crew]] = float(crew >= largest)
                upper[columns.step[place, crew]] = float(crew >= fewest)
    return True


def largest_sum(most: int, *sizes: int) -> int:
    """The largest sum of sizes, each taken any number of times, that is not above `most`."""
    sums, inside = 1, (1 << (most + 1)) - 1  # bit n: n can be made
    for size in sizes:
        step = size
        while step <= most:
            sums |= sums << step & inside
            step *= 2
    return sums.bit_length() - 1
