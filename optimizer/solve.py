"""Solving, and saying truthfully what came of it.

A label is never trusted: status, bound and gap are read from HiGHS itself (PuLP calls a solve that ran out of time
optimal), and objective and rules are computed again from the integers found. A plan is optimal only when the proven
bound, rounded up to the next whole person-second, is its objective.
"""

import logging
import warnings
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import ceil, isfinite
from time import perf_counter
from typing import Any

import highspy
import numpy as np
import pulp
from scipy import sparse

from .arrays import Arrays, StaffingArrays
from .formulation import Model, change_price_s, fewest_holders, formulate
from .highs import ABSOLUTE_GAP as ABSOLUTE_GAP
from .highs import KERNEL_FROM, Basis, Numbers, loaded, run, solve_arrays, solve_in_kernel
from .highs import ROUNDING as ROUNDING
from .highs import Finish as Finish
from .highs import Status as Status
from .names import People as People
from .names import counted, names_of
from .problem import PhaseProblem, Place, StaffingProblem, Target, counters_needed_pm
from .sharpening import sharpened
from .stays import Stays

logger = logging.getLogger(__name__)
ARRAYS_FROM = 1_000  #: allowed places of classes, over all phases, from which the program is written as arrays
INTEGRAL = 1e-4  #: farthest a value may lie from a whole number


@dataclass(frozen=True, slots=True)
class PhaseStaffing:
    """Who serves where in a phase, and what is added; zeros left out."""

    people: People
    posts: dict[Place, int] = field(default_factory=dict)
    postal: dict[Place, int] = field(default_factory=dict)  #: posts filled by postal staff
    rented: dict[str, int] = field(default_factory=dict)  #: counters by office
    bought: dict[str, int] = field(default_factory=dict)
    options: tuple[int, ...] = ()  #: those taken

    def posts_at(self, place: Place) -> int:
        """Posts of both kinds."""
        return self.posts.get(place, 0) + self.postal.get(place, 0)

    def counters_at(self, office: str) -> int:
        """Counters added."""
        return self.rented.get(office, 0) + self.bought.get(office, 0)


Staffing = tuple[PhaseStaffing, ...]  #: by phase


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a staffing breaks, in the rule's own unit: persons, counters per mille, metres or person-seconds."""

    name: str
    rule: str
    office: str = ""
    group: str = ""
    field: str = ""
    found: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the worst overloads, as small as it can be after the worse ones; with the offices that have it in the plan."""

    overload_s: int  #: person-seconds a day
    places: tuple[tuple[str, str], ...]  #: phase, office


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proven. Objective and bound in person-seconds over all days; gap relative, None without a plan."""

    status: Status
    objective: int | None
    bound: float | None
    gap: float | None
    seconds: float
    stages: tuple[Stage, ...] = ()  #: of the objective "worst", each proven


def solve(problem: StaffingProblem, time_limit_s: float = 60.0, basis: Basis | None = None) -> tuple[Outcome, Staffing | None]:
    """Solve with HiGHS to proven gap 0, or as far as the time allows; a large program without PuLP.

    basis : where the relaxation of a large program starts, and then where it has ended.
    """
    began = perf_counter()
    large = sum(len(one.targets) for phase in problem.phases for one in phase.classes) >= ARRAYS_FROM
    try:
        finish, staffing = _by_arrays(problem, time_limit_s, basis) if large else _by_pulp(problem, time_limit_s)
    except Exception:  # whatever a solver raises, the planner is told that it failed
        logger.info("HiGHS failed", exc_info=True)
        finish, staffing = Finish("error", None), None
    return answered(problem, finish, staffing, perf_counter() - began)


def _by_pulp(problem: StaffingProblem, time_limit_s: float) -> tuple[Finish, Staffing | None]:
    model = formulate(problem)
    finish = run_highs(model.program, time_limit_s)
    return finish, _found(model, finish)


