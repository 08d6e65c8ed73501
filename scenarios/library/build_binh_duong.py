"""Build the bundled scenarios of Binh Duong from the data in `sources/` and the figures in `figures`.

    python -m scenarios.library.build_binh_duong [FOLDER]

writes `binh-duong` and `binh-duong-2025-actual` into FOLDER (this folder when none is given), the same bytes each
time. Officers are synthetic: their numbers follow published minima and means, nobody of flesh and blood is meant.
"""

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ..phases import phase_view, straight_km
from ..schema import (
    Basis,
    DemandChange,
    District,
    Level,
    Offer,
    Office,
    OfficeChange,
    Officer,
    OfficeKind,
    Phase,
    ProcedureField,
    Scenario,
    Source,
    Unit,
    UnitKind,
    Volunteer,
)
from ..write import write_scenario
from . import figures
from .provenance import SOURCES

HERE = Path(__file__).parent
Row = dict[str, str]

UNIT_KINDS: dict[str, UnitKind] = {"phuong": "ward", "xa": "commune", "thi_tran": "town"}
OFFICE_KINDS: dict[str, OfficeKind] = {"province": "center", "district": "branch", "commune": "point"}
OFFERED: dict[OfficeKind, Level] = {"point": "commune", "branch": "district", "center": "province"}
POINT_STAFF = ((12_000, 3), (30_000, 4), (60_000, 5), (100_000, 6))  # inhabitants below → officers; else seven
POINT_STAFF_MOST = 7
BRANCH_STAFF = {"718": 15, "721": 14, "723": 15, "724": 15, "725": 15}  # by district; else twelve
BRANCH_STAFF_LEAST = 12
CENTER_STAFF = 24
POSTAL_STAFF = 2
MINIMUM_CREW: dict[OfficeKind, int] = {"point": 2, "branch": 6, "center": 12}
COUNTER_SHARE: dict[OfficeKind, float] = {"point": 0.60, "branch": 0.85, "center": 0.85}
SECOND_FIELD_PACE = 1150
COST_PER_DAY = 320.0  # thousand dong: base salary 2.34 million × coefficient 3.0 ÷ 22 days
SEATS: dict[OfficeKind, int] = {"point": 20, "branch": 60, "center": 120}
NOTICE_VI = (
    "Cán bộ trong kịch bản này là giả lập: số người theo mức tối thiểu và bình quân đã công bố, "
    "tên, nơi ở và kỹ năng là giả định."
)
NOTICE_EN = (
    "The officers of this scenario are synthetic: their numbers follow published minima and means; "
    "names, homes and skills are assumed."
)


