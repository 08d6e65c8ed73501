"""The program that joins points, and its solution told truthfully.

i points that may close    j premises that may take them    n officers of the commune desks (their number after joining)

r_ij   1 when point i is served at premises j, binary, on allowed pairs only
s_ijn  r_ij while premises j has n officers, 0 … 1
z_jn   1 when premises j stays open with n officers, binary; none is 1 when it closes
o_jn   its overload then, ≥ 0

Officers are never lost: n is what the joined points bring. With n given, overload is convex in the volume, so its lines are
rows and the program is exact for them; guests split by the crew they make keep its relaxation close. Church and ReVelle 1974
(coverage); Castillo, Ingolfsson and Sim 2009 (queues inside location).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter

import numpy as np
import pulp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..solve import INTEGRAL, Finish, Outcome, Status, judged, run_cbc, run_highs
from .pooling import Line, active, value

Rows = list[tuple[str, pulp.LpConstraint]]
Terms = list[tuple[pulp.LpVariable, int]]
Pair = tuple[str, str]  #: (point, premises that take it)
Into = Mapping[str, str]  #: closed point → premises that serve it


@dataclass(frozen=True, slots=True)
class Premises:
    """A point or branch: officers and visits a day of its commune desks, and whether it may close."""

    crew: int
    volume: int
    may_close: bool
    most: int | None = None  #: officers for whom it may have counters; None = as many as come


@dataclass(frozen=True)
class JoiningProblem:
    """Premises by id, allowed joins with the price of citizens' way, and the curves of overload."""

    premises: Mapping[str, Premises]
    joins: Mapping[Pair, int]  #: person-seconds a day
    curve: Callable[[str, int], tuple[Line, ...]] = field(repr=False)  #: lines of premises with a crew
    hall_price_s: int = 0  #: person-seconds a day that an open hall must save
    least: int = 0  #: closures
    most: int | None = None

    @cached_property
    def levels(self) -> dict[str, dict[int, tuple[int, int]]]:
        """Crews that premises can reach by joins, each with the least and the most visits a day it comes with."""
        guests: dict[str, list[str]] = {name: [] for name in self.premises}
        for point, host in self.joins:
            guests[host].append(point)
        return {host: self._reached(host, guests[host]) for host in sorted(self.premises)}

    def _reached(self, host: str, guests: list[str]) -> dict[int, tuple[int, int]]:
        own = self.premises[host]
        found = {own.crew: (own.volume, own.volume)}
        for point in sorted(guests):
            guest = self.premises[point]
            for crew, (low, high) in sorted(found.items(), reverse=True):
                more = crew + guest.crew
                if own.most is None or more <= own.most:
                    known = found.get(more, (low + guest.volume, high + guest.volume))
                    found[more] = (min(known[0], low + guest.volume), max(known[1], high + guest.volume))
        return dict(sorted(found.items()))

    def is_coupled(self) -> bool:
        """Tell whether the number of closures binds all premises together."""
        closable = len({point for point, _ in self.joins})
        return self.least > 0 or (self.most is not None and self.most < closable)

    def pieces(self) -> list["JoiningProblem"]:
        """The problem by connected pieces of the graph of joins, without the number of closures."""
        names = sorted(self.premises)
        rank = {name: number for number, name in enumerate(names)}
        ends = np.array([(rank[point], rank[host]) for point, host in self.joins], np.int64).reshape(-1, 2)
        graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (len(names), len(names)))
        count, piece_of = connected_components(graph, directed=False)
        groups: list[list[str]] = [[] for _ in range(count)]
        for name, piece in zip(names, piece_of, strict=True):
            groups[piece].append(name)
        return [
            replace(
                self,
                premises={name: self.premises[name] for name in group},
                joins={pair: price for pair, price in self.joins.items() if pair[0] in group},
                least=0,
                most=None,
            )
            for group in groups
        ]


