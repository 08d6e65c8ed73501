"""The three workloads: the same customers for this engine and for its peers, at the same ticks of a millisecond.

w1 : M/M/5 at load 0.9. w2 : 101 offices apart, 1 to 20 desks, a day of two peaks, lognormal service, exponential patience,
every day of a week. coupled : three offices near each other; each citizen takes the one with the best exponential race over
exp(shown wait / 40 min), the shown wait being that of the tickets not yet called at the moment of arrival.
"""

from collections.abc import Sequence
from datetime import date, time
from statistics import median

import numpy as np
from numpy.typing import NDArray

from scenarios import load_scenario
from scenarios.schema import ArrivalProfile, Hours, Offer, Office, Officer, ProcedureField, Scenario, Unit
from sim.network import Compiled
from sim.queues import NO_OFFICES, Queues, draw_queues
from sim.run import compile_days

SEED, FOREVER = 1, np.int64(2**56)
GAP_S, SERVICE_S, W1_DESKS, W1_CUSTOMERS = 2.0, 9.0, 5, 200_000
OFFICES, DESKS_MOST, DAYS = 101, 20, 5
PER_DESK_AND_DAY = 38
SERVICE_MIN, SERVICE_CV, PATIENCE_MIN, SCALE_MIN = 12.0, 0.8, 60.0, 40.0
PEAKS = (0.08, 0.18, 0.16, 0.10, 0.05, 0.08, 0.14, 0.13, 0.08)  # hours from half past seven
COUPLED_DESKS, COUPLED_WEEKS = (4, 6, 8), 50


def spread_of(values: Sequence[float], form: str = ".2f") -> str:
    """Median (lowest–highest)."""
    return f"{format(median(values), form)} ({format(min(values), form)}–{format(max(values), form)})"


def desks_of(offices: int) -> list[int]:
    """1, 2 … 20, 1, 2 …"""
    return [1 + rank % DESKS_MOST for rank in range(offices)]


def scenario_of(workload: str) -> Compiled:
    """w2 or coupled as this engine plays them."""
    together = workload == "coupled"
    desks, weeks = (list(COUPLED_DESKS), COUPLED_WEEKS) if together else (desks_of(OFFICES), 1)
    return compile_days(plain(desks, weeks=weeks, together=together), "p", seed=SEED)


def citizens_of(workload: str, compiled: Compiled, *, jobs: int = 1) -> Queues:
    """The citizens this engine draws for a scenario."""
    hashes = compiled.network.office_hash if workload == "coupled" else NO_OFFICES
    return draw_queues(compiled.blocks[0].laws, hashes, seed=SEED, replication=0, jobs=jobs)


def one_long_station() -> Queues:
    """The customers of w1."""
    rng = np.random.default_rng(20240501)
    arrivals, services = (
        np.floor(times * 1000 + 0.5).astype(np.int64)
        for times in (rng.exponential(GAP_S, W1_CUSTOMERS).cumsum(), rng.exponential(SERVICE_S, W1_CUSTOMERS))
    )
    start = np.array([0, W1_CUSTOMERS], np.int64)
    return Queues(start, arrivals, np.maximum(services, 1), np.full(W1_CUSTOMERS, FOREVER), np.empty((W1_CUSTOMERS, 0)))


def desks_by_station(workload: str, stations: int) -> NDArray[np.int64]:
    """Desks of each station (w1, w2), or of each office among which one chooses."""
    if workload == "w1":
        return np.array([W1_DESKS])
    if workload == "coupled":
        return np.array(COUPLED_DESKS)
    return np.resize(np.array(desks_of(OFFICES)), stations)


def for_peers(workload: str, queues: Queues) -> dict[str, NDArray[np.generic]]:
    """The same customers as peers read them: times in ticks as real numbers, patience without end where there is none."""
    patiences = queues.patiences.astype(np.float64)
    patiences[queues.patiences >= FOREVER] = np.inf
    found: dict[str, NDArray[np.generic]] = {
        "start": queues.start,
        "desks": desks_by_station(workload, len(queues.start) - 1),
        "arrivals": queues.arrivals.astype(np.float64),
        "services": queues.services.astype(np.float64),
        "patiences": patiences,
        "board": np.array([SERVICE_MIN * 60_000, SCALE_MIN * 60_000]),
    }
    found |= law_of(workload)
    return found | ({"races": queues.tastes} if workload == "coupled" else {})


def law_of(workload: str) -> dict[str, NDArray[np.generic]]:
    """For who draws customers of its own: days, customers expected at a desk in each hour, and ticks of an hour, mean work,
    its variation and mean patience."""
    if workload == "w1":
        law = [W1_CUSTOMERS * GAP_S * 1000, SERVICE_S * 1000, 1.0, 1e15]
        return {"days": np.array(1), "expected": np.array([W1_CUSTOMERS / W1_DESKS]), "law": np.array(law)}
    law = [3_600_000, SERVICE_MIN * 60_000, SERVICE_CV, PATIENCE_MIN * 60_000]
    return {"days": np.array(DAYS), "expected": PER_DESK_AND_DAY * np.array(PEAKS), "law": np.array(law)}


