"""Curves about plans: taken anew only where something has changed, and dearer for who moves."""

from functools import cache

import pytest

from optimizer import about_plan
from optimizer.about_plan import HESITATION, NEAR, NearCurves, hesitant
from optimizer.problem import StaffingProblem, staffing_problem
from optimizer.solve import cost, crews_of, overload_s, today
from scenarios import load_scenario
from scenarios.schema import Assignment
from sim import Curve, Replay
from sim.response import curves_of, recorded

TINY = load_scenario("tiny")
PHASE = TINY.phases[0].id


@cache
def home() -> Replay:
    """Tiny as it is, recorded."""
    return recorded(TINY, PHASE, (0, 1))


@cache
def moved() -> Replay:
    """The same with one officer at another office."""
    officers = sorted(officer.id for officer in TINY.officers if officer.id in home().view.serves)
    other = sorted(set(home().view.offices) - {home().view.serves[officers[0]]})[0]
    rows = (Assignment(phase=PHASE, officer=officers[0], office=other),)
    return recorded(TINY.model_copy(update={"assignments": rows}), PHASE, (0, 1), planned=True)


@cache
def problem() -> StaffingProblem:
    """On curves about home."""
    return staffing_problem(TINY, {PHASE: curves_of(home(), NEAR)})


def test_curves_about_a_plan_are_those_of_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for the first time, or anew where crews have changed; nothing is played for a plan once more."""
    near, asked = NearCurves(), list[set[str]]()

    def noted(replay: Replay, offsets: tuple[int, ...], *, offices: set[str], **how: object) -> tuple[Curve, ...]:
        asked.append(offices)
        return curves_of(replay, offsets, offices=offices)

    monkeypatch.setattr(about_plan, "curves_of", noted)
    assert near.about([home()])[PHASE] == curves_of(home(), NEAR)
    found = {(one.office, one.group): one for one in near.about([moved()])[PHASE]}
    changed = {office for office in home().view.offices if home().view.crew(office) != moved().view.crew(office)}
    assert len(changed) == 2 and changed <= asked[1]
    anew = {(one.office, one.group): one for one in curves_of(moved(), NEAR)}
    assert set(found) == set(anew)
    assert all(found[place] == anew[place] for place in anew if place[0] in asked[1])
    before = {(one.office, one.group): one for one in curves_of(home(), NEAR)}
    assert all(found[place] == before[place] for place in anew if place[0] not in asked[1])
    assert near.about([moved()])[PHASE] == tuple(found[place] for place in sorted(found))
    assert len(asked) == 2


def test_curves_about_home_serve_where_a_plan_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No farther than those about a plan; offices with other crews or other overload are played again."""
    asked = list[set[str]]()

    def noted(replay: Replay, offsets: tuple[int, ...], *, offices: set[str], **how: object) -> tuple[Curve, ...]:
        asked.append(offices)
        return curves_of(replay, offsets, offices=offices)

    near = NearCurves()
    near.know(TINY, {PHASE: curves_of(home())}, {PHASE: home().tables})
    monkeypatch.setattr(about_plan, "curves_of", noted)
    for curve in near.about([home()])[PHASE]:
        assert {NEAR[0], NEAR[-1]} >= {curve.levels[0] - curve.base, curve.levels[-1] - curve.base} - {-1, 0, 1}
        assert len(curve.levels) == len(curve.overload_s_per_day) == len(curve.counters_needed) and curve.base in curve.levels
    assert not asked
    near.about([moved()])
    assert {office for office in home().view.offices if home().view.crew(office) != moved().view.crew(office)} <= asked[0]


def test_an_officer_placed_otherwise_must_save_a_share_of_the_overload_of_the_phase() -> None:
    """Half at each of the two crews and a second a day for being elsewhere; the plan itself costs what it did."""
    staffing = today(problem())
    asked = hesitant(problem(), staffing)
    assert cost(asked, staffing) == cost(problem(), staffing)
    half = round(HESITATION * overload_s(problem().phases[0], staffing[0]) / 2)
    crews = crews_of(problem().phases[0], staffing[0])
    assert half > 0
    for place, curve in problem().phases[0].curves.items():
        dearer = asked.phases[0].curves[place]
        assert {crew: dearer[crew] - curve[crew] for crew in curve} == {crew: half * abs(crew - crews[place]) for crew in curve}
    for plain, one in zip(problem().phases[0].classes, asked.phases[0].classes, strict=True):
        more = {target.office: after.price_s - target.price_s for target, after in zip(plain.targets, one.targets, strict=True)}
        assert more == {office: int(office != plain.home) for office in more}


def test_where_single_offices_count_the_problem_stays_as_it_is() -> None:
    """Overload at one office would be told too high for an aim or a cap."""
    for how in ({"objective": "worst"}, {"max_overload_min": 50.0}):
        asked = staffing_problem(TINY, {PHASE: curves_of(home(), NEAR)}, **how)  # type: ignore[arg-type]
        assert hesitant(asked, today(asked)) is asked
