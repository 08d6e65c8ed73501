"""Which factor matters, in a picture: Sobol' shares, Morris effects, and a tornado of single changes.

Measures differ in mark as well as in color, so that they are told apart in grey and with any color vision.
"""

from collections.abc import Sequence
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim import Interval

from ..sensitivity import Sensitivity
from ..wording import Lang, indicator_text, number, say
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SOFT, STYLED, WHISKER, bare, new_figure, short

BAR = 0.34
LOW = "#f3ad54"  #: of the tornado, beside PLANNED: far apart in lightness
LABEL = 30  #: letters of a factor


@STYLED
def sobol_figure(found: Sequence[Sensitivity], title: str, lang: Lang) -> Figure:
    """Bars of the first and total shares with their intervals, the factor with the largest total on top."""
    order = _order(found, "total")
    figure = new_figure(1.2 + 0.42 * max(len(order), 2))
    axes = figure.subplots()
    draw_sobol(axes, found, lang)
    axes.set_title(title)
    handles = [
        Patch(facecolor=PLANNED, edgecolor=PLANNED, label=say("experiment.first", lang)),
        Patch(facecolor=PAPER, edgecolor=AS_IS, hatch="////", label=say("experiment.total", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2)
    return figure


def draw_sobol(axes: Axes, found: Sequence[Sensitivity], lang: Lang) -> None:
    """Draw two bars for each factor: alone filled, in all hatched."""
    order = _order(found, "total")
    for row, factor in enumerate(order):
        for measure, shift in (("first", -BAR / 2), ("total", BAR / 2)):
            value = _of(found, factor, measure)
            alone = measure == "first"
            axes.barh(
                row + shift,
                max(value.mean, 0.0),
                height=BAR,
                facecolor=PLANNED if alone else PAPER,
                edgecolor=PLANNED if alone else AS_IS,
                hatch=None if alone else "////",
                linewidth=0.8,
            )
            axes.plot([max(value.low, 0.0), max(value.high, 0.0)], [row + shift] * 2, **WHISKER)
            end = max(value.mean, value.high, 0.0)
            axes.text(end + 0.012, row + shift, number(value.mean, lang, 2), va="center", fontsize=6.8, color=SOFT)
    _factors(axes, order)
    axes.set_xlim(0, max(1.0, *(one.value.high for one in found)) * 1.08)
    axes.set_xlabel(say("experiment.share_axis", lang))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 1)))


@STYLED
def morris_figure(found: Sequence[Sensitivity], title: str, axis: str, lang: Lang) -> Figure:
    """Mean size of the effects against their spread, numbered, with the names beside."""
    order = _order(found, "mu_star")
    figure = new_figure(max(3.6, 0.9 + 0.17 * len(order)))
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    draw_morris(left, found, axis, lang)
    left.set_title(title)
    _morris_names(right, found, order, lang)
    return figure


def draw_morris(axes: Axes, found: Sequence[Sensitivity], axis: str, lang: Lang) -> None:
    """Draw a numbered point for each factor with the interval of its mean size; below the line it acts alike everywhere."""
    order = _order(found, "mu_star")
    stars = [_of(found, factor, "mu_star") for factor in order]
    spreads = [_of(found, factor, "sigma").mean for factor in order]
    widest = max([*(star.high for star in stars), 1e-9]) * 1.08
    tallest = max([*spreads, 1e-9]) * 1.15
    axes.plot([0, widest], [0, widest / 2], color=RULE, linewidth=1.0, linestyle="--", zorder=1)
    for rank, (star, spread) in enumerate(zip(stars, spreads, strict=True), start=1):
        axes.plot([max(star.low, 0.0), star.high], [spread] * 2, color=PLANNED, linewidth=1.0, zorder=2)
        axes.plot([star.mean], [spread], "o", color=PLANNED, markersize=5, zorder=3)
        axes.annotate(
            str(rank), (star.mean, spread), (4, 4 if rank % 2 else -10), textcoords="offset points", fontsize=7.4, color=INK
        )
    axes.set_xlim(0, widest)
    axes.set_ylim(-0.03 * tallest, tallest)
    axes.set_xlabel(say("experiment.mu_star_axis", lang, indicator=axis))
    axes.set_ylabel(say("experiment.sigma_axis", lang))
    for one in (axes.xaxis, axes.yaxis):
        one.set_major_locator(MaxNLocator(6))
        one.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, None if value else 0)))
    axes.grid(color=RULE, linewidth=0.5)
    bare(axes)


