"""Disturbances go with any scenario: by name, with a date, together, and never past the checks."""

import re
import shutil
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest
from small_scenario import replace_text, set_cell, write_small
from test_scenarios_load import save, small_workbook

from results.wording import LANGUAGES, problem_sentence, say
from scenarios import (
    DISTURBANCES,
    Problem,
    Scenario,
    bundled,
    check_scenario,
    disturb,
    examine_scenario,
    load_scenario,
    scenario_digest,
    write_scenario,
)
from scenarios.cells import BadCell
from scenarios.phases import phase_view, straight_km
from scenarios.schema import TABLES, DemandChange
from scenarios.workdays import is_working_day, phase_blocks, working_days

DATED = [one.name for one in DISTURBANCES.values() if one.dated]
OWN_VARIANT = ("binh-duong", "growth-20")  # told apart below
WEEK = timedelta(days=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "Tỉnh nhỏ")


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_scenario("tiny")


@pytest.fixture(scope="module")
def binh_duong() -> Scenario:
    return load_scenario("binh-duong")


def problems_of(name: str) -> tuple[Problem, ...]:
    """Problems of a name; each can be told in both languages."""
    scenario, problems = examine_scenario(name)
    assert (scenario is None) == any(problem.severity == "error" for problem in problems)
    assert all(problem_sentence(problem, lang) for problem in problems for lang in LANGUAGES)
    return problems


def told(name: str) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.found, problem.expected) for problem in problems_of(name)]


def added(before: Scenario, after: Scenario, table: str) -> tuple[DemandChange, ...]:
    """Rows that stand behind those of before."""
    rows = getattr(after, table)
    assert rows[: len(getattr(before, table))] == getattr(before, table)
    return tuple(rows[len(getattr(before, table)) :])


def changes(before: Scenario, after: Scenario) -> list[tuple[str, str, str, float]]:
    return [(row.field, f"{row.start:%m-%d}", f"{row.end:%m-%d}", row.factor) for row in added(before, after, "demand_changes")]


def combined_factors(rows: tuple[DemandChange, ...], field: str, day: date) -> float:
    factor = 1.0
    for row in rows:
        if row.field in ("*", field) and row.start <= day <= row.end:
            factor *= row.factor
    return factor


# Every disturbance on every scenario


@pytest.mark.parametrize(("base", "name"), [pair for pair in product(bundled(), DISTURBANCES) if pair != OWN_VARIANT])
def test_each_goes_with_each_bundled_scenario(base: str, name: str) -> None:
    """Under a disturbance a bundled scenario is still without a problem, and is another scenario."""
    before, (after, problems) = load_scenario(base), examine_scenario(f"{base}:{name}")
    assert problems == ()
    assert after is not None
    assert after.id == f"{base}.{name}"
    assert after.name_vi == f"{before.name_vi} + {DISTURBANCES[name].name_vi}"
    assert after.name_en == f"{before.name_en} + {DISTURBANCES[name].name_en}"
    renamed = after.model_copy(update={"id": before.id, "name_vi": before.name_vi, "name_en": before.name_en})
    assert scenario_digest(renamed) != scenario_digest(before)
    assert check_scenario(after) == check_scenario(before)


def test_every_disturbance_has_a_sentence_in_both_languages() -> None:
    """What the list shows is in the catalogue."""
    assert all(say(f"disturbance.{name}", lang) for name in DISTURBANCES for lang in LANGUAGES)


@pytest.mark.parametrize("base", ["tiny", "binh-duong"])
@pytest.mark.parametrize("name", [name for name in DATED if name != "tet-rush"])
def test_without_a_date_every_phase_feels_it(base: str, name: str) -> None:
    """The middle week of each phase, or its month, has a row of the disturbance on a working day."""
    before = load_scenario(base)
    after = disturb(before, name)
    rows = [row for table in TABLES for row in getattr(after, table)[len(getattr(before, table)) :] if hasattr(row, "start")]
    for phase in before.phases:
        days = working_days(before, phase.start, phase.end)
        assert any(row.start <= day <= row.end for row in rows for day in days), phase.id
        if name != "land-rush":
            week = phase_blocks(before, phase.id, 5)[0].measured
            assert any(row.start <= week[0] <= row.end for row in rows), phase.id