def _by_arrays(problem: StaffingProblem, time_limit_s: float, basis: Basis | None) -> tuple[Finish, Staffing | None]:
    stays = Stays.of(problem)
    arrays = stays.in_stays
    if basis is None:
        finish, values = solve_arrays(arrays.program, time_limit_s)
    else:
        program = sharpened(arrays.program)
        relaxation = loaded(program, whole=False)
        basis.begin(relaxation, arrays.names, arrays.rows)
        finish, values = solve_arrays(program, time_limit_s, relaxation)
        basis.note(relaxation, arrays.names, arrays.rows)
    return finish, staffing_of_stays(problem, stays, values)


def solve_with_cbc(problem: StaffingProblem, time_limit_s: float = 60.0) -> tuple[Outcome, Staffing | None]:
    """Solve with CBC for a second opinion; it tells no bound, so its plans count as feasible only.

    RuntimeError when this installation has no CBC.
    """
    began = perf_counter()
    model = formulate(problem)
    finish = run_cbc(model.program, time_limit_s)
    return answered(problem, finish, _found(model, finish), perf_counter() - began)


def run_cbc(program: pulp.LpProblem, time_limit_s: float) -> Finish:
    """Run CBC on one thread; RuntimeError when this installation has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        solver = pulp.PULP_CBC_CMD(msg=False, threads=1, gapRel=0, gapAbs=ABSOLUTE_GAP, timeLimit=time_limit_s)
    if not solver.available():
        raise RuntimeError("no CBC is installed")
    program.solve(solver)
    found = program.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    statuses: dict[int, Status] = {pulp.LpStatusInfeasible: "infeasible", pulp.LpStatusUnbounded: "unbounded"}
    return Finish("feasible" if found else statuses.get(program.status, "no_plan"), None)


def run_highs(program: pulp.LpProblem, time_limit_s: float) -> Finish:
    """Run HiGHS in this process on one thread with a fixed seed; return its own word.

    A large program is first solved among the columns that its relaxation leaves open, and proven on them.
    """
    ends = perf_counter() + time_limit_s
    solver = pulp.HiGHS(
        msg=False, log_to_console=False, threads=1, random_seed=1, gapRel=0.0, gapAbs=ABSOLUTE_GAP, timeLimit=time_limit_s
    )
    solver.createAndConfigureSolver(program)
    solver.buildSolverModel(program)
    highs: highspy.Highs = program.solverModel
    constant = program.objective.constant  # PuLP keeps it to itself
    variables = program.variables()
    if sum(variable.cat == pulp.LpInteger for variable in variables) > KERNEL_FROM:
        found = solve_in_kernel(_arrays_of(highs, constant), ends)
        if found is not None and found[1] is not None:
            for variable in variables:
                variable.varValue = found[1][variable.index]
            return found[0]
    finish = run(highs, ends)
    solver.findSolutionValues(program)
    if finish.status == "unbounded":
        return Finish(_told_apart(program, time_limit_s), None)
    return finish if finish.bound is None else Finish(finish.status, finish.bound + constant)


def _arrays_of(highs: highspy.Highs, constant: float) -> Arrays:
    """The program that PuLP has handed to HiGHS, row by row."""
    lp = highs.getLp()
    held = lp.a_matrix_
    by_row = held.format_ == highspy.MatrixFormat.kRowwise
    kind = sparse.csr_array if by_row else sparse.csc_array
    matrix = kind((np.array(held.value_), np.array(held.index_), np.array(held.start_)), shape=(lp.num_row_, lp.num_col_))
    return Arrays(
        cost=np.array(lp.col_cost_),
        lower=np.array(lp.col_lower_),
        upper=np.array(lp.col_upper_),
        whole=np.array([each == highspy.HighsVarType.kInteger for each in lp.integrality_], bool),
        matrix=sparse.csr_array(matrix),
        row_lower=np.array(lp.row_lower_),
        row_upper=np.array(lp.row_upper_),
        constant=constant,
    )


def _told_apart(program: pulp.LpProblem, time_limit_s: float) -> Status:
    """Without its objective an unbounded program has a solution and an infeasible one has none."""
    bare = program.copy()
    bare.setObjective(pulp.LpAffineExpression())
    status = run_highs(bare, time_limit_s).status
    return "unbounded" if status in ("optimal", "feasible") else status


def _found(model: Model, finish: Finish) -> Staffing | None:
    """The staffing in a PuLP program that was solved."""
    return staffing_of(model) if finish.status in ("optimal", "feasible") else None


def answered(
    problem: StaffingProblem, finish: Finish, staffing: Staffing | None, seconds: float
) -> tuple[Outcome, Staffing | None]:
    """What a solve proved of a problem, with rules and costs computed again."""
    if finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status, None, finish.bound, None, seconds), None
    if staffing is None or broken_rules(problem, staffing):
        return Outcome("error", None, finish.bound, None, seconds), None
    outcome = judged(cost(problem, staffing), finish.bound, finish.status == "optimal", seconds)
    return outcome, None if outcome.status == "error" else staffing


def judged(objective: int, bound: float | None, claimed: bool, seconds: float) -> Outcome:
    """Return the outcome of a plan: optimal only when claimed and when its bound rounds up to its objective.

    A bound above the objective contradicts it: an error.
    """
    if bound is None or not isfinite(bound):
        return Outcome("feasible", objective, None, None, seconds)
    proven = ceil(bound - max(ROUNDING, 1e-9 * abs(bound)))
    gap = (objective - proven) / max(1, abs(objective))
    if gap < 0:
        return Outcome("error", objective, bound, None, seconds)
    return Outcome("optimal" if claimed and gap == 0 else "feasible", objective, bound, gap, seconds)


def staffing_of(model: Model) -> Staffing | None:
    """The staffing found by a PuLP program, or None when a value is missing or not whole."""
    found = []
    for phase in model.phases:
        groups: list[dict[Any, Any]] = [phase.staff, phase.posts, phase.postal, phase.rented, phase.bought, phase.options]
        found.append(_part([{key: variable.value() for key, variable in group.items()} for group in groups]))
    return tuple(part for part in found if part is not None) if None not in found else None


def staffing_of_arrays(arrays: StaffingArrays, values: Numbers | None) -> Staffing | None:
    """The staffing found by a program of arrays, or None when there is none or a value is not whole."""
    if values is None:
        return None
    found, known = [], values.tolist()
    for phase in arrays.phases:
        groups: list[dict[Any, Any]] = [phase.staff, phase.posts, phase.postal, phase.rented, phase.bought, phase.options]
        found.append(_part([{key: known[column] for key, column in group.items()} for group in groups]))
    return tuple(part for part in found if part is not None) if None not in found else None


def staffing_of_stays(problem: StaffingProblem, stays: Stays, values: Numbers | None) -> Staffing | None:
    """The same of a program in stays, which may have further columns; classes that are one in it: as `names_of`."""
    staffing = staffing_of_arrays(stays.arrays, None if values is None else stays.sums @ values[: stays.sums.shape[1]])
    if staffing is None or any(map(_misplaced, stays.problem.phases, staffing)):  # values that round to another sum are none
        return None
    people = counted(problem, names_of(stays.problem, [part.people for part in staffing]))
    return tuple(replace(part, people=here) for part, here in zip(staffing, people, strict=True))


def _misplaced(phase: PhaseProblem, chosen: PhaseStaffing) -> list[int]:
    """Classes that have not as many places as officers."""
    placed = [0] * len(phase.classes)
    for (rank, _), count in chosen.people.items():
        placed[rank] += count
    return [rank for rank, one in enumerate(phase.classes) if placed[rank] != one.size]


def _part(groups: list[dict[Any, float | None]]) -> PhaseStaffing | None:
    """The staffing of one phase from the values of its groups of columns."""
    counts = [_counts(group) for group in groups]
    if any(group is None for group in counts):
        return None
    people, posts, postal, rented, bought, options = (group or {} for group in counts)
    return PhaseStaffing(people, posts, postal, rented, bought, tuple(sorted(options)))


def _counts(values: dict[Any, float | None]) -> dict[Any, int] | None:
    counts = {}
    for key, value in values.items():
        if value is None or abs(value - round(value)) > INTEGRAL:
            return None
        if round(value):
            counts[key] = round(value)
    return counts


def today(problem: StaffingProblem) -> Staffing:
    """Everyone at home, nothing added."""
    return tuple(
        PhaseStaffing({(rank, one.home): one.size for rank, one in enumerate(phase.classes)}) for phase in problem.phases
    )


# -- the second hand: costs and rules in integers, without the program ----------------------------------------------


def cost(problem: StaffingProblem, staffing: Staffing) -> int:
    """Objective of a staffing in person-seconds over all days, from the curves and prices alone."""
    found = sum(phase.days * overload_s(phase, chosen) for phase, chosen in zip(problem.phases, staffing, strict=True))
    if problem.objective == "total":
        return found + sum(sum(comers(problem, staffing, number).values()) for number in range(len(problem.phases)))
    return found + prices(problem, staffing)


def overload_s(phase: PhaseProblem, staffing: PhaseStaffing) -> int:
    """Overload of a phase by its curves and options, person-seconds a day."""
    crews = crews_of(phase, staffing)
    curves = sum(phase.curves[place][crew] for place, crew in crews.items())
    return curves + sum(phase.options[rank].change_s for rank in staffing.options)


def crews_of(phase: PhaseProblem, staffing: PhaseStaffing) -> dict[Place, int]:
    """Crew of each place with a curve, posts among them."""
    crews = {place: staffing.posts_at(place) for place in phase.curves}
    for (rank, office), count in staffing.people.items():
        place = (office, group_of(phase, rank, office))
        if place in crews:
            crews[place] += count
    return crews


def group_of(phase: PhaseProblem, rank: int, office: str) -> str:
    """Desk group that a class joins at an office; empty = none."""
    target = phase.classes[rank].target_at.get(office)
    return target.group if target is not None else ""


def prices(problem: StaffingProblem, staffing: Staffing) -> int:
    """What the objective counts beside overload, person-seconds over all days."""
    found = 0
    for number, (phase, chosen) in enumerate(zip(problem.phases, staffing, strict=True)):
        found += phase.days * sum(count * target.price_s for target, count in _targets(phase, chosen))
        found += sum(count * change_price_s(phase, rank) for (rank, _), count in comers(problem, staffing, number).items())
        found += phase.days * phase.post_price_s * (sum(chosen.posts.values()) + sum(chosen.postal.values()))
        found += phase.days * phase.counter_price_s * (sum(chosen.rented.values()) + sum(chosen.bought.values()))
    return found


def _targets(phase: PhaseProblem, chosen: PhaseStaffing) -> Iterator[tuple[Target, int]]:
    """Officers who are where they may be, by target."""
    for (rank, office), count in chosen.people.items():
        one = phase.classes[rank]
        if office in one.target_at:
            yield one.target_at[office], count


def stayers(problem: StaffingProblem, staffing: Staffing, number: int) -> People:
    """Where the classes of a phase are as it begins, before anyone moves."""
    phase, follows = problem.phases[number], problem.before(number)
    found = {(rank, one.came or one.home): one.size for rank, one in enumerate(phase.classes) if rank not in follows}
    if number:
        ranks = {before: rank for rank, before in follows.items()}
        for (before, office), count in staffing[number - 1].people.items():
            if before in ranks:
                key = (ranks[before], problem.into[number - 1][office])
                found[key] = found.get(key, 0) + count
    return found


def comers(problem: StaffingProblem, staffing: Staffing, number: int) -> People:
    """Changes of office as a phase begins: officers of a class who come to an office."""
    there = stayers(problem, staffing, number)
    people = staffing[number].people
    return {key: count - there.get(key, 0) for key, count in people.items() if count > there.get(key, 0)}


def broken_rules(problem: StaffingProblem, staffing: Staffing) -> tuple[str, ...]:
    """Names of the rules a staffing breaks, checked in integers without the program."""
    broken: list[str] = []
    for number, (phase, chosen) in enumerate(zip(problem.phases, staffing, strict=True)):
        broken += broken_people(phase, chosen)
        broken += broken_crews(phase, chosen)
        broken += _broken_allowance(problem, phase, chosen)
        if sum(comers(problem, staffing, number).values()) > phase.max_moves:
            broken.append("few_moves")
        if number:
            broken += _broken_kept(problem, staffing, number)
    return tuple(broken)


def broken_people(phase: PhaseProblem, chosen: PhaseStaffing) -> list[str]:
    """Names of the rules that the places of a phase's people break."""
    broken = []
    for (rank, office), count in chosen.people.items():
        if office not in phase.classes[rank].target_at:
            broken.append(f"target {(rank, office)}")
        if count < 0:
            broken.append(f"placed {rank}")
    broken += [f"placed {rank}" for rank in _misplaced(phase, chosen)]
    if phase.max_commute_m is not None:
        beyond = sum(count * target.commute_m for target, count in _targets(phase, chosen))
        beyond -= sum(count * phase.classes[rank].home_m for (rank, _), count in chosen.people.items())
        if beyond > phase.max_commute_m:
            broken.append("few_kilometers")
    return broken


