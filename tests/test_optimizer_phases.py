"""The program of several phases against enumeration person by person, with rules and costs written a second time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pulp
import pytest
from numpy.typing import NDArray

from optimizer import highs
from optimizer import solve as solving
from optimizer.problem import Allowance, Option, PhaseProblem, Place, Post, Rules, StaffClass, StaffingProblem, Target
from optimizer.solve import Finish, PhaseStaffing, broken_rules, cost, run_highs, solve, solve_with_cbc, today

FIELDS = ("a", "b")
RULES = (
    "minimum_crew", "holders", "mix", "counters", "premises", "few_moves", "few_kilometers", "none_worse_than",
    "allowance", "kept",
)  # fmt: skip
K = TypeVar("K")
NEVER = 10**12  #: a cost that no plan has
Seats = tuple[str, ...]  #: office of each officer, in the order of the classes


# -- random problems ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of officers over the phases."""

    officers: tuple[str, ...]
    home: str
    group: str
    share_pm: int
    fields: frozenset[str]
    shift: str
    serves: range  #: phases


@cache
def joint_problem(number: int) -> StaffingProblem:
    """Two phases, or three, of two or three offices that may merge; up to four officers, things to add, rules that may clash."""
    rng = np.random.default_rng([31, number])
    n_phases = 3 if number % 10 == 0 else 2
    offices = [f"o{n}" for n in range(int(rng.integers(2, 4)))]
    stands, into = [offices], []
    for _ in range(n_phases - 1):
        last = stands[-1]
        merges = len(last) > 1 and rng.random() < 0.6
        into.append({office: last[0] if merges and office == last[-1] else office for office in last})
        stands.append(last[:-1] if merges else last)
    kinds = _kinds(rng, offices, n_phases)
    convex = bool(rng.random() < 0.5)
    phases = tuple(_phase(rng, step, stands[step], kinds, into[:step], convex) for step in range(n_phases))
    if number % 4 == 3:
        phases = tuple(_crowding(rng, phase) for phase in phases)
    return StaffingProblem(phases, tuple(into), _allowance(rng), "total" if rng.random() < 0.3 else "weighted")


def _kinds(rng: np.random.Generator, offices: list[str], n_phases: int) -> list[Kind]:
    kinds: list[Kind] = []
    left = int(rng.integers(2, 5))
    while left:
        size = int(rng.integers(1, min(2, left) + 1))
        left -= size
        kinds.append(
            Kind(
                officers=tuple(f"{len(kinds)}-{n}" for n in range(size)),
                home=str(rng.choice(offices)),
                group="district" if rng.random() < 0.2 else "commune",
                share_pm=int(rng.choice([500, 700, 1000])),
                fields=frozenset(field for field in FIELDS if rng.random() < 0.7),
                shift=str(rng.choice(["full", "full", "full", "morning", "afternoon"])),
                serves=_some(rng, n_phases),
            )
        )
    return kinds


def _some(rng: np.random.Generator, n_phases: int) -> range:
    """Nearly always every phase; else all but the first or all but the last."""
    chance = rng.random()
    return range(1, n_phases) if chance < 0.12 else range(n_phases - 1) if chance < 0.24 else range(n_phases)


def _allowance(rng: np.random.Generator) -> Allowance:
    posts = int(rng.choice([0, 0, 1, 2]))
    postal, rented, bought, doors = (int(rng.choice([0, 0, 1])) for _ in range(4))
    return Allowance(posts, postal, rented, bought, (("door", doors),))


