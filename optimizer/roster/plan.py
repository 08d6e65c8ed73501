"""A roster plan: counter hours of a phase as rows of the scenario's `rosters`, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from math import ceil

from scenarios.phases import PhaseView
from scenarios.rosters import Duty, Stretch, merged
from scenarios.schema import Roster, Scenario

from ..plan import Reason
from ..solve import Outcome, Status
from .problem import RosterProblem
from .solve import Dealt


@dataclass(frozen=True, slots=True)
class OfficeRoster:
    """What became of an office. Overload in person-seconds a day, simulated on the replications that judged its hours."""

    office: str
    reason: Reason
    simulated_before_s: float
    simulated_after_s: float
    predicted_before_s: float | None = None  #: by the fluid, its pace fitted to the default
    predicted_after_s: float | None = None  #: by the program, before it was simulated
    outcome: Outcome | None = None
    into_morning: int = 0  #: half hours a week moved from afternoons to mornings

    @property
    def placed(self) -> bool:
        return self.reason.code == "R-ROSTER-001"


@dataclass(frozen=True, slots=True)
class Secondment:
    """An officer serves the mornings or afternoons of a weekday at another office, each week of a phase."""

    officer: str
    source: str
    target: str
    weekday: int  #: 0 = Monday
    session: int  #: 0 = morning, 1 = afternoon
    reason: Reason


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """Counter hours of a phase."""

    phase: str
    rows: tuple[Roster, ...]
    offices: tuple[OfficeRoster, ...]
    outcome: Outcome
    secondments: tuple[Secondment, ...] = ()

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario with these counter hours in place of those of the same officers in the phase."""
        return with_rows(scenario, self.phase, self.rows)

    @property
    def simulated_before_s(self) -> float:
        """Overload of all offices on the replications that judged the plan, person-seconds a day."""
        return sum(one.simulated_before_s for one in self.offices)

    @property
    def simulated_after_s(self) -> float:
        """The same with the plan."""
        return sum(one.simulated_after_s for one in self.offices)


def with_rows(scenario: Scenario, phase: str, rows: Iterable[Roster]) -> Scenario:
    """The scenario with rows in place of those of the same officers in a phase."""
    new = tuple(rows)
    named = {row.officer for row in new}
    others = tuple(row for row in scenario.rosters if row.phase != phase or row.officer not in named)
    return scenario.model_copy(update={"rosters": others + new})


def free_officers(scenario: Scenario, view: PhaseView, office: str) -> frozenset[str]:
    """Officers of an office whose counter hours are not written."""
    written = {row.officer for row in scenario.rosters if row.phase == view.phase.id}
    return frozenset(view.crew(office)) - written


def as_duty(problem: RosterProblem, dealt: Dealt) -> Duty:
    """Stretches of half hours as stretches of minutes."""
    return {
        key: merged([(problem.half_hours[start][0], problem.half_hours[end - 1][1]) for start, end in blocks])
        for key, blocks in dealt.items()
    }


def of_office(hours: Duty, view: PhaseView, office: str) -> Duty:
    """Counter hours of the crew of an office."""
    crew = set(view.crew(office))
    return {key: stretches for key, stretches in hours.items() if key[0] in crew}


def rows_of(phase: str, hours: Duty, officers: Iterable[str]) -> tuple[Roster, ...]:
    """Counter hours of some officers as rows."""
    wanted = set(officers)
    return tuple(
        roster_row(phase, officer, weekday, stretch)
        for (officer, weekday), stretches in sorted(hours.items())
        if officer in wanted
        for stretch in stretches
    )


def roster_row(phase: str, officer: str, weekday: int, stretch: Stretch, office: str = "") -> Roster:
    """One stretch as a row."""
    start, end = (time(*divmod(edge, 60)) for edge in stretch)
    return Roster(phase=phase, officer=officer, weekday=weekday + 1, start=start, end=end, office=office)


#: outcomes from good to bad: the worst of the offices speaks for all
_STATUSES: tuple[Status, ...] = ("optimal", "feasible", "no_plan", "infeasible", "unbounded", "error")


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of programs that touch each other nowhere, as one: sums, and the worst status.

    An office without a solution keeps its default and counts for nothing.
    """
    found = list(outcomes)
    solved = [one for one in found if one.objective is not None and one.bound is not None]
    objective, bound = sum(one.objective or 0 for one in solved), sum(ceil((one.bound or 0.0) - 1e-6) for one in solved)
    return Outcome(
        status=max((one.status for one in solved), key=_STATUSES.index, default="optimal"),
        objective=objective,
        bound=float(bound),
        gap=(objective - bound) / max(1, abs(objective)),
        seconds=sum(one.seconds for one in found),
    )
