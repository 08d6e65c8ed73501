"""Chance: known answers, laws, and the promise that addressed numbers do not move."""

import numpy as np
import pytest
from random_scenarios import random_scenario
from scipy import stats

from scenarios import schema
from sim import streams
from sim.run import compile_days
from sim.streams import CODE, MICRO, VISIT_COLUMNS

ONES = 0xFFFFFFFF


def words(*values: int) -> tuple[np.uint64, ...]:
    return tuple(np.uint64(value) for value in values)


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(counter: tuple[int, ...], key: tuple[int, ...], answer: tuple[int, ...]) -> None:
    """The known answers of Random123 for philox4x32, ten rounds."""
    assert tuple(int(word) for word in streams.philox(*words(*counter, *key))) == answer


def test_normal_quantile_is_that_of_scipy() -> None:
    """AS 241 agrees with scipy to 1e-12 relative down to the smallest word."""
    for u in (0.5 / 2**32, 1e-6, 0.02, 0.3, 0.5, 0.61, 0.97, 1 - 0.5 / 2**32):
        assert streams.normal(u) == pytest.approx(stats.norm.ppf(u), rel=1e-12, abs=1e-15)


def test_poisson_counts_follow_the_law() -> None:
    """A chi-square test of 200,000 counts at mean 3.7 and one of the mean at 700; false alarm one in a million."""
    counts = np.array([_poisson(3_700_000, n) for n in range(200_000)])
    seen = np.bincount(np.minimum(counts, 12), minlength=13)
    law = stats.poisson(3.7)
    wanted = np.append(law.pmf(np.arange(12)), law.sf(11)) * len(counts)
    assert stats.chisquare(seen, wanted).pvalue > 1e-6
    large = np.array([_poisson(700 * MICRO, n) for n in range(20_000)])
    assert abs(large.mean() - 700) < 4.9 * np.sqrt(700 / len(large))
    assert abs(large.var() / 700 - 1) < 4.9 * np.sqrt(2 / len(large))


def test_more_demand_adds_citizens_and_moves_none() -> None:
    """At the same words the count never falls as the mean grows."""
    for n in range(200):
        counts = [_poisson(mean, n) for mean in range(0, 600 * MICRO, 7 * MICRO)]
        assert counts == sorted(counts)


def _poisson(mean_micro: int, number: int) -> int:
    k0, k1, w2, w3 = streams.philox(*words(number, 0, 0, 0, 11, 12))
    return int(streams.poisson(mean_micro, *words(k0, k1, w2, w3)))


def drawn(scenario: schema.Scenario, day: int = 0) -> np.ndarray:
    """The first visits of a day."""
    laws = compile_days(scenario, "p1", seed=9).blocks[0].laws
    low, high, replication = streams.run_key(np.uint64(9), 4)
    key = streams.Key(np.uint64(low), np.uint64(high), replication)
    counts = np.zeros(laws.mean_micro.shape[1:], np.int64)
    visits = np.empty((int(streams.day_counts(key, laws, day, counts)), VISIT_COLUMNS), np.int64)
    streams.draw_day(key, laws, day, counts, np.empty(0, np.int64), visits)
    return visits


def test_staffing_moves_no_citizen() -> None:
    """Draws do not know who serves."""
    scenario = random_scenario(2)
    alone = scenario.model_copy(update={"officers": scenario.officers[:1], "assignments": (), "rosters": ()})
    assert np.array_equal(drawn(scenario), drawn(alone))


def test_another_unit_moves_no_citizen_of_the_others() -> None:
    """Numbers are addressed by a hash of the unit's id, not by its row."""
    scenario = random_scenario(2)
    newcomer = scenario.units[0].model_copy(update={"id": "a-new-unit", "name": "Mới"})
    more = scenario.model_copy(update={"units": (*scenario.units, newcomer)})
    before = drawn(scenario)
    after = drawn(more)
    after = after[after[:, CODE] >> streams.UNIT_SHIFT > 0]  # the newcomer's id sorts first
    assert np.array_equal(before[:, 1:5], after[:, 1:5])


def test_visits_of_a_day_stand_in_the_order_of_actors() -> None:
    """Codes rise, so ties at one tick are broken by (unit, field, day, index, visit)."""
    assert (np.diff(drawn(random_scenario(4))[:, CODE]) > 0).all()


def test_the_parts_of_a_code_come_out_as_they_went_in() -> None:
    """Packing loses nothing at the bounds."""
    code = streams.code_of(16383, 63, 1048575, 262143, 15)
    parts = (streams.unit_of, streams.field_of, streams.day_of, streams.index_of, streams.visit_of)
    assert [int(part(code)) for part in parts] == [16383, 63, 1048575, 262143, 15]
