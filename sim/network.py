"""From the Scenario to arrays: the one place where ids become ranks, minutes become ticks and dates become days."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from itertools import chain
from math import floor, gamma, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import PhaseView, days_since_move, minutes_per_km, phase_view, travel_min, unit_to_office_km
from scenarios.presence import Presence, presence
from scenarios.rosters import duty
from scenarios.schema import (
    ANY,
    BackOffice,
    DemandChange,
    Learning,
    Office,
    Officer,
    ProcedureField,
    Scenario,
    Slots,
    Unit,
    skills_of,
)
from scenarios.workdays import Block, is_working_day, working_days

from .night import Carry
from .rules import NEVER, WINDOWS, Days, Files, Network
from .streams import BUNDLE, MICRO, VISIT_COLUMNS, Laws, guide_of_windows

MINUTE = 60_000
SURE = 2**32  #: certainty, where shares are of 2**32
LIMIT_MAX = 100  #: working days allowed for a dossier, at most
ONLINE_CAP = 0.9  #: of needs of a field that may be met online by oneself, whatever the phase's factor
SETTLED = 1000  #: pace per mille of an officer who is not new to the office


@dataclass(frozen=True, slots=True)
class Draws:
    """First visits and the key: everything that chance decides, apart from the staffing.

    `laws` and `seed` address every number. `given` holds visits built by hand, one row each in the columns of
    `streams` (days one after another, `given_start` their offsets); without it the day's citizens are drawn.
    """

    seed: int
    laws: Laws
    days: Days
    carry: Carry  #: what survived the night before the block
    given: NDArray[np.int64]
    given_start: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A phase ready to play: the network, its draws block by block, and the ids behind the ranks."""

    phase: str
    network: Network
    papers: Files
    blocks: tuple[Draws, ...]
    unit_ids: tuple[str, ...]
    office_ids: tuple[str, ...]
    field_ids: tuple[str, ...]
    officer_ids: tuple[str, ...]  #: of each place: an officer who serves at two offices stands twice
    desk_ids: tuple[tuple[str, str], ...]  #: (level, place) of each desk of the back office

    @property
    def days(self) -> int:
        return sum(len(block.days.weekday) - block.days.lead_in - block.days.warmup for block in self.blocks)


def ticks(minutes: float) -> int:
    """Minutes as ticks, to the nearest."""
    return floor(minutes * MINUTE + 0.5)


def clock_ticks(clock: time) -> int:
    """A time of day as ticks from midnight."""
    return (clock.hour * 60 + clock.minute) * MINUTE


@lru_cache(maxsize=65_536)
def id_hash(name: str) -> int:
    """The 32-bit hash by which an id enters addresses."""
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big")


def hashes(ids: tuple[str, ...]) -> NDArray[np.uint64]:
    """Hashes of ids. ValueError when two share one (their citizens would be twins)."""
    values = [id_hash(name) for name in ids]
    if len(set(values)) < len(values):
        twins = sorted(name for name, value in zip(ids, values, strict=True) if values.count(value) > 1)
        raise ValueError(f"ids with the same hash, rename one: {', '.join(twins)}")
    return np.array(values, np.uint64)


def compile_phase(
    scenario: Scenario, phase_id: str, blocks: tuple[Block, ...], *, seed: int, reference: bool = False
) -> Compiled:
    """Turn a phase and its blocks of days into arrays.

    reference : the days are the common reference days, on which moved officers have settled. Plans of one scenario share
    all but the arrays that tell who serves where; nobody writes into either.
    """
    home = scenario.model_copy(update={"assignments": ()})
    compiled = _compiled(home, phase_id, blocks, seed, reference)
    if not scenario.assignments:
        return compiled
    arrays, officers = _crews(scenario, phase_id)
    return _with_crews(compiled, _settled(arrays) if reference else arrays, officers)


