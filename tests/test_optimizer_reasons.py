"""Reasons of a plan against whole evaluation: next best offices and officers, next best plans, forced plans, the next person."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from test_optimizer_brute import alone, random_problem, staffings
from test_optimizer_phases import joint_problem
from test_optimizer_scenarios import any_curves, at_home

from optimizer import Reason, optimize, staffing_problem
from optimizer.alternatives import alternatives
from optimizer.narrowing import apart, people_of, plan_of_rows, staffing_of_plan
from optimizer.next_person import next_person
from optimizer.plan import Plan, plan_of
from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target
from optimizer.reasons import NEXT, Reasons
from optimizer.solve import PhaseStaffing, Staffing, broken_rules, cost, crews_of, solve, today
from optimizer.why_not import Question, forced, not_allowed, why_here, why_not
from results.reason_words import Names
from results.wording import LANGUAGES
from scenarios.schema import Assignment

Where = list[dict[str, str]]  #: office of each officer, by phase


@cache
def solved(number: int, several: bool) -> tuple[StaffingProblem, Staffing, Plan] | None:
    """A random problem with its plan."""
    problem = joint_problem(number) if several else alone(random_problem(number))
    outcome, staffing = solve(problem)
    return None if staffing is None else (problem, staffing, plan_of(problem, outcome, staffing))


def cases(count: int, several: bool = False) -> Iterator[tuple[StaffingProblem, Staffing, Plan]]:
    """Random problems that have a plan."""
    found = (solved(number, several) for number in range(count))
    return (case for case in found if case is not None)


def judged(problem: StaffingProblem, staffing: Staffing, where: Where) -> tuple[int, bool] | None:
    """Change of the objective with officers elsewhere, and whether it keeps the rules; None beyond the reach of a curve."""
    after = tuple(
        replace(chosen, people=people_of(phase, names))
        for phase, chosen, names in zip(problem.phases, staffing, where, strict=True)
    )
    broken = broken_rules(problem, after)
    if any(name.startswith(("level", "target")) for name in broken):
        return None
    return cost(problem, after) - cost(problem, staffing), not broken


def test_next_best_offices_and_officers_are_those_of_whole_evaluation() -> None:
    """For each move of random plans: costs of the three cheapest other offices, and of the three cheapest other officers."""
    moves = 0
    for problem, staffing, plan in cases(200):
        (phase,), (names,) = problem.phases, staffing_of_plan(problem, plan)[1]
        classes = {officer: one for one in phase.classes for officer in one.officers}
        for move in plan.phases[0].moves:
            offices = {target.office for target in classes[move.officer].targets} - {move.target, move.source}
            elsewhere = [judged(problem, staffing, [names | {move.officer: office}]) for office in offices]
            told = [other for other in move.alternatives if other.officer == move.officer and not other.stays]
            assert [other.change_s for other in told if not other.forbidden] == cheapest(elsewhere)
            stays = [other for other in move.alternatives if other.stays]
            assert [(other.change_s, not other.forbidden) for other in stays] == [
                judged(problem, staffing, [names | {move.officer: move.source}]) or (None, False)
            ]
            instead = {}
            for officer, now in names.items():
                if now != move.target and any(target.office == move.target for target in classes[officer].targets):
                    where = names | {move.officer: move.source, officer: move.target}
                    instead[classes[officer].officers, now] = judged(problem, staffing, [where])
            others = [other for other in move.alternatives if other.officer != move.officer]
            assert [other.change_s for other in others if not other.forbidden] == cheapest(list(instead.values()))
            moves += 1
    assert moves > 50


def cheapest(judgements: list[tuple[int, bool] | None]) -> list[int]:
    """The least changes that keep the rules."""
    return sorted(one[0] for one in judgements if one is not None and one[1])[:NEXT]


def test_alternatives_of_several_phases_are_whole_evaluations() -> None:
    """An officer elsewhere for as long as the plan keeps them in one place costs what the changed plan costs."""
    told = 0
    for problem, staffing, plan in cases(160, several=True):
        names = staffing_of_plan(problem, plan)[1]
        reasons = Reasons(problem, staffing, names)
        for number, part in enumerate(plan.phases):
            for move in part.moves:
                for other in move.alternatives:
                    steps = (
                        reasons.steps(number, move.officer, other.office)
                        if other.officer == move.officer
                        else reasons.steps_instead(number, move.officer, move.source, other.officer)
                    )
                    after = list(staffing)
                    for place, taken in steps.items():
                        people = dict(after[place].people)
                        for rank, source, target in taken:
                            people[rank, source] -= 1
                            people[rank, target] = people.get((rank, target), 0) + 1
                        after[place] = replace(after[place], people={key: count for key, count in people.items() if count})
                    broken = broken_rules(problem, tuple(after))
                    assert bool(broken) == bool(other.forbidden)
                    if other.change_s is not None:
                        assert other.change_s == cost(problem, tuple(after)) - cost(problem, staffing)
                        told += 1
    assert told > 80


def one_helps() -> StaffingProblem:
    """Two offices by hand: one of two alike at `a` is worth 30 minutes at `b`, where nobody else may come from."""
    curves = {("a", "commune"): {1: 1800, 2: 1200, 3: 1000}, ("b", "commune"): {1: 5000, 2: 3200, 3: 3000}}
    targets = tuple(Target(office, "commune", 0, 4000 * (office == "b")) for office in "ab")
    classes = (
        StaffClass("a", ("a-0", "a-1"), 500, frozenset({"f"}), targets),
        StaffClass("b", ("b-0",), 1000, frozenset({"f"}), targets[1:]),
    )
    rules = {office: Rules(office == "b", 2000, (("f", 1),)) for office in "ab"}
    return alone(PhaseProblem("p", classes, rules, curves, {("a", "commune"): 2, ("b", "commune"): 1}, 2))


def test_a_move_tells_both_offices_its_price_and_what_rules_leave() -> None:
    """30 minutes saved, 10 lost, one above the minimum crew left at the source, one move of two left."""
    problem = one_helps()
    outcome, staffing = solve(problem)
    (move,) = plan_of(problem, outcome, staffing).phases[0].moves
    told = {(reason.code, dict(reason.values).get("office", "")): dict(reason.values) for reason in move.details}
    assert (move.officer, dict(move.reason.values)["saved_min"], dict(move.reason.values)["lost_min"]) == ("a-1", 30.0, 10.0)
    assert told["R-GAIN-001", "b"] == {"office": "b", "group": "commune", "fields": "f", "crew": 2, "minutes": 30.0}
    assert told["R-LOSS-001", "a"]["minutes"] == 10.0
    assert told["R-SLACK-002", "a"] == {"office": "a", "above": 1, "counters": 1.5, "field": "f", "holders": 0}
    assert told["R-SLACK-002", "b"] == {"office": "b", "above": 1, "counters": 0.5, "field": "f", "holders": 1}
    assert told["R-SLACK-003", ""] == {"found": 1, "limit": 2, "left": 1}
    assert [(other.officer, other.stays, other.change_min) for other in move.alternatives] == [
        ("a-1", True, 20.0),
        ("a-0", False, 0.0),
    ]


# -- whole plans ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 450, 150))
def test_next_best_plans_are_those_of_enumeration(first: int) -> None:
    """Costs of the three next best staffings of random problems; fewer when no more keep the rules."""
    several = 0
    for number in range(first, first + 150):
        case = solved(number, False)
        if case is None:
            continue
        problem, staffing, plan = case
        best = cost(problem, staffing)
        costs = sorted(cost(problem, other) - best for other in staffings(problem.phases[0]) if not broken_rules(problem, other))
        others = alternatives(problem, plan, 3)
        assert [other.change_s for other in others] == costs[1:4], number
        assert all(other.outcome.status == "optimal" and other.changes for other in others)
        several += len(others) == 3
    assert several > 5


def test_other_plans_differ_by_as_many_officers_as_asked() -> None:
    """The best staffing in which two officers or more serve elsewhere is the one of enumeration."""
    found = 0
    for problem, staffing, plan in cases(200):
        best = cost(problem, staffing)
        costs = [
            cost(problem, other) - best
            for other in staffings(problem.phases[0])
            if elsewhere(staffing[0], other[0]) >= 2 and not broken_rules(problem, other)
        ]
        others = alternatives(problem, plan, 1, differ=2)
        assert [other.change_s for other in others] == sorted(costs)[:1]
        found += len(others)
    assert found > 10


def test_of_plans_that_cost_the_same_the_nearest_is_told() -> None:
    """No staffing of that cost but the plan has fewer officers elsewhere, also in problems where several are as good."""
    ties = 0
    for number in range(150):
        problem = alone(coarse(random_problem(number)))
        outcome, found = solve(problem)
        if found is None:
            continue
        staffing, plan = found, plan_of(problem, outcome, found)
        others = alternatives(problem, plan, 1)
        if not others:
            continue
        total = cost(problem, staffing) + others[0].change_s
        equal = [
            elsewhere(staffing[0], other[0])
            for other in staffings(problem.phases[0])
            if cost_if_kept(problem, other) == total and other[0].people != staffing[0].people
        ]
        assert len(others[0].changes) == min(equal)
        ties += len(set(equal)) > 1
    assert ties > 2


def coarse(phase: PhaseProblem) -> PhaseProblem:
    """The same with few different costs."""
    return replace(
        phase,
        classes=tuple(replace(one, targets=tuple(replace(target, price_s=0) for target in one.targets)) for one in phase.classes),
        curves={place: {crew: value // 1500 for crew, value in curve.items()} for place, curve in phase.curves.items()},
        max_moves=6,
    )


def cost_if_kept(problem: StaffingProblem, staffing: Staffing) -> int | None:
    """The cost of a staffing that keeps every rule."""
    return None if broken_rules(problem, staffing) else cost(problem, staffing)


def elsewhere(first: PhaseStaffing, other: PhaseStaffing) -> int:
    """Officers whom another staffing has elsewhere."""
    return sum(max(count - other.people.get(key, 0), 0) for key, count in first.people.items())


def test_a_forced_plan_is_the_best_with_the_officer_there() -> None:
    """On random problems: what enumeration finds among staffings with the officer at the office, or none."""
    dearer = none = 0
    for problem, staffing, plan in cases(200):
        names = staffing_of_plan(problem, plan)[1]
        (phase,) = problem.phases
        officer = sorted(names[0])[0]
        split = apart(problem, (officer,))
        rank = next(rank for rank, one in enumerate(split.phases[0].classes) if one.officers == (officer,))
        one = next(one for one in phase.classes if officer in one.officers)
        for office in sorted({target.office for target in one.targets} - {names[0][officer]}):
            costs = [
                cost(split, other) - cost(problem, staffing)
                for other in staffings(split.phases[0])
                if other[0].people.get((rank, office)) and not broken_rules(split, other)
            ]
            answer = next(iter(forced(problem, staffing, names, Question(officer, office, "p"), 60.0)))
            if not costs:
                assert answer.code == "R-FORCED-003"
                none += 1
                continue
            assert answer.code == ("R-FORCED-001" if min(costs) > 0 else "R-FORCED-006")
            assert dict(answer.values)["minutes"] == round(min(costs) / 60, 1)
            dearer += min(costs) > 0
    assert dearer > 20
    assert none > 5


# -- whole scenarios -----------------------------------------------------------------------------------------------


def test_why_not_tells_every_rule_that_closes_an_office() -> None:
    """An office is closed to an officer exactly when a rule is told; each answer reads in both languages."""
    closed = answered = 0
    for number in range(30):
        scenario = at_home(number, "district" if number % 2 else "province")
        curves = {"p1": any_curves(scenario, "p1", number)}
        problem, plan = staffing_problem(scenario, curves), optimize(scenario, curves)
        names = {lang: Names.of(scenario, lang) for lang in LANGUAGES}
        (phase,) = problem.phases
        for one in phase.classes:
            officer, open_to = one.officers[0], {target.office for target in one.targets}
            for office in phase.offices:
                question = Question(officer, office, "p1")
                told = why_not(scenario, problem, plan, question)
                refused = list(not_allowed(scenario, question))
                if office in open_to:
                    assert not refused
                else:
                    assert refused or told[0].code == "R-WHY-002", (number, officer, office)
                assert told
                assert all(names[lang].sentence(reason) for lang in LANGUAGES for reason in told)
                closed, answered = closed + bool(refused), answered + (not refused)
            reasons, others = why_here(scenario, problem, plan, officer, "p1")
            assert reasons
            assert all(names[lang].alternative(other, officer) for lang in LANGUAGES for other in others)
    assert closed > 100
    assert answered > 100


def test_why_not_says_what_it_would_cost() -> None:
    """The minutes told are those between the two plans by the program's own costs, and the parts add up to them."""
    told = 0
    for number in range(25):
        scenario = at_home(number)
        curves = {"p1": any_curves(scenario, "p1", number)}
        problem, plan = staffing_problem(scenario, curves), optimize(scenario, curves)
        staffing, names = staffing_of_plan(problem, plan)
        (phase,) = problem.phases
        for one in phase.classes:
            officer = one.officers[0]
            for target in one.targets:
                answer = {
                    reason.code: dict(reason.values)
                    for reason in why_not(scenario, problem, plan, Question(officer, target.office, "p1"))
                }
                if "R-WHY-004" not in answer:
                    assert "R-WHY-006" not in answer or any(code.startswith("R-BREAK") for code in answer)
                    continue
                judgement = judged(problem, staffing, [names[0] | {officer: target.office}])
                assert judgement is not None
                minutes = judgement[0] / 60 / phase.days
                assert answer["R-WHY-004"]["minutes"] == round(minutes, 1)
                parts = answer["R-WHY-007"]
                total = sum(float(parts[name]) for name in ("lost_min", "commute_min", "moves_min")) - float(parts["saved_min"])
                assert total == pytest.approx(minutes, abs=0.3)
                told += 1
    assert told > 50


