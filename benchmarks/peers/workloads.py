"""The three workloads: as draws for the peers, and for this engine as a station and as scenarios with the rest off.

w1 : M/M/5 at load 0.9. w2 : 101 offices apart, 1 to 20 desks, a day of two peaks, lognormal service, exponential patience,
every day of a week. coupled : three offices near each other; each citizen takes the one with the best exponential race over
exp(shown wait / 40 min), the shown wait being that of the queue at the moment of arrival.
"""

from datetime import date, time
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from scenarios import load_scenario
from scenarios.schema import ArrivalProfile, Hours, Offer, Office, Officer, ProcedureField, Scenario, Unit
from sim.network import Compiled
from sim.run import compile_days
from sim.station import station

Draws = dict[str, NDArray[np.generic]]
GAP_S, SERVICE_S, W1_DESKS, W1_CUSTOMERS = 2.0, 9.0, 5, 200_000
OFFICES, DESKS_MOST, DAYS = 101, 20, 5
PER_DESK_AND_DAY = 38
SERVICE_MIN, SERVICE_CV, PATIENCE_MIN, SCALE_MIN = 12.0, 0.8, 60.0, 40.0
PEAKS = (0.08, 0.18, 0.16, 0.10, 0.05, 0.08, 0.14, 0.13, 0.08)  # hours from half past seven
COUPLED_DESKS, COUPLED_WEEKS = (4, 6, 8), 50


def desks_of(offices: int) -> list[int]:
    """1, 2 … 20, 1, 2 …"""
    return [1 + rank % DESKS_MOST for rank in range(offices)]


def w1_draws(rng: np.random.Generator) -> Draws:
    """One long station."""
    return {
        "start": np.array([0, W1_CUSTOMERS]),
        "desks": np.array([W1_DESKS]),
        "arrivals": rng.exponential(GAP_S, W1_CUSTOMERS).cumsum(),
        "services": rng.exponential(SERVICE_S, W1_CUSTOMERS),
        "patiences": np.full(W1_CUSTOMERS, np.inf),
        "scale": np.ones(1),
    }


def day_draws(rng: np.random.Generator, desks: list[int], *, races: int = 0) -> Draws:
    """Stations or days with a Poisson number of citizens each; with `races` the desks are those of one network."""
    counts = rng.poisson([PER_DESK_AND_DAY * each for each in desks])
    arrivals = np.concatenate(
        [np.sort(3600 * (rng.choice(len(PEAKS), count, p=PEAKS) + rng.uniform(size=count))) for count in counts]
    )
    sigma = sqrt(log(1 + SERVICE_CV**2))
    found: Draws = {
        "start": np.concatenate([[0], counts.cumsum()]),
        "desks": np.array(COUPLED_DESKS if races else desks),
        "arrivals": arrivals,
        "services": rng.lognormal(log(60 * SERVICE_MIN) - sigma**2 / 2, sigma, len(arrivals)),
        "patiences": rng.exponential(60 * PATIENCE_MIN, len(arrivals)),
        "scale": np.array([SERVICE_MIN / SCALE_MIN]),
    }
    return found | ({"races": rng.exponential(1.0, (len(arrivals), races))} if races else {})


def draws_of(workload: str) -> Draws:
    """The draws of a workload, the same each time."""
    rng = np.random.default_rng(20240501)
    if workload == "w1":
        return w1_draws(rng)
    if workload == "w2":
        return day_draws(rng, desks_of(OFFICES) * DAYS)
    return day_draws(rng, [sum(COUPLED_DESKS)] * 5 * COUPLED_WEEKS, races=len(COUPLED_DESKS))


def compiled_for(workload: str, draws: Draws, seed: int) -> Compiled:
    """What this engine plays: the same draws in w1, its own of the same laws else."""
    if workload == "w1":
        ticks = {name: np.floor(draws[name] * 1000 + 0.5).astype(np.int64) for name in ("arrivals", "services")}
        return station(ticks["arrivals"], ticks["services"], W1_DESKS)
    desks = desks_of(OFFICES) if workload == "w2" else list(COUPLED_DESKS)
    return compile_days(plain(desks, weeks=1 if workload == "w2" else COUPLED_WEEKS, together=workload != "w2"), "p", seed=seed)


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
