"""Comparisons are paired, and a verdict follows from the interval alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_study import invented_tables
from small_scenario import write_small

from results.compare import Measured, compare, verdict
from scenarios import Scenario, load_scenario
from sim import OFFICE_COLUMNS, Interval, PhaseTables


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return load_scenario(write_small(tmp_path / "small")).model_copy(update={"assignments": ()})


def overloaded(tables: PhaseTables, office: str, extra: list[int]) -> PhaseTables:
    """Add overload (ticks, one figure a replication) to one office."""
    values = tables.office.copy()
    values[:, tables.office_ids.index(office), OFFICE_COLUMNS.index("overload")] += np.array(extra)
    return replace(tables, office=values)


def test_a_run_compared_with_itself_is_unchanged_everywhere(scenario: Scenario) -> None:
    """The same tables give no difference, no gain and no loss."""
    tables = invented_tables(scenario, "p1", relief=1.0)
    comparison = compare(tables, tables, scenario, scenario)
    assert {row.verdict for row in comparison.province} == {"same"}
    assert comparison.gains == comparison.loses == ()


def test_a_run_is_measured_under_the_scenario_it_is_asked_for(scenario: Scenario) -> None:
    """What is known of a run tells nothing of it under another scenario."""
    tables, measured = invented_tables(scenario, "p1", relief=1.0), Measured()
    measured.ahead(tables, scenario, by_office=True)
    content = scenario.indicators.satisfaction_top
    halved = scenario.indicators.model_copy(update={"satisfaction_top": content / 2})
    comparison = compare(tables, tables, scenario, scenario.model_copy(update={"indicators": halved}), measured=measured)
    found = comparison.of("satisfaction")
    assert found.after.mean == pytest.approx(found.before.mean / 2)
    assert measured.digest(tables) == Measured().digest(tables)


def test_an_office_loses_when_its_interval_excludes_zero(scenario: Scenario) -> None:
    """A steady rise is listed; one that wavers around zero is not."""
    before = invented_tables(scenario, "p1", relief=1.0)
    minute = 60_000 * before.days
    after = overloaded(before, "o1", [10 * minute, 11 * minute, 9 * minute, 10 * minute])
    after = overloaded(after, "o2", [30 * minute, -29 * minute, 31 * minute, -30 * minute])
    after = overloaded(after, "o3", [-5 * minute, -6 * minute, -5 * minute, -4 * minute])
    comparison = compare(before, after, scenario, scenario)
    assert comparison.loses == ("o1",)
    assert comparison.gains == ("o3",)
    rise = next(row for row in comparison.offices if row.office == "o1").of("overload_min_per_day")
    assert rise.change.mean == pytest.approx(10.0)


def test_differences_are_paired_by_replication(scenario: Scenario) -> None:
    """A constant shift on noisy replications has no width at all."""
    before = invented_tables(scenario, "p1", relief=1.0)
    after = overloaded(before, "o1", [60_000 * before.days] * 4)
    change = compare(before, after, scenario, scenario).of("overload_min_per_day").change
    assert change.low == pytest.approx(1.0)
    assert change.high == pytest.approx(1.0)


def test_runs_on_other_replications_are_refused(scenario: Scenario) -> None:
    """Only runs on the same replications and days can be paired."""
    before = invented_tables(scenario, "p1", relief=1.0)
    with pytest.raises(ValueError, match="cannot be paired"):
        compare(before, replace(before, replications=(1, 2, 3, 4)), scenario, scenario)
    with pytest.raises(ValueError, match="cannot be paired"):
        compare(before, replace(before, days=21), scenario, scenario)


def test_one_replication_proves_nothing(scenario: Scenario) -> None:
    """With a single replication nobody gains or loses."""
    before = invented_tables(scenario, "p1", relief=1.0, replications=1)
    after = invented_tables(scenario, "p1", relief=0.5, replications=1)
    comparison = compare(before, after, scenario, scenario)
    assert comparison.verdict == "single"
    assert comparison.gains == comparison.loses == ()


def test_the_verdict_knows_which_way_is_better() -> None:
    """Less waiting is better, more satisfaction is better, more visits are neither."""
    fall, rise, wide = Interval(-2, -3, -1), Interval(2, 1, 3), Interval(0.5, -1, 2)
    assert verdict("wait_mean_min", fall, 10) == "better"
    assert verdict("wait_mean_min", rise, 10) == "worse"
    assert verdict("satisfaction", fall, 10) == "worse"
    assert verdict("visits_per_day", rise, 10) == "changed"
    assert verdict("wait_mean_min", wide, 10) == "unclear"
    assert verdict("wait_mean_min", Interval(float("nan"), float("nan"), float("nan")), 10) == "same"
