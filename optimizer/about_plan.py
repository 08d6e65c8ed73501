"""Curves about a plan, near it: what they tell is true of the citizens as the plan makes them choose."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from scenarios.schema import Scenario
from sim import Curve, response_curves
from sim.run import Report

NEAR = (-3, -2, -1, 1, 2, 3)  #: levels played, from the plan
Taken = dict[str, tuple[Curve, ...]]


def about_plan(
    planned: Scenario,
    phases: Iterable[str],
    *,
    replications: Iterable[int],
    seed: int = 1,
    days: int | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
    without: Mapping[str, Mapping[str, int]] | None = None,
) -> Taken:
    """Return the curves of phases about the crews as planned, near them.

    without : by phase and office, person-seconds a day that something other than the crews has taken away in the plan and
    that the curves are told without.
    """
    numbers, found = tuple(replications), {}
    for phase in phases:
        curves = response_curves(
            planned, phase, replications=numbers, seed=seed, days=days, planned=True, offsets=NEAR, jobs=jobs, progress=progress
        )
        found[phase] = _raised(curves, (without or {}).get(phase, {}))
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
