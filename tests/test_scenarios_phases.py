"""A phase as it stands: who comes from where, who moves and who stays away, with mergers and with counters added."""

from pathlib import Path

import pytest
from small_scenario import write_small

from scenarios import check_scenario, load_scenario, write_scenario
from scenarios.phases import PhaseView, phase_view
from scenarios.schema import Assignment, CounterChange, OfficeChange, Scenario


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    """Offices c1, o1 … o4 with o4 merged into o3 in p2, nobody assigned."""
    scenario = load_scenario(write_small(tmp_path / "small"))
    return scenario.model_copy(update={"assignments": (), "counter_changes": ()})


def assigned(scenario: Scenario, *rows: tuple[str, str, str]) -> Scenario:
    """The scenario with officers sent to offices in phases."""
    sent = tuple(Assignment(phase=phase, officer=officer, office=office) for phase, officer, office in rows)
    return scenario.model_copy(update={"assignments": sent})


def third_phase(scenario: Scenario) -> Scenario:
    """The scenario with a phase p3 after p2."""
    p2 = scenario.phase("p2")
    days = {"start": p2.start.replace(month=7), "end": p2.end.replace(month=9)}
    return scenario.model_copy(update={"phases": (*scenario.phases, p2.model_copy(update={"id": "p3", **days}))})


def way(view: PhaseView, officer: str) -> tuple[str, str, str, bool, bool]:
    """Home, where the officer came from, where they serve, whether they are away, and whether they moved."""
    return view.home[officer], view.came[officer], view.serves[officer], officer in view.away, officer in view.moved


@pytest.mark.parametrize(
    ("rows", "officer", "first", "second"),
    [
        ([], "w05", ("o2", "o2", "o2", False, False), ("o2", "o2", "o2", False, False)),
        ([("p1", "w05", "o1")], "w05", ("o2", "o2", "o1", True, True), ("o2", "o1", "o2", False, True)),
        ([("p1", "w05", "o1"), ("p2", "w05", "o1")], "w05", ("o2", "o2", "o1", True, True), ("o2", "o1", "o1", True, False)),
        ([("p1", "w05", "o1"), ("p2", "w05", "o3")], "w05", ("o2", "o2", "o1", True, True), ("o2", "o1", "o3", True, True)),
        ([("p2", "w05", "o1")], "w05", ("o2", "o2", "o2", False, False), ("o2", "o2", "o1", True, True)),
        # o4 is merged into o3 in p2: nobody moves by that
        ([], "w09", ("o4", "o4", "o4", False, False), ("o3", "o3", "o3", False, False)),
        ([("p1", "w05", "o4"), ("p2", "w05", "o3")], "w05", ("o2", "o2", "o4", True, True), ("o2", "o3", "o3", True, False)),
        ([("p1", "w05", "o4"), ("p2", "w05", "o4")], "w05", ("o2", "o2", "o4", True, True), ("o2", "o3", "o3", True, False)),
        ([("p1", "w07", "o4")], "w07", ("o3", "o3", "o4", True, True), ("o3", "o3", "o3", False, False)),
        ([("p1", "w09", "o3")], "w09", ("o4", "o4", "o3", True, True), ("o3", "o3", "o3", False, False)),
        ([("p1", "w09", "o2")], "w09", ("o4", "o4", "o2", True, True), ("o3", "o2", "o3", False, True)),
    ],
)
def test_a_move_is_a_change_of_office_as_a_phase_begins(
    small: Scenario,
    rows: list[tuple[str, str, str]],
    officer: str,
    first: tuple[str, str, str, bool, bool],
    second: tuple[str, str, str, bool, bool],
) -> None:
    """Who stays away has not moved again, who goes home has, and who is where their office was merged has not."""
    scenario = assigned(small, *rows)
    assert (way(phase_view(scenario, "p1"), officer), way(phase_view(scenario, "p2"), officer)) == (first, second)
    others = set(phase_view(scenario, "p2").serves) - {officer}
    assert not others & (phase_view(scenario, "p2").moved | phase_view(scenario, "p2").away)


def test_only_the_phase_before_tells_where_officers_come_from(small: Scenario) -> None:
    """Away in p1, at home in p2: in p3 they come from home."""
    view = phase_view(assigned(third_phase(small), ("p1", "w05", "o1"), ("p3", "w05", "o1")), "p3")
    assert way(view, "w05") == ("o2", "o2", "o1", True, True)


