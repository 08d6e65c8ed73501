"""Intervals cover what they say, a sequential rule keeps its promise, and sums are exact to the digits NIST certifies.

Experiments are 10,000 and seeded; a share must lie where chance alone leads it out once in a million (Clopper, Pearson 1934).
"""

import tomllib
from collections.abc import Callable
from math import inf, isnan, log10, sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from results.statistics import (
    FEWEST,
    chances,
    false_discovery,
    found_intervals,
    half_width,
    holm,
    looks,
    pooled_percentile,
    quantile_interval,
    relative_half_width,
)
from sim import Interval, interval, paired

Numbers = NDArray[np.float64]
NIST = Path(__file__).parent / "golden" / "nist_univariate.toml"
EXPERIMENTS = 10_000
RARE = 1e-6


def may_be(hits: int, share: float, trials: int = EXPERIMENTS) -> bool:
    """Tell whether a true share is compatible with so many hits."""
    found = stats.binomtest(hits, trials).proportion_ci(1 - RARE, method="exact")
    return bool(found.low <= share <= found.high)


def student(values: Numbers, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Mean and half width of each row, as `sim.interval` has them for one; shown equal below."""
    count = values.shape[-1]
    half = special.stdtrit(count - 1, (1 + level) / 2) * values.std(axis=-1, ddof=1) / sqrt(count)
    return values.mean(axis=-1), half


def test_the_vectorized_interval_is_the_interval() -> None:
    """What the coverage below is counted on is what the program says."""
    rows = np.random.default_rng(1).gamma(3, 2, (50, 7))
    means, halves = student(rows)
    for row, mean, half in zip(rows, means, halves, strict=True):
        found = interval(row)
        assert (found.mean, found.low, found.high) == pytest.approx((mean, mean - half, mean + half))


@pytest.mark.parametrize("count", [2, 5, 10, 30])
def test_intervals_of_a_mean_cover_it(count: int) -> None:
    """95 of 100 intervals hold the mean of normal replications, however few."""
    means, halves = student(np.random.default_rng(count).normal(7, 3, (EXPERIMENTS, count)))
    hits = int((abs(means - 7) <= halves).sum())
    assert may_be(hits, 0.95)
    assert 0.94 <= hits / EXPERIMENTS <= 0.96


def test_intervals_of_a_paired_difference_cover_it_and_are_narrower() -> None:
    """On common draws the interval of the difference keeps its level at a fraction of the width."""
    rng = np.random.default_rng(5)
    shared = rng.gamma(4, 10, (EXPERIMENTS, 10))
    before, after = shared + rng.normal(0, 1, shared.shape), shared - 2 + rng.normal(0, 1, shared.shape)
    means, halves = student(after - before)
    assert 0.94 <= float((abs(means + 2) <= halves).mean()) <= 0.96
    assert float(halves.mean()) < 0.2 * float(student(after)[1].mean())
    one = paired(before[0], after[0])
    assert (one.mean, half_width(one)) == pytest.approx((means[0], halves[0]))


def test_intervals_of_a_percentile_by_replication_cover_its_mean() -> None:
    """The 90th percentile of 200 waits, one a replication, with the Student interval over ten of them."""
    rng = np.random.default_rng(6)
    uniforms = 1 - rng.beta(180, 21, (EXPERIMENTS, 10))  # the 180th of 200 uniforms has this law, so no wait need be drawn
    truth = special.digamma(201) - special.digamma(21)  # of −log(1 − U): the mean of the 180th of 200 exponential waits
    means, halves = student(-np.log(uniforms))
    assert 0.94 <= float((abs(means - truth) <= halves).mean()) <= 0.96


@pytest.mark.parametrize(("count", "share"), [(10, 0.5), (30, 0.5), (40, 0.9), (21, 0.25)])
def test_intervals_between_order_statistics_cover_the_quantile_whatever_the_law(count: int, share: float) -> None:
    """At least 95 of 100, and as many as the binomial law says exactly."""
    ranks = quantile_interval(np.arange(1.0, count + 1), share)
    low, high = int(ranks.low), int(ranks.high)
    exact = stats.binom.cdf(high - 1, count, share) - stats.binom.cdf(low - 1, count, share)
    assert exact >= 0.95
    values = np.sort(np.random.default_rng(count).lognormal(0, 1, (EXPERIMENTS, count)), axis=1)
    truth = stats.lognorm(1).ppf(share)
    hits = int(((values[:, low - 1] <= truth) & (truth <= values[:, high - 1])).sum())
    assert may_be(hits, float(exact))


def test_an_interval_that_so_few_replications_cannot_give_is_open() -> None:
    """Five replications bound no median with 95 %, six do; a 90th percentile stays open above."""
    assert quantile_interval(np.arange(5.0)).low == -inf
    assert quantile_interval(np.arange(6.0)) == Interval(2.5, 0.0, 5.0)
    tail = quantile_interval(np.arange(20.0), 0.9)
    assert tail.high == inf
    assert tail.low > 10
    assert isnan(quantile_interval(np.array([np.nan])).mean)


def test_the_pooled_percentile_is_that_of_all_waits_with_an_interval_about_it() -> None:
    """Replications are drawn again as wholes; the interval holds the truth in at least 50 of 60, ten replications each."""
    rng, bins = np.random.default_rng(7), 60
    hits = 0
    for _ in range(60):
        pace = rng.gamma(40, 0.25, 10)
        waits = np.minimum(rng.exponential(pace[:, None], (10, 400)).astype(int), bins - 1)
        histograms = np.stack([np.bincount(row, minlength=bins) for row in waits])
        found = pooled_percentile(histograms, 50)
        hits += found.low <= 0.25 * 6.85 <= found.high  # median of the mixture, 6.85 bins of a quarter minute
    assert hits >= 50
    same = np.tile(histograms[0], (4, 1))
    assert half_width(pooled_percentile(same, 50)) == 0


def stopped(
    draw: Callable[[tuple[int, int]], Numbers], precision: float, most: int
) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
    """Mean, Student half width and replications of each of many sequential experiments, by the rule of `simulate_until`."""
    values = draw((EXPERIMENTS, most))
    sums, squares = values.cumsum(axis=1), (values**2).cumsum(axis=1)
    mean, half, count = np.zeros(EXPERIMENTS), np.full(EXPERIMENTS, np.nan), np.zeros(EXPERIMENTS, np.int64)
    open_ = np.ones(EXPERIMENTS, bool)
    for number in looks(FEWEST, most):
        now = sums[:, number - 1] / number
        deviation = np.sqrt((squares[:, number - 1] - number * now**2) / (number - 1))
        width = special.stdtrit(number - 1, 0.975) * deviation / sqrt(number)
        ends = open_ & ((width <= precision * abs(now)) | (number == most))
        mean[ends], half[ends], count[ends] = now[ends], width[ends], number
        open_ &= ~ends
    return mean, half, count


LAWS = {
    "narrow": (lambda shape: np.random.default_rng(1).normal(100, 10, shape), 100.0),
    "wide": (lambda shape: np.random.default_rng(2).normal(100, 40, shape), 100.0),
    "skewed": (lambda shape: np.random.default_rng(3).gamma(4, 25, shape), 100.0),
}


@pytest.mark.parametrize("law", LAWS)
def test_the_precision_asked_for_is_kept(law: str) -> None:
    """Whenever the rule stops, the mean is within the asked share of the truth in at least 95 of 100 experiments."""
    draw, truth = LAWS[law]
    mean, half, count = stopped(draw, 0.1, 500)
    assert (half <= 0.1 * mean).all()
    assert float((abs(mean - truth) <= 0.1 * mean).mean()) >= 0.95
    assert float((abs(mean - truth) <= half).mean()) >= 0.93
    assert count.min() >= FEWEST


def test_a_precision_that_cannot_be_reached_ends_at_the_cap() -> None:
    """The last look is the cap, and what was found is told as it is."""
    mean, half, count = stopped(LAWS["wide"][0], 0.01, 60)
    assert (count == 60).all()
    assert (half > 0.01 * mean).all()
    assert looks(10, 60) == (10, 15, 23, 35, 53, 60)
    assert looks(10, 10) == (10,)
    assert looks(20, 7) == (7,)


def test_relative_width_of_odd_values() -> None:
    """A constant is known, one replication tells nothing, a mean of zero has no relative width, nothing measured is no number."""
    assert relative_half_width(np.array([3.0, 3.0])) == 0
    assert relative_half_width(np.zeros(9)) == 0
    assert relative_half_width(np.array([3.0])) == inf
    assert relative_half_width(np.array([-1.0, 1.0])) == inf
    assert relative_half_width(np.array([-1.0, 1.0]), size=100.0) == pytest.approx(0.1270620, rel=1e-5)
    assert isnan(relative_half_width(np.array([np.nan, np.nan])))


def test_chances_are_those_of_the_paired_test() -> None:
    """As scipy has them; certain where all replications agree, no finding where there is no difference."""
    differences = np.random.default_rng(8).normal(0.3, 1, (12, 5))
    expected = stats.ttest_1samp(differences, 0).pvalue
    np.testing.assert_allclose(chances(differences), expected)
    assert chances(np.array([[0.0, 2.0], [0.0, 2.0]])).tolist() == [1.0, 0.0]
    assert chances(np.array([[5.0]])).tolist() == [1.0]
    assert chances(np.array([[np.nan, 1.0], [1.0, 1.1]]))[0] == 1.0


def test_adjusted_values_by_hand() -> None:
    """Holm multiplies the least by the number of tests, the next by one less, and never falls."""
    values = np.array([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(holm(values), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(false_discovery(values), [0.02, 0.04, 0.04, 0.02])
    assert len(false_discovery(np.array([]))) == 0
    many = np.random.default_rng(11).uniform(size=200).round(2)
    np.testing.assert_array_equal(false_discovery(many), stats.false_discovery_control(many))


def test_holm_rarely_finds_what_is_not_there() -> None:
    """Of 20 differences that are none, one or more is found in at most 5 of 100 experiments."""
    draws = np.random.default_rng(9).normal(0, 1, (EXPERIMENTS, 10, 20))
    ratio = draws.mean(axis=1) / draws.std(axis=1, ddof=1) * sqrt(10)
    values = 2 * special.stdtr(9, -abs(ratio))
    false = int((values.min(axis=1) * 20 <= 0.05).sum())  # Holm finds one exactly when the least, times 20, is at the level
    assert may_be(false, 1 - 0.9975**20)
    assert false / EXPERIMENTS <= 0.055


def test_of_the_offices_found_few_are_false_and_few_intervals_miss() -> None:
    """20 of 100 offices change; on average at most 5 % of those named do not, and at most 5 % of their intervals miss."""
    rng, truth = np.random.default_rng(10), np.repeat([1.5, 0.0], [20, 80])
    false, missed, named = [], [], 0
    for _ in range(400):
        differences = rng.normal(truth, 1, (10, 100))
        _, findings, level = found_intervals(differences)
        count = max(int(findings.sum()), 1)
        means, halves = student(differences.T, level)
        false.append(float((findings & (truth == 0)).sum() / count))
        missed.append(float((findings & (abs(means - truth) > halves)).sum() / count))
        named += int((findings & (truth > 0)).sum())
        assert ((abs(means) > halves) == findings)[findings].all()
    assert np.mean(false) <= 0.05
    assert np.mean(missed) <= 0.05 + 3 * np.std(missed) / 20
    assert named > 400 * 10


def digits(found: float, certified: float) -> float:
    """Decimal digits that agree, 15 at most: the log relative error of NIST."""
    return 15.0 if found == certified else min(-log10(abs(found - certified) / abs(certified)), 15.0)


def pi_digits(count: int) -> Numbers:
    """The first digits of pi, by Machin's formula in integers."""
    unit = 10 ** (count + 10)

    def arctan_of_one_over(number: int) -> int:
        term = total = unit // number
        place, sign = 1, 1
        while term:
            term //= number * number
            place, sign = place + 2, -sign
            total += sign * (term // place)
        return total

    pi = 4 * (4 * arctan_of_one_over(5) - arctan_of_one_over(239)) // 10**11
    first, last = divmod(pi, 10 ** (count // 2))
    written = str(first) + str(last).zfill(count // 2)
    return np.frombuffer(written.encode(), np.uint8).astype(float) - ord("0")


def certified() -> dict[str, tuple[Numbers, float, float, float]]:
    """Values, certified mean and standard deviation, and the digits of the latter that the data in doubles can carry."""
    stored = tomllib.loads(NIST.read_text("utf-8"))
    found = {name: (np.array(one["values"], float), one["mean"], one["deviation"], 12.0) for name, one in stored.items()}
    digits_of_pi = pi_digits(5000)
    digits_of_pi[956] = 3  # an 8 in truth: the list of NIST has a slip there, and so have its certified values
    found["PiDigits"] = (digits_of_pi, 4.5348, 2.86733906028871, 12.0)
    found["NumAcc1"] = (np.array([10000001.0, 10000003.0, 10000002.0]), 10000002.0, 1.0, 15.0)
    for name, middle, kept in (("NumAcc2", 1.2, 13.0), ("NumAcc3", 1000000.2, 9.0), ("NumAcc4", 10000000.2, 8.0)):
        pairs = np.tile([middle - 0.1, middle + 0.1], 500)
        found[name] = (np.round(np.concatenate([[middle], pairs]), 1), middle, 0.1, kept)
    return found


@pytest.mark.parametrize(("name", "case"), certified().items(), ids=list(certified()))
def test_means_and_deviations_agree_with_nist(name: str, case: tuple[Numbers, float, float, float]) -> None:
    """Means to 12 digits and more; deviations to 12, or to what values with a long common start leave in a double."""
    values, mean, deviation, kept = case
    found = interval(values)
    width = half_width(found) * sqrt(len(values)) / float(special.stdtrit(len(values) - 1, 0.975))
    assert digits(found.mean, mean) >= 12, name
    assert digits(float(np.std(values, ddof=1)), deviation) >= kept, name
    assert digits(width, deviation) >= min(kept, 8.0), name
