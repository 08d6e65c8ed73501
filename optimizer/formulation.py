"""The integer program. The model file is a table of contents: sets, variables, objective, rules.

p phases    c classes of alike officers (size m_c, home h_c)    j offices    k desk groups    n crew levels

x_pcj   officers of class c at office j, integer ≥ 0, on allowed pairs only
u_pjkn  1 when group k of office j has more than base_jk officers, n or more of them; or fewer than base_jk, n or fewer; 0 … 1,
        where the curve is convex: the nearest first by itself
z_pjkn  1 when group k of office j has crew n, binary, where the curve is not convex or a mix of fields is to be kept
h_pjs   counters of office j that officers of half-day shift s take, integer ≥ 0, where such officers may serve
a_pcj   officers of class c who come to office j as the phase begins, ≥ 0, in phases after the first
v_pjk   posts filled, w_pjk posts filled by postal staff; r_pj counters rented, b_pj bought; o_pi 1 when option i is taken

A program whose curves are all convex is nearly a flow of least cost: its linear relaxation is integral but for the rows
that count moves, fields and half-day shifts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import pulp

from .problem import HALVES, PhaseProblem, Place, StaffingProblem

Rows = list[tuple[str, pulp.LpConstraint]]
Terms = list[tuple[pulp.LpVariable, int]]


@dataclass(frozen=True, slots=True)
class PhaseModel:
    """The variables of one phase by what they mean."""

    staff: dict[tuple[int, str], pulp.LpVariable]  #: (class, office)
    step: dict[tuple[Place, int], pulp.LpVariable]  #: (place, crew other than the base)
    level: dict[tuple[Place, int], pulp.LpVariable]  #: (place, crew)
    taken: dict[tuple[str, str], pulp.LpVariable]  #: (office, half-day shift)
    comes: dict[tuple[int, str], pulp.LpVariable]  #: (class, office)
    posts: dict[Place, pulp.LpVariable]
    postal: dict[Place, pulp.LpVariable]
    rented: dict[str, pulp.LpVariable]
    bought: dict[str, pulp.LpVariable]
    options: dict[int, pulp.LpVariable]

    def posts_at(self, place: Place) -> Terms:
        """Posts of both kinds at a place."""
        return [(kind[place], 1) for kind in (self.posts, self.postal) if place in kind]

    def counters_at(self, office: str) -> Terms:
        """Counters added at an office."""
        return [(kind[office], 1) for kind in (self.rented, self.bought) if office in kind]


@dataclass(frozen=True, slots=True)
class Model:
    """A PuLP program and its variables."""

    program: pulp.LpProblem
    phases: tuple[PhaseModel, ...]


def formulate(problem: StaffingProblem) -> Model:
    """Write the program of a staffing problem."""
    program = pulp.LpProblem("staffing", pulp.LpMinimize)
    model = Model(program, tuple(_variables(program, problem, number) for number in range(len(problem.phases))))
    program.setObjective(objective(problem, model))
    for family in FAMILIES:
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    return model


def is_convex(curve: Mapping[int, int]) -> bool:
    """Tell whether each further officer saves no more than the one before."""
    values = [curve[crew] for crew in sorted(curve)]
    saved = [before - after for before, after in pairwise(values)]
    return all(first >= second for first, second in pairwise(saved))


def fewest_holders(before: int, crew: int, base: int) -> int:
    """Fewest of a crew who hold a field of which `before` of `base` hold it at home, to within one officer."""
    return -(-before * crew // base) - 1 if base else 0


def tags(problem: PhaseProblem) -> dict[str, str]:
    """Names of offices that stay apart when the program's format replaces their signs: phase, rank and id."""
    return {office: f"{problem.phase}_{rank}_{office}" for rank, office in enumerate(problem.offices)}


def total(terms: Iterable[tuple[pulp.LpVariable, int]]) -> pulp.LpAffineExpression:
    """A linear expression from its terms."""
    return pulp.LpAffineExpression(list(terms))


