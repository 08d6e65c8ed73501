"""The integer program of an office's counter hours. The model file is a table of contents: sets, variables, objective, rules.

c classes of alike officers (size m_c, H_c half hours a week)   w weekdays   b stretches of half hours within a session
d sample days (weekday w_d)   t time steps
n_wh  officers on duty in half hour h of weekday w, those by written hours among them
y_cwb officers of class c who sit at the counter for stretch b on weekday w, integer ≥ 0
q_dt  work left at the end of a step ≥ 0   r_dt of it beyond that of citizens being served ≥ 0   e_dt beyond the standard ≥ 0
x_d   work left beyond overtime ≥ 0
z_owsl 1 when officer o has a stretch of length l in session s of weekday w, binary: names dealt to stretches
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pulp

from .problem import SESSIONS, SLOT_S, Alike, Moment, OnDuty, RosterProblem

Rows = list[tuple[str, pulp.LpConstraint]]
FINE = 100  #: units of the program in a person-second
Block = tuple[int, int]
Stretches = dict[tuple[int, int, Block], int]  #: (class, weekday, stretch) → officers, zeros left out


@dataclass(frozen=True, slots=True)
class RosterModel:
    """A PuLP model with its variables by what they mean."""

    program: pulp.LpProblem
    seats: dict[tuple[int, int, Block], pulp.LpVariable]  #: (class, weekday, stretch)
    on_duty: dict[Moment, pulp.LpVariable]
    left: dict[tuple[int, int], pulp.LpVariable]  #: (day, step)
    waiting: dict[tuple[int, int], pulp.LpVariable]
    beyond: dict[tuple[int, int], pulp.LpVariable]
    unserved: dict[int, pulp.LpVariable]


def formulate_roster(problem: RosterProblem) -> RosterModel:
    """Write the program of an office."""
    program = pulp.LpProblem("roster", pulp.LpMinimize)
    steps = [(day, step) for day in range(len(problem.load.days)) for step in range(len(problem.steps()))]
    model = RosterModel(
        program,
        _seats(program, problem),
        _officers(program, problem),
        left={(day, step): program.add_variable(f"q_{day}_{step}", 0) for day, step in steps},
        waiting={(day, step): program.add_variable(f"r_{day}_{step}", 0) for day, step in steps},
        beyond={(day, step): program.add_variable(f"e_{day}_{step}", 0) for day, step in steps},
        unserved={day: program.add_variable(f"x_{day}", 0) for day in range(len(problem.load.days))},
    )
    program.setObjective(objective(problem, model))
    for family in FAMILIES:
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    return model


def _seats(program: pulp.LpProblem, problem: RosterProblem) -> dict[tuple[int, int, Block], pulp.LpVariable]:
    return {
        (rank, weekday, block): program.add_variable(f"y_{rank}_{weekday}_{block[0]}_{block[1]}", 0, one.size, pulp.LpInteger)
        for rank, one in enumerate(problem.classes)
        for weekday in problem.weekdays
        for block in problem.blocks()
        if (weekday, problem.session(block[0])) in one.sessions
    }


def _officers(program: pulp.LpProblem, problem: RosterProblem) -> dict[Moment, pulp.LpVariable]:
    slots = range(len(problem.half_hours))
    return {(weekday, slot): program.add_variable(f"n_{weekday}_{slot}", 0) for weekday in problem.weekdays for slot in slots}


def total(terms: Iterable[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    """A linear expression from its terms."""
    return pulp.LpAffineExpression(list(terms))


def objective(problem: RosterProblem, model: RosterModel) -> pulp.LpAffineExpression:
    """Σ_d [ Σ_t (1800 e_dt + leaves charge r_dt) + charge x_d ] / (service D), hundredths of a person-second a day.

    The solver stops within one unit, so that a proof holds to the whole person-second but for chance.
    """
    load = problem.load
    scale = FINE / (load.service_s * max(len(load.days), 1))
    terms = [(variable, SLOT_S * scale) for variable in model.beyond.values()]
    terms += [(variable, load.leaves * problem.charge_s * scale) for variable in model.waiting.values()]
    terms += [(variable, problem.charge_s * scale) for variable in model.unserved.values()]
    return total(terms)


def hours_conserved(problem: RosterProblem, model: RosterModel) -> Rows:
    """Counter hours are neither won nor lost: Σ_wb |b| y_cwb = m_c H_c."""
    return [
        (
            f"hours_{rank}",
            total((seat, block[1] - block[0]) for (number, _, block), seat in model.seats.items() if number == rank)
            == one.size * one.half_hours,
        )
        for rank, one in enumerate(problem.classes)
    ]


def one_stretch(problem: RosterProblem, model: RosterModel) -> Rows:
    """At most one stretch a session for each: Σ_{b in s} y_cwb ≤ m_c."""
    rows: dict[tuple[int, int, int], list[tuple[pulp.LpVariable, float]]] = {}
    for (rank, weekday, block), seat in model.seats.items():
        rows.setdefault((rank, weekday, problem.session(block[0])), []).append((seat, 1))
    return [
        (f"one_stretch_{rank}_{weekday}_{half}", total(terms) <= problem.classes[rank].size)
        for (rank, weekday, half), terms in rows.items()
    ]


def on_duty(problem: RosterProblem, model: RosterModel) -> Rows:
    """Who is on duty: n_wh = Σ_{c, b ∋ h} y_cwb + those by written hours."""
    terms: dict[Moment, list[tuple[pulp.LpVariable, float]]] = {moment: [] for moment in model.on_duty}
    for (_, weekday, block), seat in model.seats.items():
        for slot in range(*block):
            terms[weekday, slot].append((seat, -1))
    return [
        (f"on_duty_{weekday}_{slot}", total([(officers, 1), *terms[weekday, slot]]) == problem.fixed.get((weekday, slot), 0))
        for (weekday, slot), officers in model.on_duty.items()
    ]


def counters(problem: RosterProblem, model: RosterModel) -> Rows:
    """Nobody on duty without a counter: n_wh ≤ counters; where those by written hours are more already, they alone."""
    return [
        (f"counters_{weekday}_{slot}", total([(officers, 1)]) <= max(problem.counters, problem.fixed.get((weekday, slot), 0)))
        for (weekday, slot), officers in model.on_duty.items()
    ]


def fewest_on_duty(problem: RosterProblem, model: RosterModel) -> Rows:
    """A counter is open in every half hour: n_wh ≥ fewest_wh."""
    return [
        (f"fewest_{weekday}_{slot}", total([(model.on_duty[weekday, slot], 1)]) >= fewest)
        for (weekday, slot), fewest in problem.fewest.items()
        if fewest
    ]


def holders(problem: RosterProblem, model: RosterModel) -> Rows:
    """A field that the default stagger has a holder for keeps one: Σ_{c holds f, b ∋ h} y_cwb ≥ 1.

    Fields held by the same classes share a row.
    """
    seats: dict[tuple[int, int, int], list[tuple[pulp.LpVariable, float]]] = {}
    for (rank, weekday, block), seat in model.seats.items():
        for slot in range(*block):
            seats.setdefault((weekday, slot, rank), []).append((seat, 1))
    rows: Rows = []
    for (weekday, slot), fields in problem.holders.items():
        sets = sorted({tuple(rank for rank, one in enumerate(problem.classes) if name in one.fields) for name in fields})
        for number, ranks in enumerate(sets):
            terms = [term for rank in ranks for term in seats.get((weekday, slot, rank), ())]
            rows.append((f"holders_{weekday}_{slot}_{number}", total(terms) >= 1))
    return rows


def carried(problem: RosterProblem, model: RosterModel) -> Rows:
    """Work is carried from step to step: q_dt ≥ (1 − leaves) q_d,t−1 + work_dt − 1800 pace n_wt."""
    rows: Rows = []
    for (day, step), left in model.left.items():
        terms = [(left, 1.0), *_taken(problem, model, day, step, SLOT_S * problem.pace)]
        if step:
            terms.append((model.left[day, step - 1], problem.load.leaves - 1))
        rows.append((f"carried_{day}_{step}", total(terms) >= problem.load.days[day].work_s[step]))
    return rows


def waiting(problem: RosterProblem, model: RosterModel) -> Rows:
    """Work of citizens who wait, those being served left out: r_dt ≥ q_dt − service n_wt."""
    rows: Rows = []
    for (day, step), variable in model.waiting.items():
        taken = _taken(problem, model, day, step, problem.load.service_s)
        rows.append((f"waiting_{day}_{step}", total([(variable, 1), (model.left[day, step], -1), *taken]) >= 0))
    return rows


def beyond_standard(problem: RosterProblem, model: RosterModel) -> Rows:
    """Of them, those who have waited longer than the standard: e_dt ≥ r_dt − recent_dt."""
    return [
        (
            f"beyond_{day}_{step}",
            total([(variable, 1), (model.waiting[day, step], -1)]) >= -problem.load.days[day].recent_s[step],
        )
        for (day, step), variable in model.beyond.items()
    ]


def unserved(problem: RosterProblem, model: RosterModel) -> Rows:
    """What overtime of the last on duty cannot serve: x_d ≥ q_dT − overtime n_wT."""
    last = len(problem.steps()) - 1
    rows: Rows = []
    for day, variable in model.unserved.items():
        taken = _taken(problem, model, day, last, problem.overtime_s)
        rows.append((f"unserved_{day}", total([(variable, 1), (model.left[day, last], -1), *taken]) >= 0))
    return rows


FAMILIES = (hours_conserved, one_stretch, on_duty, counters, fewest_on_duty, holders, carried, waiting, beyond_standard, unserved)


def _taken(problem: RosterProblem, model: RosterModel, day: int, step: int, each: float) -> list[tuple[pulp.LpVariable, float]]:
    """Work that officers on duty in a step take, `each` a head; nothing over lunch."""
    slot = problem.steps()[step]
    return [(model.on_duty[problem.load.days[day].weekday, slot], each)] if slot >= 0 else []


# -- names -----------------------------------------------------------------------------------------------------------


def formulate_nearest(problem: RosterProblem, wanted: OnDuty, *, exactly: bool) -> RosterModel:
    """Write the program of seats that can be dealt to names and put the wanted officers on duty.

    min Σ_wh d_wh with d_wh ≥ |n_wh − wanted_wh|; d = 0 when exactly so.
    """
    program = pulp.LpProblem("nearest", pulp.LpMinimize)
    model = RosterModel(program, _seats(program, problem), _officers(program, problem), {}, {}, {}, {})
    apart = {} if exactly else {(w, slot): program.add_variable(f"d_{w}_{slot}", 0) for w, slot in model.on_duty}
    program.setObjective(total((variable, 1) for variable in apart.values()))
    for family in (hours_conserved, one_stretch, on_duty, counters, fewest_on_duty, holders):
        for name, constraint in family(problem, model):
            program.addConstraint(constraint, name)
    for (weekday, slot), officers in model.on_duty.items():
        goal, name = wanted[weekday][slot], f"{weekday}_{slot}"
        if exactly:
            program.addConstraint(total([(officers, 1)]) == goal, f"wanted_{name}")
        else:
            program.addConstraint(total([(officers, 1), (apart[weekday, slot], -1)]) <= goal, f"more_{name}")
            program.addConstraint(total([(officers, 1), (apart[weekday, slot], 1)]) >= goal, f"fewer_{name}")
    _add_names(problem, model)
    return model


def _add_names(problem: RosterProblem, model: RosterModel) -> None:
    """Demand that the stretches of every class can be dealt to its officers, each with exact hours."""
    for rank, one in enumerate(problem.classes):
        program = model.program
        bits = _bits(program, problem, rank, one)
        for (weekday, half), lengths in _lengths(problem, one).items():
            for length in lengths:
                seats = [
                    (seat, -1)
                    for (number, other, block), seat in model.seats.items()
                    if number == rank and other == weekday and problem.session(block[0]) == half and block[1] - block[0] == length
                ]
                dealt = [(bits[place, weekday, half, length], 1) for place in range(one.size)]
                program.addConstraint(total([*dealt, *seats]) == 0, f"dealt_{rank}_{weekday}_{half}_{length}")
        _exact(program, rank, one, bits)


def dealing(problem: RosterProblem, rank: int, seats: Stretches) -> tuple[pulp.LpProblem, dict[tuple[int, ...], pulp.LpVariable]]:
    """Write the program that deals the stretches of a class to its officers, with few days of two stretches.

    min Σ_ow t_ow with t_ow ≥ Σ_sl z_owsl − 1.
    """
    one = problem.classes[rank]
    program = pulp.LpProblem("dealing", pulp.LpMinimize)
    bits = _bits(program, problem, rank, one)
    both = {
        (place, weekday): program.add_variable(f"t_{rank}_{place}_{weekday}", 0)
        for place in range(one.size)
        for weekday in problem.weekdays
    }
    program.setObjective(total((variable, 1) for variable in both.values()))
    for (place, weekday), variable in both.items():
        day = [(bit, 1) for key, bit in bits.items() if key[:2] == (place, weekday)]
        program.addConstraint(total([*day, (variable, -1)]) <= 1, f"both_{rank}_{place}_{weekday}")
    for (weekday, half), lengths in _lengths(problem, one).items():
        for length in lengths:
            count = sum(
                officers
                for (number, other, block), officers in seats.items()
                if number == rank and other == weekday and problem.session(block[0]) == half and block[1] - block[0] == length
            )
            dealt = [(bits[place, weekday, half, length], 1) for place in range(one.size)]
            program.addConstraint(total(dealt) == count, f"dealt_{rank}_{weekday}_{half}_{length}")
    _exact(program, rank, one, bits)
    return program, bits


def _lengths(problem: RosterProblem, one: Alike) -> dict[tuple[int, int], range]:
    sizes = (problem.noon, len(problem.half_hours) - problem.noon)
    return {
        (weekday, half): range(problem.block, sizes[half] + 1)
        for weekday in problem.weekdays
        for half in SESSIONS
        if (weekday, half) in one.sessions
    }


def _bits(program: pulp.LpProblem, problem: RosterProblem, rank: int, one: Alike) -> dict[tuple[int, ...], pulp.LpVariable]:
    return {
        (place, weekday, half, length): program.add_variable(f"z_{rank}_{place}_{weekday}_{half}_{length}", 0, 1, pulp.LpInteger)
        for place in range(one.size)
        for (weekday, half), lengths in _lengths(problem, one).items()
        for length in lengths
    }


def _exact(program: pulp.LpProblem, rank: int, one: Alike, bits: dict[tuple[int, ...], pulp.LpVariable]) -> None:
    """Each officer has exact hours: Σ l z_owsl = H_c, and one stretch a session: Σ_l z_owsl ≤ 1."""
    for place in range(one.size):
        own = {key: bit for key, bit in bits.items() if key[0] == place}
        program.addConstraint(total((bit, key[3]) for key, bit in own.items()) == one.half_hours, f"exact_{rank}_{place}")
        for weekday, half in sorted({key[1:3] for key in own}):
            terms = [(bit, 1) for key, bit in own.items() if key[1:3] == (weekday, half)]
            program.addConstraint(total(terms) <= 1, f"once_{rank}_{place}_{weekday}_{half}")
