"""Early warnings: the province month by month in three colors, offices by week, and how far the chances can be trusted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter

from scenarios.phases import PhaseView, phase_view
from scenarios.schema import Scenario

from ..early_warning import EarlyWarning, state_of
from ..forecast_scores import Scores
from ..maps import UnitMap, plane_km
from ..summary import unit_offices
from ..wording import Lang, number, percent, say, whole_percent
from .heat_map import cells
from .province_map import middle_of, unit_outlines
from .style import AS_IS, BORDER, INK, PAPER, RULE, SCALE, SOFT, STYLED, bare, classes_legend, new_figure, short, steps_text

STATES = {"quiet": SCALE[0], "watch": SCALE[1], "alarm": SCALE[4]}
CHANCE_STEPS = (0.05, 0.2, 0.5, 0.8, 0.95)
ACROSS = 5  #: months in a row of maps
COARSE_KM = 0.5  #: outlines of so many small maps keep to this grid
SHOWN = 40  #: offices by name in the heat map
FEWEST_SHOWN = 8

MARKERS = {"branch": "s", "center": "D"}

Month = tuple[str, int, int]  #: phase, year, month


@dataclass(frozen=True, slots=True)
class Ground:
    """Units and their outlines."""

    scenario: Scenario
    unit_map: UnitMap | None


def warning_drawings(found: EarlyWarning, unit_map: UnitMap | None) -> dict[str, Callable[[Lang], Figure]]:
    """Every picture there is data for: name → what draws it in a language."""
    drawn: dict[str, Callable[[Lang], Figure]] = {
        "map": partial(warning_map_figure, found, unit_map),
        "heat": partial(warning_heat_figure, found),
    }
    scores = found.observed or found.scores
    return drawn if scores is None else drawn | {"reliability": partial(reliability_figure, scores)}


@STYLED
def warning_map_figure(found: EarlyWarning, unit_map: UnitMap | None, lang: Lang) -> Figure:
    """The province in each month: the worst week of each office, in three colors."""
    ground = Ground(found.scenario, unit_map)
    outlines = {unit: coarse(path) for unit, path in unit_outlines(ground).items()}
    worst = worst_by_month(found.cells)
    across = min(ACROSS, len(worst))
    down = -(-len(worst) // across)
    wide = max(across, 3)
    figure = new_figure(0.7 + down * (9.2 / wide + 0.28))
    panels = np.atleast_1d(figure.subplots(down, wide, squeeze=False)).ravel()
    views = {phase: phase_view(found.scenario, phase) for phase in {phase for phase, _, _ in worst}}
    places = [axes for number, axes in enumerate(panels) if number % wide < across]
    for axes in panels:
        axes.set_axis_off()
    for axes, ((phase, year, month), chances) in zip(places, worst.items(), strict=False):
        draw_warnings(axes, ground, views[phase], chances, outlines, found.asked.chance)
        alarms = sum(chance >= found.asked.chance for chance in chances.values())
        axes.set_title(say("warn.month", lang, month=f"{month:02d}/{year}", phase=phase, alarms=alarms), fontsize=7.6)
    states_legend(figure, found.asked.chance, lang)
    return figure


def coarse(path: Path) -> Path:
    """An outline on the grid of a small map; neighbors keep their common border."""
    rings = []
    for ring in path.to_polygons():
        points = np.round(np.asarray(ring) / COARSE_KM) * COARSE_KM
        keep = np.append(True, np.any(points[1:] != points[:-1], axis=1))
        if keep.sum() > 3:
            rings.append(Path(points[keep], closed=True))
    return Path.make_compound_path(*rings) if rings else path


def worst_by_month(cells: pd.DataFrame) -> dict[Month, dict[str, float]]:
    """Chance of the worst week of each office in each month of a phase; a week belongs to the month of its middle."""
    found: dict[Month, dict[str, float]] = {}
    columns = (cells[name] for name in ("phase", "start", "end", "office", "chance"))
    for phase, start, end, office, chance in zip(*columns, strict=True):
        middle = min(start + timedelta(days=3), end)
        month = found.setdefault((phase, middle.year, middle.month), {})
        month[office] = max(month.get(office, 0.0), float(chance))
    return found


def draw_warnings(
    axes: Axes, ground: Ground, view: PhaseView, chances: Mapping[str, float], outlines: Mapping[str, Path], alarm: float
) -> None:
    """Draw units in the color of the state of the office that takes their communal fields; branches and centers as marks."""
    states = {office: state_of(chance, alarm) for office, chance in chances.items()}
    of_unit = dict(unit_offices(ground.scenario, view))
    for state, color in STATES.items():
        paths = [path for unit, path in outlines.items() if states.get(of_unit.get(unit, ""), "quiet") == state]
        if paths:
            axes.add_collection(PathCollection(paths, facecolors=color, edgecolors=BORDER, linewidths=0.4))
    origin = middle_of(ground)
    for office in view.offices.values():
        if office.kind != "point":
            spot = plane_km(np.array([[office.lon, office.lat]]), origin)[0]
            color = STATES[states.get(office.id, "quiet")]
            axes.plot(
                *spot, MARKERS[office.kind], color=color, markeredgecolor=INK, markeredgewidth=0.6, markersize=4.6, zorder=4
            )
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()


def states_legend(figure: Figure, alarm: float, lang: Lang) -> None:
    """What the three colors mean."""
    bounds = {"alarm": whole_percent(alarm, lang), "half": whole_percent(alarm / 2, lang)}
    handles = [
        Patch(facecolor=color, edgecolor=RULE, linewidth=0.6, label=say(f"warn.state_{state}", lang, **bounds))
        for state, color in STATES.items()
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3, handlelength=1.2, columnspacing=1.4)


@STYLED
def warning_heat_figure(found: EarlyWarning, lang: Lang) -> Figure:
    """Office × week: the chance of a bad week, the offices most warned of by name."""
    table = chance_table(found.cells, found.asked.chance)
    figure = new_figure(1.35 + 0.185 * max(len(table), 3))
    axes = figure.subplots()
    names = {office.id: office.name for office in found.scenario.offices}
    weeks = list(dict.fromkeys(zip(found.cells["phase"], found.cells["start"], strict=True)))
    draw_chances(axes, table.to_numpy(float), [names[str(office)] for office in table.index], weeks, lang)
    classes_legend(figure, steps_text(CHANCE_STEPS, lang, share=True), say("warn.heat_legend", lang))
    return figure


def chance_table(cells: pd.DataFrame, alarm: float) -> pd.DataFrame:
    """Offices × weeks: those that ever alarm, most first, and a few more; not a number where an office is not there."""
    weeks = list(dict.fromkeys(zip(cells["phase"], cells["start"], strict=True)))
    keyed = cells.assign(week=pd.Series(list(zip(cells["phase"], cells["start"], strict=True)), index=cells.index))
    wide = keyed.pivot(index="office", columns="week", values="chance")[weeks]
    order = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index
    ever = wide.max(axis=1) >= alarm
    chosen = [office for rank, office in enumerate(order) if ever[office] or rank < FEWEST_SHOWN][:SHOWN]
    return wide.loc[chosen]


def draw_chances(
    axes: Axes,
    chances: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    names: Sequence[str],
    weeks: Sequence[tuple[str, date]],
    lang: Lang,
) -> None:
    """Draw office × week, a line where a phase begins; chances : (O, W), weeks : phase and first day."""
    for step, color in enumerate(SCALE):
        spots = np.argwhere((np.digitize(chances, CHANCE_STEPS) == step) & ~np.isnan(chances))
        if len(spots):
            axes.add_collection(PathCollection([cells(spots[:, 1], spots[:, 0])], facecolors=color, linewidths=0))
    axes.set_xlim(0, len(weeks))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [short(name) for name in names], fontsize=7.2)
    middles = [day + timedelta(days=3) for _, day in weeks]
    months = [n for n, day in enumerate(middles) if n == 0 or day.month != middles[n - 1].month]
    axes.set_xticks([n + 0.5 for n in months], [f"{middles[n]:%m/%y}" for n in months], fontsize=7.2)
    for n in range(1, len(weeks)):
        if weeks[n][0] != weeks[n - 1][0]:
            axes.axvline(n, color=SOFT, lw=0.8, ls=(0, (4, 3)), zorder=3)
    for n, (phase, _) in enumerate(weeks):
        if n == 0 or phase != weeks[n - 1][0]:
            axes.annotate(
                say("warn.phase", lang, phase=phase), (n, -0.6), (2, 2), textcoords="offset points", color=SOFT, fontsize=7.2
            )
    bare(axes)


@STYLED
def reliability_figure(scores: Scores, lang: Lang) -> Figure:
    """What was said beside what happened, by class of chance; on the line both agree."""
    figure = new_figure(4.2)
    axes = figure.subplots()
    axes.set_box_aspect(1)
    draw_reliability(axes, scores, lang)
    return figure


def draw_reliability(axes: Axes, scores: Scores, lang: Lang) -> None:
    """Draw a point a class with its interval, larger where more forecasts stand behind it."""
    axes.plot([0, 1], [0, 1], color=RULE, lw=1.2, zorder=1)
    axes.axhline(scores.base_rate, color=SOFT, lw=0.8, ls=(0, (4, 3)), zorder=1)
    most = max((row.forecasts for row in scores.rows), default=1)
    for rank, row in enumerate(scores.rows):
        axes.plot([row.said, row.said], [row.happened.low, row.happened.high], color=AS_IS, lw=1.1, zorder=2)
        area = 12 + 70 * np.sqrt(row.forecasts / most)
        axes.scatter([row.said], [row.happened.mean], s=area, color=AS_IS, edgecolors=PAPER, linewidths=0.8, zorder=3)
        text, spot = number(row.forecasts, lang), (row.said, row.happened.mean)
        away, align = ((-7, 4), "right") if rank % 2 == 0 else ((7, -9), "left")
        axes.annotate(text, spot, away, textcoords="offset points", ha=align, fontsize=6.6, color=INK)
    axes.set_xlim(-0.13, 1.14)
    axes.set_ylim(-0.08, 1.08)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{number(100 * value, lang, 0)}%"))
    axes.set_xlabel(say("warn.said", lang))
    axes.set_ylabel(say("warn.happened", lang))
    axes.text(
        1.13,
        scores.base_rate,
        say("warn.base_rate", lang, share=percent(scores.base_rate, lang)),
        ha="right",
        va="bottom",
        fontsize=6.6,
        color=SOFT,
    )