def _variables(program: pulp.LpProblem, problem: StaffingProblem, number: int) -> PhaseModel:
    phase, allowed = problem.phases[number], problem.allowance
    tag = tags(phase)

    def whole(name: str, most: int | None) -> pulp.LpVariable:
        return program.add_variable(name, 0, most, pulp.LpInteger)

    staff = {
        (rank, target.office): whole(f"x_{rank}_{tag[target.office]}", one.size)
        for rank, one in enumerate(phase.classes)
        for target in one.targets
    }
    convex = {place for place, curve in phase.curves.items() if place not in phase.mix and is_convex(curve)}
    halves = {(target.office, one.shift) for one in phase.classes for target in one.targets if one.shift in HALVES}
    follows = problem.before(number)
    room = {office: rules.premises for office, rules in phase.offices.items() if rules.premises > 0}
    return PhaseModel(
        staff=staff,
        step={
            (place, crew): program.add_variable(f"u_{tag[place[0]]}_{place[1]}_{crew}", 0, 1)
            for place, curve in phase.curves.items()
            if place in convex
            for crew in sorted(curve)
            if crew != phase.base[place]
        },
        level={
            (place, crew): whole(f"z_{tag[place[0]]}_{place[1]}_{crew}", 1)
            for place, curve in phase.curves.items()
            if place not in convex
            for crew in curve
        },
        taken={(office, half): whole(f"h_{tag[office]}_{half}", None) for office, half in sorted(halves)},
        comes={(rank, office): program.add_variable(f"a_{rank}_{tag[office]}", 0) for rank, office in staff if rank in follows},
        posts={place: whole(f"v_{tag[place[0]]}_{place[1]}", allowed.posts) for place in phase.posts if allowed.posts},
        postal={
            place: whole(f"w_{tag[place[0]]}_{place[1]}", allowed.postal_posts)
            for place, post in phase.posts.items()
            if allowed.postal_posts and post.postal
        },
        rented={office: whole(f"r_{tag[office]}", min(most, allowed.rented)) for office, most in room.items() if allowed.rented},
        bought={office: whole(f"b_{tag[office]}", min(most, allowed.bought)) for office, most in room.items() if allowed.bought},
        options={
            rank: whole(f"o_{rank}_{tag[option.office]}_{option.kind}", 1)
            for rank, option in enumerate(phase.options)
            if dict(allowed.options).get(option.kind, 0) > 0
        },
    )


# -- what is counted -----------------------------------------------------------------------------------------------


def crew(phase: PhaseProblem, model: PhaseModel, place: Place) -> tuple[Terms, int]:
    """Crew of a place as the curve has it: terms and a constant."""
    curve, base = phase.curves[place], phase.base[place]
    if (place, base) in model.level:
        return [(model.level[place, count], count) for count in curve], 0
    return [(model.step[place, count], 1 if count > base else -1) for count in sorted(curve) if count != base], base


def overload(phase: PhaseProblem, model: PhaseModel, place: Place) -> tuple[Terms, int]:
    """Overload of the office on the curve of a place: terms and a constant."""
    curve, base = phase.curves[place], phase.base[place]
    if (place, base) in model.level:
        return [(model.level[place, count], curve[count]) for count in curve], 0
    steps = [count for count in sorted(curve) if count != base]
    return [(model.step[place, n], curve[n] - curve[n - 1 if n > base else n + 1]) for n in steps], curve[base]


def changes(problem: StaffingProblem, model: Model, number: int) -> Terms:
    """Changes of office as a phase begins, with the class of each."""
    phase, variables = problem.phases[number], model.phases[number]
    follows = problem.before(number)
    new = [
        (variable, 1)
        for (rank, office), variable in variables.staff.items()
        if rank not in follows and office != (phase.classes[rank].came or phase.classes[rank].home)
    ]
    return [*new, *((variable, 1) for variable in variables.comes.values())]


def change_price_s(phase: PhaseProblem, rank: int) -> int:
    """Price of a change of office of one of a class over the whole phase, person-seconds."""
    return phase.days * phase.move_price_s + phase.classes[rank].learning_s


