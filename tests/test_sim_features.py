"""The citizen's whole way, feature by feature: laws that hold to the tick, examples by hand, twins equal to the bit.

Every block is played with both engines, which must agree, before anything is said about it. Nothing is within a
tolerance but moments of laws, which are floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from random_scenarios import random_scenario

from scenarios import load_scenario, schema
from scenarios.schema import TABLES, Scenario
from sim.columns import (
    R_ARRIVAL,
    R_BOOKED,
    R_CODE,
    R_DAY,
    R_DOSSIERS,
    R_END,
    R_OFFICE,
    R_OFFICER,
    R_ORIGIN,
    R_OUTCOME,
    R_PAUSED,
    R_REUSED,
    R_SCANNED,
    R_START,
    R_WAIT,
    Tables,
)
from sim.network import (
    Compiled,
    Draws,
    bundle_law,
    mean_dossiers,
)
from sim.night import Carry
from sim.rules import (
    BALKED,
    DEFERRED,
    INCOMPLETE,
    NO_SHOW,
    OPEN,
    OVERTIME_END,
    SERVED,
    TURNED_BACK,
    WALK_IN,
    best_office,
    free_slot,
    next_visit_with_papers,
    visit_to_fetch,
)
from sim.run import Records, compile_days, play_fast, play_reference, simulate
from sim.station import station
from sim.streams import (
    BUNDLE,
    CODE,
    FATE,
    FETCHES,
    FIXED,
    MEANT,
    MICRO,
    NO_OFFICE,
    PATIENCE,
    RANK,
    REMOTE_INDEX,
    STAY,
    TOLD,
    VISIT_COLUMNS,
    WORK,
    Key,
    citizen_fate,
    code_of,
    day_counts,
    failures,
    field_of,
    index_of,
    run_key,
    unit_of,
)
from sim.tables import OFFICE_COLUMNS, OUTCOMES, empty_tables, rostered_ticks

MINUTE = 60_000
HOUR = 60 * MINUTE
OPENS, CLOSES = 7 * HOUR + 30 * MINUTE, 17 * HOUR
SURE = 2**32
MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2025, 3, day) for day in (3, 4, 5, 7))
DAYS = 5
RICH = 12  #: random scenarios, which have every feature among them


# -- the scene, and how it is played ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Played:
    """A block as both engines played it."""

    compiled: Compiled
    tables: Tables
    total: np.uint64  #: of the visits' hashes
    records: Records
    left: Carry

    def column(self, name: str) -> NDArray[np.int64]:
        """A column of the office table, by office."""
        return np.asarray(self.tables.office[:, OFFICE_COLUMNS.index(name)])

    def sum(self, name: str) -> int:
        return int(self.column(name).sum())

    def of(self, outcome: np.int64) -> Records:
        """Records of the visits with an outcome."""
        return np.asarray(self.records[self.records[:, R_OUTCOME] == outcome])

    def at(self, office: str) -> Records:
        """Records of the visits at an office."""
        return np.asarray(self.records[self.records[:, R_OFFICE] == self.compiled.office_ids.index(office)])


def same(ours: tuple[NDArray[np.int64], ...], theirs: tuple[NDArray[np.int64], ...]) -> bool:
    """Whether all arrays of two bundles are equal."""
    return all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def both(scene: Scenario | Compiled, replication: int = 0, carry: Carry | None = None) -> Played:
    """Play a block with both engines; every table, record and carried row must be equal."""
    compiled = compile_days(scene, "p1", seed=1) if isinstance(scene, Scenario) else scene
    sizes = len(compiled.office_ids), len(compiled.unit_ids)
    fast, slow = empty_tables(*sizes), empty_tables(*sizes)
    total, records, left = play_fast(compiled, 0, replication, fast, keep=True, carry=carry)
    slow_total, slow_records, slow_left = play_reference(compiled, 0, replication, slow, carry=carry)
    assert total == slow_total
    assert same(fast, slow)
    assert np.array_equal(records, slow_records)
    assert same(left, slow_left)
    return Played(compiled, fast, total, records, left)


def twins(one: Played, other: Played) -> bool:
    """Whether two plays are equal to the bit."""
    return one.total == other.total and same(one.tables, other.tables)


def changed(scenario: Scenario, **update: Any) -> Scenario:
    """A copy with other tables; a dict is written into a section, or into each row of a table."""
    for name, value in update.items():
        if isinstance(value, dict):
            old = getattr(scenario, name)
            rows = isinstance(old, tuple)
            value = tuple(row.model_copy(update=value) for row in old) if rows else old.model_copy(update=value)
        scenario = scenario.model_copy(update={name: value})
    return scenario


def row(table: Sequence[Any], name: str, **update: Any) -> tuple[Any, ...]:
    """The table with one row changed."""
    return tuple(entity.model_copy(update=update) if entity.id == name else entity for entity in table)


@cache
def scene() -> Scenario:
    """The first week of `tiny`, phase 1: works vary, results take days, nobody tires of waiting and all are served.

    Offices pa (three officers), pb (one) and br (two); units a and b; certification at pa and pb, land at br.
    """
    tiny = load_scenario("tiny")
    return changed(
        tiny,
        queue={"overtime_min": 600.0},
        indicators={"warmup_days": 0},
        phases=(tiny.phase("p1").model_copy(update={"end": FRIDAY}),),
        office_changes=(),
        targets=(),
        fields={"service_cv": 0.8, "digitize_min": 4.0, "same_day_share": 0.0, "limit_days": 3, "patience_min": 1e6},
    )


def part(draws: Draws, first: int, until: int) -> Draws:
    """The days first…until−1 of a block as a block."""
    laws, days, span = draws.laws, draws.days, slice(first, until)
    begin, end = days.outage_start[first], days.outage_start[until]
    opened, warm = max(days.lead_in, first), max(days.lead_in + days.warmup, first)
    return replace(
        draws,
        laws=laws._replace(
            days=laws.days[span],
            mean_micro=laws.mean_micro[span],
            remote_micro=laws.remote_micro[span],
            reuse_share=laws.reuse_share[span],
        ),
        days=days._replace(
            lead_in=min(opened, until) - first,
            warmup=min(warm, until) - min(opened, until),
            weekday=days.weekday[span],
            moved_pace=days.moved_pace[span],
            goes_to=days.goes_to[span],
            reopens=days.reopens[span],
            door_share=days.door_share[span],
            absence_added=days.absence_added[span],
            outage_start=days.outage_start[first : until + 1] - begin,
            outage=days.outage[begin:end],
        ),
    )


def days_of(compiled: Compiled, first: int, until: int) -> Compiled:
    """The compiled phase cut to some days of its block."""
    return replace(compiled, blocks=(part(compiled.blocks[0], first, until),))


def on_one_day(compiled: Compiled, visits: Sequence[tuple[int, int, int, int]]) -> Compiled:
    """The first day of a phase with visits given by hand: (unit, field, tick meant, ticks of work), of walk-ins."""
    block = part(compiled.blocks[0], 0, 1)
    given = np.zeros((len(visits), VISIT_COLUMNS), np.int64)
    for number, (unit, field, meant, work) in enumerate(sorted(visits, key=lambda visit: visit[:2])):
        given[number, CODE] = code_of(unit, field, block.laws.days[0], number, 0)
        given[number, MEANT], given[number, WORK] = meant, work
    given[:, PATIENCE], given[:, RANK], given[:, FIXED] = SURE, WALK_IN, -1
    return replace(compiled, blocks=(replace(block, given=given, given_start=np.array([0, len(given)])),))


def key_of(compiled: Compiled, replication: int = 0) -> Key:
    """Root of the numbers of a replication."""
    low, high, number = run_key(np.uint64(compiled.blocks[0].seed), replication)
    return Key(np.uint64(low), np.uint64(high), number)


def remote_codes(compiled: Compiled, day: int) -> list[int]:
    """Codes of the dossiers of a day that come online or by post."""
    laws = compiled.blocks[0].laws
    counts, remote = (np.zeros(compiled.network.competent.shape, np.int64) for _ in range(2))
    day_counts(key_of(compiled), laws, day, counts, remote)
    return [
        int(code_of(unit, field, laws.days[day], REMOTE_INDEX + index, 0))
        for unit, field in np.argwhere(remote > 0)
        for index in range(remote[unit, field])
    ]


def durations(records: Records) -> dict[int, int]:
    """Ticks of service by code."""
    called = records[records[:, R_START] >= 0]
    return dict(zip(called[:, R_CODE].tolist(), (called[:, R_END] - called[:, R_START]).tolist(), strict=True))


# -- systems that fail -------------------------------------------------------------------------------------------------


def failing(compiled: Compiled, outages: Sequence[tuple[int, int, int]], *, manual_pace: int = 0) -> Compiled:
    """A station whose field needs a system with outages (start, end, pace or 0)."""
    network = compiled.network._replace(systems=np.array([[1, 1, manual_pace, 0, 0]]), everywhere=np.ones(1, np.bool_))
    rows = np.array([(0, -1, *outage) for outage in outages], np.int64).reshape(-1, 5)
    days = compiled.blocks[0].days._replace(outage_start=np.array([0, len(rows)], np.int64), outage=rows)
    return replace(compiled, network=network, blocks=(replace(compiled.blocks[0], days=days),))


@pytest.mark.parametrize("length", [1, 7, 49, 50, 1000])
@pytest.mark.parametrize("start", [100, 101, 125, 149])
def test_outage_in_a_service_moves_its_end_by_its_length(start: int, length: int) -> None:
    """A service from 100 to 150 with an outage of length L that starts in it ends at 150 + L and stood still for L."""
    result = both(failing(station([100], [50]), [(start, start + length, 0)]))
    begins = start + length if start == 100 else 100  # an outage comes before those who arrive at its tick
    stood = 0 if start == 100 else length
    assert result.records[0, [R_START, R_END, R_PAUSED]].tolist() == [begins, 150 + length, stood]
    assert result.sum("stopped") == stood


@pytest.mark.parametrize(("start", "end"), [(10, 100), (150, 160), (0, 99), (151, 10_000)])
def test_outage_while_nobody_is_there_adds_nothing(start: int, end: int) -> None:
    """Outages before the only citizen and after the service leave no trace."""
    plain, hit = both(station([100], [50])), both(failing(station([100], [50]), [(start, end, 0)]))
    assert twins(plain, hit)


@pytest.mark.parametrize("servers", [1, 3])
def test_outages_are_cut_out_of_the_day(servers: int) -> None:
    """On a clock that rests in outages, starts are those of Kiefer and Wolfowitz; each end is service + rest later."""
    for number in range(100):
        rng = np.random.default_rng([31, servers, number])
        grid = (1, 50)[number % 2]
        arrivals = np.sort(rng.integers(0, 5_000, 60)) // grid * grid
        services = np.maximum(rng.exponential(80 * servers, 60).astype(int) // grid * grid, 1)
        starts = rng.integers(0, 6_000, 6) // grid * grid
        outages = [(int(start), int(start) + grid * int(rng.integers(1, 500 // grid)), 0) for start in starts]
        result = both(failing(station(arrivals, services, servers), outages))
        rest = np.zeros(60_000, np.int64)  # whether the tick after an instant is one of rest
        for start, end, _ in outages:
            rest[start:end] = 1
        before = np.concatenate([[0], np.cumsum(rest)])
        free, wanted = [0] * servers, []
        for arrival, service in zip((arrivals - before[arrivals]).tolist(), services.tolist(), strict=True):
            wanted.append(max(arrival, free[0]))
            free = sorted([*free[1:], wanted[-1] + service])
        begun, ended, paused = result.records[:, [R_START, R_END, R_PAUSED]].T
        assert (begun - before[begun]).tolist() == wanted, number
        assert np.array_equal(ended - begun, services + paused)
        assert np.array_equal(paused, before[ended] - before[begun])
        assert result.sum("stopped") == paused.sum()


@pytest.mark.parametrize("pace", [1, 700, 1300, 9999])
@pytest.mark.parametrize("by_hand", [True, False])
def test_only_services_that_start_in_a_slowdown_are_slower(pace: int, by_hand: bool) -> None:
    """Work × pace, rounded once, for the service that starts in it; those before and after take their work."""
    outage, manual = ((120, 40_000, 0), pace) if by_hand else ((120, 40_000, pace), 0)
    result = both(failing(station([100, 150, 50_000], [3001, 3001, 3001]), [outage], manual_pace=manual))
    assert list(durations(result.records).values()) == [3001, (3001 * pace + 500) // 1000, 3001]
    assert result.sum("stopped") == 0


def test_paces_follow_the_slowest_outage_of_the_moment() -> None:
    """One server, slowdowns that overlap: the recursion of Lindley with the pace at each start."""
    for number in range(100):
        rng = np.random.default_rng([32, number])
        arrivals = np.sort(rng.integers(0, 5_000, 60))
        services = np.maximum(rng.exponential(80, 60).astype(int), 1)
        outages = [(int(start), int(start) + int(rng.integers(1, 900)), int(rng.integers(500, 3000))) for start in arrivals[::10]]
        result = both(failing(station(arrivals, services), outages))
        free, wanted = 0, []
        for arrival, service in zip(arrivals.tolist(), services.tolist(), strict=True):
            start = max(arrival, free)
            # services end before outages begin and end, citizens arrive after
            paces = [pace for begin, end, pace in outages if (begin < start <= end if free > arrival else begin <= start < end)]
            free = start + (service * max(paces, default=1000) + 500) // 1000
            wanted.append((start, free))
        assert list(map(tuple, result.records[:, [R_START, R_END]].tolist())) == wanted, number


def test_outage_touches_only_the_offices_and_fields_it_names() -> None:
    """A system of certification that fails at pa changes no visit at pb or br."""
    systems = (schema.System(id="register", name_vi="Sổ", name_en="Register"),)
    outage = schema.Outage(id="cut", system="register", place="pa", start=MONDAY, end=FRIDAY, from_time=time(8), to_time=time(11))
    base = changed(scene(), systems=systems, fields=row(scene().fields, "certification", systems="register"))
    plain, hit = both(base), both(changed(base, outages=(outage,)))
    for office in ("pb", "br"):
        assert np.array_equal(plain.at(office), hit.at(office))
    assert hit.column("stopped")[[plain.compiled.office_ids.index(name) for name in ("pb", "br")]].tolist() == [0, 0]
    inside = (hit.at("pa")[:, R_START] >= 8 * HOUR) & (hit.at("pa")[:, R_START] < 11 * HOUR)
    assert not inside.any() and hit.sum("stopped") > 0


@pytest.mark.parametrize("scope", ["province", "office"])
def test_chance_failures_are_dated_outages_at_the_instants_drawn(scope: Literal["province", "office"]) -> None:
    """A system that fails by chance equals, to the bit, one with outages written at those instants at those offices."""
    system = schema.System(
        id="register",
        name_vi="Sổ",
        name_en="Register",
        failures_per_month=22.0,
        failure_min=40.0,
        scope=scope,
    )
    by_chance = both(changed(scene(), systems=(system,), fields={"systems": "register"}))
    network, block = by_chance.compiled.network, by_chance.compiled.blocks[0]
    _, name, _, mean, length = network.systems[0].tolist()
    starts, ends, rows, row_start = np.empty(8, np.int64), np.empty(8, np.int64), [], [0]
    for ordinal in block.laws.days:
        for office in range(3):
            where = NO_OFFICE if scope == "province" else network.office_hash[office]
            hours = network.clock[office, OPEN], network.clock[office, OVERTIME_END]
            key = key_of(by_chance.compiled)
            count = failures(key, ordinal, np.uint64(name), where, mean, length, *hours, starts, ends)
            rows += [(0, office, starts[n], ends[n], 0) for n in range(count)]
        row_start.append(len(rows))
    days = block.days._replace(outage=np.array(rows, np.int64), outage_start=np.array(row_start, np.int64))
    never = network._replace(systems=network.systems * np.array([1, 1, 1, 0, 1]))
    dated = both(replace(by_chance.compiled, network=never, blocks=(replace(block, days=days),)))
    assert twins(by_chance, dated)
    assert by_chance.sum("stopped") > 0
    times = {office: [(day, *found[2:4]) for day in range(DAYS) for found in rows[row_start[day] : row_start[day + 1]]
                      if found[1] == office] for office in range(3)}  # fmt: skip
    assert (times[0] == times[1] == times[2]) == (scope == "province")


def test_system_that_never_fails_equals_none() -> None:
    """A system without failures and outages, needed by all fields, changes no bit."""
    system = schema.System(id="register", name_vi="Sổ", name_en="Register", manual_pace=1300, failure_min=60.0)
    assert twins(both(scene()), both(changed(scene(), systems=(system,), fields={"systems": "register"})))


def test_while_a_field_stands_still_those_who_will_turn_away_do() -> None:
    """Turn-away share 1: who arrives in the outage balks, at its very tick too; nobody else does."""
    compiled = failing(station([10, 20, 29, 30, 40], [1] * 5), [(20, 30, 0)])
    result = both(replace(compiled, network=compiled.network._replace(turn_away_share=SURE)))
    assert result.records[:, R_OUTCOME].tolist() == [SERVED, BALKED, BALKED, SERVED, SERVED]


# -- papers, re-use, scanning ------------------------------------------------------------------------------------------


def test_reuse_spares_all_digitization_and_a_share_of_reception() -> None:
    """With all papers held a service is reception × factor, to the tick; without, reception and each dossier's scan."""
    base = changed(scene(), papers={"reuse_reception_factor": 0.8}, fields={"dossiers_per_visit": 1.5})
    none, all_held = both(base), both(changed(base, phases={"reuse_share": 1.0}))
    scans = dict(zip(none.records[:, R_CODE].tolist(), (4 * MINUTE * none.records[:, R_DOSSIERS]).tolist(), strict=True))
    receptions = {code: ticks - scans[code] for code, ticks in durations(none.records).items()}
    assert durations(all_held.records) == {code: (ticks * 800 + 500) // 1000 for code, ticks in receptions.items()}
    assert all_held.sum("reused") == all_held.sum("finished") == all_held.records[:, R_REUSED].sum() == len(receptions)
    assert none.sum("reused") == 0


def test_reuse_grows_from_the_first_day_of_the_phase() -> None:
    """A growth of 0.9 in 30 days holds day n's share at start + 0.03 n, of 2**16; one once held is held later too."""
    result = both(changed(scene(), phases={"reuse_share": 0.1, "reuse_growth_per_month": 0.9}))
    assert result.compiled.blocks[0].laws.reuse_share.tolist() == [round((0.1 + 0.9 * n / 30) * 2**16) for n in range(DAYS)]
    earlier = both(changed(scene(), phases={"reuse_share": 0.1}))
    held = [set(one.records[one.records[:, R_REUSED] == 1, R_CODE].tolist()) for one in (earlier, result)]
    assert held[0] < held[1]


def test_plenty_of_scanners_shorten_each_service_by_its_scan() -> None:
    """At a desk that never makes anyone wait the counter is spared exactly the scan, which is done by closing or not."""
    base = changed(scene(), fields={"dossiers_per_visit": 1.5}, phases={"reuse_share": 0.3})
    counter, desk = both(base), both(changed(base, offices={"scanners": 500}))
    scan = dict(
        zip(
            counter.records[:, R_CODE].tolist(),
            (4 * MINUTE * counter.records[:, R_DOSSIERS] * (1 - counter.records[:, R_REUSED])).tolist(),
            strict=True,
        )
    )
    assert durations(desk.records) == {code: ticks - scan[code] for code, ticks in durations(counter.records).items()}
    for record in desk.records:
        ready = min(record[R_END], CLOSES) + scan[int(record[R_CODE])]
        assert record[R_SCANNED] == (ready > CLOSES and scan[int(record[R_CODE])] > 0)
    assert desk.sum("received") == counter.sum("received")


@pytest.mark.parametrize("minutes", [3, 30])
def test_one_scanner_works_first_come_first_served_from_day_to_day(minutes: int) -> None:
    """The day each dossier is scanned is that of a single server on the clock of the opening hours."""
    result = both(changed(scene(), offices={"scanners": 1}, fields={"digitize_min": float(minutes)}, demand={"scale": 3.0}))
    length = CLOSES - OPENS
    for office in range(3):
        rows = result.of(SERVED)[result.of(SERVED)[:, R_OFFICE] == office]
        rows = rows[np.lexsort((np.arange(len(rows)), rows[:, R_END], rows[:, R_DAY]))]
        ready = rows[:, R_DAY] * length + np.clip(rows[:, R_END] - OPENS, 0, length)
        free = 0
        for at, record in zip(ready.tolist(), rows, strict=True):
            free = max(free, at) + minutes * MINUTE
            assert record[R_SCANNED] == max((free - 1) // length - record[R_DAY], 0)
        assert result.left.scanners[office, 0] == max(free - DAYS * length, 0)
    assert result.records[result.records[:, R_DAY] == DAYS - 1, R_END].max() > CLOSES + HOUR


@pytest.mark.parametrize("scanners", [1, 2, 5])
@pytest.mark.parametrize("minutes", [0.0, 60.0, None])
def test_no_dossier_is_lost(scanners: int, minutes: float | None) -> None:
    """Received + backlog = completed + open, whatever the scanners and the hours of the back office."""
    desks = () if minutes is None else (schema.BackOffice(level="commune", place="*", minutes_per_day=minutes, backlog=7),)
    fields = {"digitize_min": 20.0, "same_day_share": 0.3, "back_office_min": 9.0, "lead_days": 1.5, "lead_cv": 0.5}
    extra = {"dossiers_per_visit": 1.5, "online_self_share": 0.2, "postal_share": 0.1, "collect_share": 0.5}
    result = both(changed(scene(), offices={"scanners": scanners}, fields=fields | extra, back_offices=desks))
    backlog = result.compiled.blocks[0].carry.files[:, 5].sum()
    assert backlog == (0 if minutes is None else 14)
    assert result.sum("received") + backlog == result.sum("completed") + result.left.files[:, 5].sum()
    served = result.of(SERVED)
    handed_in = served[(served[:, R_CODE] & FETCHES) == 0, R_DOSSIERS].sum()
    assert result.sum("received") - result.sum("remote") == handed_in


# -- the choice of an office -------------------------------------------------------------------------------------------


@cache
def open_choice() -> Scenario:
    """Certification is boundary-free; half of unit a's needs start from unit b; pc stands where pb does."""
    base = scene()
    pb = next(office for office in base.offices if office.id == "pb")
    officer = next(officer for officer in base.officers if officer.id == "pb-1")
    return changed(
        base,
        offices=(*base.offices, pb.model_copy(update={"id": "pc", "name": "Một cửa thứ ba"})),
        officers=(*base.officers, officer.model_copy(update={"id": "pc-1", "home": "pc"})),
        origins=(schema.Origin(unit="a", origin="b", share=0.5),),
        fields=row(base.fields, "certification", boundary_free_from="p1"),
        phases={"stay_share": 0.0},
        choice={"reach_min": 1000.0},
    )


def test_citizens_who_mind_nothing_but_the_way_go_to_the_nearest_office_that_takes_them() -> None:
    """At travel weight 150 all free citizens go to a nearest office with the field; their taste decides among equals."""
    result = both(changed(open_choice(), choice={"travel_weight": 150.0}))
    network = result.compiled.network
    ways = np.where(network.offers[:, field_of(result.records[:, R_CODE])].T, network.travel[result.records[:, R_ORIGIN]], SURE)
    chosen = ways[np.arange(len(ways)), result.records[:, R_OFFICE]]
    assert np.array_equal(chosen, ways.min(axis=1))
    assert {"pb", "pc"} <= {result.compiled.office_ids[office] for office in result.records[:, R_OFFICE]}
    assert result.sum("boundary_free") > 0


def test_equal_scores_go_to_the_office_whose_id_sorts_first() -> None:
    """With no reluctance anywhere all scores are 0: the first open office that offers the field, in any order of rows."""
    hashes = np.array([5, 6, 7, 8], np.uint64)
    offers = np.array([[False], [True], [True], [True]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        reach = np.array([0, 4]), np.array(order)
        for shut, first in ((-1, 1), (1, 2)):
            goes_to = np.array([-1 if n == shut else n for n in range(4)])
            rest = np.zeros(4), np.uint64(3), np.uint64(4), 0, 0, 0, 3, 0.0
            assert best_office(*reach, offers, goes_to, hashes, *rest) == first


def test_whoever_stays_goes_to_the_competent_office() -> None:
    """Stay share 1 is the same, to the bit, as a field that is not boundary-free."""
    stays = both(changed(open_choice(), phases={"stay_share": 1.0, "informed_share": 1.0}))
    bound = both(changed(open_choice(), fields={"boundary_free_from": ""}))
    assert twins(stays, bound)
    assert stays.sum("boundary_free") == 0


@pytest.mark.parametrize("reach", [0.0, 9.0])
def test_knowing_the_queues_is_worth_nothing_where_there_is_one_office(reach: float) -> None:
    """With a single office in reach the informed do as the uninformed, to the bit."""
    base = changed(scene(), fields={"boundary_free_from": "p1"}, phases={"stay_share": 0.0}, choice={"reach_min": reach})
    blind = both(base)
    assert (np.diff(blind.compiled.network.near_start) <= 1 + (reach > 0)).all()
    assert twins(blind, both(changed(base, phases={"informed_share": 1.0})))


def test_informed_citizen_sees_the_queue_of_the_moment_by_hand() -> None:
    """Thirty stand at pa: an informed citizen goes to pb, as much later as it is farther, one who is not goes to pa."""
    base = changed(
        scene(),
        fields=row(scene().fields, "certification", boundary_free_from="p1"),
        phases={"stay_share": 0.5, "informed_share": 0.5},
        choice={"reach_min": 1000.0, "wait_scale_min": 0.5, "travel_weight": 50.0},
    )
    compiled = compile_days(base, "p1", seed=1)
    unit, pa, pb = (
        ids.index(name) for ids, name in ((compiled.unit_ids, "a"), (compiled.office_ids, "pa"), (compiled.office_ids, "pb"))
    )
    meant = OPENS + HOUR
    for stay, office in ((0, pa), (SURE // 2, pb), (3 * SURE // 4, pa)):
        one = on_one_day(compiled, [(unit, 0, OPENS, 60 * MINUTE)] * 30 + [(unit, 0, meant, MINUTE)])
        one.blocks[0].given[-1, STAY] = stay
        result = both(one)
        way = int(compiled.network.travel[unit, office] - compiled.network.travel[unit, pa])
        assert result.records[:, R_OFFICE].tolist() == [pa] * 30 + [office]
        assert result.records[-1, R_ARRIVAL] == meant + way
        assert (result.records[-1, R_WAIT] == 0) == (office == pb)


# -- the float pool ----------------------------------------------------------------------------------------------------


def pool(**update: Any) -> schema.Pool:
    fields = {"id": "float", "district": "*", "base": "pa", "look_min": 15.0, "send_wait_min": 1e6}
    return schema.Pool(**{**fields, "return_wait_min": 5.0, "stay_min": 0.0, **update})


def with_reserve(scenario: Scenario) -> Scenario:
    """The scenario with an officer who is a reserve of the pool `float`."""
    model = next(officer for officer in scenario.officers if officer.id == "pa-1")
    return changed(scenario, officers=(*scenario.officers, model.model_copy(update={"id": "reserve", "pool": "float"})))


def test_pool_without_reserves_or_with_a_limit_out_of_reach_equals_none() -> None:
    """To the bit: tables and the hash of every visit."""
    plain = both(scene())
    assert twins(plain, both(changed(scene(), pools=(pool(send_wait_min=0.0),))))
    never = both(changed(with_reserve(scene()), pools=(pool(),)))
    assert twins(plain, never)
    assert never.sum("sent") == never.sum("help") == 0


def test_reserve_is_sent_only_to_a_free_counter() -> None:
    """With as many counters as officers on duty everywhere, nobody is sent, however long the wait; to the bit."""
    crews = {"pa": 3, "pb": 1, "br": 2}
    offices = tuple(office.model_copy(update={"counters": crews[office.id]}) for office in scene().offices)
    full = changed(with_reserve(scene()), offices=offices, pools=(pool(send_wait_min=0.0),))
    assert twins(both(changed(scene(), offices=offices)), both(full))


def test_reserve_is_sent_serves_and_goes_back_by_hand() -> None:
    """Ten citizens of 30 minutes stand at pb as it opens; the reserve comes after the way and takes every second one."""
    base = changed(with_reserve(scene()), fields={"digitize_min": 0.0}, pools=(pool(send_wait_min=60.0),))
    compiled = compile_days(base, "p1", seed=1)
    unit, office = compiled.unit_ids.index("b"), compiled.office_ids.index("pb")
    result = both(on_one_day(compiled, [(unit, 0, OPENS, 30 * MINUTE)] * 10))
    way = int(compiled.network.pool_travel[0, office])
    assert 15 * MINUTE < way < 30 * MINUTE
    own = [OPENS + n * 30 * MINUTE for n in range(5)]
    assert result.records[:, R_OFFICE].tolist() == [office] * 10
    assert result.records[:, R_START].tolist() == sorted(own + [start + way for start in own])
    assert result.records[:, R_OFFICER].tolist() == [0, 1] * 5
    assert result.sum("sent") == 1
    assert result.sum("help") == 5 * 30 * MINUTE  # called back at 10:00, and goes when the last service ends
    assert (
        result.column("rostered").tolist()
        == (rostered_ticks(compiled, 0) + np.where(np.arange(3) == office, 5 * 30 * MINUTE, 0)).tolist()
    )


# -- absence -----------------------------------------------------------------------------------------------------------


def test_nobody_is_served_when_all_are_absent() -> None:
    """Rate 1: every citizen is sent away, absent hours are the rostered hours of rate 0, and the citizens are the same."""
    plain, empty = both(scene()), both(changed(scene(), officers={"absence_rate": 1.0}))
    assert np.array_equal(empty.column("absent"), plain.column("rostered"))
    assert plain.sum("absent") == empty.sum("rostered") == empty.sum("served") == empty.sum("busy") == 0
    assert empty.sum("sent_away") == empty.sum("tickets") == plain.sum("tickets") == plain.sum("served")
    assert np.array_equal(empty.records[:, R_CODE], plain.records[:, R_CODE])


def test_wave_adds_to_the_rate_and_draws_nobody_anew() -> None:
    """Rate ¼ and a wave of ½ equal rate ¾ to the bit; absent and rostered hours add up; citizens are the same."""
    some = changed(scene(), officers={"absence_rate": 0.25})
    wave = schema.AbsenceWave(id="flu", place="*", start=MONDAY, end=FRIDAY, share=0.5)
    plain, few, waved = both(scene()), both(some), both(changed(some, absence_waves=(wave,)))
    assert twins(waved, both(changed(scene(), officers={"absence_rate": 0.75})))
    for one in (few, waved):
        assert np.array_equal(one.column("absent") + one.column("rostered"), plain.column("rostered"))
        assert np.array_equal(one.records[:, R_CODE], plain.records[:, R_CODE])
    assert (waved.column("absent") >= few.column("absent")).all() and waved.sum("absent") > few.sum("absent") > 0
    nothing = wave.model_copy(update={"share": 0.0})
    assert twins(few, both(changed(some, absence_waves=(nothing,))))


def test_wave_reaches_only_its_place_and_dates() -> None:
    """A sure absence at pa on Tuesday leaves pb and br as they were and takes exactly pa's Tuesday."""
    wave = schema.AbsenceWave(id="flu", place="pa", start=TUESDAY, end=TUESDAY, share=1.0)
    plain, hit = both(scene()), both(changed(scene(), absence_waves=(wave,)))
    for office in ("pb", "br"):
        assert np.array_equal(plain.at(office), hit.at(office))
    hours = np.where(np.array(hit.compiled.office_ids) == "pa", rostered_ticks(hit.compiled, TUESDAY.weekday()), 0)
    assert np.array_equal(hit.column("absent"), hours)


# -- appointments ------------------------------------------------------------------------------------------------------

HALF_HOURLY = (schema.Slots(office="point", field="*", slot_min=30, places=1),)
SLOTS = [OPENS + n * 30 * MINUTE for n in range(19) if not 8 <= n < 11]  #: 7:30…16:30 without 11:30, 12:00 and 12:30


def test_no_wish_or_no_place_for_appointments_equals_none() -> None:
    """Share 0, or no place anywhere, to the bit."""
    plain = both(scene())
    assert twins(plain, both(changed(scene(), slots=HALF_HOURLY)))
    wanted = compile_days(changed(scene(), slots=HALF_HOURLY, fields={"appointment_share": 1.0}), "p1", seed=1)
    none = np.zeros_like(wanted.network.slot_places)
    assert twins(plain, both(replace(wanted, network=wanted.network._replace(slot_places=none))))


def test_booked_citizens_come_at_their_slots_and_before_all_walk_ins() -> None:
    """Sixteen places a day are all taken; while a booked citizen waits, no walk-in of the field is called."""
    result = both(changed(scene(), slots=HALF_HOURLY, fields={"appointment_share": 1.0}))
    for day in range(DAYS):
        for office in ("pa", "pb"):
            rows = result.at(office)[result.at(office)[:, R_DAY] == day]
            booked, walk_in = rows[rows[:, R_BOOKED] == 1], rows[rows[:, R_BOOKED] == 0]
            assert sorted(booked[:, R_ARRIVAL].tolist()) == (SLOTS if len(rows) >= len(SLOTS) else sorted(booked[:, R_ARRIVAL]))
            assert len(booked) == min(len(rows), len(SLOTS))
            assert set(booked[:, R_ARRIVAL].tolist()) <= set(SLOTS)
            overtaken = (walk_in[:, R_START] > booked[:, [R_ARRIVAL]]) & (walk_in[:, R_START] < booked[:, [R_START]])
            assert not overtaken.any()
    assert result.sum("booked") == result.records[:, R_BOOKED].sum() > 0


def test_nobody_booked_comes_when_none_keeps_the_appointment() -> None:
    """No-show share 1: the places are taken, all who come are walk-ins, everybody drawn is the one or the other."""
    plain = both(scene())
    result = both(changed(scene(), slots=HALF_HOURLY, fields={"appointment_share": 1.0}, booking={"no_show_share": 1.0}))
    assert result.sum("booked") == 0
    assert not (result.of(SERVED)[:, R_BOOKED] == 1).any()
    drawn = np.array([np.bincount(plain.at(office)[:, R_DAY], minlength=DAYS) for office in ("pa", "pb")])
    assert result.sum("no_show") == np.minimum(drawn, len(SLOTS)).sum() == len(result.of(NO_SHOW))
    assert result.sum("tickets") + result.sum("no_show") == plain.sum("tickets")


def test_free_slot_is_the_next_one_or_else_the_last_before() -> None:
    """The rule against a list of the slots with a place left, 2,000 cases."""
    rng = np.random.default_rng(33)
    for _ in range(2_000):
        taken, ticks = rng.integers(0, 3, int(rng.integers(1, 25))), int(rng.integers(1, 40))
        opening, wish, last = 100, int(rng.integers(0, 600)), int(rng.integers(100, 500))
        noon = int(rng.integers(100, 400))
        lunch = noon, noon + int(rng.integers(0, 60))
        starts = [opening + n * ticks for n in range(len(taken))]
        open_ones = [n for n, start in enumerate(starts) if start <= last and taken[n] < 2 and not lunch[0] <= start < lunch[1]]
        wished = max((wish - opening) // ticks, 0)
        later = [n for n in open_ones if n >= wished]
        expected = min(later) if later else max(open_ones, default=-1)
        assert free_slot(taken, 2, ticks, wish, opening, *lunch, last) == expected


def test_factor_of_a_phase_multiplies_the_share_of_appointments_and_of_post() -> None:
    """Shares of ¼ at factor 2 are shares of ½, to the bit; no share is beyond the whole."""
    base = changed(scene(), slots=HALF_HOURLY)
    half = both(changed(base, fields={"appointment_share": 0.5, "postal_share": 0.5}))
    doubled = changed(base, fields={"appointment_share": 0.25, "postal_share": 0.25})
    assert twins(half, both(changed(doubled, phases={"appointment_factor": 2.0, "postal_factor": 2.0})))
    whole = both(changed(base, fields={"appointment_share": 1.0}))
    assert twins(whole, both(changed(base, fields={"appointment_share": 0.5}, phases={"appointment_factor": 9.0})))


# -- missing papers ----------------------------------------------------------------------------------------------------


def test_no_missing_papers_equals_the_feature_off() -> None:
    """Whatever volunteers and shares say, with nothing missing they change no bit."""
    helpers = tuple(schema.Volunteer(office=office.id, start=MONDAY, end=FRIDAY, count=3) for office in scene().offices)
    papers = {"check_share": 0.7, "mend_share": 0.4, "failed_share": 0.2}
    assert twins(both(scene()), both(changed(scene(), volunteers=helpers, papers=papers)))


def test_every_visit_is_in_vain_when_papers_are_always_missing() -> None:
    """Share 1, whole service, no return: all called are incomplete, no dossier is received, nothing is scanned."""
    plain = both(scene())
    result = both(changed(scene(), fields={"missing_papers_share": 1.0}, papers={"failed_share": 1.0, "return_share": 0.0}))
    assert result.sum("incomplete") == result.sum("tickets") == len(result.of(INCOMPLETE)) == plain.sum("served")
    assert result.sum("served") == result.sum("finished") == result.sum("received") == len(result.left.files) == 0
    assert durations(result.records) == {code: ticks - 4 * MINUTE for code, ticks in durations(plain.records).items()}


def test_who_is_sent_for_papers_comes_back_with_them() -> None:
    """Return share 1: each visit in vain is followed by one that is served, within the days, or is still to come."""
    result = both(changed(scene(), fields={"missing_papers_share": 0.5}, papers={"return_share": 1.0, "return_days_max": 2}))
    vain = {int(next_visit_with_papers(record[R_CODE])): record[R_DAY] for record in result.of(INCOMPLETE)}
    again = {int(record[R_CODE]): record for record in result.records if record[R_CODE] & TOLD}
    to_come = set(result.left.visits[:, 1].tolist())
    assert set(vain) == set(again) | to_come and not set(again) & to_come
    assert len(again) > 50 and len(to_come) > 0
    for code, record in again.items():
        assert record[R_OUTCOME] == SERVED
        assert 1 <= record[R_DAY] - vain[code] <= 2
    assert result.sum("received") == result.sum("finished") == len(result.of(SERVED))


def test_more_missing_papers_send_home_the_same_and_others() -> None:
    """Who lacks papers at a share of 0.3 lacks them at 0.5; the citizens and their hours stay."""
    few, many = (
        both(changed(scene(), fields={"missing_papers_share": share}, papers={"return_share": 0.0})) for share in (0.3, 0.5)
    )
    assert set(few.of(INCOMPLETE)[:, R_CODE].tolist()) < set(many.of(INCOMPLETE)[:, R_CODE].tolist())
    assert np.array_equal(few.records[:, [R_CODE, R_ARRIVAL]], many.records[:, [R_CODE, R_ARRIVAL]])
    longer, shorter = durations(few.records), durations(many.records)
    assert all(
        shorter[code] == ticks or shorter[code] == max((ticks - 4 * MINUTE) * 600 // 1000, 1) for code, ticks in longer.items()
    )


def test_volunteers_who_see_and_mend_everything_equal_no_missing_papers() -> None:
    """Check share 1 and mend share 1, at every door on every day, to the bit; without mending all go home at the door."""
    helpers = tuple(schema.Volunteer(office=office.id, start=MONDAY, end=FRIDAY, count=1) for office in scene().offices)
    base = changed(scene(), volunteers=helpers, fields={"missing_papers_share": 1.0})
    assert twins(both(scene()), both(changed(base, papers={"check_share": 1.0, "mend_share": 1.0})))
    unmended = both(changed(base, papers={"check_share": 1.0, "mend_share": 0.0, "return_share": 0.0}))
    assert unmended.sum("turned_back") == unmended.sum("tickets") == len(unmended.of(TURNED_BACK))
    assert unmended.sum("busy") == unmended.sum("wait_lost") == unmended.sum("overload") == 0


def test_volunteers_stand_at_their_door_on_their_days_only() -> None:
    """n volunteers find 1 − (1 − check)^n, at pa on Tuesday and Wednesday and nowhere else."""
    helpers = (schema.Volunteer(office="pa", start=TUESDAY, end=WEDNESDAY, count=3),)
    compiled = compile_days(changed(scene(), volunteers=helpers, papers={"check_share": 0.5}), "p1", seed=1)
    wanted = np.zeros((DAYS, 3), np.int64)
    wanted[1:3, compiled.office_ids.index("pa")] = 7 * 2**16 // 8
    assert np.array_equal(compiled.blocks[0].days.door_share, wanted)


# -- bundles of dossiers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [1.0, 1.001, 1.5, 4.0, 8.0])
@pytest.mark.parametrize(("share", "agents"), [(0.0, 1.0), (0.1, 6.0), (1.0, 8.0)])
def test_bundle_law_has_the_stated_mean(mean: float, share: float, agents: float) -> None:
    """At most sixteen dossiers a visit, fewer ever likelier, with the mean of ordinary citizens and agents together."""
    update = {"dossiers_per_visit": mean, "agents_share": share, "agent_dossiers": agents}
    field = scene().fields[0].model_copy(update=update)
    law = bundle_law(field)
    assert law.shape == (BUNDLE,) and law.sum() == pytest.approx(1, rel=1e-12) and (np.diff(law) <= 0).all()
    assert mean_dossiers(field) == pytest.approx((1 - share) * mean + share * agents, rel=1e-9)


def test_work_of_a_bundle_has_mean_and_variance_of_so_many_dossiers() -> None:
    """exp(μ + σ²/2) = k × service and variance k × that of one dossier, from the compiled parameters."""
    fields = {"dossiers_per_visit": 1.5, "agents_share": 0.1, "agent_dossiers": 6.0}
    laws = compile_days(changed(scene(), fields=fields), "p1", seed=1).blocks[0].laws
    sizes = np.arange(1, BUNDLE + 1)
    service = np.array([[field.service_min * MINUTE] for field in sorted(scene().fields, key=lambda field: field.id)])
    mean = np.exp(laws.work_mu + laws.work_sigma**2 / 2)
    variance = np.expm1(laws.work_sigma**2) * mean**2
    assert np.array_equal(laws.work_mean, (sizes * service).astype(np.int64))
    assert mean == pytest.approx(sizes * service, rel=1e-12)
    assert variance == pytest.approx(sizes * (0.8 * service) ** 2, rel=1e-12)
    assert (laws.bundle_until[:, -1] == SURE).all() and (np.diff(laws.bundle_until) >= 0).all()
    law = np.array([bundle_law(field) for field in changed(scene(), fields=fields).fields])
    assert np.diff(laws.bundle_until, prepend=0) / SURE == pytest.approx(law, abs=1 / SURE)


def test_dossiers_of_visits_and_from_afar_are_the_needs() -> None:
    """Expected visits × mean dossiers + dossiers from afar = demand, cell by cell, but for rounding to millionths."""
    fields = {"dossiers_per_visit": 1.5, "agents_share": 0.1, "agent_dossiers": 6.0, "online_self_share": 0.2}
    base = changed(scene(), fields=fields | {"postal_share": 0.1})
    laws, means = compile_days(base, "p1", seed=1).blocks[0].laws, np.array([mean_dossiers(field) for field in base.fields])
    needs = compile_days(scene(), "p1", seed=1).blocks[0].laws.mean_micro
    gap = laws.mean_micro * means + laws.remote_micro - needs
    assert (np.abs(gap) <= 1 + means / 2).all() and needs.sum() > MICRO


# -- the back office ---------------------------------------------------------------------------------------------------


def by_day(result: Played, name: str) -> list[int]:
    """A column summed over offices, day by day: the differences of blocks that grow by a day."""
    block = len(result.compiled.blocks[0].days.weekday)
    sums = [both(days_of(result.compiled, 0, until)).sum(name) for until in range(1, block + 1)]
    return [int(after - before) for before, after in pairwise([0, *sums])]


def test_unhurried_back_office_completes_on_the_next_working_day() -> None:
    """Never short and no lead: what is received on a day is completed on the next, on time."""
    result = both(scene())
    received, completed = by_day(result, "received"), by_day(result, "completed")
    assert completed == [0, *received[:-1]]
    assert result.sum("on_time") == result.sum("completed") == result.sum("archived") > 0
    assert result.sum("overdue") == 0
    assert result.sum("open_files") == sum(received)


@pytest.mark.parametrize(("lead", "days"), [(0.4, 1), (1.0, 1), (1.2, 2), (3.0, 3)])
def test_lead_is_rounded_up_to_whole_days(lead: float, days: int) -> None:
    """A constant lead completes what is received on a day so many working days later; limit 2 makes leads of 3 late."""
    result = both(changed(scene(), fields={"lead_days": lead, "limit_days": 2}))
    received = by_day(result, "received")
    assert by_day(result, "completed") == [0] * days + received[:-days]
    assert by_day(result, "on_time") == ([0] * DAYS if days > 2 else [0] * days + received[:-days])


def test_back_office_without_hours_completes_nothing() -> None:
    """Capacity 0: open = received so far; a dossier of limit 1 is overdue from the end of the next day."""
    desks = tuple(schema.BackOffice(level=level, place="*", minutes_per_day=0.0) for level in ("commune", "district", "province"))
    result = both(changed(scene(), back_offices=desks, fields={"limit_days": 1}))
    received = by_day(result, "received")
    assert result.sum("completed") == 0
    assert by_day(result, "open_files") == np.cumsum(received).tolist()
    assert by_day(result, "overdue") == [0, *np.cumsum(received)[:-1].tolist()]


def with_files(dues: Sequence[int], work: int, capacity: int) -> Compiled:
    """A station without citizens whose desk holds dossiers due on given days."""
    compiled = station([], [])
    files = np.array([(-1, -1, 0, due, 0, 1, work, 0) for due in dues], np.int64)
    carry = compiled.blocks[0].carry._replace(files=files)
    papers = compiled.papers._replace(capacity=np.array([capacity], np.int64))
    return replace(compiled, papers=papers, blocks=(replace(compiled.blocks[0], carry=carry),))


def test_earliest_due_first_by_hand() -> None:
    """Due in 5, 1 and 3 days, one a day: done in the order 1, 3, 5; a day later each day, the others are nearer."""
    day = with_files([5, 1, 3], work=10, capacity=10)
    result, left = both(day), []
    for _ in range(3):
        left.append(result.left.files[:, 3].tolist())
        assert result.sum("completed") == result.sum("on_time") == 1
        result = both(day, carry=result.left)
    assert left == [[2, 4], [3], []]
    assert result.sum("completed") == 0


def test_work_begun_beyond_the_day_is_taken_from_the_next() -> None:
    """Dossiers of 15 at a desk of 10 a day: one on day 1, one on day 2, none on day 3, and again."""
    day = with_files([1] * 6, work=15, capacity=10)
    result = both(day)
    done = [result.sum("completed")]
    for _ in range(5):
        result = both(day, carry=result.left)
        done.append(result.sum("completed"))
    assert done == [1, 1, 0, 1, 1, 0]


def test_backlog_is_overdue_as_stated() -> None:
    """Of ten dossiers four are late at the start and six are due in 0, 1, 2 days in turn: 6, 8, then 10 overdue."""
    desk = schema.BackOffice(level="commune", place="a", minutes_per_day=0.0, backlog=10, backlog_overdue_share=0.4)
    result = both(changed(scene(), demand={"scale": 0.0}, back_offices=(desk,)))
    assert len(result.records) == 0
    assert by_day(result, "overdue") == [6, 8, 10, 10, 10]
    assert by_day(result, "open_files") == [10] * DAYS


# -- results that are fetched, dossiers from afar ------------------------------------------------------------------------


def test_results_are_fetched_by_those_whose_word_says_so() -> None:
    """One visit for each bundle below the share, where it was handed in, one to five days after it was completed."""
    fields = {"same_day_share": 0.3, "collect_share": 0.6, "result_post_share": 0.3}
    result = both(changed(scene(), fields=fields, results={"collect_min": 2.5, "collect_cv": 0.0}))
    compiled, laws, papers = result.compiled, result.compiled.blocks[0].laws, result.compiled.papers
    wanted, posted = set(), 0
    for record in result.of(SERVED):
        code, completed = int(record[R_CODE]), int(record[R_DAY]) + 1
        word, _, channel, delay = citizen_fate(key_of(compiled), laws.unit_hash, laws.field_hash, code, FATE)
        field = int(field_of(code))
        later = word >= papers.same_day[field] and completed < DAYS
        posted += not code & FETCHES and later and papers.collect_until[field] <= channel < papers.post_until[field]
        if not code & FETCHES and later and channel < papers.collect_until[field]:
            wanted.add((completed + 1 + int(delay) % 5, int(visit_to_fetch(code)), int(record[R_OFFICE])))
    fetched = result.records[(result.records[:, R_CODE] & FETCHES) > 0]
    found = set(map(tuple, fetched[:, [R_DAY, R_CODE, R_OFFICE]].tolist()))
    to_come = {(DAYS + ahead, code, office) for ahead, code, office in result.left.visits.tolist()}
    assert found | to_come == wanted and not found & to_come
    assert result.sum("fetched") == len(fetched) == len(found) > 20
    assert (fetched[:, R_END] - fetched[:, R_START] == 150_000).all()
    assert result.sum("posted") == posted > 20


def test_online_and_postal_dossiers_bring_no_visit() -> None:
    """They are counted as received from afar, one by one as drawn, and every visit is that of a need in person."""
    result = both(changed(scene(), fields={"online_self_share": 0.3, "postal_share": 0.3}))
    drawn = sum(len(remote_codes(result.compiled, day)) for day in range(DAYS))
    assert result.sum("remote") == drawn > 100
    assert (index_of(result.records[:, R_CODE]) < REMOTE_INDEX).all()
    assert result.sum("received") == drawn + len(result.of(SERVED))
    afar = both(changed(scene(), fields={"online_self_share": 0.9, "postal_share": 0.1}))
    assert len(afar.records) == 0 and afar.sum("received") == afar.sum("remote") > 0


@pytest.mark.parametrize("postal_days", [0, 2])
def test_post_takes_its_days_and_online_dossiers_more_work(postal_days: int) -> None:
    """Dossiers by post are completed so many days later; those online take the field's work and the check of it."""
    base = changed(scene(), fields={"back_office_min": 20.0}, results={"postal_days": postal_days, "online_check_min": 5.0})
    by_post, online = (both(changed(base, fields={channel: 1.0})) for channel in ("postal_share", "online_self_share"))
    for result, days, work in ((by_post, 1 + postal_days, 20), (online, 1, 25)):
        received = by_day(result, "received")
        assert by_day(result, "completed") == [0] * days + received[: DAYS - days]
        assert set((result.left.files[:, 6] // MINUTE).tolist()) == {work}
        assert len(result.records) == 0 and result.sum("received") == result.sum("remote")


def test_lead_in_opens_the_dossiers_of_its_days() -> None:
    """Where everybody is served, a day of lead-in leaves the back office as a day of warm-up does."""
    fields = {"lead_days": 1.7, "lead_cv": 0.6, "same_day_share": 0.2, "online_self_share": 0.2, "dossiers_per_visit": 1.5}
    base = changed(scene(), fields=fields)
    led, warmed = both(changed(base, results={"lead_in_days": 3})), both(changed(base, indicators={"warmup_days": 3}))
    kept = [n for n, name in enumerate(OFFICE_COLUMNS) if name != "change"]
    assert np.array_equal(led.tables.office[:, kept], warmed.tables.office[:, kept])
    assert same(led.tables[1:], warmed.tables[1:])
    assert same(led.left[1:], warmed.left[1:])
    assert by_day(led, "received")[:3] == [0, 0, 0]
    assert led.sum("completed") > both(base).sum("completed")


def test_portal_that_fails_all_day_sends_its_dossiers_to_the_counters() -> None:
    """Share 1: each online dossier of Tuesday becomes a visit at the competent office on one of the next three days."""
    base = changed(
        scene(),
        fields={"online_self_share": 0.5},
        systems=(schema.System(id="portal", name_vi="Cổng", name_en="Portal"),),
        interruptions={"portal": "portal", "portal_to_counter_share": 1.0},
    )
    outage = schema.Outage(id="cut", system="portal", place="*", start=TUESDAY, end=TUESDAY, from_time=time(6), to_time=time(23))
    plain, hit = both(base), both(changed(base, outages=(outage,)))
    turned = remote_codes(plain.compiled, 1)
    assert plain.sum("remote") - hit.sum("remote") == len(turned) > 20
    visits = hit.records[index_of(hit.records[:, R_CODE]) >= REMOTE_INDEX]
    assert sorted(visits[:, R_CODE].tolist()) == sorted(turned)
    assert set(visits[:, R_DAY].tolist()) == {2, 3, 4}
    competent = hit.compiled.network.competent[unit_of(visits[:, R_CODE]), field_of(visits[:, R_CODE])]
    assert np.array_equal(visits[:, R_OFFICE], competent)
    assert len(hit.records) == len(plain.records) + len(turned)


# -- offices closed, merged, reserved; counter hours ---------------------------------------------------------------------


def closed(to: str = "") -> Scenario:
    """pb is closed on Tuesday and Wednesday."""
    closure = schema.OfficeClosure(id="shut", office="pb", start=TUESDAY, end=WEDNESDAY, to=to)
    return changed(scene(), office_closures=(closure,))


@pytest.mark.parametrize("to", ["", "br"])
def test_citizens_of_a_closed_office_come_when_it_opens(to: str) -> None:
    """Each visit drawn for it is deferred, once, and made under the same code after; br does not take their field."""
    plain, shut = both(scene()), both(closed(to))
    drawn = plain.at("pb")[np.isin(plain.at("pb")[:, R_DAY], [1, 2]), R_CODE]
    at_pb = shut.at("pb")
    deferred = at_pb[at_pb[:, R_OUTCOME] == DEFERRED]
    assert np.array_equal(deferred[:, R_CODE], drawn)
    assert shut.sum("deferred") == len(drawn) > 20
    assert (at_pb[np.isin(at_pb[:, R_DAY], [1, 2]), R_OUTCOME] == DEFERRED).all()
    later = at_pb[(at_pb[:, R_DAY] >= 3) & np.isin(at_pb[:, R_CODE], drawn)]
    to_come = shut.left.visits[:, 1].tolist()
    assert sorted(later[:, R_CODE].tolist() + to_come) == sorted(drawn.tolist())
    assert (later[:, R_OUTCOME] == SERVED).all() and (shut.left.visits[:, 0] == 0).all()
    assert shut.sum("tickets") + len(to_come) == plain.sum("tickets")
    for office in ("pa", "br"):
        assert np.array_equal(plain.at(office), shut.at(office))


def test_citizens_of_a_closed_office_go_where_they_are_sent() -> None:
    """With `to` everybody drawn for it goes there the same day, by the longer way, and nobody is deferred."""
    plain, shut = both(scene()), both(closed("pa"))
    drawn = plain.at("pb")[np.isin(plain.at("pb")[:, R_DAY], [1, 2])]
    sent = shut.at("pa")[np.isin(shut.at("pa")[:, R_CODE], drawn[:, R_CODE])]
    assert np.array_equal(sent[:, [R_CODE, R_DAY]], drawn[:, [R_CODE, R_DAY]])
    travel, offices = shut.compiled.network.travel, shut.compiled.office_ids
    origin = sent[:, R_ORIGIN]
    longer = travel[origin, offices.index("pa")] - travel[origin, offices.index("pb")]
    assert np.array_equal(sent[:, R_ARRIVAL] - drawn[:, R_ARRIVAL], longer)
    assert shut.sum("deferred") == 0 and shut.sum("tickets") == plain.sum("tickets")
    assert not np.isin(shut.at("pb")[:, R_DAY], [1, 2]).any()


@pytest.mark.parametrize("days", [0, 1, 3])
def test_officers_of_a_merged_office_are_away_on_the_days_of_moving(days: int) -> None:
    """Their hours are absent on exactly the first days of the phase; those of the host serve throughout."""
    change = schema.OfficeChange(phase="p1", office="pb", into="br", move_days=days)
    result = both(changed(scene(), office_changes=(change,)))
    network, br = result.compiled.network, result.compiled.office_ids.index("br")
    mover = result.compiled.officer_ids.index("pb-1")
    assert by_day(result, "absent") == [480 * MINUTE if day < days else 0 for day in range(DAYS)]
    served = result.at("br")[result.at("br")[:, R_OFFICER] == mover - network.crew_start[br], R_DAY]
    assert set(served.tolist()) == set(range(days, DAYS))


def hours_by_officer(compiled: Compiled) -> dict[tuple[str, int], int]:
    """Minutes at any counter by officer and weekday."""
    found: dict[tuple[str, int], int] = {}
    network = compiled.network
    for weekday in range(7):
        for place, name in enumerate(compiled.officer_ids):
            span = slice(network.stretch_start[weekday, place], network.stretch_start[weekday, place + 1])
            minutes = int((network.stretch_off[span] - network.stretch_on[span]).sum()) // MINUTE
            found[name, weekday] = found.get((name, weekday), 0) + minutes
    return found


def test_mobile_counter_moves_written_hours_and_makes_none() -> None:
    """An officer's hours at home and at another office add up to the written ones, day by day, and services keep to them."""
    written = (
        (1, time(7, 30), time(10), ""), (1, time(10), time(11, 30), "pb"), (1, time(13), time(17), "pb"),
        (2, time(7, 30), time(9, 15), "br"), (3, time(8), time(9), ""),
    )  # fmt: skip
    rosters = tuple(
        schema.Roster(phase="p1", officer="pa-1", weekday=day, start=start, end=end, office=office)
        for day, start, end, office in written
    )
    result = both(changed(scene(), rosters=rosters))
    minutes = [hours_by_officer(result.compiled)["pa-1", weekday] for weekday in range(5)]
    assert minutes == [480, 105, 60, 0, 0]
    assert result.compiled.officer_ids.count("pa-1") == 3
    network, pb = result.compiled.network, result.compiled.office_ids.index("pb")
    guest = result.compiled.officer_ids.index("pa-1", network.crew_start[pb]) - network.crew_start[pb]
    starts = result.at("pb")[result.at("pb")[:, R_OFFICER] == guest]
    assert set(starts[:, R_DAY].tolist()) == {0}
    assert starts[:, R_START].min() >= 10 * HOUR
    assert result.sum("rostered") == sum(hours_by_officer(result.compiled).values()) * MINUTE


def test_absent_officer_is_missed_at_every_office_of_the_day() -> None:
    """Absent hours of an officer who visits another office are all the written ones."""
    rosters = tuple(
        schema.Roster(phase="p1", officer="pa-1", weekday=1, start=start, end=end, office=office)
        for start, end, office in ((time(7, 30), time(10), ""), (time(10), time(11, 30), "pb"))
    )
    base = changed(scene(), rosters=rosters, officers=row(scene().officers, "pa-1", absence_rate=1.0))
    result = both(base)
    offices = [result.compiled.office_ids.index(name) for name in ("pa", "pb")]
    assert result.column("absent")[offices].tolist() == [150 * MINUTE, 90 * MINUTE]


def test_half_day_shifts_share_out_the_day() -> None:
    """At a full counter share the hours of a morning and an afternoon shift are those of a full one."""
    full = hours_by_officer(compile_days(scene(), "p1", seed=1))
    officers = row(row(scene().officers, "pa-1", shift="morning"), "pa-2", shift="afternoon")
    halves = hours_by_officer(compile_days(changed(scene(), officers=officers), "p1", seed=1))
    for weekday in range(5):
        assert halves["pa-1", weekday] == halves["pa-2", weekday] == 240
        assert halves["pa-1", weekday] + halves["pa-2", weekday] == full["pa-3", weekday] == halves["pa-3", weekday]


def test_open_lunch_gives_each_officer_the_half_not_eaten_in() -> None:
    """Everybody on duty around lunch works half of it more; at each moment of it half the crew is there, up to one."""
    full = hours_by_officer(compile_days(scene(), "p1", seed=1))
    compiled = compile_days(changed(scene(), hours={"lunch_halves": True}), "p1", seed=1)
    open_hours = hours_by_officer(compiled)
    assert {key: hours - full[key] for key, hours in open_hours.items() if hours} == dict.fromkeys(
        (key for key, hours in full.items() if hours), 45
    )
    network = compiled.network
    for office in range(3):
        crew = slice(network.crew_start[office], network.crew_start[office + 1])
        for tick in range(11 * HOUR + 30 * MINUTE, 13 * HOUR, 5 * MINUTE):
            present = sum(
                bool(((network.stretch_on[span] <= tick) & (tick < network.stretch_off[span])).any())
                for place in range(crew.start, crew.stop)
                for span in [slice(network.stretch_start[0, place], network.stretch_start[0, place + 1])]
            )
            assert abs(2 * present - (crew.stop - crew.start)) <= 1


def test_counter_reserved_for_nobody_equals_its_officer_absent() -> None:
    """With no citizen from beyond, pa with the first of three officers reserved serves as pa with the other two."""
    reserved = both(changed(scene(), offices=row(scene().offices, "pa", reserved_counters=1)))
    fewer = both(changed(scene(), officers=tuple(officer for officer in scene().officers if officer.id != "pa-1")))
    columns = [R_CODE, R_ARRIVAL, R_START, R_END, R_OUTCOME, R_WAIT]
    assert np.array_equal(reserved.records[:, columns], fewer.records[:, columns])
    assert np.array_equal(reserved.at("pa")[:, R_OFFICER], fewer.at("pa")[:, R_OFFICER] + 1)
    assert fewer.sum("wait_called") > both(scene()).sum("wait_called")


def test_reserved_counter_serves_citizens_from_beyond_by_hand() -> None:
    """Of two officers at pb one is reserved: own citizens wait for the other, and from beyond for whoever is free first."""
    model = next(officer for officer in scene().officers if officer.id == "pb-1")
    base = changed(
        scene(),
        officers=(*scene().officers, model.model_copy(update={"id": "pb-2"})),
        offices=row(scene().offices, "pb", reserved_counters=1),
    )
    compiled = compile_days(base, "p1", seed=1)
    a, b, pb = compiled.unit_ids.index("a"), compiled.unit_ids.index("b"), compiled.office_ids.index("pb")
    visits = [(a, 0, OPENS + n * MINUTE, 30 * MINUTE) for n in (3, 4)] + [(b, 0, OPENS + n * MINUTE, 30 * MINUTE) for n in (1, 2)]
    one = on_one_day(compiled, visits)
    one.blocks[0].given[:2, FIXED] = pb
    result = both(one)
    way = int(compiled.network.travel[a, pb] - compiled.network.travel[a, compiled.office_ids.index("pa")])
    first, second = OPENS + 3 * MINUTE + way, OPENS + 31 * MINUTE
    assert result.records[:2, [R_OFFICER, R_START]].tolist() == [[0, first], [0, first + 30 * MINUTE]]
    assert result.records[2:, [R_OFFICER, R_START]].tolist() == [[1, OPENS + MINUTE], [1, second]]


def test_somebody_always_serves_the_own_citizens() -> None:
    """Any number of reserved counters leaves the last officer on duty; none reserved is the feature off."""
    one = both(changed(scene(), offices=row(scene().offices, "pa", reserved_counters=2)))
    many = both(changed(scene(), offices=row(scene().offices, "pa", reserved_counters=99)))
    assert twins(one, many)
    assert set(one.at("pa")[:, R_OFFICER].tolist()) == {2}
    assert twins(both(scene()), both(changed(scene(), offices=row(scene().offices, "pb", reserved_counters=99))))


# -- what must not matter ----------------------------------------------------------------------------------------------


def test_more_demand_adds_citizens_and_moves_none() -> None:
    """At 1.5 times the demand everybody who came still comes, at the same tick with the same work, and others with them."""
    base = changed(scene(), demand={"noise_cv": 0.3}, fields={"online_self_share": 0.3, "dossiers_per_visit": 1.5})
    few, many = both(base), both(changed(base, demand={"noise_cv": 0.3, "scale": 1.5}))
    kept = many.records[np.isin(many.records[:, R_CODE], few.records[:, R_CODE])]
    columns = [R_CODE, R_DAY, R_OFFICE, R_ARRIVAL, R_ORIGIN, R_DOSSIERS]
    assert np.array_equal(kept[:, columns], few.records[:, columns])
    assert durations(few.records).items() <= durations(many.records).items()
    assert len(many.records) > len(few.records) and many.sum("remote") > few.sum("remote")
    for day in range(DAYS):
        assert set(remote_codes(few.compiled, day)) < set(remote_codes(many.compiled, day))


@pytest.mark.parametrize("number", range(RICH))
def test_names_and_the_order_of_rows_change_nothing(number: int) -> None:
    """Every table turned round and every name anew give the digest of random scenarios with all features."""
    scenario = random_scenario(number)
    turned = scenario.model_copy(update={name: getattr(scenario, name)[::-1] for name in TABLES})
    named = changed(
        scenario,
        offices={"name": "Tên khác"},
        units={"name": "Xã khác"},
        officers={"name": "Người khác"},
        fields={"name_vi": "Lĩnh vực khác", "name_en": "Other"},
        systems={"name_vi": "Hệ thống khác", "name_en": "Other"},
    )
    digests = {simulate(one, replications=1, jobs=1).digest for one in (scenario, turned, named)}
    assert len(digests) == 1


def overlapping() -> dict[str, tuple[schema.Entity, ...]]:
    """Rows of one time and place, of the tables of which a random scenario has at most one row."""
    return {
        "office_closures": tuple(
            schema.OfficeClosure(id=f"shut-{name}", office=name, start=TUESDAY, end=TUESDAY) for name in ("pb", "br")
        ),
        "absence_waves": tuple(
            schema.AbsenceWave(id=place, place=place, start=MONDAY, end=FRIDAY, share=0.2) for place in ("pa", "d")
        ),
        "origins": (schema.Origin(unit="a", origin="b", share=0.3), schema.Origin(unit="b", origin="a", share=0.2)),
        "office_changes": tuple(
            schema.OfficeChange(phase="p1", office=name, into="pa", move_days=days) for name, days in (("pc", 1), ("pd", 2))
        ),
        "demand_changes": tuple(
            schema.DemandChange(id=f"more-{factor}", field="*", place="a", start=MONDAY, end=FRIDAY, factor=factor)
            for factor in (1.25, 1.5)
        ),
        "outages": tuple(
            schema.Outage(
                id=f"cut-{n}", system=f"s{n % 2}", place=place, start=MONDAY, end=FRIDAY, from_time=time(8), to_time=time(9),
                pace=pace,
            )
            for n, (place, pace) in enumerate([("pa", 0), ("*", 1400), ("pa", 2000), ("d", 0), ("pb", 1200)])
        ),
    }  # fmt: skip


def test_order_of_overlapping_disturbances_does_not_matter() -> None:
    """Closures, waves, origins, mergers, demand changes and outages at the same time, in both orders, to the bit."""
    base = open_choice()
    fourth = (base.offices[-1].model_copy(update={"id": "pd"}), base.officers[-1].model_copy(update={"id": "pd-1", "home": "pd"}))
    base = changed(
        base,
        systems=tuple(schema.System(id=f"s{n}", name_vi="Hệ thống", name_en="System") for n in range(2)),
        offices=(*base.offices, fourth[0]),
        officers=(*base.officers, fourth[1]),
        fields={"systems": "s0 s1"},
        phases={"stay_share": 0.3},
    )
    one = both(changed(base, **overlapping()))
    assert twins(one, both(changed(base, **{name: rows[::-1] for name, rows in overlapping().items()})))
    assert min(one.sum(name) for name in ("deferred", "absent", "stopped", "boundary_free")) > 0


def test_every_new_table_is_turned_round_with_several_rows() -> None:
    """No table of the citizen's way passes the tests above for lack of rows."""
    new = ("systems", "outages", "office_closures", "absence_waves", "pools", "back_offices", "slots", "volunteers", "rosters",
           "origins", "office_changes", "assignments")  # fmt: skip
    most = {name: max(len(getattr(random_scenario(number), name)) for number in range(RICH)) for name in new}
    assert {name for name, rows in most.items() if rows < 2} <= set(overlapping())


# -- the night -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(RICH))
def test_night_between_two_blocks_is_like_any_other(number: int) -> None:
    """Days 1…k and k + 1…n with the carry handed over equal days 1…n: summed tables, hashes, records, what is left."""
    compiled = compile_days(random_scenario(number), "p1", seed=number)
    block = len(compiled.blocks[0].days.weekday)
    whole = both(compiled, number)
    for cut in (1, block // 2, block - 1):
        first = both(days_of(compiled, 0, cut), number)
        second = both(days_of(compiled, cut, block), number, carry=first.left)
        with np.errstate(over="ignore"):
            assert first.total + second.total == whole.total, (number, cut)
        for name, one, two, all_days in zip(Tables._fields, first.tables, second.tables, whole.tables, strict=True):
            assert np.array_equal(one + two, all_days), (number, cut, name)
        later = second.records.copy()
        later[:, R_DAY] += cut
        assert np.array_equal(np.concatenate([first.records, later]), whole.records)
        assert same(second.left, whole.left)


@pytest.mark.parametrize("number", range(RICH))
def test_books_balance_with_all_features(number: int) -> None:
    """Tickets are the sum of outcomes, received + backlog = completed + open, rostered − help + absent = the roster."""
    scenario = changed(random_scenario(number), indicators={"warmup_days": 0}, results={"lead_in_days": 0})
    result = both(scenario, number)
    compiled = result.compiled
    came = sum(result.column(name) for name in OUTCOMES[: int(NO_SHOW)])
    assert np.array_equal(result.column("tickets"), came)
    assert np.array_equal(result.column("service"), result.column("busy") + result.column("overtime"))
    backlog = compiled.blocks[0].carry.files[:, 5].sum()
    assert result.sum("received") + backlog == result.sum("completed") + result.left.files[:, 5].sum()
    last = both(days_of(compiled, 0, len(compiled.blocks[0].days.weekday) - 1), number)
    assert result.sum("open_files") - last.sum("open_files") == result.left.files[:, 5].sum()
    assert result.sum("overdue") - last.sum("overdue") == result.left.files[result.left.files[:, 3] < 0, 5].sum()
    hours = sum(rostered_ticks(compiled, int(weekday)) for weekday in compiled.blocks[0].days.weekday)
    assert np.array_equal(result.column("rostered") - result.column("help") + result.column("absent"), hours)