@dataclass(frozen=True, slots=True)
class JoiningModel:
    """A PuLP program and its variables."""

    program: pulp.LpProblem
    join: dict[Pair, pulp.LpVariable]
    level: dict[tuple[str, int], pulp.LpVariable]
    split: dict[tuple[str, str, int], pulp.LpVariable]  #: (point, premises, crew)
    overload: dict[tuple[str, int], pulp.LpVariable]

    def stays(self, premises: str) -> Terms:
        """Whether premises stay open."""
        return [(variable, 1) for (name, _), variable in self.level.items() if name == premises]

    def guests(self, host: str, crew: int) -> list[tuple[str, pulp.LpVariable]]:
        """Points that may be among a crew of premises."""
        return [(point, variable) for (point, name, count), variable in self.split.items() if (name, count) == (host, crew)]


def formulate(problem: JoiningProblem) -> JoiningModel:
    """Write the program of a joining problem."""
    program = pulp.LpProblem("joining", pulp.LpMinimize)
    tag = {name: f"{rank}_{name}" for rank, name in enumerate(sorted(problem.premises))}
    keys = [(name, crew) for name, crews in problem.levels.items() for crew in crews]

    def one(letter: str, first: str, second: str, most: int | None, kind: str) -> pulp.LpVariable:
        return program.add_variable(f"{letter}_{first}_{second}", 0, most, kind)

    model = JoiningModel(
        program,
        join={(i, j): one("r", tag[i], tag[j], 1, pulp.LpInteger) for i, j in sorted(problem.joins)},
        level={(j, n): one("z", tag[j], str(n), 1, pulp.LpInteger) for j, n in keys},
        split={
            (i, j, n): one("s", tag[i], f"{tag[j]}_{n}", None, pulp.LpContinuous)
            for i, j in sorted(problem.joins)
            for n in problem.levels[j]
            if n >= problem.premises[i].crew + problem.premises[j].crew
        },
        overload={(j, n): one("o", tag[j], str(n), None, pulp.LpContinuous) for j, n in keys},
    )
    program.setObjective(objective(problem, model))
    for family in FAMILIES:
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    return model


def total(terms: Iterable[tuple[pulp.LpVariable, int]]) -> pulp.LpAffineExpression:
    """A linear expression from its terms; those with factor 0 are left out."""
    return pulp.LpAffineExpression([(variable, factor) for variable, factor in terms if factor])


def objective(problem: JoiningProblem, model: JoiningModel) -> pulp.LpAffineExpression:
    """Σ_jn o_jn + Σ_ij way_ij r_ij + hall Σ_jn z_jn: person-seconds a day."""
    terms: Terms = [(variable, 1) for variable in model.overload.values()]
    terms += [(variable, problem.joins[pair]) for pair, variable in model.join.items()]
    terms += [(variable, problem.hall_price_s) for variable in model.level.values()]
    return total(terms)


