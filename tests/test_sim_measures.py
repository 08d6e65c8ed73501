"""Indicators: each equals what plain records say."""

import numpy as np
import pandas as pd
import pytest
from random_scenarios import random_scenario

from sim.columns import R_END, R_OFFICE, R_OUTCOME, R_START, R_TRAVEL, R_WAIT
from sim.measures import INDICATORS, Interval, interval, offices, paired, percentile_min, province, units
from sim.rules import LEFT, SERVED
from sim.run import simulate


def test_every_indicator_is_given_for_the_province() -> None:
    """One column an indicator, one row a replication, no missing value where citizens came."""
    scenario = random_scenario(6)
    frame = province(simulate(scenario, replications=4).phases[0], scenario)
    assert list(frame.columns) == list(INDICATORS)
    assert len(frame) == 4
    assert not frame.drop(columns=["reuse_share"]).isna().any().any()


def test_indicators_equal_the_records() -> None:
    """Waits, shares and overload counted from the visits one by one."""
    scenario = random_scenario(11).model_copy(
        update={"indicators": random_scenario(11).indicators.model_copy(update={"warmup_days": 0})}
    )
    kept: list[np.ndarray] = []
    run = simulate(scenario, replications=1, citizens=lambda compiled, replication, records: kept.append(records))
    records, values = kept[0], province(run.phases[0], scenario).iloc[0]
    served = records[records[:, R_OUTCOME] == SERVED]
    days = run.phases[0].days
    minutes = records[:, R_WAIT] / 60_000
    assert values["visits_per_day"] == len(records) / days
    assert values["wait_mean_min"] == pytest.approx(served[:, R_WAIT].mean() / 60_000)
    assert values["share_wait_over_20"] == pytest.approx((minutes > 20).mean())
    assert values["left_share"] == pytest.approx((records[:, R_OUTCOME] == LEFT).mean())
    assert values["wait_p90_min"] == pytest.approx(np.quantile(served[:, R_WAIT] / 60_000, 0.9, method="inverted_cdf"), abs=0.25)
    spent = records[:, R_TRAVEL].sum() + records[:, R_WAIT].sum() + (served[:, R_END] - served[:, R_START]).sum()
    assert values["door_to_done_min"] == pytest.approx(spent / 60_000 / len(served))
    first_time = (records[:, 0] & 15) == 0
    beyond = np.maximum(minutes - 20, 0) + 60 * ((records[:, R_OUTCOME] != SERVED) & first_time)
    assert values["overload_min_per_day"] == pytest.approx(beyond.sum() / days)
    by_office = offices(run.phases[0], scenario).set_index("office")
    for number, name in enumerate(run.phases[0].office_ids):
        assert by_office.loc[name, "overload_min_per_day"] == pytest.approx(beyond[records[:, R_OFFICE] == number].sum() / days)


def test_sums_of_offices_are_the_province() -> None:
    """Additive indicators add up."""
    scenario = random_scenario(12)
    tables = simulate(scenario, replications=3).phases[0]
    whole, parts = province(tables, scenario), offices(tables, scenario).groupby("replication").sum(numeric_only=True)
    for name in (
        "visits_per_day",
        "overload_min_per_day",
        "overloaded_half_hours_per_day",
        "overtime_min_per_day",
        "crew",
        "staff_cost",
    ):
        assert np.allclose(whole[name], parts[name])


def test_units_report_every_visit() -> None:
    """Visits by unit of origin add up to all visits."""
    scenario = random_scenario(12)
    tables = simulate(scenario, replications=2).phases[0]
    by_unit = units(tables).groupby("replication")["visits_per_day"].sum()
    assert np.allclose(by_unit, province(tables, scenario)["visits_per_day"])


def test_no_demand_gives_zeros_and_no_trouble() -> None:
    """Without citizens counts are zero, ratios are missing, nothing fails."""
    scenario = random_scenario(1)
    quiet = scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"scale": 0.0})})
    run = simulate(quiet, replications=2)
    frame = province(run.phases[0], quiet)
    assert run.citizens == 0
    assert (frame["visits_per_day"] == 0).all() and (frame["overload_min_per_day"] == 0).all()
    assert np.isnan(frame["wait_mean_min"]).all()


def test_percentile_is_linear_inside_its_bin() -> None:
    """Four waits in the second bin of 15 s: the median lies at its middle."""
    histogram = np.zeros(2401, np.int64)
    histogram[1] = 4
    assert percentile_min(histogram, 50) == pytest.approx((15 + 7.5) / 60)


def test_interval_is_that_of_student() -> None:
    """Certified example: mean 10000000.2 of NIST NumAcc4, and the t interval of four values."""
    numacc4 = np.array([10000000.2] + [10000000.1, 10000000.3] * 500)
    assert interval(numacc4).mean == pytest.approx(10000000.2, rel=1e-14)
    found = interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (found.low, found.high) == pytest.approx((2.5 - 2.0542603, 2.5 + 2.0542603), rel=1e-6)
    assert interval(np.array([3.0])) == Interval(3.0, 3.0, 3.0)


def test_pairing_removes_what_replications_share() -> None:
    """A constant shift is found without width."""
    rng = np.random.default_rng(1)
    before = rng.normal(100, 20, 8)
    found = paired(before, before - 5)
    assert found.mean == pytest.approx(-5) and found.high < -4.999


def test_intervals_cover_what_they_promise() -> None:
    """95 % intervals of ten normal values cover the mean in 94–96 % of 10,000 experiments."""
    rng = np.random.default_rng(3)
    covered = 0
    for values in rng.normal(5, 2, (10_000, 10)):
        found = interval(values)
        covered += found.low <= 5 <= found.high
    assert 9400 <= covered <= 9600


def test_tables_are_tidy() -> None:
    """One row a replication and office; plain columns."""
    scenario = random_scenario(2)
    frame = offices(simulate(scenario, replications=2).phases[0], scenario)
    assert isinstance(frame, pd.DataFrame)
    assert not frame.duplicated(["replication", "office"]).any()
