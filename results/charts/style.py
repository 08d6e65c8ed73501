"""What all pictures share: colors, sizes, how names, numbers and legends are written, and figures as files.

Order and shape carry the message, color only helps: sequential scales fall evenly in lightness, so they read in grey, and
before and after differ in mark as well as in color (orange open, blue filled: told apart with any color vision).
"""

import io
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, Locator
from numpy.typing import NDArray

from sim import Interval

from ..wording import Lang
from .margins import Margins
from .tongues import BOTH, OPENS, Tongue, in_each, number, parted, percent, readings, say

Array = NDArray[np.float64]
#: figure name → language → SVG text
Figures = Mapping[str, Mapping[Lang, str]]

INK, SOFT, RULE, WASH, PAPER = "#1f2933", "#5d6b78", "#d9dee3", "#f1f3f5", "#ffffff"
BORDER = "#b9b2a6"  #: between units, on pale and on dark ground
AS_IS, PLANNED = "#c2571a", "#14507f"
SCALE = ("#f6f4ee", "#fad48c", "#f3ad54", "#dd7526", "#b04316", "#6d1f10")  #: lightness falls evenly
DAYS_STEPS = (0.02, 0.1, 0.25, 0.5, 0.75)  #: share of days overloaded
MINUTE_STEPS = (10.0, 50.0, 200.0, 600.0, 1500.0)  #: person-minutes a day; the same in every phase, so maps compare
GRID_KM = 0.15  #: outlines snap to this grid: neighbors keep their common border, files stay small
STYLE: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "xtick.bottom": False,
    "ytick.left": False,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "axes.unicode_minus": True,
    "text.parse_math": False,
}
#: line of an interval over a bar, light or dark
WHISKER: dict[str, Any] = {"color": INK, "linewidth": 1.0, "path_effects": [withStroke(linewidth=2.4, foreground=PAPER)]}
STYLED = mpl.rc_context(STYLE)  #: decorates what builds or writes a figure
READABLE = 30  #: offices shown by name in one figure
NAME_WIDTH = 34  #: letters of a name beside an axis
HALF_HOURS = 48
WIDTH = 9.2  #: inches of every figure
AWAY = 3.5  #: points from the axes to a name
AWAY_WORD = 7.0  #: points from the axes to a word of a scale
DPI = 200  #: of PNG files


def short(name: str, width: int = NAME_WIDTH) -> str:
    """Cut a long name between words in its middle: its end tells offices apart."""
    if OPENS in name:
        return in_each(BOTH, lambda lang: short(parted(name, lang), width))
    if len(name) <= width:
        return name
    words = name.split()
    tail = words.pop()[: width - 1]
    while words and len(tail) + 1 + len(words[-1]) <= width // 2:
        tail = f"{words.pop()} {tail}"
    head = ""
    for word in words:
        if len(head) + len(word) + len(tail) + 2 > width:
            break
        head = f"{head} {word}".strip()
    return f"{head}…{tail}"


def new_figure(height: float) -> Figure:
    """A figure that makes room for what stands around its axes."""
    return Figure(figsize=(WIDTH, height), layout=Margins())


def marks(axes: Axes, values: Sequence[Interval], places: Sequence[float], *, planned: bool) -> None:
    """Points with the bars of their intervals, of what is known: open orange as it is, filled blue as planned."""
    color, face = (PLANNED, PLANNED) if planned else (AS_IS, PAPER)
    known = [(value, at) for value, at in zip(values, places, strict=True) if np.isfinite(value.mean)]
    means, at = [value.mean for value, _ in known], [at for _, at in known]
    axes.hlines(at, [value.low for value, _ in known], [value.high for value, _ in known], color=color, linewidth=1.1, zorder=2)
    axes.plot(means, at, "o", markersize=5, color=color, markerfacecolor=face, markeredgewidth=1.3, zorder=3)


def name_rows(
    axes: Axes,
    places: Sequence[float],
    names: Sequence[str],
    size: float,
    *,
    bold: Collection[str] = (),
    width: int = NAME_WIDTH,
) -> None:
    """Write names beside the rows of a figure, right before the axes: a word each, where a tick is five things."""
    transform, vertical, horizontal = axes.get_yaxis_text1_transform(AWAY)
    axes.set_yticks([])
    for at, name in zip(places, names, strict=True):
        weight = "bold" if name in bold else "normal"
        axes.text(0.0, at, short(name, width), transform=transform, ha=horizontal, va=vertical, fontsize=size, fontweight=weight)


