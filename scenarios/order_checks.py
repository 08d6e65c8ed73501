"""Rules on order: times of a day, days of a calendar, phases one after the other, the larger of two bounds."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from .placed import Placed, Tables
from .problems import Problem
from .schema import (
    AbsenceWave,
    ArrivalProfile,
    Closure,
    DemandChange,
    Hours,
    Indicators,
    Learning,
    Office,
    OfficeClosure,
    Officer,
    Outage,
    Phase,
    Pool,
    ProcedureField,
    Queue,
    Roster,
    Volunteer,
)


def hours_in_order(tables: Tables) -> Iterator[Problem]:
    """Tickets open, doors open, lunch, doors open, doors close; the last ticket lies in between."""
    for placed in tables.of(Hours):
        row = placed.entity
        chain = ("ticket_open", "open", "lunch_start", "lunch_end", "close")
        clocks = {name: getattr(row, name) for name in chain}
        for before, after in pairwise(chain):
            equal_is_wrong = before in ("open", "lunch_end")
            if clocks[after] < clocks[before] or (equal_is_wrong and clocks[after] == clocks[before]):
                expected = f"{'>' if equal_is_wrong else '≥'} {clocks[before]:%H:%M}"
                yield placed.problem(after, "E-ORDER-001", f"{clocks[after]:%H:%M}", expected, before=before)
        if not row.ticket_open < row.last_ticket <= row.close:
            expected = f"{row.ticket_open:%H:%M}-{row.close:%H:%M}"
            yield placed.problem("last_ticket", "E-ORDER-001", f"{row.last_ticket:%H:%M}", expected, before="ticket_open")


def windows_in_order(tables: Tables) -> Iterator[Problem]:
    """Windows of a profile and stretches of a roster end after they start and do not overlap."""
    profiles = [(placed.entity.profile, placed) for placed in tables.of(ArrivalProfile)]
    yield from _windows(profiles, "E-WINDOW-001")
    yield from _windows(
        [((row.entity.phase, row.entity.officer, row.entity.weekday), row) for row in tables.of(Roster)], "E-WINDOW-002"
    )


def _windows(rows: Iterable[tuple[object, Placed[ArrivalProfile] | Placed[Roster]]], overlap_code: str) -> Iterator[Problem]:
    groups: dict[object, list[Placed[ArrivalProfile] | Placed[Roster]]] = {}
    for group, placed in rows:
        window = placed.entity
        if window.end <= window.start:
            yield placed.problem("end", "E-ORDER-001", f"{window.end:%H:%M}", f"> {window.start:%H:%M}", before="start")
        else:
            groups.setdefault(group, []).append(placed)
    for windows in groups.values():
        windows.sort(key=lambda placed: (placed.entity.start, placed.row))
        latest = windows[0]
        for placed in windows[1:]:
            if placed.entity.start == latest.entity.start and overlap_code == "E-WINDOW-001":
                continue  # the same start is a key used twice, told elsewhere
            if placed.entity.start < latest.entity.end:
                found = f"{placed.entity.start:%H:%M}"
                expected = f"≥ {latest.entity.end:%H:%M}"
                yield placed.problem("start", overlap_code, found, expected, other_row=str(latest.row))
            if placed.entity.end > latest.entity.end:
                latest = placed


def outages_in_order(tables: Tables) -> Iterator[Problem]:
    """The hours of an outage end after they start."""
    for placed in tables.of(Outage):
        row = placed.entity
        if row.to_time <= row.from_time:
            expected = f"> {row.from_time:%H:%M}"
            yield placed.problem("to_time", "E-ORDER-001", f"{row.to_time:%H:%M}", expected, before="from_time")


def days_in_order(tables: Tables) -> Iterator[Problem]:
    """What has days ends on or after the day it starts."""
    dated = (Phase, Closure, DemandChange, Volunteer, Outage, OfficeClosure, AbsenceWave)
    for kind in dated:
        for placed in tables.of(kind):
            row = placed.entity
            if isinstance(row, dated) and row.end < row.start:
                yield placed.problem("end", "E-ORDER-002", str(row.end), f"≥ {row.start}", before="start")
    indicators = tables.section(Indicators)
    if indicators and indicators.entity.reference_end < indicators.entity.reference_start:
        row = indicators.entity
        found, expected = str(row.reference_end), f"≥ {row.reference_start}"
        yield tables.setting("indicators", "reference_end", "E-ORDER-002", found, expected, before="reference_start")


def phases_apart(tables: Tables) -> Iterator[Problem]:
    """Phases follow each other; no day lies in two."""
    phases = sorted(tables.of(Phase), key=lambda placed: (placed.entity.start, placed.row))
    for before, after in pairwise([placed for placed in phases if placed.entity.start <= placed.entity.end]):
        if after.entity.start <= before.entity.end:
            found, expected = str(after.entity.start), f"> {before.entity.end}"
            yield after.problem("start", "E-PHASE-001", found, expected, other=before.entity.id, other_row=str(before.row))


def officers_phases_in_order(tables: Tables) -> Iterator[Problem]:
    """An officer's last phase does not lie before the first."""
    starts = {placed.entity.id: placed.entity.start for placed in tables.of(Phase)}
    for placed in tables.of(Officer):
        first, last = placed.entity.first_phase, placed.entity.last_phase
        if first in starts and last in starts and starts[last] < starts[first]:
            yield placed.problem("last_phase", "E-PHASE-002", last, first)


