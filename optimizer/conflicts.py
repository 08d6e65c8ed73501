"""Why no plan keeps the rules: a smallest set of rules that clash, and the cheapest way to give in.

Every rule gets a slack in its own unit; a rule is asked for when its slack is held at 0. A conflict is irreducible: without
any one of its rules the rest has a plan. It is found by halves (Junker 2004, QuickXplain), first on the linear relaxation,
which settles most questions, then on the program itself. The cheapest relaxation is the least weighted sum of slacks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from types import MappingProxyType

import numpy as np
from scipy import sparse

from scenarios.phases import phase_view
from scenarios.schema import Scenario

from .alternatives import Row, extended
from .arrays import Arrays, StaffingArrays, staffing_arrays
from .formulation import tags
from .highs import loaded, solve_arrays
from .narrowing import apart
from .problem import HALVES, NO_WISHES, PhaseProblem, Reach, StaffingProblem, Wishes
from .repeated import Repeated

#: of one unit broken: an officer, a holder, a counter, a change of office, a kilometer or person-minute a day, a wish
WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "few_kilometers": 1,
        "none_worse_than": 1,
        "few_moves": 2,
        "mix": 10,
        "counters": 20,
        "minimum_crew": 20,
        "holders": 20,
        "wanted": 30,
        "pinned": 30,
        "forbidden": 30,
        "level": 1000,
    }
)


@dataclass(frozen=True, slots=True, order=True)
class NamedRule:
    """A rule by what it is about; limit in the unit of its slack, a minute or a kilometer rounded."""

    kind: str  #: the name of its family in `formulation`, "level" for the crews that a curve knows, or a kind of wish
    phase: str = ""
    office: str = ""
    group: str = ""
    field: str = ""
    officer: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that no plan keeps together, and what to give in."""

    rules: tuple[NamedRule, ...]  #: irreducible when proven
    relaxed: tuple[tuple[NamedRule, int], ...]  #: the cheapest relaxation: rule, by how many of its units
    weight: int  #: of the relaxation
    proven: bool  #: both, before time ran out


@dataclass(frozen=True, slots=True)
class Elastic:
    """The program in which every rule may be broken by its slack."""

    arrays: StaffingArrays
    program: Arrays
    slacks: dict[NamedRule, tuple[int, ...]]  #: columns

    def asking(self, rules: Sequence[NamedRule]) -> Arrays:
        """The program with these rules kept and the others left out."""
        upper = self.program.upper.copy()
        for rule in rules:
            upper[list(self.slacks[rule])] = 0.0
        return replace(self.program, upper=upper)


def find_conflict(
    scenario: Scenario,
    problem: StaffingProblem,
    wishes: Wishes = NO_WISHES,
    *,
    weights: Mapping[str, int] = WEIGHTS,
    time_limit_s: float = 60.0,
) -> Conflict | None:
    """Return why a staffing problem has no plan; None when it has one.

    wishes : with which the problem was made; unlike the program, which leaves out a wish that cannot be, each must hold in
    every phase in which the officer serves and the office may be theirs.
    """
    return conflict_among(without_wishes(scenario, problem, wishes), wishes, weights=weights, time_limit_s=time_limit_s)


def conflict_among(
    problem: StaffingProblem, wishes: Wishes = NO_WISHES, *, weights: Mapping[str, int] = WEIGHTS, time_limit_s: float = 60.0
) -> Conflict | None:
    """As `find_conflict`, of a problem whose officers named in wishes are in classes of their own and may go anywhere."""
    ends = perf_counter() + time_limit_s
    elastic = elastic_program(problem, wishes)
    rules = sorted(elastic.slacks, key=lambda rule: (rule.kind == "level", rule))  # those a planner knows are looked for first
    asked = _Asked(elastic, ends)
    if asked.has_plan(rules):
        return None
    kept = rules
    if not asked.may_have_plan(rules):
        kept = smallest(rules, asked.may_have_plan)
    kept = smallest(kept, asked.has_plan)
    priced = np.zeros(len(elastic.program.cost))
    for rule, columns in elastic.slacks.items():
        priced[list(columns)] = weights[rule.kind]
    finish, values = solve_arrays(replace(elastic.program, cost=priced, constant=0.0), max(ends - perf_counter(), 1.0))
    relaxed: list[tuple[NamedRule, int]] = []
    if values is not None:
        amounts = {rule: round(float(values[list(columns)].sum())) for rule, columns in elastic.slacks.items()}
        relaxed = [(rule, amount) for rule, amount in sorted(amounts.items()) if amount]
    return Conflict(
        rules=tuple(sorted(kept)),
        relaxed=tuple(relaxed),
        weight=sum(weights[rule.kind] * amount for rule, amount in relaxed),
        proven=asked.in_time and finish.status == "optimal",
    )


