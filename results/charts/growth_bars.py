"""How much growth each office bears, in a picture: a bar to where it breaks, every office by name, in two columns."""

from collections.abc import Mapping, Sequence
from math import ceil

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
def growth_figure(
    found: Sequence[Breaking], names: Mapping[str, str], ladder: tuple[float, float], title: str, lang: Lang
) -> Figure:
    """Offices in the order given, that in which they break; names : by office; ladder : growth on its first and last rung."""
    rows = [one for one in found if one.office]
    columns = 2 if len(rows) > 24 else 1
    height = ceil(len(rows) / columns)
    figure = Figure(figsize=(WIDTH, HEAD + ROW * max(height, 6)), layout="constrained", facecolor=PAPER)
    for rank, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
        part = rows[rank * height : (rank + 1) * height]
        draw_growth(axes, part, names, ladder, lang, rows=max(height, 6))
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.0, fontweight="bold")
    held = say("experiment.beyond", lang, most=number(100 * ladder[1], lang, 0))
    mark = Line2D([], [], color=AS_IS, marker="X", linestyle="none", markersize=6, label=say("experiment.already", lang))
    handles: list[Patch | Line2D] = [
        *([mark] if any(one.growth <= ladder[0] for one in rows) else []),
        *([Patch(facecolor=AS_IS, label=say("experiment.must_fall", lang))] if ladder[0] < 0 else []),
        Patch(facecolor=PLANNED, label=say("experiment.within", lang)),
        Patch(facecolor=LIGHT, edgecolor=SOFT, linewidth=0.5, label=held),
        Line2D([], [], color=INK, linewidth=1.0, label=say("experiment.interval", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
    return figure


def draw_growth(
    axes: Axes,
    part: Sequence[Breaking],
    names: Mapping[str, str],
    ladder: tuple[float, float],
    lang: Lang,
    *,
    rows: int | None = None,
) -> None:
    """Draw one bar an office, the first to break on top; growth in per cent of today's demand."""
    bottom, top = 100 * ladder[0], 100 * ladder[1]
    wide = top - bottom
    for row, one in enumerate(part):
        growth, low, high = (min(100 * end, top) for end in (one.growth, one.low, one.high))
        if one.status == "beyond":
            axes.barh(row, top, height=BAR, facecolor=LIGHT, edgecolor=SOFT, linewidth=0.3, zorder=2)
        elif growth > bottom:
            color = AS_IS if one.status == "already" else PLANNED
            axes.barh(row, growth, height=BAR, color=color, zorder=2)
        else:
            axes.plot([bottom], [row], "X", color=AS_IS, markersize=4.6, markeredgewidth=0, clip_on=False, zorder=4)
        if high > low:
            axes.plot([low, high], [row, row], **WHISKER, zorder=3)
        text = f"> {number(top, lang, 0)}" if one.status == "beyond" else number(growth, lang, 0) if growth > bottom else ""
        end = max(high, growth, 0.0)
        axes.text(end + 0.015 * wide, row, text, va="center", fontsize=5.8, color=SOFT)
    axes.axvline(0, color=SOFT, linewidth=0.6, zorder=1)
    axes.set_yticks(range(len(part)), [short(names.get(one.office, one.office), NAME) for one in part], fontsize=6.0)
    axes.set_ylim((rows or max(len(part), 6)) - 0.4, -0.6)
    axes.set_xlim(bottom - 0.03 * wide, top + 0.12 * wide)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))
    axes.tick_params(axis="x", labelsize=6.6)
    axes.set_xlabel(say("experiment.growth_axis", lang), fontsize=7.0)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    bare(axes)
