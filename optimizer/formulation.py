"""The integer program of one phase. The model file is a table of contents: sets, variables, objective, rules.

c classes of alike officers (size m_c, home h_c)    j offices    k desk groups    n crew levels
x_cj  officers of class c at office j, integer ≥ 0, on allowed pairs only
z_jkn 1 when group k of office j has crew n, binary (no convexity of the curve is assumed)
h_js  counters of office j that officers of half-day shift s take, integer ≥ 0, where such officers may serve
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pulp

from .problem import HALVES, Place, StaffingProblem

Rows = list[tuple[str, pulp.LpConstraint]]


@dataclass(frozen=True, slots=True)
class Model:
    """A PuLP model with its variables by what they mean."""

    program: pulp.LpProblem
    staff: dict[tuple[int, str], pulp.LpVariable]  #: (class, office)
    level: dict[tuple[Place, int], pulp.LpVariable]
    taken: dict[tuple[str, str], pulp.LpVariable]  #: (office, half-day shift)


def formulate(problem: StaffingProblem) -> Model:
    """Write the program of a staffing problem."""
    program = pulp.LpProblem("staffing", pulp.LpMinimize)
    tag = tags(problem)
    staff = {
        (number, target.office): program.add_variable(f"x_{number}_{tag[target.office]}", 0, one.size, pulp.LpInteger)
        for number, one in enumerate(problem.classes)
        for target in one.targets
    }
    level = {
        (place, crew): program.add_variable(f"z_{tag[place[0]]}_{place[1]}_{crew}", 0, 1, pulp.LpInteger)
        for place, curve in problem.curves.items()
        for crew in curve
    }
    halves = {(target.office, one.shift) for one in problem.classes for target in one.targets if one.shift in HALVES}
    taken = {
        (office, half): program.add_variable(f"h_{tag[office]}_{half}", 0, None, pulp.LpInteger)
        for office, half in sorted(halves)
    }
    model = Model(program, staff, level, taken)
    program.setObjective(objective(problem, model))
    for family in FAMILIES:
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    return model


def tags(problem: StaffingProblem) -> dict[str, str]:
    """Names of offices that stay apart when the program's format replaces their signs: rank and id."""
    return {office: f"{rank}_{office}" for rank, office in enumerate(problem.offices)}


def total(terms: Iterable[tuple[pulp.LpVariable, int]]) -> pulp.LpAffineExpression:
    """A linear expression from its terms."""
    return pulp.LpAffineExpression(list(terms))


def objective(problem: StaffingProblem, model: Model) -> pulp.LpAffineExpression:
    """Σ_jk Σ_n F_jk(n) z_jkn + Σ_cj price_cj x_cj, person-seconds a day.

    An office with several groups counts its overload once too often for each further group; the constant
    `StaffingProblem.repeats` is taken off outside the program.
    """
    terms = [(variable, problem.curves[place][crew]) for (place, crew), variable in model.level.items()]
    terms += [
        (model.staff[number, target.office], target.price_s)
        for number, one in enumerate(problem.classes)
        for target in one.targets
        if target.price_s
    ]
    return total(terms)


def placed(problem: StaffingProblem, model: Model) -> Rows:
    """Everyone serves somewhere: Σ_j x_cj = m_c."""
    return [
        (f"placed_{number}", total((model.staff[number, target.office], 1) for target in one.targets) == one.size)
        for number, one in enumerate(problem.classes)
    ]


def one_level(problem: StaffingProblem, model: Model) -> Rows:
    """Each group has one crew level: Σ_n z_jkn = 1."""
    tag = tags(problem)
    return [
        (f"one_level_{tag[place[0]]}_{place[1]}", total((model.level[place, crew], 1) for crew in curve) == 1)
        for place, curve in problem.curves.items()
    ]


def crew_is_level(problem: StaffingProblem, model: Model) -> Rows:
    """The level is the crew: Σ_{c in k at j} x_cj − Σ_n n z_jkn = 0."""
    tag = tags(problem)
    terms: dict[Place, list[tuple[pulp.LpVariable, int]]] = {
        place: [(model.level[place, crew], -crew) for crew in curve] for place, curve in problem.curves.items()
    }
    for number, one in enumerate(problem.classes):
        for target in one.targets:
            if (target.office, target.group) in terms:
                terms[target.office, target.group].append((model.staff[number, target.office], 1))
    return [(f"crew_{tag[place[0]]}_{place[1]}", total(found) == 0) for place, found in terms.items()]


