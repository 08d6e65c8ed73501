"""Joining points from a scenario to the verdict: what may be joined, the answer's rows, groupings played beside it."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from optimizer.consolidation.choice import (
    MEASURES,
    NONE,
    OWN,
    PROGRAM,
    Consolidation,
    JoiningWishes,
    Market,
    alternatives,
    consolidate,
    figures_frame,
    network_of,
)
from optimizer.consolidation.joining import broken_rules
from optimizer.consolidation.pooling import Bench, Scale, Site, pooling, scale_of, sites
from scenarios import Scenario, ScenarioError, check_scenario, load_scenario
from scenarios.groupings import groupings_beside, read_grouping, regrouped
from scenarios.phases import phase_view, travel_min, unit_to_office_km
from sim import offices, simulate

MARKET = Market(Scale(0.001, 24_000.0))


@cache
def binh_duong() -> Scenario:
    return load_scenario("binh-duong")


@cache
def village() -> Scenario:
    """Tiny with its second commune made a ward, and nothing joined."""
    tiny = load_scenario("tiny")
    units = tuple(unit.model_copy(update={"kind": "ward"}) for unit in tiny.units)
    return tiny.model_copy(update={"units": units})


@cache
def answer() -> Consolidation:
    return consolidate(village(), "p2", wishes=JoiningWishes(hall_price_min=500.0), days=5, replications=2)


def test_points_of_wards_close_and_everyone_keeps_access() -> None:
    """Each allowed join closes a ward's point, at no center, and leaves its people within 30 minutes or 5 km."""
    scenario = binh_duong()
    network = network_of(scenario, "p3", JoiningWishes())
    problem = network.problem(MARKET)
    units = {unit.id: unit for unit in scenario.units}
    offices = {office.id: office for office in scenario.offices}
    assert len(problem.joins) > 300
    for point, host in problem.joins:
        home = units[offices[point].unit]
        assert (offices[point].kind, home.kind) == ("point", "ward")
        assert offices[host].kind != "center"
        minutes = travel_min(scenario, home, offices[host], units[offices[host].unit])
        assert minutes <= 30 or scenario.travel.circuity * unit_to_office_km(scenario, home, offices[host]) <= 5
        assert offices[host].kind == "point" or offices[host].district == offices[point].district
    assert not any(one.may_close for name, one in problem.premises.items() if units[offices[name].unit].kind != "ward")


def test_walls_keep_joins_inside_the_district() -> None:
    """Where the districts still manage the staff, no join leaves one."""
    scenario = binh_duong()
    problem = network_of(scenario, "p1", JoiningWishes()).problem(MARKET)
    district = {office.id: office.district for office in scenario.offices}
    assert problem.joins and all(district[point] == district[host] for point, host in problem.joins)


def test_counters_after_a_merger_bound_the_officers_joined() -> None:
    """Fourteen counters hold 23 officers who give 60 % of their time; a branch keeps counters for its own desks."""
    problem = network_of(binh_duong(), "p3", JoiningWishes()).problem(MARKET)
    assert problem.premises["C25972"].most == 23
    own = sum(officer.counter_share for officer in binh_duong().officers if officer.home == "D725" and not officer.pool)
    branch = problem.premises["D725"]
    assert branch.most is not None and 0.6 * branch.most + own <= 25 + 1e-9 < 0.6 * (branch.most + 1) + own


def test_alternatives_are_told_apart() -> None:
    """The scenario's own, the merger of July 2025 and none; a grouping given twice stands once."""
    scenario = binh_duong()
    july = read_grouping(groupings_beside("binh-duong:growth-20")["july-2025"], scenario, "p3")
    own = tuple(row for row in scenario.office_changes if row.phase == "p3")
    found = alternatives(scenario, "p3", {"july-2025": july, "again": own[::-1]})
    assert list(found) == [OWN, "july-2025", NONE]
    assert [len(rows) for rows in found.values()] == [24, 55, 0]


def test_july_2025_is_a_sound_grouping() -> None:
    """The 92 offices of the second phase become the 36 of July 2025 and the center."""
    scenario = binh_duong()
    july = read_grouping(groupings_beside("binh-duong")["july-2025"], scenario, "p3")
    changed = regrouped(scenario, "p3", july)
    assert len(phase_view(changed, "p3").offices) == 37
    assert not [problem for problem in check_scenario(changed) if problem.severity == "error"]


