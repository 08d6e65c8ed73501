"""The bundled scenarios: built from their data, complete in their sources, right in their counts, solvable on paper."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from statistics import NormalDist

import pytest

from scenarios import Scenario, examine_scenario, load_scenario
from scenarios.cells import columns
from scenarios.checks import key_text
from scenarios.library.build_binh_duong import build
from scenarios.library.country import country_province
from scenarios.library.raw_data import read
from scenarios.load import LIBRARY
from scenarios.phases import LEVELS, phase_view
from scenarios.schema import ANY, SECTIONS, TABLES
from scenarios.workdays import working_days

BINH_DUONG = ("binh-duong", "binh-duong-2025-actual")
VARIANTS = (
    "appointments",
    "census-2019",
    "growth-20",
    "local-demand",
    "lunch-halves",
    "merger-rush",
    "mobile-counters",
    "nobody-leaves",
    "reserves",
    "scanning-desks",
)
PEOPLE = 2_722_527  # the official total at the end of 2024
FIGURE_KINDS = ("whole", "number", "numbers", "day", "clock")
#: columns that hold no figure and yet decide what the model does
DECISIONS = {
    ("fields", "systems"),
    ("hours", "lunch_halves"),
    ("interruptions", "portal"),
    ("officers", "pool"),
    ("officers", "shift"),
    ("systems", "scope"),
    ("fields", "boundary_free_from"),
    ("offers", "field"),
    ("office_changes", "into"),
    ("officers", "fields"),
    ("officers", "home_unit"),
    ("officers", "movable"),
    ("phases", "moves_within"),
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def expected_figures() -> set[tuple[str, str]]:
    """Table or section and column of everything that needs a source."""
    kinds = {table: kind for table, kind in TABLES.items() if table not in ("sources", "assignments", "origins", "rosters")}
    found = {
        (table, column.name)
        for table, kind in {**kinds, **SECTIONS}.items()
        for column in columns(kind).values()
        if column.kind in FIGURE_KINDS
    }
    return found | DECISIONS


@pytest.fixture(scope="module", params=BINH_DUONG)
def either(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(request.param)


@pytest.fixture(scope="module")
def binh_duong() -> Scenario:
    return load_scenario("binh-duong")


@pytest.fixture(scope="module")
def actual() -> Scenario:
    return load_scenario("binh-duong-2025-actual")


def test_build_reproduces_the_bundled_folders_byte_for_byte(tmp_path: Path) -> None:
    """The script and its data give exactly the files that are bundled, no more and no less."""
    build(tmp_path)
    for name in BINH_DUONG:
        assert files(tmp_path / name) == files(LIBRARY / name)


@pytest.mark.parametrize("name", [*BINH_DUONG, "tiny", *(f"binh-duong:{variant}" for variant in VARIANTS)])
def test_bundled_scenarios_have_neither_errors_nor_warnings(name: str) -> None:
    """What is bundled is an example of how it should be."""
    scenario, problems = examine_scenario(name)
    assert scenario is not None
    assert problems == ()


def test_each_figure_has_exactly_one_source(either: Scenario) -> None:
    """Each figure of each row, and each setting, is named by one row of the sources, with its basis."""
    missing_or_twice = []
    for table, column in sorted(expected_figures()):
        named = [source.rows for source in either.sources if (source.table, source.column) == (table, column)]
        keys = [table] if table in SECTIONS else [key_text(row) for row in getattr(either, table)]
        for key in keys:
            count = sum(rows == ANY or key in rows.split() for rows in named)
            if count != 1:
                missing_or_twice.append((table, column, key, count))
    assert missing_or_twice == []


def test_each_source_is_of_a_figure(either: Scenario) -> None:
    """No source is left over for something that is not there."""
    assert {(source.table, source.column) for source in either.sources} <= expected_figures()


CITATION = re.compile(
    r"https?://\S+|\S+\.vn\b|a\d{6}\b|(?:arXiv |ID=|laodong )[\d.]+|[A-Z]\w+ et al\. \d{4}|\b\w+/\w+\.(?:md|py)"
)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
#: the sign between thousands and that before decimals
SEPARATORS = {"en": (",", "."), "vi": (".", ",")}


def numbers_of(text: str, lang: str) -> Counter[float]:
    """Every number in a sentence, citations left out; a month by name is its number."""
    text = CITATION.sub(" ", text)
    for number, month in enumerate(MONTHS, start=1):
        text = text.replace(month, f" {number} ") if lang == "en" else text
    thousands, decimal = SEPARATORS[lang]
    found = re.findall(rf"\d+(?:\{thousands}\d{{3}})*(?:\{decimal}\d+)?", text)
    return Counter(float(one.replace(thousands, "").replace(decimal, ".")) for one in found)


def grounds_in_both_languages() -> Iterator[tuple[str, str]]:
    """English and Vietnamese of every ground of a bundled scenario, of a province of the country, and of published figures."""
    for scenario in (*map(load_scenario, (*BINH_DUONG, "tiny")), country_province("48")):
        yield from ((source.source, source.source_vi) for source in scenario.sources)
    yield from ((row["source"], row["source_vi"]) for row in read("published.csv"))


def test_grounds_say_the_same_in_both_languages() -> None:
    """Each English sentence has a Vietnamese one in NFC, with the same numbers and the same citations."""
    pairs = set(grounds_in_both_languages())
    assert len(pairs) > 150
    for english, vietnamese in sorted(pairs):
        assert (vietnamese and vietnamese != english) or english.count("et al.") == 2, english
        assert unicodedata.is_normalized("NFC", vietnamese), vietnamese
        assert CITATION.findall(english) == CITATION.findall(vietnamese), english
        assert numbers_of(english, "en") == numbers_of(vietnamese, "vi"), english


def test_no_ground_is_left_over() -> None:
    """Each sentence of the table of grounds is one of a scenario, and stands there once."""
    told = [row["en"] for row in read("grounds.csv")]
    assert set(told) <= {english for english, _ in grounds_in_both_languages()}
    assert len(told) == len(set(told))


def test_network_of_2024_has_the_counts_of_the_plan(binh_duong: Scenario) -> None:
    """91 units in nine districts, one center, nine branches and a point for each unit, 19 fields, three phases."""
    assert len(binh_duong.units) == 91
    assert Counter(unit.kind for unit in binh_duong.units) == {"ward": 47, "commune": 39, "town": 5}
    assert len(binh_duong.districts) == 9
    assert Counter(office.kind for office in binh_duong.offices) == {"center": 1, "branch": 9, "point": 91}
    assert {office.unit for office in binh_duong.offices if office.kind == "point"} == {unit.id for unit in binh_duong.units}
    assert Counter(field.level for field in binh_duong.fields) == {"commune": 6, "district": 6, "province": 7}
    assert [phase.id for phase in binh_duong.phases] == ["p1", "p2", "p3"]


def test_demand_adds_up_by_level(binh_duong: Scenario) -> None:
    """26 records a 1,000 inhabitants and month at communes, 10 at districts, 5.1 at the province."""
    rates = Counter[str]()
    for field in binh_duong.fields:
        rates[field.level] += field.demand_per_1000_month  # type: ignore[assignment]
    assert rates == pytest.approx({"commune": 26.0, "district": 10.0, "province": 5.1})


def test_people_add_up_to_the_official_total(binh_duong: Scenario, actual: Scenario) -> None:
    """Old units, new units and the pieces that lead from one to the other hold the same people."""
    assert sum(unit.population for unit in binh_duong.units) == PEOPLE
    assert sum(unit.population for unit in actual.units) == PEOPLE
    pieces = read("mapping_2024_2025.csv")
    old, new = Counter[str](), Counter[str]()
    for piece in pieces:
        old[piece["old_code"]] += int(piece["pop_2024_est"])
        new[piece["new_code"]] += int(piece["pop_2024_est"])
    assert old == pytest.approx({unit.id: unit.population for unit in binh_duong.units}, abs=2)
    assert new == pytest.approx({unit.id: unit.population for unit in actual.units}, abs=2)


def test_staff_follows_published_numbers(binh_duong: Scenario) -> None:
    """24 officers at the center, 122 in the branches, about four a point; two postal workers a branch from phase 2."""
    kinds = {office.id: office.kind for office in binh_duong.offices}
    staff = Counter(kinds[officer.home] for officer in binh_duong.officers if officer.employer != "post")
    assert staff["center"] == 24
    assert staff["branch"] == 122
    assert 4.0 < staff["point"] / 91 < 4.3
    postal = [officer for officer in binh_duong.officers if officer.employer == "post"]
    assert {officer.first_phase for officer in postal} == {"p2"}
    assert set(Counter(officer.home for officer in postal).values()) == {2}


def test_one_head_of_each_office_stays(either: Scenario) -> None:
    """Exactly one officer of each office cannot be moved."""
    pinned = Counter(officer.home for officer in either.officers if not officer.movable)
    assert pinned == {office.id: 1 for office in either.offices}


def test_skills_follow_the_assumed_pattern(binh_duong: Scenario) -> None:
    """Point officers take every commune field, 25, 60 and 15 in a hundred with one, two and three at own pace."""
    fields = {level: {field.id for field in binh_duong.fields if field.level == level} for level in ("commune", "province")}
    points = {office.id for office in binh_duong.offices if office.kind == "point"}
    own = Counter[int]()
    for officer in binh_duong.officers:
        if officer.home in points:
            assert set(officer.skills) == fields["commune"]
            assert officer.skills["certification"] == 1000
            own[sum(pace == 1000 for pace in officer.skills.values())] += 1
    shares = {count: number / sum(own.values()) for count, number in own.items()}
    assert shares == pytest.approx({1: 0.25, 2: 0.60, 3: 0.15}, abs=0.01)


@pytest.mark.parametrize(("kind", "least"), [("branch", 3), ("center", 4)])
def test_each_field_has_several_holders(binh_duong: Scenario, kind: str, least: int) -> None:
    """Every field of a branch has three holders or more, every field of the center four."""
    view = phase_view(binh_duong, "p1")
    for office in (office for office in view.offices.values() if office.kind == kind):
        holders = Counter(field for officer in view.crew(office.id) for field in view.officers[officer].skills)
        assert min(holders[field] for field in view.offers[office.id]) >= least, office.id


def test_offices_merge_phase_by_phase(binh_duong: Scenario) -> None:
    """101 offices, 92 after central points join their branches, 68 after the drafted groups join; no host loses counters."""
    views = {phase.id: phase_view(binh_duong, phase.id) for phase in binh_duong.phases}
    assert {phase: len(view.offices) for phase, view in views.items()} == {"p1": 101, "p2": 92, "p3": 68}
    assert all(len(views["p2"].members[f"D{district.id}"]) == 2 for district in binh_duong.districts)
    joined = {host: len(members) for host, members in views["p3"].members.items() if len(members) > 2}
    assert joined == {"C25759": 5, "C25760": 4, "C25972": 3, "C25975": 3, "D718": 6, "D724": 6, "D725": 7}
    counters = {host: views["p3"].offices[host].counters for host in joined}
    assert counters == {"C25759": 14, "C25760": 14, "C25972": 14, "C25975": 14, "D718": 23, "D724": 25, "D725": 25}
    for view in views.values():
        assert len(view.competent) == 91 * 19
        assert all(len(view.crew(office)) >= place.minimum_crew for office, place in view.offices.items())


def test_units_of_2025_are_served_by_their_own_office(actual: Scenario) -> None:
    """36 units, each with an office that takes its commune and district fields, with 9 to 14 counters."""
    assert len(actual.units) == 36
    assert Counter(unit.kind for unit in actual.units) == {"ward": 24, "commune": 12}
    view = phase_view(actual, "p1")
    levels = {field.id: field.level for field in actual.fields}
    for (unit, field), office in view.competent.items():
        assert office == ("P" if levels[field] == "province" else f"T{unit}")
    assert {min(14, max(9, place.counters)) == place.counters for place in view.offices.values() if place.kind == "point"} == {
        True
    }


def test_both_networks_have_the_same_people_at_work(binh_duong: Scenario, actual: Scenario) -> None:
    """The staff of 2025 is the staff of phase 3, placed otherwise."""

    def staff(scenario: Scenario) -> Counter[float]:
        return Counter(officer.counter_share for officer in scenario.officers)

    assert staff(actual) == staff(binh_duong)


def test_tet_changes_demand_by_the_stated_factors(binh_duong: Scenario) -> None:
    """Rows multiply to 0.75, 0.8 and 1.25, for certification to 0.6, 0.8 and 1.4, on the right working days."""

    def factor(day: date, field: str) -> float:
        product = 1.0
        for change in binh_duong.demand_changes:
            if change.start <= day <= change.end and change.field in (ANY, field):
                product *= change.factor
        return product

    after = working_days(binh_duong, date(2025, 2, 3), date(2025, 3, 31))
    week_before = working_days(binh_duong, date(2025, 1, 18), date(2025, 2, 2))
    expected = {"certification": (0.6, 0.8, 1.4), "civil_status": (0.75, 0.8, 1.25)}
    for field, (before, first, later) in expected.items():
        assert [factor(day, field) for day in week_before] == pytest.approx([before] * 5)
        assert [factor(day, field) for day in after] == pytest.approx([first] * 2 + [later] * 15 + [1.0] * (len(after) - 17))
    assert factor(date(2025, 3, 3), "driving_licence") == 0.0


def test_profiles_share_out_the_day(binh_duong: Scenario) -> None:
    """Both profiles share out the whole day; of land a tenth of the day comes before the doors open instead of after lunch."""
    shares = {name: [row.share for row in binh_duong.arrival_profiles if row.profile == name] for name in ("standard", "land")}
    assert {name: sum(row) for name, row in shares.items()} == pytest.approx({"standard": 1.0, "land": 1.0})
    assert shares["land"][0] - shares["standard"][0] == pytest.approx(0.1)
    assert sum(shares["standard"][5:]) - sum(shares["land"][5:]) == pytest.approx(0.1)


def test_travel_is_that_of_the_data(binh_duong: Scenario) -> None:
    """Speeds and detours are the defaults of `travel_parameters.json`."""
    travel = binh_duong.travel
    given = json.loads((LIBRARY / "sources" / "travel_parameters.json").read_text(encoding="utf-8"))
    assert travel.circuity == given["circuity"]["default"]
    assert travel.fixed_min == given["fixed_min"]["default"]
    speeds = (travel.urban_dense_kmh, travel.urban_kmh, travel.rural_kmh)
    assert speeds == tuple(given["speed_kmh"][kind]["default"] for kind in ("urban_dense", "urban", "rural"))
    assert f"{travel.dense_people_per_km2:.0f}" in given["speed_kmh"]["urban_dense"]["rule"]
    assert f"{travel.within_unit_factor}" in given["within_unit_straight_km"]


def test_maps_show_each_unit_once(either: Scenario) -> None:
    """The borders beside a scenario carry the ids of its units."""
    drawn = json.loads((LIBRARY / either.id / "map.geojson").read_text(encoding="utf-8"))
    assert sorted(feature["properties"]["id"] for feature in drawn["features"]) == sorted(unit.id for unit in either.units)


def test_scenarios_say_that_officers_are_synthetic(either: Scenario) -> None:
    """The notice stands in both languages, and the licence of the data beside the data."""
    assert "giả lập" in either.notice_vi
    assert "synthetic" in either.notice_en
    assert "Permission is hereby granted" in (LIBRARY / "sources" / "SOURCES.md").read_text(encoding="utf-8")


def test_local_demand_differs_without_growth_elsewhere(binh_duong: Scenario) -> None:
    """The invented factors are 2.0 in the new city center, 1.15 in Tân Uyên, and 1 on average over all other people."""
    units = {unit.id: unit for unit in load_scenario("binh-duong:local-demand").units}
    assert units["25760"].demand_factor == units["25762"].demand_factor == 2.0
    assert {unit.demand_factor for unit in units.values() if unit.district == "723"} == {1.15}
    others = [unit for unit in units.values() if unit.district != "723" and unit.id not in ("25760", "25762")]
    mean = sum(unit.population * unit.demand_factor for unit in others) / sum(unit.population for unit in others)
    assert mean == pytest.approx(1.0, abs=0.005)
    assert {unit.demand_factor for unit in binh_duong.units} == {1.0}


def test_variants_are_those_that_are_named() -> None:
    """No file of a variant is left out of the tests."""
    assert sorted(path.stem for path in (LIBRARY / "binh-duong" / "variants").glob("*.toml")) == sorted(VARIANTS)


def test_volunteers_leave_few_papers_to_be_found_at_the_counter(binh_duong: Scenario) -> None:
    """25 in 100 first visits lack papers, 12 for certification; one volunteer leaves 10 to the counter, two leave 4."""
    missing = {field.id: field.missing_papers_share for field in binh_duong.fields}
    assert missing.pop("certification") == 0.12
    assert set(missing.values()) == {0.25}
    left = [0.25 * (1 - binh_duong.papers.check_share) ** count for count in (1, 2)]
    assert left == pytest.approx([0.10, 0.04])


def test_lead_times_alone_leave_98_in_100_on_time(either: Scenario) -> None:
    """Lognormal lead times lie within the days allowed as often as was reported at departments in 2021, 98.2 %."""
    for field in either.fields:
        sigma = sqrt(log(1 + field.lead_cv**2))
        mean_of_log = log(field.lead_days) - sigma**2 / 2
        assert NormalDist(mean_of_log, sigma).cdf(log(field.limit_days)) == pytest.approx(0.982, abs=0.003)


def test_back_offices_have_time_for_more_than_their_work(either: Scenario) -> None:
    """A row for each unit, each district with units and the province, at least 1.15 × the mean work of its dossiers."""
    places = {level: [row.place for row in either.back_offices if row.level == level] for level in LEVELS}
    assert places["commune"] == [unit.id for unit in either.units]
    assert places["district"] == [district.id for district in either.districts]
    assert places["province"] == [ANY]
    share = max(phase.online_self_factor for phase in either.phases)
    gone = "driving_licence" if either.id == "binh-duong-2025-actual" else ""
    for row in either.back_offices:
        people = sum(unit.population for unit in either.units if row.place in (ANY, unit.id, unit.district))
        work = 0.0
        for field in (field for field in either.fields if field.level == row.level and field.id != gone):
            online = field.online_self_share * share
            later = 1 - field.same_day_share * (1 - online)
            work += field.demand_per_1000_month / 22 * (later * field.back_office_min + 4 * online)
        assert row.minutes_per_day >= 1.15 * work * people / 1000, row.place
        assert row.backlog == 0


def test_commune_officers_handle_dossiers_in_the_time_they_are_not_at_the_counter(binh_duong: Scenario) -> None:
    """Four tenths of 480 minutes each, in every unit: nowhere is that too little."""
    crews = Counter(officer.home for officer in binh_duong.officers)
    for row in (row for row in binh_duong.back_offices if row.level == "commune"):
        assert row.minutes_per_day == crews[f"C{row.place}"] * 192


def test_reuse_grows_from_phase_to_phase(binh_duong: Scenario) -> None:
    """The growth of a phase leads to the share of the next, less than a hundredth apart."""
    for phase, later in pairwise(binh_duong.phases):
        reached = phase.reuse_share + phase.reuse_growth_per_month * (later.start - phase.start).days / 30
        assert reached == pytest.approx(later.reuse_share, abs=0.01)


def test_each_field_needs_systems_that_are_there(either: Scenario) -> None:
    """All but certification stand still without the province's system; certification goes on by hand."""
    systems = {system.id: system for system in either.systems}
    for field in either.fields:
        needed = field.systems.split()
        assert set(needed) <= set(systems)
        assert ("one_stop" in needed) == ("certification" not in field.id)
    assert systems["certification_register"].manual_pace == 1300
    assert either.interruptions.portal in systems


