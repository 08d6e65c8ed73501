"""The bundled network against calculations by hand from its own tables."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from played_week import played, same
from scipy import stats

from scenarios import load_scenario
from scenarios.phases import phase_view
from scenarios.schema import ProcedureField, Scenario
from scenarios.workdays import Block, phase_blocks, working_days
from sim.measures import offices, province
from sim.network import Compiled, compile_phase, in_person_share, mean_dossiers
from sim.night import Carry
from sim.run import play_fast, simulate
from sim.tables import OFFICE_COLUMNS, empty_tables

CROWDED = {"718", "721", "723", "724", "725"}  #: Thủ Dầu Một, Bến Cát, Tân Uyên, Dĩ An, Thuận An
DAYS = 20
MINUTE = 60_000


def at_own_pace(scenario: Scenario) -> Scenario:
    """Everybody there every day and at pace 1000, so that mean work by hand is mean work in play; no dossiers from before."""
    alike = tuple(
        officer.model_copy(update={"fields": " ".join(sorted(officer.skills)), "absence_rate": 0.0})
        for officer in scenario.officers
    )
    return scenario.model_copy(update={"officers": alike, "results": scenario.results.model_copy(update={"lead_in_days": 0})})


def visits_by_hand(scenario: Scenario, phase: str, day: date) -> dict[tuple[str, str], float]:
    """First visits expected on a day by unit and field: dossiers in person ÷ mean dossiers a visit."""
    view, demand = phase_view(scenario, phase), scenario.demand
    early = len(working_days(scenario, day.replace(day=1), day)) <= demand.month_start_days
    factor = demand.weekday_factors[day.weekday()] * demand.month_factors[day.month - 1]
    factor *= (demand.month_start_factor if early else 1.0) * demand.scale / demand.working_days_per_month
    share = {field.id: in_person_share(field, view) / mean_dossiers(field) for field in scenario.fields}
    visits = {}
    for unit in scenario.units:
        for field in scenario.fields:
            dossiers = unit.population / 1000 * unit.demand_factor * field.demand_per_1000_month * factor
            for change in scenario.demand_changes:
                here = change.place in ("*", unit.id, unit.district) and change.field in ("*", field.id)
                dossiers *= change.factor if here and change.start <= day <= change.end else 1.0
            visits[unit.id, field.id] = dossiers * share[field.id]
    return visits


def work_by_hand(scenario: Scenario, phase: str, field: ProcedureField, day: date) -> float:
    """Mean minutes of a visit at the counter: each dossier's reception and digitization, and help with the form."""
    view, papers = phase_view(scenario, phase), scenario.papers
    held = 0.0
    if field.digitize_min > 0:
        held = min(view.phase.reuse_share + view.phase.reuse_growth_per_month * max((day - view.phase.start).days, 0) / 30, 1.0)
    reception = field.service_min * (1 - held * (1 - papers.reuse_reception_factor))
    with_help = field.online_assisted_share * view.phase.online_assisted_factor / in_person_share(field, view)
    form = scenario.demand.assisted_extra_min * min(with_help, 1.0)
    return mean_dossiers(field) * (reception + field.digitize_min * (1 - held)) + form


def test_utilization_by_hand_agrees_office_by_office() -> None:
    """Arrivals × mean work ÷ rostered counter minutes, where everybody has every paper and waits for their turn.

    60 replications of four weeks of phase 1; the intervals of all 101 offices hold together but once in a million.
    """
    scenario = at_own_pace(load_scenario("binh-duong:nobody-leaves"))
    tables = simulate(scenario, ["p1"], days=DAYS, replications=60).phases[0]
    competent = phase_view(scenario, "p1").competent
    work = dict.fromkeys(tables.office_ids, 0.0)
    for block in phase_blocks(scenario, "p1", DAYS):
        for day in block.measured:
            minutes = {field.id: work_by_hand(scenario, "p1", field, day) for field in scenario.fields}
            for (unit, field), visits in visits_by_hand(scenario, "p1", day).items():
                work[competent[unit, field]] += visits * minutes[field]
    assert not tables.column("absent").any()
    rostered = tables.column("rostered")
    by_hand = np.array([work[office] for office in tables.office_ids]) * MINUTE / rostered[0]
    simulated = tables.column("service") / rostered
    error = stats.sem(simulated, axis=0)
    bound = stats.t.isf(0.5e-6 / len(work), len(simulated) - 1) * error
    assert (np.abs(simulated.mean(axis=0) - by_hand) <= bound).all()
    assert (bound / by_hand).max() < 0.25  # and the intervals are not idle
    whole = tables.column("service").sum(axis=1)
    assert abs(whole.mean() / (sum(work.values()) * MINUTE) - 1) <= 4.9 * stats.sem(whole) / whole.mean() < 0.02


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


@pytest.mark.parametrize(("phase", "day"), [("p1", date(2024, 9, 30)), ("p2", date(2025, 2, 3)), ("p3", date(2025, 7, 1))])
def test_demand_is_that_of_the_tables(phase: str, day: date) -> None:
    """Visits expected on a day: people × rate ÷ 22, in person, Monday or Tuesday, of that month and its first days."""
    scenario = load_scenario("binh-duong")
    compiled = compile_phase(scenario, phase, (Block((day,), 0),), seed=1)
    expected, from_afar = (getattr(compiled.blocks[0].laws, name)[0] / 1e6 for name in ("mean_micro", "remote_micro"))
    by_hand = visits_by_hand(scenario, phase, day)
    for row, unit in enumerate(compiled.unit_ids):
        wanted = [by_hand[unit, field] for field in compiled.field_ids]
        assert expected[row].tolist() == pytest.approx(wanted, abs=1e-6)
    bundles = np.array([mean_dossiers(field) for field in sorted(scenario.fields, key=lambda field: field.id)])
    in_person = np.array([in_person_share(field, phase_view(scenario, phase)) for field in scenario.fields])
    assert (in_person < 1).any()
    needs = sum(visits_by_hand(everybody_in_person(scenario), phase, day).values())
    assert (expected * bundles).sum() + from_afar.sum() == pytest.approx(needs, rel=1e-6)