def bounds_in_order(tables: Tables) -> Iterator[Problem]:
    """Of two bounds the larger is the larger."""
    for placed in tables.of(Office):
        row = placed.entity
        if row.premises_limit < row.counters:
            yield placed.problem("premises_limit", "E-BOUND-001", str(row.premises_limit), f"≥ {row.counters}", other="counters")
        if row.reserved_counters > row.counters:
            found, expected = str(row.reserved_counters), f"≤ {row.counters}"
            yield placed.problem("reserved_counters", "E-BOUND-001", found, expected, other="counters")
    for field in tables.of(ProcedureField):
        agents, others = field.entity.agent_dossiers, field.entity.dossiers_per_visit
        if field.entity.agents_share > 0 and agents < others:
            yield field.problem("agent_dossiers", "E-BOUND-001", f"{agents:g}", f"≥ {others:g}", other="dossiers_per_visit")
    for pool in tables.of(Pool):
        calls_back, sends = pool.entity.return_wait_min, pool.entity.send_wait_min
        if calls_back > sends:
            yield pool.problem("return_wait_min", "E-BOUND-001", f"{calls_back:g}", f"≤ {sends:g}", other="send_wait_min")
    queue, learning, indicators = tables.section(Queue), tables.section(Learning), tables.section(Indicators)
    if queue:
        manners = queue.entity
        pair = (manners.balk_long_min, manners.balk_very_long_min)
        yield from _ascending(tables, "queue", ("balk_long_min", "balk_very_long_min"), pair)
    if learning:
        pair = (learning.entity.first_days, learning.entity.second_days)
        yield from _ascending(tables, "learning", ("first_days", "second_days"), pair)
    if indicators:
        constants = indicators.entity
        pair = (constants.wait_standard_min, constants.wait_long_min)
        yield from _ascending(tables, "indicators", ("wait_standard_min", "wait_long_min"), pair)


def _ascending(tables: Tables, section: str, names: tuple[str, str], pair: tuple[float, float]) -> Iterator[Problem]:
    if pair[1] < pair[0]:
        yield tables.setting(section, names[1], "E-BOUND-001", f"{pair[1]:g}", f"≥ {pair[0]:g}", other=names[0])


ORDER_RULES: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    hours_in_order,
    windows_in_order,
    outages_in_order,
    days_in_order,
    phases_apart,
    officers_phases_in_order,
    bounds_in_order,
)
