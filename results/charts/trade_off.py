"""Choices side by side: what each further move buys, and what a plan may cost in another future."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..trade_off import TradePoint, efficient, knee
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SCALE, SOFT, STYLED, Array, bare, new_figure, short
from .tongues import Tongue, number, say


@STYLED
def trade_off_figure(points: Sequence[TradePoint], lang: Tongue) -> Figure:
    """Moves against overload, the knee marked."""
    figure = new_figure(4.0)
    draw_trade_off(figure.subplots(), points, lang)
    handles = [
        Line2D([], [], color=PLANNED, marker="o", linewidth=1.2, label=say("chart.trade_efficient", lang)),
        Line2D([], [], color=SOFT, marker="o", mfc=PAPER, linestyle="none", label=say("chart.trade_other", lang)),
        Line2D([], [], color=AS_IS, marker="D", mfc="none", mew=1.5, ms=9, linestyle="none", label=say("chart.trade_knee", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return figure


def draw_trade_off(axes: Axes, points: Sequence[TradePoint], lang: Tongue) -> None:
    """Draw efficient plans as a line with intervals, others as open dots, and the knee with its figures."""
    front = efficient(points)
    for point in points:
        inside = point in front
        color = PLANNED if inside else SOFT
        axes.plot([point.moves] * 2, [point.overload.low, point.overload.high], color=color, linewidth=1, zorder=2)
        fill = color if inside and point.proven else PAPER
        axes.plot([point.moves], [point.overload.mean], "o", color=color, mfc=fill, ms=5, mew=1.2, zorder=4)
    axes.plot([point.moves for point in front], [point.overload.mean for point in front], color=PLANNED, linewidth=1.2, zorder=3)
    found = knee(points)
    if found is not None:
        axes.plot([found.moves], [found.overload.mean], "D", color=AS_IS, mfc="none", ms=11, mew=1.5, zorder=5)
        text = say("chart.knee_text", lang, moves=found.moves, overload=found.overload.mean)
        axes.annotate(text, (found.moves, found.overload.mean), (10, 12), textcoords="offset points", fontsize=7.6, color=INK)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(say("chart.trade_moves", lang))
    axes.set_ylabel(say("chart.trade_overload", lang))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))
    axes.grid(color=RULE, linewidth=0.6)
    bare(axes)


@STYLED
def regrets_figure(plans: Sequence[str], futures: Sequence[str], regrets: Array, lang: Tongue) -> Figure:
    """Plan × future, with the figures written in."""
    figure = new_figure(1.2 + 0.36 * max(len(plans), 2))
    axes = figure.subplots()
    draw_regrets(axes, plans, futures, regrets, lang)
    axes.set_title(say("chart.regrets", lang))
    axes.set_xlabel(say("chart.regrets_framed", lang))
    return figure


def draw_regrets(axes: Axes, plans: Sequence[str], futures: Sequence[str], regrets: Array, lang: Tongue) -> None:
    """Draw what each plan costs more than the best one in each future, the largest of a row framed; regrets : (P, F)."""
    steps = np.linspace(0, max(float(regrets.max(initial=0.0)), 1e-9), len(SCALE) + 1)[1:-1]
    for row, values in enumerate(regrets):
        worst = int(values.argmax())
        for column, value in enumerate(values):
            step = int(np.digitize(value, steps, right=True))
            edge = INK if column == worst else PAPER
            box = Rectangle((column - 0.47, row - 0.44), 0.94, 0.88, facecolor=SCALE[step], edgecolor=edge, linewidth=1.2)
            axes.add_patch(box)
            color = PAPER if step >= 4 else INK
            axes.text(column, row, number(float(value), lang, 0), ha="center", va="center", fontsize=7.4, color=color)
    axes.set_xticks(range(len(futures)), [short(name, 20) for name in futures])
    axes.set_yticks(range(len(plans)), [short(name, 28) for name in plans])
    axes.xaxis.tick_top()
    axes.set_xlim(-0.5, len(futures) - 0.5)
    axes.set_ylim(len(plans) - 0.5, -0.5)
    bare(axes)
