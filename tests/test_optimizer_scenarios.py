"""From whole scenarios to plans: doing nothing is allowed, plans keep the rules, the order of rows is nothing."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import time, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from random_scenarios import random_scenario

from optimizer import Allowance, PhasePlan, Plan, Wishes, check_plan, optimize, staffing_problem
from optimizer.plan import plan_of
from optimizer.problem import Option
from optimizer.solve import comers, solve
from scenarios import load_scenario
from scenarios.phases import PhaseView, commute_km, desk_group, field_map, phase_view, travel_min
from scenarios.schema import Officer, Roster, Scenario
from scenarios.workdays import phase_blocks
from sim import Curve
from sim.response import desk_crews

LEVELS = range(-3, 5)


def at_home(number: int, moves_within: str = "province") -> Scenario:
    """A random scenario with nobody assigned and no written counter hours."""
    scenario = random_scenario(number)
    phases = tuple(phase.model_copy(update={"moves_within": moves_within}) for phase in scenario.phases)
    return scenario.model_copy(update={"assignments": (), "rosters": (), "phases": phases})


def any_curves(scenario: Scenario, phase: str, seed: int, levels: range = LEVELS) -> tuple[Curve, ...]:
    """Curves of any shape about the crews of today; groups of one office agree on the office as it is."""
    rng = np.random.default_rng([5, seed])
    view, fields = phase_view(scenario, phase), field_map(scenario)
    found: list[Curve] = []
    for office in view.offices:
        groups = [desk_group(view.officers[name], fields, view.offers[office]) for name in view.crew(office)]
        as_it_is = int(rng.integers(0, 200_000))
        for group in sorted({group for group in groups if group is not None}):
            crews = tuple(groups.count(group) + offset for offset in levels if groups.count(group) + offset >= 1)
            heights = tuple(as_it_is if crew == groups.count(group) else int(rng.integers(0, 200_000)) for crew in crews)
            found.append(Curve(office, group, groups.count(group), crews, heights, (0,) * len(crews), (0,) * len(crews)))
    return tuple(found)


def planned(scenario: Scenario, seed: int, max_moves: int | None = None) -> Plan:
    return optimize(scenario, {"p1": any_curves(scenario, "p1", seed)}, max_moves=max_moves)


def only(plan: Plan) -> PhasePlan:
    """The part of a plan for one phase."""
    (part,) = plan.phases
    return part


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_plans_of_random_scenarios_keep_every_rule(first: int) -> None:
    """Proven, accepted by the checker, and no dearer than doing nothing, which is itself accepted."""
    moves = 0
    for number in range(first, first + 20):
        scenario = at_home(number)
        nothing, plan = planned(scenario, number, 0), planned(scenario, number)
        assert (nothing.outcome.status, only(nothing).moves, plan.outcome.status) == ("optimal", (), "optimal"), number
        assert only(nothing).predicted_overload_min_per_day == only(nothing).as_is_predicted_overload_min_per_day
        assert plan.outcome.objective is not None and nothing.outcome.objective is not None
        assert plan.outcome.objective <= nothing.outcome.objective, number
        assert check_plan(scenario, "p1") == () == check_plan(plan.applied_to(scenario), "p1"), number
        moves += len(only(plan).moves)
    assert moves > 10


def test_nobody_is_sent_where_no_counter_is_free() -> None:
    """What a planned crew needs of counters they are, or it is no more than today's; counters bind somewhere."""
    full = 0
    for number in range(40):
        scenario = at_home(number)
        after = phase_view(planned(scenario, number, 20).applied_to(scenario), "p1")
        for office, place in after.offices.items():
            now, was = (counters_pm(view, office) for view in (after, phase_view(scenario, "p1")))
            assert now <= max(1000 * place.counters, was), (number, office)
            full += now > was and now > 1000 * place.counters - 500
    assert full > 10


