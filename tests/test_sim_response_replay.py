"""A recorded run played again office by office: the same as the kernel, where nobody could have looked elsewhere."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from played_week import on_a_grid
from random_scenarios import random_scenario

from scenarios.phases import PhaseView, phase_view
from scenarios.rosters import duty
from scenarios.schema import Scenario, Volunteer
from sim.kept import K_MARKS, MARK_ELSEWHERE
from sim.levers import lever_worths
from sim.network import Compiled, restaffed
from sim.recording import Rooms, play_recorded
from sim.replay import Replay, record
from sim.run import compile_days, play, simulate
from sim.tables import OFFICE_COLUMNS, digest, empty_tables


def overload(compiled: Compiled, replication: int = 0) -> NDArray[np.int64]:
    """Ticks of overload of each office by the kernel."""
    return play(compiled, replication)[0].office[:, OFFICE_COLUMNS.index("overload")]


def replayed(replay: Replay, variant: Compiled | None = None) -> NDArray[np.int64]:
    """The same by replay, first replication."""
    return np.rint(replay.overload_by_day_s(variant)[0].sum(axis=1) * 1000).astype(np.int64)


def each_at_home(number: int) -> Scenario:
    """A random scenario in which no office touches another: nobody chooses, no reserves, no closed offices, and dossiers
    handed in are decided as by desks that are never short."""
    scenario = random_scenario(number)
    return scenario.model_copy(
        update={
            "fields": tuple(field.model_copy(update={"boundary_free_from": ""}) for field in scenario.fields),
            "officers": tuple(officer.model_copy(update={"pool": ""}) for officer in scenario.officers),
            "offices": tuple(office.model_copy(update={"scanners": 0}) for office in scenario.offices),
            "back_offices": (),
            "pools": (),
            "office_closures": (),
        }
    )


def shifted(view: PhaseView) -> PhaseView:
    """The phase with an officer fewer at every second office that has two, and one more, new there, at the others."""
    officers, serves = dict(view.officers), dict(view.serves)
    for number, office in enumerate(view.offices):
        crew = view.crew(office)
        if number % 2 == 0 and len(crew) > 1:
            del officers[crew[-1]], serves[crew[-1]]
        elif crew:
            officers[f"{crew[0]}+"] = view.officers[crew[0]].model_copy(update={"id": f"{crew[0]}+"})
            serves[f"{crew[0]}+"] = office
    return replace(
        view,
        officers={name: officers[name] for name in sorted(officers)},
        serves={name: serves[name] for name in sorted(serves)},
        home={name: view.home.get(name, "") for name in sorted(officers)},
    )


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_the_run_as_it_is_comes_out_again_to_the_tick(first: int) -> None:
    """With every feature but float pools, choice and informed citizens included: returns and results are linked, not redrawn."""
    for number in range(first, first + 20):
        scenario = random_scenario(number)
        if not scenario.pools:
            compiled = on_a_grid(scenario, number)
            assert np.array_equal(replayed(record(scenario, compiled, (0,), jobs=1)), overload(compiled)), number


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_another_staffing_is_the_kernel_where_offices_do_not_touch(first: int) -> None:
    """Who is lost anew, served anew, comes back anew or fetches a result anew is whom the kernel plays."""
    moved = 0
    for number in range(first, first + 20):
        scenario = each_at_home(number)
        compiled = on_a_grid(scenario, number)
        variant = restaffed(scenario, compiled, shifted(phase_view(scenario, "p1")))
        expected = overload(variant)
        assert np.array_equal(replayed(record(scenario, compiled, (0,), jobs=1), variant), expected), number
        moved += int((expected != overload(compiled)).sum())
    assert moved > 40


@pytest.mark.parametrize("number", range(12))
def test_one_office_alone_is_that_office_among_all(number: int) -> None:
    """By its crew, by its crew and counter hours, or by a whole restaffed phase."""
    scenario = random_scenario(number)
    compiled = on_a_grid(scenario, number)
    replay = record(scenario, compiled, (0, 1), jobs=2)
    view = shifted(phase_view(scenario, "p1"))
    variant = restaffed(scenario, compiled, view)
    whole = replay.overload_s(variant)
    hours = duty(scenario, view)
    named = {row.officer for row in scenario.rosters}
    for rank, office in enumerate(compiled.office_ids):
        crew = [view.officers[name] for name in view.crew(office)]
        assert np.array_equal(replay.office_overload_s(office, crew), whole[:, rank])
        assert np.array_equal(replay.overload_s(variant, [office])[:, rank], whole[:, rank])
        if not named & set(view.crew(office)):
            assert np.array_equal(replay.office_overload_s(office, crew, hours), whole[:, rank])


def test_visits_kept_of_some_offices_are_theirs_among_all() -> None:
    """Of the others none are kept, and still it is known who went to them."""
    linked = 0
    for number in range(12):
        scenario = random_scenario(number)
        compiled = on_a_grid(scenario, number)
        tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
        _, _, whole, _ = play_recorded(compiled, 0, 0, tables, Rooms())
        _, _, some, _ = play_recorded(compiled, 0, 0, tables, Rooms())
        wanted = range(0, len(compiled.office_ids), 2)
        whole.keep()
        some.keep(wanted)
        some.let_go()
        for office in range(len(compiled.office_ids)):
            one, asked = some[office], whole[office]
            if office not in wanted:
                assert not len(one.code) and not len(one.guests) and not one.start.any()
                continue
            assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one, asked, strict=True))
            assert len(one.code) == some.visits(office)
            linked += int((one.rows[:, K_MARKS] & MARK_ELSEWHERE != 0).sum())
    assert linked > 0


def test_visits_kept_when_they_are_asked_for_are_those_kept_at_once() -> None:
    """Of one office after another, reserves included."""
    rooms = Rooms()
    for number in range(12):
        scenario = random_scenario(number)
        compiled = on_a_grid(scenario, number)
        at_once, later = record(scenario, compiled, (0, 1), jobs=2), record(scenario, compiled, (0, 1), jobs=2, rooms=rooms)
        assert np.array_equal(at_once.recorded_s, later.recorded_s) and at_once.tables.office.any()
        for office in compiled.office_ids:
            assert np.array_equal(later.play(office).overload_s, at_once.play(office).overload_s)


def test_a_room_is_lent_again_when_what_stands_in_it_is_let_go() -> None:
    """Not before, and only where it is large enough and not much too large; none when the rooms are cleared."""
    rooms = Rooms()
    room = rooms.lend(100)
    records = room[:30]
    rooms.take_back(room, records)
    assert rooms.lend(100) is not room
    del records
    assert rooms.lend(101) is not room and rooms.lend(10) is not room
    assert rooms.lend(90) is room
    rooms.take_back(room, rooms.lend(1))
    rooms.clear()
    assert rooms.lend(90) is not room


def test_counters_bound_the_default_counter_hours() -> None:
    """Fewer counters than the crew fills shorten counter hours, more than it fills change nothing."""
    scenario = each_at_home(3)
    replay = record(scenario, compile_days(scenario, "p1", seed=3), (0,), jobs=1)
    totals = {}
    for counters in (1, 8, 9):
        totals[counters] = sum(
            replay.office_overload_s(office, [replay.view.officers[name] for name in replay.view.crew(office)], None, counters)[0]
            for office in replay.compiled.office_ids
        )
    assert totals[1] != totals[8] == totals[9]


def test_reserves_of_float_pools_stay_about_as_they_did() -> None:
    """Their stays are told by the services they gave: summed over scenarios, within a tenth of the kernel's overload."""
    ours = theirs = 0
    for number in range(60):
        scenario = random_scenario(number)
        if scenario.pools:
            compiled = on_a_grid(scenario, number)
            ours += int(replayed(record(scenario, compiled, (0,), jobs=1)).sum())
            theirs += int(overload(compiled).sum())
    assert abs(ours - theirs) < 0.1 * theirs