def objective(problem: StaffingProblem, model: Model) -> pulp.LpAffineExpression:
    """Σ_p days_p (Σ_jk F_pjk + Σ_cj price_pcj x_pcj + prices of posts and counters) + Σ_pc changes_pc × price_pc.

    Person-seconds over all days. When the objective is the total overload, a change counts one person-second and nothing
    else has a price, so ties go to fewer changes.
    """
    terms: Terms = []
    constant = 0
    for number, (phase, variables) in enumerate(zip(problem.phases, model.phases, strict=True)):
        for place in phase.curves:
            found, fixed = overload(phase, variables, place)
            terms += [(variable, phase.days * value) for variable, value in found]
            constant += phase.days * fixed
        terms += [(variable, phase.days * phase.options[rank].change_s) for rank, variable in variables.options.items()]
        if problem.objective == "total":
            terms += changes(problem, model, number)
            continue
        terms += [
            (variables.staff[rank, target.office], phase.days * target.price_s)
            for rank, one in enumerate(phase.classes)
            for target in one.targets
            if target.price_s
        ]
        ranks = {variable.name: rank for (rank, _), variable in [*variables.staff.items(), *variables.comes.items()]}
        terms += [(variable, change_price_s(phase, ranks[variable.name])) for variable, _ in changes(problem, model, number)]
        for kind in (variables.posts, variables.postal):
            terms += [(variable, phase.days * phase.post_price_s) for variable in kind.values()]
        for counters_kind in (variables.rented, variables.bought):
            terms += [(variable, phase.days * phase.counter_price_s) for variable in counters_kind.values()]
    merged: dict[str, tuple[pulp.LpVariable, int]] = {}
    for variable, value in terms:
        merged[variable.name] = (variable, merged.get(variable.name, (variable, 0))[1] + value)
    return total(term for term in merged.values() if term[1]) + constant


# -- rules of a phase ----------------------------------------------------------------------------------------------


def placed(problem: StaffingProblem, model: Model) -> Rows:
    """Everyone serves somewhere: Σ_j x_pcj = m_c."""
    return [
        (f"placed_{phase.phase}_{rank}", total((variables.staff[rank, target.office], 1) for target in one.targets) == one.size)
        for phase, variables in _phases(problem, model)
        for rank, one in enumerate(phase.classes)
    ]


def one_level(problem: StaffingProblem, model: Model) -> Rows:
    """Where the curve is not convex or fields are mixed, each group has one crew level: Σ_n z_pjkn = 1."""
    return [
        (f"one_level_{tag[place[0]]}_{place[1]}", total((variables.level[place, count], 1) for count in curve) == 1)
        for phase, variables in _phases(problem, model)
        for tag in (tags(phase),)
        for place, curve in phase.curves.items()
        if (place, phase.base[place]) in variables.level
    ]


def crew_is_level(problem: StaffingProblem, model: Model) -> Rows:
    """The level is the crew: Σ_{c in k at j} x_pcj + v_pjk + w_pjk = Σ_n n z_pjkn, or base_jk + Σ_{n>base} u − Σ_{n<base} u."""
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        tag = tags(phase)
        staff: dict[Place, Terms] = {place: variables.posts_at(place) for place in phase.curves}
        for rank, one in enumerate(phase.classes):
            for target in one.targets:
                if (target.office, target.group) in staff:
                    staff[target.office, target.group].append((variables.staff[rank, target.office], 1))
        for place, terms in staff.items():
            levels, fixed = crew(phase, variables, place)
            left = total([*terms, *((variable, -count) for variable, count in levels)])
            rows.append((f"crew_{tag[place[0]]}_{place[1]}", left == fixed))
    return rows


def minimum_crew(problem: StaffingProblem, model: Model) -> Rows:
    """No office under its minimum: Σ_c x_pcj ≥ minimum_j."""
    return [
        (f"minimum_crew_{tag[office]}", total((variable, 1) for _, variable in here[office]) >= rules.minimum_crew)
        for phase, variables in _phases(problem, model)
        for here, tag in ((_by_office(phase, variables), tags(phase)),)
        for office, rules in phase.offices.items()
    ]


def holders(problem: StaffingProblem, model: Model) -> Rows:
    """Each offered field is held: Σ_{c holds f} x_pcj ≥ holders_jf."""
    return [
        (
            f"holders_{tag[office]}_{rank}_{field}",
            total((variable, 1) for number, variable in here[office] if field in phase.classes[number].fields) >= fewest,
        )
        for phase, variables in _phases(problem, model)
        for here, tag in ((_by_office(phase, variables), tags(phase)),)
        for office, rules in phase.offices.items()
        for rank, (field, fewest) in enumerate(rules.holders)
        if fewest > 0
    ]


