"""The whole country as it stood on 1 May 2024, one scenario a province; offices, crews and places are SYNTHETIC.

Counted from the state register: 63 provinces, 705 district-level and 10,595 commune-level units with their kinds. The five
island districts without communes stand as one unit each, so there are 10,600. A province's people are those of the 2019
census, grown evenly to the national total of 2024. Everything else is made: units lie on a spiral around their district
and share its people by kind and by an invented spread, and officers follow the rules of the Binh Duong scenario.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from math import ceil, cos, exp, pi, radians, sin, sqrt
from statistics import NormalDist

from ..schema import (
    ANY,
    Closure,
    District,
    Office,
    OfficeKind,
    Officer,
    Phase,
    ProcedureField,
    Scenario,
    Source,
    Unit,
    UnitKind,
)
from . import dossiers, figures
from .back_office import back_offices
from .build_binh_duong import OFFERED, offers
from .grounds import BASES, vietnamese
from .raw_data import Row, read, travel
from .staff import COUNTER_SHARE, branch_skills, center_skills, officer, point_skills, staff_of_point

PREFIX = "country-"
PEOPLE_2024 = 101_343_800  # mean of the year, as reported by the statistics office
DISTRICT_AREA = {"quan": 0.08, "thanh_pho": 0.5, "thi_xa": 0.7, "huyen": 1.0}  # relative to a rural district
UNIT_PEOPLE: dict[UnitKind, float] = {"ward": 2.0, "town": 1.6, "commune": 1.0}  # relative to a commune
UNIT_AREA: dict[UnitKind, float] = {"ward": 0.35, "town": 0.6, "commune": 1.0}
PEOPLE_SPREAD = 0.45  # standard deviation of the logarithm
LEAST_PEOPLE = 100
NAMES: dict[UnitKind, str] = {"ward": "Phường", "town": "Thị trấn", "commune": "Xã"}
BRANCH_STAFF = ((60_000, 8), (120_000, 10), (250_000, 12), (500_000, 15))  # inhabitants below → officers; else twenty
BRANCH_STAFF_MOST, CENTER_STAFF_LEAST, PEOPLE_OF_CENTER_OFFICER = 20, 12, 110_000
POINT_SPARE, BRANCH_SPARE, PREMISES_SPARE = 1, 3, 2  # counters beyond the staff; counters that would still fit
MINIMUM_CREW: dict[OfficeKind, int] = {"point": 2, "branch": 6, "center": 12}
SEATS: dict[OfficeKind, int] = {"point": 20, "branch": 60, "center": 120}
KM_OF_DEGREE = 111.2
GOLDEN_ANGLE = pi * (3 - sqrt(5))
PHASE = Phase(
    id="y2024",
    name_vi="Năm 2024",
    name_en="The year 2024",
    start=date(2024, 1, 1),
    end=date(2024, 12, 31),
    moves_within="district",
    max_moves=60,
    stay_share=1.0,
    online_self_factor=1.0,
    online_assisted_factor=1.0,
    reuse_share=0.05,
)
CLOSURES = tuple(
    Closure(id=name, name_vi=name_vi, name_en=name_en, start=date(2024, *start), end=date(2024, *end))
    for name, name_vi, name_en, start, end in (
        ("new_year", "Tết Dương lịch", "New Year", (1, 1), (1, 1)),
        ("tet", "Tết Nguyên đán", "Lunar New Year", (2, 8), (2, 14)),
        ("kings", "Giỗ Tổ Hùng Vương", "Hung Kings' day", (4, 18), (4, 18)),
        ("victory", "30/4 và 1/5", "30 April and 1 May", (4, 29), (5, 1)),
        ("national_day", "Quốc khánh", "National Day", (9, 2), (9, 3)),
    )
)
NOTICE_VI = (
    "Kịch bản giả lập: số tỉnh, huyện, xã và dân số tỉnh theo số liệu công bố; vị trí, dân số từng xã, "
    "cơ quan và cán bộ đều là giả định."
)
NOTICE_EN = (
    "A synthetic scenario: numbers of districts and communes and the people of the province are published figures; "
    "places, people by commune, offices and officers are all made up."
)
REGISTER = "state register of administrative units, 1 May 2024; kinds and counts only (sources/COUNTRY.md)"
MADE = "made up by a fixed rule (scenarios/library/country.py)"


@dataclass(frozen=True, slots=True)
class Province:
    """A province of 2024."""

    code: str
    name: str
    people: int  #: in 2024
    area_km2: float
    lat: float
    lon: float


@cache
def provinces() -> tuple[Province, ...]:
    """The 63 provinces by code; people grown evenly from the census of 2019."""
    rows = read("country_provinces.csv")
    growth = PEOPLE_2024 / sum(int(row["people_2019"]) for row in rows)
    return tuple(
        Province(
            code=row["code"],
            name=row["name"],
            people=round(int(row["people_2019"]) * growth),
            area_km2=float(row["area_km2"]),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in rows
    )


def province_names() -> tuple[str, ...]:
    """Names by which the provinces are loaded: `country-01` to `country-96`."""
    return tuple(PREFIX + province.code for province in provinces())


def country_province(code: str, scale: float = 1.0) -> Scenario:
    """The scenario of a province; KeyError for an unknown code.

    scale : on demand, and on crews and counters with it.
    """
    province = {one.code: one for one in provinces()}[code]
    rows = [row for row in read("country_districts.csv") if row["province"] == code]
    fields = tuple(field.model_copy(update={"boundary_free_from": ""}) for field in figures.procedure_fields())
    homes = tuple(_units(province, rows))
    places = tuple(_offices(province, rows, homes, scale))
    scenario = Scenario.model_validate(
        {
            "schema_version": 1,
            "id": PREFIX + code,
            "name_vi": f"{province.name} 2024 (giả lập)",
            "name_en": f"{province.name} 2024 (synthetic)",
            "notice_vi": NOTICE_VI,
            "notice_en": NOTICE_EN,
            "demand": figures.DEMAND.model_copy(update={"scale": scale}),
            "queue": figures.QUEUE,
            "choice": figures.CHOICE,
            "learning": figures.LEARNING,
            "travel": travel(),
            "planning": figures.PLANNING,
            "indicators": figures.INDICATORS.model_copy(
                update={"reference_start": date(2024, 5, 13), "reference_end": date(2024, 6, 7)}
            ),
            "papers": dossiers.PAPERS,
            "results": dossiers.RESULTS,
            "booking": dossiers.BOOKING,
            "interruptions": dossiers.INTERRUPTIONS,
            "districts": tuple(District(id=row["code"], name=row["name"]) for row in rows),
            "hours": figures.HOURS,
            "arrival_profiles": figures.arrival_profiles(),
            "closures": CLOSURES,
            "systems": dossiers.SYSTEMS,
            "targets": figures.TARGETS,
            "units": homes,
            "offices": places,
            "fields": fields,
            "offers": offers(fields, OFFERED),
            "officers": tuple(_officers(places, homes, fields, scale)),
            "phases": (PHASE,),
        }
    )
    return scenario.model_copy(update={"back_offices": _back_offices(scenario, scale), "sources": _sources()})


def _units(province: Province, rows: Sequence[Row]) -> Iterator[Unit]:
    """Units on a spiral around their district's seat, the districts, cities first, on a spiral around the province's."""
    order = sorted(rows, key=lambda row: (list(DISTRICT_AREA).index(row["type"]), row["code"]))
    weights = [DISTRICT_AREA[row["type"]] for row in order]
    areas = [province.area_km2 * weight / sum(weights) for weight in weights]
    kinds = [_kinds(row) for row in order]
    people = [
        UNIT_PEOPLE[kind] * exp(PEOPLE_SPREAD * _normal(f"{row['code']}-{number:02d}"))
        for row, of_district in zip(order, kinds, strict=True)
        for number, kind in enumerate(of_district, start=1)
    ]
    each = province.people / sum(people)
    inhabitants = iter(people)
    inside = 0.0
    for rank, (row, area, of_district) in enumerate(zip(order, areas, kinds, strict=True)):
        lat, lon = _spiral(province.lat, province.lon, rank, sqrt((inside + area / 2) / pi))
        inside += area
        shares = [UNIT_AREA[kind] for kind in of_district]
        for number, kind in enumerate(of_district, start=1):
            radius = sqrt(area / pi * (number - 0.5) / len(of_district))
            unit_lat, unit_lon = _spiral(lat, lon, number, radius)
            yield Unit(
                id=f"{row['code']}-{number:02d}",
                name=f"{NAMES[kind]} {number} – {row['name']}",
                kind=kind,
                district=row["code"],
                population=max(LEAST_PEOPLE, round(each * next(inhabitants))),
                area_km2=round(area * shares[number - 1] / sum(shares), 3),
                lat=round(unit_lat, 5),
                lon=round(unit_lon, 5),
            )


def _kinds(row: Row) -> list[UnitKind]:
    """Kinds of a district's units: wards and towns first; an island district without communes is one commune."""
    counts: dict[UnitKind, int] = {"ward": int(row["wards"]), "town": int(row["towns"]), "commune": int(row["communes"])}
    return [kind for kind, count in counts.items() for _ in range(count)] or ["commune"]


