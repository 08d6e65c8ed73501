"""Counter hours in a picture: office × half hour, the citizens who come beside the officers on duty before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..wording import Lang, percent, say
from .style import INK, PAPER, READABLE, RULE, SCALE, SOFT, STYLED, WIDTH, short

STEPS = (0.05, 0.2, 0.4, 0.6, 0.8)  #: shares at which the color changes


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One office; each series has a value for each half hour from `first` on."""

    name: str
    arrivals: tuple[float, ...]  #: tickets
    before: tuple[float, ...]  #: officers on duty, mean over the week
    after: tuple[float, ...]
    crew: int


@STYLED
def roster_figure(lines: Sequence[DutyLine], first: int, lang: Lang) -> Figure:
    """Arrivals, and officers on duty before and after, side by side; the first offices by name."""
    shown = lines[:READABLE]
    figure = Figure(figsize=(WIDTH, 1.6 + 0.19 * max(len(shown), 4)), layout="constrained", facecolor=PAPER)
    panels = figure.subplots(1, 3, sharey=True)
    shares = {
        "arrivals": [[value / max(*line.arrivals, 1e-9) for value in line.arrivals] for line in shown],
        "before": [[value / max(line.crew, 1) for value in line.before] for line in shown],
        "after": [[value / max(line.crew, 1) for value in line.after] for line in shown],
    }
    for axes, (name, values) in zip(panels, shares.items(), strict=True):
        draw_duty(axes, values, [line.name for line in shown], first)
        axes.set_title(say(f"roster.chart_{name}", lang))
    edges = (0.0, *STEPS, 1.0)
    labels = [f"{percent(low, lang)} – {percent(high, lang)}" for low, high in pairwise(edges)]
    handles = [Rectangle((0, 0), 1, 1, facecolor=color, edgecolor=RULE) for color in SCALE]
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(SCALE), title=say("roster.chart_scale", lang), title_fontsize=7.5
    )
    return figure


def draw_duty(axes: Axes, shares: Sequence[Sequence[float]], names: Sequence[str], first: int) -> None:
    """Draw office × half hour by shade; first : half hour of the day in column 0."""
    for row, values in enumerate(shares):
        for column, step in enumerate(np.digitize(values, STEPS)):
            axes.add_patch(Rectangle((column, row - 0.45), 1, 0.9, facecolor=SCALE[step], linewidth=0))
    width = max(map(len, shares), default=0)
    axes.set_xlim(0, width)
    axes.set_ylim(len(names) - 0.4, -0.6)
    ticks = [column for column in range(width + 1) if (first + column) % 4 == 0]
    axes.set_xticks(ticks, [f"{(first + column) // 2}:00" for column in ticks], fontsize=6.6, color=SOFT)
    axes.set_yticks(range(len(names)), [short(name) for name in names], fontsize=7.2, color=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
