"""What is remembered is what would be played: plans, tables and digests are the same with a memory and without."""

import inspect
import json
import re
from collections.abc import Callable
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from random_scenarios import random_scenario
from typer.testing import CliRunner

from app.aims import Aims
from app.cli import app
from app.planning import at_home, planned_phases
from app.study import study
from optimizer.problem import Wishes
from results import provenance_of
from results.forms import HOME, TABLES, VERDICTS, WEEKS
from results.memory import NOT_PLAYED, OFF, PLACE, Memory
from results.summary import StudyData
from results.validation import Published, Verdict, Yardstick, find_yardstick
from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import Interval, PhaseTables, play_rollout, simulate

COUNTED = ("office", "half_hour", "wait_histogram", "unit", "visit_hash")


def same_tables(one: PhaseTables, other: PhaseTables) -> bool:
    """Every count and name, of the same kind of number."""
    named = ("phase", "office_ids", "unit_ids", "days", "replications")
    pairs = [(getattr(one, name), getattr(other, name)) for name in COUNTED]
    alike = all(left.dtype == right.dtype and np.array_equal(left, right) for left, right in pairs)
    return alike and all(getattr(one, name) == getattr(other, name) for name in named)


def test_forms_keep_every_bit() -> None:
    """Tables, curves, weeks and verdicts are read back as they were written."""
    tiny = load_scenario("tiny")
    (tables, _) = simulate(tiny, replications=2, jobs=1).phases
    assert same_tables(TABLES.unpack(TABLES.pack(tables)), tables)
    home = at_home(tiny, ["p1"], jobs=1)
    curves, recorded = HOME.unpack(HOME.pack((home.curves["p1"], home.tables["p1"])))
    assert curves == home.curves["p1"]
    assert same_tables(recorded, home.tables["p1"])
    weeks = play_rollout(tiny, jobs=1, by_office=False).weeks
    pd.testing.assert_frame_equal(WEEKS.unpack(WEEKS.pack(weeks)), weeks, check_exact=True)
    figures = find_yardstick("binh-duong", load_scenario("binh-duong")).figures
    verdicts = tuple(Verdict(one, Interval(1 / 3, -0.0, nan), "unclear", 1e-17) for one in figures)
    assert repr(VERDICTS.unpack(VERDICTS.pack(verdicts))) == repr(verdicts)


@pytest.mark.parametrize("number", range(8))
def test_no_simulation_reads_what_is_left_out_of_the_question(number: int) -> None:
    """A scenario that has not even the sections and tables of planning alone is played, and has the same tables and curves."""
    scenario = random_scenario(number)
    bare = scenario.model_copy()
    for name in NOT_PLAYED:
        del bare.__dict__[name]
    assert not any(hasattr(bare, name) for name in NOT_PLAYED)
    whole, less = (simulate(one, replications=1, jobs=1).digest for one in (scenario, bare))
    assert whole == less
    phase = scenario.phases[0].id
    assert at_home(bare, [phase], jobs=1).curves == at_home(scenario, [phase], jobs=1).curves
    weeks = [play_rollout(one, jobs=1, by_office=False).weeks for one in (scenario, bare)]
    pd.testing.assert_frame_equal(*weeks, check_exact=True)


def test_another_price_of_a_move_is_another_plan_of_the_same_side_as_it_is(tmp_path: Path) -> None:
    """Curves are remembered, the plan is made anew."""
    tiny = load_scenario("tiny")
    dear = tiny.model_copy(update={"planning": tiny.planning.model_copy(update={"move_price_min": 1e4})})
    found = []
    for scenario in (tiny, dear):
        memory = Memory(tmp_path)
        plan = planned_phases(scenario, ["p1"], rounds=0, jobs=1, memory=memory).plan
        found.append((len(plan.phases[0].moves), [one.part for one in memory.recalled]))
    assert found == [(1, []), (0, ["home/p1"])]


def figure_of(scenario: Scenario) -> Published:
    """A figure that somebody might have published: visits a day at an office."""
    texts = dict.fromkeys(("name_vi", "name_en", "variant", "start", "end", "source", "note_vi", "note_en"), "")
    place = {"fields": "*", "of": "*", "place": scenario.offices[0].id, "phase": scenario.phases[0].id}
    return Published(id="visits", quantity="visits_per_day", low=1.0, high=2.0, basis="by_hand", **place, **texts)


def told(found: StudyData) -> object:
    """All that a study found, but the time it took."""
    content = replace(found, rollout=None, seconds=0.0, outcome=replace(found.outcome, seconds=0.0))
    weeks = None if found.rollout is None else (found.rollout.as_is.to_csv(), found.rollout.planned.to_csv())
    return provenance_of(content), content.curves, content.validation, content.rounds, [one.plan for one in content.phases], weeks