def test_only_land_has_agents_with_bundles(either: Scenario) -> None:
    """One visit in twenty for land brings six dossiers on average, any other 1.15."""
    for field in either.fields:
        agents = (0.05, 6.0) if field.topic == "land" else (0.0, 1.0)
        assert (field.agents_share, field.agent_dossiers) == agents
        assert field.dossiers_per_visit == 1.15


def test_dau_tieng_keeps_a_counter_for_others(binh_duong: Scenario) -> None:
    """One counter of one branch is reserved for citizens from beyond the boundary."""
    assert {office.id: office.reserved_counters for office in binh_duong.offices if office.reserved_counters} == {"D720": 1}


def test_reserves_are_taken_from_their_branches() -> None:
    """From phase 2 two reserves of each district wait at its branch, which keeps more than its minimum crew."""
    scenario = load_scenario("binh-duong:reserves")
    assert {pool.district: pool.base for pool in scenario.pools} == {row.id: f"D{row.id}" for row in scenario.districts}
    reserves = [officer for officer in scenario.officers if officer.pool]
    assert Counter(officer.pool for officer in reserves) == {pool.id: 2 for pool in scenario.pools}
    assert {(officer.first_phase, f"pool-{officer.home[1:]}" == officer.pool) for officer in reserves} == {("p2", True)}
    others = Counter(officer.home for officer in scenario.officers if not officer.pool)
    assert all(others[office.id] >= office.minimum_crew for office in scenario.offices)


