"""The bundled network against calculations by hand from its own tables."""

import numpy as np
import pytest
from scipy import stats

from scenarios import load_scenario
from scenarios.schema import Scenario
from sim.measures import offices, province
from sim.run import compile_days, simulate

CROWDED = {"718", "721", "723", "724", "725"}  #: Thủ Dầu Một, Bến Cát, Tân Uyên, Dĩ An, Thuận An
DAYS = 20


def at_own_pace(scenario: Scenario) -> Scenario:
    """Everybody at pace 1000, so that mean work by hand is mean work in play."""
    alike = tuple(officer.model_copy(update={"fields": " ".join(sorted(officer.skills))}) for officer in scenario.officers)
    return scenario.model_copy(update={"officers": alike})


def test_utilization_by_hand_agrees_office_by_office() -> None:
    """Arrivals × mean work ÷ rostered counter minutes, where everybody waits for their turn.

    60 replications of four weeks of phase 1; the intervals of all 101 offices hold together but once in a million.
    """
    scenario = at_own_pace(load_scenario("binh-duong:nobody-leaves"))
    tables = simulate(scenario, ["p1"], days=DAYS, replications=60).phases[0]
    compiled = compile_days(scenario, "p1", seed=1, days=DAYS)
    net = compiled.network
    work = np.zeros(len(compiled.office_ids))
    for block in compiled.blocks:
        visits = block.laws.mean_micro[block.warmup :].sum(axis=0) / 1e6
        for office in range(len(work)):
            work[office] += ((net.competent == office) * visits * net.nominal).sum()
    rostered = tables.column("rostered")
    by_hand = work / rostered[0]
    simulated = tables.column("service") / rostered
    error = stats.sem(simulated, axis=0)
    bound = stats.t.isf(0.5e-6 / len(work), len(simulated) - 1) * error
    assert (np.abs(simulated.mean(axis=0) - by_hand) <= bound).all()
    assert (bound / by_hand).max() < 0.25  # and the intervals are not idle


def test_load_lies_in_the_wrong_places() -> None:
    """As it is, overload sits in the crowded cities while most points are nearly idle."""
    scenario = load_scenario("binh-duong")
    districts = {office.id: office.district for office in scenario.offices}
    for tables in simulate(scenario, days=DAYS, replications=3).phases:
        mean = offices(tables, scenario).groupby("office").mean()
        crowded = [districts[office] in CROWDED and office != "P" for office in mean.index]
        assert mean.loc[crowded, "overload_min_per_day"].sum() > 0.8 * mean["overload_min_per_day"].sum()
        assert mean["utilization"].median() < 0.3
        assert mean["utilization"].max() > 2 * mean["utilization"].median()


def test_demand_is_that_of_the_tables() -> None:
    """Visits expected on Monday 30 September 2024: people × rate ÷ 22 without those met online, Monday, September."""
    scenario = load_scenario("binh-duong")
    by_hand = sum(
        unit.population / 1000 * field.demand_per_1000_month * (1 - field.online_self_share) / 22
        for unit in scenario.units
        for field in scenario.fields
    )
    block = compile_days(scenario, "p1", seed=1).blocks[0]
    monday = int(np.flatnonzero(block.laws.days == scenario.phases[0].start.toordinal())[0])
    assert block.laws.mean_micro[monday].sum() / 1e6 == pytest.approx(by_hand * 1.20 * 0.97, rel=1e-6)


def test_books_balance_on_the_whole_network() -> None:
    """Arrivals = served + left + balked + sent away, and no office is staffed beyond its counters' hours."""
    scenario = load_scenario("binh-duong")
    for tables in simulate(scenario, days=5, replications=2).phases:
        sums = {name: tables.column(name) for name in ("tickets", "served", "left", "balked", "sent_away")}
        assert np.array_equal(sums["tickets"], sums["served"] + sums["left"] + sums["balked"] + sums["sent_away"])
        assert np.array_equal(tables.column("service"), tables.column("busy") + tables.column("overtime"))


def test_engines_agree_on_binh_duong() -> None:
    """One week of each phase, all 101 offices: the same digest from both engines."""
    scenario = load_scenario("binh-duong")
    fast, slow = (simulate(scenario, days=5, replications=1, engine=engine) for engine in ("fast", "reference"))
    assert fast.digest == slow.digest


def test_reference_days_are_the_same_for_every_phase() -> None:
    """The same first visits meet each organization, but for those who go online by the phase's habits."""
    scenario = load_scenario("binh-duong")
    run = simulate(scenario, replications=1, reference_days=True)
    assert len({tables.days for tables in run.phases}) == 1
    visits = [province(tables, scenario)["visits_per_day"].iloc[0] for tables in run.phases]
    assert max(visits) < 1.2 * min(visits)
