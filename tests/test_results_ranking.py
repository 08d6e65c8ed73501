"""Rankings hold what they say: intervals together, the best among its candidates, the selection beyond the indifference zone.

Experiments are seeded and use the very functions of the program; shares are held against their stated bounds.
"""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from results.ranking import (
    best_shares,
    joint_differences,
    largest_regrets,
    rank,
    regrets,
    replications_to_select,
    size_classes,
)
from sim import Interval

Numbers = NDArray[np.float64]
INDICATOR = "overload_min_per_day"
EXPERIMENTS = 10_000


def drawn(rng: np.random.Generator, truth: Numbers, replications: int, *, shared: float = 5.0) -> Numbers:
    """Figures (R, K) about the truth, with chance that all alternatives share and unequal chance of their own."""
    own = rng.normal(0, 1, (replications, len(truth))) * np.linspace(1, 3, len(truth))
    return truth + rng.normal(0, shared, (replications, 1)) + own


def named(table: Numbers) -> dict[str, Numbers]:
    return {f"plan{n}": table[:, n] for n in range(table.shape[1])}


@pytest.mark.parametrize(("count", "replications"), [(3, 10), (8, 10), (5, 30)])
def test_alternatives_that_do_not_differ_are_rarely_told_apart(count: int, replications: int) -> None:
    """Any pair of equal alternatives is told apart in at most 5 of 100 experiments, whatever their variances share."""
    rng = np.random.default_rng([count, replications])
    draws = np.stack([drawn(rng, np.zeros(count), replications) for _ in range(EXPERIMENTS)])
    pairs = list(combinations(range(count), 2))
    student = special.stdtrit(replications - 1, 1 - 0.025 / len(pairs))
    wrong = np.zeros(EXPERIMENTS, bool)
    for first, second in pairs:
        difference = draws[:, :, second] - draws[:, :, first]
        half = student * difference.std(axis=1, ddof=1) / np.sqrt(replications)
        wrong |= abs(difference.mean(axis=1)) > half
    assert wrong.mean() <= 0.055
    found = [any(one.excludes_zero() for one in joint_differences(table)) for table in draws[:200]]
    assert found == wrong[:200].tolist()


def test_the_distance_to_the_best_of_the_others_holds_for_all_at_once() -> None:
    """In 95 of 100 experiments every interval holds, the best is a candidate, and every regret lies in its interval."""
    rng, truth = np.random.default_rng(3), np.array([10.0, 10.5, 12.0, 12.0, 16.0])
    behind = np.array([value - np.delete(truth, n).min() for n, value in enumerate(truth)])
    held = 0
    for _ in range(600):
        ranking = rank(named(drawn(rng, truth, 10)), INDICATOR, resamples=1)
        places = [ranking.place(f"plan{n}") for n in range(5)]
        good = all(place.behind.low <= value <= place.behind.high for place, value in zip(places, behind, strict=True))
        good &= "plan0" in ranking.candidates
        good &= all(one.regret.low <= max(value, 0) <= one.regret.high for one, value in zip(places, behind, strict=True))
        held += good
    assert held >= 0.95 * 600 - 3 * np.sqrt(600 * 0.05 * 0.95)


def test_the_selection_is_right_beyond_the_indifference_zone() -> None:
    """Two stages: when one is better than all others by the zone exactly, it is selected in at least 95 of 100 experiments."""
    rng, truth = np.random.default_rng(4), np.array([10.0, 11.0, 11.0, 11.0])
    right, asked = 0, []
    for _ in range(1_000):
        first = drawn(rng, truth, 10)
        wanted = replications_to_select(first, 1.0)
        table = np.concatenate([first, drawn(rng, truth, wanted - 10)])
        right += int(np.argmin(table.mean(axis=0))) == 0
        asked.append(wanted)
    assert right >= 950
    assert min(asked) >= 10
    assert np.mean(asked) < 200


def test_the_number_to_select_by_hand() -> None:
    """Two alternatives: (t₉ at 95 % · S / δ)², S of the differences; never fewer than are played."""
    difference = np.array([1.0, -1.0] * 5)
    table = np.column_stack([np.zeros(10), difference])
    spread = difference.std(ddof=1)
    assert replications_to_select(table, 0.25) == int(np.ceil((special.stdtrit(9, 0.95) * spread / 0.25) ** 2))
    assert replications_to_select(table, 100.0) == 10
    with pytest.raises(ValueError, match="cannot choose"):
        replications_to_select(table, 0.0)
    with pytest.raises(ValueError, match="cannot choose"):
        replications_to_select(table[:1], 1.0)