def broken_crews(phase: PhaseProblem, chosen: PhaseStaffing) -> list[str]:
    """Names of the rules that the crews of a phase break."""
    return [breach.name for breach in crew_breaches(phase, chosen)]


def crew_breaches(phase: PhaseProblem, chosen: PhaseStaffing) -> list[Breach]:
    """The rules that the crews of a phase break, with what they have and what is asked."""
    crews = crews_of(phase, chosen)
    broken = [
        Breach(f"level {place}", "level", *place, "", crew, min(phase.curves[place], key=lambda level: abs(level - crew)))
        for place, crew in crews.items()
        if crew not in phase.curves[place]
    ]
    people: dict[str, list[tuple[int, int]]] = {office: [] for office in phase.offices}
    for (rank, office), count in chosen.people.items():
        people.setdefault(office, []).append((rank, count))
    places = phase.places()
    for office, rules in phase.offices.items():
        here = people[office]
        size = sum(count for _, count in here)
        if size < rules.minimum_crew:
            broken.append(Breach(f"minimum_crew {office}", "minimum_crew", office, "", "", size, rules.minimum_crew))
        needed, room = office_counters_pm(phase, chosen, office, here), rules.room_pm + 1000 * chosen.counters_at(office)
        if needed > room:
            broken.append(Breach(f"counters {office}", "counters", office, "", "", needed, room))
        alike = _alike(phase, here)
        for name, fewest in rules.holders:
            held = sum(count for fields, count in alike.items() if name in fields)
            if held < fewest:
                broken.append(Breach(f"holders {office} {name}", "holders", office, "", name, held, fewest))
        reached = office in places and all(crews[place] in phase.curves[place] for place in places[office])
        if phase.max_overload_s is not None and reached:
            worst = sum(phase.curves[place][crews[place]] for place in places[office])
            most = max(phase.max_overload_s, phase.home_cost(office))
            if worst > most:
                broken.append(Breach(f"none_worse_than {office}", "none_worse_than", office, "", "", worst, most))
    for place, held_at_home in phase.mix.items():
        crew = [(rank, count) for rank, count in people[place[0]] if group_of(phase, rank, place[0]) == place[1]]
        alike, home = _alike(phase, crew), phase.home_size(place)
        size = sum(alike.values())
        for name, before in held_at_home:
            holding = sum(count for fields, count in alike.items() if name in fields)
            if home * holding < before * size - home:
                fewest = fewest_holders(before, size, home)
                broken.append(Breach(f"mix {place} {name}", "mix", *place, name, holding, fewest))
    return broken


