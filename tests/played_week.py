"""A random week as the kernel played it, with what its visits drew; and the events that show each feature at work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from random_scenarios import BY_HAND, SLOW

from scenarios.phases import phase_view
from scenarios.schema import ProcedureField, Scenario
from sim import rules, streams
from sim.columns import R_ARRIVAL, R_CODE, R_DAY, R_DOSSIERS, R_END, R_OFFICE, R_OFFICER, R_OUTCOME, R_SCANNED, R_START, Tables
from sim.network import Compiled
from sim.night import Carry
from sim.rules import (
    BALKED,
    INCOMPLETE,
    NO_SHOW,
    O_END,
    O_FIELDS,
    O_PACE,
    O_START,
    OPEN,
    OVERTIME_END,
    SERVED,
    Y_FIELDS,
    Y_MANUAL,
)
from sim.run import Engine, compile_days, play_fast, play_reference
from sim.streams import BALK, ORIGIN, RANK, REMOTE_INDEX, REUSED, STAY, VISIT_COLUMNS, WORK, Key, Laws
from sim.tables import OFFICE_COLUMNS, empty_tables

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
MINUTE = 60_000
Played = tuple[Tables, np.uint64, Carry]


def on_a_grid(scenario: Scenario, number: int) -> Compiled:
    """The scenario with instants and durations in whole minutes, drawn ones in two, five or ten, so that events coincide."""
    compiled = compile_days(scenario, "p1", seed=number)
    travel, way = compiled.network.travel, compiled.network.pool_travel
    network = compiled.network._replace(
        travel=travel // MINUTE * MINUTE, pool_travel=np.where(way < 0, way, way // MINUTE * MINUTE)
    )
    grid = MINUTE * (2, 5, 10)[number % 3]
    blocks = tuple(replace(block, laws=block.laws._replace(grid=grid)) for block in compiled.blocks)
    return replace(compiled, network=network, blocks=blocks)


def some_days(compiled: Compiled, first: int, until: int) -> Compiled:
    """The same phase over the days first…until−1 of its one block; lead-in and warm-up stay where they were."""
    (draws,) = compiled.blocks
    days, laws = draws.days, draws.laws
    span, shift = slice(first, until), days.outage_start[first]
    lead_in = min(max(days.lead_in - first, 0), until - first)
    warmup = min(max(days.lead_in + days.warmup - first - lead_in, 0), until - first - lead_in)
    fewer = days._replace(
        lead_in=lead_in,
        warmup=warmup,
        outage_start=days.outage_start[first : until + 1] - shift,
        outage=days.outage[shift : days.outage_start[until]],
        **{
            name: getattr(days, name)[span]
            for name in ("weekday", "moved_pace", "goes_to", "reopens", "door_share", "absence_added")
        },
    )
    laws = laws._replace(**{name: getattr(laws, name)[span] for name in ("days", "mean_micro", "remote_micro", "reuse_share")})
    return replace(compiled, blocks=(replace(draws, days=fewer, laws=laws),))


def played(compiled: Compiled, number: int, engine: Engine = "fast", carry: Carry | None = None, block: int = 0) -> Played:
    """Tables, hash and what survives the last night of a block."""
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    one_block = play_fast if engine == "fast" else play_reference
    hash_sum, _, left = one_block(compiled, block, number, tables, carry=carry)
    return tables, hash_sum, left


def same(ours: Played, theirs: Played, number: int) -> None:
    """Assert that two plays are equal in every table, the hash of every visit, and everything that survives the night."""
    assert ours[1] == theirs[1], number
    for name, mine, other in zip(ours[0]._fields, ours[0], theirs[0], strict=True):
        assert np.array_equal(mine, other), (number, name)
    for name, mine, other in zip(ours[2]._fields, ours[2], theirs[2], strict=True):
        if name in ("visits", "files"):  # kept in lists by the day; only what is in them counts
            mine, other = in_order(mine), in_order(other)
        assert np.array_equal(mine, other), (number, name)


def in_order(rows: Rows) -> Rows:
    return rows[np.lexsort(rows.T[::-1])]


@dataclass(frozen=True)
class Week:
    """One block of one replication: its tables, its records and the drawn rows they came from, in step."""

    scenario: Scenario
    compiled: Compiled
    key: Key
    records: Rows  #: (n, RECORD_COLUMNS)
    drawn: Rows  #: (n, VISIT_COLUMNS)
    tables: Tables
    carry: Carry

    @property
    def sums(self) -> dict[str, int]:
        """The office table, summed over offices."""
        return dict(zip(OFFICE_COLUMNS, self.tables.office.sum(axis=0).tolist(), strict=True))

    @property
    def came(self) -> Mask:
        return self.records[:, R_OUTCOME] < NO_SHOW

    @property
    def called(self) -> Mask:
        return np.isin(self.records[:, R_OUTCOME], (SERVED, INCOMPLETE))

    @property
    def field(self) -> Rows:
        return streams.field_of(self.records[:, R_CODE])

    @property
    def office(self) -> Rows:
        return self.records[:, R_OFFICE]

    @property
    def competent(self) -> Rows:
        return self.compiled.network.competent[streams.unit_of(self.records[:, R_CODE]), self.field]

    @property
    def fetching(self) -> Mask:
        return streams.fetches(self.records[:, R_CODE])

    @property
    def place(self) -> Rows:
        """Row of the officer's place, −1 of those never called."""
        return np.where(self.called, self.compiled.network.crew_start[self.office] + self.records[:, R_OFFICER], -1)

    @property
    def free(self) -> Mask:
        """Those who looked beyond the competent office."""
        net = self.compiled.network
        return net.boundary_free[self.field] & (self.drawn[:, STAY] >= net.stay_share) & ~self.fetching

    @property
    def person(self) -> NDArray[np.str_]:
        """Id of the officer who served, empty of those never called."""
        return np.array([*self.compiled.officer_ids, ""])[self.place]


