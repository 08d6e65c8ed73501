"""Chance: known answers, laws, and the promise that addressed numbers do not move."""

import numpy as np
import pytest
from random_scenarios import random_scenario
from scipy import stats

from scenarios import schema
from sim import rules, streams
from sim.run import compile_days
from sim.streams import (
    BALK,
    BOOKING,
    CODE,
    DOOR,
    DOSSIERS,
    FIXED,
    MEANT,
    MICRO,
    MISSING,
    ORIGIN,
    PATIENCE,
    RANK,
    RETURNS,
    REUSED,
    SCAN,
    STAY,
    VISIT_COLUMNS,
    WORK,
)

ONES = 0xFFFFFFFF
NOBODY = np.empty(0, np.int64)


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


def key_and_laws(scenario: schema.Scenario) -> tuple[streams.Key, streams.Laws]:
    """Root of the numbers and laws of the first block."""
    low, high, replication = streams.run_key(np.uint64(9), 4)
    return streams.Key(np.uint64(low), np.uint64(high), replication), compile_days(scenario, "p1", seed=9).blocks[0].laws


def drawn(scenario: schema.Scenario, day: int = 0) -> np.ndarray:
    """The first visits of a day."""
    key, laws = key_and_laws(scenario)
    counts, remote = np.zeros(laws.mean_micro.shape[1:], np.int64), np.zeros(laws.mean_micro.shape[1:], np.int64)
    visits = np.empty((int(streams.day_counts(key, laws, day, counts, remote)), VISIT_COLUMNS), np.int64)
    assert len(visits) == counts.sum() > 0
    streams.draw_day(key, laws, day, counts, NOBODY, NOBODY, visits)
    return visits


def drawn_again(scenario: schema.Scenario, codes: np.ndarray, day: int = 1) -> np.ndarray:
    """The visits of citizens who come back."""
    key, laws = key_and_laws(scenario)
    visits = np.empty((len(codes), VISIT_COLUMNS), np.int64)
    streams.draw_day(key, laws, day, np.zeros(laws.mean_micro.shape[1:], np.int64), codes, np.full(len(codes), 3), visits)
    return visits


def test_staffing_moves_no_citizen() -> None:
    """Draws do not know who serves."""
    scenario = random_scenario(2)
    alone = scenario.model_copy(update={"officers": scenario.officers[:1], "assignments": (), "rosters": (), "pools": ()})
    assert np.array_equal(drawn(scenario), drawn(alone))


@pytest.mark.parametrize("number", [2, 49])
def test_disturbances_move_no_citizen(number: int) -> None:
    """Draws do not know what fails, who is away, what is closed and who helps at the door."""
    scenario = random_scenario(number)
    names = ("outages", "systems", "office_closures", "absence_waves", "volunteers", "back_offices")
    calm = scenario.model_copy(update={name: () for name in names} | {"interruptions": schema.Interruptions()})
    assert calm != scenario
    assert np.array_equal(drawn(scenario), drawn(calm))


def test_another_unit_moves_no_citizen_of_the_others() -> None:
    """Numbers are addressed by a hash of the unit's id, not by its row."""
    scenario = random_scenario(2)
    newcomer = scenario.units[0].model_copy(update={"id": "a-new-unit", "name": "Mới"})
    more = scenario.model_copy(update={"units": (*scenario.units, newcomer)})
    before = drawn(scenario)
    after = drawn(more)
    after = after[after[:, CODE] >> streams.UNIT_SHIFT > 0]  # the newcomer's id sorts first
    after[:, ORIGIN] -= 1
    after[:, CODE] -= 1 << streams.UNIT_SHIFT
    assert np.array_equal(before, after)


def test_citizen_who_comes_back_brings_the_same_work() -> None:
    """Work, papers, rank and wish to book belong to the citizen; the hour, patience and manners to the visit."""
    scenario = random_scenario(2)
    first = drawn(scenario)
    again = drawn_again(scenario, first[:, CODE] + 1)
    own = [WORK, SCAN, RANK, REUSED, MISSING, DOSSIERS, BOOKING, DOOR]
    assert np.array_equal(again[:, own], first[:, own])
    assert (again[:, FIXED] == 3).all() and (first[:, FIXED] == -1).all()
    for column in (MEANT, PATIENCE, STAY, BALK, RETURNS):
        assert (again[:, column] != first[:, column]).mean() > 0.9


def test_who_was_told_brings_every_paper_and_who_fetches_brings_none() -> None:
    """The marks of a code change what is missing and what there is to do, and nothing else of the citizen."""
    scenario = random_scenario(2)
    first = drawn(scenario)
    assert first[:, MISSING].any() and first[:, SCAN].any()
    told = drawn_again(scenario, rules.next_visit_with_papers(first[:, CODE]))
    assert not told[:, MISSING].any()
    assert np.array_equal(told[:, [WORK, SCAN, DOSSIERS]], first[:, [WORK, SCAN, DOSSIERS]])
    fetching = drawn_again(scenario, rules.visit_to_fetch(rules.next_visit_with_papers(first[:, CODE])))
    assert not fetching[:, [MISSING, SCAN, REUSED]].any()
    assert (fetching[:, CODE] == first[:, CODE] + streams.FETCHES).all()


def test_visits_of_a_day_stand_in_the_order_of_actors() -> None:
    """Codes rise, so ties at one tick are broken by (unit, field, day, index, visit)."""
    assert (np.diff(drawn(random_scenario(4))[:, CODE]) > 0).all()


