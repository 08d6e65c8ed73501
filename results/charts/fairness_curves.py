"""How evenly waits fall on the units: the Lorenz curve of their mean waits, and the waits in order."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..evidence import UnitLine
from ..summary import PhaseSummary
from .style import AS_IS, PAPER, PLANNED, RULE, SOFT, STYLED, Array, bare, new_figure
from .tongues import Tongue, number, percent, say

#: line of as it is and as planned: told apart in grey
STATES: tuple[tuple[str, str, Literal["--", "-"]], ...] = (("as_is", AS_IS, "--"), ("planned", PLANNED, "-"))


@STYLED
def fairness_figure(phase: PhaseSummary, lang: Tongue) -> Figure:
    """Lorenz curve beside the waits of the units in order, with the Gini coefficient before and after."""
    figure = new_figure(3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.35))
    draw_lorenz(left, phase.units, lang)
    draw_sorted_waits(right, phase.units, lang)
    gini = phase.own.of("wait_gini")
    handles = [
        Line2D(
            [],
            [],
            color=color,
            linestyle=dashes,
            label=say("chart.gini", lang, state=say(f"chart.{state}", lang), gini=value.mean),
        )
        for (state, color, dashes), value in zip(STATES, (gini.before, gini.after), strict=True)
    ]
    equal = Line2D([], [], color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), label=say("chart.all_alike", lang))
    figure.legend(handles=[*handles, equal], loc="outside lower left", ncols=3, handlelength=2.8)
    return figure


def _waits(units: Sequence[UnitLine], state: str) -> Array:
    waits = np.array([getattr(line, state).wait_mean_min for line in units], float)
    return np.sort(waits[np.isfinite(waits)])


def draw_lorenz(axes: Axes, units: Sequence[UnitLine], lang: Tongue) -> None:
    """Draw the share of all waiting against the share of units, those that wait least first (Lorenz 1905)."""
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    for state, color, dashes in STATES:
        waits = _waits(units, state)
        if len(waits) and waits.sum() > 0:
            share = np.concatenate([[0.0], waits.cumsum() / waits.sum()])
            axes.plot(np.linspace(0, 1, len(share)), share, color=color, linestyle=dashes, linewidth=1.5, zorder=3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: percent(value, lang).replace(",0%", "%").replace(".0%", "%")))
        axis.set_ticks(np.linspace(0, 1, 5) if axis is axes.xaxis else np.linspace(0.25, 1, 4))  # one 0 % at the corner
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel(say("chart.share_of_units", lang))
    axes.set_ylabel(say("chart.share_of_waits", lang))
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_aspect("equal")
    bare(axes)


def draw_sorted_waits(axes: Axes, units: Sequence[UnitLine], lang: Tongue) -> None:
    """Draw the mean wait of each unit, in order within each state."""
    for state, color, dashes in STATES:
        waits = _waits(units, state)
        places = np.arange(1, len(waits) + 1)
        axes.plot(places, waits, color=color, linestyle=dashes, linewidth=1.5, zorder=3)
        fill = PAPER if state == "as_is" else color
        axes.plot(places[-1:], waits[-1:], "o", color=color, mfc=fill, ms=5, mew=1.3, zorder=4)
        if len(waits):
            axes.annotate(
                number(float(waits[-1]), lang, 1),
                (places[-1], waits[-1]),
                (6, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
                annotation_clip=False,
            )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(say("chart.units_in_order", lang))
    axes.set_ylabel(say("chart.unit_wait", lang))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    bare(axes)