@pytest.mark.parametrize("name", DATED)
def test_with_a_date_nothing_else_is_disturbed(tiny: Scenario, name: str) -> None:
    """With a date every row of a disturbance belongs to that date."""
    start = date(2025, 3, 19)
    after = disturb(tiny, name, start)
    assert after.id == f"tiny.{name}-2025-03-19"
    rows = [row for table in TABLES for row in getattr(after, table)[len(getattr(tiny, table)) :] if hasattr(row, "start")]
    firsts = {row.start for row in rows}
    assert firsts == ({start} if name != "tet-rush" else {date(2025, 3, 12), start, date(2025, 3, 21)})


# What each one does


def test_tet_lowers_demand_before_and_raises_it_after(binh_duong: Scenario) -> None:
    """The factors that are met on the working days around the Tet closure of 2025 are those promised."""
    after = disturb(binh_duong, "tet-rush")
    rows = added(binh_duong, after, "demand_changes")
    following = working_days(binh_duong, date(2025, 2, 3), date(2025, 3, 31))
    expected = {
        **{date(2025, 1, 20 + day): (0.75, 0.6) for day in range(5)},
        **dict.fromkeys(following[:2], (0.8, 0.8)),
        **dict.fromkeys(following[2:17], (1.25, 1.4)),
        **dict.fromkeys(following[17:], (1.0, 1.0)),
        date(2025, 1, 17): (1.0, 1.0),
    }
    for day, (other, certification) in expected.items():
        assert combined_factors(rows, "civil_status", day) == pytest.approx(other), day
        assert combined_factors(rows, "certification", day) == pytest.approx(certification), day
        assert combined_factors(rows, "district_certification", day) == pytest.approx(certification), day


def test_tet_has_the_windows_of_the_scenario_that_has_it_already(binh_duong: Scenario) -> None:
    """The rows of Binh Duong for Tet, made by hand, are those of the disturbance."""
    by_hand = {(row.field, row.start, row.end, row.factor) for row in binh_duong.demand_changes if row.id.startswith("tet-")}
    made = {
        (row.field, row.start, row.end, row.factor)
        for row in added(binh_duong, disturb(binh_duong, "tet-rush"), "demand_changes")
        if row.field != "district_certification"
    }
    assert made == by_hand


def test_tet_is_the_longest_closure_of_january_and_february(folder: Path) -> None:
    """New Year and a holiday in spring are not taken for Tet; two years have two."""
    text = (folder / "closures.csv").read_text(encoding="utf-8")
    more = "ny,Tết Dương lịch,New Year,2025-01-01,2025-01-01\nmay,Nghỉ lễ,May,2025-04-26,2025-05-04\n"
    (folder / "closures.csv").write_text(f"{text}{more}tet26,Tết,Tet,2026-02-14,2026-02-22\n", encoding="utf-8")
    set_cell(folder, "phases", 3, "end", "2026-06-30")
    before = load_scenario(folder)
    after = load_scenario(f"{folder}:tet-rush")
    starts = {row.start for row in added(before, after, "demand_changes")}
    assert starts == {
        date(2025, 1, 20),
        date(2025, 2, 3),
        date(2025, 2, 5),
        date(2026, 2, 9),
        date(2026, 2, 23),
        date(2026, 2, 25),
    }


def test_tet_without_a_closure_falls_into_the_middle_of_phases(tiny: Scenario) -> None:
    """A scenario without Tet still has its rush, once while it lasts."""
    assert changes(tiny, disturb(tiny, "tet-rush")) == [
        ("*", "03-03", "03-07", 0.75),
        ("certification", "03-03", "03-07", 0.8),
        ("*", "03-10", "03-11", 0.8),
        ("*", "03-12", "04-01", 1.25),
        ("certification", "03-12", "04-01", 1.12),
    ]


