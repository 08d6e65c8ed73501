"""How much growth each office bears, in a picture: a bar to where it breaks, every office by name, in two columns."""

from collections.abc import Mapping, Sequence
from math import ceil, inf, isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..growth import Breaking
from ..wording import Lang, number, say
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SCALE, SOFT, STYLED, WHISKER, WIDTH, bare, short

ROW, HEAD = 0.135, 1.25  #: inches of an office, and of title, axis and legend
BAR = 0.66
NAME = 28
LIGHT = SCALE[1]  #: of offices that bear all that was tried


@STYLED
def growth_figure(found: Sequence[Breaking], names: Mapping[str, str], most: float, title: str, lang: Lang) -> Figure:
    """Offices in the order in which they break; names : by office; most : growth on the last rung."""
    rows = sorted((one for one in found if one.office), key=lambda one: (one.growth, _first(one.low), -one.now, one.office))
    columns = 2 if len(rows) > 24 else 1
    height = ceil(len(rows) / columns)
    figure = Figure(figsize=(WIDTH, HEAD + ROW * max(height, 6)), layout="constrained", facecolor=PAPER)
    for rank, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
        part = rows[rank * height : (rank + 1) * height]
        draw_growth(axes, part, names, most, lang, rows=max(height, 6))
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.0, fontweight="bold")
    held = say("experiment.beyond", lang, most=number(100 * most, lang, 0))
    handles: list[Patch | Line2D] = [
        Line2D([], [], color=AS_IS, marker="X", linestyle="none", markersize=6, label=say("experiment.already", lang)),
        Patch(facecolor=PLANNED, label=say("experiment.within", lang)),
        Patch(facecolor=LIGHT, edgecolor=SOFT, linewidth=0.5, label=held),
        Line2D([], [], color=INK, linewidth=1.0, label=say("experiment.interval", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=4)
    return figure


def draw_growth(
    axes: Axes, part: Sequence[Breaking], names: Mapping[str, str], most: float, lang: Lang, *, rows: int | None = None
) -> None:
    """Draw one bar an office, the first to break on top; growth in per cent of today's demand."""
    top = 100 * most
    for row, one in enumerate(part):
        low, high = (100 * min(end, most) for end in (one.low, one.high))
        if one.status == "already":
            axes.plot([0], [row], "X", color=AS_IS, markersize=4.6, markeredgewidth=0, clip_on=False, zorder=4)
        elif one.status == "within":
            axes.barh(row, 100 * one.growth, height=BAR, color=PLANNED, zorder=2)
        else:
            axes.barh(row, top, height=BAR, facecolor=LIGHT, edgecolor=SOFT, linewidth=0.3, zorder=2)
        if high > low:
            axes.plot([low, high], [row, row], **WHISKER, zorder=3)
        end = max(high, 100 * one.growth) if one.status == "within" else high if one.status == "already" else top
        written = {"already": "", "within": number(100 * min(one.growth, most), lang, 0), "beyond": f"> {number(top, lang, 0)}"}
        axes.text(end + 0.015 * top, row, written[one.status], va="center", fontsize=5.8, color=SOFT)
    axes.set_yticks(range(len(part)), [short(names.get(one.office, one.office), NAME) for one in part], fontsize=6.0)
    axes.set_ylim((rows or max(len(part), 6)) - 0.4, -0.6)
    axes.set_xlim(-0.03 * top, 1.12 * top)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))
    axes.tick_params(axis="x", labelsize=6.6)
    axes.set_xlabel(say("experiment.growth_axis", lang), fontsize=7.0)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    bare(axes)


def _first(value: float) -> float:
    return value if isfinite(value) else inf
