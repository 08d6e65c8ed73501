"""Small random scenarios with every feature of the citizen's way, for comparing engines."""

from collections.abc import Callable
from datetime import date, time

import numpy as np

from scenarios import schema
from scenarios.schema import Scenario

MONDAY = date(2025, 3, 3)
FRIDAY = date(2025, 3, 7)
BY_HAND, SLOW = 1300, 1500  #: paces per mille

#: feature → whether a scenario has it; each is on in at least a quarter of the scenarios
FEATURES: dict[str, Callable[[Scenario], bool]] = {
    "priority by law": lambda s: s.demand.priority_share > 0,
    "day noise": lambda s: s.demand.noise_cv > 0,
    "local demand": lambda s: bool(s.demand_changes),
    "boundary-free fields": lambda s: any(field.boundary_free_from for field in s.fields),
    "choice by the queues of the moment": lambda s: s.phases[0].informed_share > 0,
    "other origins": lambda s: bool(s.origins),
    "reserved counters": lambda s: any(office.reserved_counters for office in s.offices),
    "online by oneself": lambda s: any(field.online_self_share for field in s.fields),
    "online at the counter": lambda s: any(field.online_assisted_share for field in s.fields),
    "post": lambda s: any(field.postal_share for field in s.fields),
    "appointments": lambda s: bool(s.slots),
    "no-shows": lambda s: bool(s.slots) and s.booking.no_show_share > 0,
    "missing papers": lambda s: any(field.missing_papers_share for field in s.fields),
    "volunteers": lambda s: bool(s.volunteers),
    "several dossiers a visit": lambda s: any(field.dossiers_per_visit > 1 for field in s.fields),
    "agents": lambda s: any(field.agents_share for field in s.fields),
    "scanning desks": lambda s: any(office.scanners for office in s.offices),
    "re-use that grows": lambda s: s.phases[0].reuse_growth_per_month > 0,
    "back office that runs short": lambda s: bool(s.back_offices),
    "backlog": lambda s: any(row.backlog for row in s.back_offices),
    "lead-in days": lambda s: s.results.lead_in_days > 0,
    "results fetched": lambda s: any(field.collect_share for field in s.fields),
    "dated outages": lambda s: bool(s.outages),
    "chance failures": lambda s: any(system.failures_per_month for system in s.systems),
    "work by hand": lambda s: any(system.manual_pace for system in s.systems),
    "slow systems": lambda s: any(outage.pace for outage in s.outages),
    "turning away when systems stand still": lambda s: s.interruptions.turn_away_share > 0,
    "portal": lambda s: bool(s.interruptions.portal),
    "absence": lambda s: any(officer.absence_rate for officer in s.officers),
    "absence waves": lambda s: bool(s.absence_waves),
    "half-day shifts": lambda s: any(officer.shift != "full" for officer in s.officers),
    "lunch in two halves": lambda s: any(hours.lunch_halves for hours in s.hours),
    "moved officers who learn": lambda s: bool(s.assignments),
    "days of moving": lambda s: any(change.move_days for change in s.office_changes),
    "written counter hours": lambda s: any(not row.office for row in s.rosters),
    "mobile counters": lambda s: any(row.office for row in s.rosters),
    "float pools": lambda s: bool(s.pools),
    "closed offices": lambda s: bool(s.office_closures),
}


