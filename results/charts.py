"""Figures: each `draw_…` puts one picture on the axes it receives; `svg` writes a figure as text, always the same.

Order and shape carry the message, color only helps: sequential scales fall evenly in lightness, so they read in grey, and
before and after differ in mark as well as in color (orange open, blue filled: told apart with any color vision).
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim import Interval

from .compare import Comparison
from .maps import plane_km
from .summary import WEEK_INDICATORS, OfficeLine, PhaseSummary, Summary, WeekLine
from .wording import LANGUAGES, Lang, indicator_text, number, percent, say

Array = NDArray[np.float64]

INK, SOFT, RULE, PAPER = "#1f2933", "#5d6b78", "#d9dee3", "#ffffff"
AS_IS, PLANNED = "#c2571a", "#14507f"
SCALE = ("#f4f1ea", "#fbdc9b", "#f5b25c", "#e0792b", "#b04316", "#6d1f10")  #: lightness falls evenly
DAYS_STEPS = (0.02, 0.1, 0.25, 0.5, 0.75)  #: share of days overloaded
MINUTE_STEPS = (10.0, 50.0, 200.0, 600.0, 1500.0)  #: person-minutes a day; the same in every phase, so maps compare
GRID_KM = 0.15  #: outlines snap to this grid: neighbors keep their common border, files stay small
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "motcua",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "axes.unicode_minus": True,
    "text.parse_math": False,
}
STYLED = mpl.rc_context(STYLE)  #: decorates what builds or writes a figure
READABLE = 30  #: offices shown by name in one figure
NAME_WIDTH = 34  #: letters of a name beside an axis
HALF_HOURS = 48
WIDTH = 9.2  #: inches of every figure


def short(name: str, width: int = NAME_WIDTH) -> str:
    """Cut a long name between words in its middle: its end tells offices apart."""
    if len(name) <= width:
        return name
    words = name.split()
    tail = words.pop()[: width - 1]
    while words and len(tail) + 1 + len(words[-1]) < (2 * width) // 3:
        tail = f"{words.pop()} {tail}"
    head = ""
    for word in words:
        if len(head) + len(word) + len(tail) + 2 > width:
            break
        head = f"{head} {word}".strip()
    return f"{head}…{tail}"


#: figure name → language → SVG text
Figures = Mapping[str, Mapping[Lang, str]]


def draw_figures(summary: Summary) -> Figures:
    """Draw every figure of a report in both languages."""
    drawings: dict[str, Callable[[Lang], Figure]] = {"phases": partial(phases_figure, summary)}
    if summary.weeks:
        drawings["weeks"] = partial(weeks_figure, summary)
    for phase in summary.phases:
        drawings[f"{phase.id}-heat"] = partial(heat_figure, phase)
        drawings[f"{phase.id}-waits"] = partial(waits_figure, summary, phase)
        drawings[f"{phase.id}-maps"] = partial(overload_maps_figure, summary, phase)
        drawings[f"{phase.id}-moves"] = partial(moves_figure, summary, phase)
    return {name: {lang: svg(draw(lang), f"{name}-{lang}") for lang in LANGUAGES} for name, draw in drawings.items()}


# --- the figures of a report -------------------------------------------------------------------------------------------


@STYLED
def heat_figure(phase: PhaseSummary, lang: Lang) -> Figure:
    """Office × half hour as it is and as planned, the most overloaded offices by name."""
    rows = min(READABLE, len(phase.offices))
    figure = _figure(2.0 + 0.19 * max(rows, 4))
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.02})
    first, last = _open_window(phase.heat_as_is + phase.heat_planned)
    draw_heat(left, phase.heat_as_is[:, first:last], phase.offices, lang, first=first, planned=False)
    draw_heat(right, phase.heat_planned[:, first:last], phase.offices, lang, first=first, planned=True)
    left.set_title(say("state.as_is", lang))
    right.set_title(say("state.planned", lang))
    _classes_legend(figure, _steps_text(DAYS_STEPS, lang, share=True), say("chart.heat_legend", lang))
    return figure


@STYLED
def waits_figure(summary: Summary, phase: PhaseSummary, lang: Lang) -> Figure:
    """Mean waits of the offices that wait longest, as it is → as planned."""
    rows = min(READABLE, len(phase.offices))
    figure = _figure(1.1 + 0.2 * max(rows, 4))
    draw_waits(figure.subplots(), phase.offices, lang, standard_min=summary.scenario.indicators.wait_standard_min)
    return figure


@STYLED
def overload_maps_figure(summary: Summary, phase: PhaseSummary, lang: Lang) -> Figure:
    """The network before → after, units and branches colored by overload."""
    figure = _figure(5.0)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.03})
    for axes, planned in ((left, False), (right, True)):
        draw_map(axes, summary, phase, planned=planned)
        axes.set_title(say("state.planned" if planned else "state.as_is", lang))
    _classes_legend(figure, _steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang)
    return figure


@STYLED
def moves_figure(summary: Summary, phase: PhaseSummary, lang: Lang) -> Figure:
    """Moves as arrows over the overload as it is."""
    figure = _figure(7.4)
    axes = figure.subplots()
    draw_map(axes, summary, phase, planned=False, pale=True)
    draw_moves(axes, summary, phase, lang)
    _classes_legend(figure, _steps_text(MINUTE_STEPS, lang), say("chart.map_legend", lang), kinds=lang, pale=True)
    return figure


@STYLED
def phases_figure(summary: Summary, lang: Lang) -> Figure:
    """Every phase as it is and as planned; own dates and the common reference days in separate rows."""
    indicators = ("overload_min_per_day", "wait_mean_min", "share_wait_over_30")
    with_reference = any(phase.reference is not None for phase in summary.phases)
    rows = 2 if with_reference else 1
    figure = _figure(0.7 + rows * (0.6 + 0.36 * len(summary.phases)))
    grid = figure.subplots(rows, len(indicators), squeeze=False, sharey=True, gridspec_kw={"hspace": 0.1, "wspace": 0.04})
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
    _states_legend(figure, lang)
    return figure


@STYLED
def weeks_figure(summary: Summary, lang: Lang) -> Figure:
    """The rollout week by week, as it is and as planned, one panel an indicator."""
    shown = WEEK_INDICATORS[:3]
    figure = _figure(1.2 + 1.25 * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True, gridspec_kw={"hspace": 0.16})
    names = {phase.id: phase.name_vi if lang == "vi" else phase.name_en for phase in summary.phases}
    for axes, indicator in zip(panels, shown, strict=True):
        draw_weeks(axes, summary.weeks, indicator, names, lang, named=axes is panels[0])
        axes.set_title(say(f"indicator_short.{indicator}", lang))
    _states_legend(figure, lang)
    return figure


# --- drawing on given axes ---------------------------------------------------------------------------------------------


def draw_heat(axes: Axes, shares: Array, offices: Sequence[OfficeLine], lang: Lang, *, first: int, planned: bool) -> None:
    """Draw office × half hour: named rows for the worst offices, one row for the mean of the rest.

    shares : (O, H) share of days overloaded, offices in the order of `offices`; first : half hour of column 0.
    """
    shown = shares[:READABLE]
    rest = shares[READABLE:]
    labels = [short(office.name) for office in offices[:READABLE]]
    places = list(np.arange(len(shown), dtype=float))
    if len(rest):
        shown = np.vstack([shown, rest.mean(axis=0)])
        labels.append(say("chart.rest", lang, count=len(rest)))
        places.append(len(places) + 0.5)
    for step, color in enumerate(SCALE):
        cells = np.argwhere(np.digitize(shown, DAYS_STEPS) == step)
        if len(cells):
            boxes = [_box(column, places[row]) for row, column in cells]
            axes.add_collection(PathCollection([Path.make_compound_path(*boxes)], facecolors=color, linewidths=0))
    width = shares.shape[1]
    axes.set_xlim(0, width + 4.2)
    axes.set_ylim((places[-1] if places else 0) + 0.6, -0.6)
    ticks = [column for column in range(width + 1) if (first + column) % 4 == 0]
    axes.set_xticks(ticks, [f"{(first + column) // 2}:00" for column in ticks])
    axes.set_yticks(places, labels, fontsize=7.2)
    for office, place in zip(offices, places, strict=False):
        value = office.overload.after if planned else office.overload.before
        axes.text(
            width + 0.4, place, indicator_text("overload_min_per_day", value.mean, lang), va="center", fontsize=6.6, color=SOFT
        )
    axes.text(width + 0.4, -0.75, say("chart.heat_minutes", lang), va="bottom", fontsize=6.6, color=SOFT)
    _bare(axes)


def draw_waits(axes: Axes, offices: Sequence[OfficeLine], lang: Lang, *, standard_min: float) -> None:
    """Draw a dumbbell an office, longest wait as it is on top: open = as it is, filled = as planned, bars = intervals."""
    axes.axvline(standard_min, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    known = [office for office in offices if np.isfinite(office.comparison.of("wait_mean_min").before.mean)]
    ranked = sorted(known, key=lambda office: (-office.comparison.of("wait_mean_min").before.mean, office.id))[:READABLE]
    for place, office in enumerate(ranked):
        wait = office.comparison.of("wait_mean_min")
        axes.plot([wait.before.mean, wait.after.mean], [place, place], color=RULE, linewidth=3, solid_capstyle="butt", zorder=1)
        _mark(axes, wait.before, place, planned=False)
        _mark(axes, wait.after, place, planned=True)
    axes.set_yticks(range(len(ranked)), [short(office.name) for office in ranked], fontsize=7.2)
    axes.set_ylim(max(len(ranked), 1) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(say("chart.waits_axis", lang))
    _number_axis(axes, lang)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    _bare(axes)
    line = Line2D(
        [], [], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), label=say("chart.standard", lang, standard=standard_min)
    )
    axes.legend(
        handles=[*_state_handles(lang), line], loc="lower right", facecolor=PAPER, framealpha=0.9, frameon=True, edgecolor="none"
    )


def draw_phases(axes: Axes, phases: Sequence[PhaseSummary], indicator: str, lang: Lang, *, reference: bool) -> None:
    """Draw an indicator of every phase, as it is above as planned, with intervals."""
    for place, phase in enumerate(phases):
        comparison: Comparison | None = phase.reference if reference else phase.own
        if comparison is None:
            continue
        difference = comparison.of(indicator)
        for value, at, planned in ((difference.before, place - 0.16, False), (difference.after, place + 0.16, True)):
            if not np.isfinite(value.mean):
                continue
            axes.plot([0, value.mean], [at, at], color=PLANNED if planned else AS_IS, linewidth=1.6, alpha=0.45, zorder=1)
            _mark(axes, value, at, planned=planned)
            text = indicator_text(indicator, value.mean, lang)
            axes.annotate(text, (value.high, at), (6, 0), textcoords="offset points", va="center", fontsize=7.2)
    axes.set_ylim(len(phases) - 0.45, -0.55)
    axes.set_xlim(0, max(axes.get_xlim()[1], 1e-9) * 1.3)
    axes.set_yticks(range(len(phases)), [short(phase.name_vi if lang == "vi" else phase.name_en, 26) for phase in phases])
    axes.set_xticks([])
    _bare(axes)
    axes.axvline(0, color=RULE, linewidth=1)


def draw_weeks(
    axes: Axes, weeks: Sequence[WeekLine], indicator: str, phases: Mapping[str, str], lang: Lang, *, named: bool = True
) -> None:
    """Draw one indicator by week, as it is and as planned, with a line where a phase begins; phases : id → name shown."""
    place = WEEK_INDICATORS.index(indicator)
    days = [week.start.toordinal() for week in weeks]
    for planned, color, marker in ((False, AS_IS, "o"), (True, PLANNED, "o")):
        values = [(week.planned if planned else week.as_is)[place] for week in weeks]
        fill = color if planned else PAPER
        axes.plot(days, values, color=color, lw=1.1, marker=marker, ms=2.6, mfc=fill, mec=color, mew=0.8, zorder=3)
    top = axes.get_ylim()[1]
    axes.set_ylim(0, top)
    for n, week in enumerate(weeks):
        if n == 0 or week.phase != weeks[n - 1].phase:
            if n:
                axes.axvline(days[n] - 3.5, color=SOFT, lw=0.8, ls=(0, (4, 3)), zorder=1)
            if named:
                text = short(phases.get(week.phase, week.phase), 40)
                axes.annotate(text, (days[n] - 2, top), (2, -3), textcoords="offset points", va="top", color=SOFT, fontsize=7.2)
    months = sorted({(week.start.year, week.start.month) for week in weeks})
    axes.set_xticks([date(year, month, 1).toordinal() for year, month in months][1::2])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{date.fromordinal(int(day)):%m/%Y}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.spines["left"].set_visible(False)


def draw_map(axes: Axes, summary: Summary, phase: PhaseSummary, *, planned: bool, pale: bool = False) -> None:
    """Draw units colored by the overload of the office that takes their communal fields; branches and centers as marks."""
    values = {office.id: (office.overload.after if planned else office.overload.before).mean for office in phase.offices}
    of_unit = dict(phase.unit_offices)
    colors = _scale(pale)
    outlines = _outlines(summary)
    by_step: dict[int, list[Path]] = {}
    for unit, path in outlines.items():
        step = _step(values.get(of_unit.get(unit, ""), 0.0))
        by_step.setdefault(step, []).append(path)
    for step, paths in sorted(by_step.items()):
        axes.add_collection(PathCollection(paths, facecolors=colors[step], edgecolors=PAPER, linewidths=0.5))
    origin = _origin(summary)
    for office in sorted(phase.offices, key=lambda office: office.id):
        if office.kind == "point":
            continue
        spot = plane_km(np.array([[office.lon, office.lat]]), origin)[0]
        size, marker = (62, "D") if office.kind == "center" else (46, "s")
        color = colors[_step(values[office.id])]
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
    origin = _origin(summary)
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


# --- parts -------------------------------------------------------------------------------------------------------------


def _figure(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def _box(column: float, place: float) -> Path:
    gap = 0.06
    left, right, low, high = column + gap, column + 1 - gap, place - 0.5 + gap, place + 0.5 - gap
    return Path([(left, low), (right, low), (right, high), (left, high), (left, low)], closed=True)


def _open_window(shares: Array) -> tuple[int, int]:
    """The half hours worth showing: 7:00 to 17:00, wider when something happens outside."""
    used = np.flatnonzero(shares.any(axis=0))
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (14, 34)
    return min(first, 14), max(last, 34)


def _mark(axes: Axes, value: Interval, at: float, *, planned: bool) -> None:
    """A point with the bar of its interval: open orange as it is, filled blue as planned."""
    color = PLANNED if planned else AS_IS
    if not np.isfinite(value.mean):
        return
    if value.high > value.low:
        axes.plot([value.low, value.high], [at, at], color=color, linewidth=1.1, zorder=2)
    axes.plot(
        [value.mean],
        [at],
        "o",
        markersize=5,
        color=color,
        markerfacecolor=color if planned else PAPER,
        markeredgewidth=1.3,
        zorder=3,
    )


def _state_handles(lang: Lang) -> list[Line2D]:
    return [
        Line2D([], [], color=color, marker="o", markersize=5, markerfacecolor=face, linewidth=1.1, label=say(code, lang))
        for color, face, code in ((AS_IS, PAPER, "chart.as_is"), (PLANNED, PLANNED, "chart.planned"))
    ]


def _states_legend(figure: Figure, lang: Lang) -> None:
    figure.legend(handles=_state_handles(lang), loc="outside lower left", ncols=2)


def _scale(pale: bool) -> tuple[str, ...]:
    """The sequential scale; pale, under arrows, it keeps its order of lightness."""
    if not pale:
        return SCALE
    parts = [[0.55 * part + 0.45 for part in to_rgb(color)] for color in SCALE]
    return tuple(to_hex((red, green, blue)) for red, green, blue in parts)


def _classes_legend(figure: Figure, labels: Sequence[str], title: str, *, kinds: Lang | None = None, pale: bool = False) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=color, edgecolor=RULE, linewidth=0.6, label=label)
        for color, label in zip(_scale(pale), labels, strict=True)
    ]
    if kinds is not None:
        for marker, code in (("s", "kind.branch"), ("D", "kind.center")):
            handles.append(
                Line2D(
                    [],
                    [],
                    linestyle="none",
                    marker=marker,
                    color=PAPER,
                    markeredgecolor=INK,
                    markersize=6,
                    label=say(code, kinds),
                )
            )
    legend = figure.legend(
        handles=handles,
        title=title,
        loc="outside lower left",
        ncols=len(handles),
        handlelength=1.2,
        columnspacing=1.1,
        alignment="left",
    )
    legend.get_title().set_fontsize(7.5)
    legend.get_title().set_color(SOFT)


def _steps_text(steps: Sequence[float], lang: Lang, *, share: bool = False) -> list[str]:
    ends = [percent(step, lang).replace(",0%", "%").replace(".0%", "%") if share else number(step, lang, 0) for step in steps]
    middle = [f"{low.rstrip('%')}–{high}" for low, high in pairwise(ends)]
    return [f"< {ends[0]}", *middle, f"≥ {ends[-1]}"]


def _step(minutes: float) -> int:
    return int(np.digitize(minutes, MINUTE_STEPS)) if np.isfinite(minutes) else 0


def _origin(summary: Summary) -> tuple[float, float]:
    units = summary.scenario.units
    return float(np.mean([unit.lon for unit in units])), float(np.mean([unit.lat for unit in units]))


def _outlines(summary: Summary) -> dict[str, Path]:
    """Outlines of units in km; circles of the unit's area where there is no map."""
    origin = _origin(summary)
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


def _number_axis(axes: Axes, lang: Lang) -> None:
    def write(value: float, _: int | None = None) -> str:
        return number(value, lang, 0 if value == round(value) else 1)

    axes.xaxis.set_major_formatter(FuncFormatter(write))


def _bare(axes: Axes) -> None:
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


# --- text of a figure --------------------------------------------------------------------------------------------------


@STYLED
def svg(figure: Figure, prefix: str) -> str:
    """Write a figure as SVG text: no date, no outside address, ids that begin with `prefix`; the same bytes each time."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(<[^>]*? id=")', rf"\g<1>{prefix}-", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    return _rounded(text)


def _rounded(text: str) -> str:
    """Keep two decimals of a point in paths and places."""

    def shorter(found: re.Match[str]) -> str:
        return re.sub(r"-?\d+\.\d{3,}", lambda figure: f"{float(figure[0]):.2f}".rstrip("0").rstrip("."), found[0])

    text = re.sub(r'\b(?:d|x|y|points|transform)="[^"]*"', shorter, text)
    text = re.sub(r'\bd="[^"]*"', lambda found: re.sub(r"\s*([MLCQz])\s*", r"\1", found[0]), text)
    return re.sub(r"\n\s*", "\n", text)
