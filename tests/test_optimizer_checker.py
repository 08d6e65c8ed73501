"""The checker by itself: each rule of a plan, told by its code, on a scenario that fits in the hand."""

import re
from collections import Counter
from datetime import time
from pathlib import Path

import numpy as np
import pytest
from test_optimizer_scenarios import any_curves, at_home, both_curves, with_a_second_week

import optimizer
from optimizer import Addition, Wishes, check_plan, staffing_problem
from optimizer.additions import with_additions
from optimizer.solve import People, PhaseStaffing, broken_rules
from results.wording import catalogue
from scenarios import load_scenario
from scenarios.phases import desk_group, field_map, phase_view
from scenarios.schema import Assignment, Office, Officer, Pool, ProcedureField, Roster, Scenario

SOURCE = Path(optimizer.__file__).parent
DOCS = SOURCE.parent / "docs"


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_scenario("tiny")


def assigned(scenario: Scenario, *pairs: tuple[str, str]) -> Scenario:
    """The scenario with officers sent to offices in phase p1."""
    rows = tuple(Assignment(phase="p1", officer=officer, office=office) for officer, office in pairs)
    return scenario.model_copy(update={"assignments": rows})


def codes(scenario: Scenario, phase: str = "p1", max_moves: int | None = None) -> set[str]:
    return {problem.code for problem in check_plan(scenario, phase, max_moves)}


def with_officers(scenario: Scenario, names: tuple[str, ...], **changes: object) -> Scenario:
    """The scenario with officers changed."""
    rows: tuple[Officer, ...] = tuple(row.model_copy(update=changes) if row.id in names else row for row in scenario.officers)
    return scenario.model_copy(update={"officers": rows})


def with_office(scenario: Scenario, name: str, **changes: object) -> Scenario:
    """The scenario with an office changed."""
    rows: tuple[Office, ...] = tuple(row.model_copy(update=changes) if row.id == name else row for row in scenario.offices)
    return scenario.model_copy(update={"offices": rows})


def written(scenario: Scenario, *names: str) -> Scenario:
    """The scenario with counter hours on Monday written for officers."""
    rows = tuple(Roster(phase="p1", officer=name, weekday=1, start=time(7, 30), end=time(11, 30)) for name in names)
    return scenario.model_copy(update={"rosters": rows})


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("pa-2", "pb")], set()),
        ([("pa-1", "pb")], {"E-PLN-011"}),
        ([("pa-2", "br")], {"E-PLN-012"}),
        ([("br-2", "pb"), ("br-1", "pb")], {"E-PLN-011", "E-PLN-013", "E-PLN-014", "E-PLN-015"}),
        ([("nobody", "pb")], {"E-PLN-003"}),
        ([("pa-2", "nowhere")], {"E-PLN-003"}),
        ([("pa-2", "pb"), ("pa-2", "pb")], {"E-PLN-017"}),
        ([("pa-2", "pb"), ("pa-2", "pa")], {"E-PLN-017"}),
    ],
)
def test_checker_names_the_broken_rule(tiny: Scenario, pairs: list[tuple[str, str]], found: set[str]) -> None:
    """Pinned, without the skill, crew under its minimum, nobody, nowhere, in two places."""
    assert codes(assigned(tiny, *pairs), max_moves=1) == found


def test_an_unknown_phase_is_told(tiny: Scenario) -> None:
    """Another phase than those of the scenario is one problem, with the nearest id."""
    (problem,) = check_plan(tiny, "p11")
    assert (problem.code, problem.column, problem.found, problem.expected) == ("E-PLN-003", "phase", "p11", "p1")


def test_an_officer_of_another_phase_is_told(tiny: Scenario) -> None:
    """Someone who comes in phase 2 is not sent anywhere in phase 1."""
    assert codes(assigned(with_officers(tiny, ("pa-2",), first_phase="p2"), ("pa-2", "pb"))) == {"E-PLN-010"}