def _morris_names(axes: Axes, found: Sequence[Sensitivity], order: Sequence[str], lang: Lang) -> None:
    axes.axis("off")
    step = 1 / max(len(order) + 1, 8)
    for rank, factor in enumerate(order, start=1):
        star, mean = _of(found, factor, "mu_star"), _of(found, factor, "mu").mean
        sign = "↑" if mean > 0.9 * star.mean else "↓" if mean < -0.9 * star.mean else "↕"
        text = f"{rank}  {short(factor, LABEL)}   {number(star.mean, lang, None if star.mean else 0)} {sign if star.mean else ''}"
        axes.text(0.0, 1 - rank * step, text, fontsize=7.4, transform=axes.transAxes)
    below = 1 - (len(order) + 1) * step
    axes.text(0.0, below, say("experiment.arrows", lang), fontsize=6.8, color=SOFT, transform=axes.transAxes)


@STYLED
def tornado_figure(
    changes: Sequence[tuple[str, Sequence[tuple[str, Interval]]]], indicator: str, title: str, axis: str, lang: Lang
) -> Figure:
    """What each factor changes alone; changes : factor, then (value, change since the scenario as it is) of each level."""
    rows = sorted(changes, key=lambda one: -max((abs(change.mean) for _, change in one[1]), default=0.0))
    figure = new_figure(1.2 + 0.36 * max(len(rows), 2))
    axes = figure.subplots()
    draw_tornado(axes, rows, indicator, lang)
    axes.set_title(title)
    axes.set_xlabel(say("experiment.tornado_axis", lang, indicator=axis))
    handles = [
        Patch(facecolor=LOW, edgecolor=INK, linewidth=0.5, label=say("experiment.lowest", lang)),
        Patch(facecolor=PLANNED, edgecolor=INK, linewidth=0.5, label=say("experiment.highest", lang)),
        Line2D([], [], color=INK, linewidth=1.0, label=say("experiment.interval", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return figure


def draw_tornado(axes: Axes, rows: Sequence[tuple[str, Sequence[tuple[str, Interval]]]], indicator: str, lang: Lang) -> None:
    """Draw two bars a factor from the middle, its first and last value written at the ends."""
    ends = [end for _, levels in rows for _, one in levels for end in (one.mean, one.low, one.high) if isfinite(end)]
    least, most = min(0.0, *ends), max(0.0, *ends)
    widest = max(most - least, 1e-9)
    for row, (_, levels) in enumerate(rows):
        for (text, change), color, shift in zip((levels[0], levels[-1]), (LOW, PLANNED), (-BAR / 2, BAR / 2), strict=True):
            axes.barh(row + shift, change.mean, height=BAR, facecolor=color, edgecolor=INK, linewidth=0.4)
            axes.plot([change.low, change.high], [row + shift] * 2, **WHISKER)
            right = change.mean >= 0
            end = max(change.mean, change.high) if right else min(change.mean, change.low)
            label = f"{text}: {indicator_text(indicator, change.mean, lang, change=True)}"
            axes.text(
                end + widest * (0.015 if right else -0.015),
                row + shift,
                label,
                va="center",
                ha="left" if right else "right",
                fontsize=6.4,
                color=SOFT,
            )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlim(least - 0.2 * widest, most + 0.2 * widest)
    _factors(axes, [factor for factor, _ in rows])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: indicator_text(indicator, value, lang, change=True)))


def _factors(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows, the first on top."""
    axes.set_yticks(range(len(names)), [short(name, LABEL) for name in names], fontsize=7.4)
    axes.set_ylim(max(len(names), 2) - 0.5, -0.5)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    bare(axes)


def _order(found: Sequence[Sensitivity], measure: str) -> list[str]:
    """Factors by a measure, the largest first."""
    rows = [one for one in found if one.measure == measure]
    return [one.factor for one in sorted(rows, key=lambda one: (-one.value.mean, one.factor))]


def _of(found: Sequence[Sensitivity], factor: str, measure: str) -> Interval:
    return next(one.value for one in found if one.factor == factor and one.measure == measure)
