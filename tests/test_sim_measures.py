"""Indicators: each equals what plain records say."""

from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from played_week import absentees, on_a_grid, play_week, played_days
from random_scenarios import from_the_first_day, random_scenario

from sim.columns import R_BOOKED, R_CODE, R_DOSSIERS, R_END, R_OUTCOME, R_PAUSED, R_REUSED, R_START, R_TRAVEL, R_WAIT
from sim.measures import INDICATORS, Interval, interval, intervals, offices, paired, percentile_min, province, units
from sim.rules import BALKED, DEFERRED, INCOMPLETE, LEFT, NO_SHOW, SENT_AWAY, SERVED, TURNED_BACK, WINDOWS
from sim.run import play_fast, simulate
from sim.streams import NUMBER_MASK, unit_of
from sim.tables import empty_tables, stacked

MINUTE = 60_000


def test_every_indicator_is_given_for_the_province() -> None:
    """One column an indicator, one row a replication, no missing value where every feature is met."""
    scenario = random_scenario(49)
    frame = province(simulate(scenario, replications=4).phases[0], scenario)
    assert list(frame.columns) == list(INDICATORS)
    assert len(frame) == 4
    assert not frame.isna().any().any()


@pytest.mark.parametrize("number", [2, 3, 12, 23, 33, 35, 46, 49, 54])
def test_indicators_equal_the_records(number: int) -> None:
    """Waits, shares, dossiers and overload counted from the visits one by one."""
    scenario = from_the_first_day(number)
    week = play_week(scenario, number)
    tables = stacked(week.compiled, (0,), [week.tables], [np.uint64(0)])
    values, records, days = province(tables, scenario).iloc[0], week.records, tables.days
    came, outcome = records[week.came], records[:, R_OUTCOME]
    called, finished = records[week.called], records[(outcome == SERVED) & ~week.fetching]
    minutes = came[:, R_WAIT] / MINUTE
    assert values["visits_per_day"] == len(came) / days
    assert values["wait_mean_min"] == pytest.approx(called[:, R_WAIT].mean() / MINUTE)
    assert values["share_wait_over_20"] == pytest.approx((minutes > 20).mean())
    assert values["share_wait_over_30"] == pytest.approx((minutes > 30).mean())
    assert values["wait_p90_min"] == pytest.approx(np.quantile(called[:, R_WAIT] / MINUTE, 0.9, method="inverted_cdf"), abs=0.25)
    for name, number_of_outcome in (("left", LEFT), ("balked", BALKED), ("sent_away", SENT_AWAY), ("incomplete", INCOMPLETE),
                                    ("turned_back", TURNED_BACK)):  # fmt: skip
        assert values[f"{name}_share"] == pytest.approx((came[:, R_OUTCOME] == number_of_outcome).mean())
    assert values["queue_mean"] == pytest.approx(minutes.sum() / days / (9.5 * 60))  # all queues together, 7:30 to 17:00
    service = (called[:, R_END] - called[:, R_START]).sum()
    assert values["door_to_done_min"] == pytest.approx(
        (came[:, R_TRAVEL].sum() + came[:, R_WAIT].sum() + service) / MINUTE / len(finished)
    )
    assert values["boundary_free_share"] == pytest.approx((week.office != week.competent)[week.came].mean())
    assert values["fetch_share"] == pytest.approx(week.fetching[week.came].mean())
    assert values["dossiers_per_visit"] == pytest.approx(finished[:, R_DOSSIERS].mean())
    assert values["visits_per_need"] == pytest.approx(len(came) / len(finished))
    assert values["deferred_per_day"] == (outcome == DEFERRED).sum() / days
    booked, no_show = came[:, R_BOOKED].sum(), (outcome == NO_SHOW).sum()
    assert values["appointment_share"] == pytest.approx(booked / len(came))
    assert values["no_show_share"] == pytest.approx(no_show / (booked + no_show) if booked + no_show else np.nan, nan_ok=True)
    assert values["stopped_min_per_day"] == pytest.approx(called[:, R_PAUSED].sum() / MINUTE / days)
    assert values["reuse_share"] == pytest.approx(finished[:, R_REUSED].mean())
    lost, first_time = (outcome >= LEFT) & (outcome <= SENT_AWAY), (records[:, R_CODE] & NUMBER_MASK) == 0
    beyond = np.where(week.came, np.maximum(records[:, R_WAIT] / MINUTE - 20, 0) + 60 * (lost & first_time), 0)
    assert values["overload_min_per_day"] == pytest.approx(beyond.sum() / days)
    by_office = offices(tables, scenario).set_index("office")
    for rank, name in enumerate(tables.office_ids):
        assert by_office.loc[name, "overload_min_per_day"] == pytest.approx(beyond[week.office == rank].sum() / days)
    by_unit = units(tables).set_index("unit")["wait_mean_min"]
    for rank, name in enumerate(tables.unit_ids):
        waits = called[unit_of(called[:, R_CODE]) == rank, R_WAIT]
        assert by_unit[name] == pytest.approx(waits.mean() / MINUTE, nan_ok=True)


