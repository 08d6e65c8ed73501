"""Why an officer is not sent to an office: not allowed, against a rule, dearer, displaced by the cap, or just as good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scenarios.phases import LEVELS, phase_view, travel_min
from scenarios.schema import Office, Officer, Scenario

from .alternatives import solve_near
from .names import Names
from .narrowing import named_like, people_of, sent, staffing_of_plan
from .plan import Plan
from .problem import NO_WISHES, StaffingProblem, Wishes
from .reasons import UNPRICED, Alternative, Reason, Reasons, breach_reason
from .solve import Staffing, cost


@dataclass(frozen=True, slots=True)
class Question:
    """Who is to go where, and when."""

    officer: str
    office: str
    phase: str


def why_not(
    scenario: Scenario,
    problem: StaffingProblem,
    plan: Plan,
    question: Question,
    *,
    wishes: Wishes = NO_WISHES,
    resolve_s: float | None = None,
) -> tuple[Reason, ...]:
    """Answer why a plan does not send an officer to an office; everything that applies is told.

    wishes : with which the problem was made; resolve_s : solve again with the officer sent there, for so many seconds at
    most, and tell what the best such plan changes.
    """
    forbidden = tuple(not_allowed(scenario, question, wishes))
    if forbidden:
        return forbidden
    number = [phase.phase for phase in problem.phases].index(question.phase)
    staffing, names = staffing_of_plan(problem, plan)
    reasons = Reasons(problem, staffing, names)
    found = [*_allowed(reasons, number, question)]
    if resolve_s is not None and names[number][question.officer] != question.office:
        found += forced(problem, staffing, names, question, resolve_s)
    return tuple(found)


def not_allowed(scenario: Scenario, question: Question, wishes: Wishes = NO_WISHES) -> Iterator[Reason]:
    """Every rule that keeps an officer from an office whatever the crews are."""
    home_scenario = scenario.model_copy(
        update={"assignments": tuple(row for row in scenario.assignments if row.phase != question.phase)}
    )
    view = phase_view(home_scenario, question.phase)
    who = (("officer", question.officer), ("phase", question.phase))
    if question.office not in view.offices:
        into = view.survivor.get(question.office, "")
        yield Reason("R-NO-002" if into else "R-NO-001", (("office", question.office), ("phase", question.phase), ("into", into)))
        return
    if question.officer not in view.officers:
        yield Reason("R-NO-003", who)
        return
    officer, office = view.officers[question.officer], view.offices[question.office]
    if officer.pool:
        yield Reason("R-NO-004", who)
        return
    home = view.offices[view.home[officer.id]]
    if office is home:
        return
    yield from _held(scenario, officer, question.phase, wishes)
    if (officer.id, office.id) in wishes.forbidden:
        yield Reason("R-NO-008", (*who, ("office", office.id)))
    for elsewhere in sorted(place for name, place in wishes.wanted if name == officer.id and place != office.id):
        yield Reason("R-NO-009", (*who, ("office", elsewhere)))
    yield from _walls(view.phase.moves_within, officer, home, office)
    yield from _way(scenario, officer, home, office)
    yield from _skills(scenario, officer, office, view.offers[office.id])


def impossible_wishes(scenario: Scenario, phases: Iterable[str], wishes: Wishes) -> tuple[Reason, ...]:
    """Why officers wanted somewhere may not be there in any of the phases, whatever the crews are."""
    asked, found = tuple(phases), []
    for officer, office in sorted(wishes.wanted):
        told = [tuple(not_allowed(scenario, Question(officer, office, phase), wishes)) for phase in asked]
        if all(told):
            found += [Reason("R-NO-017", (("officer", officer), ("office", office))), *told[0]]
    return tuple(found)


def _held(scenario: Scenario, officer: Officer, phase: str, wishes: Wishes) -> Iterator[Reason]:
    who = (("officer", officer.id), ("phase", phase))
    if not officer.movable:
        yield Reason("R-NO-005", who)
    if any(row.phase == phase and row.officer == officer.id for row in scenario.rosters):
        yield Reason("R-NO-006", who)
    if officer.id in wishes.pinned:
        yield Reason("R-NO-007", who)


def why_here(
    scenario: Scenario, problem: StaffingProblem, plan: Plan, officer: str, phase: str, *, wishes: Wishes = NO_WISHES
) -> tuple[tuple[Reason, ...], tuple[Alternative, ...]]:
    """Answer why an officer serves where they do in a phase, and say where or who else would do."""
    number = [part.phase for part in problem.phases].index(phase)
    staffing, names = staffing_of_plan(problem, plan)
    now = names[number].get(officer)
    if now is None:
        return tuple(not_allowed(scenario, Question(officer, next(iter(problem.phases[number].offices)), phase), wishes)), ()
    move = next((move for part in plan.phases if part.phase == phase for move in part.moves if move.officer == officer), None)
    if move is not None:
        sent_there = Reason("R-WHY-009", (("officer", officer), ("source", move.source), ("office", now), ("phase", phase)))
        return (sent_there, move.reason, *move.details), move.alternatives
    reasons = Reasons(problem, staffing, names)
    one = problem.phases[number].classes[reasons.ranks[number][officer]]
    place = (("officer", officer), ("office", now), ("phase", phase))
    found = [Reason("R-WHY-008" if now == one.home else "R-WHY-010", place)]
    person = next(person for person in scenario.officers if person.id == officer)
    found += _held(scenario, person, phase, wishes)
    elsewhere = reasons.elsewhere(number, officer)
    if not elsewhere:
        found.append(Reason("R-WHY-011", (("officer", officer), ("phase", phase))))
    return tuple(found), elsewhere


def _walls(within: str, officer: Officer, home: Office, office: Office) -> Iterator[Reason]:
    if officer.employer == "post" and office.kind == "point":
        yield Reason("R-NO-010", (("officer", officer.id), ("office", office.id)))
    if within == "none":
        yield Reason("R-NO-011", (("officer", officer.id),))
    elif within == "district" and officer.employer == "province":
        yield Reason("R-NO-012", (("officer", officer.id),))
    elif within == "district" and home.district != office.district:
        places = (("officer", officer.id), ("source", home.id), ("office", office.id))
        yield Reason("R-NO-013", (*places, ("found", office.district), ("limit", home.district)))


def _way(scenario: Scenario, officer: Officer, home: Office, office: Office) -> Iterator[Reason]:
    units = {unit.id: unit for unit in scenario.units}
    live = units[officer.home_unit]
    now, then = (travel_min(scenario, live, place, units[place.unit]) for place in (home, office))
    limit = max(scenario.planning.commute_limit_min, now)
    if then > limit:
        values = (("officer", officer.id), ("office", office.id), ("found", round(then, 1)), ("limit", round(limit, 1)))
        yield Reason("R-NO-014", values)


def _skills(scenario: Scenario, officer: Officer, office: Office, offers: frozenset[str]) -> Iterator[Reason]:
    level = {field.id: field.level for field in scenario.fields}
    held = {name for name, pace in officer.skills.items() if pace > 0} & offers
    group = max((level[name] for name in held), key=LEVELS.index, default="")
    who = (("officer", officer.id), ("office", office.id))
    if not group:
        yield Reason("R-NO-015", who)
        return
    asked = sorted(name for name in offers if level[name] == group)
    missing = [name for name in asked if name not in held]
    fewest = len(asked) if group == "commune" else min(2, len(asked))
    if len(asked) - len(missing) < fewest:
        counts = (("found", len(asked) - len(missing)), ("limit", fewest), ("fields", " ".join(missing)))
        yield Reason("R-NO-016", (*who, ("group", group), *counts))


def _allowed(reasons: Reasons, number: int, question: Question) -> Iterator[Reason]:
    """What sending the officer there does to the crews, the cap and the objective, all else as planned."""
    phase, officer, office = reasons.problem.phases[number], question.officer, question.office
    now, who = reasons.names[number][officer], (("officer", officer), ("office", office), ("phase", question.phase))
    if now == office:
        yield Reason("R-WHY-001", who)
        return
    one = phase.classes[reasons.ranks[number][officer]]
    if office not in {target.office for target in one.targets}:
        yield Reason("R-WHY-002", who)
        return
    twins = [name for name in one.officers if reasons.names[number][name] == office]
    if twins:
        yield Reason("R-WHY-003", (*who, ("other", twins[0]), ("source", now)))
        return
    effect = reasons.changes.effect_of(reasons.steps(number, officer, office))
    told = {(place, breach.office) for place, breach in effect.breaches if breach.rule != "level"}
    for place, breach in effect.breaches:
        if breach.rule != "level" or (place, breach.office) not in told:  # a curve ends where another rule does
            yield breach_reason(reasons.problem.phases[place], breach)
    if any(breach.rule in UNPRICED for _, breach in effect.breaches):
        return
    change, days = reasons.changes.objective_s(effect), max(reasons.days(number, officer), 1)
    code = "R-WHY-004" if change > 0 else "R-WHY-005" if change == 0 else "R-WHY-006"
    yield Reason(code, (*who, ("minutes", round(abs(change) / 60 / days, 1))))
    if change:
        yield from _parts(reasons, number, question, days, effect.price_s)


def _parts(reasons: Reasons, number: int, question: Question, days: int, price_s: int) -> Iterator[Reason]:
    """The change of the objective by parts, person-minutes a day: saved there, lost here, commute, changes of office."""
    saved = lost = commute = 0
    for place, steps in reasons.steps(number, question.officer, question.office).items():
        phase, crews = reasons.problem.phases[place], reasons.crews[place]
        for rank, source, office in steps:
            targets = {target.office: target for target in phase.classes[rank].targets}
            there, here = (office, targets[office].group), (source, targets[source].group)
            saved += phase.days * (-_difference(phase.curves.get(there, {}), crews.get(there, 0), 1))
            lost += phase.days * _difference(phase.curves.get(here, {}), crews.get(here, 0), -1)
            commute += phase.days * (targets[office].price_s - targets[source].price_s)
    if reasons.problem.objective == "total":
        commute = 0
    source = reasons.names[number][question.officer]
    parts = {"saved_min": saved, "lost_min": lost, "commute_min": commute, "moves_min": price_s - commute}
    places = (("office", question.office), ("source", source))
    yield Reason("R-WHY-007", (*places, *((name, round(value / 60 / days, 1)) for name, value in parts.items())))


def _difference(curve: dict[int, int], crew: int, more: int) -> int:
    return curve[crew + more] - curve[crew] if crew in curve and crew + more in curve else 0


def forced(
    problem: StaffingProblem, staffing: Staffing, names: Names, question: Question, time_limit_s: float
) -> Iterator[Reason]:
    """The best plan with the officer sent there: what it costs more, and who then serves elsewhere than planned."""
    number = [phase.phase for phase in problem.phases].index(question.phase)
    narrow = sent(problem, number, question.officer, question.office)
    planned = tuple(
        replace(chosen, people=people_of(phase, here)) for phase, chosen, here in zip(narrow.phases, staffing, names, strict=True)
    )
    outcome, found = solve_near(narrow, planned, time_limit_s)
    who = (("officer", question.officer), ("office", question.office), ("phase", question.phase))
    if found is None:
        yield Reason("R-FORCED-003" if outcome.status == "infeasible" else "R-FORCED-004", who)
        return
    days = max(sum(phase.days for phase in problem.phases), 1)
    more = cost(narrow, found) - cost(problem, staffing)
    code = "R-FORCED-001" if more > 0 else "R-FORCED-002" if more else "R-FORCED-006"
    yield Reason(code, (*who, ("minutes", round(abs(more) / 60 / days, 1)), ("hours", round(abs(more) / 3600, 1))))
    for place, (phase, now) in enumerate(zip(narrow.phases, named_like(narrow, found, names), strict=True)):
        for officer, office in sorted(now.items()):
            source = names[place][officer]
            if office != source and (officer, place) != (question.officer, number):
                values = (("officer", officer), ("phase", phase.phase), ("office", office), ("source", source))
                yield Reason("R-FORCED-005", values)