def test_the_parts_of_a_code_come_out_as_they_went_in() -> None:
    """Packing loses nothing at the bounds."""
    code = streams.code_of(16383, 63, 1048575, 262143, 31)
    parts = (streams.unit_of, streams.field_of, streams.day_of, streams.index_of, streams.visit_of, streams.number_of)
    assert [int(part(code)) for part in parts] == [16383, 63, 1048575, 262143, 31, 7]
    assert streams.fetches(code) and not streams.fetches(streams.code_of(16383, 63, 1048575, 262143, 15))


def test_failures_follow_their_law() -> None:
    """Poisson counts, even starts over the opening hours, exponential lengths; false alarm one in a million each."""
    key, _ = key_and_laws(random_scenario(2))
    starts, ends = np.empty(8, np.int64), np.empty(8, np.int64)
    counts, begun, lasted = [], [], []
    for day in range(40_000):
        name, mean, length = np.uint64(77), MICRO // 2, 1_800_000
        many = streams.failures(key, day, name, streams.NO_OFFICE, mean, length, 27_000_000, 61_200_000, starts, ends)
        counts.append(many)
        begun += starts[:many].tolist()
        lasted += (ends[:many] - starts[:many]).tolist()
    seen = np.bincount(np.minimum(counts, 4), minlength=5)
    wanted = np.append(stats.poisson(0.5).pmf(np.arange(4)), stats.poisson(0.5).sf(3)) * len(counts)
    assert stats.chisquare(seen, wanted).pvalue > 1e-6
    assert stats.kstest(begun, stats.uniform(27_000_000, 34_200_000).cdf).pvalue > 1e-6
    assert stats.kstest(lasted, stats.expon(scale=1_800_000).cdf).pvalue > 1e-6


def test_absence_follows_its_chance_and_grows_with_it() -> None:
    """Share of days away as asked; who is away at a small chance is away at a larger one."""
    key, _ = key_and_laws(random_scenario(2))
    away = np.array(
        [[streams.is_absent(key, day, np.uint64(5), int(chance * 2**32)) for chance in (0.05, 0.3, 1.0)] for day in range(20_000)]
    )
    assert abs(away[:, 0].mean() - 0.05) < 4.9 * np.sqrt(0.05 * 0.95 / len(away))
    assert (away[:, 0] <= away[:, 1]).all() and away[:, 2].all()


def test_lead_days_are_the_lognormal_law_rounded_up() -> None:
    """P(lead ≤ n) of 20,000 words on a grid is that of the law, from 1 to the longest."""
    mu, sigma = np.log(3.0) - 0.5**2 / 2, 0.5
    words = np.arange(20_000, dtype=np.int64) * (2**32 // 20_000)
    days = np.array([streams.lead_days(mu, sigma, word) for word in words.tolist()])
    for until in range(1, 10):
        assert (days <= until).mean() == pytest.approx(stats.lognorm(sigma, scale=np.exp(mu)).cdf(until), abs=2e-4)
    assert streams.lead_days(-1.0, 0.0, 0) == 1
    assert streams.lead_days(np.log(2.0), 0.0, 0) == 2
    assert streams.lead_days(10.0, 1.0, 2**31) == streams.LEAD_MAX


def test_vector_instructions_write_what_the_rules_of_chance_say() -> None:
    """Work, patience and numbers of needs, extreme words and laws included, are those of the functions that tell them."""
    draws = np.random.default_rng(81).integers(0, 2**32, (3, 4000), dtype=np.uint64)
    draws[:, :4] = 0, 1, 2**32 - 1, 2**31
    n = draws.shape[1]
    rest = np.empty((3, n))
    ticks, mu, sigma = (
        np.empty(n, np.int64),
        np.resize([13.2, 0.2, 10.0, 19.5, -60.0, 9.0, 9.0], n),
        np.resize([0.7, 2.5, 0.0, 0.9, 1.0, 7.9, 20.0], n),
    )
    mean, scale = np.resize(np.array([720_000, 5, 99, 10**9, 1, 7, 7]), n), np.resize([3_600_000.0, 0.1, 40_000_000.0, 1e12], n)
    streams.write_works(mu, sigma, mean, draws[0], ticks, rest, np.empty(n, np.int64), n)
    assert ticks.tolist() == [streams.lognormal_ticks(*law) for law in zip(mu, sigma, mean, draws[0], strict=True)]
    for inverse_shape in (1.0, 2 / 3, 0.1, 3.0, 9.0):
        streams.write_patiences(scale, inverse_shape, draws[0], ticks, rest, n)
        assert ticks.tolist() == [streams.weibull_ticks(a, inverse_shape, word) for a, word in zip(scale, draws[0], strict=True)]
    mean = np.resize(np.array([1, 300_000, 2_000_000, 250_000_000, 300_000_000]), n)
    none = np.exp(-mean / MICRO) * (1 + 1e-15)
    streams.quick_poissons(mean, none, draws[1], draws[2], np.empty((4, n)), np.empty(n, np.int64), ticks, n)
    for count, mean_micro, w2, w3 in zip(ticks.tolist(), mean, draws[1], draws[2], strict=True):
        assert count in (-1, streams.poisson(mean_micro, w2, w3, w2, w3))
    sums = streams.chances_of_a_piece()
    for mean_micro in (1, 255_999_999, 256_000_000, 256_000_001, 700_000_000):
        for w2, w3 in draws[1:, :40].T:
            pieces = streams.poisson_by_pieces(sums, np.int64(mean_micro), w2, w3, w2, w3)
            assert pieces == streams.poisson(np.int64(mean_micro), w2, w3, w2, w3)
    doubts = np.count_nonzero(ticks < 0)
    assert n // 5 <= doubts < n // 5 + 4  # those of the large mean, and of words at the end of the unit interval