def test_tet_on_a_day_off_begins_on_the_next_working_day(tiny: Scenario) -> None:
    """The first working day after Tet is a working day."""
    sunday = disturb(tiny, "tet-rush", date(2025, 3, 16))
    assert changes(tiny, sunday) == changes(tiny, disturb(tiny, "tet-rush", date(2025, 3, 17)))


def test_land_is_in_demand_twice_for_a_month(tiny: Scenario, binh_duong: Scenario) -> None:
    """Fields of the topic, or named by their id where no topic stands; a month from the date, or calendar months."""
    assert changes(tiny, disturb(tiny, "land-rush")) == [("land", "03-01", "03-31", 2.0)]
    assert changes(tiny, disturb(tiny, "land-rush", date(2025, 1, 31))) == [("land", "01-31", "02-27", 2.0)]
    assert changes(tiny, disturb(tiny, "land-rush", date(2024, 12, 9))) == [("land", "12-09", "01-08", 2.0)]
    rows = changes(binh_duong, disturb(binh_duong, "land-rush"))
    assert {row[0] for row in rows} == {field.id for field in binh_duong.fields if field.topic == "land"}
    assert [row[1:] for row in rows][::2] == [("11-01", "11-30", 2.0), ("05-01", "05-31", 2.0), ("10-01", "10-31", 2.0)]


def test_one_in_five_more_is_away_for_two_weeks(tiny: Scenario, binh_duong: Scenario) -> None:
    """The wave is everywhere, and no two of its own overlap."""
    for before in (tiny, binh_duong):
        waves = disturb(before, "absence-wave").absence_waves
        assert {(wave.place, wave.share, wave.end - wave.start) for wave in waves} == {("*", 0.2, timedelta(days=13))}
        assert all(first.end < second.start for first, second in pairwise(waves))
        assert len(waves) == len(before.phases)


def test_the_main_system_stands_still_for_a_morning(binh_duong: Scenario) -> None:
    """The system that most fields need is down on one working day of each phase."""
    after = disturb(binh_duong, "system-down")
    outages = added(binh_duong, after, "outages")
    assert after.systems == binh_duong.systems
    assert {(row.system, row.place, row.from_time, row.to_time, row.pace) for row in outages} == {
        ("one_stop", "*", time(7, 30), time(11, 30), 0)
    }
    assert all(row.start == row.end and is_working_day(binh_duong, row.start) for row in outages)
    assert [row.start for row in disturb(binh_duong, "system-down", date(2025, 4, 5)).outages] == [date(2025, 4, 8)]


def test_a_scenario_without_systems_gets_one_that_all_fields_need(tiny: Scenario) -> None:
    """The system is added once, also by two mornings."""
    after = disturb(disturb(tiny, "system-down"), "system-down", date(2025, 3, 20))
    (system,) = after.systems
    assert {field.systems for field in after.fields} == {system.id}
    assert [outage.start.day for outage in after.outages] == [10, 24, 20]
    assert [field.model_copy(update={"systems": ""}) for field in after.fields] == list(tiny.fields)


def test_the_busiest_branch_is_closed_and_the_nearest_takes_over(binh_duong: Scenario) -> None:
    """The branch of the district with most inhabitants is closed; no other with its fields is nearer than the one to go to."""
    people = {
        row.id: sum(unit.population for unit in binh_duong.units if unit.district == row.id) for row in binh_duong.districts
    }
    largest = max(people, key=lambda district: people[district])
    after = disturb(binh_duong, "branch-closed")
    assert len(after.office_closures) == 3
    for phase, row in zip(binh_duong.phases, after.office_closures, strict=True):
        view = phase_view(binh_duong, phase.id)
        closed, target = view.offices[row.office], view.offices[row.to]
        assert (closed.kind, closed.district) == ("branch", largest)
        assert row.end - row.start == WEEK - timedelta(days=1)
        assert view.offers[closed.id] <= view.offers[target.id]
        nearer = [
            other.id
            for other in view.offices.values()
            if other.id != closed.id
            and straight_km(closed.lat, closed.lon, other.lat, other.lon)
            < straight_km(closed.lat, closed.lon, target.lat, target.lon)
        ]
        assert not [other for other in nearer if view.offers[closed.id] <= view.offers[other]]


