"""The province on a map: overload of units and branches, and who moves where."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from ..maps import Land, plane_km
from ..summary import PhaseSummary, Summary
from .style import (
    AS_IS,
    BORDER,
    GRID_KM,
    INK,
    MINUTE_STEPS,
    PAPER,
    PLANNED,
    SOFT,
    STYLED,
    Array,
    classes_legend,
    new_figure,
    scale_colors,
    short,
    step_of,
    steps_text,
)
from .tongues import Tongue, number, say

Outlines = Mapping[str, Path]  #: of units by id

ZOOM = 0.4  #: side of the enlarged square, of the map's extent
FEW_PLACES = 14  #: with fewer offices that give or receive nothing is enlarged
NAMED = 14  #: receiving offices by name
DISC_POINTS = 9.0
EDGE = 0.02  #: of a map's side, left free of marks


@STYLED
def overload_maps_figure(summary: Summary, phase: PhaseSummary, lang: Tongue, *, outlines: Outlines | None = None) -> Figure:
    """The network before → after, units and branches colored by overload; outlines : as `draw_map`."""
    outlines = outlines or unit_outlines(summary)
    figure = new_figure(5.0)
    left, right = figure.subplots(1, 2)
    for axes, planned in ((left, False), (right, True)):
        draw_map(axes, summary, phase, planned=planned, outlines=outlines)
        axes.set_title(say("state.planned" if planned else "state.as_is", lang))
    classes_legend(figure, steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang)
    return figure


@STYLED
def moves_figure(summary: Summary, phase: PhaseSummary, lang: Tongue, *, outlines: Outlines | None = None) -> Figure:
    """Moves as arrows over the overload as it is; where most of them lie close together, beside it enlarged."""
    outlines = outlines or unit_outlines(summary)
    window = crowded_window(summary, phase, outlines)
    figure = new_figure(7.4 if window is None else 5.5)
    panels = [figure.subplots()] if window is None else list(figure.subplots(1, 2))
    for axes in panels:
        seen = outlines if axes is panels[0] or window is None else _meeting(outlines, window)
        draw_map(axes, summary, phase, planned=False, pale=True, outlines=seen)
        axes.set_anchor("N")
    if window is None:
        draw_moves(panels[0], summary, phase, lang)
    else:
        draw_moves(panels[0], summary, phase, lang, without=window)
        _frame(panels[0], window)
        panels[1].set_xlim(window[0], window[0] + window[2])
        panels[1].set_ylim(window[1], window[1] + window[2])
        draw_moves(panels[1], summary, phase, lang)
        _frame(panels[1], window)
        panels[0].set_title(say("chart.whole_province", lang))
        panels[1].set_title(say("chart.enlarged", lang))
    more = [
        Line2D([], [], color=AS_IS, marker="o", ms=4.5, mfc=PAPER, mew=1.2, linestyle="none", label=say("chart.sends", lang)),
        Line2D([], [], color=PLANNED, marker="o", ms=8, linestyle="none", label=say("chart.receives", lang)),
    ]
    classes_legend(figure, steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang, pale=True, more=more)
    return figure


Window = tuple[float, float, float]  #: west and south edge and side of a square, km


def crowded_window(summary: Summary, phase: PhaseSummary, outlines: Outlines | None = None) -> Window | None:
    """The square of ZOOM of the map with most offices that give or receive; None when it holds less than half, or few."""
    spots = spots_of(summary, phase)
    names = sorted({name for move in phase.moves for name in (move.source, move.target)})
    places = np.array([spots[name] for name in names]).reshape(-1, 2)
    if len(places) < FEW_PLACES:
        return None
    low, high = _extent(outlines or unit_outlines(summary))
    side = ZOOM * float((high - low).max())
    inside = [np.flatnonzero((abs(places - middle) <= 0.44 * side).all(axis=1)) for middle in places]
    most = max(inside, key=len)
    if 2 * len(most) < len(places):
        return None
    held = places[most]
    west, south = (held.min(axis=0) + held.max(axis=0)) / 2 - side / 2
    return float(west), float(south), side


def _extent(outlines: Outlines) -> tuple[Array, Array]:
    corners = np.vstack([path.vertices for path in outlines.values()])
    return corners.min(axis=0), corners.max(axis=0)


def _meeting(outlines: Outlines, window: Window) -> Outlines:
    """Units of which something may lie in a square, all when none may: the others need not be drawn there."""
    low = np.array(window[:2])
    high = low + window[2]
    ends = {unit: _extent({unit: path}) for unit, path in outlines.items()}
    met = {unit: outlines[unit] for unit, (first, last) in ends.items() if (last >= low).all() and (first <= high).all()}
    return met or outlines


def _frame(axes: Axes, window: Window) -> None:
    west, south, side = window
    axes.add_patch(Rectangle((west, south), side, side, fill=False, edgecolor=SOFT, linewidth=1.0, zorder=8, clip_on=False))


def spots_of(summary: Summary, phase: PhaseSummary) -> dict[str, Array]:
    """Where the offices of a phase lie, km."""
    origin = middle_of(summary)
    return {office.id: plane_km(np.array([[office.lon, office.lat]]), origin)[0] for office in phase.offices}


def draw_map(
    axes: Axes,
    summary: Summary,
    phase: PhaseSummary,
    *,
    planned: bool,
    pale: bool = False,
    outlines: Outlines | None = None,
) -> None:
    """Draw units colored by the overload of the office that takes their communal fields; branches and centers as marks.

    outlines : `unit_outlines` of the summary, when they stand already.
    """
    values = {office.id: (office.overload.after if planned else office.overload.before).mean for office in phase.offices}
    of_unit = dict(phase.unit_offices)
    colors = scale_colors(pale)
    outlines = outlines or unit_outlines(summary)
    by_step: dict[int, list[Path]] = {}
    for unit, path in outlines.items():
        step = step_of(values.get(of_unit.get(unit, ""), 0.0))
        by_step.setdefault(step, []).append(path)
    for step, paths in sorted(by_step.items()):
        together = Path.make_compound_path(*paths)
        axes.add_collection(PathCollection([together], facecolors=colors[step], edgecolors=BORDER, linewidths=0.4))
    origin = middle_of(summary)
    for kind, size, marker in (("branch", 46, "s"), ("center", 62, "D")):
        offices = sorted((office for office in phase.offices if office.kind == kind), key=lambda office: office.id)
        spots = plane_km(np.array([[office.lon, office.lat] for office in offices]).reshape(-1, 2), origin)
        shades = [colors[step_of(values[office.id])] for office in offices]
        axes.scatter(spots[:, 0], spots[:, 1], s=size, marker=marker, color=shades, edgecolors=INK, linewidths=0.9, zorder=4)
    axes.set_aspect("equal")
    low, high = _extent(outlines)
    margin = 0.03 * max(float((high - low).max()), 1.0)
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    axes.set_axis_off()


def draw_moves(axes: Axes, summary: Summary, phase: PhaseSummary, lang: Tongue, *, without: Window | None = None) -> None:
    """Draw an arrow for each pair of offices, its width by the officers moved, from a ring to a disc with how many come.

    Within the limits of the axes the first receiving offices are named; `without` leaves out the marks inside a square.
    """
    spots = spots_of(summary, phase)
    flows = Counter((move.source, move.target) for move in phase.moves)
    for (source, target), count in sorted(flows.items()):
        arrow = FancyArrowPatch(
            (float(spots[source][0]), float(spots[source][1])),
            (float(spots[target][0]), float(spots[target][1])),
            arrowstyle="-|>",
            connectionstyle="arc3,rad=0.14",
            mutation_scale=6 + 1.2 * min(count, 5),
            linewidth=0.7 + 0.5 * min(count, 5),
            color=PLANNED,
            alpha=0.8,
            shrinkA=2,
            shrinkB=DISC_POINTS / 2,
            zorder=5,
        )
        axes.add_artist(arrow)  # the limits stand already; `add_patch` would find out where the arrow bends to widen them
    sources = sorted({source for source, _ in flows})
    gained = Counter(move.target for move in phase.moves)
    seen = {name: spots[name] for name in (*sources, *gained) if _inside(axes, spots[name], without)}
    givers = np.array([seen[name] for name in sources if name in seen]).reshape(-1, 2)
    axes.plot(*givers.T, "o", color=AS_IS, mfc=PAPER, ms=4, mew=1.1, zorder=6)
    shown = sorted((name for name in gained if name in seen), key=lambda name: (-gained[name], name))
    discs = np.array([seen[name] for name in shown]).reshape(-1, 2)
    axes.plot(*discs.T, "o", color=PLANNED, ms=DISC_POINTS, mec=PAPER, mew=0.6, zorder=7)
    for name in shown:
        count_text = number(gained[name], lang)
        axes.text(
            float(seen[name][0]),
            float(seen[name][1]),
            count_text,
            ha="center",
            va="center_baseline",
            fontsize=6.4,
            color=PAPER,
            zorder=8,
        )
    names = {office.id: office.name for office in phase.offices}
    marks = [spots[office.id] for office in phase.offices if office.id in seen or office.kind != "point"]
    _name(axes, [(seen[name], short(names[name], 24)) for name in shown[:NAMED]], marks, without)


def _inside(axes: Axes, spot: Array, without: Window | None) -> bool:
    """Tell whether a whole mark at a spot lies inside the axes, and not inside the square left out."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    edge = EDGE * (east - west)
    shown = west + edge < spot[0] < east - edge and south + edge < spot[1] < north - edge
    return bool(shown) and (without is None or not _holds(without, spot))


