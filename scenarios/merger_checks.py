"""Rules on mergers of offices: no circles, no office twice, no host that is gone."""

from collections.abc import Iterator

from .placed import Placed, Tables
from .problems import Problem
from .schema import OfficeChange, Phase


def mergers(tables: Tables) -> Iterator[Problem]:
    """An office is merged once, into another that still stands, and never in a circle."""
    starts = {placed.entity.id: placed.entity.start for placed in tables.of(Phase)}
    first: dict[str, Placed[OfficeChange]] = {}
    for placed in tables.of(OfficeChange):
        change = placed.entity
        if change.office == change.into:
            yield placed.problem("into", "E-MERGE-001", change.into)
        elif change.office in first:
            yield placed.problem("office", "E-MERGE-003", change.office, "1", other_row=str(first[change.office].row))
        else:
            first[change.office] = placed
    into = {office: placed.entity.into for office, placed in first.items()}
    circles = _circles(into)
    for circle in circles:
        placed = min((first[office] for office in circle), key=lambda placed: placed.row)
        start = circle.index(placed.entity.office)
        path = [*circle[start:], *circle[:start], placed.entity.office]
        yield placed.problem("into", "E-MERGE-002", " → ".join(path))
    in_circle = {office for circle in circles for office in circle}
    for placed in first.values():
        change = placed.entity
        gone = first.get(change.into)
        if gone is None or change.into in in_circle or not {change.phase, gone.entity.phase} <= starts.keys():
            continue
        if starts[gone.entity.phase] <= starts[change.phase]:
            host = _last(into, change.into, in_circle)
            yield placed.problem("into", "E-MERGE-004", change.into, host, phase=gone.entity.phase, other_row=str(gone.row))


def _circles(into: dict[str, str]) -> list[list[str]]:
    circles: list[list[str]] = []
    done: set[str] = set()
    for first in into:
        office = first
        path: list[str] = []
        while office in into and office not in done:
            done.add(office)
            path.append(office)
            office = into[office]
        if office in path:
            circles.append(path[path.index(office) :])
    return circles


def _last(into: dict[str, str], office: str, stop: set[str]) -> str:
    while office in into and office not in stop:
        office = into[office]
    return office
