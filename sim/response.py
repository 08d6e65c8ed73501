"""Response curves: what one officer more or less does to each office, from the halls played again.

The run as it is is recorded once; each office is then played by itself with crews larger and smaller in one desk group,
citizens keeping to the office they chose (see `replay`). Officers beyond the base are copies of the office's own, new
to it, and learn as moved officers do; where they need more counters than there are, counters are rented up to what the
premises hold. An office whose crew lacks counters as it is keeps those it has at every level: counter hours shrink and
stretch with the crew, so that what one group takes and another gives adds up. (With counters that grow along, a larger group
would take hours from nobody, and a smaller one leave its own to the others: the same hours would count twice.)
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import LEVELS, PhaseView, desk_group, field_map
from scenarios.presence import presence
from scenarios.rosters import duty, slots
from scenarios.schema import Officer, Scenario

from .curves import Curve, Samples, convex_means, whole_convex
from .estimate import erlang_overload_s, measured_visits
from .recording import Rooms
from .replay import Replay, record
from .run import Progress, Report, compile_days, spread

FAR = (-18, -12, -8, -5, -3, -2, -1, 1, 2, 3, 5, 8, 10)  #: levels played, from the base; between them interpolated
NEXT_TO_NOTHING_S = 300.0  #: person-seconds a day; further officers are not played for less
RUIN_OFFICES = 15  #: mean offices; a crew that adds the overload of so many is not made smaller still
Place = tuple[str, str]  #: office, desk group
Crews = dict[Place, tuple[str, ...]]  #: officers of each place, the last first to go


def response_curves(
    scenario: Scenario,
    phase: str,
    *,
    replications: Iterable[int] = (0, 1),
    seed: int = 1,
    days: int | None = None,
    planned: bool = False,
    offsets: tuple[int, ...] = FAR,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Curve, ...]:
    """Return the curves of a phase from home, or about the crews as planned, sorted by office and group.

    replications : those the verdict will not use; days : as `simulate`; offsets : levels to play, ascending, from the base.
    The cost is one run of the phase for each replication, and for each level the halls of one office. Levels end where the
    premises hold no further counter.
    """
    return curves_of(recorded(scenario, phase, replications, seed, days, planned, jobs), offsets, jobs=jobs, progress=progress)


def recorded(
    scenario: Scenario,
    phase: str,
    replications: Iterable[int],
    seed: int = 1,
    days: int | None = None,
    planned: bool = False,
    jobs: int | None = None,
    rooms: Rooms | None = None,
) -> Replay:
    """Record a phase as it is, or as planned; rooms : as `replay.record`."""
    kept = scenario.assignments if planned else tuple(row for row in scenario.assignments if row.phase != phase)
    about = scenario.model_copy(update={"assignments": kept})
    return record(about, compile_days(about, phase, seed=seed, days=days), replications, jobs=jobs, rooms=rooms)


def curves_of(
    replay: Replay,
    offsets: tuple[int, ...] = FAR,
    *,
    offices: Collection[str] | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Curve, ...]:
    """Return the curves of a recorded phase; the offices with most visits are played first, so that no thread waits.

    offices : whose curves are asked for, all when None.
    """
    scenario, view = replay.scenario, replay.view
    crews, peaks, written = desk_crews(scenario, view), written_peaks(scenario, view), _written(scenario, view)
    staffing = _Staffing(replay, crews, peaks, written, measured_visits(replay.compiled), _ruin_s(replay), offsets)
    ids, firsts = replay.compiled.office_ids, replay.kept[0] if replay.kept else ()
    visits = {name: sum(part.visits(rank) for part in firsts) for rank, name in enumerate(ids)}
    asked = [place for place in crews if offices is None or place[0] in offices]
    replay.keep({ids.index(office) for office, _ in asked}, jobs=jobs)
    places = sorted(asked, key=lambda place: (-visits[place[0]], place))
    curves = []
    for done, curve in enumerate(spread(lambda place: _curve(staffing, place), places, jobs=jobs), start=1):
        curves.append(curve)
        if progress is not None:
            progress(Progress("curves", done, len(places)))
    return tuple(sorted(curves, key=lambda curve: (curve.office, curve.group)))


def desk_crews(scenario: Scenario, view: PhaseView) -> Crews:
    """Officers by office and desk group, in the order in which a smaller crew would keep them.

    One of each set of own fields in turn, so that a smaller crew still holds what it can; pinned officers first.
    """
    fields = field_map(scenario)
    found: dict[Place, list[Officer]] = {}
    for office in view.offices:
        for name in view.crew(office):
            group = desk_group(view.officers[name], fields, view.offers[office])
            if group is not None:
                found.setdefault((office, group), []).append(view.officers[name])
    return {place: _in_turn(crew) for place, crew in found.items()}


def _in_turn(crew: list[Officer]) -> tuple[str, ...]:
    alike: dict[tuple[str, ...], int] = {}
    keys = []
    for officer in sorted(crew, key=lambda officer: (officer.movable, officer.id)):
        own = tuple(sorted(field for field, pace in officer.skills.items() if pace <= 1000))
        alike[own] = alike.get(own, -1) + 1
        keys.append((alike[own], officer.movable, officer.id))
    return tuple(name for _, _, name in sorted(keys))


@dataclass(frozen=True, slots=True)
class _Staffing:
    """Crews of a recorded phase, one group at a time larger or smaller."""

    replay: Replay
    crews: Crews
    peaks: dict[str, int]  #: counters taken by written counter hours
    written: frozenset[str]  #: officers whose counter hours are written
    expected: NDArray[np.int64]  #: first visits of the phase, as `measured_visits`
    ruin_s: float  #: overload over all days, person-seconds, with which a crew is not made smaller still
    offsets: tuple[int, ...] = FAR  #: levels to play, ascending, from the base
    at: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: crews of offices, made when first asked
    copies: dict[tuple[Place, int], Officer] = field(default_factory=dict)  #: officers beyond the base, made when first asked
    needed: dict[tuple[Place, int], int] = field(default_factory=dict)  #: whole counters, counted when first asked

    @property
    def reserves(self) -> bool:
        """Whether reserves of float pools were on the move, whose stays are told only about."""
        return bool(self.replay.scenario.pools)

    def crew(self, place: Place, offset: int) -> list[Officer]:
        """The office's crew with one group larger or smaller by the offset, never without an officer in it."""
        officers = self.replay.view.officers
        return [officers[name] for name in self._kept(place, offset)] + [self._copy(place, extra) for extra in range(offset)]

    def _kept(self, place: Place, offset: int) -> list[str]:
        """Officers of the office who stay when one group is smaller by the offset."""
        office, own = place[0], self.crews[place]
        if office not in self.at:
            self.at[office] = self.replay.view.crew(office)
        gone = set(own[max(1, len(own) + offset) :])
        return [name for name in self.at[office] if name not in gone]

    def _copy(self, place: Place, extra: int) -> Officer:
        """One of the officers beyond the base, new to the office."""
        if (place, extra) not in self.copies:
            own, identity = self.crews[place], f"{place[0]}+{place[1]}+{extra:02d}"
            original = self.replay.view.officers[own[extra % len(own)]]
            self.copies[place, extra] = original.model_copy(update={"id": identity})
        return self.copies[place, extra]

    def counters(self, place: Place, offset: int) -> int:
        """Whole counters the office then needs at once, by default counter hours and written ones.

        Officers of whole days stand in one row; officers of half-day shifts take whole counters, mornings or afternoons.
        """
        if (place, offset) not in self.needed:
            self.needed[place, offset] = self._counted(place, offset)
        return self.needed[place, offset]

    def _counted(self, place: Place, offset: int) -> int:
        """The same, counted."""
        officers, own = self.replay.view.officers, self.crews[place]
        total = {"full": 0, "morning": 0, "afternoon": 0}
        staying = [name for name in self._kept(place, offset) if name not in self.written]
        for name in (*staying, *(own[extra % len(own)] for extra in range(offset))):
            total[officers[name].shift] += round(officers[name].counter_share * 1000)
        in_rows = ceil(total["full"] / 1000) + max(ceil(total[half] / 1000) for half in ("morning", "afternoon"))
        return in_rows + self.peaks.get(place[0], 0)

    def samples(self, place: Place, fewest: int, most: int) -> Samples:
        """What the levels worth playing come to: the group's own part of the office's overload. fewest, most : as `reach`.

        Down to the office's minimum crew, and no further than where overload would be ruinous; up to what the premises hold,
        and no further than where next to nothing is left: what is left there is taken to be left by every larger crew.
        """
        base, by_level = len(self.crews[place]), self._by_level_s(place, 0)
        own = self.replay.weekly(by_level[:, :, [LEVELS.index(level) for level in self.levels(place)]].sum(axis=2))
        others = self.replay.weekly(by_level.sum(axis=2)) - own
        found = {0: own}
        last = 0
        for offset in sorted({fewest, *(offset for offset in self.offsets if fewest < offset < 0)} - {0}, reverse=True):
            if (found[last] - own).mean(axis=0).sum() > self.ruin_s:
                break
            found[offset] = self._overload_s(place, offset) - others
            last = offset
        last = 0
        for offset in sorted({most, *(offset for offset in self.offsets if 0 < offset < most)} - {0}):
            if found[last].mean(axis=0).sum() <= NEXT_TO_NOTHING_S * self.replay.compiled.days:
                break
            found[offset] = self._overload_s(place, offset) - others
            last = offset
        return Samples(
            levels=np.array([base + offset for offset in sorted(found)]),
            sums=np.array([found[offset] for offset in sorted(found)]),
            days=self.replay.compiled.days,
        )

    def reach(self, place: Place) -> tuple[int, int]:
        """Fewest and most officers from the base."""
        office, base = self.replay.view.offices[place[0]], len(self.crews[place])
        fewest = min(max(office.minimum_crew - len(self._kept(place, 0)), 1 - base, self.offsets[0]), 0)
        most = 0
        while most < self.offsets[-1] and self.counters(place, most + 1) <= office.premises_limit:
            most += 1
        return fewest, most

    def _overload_s(self, place: Place, offset: int) -> NDArray[np.float64]:
        """Overload of the office by week, (R, W) person-seconds."""
        return self.replay.weekly(self._by_level_s(place, offset).sum(axis=2))

    def levels(self, place: Place) -> list[str]:
        """Levels of fields that a group answers for: its own, and to the office's first group those of no group."""
        groups = sorted(group for office, group in self.crews if office == place[0])
        return [level for level in LEVELS if level == place[1] or (place[1] == groups[0] and level not in groups)]

    def _by_level_s(self, place: Place, offset: int) -> NDArray[np.float64]:
        """Overload of the office by day and level, (R, D, L) person-seconds; larger crews with the counters they need."""
        if offset == 0 and not self.reserves:
            return self.replay.as_recorded_s(place[0])
        counters = self.replay.view.offices[place[0]].counters
        if self.counters(place, 0) <= counters:
            counters = max(counters, self.counters(place, offset))
        return self.replay.office_overload_by_level_s(place[0], self.crew(place, offset), counters=counters)


