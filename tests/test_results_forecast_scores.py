"""Forecasts of chances held against what happened, by cases that are worked out on paper."""

from math import isnan

import numpy as np
import pytest

from results.forecast_scores import scored, share_interval


def test_the_wilson_interval_is_that_of_the_formula() -> None:
    """Of 3 in 10: (p + z²/2n ± z√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.959964."""
    z, p, n = 1.959963984540054, 0.3, 10
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = share_interval(3, 10)
    assert (found.mean, found.low, found.high) == pytest.approx(
        (0.3, (middle - half) / 1.3841458820694124, (middle + half) / 1.3841458820694124)
    )


def test_an_interval_of_never_and_of_always_has_one_open_end() -> None:
    """Nothing seen in ten runs is no proof that nothing happens."""
    assert share_interval(0, 10).low == pytest.approx(0, abs=1e-12)
    assert 0.2 < share_interval(0, 10).high < 0.35
    assert share_interval(10, 10).high == pytest.approx(1)
    assert isnan(share_interval(0, 0).mean)


def test_hits_misses_and_false_alarms_of_four_forecasts() -> None:
    """0.9 happened, 0.8 did not, 0.3 happened, 0 did not: one of each."""
    scores = scored(np.array([0.9, 0.8, 0.3, 0.0]), np.array([[True, False, True, False]]), 0.5)
    assert (scores.hits, scores.false_alarms, scores.misses, scores.quiet) == (1, 1, 1, 1)
    assert scores.hit_rate == scores.false_alarm_ratio == scores.base_rate == 0.5
    assert scores.brier == pytest.approx((0.01 + 0.64 + 0.49 + 0) / 4)
    assert scores.brier_reference == 0.25
    assert scores.skill == pytest.approx(1 - 0.285 / 0.25)


def test_an_alarm_at_the_chance_itself_is_raised() -> None:
    """A forecast at the alarm is a warning, one below is none."""
    scores = scored(np.array([0.5, 0.4999]), np.array([[True, True]]), 0.5)
    assert (scores.hits, scores.misses) == (1, 1)


def test_perfect_forecasts_have_no_error_and_all_of_the_skill() -> None:
    """Certainties that come true: Brier score 0, skill 1, reliability 0, resolution the whole uncertainty."""
    scores = scored(np.array([1.0, 0.0, 0.0, 0.0]), np.array([[True, False, False, False]] * 3), 0.5)
    assert (scores.brier, scores.skill, scores.reliability) == (0, 1, 0)
    assert scores.resolution == scores.brier_reference == 0.1875
    assert [(row.said, row.happened.mean, row.forecasts) for row in scores.rows] == [(0, 0, 9), (1, 1, 3)]


def test_saying_the_base_rate_everywhere_has_no_skill() -> None:
    """The constant forecast is the reference itself."""
    scores = scored(np.full(4, 0.25), np.array([[True, False, False, False]]), 0.5)
    assert scores.skill == pytest.approx(0)
    assert scores.resolution == pytest.approx(0)


def test_the_parts_of_the_brier_score_add_up_where_a_class_says_one_chance() -> None:
    """Brier = reliability − resolution + base rate · (1 − base rate) (Murphy 1973)."""
    chances = np.array([0.0, 0.1, 0.3, 0.3, 0.7, 1.0])
    happened = np.random.default_rng(7).random((200, 6)) < np.array([0.0, 0.2, 0.3, 0.3, 0.5, 0.9])
    scores = scored(chances, happened, 0.5)
    assert scores.brier == pytest.approx(scores.reliability - scores.resolution + scores.brier_reference)


def test_the_interval_of_the_brier_score_is_over_runs() -> None:
    """Two runs with scores 0.01 and 0.81; one run has no width."""
    pair = scored(np.array([0.9]), np.array([[True], [False]]), 0.5).brier_interval
    assert pair.mean == pytest.approx(0.41)
    assert pair.low < 0.01 < 0.81 < pair.high
    alone = scored(np.array([0.9]), np.array([[True]]), 0.5).brier_interval
    assert alone.low == alone.high == pytest.approx(0.01)
