"""The checker of counter hours by itself: each rule, broken by hand on a scenario that fits in the hand."""

import re
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

import optimizer
from optimizer.roster.checker import check_roster
from optimizer.roster.plan import rows_of
from optimizer.roster.problem import RosterRules
from results.wording import catalogue
from scenarios import load_scenario
from scenarios.phases import phase_view
from scenarios.rosters import duty
from scenarios.schema import Roster, Scenario

SOURCE = Path(optimizer.__file__).parent
Rows = tuple[Roster, ...]
NOON, ONE, FIVE = time(11, 30), time(13), time(17)


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    """Tiny with half-time officers at point An, two by two, and one counter less than they are."""
    scenario = load_scenario("tiny")
    people = tuple(
        row.model_copy(update={"counter_share": 0.5}) if row.home == "pa" else row.model_copy(update={"movable": True})
        for row in scenario.officers
    )
    places = tuple(row.model_copy(update={"counters": 2}) if row.id == "pa" else row for row in scenario.offices)
    return scenario.model_copy(update={"officers": people, "offices": places})


def row(officer: str, weekday: int, start: time, end: time, office: str = "") -> Roster:
    return Roster(phase="p1", officer=officer, weekday=weekday, start=start, end=end, office=office)


def good() -> Rows:
    """Mornings for two, afternoons for the third: half of each paid week, somebody always there."""
    early = [row(name, day, time(7, 30), NOON) for name in ("pa-1", "pa-2") for day in range(1, 6)]
    return (*early, *(row("pa-3", day, ONE, FIVE) for day in range(1, 6)))


def changed(officer: str, on: int, **changes: object) -> Callable[[Rows], Rows]:
    """The rows with those of an officer's weekday changed."""
    return lambda rows: tuple(
        one.model_copy(update=changes) if (one.officer, one.weekday) == (officer, on) else one for one in rows
    )


def with_more(*more: Roster) -> Callable[[Rows], Rows]:
    return lambda rows: (*rows, *more)


def without(officer: str, *weekdays: int) -> Callable[[Rows], Rows]:
    return lambda rows: tuple(one for one in rows if one.officer != officer or one.weekday not in weekdays)


def codes(scenario: Scenario, rows: Rows, rules: RosterRules) -> set[str]:
    return {problem.code for problem in check_roster(scenario.model_copy(update={"rosters": rows}), "p1", rules)}


def test_rows_that_keep_the_rules_pass(tiny: Scenario) -> None:
    """Nothing is found in good rows, in none at all, and in the default written out."""
    view = phase_view(tiny, "p1")
    default = rows_of("p1", duty(tiny, view), view.crew("pb"))
    for rows in (good(), (), default):
        assert not codes(tiny, rows, RosterRules())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (without("pa-1", 1), {"E-ROS-001", "E-ROS-002"}),
        (changed("pa-1", 1, end=time(8, 30)), {"E-ROS-001", "E-ROS-002", "E-ROS-003"}),
        (changed("pa-1", 1, start=time(9, 30), end=time(13, 30)), {"E-ROS-005"}),
        (changed("pa-1", 1, weekday=6), {"E-ROS-005"}),
        (changed("pa-3", 1, start=time(7, 30), end=NOON), {"E-ROS-006", "E-ROS-007", "E-ROS-008"}),
        (
            lambda rows: (*changed("pa-2", 1, end=time(9))(rows), row("pa-2", 1, time(9, 30), time(12))),
            {"E-ROS-003", "E-ROS-004", "E-ROS-005"},
        ),
        (with_more(row("pa-1", 1, time(9), NOON)), {"E-ROS-001", "E-ROS-012"}),
        (with_more(row("nobody", 1, ONE, FIVE)), {"E-ROS-013"}),
        (changed("pa-2", 1, office="nowhere"), {"E-ROS-001", "E-ROS-002", "E-ROS-013"}),
        (changed("pa-2", 1, office="pb"), set()),
        (changed("pa-2", 1, office="br"), {"E-ROS-011"}),
        (changed("pa-2", 1, office="pb", start=time(9)), {"E-ROS-001", "E-ROS-002", "E-ROS-014"}),
        (lambda rows: changed("pa-2", 3, office="pb")(changed("pa-2", 2, office="pb")(rows)), {"E-ROS-010"}),
        (
            lambda rows: changed("pa-2", 4, office="pb")(changed("pa-2", 3, office="pb")(changed("pa-2", 2, office="pb")(rows))),
            {"E-ROS-009", "E-ROS-010"},
        ),
    ],
)
def test_each_rule_is_told_by_its_code(tiny: Scenario, change: Callable[[Rows], Rows], found: set[str]) -> None:
    """A change by hand breaks the rules it is meant to break, and no other."""
    assert codes(tiny, change(good()), RosterRules(max_secondments=1)) == found


def test_a_pinned_officer_and_walls_and_ways_are_told(tiny: Scenario) -> None:
    """A secondment needs an officer free to move, a phase without walls between, and a way short enough."""
    rules, rows = RosterRules(max_secondments=1), changed("pa-2", 1, office="pb")(good())
    pinned = tuple(one.model_copy(update={"movable": False}) for one in tiny.officers)
    assert codes(tiny.model_copy(update={"officers": pinned}), rows, rules) == {"E-ROS-011"}
    walls = tuple(one.model_copy(update={"moves_within": "none"}) for one in tiny.phases)
    assert codes(tiny.model_copy(update={"phases": walls}), rows, rules) == {"E-ROS-011"}
    near = tiny.planning.model_copy(update={"commute_limit_min": 1.0})
    assert codes(tiny.model_copy(update={"planning": near}), rows, rules) == {"E-ROS-011"}


def test_hours_written_before_are_not_judged(tiny: Scenario) -> None:
    """Rows given with the scenario stay as they are."""
    rows = (row("pa-1", 1, time(8), time(9)),)
    planned = tiny.model_copy(update={"rosters": rows})
    assert check_roster(planned, "p1", RosterRules())
    assert not check_roster(planned, "p1", RosterRules(), given=rows)


def test_an_unknown_phase_is_told(tiny: Scenario) -> None:
    """One problem, with the nearest id."""
    assert [(one.code, one.expected) for one in check_roster(tiny, "p11", RosterRules())] == [("E-PLN-003", "p1")]


def test_every_code_has_its_sentence_and_its_row_in_the_docs() -> None:
    """What the checker tells, the catalogue says and the docs list."""
    told = set(re.findall(r"E-ROS-\d{3}", (SOURCE / "roster" / "checker.py").read_text("utf-8")))
    listed = (SOURCE.parent / "docs" / "problems.md").read_text("utf-8")
    assert told == {code for code in catalogue() if code.startswith("E-ROS")}
    assert all(f"`{code}`" in listed for code in told)


def test_the_checker_shares_nothing_with_the_program() -> None:
    """Of the roster modules it takes the rules alone."""
    taken = re.findall(r"^from \.(\w+) import (.+)", (SOURCE / "roster" / "checker.py").read_text("utf-8"), re.M)
    assert taken == [("problem", "RosterRules")]