def _phase(
    rng: np.random.Generator, number: int, offices: list[str], kinds: list[Kind], into: list[dict[str, str]], convex: bool
) -> PhaseProblem:
    def now(office: str) -> str:
        for step in into:
            office = step[office]
        return office

    places = [(office, "commune") for office in offices]
    places += [("o0", "district")] if any(kind.group == "district" and now(kind.home) == "o0" for kind in kinds) else []
    classes = []
    for kind in kinds:
        if number not in kind.serves:
            continue
        home = now(kind.home)
        away = [office for office, group in places if group == kind.group and office != home and rng.random() < 0.8]
        targets = [Target(home, kind.group if (home, kind.group) in places else "", 0, int(rng.integers(0, 9)))]
        targets += [Target(office, kind.group, int(rng.integers(0, 200)), int(rng.integers(0, 30))) for office in away]
        came = str(rng.choice([target.office for target in targets])) if number == 0 and rng.random() < 0.3 else ""
        one = StaffClass(home, kind.officers, kind.share_pm, kind.fields, tuple(targets), kind.shift, came)
        classes.append(replace(one, learning_s=int(rng.choice([0, 60, 300]))))
    home_crew = {
        place: [one for one in classes for _ in one.officers if (one.home, one.targets[0].group) == place] for place in places
    }
    base = {place: max(0, len(crew) + int(rng.choice([-1, 1])) * (rng.random() < 0.15)) for place, crew in home_crew.items()}
    curves = _curves(rng, base, convex)
    mixed = {
        place: tuple((field, sum(field in one.fields for one in crew)) for field in FIELDS)
        for place, crew in home_crew.items()
        if rng.random() < 0.5
    }
    return PhaseProblem(
        phase=f"p{number + 1}",
        classes=tuple(classes),
        offices={office: _rules(rng, office, classes) for office in offices},
        curves=curves,
        base=base,
        max_moves=int(rng.integers(0, 5)),
        mix=mixed,
        days=int(rng.integers(1, 4)),
        move_price_s=int(rng.choice([0, 20, 100])),
        max_commute_m=int(rng.integers(0, 25)) if rng.random() < 0.4 else None,
        max_overload_s=int(rng.integers(0, 2000)) if rng.random() < 0.4 else None,
        posts={place: Post(int(rng.choice([600, 1000])), bool(rng.random() < 0.6)) for place, crew in home_crew.items() if crew},
        post_price_s=int(rng.choice([0, 100, 400])),
        counter_price_s=int(rng.choice([0, 50])),
        options=tuple(Option("door", office, int(rng.integers(-300, 50))) for office in offices if rng.random() < 0.5),
        home={place: len(crew) for place, crew in home_crew.items() if len(crew) != base[place]},
    )


def _crowding(rng: np.random.Generator, phase: PhaseProblem) -> PhaseProblem:
    """The phase with room for everyone at `o0`, where each officer is worth much, and only the mix of fields in the way."""
    worth = {place: 900 if place[0] == "o0" else 30 for place in phase.curves}
    return replace(
        phase,
        offices={office: replace(rules, minimum_crew=0, holders=(), room_pm=6000) for office, rules in phase.offices.items()},
        curves={
            place: {level: 5000 + (phase.base[place] - level) * worth[place] for level in range(phase.base[place] + 6)}
            for place in phase.curves
        },
        mix={
            place: tuple((field, int(rng.integers(1, 1 + phase.home_size(place)))) for field in FIELDS)
            for place in phase.curves
            if phase.home_size(place)
        },
        max_moves=4,
    )


def _curves(rng: np.random.Generator, base: dict[Place, int], convex: bool) -> dict[Place, dict[int, int]]:
    """Curves about the bases; the groups of one office agree on the office at its base crews."""
    curves = {}
    for place, crew in base.items():
        levels = range(max(0, crew - 2), crew + int(rng.integers(2, 5)))
        if convex:
            saved = sorted((int(rng.integers(-100, 900)) for _ in levels), reverse=True)
            heights = [2500 - sum(saved[:step]) for step in range(len(levels))]
        else:
            heights = [int(rng.integers(0, 3000)) for _ in levels]
        curves[place] = dict(zip(levels, heights, strict=True))
    if ("o0", "district") in curves:
        shift = curves["o0", "commune"][base["o0", "commune"]] - curves["o0", "district"][base["o0", "district"]]
        curves["o0", "district"] = {level: height + shift for level, height in curves["o0", "district"].items()}
    return curves


def _rules(rng: np.random.Generator, office: str, classes: list[StaffClass]) -> Rules:
    today = [one for one in classes for _ in one.officers if one.home == office]
    minimum, room = int(rng.integers(0, 3)), int(rng.integers(1, 4)) * 1000
    holders = {field: int(rng.integers(0, 2)) for field in FIELDS}
    if rng.random() < 0.85:
        minimum = min(minimum, len(today))
        room = max(room, on_duty_at_most([(one.shift, one.share_pm) for one in today]))
        holders = {field: min(fewest, sum(field in one.fields for one in today)) for field, fewest in holders.items()}
    return Rules(minimum, room, tuple(holders.items()), premises=int(rng.integers(0, 3)))


# -- enumeration ----------------------------------------------------------------------------------------------------


