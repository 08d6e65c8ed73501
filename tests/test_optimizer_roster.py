"""Counter hours: the program against enumeration, its text, its dealing of names, and rosters as they play."""

import os
from collections.abc import Iterator
from dataclasses import replace
from inspect import getmembers, isfunction, signature
from itertools import combinations, product
from math import ceil
from pathlib import Path

import numpy as np
import pytest

from optimizer.roster import program as roster_program
from optimizer.roster import secondment_program
from optimizer.roster.checker import check_roster
from optimizer.roster.hours import Search, counted, fitted_pace, place_counter_hours
from optimizer.roster.load import Chance, Simulated, chance_of, overload_of, play_loads
from optimizer.roster.plan import as_duty, free_officers, of_office, rows_of, with_rows
from optimizer.roster.problem import (
    Alike,
    Load,
    RosterProblem,
    RosterRules,
    SampleDay,
    fluid_s,
    paid_half_hours,
    roster_problem,
    unfit,
)
from optimizer.roster.program import formulate_roster
from optimizer.roster.replayed import replayed
from optimizer.roster.secondment_program import Half, SecondmentProblem, formulate_secondments
from optimizer.roster.secondments import second, solve_secondments
from optimizer.roster.solve import Dealt, broken_rules, deal, solve_roster
from scenarios import load_scenario
from scenarios.phases import phase_view
from scenarios.rosters import Duty, duty
from scenarios.schema import Scenario
from sim import simulate

GOLDEN = Path(__file__).parent / "golden"
HALF_HOURS = tuple((start, start + 30) for start in (450, 480, 510, 780, 810, 840))
SESSIONS = frozenset(product((0, 1), (0, 1)))


