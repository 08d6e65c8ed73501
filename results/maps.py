"""Outlines of units, read from the `map.geojson` beside a scenario (property `id` = unit id); no map service is asked."""

import json
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import scenarios
from scenarios.schema import Scenario

MAP_FILE = "map.geojson"
KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class UnitMap:
    """Outlines by unit, and the text they came from, so that a run can keep its map.

    rings : (unit id, rings), each ring (n, 2) float, longitude and latitude, closed; holes are rings like others.
    """

    rings: tuple[tuple[str, tuple[NDArray[np.float64], ...]], ...]
    text: str


class Land(Protocol):
    """What has units and their outlines."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def unit_map(self) -> UnitMap | None: ...


def read_unit_map(path: Path) -> UnitMap:
    """Read a GeoJSON of polygons; ValueError when it is none."""
    text = path.read_text("utf-8")
    try:
        units = [_unit(feature) for feature in json.loads(text)["features"]]
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"{path.name}: expected a GeoJSON of polygons with a property id ({error})") from error
    return UnitMap(tuple(sorted(units, key=lambda unit: unit[0])), text)


def _unit(feature: dict[str, Any]) -> tuple[str, tuple[NDArray[np.float64], ...]]:
    kind, parts = feature["geometry"]["type"], feature["geometry"]["coordinates"]
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(kind)
    polygons = [parts] if kind == "Polygon" else parts
    rings = tuple(np.asarray(ring, float)[:, :2] for polygon in polygons for ring in polygon)
    return str(feature["properties"]["id"]), rings


def find_unit_map(source: str | Path) -> UnitMap | None:
    """Return the map beside a scenario (bundled name, folder or workbook, a variant after a colon is dropped), or None."""
    name = str(source)
    library = Path(scenarios.__file__ or ".").parent / "library"
    for place in (library / name, library / name.partition(":")[0], Path(name), Path(name.rpartition(":")[0] or name)):
        path = (place.parent if place.suffix.lower() == ".xlsx" else place) / MAP_FILE
        if path.is_file():
            return read_unit_map(path)
    return None


def plane_km(lon_lat: NDArray[np.float64], origin: tuple[float, float]) -> NDArray[np.float64]:
    """Project (n, 2) longitude and latitude onto a plane, km east and north of the origin (equirectangular)."""
    east = (lon_lat[:, 0] - origin[0]) * KM_PER_DEGREE * cos(radians(origin[1]))
    return np.column_stack([east, (lon_lat[:, 1] - origin[1]) * KM_PER_DEGREE])
