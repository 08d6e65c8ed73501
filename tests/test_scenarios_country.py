"""The synthetic country: counted as published, sound in every province, the same each time, and playable as a whole."""

import pytest

from scenarios import check_scenario, load_scenario
from scenarios.library.country import PEOPLE_2024, country_province, province_names, provinces
from scenarios.library.raw_data import read
from scenarios.workdays import working_days
from sim.country import country_digest, country_indicators, play_country

CENSUS_2019 = 96_208_984  # total of the census of 1 April 2019
SMALLEST = "48"  # province of fewest units


def test_the_country_has_the_units_of_may_2024() -> None:
    """63 provinces, 705 district-level units, 10,595 commune-level ones; the census adds up to its published total."""
    rows = read("country_districts.csv")
    assert len(provinces()) == len(province_names()) == 63
    assert {row["province"] for row in rows} == {province.code for province in provinces()}
    assert len(rows) == len({row["code"] for row in rows}) == 705
    assert [sum(int(row[kind]) for row in rows) for kind in ("wards", "towns", "communes")] == [1_784, 619, 8_192]
    assert sum(int(row["people_2019"]) for row in read("country_provinces.csv")) == CENSUS_2019
    assert abs(sum(province.people for province in provinces()) - PEOPLE_2024) < 63


@pytest.mark.parametrize("code", ["31", SMALLEST, "51"])  # two with island districts without communes
def test_a_province_is_sound(code: str) -> None:
    """No error; an office for each unit and district and the center; people as of the province; 250 working days."""
    scenario = country_province(code)
    assert not [problem for problem in check_scenario(scenario) if problem.severity == "error"]
    assert len(scenario.offices) == len(scenario.units) + len(scenario.districts) + 1
    people = next(province.people for province in provinces() if province.code == code)
    assert abs(sum(unit.population for unit in scenario.units) - people) <= len(scenario.units) / 2 + 100
    phase = scenario.phases[0]
    assert len(working_days(scenario, phase.start, phase.end)) == 250
    assert "synthetic" in scenario.notice_en


def test_a_province_is_loaded_by_its_name() -> None:
    """What is made is what is read back, to the row."""
    assert load_scenario(f"country-{SMALLEST}") == country_province(SMALLEST)


def test_scale_takes_crews_along() -> None:
    """Three times the demand meets three times the officers."""
    once, thrice = country_province(SMALLEST), country_province(SMALLEST, scale=3.0)
    assert (thrice.demand.scale, len(thrice.officers)) == (3.0, 3 * len(once.officers))


def test_provinces_side_by_side_are_those_one_by_one() -> None:
    """Neither the number of threads nor the company of other provinces moves a bit."""
    codes = [SMALLEST, "95"]
    together = list(play_country(codes, country_province, days=5, replications=2, jobs=2))
    alone = [run for code in codes for run in play_country([code], country_province, days=5, replications=2, jobs=1)]
    assert country_digest(together) == country_digest(alone)
    both = country_indicators(sum(run.sums for run in together), together[0].days)
    each = [country_indicators(run.sums, run.days)["visits_per_day"].mean for run in together]
    assert both["visits_per_day"].mean == pytest.approx(sum(each))
