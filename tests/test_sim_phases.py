"""Both engines on phases that follow one another: counters added for one of them, officers who stay where they were sent."""

from datetime import timedelta

import numpy as np
import pytest
from played_week import on_a_grid, played, same
from random_scenarios import random_scenario

from scenarios import load_scenario
from scenarios.phases import phase_view
from scenarios.schema import Assignment, CounterChange, Scenario
from sim import play_rollout, simulate
from sim.rules import LAST_TICKET, OVERTIME_END
from sim.run import compile_days


def with_a_week_before(number: int) -> Scenario:
    """A random scenario whose week has one before it: some were sent then, and some of these go home; counters are added."""
    scenario = random_scenario(number)
    week = scenario.phase("p1")
    before = week.model_copy(update={"id": "p0", "start": week.start - timedelta(days=7), "end": week.end - timedelta(days=7)})
    rng = np.random.default_rng([8, number])
    earlier = tuple(row for row in scenario.assignments if rng.random() < 0.6)
    now = tuple(row for row in scenario.assignments if rng.random() < 0.8)
    gone = tuple(phase.office for phase in scenario.office_changes)
    rows = tuple(
        CounterChange(phase=phase, office=office.id, added=int(rng.integers(0, 3)), reserved=int(rng.integers(0, 2)))
        for phase in ("p0", "p1")
        for office in scenario.offices
        if rng.random() < 0.5 and not (phase == "p1" and office.id in gone)
    )
    return scenario.model_copy(
        update={
            "phases": (before, week),
            "assignments": now + tuple(Assignment(phase="p0", officer=row.officer, office=row.office) for row in earlier),
            "counter_changes": rows,
        }
    )


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_engines_agree_over_phases_with_added_counters(first: int) -> None:
    """Every table, the hash of every visit and what survives the night are equal in 100 scenarios."""
    for number in range(first, first + 25):
        compiled = on_a_grid(with_a_week_before(number), number)
        same(played(compiled, number), played(compiled, number, "reference"), number)


def test_counters_and_reserved_ones_reach_the_network() -> None:
    """What is added for a phase is in its network, and in no other."""
    seen = 0
    for number in range(20):
        scenario = with_a_week_before(number)
        for phase in ("p0", "p1"):
            compiled = compile_days(scenario, phase, seed=1)
            bare = compile_days(scenario.model_copy(update={"counter_changes": ()}), phase, seed=1)
            rows = {row.office: row for row in scenario.counter_changes if row.phase == phase}
            reserved = [rows[office].reserved if office in rows else 0 for office in compiled.office_ids]
            assert (compiled.network.reserved - bare.network.reserved).tolist() == reserved
            seen += sum(reserved)
    assert seen > 10


def test_who_stays_away_does_not_learn_again() -> None:
    """In the second week only those sent then, and those sent home, work as newcomers do."""
    stayed = went_home = 0
    for number in range(60):
        scenario = with_a_week_before(number)
        compiled = compile_days(scenario, "p1", seed=1)
        view = phase_view(scenario, "p1")
        learning = {name for name, moved in zip(compiled.officer_ids, compiled.network.moved, strict=True) if moved}
        before = {row.officer: row.office for row in scenario.assignments if row.phase == "p0"}
        now = {row.officer: row.office for row in scenario.assignments if row.phase == "p1"}
        for officer, office in view.serves.items():
            came = view.survivor[before.get(officer, view.officers[officer].home)]
            assert (officer in learning) == (office != came), (number, officer)
            stayed += officer in now and officer in before and officer not in learning and officer in view.away
            went_home += officer in learning and officer not in now
    assert stayed > 20 and went_home > 5, (stayed, went_home)


def test_staying_away_is_not_being_sent_anew() -> None:
    """The same crews in the same week differ by the learning alone, and either way the engines agree to the bit."""
    scenario = next(
        found
        for found in map(with_a_week_before, range(60))
        if len(phase_view(found, "p1").away - phase_view(found, "p1").moved) > 1
    )
    anew = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase == "p1")})
    for played_scenario in (scenario, anew):
        runs = [simulate(played_scenario, ["p0", "p1"], replications=2, engine=engine) for engine in ("fast", "reference")]
        assert runs[0].digest == runs[1].digest
    assert simulate(scenario, ["p1"], replications=2).digest != simulate(anew, ["p1"], replications=2).digest


def test_tickets_end_before_the_day_does() -> None:
    """Where the last ticket is given as the last officer goes, who comes at that very tick is too late, and told so."""
    scenario = load_scenario("tiny")
    hours = tuple(row.model_copy(update={"last_ticket": row.close}) for row in scenario.hours)
    queue = scenario.queue.model_copy(update={"overtime_min": 0.0})
    clock = compile_days(scenario.model_copy(update={"hours": hours, "queue": queue}), "p1", seed=1, days=5).network.clock
    assert (clock[:, LAST_TICKET] == clock[:, OVERTIME_END] - 1).all()


def test_weeks_of_the_network_are_the_same_without_its_offices() -> None:
    """Whoever asks for no office waits for none."""
    whole, alone = (play_rollout(load_scenario("tiny"), jobs=1, by_office=wanted) for wanted in (True, False))
    assert alone.weeks.equals(whole.weeks)
    assert alone.digest == whole.digest
    assert len(whole.offices)
    assert alone.offices.empty


def test_a_rollout_without_a_digest_is_the_same() -> None:
    """None is made where nobody reads it."""
    told, untold = (play_rollout(load_scenario("tiny"), jobs=1, by_office=False, digested=wanted) for wanted in (True, False))
    assert (bool(told.digest), untold.digest) == (True, "")
    assert untold.weeks.equals(told.weeks)
    assert untold.citizens == told.citizens