def test_citizens_of_the_only_branch_wait(tiny: Scenario) -> None:
    """Where no other office offers the same fields nobody is sent on."""
    assert [(row.office, row.to) for row in disturb(tiny, "branch-closed").office_closures] == [("br", ""), ("br", "")]


def test_without_branches_the_point_with_most_people_closes(folder: Path) -> None:
    """In the small scenario that is the point of the largest unit; a point merged away is not chosen."""
    closures = added(load_scenario(folder), load_scenario(f"{folder}:branch-closed"), "office_closures")
    assert [row.office for row in closures] == ["o3", "o3"]


def test_an_office_closed_already_is_not_where_citizens_go(folder: Path) -> None:
    """Citizens go to the nearest that is open; those sent somewhere already go on going there."""
    first = load_scenario(f"{folder}:branch-closed@2025-02-10").office_closures[-1]
    assert (first.office, first.to) == ("o3", "o4")
    shut = '[[office_closures]]\nid = "o4-shut"\noffice = "o4"\nstart = 2025-02-12\nend = 2025-02-12\nto = ""\n'
    (folder / "variants").mkdir()
    (folder / "variants" / "shut.toml").write_text(shut, encoding="utf-8")
    assert load_scenario(f"{folder}:branch-closed@2025-02-10+shut").office_closures[-1].to == "o2"
    (folder / "variants" / "shut.toml").write_text(
        shut.replace("o4-shut", "x").replace('office = "o4"', 'office = "o3"').replace('to = ""', 'to = "o1"'), encoding="utf-8"
    )
    assert load_scenario(f"{folder}:branch-closed@2025-02-10+shut").office_closures[-1].to == "o1"


@pytest.mark.parametrize(("name", "factor"), [("growth-10", 1.1), ("growth-20", 1.2), ("growth-30", 1.3)])
def test_growth_scales_demand(tiny: Scenario, folder: Path, name: str, factor: float) -> None:
    """Growth multiplies what the scenario has; nothing else changes."""
    after = disturb(tiny, name)
    assert after.demand == tiny.demand.model_copy(update={"scale": factor})
    assert all(getattr(after, table) == getattr(tiny, table) for table in TABLES)
    replace_text(folder, "scenario.toml", "scale = 1.0", "scale = 0.5")
    assert load_scenario(f"{folder}:{name}").demand.scale == pytest.approx(0.5 * factor)


def test_growth_stays_within_the_bounds_of_demand(folder: Path) -> None:
    """Demand above what the schema allows is told, not played."""
    replace_text(folder, "scenario.toml", "scale = 1.0", "scale = 95.0")
    assert told(f"{folder}:growth-20") == [("E-NUM-005", "growth-20", "≤ 100")]
    with pytest.raises(BadCell):
        disturb(load_scenario(folder), "growth-20")


# Together


def test_a_combination_is_one_after_the_other(tiny: Scenario) -> None:
    """Names joined by + give what disturbing twice gives, id and names included."""
    step = disturb(disturb(tiny, "absence-wave"), "land-rush", date(2025, 3, 3))
    assert load_scenario("tiny:absence-wave+land-rush@2025-03-03") == step
    assert step.id == "tiny.absence-wave.land-rush-2025-03-03"
    assert check_scenario(step) == ()


def pairs() -> Iterator[tuple[str, str]]:
    names = [*DISTURBANCES, *(f"{name}@2025-03-12" for name in DATED)]
    yield from ((first, second) for number, first in enumerate(names) for second in names[number:])


