"""From the Scenario to arrays: the one place where ids become ranks, minutes become ticks and dates become days."""

from dataclasses import dataclass, replace
from datetime import date, time
from hashlib import sha256
from math import floor, gamma, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import PhaseView, days_since_move, phase_view, travel_min, unit_to_office_km
from scenarios.rosters import Duty, duty
from scenarios.schema import ANY, DemandChange, Office, ProcedureField, Scenario, Unit
from scenarios.workdays import Block, working_days

from .rules import Network
from .streams import MICRO, Laws

MINUTE = 60_000
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
    weekdays: NDArray[np.int64]  #: (D,) 0 = Monday
    moved_paces: NDArray[np.int64]  #: (D,) per mille, of officers away from home
    warmup: int
    given: NDArray[np.int64]
    given_start: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A phase ready to play: the network, its draws block by block, and the ids behind the ranks."""

    phase: str
    network: Network
    blocks: tuple[Draws, ...]
    unit_ids: tuple[str, ...]
    office_ids: tuple[str, ...]
    field_ids: tuple[str, ...]
    officer_ids: tuple[str, ...]

    @property
    def days(self) -> int:
        return sum(len(block.weekdays) - block.warmup for block in self.blocks)


def ticks(minutes: float) -> int:
    """Minutes as ticks, to the nearest."""
    return floor(minutes * MINUTE + 0.5)


def clock_ticks(clock: time) -> int:
    """A time of day as ticks from midnight."""
    return (clock.hour * 60 + clock.minute) * MINUTE


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

    reference : the days are the common reference days, on which moved officers have settled.
    """
    view = phase_view(scenario, phase_id)
    fields = tuple(sorted(scenario.fields, key=lambda field: field.id))
    units = tuple(sorted(scenario.units, key=lambda unit: unit.id))
    officers = tuple(officer for office in view.offices for officer in view.crew(office))
    return Compiled(
        phase=phase_id,
        network=_network(scenario, view, units, fields, officers),
        blocks=tuple(_draws(scenario, view, units, fields, block, seed, reference) for block in blocks),
        unit_ids=tuple(unit.id for unit in units),
        office_ids=tuple(view.offices),
        field_ids=tuple(field.id for field in fields),
        officer_ids=officers,
    )


def _network(
    scenario: Scenario,
    view: PhaseView,
    units: tuple[Unit, ...],
    fields: tuple[ProcedureField, ...],
    officers: tuple[str, ...],
) -> Network:
    offices = tuple(view.offices.values())
    ranks = {office.id: rank for rank, office in enumerate(offices)}
    travel, near, appeal, reach = _distances(scenario, units, offices)
    reachable = [np.flatnonzero(row) for row in reach]
    queue, indicators = scenario.queue, scenario.indicators
    return Network(
        travel=travel,
        near=near,
        appeal=appeal,
        near_start=np.cumsum([0, *map(len, reachable)]).astype(np.int64),
        reachable=np.concatenate(reachable).astype(np.int64) if reachable else np.empty(0, np.int64),
        offers=np.array([[field.id in view.offers[office.id] for field in fields] for office in offices], np.bool_),
        competent=np.array(
            [[ranks.get(view.competent.get((unit.id, field.id), ""), -1) for field in fields] for unit in units], np.int64
        ),
        boundary_free=np.array([field.id in view.boundary_free for field in fields], np.bool_),
        stay_share=round(view.phase.stay_share * 2**32),
        office_hash=hashes(tuple(office.id for office in offices)),
        clock=np.array([_clock(scenario, office) for office in offices], np.int64),
        **_staffing(scenario, view, fields, officers),
        nominal=np.array([nominal_ticks(scenario, view, field) for field in fields], np.int64),
        balk_long=np.array([round(field.balk_long_share * 2**32) for field in fields], np.int64),
        balk_very_long=np.array([round(field.balk_very_long_share * 2**32) for field in fields], np.int64),
        return_share=np.array([round(field.return_share * 2**32) for field in fields], np.int64),
        long_wait=ticks(queue.balk_long_min),
        very_long_wait=ticks(queue.balk_very_long_min),
        return_days_max=queue.return_days_max,
        visits_max=queue.visits_max,
        wait_scale=ticks(scenario.choice.wait_scale_min),
        smoothing=round(scenario.choice.remembered_smoothing * 1000),
        remembered_start=ticks(scenario.choice.remembered_start_min),
        standard=ticks(indicators.wait_standard_min),
        long_standard=ticks(indicators.wait_long_min),
        lost_charge=ticks(indicators.lost_charge_min),
        half_hour_limit=ticks(indicators.overloaded_half_hour_min),
    )


