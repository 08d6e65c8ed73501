"""From the door of the home to the end of the business: travel, wait and service of the citizens of each unit."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..evidence import DoorToDone, UnitLine, mean_of
from ..summary import PhaseSummary
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SOFT, STYLED, bare, boxes, name_rows, new_figure, number_axis
from .tongues import Tongue, number, say

SHOWN = 14  #: units by name
#: state → color and face of its mark
STATES = (("as_is", AS_IS, PAPER), ("planned", PLANNED, PLANNED))
#: part of a citizen's time → color and hatching: told apart in grey too, and none of them the color of a state
PARTS = (("travel_min", RULE, ""), ("wait_min", "#1f7a6d", "//////"), ("service_min", "#8794a1", ""))


@STYLED
def door_to_done_figure(phase: PhaseSummary, lang: Tongue) -> Figure:
    """The mean of all units on top, then the units whose citizens lose most time as it is."""
    known = [line for line in phase.units if np.isfinite([line.as_is.total_min, line.planned.total_min]).all()]
    shown = sorted(known, key=lambda line: (-line.as_is.total_min, line.unit))[:SHOWN]
    mean = mean_of(phase.units)
    figure = new_figure(1.3 + 0.27 * max(len(shown) + 1, 4))
    axes = figure.subplots()
    draw_door_to_done(axes, [mean, *shown] if mean is not None else shown, lang)
    handles = [
        *(Patch(facecolor=color, edgecolor=PAPER, hatch=hatch, label=say(f"chart.{part}", lang)) for part, color, hatch in PARTS),
        *(
            Line2D([], [], color=color, marker="o", ms=5, mfc=face, mew=1.3, linestyle="none", label=say(f"chart.{state}", lang))
            for state, color, face in STATES
        ),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
    return figure


def draw_door_to_done(axes: Axes, units: Sequence[UnitLine], lang: Tongue) -> None:
    """Draw two stacked bars a unit, as it is above as planned, each with its mark; a line without a unit is the mean of all."""
    places = [place + (0.4 if units and not units[0].unit and place else 0.0) for place in range(len(units))]
    widest = max((max(line.as_is.total_min, line.planned.total_min) for line in units), default=1.0)
    for place, line in zip(places, units, strict=True):
        text = f"{number(line.as_is.total_min, lang, 1)} → {number(line.planned.total_min, lang, 1)}"
        longer = max(line.as_is.total_min, line.planned.total_min)
        axes.text(longer + 0.016 * widest, place, text, va="center", fontsize=6.8, color=INK)
    states = [line.as_is for line in units], [line.planned for line in units]
    for times, away, (_, color, face) in zip(states, (-0.19, 0.19), STATES, strict=True):
        at = [place + away for place in places]
        _stack(axes, times, at)
        axes.plot([one.total_min for one in times], at, "o", color=color, mfc=face, ms=4.4, mew=1.2, zorder=4)
    name_rows(axes, places, [line.name if line.unit else say("chart.all_units", lang) for line in units], 7.2)
    axes.set_ylim((places[-1] if places else 0) + 0.6, -0.6)
    axes.set_xlim(0, 1.16 * widest)
    axes.set_xlabel(say("chart.door_to_done_axis", lang), color=SOFT)
    number_axis(axes, lang)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    bare(axes)


def _stack(axes: Axes, times: Sequence[DoorToDone], places: Sequence[float]) -> None:
    """Draw a bar for each, its parts one after another."""
    begun = np.zeros(len(times))
    for part, color, hatch in PARTS:
        ended = begun + [float(getattr(one, part)) for one in times]
        corners = [(left, right, at - 0.17, at + 0.17) for left, right, at in zip(begun, ended, places, strict=True)]
        boxes(axes, corners, facecolors=color, hatch=hatch, edgecolors=PAPER, linewidths=0.0)
        begun = ended
