"""Waits of the offices that wait longest, as it is → as planned."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..summary import OfficeLine, PhaseSummary, Summary
from .style import RULE, SOFT, STYLED, bare, marks, name_rows, new_figure, number_axis, state_handles
from .tongues import Tongue, say

SHOWN = 20  #: offices by name
NEAR = 0.7  #: of the standard


@STYLED
def waits_figure(summary: Summary, phase: PhaseSummary, lang: Tongue) -> Figure:
    """Mean waits of the offices that wait longest, as it is → as planned."""
    rows = min(SHOWN, len(phase.offices))
    figure = new_figure(1.3 + 0.2 * max(rows, 4))
    axes = figure.subplots()
    standard_min = summary.scenario.indicators.wait_standard_min
    draw_waits(axes, phase.offices, lang, standard_min=standard_min)
    handles = state_handles(lang)
    if axes.get_xlim()[1] >= standard_min:
        label = say("chart.standard", lang, standard=standard_min)
        handles.append(Line2D([], [], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), label=label))
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
    return figure


def draw_waits(axes: Axes, offices: Sequence[OfficeLine], lang: Tongue, *, standard_min: float) -> None:
    """Draw two marks an office, longest wait as it is on top: open = as it is, filled = as planned, bars = intervals.

    The standard is drawn where waits come near it.
    """
    known = [office for office in offices if np.isfinite(office.comparison.of("wait_mean_min").before.mean)]
    ranked = sorted(known, key=lambda office: (-office.comparison.of("wait_mean_min").before.mean, office.id))[:SHOWN]
    waits = [office.comparison.of("wait_mean_min") for office in ranked]
    before, after = [wait.before for wait in waits], [wait.after for wait in waits]
    places = range(len(ranked))
    axes.hlines(places, [one.mean for one in before], [one.mean for one in after], color=RULE, linewidth=3, zorder=1)
    marks(axes, before, [place - 0.13 for place in places], planned=False)
    marks(axes, after, [place + 0.13 for place in places], planned=True)
    longest = max((one.high for one in (*before, *after) if np.isfinite(one.high)), default=0.0)
    if longest > NEAR * standard_min:
        axes.axvline(standard_min, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    name_rows(axes, places, [office.name for office in ranked], 7.2)
    axes.set_ylim(max(len(ranked), 1) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(say("chart.waits_axis", lang))
    number_axis(axes, lang)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    bare(axes)
