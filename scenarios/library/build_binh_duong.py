"""Build the bundled scenarios of Binh Duong from the data in `sources/` and the figures in `figures` and `staff`.

    python -m scenarios.library.build_binh_duong [FOLDER]

writes `binh-duong` and `binh-duong-2025-actual` into FOLDER (this folder when none is given), the same bytes each
time. `grounds` says of every figure whether it is sourced, derived or assumed.
"""

import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from ..phases import phase_view
from ..schema import Level, Offer, Office, OfficeChange, OfficeKind, ProcedureField, Scenario, Unit, Volunteer
from ..write import write_scenario, write_table
from . import dossiers, figures
from .back_office import back_offices
from .grounds import sources
from .groupings import groupings
from .overrides import variants
from .raw_data import SOURCES, Row, districts, read, travel, unit_map, units, units_2025
from .staff import CENTER_STAFF, officers, officers_2025, staff_of_office

HERE = Path(__file__).parent

OFFICE_KINDS: dict[str, OfficeKind] = {"province": "center", "district": "branch", "commune": "point"}
OFFERED: dict[OfficeKind, tuple[Level, ...]] = {"point": ("commune",), "branch": ("district",), "center": ("province",)}
OFFERED_2025: dict[OfficeKind, tuple[Level, ...]] = {"point": ("commune", "district"), "center": ("province",)}
POINT_SPARE, POINT_COUNTERS_MOST, BRANCH_SPARE = 1, 8, 3  # counters beyond the staff
PREMISES_SPARE: dict[OfficeKind, int] = {"point": 2, "branch": 4, "center": 4}  # counters that would still fit
MINIMUM_CREW: dict[OfficeKind, int] = {"point": 2, "branch": 6, "center": 12}
SEATS: dict[OfficeKind, int] = {"point": 20, "branch": 60, "center": 120}
COUNTERS_2025 = (9, 14)  # of the smallest and the largest unit
COUNTERS_2025_KNOWN = {"25760": 9}  # Bình Dương ward
SEATS_2025, MINIMUM_CREW_2025 = 30, 6
CENTER_UNIT = "25760"
RESERVED_COUNTERS = {"D720": 1}  # Dầu Tiếng
MOVE_DAYS = 1  # of the officers of a merged office
VOLUNTEER_DAYS = 30  # after the first day of a phase
VOLUNTEERS: dict[OfficeKind, int] = {"point": 1, "branch": 2, "center": 2}
NOTICE_VI = (
    "Cán bộ trong kịch bản này là giả lập: số người theo mức tối thiểu và bình quân đã công bố, "
    "tên, nơi ở và kỹ năng là giả định."
)
NOTICE_EN = (
    "The officers of this scenario are synthetic: their numbers follow published minima and means; "
    "names, homes and skills are assumed."
)


def binh_duong() -> Scenario:
    """The network of September 2024 in its three phases."""
    homes, fields = units(), figures.procedure_fields()
    people = {unit.id: unit.population for unit in homes}
    places = tuple(_office(row, people[row["unit_code"]]) for row in read("service_points.csv"))
    return _scenario(
        "binh-duong",
        "Bình Dương: trung tâm, 9 chi nhánh, 91 điểm, ba giai đoạn 2024–2025",
        "Binh Duong: a center, 9 branches, 91 points, three phases 2024–2025",
        units=homes,
        offices=places,
        fields=fields,
        offers=offers(fields, OFFERED),
        officers=tuple(officers(places, homes, fields)),
        phases=figures.PHASES,
        office_changes=office_changes(people),
        demand_changes=figures.DEMAND_CHANGES,
    )


def binh_duong_2025() -> Scenario:
    """The 36 units that came in July 2025 in place of the third phase, each with one office of its own."""
    homes = units_2025()
    names = {"id": "p1", "name_vi": "Từ tháng 7/2025", "name_en": "From July 2025"}
    phase = figures.PHASES[-1].model_copy(update={**names, "merged_counters_cap": 0})
    fields = tuple(field.model_copy(update={"boundary_free_from": phase.id}) for field in figures.procedure_fields())
    center = next(row for row in read("service_points.csv") if row["level"] == "province")
    places = (_office({**center, "unit_code": CENTER_UNIT}, 0), *(_office_2025(unit, homes) for unit in homes))
    return _scenario(
        "binh-duong-2025-actual",
        "Bình Dương: 36 đơn vị từ tháng 7/2025",
        "Binh Duong: the 36 units from July 2025",
        units=homes,
        offices=places,
        fields=fields,
        offers=offers(fields, OFFERED_2025),
        officers=tuple(officers_2025(places, homes, fields)),
        phases=(phase,),
        office_changes=(),
        demand_changes=tuple(change for change in figures.DEMAND_CHANGES if change.end >= phase.start),
    )


def _office(row: Row, people: int) -> Office:
    """The center, a branch or a point; counters follow the staff."""
    kind = OFFICE_KINDS[row["level"]]
    staff = staff_of_office(kind, row["district_code"], people)
    at_point = min(staff + POINT_SPARE, POINT_COUNTERS_MOST)
    counters = {"point": at_point, "branch": staff + BRANCH_SPARE, "center": CENTER_STAFF}[kind]
    return Office(
        id=row["id"],
        name=row["name"],
        kind=kind,
        unit=row["unit_code"],
        district=row["district_code"],
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        counters=counters,
        premises_limit=counters + PREMISES_SPARE[kind],
        reserved_counters=RESERVED_COUNTERS.get(row["id"], 0),
        seats=SEATS[kind],
        minimum_crew=MINIMUM_CREW[kind],
    )


