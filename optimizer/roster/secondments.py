"""Half-day secondments: mornings or afternoons of given weekdays that officers serve at a near office short of hands.

What one or two visitors more take away, and one officer less adds, is simulated for every office, weekday and session, all
offices at once. The program chooses on these tables; the counter hours of each office that gives officers are placed anew
around their half days, exactly conserved; and offices that lend to each other keep it only when it simulates better on
citizens for whom nothing was chosen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import perf_counter

from scenarios.phases import PhaseView, phase_view
from scenarios.presence import Presence, presence
from scenarios.rosters import SLOT_MIN, Duty, Stretch, duty, minutes
from scenarios.schema import Officer, Roster, Scenario
from sim.run import Progress, Report

from ..plan import Reason
from ..problem import Reach
from ..solve import Outcome, judged, run_highs
from .hours import NO_RULES, TRAINING, Search
from .load import Chance, Played, Simulated, overload_of, play_loads
from .plan import OfficeRoster, RosterPlan, Secondment, as_duty, free_officers, roster_row, rows_of, with_rows
from .problem import SESSIONS, RosterRules, Session, hours_of, roster_problem, unfit
from .secondment_program import Half, SecondmentProblem, formulate_secondments

VISITORS = 2  #: at an office in a session, at most
NEAREST = 4  #: officers of an office offered to another, those with the cheapest way
Table = dict[tuple[str, Session], float]


def second(
    scenario: Scenario,
    phase: str,
    *,
    placed: RosterPlan | None = None,
    rules: RosterRules = NO_RULES,
    time_limit_s: float = 20.0,
    chance: Chance = TRAINING,
    progress: Report | None = None,
) -> RosterPlan:
    """Send officers to near offices for half days of given weekdays, on top of placed counter hours.

    placed : counter hours of the same scenario and phase, the default stagger when None; time_limit_s, chance : as
    `place_counter_hours`. The outcome is that of the program of secondments.
    """
    view = phase_view(scenario, phase)
    start = placed or RosterPlan(phase, (), (), Outcome("optimal", 0, 0.0, 0.0, 0.0))
    stand = start.applied_to(scenario)
    fit = [office for office in view.offices if not unfit(scenario, view, office)]
    base, gains, losses = _tables(stand, view, fit, chance, progress)
    halves = _halves(scenario, view, fit, gains, losses, rules)
    problem = SecondmentProblem(
        halves,
        gains={
            place: tuple(round(gain) for gain in (0.0, *gains[place]))
            for place in sorted({(half.target, half.session) for half in halves})
        },
        away_half_days=rules.away_half_days,
        most=rules.max_secondments,
    )
    outcome, chosen = solve_secondments(problem, time_limit_s)
    sources = sorted({half.source for half in chosen})
    hours = _at_home(scenario, view, sources, chosen, base, rules, time_limit_s, chance)
    chosen = [half for half in chosen if half.source in hours]
    after = _after(stand, view, chosen, hours)
    judged = overload_of(stand, phase, chance.judges)
    simulated = overload_of(after, phase, chance.judges) if chosen else judged
    good = _worth_it(view, chosen, judged, simulated)
    if len(good) < len(hours):
        chosen, after, simulated = _only(good, chosen, hours, stand, view, chance, judged)
    if sum(simulated.values()) > sum(judged.values()):
        chosen, after, simulated = [], stand, judged
    new = {row.officer for row in after.rosters if row.phase == phase} - {
        row.officer for row in scenario.rosters if row.phase == phase
    }
    return RosterPlan(
        phase,
        rows=tuple(row for row in after.rosters if row.phase == phase and row.officer in new),
        offices=_told(start, judged, simulated, view),
        outcome=outcome,
        secondments=tuple(_secondment(half, problem) for half in chosen),
    )


def solve_secondments(problem: SecondmentProblem, time_limit_s: float = 20.0) -> tuple[Outcome, list[Half]]:
    """Choose the half days that save the most."""
    began = perf_counter()
    if not problem.halves or not problem.most:
        return Outcome("optimal", 0, 0.0, 0.0, 0.0), []
    model = formulate_secondments(problem)
    finish = run_highs(model.program, time_limit_s)
    if finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status, None, finish.bound, None, perf_counter() - began), []
    chosen = [half for rank, half in enumerate(problem.halves) if round(model.away[rank].value() or 0)]
    visitors: dict[tuple[str, Session], int] = {}
    for half in chosen:
        visitors[half.target, half.session] = visitors.get((half.target, half.session), 0) + 1
    objective = sum(half.cost_s for half in chosen) - sum(problem.gains[place][count] for place, count in visitors.items())
    return judged(objective, finish.bound, finish.status == "optimal", perf_counter() - began), chosen


# -- what an officer more or less does -----------------------------------------------------------------------------


def _tables(
    scenario: Scenario, view: PhaseView, offices: list[str], chance: Chance, progress: Report | None
) -> tuple[dict[str, float], dict[tuple[str, Session], tuple[float, ...]], Table]:
    """Simulated overload, what 1…VISITORS more take away from it, and what one officer less adds; person-seconds a day."""
    weekdays = [day for day, factor in enumerate(scenario.demand.weekday_factors) if factor > 0]
    sessions = [(weekday, half) for weekday in weekdays for half in SESSIONS]
    written, present = _everyone(scenario, view), presence(scenario, view, duty(scenario, view))
    base = overload_of(scenario, view.phase.id, chance)
    gains: dict[tuple[str, Session], list[float]] = {(office, session): [] for office in offices for session in sessions}
    losses: Table = {}
    for done, session in enumerate(sessions, start=1):
        for count in range(1, VISITORS + 1):
            hosts = [office for office in offices if _room(scenario, view, present, office, session) >= count]
            more = overload_of(_with_visitors(scenario, view, hosts, session, count), view.phase.id, chance)
            for office in hosts:
                gains[office, session].append(max(base[office] - more[office], gains[office, session][-1] if count > 1 else 0.0))
        less = overload_of(_without(written, scenario, view, offices, session), view.phase.id, chance)
        losses |= {(office, session): max(less[office] - base[office], 0.0) for office in offices}
        if progress is not None:
            progress(Progress("secondments", done, len(sessions)))
    return base, {place: tuple(found) for place, found in gains.items()}, losses


def _stretch(scenario: Scenario, view: PhaseView, office: str, half: int) -> Stretch:
    """A whole morning or afternoon of an office."""
    hours = hours_of(scenario, view, office)
    return (minutes(hours.lunch_end), minutes(hours.close)) if half else (minutes(hours.open), minutes(hours.lunch_start))


def _room(scenario: Scenario, view: PhaseView, present: Presence, office: str, session: Session) -> int:
    """Counters free all through a session."""
    first, last = _stretch(scenario, view, office, session[1])
    here = present.get((office, session[0]), ())
    busiest = max(sum(start <= moment < end for _, start, end in here) for moment in range(first, last, SLOT_MIN))
    return view.offices[office].counters - busiest


def _with_visitors(scenario: Scenario, view: PhaseView, offices: Iterable[str], session: Session, count: int) -> Scenario:
    """The scenario with copies of an office's officers as visitors in one session."""
    people: list[Officer] = []
    rows: list[Roster] = []
    for rank, office in enumerate(offices):
        crew = view.crew(office)
        stretch = _stretch(scenario, view, office, session[1])
        for number in range(count):
            name = f"visitor.{rank}.{number}"
            copy = {"id": name, "home": office, "first_phase": "", "last_phase": ""}
            people.append(view.officers[crew[number % len(crew)]].model_copy(update=copy))
            rows.append(roster_row(view.phase.id, name, session[0], stretch))
    return with_rows(scenario.model_copy(update={"officers": (*scenario.officers, *people)}), view.phase.id, rows)