def write_scales(axes: Axes, across: Mapping[float, str], up: Mapping[float, str], size: float) -> None:
    """Write what stands below and beside axes, by its place, with a line at each height: a word each, as `name_rows`.

    Labels of the axes get room beyond the words, as matplotlib knows of none.
    """
    below, beside = axes.get_xaxis_text1_transform(AWAY_WORD), axes.get_yaxis_text1_transform(AWAY_WORD)
    axes.set_xticks([])
    axes.set_yticks([])
    words = [(at, 0.0, word, *below) for at, word in across.items()] + [(0.0, at, word, *beside) for at, word in up.items()]
    for x, y, word, transform, vertical, horizontal in words:
        axes.text(x, y, word, transform=transform, ha=horizontal, va=vertical, fontsize=size)
    longest = max((len(one) for word in up.values() for one in readings(word)), default=0)
    axes.xaxis.labelpad, axes.yaxis.labelpad = AWAY_WORD + 1.7 * size, AWAY_WORD + 0.6 * size * (longest + 1)
    lines = [[(0.0, at), (1.0, at)] for at in up]
    ruled = LineCollection(lines, colors=RULE, linewidths=0.5, transform=axes.get_yaxis_transform(), zorder=0.5)
    axes.add_collection(ruled, autolim=False)


def places_within(locator: Locator, ends: tuple[float, float]) -> list[float]:
    """Where a locator puts marks between the ends of an axis."""
    return [float(place) for place in locator.tick_values(*ends) if ends[0] <= place <= ends[1]]


def boxes(axes: Axes, corners: Sequence[tuple[float, float, float, float]], **manner: Any) -> None:
    """Boxes alike, drawn as one; corners : left, right, lower and upper end. Limits of the axes stay as they are."""
    shapes = [[(left, low), (right, low), (right, high), (left, high)] for left, right, low, high in corners]
    if shapes:
        axes.add_collection(PolyCollection(shapes, **manner), autolim=False)


def state_handles(lang: Tongue) -> list[Line2D]:
    return [
        Line2D([], [], color=color, marker="o", markersize=5, markerfacecolor=face, linewidth=1.1, label=say(code, lang))
        for color, face, code in ((AS_IS, PAPER, "chart.as_is"), (PLANNED, PLANNED, "chart.planned"))
    ]


def states_legend(figure: Figure, lang: Tongue) -> None:
    figure.legend(handles=state_handles(lang), loc="outside lower left", ncols=2)


def scale_colors(pale: bool) -> tuple[str, ...]:
    """The sequential scale; pale, under arrows, it keeps its order of lightness."""
    if not pale:
        return SCALE
    parts = [[0.55 * part + 0.45 for part in to_rgb(color)] for color in SCALE]
    return tuple(to_hex((red, green, blue)) for red, green, blue in parts)


def classes_legend(
    figure: Figure,
    labels: Sequence[str],
    title: str,
    *,
    kinds: Tongue | None = None,
    pale: bool = False,
    more: Sequence[Line2D] = (),
) -> None:
    """The classes of a scale by their colors, then branch and center when `kinds` names them, then `more`."""
    handles: list[Patch | Line2D] = [
        Patch(facecolor=color, edgecolor=RULE, linewidth=0.6, label=label)
        for color, label in zip(scale_colors(pale), labels, strict=True)
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
    handles += more
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


def steps_text(steps: Sequence[float], lang: Tongue, *, share: bool = False) -> list[str]:
    """The classes between steps in words."""

    def end(step: float) -> str:
        return percent(step, lang).replace(",0%", "%").replace(".0%", "%") if share else number(step, lang, 0)

    middle = [f"{end(low).replace('%', '')}–{end(high)}" for low, high in pairwise(steps)]
    return [f"< {end(steps[0])}", *middle, f"≥ {end(steps[-1])}"]


def step_of(minutes: float) -> int:
    return int(np.digitize(minutes, MINUTE_STEPS)) if np.isfinite(minutes) else 0


def number_axis(axes: Axes, lang: Tongue) -> None:
    def write(value: float, _: int | None = None) -> str:
        return number(value, lang, 0 if value == round(value) else 1)

    axes.xaxis.set_major_formatter(FuncFormatter(write))


def bare(axes: Axes) -> None:
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)


@STYLED
def pdf(figure: Figure) -> bytes:
    """Write a figure as PDF with its letters inside, the same bytes each time."""
    stream = io.BytesIO()
    figure.savefig(stream, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return stream.getvalue()


@STYLED
def png(figure: Figure, dpi: float) -> tuple[bytes, tuple[float, float]]:
    """Write a figure as PNG on white, the same bytes each time, with its width and height in inches."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, facecolor=PAPER, metadata={"Software": None})
    width, height = figure.get_size_inches()
    return stream.getvalue(), (float(width), float(height))
