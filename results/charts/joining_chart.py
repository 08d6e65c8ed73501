"""A map of joined points: an arrow from each point that closes to the premises that serve it."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from scenarios.phases import PhaseView
from scenarios.schema import Scenario

from ..maps import UnitMap, plane_km
from ..wording import Lang, say
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SCALE, STYLED, WIDTH


@STYLED
def joining_figure(scenario: Scenario, view: PhaseView, into: Mapping[str, str], unit_map: UnitMap | None, lang: Lang) -> Figure:
    """The network with its joins; `view` is the phase after them."""
    figure = Figure(figsize=(WIDTH, 0.9 * WIDTH), layout="constrained", facecolor=PAPER)
    axes = figure.subplots()
    draw_joins(axes, scenario, view, into, unit_map)
    phase = view.phase
    axes.set_title(say("consolidation.chart", lang, name=phase.name_vi if lang == "vi" else phase.name_en))
    handles = [
        Line2D([], [], color=PLANNED, marker=">", label=say("consolidation.closes", lang)),
        Line2D([], [], color=INK, marker="s", linestyle="none", label=say("consolidation.stays", lang)),
    ]
    axes.legend(handles=handles, loc="lower left")
    return figure


def draw_joins(axes: Axes, scenario: Scenario, view: PhaseView, into: Mapping[str, str], unit_map: UnitMap | None) -> None:
    """Draw outlines, offices that stay (branches and centers larger) and an arrow for each join."""
    origin = (float(np.mean([unit.lon for unit in scenario.units])), float(np.mean([unit.lat for unit in scenario.units])))
    if unit_map is not None:
        rings = [plane_km(ring, origin) for _, parts in unit_map.rings for ring in parts]
        outlines = [Path(ring, closed=True) for ring in rings if len(ring) > 3]
        axes.add_collection(PathCollection(outlines, facecolors=SCALE[0], edgecolors=RULE, linewidths=0.5))
    places = {office.id: plane_km(np.array([[office.lon, office.lat]]), origin)[0] for office in scenario.offices}
    for office in view.offices.values():
        size, marker = (12, "o") if office.kind == "point" else (34, "s" if office.kind == "branch" else "D")
        spot = places[office.id]
        axes.scatter([spot[0]], [spot[1]], s=size, marker=marker, color=INK, edgecolors=PAPER, linewidths=0.5, zorder=4)
    for point, host in sorted(into.items()):
        start, end = ((float(places[name][0]), float(places[name][1])) for name in (point, host))
        axes.scatter([start[0]], [start[1]], s=10, marker="o", color=AS_IS, zorder=4)
        axes.add_patch(
            FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, linewidth=1.1, color=PLANNED, shrinkB=3, zorder=5)
        )
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()