def test_a_study_is_the_same_with_a_memory(tmp_path: Path) -> None:
    """Made, remembered, and asked with another cap and a pin; of another scenario nothing is remembered."""
    tiny = load_scenario("tiny")
    asked = {"replications": 2, "rounds": 1, "jobs": 1, "yardstick": lambda: Yardstick((figure_of(tiny),), {"": tiny})}
    wishes = Wishes(pinned=frozenset({tiny.officers[0].id}))
    parts = {f"{kind}/{phase}" for kind in ("home", "as_is", "reference_as_is") for phase in ("p1", "p2")}
    parts |= {"rollout/all", "validation/all"}
    others: dict[str, object] = {"max_moves": 1, "wishes": wishes}
    for more, kept in (({}, set()), ({}, parts | {"plan/all"}), (others, parts)):
        memory = Memory(tmp_path)
        found = study(tiny, **asked, **more, memory=memory)
        assert told(found) == told(study(tiny, **asked, **more))
        assert {one.part for one in memory.recalled} == kept
    fewer = tiny.model_copy(update={"officers": tiny.officers[1:]})
    memory = Memory(tmp_path)
    found = study(fewer, replications=2, rounds=0, jobs=1, days=5, memory=memory)
    assert not memory.recalled
    assert told(found) == told(study(fewer, replications=2, rounds=0, jobs=1, days=5))


def test_a_plan_is_made_once_for_the_same_question(tmp_path: Path) -> None:
    """By `optimize` first, then by a study, or the other way round; any other wish, cap or limit is another question."""
    tiny = load_scenario("tiny")
    asked = {"rounds": 1, "jobs": 1, "max_moves": 3}
    first = planned_phases(tiny, ["p1"], memory=Memory(tmp_path), **asked)
    again = planned_phases(tiny, ["p1"], memory=Memory(tmp_path), **asked)
    assert first.loop is not None and again.loop is None
    assert (again.plan, again.rounds) == (first.plan, first.rounds)
    memory = Memory(tmp_path)
    found = study(tiny, ["p1"], replications=2, **asked, memory=memory)
    assert {one.part for one in memory.recalled} == {"home/p1", "plan/all"}
    plain = study(tiny, ["p1"], replications=2, **asked)
    again = replace(plain.outcome, seconds=first.plan.outcome.seconds)
    assert told(replace(found, outcome=again)) == told(plain)
    moved = first.plan.phases[0].moves[0].officer
    memory = Memory(tmp_path / "study_first")
    study(tiny, ["p1"], replications=2, **asked, memory=memory)
    again = planned_phases(tiny, ["p1"], memory=memory, **asked)
    assert again.loop is None and again.rounds == first.rounds
    others: list[dict[str, object]] = [
        {"max_moves": 2}, {"time_limit_s": 59.0}, {"rounds": 2}, {"seed": 2}, {"days": 5}, {"aims": Aims(max_km=100.0)},
        {"wishes": Wishes(pinned=frozenset({moved}))},
    ]  # fmt: skip
    for other in others:
        memory = Memory(tmp_path)
        assert planned_phases(tiny, ["p1"], memory=memory, **asked | other).loop is not None
        assert "plan" not in {one.kind for one in memory.recalled}


@pytest.mark.parametrize("made", [planned_phases, at_home])
def test_whatever_is_asked_is_part_of_the_question(made: Callable[..., object], tmp_path: Path) -> None:
    """All that a plan or a curve is asked for by is named in the question, but what changes no number."""
    silent = {"jobs", "progress", "memory", "home", "phases", "judge"}
    made(load_scenario("tiny"), ["p1"], jobs=1, memory=Memory(tmp_path))
    heads = [path.read_bytes().split(b"\n")[1] for path in Memory(tmp_path).files()]
    questions = {one["kind"]: one["asked"] for one in (json.loads(json.loads(head)["question"]) for head in heads)}
    asked = questions["plan" if made is planned_phases else "home"]
    assert set(inspect.signature(made).parameters) - silent <= set(asked)


def test_a_plan_that_a_limit_may_have_cut_short_is_not_kept(tmp_path: Path) -> None:
    """It is made again when it is asked for again."""
    tiny = load_scenario("tiny")
    for _ in range(2):
        memory = Memory(tmp_path)
        found = planned_phases(tiny, ["p1"], memory=memory, rounds=0, jobs=1, time_limit_s=1e-3)
        assert found.loop is not None
        assert "plan" not in {one.kind for one in memory.recalled}


def test_a_plan_that_changes_nothing_is_kept_with_the_reason(tmp_path: Path) -> None:
    """Why nobody moves is part of the plan."""
    tiny = load_scenario("tiny")
    made, found = (planned_phases(tiny, ["p1"], memory=Memory(tmp_path), rounds=0, jobs=1, max_moves=0) for _ in range(2))
    assert found.loop is None
    assert found.plan == made.plan
    assert found.plan.phases[0].still is not None


