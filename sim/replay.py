"""A run recorded once and played again office by office with other staffing, nobody looking elsewhere.

What citizens draw, which office they choose and when they arrive there are those of the recorded run (see
`office_days`), so that only the halls are played. Everything that happens in a hall counts as in the kernel: absent
officers, outages, learning of moved officers, volunteers at the door, reserved counters, scanning desks. Reserves of
float pools are at an office from the start of a service they gave there in the recorded run to the end of the last one
before a pause that is longer than the way to their base and back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import LEVELS, PhaseView, phase_view
from scenarios.presence import presence
from scenarios.rosters import Row, Stretch, duty, hours_in_row, open_weekdays, row_of
from scenarios.schema import Hours, Officer, Scenario

from .columns import Tables
from .kept import overload_by_level
from .network import MINUTE, SURE, Compiled, _away_until, abilities, id_hash
from .office_days import play_days
from .recording import Recording, Rooms, play_recorded
from .rules import CLOSE, OVERTIME_END, Days, Network
from .run import spread
from .tables import PhaseTables, Stack, compact, empty_tables

TICKS_PER_S = 1000
TICK_BITS, PLACE_BITS = 32, 16  #: of a tick of a day and a place at an office, where changes are sorted as numbers
Roster = Mapping[tuple[str, int], tuple[Stretch, ...]]  #: (officer, weekday 0 = Monday) → stretches, minutes from midnight


@dataclass(frozen=True, slots=True)
class Setting:
    """One office of a compiled phase, ready to play."""

    network: Network
    competent: NDArray[np.int64]
    nominal: NDArray[np.int64]
    days: tuple[Days, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What became of one office; R replications, D measured days."""

    overload_s: NDArray[np.float64]  #: (R, D, L) person-seconds by level of the fields, in the order of LEVELS
    visits: NDArray[np.int64]  #: (R, D, 2) visits, and those of them that waited beyond the standard