def minimum_crew(problem: StaffingProblem, model: Model) -> Rows:
    """No office under its minimum: Σ_c x_cj ≥ minimum_j."""
    here, tag = _by_office(problem, model), tags(problem)
    return [
        (f"minimum_crew_{tag[office]}", total((variable, 1) for _, variable in here[office]) >= rules.minimum_crew)
        for office, rules in problem.offices.items()
    ]


def holders(problem: StaffingProblem, model: Model) -> Rows:
    """Each offered field is held: Σ_{c holds f} x_cj ≥ holders_jf."""
    here, tag = _by_office(problem, model), tags(problem)
    return [
        (
            f"holders_{tag[office]}_{rank}_{field}",
            total((variable, 1) for number, variable in here[office] if field in problem.classes[number].fields) >= fewest,
        )
        for office, rules in problem.offices.items()
        for rank, (field, fewest) in enumerate(rules.holders)
        if fewest > 0
    ]


def mix(problem: StaffingProblem, model: Model) -> Rows:
    """A crew keeps its mix of fields, to within one officer: base_jk Σ_{c holds f} x_cj ≥ held_jkf Σ_c x_cj − base_jk.

    The response curve of a group is that of crews with the mix of today; held is the number who hold f today.
    """
    tag = tags(problem)
    members: dict[Place, list[int]] = {place: [] for place in problem.mix}
    for number, one in enumerate(problem.classes):
        for target in one.targets:
            if (target.office, target.group) in members:
                members[target.office, target.group].append(number)
    rows: Rows = []
    for place, held in problem.mix.items():
        base = problem.base[place]
        for rank, (field, count) in enumerate(held):
            terms = [
                (model.staff[number, place[0]], base * (field in problem.classes[number].fields) - count)
                for number in members[place]
            ]
            rows.append((f"mix_{tag[place[0]]}_{place[1]}_{rank}_{field}", total(terms) >= -base))
    return rows


def counters(problem: StaffingProblem, model: Model) -> Rows:
    """Nobody on duty without a counter: Σ_{c full} share_c x_cj + 1000 h_js ≤ room_j; 1000 h_js ≥ Σ_{c in s} share_c x_cj.

    Per mille. The default counter hours put the floor or the ceiling of Σ share on duty in every half hour, for whole
    days beside the half-day shifts, so this is exact.
    """
    here, tag = _by_office(problem, model), tags(problem)
    rows: Rows = []
    for office, rules in problem.offices.items():
        terms: dict[str, list[tuple[pulp.LpVariable, int]]] = {shift: [] for shift in ("full", *HALVES)}
        for number, variable in here[office]:
            one = problem.classes[number]
            terms[one.shift].append((variable, one.share_pm))
        halves = [half for half in HALVES if (office, half) in model.taken]
        if not halves:
            rows.append((f"counters_{tag[office]}", total(terms["full"]) <= rules.room_pm))
        for half in halves:
            taken = model.taken[office, half]
            rows.append((f"counters_{tag[office]}_{half}", total([*terms["full"], (taken, 1000)]) <= rules.room_pm))
            rows.append((f"taken_{tag[office]}_{half}", total([*terms[half], (taken, -1000)]) <= 0))
    return rows


def few_moves(problem: StaffingProblem, model: Model) -> Rows:
    """A cap on changes of office: Σ_c Σ_{j ≠ h_c} x_cj ≤ max_moves."""
    away = [variable for (number, office), variable in model.staff.items() if office != problem.classes[number].home]
    return [("few_moves", total((variable, 1) for variable in away) <= problem.max_moves)]


FAMILIES = (placed, one_level, crew_is_level, minimum_crew, holders, mix, counters, few_moves)


def _by_office(problem: StaffingProblem, model: Model) -> dict[str, list[tuple[int, pulp.LpVariable]]]:
    here: dict[str, list[tuple[int, pulp.LpVariable]]] = {office: [] for office in problem.offices}
    for (number, office), variable in model.staff.items():
        here[office].append((number, variable))
    return here