@lru_cache(maxsize=8)
def _crews(scenario: Scenario, phase_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Who serves where in a phase, as `_staffing`, kept for the plans last asked for."""
    return _staffing(scenario, phase_view(scenario, phase_id), _fields(scenario))


def _settled(arrays: dict[str, Any]) -> dict[str, Any]:
    """The arrays of `_staffing` on the reference days, when nobody is on the move."""
    return arrays | {"away_until": np.zeros_like(arrays["away_until"])}


@lru_cache(maxsize=16)  # three phases on their own days, on reference days and in the rollout
def _compiled(scenario: Scenario, phase_id: str, blocks: tuple[Block, ...], seed: int, reference: bool) -> Compiled:
    """The same, kept for the phases last asked for; scenarios are frozen and compare by value."""
    view, units, fields, network, officers = _organization(scenario, phase_id)
    if reference:
        network = network._replace(**_settled({"away_until": network.away_until}))
    papers, desks = _files(scenario, view, units, fields)
    first = min(scenario.phases, key=lambda phase: (phase.start, phase.id)).id == phase_id
    lead_in = blocks[0].lead_in if blocks else 0
    opening = _opening(scenario, view, network, papers, desks, units, fields, lead_in)
    fresh = opening._replace(files=opening.files[:0])
    laws = _laws(scenario, view, units, fields, tuple(day for block in blocks for day in block.days))
    return Compiled(
        phase=phase_id,
        network=network,
        papers=papers,
        blocks=tuple(
            Draws(
                seed=seed,
                laws=_of_block(laws, blocks, number),
                days=_days(scenario, view, block, reference),
                carry=opening if first and number == 0 and not reference else fresh,
                given=np.empty((0, VISIT_COLUMNS), np.int64),
                given_start=np.zeros(1, np.int64),
            )
            for number, block in enumerate(blocks)
        ),
        unit_ids=tuple(unit.id for unit in units),
        office_ids=tuple(view.offices),
        field_ids=tuple(field.id for field in fields),
        officer_ids=officers,
        desk_ids=desks,
    )


@lru_cache(maxsize=4)
def _organization(
    scenario: Scenario, phase_id: str
) -> tuple[PhaseView, tuple[Unit, ...], tuple[ProcedureField, ...], Network, tuple[str, ...]]:
    """What the days of a phase have in common, whichever are played: its offices and people, and their arrays."""
    view, fields = phase_view(scenario, phase_id), _fields(scenario)
    units = tuple(sorted(scenario.units, key=lambda unit: unit.id))
    return view, units, fields, *_network(scenario, view, units, fields)


def _network(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...]
) -> tuple[Network, tuple[str, ...]]:
    offices = tuple(view.offices.values())
    ranks = {office.id: rank for rank, office in enumerate(offices)}
    travel, near, appeal, reach = _distances(scenario, units, offices)
    reachable = [np.flatnonzero(row) for row in reach]
    queue, indicators, papers = scenario.queue, scenario.indicators, scenario.papers
    staffing, officers = _staffing(scenario, view, fields)
    slot_ticks, slot_places = _appointments(scenario, offices, fields)
    clock = [_clock(scenario, office) for office in offices]
    nominal = {desk: [nominal_ticks(scenario, view, field, desk) for field in fields] for desk in (False, True)}
    network = Network(
        travel=travel,
        near=near,
        appeal=appeal,
        near_start=np.cumsum([0, *map(len, reachable)]).astype(np.int64),
        reachable=np.concatenate(reachable).astype(np.int64) if reachable else np.empty(0, np.int64),
        offers=np.array([[field.id in view.offers[office.id] for field in fields] for office in offices], np.bool_),
        counters=np.array([office.counters for office in offices], np.int64),
        reserved=np.array([office.reserved_counters for office in offices], np.int64),
        scanners=np.array([office.scanners for office in offices], np.int64),
        competent=np.array(
            [[ranks.get(view.competent.get((unit.id, field.id), ""), -1) for field in fields] for unit in units], np.int64
        ),
        boundary_free=np.array([field.id in view.boundary_free for field in fields], np.bool_),
        stay_share=round(view.phase.stay_share * SURE),
        informed_until=round((view.phase.stay_share + view.phase.informed_share * (1 - view.phase.stay_share)) * SURE),
        office_hash=hashes(tuple(office.id for office in offices)),
        day_open=min(hours[1] for hours in clock),
        day_close=max(hours[4] for hours in clock),
        clock=np.array(clock, np.int64),
        slot_ticks=slot_ticks,
        slot_places=slot_places,
        book_share=np.array(
            [round(min(field.appointment_share * view.phase.appointment_factor, 1.0) * 2**16) for field in fields], np.int64
        ),
        no_show_share=round(scenario.booking.no_show_share * 2**16),
        **staffing,
        **_systems(scenario, fields),
        turn_away_share=round(scenario.interruptions.turn_away_share * SURE),
        mend_share=round(papers.mend_share * 2**16),
        failed_share=round(papers.failed_share * 1000),
        papers_return_share=round(papers.return_share * SURE),
        papers_days_max=papers.return_days_max,
        nominal_fetch=ticks(scenario.results.collect_min),
        nominal=np.array([nominal[office.scanners > 0] for office in offices], np.int64),
        balk_long=np.array([round(field.balk_long_share * SURE) for field in fields], np.int64),
        balk_very_long=np.array([round(field.balk_very_long_share * SURE) for field in fields], np.int64),
        return_share=np.array([round(field.return_share * SURE) for field in fields], np.int64),
        long_wait=ticks(queue.balk_long_min),
        very_long_wait=ticks(queue.balk_very_long_min),
        return_days_max=queue.return_days_max,
        visits_max=queue.visits_max,
        wait_scale=ticks(scenario.choice.wait_scale_min),
        smoothing=round(scenario.choice.remembered_smoothing * 1000),
        standard=ticks(indicators.wait_standard_min),
        long_standard=ticks(indicators.wait_long_min),
        lost_charge=ticks(indicators.lost_charge_min),
        half_hour_limit=ticks(indicators.overloaded_half_hour_min),
    )
    return network, officers


def restaffed(scenario: Scenario, compiled: Compiled, view: PhaseView) -> Compiled:
    """Return the same network and draws with the crews of another view of the phase, on its own days."""
    return _with_crews(compiled, *_staffing(scenario, view, _fields(scenario)))


def _with_crews(compiled: Compiled, arrays: dict[str, Any], officers: tuple[str, ...]) -> Compiled:
    """The same with what `_staffing` tells of other crews."""
    return replace(compiled, network=compiled.network._replace(**arrays), officer_ids=officers)


def _fields(scenario: Scenario) -> tuple[ProcedureField, ...]:
    """Fields in the order of arrays."""
    return tuple(sorted(scenario.fields, key=lambda field: field.id))


def _staffing(scenario: Scenario, view: PhaseView, fields: tuple[ProcedureField, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arrays of a Network that depend on who serves where, and the officer of each place.

    An office's places are those of its crew, of officers who visit it by roster, and last of reserves who may be sent.
    """
    ranks = {office: rank for rank, office in enumerate(view.offices)}
    roster = presence(scenario, view, duty(scenario, view))
    visitors: dict[str, set[str]] = {office: set() for office in view.offices}
    for (office, _), present in roster.items():
        visitors[office] |= {name for name, _, _ in present if view.serves[name] != office}
    reserves, pools = _pools(scenario, view, ranks)
    rows: list[tuple[str, str]] = []
    crew_start, own_crew = [0], []
    crews: dict[str, list[str]] = {office: [] for office in view.offices}
    for name, office in view.serves.items():
        crews[office].append(name)
    place = np.full((len(reserves), len(ranks)), -1, np.int64)
    for office, rank in ranks.items():
        own = [*crews[office], *sorted(visitors[office])]
        own_crew.append(len(own))
        rows += [(office, name) for name in own]
        for number, (name, pool) in enumerate(reserves):
            if pools["pool_travel"][pool, rank] >= 0:
                place[number, rank] = len(rows)
                rows.append((office, name))
        crew_start.append(len(rows))
    people = [view.officers[name] for _, name in rows]
    pace, skills = abilities(people, tuple(field.id for field in fields))
    stretches, changes = _rosters(scenario, view, rows, crew_start, roster)
    moved = view.moved
    arrays = {
        "crew_start": np.array(crew_start, np.int64),
        "own_crew": np.array(own_crew, np.int64),
        "officer_hash": np.array([id_hash(person.id) for person in people], np.uint64),
        "absence": np.array([round(person.absence_rate * SURE) for person in people], np.int64),
        "home_office": np.array([ranks[view.serves.get(name) or view.home[name]] for _, name in rows], np.int64),
        "away_from": view.phase.start.toordinal(),
        "away_until": _away_until(scenario, view, people),
        "pace": pace,
        "skills": skills,
        "moved": np.array([name in moved for _, name in rows], np.int64),
        "stretch_start": stretches[0],
        "stretch_on": stretches[1],
        "stretch_off": stretches[2],
        "change_start": changes[0],
        "change_tick": changes[1],
        "change_officer": changes[2],
        "reserve_place": place,
        "reserve_pool": np.array([pool for _, pool in reserves], np.int64),
        **pools,
    }
    return arrays, tuple(name for _, name in rows)


def abilities(people: list[Officer], field_ids: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Paces of officers by field, (N, F), and bits of the fields they serve, (N,)."""
    found = [_ability(person.fields, field_ids) for person in people]
    pace = np.array([paces for paces, _ in found], np.int64).reshape(len(people), len(field_ids))
    return pace, np.array([bits for _, bits in found], np.uint64)


@lru_cache(maxsize=4096)  # many officers have the same
def _ability(fields: str, field_ids: tuple[str, ...]) -> tuple[tuple[int, ...], int]:
    """Paces by field of officers with these skills, and bits of the fields they serve."""
    skills = skills_of(fields)
    paces = tuple(skills.get(name, 0) for name in field_ids)
    return paces, sum(1 << place for place, pace in enumerate(paces) if pace > 0)


def _away_until(scenario: Scenario, view: PhaseView, people: list[Officer]) -> NDArray[np.int64]:
    """Day before which each officer is on the move, 0 = none: the first days of a phase in which the home is merged."""
    away = np.zeros(len(people), np.int64)
    days = working_days(scenario, view.phase.start, view.phase.end)
    ends = {
        change.office: days[: change.move_days][-1].toordinal() + 1 if days else 0
        for change in scenario.office_changes
        if change.phase == view.phase.id and change.move_days > 0
    }
    for number, person in enumerate(people):
        away[number] = ends.get(person.home, 0)
    return away


def _pools(scenario: Scenario, view: PhaseView, ranks: dict[str, int]) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """Reserves with the number of their pool, and the arrays of the pools."""
    units = {unit.id: unit for unit in scenario.units}
    survivor = {office: host for host, members in view.members.items() for office in members}
    pools = sorted(scenario.pools, key=lambda pool: pool.id)
    numbers = {pool.id: number for number, pool in enumerate(pools)}
    travel = np.full((len(pools), len(ranks)), -1, np.int64)
    hours = []
    for number, pool in enumerate(pools):
        base = view.offices[survivor[pool.base]]
        clock = _clock(scenario, base)
        hours.append((clock[1], clock[5], clock[6], clock[2]))
        for name, office in view.offices.items():
            if pool.district in (ANY, office.district):
                travel[number, ranks[name]] = ticks(travel_min(scenario, units[base.unit], office, units[office.unit]))
    arrays = {
        "pool_look": np.array([max(ticks(pool.look_min), 1) for pool in pools], np.int64),
        "pool_send": np.array([ticks(pool.send_wait_min) for pool in pools], np.int64),
        "pool_return": np.array([ticks(pool.return_wait_min) for pool in pools], np.int64),
        "pool_stay": np.array([ticks(pool.stay_min) for pool in pools], np.int64),
        "pool_hours": np.array(hours, np.int64).reshape(-1, 4),
        "pool_travel": travel,
    }
    return [(name, numbers[pool]) for name, pool in view.reserves.items() if pool in numbers], arrays


def _appointments(
    scenario: Scenario, offices: tuple[Office, ...], fields: tuple[ProcedureField, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ticks and places of the slots of an office for a field, (O, F) each, 0 = no appointments."""
    lengths, places = np.zeros((2, len(offices), len(fields)), np.int64)
    for o, office in enumerate(offices if scenario.slots else ()):
        for f, field in enumerate(fields):
            row = _slots(scenario, office, field.id)
            if row:
                lengths[o, f], places[o, f] = ticks(row.slot_min), row.places
    return lengths, places


def _slots(scenario: Scenario, office: Office, field: str) -> Slots | None:
    """Appointments of an office for a field: its own rows before those of its kind, the field's before all fields'."""
    for place in (office.id, office.kind):
        for name in (field, ANY):
            for row in scenario.slots:
                if row.office == place and row.field == name:
                    return row
    return None


def _systems(scenario: Scenario, fields: tuple[ProcedureField, ...]) -> dict[str, Any]:
    """The arrays of a Network about information systems, sorted by id."""
    systems = sorted(scenario.systems, key=lambda system: system.id)
    month = scenario.demand.working_days_per_month
    needs = [sum(1 << n for n, field in enumerate(fields) if system.id in field.systems.split()) for system in systems]
    names = hashes(tuple(system.id for system in systems)).tolist()
    rows = [
        (need, name, system.manual_pace, round(system.failures_per_month / month * MICRO), ticks(system.failure_min))
        for need, name, system in zip(needs, names, systems, strict=True)
    ]
    return {
        "systems": np.array(rows, np.uint64).astype(np.int64).reshape(-1, 5),
        "everywhere": np.array([system.scope == "province" for system in systems], np.bool_),
    }


def _files(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...]
) -> tuple[Files, tuple[tuple[str, str], ...]]:
    """The back office: the desk of each unit and field is the authority of the field's level there."""
    places = [[_authority(unit, field) for field in fields] for unit in units]
    desks = tuple(sorted({place for row in places for place in row}))
    numbers = {desk: number for number, desk in enumerate(desks)}
    minutes: dict[tuple[str, str], float | None] = {(row.level, row.place): row.minutes_per_day for row in scenario.back_offices}
    hours = [minutes.get(desk, minutes.get((desk[0], ANY))) for desk in desks]
    results, systems = scenario.results, sorted(system.id for system in scenario.systems)
    portal = scenario.interruptions.portal
    lead_sigma = np.array([sqrt(log(1 + field.lead_cv**2)) if field.lead_days > 0 else 0.0 for field in fields])
    lead = np.array([log(field.lead_days) if field.lead_days > 0 else -1.0 for field in fields])
    afar = [(postal_share(field, view), online_self_share(field, view.phase.online_self_factor)) for field in fields]
    files = Files(
        desk_of=np.array([[numbers[place] for place in row] for row in places], np.int64),
        capacity=np.array([NEVER if hour is None else ticks(hour) for hour in hours], np.int64),
        work=np.array([ticks(field.back_office_min) for field in fields], np.int64),
        online_work=ticks(results.online_check_min),
        lead_mu=lead - lead_sigma**2 / 2,
        lead_sigma=lead_sigma,
        same_day=np.array([round(field.same_day_share * SURE) for field in fields], np.int64),
        limit=np.array([min(max(field.limit_days, 1), LIMIT_MAX) for field in fields], np.int64),
        archived=np.array([field.digitize_min > 0 for field in fields], np.bool_),
        collect_until=np.array([round(field.collect_share * SURE) for field in fields], np.int64),
        post_until=np.array([round((field.collect_share + field.result_post_share) * SURE) for field in fields], np.int64),
        collect_days_max=results.collect_days_max,
        postal_share=np.array([round(post / (post + self) * SURE) if post else 0 for post, self in afar], np.int64),
        postal_days=results.postal_days,
        portal=systems.index(portal) if portal in systems else -1,
        portal_share=round(scenario.interruptions.portal_to_counter_share * SURE),
    )
    return files, desks


def _authority(unit: Unit, field: ProcedureField) -> tuple[str, str]:
    """Level and place of the authority that decides a unit's dossiers of a field."""
    places = {"commune": unit.id, "district": unit.district, "province": ANY}
    return field.level, places[field.level]


def _opening(
    scenario: Scenario,
    view: PhaseView,
    network: Network,
    papers: Files,
    desks: tuple[tuple[str, str], ...],
    units: tuple[Unit, ...],
    fields: tuple[ProcedureField, ...],
    lead_in: int,
) -> Carry:
    """What the first night leaves: the backlog of the back office, which joins the queue as the first played day ends;
    waits as the scenario has them remembered."""
    backlog: dict[tuple[str, str], BackOffice | None] = {(row.level, row.place): row for row in scenario.back_offices}
    rows: list[tuple[int, ...]] = []
    for number, desk in enumerate(desks):
        row = backlog.get(desk, backlog.get((desk[0], ANY)))
        if row is None or row.backlog == 0:
            continue
        unit, field = next(zip(*np.nonzero(papers.desk_of == number), strict=True))
        own = [n for n in range(len(fields)) if papers.desk_of[unit, n] == number]
        work, limit = round(float(np.mean(papers.work[own]))), max(int(papers.limit[own].max()), 1)
        late = round(row.backlog * row.backlog_overdue_share)
        office = max(int(network.competent[unit, field]), 0)
        for n in range(row.backlog):
            due = lead_in + (-1 - n % limit if n < late else n % limit)
            rows.append((lead_in, -1, number, due, office, 1, work, 1))
    rows.sort(key=lambda row: (row[2], row[3]))
    offices = len(view.offices)
    return Carry(
        remembered=np.full((offices, WINDOWS), ticks(scenario.choice.remembered_start_min), np.int64),
        visits=np.empty((0, 3), np.int64),
        files=np.array(rows, np.int64).reshape(-1, 8),
        spent=np.zeros(len(desks), np.int64),
        scanners=np.zeros((offices, int(network.scanners.max(initial=0))), np.int64),
    )


def _days(scenario: Scenario, view: PhaseView, block: Block, reference: bool) -> Days:
    """What the calendar brings to each day of a block."""
    ranks = {office: rank for rank, office in enumerate(view.offices)}
    survivor = {office: host for host, members in view.members.items() for office in members}
    shape = (len(block.days), len(ranks))
    goes_to = np.tile(np.arange(len(ranks), dtype=np.int64), (len(block.days), 1))
    reopens, door, added = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for volunteer in scenario.volunteers:
        door[_span(block.days, volunteer.start, volunteer.end), ranks[survivor[volunteer.office]]] += volunteer.count
    for wave in scenario.absence_waves:
        for name, office in view.offices.items():
            if wave.place == ANY or wave.place == office.district or wave.place in view.members[name]:
                added[_span(block.days, wave.start, wave.end), ranks[name]] += round(wave.share * SURE)
    outages: list[tuple[int, ...]] = []
    outage_start = [0]
    rows = sorted(scenario.outages, key=lambda row: row.id)
    systems = sorted(system.id for system in scenario.systems)
    for number, day in enumerate(block.days):
        shut = {ranks[survivor[row.office]]: row for row in scenario.office_closures if row.start <= day <= row.end}
        for rank, row in shut.items():
            target = ranks[survivor[row.to]] if row.to else -1
            goes_to[number, rank] = -1 if target in shut else target
            reopens[number, rank] = min(len(working_days(scenario, day, row.end)), LIMIT_MAX)
        for outage in rows:
            if outage.start <= day <= outage.end and outage.system in systems:
                hit = (
                    [-1]
                    if outage.place == ANY
                    else [
                        ranks[name]
                        for name, office in view.offices.items()
                        if outage.place == office.district or outage.place in view.members[name]
                    ]
                )
                span = clock_ticks(outage.from_time), clock_ticks(outage.to_time)
                outages += [(systems.index(outage.system), place, *span, outage.pace) for place in hit]
        outage_start.append(len(outages))
    check = scenario.papers.check_share
    return Days(
        lead_in=block.lead_in,
        warmup=block.warmup,
        weekday=np.array([day.weekday() for day in block.days], np.int64),
        moved_pace=np.array([SETTLED if reference else _moved_pace(scenario, view, day) for day in block.days], np.int64),
        goes_to=goes_to,
        reopens=reopens,
        door_share=np.floor((1 - (1 - check) ** door) * 2**16 + 0.5).astype(np.int64),
        absence_added=added,
        outage_start=np.array(outage_start, np.int64),
        outage=np.array(outages, np.int64).reshape(-1, 5),
    )


def _span(days: tuple[date, ...], start: date, end: date) -> slice:
    """Which of some days, in order, lie between two, both included."""
    return slice(bisect_left(days, start), bisect_right(days, end))


def _distances(
    scenario: Scenario, units: tuple[Unit, ...], offices: tuple[Office, ...]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Travel ticks, nearness by the standard of access, appeal in millionths, and reach; each (U, O).

    The ways are those of `travel_min`, all at once. Logarithms are the same library's as elsewhere, to the last bit.
    """
    choice, indicators, travel = scenario.choice, scenario.indicators, scenario.travel
    shape = (len(units), len(offices))
    pace = {unit.id: minutes_per_km(scenario, unit) for unit in units}
    own, there = np.array([pace[unit.id] for unit in units]), np.array([pace[office.unit] for office in offices])
    straight = [unit_to_office_km(scenario, unit, office) for unit in units for office in offices]
    km = np.array(straight, np.float64).reshape(shape)
    minutes = travel.fixed_min + np.add.outer(own, there) / 2 * travel.circuity * km
    logs = np.array([log(way) for way in np.maximum(minutes, 1.0).ravel().tolist()], np.float64).reshape(shape)
    counters = np.array([choice.counters_weight * log(office.counters) for office in offices], np.float64)
    return (
        np.floor(minutes * MINUTE + 0.5).astype(np.int64),
        (minutes <= indicators.access_min) | (travel.circuity * km <= indicators.access_km),
        np.floor((counters - choice.travel_weight * logs) * MICRO + 0.5).astype(np.int64),
        minutes <= choice.reach_min,
    )


def _clock(scenario: Scenario, office: Office) -> tuple[int, ...]:
    hours = next(row for row in scenario.hours if row.id == office.hours)
    close = clock_ticks(hours.close)
    end = close + ticks(scenario.queue.overtime_min)
    last_ticket = min(clock_ticks(hours.last_ticket), end - 1)  # who comes as everything ends is too late
    lunch = clock_ticks(hours.lunch_start), clock_ticks(hours.lunch_end)
    return (clock_ticks(hours.ticket_open), clock_ticks(hours.open), close, last_ticket, end, *lunch)


def _rosters(
    scenario: Scenario, view: PhaseView, rows: list[tuple[str, str]], crew_start: list[int], roster: Presence
) -> tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.int64], ...]]:
    """Stretches by weekday and place, changes by weekday and office; rows : (office, officer) of each place.

    An officer on duty at closing stays for overtime; a stretch still ends at closing, so that overtime is seen.
    """
    row_of = {place: row for row, place in enumerate(rows)}
    ranks = {office: rank for rank, office in enumerate(view.offices)}
    found = [
        (weekday, ranks[office], row_of[office, name], on, off)
        for (office, weekday), present in roster.items()
        for name, on, off in present
    ]
    stays = np.fromiter(chain.from_iterable(found), np.int64).reshape(-1, 5)
    stays = stays[np.lexsort((stays[:, 3], stays[:, 2], stays[:, 0]))]
    weekday, rank, row, on, off = stays[:, 0], stays[:, 1], stays[:, 2], stays[:, 3] * MINUTE, stays[:, 4] * MINUTE
    clock = np.array([_clock(scenario, office) for office in view.offices.values()], np.int64).reshape(-1, 7)[rank]
    gone = np.where(off == clock[:, 2], clock[:, 4], off)
    place = row - np.array(crew_start, np.int64)[rank]
    tick, code = np.concatenate([on, gone]), np.concatenate([2 * place + 1, 2 * place])
    when = np.concatenate([weekday, weekday]) * len(ranks) + np.concatenate([rank, rank])
    order = np.lexsort((code >> 1, code & 1, tick, when))
    return (
        (_slices(weekday * len(rows) + row, len(rows)), on, off),
        (_slices(when, len(ranks)), tick[order], code[order]),
    )


def _slices(cells: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Where things in cells begin, (7, width + 1) by weekday and column; the last is where the weekday ends."""
    until = np.bincount(cells, minlength=7 * width).cumsum().reshape(7, width)
    before = np.concatenate([[0], until[:-1, -1]]) if width else np.zeros(7, np.int64)
    return np.concatenate([before[:, None], until], axis=1).astype(np.int64)


def online_self_share(field: ProcedureField, factor: float) -> float:
    """Share of a field's needs met online by oneself in a phase; they bring no visit."""
    return min(field.online_self_share * factor, max(ONLINE_CAP, field.online_self_share))


def postal_share(field: ProcedureField, view: PhaseView) -> float:
    """Share of a field's needs that come and go by post in a phase; they bring no visit."""
    online = online_self_share(field, view.phase.online_self_factor)
    return min(field.postal_share * view.phase.postal_factor, 1 - online)


def in_person_share(field: ProcedureField, view: PhaseView) -> float:
    """Share of a field's needs that bring a visit in a phase."""
    return 1 - online_self_share(field, view.phase.online_self_factor) - postal_share(field, view)


def assisted_share(field: ProcedureField, view: PhaseView) -> float:
    """Share of a field's visits whose dossier is entered online at the counter."""
    visits = in_person_share(field, view)
    return min(field.online_assisted_share * view.phase.online_assisted_factor / visits, 1.0) if visits > 0 else 0.0


def bundle_law(field: ProcedureField) -> NDArray[np.float64]:
    """Chances of 1…BUNDLE dossiers in a visit, (BUNDLE,): ordinary citizens and agents, each falling geometrically."""
    chances = np.zeros(BUNDLE)
    for share, mean in ((1 - field.agents_share, field.dossiers_per_visit), (field.agents_share, field.agent_dossiers)):
        chances += share * _geometric(mean)
    return chances


@cache
def _geometric(mean: float) -> NDArray[np.float64]:
    """Chances of 1…BUNDLE falling by a constant ratio, with the mean wanted (below that of an even law); (BUNDLE,)."""
    counts = np.arange(1, BUNDLE + 1)

    def law(ratio: float) -> NDArray[np.float64]:
        chances = ratio ** (counts - 1.0)
        return np.asarray(chances / chances.sum())

    low, high = 0.0, 1.0 if mean > 1.0 else 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if law(middle) @ counts < mean else (low, middle)
    return law(high)


def mean_dossiers(field: ProcedureField) -> float:
    """Mean number of dossiers of a visit."""
    return float(bundle_law(field) @ np.arange(1, BUNDLE + 1))


def nominal_ticks(scenario: Scenario, view: PhaseView, field: ProcedureField, scanning_desk: bool) -> int:
    """Mean work of a visit at pace 1000: reception, help with the online form, digitization at the counter unless re-used."""
    held = view.phase.reuse_share if field.digitize_min > 0 else 0.0
    reception = field.service_min * (1 - held * (1 - scenario.papers.reuse_reception_factor))
    digitize = 0.0 if scanning_desk else field.digitize_min * (1 - held)
    work = mean_dossiers(field) * (reception + digitize)
    return ticks(work + scenario.demand.assisted_extra_min * assisted_share(field, view))


def _moved_pace(scenario: Scenario, view: PhaseView, day: date) -> int:
    """Per mille of an officer who moved as the phase began; the warm-up stands for days before it."""
    return learned_pace(scenario.learning, days_since_move(view.phase, day))


def learned_pace(learning: Learning, days: int) -> int:
    """Pace per mille of an officer so many days after a change of office."""
    if days < learning.first_days:
        return learning.first_pace
    return learning.second_pace if days < learning.second_days else SETTLED


def _laws(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...], days: tuple[date, ...]
) -> Laws:
    demand = scenario.demand
    sigma = sqrt(log(1 + demand.noise_cv**2))
    profiles = sorted({field.arrival_profile for field in fields})
    windows = [
        sorted((row for row in scenario.arrival_profiles if row.profile == profile), key=lambda row: row.start)
        for profile in profiles
    ]
    rows = [window for profile in windows for window in profile if window.share > 0]
    used = [[window for window in profile if window.share > 0] for profile in windows]
    profile_start = np.cumsum([0, *map(len, used)]).astype(np.int64)
    window_until = np.concatenate([np.cumsum([window.share for window in profile]) for profile in used])
    origins = [
        sorted((row.origin, row.share) for row in scenario.origins if row.unit == unit.id and row.share > 0) for unit in units
    ]
    ranks = {unit.id: rank for rank, unit in enumerate(units)}
    bundles = np.arange(1, BUNDLE + 1)
    work_sigma = np.array([np.sqrt(np.log(1 + field.service_cv**2 / bundles)) for field in fields])
    work_mean = np.array([[ticks(field.service_min * int(count)) for count in bundles] for field in fields], np.int64)
    bundle = np.array([np.minimum(np.cumsum(bundle_law(field)), 1.0) for field in fields])
    missing = np.array([round(field.missing_papers_share * SURE) for field in fields], np.int64)
    results, papers = scenario.results, scenario.papers
    fetch_sigma = sqrt(log(1 + results.collect_cv**2))
    books = any(field.appointment_share > 0 for field in fields) and bool(scenario.slots)
    shape = scenario.queue.patience_shape
    return Laws(
        days=np.array([day.toordinal() for day in days], np.int64),
        mean_micro=expected_visits(scenario, view, units, fields, days),
        remote_micro=expected_from_afar(scenario, view, units, fields, days),
        noise_shared=sigma * sqrt(demand.noise_shared),
        noise_unit=sigma * sqrt(1 - demand.noise_shared),
        unit_hash=hashes(tuple(unit.id for unit in units)),
        field_hash=hashes(tuple(field.id for field in fields)),
        bundle_until=np.floor(bundle * SURE + 0.5).astype(np.int64),
        work_mu=np.log(work_mean) - work_sigma**2 / 2,
        work_sigma=work_sigma,
        work_mean=work_mean,
        digitize=np.array([ticks(field.digitize_min) for field in fields], np.int64),
        assisted_extra=ticks(demand.assisted_extra_min),
        assisted_share=np.array([round(assisted_share(field, view) * 2**16) for field in fields], np.int64),
        reuse_share=np.array([round(reuse_share(view, day) * 2**16) for day in days], np.int64),
        reuse_reception=round(papers.reuse_reception_factor * 1000),
        missing_share=np.stack([missing, missing * round(papers.reuse_missing_factor * 1000) // 1000]),
        paper_words=bool(books or missing.any() or (bundle[:, 0] < 1).any()),
        fetch_mu=log(ticks(results.collect_min)) - fetch_sigma**2 / 2,
        fetch_sigma=fetch_sigma,
        fetch_mean=ticks(results.collect_min),
        priority_share=round(demand.priority_share * 2**16),
        patience_scale=np.array([field.patience_min * MINUTE / gamma(1 + 1 / shape) for field in fields]),
        patience_inverse_shape=1 / shape,
        profile_of=np.array([profiles.index(field.arrival_profile) for field in fields], np.int64),
        profile_start=profile_start,
        window_until=window_until,
        window_share=np.array([window.share for window in rows]),
        window_open=np.array([clock_ticks(window.start) for window in rows], np.int64),
        window_ticks=np.array([clock_ticks(window.end) - clock_ticks(window.start) for window in rows], np.int64),
        window_guide=guide_of_windows(profile_start, window_until),
        origin_start=np.cumsum([0, *map(len, origins)]).astype(np.int64),
        origin_unit=np.array([ranks[name] for pairs in origins for name, _ in pairs], np.int64),
        origin_until=np.array(
            [round(sum(share for _, share in pairs[: n + 1]) * 2**16) for pairs in origins for n in range(len(pairs))], np.int64
        ),
        grid=1,
    )


def _of_block(laws: Laws, blocks: tuple[Block, ...], number: int) -> Laws:
    """The laws on the days of one of the blocks that follow one another in them."""
    first = sum(len(block.days) for block in blocks[:number])
    span = slice(first, first + len(blocks[number].days))
    return laws._replace(
        days=laws.days[span],
        mean_micro=laws.mean_micro[span],
        remote_micro=laws.remote_micro[span],
        reuse_share=laws.reuse_share[span],
    )


def reuse_share(view: PhaseView, day: date) -> float:
    """Share of dossiers whose papers are held already; it grows from the phase's first day."""
    months = max((day - view.phase.start).days, 0) / 30
    return min(view.phase.reuse_share + view.phase.reuse_growth_per_month * months, 1.0)


def expected_visits(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...], days: tuple[date, ...]
) -> NDArray[np.int64]:
    """Expected first visits by day, unit and field before noise, in millionths; (D, U, F) int64."""
    shares = np.array([in_person_share(field, view) / mean_dossiers(field) for field in fields])
    return _expected(scenario, view, units, fields, days, shares)


def expected_from_afar(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...], days: tuple[date, ...]
) -> NDArray[np.int64]:
    """Expected dossiers online by oneself or by post before noise, in millionths; (D, U, F) int64, (0, U, F) without any."""
    shares = np.array([1 - in_person_share(field, view) for field in fields])
    return _expected(scenario, view, units, fields, days if shares.any() else (), shares)


def _expected(
    scenario: Scenario,
    view: PhaseView,
    units: tuple[Unit, ...],
    fields: tuple[ProcedureField, ...],
    days: tuple[date, ...],
    shares: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Needs by day, unit and field times shares (F,), in millionths."""
    demand = scenario.demand
    needs = [unit.population / 1000 * unit.demand_factor for unit in units]
    base = np.multiply.outer(needs, [field.demand_per_1000_month for field in fields])
    base *= np.array([[(unit.id, field.id) in view.competent for field in fields] for unit in units])
    base *= shares * (demand.scale / demand.working_days_per_month)
    changes = scenario.demand_changes
    during = [[change.start <= day <= change.end for day in days] for change in changes]
    kinds = list(zip(day_factors(scenario, days), *during, strict=True))  # many days are alike
    ranks = {kind: rank for rank, kind in enumerate(dict.fromkeys(kinds))}
    expected = np.multiply.outer(np.array([kind[0] for kind in ranks], np.float64), base)
    for number, change in enumerate(changes, start=1):
        touched = np.array([kind[number] for kind in ranks], np.bool_)
        expected[np.ix_(touched, *_touched(change, units, fields))] *= change.factor
    expected *= MICRO
    expected += 0.5
    return np.asarray(np.floor(expected, out=expected).astype(np.int64)[np.array([ranks[kind] for kind in kinds], np.int64)])


def _touched(
    change: DemandChange, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return (
        np.array([change.place in (ANY, unit.id, unit.district) for unit in units]),
        np.array([change.field in (ANY, field.id) for field in fields]),
    )


def day_factors(scenario: Scenario, days: tuple[date, ...]) -> list[float]:
    """Weekday × month × first working days of the month, of each day."""
    demand = scenario.demand
    after_first: dict[tuple[int, int], date] = {}
    factors = []
    for day in days:
        month = (day.year, day.month)
        if month not in after_first:
            after_first[month] = _after_working_days(scenario, day.replace(day=1), demand.month_start_days)
        start = demand.month_start_factor if day < after_first[month] else 1.0
        factors.append(demand.weekday_factors[day.weekday()] * demand.month_factors[day.month - 1] * start)
    return factors


def _after_working_days(scenario: Scenario, day: date, count: int) -> date:
    """The first working day, from a day on, with so many working days before it; the day a month ahead when there is none."""
    last = day + timedelta(days=31)
    while day < last:
        if is_working_day(scenario, day):
            if count == 0:
                return day
            count -= 1
        day += timedelta(days=1)
    return last
