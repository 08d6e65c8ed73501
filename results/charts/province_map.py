"""The province on a map: overload of units and branches, and who moves where."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from ..maps import Land, plane_km
from ..summary import PhaseSummary, Summary
from ..wording import Lang, number, say
from .style import (
    BORDER,
    GRID_KM,
    INK,
    MINUTE_STEPS,
    PAPER,
    PLANNED,
    STYLED,
    Array,
    classes_legend,
    new_figure,
    scale_colors,
    short,
    step_of,
    steps_text,
)


@STYLED
def overload_maps_figure(summary: Summary, phase: PhaseSummary, lang: Lang) -> Figure:
    """The network before → after, units and branches colored by overload."""
    figure = new_figure(5.0)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.03})
    for axes, planned in ((left, False), (right, True)):
        draw_map(axes, summary, phase, planned=planned)
        axes.set_title(say("state.planned" if planned else "state.as_is", lang))
    classes_legend(figure, steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang)
    return figure


@STYLED
def moves_figure(summary: Summary, phase: PhaseSummary, lang: Lang) -> Figure:
    """Moves as arrows over the overload as it is."""
    figure = new_figure(7.4)
    axes = figure.subplots()
    draw_map(axes, summary, phase, planned=False, pale=True)
    draw_moves(axes, summary, phase, lang)
    classes_legend(figure, steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang, pale=True)
    return figure


def draw_map(axes: Axes, summary: Summary, phase: PhaseSummary, *, planned: bool, pale: bool = False) -> None:
    """Draw units colored by the overload of the office that takes their communal fields; branches and centers as marks."""
    values = {office.id: (office.overload.after if planned else office.overload.before).mean for office in phase.offices}
    of_unit = dict(phase.unit_offices)
    colors = scale_colors(pale)
    outlines = unit_outlines(summary)
    by_step: dict[int, list[Path]] = {}
    for unit, path in outlines.items():
        step = step_of(values.get(of_unit.get(unit, ""), 0.0))
        by_step.setdefault(step, []).append(path)
    for step, paths in sorted(by_step.items()):
        axes.add_collection(PathCollection(paths, facecolors=colors[step], edgecolors=BORDER, linewidths=0.4))
    origin = middle_of(summary)
    for office in sorted(phase.offices, key=lambda office: office.id):
        if office.kind == "point":
            continue
        spot = plane_km(np.array([[office.lon, office.lat]]), origin)[0]
        size, marker = (62, "D") if office.kind == "center" else (46, "s")
        color = colors[step_of(values[office.id])]
        axes.scatter([spot[0]], [spot[1]], s=size, marker=marker, color=color, edgecolors=INK, linewidths=0.9, zorder=4)
    axes.set_aspect("equal")
    corners = np.vstack([path.vertices for path in outlines.values()])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.03 * max(float((high - low).max()), 1.0)
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    axes.set_axis_off()


def draw_moves(axes: Axes, summary: Summary, phase: PhaseSummary, lang: Lang) -> None:
    """Draw an arrow for each pair of offices, its width by the officers moved; a number where more than one goes."""
    origin = middle_of(summary)
    spots = {office.id: plane_km(np.array([[office.lon, office.lat]]), origin)[0] for office in phase.offices}
    flows: dict[tuple[str, str], int] = {}
    for move in phase.moves:
        flows[move.source, move.target] = flows.get((move.source, move.target), 0) + 1
    for (source, target), count in sorted(flows.items()):
        arrow = FancyArrowPatch(
            (float(spots[source][0]), float(spots[source][1])),
            (float(spots[target][0]), float(spots[target][1])),
            arrowstyle="-|>",
            connectionstyle="arc3,rad=0.14",
            mutation_scale=7 + 1.5 * min(count, 5),
            linewidth=0.8 + 0.6 * min(count, 5),
            color=PLANNED,
            alpha=0.85,
            shrinkA=2,
            shrinkB=4,
            zorder=5,
        )
        axes.add_patch(arrow)
    _counts(axes, phase, spots, flows, lang)


def _counts(
    axes: Axes, phase: PhaseSummary, spots: Mapping[str, Array], flows: Mapping[tuple[str, str], int], lang: Lang
) -> None:
    """Write what each receiving office gains, largest first, dropping a label that would cover another."""
    gained: dict[str, int] = {}
    for (_, target), count in flows.items():
        gained[target] = gained.get(target, 0) + count
    names = {office.id: office.name for office in phase.offices}
    span = float(np.ptp(axes.get_ylim()))
    taken: list[tuple[float, float, float]] = []
    for rank, (office, count) in enumerate(sorted(gained.items(), key=lambda item: (-item[1], item[0]))):
        east, north = float(spots[office][0]), float(spots[office][1])
        full = f"+{number(count, lang)} {short(names[office], 24)}"
        for text in (full, f"+{number(count, lang)}") if rank < 12 else (f"+{number(count, lang)}",):
            wide = 0.0125 * span * len(text)
            beyond = east + 0.012 * span + wide > axes.get_xlim()[1]
            box = (east - 0.012 * span - wide if beyond else east + 0.012 * span, north + 0.012 * span, wide)
            if all(
                abs(box[1] - other[1]) > 0.024 * span or box[0] > other[0] + other[2] or other[0] > box[0] + wide
                for other in taken
            ):
                style = {"boxstyle": "round,pad=0.18", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.88}
                place = (east - 0.012 * span, "right") if beyond else (box[0], "left")
                axes.text(
                    place[0], box[1], text, ha=place[1], fontsize=6.8, color=INK, va="center", bbox=style, zorder=7, clip_on=True
                )
                taken.append(box)
                break


def middle_of(summary: Land) -> tuple[float, float]:
    units = summary.scenario.units
    return float(np.mean([unit.lon for unit in units])), float(np.mean([unit.lat for unit in units]))


def unit_outlines(summary: Land) -> dict[str, Path]:
    """Outlines of units in km; circles of the unit's area where there is no map."""
    origin = middle_of(summary)
    found: dict[str, Path] = {}
    for unit, rings in summary.unit_map.rings if summary.unit_map is not None else ():
        parts = [_snapped(plane_km(ring, origin)) for ring in rings]
        found[unit] = Path.make_compound_path(*(Path(part, closed=True) for part in parts if len(part) > 3))
    for place in summary.scenario.units:
        if place.id not in found:
            middle = plane_km(np.array([[place.lon, place.lat]]), origin)[0]
            found[place.id] = Path.circle((float(middle[0]), float(middle[1])), 0.45 * float(np.sqrt(place.area_km2)))
    return found


def _snapped(ring: Array) -> Array:
    """Snap to a grid and drop repeats: a border shared by two units stays shared."""
    snapped = np.round(ring / GRID_KM) * GRID_KM
    keep = np.ones(len(snapped), bool)
    keep[1:] = np.any(snapped[1:] != snapped[:-1], axis=1)
    return snapped[keep]