def _everyone(scenario: Scenario, view: PhaseView) -> list[Roster]:
    """Counter hours of all who have none written, as rows."""
    hours = duty(scenario, view)
    return [row for office in view.offices for row in rows_of(view.phase.id, hours, free_officers(scenario, view, office))]


def _without(written: list[Roster], scenario: Scenario, view: PhaseView, offices: Iterable[str], session: Session) -> Scenario:
    """The scenario with one officer of each office gone for a session: who may move and has the longest stretch in it."""
    every = with_rows(scenario, view.phase.id, written)
    of_officer: dict[str, list[Roster]] = {}
    for row in every.rosters:
        if row.phase == view.phase.id and not row.office and row.weekday == session[0] + 1:
            of_officer.setdefault(row.officer, []).append(row)
    gone: set[tuple[str, int, object]] = set()
    for office in offices:
        noon = minutes(hours_of(scenario, view, office).lunch_start)
        lengths = {}
        for officer in view.crew(office):
            parts = [row for row in of_officer.get(officer, []) if (minutes(row.start) >= noon) == bool(session[1])]
            if parts and view.officers[officer].movable:
                lengths[officer] = sum(minutes(row.end) - minutes(row.start) for row in parts), parts
        if lengths:
            leaver = max(lengths, key=lambda officer: (lengths[officer][0], officer))
            gone |= {(row.officer, row.weekday, row.start) for row in lengths[leaver][1]}
    left = tuple(row for row in every.rosters if row.phase != view.phase.id or (row.officer, row.weekday, row.start) not in gone)
    return every.model_copy(update={"rosters": left})


