"""Figures: `draw_…` puts one picture on the axes it receives, `…_figure` makes a whole one, `svg` writes it as text."""

from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure

from ..summary import Summary
from ..wording import LANGUAGES, Lang
from .heat_map import draw_heat, heat_figure
from .joining_chart import draw_joins, joining_figure
from .next_person_chart import draw_next_person, draw_next_person_figures, next_person_figure
from .phase_bars import draw_phases, phases_figure
from .province_map import draw_map, draw_moves, moves_figure, overload_maps_figure
from .roster_chart import DutyLine, draw_duty, roster_figure
from .style import Figures, short, svg
from .wait_lines import draw_waits, waits_figure
from .week_lines import draw_weeks, weeks_figure

__all__ = [
    "DutyLine",
    "Figures",
    "draw_duty",
    "draw_figures",
    "draw_heat",
    "draw_joins",
    "draw_map",
    "draw_moves",
    "draw_next_person",
    "draw_next_person_figures",
    "draw_phases",
    "draw_waits",
    "draw_weeks",
    "heat_figure",
    "joining_figure",
    "moves_figure",
    "next_person_figure",
    "overload_maps_figure",
    "phases_figure",
    "roster_figure",
    "short",
    "svg",
    "waits_figure",
    "weeks_figure",
]


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
