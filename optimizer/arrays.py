"""The staffing program as sparse arrays, for programs too large to be written through PuLP.

The same columns, rows, bounds and names as `formulation`, which states each formula and what each letter means; tests hold
one against the other, coefficient by coefficient.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from math import inf
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .formulation import change_price_s, fewest_holders, is_convex, tags
from .problem import HALVES, PhaseProblem, Place, StaffingProblem

Terms = list[tuple[int, int]]  #: (column, coefficient)
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Arrays:
    """A program: min cost·x + constant, row_lower ≤ matrix x ≤ row_upper, lower ≤ x ≤ upper, some columns whole."""

    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]
    matrix: sparse.csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    constant: float = 0.0
    all_whole: bool = False  #: whether some optimum is whole in every column, also in those not asked to be
    levels: tuple[NDArray[np.int64], ...] = ()  #: columns of crew levels of which exactly one is 1, by crew; two or more each


@dataclass(frozen=True, slots=True)
class PhaseColumns:
    """The columns of one phase by what they mean; as `formulation.PhaseModel`."""

    staff: dict[tuple[int, str], int]
    step: dict[tuple[Place, int], int]
    level: dict[tuple[Place, int], int]
    taken: dict[tuple[str, str], int]
    comes: dict[tuple[int, str], int]
    posts: dict[Place, int]
    postal: dict[Place, int]
    rented: dict[str, int]
    bought: dict[str, int]
    options: dict[int, int]

    def posts_at(self, place: Place) -> list[int]:
        """Posts of both kinds at a place."""
        return [kind[place] for kind in (self.posts, self.postal) if place in kind]

    def counters_at(self, office: str) -> list[int]:
        """Counters added at an office."""
        return [kind[office] for kind in (self.rented, self.bought) if office in kind]


@dataclass(frozen=True, slots=True)
class StaffingArrays:
    """A staffing program, its columns, and the names of columns and rows."""

    program: Arrays
    phases: tuple[PhaseColumns, ...]
    names: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(slots=True)
class _Writer:
    """A program as it is written."""

    names: list[str] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    constant: int = 0
    rows: list[str] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    terms: Terms = field(default_factory=list)  #: of all rows, zeros left out

    def column(self, name: str, most: float, *, whole: bool) -> int:
        """Add a column of 0 … most without cost."""
        self.names.append(name)
        self.upper.append(most)
        self.whole.append(whole)
        self.cost.append(0)
        return len(self.names) - 1

    def row(self, name: str, terms: Iterable[tuple[int, int]], lower: float, upper: float) -> None:
        """Add a row; each column at most once."""
        self.terms += [term for term in terms if term[1]]
        self.starts.append(len(self.terms))
        self.rows.append(name)
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def price(self, terms: Iterable[tuple[int, int]], times: int = 1) -> None:
        """Add to the objective."""
        for column, value in terms:
            self.cost[column] += times * value

    def arrays(self) -> Arrays:
        """The program written; every coefficient and bound is whole, so some optimum is too."""
        starts = np.array(self.starts, np.int32)
        columns, values = np.fromiter(chain.from_iterable(self.terms), np.int64, 2 * len(self.terms)).reshape(-1, 2).T
        shape = (len(self.rows), len(self.names))
        return Arrays(
            cost=np.array(self.cost, np.float64),
            lower=np.zeros(len(self.names)),
            upper=np.array(self.upper, np.float64),
            whole=np.array(self.whole, bool),
            matrix=sparse.csr_array((values.astype(float), columns.astype(np.int32), starts), shape=shape),
            row_lower=np.array(self.row_lower, np.float64),
            row_upper=np.array(self.row_upper, np.float64),
            constant=float(self.constant),
            all_whole=True,
        )


def staffing_arrays(problem: StaffingProblem, *, comers: bool = True) -> StaffingArrays:
    """Write the program of a staffing problem; comers : whether with the rows of that name, which hold by themselves in stays."""
    writer = _Writer()
    phases = tuple(_columns(writer, problem, number) for number in range(len(problem.phases)))
    for number, columns in enumerate(phases):
        _objective(writer, problem, number, columns)
        _rules(writer, problem, number, columns)
    for number in range(1, len(phases)):
        if comers:
            _comers(writer, problem, number, phases)
        _kept(writer, problem, number, phases)
    levels = tuple(
        np.array([columns.level[place, crew] for crew in sorted(curve)])
        for phase, columns in zip(problem.phases, phases, strict=True)
        for place, curve in phase.curves.items()
        if (place, phase.base[place]) in columns.level and len(curve) > 1
    )
    return StaffingArrays(replace(writer.arrays(), levels=levels), phases, tuple(writer.names), tuple(writer.rows))


def _columns(writer: _Writer, problem: StaffingProblem, number: int) -> PhaseColumns:
    phase, allowed = problem.phases[number], problem.allowance
    tag, column = tags(phase), writer.column
    staff = {
        (rank, target.office): column(f"x_{rank}_{tag[target.office]}", one.size, whole=True)
        for rank, one in enumerate(phase.classes)
        for target in one.targets
    }
    convex = {place for place, curve in phase.curves.items() if place not in phase.mix and is_convex(curve)}
    halves = {(target.office, one.shift) for one in phase.classes for target in one.targets if one.shift in HALVES}
    follows = problem.before(number)
    room = {office: rules.premises for office, rules in phase.offices.items() if rules.premises > 0}
    return PhaseColumns(
        staff=staff,
        step={
            (place, crew): column(f"u_{tag[place[0]]}_{place[1]}_{crew}", 1, whole=False)
            for place, curve in phase.curves.items()
            if place in convex
            for crew in sorted(curve)
            if crew != phase.base[place]
        },
        level={
            (place, crew): column(f"z_{tag[place[0]]}_{place[1]}_{crew}", 1, whole=True)
            for place, curve in phase.curves.items()
            if place not in convex
            for crew in curve
        },
        taken={(office, half): column(f"h_{tag[office]}_{half}", inf, whole=True) for office, half in sorted(halves)},
        comes={(rank, office): column(f"a_{rank}_{tag[office]}", inf, whole=False) for rank, office in staff if rank in follows},
        posts={
            place: column(f"v_{tag[place[0]]}_{place[1]}", allowed.posts, whole=True) for place in phase.posts if allowed.posts
        },
        postal={
            place: column(f"w_{tag[place[0]]}_{place[1]}", allowed.postal_posts, whole=True)
            for place, post in phase.posts.items()
            if allowed.postal_posts and post.postal
        },
        rented={
            office: column(f"r_{tag[office]}", min(most, allowed.rented), whole=True)
            for office, most in room.items()
            if allowed.rented
        },
        bought={
            office: column(f"b_{tag[office]}", min(most, allowed.bought), whole=True)
            for office, most in room.items()
            if allowed.bought
        },
        options={
            rank: column(f"o_{rank}_{tag[option.office]}_{option.kind}", 1, whole=True)
            for rank, option in enumerate(phase.options)
            if dict(allowed.options).get(option.kind, 0) > 0
        },
    )


def _crew(phase: PhaseProblem, columns: PhaseColumns, place: Place) -> tuple[Terms, int]:
    """Crew of a place as the curve has it: terms and a constant."""
    curve, base = phase.curves[place], phase.base[place]
    if (place, base) in columns.level:
        return [(columns.level[place, count], count) for count in curve], 0
    return [(columns.step[place, count], 1 if count > base else -1) for count in curve if count != base], base


def _overload(phase: PhaseProblem, columns: PhaseColumns, place: Place) -> tuple[Terms, int]:
    """Overload of the office on the curve of a place: terms and a constant."""
    curve, base = phase.curves[place], phase.base[place]
    if (place, base) in columns.level:
        return [(columns.level[place, count], curve[count]) for count in curve], 0
    steps = [count for count in curve if count != base]
    return [(columns.step[place, n], curve[n] - curve[n - 1 if n > base else n + 1]) for n in steps], curve[base]


def _changes(problem: StaffingProblem, number: int, columns: PhaseColumns) -> list[tuple[int, int]]:
    """Columns that count changes of office as a phase begins, with the class of each."""
    phase, follows = problem.phases[number], problem.before(number)
    found = [
        (column, rank)
        for (rank, office), column in columns.staff.items()
        if rank not in follows and office != (phase.classes[rank].came or phase.classes[rank].home)
    ]
    return found + [(column, rank) for (rank, _), column in columns.comes.items()]


def _objective(writer: _Writer, problem: StaffingProblem, number: int, columns: PhaseColumns) -> None:
    phase = problem.phases[number]
    for place in phase.curves:
        terms, fixed = _overload(phase, columns, place)
        writer.price(terms, phase.days)
        writer.constant += phase.days * fixed
    writer.price(((column, phase.options[rank].change_s) for rank, column in columns.options.items()), phase.days)
    if problem.objective == "total":
        writer.price((column, 1) for column, _ in _changes(problem, number, columns))
        return
    for rank, one in enumerate(phase.classes):
        writer.price(((columns.staff[rank, target.office], target.price_s) for target in one.targets), phase.days)
    prices = [change_price_s(phase, rank) for rank in range(len(phase.classes))]
    writer.price((column, prices[rank]) for column, rank in _changes(problem, number, columns))
    posts = (column for kind in (columns.posts, columns.postal) for column in kind.values())
    writer.price(((column, phase.post_price_s) for column in posts), phase.days)
    counters = (column for kind in (columns.rented, columns.bought) for column in kind.values())
    writer.price(((column, phase.counter_price_s) for column in counters), phase.days)


# -- rules of a phase ----------------------------------------------------------------------------------------------


def _rules(writer: _Writer, problem: StaffingProblem, number: int, columns: PhaseColumns) -> None:
    phase = problem.phases[number]
    here: dict[str, Terms] = {office: [] for office in phase.offices}  # (column, class) by office
    for (rank, office), column in columns.staff.items():
        here[office].append((column, rank))
    members: dict[Place, Terms] = {place: [] for place in {**phase.curves, **phase.mix}}  # likewise by place
    for rank, one in enumerate(phase.classes):
        for target in one.targets:
            if (target.office, target.group) in members:
                members[target.office, target.group].append((columns.staff[rank, target.office], rank))
    _placed(writer, phase, columns)
    _crews(writer, phase, columns, members)
    _holders(writer, phase, here)
    _mix(writer, phase, columns, members)
    _counters(writer, phase, columns, here)
    few = ((column, 1) for column, _ in _changes(problem, number, columns))
    writer.row(f"few_moves_{phase.phase}", few, -inf, phase.max_moves)
    _few_kilometers(writer, phase, columns)
    _none_worse_than(writer, phase, columns)
    _allowance(writer, problem, phase, columns)


def _placed(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns) -> None:
    for rank, one in enumerate(phase.classes):
        terms = ((columns.staff[rank, target.office], 1) for target in one.targets)
        writer.row(f"placed_{phase.phase}_{rank}", terms, one.size, one.size)


def _crews(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns, members: Mapping[Place, Terms]) -> None:
    """Rows `one_level` and `crew`."""
    tag = tags(phase)
    for place, curve in phase.curves.items():
        name = f"{tag[place[0]]}_{place[1]}"
        if (place, phase.base[place]) in columns.level:
            writer.row(f"one_level_{name}", ((columns.level[place, count], 1) for count in curve), 1, 1)
        levels, fixed = _crew(phase, columns, place)
        staff = [(column, 1) for column, _ in members[place]] + [(column, 1) for column in columns.posts_at(place)]
        writer.row(f"crew_{name}", staff + [(column, -count) for column, count in levels], fixed, fixed)


def _holders(writer: _Writer, phase: PhaseProblem, here: Mapping[str, Terms]) -> None:
    """Rows `minimum_crew` and `holders`."""
    tag, classes = tags(phase), phase.classes
    for office, rules in phase.offices.items():
        writer.row(f"minimum_crew_{tag[office]}", [(column, 1) for column, _ in here[office]], rules.minimum_crew, inf)
        for order, (name, fewest) in enumerate(rules.holders):
            if fewest > 0:
                terms = [(column, 1) for column, rank in here[office] if name in classes[rank].fields]
                writer.row(f"holders_{tag[office]}_{order}_{name}", terms, fewest, inf)


def _mix(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns, members: Mapping[Place, Terms]) -> None:
    tag, classes = tags(phase), phase.classes
    for place, held in phase.mix.items():
        home = phase.home_size(place)
        for order, (name, before) in enumerate(held):
            if columns.posts_at(place):
                terms = [(column, home * (name in classes[rank].fields) - before) for column, rank in members[place]]
                least = -home
            else:
                terms = [(column, 1) for column, rank in members[place] if name in classes[rank].fields]
                fewest = {count: fewest_holders(before, count, home) for count in phase.curves[place]}
                terms += [(columns.level[place, count], -least) for count, least in fewest.items() if least > 0]
                least = 0
            if any(value for _, value in terms):
                writer.row(f"mix_{tag[place[0]]}_{place[1]}_{order}_{name}", terms, least, inf)


def _counters(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns, here: Mapping[str, Terms]) -> None:
    """Rows `counters`, `taken` and `premises`."""
    tag, classes, groups = tags(phase), phase.classes, phase.places()
    for office, rules in phase.offices.items():
        terms: dict[str, Terms] = {shift: [] for shift in ("full", *HALVES)}
        for column, rank in here[office]:
            terms[classes[rank].shift].append((column, classes[rank].share_pm))
        for place in groups.get(office, ()):
            terms["full"] += [(column, phase.posts[place].share_pm) for column in columns.posts_at(place)]
        added = columns.counters_at(office)
        terms["full"] += [(column, -1000) for column in added]
        halves = [half for half in HALVES if (office, half) in columns.taken]
        if not halves:
            writer.row(f"counters_{tag[office]}", terms["full"], -inf, rules.room_pm)
        for half in halves:
            taken = columns.taken[office, half]
            writer.row(f"counters_{tag[office]}_{half}", [*terms["full"], (taken, 1000)], -inf, rules.room_pm)
            writer.row(f"taken_{tag[office]}_{half}", [*terms[half], (taken, -1000)], -inf, 0)
        if len(added) > 1:
            writer.row(f"premises_{tag[office]}", [(column, 1) for column in added], -inf, rules.premises)


def _few_kilometers(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns) -> None:
    if phase.max_commute_m is None:
        return
    terms: Terms = []
    for rank, one in enumerate(phase.classes):
        terms += [(columns.staff[rank, target.office], target.commute_m - one.home_m) for target in one.targets]
    writer.row(f"few_kilometers_{phase.phase}", terms, -inf, phase.max_commute_m)


def _none_worse_than(writer: _Writer, phase: PhaseProblem, columns: PhaseColumns) -> None:
    if phase.max_overload_s is None:
        return
    tag = tags(phase)
    for office, places in phase.places().items():
        terms: Terms = []
        constant = 0
        for place in places:
            found, fixed = _overload(phase, columns, place)
            terms += found
            constant += fixed
        most = max(phase.max_overload_s, phase.home_cost(office))
        writer.row(f"none_worse_than_{tag[office]}", terms, -inf, most - constant)


def _allowance(writer: _Writer, problem: StaffingProblem, phase: PhaseProblem, columns: PhaseColumns) -> None:
    most = problem.allowance
    kinds: list[tuple[str, Iterable[int], int]] = [
        ("posts", columns.posts.values(), most.posts),
        ("postal_posts", columns.postal.values(), most.postal_posts),
        ("rented", columns.rented.values(), most.rented),
        ("bought", columns.bought.values(), most.bought),
    ]
    for kind, many in most.options:
        kinds.append((kind, [column for rank, column in columns.options.items() if phase.options[rank].kind == kind], many))
    for name, found, many in kinds:
        terms = [(column, 1) for column in found]
        if terms:
            writer.row(f"allowance_{phase.phase}_{name}", terms, -inf, many)


# -- from phase to phase -------------------------------------------------------------------------------------------


def _comers(writer: _Writer, problem: StaffingProblem, number: int, phases: tuple[PhaseColumns, ...]) -> None:
    into, now, earlier = problem.into[number - 1], phases[number], phases[number - 1]
    follows, tag = problem.before(number), tags(problem.phases[number])
    stayed = _joined((((rank, into[office]), column) for (rank, office), column in earlier.staff.items()), 1)
    for (rank, office), comes in now.comes.items():
        terms = [(comes, 1), (now.staff[rank, office], -1), *stayed.get((follows[rank], office), ())]
        writer.row(f"comers_{rank}_{tag[office]}", terms, 0, inf)


def _kept(writer: _Writer, problem: StaffingProblem, number: int, phases: tuple[PhaseColumns, ...]) -> None:
    into, tag, now, earlier = problem.into[number - 1], tags(problem.phases[number]), phases[number], phases[number - 1]
    kinds = (("posts", now.posts, earlier.posts), ("postal_posts", now.postal, earlier.postal))
    for name, places, before in kinds:
        came = _joined((((into[office], group), column) for (office, group), column in before.items()), -1)
        for place, terms in came.items():
            more = [(places[place], 1)] if place in places else []
            writer.row(f"kept_{name}_{tag[place[0]]}_{place[1]}", more + terms, 0, inf)
    held = _joined(((into[office], column) for office, column in earlier.bought.items()), -1)
    for office, terms in held.items():
        more = [(now.bought[office], 1)] if office in now.bought else []
        writer.row(f"kept_bought_{tag[office]}", more + terms, 0, inf)


def _joined(columns: Iterable[tuple[Key, int]], value: int) -> dict[Key, Terms]:
    """Terms of the columns of each key."""
    found: dict[Key, Terms] = {}
    for key, column in columns:
        found.setdefault(key, []).append((column, value))
    return found