def restaffed(scenario: Scenario, compiled: Compiled, view: PhaseView) -> Compiled:
    """Return the same network and draws with the crews of another view of the phase."""
    fields = tuple(sorted(scenario.fields, key=lambda field: field.id))
    officers = tuple(officer for office in view.offices for officer in view.crew(office))
    arrays: dict[str, Any] = _staffing(scenario, view, fields, officers)
    network = compiled.network._replace(**arrays)
    return replace(compiled, network=network, officer_ids=officers)


def _staffing(
    scenario: Scenario, view: PhaseView, fields: tuple[ProcedureField, ...], officers: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """The arrays of a Network that depend on who serves where."""
    skills = [view.officers[name].skills for name in officers]
    pace = np.array([[held.get(field.id, 0) for field in fields] for held in skills], np.int64)
    pace = pace.reshape(len(officers), len(fields))
    bits = np.uint64(1) << np.arange(len(fields), dtype=np.uint64)
    moved = view.moved
    stretches, changes = _rosters(scenario, view, officers, duty(scenario, view))
    return {
        "crew_start": np.cumsum([0, *(len(view.crew(office)) for office in view.offices)]).astype(np.int64),
        "pace": pace,
        "skills": ((pace > 0).astype(np.uint64) * bits).sum(axis=1, dtype=np.uint64),
        "moved": np.array([name in moved for name in officers], np.int64),
        "stretch_start": stretches[0],
        "stretch_on": stretches[1],
        "stretch_off": stretches[2],
        "change_start": changes[0],
        "change_tick": changes[1],
        "change_officer": changes[2],
    }


def _distances(
    scenario: Scenario, units: tuple[Unit, ...], offices: tuple[Office, ...]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Travel ticks, nearness by the standard of access, appeal in millionths, and reach; each (U, O)."""
    shape = (len(units), len(offices))
    travel = np.zeros(shape, np.int64)
    near = np.zeros(shape, np.bool_)
    appeal = np.zeros(shape, np.int64)
    reach = np.zeros(shape, np.bool_)
    by_id = {unit.id: unit for unit in units}
    choice, indicators = scenario.choice, scenario.indicators
    for u, unit in enumerate(units):
        for o, office in enumerate(offices):
            minutes = travel_min(scenario, unit, office, by_id[office.unit])
            road_km = scenario.travel.circuity * unit_to_office_km(scenario, unit, office)
            travel[u, o] = ticks(minutes)
            near[u, o] = minutes <= indicators.access_min or road_km <= indicators.access_km
            reach[u, o] = minutes <= choice.reach_min
            utility = choice.counters_weight * log(office.counters) - choice.travel_weight * log(max(minutes, 1.0))
            appeal[u, o] = floor(utility * MICRO + 0.5)
    return travel, near, appeal, reach


def _clock(scenario: Scenario, office: Office) -> tuple[int, ...]:
    hours = next(row for row in scenario.hours if row.id == office.hours)
    close = clock_ticks(hours.close)
    opening = (clock_ticks(hours.ticket_open), clock_ticks(hours.open), close, clock_ticks(hours.last_ticket))
    return (*opening, close + ticks(scenario.queue.overtime_min))


def _rosters(
    scenario: Scenario, view: PhaseView, officers: tuple[str, ...], roster: Duty
) -> tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.int64], ...]]:
    """Stretches by weekday and officer, changes by weekday and office.

    An officer on duty at closing stays for overtime; a stretch still ends at closing, so that overtime is seen.
    """
    offices = tuple(view.offices.values())
    places = {office: {name: place for place, name in enumerate(view.crew(office))} for office in view.offices}
    stretch_start, change_start = np.zeros((7, len(officers) + 1), np.int64), np.zeros((7, len(offices) + 1), np.int64)
    stretches: list[tuple[int, int]] = []
    changes: list[tuple[int, int]] = []
    for weekday in range(7):
        for n, name in enumerate(officers):
            stretch_start[weekday, n] = len(stretches)
            stretches += [(on * MINUTE, off * MINUTE) for on, off in roster.get((name, weekday), ())]
        stretch_start[weekday, len(officers)] = len(stretches)
        for n, office in enumerate(offices):
            change_start[weekday, n] = len(changes)
            _, _, close, _, overtime_end = _clock(scenario, office)
            for tick, comes, place in sorted(
                (overtime_end if not comes and minute * MINUTE == close else minute * MINUTE, comes, place)
                for name, place in places[office.id].items()
                for stretch in roster.get((name, weekday), ())
                for comes, minute in ((1, stretch[0]), (0, stretch[1]))
            ):
                changes.append((tick, 2 * place + comes))
        change_start[weekday, len(offices)] = len(changes)
    on_off = np.array(stretches, np.int64).reshape(-1, 2)
    pairs = np.array(changes, np.int64).reshape(-1, 2)
    return (
        (stretch_start, on_off[:, 0].copy(), on_off[:, 1].copy()),
        (change_start, pairs[:, 0].copy(), pairs[:, 1].copy()),
    )


def online_self_share(field: ProcedureField, factor: float) -> float:
    """Share of a field's needs met online by oneself in a phase; they bring no visit."""
    return min(field.online_self_share * factor, max(ONLINE_CAP, field.online_self_share))


def assisted_share(field: ProcedureField, view: PhaseView) -> float:
    """Share of a field's visits whose dossier is entered online at the counter."""
    visits = 1 - online_self_share(field, view.phase.online_self_factor)
    return min(field.online_assisted_share * view.phase.online_assisted_factor / visits, 1.0) if visits > 0 else 0.0


def nominal_ticks(scenario: Scenario, view: PhaseView, field: ProcedureField) -> int:
    """Mean work of a visit at pace 1000: reception, help with the online form, digitization unless re-used."""
    digitize = field.digitize_min * (1 - view.phase.reuse_share)
    return ticks(field.service_min + scenario.demand.assisted_extra_min * assisted_share(field, view) + digitize)


def _draws(
    scenario: Scenario,
    view: PhaseView,
    units: tuple[Unit, ...],
    fields: tuple[ProcedureField, ...],
    block: Block,
    seed: int,
    reference: bool,
) -> Draws:
    return Draws(
        seed=seed,
        laws=_laws(scenario, view, units, fields, block.days),
        weekdays=np.array([day.weekday() for day in block.days], np.int64),
        moved_paces=np.array([SETTLED if reference else _moved_pace(scenario, view, day) for day in block.days], np.int64),
        warmup=block.warmup,
        given=np.empty((0, 10), np.int64),
        given_start=np.zeros(1, np.int64),
    )


def _moved_pace(scenario: Scenario, view: PhaseView, day: date) -> int:
    """Per mille of an officer who moved as the phase began; the warm-up stands for days before it."""
    since = days_since_move(view.phase, day)
    if since < scenario.learning.first_days:
        return scenario.learning.first_pace
    return scenario.learning.second_pace if since < scenario.learning.second_days else SETTLED


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
    origins = [
        sorted((row.origin, row.share) for row in scenario.origins if row.unit == unit.id and row.share > 0) for unit in units
    ]
    ranks = {unit.id: rank for rank, unit in enumerate(units)}
    work_sigma = np.array([sqrt(log(1 + field.service_cv**2)) for field in fields])
    work_mean = np.array([ticks(field.service_min) for field in fields], np.int64)
    shape = scenario.queue.patience_shape
    return Laws(
        days=np.array([day.toordinal() for day in days], np.int64),
        mean_micro=expected_visits(scenario, view, units, fields, days),
        noise_shared=sigma * sqrt(demand.noise_shared),
        noise_unit=sigma * sqrt(1 - demand.noise_shared),
        unit_hash=hashes(tuple(unit.id for unit in units)),
        field_hash=hashes(tuple(field.id for field in fields)),
        work_mu=np.log(work_mean) - work_sigma**2 / 2,
        work_sigma=work_sigma,
        work_mean=work_mean,
        digitize=np.array([ticks(field.digitize_min) for field in fields], np.int64),
        assisted_extra=ticks(demand.assisted_extra_min),
        assisted_share=np.array([round(assisted_share(field, view) * 2**16) for field in fields], np.int64),
        reuse_share=round(view.phase.reuse_share * 2**16),
        priority_share=round(demand.priority_share * 2**16),
        patience_scale=np.array([field.patience_min * MINUTE / gamma(1 + 1 / shape) for field in fields]),
        patience_inverse_shape=1 / shape,
        profile_of=np.array([profiles.index(field.arrival_profile) for field in fields], np.int64),
        profile_start=np.cumsum([0, *map(len, used)]).astype(np.int64),
        window_until=np.concatenate([np.cumsum([window.share for window in profile]) for profile in used]),
        window_share=np.array([window.share for window in rows]),
        window_open=np.array([clock_ticks(window.start) for window in rows], np.int64),
        window_ticks=np.array([clock_ticks(window.end) - clock_ticks(window.start) for window in rows], np.int64),
        origin_start=np.cumsum([0, *map(len, origins)]).astype(np.int64),
        origin_unit=np.array([ranks[name] for pairs in origins for name, _ in pairs], np.int64),
        origin_until=np.array(
            [round(sum(share for _, share in pairs[: n + 1]) * 2**16) for pairs in origins for n in range(len(pairs))], np.int64
        ),
        grid=1,
    )


def expected_visits(
    scenario: Scenario, view: PhaseView, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...], days: tuple[date, ...]
) -> NDArray[np.int64]:
    """Expected first visits by day, unit and field before noise, in millionths; (D, U, F) int64."""
    demand = scenario.demand
    base = np.array(
        [
            [
                unit.population
                / 1000
                * unit.demand_factor
                * field.demand_per_1000_month
                * (1 - online_self_share(field, view.phase.online_self_factor))
                * ((unit.id, field.id) in view.competent)
                for field in fields
            ]
            for unit in units
        ]
    )
    base *= demand.scale / demand.working_days_per_month
    factors = np.array([day_factor(scenario, day) for day in days])
    expected = np.multiply.outer(factors, base)
    for change in scenario.demand_changes:
        touched = np.array([change.start <= day <= change.end for day in days])
        expected[np.ix_(touched, *_touched(change, units, fields))] *= change.factor
    return np.asarray(np.floor(expected * MICRO + 0.5).astype(np.int64))


def _touched(
    change: DemandChange, units: tuple[Unit, ...], fields: tuple[ProcedureField, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return (
        np.array([change.place in (ANY, unit.id, unit.district) for unit in units]),
        np.array([change.field in (ANY, field.id) for field in fields]),
    )


def day_factor(scenario: Scenario, day: date) -> float:
    """Weekday × month × first working days of the month."""
    demand = scenario.demand
    early = len(working_days(scenario, day.replace(day=1), day)) <= demand.month_start_days
    start = demand.month_start_factor if early else 1.0
    return demand.weekday_factors[day.weekday()] * demand.month_factors[day.month - 1] * start