def _office_2025(unit: Unit, homes: Sequence[Unit]) -> Office:
    """The office of a unit of 2025, with 9 to 14 counters by people."""
    people = [home.population for home in homes]
    least, most = COUNTERS_2025
    by_people = least + round((most - least) * (unit.population - min(people)) / (max(people) - min(people)))
    counters = COUNTERS_2025_KNOWN.get(unit.id, by_people)
    return Office(
        id=f"T{unit.id}",
        name=f"Trung tâm phục vụ hành chính công {'phường' if unit.kind == 'ward' else 'xã'} {unit.name}",
        kind="point",
        unit=unit.id,
        district=unit.district,
        lat=unit.lat,
        lon=unit.lon,
        counters=counters,
        premises_limit=counters + PREMISES_SPARE["point"],
        seats=SEATS_2025,
        minimum_crew=MINIMUM_CREW_2025,
    )


def offers(fields: Sequence[ProcedureField], levels: dict[OfficeKind, tuple[Level, ...]]) -> tuple[Offer, ...]:
    """What each kind of office takes, in every phase."""
    return tuple(
        Offer(phase="*", office=kind, field=field.id)
        for kind, taken in levels.items()
        for field in fields
        if field.level in taken
    )


def office_changes(people: dict[str, int]) -> tuple[OfficeChange, ...]:
    """Phase 2: central points join their branch. Phase 3: the draft groups of March 2025 join one host.

    A group that holds a type-1 branch joins it; otherwise the member with most people is host.
    """
    rows = read("units.csv")
    central = {row["code"]: row["district_code"] for row in rows if row["is_central"] == "1"}
    changes = [
        OfficeChange(phase="p2", office=f"C{unit}", into=f"D{district}", move_days=MOVE_DAYS)
        for unit, district in central.items()
    ]
    groups: dict[str, list[str]] = {}
    for row in rows:
        if row["draft_2025_03_group"]:
            groups.setdefault(row["draft_2025_03_group"], []).append(row["code"])
    for members in groups.values():
        branch = [f"D{central[unit]}" for unit in members if unit in central]
        host = branch[0] if branch else f"C{max(members, key=lambda unit: (people[unit], unit))}"
        joined = [unit for unit in members if unit not in central and f"C{unit}" != host]
        changes += [OfficeChange(phase="p3", office=f"C{unit}", into=host, move_days=MOVE_DAYS) for unit in joined]
    return tuple(sorted(changes, key=lambda change: (change.phase, change.into, change.office)))


def volunteers(scenario: Scenario) -> tuple[Volunteer, ...]:
    """One or two at every office in the first month of each phase."""
    found = [
        Volunteer(
            office=office.id,
            start=phase.start,
            end=phase.start + timedelta(days=VOLUNTEER_DAYS),
            count=VOLUNTEERS[office.kind],
        )
        for phase in scenario.phases
        for office in phase_view(scenario, phase.id).offices.values()
    ]
    return tuple(sorted(found, key=lambda row: (row.office, row.start)))


def _scenario(name: str, name_vi: str, name_en: str, **tables: object) -> Scenario:
    """Add what both scenarios share."""
    shared = {
        "demand": figures.DEMAND,
        "queue": figures.QUEUE,
        "choice": figures.CHOICE,
        "learning": figures.LEARNING,
        "travel": travel(),
        "planning": figures.PLANNING,
        "indicators": figures.INDICATORS,
        "papers": dossiers.PAPERS,
        "results": dossiers.RESULTS,
        "booking": dossiers.BOOKING,
        "interruptions": dossiers.INTERRUPTIONS,
        "districts": districts(),
        "hours": figures.HOURS,
        "arrival_profiles": figures.arrival_profiles(),
        "closures": figures.CLOSURES,
        "systems": dossiers.SYSTEMS,
        "targets": figures.TARGETS,
    }
    names = {"id": name, "name_vi": name_vi, "name_en": name_en, "notice_vi": NOTICE_VI, "notice_en": NOTICE_EN}
    scenario = Scenario.model_validate({"schema_version": 1, **names, **shared, **tables})
    scenario = scenario.model_copy(update={"volunteers": volunteers(scenario), "back_offices": back_offices(scenario)})
    return scenario.model_copy(update={"sources": sources(scenario)})


def build(folder: Path) -> None:
    """Write both scenarios, replacing those in the folder."""
    _write(binh_duong(), "boundaries.geojson", folder)
    _write(binh_duong_2025(), "boundaries_2025.geojson", folder)


def _write(scenario: Scenario, borders: str, folder: Path) -> None:
    target = folder / scenario.id
    if target.exists():
        shutil.rmtree(target)
    write_scenario(scenario, target)
    (target / "map.geojson").write_text(unit_map(borders), encoding="utf-8", newline="\n")
    if scenario.id != "binh-duong":
        return
    (target / "validation").mkdir()
    (target / "validation" / "published.csv").write_bytes((SOURCES / "published.csv").read_bytes())
    (target / "groupings").mkdir()
    for name, rows in groupings(scenario).items():
        write_table(OfficeChange, rows, target / "groupings" / f"{name}.csv")
    (target / "variants").mkdir()
    for name, text in variants(scenario).items():
        (target / "variants" / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
