"""The main job on Binh Duong, on four weeks of each phase."""

from dataclasses import replace
from functools import partial

import pytest

from app.aims import Aims, wish_arguments, wishes_of_arguments
from app.study import study
from optimizer import Wishes, check_plan
from optimizer.loop import JUDGED
from results import StudyData, compare, provenance_of
from results.compare import Measured
from results.decision import risks
from results.summary import summarize
from results.validation import find_yardstick
from results.wording import say
from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import interval, paired, province, simulate
from sim.columns import R_CODE, R_DAY
from sim.network import Compiled
from sim.run import Records
from sim.streams import fetches, number_of


@pytest.fixture(scope="module")
def played() -> StudyData:
    return study(load_scenario("binh-duong"), days=20, replications=6)


def test_the_plan_is_inside_the_rules_and_its_gap_proven(played: StudyData) -> None:
    """A small proven gap on any machine, at most sixty moves, nothing for the independent checker to say."""
    assert played.outcome.status in ("optimal", "feasible") and played.outcome.gap is not None and played.outcome.gap < 0.05
    assert played.rounds and all(len(one.simulated) == len(played.phases) for one in played.rounds)
    assert [one.rule for one in played.rounds].count(JUDGED) == 1
    for phase in played.phases:
        assert 0 < len(phase.plan.moves) <= 60
        assert check_plan(played.planned_scenario, phase.phase) == ()


def test_overload_falls_on_citizens_the_plan_never_saw(played: StudyData) -> None:
    """The paired interval of the difference lies below zero in each phase."""
    for phase in played.phases:
        before = province(phase.as_is, played.scenario)["overload_min_per_day"].to_numpy()
        after = province(phase.planned, played.planned_scenario)["overload_min_per_day"].to_numpy()
        assert paired(before, after).high < 0
        assert min(phase.as_is.replications) >= played.curve_replications


def test_the_plan_kept_is_held_against_the_verdict(played: StudyData) -> None:
    """In the last row of the rounds, by whose interval it agrees or not; a verdict of one replication has none."""
    judged = played.rounds[-1]
    assert judged.rule == JUDGED and {one.agrees for one in played.rounds[:-1]} == {None}
    within = []
    for place, phase in enumerate(played.phases):
        found = interval(province(phase.planned, played.planned_scenario)["overload_min_per_day"].to_numpy())
        assert judged.simulated[place].mean == pytest.approx(found.mean)
        assert judged.simulated[place].high == pytest.approx(found.high)
        assert judged.predicted[place] == phase.plan.predicted_overload_min_per_day
        assert judged.moves[place] == len(phase.plan.moves)
        within.append(found.low <= judged.predicted[place] <= found.high)
    assert judged.agrees == all(within)
    single = study(load_scenario("tiny"), days=5, replications=1, rounds=1, jobs=1)
    assert [one.agrees for one in single.rounds] == [None]
    assert (say("risk.choice", "en"), say("risk.choice_tried", "en", rounds=1)) in risks(summarize(single), "en")


def test_prediction_is_near_the_simulation(played: StudyData) -> None:
    """What the curves promise comes within a quarter on other citizens."""
    for phase in played.phases:
        simulated = province(phase.planned, played.planned_scenario)["overload_min_per_day"].mean()
        assert phase.plan.predicted_overload_min_per_day == pytest.approx(simulated, rel=0.25)


def test_as_is_and_planned_meet_the_same_citizens(played: StudyData) -> None:
    """First visits are equal, citizen by citizen and day by day, in phase 1, where nobody chooses an office."""

    def first_visits(scenario: Scenario) -> list[list[tuple[int, int]]]:
        found: list[list[tuple[int, int]]] = []

        def note(compiled: Compiled, replication: int, records: Records) -> None:
            code = records[:, R_CODE]
            first = records[(number_of(code) == 0) & ~fetches(code)]
            found.append(sorted(map(tuple, first[:, [R_DAY, R_CODE]].tolist())))

        simulate(scenario, ["p1"], days=20, replications=2, first_replication=played.curve_replications, citizens=note)
        return found

    as_is, planned = first_visits(played.scenario), first_visits(played.planned_scenario)
    assert as_is == planned
    assert min(map(len, as_is)) > 10_000


def test_reference_days_are_kept_apart(played: StudyData) -> None:
    """All phases are also compared on the same days, of one length."""
    days = {tables.days for phase in played.phases if (tables := phase.reference_as_is) is not None}
    assert len(days) == 1


def test_runs_are_measured_while_others_are_played(played: StudyData, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of each run stands when the study does, the same as measured afterwards."""
    afterwards = summarize(replace(played, measured=Measured()))
    digests = provenance_of(replace(played, measured=Measured())).digests
    for made in ("province_indicators", "digest"):
        monkeypatch.setattr(compare, made, None)
    monkeypatch.setattr(compare.sim_measures, "offices", None)
    ahead = summarize(played)
    assert repr(ahead.phases) == repr(afterwards.phases)
    assert provenance_of(played).digests == digests


def test_the_aims_of_a_plan_are_read_back_from_its_options() -> None:
    """A stored study is made again with the same objective, caps and additions."""
    for aims in (Aims(), Aims("worst", max_km=12.5, rent=3), Aims("total", 1.0, 2.0, 3, 4, 5, 6, 7, 8)):
        assert Aims.of_arguments(dict(aims.arguments()) | {"seed": "7"}) == aims
    wishes = Wishes(frozenset({"b", "a"}), frozenset({("a", "x"), ("a", "y")}), frozenset({("c", "x")}))
    assert wishes_of_arguments((("seed", "7"), *wish_arguments(wishes))) == wishes
    assert wish_arguments(wishes)[:2] == (("pin", "a"), ("pin", "b"))


def test_any_number_of_jobs_gives_the_same_study() -> None:
    """As it is played beside the planning, or after it: the same tables, weeks, plan and verdicts, bit for bit."""
    tiny = load_scenario("tiny")
    one, three = (study(tiny, replications=3, jobs=jobs, yardstick=partial(find_yardstick, "tiny", tiny)) for jobs in (1, 3))
    assert provenance_of(one).digests == provenance_of(three).digests
    assert one.rollout is not None
    assert three.rollout is not None
    assert one.rollout.as_is.equals(three.rollout.as_is)
    assert one.rollout.planned.equals(three.rollout.planned)
    assert one.validation == three.validation
    assert [phase.plan.moves for phase in one.phases] == [phase.plan.moves for phase in three.phases]
