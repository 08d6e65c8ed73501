"""Curves that fall and flatten: noise is mended inside the band, and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from scenarios import load_scenario
from scenarios.phases import phase_view
from sim import response_curves, simulate
from sim.curves import Samples, convex_means, pooled, whole_convex
from sim.response import curves_of, recorded

WEEKS, DAYS = 12, 60


def samples(heights: list[float], noise: float = 0.0, shared: float = 0.0, seed: int = 0) -> Samples:
    """Two replications of twelve weeks about given daily means at levels 1, 2, …; part of the noise the same at every level."""
    rng = np.random.default_rng(seed)
    weekly = np.array(heights)[:, None, None] * DAYS / WEEKS
    own = noise * rng.standard_normal((len(heights), 2, WEEKS))
    return Samples(np.arange(1, len(heights) + 1), weekly + own + shared * rng.standard_normal((1, 2, WEEKS)), DAYS)


def falls_and_flattens(values: NDArray[np.float64] | NDArray[np.int64]) -> bool:
    """Non-increasing, with steps that never grow steeper."""
    steps = np.diff(values)
    return bool((steps <= 1e-9).all() and (np.diff(steps) >= -1e-9).all())


@pytest.mark.parametrize("number", range(20))
def test_falling_values_are_pooled_as_by_another_library(number: int) -> None:
    """To the bit as isotonic regression, with ties, alone and none at all."""
    chance = np.random.default_rng(number)
    for count in (0, 1, 2, 5, 30, 200):
        values, weights = chance.normal(size=count).cumsum().round(number % 4), chance.exponential(size=count) + 1e-6
        found = pooled(values.tolist(), weights.tolist())
        places = [place for _, first, last in found for place in range(first, last)]
        assert places == list(range(count))
        if count:
            wanted = isotonic_regression(values, weights=weights)
            assert [value for value, first, last in found for _ in range(first, last)] == wanted.x.tolist()
            assert [0, *(last for *_, last in found)] == wanted.blocks.tolist()


def test_a_convex_curve_is_left_as_it_is() -> None:
    """Nothing to mend, nothing changed, whatever all levels share."""
    curve = samples([2100.0, 2050.0, 2025.0, 2012.0, 2006.0, 2006.0], shared=500.0)
    means, convex = convex_means(curve, 3)
    assert convex
    assert means == pytest.approx(curve.means)


@pytest.mark.parametrize("seed", range(40))
def test_mending_gives_a_falling_convex_curve_through_the_base_and_again_the_same(seed: int) -> None:
    """Every mended curve is convex, non-increasing, at least 0, true at the base, and mended once for all."""
    rng = np.random.default_rng([1, seed])
    true = 5000 * np.exp(-rng.uniform(0.2, 1.0) * np.arange(12))
    curve = samples(true.tolist(), noise=40.0, shared=300.0, seed=seed)
    base = int(rng.integers(1, 13))
    means, convex = convex_means(curve, base)
    assert convex
    assert falls_and_flattens(means) and means.min() >= 0
    if curve.means[base - 1] > 0:
        assert means[base - 1] == pytest.approx(curve.means[base - 1])
    again, still = convex_means(samples(means.tolist()), base)
    assert still
    assert again == pytest.approx(means, abs=1e-6)
    whole = whole_convex(curve.levels, means, base)
    assert falls_and_flattens(whole) and whole.min() >= 0
    assert whole[base - 1] == round(max(means[base - 1], 0.0))
    assert np.abs(whole - means).max() <= 0.5 * len(means) + 0.5


def test_mending_stays_inside_the_band() -> None:
    """Slopes pooled by chance differ from those simulated by no more than their own error allows."""
    curve = samples([400.0, 300.0, 190.0, 150.0, 152.0, 149.0], noise=60.0, seed=3)
    means, convex = convex_means(curve, 1)
    assert convex
    steps = np.eye(6)[1:] - np.eye(6)[:-1]
    assert (np.abs(np.diff(means) - np.diff(curve.means)) < 6 * curve.errors(steps) + 1).all()


@pytest.mark.parametrize("heights", [[900.0, 880.0, 500.0, 60.0, 10.0], [100.0, 50.0, 90.0, 20.0, 10.0]])
def test_a_curve_that_is_surely_not_convex_is_said_to_be_and_left(heights: list[float]) -> None:
    """S-shaped, or with a rise: values stay as simulated."""
    curve = samples(heights, noise=5.0, shared=500.0)
    means, convex = convex_means(curve, 2)
    assert not convex
    assert np.array_equal(means, curve.means)


def test_false_alarms_are_rare() -> None:
    """Straight lines under noise alone: at most 2 % of the curves are called not convex."""
    alarms = sum(not convex_means(samples([90.0 - 10 * n for n in range(8)], noise=30.0, seed=seed), 1)[1] for seed in range(400))
    assert alarms <= 8


def test_errors_of_differences_forget_what_all_levels_share() -> None:
    """Common random numbers: the error of a level is large, that of a difference small."""
    curve = samples([100.0, 90.0], noise=1.0, shared=1000.0)
    level, difference = curve.errors(np.array([[1.0, 0.0], [-1.0, 1.0]]))
    assert difference < level / 100


def test_a_single_replication_takes_weeks_for_one_another() -> None:
    """The error of a mean of weeks is that of independent weeks."""
    values = np.random.default_rng(5).normal(50.0, 10.0, (1, 1, WEEKS))
    one = Samples(np.array([1]), values, DAYS)
    expected = values.std(ddof=1) * np.sqrt(WEEKS) / DAYS
    assert one.errors(np.eye(1))[0] == pytest.approx(expected)


def test_curves_of_tiny_start_from_the_run_as_it_is() -> None:
    """At the base the curve is the overload of a run; levels go past the counters, up to the premises."""
    tiny = load_scenario("tiny")
    run = simulate(tiny, ["p1"], replications=2).phases[0]
    as_is = run.column("overload").mean(axis=0) / 1000 / run.days
    curves = response_curves(tiny, "p1")
    assert curves == response_curves(tiny, "p1", jobs=1)
    offices = {office.id: office for office in tiny.offices}
    for curve in curves:
        at_base = curve.levels.index(curve.base)
        assert sum(one.simulated_s_per_day[one.levels.index(one.base)] for one in curves if one.office == curve.office) == (
            pytest.approx(as_is[run.office_ids.index(curve.office)], abs=1)
        )
        assert curve.overload_s_per_day[at_base] == curve.simulated_s_per_day[at_base]
        assert {curve.base, curve.levels[0]} <= set(curve.played) <= set(curve.levels)
        assert curve.levels == tuple(range(curve.levels[0], curve.levels[-1] + 1)) and curve.levels[0] >= 1
        assert curve.counters == offices[curve.office].counters
        assert max(curve.counters_needed) <= offices[curve.office].premises_limit
        assert not curve.convex or falls_and_flattens(np.array(curve.overload_s_per_day))
    assert any(max(curve.counters_needed) > curve.counters for curve in curves)


@pytest.mark.parametrize(("service", "patience"), [(1440.0, 1.0), (0.01, 0.001), (0.01, 1e9), (1440.0, 1e9)])
def test_an_estimate_is_told_however_short_or_long_patience_is(service: float, patience: float) -> None:
    """Citizens who leave at once, and those who never do, have curves and a finite estimate beside them."""
    tiny = load_scenario("tiny")
    fields = tuple(field.model_copy(update={"service_min": service, "patience_min": patience}) for field in tiny.fields)
    for curve in response_curves(tiny.model_copy(update={"fields": fields}), "p1", days=5, offsets=(-1, 1)):
        assert np.isfinite(curve.erlang_s_per_day).all() and min(curve.erlang_s_per_day) >= 0


def test_an_office_that_lacks_counters_keeps_them_at_every_level() -> None:
    """Hours shrink and stretch with the crew; an office with counters to spare gets those that a larger crew needs."""
    tiny = load_scenario("tiny")
    view = phase_view(tiny, "p1")
    office = max(view.offices, key=lambda name: len(view.crew(name)))
    known = next(curve for curve in response_curves(tiny, "p1") if curve.office == office)
    needed = known.counters_needed[known.levels.index(known.base)]
    for counters in (needed - 1, needed):
        offices = tuple(row.model_copy(update={"counters": counters}) if row.id == office else row for row in tiny.offices)
        replay = recorded(tiny.model_copy(update={"offices": offices}), "p1", (0, 1))
        curve = next(one for one in curves_of(replay, (-1, 1)) if one.office == office)
        crew = [replay.view.officers[name] for name in replay.view.crew(office)]
        larger = [*crew, crew[0].model_copy(update={"id": f"{office}+"})]
        played = [
            float(replay.office_overload_s(office, larger, counters=count).mean())
            for count in (counters, curve.counters_needed[-1])
        ]
        assert curve.simulated_s_per_day[-1] == pytest.approx(played[int(counters == needed)], abs=1)
        assert played[0] != played[1] or counters == needed


def test_a_crew_that_ruins_an_office_is_not_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """What adds the overload of many offices is told along the last slope below; the rest of the curve is as it was."""
    replay = recorded(load_scenario("tiny"), "p1", (0, 1))
    whole = {(curve.office, curve.group): curve for curve in curves_of(replay, (-3, -2, -1, 1))}
    monkeypatch.setattr("sim.response.RUIN_OFFICES", 0)
    shorter = 0
    for curve in curves_of(replay, (-3, -2, -1, 1)):
        known = whole[curve.office, curve.group]
        assert curve.levels == known.levels and set(curve.played) <= set(known.played)
        missed = curve.levels.index(curve.played[0])
        assert curve.simulated_s_per_day[missed:] == known.simulated_s_per_day[missed:]
        steps = np.diff(curve.simulated_s_per_day[: missed + 2])
        assert np.ptp(steps) <= 2 and (not missed or steps.max() < 0)
        assert not curve.convex or falls_and_flattens(np.array(curve.overload_s_per_day))
        shorter += missed > 0
    assert shorter
