"""Rules across tables: each breach is told at its row, and a scenario without one is left in peace."""

import time as clock
from collections.abc import Callable
from pathlib import Path

import pytest
from small_scenario import add_row, replace_text, set_cell, write_small

from scenarios import Problem, Scenario, check_scenario, checks, examine_scenario, load_scenario
from sim import INDICATORS as MEASURED

Place = tuple[str, int, str, str]
Change = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "small")


def found(folder: Path) -> dict[Place, Problem]:
    problems = examine_scenario(folder)[1]
    return {(problem.file, problem.row, problem.column, problem.code): problem for problem in problems}


def cell(table: str, row: int, column: str, value: str) -> Change:
    return lambda folder: set_cell(folder, table, row, column, value)


def row(table: str, line: str) -> Change:
    return lambda folder: add_row(folder, table, line)


def setting(old: str, new: str) -> Change:
    return lambda folder: replace_text(folder, "scenario.toml", old, new)


def each(*changes: Change) -> Change:
    return lambda folder: [change(folder) for change in changes]


# name, change, place of the problem, what it must mention
RULES: list[tuple[str, Change, Place, str]] = [
    ("id twice", row("districts", "d1,Dĩ An"), ("districts.csv", 4, "id", "E-KEY-001"), "2"),
    ("ids by case", row("districts", "D1,Dĩ An"), ("districts.csv", 4, "id", "E-KEY-002"), "d1"),
    ("key of two parts twice", row("origins", "u1,u2,0.2"), ("origins.csv", 4, "origin", "E-KEY-001"), "2"),
    ("offer twice", row("offers", "*,point,civil"), ("offers.csv", 5, "field", "E-KEY-001"), "2"),
    ("officer assigned twice", row("assignments", "p2,w06,o1"), ("assignments.csv", 3, "officer", "E-KEY-001"), "2"),
    ("name twice", cell("units", 3, "name", "Phú Cường"), ("units.csv", 3, "name", "E-KEY-003"), "2"),
    ("office name twice", cell("offices", 4, "name", "Một cửa Phú Cường"), ("offices.csv", 4, "name", "E-KEY-003"), "3"),
    ("tone elsewhere", each(cell("units", 2, "name", "Hoà Lợi"), cell("units", 3, "name", "Hòa Lợi")),
     ("units.csv", 3, "name", "W-NAME-001"), "Hoà Lợi"),
    ("look-alike letter", cell("units", 5, "name", "An Ðiền"), ("units.csv", 5, "name", "W-NAME-002"), "An Điền"),
    ("legacy font", cell("districts", 3, "name", "BÕn C¸t"), ("districts.csv", 3, "name", "W-ENC-006"), "Unicode"),
    ("unknown district", cell("units", 2, "district", "d3"), ("units.csv", 2, "district", "E-REF-001"), "d"),
    ("unknown unit of origin", cell("origins", 2, "origin", "u9"), ("origins.csv", 2, "origin", "E-REF-001"), "u"),
    ("unknown unit", cell("offices", 2, "unit", "u11"), ("offices.csv", 2, "unit", "E-REF-001"), "u1"),
    ("unknown hours", cell("offices", 2, "hours", "standart"), ("offices.csv", 2, "hours", "E-REF-001"), "standard"),
    ("unknown home", cell("officers", 2, "home", "c2"), ("officers.csv", 2, "home", "E-REF-001"), "c1"),
    ("unknown home unit", cell("officers", 2, "home_unit", "x"), ("officers.csv", 2, "home_unit", "E-REF-001"), "u"),
    ("unknown first phase", cell("officers", 2, "first_phase", "p9"), ("officers.csv", 2, "first_phase", "E-REF-001"), "p"),
    ("unknown skill", cell("officers", 2, "fields", "lands"), ("officers.csv", 2, "fields", "E-REF-001"), "land"),
    ("pace too slow", cell("officers", 2, "fields", "land:9000"), ("officers.csv", 2, "fields", "E-SKILL-001"), "500-5000"),
    ("pace no number", cell("officers", 2, "fields", "land:fast"), ("officers.csv", 2, "fields", "E-SKILL-001"), "land"),
    ("pace empty", cell("officers", 2, "fields", "land:"), ("officers.csv", 2, "fields", "E-SKILL-001"), "land"),
    ("skill twice", cell("officers", 2, "fields", "land land:1150"), ("officers.csv", 2, "fields", "E-SKILL-002"), "land"),
    ("unknown place of offer", cell("offers", 2, "office", "points"), ("offers.csv", 2, "office", "E-REF-001"), "point"),
    ("unknown field of offer", cell("offers", 2, "field", "cvil"), ("offers.csv", 2, "field", "E-REF-001"), "civil"),
    ("unknown phase of offer", cell("offers", 2, "phase", "p7"), ("offers.csv", 2, "phase", "E-REF-001"), "p"),
    ("unknown profile", cell("fields", 2, "arrival_profile", "ofice"), ("fields.csv", 2, "arrival_profile", "E-REF-001"), "office"),
    ("unknown phase of a field", cell("fields", 2, "boundary_free_from", "p5"),
     ("fields.csv", 2, "boundary_free_from", "E-REF-001"), "p"),
    ("unknown roster officer", cell("rosters", 2, "officer", "w33"), ("rosters.csv", 2, "officer", "E-REF-001"), "w"),
    ("unknown volunteer office", cell("volunteers", 2, "office", "o33"), ("volunteers.csv", 2, "office", "E-REF-001"), "o3"),
    ("unknown place of demand", cell("demand_changes", 3, "place", "d9"), ("demand_changes.csv", 3, "place", "E-REF-001"), "d"),
    ("unknown assigned office", cell("assignments", 2, "office", "o7"), ("assignments.csv", 2, "office", "E-REF-001"), "o"),
    ("unknown indicator", cell("targets", 2, "indicator", "wait_mean"), ("targets.csv", 2, "indicator", "E-REF-002"), "wait_mean_min"),
    ("unknown table of a source", cell("sources", 2, "table", "unit"), ("sources.csv", 2, "table", "E-REF-003"), "units"),
    ("unknown column of a source", cell("sources", 2, "column", "people"), ("sources.csv", 2, "column", "E-REF-004"), "p"),
    ("unknown rows of a source", cell("sources", 3, "rows", "civil notry"), ("sources.csv", 3, "rows", "E-REF-001"), "notary"),
    ("source without a ground", cell("sources", 2, "source", ""), ("sources.csv", 2, "source", "E-VAL-009"), "source_vi"),
    ("profile below one", cell("arrival_profiles", 5, "share", "0.13"), ("arrival_profiles.csv", 2, "share", "E-SHARE-001"), "0.98"),
    ("profile above one", cell("arrival_profiles", 5, "share", "0.45"), ("arrival_profiles.csv", 2, "share", "E-SHARE-001"), "1.3"),
    ("channels above one", cell("fields", 2, "postal_share", "0.8"), ("fields.csv", 2, "online_self_share", "E-SHARE-002"), "1.1"),
    ("origins above one", row("origins", "u1,u3,0.95"), ("origins.csv", 2, "share", "E-SHARE-003"), "1.05"),
    ("own origin", cell("origins", 2, "origin", "u1"), ("origins.csv", 2, "origin", "E-SHARE-004"), "u1"),
    ("service of weeks", cell("fields", 2, "service_min", "20000"), ("fields.csv", 2, "service_min", "E-NUM-005"), "≤ 14400"),
    ("beyond any figure", cell("fields", 2, "patience_min", "2e9"), ("fields.csv", 2, "patience_min", "E-NUM-005"), "≤ 1000000000"),
    ("never open", setting("[1.2, 1.0, 1.0, 0.9, 0.9, 0.0, 0.0]", "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]"),
     ("scenario.toml", 12, "demand.weekday_factors", "E-FACTOR-001"), "0"),
    ("close before open", cell("hours", 2, "close", "07:00"), ("hours.csv", 2, "close", "E-ORDER-001"), "> 13:00"),
    ("lunch before open", cell("hours", 2, "lunch_start", "07:00"), ("hours.csv", 2, "lunch_start", "E-ORDER-001"), "> 07:30"),
    ("last ticket after closing", cell("hours", 2, "last_ticket", "17:30"), ("hours.csv", 2, "last_ticket", "E-ORDER-001"), "17:00"),
    ("window backward", cell("arrival_profiles", 2, "end", "06:00"), ("arrival_profiles.csv", 2, "end", "E-ORDER-001"), "> 07:00"),
    ("windows overlap", cell("arrival_profiles", 2, "end", "09:30"), ("arrival_profiles.csv", 3, "start", "E-WINDOW-001"), "2"),
    ("stretches overlap", cell("rosters", 3, "start", "11:00"), ("rosters.csv", 3, "start", "E-WINDOW-002"), "2"),
    ("stretch backward", cell("rosters", 3, "end", "12:00"), ("rosters.csv", 3, "end", "E-ORDER-001"), "> 13:00"),
    ("closure backward", cell("closures", 2, "end", "2025-01-20"), ("closures.csv", 2, "end", "E-ORDER-002"), "2025-01-25"),
    ("phase backward", cell("phases", 2, "end", "2024-12-31"), ("phases.csv", 2, "end", "E-ORDER-002"), "2025-01-02"),
    ("reference backward", setting("reference_end = 2025-03-28", "reference_end = 2025-03-01"),
     ("scenario.toml", 71, "indicators.reference_end", "E-ORDER-002"), "2025-03-03"),
    ("phases overlap", cell("phases", 3, "start", "2025-03-31"), ("phases.csv", 3, "start", "E-PHASE-001"), "p1"),
    ("last phase before first", each(cell("officers", 11, "first_phase", "p2"), cell("officers", 11, "last_phase", "p1")),
     ("officers.csv", 11, "last_phase", "E-PHASE-002"), "p2"),
    ("premises below counters", cell("offices", 2, "premises_limit", "2"), ("offices.csv", 2, "premises_limit", "E-BOUND-001"), "4"),
    ("reserved above counters", cell("offices", 2, "reserved_counters", "9"),
     ("offices.csv", 2, "reserved_counters", "E-BOUND-001"), "4"),
    ("balking bounds", setting("balk_very_long_min = 90.0", "balk_very_long_min = 9.0"),
     ("scenario.toml", 23, "queue.balk_very_long_min", "E-BOUND-001"), "45"),
    ("merged into itself", cell("office_changes", 2, "into", "o4"), ("office_changes.csv", 2, "into", "E-MERGE-001"), "o4"),
    ("two in a circle", row("office_changes", "p2,o3,o4,0"), ("office_changes.csv", 2, "into", "E-MERGE-002"), "o4 → o3 → o4"),
    ("three in a circle", each(row("office_changes", "p2,o3,o2,0"), row("office_changes", "p2,o2,o4,0")),
     ("office_changes.csv", 2, "into", "E-MERGE-002"), "o4 → o3 → o2 → o4"),
    ("merged twice", row("office_changes", "p1,o4,o2,0"), ("office_changes.csv", 3, "office", "E-MERGE-003"), "2"),
    ("merged into one gone", row("office_changes", "p2,o2,o4,0"), ("office_changes.csv", 3, "into", "E-MERGE-004"), "o3"),
    ("merged into unknown", cell("office_changes", 2, "into", "o9"), ("office_changes.csv", 2, "into", "E-REF-001"), "o"),
    ("merged from unknown", cell("office_changes", 2, "office", "o9"), ("office_changes.csv", 2, "office", "E-REF-001"), "o"),
    ("far away", each(cell("units", 2, "lat", "21.03"), cell("units", 2, "lon", "105.85")), ("units.csv", 2, "lat", "W-GEO-002"), "km"),
    ("at zero", each(cell("units", 2, "lat", "0"), cell("units", 2, "lon", "0")), ("units.csv", 2, "lat", "W-GEO-002"), "0, 0"),
    ("long service", cell("fields", 2, "service_min", "3000"), ("fields.csv", 2, "service_min", "W-NUM-010"), "50"),
    ("change outside phases", each(cell("demand_changes", 2, "start", "2026-02-03"), cell("demand_changes", 2, "end", "2026-02-07")),
     ("demand_changes.csv", 2, "start", "W-DATE-006"), "2025-01-02"),
    ("crew too small", cell("offices", 4, "minimum_crew", "3"), ("offices.csv", 4, "minimum_crew", "E-CREW-001"), "2"),
    ("nobody left in phase 2", cell("offices", 4, "minimum_crew", "2"), ("offices.csv", 4, "minimum_crew", "E-CREW-001"), "p2"),
    ("field nobody holds", row("offers", "*,o2,land"), ("offices.csv", 4, "id", "E-CREW-002"), "land"),
    ("holder off duty", each(cell("officers", 6, "counter_share", "0.5"), cell("officers", 7, "fields", "civil")),
     ("offices.csv", 4, "id", "W-CREW-003"), "notary"),
    ("too many at the counters", each(cell("offices", 3, "counters", "1"), cell("officers", 5, "counter_share", "1.0")),
     ("offices.csv", 3, "counters", "E-CREW-005"), "2"),
    ("roster at lunch", cell("rosters", 2, "end", "12:00"), ("rosters.csv", 2, "start", "W-ROSTER-001"), "11:30"),
    ("roster on Sunday", cell("rosters", 2, "weekday", "7"), ("rosters.csv", 2, "start", "W-ROSTER-001"), "7"),
    ("roster of one absent", each(cell("rosters", 2, "officer", "w10"), cell("officers", 11, "first_phase", "p2")),
     ("rosters.csv", 2, "officer", "W-ROSTER-002"), "p1"),
    ("field without an office", cell("offers", 4, "field", "civil"), ("fields.csv", 4, "id", "E-DEMAND-001"), "land"),
    ("unit without an office", cell("offers", 2, "office", "o1"), ("units.csv", 3, "id", "E-DEMAND-002"), "civil"),
    ("staff without demand", cell("fields", 4, "demand_per_1000_month", "0"), ("offices.csv", 2, "id", "W-CREW-004"), "p1, p2"),
    ("phase without days", each(cell("closures", 2, "end", "2025-12-31")), ("phases.csv", 3, "start", "W-PHASE-003"), "2025-04-01"),
    ("unknown system of a field", cell("fields", 2, "systems", "one_stop regster"), ("fields.csv", 2, "systems", "E-REF-001"), "register"),
    ("systems without a table", lambda folder: (folder / "systems.csv").unlink(), ("fields.csv", 3, "systems", "E-REF-001"), "systems"),
    ("unknown system of an outage", cell("outages", 2, "system", "one-stop"), ("outages.csv", 2, "system", "E-REF-001"), "one_stop"),
    ("unknown portal", setting('portal = "portal"', 'portal = "portl"'),
     ("scenario.toml", 96, "interruptions.portal", "E-REF-001"), "portal"),
    ("unknown place of an outage", cell("outages", 3, "place", "u2"), ("outages.csv", 3, "place", "E-REF-001"), "offices, districts"),
    ("unknown place of absences", cell("absence_waves", 2, "place", "d9"), ("absence_waves.csv", 2, "place", "E-REF-001"), "d1"),
    ("unknown closed office", cell("office_closures", 2, "office", "o9"), ("office_closures.csv", 2, "office", "E-REF-001"), "o"),
    ("unknown office instead", cell("office_closures", 2, "to", "o9"), ("office_closures.csv", 2, "to", "E-REF-001"), "o"),
    ("unknown office of a stretch", cell("rosters", 4, "office", "o9"), ("rosters.csv", 4, "office", "E-REF-001"), "o"),
    ("unknown base", cell("pools", 2, "base", "d1"), ("pools.csv", 2, "base", "E-REF-001"), "o1"),
    ("unknown district of a pool", cell("pools", 2, "district", "o1"), ("pools.csv", 2, "district", "E-REF-001"), "d1"),
    ("unknown pool", cell("officers", 13, "pool", "flota"), ("officers.csv", 13, "pool", "E-REF-001"), "float"),
    ("unknown unit of a back office", cell("back_offices", 2, "place", "u9"), ("back_offices.csv", 2, "place", "E-REF-001"), "units"),
    ("district as unit of a back office", cell("back_offices", 2, "place", "d1"),
     ("back_offices.csv", 2, "place", "E-LEVEL-001"), "units, *"),
    ("unit as district of a back office", cell("back_offices", 3, "place", "u1"),
     ("back_offices.csv", 3, "place", "E-LEVEL-001"), "districts, *"),
    ("part of the province", cell("back_offices", 4, "place", "d1"), ("back_offices.csv", 4, "place", "E-LEVEL-001"), "level province"),
    ("back office twice", row("back_offices", "province,*,1,0,0"), ("back_offices.csv", 5, "place", "E-KEY-001"), "4"),
    ("unknown place of slots", cell("slots", 2, "office", "centre"), ("slots.csv", 2, "office", "E-REF-001"), "center"),
    ("unknown field of slots", cell("slots", 3, "field", "lnd"), ("slots.csv", 3, "field", "E-REF-001"), "land"),
    ("slots twice", row("slots", "center,*,15,1"), ("slots.csv", 4, "field", "E-KEY-001"), "2"),
    ("results above one", cell("fields", 2, "collect_share", "0.95"), ("fields.csv", 2, "collect_share", "E-SHARE-005"), "1.05"),
    ("online and post above one", each(cell("fields", 3, "online_self_share", "0.7"), cell("fields", 3, "postal_share", "0.5")),
     ("fields.csv", 3, "online_self_share", "E-SHARE-002"), "1.3"),
    ("agents with less", cell("fields", 4, "agent_dossiers", "1"), ("fields.csv", 4, "agent_dossiers", "E-BOUND-001"), "≥ 1.2"),
    ("called back above sending", cell("pools", 2, "return_wait_min", "40"), ("pools.csv", 2, "return_wait_min", "E-BOUND-001"), "≤ 30"),
    ("outage backward by day", cell("outages", 2, "end", "2025-03-09"), ("outages.csv", 2, "end", "E-ORDER-002"), "2025-03-10"),
    ("outage backward by hour", cell("outages", 2, "to_time", "08:00"), ("outages.csv", 2, "to_time", "E-ORDER-001"), "> 08:00"),
    ("office closure backward", cell("office_closures", 2, "end", "2025-03-16"),
     ("office_closures.csv", 2, "end", "E-ORDER-002"), "2025-03-17"),
    ("absences backward", cell("absence_waves", 2, "end", "2025-03-02"), ("absence_waves.csv", 2, "end", "E-ORDER-002"), "2025-03-03"),
    ("volunteers backward", cell("volunteers", 2, "end", "2025-03-02"), ("volunteers.csv", 2, "end", "E-ORDER-002"), "2025-03-03"),
    ("outage outside phases", each(cell("outages", 2, "start", "2024-03-10"), cell("outages", 2, "end", "2024-03-11")),
     ("outages.csv", 2, "start", "W-DATE-006"), "2025-01-02"),
    ("closure outside phases", each(cell("office_closures", 2, "start", "2026-03-10"), cell("office_closures", 2, "end", "2026-03-11")),
     ("office_closures.csv", 2, "start", "W-DATE-006"), "2025-06-30"),
    ("absences outside phases", each(cell("absence_waves", 2, "start", "2026-03-10"), cell("absence_waves", 2, "end", "2026-03-11")),
     ("absence_waves.csv", 2, "start", "W-DATE-006"), "2025-06-30"),
    ("closed and sent to itself", cell("office_closures", 2, "to", "o4"), ("office_closures.csv", 2, "to", "E-CLOSE-001"), "o4"),
    ("closed and sent to two", row("office_closures", "fire,o4,2025-03-18,2025-03-20,o2"),
     ("office_closures.csv", 4, "to", "E-CLOSE-002"), "o3"),
    ("closed for a phase", each(cell("office_closures", 3, "start", "2025-04-01"), cell("office_closures", 3, "end", "2025-06-30")),
     ("office_closures.csv", 3, "to", "W-CLOSE-003"), "phase p2"),
    ("sent to a closed one", row("office_closures", "fire,o3,2025-03-18,2025-03-20,"),
     ("office_closures.csv", 2, "to", "W-CLOSE-004"), "2025-03-20"),
    ("appointments nobody books", row("slots", "point,civil,30,1"), ("slots.csv", 4, "field", "W-SLOT-001"), "civil"),
    ("booked without appointments", each(cell("fields", 2, "appointment_share", "0.2"), cell("slots", 2, "field", "land")),
     ("fields.csv", 2, "appointment_share", "W-SLOT-002"), "0.2"),
    ("counter hours of a reserve", row("rosters", "p1,w12,1,07:30,11:30,"), ("rosters.csv", 5, "officer", "W-POOL-001"), "float"),
    ("reserve assigned", row("assignments", "p1,w12,o2"), ("assignments.csv", 3, "officer", "W-POOL-001"), "w12"),
    ("pool without reserves", row("pools", "spare,*,c1,15,30,10,60"), ("pools.csv", 3, "id", "W-POOL-002"), "spare"),
    ("reserves are no crew", cell("offices", 3, "minimum_crew", "3"), ("offices.csv", 3, "minimum_crew", "E-CREW-001"), "≥ 3"),
    ("reserves hold no field", each(cell("officers", 4, "fields", "civil"), cell("officers", 5, "fields", "civil")),
     ("offices.csv", 3, "id", "E-CREW-002"), "notary"),
    ("too many with a mobile counter", cell("offices", 4, "counters", "2"), ("offices.csv", 4, "counters", "E-CREW-005"), "weekday 2"),
    ("mobile counter and home at once", row("rosters", "p1,w03,3,11:00,12:00,"), ("rosters.csv", 5, "start", "E-WINDOW-002"), "4"),
    ("mobile counter at lunch", cell("rosters", 4, "end", "12:00"), ("rosters.csv", 4, "start", "W-ROSTER-001"), "office o2"),
    ("counters of an unknown phase", row("counter_changes", "p3,o3,1,0"), ("counter_changes.csv", 4, "phase", "E-REF-001"), "p1"),
    ("counters of an unknown office", row("counter_changes", "p2,c2,1,0"), ("counter_changes.csv", 4, "office", "E-REF-001"), "c1"),
    ("counters twice", row("counter_changes", "p2,o3,0,1"), ("counter_changes.csv", 4, "office", "E-KEY-001"), "3"),
    ("counters of a merged office", row("counter_changes", "p2,o4,1,0"), ("counter_changes.csv", 4, "office", "E-COUNTER-001"), "o3"),
    ("counters beyond the premises", cell("counter_changes", 2, "added", "2"), ("counter_changes.csv", 2, "added", "E-COUNTER-002"), "≤ 4"),
    ("counters beyond merged premises", cell("counter_changes", 3, "added", "3"),
     ("counter_changes.csv", 3, "added", "E-COUNTER-002"), "≤ 7"),
    ("reserved beyond counters", cell("counter_changes", 3, "reserved", "8"), ("counter_changes.csv", 3, "reserved", "E-COUNTER-003"), "≤ 7"),
    ("holder at a mobile counter", cell("officers", 5, "fields", "notary"), ("offices.csv", 3, "id", "W-CREW-003"), "civil"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place", "mention"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_a_breach_is_told_at_its_row(folder: Path, change: Change, place: Place, mention: str) -> None:
    """Each rule names the row, the column and the figures that clash."""
    change(folder)
    problems = found(folder)
    assert place in problems
    problem = problems[place]
    assert mention in " ".join((problem.found, problem.expected, *(f"{name} {value}" for name, value in problem.values)))
    assert problem.severity == ("error" if problem.code.startswith("E-") else "warning")


def test_counter_hours_elsewhere_are_none_at_home(folder: Path) -> None:
    """A counter taken by a visitor is free at home at that half hour."""
    set_cell(folder, "offices", 3, "counters", "2")
    set_cell(folder, "officers", 13, "pool", "")
    set_cell(folder, "officers", 13, "counter_share", "1.0")
    set_cell(folder, "officers", 4, "counter_share", "0.1")
    assert ("offices.csv", 3, "counters", "E-CREW-005") in found(folder)  # on Monday w03 is at home
    for number in (3, 2):
        set_cell(folder, "rosters", number, "office", "o3")
    assert ("offices.csv", 3, "counters", "E-CREW-005") not in found(folder)


def test_a_pool_whose_officers_cannot_be_read_is_left_in_peace(folder: Path) -> None:
    """Whether a float pool has reserves is judged on officers who are known."""
    set_cell(folder, "officers", 13, "counter_share", "abc")
    assert set(found(folder)) == {("officers.csv", 13, "counter_share", "E-NUM-001")}


def test_a_target_may_name_whatever_is_measured() -> None:
    """The indicators that a target may name are those of the simulation."""
    assert sorted(checks.INDICATORS) == sorted(MEASURED)


def test_exchanged_coordinates_are_told(folder: Path) -> None:
    """Where both figures fit a latitude, an exchange is still seen by the distance."""
    for table, rows in (("units", range(2, 6)), ("offices", range(2, 7))):
        for number in rows:
            set_cell(folder, table, number, "lon", "80.5")
    set_cell(folder, "units", 3, "lat", "80.5")
    set_cell(folder, "units", 3, "lon", "11")
    problems = found(folder)
    assert problems["units.csv", 3, "lat", "E-GEO-001"].expected == "11, 80.5"


def test_a_bad_row_does_not_make_its_id_unknown(folder: Path) -> None:
    """An office with a wrong cell is still known to those who refer to it."""
    set_cell(folder, "offices", 3, "counters", "abc")
    assert set(found(folder)) == {("offices.csv", 3, "counters", "E-NUM-001")}


def test_phases_are_looked_at_beside_other_faults(folder: Path) -> None:
    """Wrong cells and unknown ids elsewhere hide no breach of a phase, and make none up."""
    set_cell(folder, "offices", 5, "minimum_crew", "9")
    set_cell(folder, "officers", 5, "counter_share", "abc")
    set_cell(folder, "officers", 4, "home", "o11")
    set_cell(folder, "units", 5, "lat", "x")
    add_row(folder, "offers", "*,o2,land")
    add_row(folder, "assignments", "p1,w07,o44")
    assert set(found(folder)) == {
        ("offices.csv", 5, "minimum_crew", "E-CREW-001"),
        ("officers.csv", 5, "counter_share", "E-NUM-001"),
        ("officers.csv", 4, "home", "E-REF-001"),
        ("units.csv", 5, "lat", "E-NUM-001"),
        ("offices.csv", 4, "id", "E-CREW-002"),
        ("assignments.csv", 3, "office", "E-REF-001"),
    }


def test_a_missing_table_does_not_make_ids_unknown(folder: Path) -> None:
    """A table that is not there is told once."""
    (folder / "offices.csv").unlink()
    assert set(found(folder)) == {("offices.csv", 0, "", "E-FILE-002")}


@pytest.mark.parametrize(
    "change",
    [
        cell("units", 2, "population", "0"),
        cell("fields", 2, "demand_per_1000_month", "0"),
        setting("scale = 1.0", "scale = 0.0"),
        cell("offices", 2, "reserved_counters", "2"),
        lambda folder: (folder / "volunteers.csv").unlink(),
        cell("units", 4, "name", "Phú Cường"),
        cell("officers", 4, "name", "Nguyễn Văn An"),
        each(cell("offices", 3, "hours", "through"), cell("rosters", 2, "end", "12:00")),
        each(cell("fields", 3, "agents_share", "0"), cell("fields", 3, "agent_dossiers", "1")),
        row("office_closures", "fire,o4,2025-03-18,2025-03-20,o3"),
        each(cell("outages", 2, "from_time", "00:00"), cell("outages", 2, "place", "d1")),
        cell("back_offices", 2, "place", "u1"),
        lambda folder: (folder / "back_offices.csv").unlink(),
    ],
)
def test_unusual_but_right_is_accepted(folder: Path, change: Change) -> None:
    """Nobody living there, nothing demanded, names shared across districts or by officers: no error."""
    change(folder)
    assert {code for _, _, _, code in found(folder)} <= {"W-CREW-004"}


def test_rules_hold_for_scenarios_changed_in_memory(folder: Path) -> None:
    """A copy with a breach is told by `check_scenario` with the row its table would have."""
    scenario = load_scenario(folder)
    officers = tuple(row.model_copy(update={"home": "o1"}) if row.id == "w05" else row for row in scenario.officers)
    broken: Scenario = scenario.model_copy(update={"officers": (*officers, officers[0])})
    codes = {(problem.file, problem.row, problem.code) for problem in check_scenario(broken)}
    assert {("officers.csv", 14, "E-KEY-001"), ("offices.csv", 4, "E-CREW-001")} <= codes


def test_a_large_table_of_faults_is_told_quickly(folder: Path) -> None:
    """Fifty thousand wrong rows become a few problems with their counts within seconds."""
    path = folder / "offers.csv"
    rows = (f"p9,o{index},f{index}\n" for index in range(50_000))
    path.write_text(path.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8")
    started = clock.perf_counter()
    problems = found(folder)
    assert clock.perf_counter() - started < 15
    counts = {column: dict(problem.values).get("count") for (_, _, column, _), problem in problems.items()}
    assert counts == {"phase": "50000", "office": "49996", "field": "50000"}


def test_many_closures_of_two_offices_are_told_quickly(folder: Path) -> None:
    """Forty thousand closures that send citizens to and fro are looked at within seconds."""
    path = folder / "office_closures.csv"
    rows = (f"f{index},o{1 + index % 2},2025-03-03,2025-03-28,o{2 - index % 2}\n" for index in range(40_000))
    path.write_text(path.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8")
    started = clock.perf_counter()
    problems = found(folder)
    assert clock.perf_counter() - started < 15
    assert dict(problems["office_closures.csv", 4, "to", "W-CLOSE-004"].values)["count"] == "40000"
