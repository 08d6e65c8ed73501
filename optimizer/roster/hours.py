"""The roster lever: counter hours placed within the day where the morning peak needs them.

Offices hardly touch each other, so each is a program of its own, and they are solved side by side. The loop is closed by
simulation: the pace of the fluid is fitted so that it says what the simulator says on the citizens who teach, the placed hours
are simulated, the pace is fitted again, and each office keeps whichever hours simulate best on citizens for whom nothing was
placed, the default stagger among them. What all have kept is simulated together at last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from scenarios.phases import PhaseView, phase_view
from scenarios.rosters import Duty, duty
from scenarios.schema import Roster, Scenario
from sim.run import Progress, Report, spread

from ..plan import Reason
from ..solve import Outcome
from .load import Chance, Simulated, judged_overload, play_loads
from .plan import OfficeRoster, RosterPlan, as_duty, free_officers, joined, of_office, rows_of, with_rows
from .problem import OnDuty, RosterProblem, RosterRules, fluid_s, roster_problem, unfit
from .solve import Dealt, solve_roster

Evaluate = Callable[[str, Duty], float]  #: office, counter hours of its crew → overload, person-seconds a day
Simulate = Callable[[Mapping[str, Duty]], dict[str, Simulated]]  #: hours of some offices → at least their overload
ROUNDS = 2  #: of placing, simulating and fitting
QUIET_S = 60.0  #: offices with less simulated overload a day keep what they have
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
    simulated = _evaluator(evaluate) if evaluate is not None else _simulator(scenario, view, chance)
    alone = simulated({office: of_office(default, view, office) for office in fit}) if evaluate is not None else {}
    before = played.overload | alone
    searches = {
        office: Search(roster_problem(scenario, view, office, played.loads[office], rules), before[office])
        for office in fit
        if before[office].judged_s >= QUIET_S
    }
    for number in range(ROUNDS):
        open_ones = [search for search in searches.values() if not search.settled]
        placed = spread(lambda search: search.next(time_limit_s), open_ones, jobs=chance.jobs)
        hours: dict[str, Duty] = {}
        for done, (search, dealt) in enumerate(zip(open_ones, placed, strict=True), start=1):
            if dealt is not None:
                hours[search.office] = of_office(default, view, search.office) | as_duty(search.problem, dealt)
            if progress is not None:
                progress(Progress("roster", done + number * len(searches), ROUNDS * len(searches)))
        found = simulated(hours) if hours else {}
        for office, one in hours.items():
            searches[office].judge(found[office], one)
    _keep_together(searches, simulated, before)
    offices = tuple(
        searches[office].told()
        if office in searches
        else kept(office, reasons[office] or "R-ROSTER-004", before[office].judged_s)
        for office in view.offices
    )
    rows = tuple(
        row
        for office, search in searches.items()
        if search.best is not None
        for row in rows_of(phase, search.best.hours, free_officers(scenario, view, office))
    )
    return RosterPlan(phase, rows, offices, joined(one.outcome for one in offices if one.outcome is not None))


def _keep_together(searches: Mapping[str, "Search"], simulated: Simulate, before: Mapping[str, Simulated]) -> None:
    """Simulate what the offices chose at one time: those that lose by it, and all when all lose in sum, keep the default."""
    while chosen := {office: search.best.hours for office, search in searches.items() if search.best is not None}:
        together = simulated(chosen)
        losers = [office for office in chosen if together[office].judged_s >= before[office].judged_s]
        if not losers and sum(one.judged_s - before[office].judged_s for office, one in together.items()) > 0:
            losers = list(chosen)
        for office in chosen:
            searches[office].confirm(None if office in losers else together[office].judged_s)
        if not losers:
            break


def _evaluator(evaluate: Evaluate) -> Simulate:
    """An evaluator of one office as one of many; it teaches and judges by the same citizens."""
    return lambda hours: {office: Simulated(*2 * (evaluate(office, one),)) for office, one in hours.items()}


def _simulator(scenario: Scenario, view: PhaseView, chance: Chance) -> Simulate:
    """Simulate the counter hours of some offices at once; the overload of all."""

    def simulated(hours: Mapping[str, Duty]) -> dict[str, Simulated]:
        rows: list[Roster] = []
        for office, one in hours.items():
            rows += rows_of(view.phase.id, one, free_officers(scenario, view, office))
        return judged_overload(with_rows(scenario, view.phase.id, rows), view.phase.id, chance)

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

    def __init__(self, problem: RosterProblem, before: Simulated) -> None:
        self.office, self.before_s = problem.office, before.judged_s
        self.problem = replace(problem, pace=fitted_pace(problem, problem.default, before.taught_s))
        self.predicted_before_s = fluid_s(self.problem, problem.default)
        self.best: Trial | None = None
        self.settled = False  #: nothing more can be won: next to no overload is left, or nothing new was found
        self.outcomes: list[Outcome] = []
        self._trial: Trial | None = None
        self._seen: list[OnDuty] = [problem.default]

    def next(self, time_limit_s: float) -> Dealt | None:
        """Place the hours for the present pace; None when that gives nothing new."""
        outcome, dealt = solve_roster(self.problem, time_limit_s)
        self.outcomes.append(outcome)
        on_duty = counted(self.problem, dealt) if dealt is not None else None
        if on_duty is None or on_duty in self._seen:
            self.settled = True
            return None
        self._seen.append(on_duty)
        self._trial = Trial(on_duty, fluid_s(self.problem, on_duty), outcome)
        return dealt

    def judge(self, simulated: Simulated, hours: Duty) -> None:
        """Keep the hours if they simulate best so far, and fit the pace to them."""
        if self._trial is None:
            raise ValueError("nothing was placed")
        trial = replace(self._trial, hours=hours, simulated_s=simulated.judged_s)
        if trial.simulated_s < min(self.before_s, self.best.simulated_s if self.best else self.before_s):
            self.best = trial
        self.settled = simulated.taught_s < QUIET_S
        self.problem = replace(self.problem, pace=fitted_pace(self.problem, trial.on_duty, simulated.taught_s))

    def confirm(self, simulated_s: float | None) -> None:
        """Say what the hours kept have come to beside those of all others, judged; None = they are not kept."""
        if self.best is not None:
            self.best = None if simulated_s is None else replace(self.best, simulated_s=simulated_s)

    def told(self) -> OfficeRoster:
        """What became of the office."""
        office, best = self.office, self.best
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
