"""What a plan adds, written into scenarios: posts, counters, volunteers and reserved counters."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from small_scenario import write_small

from optimizer import Addition
from optimizer.additions import with_additions
from scenarios import check_scenario, load_scenario, write_scenario
from scenarios.phases import phase_view
from scenarios.schema import Assignment, Scenario, Volunteer
from sim import simulate

KINDS = (
    Addition("post", "o3", "commune", 3),
    Addition("postal_post", "c1", "province", 1),
    Addition("rented", "o1", "", 1),
    Addition("bought", "c1", "", 2),
    Addition("volunteer", "o3", "", 2),
    Addition("reserved", "o1", "", 1),
)


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    scenario = load_scenario(write_small(tmp_path / "small"))
    return scenario.model_copy(update={"assignments": (), "counter_changes": ()})


def errors(scenario: Scenario) -> list[str]:
    return [problem.code for problem in check_scenario(scenario) if problem.severity == "error"]


@pytest.mark.parametrize("phase", ["p1", "p2"])
@pytest.mark.parametrize("one", KINDS, ids=[one.kind for one in KINDS])
def test_what_is_added_makes_no_error_and_survives_writing(small: Scenario, tmp_path: Path, one: Addition, phase: str) -> None:
    """The scenario passes its checks, is read back as it was written, and is another in that phase alone."""
    more = with_additions(small, phase, [one])
    assert errors(more) == []
    write_scenario(more, tmp_path / "copy")
    assert load_scenario(tmp_path / "copy") == more
    other = {"p1": "p2", "p2": "p1"}[phase]
    assert phase_view(more, other) == phase_view(small, other)
    assert more != small
    simulated = simulate(more, [phase], days=5, replications=1)
    assert simulated.digest == simulate(more, [phase], days=5, replications=1, engine="reference").digest


def test_all_kinds_together_and_again(small: Scenario) -> None:
    """In both phases, and a second time on top, nothing has an id or a key twice."""
    more = small
    for phase in ("p1", "p2", "p2"):
        few = [one if one.kind not in ("bought", "reserved") else Addition(one.kind, one.office, "", 1) for one in KINDS]
        more = with_additions(more, phase, [one for one in few if one.kind != "rented" or phase == "p1"])
    assert errors(more) == []
    assert len({officer.id for officer in more.officers}) == len(more.officers) == len(small.officers) + 3 * 4
    assert with_additions(small, "p1", KINDS[::-1]) == with_additions(small, "p1", KINDS)
    assert with_additions(small, "p1", ()) == small


def test_posts_are_like_the_officers_of_their_desks_in_turn(small: Scenario) -> None:
    """They hold the same fields, live at the office, serve in the phase alone, and are not moved."""
    after = with_additions(small, "p1", [Addition("post", "o1", "commune", 3)])
    posts = after.officers[len(small.officers) :]
    people = {officer.id: officer for officer in small.officers}
    turn = ("w04", "w03", "w04")  # the pinned one first; the reserve of the pool is no crew
    assert [post.skills for post in posts] == [people[name].skills for name in turn]
    assert [post.counter_share for post in posts] == [people[name].counter_share for name in turn]
    for post, name in zip(posts, turn, strict=True):
        assert (post.home, post.home_unit, post.first_phase, post.last_phase, post.pool) == ("o1", "u1", "p1", "p1", "")
        assert post.employer == people[name].employer
    view = phase_view(after, "p1")
    assert {post.id for post in posts} <= set(view.crew("o1")) and not view.moved | view.away


def test_posts_are_like_those_at_home_also_where_all_are_sent_away(small: Scenario) -> None:
    """Assignments of the phase do not matter: the desks are those of the officers whose home they are."""
    sent = tuple(Assignment(phase="p2", officer=officer, office="o2") for officer in ("w07", "w08", "w09", "w10"))
    one = [Addition("post", "o3", "commune", 1)]
    ours = with_additions(small.model_copy(update={"assignments": sent}), "p2", one)
    assert ours.officers == with_additions(small, "p2", one).officers


def test_postal_posts_are_of_the_post(small: Scenario) -> None:
    """Alike but for the employer."""
    ours, theirs = (
        with_additions(small, "p1", [Addition(kind, "c1", "province", 1)]).officers[-1] for kind in ("post", "postal_post")
    )
    assert (ours.employer, theirs.employer) == ("province", "post")
    assert theirs.model_copy(update={"employer": "province", "id": ours.id}) == ours


def test_ids_of_posts_are_never_too_long_nor_twice(small: Scenario) -> None:
    """Offices with the longest ids, alike in all but their last letter, have posts with ids of their own."""
    names = {"o1": "o" * 63 + "a", "o2": "o" * 63 + "b"}
    text = small.model_dump_json()
    for short, long in names.items():
        text = text.replace(f'"{short}"', f'"{long}"')
    long_ids = Scenario.model_validate_json(text)
    kinds = [Addition(kind, office, "commune", 2) for kind in ("post", "postal_post") for office in names.values()]
    after = with_additions(long_ids, "p1", kinds)
    assert len({officer.id for officer in after.officers}) == len(small.officers) + 8
    assert Scenario.model_validate_json(after.model_dump_json()) == after


def test_counters_and_reserved_ones_add_up_in_one_row(small: Scenario) -> None:
    """Rented and bought ones at one office, on top of those there were."""
    kinds = [Addition("rented", "o3", "", 1), Addition("bought", "o3", "", 1), Addition("reserved", "o3", "", 2)]
    after = with_additions(with_additions(small, "p2", kinds), "p2", [Addition("reserved", "o3", "", 1)])
    (row,) = after.counter_changes
    assert (row.phase, row.office, row.added, row.reserved) == ("p2", "o3", 2, 3)
    place = phase_view(after, "p2").offices["o3"]
    assert (place.counters, place.reserved_counters) == (5 + 2, 3)


def helpers(scenario: Scenario, office: str, day: date) -> int:
    return sum(row.count for row in scenario.volunteers if row.office == office and row.start <= day <= row.end)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(-10, 5, 3)],
        [(0, 9, 3)],
        [(0, 500, 3)],
        [(0, 4, 1), (5, 9, 2), (6, 300, 4)],
        [(-3, -1, 2), (20, 30, 1), (25, 26, 5)],
        [(0, 88, 1), (89, 120, 2)],
    ],
)
def test_volunteers_are_more_on_each_day_of_the_phase_and_on_no_other(small: Scenario, rows: list[tuple[int, int, int]]) -> None:
    """However the rows of the office lie, before, in and beyond the phase, and no key is there twice."""
    phase = small.phase("p1")
    first = phase.start
    there = tuple(
        Volunteer(office="o3", start=first + timedelta(days=start), end=first + timedelta(days=end), count=count)
        for start, end, count in rows
    )
    elsewhere = Volunteer(office="o1", start=first, end=first, count=1)
    before = small.model_copy(update={"volunteers": (*there, elsewhere)})
    after = with_additions(before, "p1", [Addition("volunteer", "o3", "", 2)])
    for number in range(-20, 520):
        day = first + timedelta(days=number)
        assert helpers(after, "o3", day) == helpers(before, "o3", day) + 2 * (phase.start <= day <= phase.end)
    assert elsewhere in after.volunteers and "E-KEY-001" not in errors(after)


def test_an_unknown_kind_is_refused(small: Scenario) -> None:
    """Nothing is left out in silence."""
    with pytest.raises(ValueError, match="robot"):
        with_additions(small, "p1", [Addition("robot", "o1", "", 1)])
