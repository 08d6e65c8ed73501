"""Who is at which office, when: counter hours at the own office, and those at another, where a mobile counter stands."""

from .phases import PhaseView
from .rosters import Duty, Stretch, minutes
from .schema import Scenario

Presence = dict[tuple[str, int], tuple[tuple[str, int, int], ...]]
#: (surviving office, weekday 0 = Monday) → officer, start and end in minutes from midnight


def presence(scenario: Scenario, view: PhaseView, roster: Duty) -> Presence:
    """Return the counter hours of a phase by the office where they are served."""
    roving = [row for row in scenario.rosters if row.phase == view.phase.id and row.office and row.officer in view.serves]
    survivor = view.survivor if roving else {}
    away: dict[tuple[str, int], list[tuple[str, Stretch]]] = {}
    for row in roving:
        stretch = (minutes(row.start), minutes(row.end))
        away.setdefault((row.officer, row.weekday - 1), []).append((survivor[row.office], stretch))
    found: dict[tuple[str, int], list[tuple[str, int, int]]] = {}
    for (officer, weekday), stretches in roster.items():
        if officer not in view.serves:
            continue
        elsewhere = away.get((officer, weekday), [])
        own = stretches
        if elsewhere:
            own = tuple(part for stretch in stretches for part in _rest(stretch, [gone for _, gone in elsewhere]))
        if own:
            present = found.setdefault((view.serves[officer], weekday), [])
            for start, end in own:
                present.append((officer, start, end))
        for office, (start, end) in elsewhere:
            found.setdefault((office, weekday), []).append((officer, start, end))
    return {place: tuple(sorted(present)) for place, present in found.items()}


def _rest(stretch: Stretch, gone: list[Stretch]) -> list[Stretch]:
    """What is left of a stretch outside those served elsewhere."""
    start, end = stretch
    left: list[Stretch] = []
    for first, last in sorted(gone):
        if first > start:
            left.append((start, min(first, end)))
        start = max(start, last)
    return [part for part in (*left, (start, end)) if part[0] < part[1]]
