"""Office × half hour: where and when queues grow too long."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from numpy.typing import NDArray

from ..summary import OfficeLine, PhaseSummary
from .style import DAYS_STEPS, SCALE, SOFT, STYLED, Array, bare, classes_legend, name_rows, new_figure, steps_text
from .tongues import Tongue, indicator_text, say

SHOWN = 26  #: offices by name


@STYLED
def heat_figure(phase: PhaseSummary, lang: Tongue) -> Figure:
    """Office × half hour as it is and as planned, the most overloaded offices by name."""
    rows = min(SHOWN, len(phase.offices))
    figure = new_figure(2.0 + 0.19 * max(rows, 4))
    left, right = figure.subplots(1, 2)
    first, last = _open_window(phase.heat_as_is + phase.heat_planned)
    draw_heat(left, phase.heat_as_is[:, first:last], phase.offices, lang, first=first, planned=False)
    draw_heat(right, phase.heat_planned[:, first:last], phase.offices, lang, first=first, planned=True, named=False)
    left.set_title(say("state.as_is", lang))
    right.set_title(say("state.planned", lang))
    classes_legend(figure, steps_text(DAYS_STEPS, lang, share=True), say("chart.heat_legend", lang))
    return figure


def draw_heat(
    axes: Axes,
    shares: Array,
    offices: Sequence[OfficeLine],
    lang: Tongue,
    *,
    first: int,
    planned: bool,
    named: bool = True,
) -> None:
    """Draw office × half hour: a row for each of the worst offices, one row for the mean of the rest.

    shares : (O, H) share of days overloaded, offices in the order of `offices`; first : half hour of column 0; named :
    whether names stand beside the rows.
    """
    shown = shares[:SHOWN]
    rest = shares[SHOWN:]
    labels = [office.name for office in offices[:SHOWN]]
    places = list(np.arange(len(shown), dtype=float))
    if len(rest):
        shown = np.vstack([shown, rest.mean(axis=0)])
        labels.append(say("chart.rest", lang, count=len(rest)))
        places.append(len(places) + 0.5)
    for step, color in enumerate(SCALE):
        spots = np.argwhere(np.digitize(shown, DAYS_STEPS) == step)
        if len(spots):
            together = cells(spots[:, 1], np.array(places)[spots[:, 0]])
            axes.add_collection(PathCollection([together], facecolors=color, linewidths=0))
    width = shares.shape[1]
    axes.set_xlim(0, width + 4.2)
    axes.set_ylim((places[-1] if places else 0) + 0.6, -0.6)
    ticks = [column for column in range(width + 1) if (first + column) % 4 == 0]
    axes.set_xticks(ticks, [f"{(first + column) // 2}:00" for column in ticks])
    name_rows(axes, places if named else (), labels if named else (), 7.2)
    for office, place in zip(offices, places, strict=False):
        value = office.overload.after if planned else office.overload.before
        axes.text(
            width + 0.4, place, indicator_text("overload_min_per_day", value.mean, lang), va="center", fontsize=6.6, color=SOFT
        )
    axes.text(width + 0.4, -0.75, say("chart.heat_minutes", lang), va="bottom", fontsize=6.6, color=SOFT)
    bare(axes)


def cells(columns: NDArray[np.int64], places: NDArray[np.float64] | NDArray[np.int64]) -> Path:
    """Cells of a heat map with a little room about them, as one path; columns, places : (n,) of the cells."""
    gap = 0.06
    left, right, low, high = columns + gap, columns + 1 - gap, places - 0.5 + gap, places + 0.5 - gap
    corners = np.array([(left, low), (right, low), (right, high), (left, high), (left, low)])  # (5, 2, n)
    codes = np.array([Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY], Path.code_type)
    return Path(corners.transpose(2, 0, 1).reshape(-1, 2), np.tile(codes, len(columns)))


def _open_window(shares: Array) -> tuple[int, int]:
    """The half hours worth showing: 7:00 to 17:00, wider when something happens outside."""
    used = np.flatnonzero(shares.any(axis=0))
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (14, 34)
    return min(first, 14), max(last, 34)