def one_place(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """Every point is served at one place: Σ_n z_in + Σ_j r_ij = 1; premises that may not close: Σ_n z_jn = 1."""
    return [
        (f"one_place_{name}", total([*model.stays(name), *((v, 1) for (i, _), v in model.join.items() if i == name)]) == 1)
        for name in sorted(problem.premises)
    ]


def split_by_crew(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """A point that joins is among one crew that can hold it: Σ_{n ≥ c_i + c_j} s_ijn = r_ij."""
    parts: dict[Pair, Terms] = {pair: [] for pair in model.join}
    for (i, j, _), variable in model.split.items():
        parts[i, j].append((variable, 1))
    return [(f"split_by_crew_{i}_{j}", total([*parts[i, j], (r, -1)]) == 0) for (i, j), r in model.join.items()]


def open_host(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """A point joins open premises only, crew by crew: s_ijn ≤ z_jn."""
    return [
        (f"open_host_{i}_{j}_{n}", total([(variable, 1), (model.level[j, n], -1)]) <= 0)
        for (i, j, n), variable in model.split.items()
    ]


def crew_is_joined(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """Officers go with their point: Σ_i c_i s_ijn = (n − c_j) z_jn."""
    rows = []
    for (j, n), z in model.level.items():
        guests = [(s, problem.premises[i].crew) for i, s in model.guests(j, n)]
        if guests:
            rows.append((f"crew_is_joined_{j}_{n}", total([*guests, (z, problem.premises[j].crew - n)]) == 0))
    return rows


def host_in_all(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """All crews of a host together, which helps the search: r_ij ≤ Σ_{n ≥ c_i + c_j} z_jn."""
    rows = []
    for (i, j), variable in model.join.items():
        least = problem.premises[i].crew + problem.premises[j].crew
        enough = [(z, -1) for (name, n), z in model.level.items() if name == j and n >= least]
        rows.append((f"host_in_all_{i}_{j}", total([(variable, 1), *enough]) <= 0))
    return rows


def crew_in_all(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """Officers of all crews of a host together, which helps the search: Σ_i c_i r_ij = Σ_n (n − c_j) z_jn."""
    rows = []
    for j, own in sorted(problem.premises.items()):
        guests = [(r, problem.premises[i].crew) for (i, host), r in model.join.items() if host == j]
        if guests:
            levels = [(z, own.crew - n) for (name, n), z in model.level.items() if name == j]
            rows.append((f"crew_in_all_{j}", total([*guests, *levels]) == 0))
    return rows


def overload_lines(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """Overload is above every line its visits can reach: o_jn ≥ slope (w_j z_jn + Σ_i w_i s_ijn) + base z_jn."""
    rows = []
    for (j, n), z in model.level.items():
        guests = [(s, problem.premises[i].volume) for i, s in model.guests(j, n)]
        own = problem.premises[j].volume
        for rank, (slope, base) in enumerate(active(problem.curve(j, n), *problem.levels[j][n])):
            terms: Terms = [(model.overload[j, n], 1), (z, -slope * own - base), *((s, -slope * volume) for s, volume in guests)]
            rows.append((f"overload_lines_{j}_{n}_{rank}", total(terms) >= 0))
    return rows


def closures(problem: JoiningProblem, model: JoiningModel) -> Rows:
    """No fewer closures than asked, no more than allowed: least ≤ Σ_ij r_ij ≤ most."""
    closed = total((variable, 1) for variable in model.join.values())
    rows = [("closures_least", closed >= problem.least)] if problem.least > 0 else []
    return [*rows, ("closures_most", closed <= problem.most)] if problem.most is not None and model.join else rows


FAMILIES = (one_place, split_by_crew, open_host, host_in_all, crew_is_joined, crew_in_all, overload_lines, closures)


# -- solving ---------------------------------------------------------------------------------------------------------


def solve_joining(problem: JoiningProblem, time_limit_s: float = 60.0) -> tuple[Outcome, dict[str, str] | None]:
    """Solve to proven gap 0, or as far as the time allows: by pieces, and whole when their closures break the number."""
    began = perf_counter()
    parts: list[Outcome] = []
    joined: dict[str, str] = {}
    for piece in problem.pieces():
        outcome, into = _solve_whole(piece, max(time_limit_s - (perf_counter() - began), 0.1))
        if into is None:
            return replace(outcome, seconds=perf_counter() - began), None
        parts.append(outcome)
        joined |= into
    if problem.is_coupled() and not problem.least <= len(joined) <= (len(joined) if problem.most is None else problem.most):
        outcome, into = _solve_whole(problem, max(time_limit_s - (perf_counter() - began), 0.1))
        return replace(outcome, seconds=perf_counter() - began), into
    return _summed(problem, parts, joined, perf_counter() - began), joined


def solve_joining_with_cbc(problem: JoiningProblem, time_limit_s: float = 60.0) -> tuple[Outcome, dict[str, str] | None]:
    """Solve whole with CBC for a second opinion; RuntimeError when this installation has none."""
    began = perf_counter()
    model = formulate(problem)
    finish = run_cbc(model.program, time_limit_s)
    return _judged(problem, model, finish, perf_counter() - began)


def most_closures(problem: JoiningProblem, time_limit_s: float = 60.0) -> int:
    """The largest number of points that may close at once, whatever it costs."""
    bare = replace(problem, least=0, most=None, hall_price_s=0)
    found = 0
    for piece in bare.pieces():
        model = formulate(piece)
        model.program.setObjective(total((variable, -1) for variable in model.join.values()))
        if piece.joins and run_highs(model.program, time_limit_s).status in ("optimal", "feasible"):
            found += len(_whole(model) or {})
    return found


def _solve_whole(problem: JoiningProblem, time_limit_s: float) -> tuple[Outcome, dict[str, str] | None]:
    began = perf_counter()
    if not problem.joins and problem.least <= 0:
        fixed = cost(problem, {})
        return Outcome("optimal", fixed, float(fixed), 0.0, 0.0), {}
    model = formulate(problem)
    return _judged(problem, model, run_highs(model.program, time_limit_s), perf_counter() - began)


def _judged(
    problem: JoiningProblem, model: JoiningModel, finish: Finish, seconds: float
) -> tuple[Outcome, dict[str, str] | None]:
    if finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status, None, finish.bound, None, seconds), None
    into = _whole(model)
    if into is None or broken_rules(problem, into):
        return Outcome("error", None, finish.bound, None, seconds), None
    outcome = judged(cost(problem, into), finish.bound, finish.status == "optimal", seconds)
    return outcome, None if outcome.status == "error" else into


def _whole(model: JoiningModel) -> dict[str, str] | None:
    """The joins found, or None when a value is missing or not whole."""
    into = {}
    for (point, host), variable in model.join.items():
        number = variable.value()
        if number is None or abs(number - round(number)) > INTEGRAL:
            return None
        if round(number):
            into[point] = host
    return into


def _summed(problem: JoiningProblem, parts: list[Outcome], into: Into, seconds: float) -> Outcome:
    """The outcome of pieces together; bounds add up, each rounded up to a whole person-second."""
    if broken_rules(problem, into):
        return Outcome("error", None, None, None, seconds)
    found = cost(problem, into)
    status: Status = "optimal" if all(part.status == "optimal" for part in parts) else "feasible"
    if status == "optimal":
        return Outcome(status, found, float(found), 0.0, seconds)
    bound = sum(part.bound for part in parts if part.bound is not None)
    known = all(part.bound is not None for part in parts)
    return judged(found, bound if known else None, False, seconds)


# -- the second hand: cost and rules in integers, without the program ------------------------------------------------


def cost(problem: JoiningProblem, into: Into) -> int:
    """Objective of joins, person-seconds a day."""
    way = sum(problem.joins[pair] for pair in into.items())
    halls = len(problem.premises) - len(into)
    return sum(overload_s(problem, into).values()) + way + halls * problem.hall_price_s


def overload_s(problem: JoiningProblem, into: Into) -> dict[str, int]:
    """Overload of the premises left, person-seconds a day."""
    return {name: value(problem.curve(name, crew), volume) for name, (crew, volume) in after(problem, into).items()}


def after(problem: JoiningProblem, into: Into) -> dict[str, tuple[int, int]]:
    """Crew and visits a day of the premises left."""
    found = {name: (one.crew, one.volume) for name, one in problem.premises.items() if name not in into}
    for point, host in into.items():
        crew, volume = found[host]
        found[host] = (crew + problem.premises[point].crew, volume + problem.premises[point].volume)
    return found


def broken_rules(problem: JoiningProblem, into: Into) -> tuple[str, ...]:
    """Names of the rules that joins break."""
    broken = []
    if any(pair not in problem.joins for pair in into.items()):
        broken.append("allowed_pair")
    if any(not problem.premises[point].may_close for point in into):
        broken.append("one_place")
    if any(host in into for host in into.values()):
        return (*broken, "open_host")
    crews = after(problem, into)
    limits = {name: one.most for name, one in problem.premises.items()}
    if any((most := limits[host]) is not None and crews[host][0] > most for host in into.values()):
        broken.append("counters")
    if not problem.least <= len(into) <= (len(into) if problem.most is None else problem.most):
        broken.append("closures")
    return tuple(broken)
