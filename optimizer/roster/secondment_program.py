"""The integer program of half-day secondments. The model file is a table of contents: sets, variables, objective, rules.

o officers (office A_o)   w weekdays   s sessions (morning, afternoon)   j offices   k visitors
u_owsj 1 when officer o serves session s of weekday w at office j, binary, on allowed places only
v_jwsk 1 when office j has k visitors in the session, binary
g_j    1 when office j gives officers, 0 when it may receive, binary: what one officer more or less does is measured
       against the crew as it is
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pulp

from .problem import Session

Rows = list[tuple[str, pulp.LpConstraint]]
Key = Callable[["Half"], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Half:
    """A half day that an officer may serve elsewhere."""

    officer: str
    source: str
    target: str
    session: Session
    cost_s: int  #: person-seconds a day: what their absence costs at home, and the way


@dataclass(frozen=True, slots=True)
class SecondmentProblem:
    """Half days on offer, and what visitors take away from the overload of an office."""

    halves: tuple[Half, ...]
    gains: dict[tuple[str, Session], tuple[int, ...]]  #: by number of visitors from 0 up, person-seconds a day
    away_half_days: int  #: a week, of each officer
    most: int  #: in all


@dataclass(frozen=True, slots=True)
class SecondmentModel:
    """A PuLP model with its variables by what they mean."""

    program: pulp.LpProblem
    away: dict[int, pulp.LpVariable]  #: by rank of the half day
    visitors: dict[tuple[str, Session, int], pulp.LpVariable]
    gives: dict[str, pulp.LpVariable]


def formulate_secondments(problem: SecondmentProblem) -> SecondmentModel:
    """Write the program."""
    program = pulp.LpProblem("secondments", pulp.LpMinimize)
    offices = sorted({half.source for half in problem.halves} | {half.target for half in problem.halves})
    tag = {office: f"{rank}_{office}" for rank, office in enumerate(offices)}
    model = SecondmentModel(
        program,
        away={rank: program.add_variable(f"u_{rank}", 0, 1, pulp.LpInteger) for rank in range(len(problem.halves))},
        visitors={
            (office, session, count): program.add_variable(
                f"v_{tag.get(office, office)}_{session[0]}_{session[1]}_{count}", 0, 1, pulp.LpInteger
            )
            for (office, session), gains in problem.gains.items()
            for count in range(len(gains))
        },
        gives={office: program.add_variable(f"g_{tag[office]}", 0, 1, pulp.LpInteger) for office in offices},
    )
    program.setObjective(objective(problem, model))
    for family in FAMILIES:
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    return model


def total(terms: Iterable[tuple[pulp.LpVariable, int]]) -> pulp.LpAffineExpression:
    """A linear expression from its terms."""
    return pulp.LpAffineExpression(list(terms))


def objective(problem: SecondmentProblem, model: SecondmentModel) -> pulp.LpAffineExpression:
    """Σ cost_ows u_owsj − Σ gain_jwsk v_jwsk, person-seconds a day."""
    terms = [(model.away[rank], half.cost_s) for rank, half in enumerate(problem.halves)]
    terms += [(variable, -problem.gains[office, session][count]) for (office, session, count), variable in model.visitors.items()]
    return total(terms)


def one_place(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """An officer is away at one place a day: Σ_sj u_owsj ≤ 1."""
    return _at_most(problem, model, "one_place", lambda half: (half.officer, half.session[0]), 1)


def few_half_days(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """An officer has few half days away a week: Σ_wsj u_owsj ≤ away_half_days."""
    return _at_most(problem, model, "few_half_days", lambda half: (half.officer,), problem.away_half_days)


def one_leaver(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """An office lets one officer go in a session: Σ_{o at A, j} u_owsj ≤ 1."""
    return _at_most(problem, model, "one_leaver", lambda half: (half.source, half.session), 1)


def few_secondments(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """There are few in all: Σ u_owsj ≤ most."""
    return [("few_secondments", total((variable, 1) for variable in model.away.values()) <= problem.most)]


def visitors_counted(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """Each session of an office has one number of visitors, and they come: Σ_k v_jwsk = 1, Σ_o u_owsj = Σ_k k v_jwsk."""
    rows: Rows = []
    for number, (place, gains) in enumerate(problem.gains.items()):
        levels = [(model.visitors[*place, count], count) for count in range(len(gains))]
        come = [(model.away[rank], 1) for rank, half in enumerate(problem.halves) if (half.target, half.session) == place]
        rows.append((f"one_number_{number}", total((variable, 1) for variable, _ in levels) == 1))
        rows.append((f"visitors_{number}", total([*come, *((variable, -count) for variable, count in levels)]) == 0))
    return rows


def gives_or_receives(problem: SecondmentProblem, model: SecondmentModel) -> Rows:
    """An office does not both give and receive: u_owsj ≤ g_A, u_owsj ≤ 1 − g_j."""
    rows: Rows = []
    for rank, half in enumerate(problem.halves):
        rows.append((f"gives_{rank}", total([(model.away[rank], 1), (model.gives[half.source], -1)]) <= 0))
        rows.append((f"receives_{rank}", total([(model.away[rank], 1), (model.gives[half.target], 1)]) <= 1))
    return rows


FAMILIES = (one_place, few_half_days, one_leaver, few_secondments, visitors_counted, gives_or_receives)


def _at_most(problem: SecondmentProblem, model: SecondmentModel, name: str, key: Key, most: int) -> Rows:
    """Of the half days with the same key at most so many; keys with no more than that need no row."""
    groups: dict[tuple[object, ...], list[tuple[pulp.LpVariable, int]]] = {}
    for rank, half in enumerate(problem.halves):
        groups.setdefault(key(half), []).append((model.away[rank], 1))
    return [(f"{name}_{number}", total(terms) <= most) for number, terms in enumerate(groups.values()) if len(terms) > most]