def smallest(rules: Sequence[NamedRule], has_plan: Callable[[Sequence[NamedRule]], bool]) -> list[NamedRule]:
    """An irreducible part of rules that have no plan together (Junker 2004).

    has_plan : may only turn from yes to no as rules are added.
    """

    def conflict(kept: list[NamedRule], grown: bool, among: list[NamedRule]) -> list[NamedRule]:
        if grown and not has_plan(kept):
            return []
        if len(among) == 1:
            return among
        half = len(among) // 2
        first, second = among[:half], among[half:]
        needed = conflict([*kept, *first], True, second)
        return [*conflict([*kept, *needed], bool(needed), first), *needed]

    return conflict([], False, list(rules)) if rules else []


class _Asked:
    """Answers whether some rules have a plan, each question once."""

    def __init__(self, elastic: Elastic, ends: float) -> None:
        free = replace(elastic.program, cost=np.zeros(len(elastic.program.cost)), levels=())
        self.elastic, self.ends, self.in_time = replace(elastic, program=free), ends, True
        self.relaxation = Repeated(replace(elastic.arrays, program=free), loaded(free, whole=False))
        self.known: dict[tuple[bool, frozenset[NamedRule]], bool] = {}

    def has_plan(self, rules: Sequence[NamedRule]) -> bool:
        """Whether whole officers can keep the rules; yes when time runs out."""
        return self.may_have_plan(rules) and self._once(rules, self._solved)

    def may_have_plan(self, rules: Sequence[NamedRule]) -> bool:
        """Whether parts of officers can keep the rules; yes when time runs out."""
        return self._once(rules, lambda program: self.relaxation.may_be_solved(program, self.ends))

    def _once(self, rules: Sequence[NamedRule], answer: Callable[[Arrays], bool | None]) -> bool:
        key = (answer == self._solved, frozenset(rules))
        if key not in self.known:
            found = answer(self.elastic.asking(rules))
            self.in_time = self.in_time and found is not None
            self.known[key] = found is not False
        return self.known[key]

    def _solved(self, program: Arrays) -> bool | None:
        finish, _ = solve_arrays(program, max(self.ends - perf_counter(), 0.01))
        return {"optimal": True, "feasible": True, "infeasible": False}.get(finish.status)


# -- rules and their slacks ----------------------------------------------------------------------------------------


def elastic_program(problem: StaffingProblem, wishes: Wishes = NO_WISHES) -> Elastic:
    """Write the program with a slack for every rule: whole units, of a wish 0 or 1."""
    arrays = staffing_arrays(problem)
    slacks = _Slacks(len(arrays.program.cost))
    entries = [entry for phase in problem.phases for entry in _entries(phase, arrays, slacks)]
    more: list[Row] = []
    for number, phase in enumerate(problem.phases):
        for rule, (terms, lower) in _mix(phase, arrays, number).items():
            more.append(([*terms, (slacks.add(rule), -lower)], lower, inf))
    for rule, sets in _wishes(problem, arrays, wishes).items():
        column = slacks.add(rule, most=1)
        more += [([*((x, 1.0) for x in others), (column, -1.0)], -inf, 0.0) for others in sets]
    program = extended(arrays.program, slacks.upper, more)
    rows, columns, factors = (np.array(part) for part in zip(*entries, strict=True))
    eased = sparse.csr_array((factors, (rows, columns)), shape=program.matrix.shape)
    row_lower = program.row_lower.copy()
    row_lower[[row for row, name in enumerate(arrays.rows) if name.startswith("mix_")]] = -inf
    matrix = sparse.csr_array(program.matrix + eased)
    return Elastic(arrays, replace(program, matrix=matrix, row_lower=row_lower), dict(slacks.columns))


@dataclass(slots=True)
class _Slacks:
    """Columns of slacks, after those of the program."""

    width: int
    upper: list[float] = field(default_factory=list)
    columns: dict[NamedRule, tuple[int, ...]] = field(default_factory=dict)

    def add(self, rule: NamedRule, most: float = inf) -> int:
        """Add a slack of a rule and return its column."""
        column = self.width + len(self.upper)
        self.upper.append(most)
        self.columns[rule] = (*self.columns.get(rule, ()), column)
        return column


def _entries(phase: PhaseProblem, arrays: StaffingArrays, slacks: _Slacks) -> list[tuple[int, int, float]]:
    """Row, column and coefficient of the slacks in rows that the program has already; of a level both up and down."""
    places = {name: row for row, name in enumerate(arrays.rows)}
    found = []
    for rule, named in _rules(phase).items():
        known = [(places[name], factor) for name, factor in named if name in places]
        for sign in ((1, -1) if rule.kind == "level" else (1,)) if known else ():
            column = slacks.add(rule)
            found += [(row, column, sign * factor) for row, factor in known]
    return found