def test_doing_nothing_is_accepted_whatever_home_breaks(tiny: Scenario) -> None:
    """Too few of a crew, too few counters, no holders: no plan made that so."""
    poor = tiny
    for office in ("pa", "pb", "br"):
        poor = with_office(poor, office, counters=1, minimum_crew=9)
    assert codes(poor) == set() == codes(written(poor, "pa-1", "pa-2", "pa-3"))


@pytest.mark.parametrize(("counters", "sent", "broken"), [(3, 2, False), (2, 2, True), (2, 1, False), (1, 1, True)])
def test_counter_time_must_fit_the_counters(tiny: Scenario, counters: int, sent: int, broken: bool) -> None:
    """One officer of whole days has a counter, so two or three need two or three; their hours never shrink to fit."""
    crowded = assigned(with_office(tiny, "pb", counters=counters), *(("pa-2", "pb"), ("pa-3", "pb"))[:sent])
    assert codes(crowded) == ({"E-PLN-018"} if broken else set())


def test_half_days_share_a_counter(tiny: Scenario) -> None:
    """A morning and an afternoon fit one counter beside an officer of whole days at another; two mornings do not."""
    two = with_office(tiny, "pb", counters=2)
    moves = ("pa-2", "pb"), ("pa-3", "pb")
    paired = with_officers(with_officers(two, ("pa-2",), shift="morning"), ("pa-3",), shift="afternoon")
    assert codes(assigned(paired, *moves)) == set()
    assert codes(assigned(with_officers(two, ("pa-2", "pa-3"), shift="morning"), *moves)) == {"E-PLN-018"}


def test_nobody_is_sent_beside_written_hours_without_a_counter(tiny: Scenario) -> None:
    """Written hours take the only counter of Monday morning; with a second one there is room."""
    busy = written(with_office(tiny, "pb", counters=1), "pb-1")
    (problem,) = check_plan(assigned(busy, ("pa-2", "pb")), "p1")
    assert (problem.code, problem.found, problem.expected) == ("E-PLN-016", "pb 07:30: 2", "1")
    assert codes(assigned(with_office(busy, "pb", counters=2), ("pa-2", "pb"))) == set()


def test_a_mobile_counter_takes_a_counter_where_it_stands(tiny: Scenario) -> None:
    """An officer of the branch is at `pb` on Monday morning, so one who is sent there has no counter."""
    visit = Roster(phase="p1", officer="br-2", weekday=1, start=time(7, 30), end=time(11, 30), office="pb")
    visited = with_office(tiny, "pb", counters=2).model_copy(update={"rosters": (visit,)})
    assert codes(visited) == set()
    assert codes(assigned(visited, ("pa-2", "pb"))) == {"E-PLN-016"}


def test_officers_with_written_hours_stay(tiny: Scenario) -> None:
    """Hours written for a place hold there."""
    assert "E-PLN-021" in codes(assigned(written(tiny, "pa-2"), ("pa-2", "pb")))


def test_reserves_have_no_place_in_a_plan(tiny: Scenario) -> None:
    """The dispatcher of the float pool sends them, not the plan."""
    pool = Pool(id="float", district="*", base="pa", look_min=15, send_wait_min=20, return_wait_min=5, stay_min=30)
    pooled = with_officers(tiny, ("pa-2",), pool="float").model_copy(update={"pools": (pool,)})
    assert codes(assigned(pooled, ("pa-2", "pb"))) == {"E-PLN-022"}


def test_postal_staff_go_to_no_commune_point(tiny: Scenario) -> None:
    """To a branch that offers what they hold they may go; those at home at a point may stay there."""
    offers = (*tiny.offers, tiny.offers[0].model_copy(update={"office": "branch"}))
    posted = with_officers(tiny.model_copy(update={"offers": offers}), ("pa-2",), employer="post")
    assert codes(assigned(posted, ("pa-2", "pb"))) == {"E-PLN-020"}
    assert "E-PLN-020" not in codes(posted) | codes(assigned(posted, ("pa-2", "br")))
    assert codes(assigned(posted, ("pa-2", "br"))) == set()