def test_an_appointment_counts_whoever_keeps_it() -> None:
    """With everybody served first by law, the share of no-shows is still that of the booked."""
    scenario = random_scenario(2)
    first = scenario.demand.model_copy(update={"priority_share": 1.0, "scale": 4.0})
    values = province(simulate(scenario.model_copy(update={"demand": first}), replications=4).phases[0], scenario)
    assert (values["appointment_share"] > 0).all()
    assert values["no_show_share"].mean() == pytest.approx(scenario.booking.no_show_share, abs=0.1)


@pytest.mark.parametrize("number", [2, 12, 33])
def test_hours_lost_to_absence_are_those_of_the_absent(number: int) -> None:
    """Counter hours of officers who are away for the day, over all counter hours; reserves' help apart."""
    scenario = from_the_first_day(number)
    week = play_week(scenario, number)
    net, weekdays = week.compiled.network, week.compiled.blocks[0].days.weekday
    lost, all_hours = 0, 0
    for day in played_days(week):
        hours = np.array([
            (net.stretch_off[first:last] - net.stretch_on[first:last]).sum()
            for first, last in pairwise(net.stretch_start[weekdays[day]].tolist())
        ])  # fmt: skip
        lost += hours[absentees(week, day)].sum()
        all_hours += hours.sum()
    values = province(stacked(week.compiled, (0,), [week.tables], [np.uint64(0)]), scenario).iloc[0]
    assert values["absent_share"] == lost / all_hours > 0


@pytest.mark.parametrize("number", [2, 12, 33])
def test_choice_residual_is_the_change_of_remembered_waits(number: int) -> None:
    """Mean change from morning to morning, over offices, hours and days."""
    scenario = from_the_first_day(number)
    compiled = on_a_grid(scenario, number)
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    mornings = np.zeros((compiled.days, len(compiled.office_ids), WINDOWS), np.int64)
    _, _, left = play_fast(compiled, 0, number, tables, trace=mornings)
    change = np.abs(np.diff(np.concatenate([mornings, left.remembered[None]]), axis=0))
    values = province(stacked(compiled, (0,), [tables], [np.uint64(0)]), scenario).iloc[0]
    assert values["choice_residual_min"] == pytest.approx(change.mean() / MINUTE)


def test_sums_of_offices_are_the_province() -> None:
    """Additive indicators add up."""
    scenario = random_scenario(49)
    tables = simulate(scenario, replications=3).phases[0]
    whole, parts = province(tables, scenario), offices(tables, scenario).groupby("replication").sum(numeric_only=True)
    for name in (
        "visits_per_day",
        "overload_min_per_day",
        "overloaded_half_hours_per_day",
        "overtime_min_per_day",
        "open_dossiers",
        "overdue_open",
        "deferred_per_day",
        "stopped_min_per_day",
        "sent_per_day",
        "help_min_per_day",
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


@pytest.mark.parametrize("runs", [1, 2, 7, 10, 40, 300])
def test_intervals_of_rows_are_those_of_each_to_the_bit(runs: int) -> None:
    """Rows with gaps, rows without a spread and rows without any value included."""
    values = np.random.default_rng(3).normal(size=(20, runs)) * 10.0 ** np.arange(20)[:, None]
    values[3], values[4], values[5, 0] = 0.1, np.nan, np.nan
    for found in (intervals(values), intervals(np.asfortranarray(values))):
        for row, one in zip(values, found, strict=True):
            assert np.array_equal([one.mean, one.low, one.high], list(astuple(interval(row))), equal_nan=True)


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