class Turns(NamedTuple):
    """Who comes and goes at an office by weekday, whoever they are: n changes of officers by their places in a row."""

    start: NDArray[np.int64]  #: (7, 2) slices
    tick: NDArray[np.int64]  #: (n,)
    key: NDArray[np.int64]  #: (n,) weekday, tick and whether they come, ascending: who goes, goes first
    place: NDArray[np.int64]  #: (n,)

    def officers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Changes as a Network has them, those at one instant in the order of places at the office: of each in the row, (N,)."""
        order = self.key | places[self.place]
        order.sort()
        return (order - self.key) << 1 | self.key >> PLACE_BITS & 1


class Recorded(NamedTuple):
    """A block of one replication as it was recorded."""

    visits: Recording
    tables: Tables
    hash_sum: np.uint64
    overload: NDArray[np.int64]  #: (O, D, L) ticks by office, measured day and level of the fields


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded run of one phase. R replications, O offices, D measured days in the order of the calendar."""

    scenario: Scenario
    view: PhaseView
    compiled: Compiled
    replications: tuple[int, ...]
    kept: tuple[tuple[Recording, ...], ...]  #: by replication and block
    level_of: NDArray[np.int64]  #: (F,) place of each field's level in LEVELS
    away: dict[str, int]  #: home of officers on the move → day before which they are
    week_start: NDArray[np.int64]  #: first measured day of each calendar week, (W,)
    whole: PhaseTables | None = None  #: of the recorded run; None where weeks of a longer run were recorded
    recorded_s: NDArray[np.float64] | None = None  #: (R, O, D, L) overload of the recorded run, person-seconds; None likewise
    settings: dict[int, Setting] = field(default_factory=dict)  #: of the offices as they are, made when first asked

    @property
    def tables(self) -> PhaseTables:
        """The tables of the recorded run. ValueError for weeks of a longer run."""
        if self.whole is None:
            raise ValueError("weeks of a longer run have no tables of their own")
        return self.whole

    def keep(self, offices: Iterable[int], *, jobs: int | None = 1) -> None:
        """Keep the visits of so many offices at once: sooner than of one after another as they are played."""
        asked, parts = list(offices), [part for run in self.kept for part in run]
        for _ in spread(lambda part: part.keep(asked), parts, jobs=jobs):
            pass

    def weekly(self, by_day: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of the calendar weeks, (…, W), of values by measured day, (…, D)."""
        return np.add.reduceat(by_day, self.week_start, axis=-1)

    def overload_s(
        self, variant: Compiled | None = None, offices: Iterable[str] | None = None, *, jobs: int | None = 1
    ) -> NDArray[np.float64]:
        """Overload of each office in person-seconds a day, (R, O), with the staffing and calendar of a variant.

        variant : of the recorded phase, as `network.restaffed` makes them; offices : to play, all when None, others are 0.
        """
        by_day = self.overload_by_day_s(variant, offices, jobs=jobs)
        return np.asarray(by_day.sum(axis=2) / max(self.compiled.days, 1))

    def overload_by_day_s(
        self, variant: Compiled | None = None, offices: Iterable[str] | None = None, *, jobs: int | None = 1
    ) -> NDArray[np.float64]:
        """The same by day, (R, O, D) person-seconds."""
        ids = self.compiled.office_ids
        asked = range(len(ids)) if offices is None else sorted({ids.index(name) for name in offices})
        sums = np.zeros((len(self.replications), len(ids), self.compiled.days))
        self.keep(asked, jobs=jobs)

        def play(office: int) -> NDArray[np.float64]:
            setting = self.setting(office) if variant is None else setting_of(variant, office)
            return np.asarray(self.play(ids[office], setting).overload_s.sum(axis=2))

        for office, found in zip(asked, spread(play, list(asked), jobs=jobs), strict=True):
            sums[:, office] = found
        return sums

    def office_overload_s(
        self, office: str, crew: Sequence[Officer], roster: Roster | None = None, counters: int | None = None
    ) -> NDArray[np.float64]:
        """Overload of one office with another crew, person-seconds a day, (R,).

        crew : officers of the office, any who are not at home there learn as moved officers do; roster : their counter
        hours, the written or default ones when None; counters : of the office, as they are when None.
        """
        by_day = self.office_overload_by_day_s(office, crew, roster, counters)
        return np.asarray(by_day.sum(axis=1) / max(self.compiled.days, 1))

    def office_overload_by_day_s(
        self, office: str, crew: Sequence[Officer], roster: Roster | None = None, counters: int | None = None
    ) -> NDArray[np.float64]:
        """The same by day, (R, D) person-seconds."""
        return np.asarray(self.office_overload_by_level_s(office, crew, roster, counters).sum(axis=2))

    def office_overload_by_level_s(
        self, office: str, crew: Sequence[Officer], roster: Roster | None = None, counters: int | None = None
    ) -> NDArray[np.float64]:
        """The same by day and level of the fields, in the order of LEVELS, (R, D, L) person-seconds."""
        return self.play(office, self.staffed(office, crew, roster, counters)).overload_s

    def as_recorded_s(self, office: str) -> NDArray[np.float64]:
        """The same of the recorded run: what playing the office as it is would give, to the tick, reserves aside."""
        if self.recorded_s is None:
            return self.play(office).overload_s
        return self.recorded_s[:, self.compiled.office_ids.index(office)]

    def staffed(self, office: str, crew: Sequence[Officer], roster: Roster | None = None, counters: int | None = None) -> Setting:
        """One office with another crew, as `office_overload_s` takes it, ready to play."""
        setting = self.setting(self.compiled.office_ids.index(office))
        return replace(setting, network=setting.network._replace(**self._staffing(office, crew, roster, counters)))

    def setting(self, office: int) -> Setting:
        """An office as it is in the recorded run."""
        if office not in self.settings:
            self.settings[office] = setting_of(self.compiled, office)
        return self.settings[office]

    def play(self, office: str, setting: Setting | None = None, blocks: Sequence[int] | None = None) -> Played:
        """Play the days of one office, as it is when no setting is given; blocks : those to play, all when None."""
        rank = self.compiled.office_ids.index(office)
        setting = self.setting(rank) if setting is None else setting
        numbers = range(len(self.compiled.blocks)) if blocks is None else blocks
        parts = [self._block(rank, setting, number) for number in numbers]
        overload = np.concatenate([sums for sums, _ in parts], axis=1) / TICKS_PER_S
        return Played(overload, np.concatenate([counts for _, counts in parts], axis=1))

    def _block(self, office: int, setting: Setting, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Overload in ticks (R, D, L) and visits (R, D, 2) of the measured days of a block."""
        draws, days = self.compiled.blocks[number], setting.days[number]
        sums = np.zeros((len(self.replications), len(days.weekday), len(LEVELS)), np.int64)
        visits = np.zeros((len(self.replications), len(days.weekday), 2), np.int64)
        for place, replication in enumerate(self.replications):
            play_days(
                setting.network, setting.competent, setting.nominal, days, draws.laws, self.compiled.papers,
                self.kept[place][number][office], office, np.uint64(draws.seed), replication, self.level_of,
                sums[place], visits[place],
            )  # fmt: skip
        first = days.lead_in + days.warmup
        return sums[:, first:], visits[:, first:]

    def _staffing(self, office: str, crew: Sequence[Officer], roster: Roster | None, counters: int | None) -> dict[str, Any]:
        """The arrays of the office's network that depend on its crew; visitors by roster and reserves stay as they are."""
        compiled, rank = self.compiled, self.compiled.office_ids.index(office)
        before = self.setting(rank).network
        own = sorted(crew, key=lambda officer: officer.id)
        closing = int(before.clock[0, CLOSE]), int(before.clock[0, OVERTIME_END])
        visitors = list[str]()
        if roster is None and not any(row.phase == self.view.phase.id for row in self.scenario.rosters):
            turns, places = self._usual(office, own, counters, closing)
        else:
            told = self._present(office, own, roster, counters)
            visitors = sorted({name for _, name, _, _ in told} - {officer.id for officer in own})
            number = {name: place for place, name in enumerate([*(officer.id for officer in own), *visitors])}
            turns = _turns([(weekday, number[name], on, off) for weekday, name, on, off in told], closing)
            places = np.arange(len(number))
        people = [*own, *(self.view.officers[name] for name in visitors)]
        serves = [office] * len(own) + [self.view.serves[name] for name in visitors]
        reserves = slice(int(before.own_crew[0]), int(before.crew_start[1]))
        pace, skills = abilities(people, compiled.field_ids)
        came, ranks = self.view.came, {name: compiled.office_ids.index(name) for name in set(serves)}
        of_people = {
            "officer_hash": np.array([id_hash(person.id) for person in people], np.uint64),
            "absence": np.array([round(person.absence_rate * SURE) for person in people], np.int64),
            "home_office": np.array([ranks[at] for at in serves], np.int64),
            "away_until": np.array([self.away.get(person.home, 0) for person in people], np.int64),
            "pace": pace,
            "skills": skills,
            "moved": np.array([came.get(person.id) != at for person, at in zip(people, serves, strict=True)], np.int64),
        }
        arrays = of_people
        if reserves.stop > reserves.start:
            arrays = {name: np.concatenate([rows, getattr(before, name)[reserves]]) for name, rows in of_people.items()}
        return arrays | {
            "crew_start": np.array([0, len(arrays["moved"])], np.int64),
            "own_crew": np.array([len(people)], np.int64),
            "change_start": turns.start,
            "change_tick": turns.tick,
            "change_officer": turns.officers(places),
        }

    def _usual(
        self, office: str, crew: list[Officer], counters: int | None, closing: tuple[int, int]
    ) -> tuple[Turns, NDArray[np.int64]]:
        """Default counter hours of a crew sorted by id, and the place in it of each in the row."""
        place = self.view.offices[office]
        hours = next(day for day in self.scenario.hours if day.id == place.hours)
        row, standing = row_of(crew)
        weekdays = tuple(open_weekdays(self.scenario))
        turns = _usual_turns(row, place.counters if counters is None else counters, hours, weekdays, closing)
        return turns, np.array(standing, np.int64)

    def _present(
        self, office: str, crew: list[Officer], roster: Roster | None, counters: int | None
    ) -> list[tuple[int, str, int, int]]:
        """Weekday, officer, first and last minute of everybody's counter hours at the office."""
        place = self.view.offices[office]
        if counters is not None:
            place = place.model_copy(update={"counters": counters})
        roving = {row.officer for row in self.scenario.rosters if row.phase == self.view.phase.id and row.office}
        visitors = {name: self.view.serves[name] for name in roving if self.view.serves.get(name, office) != office}
        own = {officer.id: officer for officer in crew}
        serves = visitors | (dict.fromkeys(own, office) if roster is None else {})
        officers = {name: self.view.officers[name] for name in visitors} | own
        alone = replace(self.view, offices={office: place}, officers=officers, serves=serves)
        hours = duty(self.scenario, alone)
        if roving:
            found = presence(self.scenario, alone, hours)
            present = [(weekday, *row) for (at, weekday), rows in found.items() if at == office for row in rows]
        else:
            present = [(weekday, name, on, off) for (name, weekday), part in hours.items() if name in serves for on, off in part]
        given = roster or {}
        return present + [(weekday, name, on, off) for (name, weekday), part in given.items() if name in own for on, off in part]


def record(
    scenario: Scenario, compiled: Compiled, replications: Iterable[int], *, jobs: int | None = None, rooms: Rooms | None = None
) -> Replay:
    """Play a phase as it is and keep its visits. ValueError for days with visits built by hand.

    rooms : where it is recorded, so that visits are kept of those offices alone that are asked for; of all when None.
    """
    if any(len(draws.given_start) > 1 for draws in compiled.blocks):
        raise ValueError("visits built by hand cannot be played again")
    numbers = tuple(replications)
    tasks = [(number, block) for number in numbers for block in range(len(compiled.blocks))]
    level_of = _level_of(scenario, compiled)
    lent = rooms or Rooms()
    played = partial(_recorded, compiled, level_of, lent, rooms is None)
    found = dict(zip(tasks, spread(lambda task: played(*task), tasks, jobs=jobs), strict=True))
    if rooms is None:
        lent.clear()
    runs = [[found[number, block] for block in range(len(compiled.blocks))] for number in numbers]
    replay = replay_of(scenario, compiled, numbers, tuple(tuple(part.visits for part in run) for run in runs))
    overload = np.array([np.concatenate([part.overload for part in run], axis=1) for run in runs])
    return replace(replay, whole=_tables_of(compiled, numbers, runs), recorded_s=overload / TICKS_PER_S)


def _tables_of(compiled: Compiled, numbers: tuple[int, ...], runs: list[list[Recorded]]) -> PhaseTables:
    """The tables of replications from those of their blocks."""
    stack = Stack(compiled, numbers)
    for run in runs:
        total = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
        for part in run:
            for column, values in zip(total, part.tables, strict=True):
                column += values
        stack.add(compact(total), np.uint64(sum(int(part.hash_sum) for part in run) % 2**64))
    return stack.tables()


def replay_of(
    scenario: Scenario, compiled: Compiled, replications: tuple[int, ...], kept: tuple[tuple[Recording, ...], ...]
) -> Replay:
    """Return the replay of visits that were kept, by replication, block and office."""
    view = phase_view(scenario, compiled.phase)
    people = list(view.officers.values())
    settled = not compiled.network.away_until.any()  # as on the reference days
    away = np.zeros(len(people), np.int64) if settled else _away_until(scenario, view, people)
    days = [draws.laws.days[draws.days.lead_in + draws.days.warmup :] for draws in compiled.blocks]
    return Replay(
        scenario=scenario,
        view=view,
        compiled=compiled,
        replications=replications,
        kept=kept,
        level_of=_level_of(scenario, compiled),
        away={person.home: int(until) for person, until in zip(people, away, strict=True) if until},
        week_start=np.unique((np.concatenate(days) - 1) // 7, return_index=True)[1],
    )


def _level_of(scenario: Scenario, compiled: Compiled) -> NDArray[np.int64]:
    """Place of each field's level in LEVELS, (F,)."""
    levels = {field.id: field.level for field in scenario.fields}
    return np.array([LEVELS.index(levels[name]) for name in compiled.field_ids], np.int64)


def setting_of(compiled: Compiled, office: int) -> Setting:
    """The part of a compiled phase that one office needs, the office as number 0."""
    network = compiled.network
    one = slice(office, office + 1)
    crew = slice(int(network.crew_start[office]), int(network.crew_start[office + 1]))
    start = network.change_start[:, office : office + 2]
    spans = [slice(int(first), int(last)) for first, last in start]
    alone = network._replace(
        counters=network.counters[one],
        reserved=network.reserved[one],
        scanners=network.scanners[one],
        office_hash=network.office_hash[one],
        clock=network.clock[one],
        own_crew=network.own_crew[one],
        crew_start=np.array([0, crew.stop - crew.start], np.int64),
        officer_hash=network.officer_hash[crew],
        absence=network.absence[crew],
        home_office=network.home_office[crew],
        away_until=network.away_until[crew],
        pace=network.pace[crew],
        skills=network.skills[crew],
        moved=network.moved[crew],
        change_start=_from_zero(np.diff(start, axis=1)[:, 0]),
        change_tick=np.concatenate([network.change_tick[span] for span in spans]),
        change_officer=np.concatenate([network.change_officer[span] for span in spans]),
    )
    return Setting(
        network=alone,
        competent=np.where(network.competent == office, 0, 1),
        nominal=network.nominal[one],
        days=tuple(_days_of(draws.days, office) for draws in compiled.blocks),
    )


def _from_zero(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Slices (7, 2) of arrays that hold the weekdays of one office one after another."""
    until = np.cumsum(counts)
    return np.ascontiguousarray(np.stack([until - counts, until], axis=1))


def _days_of(days: Days, office: int) -> Days:
    """The calendar with the outages and volunteers of one office."""
    here = (days.outage[:, 1] < 0) | (days.outage[:, 1] == office)
    outage = days.outage[here]
    outage[:, 1] = -1
    before = np.concatenate([[0], np.cumsum(here)])
    return days._replace(
        door_share=np.ascontiguousarray(days.door_share[:, office : office + 1]),
        outage_start=before[days.outage_start].astype(np.int64),
        outage=outage,
    )


@lru_cache(maxsize=1000)  # many crews have the same
def _usual_turns(row: Row, counters: int, hours: Hours, weekdays: tuple[int, ...], closing: tuple[int, int]) -> Turns:
    """Changes of those who stand in a row by default."""
    part_of = hours_in_row(row, counters, hours, weekdays)
    return _turns([(weekday, place, on, off) for (place, weekday), part in part_of.items() for on, off in part], closing)


def _turns(hours: list[tuple[int, int, int, int]], closing: tuple[int, int]) -> Turns:
    """Changes of one office; who is on duty at closing stays for overtime.

    hours : weekday, place, first and last minute; closing : the tick, and that at which overtime ends
    """
    weekday, place, on, off = np.fromiter(chain.from_iterable(hours), np.int64).reshape(-1, 4).T
    goes = (weekday << TICK_BITS) + np.where(off * MINUTE == closing[0], closing[1], off * MINUTE)
    comes = (weekday << TICK_BITS) + on * MINUTE
    order = np.concatenate([goes << 1 + PLACE_BITS | place, (comes << 1 | 1) << PLACE_BITS | place])
    order.sort()
    place = order & (1 << PLACE_BITS) - 1
    bounds = np.searchsorted(order, np.arange(8) << TICK_BITS + 1 + PLACE_BITS)
    tick = order >> 1 + PLACE_BITS & (1 << TICK_BITS) - 1
    return Turns(np.stack([bounds[:-1], bounds[1:]], axis=1), tick, order - place, place)


def _recorded(
    compiled: Compiled, level_of: NDArray[np.int64], rooms: Rooms, whole: bool, replication: int, block: int
) -> Recorded:
    """Play a block as it is and record it; whole : whether what all halls need is made at once, and the rest let go."""
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    hash_sum, records, recording, _ = play_recorded(compiled, block, replication, tables, rooms)
    network, days = compiled.network, compiled.blocks[block].days
    overload = np.zeros((len(compiled.office_ids), len(days.weekday), len(LEVELS)), np.int64)
    overload_by_level(records, level_of, network.standard, network.lost_charge, overload.reshape(-1, len(LEVELS)))
    if whole:
        recording.keep()
        recording.let_go()
    return Recorded(recording, tables, hash_sum, overload[:, days.lead_in + days.warmup :])