def test_only_phases_not_met_before_are_played(tmp_path: Path) -> None:
    """One phase asked for first, then both."""
    tiny = load_scenario("tiny")
    first = at_home(tiny, ["p2"], jobs=1, memory=Memory(tmp_path))
    memory = Memory(tmp_path)
    both = at_home(tiny, ["p1", "p2"], jobs=1, memory=memory)
    assert [one.part for one in memory.recalled] == ["home/p2"]
    assert both.curves == at_home(tiny, ["p1", "p2"], jobs=1).curves
    assert same_tables(both.tables["p2"], first.tables["p2"])


VERBS = (
    ("optimize", "--rounds", "1"),
    ("why", "--alternatives", "1"),
    ("tradeoff", "--moves", "1", "--replications", "0"),
    ("certify", "--rounds", "0", "--replications", "2"),
    ("robust", "--against", "growth-20", "--replications", "1"),
)


def asked(*words: str) -> dict[str, object]:
    """What a verb says of the tiny network as JSON, without times."""
    done = CliRunner().invoke(app, [words[0], "tiny", *words[1:], "--json"])
    assert done.exit_code in (0, 1), done.output
    found = json.loads(done.stdout)
    return {name: value for name, value in found.items() if name not in ("seconds", "outcome")}


@pytest.mark.parametrize("words", VERBS, ids=[verb for verb, *_ in VERBS])
def test_a_verb_says_the_same_and_what_it_remembered(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once made, once remembered; with --fresh all is made again."""
    monkeypatch.setenv(PLACE, str(tmp_path))
    made, kept, fresh = asked(*words), asked(*words), asked(*words, "--fresh")
    parts = [row.pop("remembered") for row in (made, kept, fresh)]
    assert made == kept == fresh
    assert parts[0] == parts[2] == []
    assert {str(row["part"]) for row in parts[1]} == ({"plan/all"} if words[0] == "optimize" else {"home/p1", "home/p2"})


def test_a_person_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What, how old, and how to have it anew."""
    monkeypatch.setenv(PLACE, str(tmp_path))
    runs = [CliRunner().invoke(app, ["optimize", "tiny", "--rounds", "0", "--lang", "en"]).stdout.splitlines() for _ in range(2)]
    assert re.fullmatch(r"From memory, not made again: the plan; the oldest is .* old\. --fresh makes all again\.", runs[1][0])
    assert runs[1][1:] == runs[0]


def test_the_memory_is_shown_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where, how many parts; then none. Turned off there is none to show."""
    monkeypatch.setenv(PLACE, str(tmp_path))

    def shown(*words: str) -> dict[str, object]:
        done = CliRunner().invoke(app, ["runs", "memory", *words, "--json"])
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    asked("optimize", "--rounds", "0")
    before, away, after = shown(), shown("--forget"), shown()
    assert (before["folder"], before["parts"], away["parts"]) == (str(tmp_path / "remembered"), 3, 3)
    assert (after["parts"], after["bytes"]) == (0, 0)
    monkeypatch.setenv(PLACE, OFF)
    assert shown()["folder"] is None


def test_a_stored_run_tells_what_was_remembered_and_rerun_plays_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifest and page name the parts. Were the memory wrong, making the run again would show it."""
    monkeypatch.setenv(PLACE, str(tmp_path / "memory"))
    words = ["study", "tiny", "--days", "5", "--replications", "2", "--rounds", "0", "--json", "--out", str(tmp_path / "runs")]
    for _ in range(2):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    run = Path(found["report"]).parent
    parts = sorted(str(row["part"]) for row in found["remembered"])
    sides = [f"{kind}/{phase}" for kind in ("home", "as_is", "reference_as_is") for phase in ("p1", "p2")]
    assert parts == sorted([*sides, "plan/all"])
    assert json.loads((run / "manifest.json").read_text("utf-8"))["provenance"]["remembered"] == parts
    page = Path(found["report"]).read_text("utf-8")
    for part in ("the side as it is</span> p1", "response curves</span> p2", "the plan</span>"):
        assert part in page

    shown = CliRunner().invoke(app, ["runs", "show", run.name, "--store", str(tmp_path / "runs"), "--json"])
    assert json.loads(shown.stdout)["remembered"] == parts

    def again() -> int:
        return CliRunner().invoke(app, ["rerun", run.name, "--store", str(tmp_path / "runs")]).exit_code

    assert again() == 0
    monkeypatch.setattr("app.study.TABLES", replace(TABLES, unpack=lambda content: wrong(TABLES.unpack(content))))
    assert CliRunner().invoke(app, words).exit_code == 0
    assert again() == 1


def wrong(tables: PhaseTables) -> PhaseTables:
    """Tables with one visit more."""
    tables.office[0, 0, 0] += 1
    return tables