def test_mobile_counters_stand_two_mornings_in_small_communes() -> None:
    """Four officers of the branches without a city go to the two smallest communes of their district, at home the other days."""
    scenario = load_scenario("binh-duong:mobile-counters")
    units = {unit.id: unit for unit in scenario.units}
    offices = {office.id: office for office in scenario.offices}
    view = phase_view(scenario, "p2")
    away = {(row.officer, row.weekday, row.office) for row in scenario.rosters if row.office and row.phase == "p2"}
    assert len(away) == 8
    assert {row.phase for row in scenario.rosters} == {"p2", "p3"}
    for officer, weekday, office in away:
        district = offices[office].district
        assert view.serves[officer] == f"D{district}"
        smaller = [unit for unit in units.values() if unit.district == district]
        smaller = [unit for unit in smaller if unit.population < units[offices[office].unit].population]
        assert len(smaller) <= {2: 0, 4: 1}[weekday]
    mornings = {(row.officer, row.weekday) for row in scenario.rosters if row.start == time(7, 30)}
    assert len(mornings) == 4 * 5


def test_land_rush_stops_when_the_units_have_merged() -> None:
    """Land work is half as much again from January to June 2025, twice as much in April, and nothing else is."""
    scenario = load_scenario("binh-duong:merger-rush")
    rush = [change for change in scenario.demand_changes if change.id.startswith("rush")]
    assert {change.field for change in rush} == {"land_confirmation", "land_registration"}
    days = {date(2025, 1, 2): 1.5, date(2025, 4, 15): 2.0, date(2025, 6, 30): 1.5, date(2025, 7, 1): 1.0}
    for day, factor in days.items():
        found = [change.factor for change in rush if change.field == "land_registration" and change.start <= day <= change.end]
        assert (found or [1.0]) == [factor]


