"""Curves about a plan, near it: what they tell is true of the citizens as the plan makes them choose.

Such curves are simulated, so that of thousands of changes some promise what chance alone has made of them; and where many
officers move at once, citizens choose anew and little of the promise is kept. So a change must be worth a price.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sim import Curve
from sim.replay import Replay
from sim.response import curves_of
from sim.run import Report

from .problem import PhaseProblem, StaffingProblem, Target
from .solve import PhaseStaffing, Staffing, overload_s

HESITATION = 0.005  #: share of a phase's overload that an officer placed otherwise than in a plan must save, by curves about it
NEAR = (-2, -1, 1, 2)  #: levels played, from the plan; with farther ones the program overshoots where citizens choose


def about_plan(
    replays: Iterable[Replay],
    *,
    jobs: int | None = None,
    progress: Report | None = None,
    without: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, tuple[Curve, ...]]:
    """Return the curves of phases recorded as planned, about the crews as planned and near them.

    without : by phase and office, person-seconds a day that something other than the crews has taken away in the plan and
    that the curves are told without.
    """
    found = {}
    for replay in replays:
        phase = replay.view.phase.id
        found[phase] = _raised(curves_of(replay, NEAR, jobs=jobs, progress=progress), (without or {}).get(phase, {}))
    return found


def _raised(curves: tuple[Curve, ...], more: Mapping[str, int]) -> tuple[Curve, ...]:
    """The curves with so much more overload at some offices, told at the office's first group."""
    first = {curve.office: curve.group for curve in reversed(curves)}
    return tuple(
        replace(curve, overload_s_per_day=tuple(value + more[curve.office] for value in curve.overload_s_per_day))
        if curve.office in more and first[curve.office] == curve.group
        else curve
        for curve in curves
    )


def hesitant(problem: StaffingProblem, staffing: Staffing) -> StaffingProblem:
    """The problem on curves about a plan when an officer placed otherwise must be worth it, by half at each of two crews.

    Of plans alike the one that leaves most people where they are is then the cheapest by a second a day. Where single offices
    count, for an aim or a cap, the problem stays as it is.
    """
    if problem.objective == "worst" or any(phase.max_overload_s is not None for phase in problem.phases):
        return problem
    return replace(problem, phases=tuple(map(_hesitant, problem.phases, staffing)))


def _hesitant(phase: PhaseProblem, chosen: PhaseStaffing) -> PhaseProblem:
    half = round(HESITATION * overload_s(phase, chosen) / 2)
    curves = {
        place: {crew: value + half * abs(crew - phase.base[place]) for crew, value in curve.items()}
        for place, curve in phase.curves.items()
    }
    classes = (
        replace(
            one,
            targets=tuple(_dearer(target) if (rank, target.office) not in chosen.people else target for target in one.targets),
        )
        for rank, one in enumerate(phase.classes)
    )
    return replace(phase, curves=curves, classes=tuple(classes))


def _dearer(target: Target) -> Target:
    return replace(target, price_s=target.price_s + 1)