def test_a_volunteer_more_is_worth_what_the_kernel_says() -> None:
    """One more at every door, from one scenario to another; exact where offices do not touch."""
    helped = 0
    for number in range(12):
        scenario = each_at_home(number).model_copy(update={"volunteers": ()})
        compiled = compile_days(scenario, "p1", seed=number)
        replay = record(scenario, compiled, (0,), jobs=1)
        phase = scenario.phases[0]
        rows = [
            Volunteer(office=office, start=phase.start - timedelta(60), end=phase.end, count=1)
            for office in replay.compiled.office_ids
        ]
        with_help = scenario.model_copy(update={"volunteers": tuple(rows)})
        change = (overload(compile_days(with_help, "p1", seed=number)) - overload(compiled)) / 1000 / max(compiled.days, 1)
        levers = {lever.office: lever for lever in lever_worths(replay, jobs=1) if lever.kind == "volunteer"}
        assert [levers[office].change_s_per_day for office in compiled.office_ids] == pytest.approx(change.tolist(), abs=1e-6)
        helped += int((change != 0).sum())
    assert helped > 5


def test_counters_are_reserved_where_citizens_choose() -> None:
    """One more where boundary-free fields are offered and a counter is left, one fewer where one is reserved."""
    seen = set()
    for number in range(8):
        scenario = random_scenario(number)
        replay = record(scenario, compile_days(scenario, "p1", seed=number), (0,), jobs=1)
        network = replay.compiled.network
        for lever in lever_worths(replay, jobs=1):
            office = replay.compiled.office_ids.index(lever.office)
            seen.add(lever.kind)
            if lever.kind == "volunteer":
                continue
            assert (network.offers[office] & network.boundary_free).any()
            step = 1 if lever.kind == "reserve_more" else -1
            assert 0 <= network.reserved[office] + step <= network.counters[office]
            reserved = network.reserved.copy()
            reserved[office] += step
            variant = replace(replay.compiled, network=network._replace(reserved=reserved))
            after = replay.overload_s(variant, [lever.office])[:, office].mean()
            assert lever.change_s_per_day == pytest.approx(after - replay.overload_s()[:, office].mean())
    assert seen == {"volunteer", "reserve_more", "reserve_fewer"}


def test_visits_built_by_hand_are_refused() -> None:
    """They have no draws that could be addressed again."""
    scenario = random_scenario(0)
    compiled = compile_days(scenario, "p1", seed=0)
    by_hand = replace(compiled, blocks=tuple(replace(block, given_start=np.zeros(3, np.int64)) for block in compiled.blocks))
    with pytest.raises(ValueError, match="by hand"):
        record(scenario, by_hand, (0,))


@pytest.mark.parametrize("number", range(0, 40, 4))
def test_a_recording_tells_of_its_run_what_the_simulation_and_the_replay_tell(number: int) -> None:
    """Tables with their digest, and overload by office, day and level of the fields; reserves are told only about."""
    scenario = random_scenario(number)
    run = simulate(scenario, ["p1"], replications=2, seed=number)
    replay = record(scenario, compile_days(scenario, "p1", seed=number), (0, 1), jobs=1)
    assert digest((replay.tables,)) == run.digest
    if not scenario.pools:
        for office in replay.compiled.office_ids:
            assert np.array_equal(replay.as_recorded_s(office), replay.play(office).overload_s)
