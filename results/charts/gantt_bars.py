"""The rollout as a timetable: which offices stand when, which join which, and how many officers come and go."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from ..summary import PhaseSummary, Summary
from .style import AS_IS, INK, PAPER, PLANNED, RULE, SOFT, STYLED, WASH, bare, boxes, name_rows, new_figure, short
from .tongues import Tongue, named, number, say

OTHERS = 18  #: offices shown for their moves alone
TALL = 0.72


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An office on the timetable: until when it stands, who takes it, how many come (+) or go (−) as each phase begins."""

    office: str
    name: str
    until: date | None  #: the day on which it joins another; None when it stands to the end
    into: str  #: name of the office that takes it
    moves: tuple[int, ...]  #: by phase, in order


def office_rows(summary: Summary) -> tuple[tuple[OfficeRow, ...], tuple[OfficeRow, ...]]:
    """Offices that join others, each group before the office that takes them; then others with most officers moved."""
    scenario, phases = summary.scenario, summary.phases
    names = {office.id: office.name for office in scenario.offices}
    net = [_net(phase) for phase in phases]
    begin = {phase.id: phase.start for phase in phases}
    changes = {row.office: row for row in scenario.office_changes if row.phase in begin}

    def row(office: str) -> OfficeRow:
        change = changes.get(office)
        into = names[change.into] if change else ""
        return OfficeRow(office, names[office], begin[change.phase] if change else None, into, tuple(one[office] for one in net))

    joined: list[OfficeRow] = []
    groups: dict[str, list[str]] = {}
    for office, change in sorted(changes.items(), key=lambda item: (begin[item[1].phase], item[0])):
        groups.setdefault(change.into, []).append(office)
    for host, members in groups.items():
        joined += [row(office) for office in members]
        if host not in changes:
            joined.append(row(host))
    met = {one.office for one in joined}
    busiest = sorted(
        (office for office in names if office not in met and any(one[office] for one in net)),
        key=lambda office: (-sum(abs(one[office]) for one in net), office),
    )
    return tuple(joined), tuple(row(office) for office in busiest[:OTHERS])


def _net(phase: PhaseSummary) -> Counter[str]:
    net: Counter[str] = Counter()
    for move in phase.moves:
        net[move.target] += 1
        net[move.source] -= 1
    return net


@STYLED
def gantt_figure(summary: Summary, lang: Tongue) -> Figure:
    """Offices that join on top, offices with most moves below."""
    joined, others = office_rows(summary)
    figure = new_figure(1.4 + 0.145 * max(len(joined) + len(others) + (2 if joined and others else 0), 4))
    axes = figure.subplots()
    draw_gantt(axes, summary.phases, joined, others, lang)
    handles = [
        Patch(facecolor=WASH, edgecolor=RULE, label=say("chart.gantt_stands", lang)),
        Patch(facecolor=PLANNED, label=say("chart.gantt_gains", lang)),
        Patch(facecolor=PAPER, edgecolor=AS_IS, hatch="////", label=say("chart.gantt_gives", lang)),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return figure


def draw_gantt(
    axes: Axes, phases: Sequence[PhaseSummary], joined: Sequence[OfficeRow], others: Sequence[OfficeRow], lang: Tongue
) -> None:
    """Draw a row an office, a bar a phase with the officers who come or go as it begins."""
    gap = 2 if joined and others else 0
    rows = [*enumerate(joined), *((len(joined) + gap + n, one) for n, one in enumerate(others))]
    last = (rows[-1][0] if rows else 0) + 0.7
    stands = [
        (phase, place, moved)
        for place, row in rows
        for phase, moved in zip(phases, row.moves, strict=True)
        if row.until is None or phase.start < row.until
    ]
    _bars(axes, stands)
    for phase, place, moved in stands:
        if moved:
            _say_moved(axes, phase, place, moved, lang)
    for place, row in rows:
        if row.until is not None:
            end = row.until.toordinal()
            axes.annotate(
                say("chart.gantt_joins", lang, office=short(row.into, 34)),
                (end, place),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=6.6,
                color=SOFT,
            )
    for phase in phases:
        axes.axvline(phase.start.toordinal(), color=INK, linewidth=0.8, zorder=1)
        axes.text(phase.start.toordinal() + 3, -2.0, short(named(phase, lang), 22), fontsize=7.6, fontweight="bold", va="center")
        told = say("chart.gantt_moves", lang, moves=len(phase.moves))
        axes.text(phase.start.toordinal() + 3, -1.0, told, fontsize=7.2, color=SOFT, va="center")
    if gap:
        heading = say("chart.gantt_others", lang)
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 2.0}
        axes.text(
            phases[0].start.toordinal() + 3, len(joined) + 0.5, heading, fontsize=7.6, color=SOFT, va="center", bbox=box, zorder=5
        )
    name_rows(axes, [place for place, _ in rows], [row.name for _, row in rows], 6.8, bold={row.into for row in joined})
    axes.set_ylim(last, -2.7)
    if phases:
        axes.set_xlim(phases[0].start.toordinal(), phases[-1].end.toordinal() + 1)
        quarters = [day for day in _month_starts(phases[0].start, phases[-1].end) if day.month % 3 == 1]
        axes.set_xticks([day.toordinal() for day in quarters])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{date.fromordinal(int(day)):%m/%Y}"))
    bare(axes)


def _bars(axes: Axes, stands: Sequence[tuple[PhaseSummary, int, int]]) -> None:
    """Draw a bar for each office and phase in which it stands, and how it begins: gaining, giving or neither."""
    half = TALL / 2

    def ends(phase: PhaseSummary, place: int, wide: float) -> tuple[float, float, float, float]:
        return phase.start.toordinal() + 1, phase.start.toordinal() + 1 + wide, place - half, place + half

    whole = [ends(phase, place, _days(phase) - 2) for phase, place, _ in stands]
    boxes(axes, whole, facecolors=WASH, edgecolors=RULE, linewidths=0.4, zorder=2)
    gains = [ends(phase, place, _begun(phase)) for phase, place, moved in stands if moved > 0]
    boxes(axes, gains, facecolors=PLANNED, edgecolors=PLANNED, linewidths=0.6, zorder=3)
    gives = [ends(phase, place, _begun(phase)) for phase, place, moved in stands if moved < 0]
    boxes(axes, gives, facecolors=PAPER, edgecolors=AS_IS, hatch="////", linewidths=0.6, zorder=3)


def _days(phase: PhaseSummary) -> int:
    return (phase.end - phase.start + timedelta(days=1)).days


def _begun(phase: PhaseSummary) -> int:
    """Days at the beginning of a phase that stand for who comes or goes."""
    return min(34, _days(phase) - 2)


def _say_moved(axes: Axes, phase: PhaseSummary, place: int, moved: int, lang: Tongue) -> None:
    """Write how many come or go."""
    box = None if moved > 0 else {"boxstyle": "round,pad=0.1", "facecolor": PAPER, "edgecolor": "none"}
    text, middle = number(moved, lang, 0, signed=True), phase.start.toordinal() + 1 + _begun(phase) / 2
    ink = PAPER if moved > 0 else INK
    axes.text(middle, place + 0.03, text, fontsize=6.4, color=ink, ha="center", va="center", bbox=box, zorder=4)


def _month_starts(first: date, last: date) -> list[date]:
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]