def read(name: str) -> list[Row]:
    """Rows of a data file."""
    with (HERE / "sources" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def staff_of_point(people: int) -> int:
    """Officers of a commune point by inhabitants."""
    return next((staff for below, staff in POINT_STAFF if people < below), POINT_STAFF_MOST)


def units() -> tuple[Unit, ...]:
    """The 91 units of September 2024."""
    return tuple(
        Unit(
            id=row["code"],
            name=row["name"],
            kind=UNIT_KINDS[row["type"]],
            district=row["district_code"],
            population=int(row["pop_2024_est"]),
            area_km2=float(row["area_km2"]),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in read("units.csv")
    )


def offices(people: dict[str, int]) -> tuple[Office, ...]:
    """The center, nine branches and 91 points; counters follow the staff."""
    return tuple(_office(row, people[row["unit_code"]]) for row in read("service_points.csv"))


def _office(row: Row, people: int) -> Office:
    kind = OFFICE_KINDS[row["level"]]
    staff = staff_of_office(kind, row["district_code"], people)
    counters = {"point": min(staff + 1, 8), "branch": staff + 3, "center": CENTER_STAFF}[kind]
    return Office(
        id=row["id"],
        name=row["name"],
        kind=kind,
        unit=row["unit_code"],
        district=row["district_code"],
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        counters=counters,
        premises_limit=counters + (2 if kind == "point" else 4),
        seats=SEATS[kind],
        minimum_crew=MINIMUM_CREW[kind],
    )


def staff_of_office(kind: OfficeKind, district: str, people: int) -> int:
    """Officers of an office of the province, a district or a commune."""
    if kind == "center":
        return CENTER_STAFF
    return BRANCH_STAFF.get(district, BRANCH_STAFF_LEAST) if kind == "branch" else staff_of_point(people)


def officers(places: tuple[Office, ...], homes: tuple[Unit, ...], fields: tuple[ProcedureField, ...]) -> Iterator[Officer]:
    """The crews of all offices, then the postal staff of the branches from phase 2."""
    people = {unit.id: unit.population for unit in homes}
    met = 0  # point officers so far: the pattern of own fields runs through the province
    for office in sorted(places, key=lambda office: office.id):
        living = home_units(office, homes)
        for number in range(staff_of_office(office.kind, office.district, people[office.unit])):
            skills = {
                "point": point_skills(met, fields),
                "branch": branch_skills(number),
                "center": center_skills(number, fields),
            }[office.kind]
            met += office.kind == "point"
            yield officer(office, number + 1, living[number % len(living)], skills)
        if office.kind == "branch":
            for number in range(POSTAL_STAFF):
                yield postal_officer(office, number + 1)


def officer(office: Office, number: int, home_unit: str, skills: str) -> Officer:
    """One synthetic officer; the first of an office is its head and stays."""
    return Officer(
        id=f"{office.id}-{number:02d}",
        name=f"Cán bộ {number} – {office.name}",
        home=office.id,
        employer={"point": "commune", "branch": "district", "center": "province"}[office.kind],  # type: ignore[arg-type]
        grade="chuyên viên",
        counter_share=COUNTER_SHARE[office.kind],
        home_unit=home_unit,
        movable=number > 1,
        cost_per_day=COST_PER_DAY,
        fields=skills,
    )


def postal_officer(office: Office, number: int) -> Officer:
    """Postal staff receive dossiers at a branch from phase 2."""
    return Officer(
        id=f"{office.id}-B{number}",
        name=f"Nhân viên bưu điện {number} – {office.name}",
        home=office.id,
        employer="post",
        grade="nhân viên bưu điện",
        counter_share=COUNTER_SHARE["branch"],
        home_unit=office.unit,
        movable=True,
        first_phase="p2",
        cost_per_day=COST_PER_DAY,
        fields=f"household_business district_certification certification:{SECOND_FIELD_PACE}",
    )


def home_units(office: Office, homes: tuple[Unit, ...]) -> list[str]:
    """Where the officers of an office live, in turn.

    Points: two of three in the unit, one in the nearest other unit. Branches and center: the units nearest by road.
    """
    near = sorted(homes, key=lambda unit: (straight_km(unit.lat, unit.lon, office.lat, office.lon), unit.id))
    if office.kind == "point":
        other = next(unit.id for unit in near if unit.id != office.unit and unit.district == office.district)
        return [office.unit, office.unit, other]
    if office.kind == "branch":
        return [unit.id for unit in near if unit.district == office.district][:6]
    return [unit.id for unit in near][:12]


def point_skills(met: int, fields: tuple[ProcedureField, ...]) -> str:
    """Every commune field; certification and, by the pattern, none, one or two others at own pace.

    Of twenty officers three hold three fields of their own, twelve two, five one.
    """
    names = [field.id for field in fields if field.level == "commune" and field.id != "certification"]
    own = (0, 1, 1, 0, 1, 2, 1, 1, 0, 1, 1, 2, 1, 0, 1, 1, 2, 1, 0, 1)[met % 20]
    mine = {names[(met + step) % len(names)] for step in range(own)}
    return " ".join(["certification", *(name if name in mine else f"{name}:{SECOND_FIELD_PACE}" for name in names)])


def branch_skills(number: int) -> str:
    """Two fields of the district in proportion to the work, district certification, and commune certification slower.

    Land registration is two thirds of a branch's work, so three of four officers hold it.
    """
    others = ("household_business", "construction", "district_labor", "district_other")
    if number % 4 == 3:
        pair = (others[number // 4 * 2 % 4], others[(number // 4 * 2 + 1) % 4])
    else:
        pair = ("land_registration", others[(number - number // 4) % 4])
    return " ".join([*pair, "district_certification", f"certification:{SECOND_FIELD_PACE}"])


def center_skills(number: int, fields: tuple[ProcedureField, ...]) -> str:
    """Three of the seven provincial fields."""
    names = [field.id for field in fields if field.level == "province"]
    return " ".join(names[(number + step) % len(names)] for step in (0, 2, 3))


def office_changes(places: tuple[Unit, ...]) -> tuple[OfficeChange, ...]:
    """Phase 2: central points join their branch. Phase 3: the draft groups of March 2025 join one host.

    A group that holds a type-1 branch joins it; otherwise the member with most people is host.
    """
    rows = read("units.csv")
    central = {row["code"]: row["district_code"] for row in rows if row["is_central"] == "1"}
    changes = [OfficeChange(phase="p2", office=f"C{unit}", into=f"D{district}") for unit, district in central.items()]
    people = {unit.id: unit.population for unit in places}
    groups: dict[str, list[str]] = {}
    for row in rows:
        if row["draft_2025_03_group"]:
            groups.setdefault(row["draft_2025_03_group"], []).append(row["code"])
    for members in groups.values():
        branch = [f"D{central[unit]}" for unit in members if unit in central]
        host = branch[0] if branch else f"C{max(members, key=lambda unit: (people[unit], unit))}"
        changes += [
            OfficeChange(phase="p3", office=f"C{unit}", into=host)
            for unit in members
            if unit not in central and f"C{unit}" != host
        ]
    return tuple(sorted(changes, key=lambda change: (change.phase, change.into, change.office)))


def demand_changes() -> tuple[DemandChange, ...]:
    """Tet and the end of driving licences; rows multiply, so certification carries what it has beyond the rest."""
    before, first, after = (
        (date(2025, 1, 20), date(2025, 1, 24)),
        (date(2025, 2, 3), date(2025, 2, 4)),
        (date(2025, 2, 5), date(2025, 2, 25)),
    )
    rows = (
        ("tet-before", "*", *before, 0.75),
        ("tet-before-certification", "certification", *before, 0.80),
        ("tet-first-days", "*", *first, 0.80),
        ("tet-after", "*", *after, 1.25),
        ("tet-after-certification", "certification", *after, 1.12),
        ("licences-to-police", "driving_licence", date(2025, 3, 1), date(2025, 12, 31), 0.0),
    )
    return tuple(DemandChange(id=row[0], field=row[1], place="*", start=row[2], end=row[3], factor=row[4]) for row in rows)


def volunteers(scenario: Scenario) -> tuple[Volunteer, ...]:
    """One or two at every office in the first month of each phase."""
    found = []
    for phase in scenario.phases:
        for office in phase_view(scenario, phase.id).offices.values():
            end = phase.start + timedelta(days=30)
            count = 1 if office.kind == "point" else 2
            found.append(Volunteer(office=office.id, start=phase.start, end=end, count=count))
    return tuple(sorted(found, key=lambda row: (row.office, row.start)))


def sources(scenario: Scenario) -> tuple[Source, ...]:
    """The basis of each figure, for the tables and settings that the scenario has."""
    kinds: dict[str, Basis] = {"S": "sourced", "D": "derived", "A": "assumed"}
    return tuple(
        Source(table=table, column=column, rows=rows, basis=kinds[mark], source=text)
        for table, column, rows, mark, text in SOURCES
        if getattr(scenario, table)
    )


def offers(fields: tuple[ProcedureField, ...], levels: dict[OfficeKind, tuple[Level, ...]]) -> tuple[Offer, ...]:
    """What each kind of office takes, in every phase."""
    return tuple(
        Offer(phase="*", office=kind, field=field.id)
        for kind, taken in levels.items()
        for field in fields
        if field.level in taken
    )


def binh_duong() -> Scenario:
    """The network of September 2024 in its three phases."""
    homes, fields = units(), figures.procedure_fields()
    places = offices({unit.id: unit.population for unit in homes})
    scenario = _scenario(
        "binh-duong",
        "Bình Dương: trung tâm, 9 chi nhánh, 91 điểm, ba giai đoạn 2024–2025",
        "Binh Duong: a center, 9 branches, 91 points, three phases 2024–2025",
        homes,
        places,
        tuple(officers(places, homes, fields)),
        figures.PHASES,
        office_changes(homes),
    )
    scenario = scenario.model_copy(update={"offers": offers(fields, {kind: (level,) for kind, level in OFFERED.items()})})
    scenario = scenario.model_copy(update={"volunteers": volunteers(scenario)})
    return scenario.model_copy(update={"sources": sources(scenario)})


def actual_2025() -> Scenario:
    """The 36 units that came in July 2025 in place of the third phase, each with one center of its own."""
    old = {unit.id: unit for unit in units()}
    rows = read("units_2025.csv")
    homes = tuple(
        Unit(
            id=row["code"],
            name=row["name"],
            kind=UNIT_KINDS[row["type"]],
            district=old[row["seat_unit_code"]].district,
            population=int(row["population_2024"]),
            area_km2=float(row["area_km2"]),
            lat=old[row["seat_unit_code"]].lat,
            lon=old[row["seat_unit_code"]].lon,
        )
        for row in rows
    )
    center = next(office for office in offices({unit.id: unit.population for unit in old.values()}) if office.kind == "center")
    places = (center.model_copy(update={"unit": "25760"}), *(_actual_office(unit, homes) for unit in homes))
    fields = figures.procedure_fields()
    phase = figures.PHASES[2].model_copy(
        update={"id": "p1", "name_vi": "Từ tháng 7/2025", "name_en": "From July 2025", "merged_counters_cap": 0}
    )
    fields = tuple(field.model_copy(update={"boundary_free_from": "p1"}) for field in fields)
    scenario = _scenario(
        "binh-duong-2025-actual",
        "Bình Dương: 36 đơn vị từ tháng 7/2025",
        "Binh Duong: the 36 units from July 2025",
        homes,
        places,
        tuple(_actual_officers(places, homes, fields)),
        (phase,),
        (),
    )
    taken: dict[OfficeKind, tuple[Level, ...]] = {"point": ("commune", "district"), "center": ("province",)}
    changes = tuple(change for change in scenario.demand_changes if change.end >= phase.start)
    scenario = scenario.model_copy(update={"fields": fields, "offers": offers(fields, taken), "demand_changes": changes})
    return scenario.model_copy(update={"sources": sources(scenario)})


def _actual_office(unit: Unit, homes: tuple[Unit, ...]) -> Office:
    """A commune-level center with 9 to 14 counters by people."""
    people = [home.population for home in homes]
    counters = 9 + round(5 * (unit.population - min(people)) / (max(people) - min(people)))
    return Office(
        id=f"T{unit.id}",
        name=f"Trung tâm phục vụ hành chính công {'phường' if unit.kind == 'ward' else 'xã'} {unit.name}",
        kind="point",
        unit=unit.id,
        district=unit.district,
        lat=unit.lat,
        lon=unit.lon,
        counters=counters,
        premises_limit=counters + 2,
        seats=30,
        minimum_crew=6,
    )


def _actual_officers(
    places: tuple[Office, ...], homes: tuple[Unit, ...], fields: tuple[ProcedureField, ...]
) -> Iterator[Officer]:
    """As many people as before, by inhabitants, at least eight; three of four from the points, one from the branches."""
    people = {unit.id: unit.population for unit in homes}
    before = sum(staff_of_point(unit.population) for unit in units()) + sum(
        BRANCH_STAFF.get(row["code"], BRANCH_STAFF_LEAST) for row in read("districts.csv")
    )
    district = [field.id for field in fields if field.level == "district"]
    met = 0
    for office in sorted(places, key=lambda office: office.id):
        if office.kind == "center":
            for number in range(CENTER_STAFF):
                yield officer(office, number + 1, office.unit, center_skills(number, fields))
            continue
        for number in range(max(8, round(before * people[office.unit] / sum(people.values())))):
            if number % 4 == 3:
                slow = f"certification:{SECOND_FIELD_PACE}"
                skills = " ".join([*district, slow])
            else:
                skills = point_skills(met, fields)
                met += 1
            yield officer(office, number + 1, office.unit, skills)


def _scenario(
    name: str,
    name_vi: str,
    name_en: str,
    homes: tuple[Unit, ...],
    places: tuple[Office, ...],
    crew: tuple[Officer, ...],
    phases: tuple[Phase, ...],
    changes: tuple[OfficeChange, ...],
) -> Scenario:
    return Scenario(
        schema_version=1,
        id=name,
        name_vi=name_vi,
        name_en=name_en,
        notice_vi=NOTICE_VI,
        notice_en=NOTICE_EN,
        demand=figures.DEMAND,
        queue=figures.QUEUE,
        choice=figures.CHOICE,
        learning=figures.LEARNING,
        travel=figures.TRAVEL,
        planning=figures.PLANNING,
        indicators=figures.INDICATORS,
        districts=tuple(District(id=row["code"], name=row["name"]) for row in read("districts.csv")),
        units=homes,
        offices=places,
        hours=figures.HOURS,
        fields=figures.procedure_fields(),
        arrival_profiles=figures.arrival_profiles(),
        offers=(),
        officers=crew,
        phases=phases,
        office_changes=changes,
        closures=figures.CLOSURES,
        demand_changes=demand_changes(),
        targets=figures.TARGETS,
    )


def write_map(source: str, target: Path) -> None:
    """Copy the borders with the unit's id as the only property, one feature a line."""
    data = json.loads((HERE / "sources" / source).read_text(encoding="utf-8"))
    lines = [
        json.dumps(
            {"type": "Feature", "properties": {"id": feature["properties"]["code"]}, "geometry": feature["geometry"]},
            separators=(",", ":"),
        )
        for feature in data["features"]
    ]
    target.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def build(folder: Path) -> None:
    """Write both scenarios, replacing those in the folder."""
    for scenario, borders in ((binh_duong(), "boundaries.geojson"), (actual_2025(), "boundaries_2025.geojson")):
        target = folder / scenario.id
        if target.exists():
            shutil.rmtree(target)
        write_scenario(scenario, target)
        write_map(borders, target / "map.geojson")
        variants = HERE / "variants" / scenario.id
        if variants.exists():
            shutil.copytree(variants, target / "variants")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