def _holds(window: Window, spot: Array) -> bool:
    west, south, side = window
    edge = EDGE * side
    return bool(west + edge < spot[0] < west + side - edge and south + edge < spot[1] < south + side - edge)


def _name(axes: Axes, names: Sequence[tuple[Array, str]], marks: Sequence[Array], without: Window | None) -> None:
    """Write names beside their marks where they cover no mark, no other name and no square left out, else not at all."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    span = north - south
    half, away = 0.017 * span, 0.024 * span
    taken = [(spot[0] - away, spot[1] - away, spot[0] + away, spot[1] + away) for spot in marks]
    if without is not None:
        taken.append((without[0], without[1], without[0] + without[2], without[1] + without[2]))
    for spot, text in names:
        wide = 0.0137 * span * len(text)
        for left, middle in (
            (spot[0] + away, spot[1]),
            (spot[0] - away - wide, spot[1]),
            (spot[0] - wide / 2, spot[1] + away + half),
            (spot[0] - wide / 2, spot[1] - away - half),
        ):
            box = (left, middle - half, left + wide, middle + half)
            within = west <= box[0] and box[2] <= east and south <= box[1] and box[3] <= north
            if within and not any(
                box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
            ):
                style = {"boxstyle": "round,pad=0.12", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
                axes.text(left, middle, text, fontsize=6.6, color=INK, va="center", bbox=style, zorder=6.5)
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
    """Snap to a grid and drop repeats and what lies on a straight line: a border shared by two units stays shared."""
    places = np.rint(ring / GRID_KM)
    places = places[np.any(np.diff(places, axis=0, prepend=np.nan) != 0, axis=1)]
    (east, north), turns = np.diff(places, axis=0).T, np.ones(len(places), bool)
    straight = (east[:-1] * north[1:] == north[:-1] * east[1:]) & (east[:-1] * east[1:] + north[:-1] * north[1:] > 0)
    turns[1:-1] = ~straight
    return places[turns] * GRID_KM