def _ruin_s(replay: Replay) -> float:
    """Overload of RUIN_OFFICES mean offices in the recorded run, person-seconds over all days."""
    if replay.recorded_s is None:
        return inf
    return RUIN_OFFICES * float(replay.recorded_s.sum(axis=(1, 2, 3)).mean()) / len(replay.compiled.office_ids)


def written_peaks(scenario: Scenario, view: PhaseView) -> dict[str, int]:
    """Most officers at once at an office by written counter hours, visitors among them."""
    written = _written(scenario, view)
    if not written:
        return {}
    hours = {key: stretches for key, stretches in duty(scenario, view).items() if key[0] in written}
    peaks: dict[str, int] = {}
    for (office, _), present in presence(scenario, view, hours).items():
        most = max(sum(on <= start < off for _, on, off in present) for _, start, _ in present)
        peaks[office] = max(most, peaks.get(office, 0))
    return peaks


def _written(scenario: Scenario, view: PhaseView) -> frozenset[str]:
    """Officers whose counter hours are written."""
    return frozenset(row.officer for row in scenario.rosters if row.phase == view.phase.id)


def _curve(staffing: _Staffing, place: Place) -> Curve:
    """The curve of one place; levels between those played are interpolated.

    What a group saves other groups counts for it, but no group's part falls below 0: parts add up, and would promise twice
    what can be saved once.
    """
    office, group = place
    replay, crew = staffing.replay, staffing.crews[place]
    view, scenario, base = replay.view, replay.scenario, len(crew)
    fewest, most = staffing.reach(place)
    samples = staffing.samples(place, fewest, most)
    means, convex = convex_means(samples, base)
    levels = np.arange(base + fewest, base + most + 1)
    between = _between(levels, samples.levels, means)
    half_hours = slots(next(row for row in scenario.hours if row.id == view.offices[office].hours))
    share = sum(view.officers[name].counter_share for name in crew) / base
    on_duty = [share * level for level in levels.tolist()]
    erlang = erlang_overload_s(scenario, replay.compiled, staffing.expected, office, group, half_hours, on_duty)
    return Curve(
        office=office,
        group=group,
        base=base,
        levels=tuple(int(level) for level in levels),
        overload_s_per_day=_whole(whole_convex(levels, between, base) if convex else np.maximum(between, 0.0)),
        error_s_per_day=_whole(np.interp(levels, samples.levels, samples.errors(np.eye(len(samples.levels))))),
        erlang_s_per_day=_whole(erlang),
        simulated_s_per_day=_whole(_between(levels, samples.levels, samples.means)),
        convex=convex,
        counters=view.offices[office].counters,
        counters_needed=tuple(staffing.counters(place, int(level) - base) for level in levels),
        played=tuple(int(level) for level in samples.levels),
    )


def _between(levels: NDArray[np.int64], played: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values between the levels played; above the last as there, below the first along its slope."""
    found = np.interp(levels, played, values)
    if len(played) > 1:
        slope = (values[1] - values[0]) / (played[1] - played[0])
        found += np.minimum(levels - played[0], 0) * min(slope, 0.0)
    return np.asarray(found)


def _whole(values: Iterable[float]) -> tuple[int, ...]:
    return tuple(round(float(value)) for value in values)