def play_week(scenario: Scenario, number: int) -> Week:
    """Play the one block of a random scenario, on its grid."""
    compiled = on_a_grid(scenario, number)
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    _, records, carry = play_fast(compiled, 0, number, tables, keep=True)
    low, high, _ = streams.run_key(np.uint64(number), number)
    key = Key(np.uint64(low), np.uint64(high), number)
    return Week(scenario, compiled, key, records, drawn(compiled, key, records, compiled.blocks[0].laws), tables, carry)


def drawn(compiled: Compiled, key: Key, records: Rows, laws: Laws) -> Rows:
    """What the visits of records drew under some laws, row by row."""
    found = np.empty((len(records), VISIT_COLUMNS), np.int64)
    nobody = np.zeros(compiled.network.competent.shape, np.int64)
    for day in np.unique(records[:, R_DAY]).tolist():
        rows = records[:, R_DAY] == day
        codes = records[rows, R_CODE].copy()
        visits = np.empty((len(codes), VISIT_COLUMNS), np.int64)
        streams.draw_day(key, laws, day, nobody, codes, np.full(len(codes), -1), visits)
        found[rows] = visits
    return found


def outages(week: Week, *, dated: bool = True, chance: bool = True) -> Iterator[tuple[int, int, Rows]]:
    """Yield day, office and outages (n, 4) of each played day and office where there are any."""
    net, draws = week.compiled.network, week.compiled.blocks[0]
    starts, ends = np.empty(8, np.int64), np.empty(8, np.int64)
    for day in played_days(week):
        of_day = draws.days.outage[draws.days.outage_start[day] : draws.days.outage_start[day + 1]]
        for office, name in enumerate(net.office_hash):
            found = [
                (start, end, net.systems[system, Y_FIELDS], pace or net.systems[system, Y_MANUAL])
                for system, place, start, end, pace in of_day.tolist() * dated
                if place in (-1, office)
            ]
            for (fields, mark, pace, mean, length), everywhere in zip(net.systems.tolist(), net.everywhere, strict=True):
                where = streams.NO_OFFICE if everywhere else name
                hours = (net.day_open, net.day_close) if everywhere else net.clock[office, [OPEN, OVERTIME_END]].tolist()
                who = week.key, int(draws.laws.days[day]), np.uint64(mark), where
                many = streams.failures(*who, mean, length, *hours, starts, ends) if chance and mean else 0
                found += [(start, end, fields, pace) for start, end in zip(starts[:many], ends[:many], strict=True)]
            if found:
                yield day, office, np.array(found, np.int64)


def in_outages(week: Week, meets: Callable[[Week, Rows], Mask], *, dated: bool = True, chance: bool = True) -> int:
    """Count the visits that meet an outage of their field, once for each."""
    many = 0
    for day, office, found in outages(week, dated=dated, chance=chance):
        chosen = (week.records[:, R_DAY] == day) & (week.office == office) & week.came
        for outage in found:
            many += _count(chosen & needs(week, outage) & meets(week, outage))
    return many


def needs(week: Week, outage: Rows) -> Mask:
    """Whose field needs the system that fails."""
    return (outage[O_FIELDS] >> week.field & 1) == 1


def absentees(week: Week, day: int, *, waves: bool = True) -> Mask:
    """Which places have an officer who is away for the day, (N,): by chance, or on the move at the start of a phase."""
    net, draws = week.compiled.network, week.compiled.blocks[0]
    ordinal = int(draws.laws.days[day])
    chances = net.absence + draws.days.absence_added[day, net.home_office] * waves
    pairs = zip(net.officer_hash, chances.tolist(), strict=True)
    by_chance = np.array([streams.is_absent(week.key, ordinal, name, chance) for name, chance in pairs], np.bool_)
    return by_chance | on_the_move(week, day)


