"""The next person in a picture: where one officer more takes most overload away, and where one less adds least."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from optimizer import NextPerson

from .style import AS_IS, PLANNED, SOFT, STYLED, name_rows, new_figure, number_axis, short
from .tongues import Tongue, number, say

SHOWN = 15  #: offices on each side
BAR = 0.62
LABEL = 80  #: letters of office, desk group and crew


@STYLED
def next_person_figure(people: Sequence[NextPerson], offices: Mapping[str, str], lang: Tongue) -> Figure:
    """Bars of both sides by name, each side on its own scale; offices : names by id."""
    helps = sorted(
        (one for one in people if one.more_min is not None), key=lambda one: (one.more_min or 0.0, one.office, one.group)
    )
    hurts = sorted(
        (one for one in people if one.less_min is not None), key=lambda one: (one.less_min or 0.0, one.office, one.group)
    )
    sides = ([(one, -(one.more_min or 0.0)) for one in helps[:SHOWN]], [(one, one.less_min or 0.0) for one in hurts[:SHOWN]])
    rows = max(map(len, sides), default=0)
    figure = new_figure(1.1 + 0.21 * max(rows, 3))
    for axes, side, color, code in zip(figure.subplots(1, 2), sides, (PLANNED, AS_IS), ("more", "less"), strict=True):
        draw_next_person(axes, side, offices, color, lang)
        axes.set_title(say(f"next_person.{code}", lang))
        axes.set_xlabel(say("next_person.axis", lang), fontsize=7.2)
    return figure


def draw_next_person(
    axes: Axes, side: Sequence[tuple[NextPerson, float]], offices: Mapping[str, str], color: str, lang: Tongue
) -> None:
    """Draw one bar for each office and desk group with its figure; the first on top."""
    labels = [
        say(
            "next_person.label",
            lang,
            office=short(offices[one.office], 26),
            group=say(f"desk_group.{one.group}", lang),
            crew=one.crew,
        )
        for one, _ in side
    ]
    values = [value for _, value in side]
    axes.barh(range(len(side)), values, height=BAR, color=color)
    widest = max([*map(abs, values), 1e-9])
    for row, value in enumerate(values):
        axes.text(
            max(value, 0.0) + widest * 0.012,
            row,
            number(value, lang, 1 if abs(value) < 10 else 0),
            va="center",
            fontsize=6.6,
            color=SOFT,
        )
    axes.set_ylim(max(len(side), 3) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *values) if values else 0.0, widest * 1.14)
    name_rows(axes, range(len(side)), labels, 6.6, width=LABEL)
    axes.tick_params(axis="x", labelsize=6.6)
    axes.locator_params(axis="x", nbins=4)
    number_axis(axes, lang)
    axes.spines["left"].set_visible(False)