def on_duty_at_most(people: list[tuple[str, int]]) -> int:
    """Counters per mille for those of whole days and, whole ones, for the fuller half of the day; by shift and share."""
    sums = [sum(share for shift, share in people if shift == asked) for asked in ("full", "morning", "afternoon")]
    return sums[0] + max(-(-half // 1000) * 1000 for half in sums[1:])


@dataclass(frozen=True, slots=True)
class Added:
    """What is added in a phase."""

    posts: dict[Place, int]
    postal: dict[Place, int]
    rented: dict[str, int]
    bought: dict[str, int]
    options: tuple[int, ...]

    def staff(self, place: Place) -> int:
        return self.posts.get(place, 0) + self.postal.get(place, 0)


def everyone(phase: PhaseProblem) -> list[tuple[str, StaffClass]]:
    """Officers by name with their class."""
    return [(name, one) for one in phase.classes for name in one.officers]


def seatings(phase: PhaseProblem) -> list[Seats]:
    """Every officer at every office open to them."""
    return list(product(*([target.office for target in one.targets] for _, one in everyone(phase))))


def shared(keys: list[K], most: int) -> list[dict[K, int]]:
    """Every way of sharing out so many or fewer."""
    ways = (counts for counts in product(range(most + 1), repeat=len(keys)) if sum(counts) <= most)
    return [{key: count for key, count in zip(keys, counts, strict=True) if count} for counts in ways]


def additions(phase: PhaseProblem, allowed: Allowance, without: str) -> list[Added]:
    """Everything that may be added, within the allowance."""
    more = int(without == "allowance")
    room = [office for office, rules in phase.offices.items() if rules.premises > 0 or without == "premises"]
    postal = [place for place, post in phase.posts.items() if post.postal]
    doors = dict(allowed.options).get("door", 0)
    ranks = [taken for taken in product((0, 1), repeat=len(phase.options)) if sum(taken) <= (doors + more if doors else 0)]
    ways = product(
        shared(list(phase.posts), allowed.posts + (more if allowed.posts else 0)),
        shared(postal, allowed.postal_posts),
        shared(room, allowed.rented),
        shared(room, allowed.bought),
    )
    return [
        Added(posts, others, rented, bought, tuple(rank for rank, one in enumerate(taken) if one))
        for posts, others, rented, bought in ways
        for taken in ranks
        if without == "premises"
        or all(rented.get(office, 0) + bought.get(office, 0) <= phase.offices[office].premises for office in room)
    ]


def own_cost(phase: PhaseProblem, seats: Seats, added: Added, weighted: bool, without: str) -> int:
    """Cost of a phase by itself, over its days; NEVER where it breaks a rule."""
    people = list(zip(everyone(phase), seats, strict=True))
    group = {(id(one), target.office): target.group for one in phase.classes for target in one.targets}
    crews = {
        place: [one for (_, one), seat in people if (seat, group[id(one), seat]) == place]
        for place in phase.curves
    }  # fmt: skip
    size = {place: len(crew) + added.staff(place) for place, crew in crews.items()}
    if not all(count in phase.curves[place] for place, count in size.items()):
        return NEVER
    if not all(
        (without == rule or kept)
        for rule, kept in (
            ("minimum_crew", all(sum(seat == j for seat in seats) >= rules.minimum_crew for j, rules in phase.offices.items())),
            ("holders", _held(phase, people)),
            ("mix", _mixed(phase, crews)),
            ("counters", _seated(phase, people, added)),
            ("few_kilometers", _near(phase, people)),
        )
    ):
        return NEVER
    overload = 0
    for office in phase.offices:
        places = [place for place in phase.curves if place[0] == office]
        now = sum(phase.curves[place][size[place]] for place in places)
        home = [
            phase.curves[place].get(phase.home.get(place, phase.base[place]), phase.curves[place][phase.base[place]])
            for place in places
        ]
        limit = phase.max_overload_s
        if limit is not None and without != "none_worse_than" and now > max(limit, sum(home)):
            return NEVER
        overload += now
    overload += sum(phase.options[rank].change_s for rank in added.options)
    if not weighted:
        return phase.days * overload
    commuting = sum(target.price_s for (_, one), seat in people for target in one.targets if target.office == seat)
    posts = sum(added.posts.values()) + sum(added.postal.values())
    counters = sum(added.rented.values()) + sum(added.bought.values())
    return phase.days * (overload + commuting + posts * phase.post_price_s + counters * phase.counter_price_s)


People = list[tuple[tuple[str, StaffClass], str]]


def _held(phase: PhaseProblem, people: People) -> bool:
    return all(
        sum(field in one.fields for (_, one), seat in people if seat == office) >= fewest
        for office, rules in phase.offices.items()
        for field, fewest in rules.holders
    )


def _mixed(phase: PhaseProblem, crews: dict[Place, list[StaffClass]]) -> bool:
    """At least the share of holders of home, less one officer; posts aside."""
    for place, held in phase.mix.items():
        home = phase.home.get(place, phase.base[place])
        for field, before in held:
            if (sum(field in one.fields for one in crews[place]) + 1) * home < before * len(crews[place]):
                return False
    return True


def _seated(phase: PhaseProblem, people: People, added: Added) -> bool:
    for office, rules in phase.offices.items():
        shares = [(one.shift, one.share_pm) for (_, one), seat in people if seat == office]
        posts = [place for place in phase.curves if place[0] == office for _ in range(added.staff(place))]
        shares += [("full", phase.posts[place].share_pm) for place in posts]
        room = rules.room_pm + 1000 * (added.rented.get(office, 0) + added.bought.get(office, 0))
        if on_duty_at_most(shares) > room:
            return False
    return True


def _near(phase: PhaseProblem, people: People) -> bool:
    metres = 0
    for (_, one), seat in people:
        ways = {target.office: target.commute_m for target in one.targets}
        metres += ways[seat] - ways[one.home]
    return phase.max_commute_m is None or metres <= phase.max_commute_m


def change_costs(problem: StaffingProblem, number: int, before: list[Seats], now: list[Seats], without: str) -> NDArray[np.int64]:
    """What changes of office cost from each seating of the phase before to each of a phase; NEVER where they are too many."""
    phase = problem.phases[number]
    earlier = {name: place for place, (name, _) in enumerate(everyone(problem.phases[number - 1]))} if number else {}
    found = np.full((len(before), len(now)), NEVER, np.int64)
    for row, then in enumerate(before):
        starts = [
            problem.into[number - 1][then[earlier[name]]] if name in earlier else one.came or one.home
            for name, one in everyone(phase)
        ]
        for column, seats in enumerate(now):
            moved = [one for (_, one), start, seat in zip(everyone(phase), starts, seats, strict=True) if start != seat]
            if len(moved) <= phase.max_moves or without == "few_moves":
                prices = (phase.days * phase.move_price_s + one.learning_s for one in moved)
                found[row, column] = sum(prices) if problem.objective == "weighted" else len(moved)
    return found


def stays(into: dict[str, str], then: Added, now: Added) -> bool:
    """Posts and bought counters of the phase before are there still."""
    for before, after in ((then.posts, now.posts), (then.postal, now.postal)):
        held: Counter[Place] = Counter()
        for (office, group), count in before.items():
            held[into[office], group] += count
        if any(after.get(place, 0) < count for place, count in held.items()):
            return False
    bought: Counter[str] = Counter()
    for office, count in then.bought.items():
        bought[into[office]] += count
    return all(now.bought.get(office, 0) >= count for office, count in bought.items())


def best_of(problem: StaffingProblem, without: str = "") -> int | None:
    """The least cost over every seating and every addition of each phase, phase after phase; one rule may be left out."""
    weighted = problem.objective == "weighted"
    value = np.zeros((1, 1), np.int64)  # by seating and addition of the phase before
    seats_before: list[Seats] = [()]
    added_before: list[Added] = []
    for number, phase in enumerate(problem.phases):
        seats, added = seatings(phase), additions(phase, problem.allowance, without)
        own = np.array([[own_cost(phase, one, more, weighted, without) for more in added] for one in seats], np.int64)
        if number:
            into = dict(problem.into[number - 1])
            linked = np.array([[without == "kept" or stays(into, then, now) for now in added] for then in added_before])
            carried = np.where(linked[None], value[:, :, None], NEVER).min(axis=1)
        else:
            carried = np.repeat(value, len(added), axis=1)
        changes = change_costs(problem, number, seats_before, seats, without)
        value = own + np.minimum(NEVER, (carried[:, None, :] + changes[:, :, None]).min(axis=0))
        value = np.minimum(value, NEVER)
        seats_before, added_before = seats, added
    least = int(value.min())
    return None if least >= NEVER // 2 else least


@cache
def best_of_numbered(number: int) -> int | None:
    """The least cost of a random problem, under every rule."""
    return best_of(joint_problem(number))


# -- what is proven -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 600, 30))
def test_program_finds_what_enumeration_finds_over_the_phases(first: int) -> None:
    """On 600 small problems the proven optimum is the enumerated one; infeasible means that there is none."""
    for number in range(first, first + 30):
        problem = joint_problem(number)
        best = best_of_numbered(number)
        outcome, staffing = solve(problem)
        if best is None:
            assert (outcome.status, staffing) == ("infeasible", None), number
        else:
            assert (outcome.status, outcome.objective, outcome.gap) == ("optimal", best, 0.0), number
            assert staffing is not None and (broken_rules(problem, staffing), cost(problem, staffing)) == ((), best)


def test_problems_are_of_every_kind() -> None:
    """Mergers, three phases, newcomers, both objectives and each thing to add are in many problems and in many optima."""
    seen: Counter[str] = Counter()
    for number in range(300):
        problem = joint_problem(number)
        _, staffing = solve(problem)
        seen["none"] += staffing is None
        if staffing is None:
            continue
        seen["merger"] += any(office != host for step in problem.into for office, host in step.items())
        seen["three"] += len(problem.phases) == 3
        seen["newcomers"] += any(len(problem.before(n)) < len(problem.phases[n].classes) for n in range(1, len(problem.phases)))
        seen["came"] += any(one.came not in ("", one.home) for one in problem.phases[0].classes)
        seen[problem.objective] += 1
        seen["moves in the second phase"] += bool(solving.comers(problem, staffing, 1))
        seen["moves but no more"] += bool(solving.comers(problem, staffing, 0)) and not solving.comers(problem, staffing, 1)
        for kind in ("posts", "postal", "rented", "bought", "options"):
            seen[kind] += any(bool(getattr(part, kind)) for part in staffing)
    assert len(seen) == 14 and min(seen.values()) >= 15, seen


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_decides_some_problem(rule: str) -> None:
    """Without any one rule the optimum of some problems would differ, so the enumeration sees each of them."""
    changed = [number for number in range(150) if best_of(joint_problem(number), rule) != best_of_numbered(number)]
    assert len(changed) >= 3, changed


def test_a_second_solver_agrees_over_the_phases() -> None:
    """CBC finds plans of the same cost, or none, on 50 problems."""
    for number in range(50):
        problem = joint_problem(number)
        ours, theirs = solve(problem)[0], solve_with_cbc(problem)[0]
        assert (ours.objective, ours.status == "infeasible") == (theirs.objective, theirs.status == "infeasible"), number


# -- the kernel -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every program is solved in kernels; how the rest ended at each reach of each kernel, and "split" for each branching."""
    found: list[list[str]] = []
    in_kernel, solve_rest, split = highs.finish_in_kernel, highs._solve_rest, highs._split

    def begun(*given: Any) -> tuple[Finish, highs.Numbers | None] | None:
        found.append([])
        return in_kernel(*given)

    def parted(*given: Any) -> Any:
        sides = split(*given)
        found.extend([["split"]] if sides is not None else [])
        return sides

    def solved(*given: Any) -> tuple[Finish, highs.Numbers | None]:
        ended = solve_rest(*given)
        found[-1].append(ended[0].status)
        return ended

    monkeypatch.setattr(highs, "KERNEL_FROM", 0)
    monkeypatch.setattr(solving, "KERNEL_FROM", 0)
    monkeypatch.setattr(highs, "finish_in_kernel", begun)
    monkeypatch.setattr(highs, "_split", parted)
    monkeypatch.setattr(highs, "_solve_rest", solved)
    return found


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("first", range(0, 200, 50))
def test_the_kernel_finds_what_enumeration_finds(
    monkeypatch: pytest.MonkeyPatch, ways: list[list[str]], first: int, arrays: bool
) -> None:
    """On 200 problems, through PuLP or as arrays: at the first reach, at the second, widened, or after branching on crews."""
    if arrays:
        monkeypatch.setattr(solving, "ARRAYS_FROM", 0)
    for number in range(first, first + 50):
        problem, best = joint_problem(number), best_of_numbered(number)
        outcome, staffing = solve(problem)
        expected = ("infeasible", None, None) if best is None else ("optimal", best, 0.0)
        assert (outcome.status, outcome.objective, outcome.gap) == expected, number
        assert (staffing is None) == (best is None)
    assert ["optimal"] in ways and ["optimal", "optimal"] in ways and (["split"] in ways) == arrays
    assert arrays or any(way[0] == "infeasible" and way[-1] == "optimal" for way in ways)


def test_arrays_without_the_kernel_find_what_enumeration_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program written as arrays and solved as a whole has the enumerated optimum on 60 problems."""
    monkeypatch.setattr(solving, "ARRAYS_FROM", 0)
    for number in range(60):
        outcome, _ = solve(joint_problem(number))
        assert (outcome.objective, outcome.gap) == (best_of_numbered(number), None if outcome.objective is None else 0.0), number


def knapsack(worths: tuple[int, ...], weights: tuple[int, ...], room: int, exact: bool = False) -> pulp.LpProblem:
    """The most worth in a room, as a loss to make small; all of the room is to be taken when exact."""
    program = pulp.LpProblem("knapsack", pulp.LpMinimize)
    taken = [program.add_variable(f"t{n}", 0, 1, pulp.LpInteger) for n in range(len(worths))]
    program.setObjective(pulp.LpAffineExpression([(one, -worth) for one, worth in zip(taken, worths, strict=True)]))
    weight = pulp.LpAffineExpression(list(zip(taken, weights, strict=True)))
    program.addConstraint(weight == room if exact else weight <= room, "room")
    return program


@pytest.mark.parametrize(
    ("program", "way", "objective"),
    [
        # the relaxation takes the first and half of the second, 5 better than the optimum; the first reach is 7
        (knapsack((100_000, 10, 9), (1, 2, 2), 2), ["optimal"], -100_000),
        # the relaxation takes the first and half of the second, 60 + 25; the reduced costs are 35, 0 and 40
        (knapsack((60, 50, 10), (1, 2, 2), 2), ["optimal", "optimal"], -60),
        # with the first taken and the third left out nothing fits, until a reach beyond 35 sets the first free
        (knapsack((60, 50, 10), (1, 2, 2), 2, exact=True), ["infeasible", "optimal"], -50),
    ],
)
def test_three_ways_through_the_kernel(ways: list[list[str]], program: pulp.LpProblem, way: list[str], objective: int) -> None:
    """Proven at the first reach; at the second, as far as the first optimum lay; and after the kernel was widened."""
    finish = run_highs(program, 10.0)
    ended = [status for number, status in enumerate(ways[0]) if status != "infeasible" or number == 0]
    assert (len(ways), ended) == (1, way)
    assert (finish.status, finish.bound, pulp.value(program.objective)) == ("optimal", objective, objective)


def test_a_whole_relaxation_needs_no_kernel(ways: list[list[str]]) -> None:
    """One of two things fits, so that the relaxation takes one as a whole: it is the optimum, and no kernel is solved."""
    program = knapsack((60, 40), (1, 1), 1)
    finish = run_highs(program, 10.0)
    assert (finish.status, finish.bound, pulp.value(program.objective), ways) == ("optimal", -60, -60, [])


def test_a_kernel_in_vain_leaves_the_whole_program(monkeypatch: pytest.MonkeyPatch, ways: list[list[str]]) -> None:
    """When the solver fails in the kernel, the program is solved as it is."""
    monkeypatch.setattr(highs, "_solve_rest", lambda *given: (Finish("error", None), None))
    program = knapsack((60, 50, 10), (1, 2, 2), 2)
    assert run_highs(program, 10.0) == Finish("optimal", -60.0)
    assert pulp.value(program.objective) == -60


def test_a_kernel_whose_time_ran_out_claims_no_more_than_the_relaxation(
    monkeypatch: pytest.MonkeyPatch, ways: list[list[str]]
) -> None:
    """A plan found in the kernel without proof is feasible, and its bound that of the relaxation, not of the kernel."""
    first = np.array([1.0, 0.0, 0.0])
    ends = [(Finish("feasible", -60.0), first)]
    monkeypatch.setattr(highs, "_solve_rest", lambda *given: ends.pop(0))
    assert run_highs(knapsack((60, 50, 10), (1, 2, 2), 2), 10.0) == Finish("feasible", -85.0)
    ends += [(Finish("optimal", -60.0), first), (Finish("no_plan", None), None)]
    assert run_highs(knapsack((60, 50, 10), (1, 2, 2), 2), 10.0) == Finish("feasible", -85.0)


# -- what must hold by reason alone ---------------------------------------------------------------------------------


def solvable(numbers: range) -> Iterator[tuple[StaffingProblem, int]]:
    for number in numbers:
        best = best_of_numbered(number)
        if best is not None:
            yield joint_problem(number), best


def starts_well(problem: StaffingProblem) -> bool:
    """Whether everyone at home, where they are already, keeps every rule."""
    still = all(one.came in ("", one.home) for one in problem.phases[0].classes)
    return still and broken_rules(problem, today(problem)) == ()


def test_no_budget_is_the_present() -> None:
    """With no move and nothing to add everyone is at home in every phase, and nothing is paid but the overload."""
    good = [problem for problem in map(joint_problem, range(200)) if starts_well(problem)]
    assert len(good) > 40
    for problem in good:
        still = replace(problem, phases=tuple(replace(phase, max_moves=0) for phase in problem.phases), allowance=Allowance())
        outcome, staffing = solve(still)
        assert outcome.status == "optimal" and staffing == today(problem)
        nothing = Added({}, {}, {}, {}, ())
        at_home = [tuple(one.home for _, one in everyone(phase)) for phase in problem.phases]
        costs = [own_cost(phase, seats, nothing, False, "") for phase, seats in zip(problem.phases, at_home, strict=True)]
        assert outcome.objective == sum(costs)


def test_a_larger_budget_is_never_worse() -> None:
    """More moves, more kilometers or a worse worst office allowed: no higher cost."""
    for number in range(60):
        problem = joint_problem(number)
        costs = []
        for more in range(4):
            phases = tuple(
                replace(
                    phase,
                    max_moves=more,
                    max_commute_m=None if phase.max_commute_m is None else phase.max_commute_m + 10 * more,
                    max_overload_s=None if phase.max_overload_s is None else phase.max_overload_s + 500 * more,
                )
                for phase in problem.phases
            )
            costs.append(solve(replace(problem, phases=phases))[0].objective)
        known = [value for value in costs if value is not None]
        assert costs[len(costs) - len(known) :] == known == sorted(known, reverse=True), number


@pytest.mark.parametrize("kind", ["posts", "postal_posts", "rented", "bought", "options"])
def test_a_larger_allowance_is_never_worse(kind: str) -> None:
    """One more of anything that may be added: no higher cost, and for some problems a lower one."""
    cheaper = 0
    for problem, best in solvable(range(80)):
        allowed = problem.allowance
        more = (("door", dict(allowed.options)["door"] + 1),) if kind == "options" else getattr(allowed, kind) + 1
        outcome, _ = solve(replace(problem, allowance=replace(allowed, **{kind: more})))
        assert outcome.objective is not None and outcome.objective <= best
        cheaper += outcome.objective < best
    assert cheaper >= 3


def test_order_of_classes_and_offices_does_not_matter() -> None:
    """The same problem with everything written backward has the same optimum."""
    for number in range(60):
        problem = joint_problem(number)
        phases = tuple(
            replace(
                phase,
                classes=tuple(replace(one, targets=one.targets[::-1]) for one in phase.classes[::-1]),
                offices=dict(reversed(phase.offices.items())),
                curves={place: dict(reversed(curve.items())) for place, curve in reversed(phase.curves.items())},
                mix=dict(reversed(phase.mix.items())),
                posts=dict(reversed(phase.posts.items())),
                options=phase.options[::-1],
            )
            for phase in problem.phases
        )
        assert solve(replace(problem, phases=phases))[0].objective == best_of_numbered(number), number


def test_phases_planned_together_are_no_dearer_than_each_by_itself() -> None:
    """Plans made phase by phase from home, priced together, cost as much or more; often more, since officers are sent back."""
    dearer = seen = 0
    for number in range(150):
        random = joint_problem(number)
        phases = tuple(replace(phase, max_moves=9, move_price_s=100) for phase in random.phases)
        problem = replace(random, phases=phases, allowance=Allowance(), objective="weighted")
        alone = [solve(replace(problem, phases=(phase,), into=()))[1] for phase in phases]
        parts = tuple(part for staffing in alone if staffing is not None for part in staffing)
        if len(parts) == len(phases):
            outcome, apart = solve(problem)[0], cost(problem, parts)
            assert broken_rules(problem, parts) == () and outcome.objective is not None and outcome.objective <= apart
            seen += 1
            dearer += outcome.objective < apart
    assert seen > 60 and dearer > 5, (seen, dearer)


def two_phases(lost_at_a: int, old_b: str = "b", max_moves: int = 9) -> StaffingProblem:
    """Office a has one officer too many in the first phase, b one too few; in the second leaving a costs more, for two days.

    One day of phase 1: the officer saves 500 at b and costs 10 at a. Two days of phase 2: the officer saves 100 at b each
    day and costs `lost_at_a` at a. A change of office costs 50 a day of its phase. Office b may have another name in
    phase 1 and be merged into b.
    """

    def phase(name: str, other: str, days: int, saved: int, lost: int) -> PhaseProblem:
        here = (Target("a", "commune", 0, 0), Target(other, "commune", 0, 0))
        return PhaseProblem(
            phase=name,
            classes=(StaffClass("a", ("a-1", "a-2"), 1000, frozenset(), here),),
            offices={"a": Rules(1, 9000, ()), other: Rules(0, 9000, ())},
            curves={("a", "commune"): {1: lost, 2: 0}, (other, "commune"): {0: saved, 1: 0}},
            base={("a", "commune"): 2, (other, "commune"): 0},
            max_moves=max_moves,
            days=days,
            move_price_s=50,
        )

    return StaffingProblem((phase("p1", old_b, 1, 500, 10), phase("p2", "b", 2, 100, lost_at_a)), ({"a": "a", old_b: "b"},))


@pytest.mark.parametrize("office", ["b", "old-b"])
@pytest.mark.parametrize(
    ("lost_at_a", "max_moves", "objective", "at_b"),
    [
        (90, 9, 10 + 50 + 2 * 90, (1, 1)),  # stays: 2 × 90 a, against 2 × 100 b and 2 × 50 for going home
        (149, 9, 10 + 50 + 2 * 149, (1, 1)),
        (151, 9, 10 + 50 + 2 * 150, (1, 0)),  # goes home: it pays
        (151, 1, 10 + 50 + 2 * 150, (1, 0)),
        (151, 0, 500 + 2 * 100, (0, 0)),
    ],
)
def test_nobody_is_moved_twice_without_need(
    office: str, lost_at_a: int, max_moves: int, objective: int, at_b: tuple[int, int]
) -> None:
    """On paper: who was sent in the first phase stays, also where their office is merged, unless going home pays."""
    outcome, staffing = solve(two_phases(lost_at_a, office, max_moves))
    assert staffing is not None
    found = tuple(part.people.get((0, name), 0) for part, name in zip(staffing, (office, "b"), strict=True))
    assert (outcome.status, outcome.objective, found) == ("optimal", objective, at_b)


def test_posts_and_bought_counters_stay_while_rented_ones_are_given_back() -> None:
    """On paper: a post that the second phase does not need is paid in both; a rented counter in the first alone."""
    (first, second), into = two_phases(0).phases, two_phases(0).into
    first = replace(
        first,
        classes=(replace(first.classes[0], targets=first.classes[0].targets[:1]),),
        offices={"a": Rules(2, 2000, (), 5), "b": Rules(0, 0, (), 5)},
        curves={("a", "commune"): {2: 0}, ("b", "commune"): {0: 500, 1: 0}},
        posts={("b", "commune"): Post(1000, True)},
        post_price_s=30,
        counter_price_s=20,
    )
    second = replace(first, phase="p2", days=2, curves={("a", "commune"): {2: 0}, ("b", "commune"): {0: 0, 1: 7}})
    problem = StaffingProblem((first, second), into, Allowance(posts=1, rented=1))
    outcome, staffing = solve(problem)
    assert outcome.objective == 1 * (0 + 30 + 20) + 2 * (7 + 30 + 20)
    assert staffing is not None and [part.posts for part in staffing] == [{("b", "commune"): 1}] * 2
    roomy = replace(second, offices={"a": Rules(2, 2000, (), 5), "b": Rules(0, 1000, (), 5)})
    for kind, paid in (("rented", 1), ("bought", 3)):
        kept = replace(problem, phases=(first, roomy), allowance=Allowance(posts=1, **{kind: 1}))
        outcome, staffing = solve(kept)
        assert outcome.objective == 1 * (0 + 30) + 2 * (7 + 30) + paid * 20
        assert staffing is not None and [part.counters_at("b") for part in staffing] == [1, int(kind == "bought")]


def test_what_is_merged_has_its_posts_where_it_went() -> None:
    """Posts of two offices that are merged stay at the one that is left, as many as there were."""
    places = [("a", "commune"), ("b", "commune")]
    first = PhaseProblem(
        phase="p1",
        classes=(StaffClass("a", ("a-1",), 0, frozenset(), (Target("a", "commune", 0, 0),)),),
        offices={"a": Rules(0, 9000, ()), "b": Rules(0, 9000, ())},
        curves={("a", "commune"): {1: 300, 2: 0}, ("b", "commune"): {0: 300, 1: 0}},
        base={("a", "commune"): 1, ("b", "commune"): 0},
        max_moves=0,
        posts={place: Post(1000, True) for place in places},
    )
    second = replace(
        first,
        phase="p2",
        offices={"a": Rules(0, 9000, ())},
        curves={("a", "commune"): {1: 0, 2: 100, 3: 100, 4: 100}},
        base={("a", "commune"): 1},
        posts={("a", "commune"): Post(1000, True)},
    )
    outcome, staffing = solve(StaffingProblem((first, second), ({"a": "a", "b": "a"},), Allowance(posts=1, postal_posts=1)))
    assert staffing is not None and outcome.objective == 100
    assert [part.posts_at(("a", "commune")) for part in staffing] == [1, 2]
    assert broken_rules(
        StaffingProblem((first, second), ({"a": "a", "b": "a"},), Allowance(posts=2)),
        (PhaseStaffing({(0, "a"): 1}, {place: 1 for place in places}), PhaseStaffing({(0, "a"): 1}, {("a", "commune"): 1})),
    ) == ("kept posts ('a', 'commune')",)
