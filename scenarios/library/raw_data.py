"""The data files of Binh Duong in `sources/`, read into rows of the schema; where they come from stands in SOURCES.md."""

import csv
import json
from pathlib import Path

from ..schema import District, Travel, Unit, UnitKind

SOURCES = Path(__file__).parent / "sources"
Row = dict[str, str]

UNIT_KINDS: dict[str, UnitKind] = {"phuong": "ward", "xa": "commune", "thi_tran": "town"}
DENSE_PEOPLE_PER_KM2 = 4000.0  # the rule of `urban_dense` in travel_parameters.json, in words there
WITHIN_UNIT_FACTOR = 0.38  # the rule of `within_unit_straight_km` there


def read(name: str) -> list[Row]:
    """Rows of a data file."""
    with (SOURCES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def districts() -> tuple[District, ...]:
    """The nine districts and cities."""
    return tuple(District(id=row["code"], name=row["name"]) for row in read("districts.csv"))


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


def units_2025() -> tuple[Unit, ...]:
    """The 36 units of July 2025; people start from the old unit that hosts the seat, and its old district is kept."""
    old = {unit.id: unit for unit in units()}
    return tuple(
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
        for row in read("units_2025.csv")
    )


def travel() -> Travel:
    """The model of travel times with its default values."""
    given = json.loads((SOURCES / "travel_parameters.json").read_text(encoding="utf-8"))
    speeds = {kind: float(speed["default"]) for kind, speed in given["speed_kmh"].items()}
    return Travel(
        circuity=float(given["circuity"]["default"]),
        fixed_min=float(given["fixed_min"]["default"]),
        urban_dense_kmh=speeds["urban_dense"],
        urban_kmh=speeds["urban"],
        rural_kmh=speeds["rural"],
        dense_people_per_km2=DENSE_PEOPLE_PER_KM2,
        within_unit_factor=WITHIN_UNIT_FACTOR,
    )


def unit_map(name: str) -> str:
    """Borders as GeoJSON with the unit's id as the only property, one feature a line."""
    data = json.loads((SOURCES / name).read_text(encoding="utf-8"))
    lines = [
        json.dumps(
            {"type": "Feature", "properties": {"id": feature["properties"]["code"]}, "geometry": feature["geometry"]},
            separators=(",", ":"),
        )
        for feature in data["features"]
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