def test_a_plan_read_back_keeps_the_names_in_it() -> None:
    """Of two alike the one named in the plan is the one who moves, also when the program would have sent the other."""
    problem = one_helps()
    outcome, staffing = solve(problem)
    planned = plan_of(problem, outcome, staffing)
    (sent,) = {"a-0", "a-1"} - {move.officer for move in planned.phases[0].moves}
    again = plan_of_rows(problem, [Assignment(phase="p", officer=sent, office="b")])
    assert [(move.officer, move.source, move.target) for move in again.phases[0].moves] == [(sent, "a", "b")]
    assert again.outcome.objective == planned.outcome.objective
    assert again.phases[0].crews == planned.phases[0].crews


# -- the next person -----------------------------------------------------------------------------------------------


def test_next_person_reads_the_curves_at_the_planned_crews() -> None:
    """The office where one more helps most first; nothing where a curve ends."""
    curves = {("a", "commune"): {1: 1800, 2: 1200}, ("b", "commune"): {1: 5000, 2: 3200, 3: 3000}}
    classes = tuple(
        StaffClass(office, (f"{office}-0", f"{office}-1"), 500, frozenset(), (Target(office, "commune", 0, 0),))
        for office in "ab"
    )
    rules = {office: Rules(0, 9000, ()) for office in "ab"}
    phase = PhaseProblem("p", classes, rules, curves, dict.fromkeys(curves, 2), 0)
    crews = crews_of(phase, today(alone(phase))[0])
    told = [(one.office, one.crew, one.more_min, one.less_min) for one in next_person(phase, crews)]
    assert told == [("b", 2, -3.3, 30.0), ("a", 2, None, 10.0)]


def test_a_code_without_a_sentence_is_an_error() -> None:
    """Words never make up a reason."""
    with pytest.raises(KeyError):
        Names.of(at_home(0), "vi").sentence(Reason("R-NOT-001", ()))
