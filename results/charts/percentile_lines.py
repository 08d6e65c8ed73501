"""Waits by percentile: how long most people wait at each office, and how long the unlucky ones."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..evidence import SHARES, Percentiles, WaitLine
from ..summary import PhaseSummary, Summary
from .style import (
    AS_IS,
    PAPER,
    PLANNED,
    RULE,
    SOFT,
    STYLED,
    Array,
    bare,
    name_rows,
    new_figure,
    number_axis,
    state_handles,
)
from .tongues import Tongue, say

SHOWN = 20  #: offices by name
MARKERS = ("|", "o", "D")  #: of the percentiles in SHARES


@STYLED
def percentiles_figure(summary: Summary, phase: PhaseSummary, lang: Tongue) -> Figure:
    """Percentiles of the offices whose ninetieth is longest as it is."""
    names = {office.id: office.name for office in phase.offices}
    known = [line for line in phase.waits if np.isfinite(line.as_is).all() and np.isfinite(line.planned).all()]
    shown = sorted(known, key=lambda line: (-line.as_is[1], line.office))[:SHOWN]
    figure = new_figure(1.3 + 0.22 * max(len(shown), 4))
    axes = figure.subplots()
    draw_percentiles(axes, shown, names, lang, standard_min=summary.scenario.indicators.wait_standard_min)
    standard = say("chart.standard", lang, standard=summary.scenario.indicators.wait_standard_min)
    handles = [
        *state_handles(lang),
        *(
            Line2D([], [], color=SOFT, linestyle="none", marker=marker, ms=5, label=say("chart.percentile", lang, share=share))
            for marker, share in zip(MARKERS, SHARES, strict=True)
        ),
        Line2D([], [], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), label=standard),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), columnspacing=1.2)
    return figure


def draw_percentiles(
    axes: Axes, lines: Sequence[WaitLine], names: Mapping[str, str], lang: Tongue, *, standard_min: float
) -> None:
    """Draw a line from median to 95th percentile an office and state, as it is above as planned; names : by office."""
    axes.axvline(standard_min, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    places = np.arange(len(lines), dtype=float)
    _spread(axes, [line.as_is for line in lines], places - 0.18, AS_IS, PAPER)
    _spread(axes, [line.planned for line in lines], places + 0.18, PLANNED, PLANNED)
    across = axes.get_yaxis_transform()
    axes.hlines(places[1:] - 0.5, 0, 1, color=RULE, linewidth=0.5, zorder=0, transform=across)
    name_rows(axes, places.tolist(), [names[line.office] for line in lines], 7.2)
    axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(say("chart.percentiles_axis", lang))
    number_axis(axes, lang)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    bare(axes)


def _spread(axes: Axes, offices: Sequence[Percentiles], places: Array, color: str, face: str) -> None:
    """Draw the percentiles of offices, one below the other."""
    columns = np.array(offices, float).reshape(-1, len(MARKERS)).T
    axes.hlines(places, columns[0], columns[-1], color=color, linewidth=1.1, zorder=2)
    for values, marker in zip(columns, MARKERS, strict=True):
        axes.plot(values, places, marker, color=color, markersize=4, markerfacecolor=face, markeredgewidth=1.1, zorder=3)