def _spiral(lat: float, lon: float, rank: int, radius_km: float) -> tuple[float, float]:
    """A place so far from a middle, each rank a golden angle further (H. Vogel, Mathematical Biosciences 44, 1979)."""
    north, east = radius_km * sin(rank * GOLDEN_ANGLE), radius_km * cos(rank * GOLDEN_ANGLE)
    return lat + north / KM_OF_DEGREE, lon + east / (KM_OF_DEGREE * cos(radians(lat)))


def _normal(name: str) -> float:
    """A standard normal number that belongs to a name."""
    word = int.from_bytes(sha256(name.encode()).digest()[:6], "big")
    return NormalDist().inv_cdf((word + 0.5) / 2**48)


def _offices(province: Province, rows: Sequence[Row], homes: Sequence[Unit], scale: float) -> Iterator[Office]:
    """A point in each unit, a branch in the first unit of each district, the center in the first unit of the first."""
    first: dict[str, Unit] = {}
    for unit in homes:
        first.setdefault(unit.district, unit)
    people = dict.fromkeys(first, 0)
    for unit in homes:
        people[unit.district] += unit.population
    yield _office("P", "center", f"Trung tâm {province.name}", homes[0], _center_staff(homes, scale), 0)
    for row in rows:
        staff = _branch_staff(people[row["code"]], scale)
        yield _office(f"D{row['code']}", "branch", f"Chi nhánh {row['name']}", first[row["code"]], staff, BRANCH_SPARE)
    for unit in homes:
        yield _office(f"C{unit.id}", "point", f"Một cửa {unit.name}", unit, _point_staff(unit.population, scale), POINT_SPARE)


