"""A disturbance made weaker or stronger: 0 is nothing, 1 as it is described, 2 twice as much."""

from datetime import datetime, time, timedelta
from math import floor

from .schema import AbsenceWave, DemandChange, Entity, OfficeClosure, Outage, Scenario

SCALED = ("demand_changes", "absence_waves", "outages", "office_closures")
LAST_MINUTE = time(23, 59)


def with_strength(before: Scenario, after: Scenario, strength: float) -> Scenario:
    """Return what lies so far on the way from a scenario to the disturbed one; strength ≥ 0.

    Factors on demand and shares of absent officers go in a straight line, a system stands still for so much longer,
    an office is closed for so many more days (whole ones). Rows that come to nothing are left out; what
    would leave its bounds stops there.
    """
    if strength == 0:
        return before
    update: dict[str, object] = {"demand": after.demand.model_copy(update={"scale": _toward(before, after, strength)})}
    for table in SCALED:
        rows: tuple[Entity, ...] = getattr(after, table)
        kept = len(getattr(before, table))
        scaled = (_scaled(row, strength) for row in rows[kept:])
        update[table] = rows[:kept] + tuple(row for row in scaled if row is not None)
    return after.model_copy(update=update)


def _toward(before: Scenario, after: Scenario, strength: float) -> float:
    scale = before.demand.scale + strength * (after.demand.scale - before.demand.scale)
    return min(float(f"{scale:.12g}"), 100.0)


def _scaled(row: Entity, strength: float) -> Entity | None:
    if isinstance(row, DemandChange):
        return row.model_copy(update={"factor": min(max(1 + strength * (row.factor - 1), 0.0), 100.0)})
    if isinstance(row, AbsenceWave):
        return row.model_copy(update={"share": min(row.share * strength, 1.0)})
    if isinstance(row, Outage):
        until = _later(row.from_time, row.to_time, strength)
        return row.model_copy(update={"to_time": until}) if until > row.from_time else None
    if isinstance(row, OfficeClosure):
        days = floor(((row.end - row.start).days + 1) * strength + 0.5)
        return row.model_copy(update={"end": row.start + timedelta(days=days - 1)}) if days else None
    return row


def _later(start: time, end: time, strength: float) -> time:
    """The end of a stretch of the day so many times as long, in whole minutes, before midnight."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    longer = datetime(2000, 1, 1, start.hour, start.minute) + timedelta(minutes=floor(minutes * strength + 0.5))
    return longer.time() if longer.day == 1 else LAST_MINUTE
