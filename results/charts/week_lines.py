"""The rollout week by week."""

from collections.abc import Mapping, Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..compare import WEEK_INDICATORS
from ..summary import Summary, WeekLine
from .style import AS_IS, PAPER, PLANNED, RULE, SOFT, STYLED, new_figure, short, states_legend
from .tongues import Tongue, named, number, say


@STYLED
def weeks_figure(summary: Summary, lang: Tongue) -> Figure:
    """The rollout week by week, as it is and as planned, one panel an indicator."""
    shown = WEEK_INDICATORS[:3]
    figure = new_figure(1.2 + 1.25 * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True)
    names = {phase.id: named(phase, lang) for phase in summary.phases}
    for axes, indicator in zip(panels, shown, strict=True):
        draw_weeks(axes, summary.weeks, indicator, names, lang, named=axes is panels[0])
        axes.set_title(say(f"indicator_short.{indicator}", lang))
    states_legend(figure, lang)
    return figure


def draw_weeks(
    axes: Axes, weeks: Sequence[WeekLine], indicator: str, phases: Mapping[str, str], lang: Tongue, *, named: bool = True
) -> None:
    """Draw one indicator by week, as it is and as planned, with a line where a phase begins; phases : id → name shown."""
    place = WEEK_INDICATORS.index(indicator)
    days = [week.start.toordinal() for week in weeks]
    for planned, color, size in ((False, AS_IS, 4.4), (True, PLANNED, 2.4)):  # a dot in its ring where both agree
        values = [(week.planned if planned else week.as_is)[place] for week in weeks]
        fill = color if planned else PAPER
        axes.plot(days, values, color=color, lw=1.1, marker="o", ms=size, mfc=fill, mec=color, mew=0.9, zorder=3)
    top = max(axes.get_ylim()[1], 1.0)  # a line at nothing has no ticks of thousandths
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
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0 if value == round(value) else 1)))
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.spines["left"].set_visible(False)
