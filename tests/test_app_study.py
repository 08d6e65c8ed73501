"""The main job on Binh Duong, on four weeks of each phase."""

import pytest

from app.study import study
from optimizer import check_plan
from results import StudyData
from scenarios import load_scenario
from sim import paired, province


@pytest.fixture(scope="module")
def played() -> StudyData:
    return study(load_scenario("binh-duong"), days=20, replications=6)


def test_every_plan_is_proven_and_inside_the_rules(played: StudyData) -> None:
    """Gap 0 in each phase, at most sixty moves, nothing for the independent checker to say."""
    for phase in played.phases:
        assert (phase.plan.outcome.status, phase.plan.outcome.gap) == ("optimal", 0.0)
        assert 0 < len(phase.plan.moves) <= 60
        assert check_plan(played.planned_scenario, phase.phase) == ()


def test_overload_falls_on_citizens_the_plan_never_saw(played: StudyData) -> None:
    """The paired interval of the difference lies below zero in each phase."""
    for phase in played.phases:
        before = province(phase.as_is, played.scenario)["overload_min_per_day"].to_numpy()
        after = province(phase.planned, played.planned_scenario)["overload_min_per_day"].to_numpy()
        assert paired(before, after).high < 0
        assert min(phase.as_is.replications) >= played.curve_replications


def test_prediction_is_near_the_simulation(played: StudyData) -> None:
    """What the curves promise comes within a quarter on other citizens."""
    for phase in played.phases:
        simulated = province(phase.planned, played.planned_scenario)["overload_min_per_day"].mean()
        assert phase.plan.predicted_overload_min_per_day == pytest.approx(simulated, rel=0.25)


def test_as_is_and_planned_meet_the_same_citizens(played: StudyData) -> None:
    """First visits are equal, replication by replication, in phase 1, where nobody chooses an office."""
    phase = played.phases[0]
    first = [
        (tables.column("tickets") - tables.column("returns") - tables.column("fetched")).sum(axis=1)
        for tables in (phase.as_is, phase.planned)
    ]
    assert (first[0] == first[1]).all()


def test_reference_days_are_kept_apart(played: StudyData) -> None:
    """All phases are also compared on the same days, of one length."""
    days = {tables.days for phase in played.phases if (tables := phase.reference_as_is) is not None}
    assert len(days) == 1
