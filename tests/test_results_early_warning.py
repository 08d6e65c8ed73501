"""Early warning on tiny: chances are counts, spells are weeks on end, planted causes are found, remedies are played."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.remedies import Alarm
from results.early_warning import EarlyWarning, WarnOptions, chances_table, office_weeks, spells_of, warn
from results.observed_weeks import read_observed
from scenarios import ScenarioError, load_scenario
from scenarios.causes import CAUSES, causes_of
from scenarios.schema import Assignment, Scenario
from scenarios.workdays import rollout_blocks
from sim import play_rollout, record_rollout

QUICK = WarnOptions(replications=6, held_back=3, trials=4)


def quick(name: str) -> EarlyWarning:
    """Warn of a scenario by few runs."""
    return warn(load_scenario(name), QUICK, jobs=1)


def some_weeks(late: list[list[int]]) -> pd.DataFrame:
    """Weeks of one office with 10 visits each; late : by replication and week, how many of them waited too long."""
    days = [date(2025, 3, 3), date(2025, 3, 10), date(2025, 3, 17), date(2025, 3, 24)]
    rows = [
        ("p1", days[week], "a", run, days[week], 5, 10, count)
        for run, counts in enumerate(late)
        for week, count in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=["phase", "start", "office", "replication", "end", "days", "visits", "late"])


def test_a_chance_is_the_share_of_runs_with_a_bad_week() -> None:
    """Two of ten visits are not more than a fifth, three are."""
    table = chances_table(some_weeks([[2, 3, 0, 10], [2, 3, 3, 0]]), Alarm(0.2, 0.5))
    assert table["chance"].tolist() == [0.0, 1.0, 0.5, 0.5]
    assert table["share_over"].tolist() == [0.2, 0.3, 0.15, 0.5]
    assert table["state"].tolist() == ["quiet", "alarm", "alarm", "alarm"]
    assert (table["low"] <= table["chance"]).all() and (table["chance"] <= table["high"]).all()


def test_a_week_without_visits_is_not_bad() -> None:
    """Nobody waited."""
    weeks = some_weeks([[0, 0, 0, 0]]).assign(visits=0)
    assert chances_table(weeks, Alarm(0.0, 0.5))["chance"].tolist() == [0, 0, 0, 0]


def test_spells_are_weeks_on_end() -> None:
    """A quiet week parts two spells; the worst week is named; lead counts from the first week."""
    weeks = some_weeks([[5, 5, 0, 5], [5, 0, 0, 5]])
    spells = spells_of(chances_table(weeks, Alarm(0.2, 0.5)), {"p1": sorted(set(weeks["start"]))})
    assert [(len(spell.weeks), spell.chance, spell.peak, spell.lead_weeks) for spell in spells] == [
        (2, 0.75, 1.0, 0),
        (1, 1.0, 1.0, 3),
    ]
    assert spells[0].peak_week == date(2025, 3, 3)
    assert spells[0].share_over == pytest.approx(15 / 40)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("tiny:absence-wave@2025-03-10", "absence_wave"),
        ("tiny:growth-30", "growth"),
        ("tiny:branch-closed@2025-03-10", "closure"),
        ("tiny:system-down@2025-03-25", "outage"),
    ],
)
def test_a_planted_cause_is_named(name: str, cause: str) -> None:
    """Each spell that the scenario without the disturbance does not have is put down to the disturbance."""
    before = {(spell.phase, spell.office, week) for spell in quick("tiny").spells for week in spell.weeks}
    asked = WarnOptions(share=0.2, chance=0.5, replications=6, held_back=0, trials=6)
    spells = [spell for spell in warn(load_scenario(name), asked, jobs=1).spells if cause in {one.name for one in spell.causes}]
    anew = [spell for spell in spells if not any((spell.phase, spell.office, week) in before for week in spell.weeks)]
    assert anew, "the disturbance plants a warning"
    for spell in anew:
        assert spell.cause == cause, (spell.office, spell.start, spell.causes)
        assert spell.causes[0].part > 0.5


def test_what_the_scenario_does_not_have_is_no_cause() -> None:
    """Tiny has a merger and free choice; nothing else can be taken away."""
    assert set(causes_of(load_scenario("tiny"))) == {"merger", "boundary_free"}
    assert set(causes_of(load_scenario("binh-duong"))) == {
        "rush",
        "merger",
        "learning",
        "outage",
        "season",
        "absence",
        "boundary_free",
    }


def test_taking_a_planted_cause_away_gives_the_scenario_back() -> None:
    """Without what a disturbance adds, the tables are those it was put on."""
    tiny = load_scenario("tiny")
    for name, cause in (
        ("absence-wave", "absence_wave"),
        ("growth-20", "growth"),
        ("tet-rush", "rush"),
        ("branch-closed", "closure"),
    ):
        undone = CAUSES[cause].without(load_scenario(f"tiny:{name}"))
        named = {"id": tiny.id, "name_vi": tiny.name_vi, "name_en": tiny.name_en}
        kept = {"demand_changes": undone.demand_changes} if cause == "rush" else {}
        assert undone.model_copy(update=named) == tiny.model_copy(update=kept), name
        assert all(row.factor <= 1 for row in undone.demand_changes)


def test_the_load_itself_is_named_when_nothing_else_is_the_cause() -> None:
    """At point Bình one officer meets too many citizens, and the nearest remedy is the officer too many at point An."""
    spell = next(spell for spell in quick("tiny").spells if spell.office == "pb")
    assert spell.cause == "load"
    assert spell.remedy is not None
    assert (spell.remedy.kind, spell.remedy.source, spell.remedy.suffices) == ("secondment", "pa", True)
    assert spell.remedy.peak < 0.5
    prices = [one.price_min for one in spell.remedies]
    assert prices == sorted(prices)


def test_a_remedy_does_what_the_plan_of_it_does_where_offices_do_not_touch() -> None:
    """The officer sent to point Bình for all of phase 1 leaves the same bad weeks there as the rollout under that plan."""
    tiny = load_scenario("tiny")
    spell = next(spell for spell in quick("tiny").spells if spell.office == "pb")
    assert spell.remedy is not None and (spell.start, spell.end) == (date(2025, 3, 3), date(2025, 3, 14))
    planned = tiny.model_copy(update={"assignments": (Assignment(phase="p1", officer=spell.remedy.officer, office="pb"),)})
    weeks = office_weeks(play_rollout(planned, replications=QUICK.trials, end=spell.end, jobs=1))
    under_plan = chances_table(weeks, QUICK.alarm).set_index("office").loc["pb", "chance"]
    assert (spell.remedy.chance, spell.remedy.peak) == (under_plan.mean(), under_plan.max())
    assert spell.chance > spell.remedy.chance


def test_who_lends_an_officer_may_not_fall_into_an_alarm_for_it() -> None:
    """At point Bình the officer of point An would be enough, but An needs its three: a post is named instead."""
    tiny = load_scenario("tiny")
    busy = tuple(unit.model_copy(update={"demand_factor": 3.4}) if unit.id == "a" else unit for unit in tiny.units)
    found = warn(tiny.model_copy(update={"units": busy}), QUICK, phases=["p1"], jobs=1)
    spell = next(spell for spell in found.spells if spell.office == "pb")
    lent = next(one for one in spell.remedies if one.source == "pa")
    assert (lent.chance, lent.suffices) == (0.0, False)
    assert spell.remedy is not None and spell.remedy.kind == "post"


def test_held_back_runs_are_not_those_learned_from() -> None:
    """Counts add up to every office-week of every held-back run, and the scores say how many runs there were."""
    found = quick("tiny:growth-30")
    assert found.scores is not None
    assert found.scores.forecasts == 3 * len(found.cells)
    counted = found.scores.hits + found.scores.misses + found.scores.false_alarms + found.scores.quiet
    assert counted == found.scores.forecasts
    causes = len(causes_of(load_scenario("tiny:growth-30")))
    assert found.rollouts == 6 + 3 + 4 * causes + 4


def test_the_standard_and_the_share_move_the_bar() -> None:
    """A longer standard and a larger share warn of nothing that a shorter and smaller one does not."""
    tiny = load_scenario("tiny:growth-30")
    few = warn(tiny, WarnOptions(share=0.5, standard_min=40.0, replications=4, held_back=0, trials=0), jobs=1)
    many = warn(tiny, WarnOptions(share=0.05, standard_min=5.0, replications=4, held_back=0, trials=0), jobs=1)
    assert (few.cells["chance"] <= many.cells["chance"]).all()
    assert few.cells["chance"].sum() < many.cells["chance"].sum()


def test_steps_are_told_as_they_end() -> None:
    """Who listens has the forecast before causes are looked for."""
    told: list[str] = []
    warn(load_scenario("tiny"), QUICK, jobs=1, finished=lambda found: told.append(found.done))
    assert told == ["forecast", "scores", "causes", "remedies"]


@pytest.mark.parametrize(
    "asked", [WarnOptions(share=1.0), WarnOptions(chance=0.0), WarnOptions(trials=-1), WarnOptions(replications=0)]
)
def test_numbers_out_of_range_are_refused(asked: WarnOptions) -> None:
    """Before anything is played."""
    with pytest.raises(ValueError, match="out of range"):
        warn(load_scenario("tiny"), asked)


def test_recorded_weeks_are_those_of_the_rollout() -> None:
    """Played again as it is, each office has the visits of every week, and as many that waited too long."""
    scenario = load_scenario("tiny:growth-30")
    weeks = office_weeks(play_rollout(scenario, replications=2, jobs=1))
    wanted = {(str(phase), start): set(rows["office"]) for (phase, start), rows in weeks.groupby(["phase", "start"])}
    replays = record_rollout(scenario, wanted, replications=2, jobs=1)
    for (phase, office), rows in weeks.groupby(["phase", "office"]):
        counted = rows.sort_values(["replication", "start"])[["visits", "late"]].to_numpy().reshape(2, -1, 2)
        played = replays[str(phase)].play(str(office)).visits
        by_week = played.reshape(2, counted.shape[1], -1, 2).sum(axis=2)
        assert np.array_equal(by_week, counted), (phase, office)


def observed(folder: Path, text: str) -> Path:
    path = folder / "weeks.csv"
    path.write_text(text, "utf-8")
    return path


def test_real_weeks_are_matched_by_any_day_of_theirs(tmp_path: Path) -> None:
    """A week is known by any of its days; what no forecast is for is counted, and decimal commas are read."""
    path = observed(tmp_path, "office;week;share\npb;2025-03-05;0,5\nbr;2025-03-28;0,1\npa;2024-01-03;0,1\n")
    found = warn(load_scenario("tiny"), WarnOptions(replications=4, held_back=0, trials=0), observed=path, jobs=1)
    assert found.observed is not None and found.observed_cells is not None
    assert (found.observed.forecasts, found.unmatched) == (2, 1)
    assert found.observed_cells[["phase", "office", "bad"]].to_numpy().tolist() == [["p1", "pb", True], ["p2", "br", False]]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("office,week,share\npx,2025-03-05,0.5\n", {"E-REF-001"}),
        ("office,week,share\npb,2025-03-05,1.5\npb,31/03/2025,0.5\n", {"E-NUM-005", "E-DATE-001"}),
        ("office,week,share\npb,2025-03-05,0.5\npb,2025-03-06,0.4\n", {"E-KEY-001"}),
        ("office,week,share\npb,2025-03-18,0.5\n", {"E-PLN-025"}),
        ("office,week,share\npb,2023-03-18,0.5\n", {"E-OBS-001"}),
        ("office,week\npb,2025-03-18\n", {"E-COL-002"}),
        ("office,week,share\n", {"E-FILE-005"}),
        ("", {"E-FILE-004"}),
    ],
)
def test_every_problem_of_a_file_of_real_weeks_is_told(tmp_path: Path, text: str, codes: set[str]) -> None:
    """Unknown and merged offices, shares above one, days of another form, the same week twice, weeks of another year."""
    tiny: Scenario = load_scenario("tiny")
    with pytest.raises(ScenarioError) as told:
        read_observed(observed(tmp_path, text), tiny, rollout_blocks(tiny))
    assert {problem.code for problem in told.value.problems if problem.severity == "error"} == codes
