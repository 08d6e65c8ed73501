"""Response curves: what one officer more or less does to each office, from the kernel.

All offices are shifted together, one desk group at a time, each against its own base; citizens keep to the offices
they chose in the run as it is (remembered waits are held), so every office answers for itself alone. Officers beyond
the base are copies of the office's own, new to it, and learn as moved officers do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import LEVELS, PhaseView, desk_group, field_map, phase_view
from scenarios.rosters import slots
from scenarios.schema import Officer, Scenario

from .curves import Curve
from .estimate import erlang_overload_s
from .network import Compiled, restaffed
from .rules import WINDOWS
from .run import Progress, Report, compile_days, play_fast, spread
from .tables import OFFICE_COLUMNS, empty_tables

OFFSETS = (-18, -14, -11, -8, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 8, 10)  #: played; levels between are interpolated
Crews = dict[tuple[str, str], tuple[str, ...]]  #: (office, group) → officers, the last first to go
Traces = list[NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class _Level:
    """One shifted network to play: every crew of the groups has `offset` officers more than at home."""

    groups: frozenset[str]
    offset: int


def response_curves(
    scenario: Scenario,
    phase: str,
    *,
    replications: Iterable[int] = (0, 1),
    seed: int = 1,
    days: int | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Curve, ...]:
    """Return the curves of a phase from home, sorted by office and group.

    replications : those the verdict will not use; days : as `simulate`. The cost is one run of the phase for each
    level and replication. Levels that would put more officers on duty than there are counters are not offered.
    """
    home = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase != phase)})
    view = phase_view(home, phase)
    crews = desk_crews(home, view)
    base = compile_days(home, phase, seed=seed, days=days)
    numbers = tuple(replications)
    traces = {number: _trace(base, number) for number in numbers}
    levels = _levels(crews)

    def play(level: _Level) -> list[NDArray[np.float64]]:
        shifted = restaffed(home, base, _shifted(view, crews, level)) if level.offset else base
        return [_overload_s(shifted, number, traces[number]) for number in numbers]

    played: dict[_Level, list[NDArray[np.float64]]] = {}
    for done, (level, seconds) in enumerate(zip(levels, spread(play, levels, jobs=jobs), strict=True), start=1):
        played[level] = seconds
        if progress is not None:
            progress(Progress("curves", done, len(levels)))
    return tuple(
        _curve(home, view, base, crews, place, {level.offset: runs for level, runs in played.items() if place[1] in level.groups})
        for place in sorted(crews)
    )


def desk_crews(scenario: Scenario, view: PhaseView) -> Crews:
    """Officers by office and desk group, in the order in which a smaller crew would keep them.

    One of each set of own fields in turn, so that a smaller crew still holds what it can; pinned officers first.
    """
    fields = field_map(scenario)
    found: dict[tuple[str, str], list[Officer]] = {}
    for office in view.offices:
        for name in view.crew(office):
            group = desk_group(view.officers[name], fields, view.offers[office])
            if group is not None:
                found.setdefault((office, group), []).append(view.officers[name])
    return {place: _in_turn(crew) for place, crew in found.items()}


def _in_turn(crew: list[Officer]) -> tuple[str, ...]:
    alike: dict[tuple[str, ...], int] = {}
    keys = []
    for officer in sorted(crew, key=lambda officer: (officer.movable, officer.id)):
        own = tuple(sorted(field for field, pace in officer.skills.items() if pace <= 1000))
        alike[own] = alike.get(own, -1) + 1
        keys.append((alike[own], officer.movable, officer.id))
    return tuple(name for _, _, name in sorted(keys))


def _levels(crews: Crews) -> list[_Level]:
    """Shifts by sets of groups that no office has together, so that each office is shifted in one group at a time."""
    present = [group for group in LEVELS if any(group == known for _, known in crews)]
    sets: list[set[str]] = []
    for group in present:
        offices = {office for office, known in crews if known == group}
        free = (one for one in sets if not any(office in offices and known in one for office, known in crews))
        home = next(free, None)
        if home is None:
            sets.append({group})
        else:
            home.add(group)
    shifts = [_Level(frozenset(groups), offset) for groups in sets for offset in OFFSETS]
    return [_Level(frozenset(present), 0), *shifts]


def _shifted(view: PhaseView, crews: Crews, level: _Level) -> PhaseView:
    """The phase with every crew of the groups larger or smaller by the offset; never empty."""
    offset = level.offset
    officers, serves, home = dict(view.officers), dict(view.serves), dict(view.home)
    for (office, group), crew in crews.items():
        if group not in level.groups:
            continue
        for name in crew[max(1, len(crew) + offset) :]:
            del officers[name], serves[name], home[name]
        for extra in range(offset):
            name = f"{office}+{group}+{extra:02d}"
            officers[name] = view.officers[crew[extra % len(crew)]].model_copy(update={"id": name})
            serves[name], home[name] = office, ""
    order = sorted(officers)
    return replace(
        view,
        officers={name: officers[name] for name in order},
        serves={name: serves[name] for name in order},
        home={name: home[name] for name in order},
    )


def _trace(base: Compiled, replication: int) -> Traces:
    """Remembered waits of every morning of the run as it is, block by block."""
    traces = []
    for number, draws in enumerate(base.blocks):
        trace = np.empty((len(draws.days.weekday), len(base.office_ids), WINDOWS), np.int64)
        play_fast(base, number, replication, empty_tables(len(base.office_ids), len(base.unit_ids)), trace=trace)
        traces.append(trace)
    return traces


def _overload_s(compiled: Compiled, replication: int, traces: Traces) -> NDArray[np.float64]:
    """Overload of each office, person-seconds a day; (O,)."""
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    for number, trace in enumerate(traces):
        play_fast(compiled, number, replication, tables, held=trace)
    return tables.office[:, OFFICE_COLUMNS.index("overload")] / 1000 / compiled.days


def _curve(
    scenario: Scenario,
    view: PhaseView,
    base: Compiled,
    crews: Crews,
    place: tuple[str, str],
    played: dict[int, list[NDArray[np.float64]]],
) -> Curve:
    """The curve of one place from the runs by offset; levels between those played are interpolated."""
    office, group = place
    crew = crews[place]
    rank = base.office_ids.index(office)
    room = 1000 * view.offices[office].counters
    everyone = sum(round(view.officers[name].counter_share * 1000) for name in view.crew(office))
    shares = sum(round(view.officers[name].counter_share * 1000) for name in crew)
    known = [offset for offset in sorted(played) if len(crew) + offset >= 1]
    values = np.array([[run[rank] for run in played[offset]] for offset in known])
    errors = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1]) if values.shape[1] > 1 else np.zeros(len(known))
    mean_share = shares / len(crew)
    offsets = [offset for offset in range(known[0], known[-1] + 1) if offset <= 0 or everyone + offset * mean_share <= room]
    half_hours = slots(next(row for row in scenario.hours if row.id == view.offices[office].hours))
    on_duty = [(shares + offset * mean_share) / 1000 for offset in offsets]
    return Curve(
        office=office,
        group=group,
        base=len(crew),
        levels=tuple(len(crew) + offset for offset in offsets),
        overload_s_per_day=tuple(round(float(value)) for value in np.interp(offsets, known, values.mean(axis=1))),
        error_s_per_day=tuple(round(float(value)) for value in np.interp(offsets, known, errors)),
        erlang_s_per_day=tuple(round(value) for value in erlang_overload_s(scenario, base, office, group, half_hours, on_duty)),
    )