def test_walls_and_commute_are_checked(tiny: Scenario) -> None:
    """No moves, another district, staff of the province, and a longer way than the limit."""
    sent = assigned(tiny, ("pa-2", "pb"))
    phase = tiny.phases[0]
    assert codes(sent.model_copy(update={"phases": (phase.model_copy(update={"moves_within": "none"}),)})) == {"E-PLN-012"}
    assert codes(with_office(sent, "pb", district="other")) == {"E-PLN-012"}
    open_walls = with_office(sent, "pb", district="other").model_copy(
        update={"phases": (phase.model_copy(update={"moves_within": "province"}),)}
    )
    assert codes(open_walls) == set()
    assert codes(with_officers(sent, ("pa-2",), employer="province")) == {"E-PLN-012"}
    near = sent.model_copy(update={"planning": tiny.planning.model_copy(update={"commute_limit_min": 10.0})})
    assert codes(near) == {"E-PLN-012"}
    assert codes(with_officers(near, ("pa-2",), home_unit="b")) == set()


def mixed(scenario: Scenario) -> Scenario:
    """Two fields of the district, both held at the branch by both officers; `pa` has two who hold one and another."""
    other = scenario.fields[1].model_copy(update={"id": "other"})
    third = scenario.fields[1].model_copy(update={"id": "third"})
    fields: tuple[ProcedureField, ...] = (*scenario.fields, other, third)
    offers = (*scenario.offers, *(scenario.offers[1].model_copy(update={"field": name}) for name in ("other", "third")))
    changed = with_officers(scenario, ("br-1", "br-2"), fields="land other third")
    changed = with_officers(changed, ("pa-2", "pa-3"), fields="certification land other")
    return with_office(changed.model_copy(update={"fields": fields, "offers": offers}), "br", counters=9)


def test_a_crew_keeps_its_mix_of_fields_to_within_one(tiny: Scenario) -> None:
    """All of the branch hold `third`; one who does not may come, a second may not."""
    assert codes(assigned(mixed(tiny), ("pa-2", "br"))) == set()
    (problem,) = check_plan(assigned(mixed(tiny), ("pa-2", "br"), ("pa-3", "br")), "p1")
    assert (problem.code, problem.found, problem.expected) == ("E-PLN-019", "br third: 2", "3")


def employed(number: int) -> Scenario:
    """A random scenario with officers of every employer, behind district walls or not, in crews twice as large."""
    scenario = at_home(number, "district" if number % 2 else "province")
    employers = ("commune", "post", "province", "district", "commune")
    twins = tuple(row.model_copy(update={"id": f"{row.id}-twin"}) for row in scenario.officers)
    staff = tuple(row.model_copy(update={"employer": employers[n % 5]}) for n, row in enumerate(scenario.officers + twins))
    fields = tuple(row.model_copy(update={"level": "district"}) if row.id in ("f3", "f4") else row for row in scenario.fields)
    return scenario.model_copy(update={"officers": staff, "fields": fields})


def test_program_and_checker_allow_the_same_single_moves() -> None:
    """By the checker an officer may go where the program may send them, and else only where their desks have no curve."""
    allowed = 0
    for number in range(12):
        scenario = employed(number)
        view, fields = phase_view(scenario, "p1"), field_map(scenario)
        (problem,) = staffing_problem(scenario, {"p1": any_curves(scenario, "p1", number)}).phases
        for one in problem.classes:
            officer, targets = one.officers[0], {target.office for target in one.targets}
            for office in problem.offices:
                refused = codes(assigned(scenario, (officer, office))) & {"E-PLN-012", "E-PLN-020"}
                curve = (office, desk_group(view.officers[officer], fields, view.offers[office])) in problem.curves
                assert not refused if office in targets else refused or not curve, (number, officer, office)
                allowed += office in targets and office != one.home
    assert allowed > 30


