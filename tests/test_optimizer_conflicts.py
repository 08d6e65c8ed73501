"""Why no plan keeps the rules: conflicts made by hand, and random ones against enumeration and against the program itself."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import combinations
from math import ceil
from typing import Any

import numpy as np
import pytest
from test_optimizer_brute import alone, random_problem, staffings
from test_optimizer_phases import joint_problem
from test_optimizer_scenarios import any_curves, at_home

from optimizer import staffing_problem
from optimizer.conflicts import WEIGHTS, Conflict, NamedRule, conflict_among, find_conflict, smallest
from optimizer.narrowing import apart
from optimizer.problem import PhaseProblem, Rules, StaffClass, StaffingProblem, Target, Wishes
from optimizer.solve import Staffing, comers, crew_breaches, solve
from optimizer.why_not import impossible_wishes
from scenarios.schema import Scenario
from sim import Curve

ASKED = ("minimum_crew", "holders", "counters", "level", "none_worse_than", "mix")


def two_offices(
    crews: tuple[int, int] = (2, 2),
    minimum: tuple[int, int] = (0, 0),
    room: tuple[int, int] = (9, 9),
    holders: tuple[int, int] = (0, 0),
    fields: Collection[str] = ("a-0", "a-1", "b-0", "b-1"),
    max_moves: int = 9,
) -> PhaseProblem:
    """Offices `a` and `b`; everyone may serve at both; those named hold the field `f`."""
    offices = ("a", "b")
    classes = tuple(
        StaffClass(
            home,
            (f"{home}-{number}",),
            1000,
            frozenset({"f"} if f"{home}-{number}" in fields else ()),
            tuple(Target(office, "commune", 0, 5000 * (office != home)) for office in offices),
        )
        for home, size in zip(offices, crews, strict=True)
        for number in range(size)
    )
    rules = {
        office: Rules(minimum[n], 1000 * room[n], (("f", holders[n]),) if holders[n] else ()) for n, office in enumerate(offices)
    }
    curves = {(office, "commune"): {crew: 600 * (9 - crew) for crew in range(9)} for office in offices}
    return PhaseProblem("p", classes, rules, curves, dict(zip(curves, crews, strict=True)), max_moves)


def conflict(phase: PhaseProblem, wishes: Wishes) -> Conflict | None:
    return conflict_among(alone(phase), wishes)


def rules_of(found: Conflict | None) -> set[tuple[str, str]]:
    """Kind, and whom or what it is about."""
    assert found is not None and found.proven
    return {(rule.kind, rule.officer or rule.office or rule.phase) for rule in found.rules}


def given_up(found: Conflict | None) -> dict[tuple[str, str], int]:
    assert found is not None
    return {(rule.kind, rule.officer or rule.office or rule.phase): amount for rule, amount in found.relaxed}


def wanted(*pairs: tuple[str, str], pinned: Iterable[str] = (), forbidden: Iterable[tuple[str, str]] = ()) -> Wishes:
    return Wishes(frozenset(pinned), frozenset(forbidden), frozenset(pairs))


def test_rules_that_have_a_plan_are_no_conflict() -> None:
    """Nothing asked, and something asked that can be."""
    assert conflict(two_offices(), Wishes()) is None
    assert conflict(two_offices(minimum=(1, 1), max_moves=1), wanted(("a-0", "b"))) is None


def test_two_wishes_and_a_cap_of_one_move() -> None:
    """One more move is the cheapest way out."""
    found = conflict(two_offices(max_moves=1), wanted(("a-0", "b"), ("b-0", "a")))
    assert rules_of(found) == {("few_moves", "p"), ("wanted", "a-0"), ("wanted", "b-0")}
    assert given_up(found) == {("few_moves", "p"): 1}
    assert found is not None and found.weight == WEIGHTS["few_moves"]


def test_a_wish_against_a_minimum_crew() -> None:
    """Both of `a` are wanted elsewhere and nobody may come; one officer short of two is cheaper than a wish given up."""
    wishes = wanted(("a-0", "b"), pinned=("b-0", "b-1"))
    found = conflict(two_offices(minimum=(2, 0)), wishes)
    assert rules_of(found) == {("minimum_crew", "a"), ("wanted", "a-0"), ("pinned", "b-0"), ("pinned", "b-1")}
    assert given_up(found) == {("minimum_crew", "a"): 1}


def test_weights_decide_what_is_given_up() -> None:
    """The same conflict with a cheap wish."""
    wishes = wanted(("a-0", "b"), pinned=("b-0", "b-1"))
    found = conflict_among(alone(two_offices(minimum=(2, 0))), wishes, weights={**WEIGHTS, "wanted": 5})
    assert given_up(found) == {("wanted", "a-0"): 1}


def test_an_officer_pinned_and_wanted() -> None:
    """Two wishes alone clash; so do wanting and forbidding, and wanting one officer in two places."""
    assert rules_of(conflict(two_offices(), wanted(("a-0", "b"), pinned=("a-0",)))) == {("pinned", "a-0"), ("wanted", "a-0")}
    twice = conflict(two_offices(), wanted(("a-0", "b"), forbidden=(("a-0", "b"),)))
    assert rules_of(twice) == {("forbidden", "a-0"), ("wanted", "a-0")}
    both = conflict(two_offices(), wanted(("a-0", "b"), ("a-0", "a")))
    assert both is not None
    assert [(rule.kind, rule.office) for rule in both.rules] == [("wanted", "a"), ("wanted", "b")]


def test_no_counter_is_free_for_the_one_wanted() -> None:
    """Two counters at `b` and two officers who must stay."""
    found = conflict(two_offices(room=(9, 2)), wanted(("a-0", "b"), pinned=("b-0", "b-1")))
    assert rules_of(found) == {("counters", "b"), ("pinned", "b-0"), ("pinned", "b-1"), ("wanted", "a-0")}
    assert given_up(found) == {("counters", "b"): 1}


def test_the_last_holder_is_wanted_elsewhere() -> None:
    """Nobody else holds the field; the others of the crew are no part of the conflict."""
    found = conflict(two_offices(holders=(1, 0), fields=("a-0",)), wanted(("a-0", "b")))
    assert rules_of(found) == {("holders", "a"), ("wanted", "a-0")}
    assert given_up(found) == {("holders", "a"): 1}


def test_kilometers_and_the_worst_office() -> None:
    """Ten kilometers are asked for where eight are allowed: two wishes, the cap is given up by two."""
    phase = replace(two_offices(), max_commute_m=8000)
    found = conflict(phase, wanted(("a-0", "b"), ("a-1", "b"), pinned=("b-0", "b-1")))
    assert rules_of(found) == {("few_kilometers", "p"), ("wanted", "a-0"), ("wanted", "a-1")}
    assert given_up(found) == {("few_kilometers", "p"): 2}
    worst = conflict(replace(two_offices(), max_overload_s=600), wanted(("a-0", "b"), pinned=("b-0", "b-1")))
    assert ("none_worse_than", "a") in rules_of(worst)
    assert given_up(worst) == {("none_worse_than", "a"): 10}


def test_the_smallest_part_is_irreducible_whatever_clashes() -> None:
    """On random families of clashing sets the part found is one that clashes, and none of its own parts does."""
    for seed in range(60):
        rng = np.random.default_rng([8, seed])
        rules = [NamedRule("wanted", officer=f"{n:02}") for n in range(int(rng.integers(1, 20)))]
        clashes = [
            set(rng.choice(len(rules), size=int(rng.integers(1, min(5, len(rules)) + 1)), replace=False)) for _ in range(3)
        ]

        def has_plan(kept: Iterable[NamedRule], clashes: list[set[int]] = clashes) -> bool:
            numbers = {int(rule.officer) for rule in kept}
            return not any(clash <= numbers for clash in clashes)

        found = smallest(rules, has_plan)
        assert not has_plan(found)
        assert all(has_plan([rule for rule in found if rule != left]) for left in found)


# -- against enumeration -------------------------------------------------------------------------------------------


def random_wishes(phase: PhaseProblem, seed: int) -> Wishes:
    """Some officers pinned, forbidden or wanted somewhere."""
    rng = np.random.default_rng([21, seed])
    pairs = [(one.officers[0], target.office) for one in phase.classes for target in one.targets]
    chosen = [pairs[int(number)] for number in rng.integers(0, len(pairs), 4)]
    return Wishes(
        frozenset(officer for officer, _ in chosen[:1] if rng.random() < 0.5),
        frozenset(chosen[1:2]),
        frozenset(chosen[2:]),
    )


def violations(phase: PhaseProblem, wishes: Wishes, staffing: Staffing) -> dict[tuple[str, str, str, str], int]:
    """What a staffing breaks, told again: kind, office, group or field, officer → units."""
    found: dict[tuple[str, str, str, str], int] = {}
    for breach in crew_breaches(phase, staffing[0]):
        if breach.rule in ASKED:
            units = {"counters": 1000, "none_worse_than": 60}.get(breach.rule, 1)
            found[breach.rule, breach.office, breach.group + breach.field, ""] = ceil(abs(breach.found - breach.limit) / units)
    moves = sum(comers(alone(phase), staffing, 0).values())
    if moves > phase.max_moves:
        found["few_moves", "", "", ""] = moves - phase.max_moves
    where = {phase.classes[rank].officers[0]: office for rank, office in staffing[0].people}
    targets = {one.officers[0]: {target.office for target in one.targets} for one in phase.classes}
    homes = {one.officers[0]: one.home for one in phase.classes}
    found |= {("pinned", "", "", name): 1 for name in wishes.pinned if where[name] != homes[name]}
    found |= {("forbidden", office, "", name): 1 for name, office in wishes.forbidden if where[name] == office != homes[name]}
    found |= {
        ("wanted", office, "", name): 1 for name, office in wishes.wanted if where[name] != office and office in targets[name]
    }
    return found


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_conflicts_are_those_that_enumeration_finds(first: int) -> None:
    """On random problems: none where there is a plan; else irreducible, and relaxed at the least weight of all staffings."""
    conflicts = 0
    for seed in range(first, first + 30):
        phase = random_problem(seed)
        wishes = random_wishes(phase, seed)
        named = {officer for one in phase.classes for officer in one.officers}
        phase = apart(alone(phase), named).phases[0]
        broken = [violations(phase, wishes, staffing) for staffing in staffings(phase)]
        found = conflict(phase, wishes)
        assert (found is None) == any(not each for each in broken), seed
        if found is None:
            continue
        conflicts += 1
        keys = {(rule.kind, rule.office, rule.group + rule.field, rule.officer) for rule in found.rules}
        assert len(keys) == len(found.rules)
        assert all(keys & each.keys() for each in broken), seed
        for left in keys:
            assert any(not (keys - {left}) & each.keys() for each in broken), (seed, left)
        least = min(sum(WEIGHTS[key[0]] * amount for key, amount in each.items()) for each in broken)
        assert found.weight == least == sum(WEIGHTS[rule.kind] * amount for rule, amount in found.relaxed), seed
    assert conflicts > 5


# -- against the program of several phases -------------------------------------------------------------------------


def only(problem: StaffingProblem, rules: Collection[NamedRule]) -> StaffingProblem:
    """The problem with no other rules than these: the others loosened in the problem itself."""
    return replace(problem, phases=tuple(_loosened(phase, rules) for phase in problem.phases))


def _loosened(phase: PhaseProblem, rules: Collection[NamedRule]) -> PhaseProblem:
    def kept(kind: str, office: str = "", group: str = "", field: str = "") -> bool:
        known = {(rule.kind, rule.phase, rule.office, rule.group, rule.field) for rule in rules}
        return (kind, phase.phase, office, group, field) in known

    def level(place: tuple[str, str], curve: dict[int, int]) -> dict[int, int]:
        return curve if kept("level", *place) else {crew: curve.get(crew, 0) for crew in range(12)}

    offices = {
        office: Rules(
            rule.minimum_crew if kept("minimum_crew", office) else 0,
            rule.room_pm if kept("counters", office) else 99_000,
            tuple((field, fewest if kept("holders", office, "", field) else 0) for field, fewest in rule.holders),
            rule.premises,
        )
        for office, rule in phase.offices.items()
    }
    return replace(
        phase,
        offices=offices,
        curves={place: level(place, curve) for place, curve in phase.curves.items()},
        mix={
            place: tuple((name, before) for name, before in held if kept("mix", *place, name))
            for place, held in phase.mix.items()
        },
        home={place: phase.home_size(place) for place in phase.curves},
        max_moves=phase.max_moves if kept("few_moves") else 99,
        max_commute_m=phase.max_commute_m if kept("few_kilometers") else None,
        max_overload_s=None,
    )


def test_without_any_rule_of_a_conflict_the_others_have_a_plan() -> None:
    """On random problems of several phases the program of the conflict alone has no plan, and that of any less has one."""
    conflicts = 0
    for seed in range(400):
        problem = joint_problem(seed)
        if any(phase.max_overload_s is not None for phase in problem.phases) or solve(problem)[1] is not None:
            continue
        found = conflict_among(problem)
        assert found is not None and found.proven, seed
        assert solve(only(problem, found.rules))[0].status == "infeasible", seed
        for left in found.rules:
            fewer = [rule for rule in found.rules if rule != left]
            assert solve(only(problem, fewer))[1] is not None, (seed, left)
        conflicts += 1
        if conflicts == 25:
            break
    assert conflicts > 10


def test_every_part_of_two_clashing_wishes() -> None:
    """Parts of the rules that clash have a plan each, as `conflict_among` itself says of smaller wishes."""
    pairs = [("a-0", "b"), ("b-0", "a")]
    for some in (combination for size in range(2) for combination in combinations(pairs, size)):
        assert conflict(two_offices(max_moves=1), wanted(*some)) is None


# -- whole scenarios -----------------------------------------------------------------------------------------------


def test_wishes_on_whole_scenarios_clash_exactly_where_the_program_has_no_plan() -> None:
    """Random wishes, caps on moves and kilometers: a conflict is found where the program is infeasible, and only there."""
    clashes = agreed = 0
    for number in range(60):
        scenario = at_home(number)
        curves = {"p1": any_curves(scenario, "p1", number, range(-4, 5))}
        rng = np.random.default_rng([3, number])
        (phase,) = staffing_problem(scenario, curves).phases
        pairs = [(one.officers[0], target.office) for one in phase.classes for target in one.targets if target.office != one.home]
        if not pairs:
            continue
        wanted = dict(pairs[int(place)] for place in rng.integers(0, len(pairs), 3))
        pinned = {one.officers[0] for one in phase.classes if rng.random() < 0.5} - wanted.keys()
        wishes = Wishes(frozenset(pinned), frozenset(), frozenset(wanted.items()))
        assert impossible_wishes(scenario, ("p1",), wishes) == ()
        rules: dict[str, Any] = {"max_moves": int(rng.integers(1, 5)), "max_commute_km": float(rng.integers(0, 60))}
        problem = staffing_problem(scenario, curves, wishes=wishes, **rules)
        outcome, staffing = solve(problem)
        found = find_conflict(scenario, problem, wishes)
        assert (found is None) == (outcome.status == "optimal"), number
        clashes, agreed = clashes + (found is not None), agreed + (found is None)
        if found is None:
            assert staffing is not None
            continue
        relaxed = relaxed_by(scenario, curves, wishes, rules, found)
        assert solve(relaxed)[1] is not None, number
    assert clashes > 10
    assert agreed > 5


def relaxed_by(
    scenario: Scenario, curves: dict[str, tuple[Curve, ...]], wishes: Wishes, rules: dict[str, Any], found: Conflict
) -> StaffingProblem:
    """The problem made again with what the relaxation gives in."""
    given = {(rule.kind, rule.officer, rule.office, rule.field): amount for rule, amount in found.relaxed}
    kept = Wishes(
        frozenset(name for name in wishes.pinned if ("pinned", name, "", "") not in given),
        frozenset(),
        frozenset(pair for pair in wishes.wanted if ("wanted", *pair, "") not in given),
    )
    more = {
        "max_moves": rules["max_moves"] + given.get(("few_moves", "", "", ""), 0),
        "max_commute_km": rules["max_commute_km"] + given.get(("few_kilometers", "", "", ""), 0),
    }
    problem = staffing_problem(scenario, curves, wishes=kept, **more)
    (phase,) = problem.phases
    offices = {
        office: replace(
            rule,
            minimum_crew=rule.minimum_crew - given.get(("minimum_crew", "", office, ""), 0),
            room_pm=rule.room_pm + 1000 * given.get(("counters", "", office, ""), 0),
            holders=tuple((name, fewest - given.get(("holders", "", office, name), 0)) for name, fewest in rule.holders),
        )
        for office, rule in phase.offices.items()
    }
    mixed = {(office, field) for kind, _, office, field in given if kind == "mix"}
    mix = {
        place: tuple((name, before) for name, before in held if (place[0], name) not in mixed)
        for place, held in phase.mix.items()
    }
    return replace(problem, phases=(replace(phase, offices=offices, mix=mix),))


def test_officers_wanted_elsewhere_count_the_way_beyond_that_from_home() -> None:
    """A cap of no kilometers lets an officer go where the way is no longer than from home."""
    target = Target("b", "commune", 0, 7000)
    home = Target("a", "commune", 0, 7000)
    phase = replace(two_offices(), max_commute_m=0)
    first = replace(phase.classes[0], targets=(target,), left=home)
    outcome, _ = solve(alone(replace(phase, classes=(first, *phase.classes[1:]))))
    assert outcome.status == "optimal"
    far = replace(first, left=replace(home, commute_m=6999))
    assert solve(alone(replace(phase, classes=(far, *phase.classes[1:]))))[0].status == "infeasible"