def _halves(
    scenario: Scenario,
    view: PhaseView,
    fit: list[str],
    gains: Mapping[tuple[str, Session], tuple[float, ...]],
    losses: Table,
    rules: RosterRules,
) -> tuple[Half, ...]:
    """Half days that save more than they cost, of officers free to go."""
    if not rules.max_secondments:
        return ()
    weekdays = sum(factor > 0 for factor in scenario.demand.weekday_factors)
    ways: dict[tuple[str, str], list[tuple[int, str]]] = {}
    reach = Reach(scenario, view)
    for office in fit:
        for name in free_officers(scenario, view, office):
            person = view.officers[name]
            if person.movable and person.shift == "full" and view.home[name] == office:
                for place in reach.targets(person):
                    if place.office != office and place.office in fit:
                        ways.setdefault((office, place.office), []).append((round(place.price_s / weekdays), name))
    found = []
    for (source, target), people in sorted(ways.items()):
        if view.offices[source].hours != view.offices[target].hours:
            continue
        for (office, session), saved in sorted(gains.items()):
            if office == target and saved:
                for price, name in sorted(people)[:NEAREST]:
                    cost = round(losses[source, session]) + price
                    if saved[0] > cost:
                        found.append(Half(name, source, target, session, cost))
    return tuple(found)


# -- what comes of the choice ----------------------------------------------------------------------------------------


def _at_home(
    scenario: Scenario,
    view: PhaseView,
    sources: list[str],
    chosen: list[Half],
    base: Mapping[str, float],
    rules: RosterRules,
    time_limit_s: float,
    chance: Chance,
) -> dict[str, Duty]:
    """Counter hours at home of the offices that give officers, placed around their half days away; none where it cannot be."""
    if not sources:
        return {}
    played: Played = play_loads(scenario, view, sources, chance)
    hours: dict[str, Duty] = {}
    for office in sources:
        away: dict[str, frozenset[Session]] = {}
        for half in chosen:
            if half.source == office:
                away[half.officer] = away.get(half.officer, frozenset()) | {half.session}
        present = Search(roster_problem(scenario, view, office, played.loads[office], rules), played.overload[office])
        problem = roster_problem(scenario, view, office, played.loads[office], rules, away=away)
        search = Search(problem, Simulated(base[office], base[office]))
        search.problem = replace(problem, pace=present.problem.pace)
        dealt = search.next(time_limit_s)
        if dealt is not None:
            hours[office] = as_duty(problem, dealt)
    return hours


def _after(scenario: Scenario, view: PhaseView, chosen: list[Half], hours: Mapping[str, Duty]) -> Scenario:
    """The scenario with officers away, and the counter hours of their offices."""
    phase = view.phase.id
    rows = [row for one in hours.values() for row in rows_of(phase, one, {officer for officer, _ in one})]
    for half in chosen:
        stretch = _stretch(scenario, view, half.target, half.session[1])
        rows.append(roster_row(phase, half.officer, half.session[0], stretch, half.target))
    return with_rows(scenario, phase, rows)


def _worth_it(view: PhaseView, chosen: list[Half], before: Mapping[str, float], after: Mapping[str, float]) -> set[str]:
    """Offices whose giving pays, taken together with all whom they are tied to by visitors."""
    tied = {office: office for office in view.offices}

    def root(office: str) -> str:
        while tied[office] != office:
            office = tied[office]
        return office

    for half in chosen:
        tied[root(half.source)] = root(half.target)
    saved: dict[str, float] = {}
    for office in {half.source for half in chosen} | {half.target for half in chosen}:
        saved[root(office)] = saved.get(root(office), 0.0) + before[office] - after[office]
    return {half.source for half in chosen if saved[root(half.source)] > 0}


def _only(
    good: set[str],
    chosen: list[Half],
    hours: Mapping[str, Duty],
    stand: Scenario,
    view: PhaseView,
    chance: Chance,
    judged: dict[str, float],
) -> tuple[list[Half], Scenario, dict[str, float]]:
    """The half days of some offices alone, the scenario with them, and its overload on the judging replications."""
    left = [half for half in chosen if half.source in good]
    after = _after(stand, view, left, {office: one for office, one in hours.items() if office in good})
    return left, after, overload_of(after, view.phase.id, chance.judges) if left else judged


def _secondment(half: Half, problem: SecondmentProblem) -> Secondment:
    values = (
        ("saved_min", round(problem.gains[half.target, half.session][1] / 60, 1)),
        ("cost_min", round(half.cost_s / 60, 1)),
    )
    return Secondment(half.officer, half.source, half.target, *half.session, Reason("R-SECOND-001", values))


def _told(start: RosterPlan, base: Mapping[str, float], after: Mapping[str, float], view: PhaseView) -> tuple[OfficeRoster, ...]:
    """What became of each office, on top of what became of it before."""
    known = {one.office: one for one in start.offices}
    return tuple(
        replace(known[office], simulated_after_s=after[office])
        if office in known
        else OfficeRoster(office, Reason("R-ROSTER-006", ()), base[office], after[office])
        for office in view.offices
    )
