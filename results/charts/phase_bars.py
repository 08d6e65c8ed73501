"""Every phase as it is and as planned, on its own dates and on the common reference days."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..summary import PhaseSummary, Summary
from .style import AS_IS, PLANNED, RULE, STYLED, bare, marks, new_figure, short, states_legend
from .tongues import Tongue, indicator_text, named, say


@STYLED
def phases_figure(summary: Summary, lang: Tongue) -> Figure:
    """Every phase as it is and as planned; own dates and the common reference days in separate rows."""
    indicators = ("overload_min_per_day", "wait_mean_min", "share_wait_over_30")
    with_reference = any(phase.reference is not None for phase in summary.phases)
    rows = 2 if with_reference else 1
    figure = new_figure(0.7 + rows * (0.6 + 0.36 * len(summary.phases)))
    grid = figure.subplots(rows, len(indicators), squeeze=False, sharey=True)
    for row in range(rows):
        basis = "reference" if row else "own"
        for column, indicator in enumerate(indicators):
            draw_phases(grid[row][column], summary.phases, indicator, lang, reference=bool(row))
            heading = say(f"indicator_short.{indicator}", lang, long=summary.scenario.indicators.wait_long_min)
            grid[row][column].set_title((say(f"basis.{basis}", lang).upper() + "\n" if column == 0 else "\n") + heading)
    for column in range(len(indicators)):
        top = max(axes.get_xlim()[1] for axes in grid[:, column])
        for axes in grid[:, column]:
            axes.set_xlim(0, top)
    states_legend(figure, lang)
    return figure


def draw_phases(axes: Axes, phases: Sequence[PhaseSummary], indicator: str, lang: Tongue, *, reference: bool) -> None:
    """Draw an indicator of every phase, as it is above as planned, with intervals."""
    compared = [(place, phase.reference if reference else phase.own) for place, phase in enumerate(phases)]
    differences = [(place, one.of(indicator)) for place, one in compared if one is not None]
    before = [(one.before, place - 0.16) for place, one in differences if np.isfinite(one.before.mean)]
    after = [(one.after, place + 0.16) for place, one in differences if np.isfinite(one.after.mean)]
    for found, color, planned in ((before, AS_IS, False), (after, PLANNED, True)):
        values, places = [value for value, _ in found], [at for _, at in found]
        axes.hlines(places, 0, [value.mean for value in values], color=color, linewidth=1.6, alpha=0.45, zorder=1)
        marks(axes, values, places, planned=planned)
        for value, at in found:
            text = indicator_text(indicator, value.mean, lang)
            axes.annotate(text, (value.high, at), (6, 0), textcoords="offset points", va="center", fontsize=7.2)
    axes.set_ylim(len(phases) - 0.45, -0.55)
    axes.set_xlim(0, max(axes.get_xlim()[1], 1e-9) * 1.3)
    axes.set_yticks(range(len(phases)), [short(named(phase, lang), 26) for phase in phases])
    axes.set_xticks([])
    bare(axes)
    axes.axvline(0, color=RULE, linewidth=1)
