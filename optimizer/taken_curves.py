"""The response curves that plans are made on: about home at levels far and near, about a plan at levels near it alone.

An office whose crew lacks counters keeps the counters it has at every level: counter hours shrink and stretch with the crew, so
that what one group takes and another gives adds up. (With counters that grow along, a larger group would take hours from
nobody, and a smaller one leave its own to the others: the same hours would count twice.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import LEVELS
from scenarios.schema import Scenario
from sim import Curve, record
from sim.curves import Samples
from sim.replay import Replay
from sim.response import NEXT_TO_NOTHING_S, Place, _curve, _Staffing, _written, desk_crews, written_peaks
from sim.run import Progress, Report, compile_days, spread

FAR = (-18, -12, -8, -5, -3, -2, -1, 1, 2, 3, 5, 8, 10)  #: levels played about home, from the base; between them interpolated
NEAR = (-3, -2, -1, 1, 2, 3)  #: about a plan
Taken = dict[str, tuple[Curve, ...]]


def take_curves(
    scenario: Scenario,
    phase: str,
    *,
    replications: Iterable[int],
    seed: int = 1,
    days: int | None = None,
    planned: bool = False,
    offsets: tuple[int, ...] = FAR,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Curve, ...]:
    """Return the curves of a phase from home, or about the crews as planned, sorted by office and group.

    offsets : levels to play, ascending, from the base; else as `sim.response_curves`.
    """
    return curves_of(recorded(scenario, phase, replications, seed, days, planned, jobs), offsets, jobs=jobs, progress=progress)


def recorded(
    scenario: Scenario,
    phase: str,
    replications: Iterable[int],
    seed: int,
    days: int | None,
    planned: bool,
    jobs: int | None,
) -> Replay:
    """Record a phase as it is, or as planned."""
    kept = scenario.assignments if planned else tuple(row for row in scenario.assignments if row.phase != phase)
    about = scenario.model_copy(update={"assignments": kept})
    return record(about, compile_days(about, phase, seed=seed, days=days), replications, jobs=jobs)


def curves_of(
    replay: Replay, offsets: tuple[int, ...] = FAR, *, jobs: int | None = None, progress: Report | None = None
) -> tuple[Curve, ...]:
    """Return the curves of a recorded phase."""
    scenario = replay.scenario
    view = replay.view
    crews, peaks, written = desk_crews(scenario, view), written_peaks(scenario, view), _written(scenario, view)
    staffing = _Crews(replay, crews, peaks, written, offsets=offsets)
    visits = {
        name: sum(len(kept[place].code) for kept in replay.kept[0]) for place, name in enumerate(replay.compiled.office_ids)
    }
    places = sorted(staffing.crews, key=lambda place: (-visits[place[0]], place))  # the longest first, so that no thread waits
    curves = []
    for done, curve in enumerate(spread(lambda place: _curve(staffing, place), places, jobs=jobs), start=1):
        curves.append(curve)
        if progress is not None:
            progress(Progress("curves", done, len(places)))
    return tuple(sorted(curves, key=lambda curve: (curve.office, curve.group)))


@dataclass(frozen=True, slots=True)
class _Crews(_Staffing):
    """Crews of a recorded phase, one group at a time larger or smaller by some offsets."""

    offsets: tuple[int, ...] = FAR

    def samples(self, place: Place) -> Samples:
        """What the levels worth playing come to: the group's own part of the office's overload.

        Down to the office's minimum crew; up to what the premises hold, and no further than where next to nothing is left.
        """
        base, by_level = len(self.crews[place]), self._by_level_s(place, 0)
        own = self.replay.weekly(by_level[:, :, [LEVELS.index(level) for level in self.levels(place)]].sum(axis=2))
        others = self.replay.weekly(by_level.sum(axis=2)) - own
        found = {0: own}
        fewest, most = self._reach(place)
        for offset in {fewest, *(offset for offset in self.offsets if fewest < offset < 0)} - {0}:
            found[offset] = self._overload_s(place, offset) - others
        last = 0
        for offset in sorted({most, *(offset for offset in self.offsets if 0 < offset < most)} - {0}):
            if found[last].mean(axis=0).sum() <= NEXT_TO_NOTHING_S * self.replay.compiled.days:
                found[most] = found[last]
                break
            found[offset] = self._overload_s(place, offset) - others
            last = offset
        return Samples(
            levels=np.array([base + offset for offset in sorted(found)]),
            sums=np.array([found[offset] for offset in sorted(found)]),
            days=self.replay.compiled.days,
        )

    def _reach(self, place: Place) -> tuple[int, int]:
        """Fewest and most officers from the base."""
        view, base = self.replay.view, len(self.crews[place])
        office, crew = view.offices[place[0]], len(self._kept(place, 0))
        fewest = min(max(office.minimum_crew - crew, 1 - base, self.offsets[0]), 0)
        most = 0
        while most < self.offsets[-1] and self.counters(place, most + 1) <= office.premises_limit:
            most += 1
        return fewest, most

    def _by_level_s(self, place: Place, offset: int) -> NDArray[np.float64]:
        """Overload of the office by day and level, (R, D, L) person-seconds; larger crews with the counters they need."""
        counters = self.replay.view.offices[place[0]].counters
        if self.counters(place, 0) <= counters:
            counters = max(counters, self.counters(place, offset))
        return self.replay.office_overload_by_level_s(place[0], self.crew(place, offset), counters=counters)


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
        curves = take_curves(
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
