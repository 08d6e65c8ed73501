"""Where the next officer helps most and one less hurts least: slopes of the response curves at the crews of a staffing."""

from collections.abc import Mapping
from dataclasses import dataclass

from .problem import PhaseProblem, Place


@dataclass(frozen=True, slots=True)
class NextPerson:
    """What one officer more and one less would do to the overload of an office, person-minutes a day."""

    office: str
    group: str
    crew: int
    more_min: float | None  #: change by one more, below 0 when it helps; None where the curve ends: no place, or no level played
    less_min: float | None  #: change by one less; None where the curve ends: the minimum crew


def next_person(phase: PhaseProblem, crews: Mapping[Place, int]) -> tuple[NextPerson, ...]:
    """Every desk group with a curve, the one where an officer more helps most first."""
    found = []
    for (office, group), crew in sorted(crews.items()):
        curve = phase.curves[office, group]
        more, less = (
            round((curve[crew + step] - curve[crew]) / 60, 1) if crew in curve and crew + step in curve else None
            for step in (1, -1)
        )
        found.append(NextPerson(office, group, crew, more, less))
    return tuple(sorted(found, key=lambda one: (one.more_min is None, one.more_min or 0.0, one.office, one.group)))