def on_the_move(week: Week, day: int) -> Mask:
    """Which places have an officer whose office is being moved, (N,)."""
    net, ordinal = week.compiled.network, week.compiled.blocks[0].laws.days[day]
    return (net.away_from <= ordinal) & (ordinal < net.away_until)


def played_days(week: Week) -> range:
    """Days on which citizens come."""
    days = week.compiled.blocks[0].days
    return range(days.lead_in, len(days.weekday))


def _count(mask: Mask) -> int:
    return int(mask.sum())


def _overlaps(week: Week, outage: Rows) -> Mask:
    """Served while the outage lasts."""
    return week.called & (week.records[:, R_START] < outage[O_END]) & (week.records[:, R_END] > outage[O_START])


def _begins_at(week: Week, outage: Rows, pace: int) -> Mask:
    """Served from an instant within an outage of a pace per mille."""
    start = week.records[:, R_START]
    return (outage[O_PACE] == pace) & week.called & (outage[O_START] < start) & (start < outage[O_END])


def _turns_away(week: Week, outage: Rows) -> Mask:
    """Gone home at once because the field stands still."""
    arrival, word = week.records[:, R_ARRIVAL], week.drawn[:, BALK]
    away = (week.records[:, R_OUTCOME] == BALKED) & (word < week.compiled.network.turn_away_share)
    return (outage[O_PACE] == 0) & away & (outage[O_START] < arrival) & (arrival < outage[O_END])


def _visits(week: Week, laws: Laws) -> int:
    shape = week.compiled.network.competent.shape
    counts, remote = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    return sum(int(streams.day_counts(week.key, laws, day, counts, remote)) for day in range(len(laws.days)))


def _noise(week: Week) -> int:
    laws = week.compiled.blocks[0].laws
    return abs(_visits(week, laws) - _visits(week, laws._replace(noise_shared=0.0, noise_unit=0.0)))


def _local_demand(week: Week) -> int:
    """First visits more or fewer than without the changes of demand."""
    usual = compile_days(week.scenario.model_copy(update={"demand_changes": ()}), "p1", seed=1).blocks[0].laws
    return abs(_visits(week, week.compiled.blocks[0].laws) - _visits(week, usual))


def _drawn_otherwise(week: Week, column: int, laws: Laws) -> int:
    """Count the served whose drawn number would be another under other laws."""
    return _count(week.called & (drawn(week.compiled, week.key, week.records, laws)[:, column] != week.drawn[:, column]))


def _assisted(week: Week) -> int:
    laws = week.compiled.blocks[0].laws
    return _drawn_otherwise(week, WORK, laws._replace(assisted_extra=0))


def _grown_reuse(week: Week) -> int:
    laws = week.compiled.blocks[0].laws
    return _drawn_otherwise(week, REUSED, laws._replace(reuse_share=np.full_like(laws.reuse_share, laws.reuse_share[0])))


def _posted(week: Week) -> int:
    """Dossiers from afar that came by post."""
    laws, papers = week.compiled.blocks[0].laws, week.compiled.papers
    counts, remote = (np.zeros(week.compiled.network.competent.shape, np.int64) for _ in range(2))
    many = 0
    for day in played_days(week) if len(laws.remote_micro) else ():
        streams.day_counts(week.key, laws, day, counts, remote)
        for unit, field in np.argwhere(remote > 0).tolist():
            for index in range(int(remote[unit, field])):
                code = streams.code_of(unit, field, int(laws.days[day]), REMOTE_INDEX + index, 0)
                word, _, _, _ = streams.citizen_fate(week.key, laws.unit_hash, laws.field_hash, code, streams.FATE)
                many += word < papers.postal_share[field]
    return many


def _bundles(week: Week, least: int, chosen: Callable[[ProcedureField], bool]) -> int:
    """Visits with so many dossiers or more, in some fields."""
    fields = np.array([chosen(field) for field in sorted(week.scenario.fields, key=lambda field: field.id)])
    return _count(week.called & fields[week.field] & (week.records[:, R_DOSSIERS] >= least))


def _desks_behind(week: Week) -> int:
    return int((week.carry.files[:, 0] < 0).sum() + (week.carry.spent > 0).sum())


def _backlog_done(week: Week) -> int:
    before, after = (int((carry.files[:, 1] < 0).sum()) for carry in (week.compiled.blocks[0].carry, week.carry))
    return before - after


