"""Response curves: overload of an office by its crew, as simulated and by a queueing formula, with the crews of the plan."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ..evidence import CrewCurve
from ..summary import PhaseSummary, Summary
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SOFT, STYLED, bare, new_figure, places_within, short, write_scales
from .tongues import Tongue, number, say

COLUMNS, ROWS = 4, 3
WORD_SIZE = 6.8  #: of numbers along the axes
BAND = 1.96  #: standard errors, 95 % of a normal error
AROUND = (3, 4)  #: crews shown below and above those of today and of the plan


@STYLED
def curves_figure(summary: Summary, phase: PhaseSummary, lang: Tongue) -> Figure:
    """The places where the plan changes most overload, by the curves; then those with most."""
    names = {office.id: office.name for office in summary.scenario.offices}
    shown = sorted(phase.curves, key=_rank)[: COLUMNS * ROWS]
    rows = max(1, -(-len(shown) // COLUMNS))
    figure = new_figure(1.05 + 1.58 * rows)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    for axes, one in zip(grid.flat, shown, strict=False):
        draw_curve(axes, one, names, lang)
    for axes in grid[:, 0]:
        axes.set_ylabel(say("chart.curve_overload", lang), fontsize=7)
    for axes in grid.flat[: len(shown)][-COLUMNS:]:
        axes.set_xlabel(say("chart.curve_crew", lang), fontsize=7)
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=INK, linewidth=1.3, label=say("chart.curve_fitted", lang)),
        Line2D([], [], color=INK, marker="o", linestyle="none", mfc=PAPER, ms=3.6, label=say("chart.curve_simulated", lang)),
        Patch(facecolor=RULE, label=say("chart.curve_band", lang)),
        Line2D([], [], color=SOFT, linewidth=1.1, linestyle=(0, (4, 2)), label=say("chart.curve_erlang", lang)),
        Line2D([], [], color=AS_IS, marker="o", linestyle="none", mfc=PAPER, mew=1.5, ms=6.5, label=say("chart.crew_now", lang)),
        Line2D([], [], color=PLANNED, marker="D", linestyle="none", ms=5.5, label=say("chart.crew_planned", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return figure


def _rank(one: CrewCurve) -> tuple[float, float, str, str]:
    curve = one.curve
    at = dict(zip(curve.levels, curve.overload_s_per_day, strict=True))
    now = at[curve.base]
    return -abs(now - at.get(one.planned, now)), -now, curve.office, curve.group


def draw_curve(axes: Axes, one: CrewCurve, names: Mapping[str, str], lang: Tongue) -> None:
    """Draw one curve near the crews of today and of the plan; names : of offices by id."""
    curve = one.curve
    levels = np.array(curve.levels)
    low, high = min(curve.base, one.planned) - AROUND[0], max(curve.base, one.planned) + AROUND[1]
    near = (levels >= low) & (levels <= high)
    fitted, simulated, error, erlang = (
        np.array(values)[near] / 60
        for values in (
            curve.overload_s_per_day,
            curve.simulated_s_per_day or curve.overload_s_per_day,
            curve.error_s_per_day,
            curve.erlang_s_per_day,
        )
    )
    crew = levels[near]
    axes.fill_between(crew, np.maximum(simulated - BAND * error, 0), simulated + BAND * error, color=RULE, linewidth=0, zorder=1)
    axes.plot(crew, erlang, color=SOFT, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2)
    axes.plot(crew, fitted, color=INK, linewidth=1.3, zorder=3)
    played = np.isin(crew, curve.played or curve.levels)
    axes.plot(crew[played], simulated[played], "o", color=INK, mfc=PAPER, ms=3.6, mew=0.9, zorder=4)
    height = dict(zip(crew.tolist(), fitted.tolist(), strict=True))
    axes.plot([curve.base], [height[curve.base]], "o", color=AS_IS, mfc="none", mew=1.5, ms=7.5, zorder=5)
    if one.planned in height:
        axes.plot([one.planned], [height[one.planned]], "D", color=PLANNED, ms=5, zorder=6)
    top = max(float((simulated + BAND * error)[crew >= min(curve.base, one.planned) - 1].max()), 1.0)
    axes.set_ylim(-0.03 * top, 1.12 * top)
    axes.set_title(
        f"{short(names[curve.office], 30)}\n{say(f'desk_group.{curve.group}', lang)}", fontsize=7.2, fontweight="normal"
    )
    crews = places_within(MaxNLocator(5, integer=True), axes.get_xlim())
    heights = places_within(MaxNLocator(3), axes.get_ylim())
    write_scales(
        axes,
        {at: number(at, lang, 0) for at in crews},
        {at: number(at, lang, 0 if at >= 10 or at == 0 else 1) for at in heights},
        WORD_SIZE,
    )
    bare(axes)