def seen_by_rules(phase: PhaseProblem, rank: int, office: str) -> Hashable:
    """All that the rules of a crew see of one of a class at an office."""
    one = phase.classes[rank]
    return group_of(phase, rank, office), one.fields, one.shift, one.share_pm


def _alike(phase: PhaseProblem, here: Iterable[tuple[int, int]]) -> dict[frozenset[str], int]:
    """Officers by the fields that they hold; here : class, officers."""
    found: dict[frozenset[str], int] = {}
    for rank, count in here:
        fields = phase.classes[rank].fields
        found[fields] = found.get(fields, 0) + count
    return found


def office_counters_pm(phase: PhaseProblem, chosen: PhaseStaffing, office: str, here: Iterable[tuple[int, int]]) -> int:
    """Counters that default counter hours of an office's crew need, posts among them, per mille; here : class, officers."""
    shares = [(phase.classes[rank].shift, count * phase.classes[rank].share_pm) for rank, count in here]
    posts = [(place, phase.posts[place]) for place in (*chosen.posts, *chosen.postal) if place in phase.posts]
    shares += [("full", chosen.posts_at(place) * post.share_pm) for place, post in dict(posts).items() if place[0] == office]
    return counters_needed_pm(shares)


def with_counters_needed(problem: StaffingProblem, staffing: Staffing) -> Staffing:
    """The staffing without added counters that no crew needs, which cost nothing where a counter has no price."""
    found: list[PhaseStaffing] = []
    for number, (phase, chosen) in enumerate(zip(problem.phases, staffing, strict=True)):
        kept: dict[str, int] = {}
        for office, count in found[-1].bought.items() if found else ():
            into = problem.into[number - 1][office]
            kept[into] = kept.get(into, 0) + count
        rented, bought = {}, {}
        for office in sorted({*chosen.rented, *chosen.bought, *kept}):
            here = [(rank, count) for (rank, where), count in chosen.people.items() if where == office]
            short = ceil((office_counters_pm(phase, chosen, office, here) - phase.offices[office].room_pm) / 1000)
            bought[office] = max(min(chosen.bought.get(office, 0), short), kept.get(office, 0))
            rented[office] = max(min(chosen.rented.get(office, 0), short - bought[office]), 0)
        found.append(
            replace(
                chosen,
                rented={office: count for office, count in rented.items() if count},
                bought={office: count for office, count in bought.items() if count > 0},
            )
        )
    return tuple(found)