def everybody_in_person(scenario: Scenario) -> Scenario:
    """Each dossier a visit of its own."""
    alone = {"online_self_share": 0.0, "postal_share": 0.0, "dossiers_per_visit": 1.0, "agents_share": 0.0}
    return scenario.model_copy(update={"fields": tuple(field.model_copy(update=alone) for field in scenario.fields)})


def test_books_balance_on_the_whole_network() -> None:
    """Every ticket ends in one way, and no office is staffed beyond its counters' hours."""
    scenario = load_scenario("binh-duong")
    for tables in simulate(scenario, days=5, replications=2).phases:
        ends = ("served", "left", "balked", "sent_away", "incomplete", "turned_back")
        assert np.array_equal(tables.column("tickets"), sum(tables.column(name) for name in ends))
        assert np.array_equal(tables.column("service"), tables.column("busy") + tables.column("overtime"))
        assert (tables.column("busy") <= tables.column("rostered")).all()
        assert (tables.column("on_time") <= tables.column("completed")).all()


def test_no_dossier_is_lost_around_tet() -> None:
    """From the first working day of 2025 to the week after Tet: open before + received = completed + open after."""
    scenario = load_scenario("binh-duong")
    compiled = compile_phase(scenario, "p2", around_tet(scenario), seed=1)
    carry = compiled.blocks[0].carry
    for number in range(2):
        tables, before = empty_tables(len(compiled.office_ids), len(compiled.unit_ids)), open_dossiers(carry, compiled)
        _, _, carry = play_fast(compiled, number, 0, tables, carry=carry)
        received, completed = (tables.office[:, OFFICE_COLUMNS.index(name)] for name in ("received", "completed"))
        assert np.array_equal(before + received, completed + open_dossiers(carry, compiled))
        assert received.sum() > 10_000


def open_dossiers(carry: Carry, compiled: Compiled) -> NDArray[np.float64]:
    """Dossiers in the back office, by office."""
    return np.bincount(carry.files[:, 4], weights=carry.files[:, 5], minlength=len(compiled.office_ids))


def around_tet(scenario: Scenario) -> tuple[Block, Block]:
    """January until Tet, and the first three days after it."""
    days = working_days(scenario, date(2025, 1, 2), date(2025, 2, 5))
    return Block(days[:-3], 0), Block(days[-3:], 0)


def agree(compiled: Compiled, block: int, carry: Carry | None = None) -> None:
    """Both engines give the same tables, hashes and remains of a block in which enough happens."""
    fast, slow = (played(compiled, 0, engine, carry, block) for engine in ("fast", "reference"))
    same(fast, slow, 0)
    assert fast[0].office[:, OFFICE_COLUMNS.index("tickets")].sum() > 3000


def test_engines_agree_on_the_days_after_tet() -> None:
    """From what January left, all 101 offices, 3 to 5 February 2025: the same citizens, dossiers and remembered waits."""
    scenario = load_scenario("binh-duong")
    compiled = compile_phase(scenario, "p2", around_tet(scenario), seed=1)
    assert compiled.blocks[1].laws.days[0] == date(2025, 2, 3).toordinal()
    january = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    _, _, carry = play_fast(compiled, 0, 0, january)
    assert len(carry.files) > 1000 and len(carry.visits) > 100
    agree(compiled, 1, carry)


@pytest.mark.parametrize(
    ("name", "phase", "day"),
    [
        ("binh-duong", "p1", date(2024, 9, 30)),
        ("binh-duong", "p3", date(2025, 7, 1)),
        ("binh-duong:appointments", "p2", date(2025, 5, 5)),
        ("binh-duong:lunch-halves", "p2", date(2025, 5, 5)),
        ("binh-duong:merger-rush", "p3", date(2025, 7, 1)),
        ("binh-duong:mobile-counters", "p3", date(2025, 7, 7)),
        ("binh-duong:reserves", "p2", date(2025, 2, 3)),
        ("binh-duong:scanning-desks", "p2", date(2025, 2, 3)),
        ("binh-duong-2025-actual", "", date(2025, 7, 1)),
    ],
)
def test_engines_agree_on_a_day_of_each_phase_and_variant(name: str, phase: str, day: date) -> None:
    """All offices, with the dossiers of a week before."""
    scenario = load_scenario(name)
    before = working_days(scenario, day - timedelta(days=7), day - timedelta(days=1))
    agree(compile_phase(scenario, phase or scenario.phases[0].id, (Block((*before, day), 0, len(before)),), seed=1), 0)


def test_reference_days_are_the_same_for_every_phase() -> None:
    """The same first visits meet each organization, but for those who go online by the phase's habits."""
    scenario = load_scenario("binh-duong")
    run = simulate(scenario, replications=1, reference_days=True)
    assert len({tables.days for tables in run.phases}) == 1
    visits = [province(tables, scenario)["visits_per_day"].iloc[0] for tables in run.phases]
    assert max(visits) < 1.2 * min(visits)