def test_program_and_checker_find_the_same_broken_rules() -> None:
    """For crews dealt by chance both name the same rules, each by its own sums."""
    named = {"minimum_crew": "E-PLN-014", "holders": "E-PLN-015", "mix": "E-PLN-019", "counters": "E-PLN-018"}
    named["few_moves"] = "E-PLN-013"
    times: Counter[str] = Counter()
    for number in range(100):
        rng = np.random.default_rng([9, number])
        scenario = employed(number)
        whole = staffing_problem(scenario, {"p1": any_curves(scenario, "p1", number)})
        (problem,) = whole.phases
        crowded = str(rng.choice(list(problem.offices)))
        for share in (0.1, 0.3, 0.9):
            people: People = {}
            pairs = []
            for rank, one in enumerate(problem.classes):
                for officer in one.officers:
                    away = [target.office for target in one.targets if target.office != one.home]
                    away = [crowded] if crowded in away else away
                    office = str(rng.choice(away)) if away and rng.random() < share else one.home
                    people[rank, office] = people.get((rank, office), 0) + 1
                    pairs += [(officer, office)] if office != one.home else []
            broken = {name.split()[0] for name in broken_rules(whole, (PhaseStaffing(people),))} - {"level"}
            assert codes(assigned(scenario, *pairs)) == {named[name] for name in broken}, (number, share)
            times.update(broken)
    assert set(times) == set(named)
    assert min(times.values()) >= 3, times


def in_phases(scenario: Scenario, *rows: tuple[str, str, str]) -> Scenario:
    """The scenario with officers sent to offices in phases."""
    sent = tuple(Assignment(phase=phase, officer=officer, office=office) for phase, officer, office in rows)
    return scenario.model_copy(update={"assignments": sent})


@pytest.mark.parametrize(
    ("rows", "first", "second"),
    [
        ([("p1", "pa-2", "pb")], 1, 1),  # sent, and sent home
        ([("p1", "pa-2", "pb"), ("p2", "pa-2", "pb")], 1, 0),  # sent, and stays
        ([("p2", "pa-2", "pb")], 0, 1),
        ([("p1", "pa-2", "pb"), ("p2", "pa-3", "pb")], 1, 2),  # one home, another sent
    ],
)
def test_changes_of_office_are_counted_from_the_phase_before(
    tiny: Scenario, rows: list[tuple[str, str, str]], first: int, second: int
) -> None:
    """A limit of one less is too low, and the limit itself is enough."""
    parted = tiny.model_copy(update={"office_changes": ()})
    for phase, changes in (("p1", first), ("p2", second)):
        planned = in_phases(parted, *rows)
        assert codes(planned, phase, changes) == set()
        if changes:
            (problem,) = check_plan(planned, phase, changes - 1)
            assert (problem.code, problem.found, problem.expected) == ("E-PLN-013", str(changes), str(changes - 1))


def test_who_stays_away_must_be_allowed_there_in_each_phase(tiny: Scenario) -> None:
    """No move is needed for it, but walls, counter hours and skills hold in the later phase too."""
    stays = in_phases(tiny.model_copy(update={"office_changes": ()}), ("p1", "pa-2", "pb"), ("p2", "pa-2", "pb"))
    walls = {"p1": "province", "p2": "none"}
    phases = tuple(phase.model_copy(update={"moves_within": walls[phase.id]}) for phase in tiny.phases)
    walled = stays.model_copy(update={"phases": phases})
    assert (codes(walled, "p1"), codes(walled, "p2")) == (set(), {"E-PLN-012"})
    hours = (Roster(phase="p2", officer="pa-2", weekday=1, start=time(7, 30), end=time(11, 30)),)
    written_later = stays.model_copy(update={"rosters": hours})
    assert codes(written_later, "p1") == set() and "E-PLN-021" in codes(written_later, "p2")


