"""Replications measured as they come say what their tables say, however many are played at once."""

import numpy as np
import pandas as pd
import pytest
from random_scenarios import random_scenario

from scenarios import load_scenario
from sim import Interval, Measures, Run, interval, offices, province, simulate
from sim.measured import TOGETHER, Moments
from sim.measures import INDICATORS, SHARED

COUNT = TOGETHER + 5


def same(one: Interval, other: Interval) -> bool:
    """Whether intervals agree but for the last digits."""
    ends = ((one.mean, one.low, one.high), (other.mean, other.low, other.high))
    return bool(np.allclose(*ends, rtol=1e-9, atol=1e-12, equal_nan=True))


def measured(*counts: int, jobs: int = 1) -> tuple[Run, Measures]:
    """So many replications of a random scenario in as many calls."""
    measures, first = Measures(), 0
    for count in counts:
        run = simulate(random_scenario(49), replications=count, first_replication=first, measures=measures, jobs=jobs)
        first += count
    return run, measures


def test_what_is_measured_as_it_comes_is_what_the_tables_say() -> None:
    """Digest, citizens, the network's indicators and waits to the bit; intervals of every office but for the last digits."""
    scenario = random_scenario(49)
    whole = simulate(scenario, replications=COUNT)
    run, measures = measured(COUNT)
    assert (run.digest, run.citizens, run.replications) == (whole.digest, whole.citizens, COUNT)
    assert run.phases == ()
    for tables, phase in zip(whole.phases, measures.phases, strict=True):
        assert (phase.phase, phase.office_ids, phase.days) == (tables.phase, tables.office_ids, tables.days)
        pd.testing.assert_frame_equal(phase.province, province(tables, scenario), check_exact=True)
        waits = tables.wait_histogram.sum(axis=1)
        assert np.array_equal(phase.waits, waits[:, : phase.waits.shape[1]])
        assert waits.sum() == phase.waits.sum()
        by_office = offices(tables, scenario).groupby("office")
        for office in tables.office_ids:
            values, found = by_office.get_group(office), phase.office(office)
            assert list(found) == list(SHARED)
            assert all(same(found[name], interval(values[name].to_numpy(float))) for name in SHARED)


def test_no_bit_depends_on_threads_or_on_how_replications_are_cut_into_calls() -> None:
    """One call or three, one thread or three: digest, indicators and every office's interval are the same."""
    one, first = measured(COUNT)
    for again, measures in (measured(COUNT, jobs=3), measured(3, TOGETHER, COUNT - TOGETHER - 3)):
        assert (again.digest, again.citizens, again.replications) == (one.digest, one.citizens, one.replications)
        for phase, other in zip(first.phases, measures.phases, strict=True):
            pd.testing.assert_frame_equal(phase.province, other.province, check_exact=True)
            assert np.array_equal(phase.waits, other.waits)
            assert [repr(phase.office(office)) for office in phase.office_ids] == [
                repr(other.office(office)) for office in other.office_ids
            ]


def test_indicators_of_a_replication_do_not_depend_on_those_beside_it() -> None:
    """Measured alone or among others, to the bit."""
    scenario = load_scenario("tiny")
    together = province(simulate(scenario, ["p1"], replications=6).phases[0], scenario)
    alone = province(simulate(scenario, ["p1"], replications=1, first_replication=4).phases[0], scenario)
    pd.testing.assert_frame_equal(together.loc[[4]], alone, check_exact=True)


def test_replications_are_measured_once_and_in_order() -> None:
    """A replication that does not follow the last is refused."""
    _, measures = measured(2)
    with pytest.raises(ValueError, match="replication 1 does not follow 1"):
        simulate(random_scenario(49), replications=1, first_replication=1, measures=measures)


def test_what_is_kept_of_a_replication_does_not_grow_with_offices() -> None:
    """A replication of the province's hundred offices leaves a few kilobytes in memory, where its tables take hundreds."""
    scenario = load_scenario("binh-duong")
    measures = Measures()
    simulate(scenario, ["p1"], days=5, replications=2, measures=measures)
    phase = measures.phases[0]
    assert len(phase.office_ids) > 90
    assert phase.province.size == 2 * len(INDICATORS)
    assert sum(kept.nbytes for kept in (*phase._rows, *phase._waits)) / 2 < 4_000


def test_moments_leave_out_what_is_no_number() -> None:
    """Columns of random values with holes, of none at all and of a constant have the interval of `sim.interval`."""
    values = np.random.default_rng(3).normal(1e6, 1.0, (50, 4))
    values[::7, 0] = np.nan
    values[:, 1] = np.nan
    values[:, 2] = 0.1
    values[1:, 3] = np.nan
    moments = Moments((4,))
    for row in values:
        moments.add(row)
    for column in range(4):
        assert same(moments.interval((column,)), interval(values[:, column]))
    assert moments.interval((2,)) == Interval(0.1, 0.1, 0.1)