def random_scenario(number: int) -> Scenario:
    """A scenario of two to five units and three to six offices; its features are on or off by chance."""
    rng = np.random.default_rng([2025, number])

    def maybe(share: float = 0.5) -> bool:
        return bool(rng.random() < share)

    units = [
        schema.Unit(
            id=f"u{n}",
            name=f"Xã {n}",
            kind=str(rng.choice(["ward", "commune", "town"])),  # type: ignore[arg-type]
            district=f"d{n % 2}",
            population=int(rng.integers(300, 9000)),
            area_km2=float(rng.uniform(2, 60)),
            lat=11 + float(rng.uniform(0, 0.15)),
            lon=106.6 + float(rng.uniform(0, 0.15)),
        )
        for n in range(int(rng.integers(2, 6)))
    ]
    fields = [_field(rng, n) for n in range(int(rng.integers(2, 6)))]
    offices = [_office(rng, f"o{n}", "point", unit) for n, unit in enumerate(units)]
    offices += [_office(rng, "b0", "branch", units[0]), _office(rng, "c0", "center", units[-1])]
    pools = _pools(rng) if maybe(0.4) else []
    officers = [officer for office in offices for officer in _crew(rng, office, fields, units, pools)]
    changes = [schema.OfficeChange(phase="p1", office="o0", into="b0", move_days=int(rng.integers(0, 4)))] if maybe(0.4) else []
    systems = [_system(rng, n) for n in range(3)]
    days = [date(2025, 3, day) for day in range(3, 8)]
    places = ["*", "d0", "d1", "o0", "b0", "c0"]
    return Scenario(
        schema_version=1,
        id=f"random-{number}",
        name_vi="Ngẫu nhiên",
        name_en="Random",
        demand=schema.Demand(
            working_days_per_month=22.0,
            scale=float(rng.choice([0.5, 1.0, 2.0])),
            weekday_factors=(1.2, 1.0, 1.0, 0.9, 0.9, float(maybe(0.3)), 0.0),
            month_factors=(1.0,) * 12,
            month_start_days=5,
            month_start_factor=1.06,
            noise_cv=float(rng.choice([0.0, 0.3])),
            noise_shared=0.5,
            assisted_extra_min=4.0,
            priority_share=float(rng.choice([0.0, 0.2])),
        ),
        queue=schema.Queue(
            balk_long_min=float(rng.choice([10.0, 45.0])),
            balk_very_long_min=90.0,
            patience_shape=1.5,
            return_days_max=int(rng.integers(1, 4)),
            visits_max=int(rng.integers(1, 5)),
            overtime_min=float(rng.choice([0.0, 30.0])),
        ),
        choice=schema.Choice(
            travel_weight=1.7,
            counters_weight=0.8,
            wait_scale_min=40.0,
            reach_min=float(rng.choice([0.0, 20.0, 200.0])),
            remembered_smoothing=0.3,
            remembered_start_min=10.0,
        ),
        learning=schema.Learning(first_days=2, first_pace=2000, second_days=4, second_pace=1500),
        travel=schema.Travel(
            circuity=1.3,
            fixed_min=4.0,
            urban_dense_kmh=21.0,
            urban_kmh=28.0,
            rural_kmh=35.0,
            dense_people_per_km2=4000.0,
            within_unit_factor=0.38,
        ),
        planning=schema.Planning(
            commute_limit_min=40.0,
            move_price_min=5.0,
            commute_price_min_per_km=0.5,
            point_holders=1,
            branch_holders=1,
            center_holders=1,
        ),
        indicators=schema.Indicators(
            wait_standard_min=20.0,
            wait_long_min=30.0,
            lost_charge_min=60.0,
            overloaded_half_hour_min=5.0,
            access_min=30.0,
            access_km=5.0,
            satisfaction_top=0.99,
            satisfaction_mid_min=70.0,
            satisfaction_scale_min=20.0,
            reference_start=MONDAY,
            reference_end=date(2025, 3, 7),
            warmup_days=int(rng.integers(0, 3)),
        ),
        districts=(schema.District(id="d0", name="Một"), schema.District(id="d1", name="Hai")),
        units=tuple(units),
        offices=tuple(offices),
        hours=(
            schema.Hours(
                id="standard",
                ticket_open=time(7),
                open=time(7, 30),
                lunch_start=time(11, 30),
                lunch_end=time(13),
                close=time(17),
                last_ticket=time(16, 30),
                lunch_halves=maybe(0.4),
            ),
        ),
        fields=tuple(fields),
        arrival_profiles=(
            schema.ArrivalProfile(profile="day", start=time(6, 40), end=time(9), share=0.6),
            schema.ArrivalProfile(profile="day", start=time(9), end=time(16, 40), share=0.4),
            schema.ArrivalProfile(profile="late", start=time(11), end=time(17), share=1.0),
        ),
        offers=tuple(
            schema.Offer(phase="*", office=kind, field=field.id)
            for field in fields
            for kind in {"commune": ["point"], "district": ["branch", "point"], "province": ["center"]}[field.level]
        ),
        officers=tuple(officers),
        phases=(
            schema.Phase(
                id="p1",
                name_vi="Một",
                name_en="One",
                start=MONDAY,
                end=FRIDAY,
                moves_within="province",
                max_moves=3,
                stay_share=float(rng.choice([0.0, 0.5])),
                online_self_factor=1.0,
                online_assisted_factor=1.0,
                reuse_share=float(rng.choice([0.0, 0.4])),
                merged_counters_cap=0,
                reuse_growth_per_month=float(rng.choice([0.0, 0.9])),
                informed_share=float(rng.choice([0.0, 0.0, 0.5, 1.0])),
            ),
        ),
        papers=schema.Papers(
            check_share=0.6,
            mend_share=0.5,
            failed_share=0.6,
            return_share=0.8,
            return_days_max=2,
            reuse_missing_factor=0.5,
            reuse_reception_factor=0.8,
        ),
        results=schema.Results(
            collect_min=float(rng.choice([1.0, 3.0])),
            collect_days_max=2,
            postal_days=int(rng.integers(0, 3)),
            lead_in_days=int(rng.choice([0, 3])),
        ),
        booking=schema.Booking(no_show_share=float(rng.choice([0.0, 0.3, 0.3]))),
        interruptions=schema.Interruptions(
            turn_away_share=float(rng.choice([0.0, 0.5])), portal="s0" if maybe() else "", portal_to_counter_share=0.7
        ),
        systems=tuple(systems),
        outages=tuple(_outage(rng, n, days, places) for n in range(int(rng.integers(0, 5)))),
        office_closures=(
            schema.OfficeClosure(
                id="shut", office=str(rng.choice(["o1", "b0"])), start=days[1], end=days[2], to=str(rng.choice(["", "c0", "o0"]))
            ),
        )
        if maybe(0.4)
        else (),
        absence_waves=(schema.AbsenceWave(id="wave", place=str(rng.choice(places)), start=days[0], end=days[3], share=0.3),)
        if maybe(0.4)
        else (),
        pools=tuple(pools),
        back_offices=(
            schema.BackOffice(
                level="commune",
                place="*",
                minutes_per_day=float(rng.choice([0.0, 60.0, 600.0])),
                backlog=int(rng.choice([0, 7, 7])),
                backlog_overdue_share=0.4,
            ),
            schema.BackOffice(level="district", place="d0", minutes_per_day=120.0),
        )
        if maybe(0.6)
        else (),
        slots=(
            schema.Slots(office="point", field="*", slot_min=30, places=int(rng.integers(1, 3))),
            schema.Slots(office="b0", field="f1", slot_min=15, places=1),
        )
        if maybe(0.4)
        else (),
        volunteers=tuple(
            schema.Volunteer(office=office.id, start=days[0], end=days[2], count=int(rng.integers(1, 3)))
            for office in offices
            if rng.random() < 0.5
        ),
        office_changes=tuple(changes),
        origins=(schema.Origin(unit="u0", origin="u1", share=0.3),) if maybe() else (),
        assignments=tuple(
            schema.Assignment(phase="p1", officer=officer.id, office="b0") for officer in officers if rng.random() < 0.15
        ),
        rosters=_rosters(officers, maybe(0.4), maybe(0.4)),
        demand_changes=_demand_changes(rng, days) if maybe(0.4) else (),
    )