def _from_lead_in(week: Week) -> int:
    """Results fetched of dossiers that were open as the played days began."""
    draws = week.compiled.blocks[0]
    if draws.days.lead_in == 0:
        return 0
    return _count(week.fetching & (streams.day_of(week.records[:, R_CODE]) < draws.laws.days[draws.days.lead_in]))


def _from_portal(week: Week) -> int:
    code = week.records[:, R_CODE]
    return _count(week.came & ~week.fetching & (streams.index_of(code) >= REMOTE_INDEX))


def _by_wave(week: Week) -> int:
    return sum(_count(absentees(week, day) & ~absentees(week, day, waves=False)) for day in played_days(week))


def _moving(week: Week) -> int:
    return sum(_count(on_the_move(week, day)) for day in played_days(week))


def _by_officers(week: Week, names: set[str]) -> int:
    return _count(np.isin(week.person, sorted(names)))


def _through_lunch(week: Week) -> int:
    if not week.scenario.hours[0].lunch_halves:
        return 0
    clock, start = week.compiled.network.clock[week.office], week.records[:, R_START]
    return _count(week.called & (clock[:, rules.LUNCH_START] < start) & (start < clock[:, rules.LUNCH_END]))


def _learning(week: Week) -> int:
    new = week.compiled.blocks[0].days.moved_pace[week.records[:, R_DAY]] > 1000
    return _count(week.called & new & (week.compiled.network.moved[week.place] == 1))


def _mobile(week: Week) -> int:
    """Served by an officer who is at another office than usual by roster."""
    serves = phase_view(week.scenario, "p1").serves
    usual = np.array([week.compiled.office_ids.index(serves[name]) if name in serves else -1 for name in week.person])
    own = week.records[:, R_OFFICER] < week.compiled.network.own_crew[week.office]
    return _count(week.called & own & (usual != week.office))


def _elsewhere(week: Week) -> int:
    """Sent on to the office that stands in for a closed one."""
    goes_to = week.compiled.blocks[0].days.goes_to[week.records[:, R_DAY], week.competent]
    return _count(week.came & (goes_to != week.competent) & (goes_to == week.office))


#: feature → how often it is seen at work in a week
EVENTS: dict[str, Callable[[Week], int]] = {
    "priority by law": lambda w: _count(w.called & (w.drawn[:, RANK] == 0)),
    "day noise": _noise,
    "local demand": _local_demand,
    "boundary-free fields": lambda w: _count(w.came & w.free & (w.office != w.competent)),
    "choice by the queues of the moment": lambda w: _count(w.free & (w.drawn[:, STAY] < w.compiled.network.informed_until)),
    "other origins": lambda w: _count(w.came & (w.drawn[:, ORIGIN] != streams.unit_of(w.records[:, R_CODE]))),
    "reserved counters": lambda w: _count(w.called & (w.office != w.competent) & (w.compiled.network.reserved[w.office] > 0)),
    "online by oneself": lambda w: w.sums["remote"],
    "online at the counter": _assisted,
    "post": _posted,
    "appointments": lambda w: w.sums["booked"],
    "no-shows": lambda w: w.sums["no_show"],
    "missing papers": lambda w: w.sums["incomplete"],
    "volunteers": lambda w: w.sums["turned_back"],
    "several dossiers a visit": lambda w: _bundles(w, 2, lambda field: field.dossiers_per_visit > 1),
    "agents": lambda w: _bundles(w, 6, lambda field: field.agents_share > 0),
    "scanning desks": lambda w: _count(w.records[:, R_SCANNED] > 0),
    "re-use that grows": _grown_reuse,
    "back office that runs short": _desks_behind,
    "backlog": _backlog_done,
    "lead-in days": _from_lead_in,
    "results fetched": lambda w: w.sums["fetched"],
    "dated outages": lambda w: in_outages(w, _overlaps, chance=False),
    "chance failures": lambda w: in_outages(w, _overlaps, dated=False),
    "work by hand": lambda w: in_outages(w, lambda week, outage: _begins_at(week, outage, BY_HAND)),
    "slow systems": lambda w: in_outages(w, lambda week, outage: _begins_at(week, outage, SLOW)),
    "turning away when systems stand still": lambda w: in_outages(w, _turns_away),
    "portal": _from_portal,
    "absence": lambda w: w.sums["absent"] // MINUTE,
    "absence waves": _by_wave,
    "half-day shifts": lambda w: _by_officers(w, {person.id for person in w.scenario.officers if person.shift != "full"}),
    "lunch in two halves": _through_lunch,
    "moved officers who learn": _learning,
    "days of moving": _moving,
    "written counter hours": lambda w: _by_officers(w, {row.officer for row in w.scenario.rosters if not row.office}),
    "mobile counters": _mobile,
    "float pools": lambda w: w.sums["sent"],
    "closed offices": lambda w: w.sums["deferred"] + _elsewhere(w),
}
