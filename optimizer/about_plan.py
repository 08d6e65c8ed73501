"""Curves about a plan, near it: what they tell is true of the citizens as the plan makes them choose."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sim import Curve
from sim.replay import Replay
from sim.response import curves_of
from sim.run import Report

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