def counters_pm(view: PhaseView, office: str, written: Collection[str] = ()) -> int:
    """Counters a crew needs, per mille: shares of whole days, and whole counters for the fuller half of the day."""
    crew = [view.officers[name] for name in view.crew(office) if name not in written]
    full, *halves = (
        sum(round(one.counter_share * 1000) for one in crew if one.shift == shift) for shift in ("full", "morning", "afternoon")
    )
    return full + max(-(-half // 1000) * 1000 for half in halves)


@pytest.mark.parametrize("walls", ["none", "district", "province"])
def test_moves_stay_within_walls_commute_and_skills(walls: str) -> None:
    """Told again for each officer from the tables alone."""
    moves = 0
    for number in range(40):
        scenario = at_home(number, walls)
        view = phase_view(scenario, "p1")
        for move in only(planned(scenario, number, 20)).moves:
            assert may_go(scenario, view, view.officers[move.officer], move.target), (number, move)
            assert move.source == view.home[move.officer]
            moves += 1
    assert moves == 0 if walls == "none" else moves > 10


def may_go(scenario: Scenario, view: PhaseView, officer: Officer, target: str) -> bool:
    """The rules of a move as sentences."""
    units = {unit.id: unit for unit in scenario.units}
    live, home, there = units[officer.home_unit], view.offices[view.home[officer.id]], view.offices[target]
    trips = [travel_min(scenario, live, office, units[office.unit]) for office in (home, there)]
    levels = {field.id: field.level for field in scenario.fields}
    held = [field for field in view.offers[target] if field in officer.skills]
    highest = max((levels[field] for field in held), key=["commune", "district", "province"].index, default="")
    asked = [field for field in view.offers[target] if levels[field] == highest]
    enough = len(asked) if highest == "commune" else min(2, len(asked))
    return (
        officer.movable
        and (view.phase.moves_within == "province" or home.district == there.district)
        and trips[1] <= max(scenario.planning.commute_limit_min, trips[0])
        and highest != ""
        and sum(levels[field] == highest for field in held) >= enough
    )


def test_order_of_rows_does_not_matter() -> None:
    """Tables written backward give the same plan, name by name."""
    for number in range(15):
        scenario = at_home(number)
        turned = scenario.model_copy(
            update={name: getattr(scenario, name)[::-1] for name in ("units", "offices", "officers", "fields", "offers")}
        )
        curves = any_curves(scenario, "p1", number)
        plans = [optimize(scenario, {"p1": curves}), optimize(turned, {"p1": curves[::-1]})]
        assert len({replace(plan, outcome=replace(plan.outcome, seconds=0.0)) for plan in plans}) == 1, number


def test_each_move_says_its_price_and_its_commute() -> None:
    """Price and commute before and after, computed again from the map."""
    for number in range(20):
        scenario = at_home(number)
        view = phase_view(scenario, "p1")
        days = sum(len(block.measured) for block in phase_blocks(scenario, "p1", None))
        units = {unit.id: unit for unit in scenario.units}
        for move in only(planned(scenario, number)).moves:
            said = dict(move.reason.values)
            live = units[view.officers[move.officer].home_unit]
            before, after = (commute_km(scenario, live, view.offices[office]) for office in (move.source, move.target))
            price = scenario.planning.move_price_min + scenario.planning.commute_price_min_per_km * max(0.0, after - before)
            price += learning_min(scenario, view.officers[move.officer]) / days
            assert said["commute_km_before"] == pytest.approx(before, abs=0.051)
            assert said["commute_km_after"] == pytest.approx(after, abs=0.051)
            assert said["price_min"] == pytest.approx(price, abs=0.08)


def learning_min(scenario: Scenario, officer: Officer) -> float:
    """Minutes of work at the counter that two calendar days at half the pace and two at two thirds lose."""
    open_days = sum(factor > 0 for factor in scenario.demand.weekday_factors) / 7
    return 480 * officer.counter_share * open_days * (2 * (1 - 1 / 2) + 2 * (1 - 1 / 1.5))


# -- phases that are planned together ------------------------------------------------------------------------------


def two_weeks(number: int) -> Scenario:
    """A random scenario of two weeks with nobody assigned; a third of them without written hours."""
    scenario = random_scenario(number)
    rosters = () if number % 3 == 0 else scenario.rosters
    return with_a_second_week(scenario.model_copy(update={"assignments": (), "rosters": rosters}))


def with_a_second_week(scenario: Scenario) -> Scenario:
    """The scenario with a phase after its own, in which its merger takes place."""
    week = scenario.phase("p1")
    later = week.model_copy(update={"id": "p2", "start": week.start + timedelta(7), "end": week.end + timedelta(7)})
    merged = tuple(row.model_copy(update={"phase": "p2"}) for row in scenario.office_changes)
    return scenario.model_copy(update={"phases": (week, later), "office_changes": merged})


def both_curves(scenario: Scenario, number: int) -> dict[str, tuple[Curve, ...]]:
    return {phase: any_curves(scenario, phase, seed, range(-2, 3)) for phase, seed in (("p1", number), ("p2", number + 1000))}


@cache
def planned_together(number: int) -> Plan:
    """Both weeks with something of each kind that may be added."""
    scenario = two_weeks(number)
    return optimize(scenario, both_curves(scenario, number), max_moves=8, **everything(scenario, number))


def everything(scenario: Scenario, number: int) -> dict[str, Any]:
    """Something of each kind that may be added."""
    rng = np.random.default_rng([4, number])
    options = {
        phase: [
            Option(kind, office, -int(rng.integers(0, 90_000)))
            for office, place in phase_view(scenario, phase).offices.items()
            for kind in ("volunteer", "reserved")
            if kind == "volunteer" or place.reserved_counters < place.counters
        ]
        for phase in ("p1", "p2")
    }
    most = [int(rng.integers(0, 4)) for _ in range(4)]
    return {"allowance": Allowance(*most, options=(("volunteer", 2), ("reserved", 1))), "options": options}  # type: ignore[misc]


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_plans_of_two_phases_keep_every_rule_of_each(first: int) -> None:
    """Proven, with additions; the checker accepts each phase, and the scenario's own moves are those of the plan."""
    seen: Counter[str] = Counter()
    for number in range(first, first + 10):
        scenario, plan = two_weeks(number), planned_together(number)
        applied = plan.applied_to(scenario)
        assert (plan.outcome.status, plan.outcome.gap) == ("optimal", 0.0), number
        for part in plan.phases:
            view = phase_view(applied, part.phase)
            assert check_plan(applied, part.phase, 8) == (), (number, part.phase)
            assert view.moved == {move.officer for move in part.moves}, (number, part.phase)
            assert all((view.came[move.officer], view.serves[move.officer]) == (move.source, move.target) for move in part.moves)
            assert view.away == {officer for officer, _ in part.assignments}, (number, part.phase)
            assert [step.officer for step in part.steps()] == sorted(view.moved | view.away)
            crews = {(office, group): count for office, group, count in part.crews}
            assert crews == {place: len(crew) for place, crew in desk_crews(applied, view).items() if place in crews} | {
                place: 0 for place, count in crews.items() if count == 0
            }
            assert posts_fit(scenario, applied, part), (number, part.phase)
            seen.update({one.kind: one.count for one in part.additions})
            seen["moves"] += len(part.moves)
            seen["stays"] += len(part.assignments) - len([move for move in part.moves if move.officer in view.away])
    assert len(seen) == 8 and min(seen.values()) >= 1, seen


def posts_fit(scenario: Scenario, applied: Scenario, part: PhasePlan) -> bool:
    """Told again for each office: with posts and counters added nobody needs a counter that is not there."""
    before, after = phase_view(scenario, part.phase), phase_view(applied, part.phase)
    written = {row.officer for row in scenario.rosters if row.phase == part.phase}
    return all(
        counters_pm(after, office, written) <= max(1000 * place.counters, counters_pm(before, office, written))
        for office, place in after.offices.items()
        if not scenario.rosters or after.crew(office) != before.crew(office)
    )


def test_what_is_added_stays_where_it_must() -> None:
    """Posts and bought counters of the first phase are in the second, at the office that has taken theirs over."""
    kept = 0
    for number in range(40):
        scenario, plan = two_weeks(number), planned_together(number)
        view = phase_view(scenario, "p2")
        there = [{(one.kind, one.office, one.group): one.count for one in part.additions} for part in plan.phases]
        asked: Counter[tuple[str, str, str]] = Counter()
        for (kind, office, group), count in there[0].items():
            if kind in ("post", "postal_post", "bought"):
                asked[kind, view.survivor[office], group] += count
        assert all(there[1].get(key, 0) >= count for key, count in asked.items()), number
        kept += len(asked)
    assert kept > 20


def test_both_phases_together_are_no_dearer_than_one_after_the_other() -> None:
    """Planning the second phase from where the first plan has left everyone costs as much or more; in some cases more."""
    dearer = 0
    for number in range(12):
        scenario = two_weeks(number)
        curves = both_curves(scenario, number)
        together = optimize(scenario, curves, max_moves=8)
        first = optimize(scenario, {"p1": curves["p1"]}, max_moves=8)
        second = optimize(first.applied_to(scenario), {"p2": curves["p2"]}, max_moves=8)
        if None in (first.outcome.objective, second.outcome.objective):
            continue
        assert together.outcome.objective is not None
        apart = (first.outcome.objective or 0) + (second.outcome.objective or 0)
        assert together.outcome.objective <= apart, number
        dearer += together.outcome.objective < apart
    assert dearer > 1


def test_officers_who_are_there_already_are_those_who_stay() -> None:
    """Of officers alike as many stay as can: changes of office are what the counts of the program say, name by name."""
    stay = 0
    for number in range(8):
        scenario = two_weeks(number)
        twins = tuple(row.model_copy(update={"id": f"{row.id}-twin"}) for row in scenario.officers)
        crowded = scenario.model_copy(update={"officers": scenario.officers + twins, "rosters": ()})
        curves = both_curves(crowded, number)
        problem = staffing_problem(crowded, curves, max_moves=9)
        outcome, staffing = solve(problem)
        plan = plan_of(problem, outcome, staffing)
        assert staffing is not None
        for step, part in enumerate(plan.phases):
            assert len(part.moves) == sum(comers(problem, staffing, step).values()), (number, part.phase)
        stay += len(plan.phases[1].steps()) - len(plan.phases[1].moves)
    assert stay > 2


def test_order_of_rows_does_not_matter_over_phases() -> None:
    """Tables written backward, and curves and options too, give the same plan of both phases, name by name."""
    for number in range(5):
        scenario = two_weeks(number)
        names = ("units", "offices", "officers", "fields", "offers", "phases", "office_changes", "rosters", "volunteers")
        turned = scenario.model_copy(update={name: getattr(scenario, name)[::-1] for name in names})
        curves, more = both_curves(scenario, number), everything(scenario, number)
        back = {phase: rows[::-1] for phase, rows in reversed(curves.items())}
        more_back = {**more, "options": {phase: rows[::-1] for phase, rows in reversed(more["options"].items())}}
        plans = [optimize(scenario, curves, max_moves=8, **more), optimize(turned, back, max_moves=8, **more_back)]
        assert len({replace(plan, outcome=replace(plan.outcome, seconds=0.0)) for plan in plans}) == 1, number


def test_what_the_planner_says_beforehand_is_kept() -> None:
    """Pinned officers stay, forbidden places stay empty of them, wanted ones are where they are wanted, in each phase."""
    seen: Counter[str] = Counter()
    for number in range(15):
        scenario = two_weeks(number)
        curves = both_curves(scenario, number)
        free = optimize(scenario, curves, max_moves=8)
        sent = [row for part in free.phases for row in part.assignments]
        problem = staffing_problem(scenario, curves)
        open_to = [
            (officer, target.office)
            for one in problem.phases[1].classes
            for officer in one.officers
            for target in one.targets
            if target.office != one.home and (officer, target.office) not in sent
        ]
        if not sent or not open_to:
            continue
        pinned, wanted = sent[0][0], open_to[-1]
        forbidden = next((row for row in sent if row[0] not in (pinned, wanted[0])), ("", ""))
        wishes = Wishes(frozenset({pinned} - {wanted[0]}), frozenset({forbidden}), frozenset({wanted}))
        plan = optimize(scenario, curves, max_moves=9, wishes=wishes)
        if plan.outcome.status == "infeasible":  # a rule of the crew that the wanted one would leave
            seen["infeasible"] += 1
            continue
        rows = [row for part in plan.phases for row in part.assignments]
        seen["pinned"] += pinned != wanted[0]
        assert pinned == wanted[0] or pinned not in dict(rows)
        assert forbidden not in rows
        assert wanted in plan.phases[1].assignments
        seen["wanted"] += 1
    assert seen["wanted"] > 3 and seen["pinned"] > 3, seen


def test_caps_on_kilometers_and_on_the_worst_office_hold() -> None:
    """Of all officers together, and at each office unless it is as bad at home; in some cases they cost something."""
    dearer = 0
    for number in range(10):
        scenario = two_weeks(number)
        curves = both_curves(scenario, number)
        capped = optimize(scenario, curves, max_moves=8, max_commute_km=10.0, max_overload_min=1500.0)
        free = optimize(scenario, curves, max_moves=8)
        assert capped.outcome.objective is not None and free.outcome.objective is not None
        dearer += capped.outcome.objective > free.outcome.objective
        units = {unit.id: unit for unit in scenario.units}
        for part in capped.phases:
            view, heights = phase_view(scenario, part.phase), {}
            for curve in curves[part.phase]:
                heights[curve.office, curve.group] = dict(zip(curve.levels, curve.overload_s_per_day, strict=True)), curve.base
            km = 0.0
            for officer, office in part.assignments:
                live = units[view.officers[officer].home_unit]
                km += commute_km(scenario, live, view.offices[office])
                km -= commute_km(scenario, live, view.offices[view.home[officer]])
            assert km <= 10.0 + 0.001 * len(part.assignments)
            for office in view.offices:
                here = [(heights[office, group], crew) for place, group, crew in part.crews if place == office]
                now, home = (
                    sum(curve[at] for (curve, base), crew in here for at in (crew if asked else base,)) for asked in (1, 0)
                )
                assert now <= max(90_000, home), (number, office)
    assert dearer > 3


@pytest.fixture(scope="module")
def binh_duong() -> Scenario:
    return load_scenario("binh-duong")


@pytest.mark.parametrize("phase", ["p1", "p2", "p3"])
def test_binh_duong_is_proven_and_keeps_its_rules(binh_duong: Scenario, phase: str) -> None:
    """Gap 0 on falling curves of random heights, a plan that the checker accepts, nobody moved twice."""
    rough = any_curves(binh_duong, phase, 1)
    curves = [replace(curve, overload_s_per_day=tuple(falling(curve))) for curve in rough]
    plan = optimize(binh_duong, {phase: curves})
    assert (plan.outcome.status, plan.outcome.gap) == ("optimal", 0.0)
    assert len({move.officer for move in only(plan).moves}) == len(only(plan).moves) > 0
    assert check_plan(plan.applied_to(binh_duong), phase) == ()


def falling(curve: Curve) -> list[int]:
    """Heights that halve with each officer more, through the curve's own height at its base."""
    height = curve.overload_s_per_day[curve.levels.index(curve.base)]
    return [round(height * 2.0 ** (curve.base - level)) for level in curve.levels]


@pytest.mark.parametrize(("counters", "sent"), [(1, 0), (2, 1), (3, 2)])
def test_written_counter_hours_leave_no_counter_to_others(counters: int, sent: int) -> None:
    """Where written hours fill a counter of an office in the morning, only the others are left to those who are sent."""
    tiny = load_scenario("tiny")
    offices = tuple(row.model_copy(update={"counters": counters}) if row.id == "pb" else row for row in tiny.offices)
    hours = tuple(Roster(phase="p1", officer="pb-1", weekday=day, start=time(7, 30), end=time(11, 30)) for day in range(1, 6))
    scenario = tiny.model_copy(update={"offices": offices, "rosters": hours})
    curves = [
        replace(curve, overload_s_per_day=tuple(900_000 // level if curve.office == "pb" else 0 for level in curve.levels))
        for curve in any_curves(scenario, "p1", 1)
    ]
    plan = optimize(scenario, {"p1": curves})
    assert [move.target for move in only(plan).moves] == ["pb"] * sent
    assert check_plan(plan.applied_to(scenario), "p1") == ()


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_plans_beside_written_counter_hours_keep_every_rule(first: int) -> None:
    """With written hours and mobile counters the checker, which sees who is on duty at each moment, accepts each plan."""
    written = 0
    for number in range(first, first + 20):
        scenario = random_scenario(number).model_copy(update={"assignments": ()})
        plan = planned(scenario, number, 20)
        assert plan.outcome.status == "optimal", number
        assert check_plan(scenario, "p1") == () == check_plan(plan.applied_to(scenario), "p1", 20), number
        assert not {row.officer for row in scenario.rosters} & {move.officer for move in only(plan).moves}, number
        written += bool(scenario.rosters and only(plan).moves)
    assert written > 3


def test_postal_staff_are_sent_to_branches_and_centers_only() -> None:
    """Of officers alike but for their employer, postal staff are never sent to a commune point; others are."""
    sent: dict[str, set[str]] = {"post": set(), "commune": set()}
    for number in range(60):
        scenario = at_home(number)
        kinds = {office.id: office.kind for office in scenario.offices}
        for employer, kinds_sent in sent.items():
            staff = tuple(officer.model_copy(update={"employer": employer}) for officer in scenario.officers)
            employed = scenario.model_copy(update={"officers": staff})
            plan = planned(employed, number, 20)
            kinds_sent |= {kinds[move.target] for move in only(plan).moves}
            assert check_plan(plan.applied_to(employed), "p1", 20) == (), number
    assert "point" in sent["commune"]
    assert sent["post"] and "point" not in sent["post"]


def test_reserves_of_float_pools_are_no_part_of_a_plan() -> None:
    """They serve in no crew, so no plan moves them and none counts them."""
    reserves = 0
    for number in range(40):
        scenario = at_home(number)
        view = phase_view(scenario, "p1")
        (problem,) = staffing_problem(scenario, {"p1": any_curves(scenario, "p1", number)}).phases
        assert {name for one in problem.classes for name in one.officers}.isdisjoint(view.reserves), number
        reserves += len(view.reserves)
    assert reserves > 10