def test_a_wrong_grouping_is_refused_with_its_row(tmp_path: Path) -> None:
    """Unknown offices, offices that are gone and circles are told as in a scenario."""
    path = tmp_path / "mine.csv"
    path.write_text("phase,office,into,move_days\np3,C25744,C25750,1\np3,C25750,C25744,1\np3,X,C25744,1\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_grouping(path, binh_duong(), "p3")
    found = {(problem.file, problem.row, problem.code) for problem in caught.value.problems if problem.severity == "error"}
    assert {("mine.csv", 2, "E-MERGE-002"), ("mine.csv", 4, "E-REF-001")} <= found


def test_what_cannot_be_is_told_by_codes() -> None:
    """No point within reach, more closures than possible, a least number above the most."""
    far = village().model_copy(
        update={"indicators": village().indicators.model_copy(update={"access_min": 1.0, "access_km": 0.1})}
    )
    for scenario, wishes, code in (
        (far, JoiningWishes(), "E-CON-001"),
        (village(), JoiningWishes(least=9), "E-CON-002"),
        (village(), JoiningWishes(least=2, most=1), "E-CON-003"),
    ):
        with pytest.raises(ScenarioError) as caught:
            consolidate(scenario, "p2", wishes=wishes, days=5, replications=1)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_the_answer_is_a_sound_scenario() -> None:
    """Its rows pass every rule, keep the program's rules, and the price of a hall closes a point."""
    found = answer()
    program = found.evaluation(PROGRAM)
    assert found.outcome.status == "optimal" and len(program.changes) >= 1
    assert broken_rules(found.problem, {row.office: row.into for row in program.changes}) == ()
    changed = regrouped(village(), "p2", program.changes)
    assert not [problem for problem in check_scenario(changed) if problem.severity == "error"]
    assert [row.office for row in program.changes] == [
        row.office for row in sorted(program.changes, key=lambda row: (row.into, row.office))
    ]


def test_every_grouping_is_held_against_the_first() -> None:
    """Figures and paired changes stand for each; the first changes nothing, and no joining is the zero of the objective."""
    found = answer()
    first = found.evaluations[0]
    assert first.name == OWN
    assert all(first.differences[measure].mean == 0 for measure in MEASURES)
    if any(one.name == NONE for one in found.evaluations):
        assert found.evaluation(NONE).figures["objective_min_per_day"].mean == 0
    frame = figures_frame(found)
    assert set(frame["measure"]) == {*MEASURES, "predicted_min_per_day"}
    for one in found.evaluations:
        offices = len(phase_view(regrouped(village(), "p2", one.changes), "p2").offices)
        assert one.figures["open_halls"].mean == offices


def test_pooled_officers_serve_more_each() -> None:
    """Twelve officers together serve more a head within the standard than three: queues pool."""
    network = network_of(binh_duong(), "p3", JoiningWishes())
    bench = Bench(network.scenario, "p3", 5, 1, jobs=1)
    pool = pooling(bench, Site(), scale_of(bench), 3, 12)
    assert pool.capacity(12) / 12 > 1.15 * pool.capacity(3) / 3
    assert np.all(np.diff(pool.seconds[0]) >= -60) and pool.bridged() < 0.1


def test_verb_writes_its_files(tmp_path: Path) -> None:
    """The verb ends well, prints one JSON object and writes rows that a scenario reads back."""
    arguments = ["consolidate", "tiny", "--communes", "--days", "5", "--replications", "2", "--hall-price", "600"]
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "groupings.csv",
        "groupings.parquet",
        "office_changes.csv",
        "joining.svg",
    }
    assert read_grouping(tmp_path / "office_changes.csv", load_scenario("tiny"), "p2")
    refused = CliRunner().invoke(app, ["consolidate", "tiny", "--least", "1", "--days", "5"])
    assert refused.exit_code == 2 and "E-CON-001" in refused.output


def test_a_site_is_the_real_point() -> None:
    """Without choice, copies of a site have the visits and the use of the real point: means differ by less than four errors."""
    phases = tuple(one.model_copy(update={"stay_share": 1.0, "informed_share": 0.0}) for one in binh_duong().phases)
    scenario = network_of(binh_duong().model_copy(update={"phases": phases}), "p3", JoiningWishes()).scenario
    bench = Bench(scenario, "p3")
    real = simulate(scenario, ["p3"], days=5, replications=8, jobs=1).phases[0]
    copies = sites(bench, Site(), [(7, 110_272)] * 12)
    played = simulate(copies, ["p3"], days=5, replications=8, jobs=1).phases[0]
    frame = offices(real, scenario)
    point = frame[frame["office"] == "C25972"]
    for name in ("visits_per_day", "utilization", "fetch_share"):
        one, many = point[name].to_numpy(float), offices(played, copies).groupby("replication")[name].mean().to_numpy(float)
        error = np.sqrt(one.var(ddof=1) / len(one) + many.var(ddof=1) / len(many))
        assert abs(one.mean() - many.mean()) < 4 * error, name


def test_free_citizens_go_to_the_nearest_other_office() -> None:
    """Where no field is free everyone goes to the host; in the third phase only those who stay do, so the way is no longer."""
    assert network_of(binh_duong(), "p1", JoiningWishes()).bound_share() == 1.0
    network = network_of(binh_duong(), "p3", JoiningWishes())
    assert binh_duong().phase("p3").stay_share <= network.bound_share() < 1.0
    for pair in (("C25744", "C25750"), ("C25948", "C25945"), ("C25741", "D718")):
        none, half, everyone = (network.way_s(*pair, Market(MARKET.scale, share)) for share in (0.0, 0.5, 1.0))
        assert 0 <= none <= everyone and half == pytest.approx((none + everyone) / 2, abs=1)