def mix(problem: StaffingProblem, model: Model) -> Rows:
    """A crew keeps its mix of fields, to within one officer: Σ_{c holds f} x_pcj ≥ Σ_n (⌈held_jkf n / home_jk⌉ − 1) z_pjkn.

    The response curve of a group is that of crews with the mix of today: held of home_jk officers hold f today. Posts
    have that mix themselves, so where they may be filled the rule is on the others: home_jk Σ_{c holds f} x_pcj ≥
    held_jkf Σ_{c in k} x_pcj − home_jk.
    """
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        tag = tags(phase)
        members: dict[Place, list[int]] = {place: [] for place in phase.mix}
        for number, one in enumerate(phase.classes):
            for target in one.targets:
                if (target.office, target.group) in members:
                    members[target.office, target.group].append(number)
        for place, held in phase.mix.items():
            home = phase.home_size(place)
            for rank, (field, before) in enumerate(held):
                holders = [number for number in members[place] if field in phase.classes[number].fields]
                if variables.posts_at(place):
                    worth = {number: home * (number in holders) - before for number in members[place]}
                    terms = [(variables.staff[number, place[0]], value) for number, value in worth.items() if value]
                else:
                    terms = [(variables.staff[number, place[0]], 1) for number in holders]
                    terms += [
                        (variables.level[place, count], -fewest)
                        for count in phase.curves[place]
                        if (fewest := fewest_holders(before, count, home)) > 0
                    ]
                if terms:
                    fewest = -home if variables.posts_at(place) else 0
                    rows.append((f"mix_{tag[place[0]]}_{place[1]}_{rank}_{field}", total(terms) >= fewest))
    return rows


def counters(problem: StaffingProblem, model: Model) -> Rows:
    """Nobody on duty without a counter: Σ_{c full} share_c x_pcj + 1000 h_pjs ≤ room_j; 1000 h_pjs ≥ Σ_{c in s} share_c x_pcj.

    Per mille; posts count on the left with whole days, and 1000 is added to room_j for each counter rented or bought.
    The default counter hours put the floor or the ceiling of Σ share on duty in every half hour, for whole days beside
    the half-day shifts, so this is exact: it bounds officers on duty, never the crew.
    """
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        here, tag = _by_office(phase, variables), tags(phase)
        groups = phase.places()
        for office, rules in phase.offices.items():
            terms: dict[str, Terms] = {shift: [] for shift in ("full", *HALVES)}
            for number, variable in here[office]:
                one = phase.classes[number]
                terms[one.shift].append((variable, one.share_pm))
            for place in groups.get(office, ()):
                terms["full"] += [(variable, phase.posts[place].share_pm) for variable, _ in variables.posts_at(place)]
            terms["full"] += [(variable, -1000) for variable, _ in variables.counters_at(office)]
            halves = [half for half in HALVES if (office, half) in variables.taken]
            if not halves:
                rows.append((f"counters_{tag[office]}", total(terms["full"]) <= rules.room_pm))
            for half in halves:
                taken = variables.taken[office, half]
                rows.append((f"counters_{tag[office]}_{half}", total([*terms["full"], (taken, 1000)]) <= rules.room_pm))
                rows.append((f"taken_{tag[office]}_{half}", total([*terms[half], (taken, -1000)]) <= 0))
    return rows


def few_moves(problem: StaffingProblem, model: Model) -> Rows:
    """A cap on changes of office: Σ_c Σ_{j ≠ where c came from} x_pcj, or Σ_cj a_pcj after the first phase, ≤ max_moves_p."""
    return [
        (f"few_moves_{phase.phase}", total(changes(problem, model, number)) <= phase.max_moves)
        for number, phase in enumerate(problem.phases)
    ]


def few_kilometers(problem: StaffingProblem, model: Model) -> Rows:
    """A cap on commuting beyond that from home: Σ_cj (metres_cj − metres_ch) x_pcj ≤ max_commute_p."""
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        if phase.max_commute_m is not None:
            terms: Terms = []
            for rank, one in enumerate(phase.classes):
                terms += [
                    (variables.staff[rank, target.office], target.commute_m - one.home_m)
                    for target in one.targets
                    if target.commute_m != one.home_m
                ]
            rows.append((f"few_kilometers_{phase.phase}", total(terms) <= phase.max_commute_m))
    return rows


def none_worse_than(problem: StaffingProblem, model: Model) -> Rows:
    """A cap on the overload of each office: Σ_k F_pjk ≤ max(max_overload_p, that with everyone at home)."""
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        if phase.max_overload_s is None:
            continue
        tag = tags(phase)
        for office, places in phase.places().items():
            terms: Terms = []
            constant = 0
            for place in places:
                found, fixed = overload(phase, variables, place)
                terms += found
                constant += fixed
            most = max(phase.max_overload_s, phase.home_cost(office))
            rows.append((f"none_worse_than_{tag[office]}", total(terms) <= most - constant))
    return rows


