"""The variants of `binh-duong`: named overrides as TOML text. All their figures are assumed, but for the rush before mergers."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from hashlib import sha256
from math import exp, log, sqrt
from statistics import NormalDist

from ..schema import Scenario, Unit
from .raw_data import read

LOCAL_CV = 0.35  # of demand factors between units
LOCAL_UNITS = {"25760": 2.0, "25762": 2.0}  # Hòa Phú, Phú Mỹ: the new city center
LOCAL_DISTRICTS = {"723": 1.15}  # Tân Uyên
GROWTH = 1.2
CENSUS_GROWTH = 1.2  # from the census of 2019 to 2024
PATIENCE_WITHOUT_END_MIN = 1_000_000.0
OVERTIME_WITHOUT_END_MIN = 600.0
SLOT_MIN, SLOT_PLACES = 30, {"center": 8, "branch": 4}
APPOINTMENT_SHARES = {"province": 0.3, "land_registration": 0.2, "construction": 0.2}  # by level or field
POOL = {"look_min": 15.0, "send_wait_min": 30.0, "return_wait_min": 10.0, "stay_min": 60.0}
SCANNERS = 2
RUSH = (("2025-01-02", "2025-03-31", 1.5), ("2025-04-01", "2025-04-30", 2.0), ("2025-05-01", "2025-06-30", 1.5))
MOBILE_DISTRICTS = ("719", "720", "722", "726")  # without a city
MOBILE_PHASES, MOBILE_DAYS = ("p2", "p3"), (2, 4)  # Tuesday to the smallest commune, Thursday to the next
MORNING, AFTERNOON_HOUR = (time(7, 30), time(11, 30)), (time(13), time(14))

Cell = str | int | float | bool | date | time
Row = dict[str, Cell]


def variants(scenario: Scenario) -> dict[str, str]:
    """Text by file name."""
    fields = [field.id for field in scenario.fields]
    return {
        "appointments.toml": _head("đặt lịch hẹn trước", "appointments")
        + _rows("fields", _appointment_shares(scenario))
        + _rows("slots", _slots(scenario)),
        "census-2019.toml": _head("dân số điều tra 2019 × 1,20", "census population of 2019 × 1.20")
        + _rows("units", ({"id": row["code"], "population": _from_census(row["pop_2019"])} for row in read("units.csv"))),
        "growth-20.toml": _head("nhu cầu tăng 20%", "demand up by 20 %") + _section("demand", {"scale": GROWTH}),
        "local-demand.toml": _head("nhu cầu khác nhau theo nơi (giả định)", "demand that differs by place (assumed)")
        + _rows("units", ({"id": unit, "demand_factor": factor} for unit, factor in local_factors(scenario.units).items())),
        "lunch-halves.toml": _head("mở cửa buổi trưa, cán bộ nghỉ luân phiên", "open at lunch, officers rest in turns")
        + _rows("hours", ({"id": hours.id, "lunch_halves": True} for hours in scenario.hours)),
        "merger-rush.toml": _head("làm thủ tục đất đai dồn dập trước sáp nhập", "rush for land papers before the merger")
        + _rows("demand_changes", _rush(scenario)),
        "mobile-counters.toml": _head("quầy lưu động tại một số xã", "mobile counters at some communes")
        + _rows("rosters", _mobile(scenario)),
        "nobody-leaves.toml": _head("mọi người chờ đến lượt, đủ giấy tờ", "everybody waits for their turn and has every paper")
        + _section("queue", {"overtime_min": OVERTIME_WITHOUT_END_MIN})
        + _rows("fields", ({"id": field, **_WITHOUT_LOSS} for field in fields))
        + _rows("offices", ({"id": office.id, "reserved_counters": 0} for office in scenario.offices if office.reserved_counters))
        + _rows("systems", ({"id": system.id, "failures_per_month": 0.0} for system in scenario.systems)),
        "reserves.toml": _head("lực lượng cơ động theo huyện", "reserves by district")
        + _rows("officers", _reserves(scenario))
        + _rows(
            "pools", ({"id": f"pool-{row.id}", "district": row.id, "base": f"D{row.id}", **POOL} for row in scenario.districts)
        ),
        "scanning-desks.toml": _head("bàn số hóa riêng", "separate scanning desks")
        + _rows("offices", ({"id": row.id, "scanners": SCANNERS} for row in scenario.offices if row.kind != "point")),
    }


_WITHOUT_LOSS: Row = {
    "patience_min": PATIENCE_WITHOUT_END_MIN,
    "balk_long_share": 0.0,
    "balk_very_long_share": 0.0,
    "missing_papers_share": 0.0,
    "collect_share": 0.0,
}


def _from_census(people: str) -> int:
    return round(CENSUS_GROWTH * int(people))


def _head(change_vi: str, change_en: str) -> str:
    return f'name_vi = "Bình Dương: {change_vi}"\nname_en = "Binh Duong: {change_en}"\n'


def _section(name: str, settings: Row) -> str:
    return f"\n[{name}]\n" + _lines(settings)


def _rows(table: str, rows: Iterable[Row]) -> str:
    return "".join(f"\n[[{table}]]\n" + _lines(row) for row in rows)


def _lines(cells: Row) -> str:
    return "".join(f"{name} = {_text(cell)}\n" for name, cell in cells.items())


def _text(cell: Cell) -> str:
    """A cell as TOML; times and days are typed there."""
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else json.dumps(cell, ensure_ascii=False)


def local_factors(units: Sequence[Unit]) -> dict[str, float]:
    """Demand factors by unit, invented: lognormal quantiles dealt out by a hash of the id, two places fixed.

    The others have a mean of one, weighted by inhabitants.
    """
    sigma = sqrt(log(1 + LOCAL_CV**2))
    fixed = {unit.id: LOCAL_UNITS.get(unit.id, LOCAL_DISTRICTS.get(unit.district, 0.0)) for unit in units}
    free = [unit for unit in units if not fixed[unit.id]]
    dealt = sorted(free, key=lambda unit: sha256(unit.id.encode()).hexdigest())
    drawn = {unit.id: exp(sigma * NormalDist().inv_cdf((rank + 0.5) / len(dealt))) for rank, unit in enumerate(dealt)}
    mean = sum(unit.population * drawn[unit.id] for unit in free) / sum(unit.population for unit in free)
    return {unit.id: fixed[unit.id] or round(drawn[unit.id] / mean, 2) for unit in units}


def _appointment_shares(scenario: Scenario) -> Iterator[Row]:
    """Fields of the province, and of a branch those with long work, may be booked."""
    for field in scenario.fields:
        share = APPOINTMENT_SHARES.get(field.id, APPOINTMENT_SHARES.get(field.level, 0.0))
        if share:
            yield {"id": field.id, "appointment_share": share}


def _slots(scenario: Scenario) -> Iterator[Row]:
    """Places are shared by all fields of an office."""
    for kind, places in SLOT_PLACES.items():
        yield {"office": kind, "field": "*", "slot_min": SLOT_MIN, "places": places}


def _rush(scenario: Scenario) -> Iterator[Row]:
    """Half as much land work again until the units merge, twice as much in April."""
    for field in (field.id for field in scenario.fields if field.topic == "land"):
        for start, end, factor in RUSH:
            yield {
                "id": f"rush-{field}-{start[5:7]}",
                "field": field,
                "place": "*",
                "start": date.fromisoformat(start),
                "end": date.fromisoformat(end),
                "factor": factor,
            }


def _mobile(scenario: Scenario) -> Iterator[Row]:
    """The last officer of a central point, in the branch since phase 2, spends two mornings a week at small communes."""
    people = {unit.id: unit.population for unit in scenario.units}
    points = [office for office in scenario.offices if office.kind == "point"]
    central = {change.office: change.into for change in scenario.office_changes if change.phase == "p2"}
    for district in MOBILE_DISTRICTS:
        base = next(point for point, branch in central.items() if branch == f"D{district}")
        officer = max(officer.id for officer in scenario.officers if officer.home == base)
        near = [point for point in points if point.district == district and point.id not in central]
        small = sorted(near, key=lambda point: (people[point.unit], point.id))
        away = {weekday: point.id for weekday, point in zip(MOBILE_DAYS, small, strict=False)}
        for phase in MOBILE_PHASES:
            for weekday in range(1, 6):
                stretches = [(MORNING, {"office": away[weekday]})] if weekday in away else [(MORNING, {}), (AFTERNOON_HOUR, {})]
                for (start, end), place in stretches:
                    yield {"phase": phase, "officer": officer, "weekday": weekday, "start": start, "end": end, **place}


def _reserves(scenario: Scenario) -> Iterator[Row]:
    """The postal staff of a branch, who come in phase 2 and take certification anywhere, are its reserve."""
    for officer in scenario.officers:
        if officer.employer == "post":
            yield {"id": officer.id, "pool": f"pool-{officer.home[1:]}"}
