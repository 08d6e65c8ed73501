"""What an experiment may change by name: a setting, a column in the rows that fit, a disturbance by its strength."""

from datetime import time

import pytest

from scenarios import disturb, load_scenario
from scenarios.factors import FieldChange, Fits, field_paths, numeric_fields, read_where
from scenarios.placed import Placed
from scenarios.problems import Problem
from scenarios.schema import OfficeClosure, Outage, Scenario

PLACE = Placed("design.toml", 3, None)


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_scenario("tiny")


def changed(scenario: Scenario, change: FieldChange, value: float) -> Scenario:
    """The scenario with a change that must be good."""
    problems: list[Problem] = []
    found = change.applied(scenario, value, PLACE, problems)
    assert found is not None
    assert not problems
    return found


def test_numbers_can_be_varied_and_texts_cannot() -> None:
    """Every whole or decimal number of settings and tables is a path; names, dates and lists are none."""
    paths = field_paths()
    assert {"demand.scale", "queue.visits_max", "fields.service_min", "officers.counter_share", "offices.counters"} <= set(paths)
    assert not {"fields.name_vi", "phases.start", "demand.month_factors", "officers.movable"} & set(paths)
    assert numeric_fields("offices")["counters"] is True
    assert numeric_fields("demand")["scale"] is False
    assert numeric_fields("nothing") == {}


def test_a_setting_is_set_multiplied_or_added_to(tiny: Scenario) -> None:
    """Each way gives another scale, and the scenario that was given stays."""
    ways = {how: changed(tiny, FieldChange("demand", "scale", how), 1.5).demand.scale for how in ("set", "multiply", "add")}
    assert ways == {"set": 1.5, "multiply": 1.5 * tiny.demand.scale, "add": tiny.demand.scale + 1.5}
    assert load_scenario("tiny") == tiny


def test_a_column_changes_in_the_rows_that_fit(tiny: Scenario) -> None:
    """By a column of their own or of the row they name; whole numbers are rounded."""
    by_kind = changed(tiny, FieldChange("offices", "counters", "multiply", (Fits("kind", ("point",)),)), 1.4)
    assert {row.id: row.counters for row in by_kind.offices} == {"pa": 6, "pb": 6, "br": 4}
    by_home = changed(tiny, FieldChange("officers", "counter_share", "multiply", (Fits("home.kind", ("branch",)),)), 0.5)
    assert {row.id: row.counter_share for row in by_home.officers if row.id[:2] in ("pb", "br")} == {
        "pb-1": 1.0,
        "br-1": 0.5,
        "br-2": 0.5,
    }


def test_a_value_beyond_the_bounds_is_told_at_the_factor(tiny: Scenario) -> None:
    """The line of the design and the column of the scenario stand in the problem."""
    problems: list[Problem] = []
    assert FieldChange("officers", "counter_share", "multiply").applied(tiny, 2.0, PLACE, problems) is None
    assert {(one.file, one.row, one.column, one.code) for one in problems} == {
        ("design.toml", 3, "officers.counter_share", "E-NUM-005")
    }


def test_rows_are_chosen_by_columns_that_exist() -> None:
    """A nested name follows the row referred to; unknown columns are told."""
    problems: list[Problem] = []
    found = read_where({"employer": ["post", "commune"], "home": {"kind": "point"}, "movable": True}, "officers", PLACE, problems)
    assert found == (Fits("employer", ("post", "commune")), Fits("home.kind", ("point",)), Fits("movable", ("yes",)))
    assert not problems
    assert not read_where({"hom": "x", "home": {"kid": "y"}, "grade": []}, "officers", PLACE, problems)
    assert [one.code for one in problems] == ["E-COL-003", "E-COL-003", "E-TOML-006"]


def test_a_disturbance_has_a_strength(tiny: Scenario) -> None:
    """0 changes no row, 1 is as described, and what is between lies between."""
    wave = [disturb(tiny, "absence-wave", strength=strength).absence_waves for strength in (0, 0.5, 1, 2)]
    assert [rows[0].share if rows else 0.0 for rows in wave] == pytest.approx([0, 0.1, 0.2, 0.4])
    assert disturb(tiny, "absence-wave", strength=1) == disturb(tiny, "absence-wave")
    assert disturb(tiny, "growth-20", strength=0.5).demand.scale == pytest.approx(tiny.demand.scale * 1.1)
    with pytest.raises(ValueError, match="strength"):
        disturb(tiny, "growth-20", strength=-1)


def test_a_longer_failure_and_a_longer_closure(tiny: Scenario) -> None:
    """A system stands still for so much longer, before midnight; an office is closed for so many more whole days."""
    outages: list[Outage] = [disturb(tiny, "system-down", strength=one).outages[0] for one in (0.5, 1, 5)]
    assert [row.to_time for row in outages] == [time(9, 30), time(11, 30), time(23, 59)]
    closures: list[OfficeClosure] = [disturb(tiny, "branch-closed", strength=one).office_closures[0] for one in (0.5, 1)]
    assert [(row.end - row.start).days + 1 for row in closures] == [4, 7]