def test_added_counters_make_room_in_their_phase(tiny: Scenario) -> None:
    """With a counter more two may come; in the next phase it is gone, and one is too many."""
    crowded = with_office(tiny.model_copy(update={"office_changes": ()}), "pb", counters=2, premises_limit=3)
    sent = in_phases(crowded, *((phase, officer, "pb") for phase in ("p1", "p2") for officer in ("pa-2", "pa-3")))
    assert (codes(sent, "p1"), codes(sent, "p2")) == ({"E-PLN-018"}, {"E-PLN-018"})
    roomy = with_additions(sent, "p1", [Addition("rented", "pb", "", 1)])
    assert (codes(roomy, "p1"), codes(roomy, "p2")) == (set(), {"E-PLN-018"})


def test_posts_are_officers_at_home_there(tiny: Scenario) -> None:
    """They count for crew, holders and mix, move nobody, and are gone in the next phase."""
    bare = tiny.model_copy(update={"office_changes": ()})
    emptied = in_phases(with_office(bare, "pa", minimum_crew=2), ("p1", "pa-2", "pb"), ("p1", "pa-3", "pb"))
    assert codes(with_office(emptied, "pb", counters=9)) == {"E-PLN-014"}
    filled = with_additions(with_office(emptied, "pb", counters=9), "p1", [Addition("post", "pa", "commune", 1)])
    assert codes(filled, max_moves=2) == set()
    assert codes(filled, max_moves=1) == {"E-PLN-013"}
    (post,) = (officer.id for officer in filled.officers if officer.id not in {row.id for row in tiny.officers})
    assert codes(in_phases(filled, ("p2", post, "pb")), "p2") == {"E-PLN-010"}


def test_program_and_checker_find_the_same_broken_rules_over_two_phases() -> None:
    """For crews dealt by chance in each of two phases, with a merger between them and counters added in one."""
    named = {"minimum_crew": "E-PLN-014", "holders": "E-PLN-015", "mix": "E-PLN-019", "counters": "E-PLN-018"}
    named["few_moves"] = "E-PLN-013"
    times: Counter[str] = Counter()
    for number in range(40):
        rng = np.random.default_rng([10, number])
        scenario = with_a_second_week(employed(number))
        counters = Addition("rented", next(iter(phase_view(scenario, "p2").offices)), "", 1)
        changed = with_additions(scenario, "p2", [counters])
        each = Wishes(forbidden=frozenset((officer.id, "nowhere") for officer in changed.officers))  # classes of one
        whole = staffing_problem(changed, both_curves(changed, number), wishes=each)
        for share in (0.1, 0.4, 0.9):
            dealt: list[People] = []
            rows: list[tuple[str, str, str]] = []
            for phase in whole.phases:
                people: People = {}
                for rank, one in enumerate(phase.classes):
                    for officer in one.officers:
                        away = [target.office for target in one.targets if target.office != one.home]
                        away = ["b0"] if "b0" in away and share > 0.3 else away
                        office = str(rng.choice(away)) if away and rng.random() < share else one.home
                        people[rank, office] = people.get((rank, office), 0) + 1
                        rows += [(phase.phase, officer, office)] if office != one.home else []
                dealt.append(people)
            staffing = tuple(PhaseStaffing(people) for people in dealt)
            broken = {name.split()[0] for name in broken_rules(whole, staffing)} - {"level"}
            planned = in_phases(changed, *rows)
            assert codes(planned, "p1") | codes(planned, "p2") == {named[name] for name in broken}, (number, share)
            times.update(broken)
    assert set(times) == set(named) and min(times.values()) >= 3, times


def test_every_code_of_plans_is_worded_and_listed() -> None:
    """Each code in the sources has its sentences, each sentence stands in the list of problems, and none is left over."""
    told = set(re.findall(r"E-PLN-\d{3}", "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))))
    worded = {code: entry for code, entry in catalogue().items() if code.startswith("E-PLN")}
    assert told == set(worded)
    rows = dict(re.findall(r"^\| `(E-PLN-\d{3})` \| (.*) \|$", (DOCS / "problems.md").read_text(encoding="utf-8"), re.M))
    assert rows == {code: entry.en for code, entry in worded.items()}