def premises(problem: StaffingProblem, model: Model) -> Rows:
    """Counters rented and bought fit the premises: r_pj + b_pj ≤ premises_j."""
    return [
        (f"premises_{tag[office]}", total(terms) <= rules.premises)
        for phase, variables in _phases(problem, model)
        for tag in (tags(phase),)
        for office, rules in phase.offices.items()
        if len(terms := variables.counters_at(office)) > 1
    ]


def allowance(problem: StaffingProblem, model: Model) -> Rows:
    """Not more than allowed in all: Σ_jk v_pjk, Σ_jk w_pjk, Σ_j r_pj, Σ_j b_pj and Σ_{i of a kind} o_pi ≤ the allowance."""
    most = problem.allowance
    rows: Rows = []
    for phase, variables in _phases(problem, model):
        kinds: list[tuple[str, Iterable[pulp.LpVariable], int]] = [
            ("posts", variables.posts.values(), most.posts),
            ("postal_posts", variables.postal.values(), most.postal_posts),
            ("rented", variables.rented.values(), most.rented),
            ("bought", variables.bought.values(), most.bought),
        ]
        for kind, many in most.options:
            chosen = [variable for rank, variable in variables.options.items() if phase.options[rank].kind == kind]
            kinds.append((kind, chosen, many))
        for name, found, many in kinds:
            terms = [(variable, 1) for variable in found]
            if terms:
                rows.append((f"allowance_{phase.phase}_{name}", total(terms) <= many))
    return rows


# -- from phase to phase -------------------------------------------------------------------------------------------


def comers(problem: StaffingProblem, model: Model) -> Rows:
    """Who comes was not there before: a_pcj ≥ x_pcj − Σ_{i merged into j} x_{p−1,c,i}."""
    rows: Rows = []
    for number in range(1, len(problem.phases)):
        phase, variables, earlier = problem.phases[number], model.phases[number], model.phases[number - 1]
        follows, tag = problem.before(number), tags(phase)
        stayed: dict[tuple[int, str], Terms] = {}
        for (rank, office), variable in earlier.staff.items():
            stayed.setdefault((rank, problem.into[number - 1][office]), []).append((variable, 1))
        for (rank, office), comes in variables.comes.items():
            before = stayed.get((follows[rank], office), [])
            rows.append((f"comers_{rank}_{tag[office]}", total([(comes, 1), (variables.staff[rank, office], -1), *before]) >= 0))
    return rows


def kept(problem: StaffingProblem, model: Model) -> Rows:
    """Posts stay filled and counters stay bought: v_pjk ≥ Σ_{i merged into j} v_{p−1,ik}; w and b likewise."""
    rows: Rows = []
    for number in range(1, len(problem.phases)):
        into, tag = problem.into[number - 1], tags(problem.phases[number])
        now, earlier = model.phases[number], model.phases[number - 1]
        for name, places, before in (
            ("posts", now.posts, earlier.posts),
            ("postal_posts", now.postal, earlier.postal),
        ):
            came: dict[Place, Terms] = {}
            for (office, group), variable in before.items():
                came.setdefault((into[office], group), []).append((variable, -1))
            for place, terms in came.items():
                more = [(places[place], 1)] if place in places else []
                rows.append((f"kept_{name}_{tag[place[0]]}_{place[1]}", total([*more, *terms]) >= 0))
        held: dict[str, Terms] = {}
        for office, variable in earlier.bought.items():
            held.setdefault(into[office], []).append((variable, -1))
        for office, terms in held.items():
            more = [(now.bought[office], 1)] if office in now.bought else []
            rows.append((f"kept_bought_{tag[office]}", total([*more, *terms]) >= 0))
    return rows


FAMILIES = (
    placed,
    one_level,
    crew_is_level,
    minimum_crew,
    holders,
    mix,
    counters,
    few_moves,
    few_kilometers,
    none_worse_than,
    premises,
    allowance,
    comers,
    kept,
)


def _phases(problem: StaffingProblem, model: Model) -> Iterable[tuple[PhaseProblem, PhaseModel]]:
    return zip(problem.phases, model.phases, strict=True)


def _by_office(phase: PhaseProblem, model: PhaseModel) -> dict[str, list[tuple[int, pulp.LpVariable]]]:
    here: dict[str, list[tuple[int, pulp.LpVariable]]] = {office: [] for office in phase.offices}
    for (number, office), variable in model.staff.items():
        here[office].append((number, variable))
    return here