def _broken_allowance(problem: StaffingProblem, phase: PhaseProblem, chosen: PhaseStaffing) -> list[str]:
    most = problem.allowance
    added = {
        "posts": (sum(chosen.posts.values()), most.posts),
        "postal_posts": (sum(chosen.postal.values()), most.postal_posts),
        "rented": (sum(chosen.rented.values()), most.rented),
        "bought": (sum(chosen.bought.values()), most.bought),
    }
    for kind in {option.kind for option in phase.options}:
        taken = sum(phase.options[rank].kind == kind for rank in chosen.options)
        added[kind] = (taken, dict(most.options).get(kind, 0))
    broken = [f"allowance {kind}" for kind, (count, limit) in added.items() if count > limit]
    broken += [f"post {place}" for place in chosen.posts if place not in phase.posts]
    broken += [f"post {place}" for place in chosen.postal if place not in phase.posts or not phase.posts[place].postal]
    offices = {*chosen.rented, *chosen.bought}
    return broken + [f"premises {office}" for office in offices if chosen.counters_at(office) > phase.offices[office].premises]


def _broken_kept(problem: StaffingProblem, staffing: Staffing, number: int) -> list[str]:
    into, before, now = problem.into[number - 1], staffing[number - 1], staffing[number]
    broken = []
    for name, then, after in (("posts", before.posts, now.posts), ("postal_posts", before.postal, now.postal)):
        places: dict[Place, int] = {}
        for (office, group), count in then.items():
            places[into[office], group] = places.get((into[office], group), 0) + count
        broken += [f"kept {name} {place}" for place, count in places.items() if after.get(place, 0) < count]
    held: dict[str, int] = {}
    for office, count in before.bought.items():
        held[into[office]] = held.get(into[office], 0) + count
    return broken + [f"kept bought {office}" for office, count in held.items() if now.bought.get(office, 0) < count]