def test_newcomers_move_only_when_they_are_sent(small: Scenario) -> None:
    """Who serves from the second phase on is at home; sent elsewhere they count as moved from home."""
    officers = tuple(row.model_copy(update={"first_phase": "p2"}) if row.id == "w05" else row for row in small.officers)
    new = small.model_copy(update={"officers": officers})
    assert "w05" not in phase_view(new, "p1").came
    assert way(phase_view(new, "p2"), "w05") == ("o2", "o2", "o2", False, False)
    assert way(phase_view(assigned(new, ("p2", "w05", "o1")), "p2"), "w05") == ("o2", "o2", "o1", True, True)


def test_reserves_of_a_float_pool_are_nowhere_in_a_plan(small: Scenario) -> None:
    """They serve in no crew, so none of them is away or has moved."""
    view = phase_view(assigned(small, ("p1", "w12", "o2")), "p1")
    assert "w12" in view.reserves
    assert "w12" not in view.serves | dict.fromkeys(view.away | view.moved)


def test_home_crews_are_those_of_home_wherever_they_serve(small: Scenario) -> None:
    """After the merger the officers of both offices are at home at the one that is left."""
    sent = assigned(small, ("p2", "w09", "o1"))
    assert phase_view(sent, "p1").home_crew("o4") == ("w09", "w10")
    assert phase_view(sent, "p2").home_crew("o3") == ("w07", "w08", "w09", "w10")
    assert phase_view(sent, "p2").crew("o3") == ("w07", "w08", "w10")


def changed(scenario: Scenario, *rows: CounterChange) -> Scenario:
    return scenario.model_copy(update={"counter_changes": rows})


def counters(scenario: Scenario, phase: str, office: str) -> tuple[int, int, int]:
    """Counters, reserved ones among them, and what the premises hold."""
    place = phase_view(scenario, phase).offices[office]
    return place.counters, place.reserved_counters, place.premises_limit


def test_counters_are_changed_in_one_phase_alone(small: Scenario) -> None:
    """They come on top of what mergers have left: 3 + 2 in p2, of 4 + 3 that the premises hold."""
    more = changed(
        small, CounterChange(phase="p1", office="o3", added=1), CounterChange(phase="p2", office="o3", added=2, reserved=3)
    )
    assert [counters(small, phase, "o3") for phase in ("p1", "p2")] == [(3, 0, 4), (5, 0, 7)]
    assert [counters(more, phase, "o3") for phase in ("p1", "p2")] == [(4, 0, 4), (7, 3, 7)]
    assert check_scenario(more) == ()
    back = more.model_copy(update={"counter_changes": more.counter_changes[::-1]})
    assert phase_view(back, "p2") == phase_view(more, "p2")


def test_mergers_may_stand_in_any_order(small: Scenario) -> None:
    """Chains over phases, hosts with more counters than the cap, and counters added: the order of rows is nothing."""
    rows = (
        OfficeChange(phase="p2", office="o4", into="o3"),
        OfficeChange(phase="p2", office="o2", into="o1"),
        OfficeChange(phase="p3", office="o3", into="o1"),
    )
    added = tuple(CounterChange(phase=phase, office="o1", added=1) for phase in ("p1", "p2", "p3"))
    merged = changed(third_phase(small).model_copy(update={"office_changes": rows}), *added)
    turned = merged.model_copy(
        update={"office_changes": rows[::-1], "counter_changes": added[::-1], "offices": merged.offices[::-1]}
    )
    for phase in ("p1", "p2", "p3"):
        assert phase_view(merged, phase) == phase_view(turned, phase)
    assert phase_view(merged, "p3").survivor == {"c1": "c1", "o1": "o1", "o2": "o1", "o3": "o1", "o4": "o1"}
    assert counters(merged, "p3", "o1") == (8 + 1, 0, 4 + 4 + 4 + 3)


def test_a_host_keeps_its_own_counters_whatever_the_cap(small: Scenario) -> None:
    """The cap is on what a merger adds."""
    phases = tuple(phase.model_copy(update={"merged_counters_cap": 2}) for phase in small.phases)
    assert counters(small.model_copy(update={"phases": phases}), "p2", "o3") == (3, 0, 7)


def test_counter_changes_survive_writing(small: Scenario, tmp_path: Path) -> None:
    """Written as CSV and read again they are the same."""
    more = changed(small, CounterChange(phase="p1", office="o3", added=1), CounterChange(phase="p2", office="c1", reserved=2))
    write_scenario(more, tmp_path / "copy")
    assert load_scenario(tmp_path / "copy") == more
