"""Two engines, one truth."""

from dataclasses import replace

import numpy as np
import pytest
from random_scenarios import random_scenario

from scenarios.schema import Scenario
from sim.network import Compiled
from sim.rules import SERVED
from sim.run import compile_days, play, simulate
from sim.station import station
from sim.tables import OFFICE_COLUMNS

CASES = 500
MINUTE = 60_000


def on_a_grid(scenario: Scenario, number: int) -> Compiled:
    """The scenario with instants and durations in whole minutes (or five), so that events coincide."""
    compiled = compile_days(scenario, "p1", seed=number)
    network = compiled.network._replace(travel=compiled.network.travel // MINUTE * MINUTE)
    grid = MINUTE * (1, 5)[number % 2]
    blocks = tuple(replace(block, laws=block.laws._replace(grid=grid)) for block in compiled.blocks)
    return replace(compiled, network=network, blocks=blocks)


@pytest.mark.parametrize("first", range(0, CASES, 50))
def test_engines_agree_to_the_bit_on_random_scenarios_full_of_ties(first: int) -> None:
    """Every table and the hash of every visit are equal in 500 random scenarios with all features."""
    for number in range(first, first + 50):
        compiled = on_a_grid(random_scenario(number), number)
        fast, fast_hash, _ = play(compiled, number)
        slow, slow_hash, _ = play(compiled, number, engine="reference")
        assert fast_hash == slow_hash, number
        for name, ours, theirs in zip(fast._fields, fast, slow, strict=True):
            assert np.array_equal(ours, theirs), (number, name)


def test_random_scenarios_have_ties_and_every_outcome() -> None:
    """The scenarios above would not pass by lacking what they should test."""
    outcomes = np.zeros(4, np.int64)
    ties = 0
    for number in range(40):
        _, _, records = play(on_a_grid(random_scenario(number), number), number, keep=True)
        outcomes += np.bincount(records[:, 6], minlength=4)
        together = np.unique(records[:, [11, 1, 3]], axis=0, return_counts=True)[1]
        ties += int((together > 1).sum())
    assert (outcomes > 500).all()
    assert ties > 2000


def test_result_is_the_same_for_any_number_of_workers() -> None:
    """Digests do not depend on jobs."""
    scenario = random_scenario(3)
    digests = {simulate(scenario, replications=6, jobs=jobs).digest for jobs in (1, 2, 3, 8)}
    assert len(digests) == 1


def test_more_replications_leave_the_earlier_ones_as_they_were() -> None:
    """Replications are addressed, so the first three of six are the three."""
    three = simulate(random_scenario(5), replications=3).phases[0]
    six = simulate(random_scenario(5), replications=6).phases[0]
    assert np.array_equal(six.office[:3], three.office)
    later = simulate(random_scenario(5), replications=3, first_replication=3).phases[0]
    assert np.array_equal(six.office[3:], later.office)


def test_rows_may_stand_in_any_order() -> None:
    """Permuting every table changes no number."""
    scenario = random_scenario(8)
    turned = scenario.model_copy(
        update={name: getattr(scenario, name)[::-1] for name in ("units", "offices", "fields", "officers", "offers", "phases")}
    )
    assert simulate(scenario, replications=2).digest == simulate(turned, replications=2).digest


@pytest.mark.parametrize("number", range(30))
def test_books_balance(number: int) -> None:
    """Tickets = served + left + balked + sent away, and counter hours hold all service but overtime, exactly."""
    tables = simulate(random_scenario(number), replications=2).phases[0]
    sums = {name: tables.office[:, :, n] for n, name in enumerate(OFFICE_COLUMNS)}
    assert np.array_equal(sums["tickets"], sums["served"] + sums["left"] + sums["balked"] + sums["sent_away"])
    assert np.array_equal(sums["service"], sums["busy"] + sums["overtime"])
    assert (sums["busy"] <= sums["rostered"]).all()
    assert np.array_equal(tables.wait_histogram.sum(axis=2), sums["served"])
    assert np.array_equal(tables.half_hour[..., 0].sum(axis=2), sums["tickets"])
    assert np.array_equal(tables.half_hour[..., 1].sum(axis=2), sums["overload"])
    for unit_column, office_column in ((0, "tickets"), (1, "served"), (2, "wait_served"), (3, "travel"), (5, "service")):
        assert np.array_equal(tables.unit[:, :, unit_column].sum(axis=1), sums[office_column].sum(axis=1))


@pytest.mark.parametrize("number", range(30))
def test_nobody_serves_two_at_once_or_outside_counter_hours(number: int) -> None:
    """Each officer's services follow one another and begin while on duty (or in overtime)."""
    compiled = compile_days(random_scenario(number), "p1", seed=1)
    _, _, records = play(compiled, 0, keep=True)
    net, block = compiled.network, compiled.blocks[0]
    served = records[records[:, 6] == SERVED]
    served = served[np.lexsort((served[:, 4], served[:, 2], served[:, 1], served[:, 11]))]
    same = (served[1:, [11, 1, 2]] == served[:-1, [11, 1, 2]]).all(axis=1)
    assert (served[1:, 4][same] >= served[:-1, 5][same]).all()
    for row in served:
        office, officer, start, day = row[1], net.crew_start[row[1]] + row[2], row[4], row[11]
        weekday = block.weekdays[day]
        span = slice(net.stretch_start[weekday, officer], net.stretch_start[weekday, officer + 1])
        close, overtime_end = net.clock[office, 2], net.clock[office, 4]
        until = np.where(net.stretch_off[span] == close, overtime_end, net.stretch_off[span])
        assert ((net.stretch_on[span] <= start) & (start <= until)).any()


def test_first_come_is_first_served_within_a_line() -> None:
    """Among alike citizens of one station nobody is overtaken."""
    rng = np.random.default_rng(7)
    compiled = station(np.sort(rng.integers(0, 100_000, 3000)), rng.integers(1, 200, 3000), 3)
    _, _, records = play(compiled, 0, keep=True)
    assert (np.diff(records[:, 4]) >= 0).all()


def test_priority_goes_first() -> None:
    """A citizen with priority who comes last is served next."""
    compiled = station([0, 1, 2], [10, 10, 10], 1, ranks=[1, 1, 0])
    _, _, records = play(compiled, 0, keep=True)
    assert records[:, 4].tolist() == [0, 20, 10]


def test_patience_that_ends_as_service_starts_is_enough() -> None:
    """Deadline at the tick of the start: served; one tick less: left."""
    _, _, records = play(station([0, 0], [10, 10], 1, patiences=[0, 10]), 0, keep=True)
    assert records[:, 6].tolist() == [0, 0]
    _, _, records = play(station([0, 0], [10, 10], 1, patiences=[0, 9]), 0, keep=True)
    assert records[:, 6].tolist() == [0, 1]
