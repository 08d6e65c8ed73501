"""From whole scenarios to plans: doing nothing is allowed, plans keep the rules, the order of rows is nothing."""

from dataclasses import replace
from datetime import time

import numpy as np
import pytest
from random_scenarios import random_scenario

from optimizer import Plan, check_plan, optimize, staffing_problem
from scenarios import load_scenario
from scenarios.phases import PhaseView, commute_km, desk_group, field_map, phase_view, travel_min
from scenarios.schema import Officer, Roster, Scenario
from sim import Curve

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
    return optimize(scenario, "p1", any_curves(scenario, "p1", seed), max_moves=max_moves)


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_plans_of_random_scenarios_keep_every_rule(first: int) -> None:
    """Proven, accepted by the checker, and no dearer than doing nothing, which is itself accepted."""
    moves = 0
    for number in range(first, first + 20):
        scenario = at_home(number)
        nothing, plan = planned(scenario, number, 0), planned(scenario, number)
        assert (nothing.outcome.status, nothing.moves, plan.outcome.status) == ("optimal", (), "optimal"), number
        assert nothing.predicted_overload_min_per_day == nothing.as_is_predicted_overload_min_per_day
        assert plan.outcome.objective is not None and nothing.outcome.objective is not None
        assert plan.outcome.objective <= nothing.outcome.objective, number
        assert check_plan(scenario, "p1") == () == check_plan(plan.applied_to(scenario), "p1"), number
        moves += len(plan.moves)
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


def counters_pm(view: PhaseView, office: str) -> int:
    """Counters a crew needs, per mille: shares of whole days, and whole counters for the fuller half of the day."""
    crew = [view.officers[name] for name in view.crew(office)]
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
        for move in planned(scenario, number, 20).moves:
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
        plans = [optimize(scenario, "p1", curves), optimize(turned, "p1", curves[::-1])]
        assert len({replace(plan, outcome=replace(plan.outcome, seconds=0.0)) for plan in plans}) == 1, number


def test_each_move_says_its_price_and_its_commute() -> None:
    """Price and commute before and after, computed again from the map."""
    for number in range(20):
        scenario = at_home(number)
        view = phase_view(scenario, "p1")
        units = {unit.id: unit for unit in scenario.units}
        for move in planned(scenario, number).moves:
            said = dict(move.reason.values)
            live = units[view.officers[move.officer].home_unit]
            before, after = (commute_km(scenario, live, view.offices[office]) for office in (move.source, move.target))
            price = scenario.planning.move_price_min + scenario.planning.commute_price_min_per_km * max(0.0, after - before)
            assert said["commute_km_before"] == pytest.approx(before, abs=0.051)
            assert said["commute_km_after"] == pytest.approx(after, abs=0.051)
            assert said["price_min"] == pytest.approx(price, abs=0.06)


@pytest.fixture(scope="module")
def binh_duong() -> Scenario:
    return load_scenario("binh-duong")


@pytest.mark.parametrize("phase", ["p1", "p2", "p3"])
def test_binh_duong_is_proven_and_keeps_its_rules(binh_duong: Scenario, phase: str) -> None:
    """Gap 0 on falling curves of random heights, a plan that the checker accepts, nobody moved twice."""
    rough = any_curves(binh_duong, phase, 1)
    curves = [replace(curve, overload_s_per_day=tuple(falling(curve))) for curve in rough]
    plan = optimize(binh_duong, phase, curves)
    assert (plan.outcome.status, plan.outcome.gap) == ("optimal", 0.0)
    assert len({move.officer for move in plan.moves}) == len(plan.moves) > 0
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
    plan = optimize(scenario, "p1", curves)
    assert [move.target for move in plan.moves] == ["pb"] * sent
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
        assert not {row.officer for row in scenario.rosters} & {move.officer for move in plan.moves}, number
        written += bool(scenario.rosters and plan.moves)
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
            kinds_sent |= {kinds[move.target] for move in plan.moves}
            assert check_plan(plan.applied_to(employed), "p1", 20) == (), number
    assert "point" in sent["commune"]
    assert sent["post"] and "point" not in sent["post"]


def test_reserves_of_float_pools_are_no_part_of_a_plan() -> None:
    """They serve in no crew, so no plan moves them and none counts them."""
    reserves = 0
    for number in range(40):
        scenario = at_home(number)
        view = phase_view(scenario, "p1")
        problem = staffing_problem(scenario, "p1", any_curves(scenario, "p1", number))
        assert {name for one in problem.classes for name in one.officers}.isdisjoint(view.reserves), number
        reserves += len(view.reserves)
    assert reserves > 10