def plain(desks: list[int], *, weeks: int = 1, together: bool = False, load: float = 1.0) -> Scenario:
    """Offices with so many officers and nothing else: no channels, papers, priorities, breaks, balking, returns, dossiers.

    together : every citizen may go to every office and looks at the queues; load : factor on citizens.
    """
    tiny = load_scenario("tiny")
    field = tiny.fields[0].model_copy(update=_field("p" if together else ""))
    names = [f"{rank:05d}" for rank in range(len(desks))]
    start = date(2025, 1, 6)
    place = {"lat": 11.0, "lon": 106.6, "district": tiny.districts[0].id}
    units = [
        Unit(id=f"u{name}", name=name, kind="ward", population=1000 * PER_DESK_AND_DAY * each, area_km2=1.0, **place)
        for name, each in zip(names, desks, strict=True)
    ]
    offices = [
        Office(
            id=f"o{name}", name=name, kind="point", unit=f"u{name}", counters=each, premises_limit=each, minimum_crew=1, **place
        )
        for name, each in zip(names, desks, strict=True)
    ]
    officers = [
        Officer(
            id=f"w{name}-{number:03d}",
            name=name,
            home=f"o{name}",
            employer="commune",
            counter_share=1.0,
            home_unit=f"u{name}",
            movable=False,
            fields=field.id,
        )
        for name, each in zip(names, desks, strict=True)
        for number in range(each)
    ]
    phase = {"id": "p", "start": start, "end": date.fromordinal(start.toordinal() + 7 * weeks - 3), "online_self_factor": 0.0}
    phase |= {"online_assisted_factor": 0.0, "reuse_share": 0.0, "postal_factor": 0.0, "appointment_factor": 0.0}
    phase |= {"stay_share": 0.0 if together else 1.0, "informed_share": 1.0 if together else 0.0}
    noon = time(12)
    hours = Hours(
        id="standard",
        ticket_open=time(7, 30),
        open=time(7, 30),
        lunch_start=noon,
        lunch_end=noon,
        close=time(17),
        last_ticket=time(17),
    )
    hour = [time(7 + rank, 30) for rank in range(len(PEAKS) + 1)]
    return Scenario(
        schema_version=1,
        id="plain",
        name_vi="plain",
        name_en="plain",
        demand=tiny.demand.model_copy(
            update={
                "working_days_per_month": 22.0,
                "scale": load,
                "weekday_factors": (1.0,) * 5 + (0.0,) * 2,
                "month_factors": (1.0,) * 12,
                "month_start_factor": 1.0,
                "noise_cv": 0.0,
                "assisted_extra_min": 0.0,
                "priority_share": 0.0,
            }
        ),
        queue=tiny.queue.model_copy(
            update={
                "balk_long_min": 1e6,
                "balk_very_long_min": 1e6,
                "patience_shape": 1.0,
                "visits_max": 1,
                "overtime_min": 400.0,
            }
        ),
        choice=tiny.choice.model_copy(
            update={
                "travel_weight": 0.0,
                "counters_weight": 0.0,
                "wait_scale_min": SCALE_MIN,
                "reach_min": 60.0 if together else 0.0,
            }
        ),
        learning=tiny.learning,
        travel=tiny.travel.model_copy(update={"fixed_min": 0.0, "within_unit_factor": 0.0}),
        planning=tiny.planning,
        indicators=tiny.indicators.model_copy(update={"warmup_days": 0}),
        districts=tiny.districts[:1],
        units=tuple(units),
        offices=tuple(offices),
        hours=(hours,),
        fields=(field,),
        arrival_profiles=tuple(
            ArrivalProfile(profile=field.arrival_profile, start=first, end=last, share=share)
            for first, last, share in zip(hour, hour[1:], PEAKS, strict=False)
        ),
        offers=(Offer(phase="*", office="point", field=field.id),),
        officers=tuple(officers),
        phases=(tiny.phases[0].model_copy(update=phase),),
    )


def _field(boundary_free_from: str) -> dict[str, object]:
    """A field of which every need is one visit that ends at the counter."""
    shares = "online_self_share online_assisted_share postal_share missing_papers_share balk_long_share balk_very_long_share"
    more = "return_share agents_share appointment_share collect_share result_post_share digitize_min lead_days back_office_min"
    nothing = dict.fromkeys(f"{shares} {more}".split(), 0.0)
    figures = {"demand_per_1000_month": 22.0, "service_min": SERVICE_MIN, "service_cv": SERVICE_CV, "patience_min": PATIENCE_MIN}
    assert {*nothing, *figures} <= set(ProcedureField.model_fields)
    words = {"systems": "", "boundary_free_from": boundary_free_from, "level": "commune"}
    return nothing | figures | words | {"same_day_share": 1.0, "dossiers_per_visit": 1.0, "agent_dossiers": 1.0}
