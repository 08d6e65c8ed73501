"""Solving an office's counter hours, dealing them to names, and saying truthfully what came of it.

Classes are solved first: a relaxation of the program with names, so its bound holds for both. Where its stretches cannot
be dealt so that each officer has exact hours, others are sought, with names, that put as many on duty in every half hour:
the fluid asks for no more. Failing that, as nearly as many; the gap then tells what it cost.
"""

from math import ceil
from time import perf_counter

from ..solve import INTEGRAL, ROUNDING, Outcome, judged, run_highs
from .problem import OnDuty, RosterProblem, fluid_s
from .program import FINE, Block, RosterModel, Stretches, dealing, formulate_nearest, formulate_roster

DEALING_S = 3.0  #: most seconds to deal the stretches of a class
Dealt = dict[tuple[str, int], tuple[Block, ...]]  #: (officer, weekday) → stretches in half hours, every weekday a key


def solve_roster(problem: RosterProblem, time_limit_s: float = 20.0) -> tuple[Outcome, Dealt | None]:
    """Place the counter hours of an office so that its fluid overload is least, to the whole person-second.

    Dealing names may take twice as long again as the program.
    """
    began = perf_counter()
    model = formulate_roster(problem)
    finish = run_highs(model.program, time_limit_s)
    bound = None if finish.bound is None else finish.bound / FINE
    if finish.status not in ("optimal", "feasible"):
        return Outcome(finish.status, None, bound, None, perf_counter() - began), None
    seats = whole_seats(model)
    if seats is None or broken_rules(problem, seats):
        return Outcome("error", None, bound, None, perf_counter() - began), None
    ends = perf_counter() + 2 * time_limit_s
    dealt = deal(problem, seats, ends)
    if dealt is None:
        seats = _nearest(problem, on_duty(problem, seats), ends)
        dealt = None if seats is None else deal(problem, seats, ends)
    if seats is None or dealt is None:
        return Outcome("no_plan", None, bound, None, perf_counter() - began), None
    objective = ceil(fluid_s(problem, on_duty(problem, seats)) - ROUNDING)
    outcome = judged(objective, bound, finish.status == "optimal", perf_counter() - began)
    return outcome, None if outcome.status == "error" else dealt


def _nearest(problem: RosterProblem, wanted: OnDuty, ends: float) -> Stretches | None:
    """Seats that can be dealt with the same officers on duty in each half hour, or else as nearly so as can be."""
    for exactly in (True, False):
        model = formulate_nearest(problem, wanted, exactly=exactly)
        share = 0.5 if exactly else 1.0
        if run_highs(model.program, share * _left(ends)).status in ("optimal", "feasible"):
            seats = whole_seats(model)
            return None if seats is None or broken_rules(problem, seats) else seats
    return None


def _left(ends: float | None) -> float:
    """Seconds left until a time, at least one."""
    return DEALING_S if ends is None else max(ends - perf_counter(), 1.0)


def whole_seats(model: RosterModel) -> Stretches | None:
    """Officers of each seat, or None when a value is missing or not whole."""
    found = {}
    for key, variable in model.seats.items():
        value = variable.value()
        if value is None or abs(value - round(value)) > INTEGRAL:
            return None
        if round(value):
            found[key] = round(value)
    return found


def on_duty(problem: RosterProblem, seats: Stretches) -> OnDuty:
    """Officers on duty by weekday and half hour."""
    found = {
        weekday: [problem.fixed.get((weekday, slot), 0) for slot in range(len(problem.half_hours))]
        for weekday in problem.weekdays
    }
    for (_, weekday, block), officers in seats.items():
        for slot in range(*block):
            found[weekday][slot] += officers
    return {weekday: tuple(counts) for weekday, counts in found.items()}


def broken_rules(problem: RosterProblem, seats: Stretches) -> tuple[str, ...]:
    """Names of the rules that seats break, checked in integers without the program."""
    broken = []
    for rank, one in enumerate(problem.classes):
        own = {(weekday, block): officers for (number, weekday, block), officers in seats.items() if number == rank}
        if sum(officers * (block[1] - block[0]) for (_, block), officers in own.items()) != one.size * one.half_hours:
            broken.append(f"hours {rank}")
        sessions: dict[tuple[int, int], int] = {}
        for (weekday, block), officers in own.items():
            session = (weekday, problem.session(block[0]))
            sessions[session] = sessions.get(session, 0) + officers
            if block not in problem.blocks() or session not in one.sessions or officers < 0:
                broken.append(f"stretch {rank} {weekday} {block}")
        broken += [f"one_stretch {rank} {session}" for session, officers in sessions.items() if officers > one.size]
    for weekday, counts in on_duty(problem, seats).items():
        for slot, officers in enumerate(counts):
            fixed = problem.fixed.get((weekday, slot), 0)
            if officers > max(problem.counters, fixed) or officers < problem.fewest.get((weekday, slot), 0):
                broken.append(f"on_duty {weekday} {slot}")
            skills = [
                problem.classes[rank].fields
                for (rank, other, block), count in seats.items()
                if count and other == weekday and block[0] <= slot < block[1]
            ]
            broken += [
                f"holders {weekday} {slot} {name}"
                for name in problem.holders.get((weekday, slot), ())
                if not any(name in fields for fields in skills)
            ]
    return tuple(broken)


def deal(problem: RosterProblem, seats: Stretches, ends: float | None = None) -> Dealt | None:
    """Deal stretches to officers so that each has exact hours and one stretch a session; None when that cannot be."""
    dealt: dict[tuple[str, int], list[Block]] = {
        (name, weekday): [] for one in problem.classes for name in one.officers for weekday in problem.weekdays
    }
    for rank, one in enumerate(problem.classes):
        program, bits = dealing(problem, rank, seats)
        if run_highs(program, min(_left(ends), DEALING_S)).status not in ("optimal", "feasible"):
            return None
        chosen = sorted(key for key, bit in bits.items() if round(bit.value() or 0))
        waiting = {key: officers for key, officers in seats.items() if key[0] == rank}
        for place, weekday, half, length in chosen:
            block = min(
                block
                for (_, other, block), officers in waiting.items()
                if officers and other == weekday and problem.session(block[0]) == half and block[1] - block[0] == length
            )
            waiting[rank, weekday, block] -= 1
            dealt[one.officers[place], weekday].append(block)
    return {key: tuple(sorted(blocks)) for key, blocks in dealt.items()}