def _mix(phase: PhaseProblem, arrays: StaffingArrays, number: int) -> dict[NamedRule, tuple[list[tuple[int, float]], float]]:
    """Rows of the mix of fields by the crew itself, also beyond the levels of its curve: terms and lower bound, −home_jk."""
    found: dict[NamedRule, tuple[list[tuple[int, float]], float]] = {}
    staff = arrays.phases[number].staff
    for place, held in phase.mix.items():
        home = phase.home_size(place)
        members = [
            rank
            for rank, one in enumerate(phase.classes)
            if any((target.office, target.group) == place for target in one.targets)
        ]
        for name, before in held if home else ():
            worth = {rank: home * (name in phase.classes[rank].fields) - before for rank in members}
            terms = [(staff[rank, place[0]], float(value)) for rank, value in worth.items() if value]
            found[NamedRule("mix", phase.phase, *place, name, limit=before)] = (terms, -float(home))
    return found


def _rules(phase: PhaseProblem) -> dict[NamedRule, list[tuple[str, float]]]:
    """Names of the rows of each rule of a phase, with what one unit of slack adds to each."""
    tag, name = tags(phase), phase.phase
    found: dict[NamedRule, list[tuple[str, float]]] = {
        NamedRule("few_moves", name, limit=phase.max_moves): [(f"few_moves_{name}", -1)]
    }
    if phase.max_commute_m is not None:
        found[NamedRule("few_kilometers", name, limit=round(phase.max_commute_m / 1000))] = [(f"few_kilometers_{name}", -1000)]
    for office, rules in phase.offices.items():
        found[NamedRule("minimum_crew", name, office, limit=rules.minimum_crew)] = [(f"minimum_crew_{tag[office]}", 1)]
        for order, (kept, fewest) in enumerate(rules.holders):
            found[NamedRule("holders", name, office, field=kept, limit=fewest)] = [(f"holders_{tag[office]}_{order}_{kept}", 1)]
        rows = [f"counters_{tag[office]}{half}" for half in ("", *(f"_{half}" for half in HALVES))]
        found[NamedRule("counters", name, office, limit=round(rules.room_pm / 1000))] = [(row, -1000) for row in rows]
        if phase.max_overload_s is not None:
            most = max(phase.max_overload_s, phase.home_cost(office)) if office in phase.places() else 0
            rule = NamedRule("none_worse_than", name, office, limit=round(most / 60))
            found[rule] = [(f"none_worse_than_{tag[office]}", -60)]
    for place, curve in phase.curves.items():
        found[NamedRule("level", name, *place, limit=max(curve))] = [(f"crew_{tag[place[0]]}_{place[1]}", 1)]
    return found


def _wishes(problem: StaffingProblem, arrays: StaffingArrays, wishes: Wishes) -> dict[NamedRule, list[list[int]]]:
    """Columns that each wish holds at 0, phase by phase: of one officer, so that at most one of them is 1."""
    found: dict[NamedRule, list[list[int]]] = {NamedRule("pinned", officer=name): [] for name in wishes.pinned}
    found |= {NamedRule("forbidden", office=office, officer=name): [] for name, office in wishes.forbidden}
    found |= {NamedRule("wanted", office=office, officer=name): [] for name, office in wishes.wanted}
    for phase, columns in zip(problem.phases, arrays.phases, strict=True):
        ranks = {one.officers[0]: rank for rank, one in enumerate(phase.classes) if one.size == 1}
        for rule, sets in found.items():
            if rule.officer not in ranks:
                continue
            rank = ranks[rule.officer]
            one = phase.classes[rank]
            offices = {target.office for target in one.targets}
            if rule.kind == "pinned":
                avoided = offices - {one.home}
            elif rule.kind == "forbidden":
                avoided = offices & {rule.office} - {one.home}
            else:
                avoided = offices - {rule.office} if rule.office in offices else set()
            if avoided:
                sets.append([columns.staff[rank, office] for office in sorted(avoided)])
    return {rule: sets for rule, sets in found.items() if sets}


def without_wishes(scenario: Scenario, problem: StaffingProblem, wishes: Wishes) -> StaffingProblem:
    """The same problem with officers named in wishes in classes of their own, free to go where the rules let them."""
    named = wishes.pinned | {officer for officer, _ in wishes.forbidden | wishes.wanted}
    asked = {phase.phase for phase in problem.phases}
    home = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase not in asked)})
    phases = []
    for phase in apart(problem, named).phases:
        view = phase_view(home, phase.phase)
        written = {row.officer for row in scenario.rosters if row.phase == phase.phase}
        classes, reach = [], Reach(home, view)
        for one in phase.classes:
            if one.officers[0] in named:
                officer = view.officers[one.officers[0]]
                free = officer.movable and officer.id not in written
                targets = tuple(
                    target
                    for target in reach.targets(officer, free=free)
                    if target.office == one.home or (target.office, target.group) in phase.curves
                )
                classes.append(replace(one, targets=targets, left=None))
            else:
                classes.append(one)
        phases.append(replace(phase, classes=tuple(classes)))
    return replace(problem, phases=tuple(phases))
