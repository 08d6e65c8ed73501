"""The roster lever: counter hours placed within the day where the morning peak needs them.

Offices hardly touch each other, so each is a program of its own. The loop is closed by simulation: the pace of the fluid
is fitted so that it says what the simulator says, the placed hours are simulated, the pace is fitted again, and each office
keeps whichever hours simulate best, the default stagger among them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from scenarios.phases import PhaseView, phase_view
from scenarios.rosters import Duty, duty
from scenarios.schema import Roster, Scenario
from sim.run import Progress, Report

from ..plan import Reason
from ..solve import Outcome
from .load import Chance, overload_of, play_loads
from .plan import OfficeRoster, RosterPlan, as_duty, free_officers, joined, of_office, rows_of, with_rows
from .problem import OnDuty, RosterProblem, RosterRules, fluid_s, roster_problem, unfit
from .solve import Dealt, solve_roster

Evaluate = Callable[[str, Duty], float]  #: office, counter hours of its crew → overload, person-seconds a day
ROUNDS = 2  #: of placing, simulating and fitting
QUIET_S = 60.0  #: offices with less simulated overload a day keep the default
PACES = (0.5, 1.5)  #: within which the pace of the fluid is fitted
NO_RULES = RosterRules()
TRAINING = Chance()


def place_counter_hours(
    scenario: Scenario,
    phase: str,
    *,
    evaluate: Evaluate | None = None,
    rules: RosterRules = NO_RULES,
    time_limit_s: float = 20.0,
    chance: Chance = TRAINING,
    progress: Report | None = None,
) -> RosterPlan:
    """Place the counter hours of a phase within the day and the week.

    evaluate : overload of an office under counter hours, a simulation of all offices at once when None; time_limit_s : of
    each program; chance : what is simulated, with replications that the verdict will not use.
    """
    view = phase_view(scenario, phase)
    reasons = {office: unfit(scenario, view, office) for office in view.offices}
    fit = [office for office, reason in reasons.items() if not reason]
    played = play_loads(scenario, view, fit, chance, progress)
    default = duty(scenario, view)
    simulated = evaluate_each(evaluate) if evaluate is not None else _simulator(scenario, view, chance)
    before = played.overload_s | (simulated({office: of_office(default, view, office) for office in fit}) if evaluate else {})
    searches = {
        office: Search(roster_problem(scenario, view, office, played.loads[office], rules), before[office])
        for office in fit
        if before[office] >= QUIET_S
    }
    for number in range(ROUNDS):
        hours: dict[str, Duty] = {}
        for done, (office, search) in enumerate(searches.items(), start=1):
            dealt = search.next(time_limit_s)
            if dealt is not None:
                hours[office] = of_office(default, view, office) | as_duty(search.problem, dealt)
            if progress is not None:
                progress(Progress("roster", done + number * len(searches), ROUNDS * len(searches)))
        for office, overload_s in simulated(hours).items():
            searches[office].judge(overload_s, hours[office])
    offices = tuple(
        searches[office].told() if office in searches else kept(office, reasons[office] or "R-ROSTER-004", before[office])
        for office in view.offices
    )
    rows = tuple(
        row
        for office, search in searches.items()
        if search.best is not None
        for row in rows_of(phase, search.best.hours, free_officers(scenario, view, office))
    )
    return RosterPlan(phase, rows, offices, joined(one.outcome for one in offices if one.outcome is not None))


def evaluate_each(evaluate: Evaluate) -> Callable[[Mapping[str, Duty]], dict[str, float]]:
    """An evaluator of one office as one of many."""
    return lambda hours: {office: evaluate(office, one) for office, one in hours.items()}


def _simulator(scenario: Scenario, view: PhaseView, chance: Chance) -> Callable[[Mapping[str, Duty]], dict[str, float]]:
    """Simulate the counter hours of many offices at once."""

    def simulated(hours: Mapping[str, Duty]) -> dict[str, float]:
        rows: list[Roster] = []
        for office, one in hours.items():
            rows += rows_of(view.phase.id, one, free_officers(scenario, view, office))
        found = overload_of(with_rows(scenario, view.phase.id, rows), view.phase.id, chance) if rows else {}
        return {office: found[office] for office in hours}

    return simulated


def kept(office: str, code: str, overload_s: float) -> OfficeRoster:
    """An office that keeps the default."""
    reason = Reason(code, (("before_min", round(overload_s / 60, 1)),))
    return OfficeRoster(office, reason, overload_s, overload_s)


@dataclass(frozen=True, slots=True)
class Trial:
    """Counter hours that a program found for an office."""

    on_duty: OnDuty
    predicted_s: float
    outcome: Outcome
    hours: Duty = field(default_factory=dict)
    simulated_s: float = float("inf")


class Search:
    """The counter hours tried for one office."""

    def __init__(self, problem: RosterProblem, before_s: float) -> None:
        self.before_s = before_s
        self.problem = replace(problem, pace=fitted_pace(problem, problem.default, before_s))
        self.predicted_before_s = fluid_s(self.problem, problem.default)
        self.best: Trial | None = None
        self.outcomes: list[Outcome] = []
        self._trial: Trial | None = None
        self._seen: list[OnDuty] = [problem.default]

    def next(self, time_limit_s: float) -> Dealt | None:
        """Place the hours for the present pace; None when that gives nothing new."""
        outcome, dealt = solve_roster(self.problem, time_limit_s)
        self.outcomes.append(outcome)
        if dealt is None:
            return None
        on_duty = counted(self.problem, dealt)
        if on_duty in self._seen:
            return None
        self._seen.append(on_duty)
        self._trial = Trial(on_duty, fluid_s(self.problem, on_duty), outcome)
        return dealt

    def judge(self, simulated_s: float, hours: Duty) -> None:
        """Keep the hours if they simulate best so far, and fit the pace to them."""
        if self._trial is None:
            raise ValueError("nothing was placed")
        trial = replace(self._trial, hours=hours, simulated_s=simulated_s)
        if simulated_s < min(self.before_s, self.best.simulated_s if self.best else self.before_s):
            self.best = trial
        self.problem = replace(self.problem, pace=fitted_pace(self.problem, trial.on_duty, simulated_s))

    def told(self) -> OfficeRoster:
        """What became of the office."""
        office, best = self.problem.office, self.best
        if best is None:
            solved = any(one.status in ("optimal", "feasible") for one in self.outcomes)
            left = kept(office, "R-ROSTER-002" if solved else "R-ROSTER-003", self.before_s)
            return replace(left, predicted_before_s=self.predicted_before_s, outcome=self.outcomes[0] if self.outcomes else None)
        moved = mornings(self.problem, best.on_duty) - mornings(self.problem, self.problem.default)
        values = (
            ("half_hours", moved),
            ("before_min", round(self.before_s / 60, 1)),
            ("after_min", round(best.simulated_s / 60, 1)),
        )
        return OfficeRoster(
            office=office,
            reason=Reason("R-ROSTER-001", values),
            simulated_before_s=self.before_s,
            simulated_after_s=best.simulated_s,
            predicted_before_s=self.predicted_before_s,
            predicted_after_s=best.predicted_s,
            outcome=best.outcome,
            into_morning=moved,
        )


def fitted_pace(problem: RosterProblem, on_duty: OnDuty, overload_s: float) -> float:
    """Pace at which the fluid has a simulated overload under some hours, by bisection; the nearer end beyond `PACES`."""
    low, high = PACES
    for _ in range(14):
        middle = (low + high) / 2
        if fluid_s(replace(problem, pace=middle), on_duty) > overload_s:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)


def counted(problem: RosterProblem, dealt: Dealt) -> OnDuty:
    """Officers on duty by weekday and half hour."""
    slots = range(len(problem.half_hours))
    found = {weekday: [problem.fixed.get((weekday, slot), 0) for slot in slots] for weekday in problem.weekdays}
    for (_, weekday), blocks in dealt.items():
        for start, end in blocks:
            for slot in range(start, end):
                found[weekday][slot] += 1
    return {weekday: tuple(counts) for weekday, counts in found.items()}


def mornings(problem: RosterProblem, on_duty: OnDuty) -> int:
    """Half hours a week at the counter in the mornings."""
    return sum(sum(counts[: problem.noon]) for counts in on_duty.values())