def from_the_first_day(number: int) -> Scenario:
    """A random scenario whose days are all measured."""
    scenario = random_scenario(number)
    measured = scenario.indicators.model_copy(update={"warmup_days": 0})
    results = scenario.results.model_copy(update={"lead_in_days": 0})
    return scenario.model_copy(update={"indicators": measured, "results": results})


def _demand_changes(rng: np.random.Generator, days: list[date]) -> tuple[schema.DemandChange, ...]:
    return tuple(
        schema.DemandChange(
            id=f"more{n}", field=field, place=str(rng.choice(["*", "d1", "u0"])), start=start, end=days[3], factor=factor
        )
        for n, (field, start, factor) in enumerate([("*", days[0], 2.0), ("f0", days[2], 0.5)])
    )


def _rosters(officers: list[schema.Officer], written: bool, mobile: bool) -> tuple[schema.Roster, ...]:
    """Counter hours of the first officer, and of the last at another office on some days."""
    first, last = officers[0].id, officers[-1].id
    own = [schema.Roster(phase="p1", officer=first, weekday=day, start=time(7, 30), end=time(12)) for day in range(1, 7)]
    away = [
        schema.Roster(phase="p1", officer=last, weekday=day, start=time(7, 30), end=time(11, 30), office="" if day % 2 else "o1")
        for day in range(1, 6)
    ]
    return (*(own if written else ()), *(away if mobile and first != last else ()))


def _pools(rng: np.random.Generator) -> list[schema.Pool]:
    return [
        schema.Pool(
            id=f"pool{n}",
            district=district,
            base=base,
            look_min=float(rng.choice([10.0, 15.0])),
            send_wait_min=float(rng.choice([2.0, 10.0])),
            return_wait_min=float(rng.choice([0.0, 1.0, 5.0])),
            stay_min=float(rng.choice([0.0, 20.0])),
        )
        for n, (district, base) in enumerate([("*", "c0"), ("d0", "b0")][: int(rng.integers(1, 3))])
    ]