def test_their_order_changes_nothing_but_the_id(folder: Path) -> None:
    """Any two disturbances give the same digest in both orders, their ids apart, and break no rule."""
    base, problems = load_scenario(folder), set(examine_scenario(folder)[1])
    for first, second in pairs():
        digests = set()
        for name in (f"{first}+{second}", f"{second}+{first}"):
            asked = [one.partition("@") for one in name.split("+")]
            scenario = base
            for one, _, day in asked:
                scenario = disturb(scenario, one, date.fromisoformat(day) if day else None)
            digests.add(scenario_digest(scenario.model_copy(update={"id": "x"})))
        assert len(digests) == 1, (first, second)
        assert {problem.code for problem in set(check_scenario(scenario)) - problems} <= {"W-CLOSE-004"}, (first, second)


def test_own_variants_win_and_come_first(binh_duong: Scenario) -> None:
    """Binh Duong has a growth-20 of its own; a disturbance multiplies what it sets, in whatever order they are named."""
    own = load_scenario("binh-duong:growth-20")
    assert (own.id, own.name_en) == ("binh-duong.growth-20", "Binh Duong: demand up by 20 %")
    for name in ("growth-20+growth-10", "growth-10+growth-20"):
        both = load_scenario(f"binh-duong:{name}")
        assert (both.id, both.demand.scale) == ("binh-duong.growth-20.growth-10", pytest.approx(1.32))
    assert load_scenario("binh-duong:growth-20+absence-wave").id == "binh-duong.growth-20.absence-wave"
    assert load_scenario("binh-duong:growth-20+growth-20") == own


def test_two_variants_go_together(folder: Path) -> None:
    """Of two variants the later one wins where they meet."""
    (folder / "variants").mkdir()
    (folder / "variants" / "one.toml").write_text("[demand]\nscale = 1.5\nnoise_cv = 0.3\n", encoding="utf-8")
    (folder / "variants" / "two.toml").write_text("[demand]\nscale = 2.0\n", encoding="utf-8")
    scenario = load_scenario(f"{folder}:one+two")
    assert (scenario.id, scenario.demand.scale, scenario.demand.noise_cv) == ("small.one.two", 2.0, 0.3)
    assert load_scenario(f"{folder}:two+one").demand.scale == 1.5


def test_a_disturbed_scenario_can_be_written_and_disturbed_again(tmp_path: Path) -> None:
    """Ids of new rows are free ones."""
    every = "+".join(DISTURBANCES)
    first = load_scenario(f"tiny:{every}")
    assert len(first.id) <= 64
    write_scenario(first, tmp_path / "copy")
    assert load_scenario(tmp_path / "copy") == first
    assert problems_of(f"{tmp_path / 'copy'}:{every}") == ()


def test_all_at_once_on_binh_duong() -> None:
    """Every disturbance together, with and without dates, breaks no rule."""
    names = [*DISTURBANCES, *(f"{name}@2025-05-20" for name in DATED)]
    assert problems_of("binh-duong:" + "+".join(names)) == ()


# Wrong names, wrong dates, other places


@pytest.mark.parametrize(
    ("name", "found", "nearest"),
    [
        ("tiny:tet-rus", "tet-rus", "tet-rush"),
        ("tiny:growth-20+sistem-down", "sistem-down", "system-down"),
        ("tiny:land-rash@2025-03-03", "land-rash", "land-rush"),
        ("binh-duong:reserve", "reserve", "reserves"),
        ("tiny:growth-20+", "", None),
    ],
)
def test_an_unknown_name_is_one_problem(name: str, found: str, nearest: str | None) -> None:
    """It lists variants and disturbances and proposes the nearest."""
    (problem,) = problems_of(name)
    assert (problem.code, problem.found) == ("E-VAR-001", found)
    assert nearest in (None, problem.expected)
    for sentence in (problem_sentence(problem, lang) for lang in LANGUAGES):
        assert all(one in sentence for one in DISTURBANCES)
        assert ("lunch-halves" in sentence) == name.startswith("binh-duong")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("tiny:land-rush@soon", ("E-DATE-001", "soon", "2025-03-31")),
        ("tiny:land-rush@", ("E-DATE-001", "", "2025-03-31")),
        ("tiny:land-rush@2025-02-30", ("E-DATE-002", "2025-02-30", "2025-03-31")),
        ("tiny:land-rush@03/04/2025", ("E-DATE-003", "03/04/2025", "2025-04-03, 2025-03-04")),
        ("tiny:land-rush@2568-02-01", ("E-DATE-004", "2568-02-01", "2000-2100")),
        ("tiny:growth-10@2025-03-03", ("E-VAR-003", "growth-10@2025-03-03", "growth-10")),
        ("binh-duong:reserves@2025-03-03", ("E-VAR-003", "reserves@2025-03-03", "reserves")),
    ],
)
def test_a_wrong_date_is_told(name: str, problem: tuple[str, str, str]) -> None:
    """A date that is none, or stands where none is taken, is an error."""
    assert told(name) == [problem]