def test_scanning_desks_stand_at_the_center_and_the_branches() -> None:
    """Two scanners at ten offices, none elsewhere."""
    offices = load_scenario("binh-duong:scanning-desks").offices
    assert {office.id: office.scanners for office in offices if office.scanners} == {
        office.id: 2 for office in offices if office.kind != "point"
    }


def test_appointments_are_given_where_they_may_be_booked() -> None:
    """Fields of the province are booked at the center, land registration and construction at the branches."""
    scenario = load_scenario("binh-duong:appointments")
    assert {row.office for row in scenario.slots} == {"center", "branch"}
    booked = {field.id: field.appointment_share for field in scenario.fields if field.appointment_share}
    province = {field.id: 0.3 for field in scenario.fields if field.level == "province"}
    assert booked == {"land_registration": 0.2, "construction": 0.2, **province}


def test_tiny_agrees_with_the_calculation_on_paper() -> None:
    """The utilization in the README is arrivals times work over rostered minutes, from the tables themselves."""
    scenario = load_scenario("tiny")
    view = phase_view(scenario, "p1")
    paper = re.findall(r"^\| `(\w+)` \|.*\| ([0-9.]+) \|$", (LIBRARY / "tiny" / "README.md").read_text(encoding="utf-8"), re.M)
    found = {}
    for office in view.offices:
        work = sum(
            unit.population / 1000 * field.demand_per_1000_month / scenario.demand.working_days_per_month
            * (field.service_min + field.digitize_min)
            for unit in scenario.units
            for field in scenario.fields
            if view.competent[unit.id, field.id] == office
        )  # fmt: skip
        found[office] = work / sum(480 * view.officers[officer].counter_share for officer in view.crew(office))
    assert found == pytest.approx({office: float(value) for office, value in paper}, abs=0.0005)


def test_check_prints_the_offices_of_each_phase() -> None:
    """101 offices, 92 with nine branches of type 1, 68 after the given consolidation."""
    from app.verbs.scenarios import offices_by_phase

    standing = offices_by_phase(load_scenario("binh-duong"))
    assert {phase: sum(kinds.values()) for phase, kinds in standing.items()} == {"p1": 101, "p2": 92, "p3": 68}
    assert all((kinds["center"], kinds["branch"]) == (1, 9) for kinds in standing.values())