def _system(rng: np.random.Generator, number: int) -> schema.System:
    return schema.System(
        id=f"s{number}",
        name_vi=f"Hệ thống {number}",
        name_en=f"System {number}",
        manual_pace=int(rng.choice([0, 0, BY_HAND])),
        failures_per_month=float(rng.choice([0.0, 0.0, 10.0])),
        failure_min=float(rng.choice([5.0, 60.0])),
        scope="province" if rng.random() < 0.5 else "office",
    )


def _outage(rng: np.random.Generator, number: int, days: list[date], places: list[str]) -> schema.Outage:
    hour, long = int(rng.integers(7, 17)), int(rng.integers(1, 4))
    return schema.Outage(
        id=f"out{number}",
        system=f"s{rng.integers(0, 3)}",
        place=str(rng.choice(places)),
        start=days[int(rng.integers(0, 3))],
        end=days[int(rng.integers(3, 5))],
        from_time=time(hour),
        to_time=time(min(hour + long, 23)),
        pace=int(rng.choice([0, 0, SLOW])),
    )


def _field(rng: np.random.Generator, number: int) -> schema.ProcedureField:
    return schema.ProcedureField(
        id=f"f{number}",
        name_vi=f"Lĩnh vực {number}",
        name_en=f"Field {number}",
        level=("commune", "district", "province")[number] if number < 3 else "commune",
        demand_per_1000_month=float(rng.uniform(5, 60)),
        online_self_share=0.1,
        online_assisted_share=float(rng.choice([0.0, 0.3])),
        postal_share=float(rng.choice([0.0, 0.1])),
        service_min=float(rng.integers(2, 15)),
        service_cv=float(rng.choice([0.0, 0.8])),
        digitize_min=float(rng.choice([0.0, 4.0])),
        same_day_share=float(rng.choice([0.0, 0.5, 1.0])),
        limit_days=int(rng.integers(0, 4)),
        missing_papers_share=float(rng.choice([0.0, 0.4])),
        patience_min=float(rng.choice([5.0, 30.0, 300.0])),
        balk_long_share=float(rng.choice([0.0, 0.4])),
        balk_very_long_share=0.5,
        return_share=float(rng.choice([0.0, 0.9])),
        arrival_profile=str(rng.choice(["day", "late"], p=[0.8, 0.2])),
        boundary_free_from=str(rng.choice(["", "p1"])),
        systems=" ".join(f"s{n}" for n in range(3) if rng.random() < 0.4),
        dossiers_per_visit=float(rng.choice([1.0, 1.5])),
        agents_share=float(rng.choice([0.0, 0.1])),
        agent_dossiers=6.0,
        appointment_share=float(rng.choice([0.0, 0.5])),
        lead_days=float(rng.choice([0.0, 1.5])),
        lead_cv=float(rng.choice([0.0, 0.5])),
        back_office_min=float(rng.choice([0.0, 20.0])),
        collect_share=float(rng.choice([0.0, 0.6])),
        result_post_share=0.2,
    )


def _office(rng: np.random.Generator, name: str, kind: str, unit: schema.Unit) -> schema.Office:
    return schema.Office(
        id=name,
        name=f"Một cửa {name}",
        kind=kind,  # type: ignore[arg-type]
        unit=unit.id,
        district=unit.district,
        lat=unit.lat,
        lon=unit.lon,
        counters=int(rng.integers(1, 5)),
        premises_limit=8,
        reserved_counters=int(rng.choice([0, 0, 1, 2])),
        scanners=int(rng.choice([0, 0, 1, 2])),
        minimum_crew=1,
    )


def _crew(
    rng: np.random.Generator,
    office: schema.Office,
    fields: list[schema.ProcedureField],
    units: list[schema.Unit],
    pools: list[schema.Pool],
) -> list[schema.Officer]:
    return [
        schema.Officer(
            id=f"{office.id}-{n}",
            name=f"Cán bộ {office.id} {n}",
            home=office.id,
            employer="commune",
            counter_share=float(rng.choice([0.5, 0.6, 1.0])),
            home_unit=str(rng.choice([unit.id for unit in units])),
            movable=True,
            absence_rate=float(rng.choice([0.0, 0.2])),
            cost_per_day=300.0 + 10 * n,
            shift=str(rng.choice(["full", "full", "morning", "afternoon"])),  # type: ignore[arg-type]
            pool=str(rng.choice([pool.id for pool in pools])) if pools and n > 0 and rng.random() < 0.4 else "",
            fields=" ".join(f"{field.id}:{rng.choice([1000, 2000])}" for field in fields if n == 0 or rng.random() < 0.6)
            or fields[0].id,
        )
        for n in range(int(rng.integers(1, 5)))
    ]