def _office(name: str, kind: OfficeKind, title: str, unit: Unit, staff: int, spare: int) -> Office:
    return Office(
        id=name,
        name=title,
        kind=kind,
        unit=unit.id,
        district=unit.district,
        lat=unit.lat,
        lon=unit.lon,
        counters=staff + spare,
        premises_limit=staff + spare + PREMISES_SPARE,
        seats=SEATS[kind],
        minimum_crew=min(staff, MINIMUM_CREW[kind]),
    )


def _officers(
    places: Sequence[Office], homes: Sequence[Unit], fields: Sequence[ProcedureField], scale: float
) -> Iterator[Officer]:
    """The crews, who live in the unit of their office."""
    spare = {"center": 0, "branch": BRANCH_SPARE, "point": POINT_SPARE}
    met = 0
    for office in sorted(places, key=lambda office: office.id):
        for number in range(office.counters - spare[office.kind]):
            skills = {
                "point": point_skills(met, fields),
                "branch": branch_skills(number),
                "center": center_skills(number, fields),
            }[office.kind]
            met += office.kind == "point"
            yield officer(office, number + 1, office.unit, skills, COUNTER_SHARE[office.kind])


def _point_staff(people: int, scale: float) -> int:
    return ceil(scale * staff_of_point(people))


def _branch_staff(people: int, scale: float) -> int:
    return ceil(scale * next((staff for below, staff in BRANCH_STAFF if people < below), BRANCH_STAFF_MOST))


def _center_staff(homes: Sequence[Unit], scale: float) -> int:
    people = sum(unit.population for unit in homes)
    return ceil(scale * max(CENTER_STAFF_LEAST, round(people / PEOPLE_OF_CENTER_OFFICER)))


def _back_offices(scenario: Scenario, scale: float) -> tuple[object, ...]:
    """As in Binh Duong, in proportion to demand."""
    return tuple(
        row.model_copy(update={"minutes_per_day": float(ceil(scale * row.minutes_per_day))}) for row in back_offices(scenario)
    )


def _sources() -> tuple[Source, ...]:
    lines = (
        ("units", "kind district", "D", REGISTER),
        ("units", "population", "D", f"people of the province (census 2019, grown to 2024) shared out: {MADE}"),
        ("units", "area_km2 lat lon demand_factor", "A", MADE),
        ("offices", "lat lon counters premises_limit seats minimum_crew", "A", MADE),
        ("officers", "counter_share home_unit absence_rate fields cost_per_day", "A", "as in binh-duong; synthetic"),
        ("fields", "demand_per_1000_month service_min", "A", "as in binh-duong (its sources.csv)"),
    )
    return tuple(
        Source(table=table, column=column, rows=ANY, basis=BASES[mark], source=text, source_vi=vietnamese()[text])
        for table, columns, mark, text in lines
        for column in columns.split()
    )