def test_a_league_table_by_hand() -> None:
    """Three steady alternatives: places, distances, letters and chances follow from their differences alone."""
    shared = np.array([0.0, 5.0, -3.0, 8.0])
    ranking = rank({"a": shared + 7, "b": shared + 5, "c": shared + 7}, INDICATOR)
    assert [place.name for place in ranking.places] == ["b", "a", "c"]
    assert [place.classes for place in ranking.places] == ["a", "b", "b"]
    assert [place.best_share for place in ranking.places] == [1.0, 0.0, 0.0]
    assert ranking.candidates == ("b",)
    assert ranking.place("a").behind == Interval(2.0, 2.0, 2.0)
    assert ranking.best.behind == Interval(-2.0, -2.0, -2.0)
    assert ranking.best.regret == Interval(0.0, 0.0, 0.0)


def test_more_satisfaction_is_better() -> None:
    """The direction follows the indicator."""
    noise = np.array([0.0, 0.01, 0.02])
    ranking = rank({"low": 0.5 + noise, "high": 0.8 + noise}, "satisfaction")
    assert ranking.best.name == "high"
    assert ranking.place("low").regret.mean == pytest.approx(0.3)


def test_one_replication_ranks_without_certainty() -> None:
    """Nothing is told apart, everybody may be best; two alternatives and the same replications are needed."""
    ranking = rank({"a": np.array([1.0]), "b": np.array([9.0])}, INDICATOR)
    assert ranking.candidates == ("a", "b")
    assert {place.classes for place in ranking.places} == {"a"}
    assert rank({"a": np.array([np.nan, 1.0]), "b": np.array([2.0, 9.0])}, INDICATOR).replications == 1
    with pytest.raises(ValueError, match="cannot rank"):
        rank({"a": np.array([1.0])}, INDICATOR)
    with pytest.raises(ValueError, match="cannot rank"):
        rank({"a": np.array([1.0]), "b": np.array([1.0, 2.0])}, INDICATOR)


def test_two_share_a_letter_exactly_when_they_are_not_told_apart() -> None:
    """On random graphs of pairs, chains among them, no letter is superfluous."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        order = list(rng.permutation(7))
        apart = {frozenset(pair) for pair in combinations(range(7), 2) if rng.random() < 0.5}
        letters = size_classes(order, apart)
        for first, second in combinations(range(7), 2):
            assert bool(set(letters[first]) & set(letters[second])) == (frozenset((first, second)) not in apart)
        members = {letter: {n for n in range(7) if letter in letters[n]} for letter in set("".join(letters.values()))}
        assert not any(one < other for one in members.values() for other in members.values())
        assert letters[order[0]].startswith("a")


def test_chances_of_being_best_add_up_and_follow_the_data() -> None:
    """They add up to one, ties are shared, and common chance is nobody's."""
    rng = np.random.default_rng(6)
    table = drawn(rng, np.array([10.0, 10.2, 16.0]), 12)
    shares = best_shares(table)
    assert shares.sum() == pytest.approx(1)
    assert shares[2] < 0.01
    np.testing.assert_allclose(best_shares(table + rng.normal(0, 50, (12, 1))), shares)
    assert best_shares(np.ones((5, 4))).tolist() == [0.25] * 4
    assert best_shares(np.empty((0, 2))).tolist() == [0.5, 0.5]


def test_regrets_by_hand() -> None:
    """Each plan against the best plan of each future; the least largest regret first."""
    noise = np.array([0.0, 1.0, 5.0])
    figures = {"sunny": {"a": 10.0, "b": 14.0}, "rainy": {"a": 40.0, "b": 30.0}}
    table = regrets({(plan, future): noise + value for future, row in figures.items() for plan, value in row.items()}, INDICATOR)
    assert {(one.plan, one.future): one.regret.mean for one in table} == {
        ("a", "sunny"): 0.0,
        ("b", "sunny"): 4.0,
        ("a", "rainy"): 10.0,
        ("b", "rainy"): 0.0,
    }
    assert {plan: found.mean for plan, found in largest_regrets(table).items()} == {"b": 4.0, "a": 10.0}
    assert list(largest_regrets(table)) == ["b", "a"]


def test_regrets_of_a_table_hold_together() -> None:
    """Three plans in four futures: all twelve intervals hold in at least 95 of 100 experiments."""
    rng = np.random.default_rng(7)
    truth = {f"f{f}": np.array([10.0, 10.0 + f, 13.0 - f]) for f in range(4)}
    held = 0
    for _ in range(300):
        values = {(f"plan{n}", future): column for future, t in truth.items() for n, column in enumerate(drawn(rng, t, 10).T)}
        true = {(f"plan{n}", future): t[n] - t.min() for future, t in truth.items() for n in range(3)}
        held += all(
            one.regret.low - 1e-9 <= true[one.plan, one.future] <= one.regret.high + 1e-9 for one in regrets(values, INDICATOR)
        )
    assert held >= 0.95 * 300 - 3 * np.sqrt(300 * 0.05 * 0.95)
