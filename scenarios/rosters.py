"""Who is at a counter, when: explicit counter hours, else the default stagger.

The stagger is systematic sampling on a circle. The officers of an office stand in a row, each taking a piece
as long as the share of paid time given to the counter; a comb with teeth one apart slides once along the row
during the day, and whoever has a tooth is on duty. So every half hour the floor or the ceiling of the summed
shares is on duty, every officer gets the exact share in one stretch (around the clock), and officers with the
same skills, who stand side by side, relieve each other. Officers of a half-day shift stand in a row of their own, with the
half hours of their half of the day; where counters stay open over lunch, every second officer works through the first
half of it and every other through the second.
"""

from collections.abc import Iterator, Mapping
from datetime import time
from functools import lru_cache
from math import ceil

from .phases import PhaseView
from .schema import Hours, Officer, Scenario

SLOT_MIN = 30
Stretch = tuple[int, int]  #: start and end, minutes from midnight
Duty = dict[tuple[str, int], tuple[Stretch, ...]]  #: (officer, weekday 0 = Monday) → stretches in order
Row = tuple[tuple[str, float], ...]  #: shift and counter share of each officer of an office, as they stand in a row
RowDuty = Mapping[tuple[int, int], tuple[Stretch, ...]]  #: (place in the row, weekday) → stretches in order


def minutes(clock: time) -> int:
    """Minutes from midnight."""
    return clock.hour * 60 + clock.minute


@lru_cache(maxsize=64)
def slots(hours: Hours) -> tuple[Stretch, ...]:
    """Half hours of the two sessions; the last of a session may be shorter."""
    sessions = ((hours.open, hours.lunch_start), (hours.lunch_end, hours.close))
    return tuple(
        (start, min(start + SLOT_MIN, minutes(last)))
        for first, last in sessions
        for start in range(minutes(first), minutes(last), SLOT_MIN)
    )


def open_weekdays(scenario: Scenario) -> list[int]:
    """Weekdays on which offices open, 0 = Monday."""
    return [day for day, factor in enumerate(scenario.demand.weekday_factors) if factor > 0]


def duty(scenario: Scenario, view: PhaseView) -> Duty:
    """Return the counter hours of every officer of a phase on the days when offices open."""
    hours = {row.id: row for row in scenario.hours}
    written: dict[tuple[str, int], list[Stretch]] = {}
    for row in scenario.rosters:
        if row.phase == view.phase.id:
            written.setdefault((row.officer, row.weekday - 1), []).append((minutes(row.start), minutes(row.end)))
    explicit = {officer for officer, _ in written}
    weekdays = open_weekdays(scenario)
    found: Duty = {key: merged(sorted(stretches)) for key, stretches in written.items()}
    crews: dict[str, list[Officer]] = {office: [] for office in view.offices}
    for officer, office in view.serves.items():
        if officer not in explicit:
            crews[office].append(view.officers[officer])
    for office, crew in crews.items():
        place = view.offices[office]
        found |= by_default(crew, place.counters, hours[place.hours], weekdays)
    return found


def by_default(crew: list[Officer], counters: int, hours: Hours, weekdays: list[int]) -> Duty:
    """Counter hours of the crew of an office of whom none are written, on the days when offices open."""
    row, standing = row_of(crew)
    found = hours_in_row(row, counters, hours, tuple(weekdays))
    return {(crew[standing[place]].id, weekday): part for (place, weekday), part in found.items()}


def row_of(crew: list[Officer]) -> tuple[Row, list[int]]:
    """The row in which a crew stands, and the number in the crew of each who stands in it."""
    standing = sorted(range(len(crew)), key=lambda number: (crew[number].own_fields, crew[number].id))
    return tuple((crew[number].shift, crew[number].counter_share) for number in standing), standing


@lru_cache(maxsize=4096)  # many offices have as many officers with the same shares
def hours_in_row(row: Row, counters: int, hours: Hours, weekdays: tuple[int, ...]) -> RowDuty:
    """The same of whoever stands in a row."""
    half_hours, noon, room = slots(hours), minutes(hours.lunch_start), counters
    found: dict[tuple[int, int], tuple[Stretch, ...]] = {}
    for shift, part in (
        ("morning", tuple(slot for slot in half_hours if slot[1] <= noon)),
        ("afternoon", tuple(slot for slot in half_hours if slot[0] >= noon)),
    ):
        half = {place: share for place, (own, share) in enumerate(row) if own == shift}
        if half:
            found |= stagger(half, counters, part, weekdays)
            room = min(room, counters - ceil(sum(half.values()) - 1e-9))
    full = {place: share for place, (own, share) in enumerate(row) if own == "full"}
    found |= stagger(full, max(room, 0), half_hours, weekdays)
    return _through_lunch(hours, found) if hours.lunch_halves else found


def _through_lunch(hours: Hours, found: RowDuty) -> RowDuty:
    """Counter hours of a row whose office stays open over lunch: the half each officer does not eat in is worked."""
    start, end = minutes(hours.lunch_start), minutes(hours.lunch_end)
    middle = (start + end) // 2
    return {
        (place, weekday): tuple(
            (middle if place % 2 and first == end else first, middle if not place % 2 and last == start else last)
            for first, last in part
        )
        for (place, weekday), part in found.items()
    }


def stagger(shares: Mapping[int, float], counters: int, half_hours: tuple[Stretch, ...], weekdays: tuple[int, ...]) -> RowDuty:
    """Default counter hours by place in the row; never more on duty than counters (shares shrink in proportion)."""
    parts = [round(share * 1000) for share in shares.values()]
    total = sum(parts)
    if total > 1000 * counters:
        parts = [part * 1000 * counters // total for part in parts]
    count = len(half_hours)
    circle = 1000 * max(count, 1)
    found: dict[tuple[int, int], tuple[Stretch, ...]] = {}
    for weekday in weekdays:
        before = weekday * circle // 5
        for place, part in zip(shares, parts, strict=True):
            after = before + part * count
            tooth = before // circle + 1
            first, last = _slots_to(circle * tooth - after), _slots_to(circle * tooth - before)
            found[place, weekday] = _around(half_hours, first, last)
            before = after
    return found


def _slots_to(distance: int) -> int:
    """The first half hour in which the comb, which slides 1000 a half hour, has gone a distance."""
    return -(-distance // 1000)


@lru_cache(maxsize=65_536)  # officers of all offices, on all weekdays and in all phases, share a few hundred
def _around(half_hours: tuple[Stretch, ...], first: int, last: int) -> tuple[Stretch, ...]:
    """Join the half hours from `first` to before `last`, numbers going once more around the clock."""
    ends = [min(max(end, 0), len(half_hours)) for end in (first, last, first + len(half_hours), last + len(half_hours))]
    return merged([*half_hours[ends[0] : ends[1]], *half_hours[ends[2] : ends[3]]])


def merged(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Join stretches that touch or overlap; the input is sorted."""
    joined: list[Stretch] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def on_duty(view: PhaseView, roster: Duty, half_hours: tuple[Stretch, ...], office: str, weekday: int) -> Iterator[list[str]]:
    """Yield, for each half hour of an office, the officers on duty in all or part of it."""
    crew = view.crew(office)
    for start, end in half_hours:
        yield [
            officer for officer in crew if any(first < end and last > start for first, last in roster.get((officer, weekday), ()))
        ]