def small_problem(**changes: object) -> RosterProblem:
    """Two weekdays of six half hours, two alike officers and one unlike, two sample days, every rule in force."""
    moments = list(product((0, 1), range(6)))
    problem = RosterProblem(
        office="pa",
        half_hours=HALF_HOURS,
        noon=3,
        lunch=1,
        weekdays=(0, 1),
        classes=(Alike(("a", "b"), 5, frozenset({"x"}), SESSIONS), Alike(("c",), 6, frozenset({"x", "y"}), SESSIONS)),
        fixed={(0, 5): 1},
        counters=2,
        fewest=dict.fromkeys(moments, 1) | {(0, 0): 2, (1, 2): 0},
        holders={(0, 1): ("x", "y")},
        block=2,
        load=Load(
            days=(
                SampleDay(0, (2400, 1900, 900, 0, 600, 900, 1800), (1600, 1200, 600, 0, 400, 600, 1200)),
                SampleDay(1, (600, 5400, 900, 300, 600, 4200, 900), (300, 3600, 600, 300, 400, 900, 900)),
            ),
            service_s=600,
            leaves=0.25,
        ),
        charge_s=3600,
        overtime_s=900,
        default=dict.fromkeys((0, 1), (1,) * 6),
        pace=0.9,
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def rosters(problem: RosterProblem) -> Iterator[Dealt]:
    """Every way to give each officer of a small problem exact hours."""
    blocks = problem.blocks()
    days = [
        (),
        *((block,) for block in blocks),
        *((one, two) for one, two in combinations(blocks, 2) if two[0] >= problem.noon > one[0]),
    ]
    choices = []
    for one in problem.classes:
        weeks = [
            week
            for week in product(days, repeat=len(problem.weekdays))
            if sum(end - start for day in week for start, end in day) == one.half_hours
        ]
        choices += [[(name, week) for week in weeks] for name in one.officers]
    for chosen in product(*choices):
        yield {(name, problem.weekdays[n]): day for name, week in chosen for n, day in enumerate(week)}


def allowed(problem: RosterProblem, dealt: Dealt) -> bool:
    """Counters, fewest on duty and holders, said anew."""
    fields = {name: one.fields for one in problem.classes for name in one.officers}
    for weekday, counts in counted(problem, dealt).items():
        for slot, officers in enumerate(counts):
            here = [n for (n, day), parts in dealt.items() if day == weekday and any(a <= slot < b for a, b in parts)]
            held = {field for name in here for field in fields[name]}
            if officers > problem.counters or officers < problem.fewest.get((weekday, slot), 0):
                return False
            if not held.issuperset(problem.holders.get((weekday, slot), ())):
                return False
    return True


@pytest.mark.parametrize("pace", [0.6, 0.9, 1.1])
@pytest.mark.parametrize("late", [0, 1200])
def test_the_program_finds_the_best_of_all_rosters(pace: float, late: int) -> None:
    """Enumeration of every roster has no better fluid overload than the proven optimum."""
    problem = small_problem(pace=pace)
    days = tuple(replace(day, work_s=(*day.work_s[:-1], day.work_s[-1] + late)) for day in problem.load.days)
    problem = replace(problem, load=replace(problem.load, days=days))
    least = min(fluid_s(problem, counted(problem, dealt)) for dealt in rosters(problem) if allowed(problem, dealt))
    outcome, dealt = solve_roster(problem)
    assert outcome.status == "optimal"
    assert outcome.objective == ceil(least - 1e-6)
    assert dealt is not None
    assert allowed(problem, dealt)
    assert {name: sum(b - a for (who, _), parts in dealt.items() if who == name for a, b in parts) for name in "abc"} == {
        "a": 5,
        "b": 5,
        "c": 6,
    }


def test_what_cannot_be_dealt_is_placed_as_nearly_as_can_be() -> None:
    """The bound of classes holds for names; where names cost something, the gap tells it, and hours stay exact."""
    found = set()
    for seed in range(12):
        draw = np.random.default_rng(seed)
        works = [tuple(int(work) for work in draw.choice([0, 0, 1800, 3600, 5400], 7)) for _ in range(2)]
        days = tuple(SampleDay(weekday, work, (0,) * 7) for weekday, work in enumerate(works))
        problem = small_problem(
            classes=(Alike(("a", "b"), 5, frozenset({"x"}), SESSIONS),),
            load=Load(days, 600, 0.25),
            fewest={},
            holders={},
            fixed={},
        )
        least = min(fluid_s(problem, counted(problem, dealt)) for dealt in rosters(problem) if allowed(problem, dealt))
        outcome, dealt = solve_roster(problem)
        assert dealt is not None
        assert outcome.objective is not None
        assert outcome.bound is not None
        assert outcome.bound <= least + 1e-6
        assert outcome.objective == ceil(fluid_s(problem, counted(problem, dealt)) - 1e-6) >= ceil(least - 1e-6)
        assert outcome.status == "feasible" or outcome.objective == ceil(least - 1e-6)
        assert {sum(b - a for (who, _), parts in dealt.items() if who == name for a, b in parts) for name in "ab"} == {5}
        found.add(outcome.status)
    assert "optimal" in found


def test_no_roster_is_an_outcome() -> None:
    """Hours that no stretches add up to are told as infeasible."""
    odd = small_problem(classes=(Alike(("a",), 1, frozenset({"x", "y"}), SESSIONS),))
    outcome, dealt = solve_roster(odd)
    assert (outcome.status, dealt) == ("infeasible", None)


def test_seats_that_cannot_be_dealt_are_not() -> None:
    """Two officers with five half hours each cannot share stretches of two and of twice three and two."""
    problem = small_problem(classes=(Alike(("a", "b"), 5, frozenset({"x"}), SESSIONS),))
    assert deal(problem, {(0, 0, (0, 2)): 1, (0, 0, (3, 6)): 1, (0, 1, (0, 3)): 1, (0, 1, (4, 6)): 1}) is not None
    four = {(0, 0, (0, 2)): 2, (0, 0, (3, 5)): 2, (0, 1, (0, 2)): 1}
    assert sum(officers * (b - a) for (_, _, (a, b)), officers in four.items()) == 10
    assert deal(problem, four) is None


def test_broken_rules_are_named() -> None:
    """Each family of rows has its check in integers."""
    problem = small_problem()
    broken = {name.split()[0] for name in broken_rules(problem, {(0, 0, (0, 3)): 3, (1, 0, (1, 2)): 1})}
    assert broken == {"hours", "stretch", "one_stretch", "on_duty"}
    assert "holders 0 1 y" in broken_rules(problem, {(0, 0, (0, 3)): 2})


def test_the_fluid_by_hand() -> None:
    """Two officers' work in one half hour for one officer: carried, beyond the standard, some leave, the rest unserved."""
    problem = small_problem(
        load=Load((SampleDay(0, (3600, 0, 0, 0, 0, 0, 0), (600, 0, 0, 0, 0, 0, 0)),), 600, 0.5),
        pace=1.0,
        fixed={},
    )
    on_duty = {0: (1, 0, 0, 0, 0, 0)}
    left = [3600 - 1800, 900, 450, 225, 112.5, 56.25, 28.125]
    waiting = [1800 - 600, *left[1:]]
    beyond = [1200 - 600, *left[1:]]
    expected = (1800 * sum(beyond) + 0.5 * 3600 * sum(waiting) + 3600 * left[-1]) / 600
    assert fluid_s(problem, on_duty) == pytest.approx(expected, rel=1e-12)


def test_the_fitted_pace_says_what_was_simulated() -> None:
    """The fluid at the fitted pace has the simulated overload."""
    problem = small_problem()
    wanted = fluid_s(replace(problem, pace=0.83), problem.default)
    assert fitted_pace(problem, problem.default, wanted) == pytest.approx(0.83, abs=2e-3)


# -- the text of the programs -------------------------------------------------------------------------------------------


def halves() -> SecondmentProblem:
    """Three officers of two offices, two places to go, every rule in force."""
    return SecondmentProblem(
        halves=(
            Half("a1", "pa", "pb", (0, 0), 10),
            Half("a1", "pa", "pb", (0, 1), 10),
            Half("a1", "pa", "pc", (1, 0), 30),
            Half("a2", "pa", "pb", (0, 0), 12),
            Half("b1", "pb", "pc", (1, 0), 5),
        ),
        gains={("pb", (0, 0)): (0, 100, 120), ("pb", (0, 1)): (0, 60), ("pc", (1, 0)): (0, 50, 90)},
        away_half_days=1,
        most=2,
    )


def families() -> list[tuple[str, str]]:
    names = [("roster", family.__name__) for family in roster_program.FAMILIES]
    names += [("secondments", family.__name__) for family in secondment_program.FAMILIES]
    return [("roster", "objective"), ("secondments", "objective"), *names]


def written(folder: str, name: str) -> str:
    """The rows of a family, or an objective, as the LP format has them."""
    if folder == "roster":
        problem = small_problem()
        model = formulate_roster(problem)
        if name == "objective":
            return roster_program.objective(problem, model).asCplexLpAffineExpression("objective")
        rows = getattr(roster_program, name)(problem, model)
    else:
        choice = halves()
        chosen = formulate_secondments(choice)
        if name == "objective":
            return secondment_program.objective(choice, chosen).asCplexLpAffineExpression("objective")
        rows = getattr(secondment_program, name)(choice, chosen)
    return "".join(constraint.asCplexLpConstraint(row) for row, constraint in rows)


@pytest.mark.parametrize(("folder", "name"), families())
def test_family_reads_as_reviewed(folder: str, name: str) -> None:
    """Names, coefficients and bounds are those of the reviewed file."""
    path = GOLDEN / folder / f"{name}.lp"
    if os.environ.get("MOTCUA_WRITE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(folder, name), encoding="utf-8")
        pytest.skip("written anew")
    assert written(folder, name) == path.read_text(encoding="utf-8")


def test_no_family_is_missing_from_its_program() -> None:
    """Every public function that makes rows is a family with its formula, and no reviewed file is left over."""
    for module in (roster_program, secondment_program):
        makers = {
            name
            for name, function in getmembers(module, isfunction)
            if not name.startswith("_") and signature(function).return_annotation == module.Rows
        }
        assert makers == {family.__name__ for family in module.FAMILIES}
        assert all(family.__doc__ and ": " in family.__doc__ for family in module.FAMILIES)
    files = {(path.parent.name, path.stem) for folder in ("roster", "secondments") for path in (GOLDEN / folder).glob("*.lp")}
    assert files == set(families())


# -- secondments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1, 2, 5])
@pytest.mark.parametrize("away_half_days", [1, 2])
def test_secondments_are_the_best_of_all_sets(most: int, away_half_days: int) -> None:
    """Enumeration of every set of half days has none that saves more."""
    problem = replace(halves(), most=most, away_half_days=away_half_days)

    def worth(chosen: tuple[Half, ...]) -> int | None:
        if len(chosen) > most or {half.source for half in chosen} & {half.target for half in chosen}:
            return None
        for key in ("officer", "leaver"):
            rows = [(half.officer if key == "officer" else half.source, half.session) for half in chosen]
            if len(rows) > len(set(rows)):
                return None
        people = [half.officer for half in chosen]
        days = [(half.officer, half.session[0]) for half in chosen]
        if len(days) > len(set(days)) or any(people.count(name) > away_half_days for name in people):
            return None
        visitors: dict[tuple[str, tuple[int, int]], int] = {}
        for half in chosen:
            visitors[half.target, half.session] = visitors.get((half.target, half.session), 0) + 1
        if any(count >= len(problem.gains[place]) for place, count in visitors.items()):
            return None
        return sum(half.cost_s for half in chosen) - sum(problem.gains[place][count] for place, count in visitors.items())

    every = [set_ for size in range(len(problem.halves) + 1) for set_ in combinations(problem.halves, size)]
    least = min(value for chosen in every if (value := worth(chosen)) is not None)
    outcome, chosen = solve_secondments(problem)
    assert outcome.status == "optimal"
    assert outcome.objective == least == worth(tuple(chosen))


# -- scenarios ----------------------------------------------------------------------------------------------------------


def part_time(share: float = 0.6, scale: float = 1.0) -> Scenario:
    """Tiny with part-time officers and twice as many citizens in the morning."""
    tiny = load_scenario("tiny")
    people = tuple(officer.model_copy(update={"counter_share": share}) for officer in tiny.officers)
    tilted = [row.share * (4 if row.start.hour < 12 else 1) for row in tiny.arrival_profiles]
    windows = tuple(
        row.model_copy(update={"share": share / sum(tilted)}) for row, share in zip(tiny.arrival_profiles, tilted, strict=True)
    )
    demand = tiny.demand.model_copy(update={"scale": scale})
    return tiny.model_copy(update={"officers": people, "arrival_profiles": windows, "demand": demand})


CHANCE = Chance(replications=range(1), judging=1, days=5, jobs=1)


def test_placed_hours_gain_keep_the_rules_and_play_alike_in_both_engines() -> None:
    """On tiny the plan keeps every rule, its offices lose nothing when judged, and the engines agree on it."""
    scenario = part_time(scale=2.0)
    plan = place_counter_hours(scenario, "p1", chance=CHANCE)
    planned = plan.applied_to(scenario)
    assert plan.rows
    assert plan.outcome.status == "optimal"
    assert plan.simulated_after_s < plan.simulated_before_s
    assert all(one.simulated_after_s <= one.simulated_before_s for one in plan.offices)
    assert not check_roster(planned, "p1", RosterRules())
    fast, reference = (
        simulate(planned, ("p1",), days=5, replications=1, first_replication=1, jobs=1, engine=engine)
        for engine in ("fast", "reference")
    )
    assert fast.digest == reference.digest
    overload = fast.phases[0].column("overload").sum() / 1000 / fast.phases[0].days
    assert overload == pytest.approx(plan.simulated_after_s)


def test_hours_that_lose_when_judged_are_not_kept() -> None:
    """What wins on the citizens who teach and loses on those who judge is left, be it one office's or all in sum."""
    problem = small_problem()
    search = Search(problem, Simulated(5000.0, 5000.0))
    dealt = search.next(5.0)
    assert dealt is not None
    search.judge(Simulated(100.0, 5001.0), as_duty(problem, dealt))
    assert search.best is None
    other = Search(problem, Simulated(5000.0, 5000.0))
    again = other.next(5.0)
    assert again is not None
    other.judge(Simulated(100.0, 4000.0), as_duty(problem, again))
    assert (other.best is not None, other.settled) == (True, False)
    other.confirm(None)
    assert other.told().simulated_after_s == 5000.0


def test_few_days_are_made_up_for_by_replications() -> None:
    """A roster is taught and judged on some weeks at least; the verdict begins after all of them."""
    assert chance_of(1, None, None) == Chance()
    found = chance_of(1, 5, None)
    assert (5 * len(found.replications), 5 * found.judging, found.stop) == (40, 60, 20)
    assert (found.judges.replications, found.together.replications) == (range(8, 20), range(20))


def test_an_evaluator_may_be_passed_in() -> None:
    """Offices are judged by it alone: one that likes only the default keeps the default everywhere."""
    scenario = part_time(scale=2.0)
    default = duty(scenario, phase_view(scenario, "p1"))
    asked: list[str] = []

    def evaluate(office: str, hours: Duty) -> float:
        asked.append(office)
        return 600.0 if all(default[key] == parts for key, parts in hours.items()) else 900.0

    plan = place_counter_hours(scenario, "p1", evaluate=evaluate, chance=CHANCE)
    assert not plan.rows
    assert set(asked) == {"pa", "pb", "br"}
    assert {one.reason.code for one in plan.offices} <= {"R-ROSTER-002", "R-ROSTER-003"}


def test_the_recorded_run_judges_as_the_simulator_does() -> None:
    """Under the default both say the same; placed on its word, the simulator agrees that it gains."""
    scenario = part_time(scale=2.0)
    view = phase_view(scenario, "p1")
    evaluate, simulated = replayed(scenario, "p1", CHANCE), overload_of(scenario, "p1", CHANCE)
    default = duty(scenario, view)
    assert {office: evaluate(office, of_office(default, view, office)) for office in view.offices} == pytest.approx(simulated)
    plan = place_counter_hours(scenario, "p1", evaluate=evaluate, chance=CHANCE)
    assert sum(overload_of(plan.applied_to(scenario), "p1", CHANCE).values()) < sum(simulated.values())


def test_secondments_keep_the_rules_and_gain() -> None:
    """On tiny an officer of the branch helps where the queue is, hours conserved, and it simulates no worse."""
    scenario = part_time(scale=2.0)
    rules = RosterRules(max_secondments=3)
    placed = place_counter_hours(scenario, "p1", chance=CHANCE, rules=rules)
    plan = second(scenario, "p1", placed=placed, chance=CHANCE, rules=rules)
    planned = plan.applied_to(scenario)
    assert not check_roster(planned, "p1", rules)
    assert len(plan.secondments) == sum(bool(row.office) for row in plan.rows) <= 3
    assert plan.simulated_after_s <= placed.simulated_after_s + 1e-9
    nobody = second(scenario, "p1", placed=placed, chance=CHANCE)
    assert not nobody.secondments
    assert nobody.applied_to(scenario).rosters == placed.applied_to(scenario).rosters


def test_hours_of_binh_duong_are_conserved() -> None:
    """Each officer's half hours fit the share to within one, in sum those of the stagger; two offices are placed and checked."""
    scenario = load_scenario("binh-duong")
    view = phase_view(scenario, "p1")
    default = duty(scenario, view)
    for office in view.offices:
        assert not unfit(scenario, view, office)
        crew = view.crew(office)
        wanted = paid_half_hours(view, crew, default, 80)
        stood = sum(end - start for (name, _), parts in default.items() if name in crew for start, end in parts) // 30
        assert sum(wanted.values()) == stood
        assert all(abs(wanted[name] - 80 * view.officers[name].counter_share) < 1 for name in crew)
    offices = ("C25945", "C25741")
    loads = play_loads(scenario, view, offices, Chance(replications=range(1), days=10, jobs=1)).loads
    rows = []
    for office in offices:
        problem = roster_problem(scenario, view, office, loads[office], RosterRules())
        outcome, dealt = solve_roster(problem)
        assert outcome.status == "optimal"
        assert dealt is not None
        assert fluid_s(problem, counted(problem, dealt)) < fluid_s(problem, problem.default)
        rows += rows_of("p1", as_duty(problem, dealt), free_officers(scenario, view, office))
    assert not check_roster(with_rows(scenario, "p1", rows), "p1", RosterRules())


def test_offices_that_stay_open_over_lunch_keep_the_default() -> None:
    """Nothing is placed where half the crew eats in each half of the lunch break, or where all hours are written."""
    scenario = part_time()
    hours = tuple(row.model_copy(update={"lunch_halves": True}) for row in scenario.hours)
    lunch = scenario.model_copy(update={"hours": hours})
    assert unfit(lunch, phase_view(lunch, "p1"), "pa") == "R-ROSTER-005"
    rows = rows_of("p1", duty(scenario, phase_view(scenario, "p1")), {"pa-1", "pa-2", "pa-3"})
    done = with_rows(scenario, "p1", rows)
    assert unfit(done, phase_view(done, "p1"), "pa") == "R-ROSTER-003"