def test_every_wrong_name_is_told_with_the_rest(folder: Path) -> None:
    """Wrong names hide neither each other nor the faults of the tables."""
    set_cell(folder, "units", 2, "lat", "abc")
    codes = {problem.code for problem in problems_of(f"{folder}:tet-rus+land-rush@never+growth-10")}
    assert codes == {"E-VAR-001", "E-DATE-001", "E-NUM-001"}


def test_rules_across_tables_are_told_as_without_it(folder: Path) -> None:
    """A scenario that breaks a rule is not disturbed; its problems stay the same."""
    set_cell(folder, "offices", 4, "minimum_crew", "4")
    set_cell(folder, "office_changes", 2, "into", "o9")
    assert problems_of(f"{folder}:branch-closed") == problems_of(str(folder))


def test_a_date_outside_every_phase_is_told() -> None:
    """The warning stands at the name that was given."""
    problems = problems_of("tiny:absence-wave@2030-01-07")
    assert [(problem.file, problem.code) for problem in problems] == [("absence-wave@2030-01-07", "W-DATE-006")]


def test_a_disturbance_that_changes_nothing_is_told(folder: Path) -> None:
    """A rush for land needs fields that are about land."""
    for path in folder.glob("*.csv"):
        path.write_text(re.sub(r"\bland\b", "soil", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert told(f"{folder}:land-rush") == [("W-VAR-004", "land-rush", "")]


def test_a_workbook_takes_them_too(folder: Path, tmp_path: Path) -> None:
    """A workbook under a disturbance is the folder under it."""
    book = save(small_workbook(), tmp_path / "sổ.xlsx")
    name = "land-rush@2025-03-03+system-down"
    assert scenario_digest(load_scenario(f"{book}:{name}")) == scenario_digest(load_scenario(f"{folder}:{name}"))


@pytest.mark.parametrize("name", ["C:tet-rush", "C:\\data\\tiny", "D:/tiny", "C:/data/a+b@2025-03-03"])
def test_the_letter_of_a_drive_is_no_scenario(name: str) -> None:
    """A path with a drive stays whole."""
    assert [problem[:2] for problem in told(name)] == [("E-FILE-001", name)]


def test_behind_a_path_with_a_drive_stand_names() -> None:
    """Only the last colon parts the names."""
    assert [problem[:2] for problem in told("C:\\data\\nowhere:tet-rush")] == [("E-FILE-001", "C:\\data\\nowhere")]


def test_a_folder_that_is_named_so_is_that_folder(folder: Path, tmp_path: Path) -> None:
    """What exists is a path, whatever its letters."""
    shutil.copytree(folder, tmp_path / "tiny:growth-20+tet-rush@2025-03-03")
    assert load_scenario(tmp_path / "tiny:growth-20+tet-rush@2025-03-03").id == "small"


def test_disturb_refuses_what_it_does_not_know(tiny: Scenario) -> None:
    """From Python an unknown name is a KeyError and a date too many a ValueError."""
    with pytest.raises(KeyError):
        disturb(tiny, "storm")
    with pytest.raises(ValueError, match="takes no date"):
        disturb(tiny, "growth-10", date(2025, 3, 3))
