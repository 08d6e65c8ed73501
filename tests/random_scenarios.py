"""Small random scenarios with every feature of the citizen's day, for comparing engines."""

from datetime import date, time

import numpy as np

from scenarios import schema
from scenarios.schema import Scenario

MONDAY = date(2025, 3, 3)


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
    officers = [officer for office in offices for officer in _crew(rng, office, fields, units)]
    changes = [schema.OfficeChange(phase="p1", office="o0", into="b0")] if maybe(0.3) else []
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
                end=date(2025, 3, 7),
                moves_within="province",
                max_moves=3,
                stay_share=float(rng.choice([0.0, 0.5])),
                online_self_factor=1.0,
                online_assisted_factor=1.0,
                reuse_share=float(rng.choice([0.0, 0.4])),
                merged_counters_cap=0,
            ),
        ),
        office_changes=tuple(changes),
        origins=(schema.Origin(unit="u0", origin="u1", share=0.3),) if maybe() else (),
        assignments=tuple(
            schema.Assignment(phase="p1", officer=officer.id, office="b0") for officer in officers if rng.random() < 0.15
        ),
        rosters=tuple(
            schema.Roster(phase="p1", officer=officers[0].id, weekday=day, start=time(7, 30), end=time(12)) for day in range(1, 7)
        )
        if maybe(0.3)
        else (),
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
        postal_share=0.0,
        service_min=float(rng.integers(2, 15)),
        service_cv=float(rng.choice([0.0, 0.8])),
        digitize_min=float(rng.choice([0.0, 4.0])),
        same_day_share=1.0,
        limit_days=1,
        missing_papers_share=0.0,
        patience_min=float(rng.choice([5.0, 30.0, 300.0])),
        balk_long_share=float(rng.choice([0.0, 0.4])),
        balk_very_long_share=0.5,
        return_share=float(rng.choice([0.0, 0.9])),
        arrival_profile=str(rng.choice(["day", "late"], p=[0.8, 0.2])),
        boundary_free_from=str(rng.choice(["", "p1"])),
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
        minimum_crew=1,
    )


def _crew(
    rng: np.random.Generator, office: schema.Office, fields: list[schema.ProcedureField], units: list[schema.Unit]
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
            fields=" ".join(f"{field.id}:{rng.choice([1000, 2000])}" for field in fields if n == 0 or rng.random() < 0.6)
            or fields[0].id,
        )
        for n in range(int(rng.integers(1, 5)))
    ]
